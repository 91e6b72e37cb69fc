"""The same cases at two targets, or at a target and in a recording: in what the answers differ.

Both sides run every case together, so that a difference cannot hide the next one: after it, both go on with
new services. What differs is then searched for again with Hypothesis, on services of its own at both sides,
by a search that raises for that kind of difference alone. A recording cannot be asked again: its own cases
are sent to the target, and the smallest one that differs stands as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any

from hypothesis.errors import FlakyFailure

from conformance.differences import Kind, differences, paired
from conformance.exceptions import ConformanceError, TargetError
from conformance.exchange import Tag
from conformance.exploring import (
    Abandon,
    Value,
    ViolationError,
    derived,
    explore,
    shorten,
    size_of,
    unwrapped,
)
from conformance.normalisation import counterparts, translated
from conformance.reporting.progress import Progress
from conformance.scenarios import Effort, Scenario
from conformance.suite.outings import Findings, Outing, concerning
from conformance.suite.sides import Side, Stage, exchanges_of, place, pool_lists, stands

# A search may run so many cases until it sees the difference again, and so many in all.
_SEARCH_CASES = 50
_SHRINKING_CASES = 400
# After so many a scenario begins no further search; what is left stands as it was seen.
_CASES_OF_ALL_SEARCHES = 1500
# Of long programs, fewer.
_EXCHANGES_OF_SEARCH = 3000
# So many kinds of difference are shrunk: who is shown more than that has two different services.
_MOST_SHRUNK = 40
_MOST_RETRIES = 3
_REPEATS = 2


def compare_scenario(
    scenario: Scenario,
    sides: tuple[Side, Side],
    effort: Effort,
    seed: int,
    findings: Findings,
    progress: Progress,
) -> str:
    """Run a scenario at both sides; what stands against it in a sentence, or nothing.

    Args:
        scenario: which.
        sides: the targets.
        effort: the size of the budget.
        seed: of the whole run.
        findings: takes what is found.
        progress: told of each case.

    Raises:
        TargetError: a target does not answer any more.
    """
    stages = Stage(scenario, sides[0]), Stage(scenario, sides[1])
    run = _Together(scenario, stages, effort, seed, findings, progress)
    try:
        for stage in stages:
            stage.prepare()
        run.survey()
        run.search()
    except (Abandon, ConformanceError) as error:
        problem = unwrapped(error)
        if isinstance(problem, TargetError):
            raise problem from error
        return f"{scenario.id}: {problem}"
    finally:
        for stage in stages:
            stage.close()
    lacking = sorted({*stages[0].lacking, *stages[1].lacking})
    findings.not_compared["cases that a target lacks something for"] += run.lacking
    return f"{scenario.id}: {' '.join(lacking)}" if lacking and not run.compared else ""


class _Together:
    """One scenario at two targets."""

    def __init__(
        self,
        scenario: Scenario,
        stages: tuple[Stage, Stage],
        effort: Effort,
        seed: int,
        findings: Findings,
        progress: Progress,
    ) -> None:
        self._scenario = scenario
        self._stages = stages
        self._effort: Effort = effort
        self._seed = seed
        self._findings = findings
        self._progress = progress
        self._seen: dict[Kind, Outing] = {}
        self._number = self._searched = 0
        self.compared = self.lacking = 0

    def _run(self, value: Value, phase: str) -> Outing:
        """Run a case at both sides: in a survey with the services of the one before."""
        self._number += 1
        tag = Tag(scenario=self._scenario.id, case=self._number, phase=phase)
        first, second = self._stages
        there, back = self._translations()
        second.names.own = back
        fresh, before = phase != "survey", (len(first.lacking), len(second.lacking))
        mine = first.run(value, tag, fresh=fresh)
        others = second.run(translated(value, there), tag, fresh=fresh)
        names = first.names, second.names
        pairs = paired(exchanges_of(mine), exchanges_of(others), names)
        self.compared += len(pairs)
        self.lacking += before != (len(first.lacking), len(second.lacking))
        self._progress.tick(self._scenario.id, first.bench.sent, len(self._seen))
        return Outing(value=value, pairs=pairs, found=differences(pairs, names), records=(mine, others))

    def _translations(self) -> tuple[dict[str, str], dict[str, str]]:
        """What the first side has by what the second has in its place; and back, for what only pools hold."""
        first, second = (stage.bench.pools for stage in self._stages)
        if first == second:
            return {}, {}
        places = counterparts(place(first), place(second))
        pools = counterparts(pool_lists(first), pool_lists(second))
        back = {other: translated(value, places) for value, other in reversed(pools.items())}
        return {**places, **pools}, back

    # -- survey ------------------------------------------------------------------------------------------

    def survey(self) -> None:
        """Run the cases that a run of the first side alone would begin with."""
        scenario = self._scenario
        items, cases = list(scenario.items(self._effort)), scenario.cases[self._effort]
        if scenario.place is not None:
            for share in range(cases):
                self._survey_placed(items, share)
            return
        for number, item in enumerate(items):
            self._explore(item, self._surveyed(item), number, cases)

    def _survey_placed(self, items: Sequence[Any], share: int) -> None:
        """One case for each item, whatever number of cases Hypothesis sees fit to draw."""
        put, left = self._scenario.place, list(reversed(items))
        assert put is not None

        def case(value: Value) -> None:
            if left:
                item = left.pop()
                self._surveyed(item)(put(value, item))

        for retry in range(_MOST_RETRIES):
            if left:
                self._explore(None, case, share * _MOST_RETRIES + retry, len(left))

    def _surveyed(self, item: Any) -> Callable[[Value], None]:
        def case(value: Value) -> None:
            outing = self._run({"item": item, "value": value}, "survey")
            self._findings.count(self._scenario.id, outing)
            for kind in outing.leading:
                smallest = self._seen.get(kind)
                if smallest is None or size_of(outing.value) < size_of(smallest.value):
                    self._seen[kind] = outing
            if outing.kinds:
                for stage in self._stages:
                    stage.bench.renew()

        return case

    # -- search ------------------------------------------------------------------------------------------

    def search(self) -> None:
        """Look for the smallest case of each kind of difference that no finding shows yet."""
        for kind, outing in list(self._seen.items()):
            if kind not in self._findings.spared:
                self._search(kind, outing)

    def _search(self, kind: Kind, seen: Outing) -> None:
        known = {each.lead.kind for each in self._findings.findings}
        room = self._searched < _CASES_OF_ALL_SEARCHES and self._findings.shrunk < _MOST_SHRUNK
        again = list(self._again(kind, seen.value)) if room else []
        back = next((each for each in again if kind in each.leading), None)
        if back is None and any(kind in each.kinds for each in again):
            self._findings.follows(self._scenario.id, kind, seen)
            return
        if back is None:
            if kind not in known:
                self._enter(kind, seen, shrunk=False, repeated=False)
            return
        self._findings.shrunk += 1
        smallest = self._run(self._minimal(kind, seen.value), "replay")
        self._enter(kind, smallest if kind in smallest.leading else back, shrunk=True, repeated=True)

    def _again(self, kind: Kind, value: Value) -> Iterator[Outing]:
        for _ in range(_REPEATS):
            outing = self._run(value, "replay")
            yield outing
            if kind in outing.leading:
                return

    def _enter(self, kind: Kind, outing: Outing, *, shrunk: bool, repeated: bool) -> None:
        lead = next(each for each in outing.found if each.kind == kind)
        both = zip(self._stages, outing.records, strict=True)
        first, second = [stands(records, stage.registered) for stage, records in both]
        concerns = concerning(first, second) if repeated else []
        self._findings.add(
            self._scenario.id, lead, outing, shrunk=shrunk, repeated=repeated, concerns=concerns
        )

    def _minimal(self, kind: Kind, seen: Value) -> Value:
        """The smallest case with this kind of difference."""
        item, smallest, tried, found, begun = seen["item"], seen, 0, False, self._sent()

        def differs(value: Value) -> bool:
            nonlocal smallest, found
            self._searched += 1
            asked = {"item": item, "value": value}
            if kind not in self._run(asked, "convict").leading:
                return False
            smallest, found = min(smallest, asked, key=size_of), True
            return True

        def case(value: Value) -> None:
            nonlocal tried
            tried += 1
            room = self._sent() - begun < _EXCHANGES_OF_SEARCH
            if room and tried <= (_SHRINKING_CASES if found else _SEARCH_CASES) and differs(value):
                raise ViolationError(kind)

        with suppress(ViolationError, FlakyFailure):
            self._explore(item, case, self._number_of(item), _SHRINKING_CASES, shrink=True)
        shorten(smallest["value"], differs)
        return smallest

    def _sent(self) -> int:
        return sum(stage.bench.sent for stage in self._stages)

    def _number_of(self, item: Any) -> int:
        """The number of the survey's search for an item, so that this one begins with the same cases."""
        return 0 if self._scenario.place else list(self._scenario.items(self._effort)).index(item)

    def _explore(
        self, item: Any, case: Callable[[Value], None], number: int, most: int, *, shrink: bool = False
    ) -> None:
        source = self._scenario.strategy(self._stages[0].bench.pools, item)
        seed = derived(self._seed, self._scenario.id, number)
        explore(source, case, seed=seed, most=most, shrink=shrink)
