"""What a replay in a real account would send, make and cost, told before anything is sent."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace

from conformance import model
from conformance.budget import Budget
from conformance.redaction import Redactor
from conformance.reporting.wording import plural
from conformance.scenarios import Scenario
from conformance.scenarios.scenario import Value
from conformance.suite.live import NAME
from conformance.suite.planning import TAG
from conformance.suite.rehearsal import Forecast, place_of, stage
from conformance.suite.settings import RunSettings
from conformance.wire import Endpoint

_ANY = 10**6  # accepted updates


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplayPlan:
    """The plan of a replay.

    Attributes:
        settings: of the replay.
        endpoint: where to.
        scenario: that the case is one of.
        budget: what it may cost: no more than the target's budget, and no more than the case needs.
        forecast: how a rehearsal went; None where nobody can rehearse such a case.
    """

    settings: RunSettings
    endpoint: Endpoint
    scenario: Scenario
    budget: Budget
    forecast: Forecast | None

    def told(self, id: str) -> str:
        """The plan for a person, in lines of text.

        Args:
            id: the requirement.
        """
        return "\n".join(self._lines(id))

    def _lines(self, id: str) -> Iterator[str]:
        target = self.settings.resolved.settings
        at = f", at {target.endpoint_url}" if target.endpoint_url else ""
        yield f"Plan of replay {self.settings.run}: the case against {id} at {target.name}"
        yield f"Where: account {self.endpoint.account} in {self.endpoint.region}{at}"
        yield f"Accounts allowed: {', '.join(target.accounts)}"
        yield ""
        yield from self._service()
        yield from self._requests()
        yield f"At most {plural(self.budget.accepted_updates, 'update')} will be accepted."
        ceilings = (f"{name.replace('_', ' ')} {value:g}" for name, value in asdict(self.budget).items())
        yield f"Ceilings: {', '.join(ceilings)}"

    def _service(self) -> Iterator[str]:
        """The service that it is about."""
        target, run = self.settings.resolved.settings, self.settings.run
        if target.service_arn:
            yield f"No service is created: {target.service_arn} is updated, and given back what it has."
            return
        yield f"One service is created, Xc-{run}-{NAME}-…, tagged {TAG}={run}, and deleted in the end, with"
        yield "the load balancer, security groups, log group and task definitions that Express makes for it."

    def _requests(self) -> Iterator[str]:
        """What is sent of the case."""
        if self.forecast is None:
            yield f"Then the case of {self.scenario.id} is sent."
            return
        requests = self.forecast.requests
        given = 1 if self.settings.resolved.settings.service_arn else 0
        # The rehearsal ends with an update of its own; where a service is given, the replay does, too.
        taken, refused = requests["accepted"] - 1 + given, requests["refused"]
        yield (
            f"Then the case of {self.scenario.id} is sent, with {plural(taken, 'update')} to be accepted, "
            f"{refused} to be refused, and {plural(requests[model.DESCRIBE], 'Describe')}."
        )


def plan(
    settings: RunSettings,
    endpoint: Endpoint,
    redactor: Redactor,
    scenario: Scenario,
    cases: Sequence[Value],
) -> ReplayPlan:
    """Work out the plan of a replay; nothing is sent to its target.

    Args:
        settings: of the replay.
        endpoint: the target's.
        redactor: of the replay.
        scenario: that the cases are of.
        cases: with their drawn values.

    Raises:
        TargetError: the emulator for the rehearsal did not start.
    """
    configured = settings.budget or Budget()
    budget = replace(configured, creates=1, services_alive=1)
    forecast = None
    if not (scenario.probes or scenario.source):
        # Also what the budget has no room for is rehearsed: how much the case needs is the question.
        place = replace(place_of(settings, endpoint, redactor), budget=replace(budget, accepted_updates=_ANY))
        with stage(place) as emulator:
            forecast = emulator.forecast({scenario.id: cases})
        budget = replace(budget, accepted_updates=min(_needed(forecast), budget.accepted_updates))
    return ReplayPlan(
        settings=settings, endpoint=endpoint, scenario=scenario, budget=budget, forecast=forecast
    )


def _needed(forecast: Forecast) -> int:
    """How many accepted updates are enough, also where what should be refused is not.

    One more is kept for such a request in any budget. The rehearsal ends with an update of its own, which
    leaves room to give back a service.
    """
    return forecast.requests["accepted"] + forecast.requests["refused"] + 1
