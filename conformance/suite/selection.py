"""What a run sends where accepted updates are dear: the test cases that judge most for what they cost.

What a case would judge, and what it would cost, is found out by a rehearsal of it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from conformance import model
from conformance.choice import Candidate, choose, free_beside
from conformance.exchange import Exchange, Tag
from conformance.judge import Judge
from conformance.observation import accepted
from conformance.order import Order
from conformance.questions import scenario as asking
from conformance.recording import Case
from conformance.redaction import Redactor
from conformance.requirements import REQUIREMENTS, selected
from conformance.scenarios import SCENARIOS, Scenario
from conformance.scenarios.bench import Bench
from conformance.scenarios.economical import ECONOMICAL, cases, play
from conformance.scenarios.inventory import Surroundings
from conformance.scenarios.scenario import Value
from conformance.suite.rehearsal import Place, Script, Stage, place_of, stage
from conformance.suite.settings import RunSettings
from conformance.survey import run_scenario
from conformance.wire import Endpoint, Wire
from strategies.economical import Step

# What is kept of the budget: one update for the end of the service's life, and the one that the meter keeps
# for a request that should be refused and is not.
_KEPT = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """What was chosen.

    Attributes:
        place: for which target.
        script: what to send.
        possible: the ids of all that any of the candidates would have judged.
    """

    place: Place
    script: Script
    possible: frozenset[str]


def script_for(
    settings: RunSettings, endpoint: Endpoint, redactor: Redactor, selection: Selection | None = None
) -> Script:
    """The cases to send; those that were chosen already, if they were chosen for the same place."""
    place = place_of(settings, endpoint, redactor)
    if selection is not None and selection.place == place:
        return selection.script
    with stage(place) as emulator:
        return select(emulator).script


def select(emulator: Stage) -> Selection:
    """The cases to send within the place's budget: all that is refused costs nothing, and is among them."""
    place = emulator.place
    budget = max(0, place.budget.accepted_updates - place.reserved - _KEPT)
    wire = emulator.wire()
    steps, others = _Steps(place, wire, emulator.around), _Others(place, wire, emulator.around)
    candidates = steps.candidates
    chosen = choose(candidates, budget=budget, seed=place.seed)
    if others.measure(candidates, chosen, budget):
        candidates = [*candidates, *others.candidates]
        chosen = choose(candidates, budget=budget, seed=place.seed)
    wire.close()
    sent = {*chosen, *free_beside(candidates, chosen)}
    script = {**steps.script(sent), **others.script(sent)}
    if place.questions:
        script |= asking.script(place.questions, place.budget)
    possible = frozenset[str]().union(*(candidate.judges for candidate in candidates))
    return Selection(place=place, script=script, possible=possible)


