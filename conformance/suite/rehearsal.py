"""Rehearse what a run would send: at the reference emulator, in the target's place.

For the time the emulator is the target's account and Region, with the target's own values; its users are its
own. Nothing is sent to the target.
"""

from __future__ import annotations

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from conformance import model
from conformance.budget import Budget, Meter
from conformance.emulator.process import guarded
from conformance.exchange import Exchange
from conformance.observation import accepted
from conformance.order import Order
from conformance.questions import scenario as asking
from conformance.recording import Case, Header, ScenarioEnd
from conformance.redaction import Redactor
from conformance.requirements import REQUIREMENTS
from conformance.scenarios import FRUGAL, SCENARIOS
from conformance.scenarios.inventory import Surroundings
from conformance.scenarios.scenario import Value
from conformance.suite.live import OwnService
from conformance.suite.probe import supports_operation
from conformance.suite.settings import RunSettings
from conformance.survey import run_scenario
from conformance.tally import Tally
from conformance.wire import Endpoint, Wire

# Nothing has to be waited for, and nothing costs money.
_FREELY = 1e6
# What the scenario that asks a service's own endpoint needs, and no emulator can answer.
_FOR_PROBES = 2
# An account id that no document has.
_STAND_IN = "246813579246"

Script = Mapping[str, Sequence[Value]]
"""By scenario, the cases to send."""
Record = Exchange | Case | ScenarioEnd


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a rehearsal needs to know of the target.

    Attributes:
        surroundings: what the run gives to its scenarios, as it does at the target.
        region: the target's.
        restricted: whether the run has a second caller there.
        only: the ids of the requirements to judge; None for all.
        seed: the run's.
        budget: the run's.
        reserved: accepted updates of the budget that are for scenarios which nobody can rehearse, and for
            questions.
        questions: the ids of the questions to ask.
    """

    surroundings: Surroundings
    region: str
    restricted: bool
    only: Sequence[str] | None
    seed: int
    budget: Budget
    reserved: int = 0
    questions: tuple[str, ...] = ()


def place_of(settings: RunSettings, endpoint: Endpoint, redactor: Redactor) -> Place:
    """The place that a run is about."""
    budget = settings.budget or Budget()
    reserved = _FOR_PROBES if settings.probe_ingress else 0
    return Place(
        surroundings=settings.surroundings(endpoint, redactor),
        region=endpoint.region,
        restricted=bool(endpoint.restricted_access_key),
        only=settings.chosen,
        seed=settings.seed,
        budget=budget,
        reserved=reserved + (asking.share(budget) if settings.questions else 0),
        questions=settings.questions,
    )


@dataclass(slots=True)
class Forecast:
    """How a rehearsal of the whole run went.

    Attributes:
        tally: what was judged.
        requests: how many requests there were of each operation; updates by what became of them, as
            ``accepted`` and ``refused``.
        spent: as the meter counts.
        cases: how many there were, by scenario.
    """

    tally: Tally = field(default_factory=Tally)
    requests: Counter[str] = field(default_factory=Counter)
    spent: dict[str, Any] = field(default_factory=dict)
    cases: dict[str, int] = field(default_factory=dict)

    @property
    def judged(self) -> frozenset[str]:
        """The ids of the requirements that were judged."""
        return frozenset(id for id, count in self.tally.counts.items() if count.judged)

    def take(self, record: Record) -> None:
        """Count an exchange."""
        if isinstance(record, Exchange):
            name = record.request.operation
            if name == model.OPERATION:
                name = "accepted" if accepted(record) else "refused"
            self.requests[name] += 1


@dataclass(frozen=True, slots=True)
class Stage:
    """The emulator in the target's place, while it runs.

    Attributes:
        place: the target.
        endpoint: of the emulator.
        around: what a run gives to its scenarios, without a service that exists.
        home: the account that the run's placeholder stands for; empty if the run has none.
    """

    place: Place
    endpoint: Endpoint
    around: Surroundings
    home: str

    def wire(self, meter: Meter | None = None) -> Wire:
        """A wire to the emulator; to be closed."""
        redactor = Redactor(credentials=self.endpoint.secrets, home=self.home)
        return Wire(self.endpoint, redactor=redactor, meter=meter)

    def forecast(self, script: Script) -> Forecast:
        """Send what a run would send, within its budget of updates."""
        found, budget = Forecast(), self.place.budget
        meter = Meter(replace(budget, requests_per_second=_FREELY, minutes=_FREELY, dollars=_FREELY))
        wire = self.wire(meter)
        with tempfile.TemporaryDirectory() as folder:
            supports_operation(wire, found.take)
            header = Header(target={}, suite={}, started_at="")
            own = OwnService(wire, self.around, Path(folder), header, watch=found.take)
            self._follow(script, wire, replace(self.around, service_arn=own.create()), found)
            own.delete(last=True)
        found.tally.merge(own.tally)
        found.spent = meter.spent()
        wire.close()
        return found

    def _follow(self, script: Script, wire: Wire, around: Surroundings, found: Forecast) -> None:
        place = self.place
        # What the emulator itself is found wrong about is nobody's concern here.
        known = tuple(REQUIREMENTS)
        order = Order(effort="smoke", seed=place.seed, only=place.only, known=known, script=script)
        for scenario in (asking.ASKED, *FRUGAL.values(), *SCENARIOS.values(), asking.ASKED_LAST):
            if script.get(scenario.id):
                outcome = run_scenario(scenario, wire, around, order, found.take)
                found.tally.merge(outcome.tally)
                found.cases[scenario.id] = outcome.summary.cases


@contextmanager
def stage(place: Place) -> Iterator[Stage]:
    """The reference emulator in the place of the target, while the context lasts.

    Raises:
        TargetError: it did not start.
    """
    account = place.surroundings.pools.account
    # A run has a placeholder for its account, which the wire puts back: so here another one stands for it.
    home = _STAND_IN if Redactor(home=_STAND_IN).text(_STAND_IN) == account else ""
    with guarded(place.region, account=home or account) as emulator:
        own, second = emulator.main, emulator.restricted
        restricted: dict[str, Any] = {
            "restricted_access_key": second.access_key,
            "restricted_secret_key": second.secret_key,
        }
        endpoint = Endpoint(
            url=emulator.endpoint,
            region=place.region,
            access_key=own.access_key,
            secret_key=own.secret_key,
            **(restricted if place.restricted else {}),
        )
        # The emulator takes no time for anything, and does not go away.
        patience: dict[str, Any] = {"settle_seconds": 1.0, "network_pauses": (), "role_pauses": ()}
        yield Stage(place, endpoint, replace(place.surroundings, service_arn="", **patience), home)
