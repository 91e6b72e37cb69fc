"""The cases of a recording, sent to a target: in what its answers differ from those recorded.

A recording cannot be asked again, so nothing is shrunk: of each kind the smallest recorded case stands. After
a difference the target's service is given what the recorded one has, or all that follows would differ, too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance import model
from conformance.differences import Kind, differences, paired
from conformance.exceptions import SetupError
from conformance.exchange import Exchange
from conformance.exploring import size_of
from conformance.normalisation import Names, counterparts, translated
from conformance.observation import newest_configuration, service_of
from conformance.recording import Case
from conformance.reporting.progress import Progress
from conformance.scenarios import Scenario
from conformance.suite.outings import Findings, Outing, concerning
from conformance.suite.sides import Recorded, Side, Stage, exchanges_of, place, stands

_SWITCH = "taskDefinitionArn"


def compare_recorded(
    scenario: Scenario, side: Side, recorded: Recorded, findings: Findings, progress: Progress
) -> str:
    """Send the cases of a recording to a target; what stands against it in a sentence, or nothing.

    Raises:
        TargetError: the target does not answer any more.
    """
    if damaged := recorded.damaged(scenario.id):
        findings.damaged += damaged
        findings.not_compared["recorded cases that are damaged"] += damaged
    stage = Stage(scenario, side)
    run = _Following(scenario, stage, recorded, findings)
    try:
        stage.prepare()
        for case, exchanges, start in recorded.surveyed(scenario.id):
            run.case(case, exchanges, start)
            progress.tick(scenario.id, stage.bench.sent, len(findings.findings))
    except SetupError as error:
        return f"{scenario.id}: {error}"
    except (LookupError, TypeError, ValueError, AttributeError) as error:
        # The steps of a scenario trust its strategy; a recording may be of another version, or damaged.
        findings.damaged += 1
        return f"{scenario.id}: a recorded case cannot be sent: {error!r}"
    finally:
        stage.close()
        run.enter()
    return ""


@dataclass(slots=True)
class _Following:
    """One scenario of a recording, followed at a target."""

    scenario: Scenario
    stage: Stage
    recorded: Recorded
    findings: Findings
    names: Names = field(default_factory=Names)
    seen: dict[Kind, tuple[Outing, int, int]] = field(default_factory=dict)
    states: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    apart: bool = False
    renewed: bool = False

    def __post_init__(self) -> None:
        for exchange in exchanges_of(self.recorded.by_scenario[self.scenario.id]):
            self.names.meet(exchange)
        for exchange in exchanges_of(self.recorded.before_first_case(self.scenario.id)):
            self._remember(exchange)

    def case(self, case: Case, exchanges: list[Exchange], start: int) -> None:
        """Send one case, and compare what it turns into."""
        if self.apart:
            self._catch_up(exchanges)
            self.renewed = True  # from here on further services of the scenario may differ, too
        begun = len(self.stage.history)
        mine = self.stage.run(self._translated(case.value), case.tag, fresh=False)
        both = self.stage.names, self.names
        pairs = paired(exchanges_of(mine), exchanges, both)
        outing = Outing(
            value=case.value,
            pairs=pairs,
            found=differences(pairs, both),
            records=(mine, [case, *exchanges]),
            apart=self.renewed,
        )
        self.findings.count(self.scenario.id, outing)
        for kind in outing.leading - self.findings.spared:
            if kind not in self.seen or size_of(case.value) < size_of(self.seen[kind][0].value):
                self.seen[kind] = outing, begun, start
        for exchange in exchanges:
            self._remember(exchange)
        # A recorded run that ends a case with a Delete has begun the next one with new services.
        self.apart = bool(outing.kinds or (exchanges and exchanges[-1].request.operation == model.DELETE))

    def _remember(self, exchange: Exchange) -> None:
        """What a Describe, or the answer to a Create, has shown of a service."""
        service = service_of(exchange)
        arn = service.get("serviceArn")
        if isinstance(arn, str) and (configuration := newest_configuration(service)):
            self.states[arn] = configuration

    def _catch_up(self, exchanges: Sequence[Exchange]) -> None:
        """Begin with a new service that has what the recorded one has at the beginning of a case."""
        bench = self.stage.bench
        bench.renew()
        first = exchanges[0] if exchanges else None
        arn = first.request.members.get("serviceArn") if first else None
        shown = newest_configuration(service_of(first))
        state = shown or (self.states.get(arn, {}) if isinstance(arn, str) else {})
        members = {name: state[name] for name in model.operation().optional if name in state}
        members.pop(_SWITCH, None)
        if members:
            bench.update(bench.service(), self._translated(self._asked(members)))

    def _asked(self, members: Mapping[str, Any]) -> dict[str, Any]:
        """The members without the security groups that are the target's own."""
        network = members.get("networkConfiguration")
        groups = network.get("securityGroups") if isinstance(network, dict) else None
        if not isinstance(network, dict) or not isinstance(groups, list):
            return dict(members)
        kept = [each for each in groups if isinstance(each, str) and not self.names.is_made_up(each)]
        return {**members, "networkConfiguration": {**network, "securityGroups": kept}}

    def _translated(self, value: Any) -> Any:
        return translated(value, counterparts(self.names.place, place(self.stage.bench.pools)))

    def enter(self) -> None:
        """Enter the smallest case of each kind."""
        history = self.recorded.by_scenario[self.scenario.id]
        for kind, (outing, begun, start) in self.seen.items():
            if kind in self.findings.spared:
                continue
            lead = next(each for each in outing.found if each.kind == kind)
            mine, others = outing.records
            concerns = concerning(stands(mine, self.stage.history[:begun]), stands(others, history[:start]))
            self.findings.add(self.scenario.id, lead, outing, shrunk=False, repeated=True, concerns=concerns)