class _Steps:
    """The steps of the economical scenario, each a candidate of its own."""

    def __init__(self, place: Place, wire: Wire, around: Surroundings) -> None:
        self._judge = Judge(place.only)
        self._accepted = 0
        self.cases = cases(around.pools)
        self.candidates: list[Candidate] = []
        given = replace(around, service_arn=_service(wire, around), frugal=True)
        bench = Bench(ECONOMICAL.id, wire, given, self._take)
        for number, case in enumerate(self.cases, start=1):
            bench.begin(Case(tag=Tag(scenario=ECONOMICAL.id, case=number), value=case), fresh=False)
            play(bench, case, self._measured(case["part"]))

    def _take(self, record: Exchange | Case) -> None:
        if isinstance(record, Case):
            self._judge.begin(record)
            return
        self._accepted += record.request.operation == model.OPERATION and accepted(record)
        self._judge.feed(record)

    def _measured(self, part: str) -> Callable[[Step], None]:
        """Enters each step of a part with what it judged and cost."""
        seen, cost = self._times(), self._accepted

        def done(step: Step) -> None:
            nonlocal seen, cost
            now = self._times()
            judged = frozenset(id for id, times in now.items() if times > seen.get(id, 0))
            # The target may well refuse what the emulator takes: then it says nothing else.
            judged &= {step["about"]} if "about" in step else judged
            self.candidates.append(
                Candidate(
                    id=f"{part}/{step['id']}",
                    judges=judged,
                    cost=self._accepted - cost,
                    needs=tuple(f"{part}/{needed}" for needed in step["needs"]),
                )
            )
            seen, cost = now, self._accepted

        return done

    def _times(self) -> dict[str, int]:
        return {id: count.judged for id, count in self._judge.tally.counts.items()}

    def script(self, sent: set[str]) -> Script:
        """One case for each part of which something is to be sent.

        A step that costs an update for one requirement says how many updates it has to leave for those that
        come later: should an update be accepted that the emulator refuses, this one is not sent.
        """
        found: list[Value] = []
        later = self._later(sent)
        for case in self.cases:
            part = case["part"]
            steps = [step for step in case["steps"] if f"{part}/{step['id']}" in sent]
            plain = [_plain(step, later.get(f"{part}/{step['id']}", 0)) for step in steps]
            if plain:
                found.append({"item": part, "value": {"part": part, "steps": plain}})
        return {ECONOMICAL.id: found} if found else {}

    def _later(self, sent: set[str]) -> dict[str, int]:
        """By step that others do better without, the updates that are to be left for what comes after it."""
        chosen = [each for each in self.candidates if each.id in sent]
        needed = {id for each in chosen for id in each.needs}
        times = Counter(id for each in chosen for id in each.judges)
        left, found = 1, dict[str, int]()
        for each in reversed(chosen):
            alone = sum(times[id] == 1 for id in each.judges)
            if each.cost and alone <= 1 and each.id not in needed:
                found[each.id] = left
            else:
                left += each.cost
        return found


def _plain(step: Step, leave: int) -> Value:
    """A step without what only the choice needs to know."""
    kept = {name: value for name, value in step.items() if name not in {"needs", "about"}}
    return {**kept, "leave": leave} if leave else kept


class _Others:
    """The cases of all other scenarios, as they are at the smallest effort."""

    def __init__(self, place: Place, wire: Wire, around: Surroundings) -> None:
        self._place, self._wire, self._around = place, wire, around
        self.candidates: list[Candidate] = []
        self._cases: dict[str, tuple[str, Value]] = {}

    def measure(self, candidates: Sequence[Candidate], chosen: Sequence[str], budget: int) -> bool:
        """Rehearse those that are meant for what is not judged yet; whether there were any.

        Nothing is rehearsed that the budget has no room for.
        """
        sent = [candidate for candidate in candidates if candidate.id in {*chosen}]
        if budget <= sum(candidate.cost for candidate in sent):
            return False
        judged = frozenset[str]().union(*(candidate.judges for candidate in sent))
        missing = {*(self._place.only or REQUIREMENTS)} - judged
        meant = [
            s for s in SCENARIOS.values() if not s.probes and missing.intersection(selected(s.exercises))
        ]
        given = replace(self._around, service_arn=_service(self._wire, self._around))
        for scenario in meant:
            self._measure(scenario, given)
        return bool(self.candidates)

    def _measure(self, scenario: Scenario, given: Surroundings) -> None:
        place = self._place

        def measured(case: Value, cost: int, judged: frozenset[str]) -> None:
            id = f"{scenario.id}/{len(self._cases)}"
            self._cases[id] = (scenario.id, case)
            self.candidates.append(Candidate(id=id, judges=judged, cost=cost))

        order = Order(
            effort="smoke", seed=place.seed, only=place.only, known=tuple(REQUIREMENTS), measure=measured
        )
        run_scenario(scenario, self._wire, given, order, lambda _record: None)

    def script(self, sent: set[str]) -> Script:
        """The cases to send, by scenario."""
        found: dict[str, list[Value]] = {}
        for id, (scenario, case) in self._cases.items():
            if id in sent:
                found.setdefault(scenario, []).append(case)
        return found


def _service(wire: Wire, around: Surroundings) -> str:
    """The ARN of a service with known values."""
    return Bench("rehearsal", wire, around, lambda _record: None).service()
