"""Runs scenarios against one endpoint, each recording into a part file of its own."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path

from conformance.order import Order
from conformance.recording import Header, Writer
from conformance.reporting.progress import Progress
from conformance.requirements import REQUIREMENTS
from conformance.scenarios import Scenario
from conformance.scenarios.inventory import Surroundings
from conformance.scenarios.scenario import Value
from conformance.suite.settings import RunSettings
from conformance.suite.sources import EVERY
from conformance.survey import Outcome, run_scenario
from conformance.verdict import Verdict
from conformance.verdicts import verdict
from conformance.wire import Wire


class ScenarioRunner:
    """Runs the scenarios of one process, one after the other; with a script, the cases of that alone.

    Attributes:
        scenarios: all that it has to run.
    """

    def __init__(
        self,
        settings: RunSettings,
        wire: Wire,
        surroundings: Surroundings,
        header: Header,
        progress: Progress,
        script: Mapping[str, Sequence[Value]] | None = None,
    ) -> None:
        self.scenarios = [
            each
            for each in settings.scenarios
            if script is None or each.source or each.probes or each.id in script
        ]
        self._settings = settings
        self._wire = wire
        self._surroundings = surroundings
        self._header = header
        self._progress = progress
        self._order = Order(
            effort=settings.effort,
            seed=settings.seed,
            only=settings.chosen,
            known=tuple(settings.deviations),
            script=script,
        )

    def __call__(self, scenario: Scenario) -> Outcome:
        """Run one scenario to its end."""
        number = list(EVERY).index(scenario.id) + 1
        with Writer(parts_folder(self._settings) / f"{number:02}-{scenario.id}.jsonl") as writer:
            writer.write(self._header)
            self._progress.scenario_started(scenario.id)
            return run_scenario(
                scenario,
                self._wire,
                self._surroundings,
                self._order,
                writer.write,
                watch=partial(self._progress.tick, scenario.id),
            )


def failing_lines(outcome: Outcome, deviations: Collection[str], kind: str) -> list[str]:
    """One line for each requirement that fails at a target of that kind and is not a known deviation."""
    lines = []
    for id, count in sorted(outcome.tally.counts.items()):
        example = count.example
        failed = verdict(REQUIREMENTS[id], count, kind) is Verdict.FAIL
        if failed and example and id not in deviations:
            lines.append(f"{id}: expected {example['expected']}; observed {example['observed']}")
    return lines


def parts_folder(settings: RunSettings) -> Path:
    """Where the part files of a run are."""
    return settings.folder / "parts"
