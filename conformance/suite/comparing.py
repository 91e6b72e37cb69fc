"""A run against a second target, or against a recording: reach both, compare them, and write what differs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from conformance import configuration
from conformance.differences import Brief, Comparison
from conformance.exceptions import ConfigurationError, ConformanceError
from conformance.recording import Header
from conformance.reporting.progress import Progress
from conformance.scenarios import Scenario
from conformance.suite.differential import compare_scenario
from conformance.suite.heading import now
from conformance.suite.outings import Findings
from conformance.suite.recorded import compare_recorded
from conformance.suite.settings import RunSettings
from conformance.suite.sides import Recorded, Side, connected, keep_recording
from conformance.suite.sources import EVERY
from conformance.targets import KINDS

FOLDERS = ("target", "against")
"""Where, in the output folder, the recording of each side is."""

_RACES = "scenarios of concurrent requests, whose end is a matter of chance"
_CHANCE = {"concurrency"}
_RECORD_IT = (
    "Judge it with `run --target aws`, and compare with its recording: --against FOLDER/recording.jsonl."
)


def compare(settings: RunSettings, against: str, progress: Progress) -> Comparison:
    """Send the same cases to the target of the settings and to another one, and compare the answers.

    Args:
        settings: of the run.
        against: a target, or the path of a recording or of a run's folder.
        progress: told of each case.

    Raises:
        ConfigurationError: one of the sides cannot be compared, or there is no such target.
        ConformanceError: a side cannot be reached, or does not have the operation.
    """
    _check_spendable(settings)
    recorded = _recording(against)
    if recorded is not None:
        return _Run(settings, progress).with_recording(recorded, against)
    other = replace(
        settings,
        target=against,
        endpoint_url="",
        region="",
        profile="",
        restricted_profile="",
        service_arn="",
        run=RunSettings().run,
        out=str(settings.folder / FOLDERS[1]),
    )
    _check_spendable(other)
    return _Run(settings, progress).with_target(other)


def _check_spendable(settings: RunSettings) -> None:
    """An account has a budget, which a search for the smallest case would spend on one difference.

    Raises:
        ConfigurationError: the target is an account.
    """
    if settings.is_live:
        raise ConfigurationError(
            "A real account is not sent the cases of a comparison: they would cost too much.", hint=_RECORD_IT
        )


def _recording(text: str) -> Recorded | None:
    """The recording at a path; None where the text names a target."""
    named = configuration.load(Path(configuration.FILE))
    path = Path(text)
    if text in named or text.partition(":")[0] in KINDS or not path.exists():
        return None
    return Recorded.read(path)


@dataclass(slots=True)
class _Run:
    settings: RunSettings
    progress: Progress
    started_at: str = field(default_factory=now)
    findings: Findings = field(default_factory=Findings)
    errors: list[str] = field(default_factory=list)
    complete: bool = True
    begun: bool = False

    def with_target(self, other: RunSettings) -> Comparison:
        """Both sides are targets."""
        mine = replace(self.settings, out=str(self.settings.folder / FOLDERS[0]))
        with self._kept(mine, other) as stack:
            sides = stack.enter_context(connected(mine)), stack.enter_context(connected(other))
            self.begun = True
            self._each(
                list(self._scenarios()),
                lambda scenario: compare_scenario(
                    scenario, sides, mine.effort, mine.seed, self.findings, self.progress
                ),
            )
        return self._comparison(sides[0].header, _told(sides[1].header))

    def with_recording(self, recorded: Recorded, path: str) -> Comparison:
        """The second side is a recording."""
        mine = replace(self.settings, out=str(self.settings.folder / FOLDERS[0]))
        known = [EVERY[id] for id in recorded.scenarios if id in EVERY and not EVERY[id].probes]
        if self.settings.only:
            known = [scenario for scenario in known if scenario in self.settings.scenarios]
        self.findings.not_compared["recorded scenarios that this version does not have"] += sum(
            id not in EVERY for id in recorded.scenarios
        )
        if not recorded.complete:
            self.findings.not_compared["cases that the recording, which broke off, does not have"] += 1
        with self._kept(mine) as stack:
            side: Side = stack.enter_context(connected(mine))
            self.begun = True
            self._each(
                list(self._fit(known)),
                lambda scenario: compare_recorded(scenario, side, recorded, self.findings, self.progress),
            )
        return self._comparison(side.header, {**_told(recorded.header), "recording": path})

    def _scenarios(self) -> Iterator[Scenario]:
        yield from self._fit(self.settings.scenarios)

    def _fit(self, scenarios: list[Scenario]) -> Iterator[Scenario]:
        """Those whose cases end alike however quick a target is."""
        for scenario in scenarios:
            if scenario.id in _CHANCE:
                self.findings.not_compared[_RACES] += 1
            else:
                yield scenario

    def _each(self, scenarios: list[Scenario], run: Any) -> None:
        """Run them one after the other; an interruption, or a target that is gone, ends that."""
        self.progress.start(len(scenarios), self.settings.resolved.settings.name)
        try:
            for scenario in scenarios:
                self.progress.scenario_started(scenario.id)
                if problem := run(scenario):
                    self.errors.append(problem)
                self.complete &= not self.findings.damaged
                found = len(self.findings.findings)
                self.progress.scenario_finished(scenario.id, exchanges=0, violations=found)
        except ConformanceError as error:
            self.errors.append(str(error))
            self.complete = False
        except KeyboardInterrupt:
            self.errors.append("The run was interrupted.")
            self.complete = False
        finally:
            self.progress.stop()

    @contextmanager
    def _kept(self, *sides: RunSettings) -> Iterator[ExitStack]:
        """Let go of the sides in the end, and keep what was recorded of them.

        That a side had died meanwhile is told, and does not lose what was found.
        """
        try:
            with ExitStack() as stack:
                yield stack
        except ConformanceError as error:
            if not self.begun:
                raise
            self.errors.append(str(error))
            self.complete = False
        finally:
            for side in sides:
                keep_recording(side, complete=self.complete, errors=self.errors)

    def _comparison(self, first: Header, second: dict[str, Any]) -> Comparison:
        if not self.findings.compared and self.complete:
            self.errors.append("Nothing could be compared.")
            self.complete = False
        return Comparison(
            first=_told(first),
            second=second,
            suite=dict(first.suite),
            started_at=self.started_at,
            finished_at=now(),
            complete=self.complete,
            errors=self.errors,
            cases=self.findings.cases,
            compared=self.findings.compared,
            not_compared={why: times for why, times in sorted(self.findings.not_compared.items()) if times},
            findings=self.findings.in_order(),
            timing=_often_first(self.findings.timing.values()),
            following=_often_first(self.findings.followed()),
        )


def _often_first(briefs: Iterable[Brief]) -> list[Brief]:
    return sorted(briefs, key=lambda brief: (-brief.times, brief.operation, brief.path))


def _told(header: Header) -> dict[str, Any]:
    """What a reader is told of a side."""
    target = header.target
    said = {name: str(target.get(name, "")) for name in ("name", "kind", "endpoint", "region", "version")}
    return {**said, "started_at": header.started_at, "recording": ""}
