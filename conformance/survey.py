"""Run one scenario: survey, then convict.

A survey never raises: it spends its whole budget and keeps the count of every violation. Then, for each
violated requirement that is not a known deviation, a second search with the same strategy and the same seed
raises for that requirement alone, so that Hypothesis shrinks to a minimal case of it. One fault never hides
another, and known deviations cost no shrinking.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from typing import Any

from hypothesis.errors import FlakyFailure

from conformance import model
from conformance.exceptions import BudgetError, ConformanceError, SetupError, TargetError, ToolError
from conformance.exchange import Exchange, Tag
from conformance.exploring import (
    Abandon,
    Source,
    Value,
    ViolationError,
    derived,
    explore,
    shorten,
    size_of,
    unwrapped,
)
from conformance.judge import Judge
from conformance.observation import accepted
from conformance.order import Order, spoils
from conformance.recording import Case, ScenarioEnd
from conformance.results import ScenarioResult
from conformance.scenarios import Scenario
from conformance.scenarios.bench import Bench
from conformance.scenarios.inventory import Surroundings
from conformance.scenarios.patience import stopped_by
from conformance.tally import Tally
from conformance.verdicts import CONFIRMED, is_accident
from conformance.wire import Wire

Sink = Callable[[Exchange | Case | ScenarioEnd], None]
Watch = Callable[[int, int], None]

# A conviction may search for so many test cases, and search and shrink for so many in all; then the smallest
# one so far stands.
_SEARCH_CASES = 50
_CONVICTION_CASES = 400
# After so many cases a scenario begins no further search: a target that is wrong about everything must not
# take for ever. What is left is replayed, and stands as it was seen.
_CASES_OF_ALL_CONVICTIONS = 1500
_MOST_RETRIES = 3
# Why something is not judged where cases were chosen.
_NOT_CHOSEN = "the budget had no room for it beside what judges more"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a scenario came to.

    Attributes:
        fatal: whether the target is gone, so that nothing more can be learned in this run.
        cut_short: whether another tool broke off before all of the scenario's traffic was sent.
    """

    summary: ScenarioResult
    tally: Tally
    fatal: bool = False
    cut_short: bool = False


def run_scenario(
    scenario: Scenario,
    wire: Wire,
    surroundings: Surroundings,
    order: Order,
    sink: Sink,
    *,
    watch: Watch = lambda _sent, _violated: None,
) -> Outcome:
    """Run a scenario to its end, or to the first error of ours, which the outcome tells.

    Args:
        scenario: which.
        wire: to the target.
        surroundings: what the run gives to its scenarios.
        order: how to run it.
        sink: takes all that is to be recorded, in order.
        watch: told after each exchange how many were sent, and how many requirements are violated.

    Raises:
        KeyboardInterrupt: passed on, after the scenario's services were deleted.
    """
    return _Run(scenario, wire, surroundings, order, sink, watch).outcome()


class _Run:
    def __init__(
        self,
        scenario: Scenario,
        wire: Wire,
        surroundings: Surroundings,
        order: Order,
        sink: Sink,
        watch: Watch = lambda _sent, _violated: None,
    ) -> None:
        self._watch = watch
        self._ever_violated: set[str] = set()
        self._scenario = scenario
        self._order = order
        self._sink = sink
        self._judge = Judge(order.only)
        self._bench = Bench(scenario.id, wire, surroundings, self._take)
        self._cases = 0
        self._searched = 0
        self._known = frozenset(order.known)
        self._violated: set[str] = set()
        self._lacking: set[str] = set()
        self._meter = wire.meter
        self._accepted = 0
        self._costs: dict[str, int] = {}

    def outcome(self) -> Outcome:
        """See :func:`run_scenario`."""
        started, stopped = time.perf_counter(), "" if self._order.script is None else _NOT_CHOSEN
        problem: ConformanceError | None = None
        try:
            with self._cleaned_up():
                self._survey()
                self._convict_all()
        except (Abandon, ConformanceError) as error:
            problem = unwrapped(error)
        if isinstance(problem, BudgetError):
            stopped, problem = problem.message, None
        lost = self._bench.lost
        summary = ScenarioResult(
            id=self._scenario.id,
            title=self._scenario.title,
            tool=self._scenario.id if self._scenario.source else "",
            cases=self._cases,
            exchanges=self._bench.sent,
            seconds=round(time.perf_counter() - started, 3),
            error=" ".join([*sorted(self._lacking), lost and f"Lost: {lost}.", str(problem or "")]).strip(),
            stopped=stopped_by(problem, stopped, lost),
        )
        self._sink(ScenarioEnd(summary=asdict(summary)))
        return Outcome(
            summary=summary,
            tally=self._judge.tally,
            fatal=isinstance(problem, TargetError),
            cut_short=isinstance(problem, ToolError),
        )

    @contextmanager
    def _cleaned_up(self) -> Iterator[None]:
        """Delete what the scenario created, whatever happens; a second error does not hide the first."""
        try:
            yield
        except BaseException:
            self._close_quietly()
            raise
        self._bench.close()

    def _close_quietly(self) -> None:
        try:
            self._bench.close()
        except ConformanceError:
            return

    def _take(self, record: Exchange | Case) -> None:
        self._sink(record)
        if isinstance(record, Case):
            self._violated.clear()
            self._judge.begin(record)
        else:
            self._accepted += record.request.operation == model.OPERATION and accepted(record)
            violated = self._judge.feed(record)
            self._violated.update(violated)
            self._ever_violated.update(violated)
            self._watch(self._bench.sent, len(self._ever_violated))

    # -- survey ------------------------------------------------------------------------------------------

    def _survey(self) -> None:
        scenario, effort = self._scenario, self._order.effort
        if self._order.script is not None and not (scenario.source or scenario.probes):
            self._follow(self._order.script.get(scenario.id, ()))
            return
        items = scenario.items(effort)
        if not scenario.probes:
            self._bench.service()
        if scenario.source is not None:
            scenario.source(self._bench, effort, derived(self._order.seed, scenario.id, 0), self._sourced)
        elif scenario.place is not None:
            for share in range(scenario.cases[effort]):
                self._survey_placed(list(items), share)
        else:
            for number, item in enumerate(items):
                strategy = scenario.strategy(self._bench.pools, item)
                self._explore(strategy, self._surveyed(item), number, scenario.cases[effort])

    def _follow(self, cases: Sequence[Value]) -> None:
        """Run these cases, and no others."""
        if cases:
            self._bench.service()
        for case in cases:
            self._run_case(case, Tag(scenario=self._scenario.id))

    def _survey_placed(self, items: list[Any], share: int) -> None:
        """One case for each item, whatever number of cases Hypothesis sees fit to draw."""
        place, strategy = self._scenario.place, self._scenario.strategy(self._bench.pools, None)
        assert place is not None
        left = iter(items)

        def case(value: Value) -> None:
            item = None if self._enough() else next(left, None)
            if item is not None:
                self._run_case({"item": item, "value": place(value, item)}, Tag(scenario=self._scenario.id))

        before = self._cases
        for retry in range(_MOST_RETRIES):
            missing = len(items) - (self._cases - before)
            if missing > 0 and not self._enough():
                self._explore(strategy, case, share * _MOST_RETRIES + retry, missing)

    def _sourced(self, value: Value) -> Any:
        return self._run_case({"item": None, "value": value}, Tag(scenario=self._scenario.id))

    def _surveyed(self, item: Any) -> Callable[[Value], None]:
        tag = Tag(scenario=self._scenario.id)

        def case(value: Value) -> None:
            if not self._enough():
                self._run_case({"item": item, "value": value}, tag)

        return case

    def _enough(self) -> bool:
        """Whether nobody needs to see more; what Hypothesis still draws is not sent."""
        enough = self._order.enough
        return enough is not None and enough(self._judge.tally)

    def _run_case(self, case: Value, tag: Tag, *, fresh: bool = False) -> Any:
        self._cases, returned = self._cases + 1, None
        numbered = Tag(scenario=tag.scenario, case=self._cases, phase=tag.phase, requirement=tag.requirement)
        self._bench.begin(Case(tag=numbered, value=case), fresh=fresh)
        before = self._accepted, self._judged_so_far()
        try:
            returned = self._scenario.steps(self._bench, case["value"])
        except SetupError as error:
            # The target has not what this case needs; the others may need less.
            self._lacking.add(str(error))
        self._measured(case, *before)
        if any(spoils(id, known=id in self._known) for id in self._violated):
            # The service is no longer what its requests say: what follows on it would prove nothing.
            self._bench.renew()
        return returned

    def _judged_so_far(self) -> dict[str, int]:
        """How often each requirement was judged; nothing where nobody asks for it."""
        if self._order.measure is None:
            return {}
        return {id: count.judged for id, count in self._judge.tally.counts.items()}

    def _measured(self, case: Value, accepted_before: int, judged_before: Mapping[str, int]) -> None:
        cost = self._costs[size_of(case)[1]] = self._accepted - accepted_before
        if self._order.measure is not None:
            now = self._judged_so_far()
            judged = frozenset(id for id, times in now.items() if times > judged_before.get(id, 0))
            self._order.measure(case, cost, judged)

    # -- conviction --------------------------------------------------------------------------------------

    def _convict_all(self) -> None:
        """Convict each violated requirement, unless the minimal case of another one shows it as well."""
        spared = {*self._order.known, *self._order.convicted}
        for id, count in sorted(self._judge.tally.counts.items()):
            seen = count.example["case"] if count.example else None
            if count.violated and seen is not None and id not in spared:
                spared |= self._convict(id, seen)
        self._order.convicted.update(spared - set(self._order.known))

    def _affords(self, seen: Value) -> bool:
        """Whether the budget has room for a replay: one that breaks off would prove nothing.

        It begins with an update that brings the service back to known values.
        """
        cost = 1 + self._costs.get(size_of(seen)[1], 0)
        return self._meter is None or cost <= self._meter.updates_left()

    def _convict(self, id: str, seen: Value) -> set[str]:
        """Replay the case that was seen, search for the minimal one, and replay that.

        Returns:
            All that the minimal case violates; nothing if the case that was seen does not come back on a
            service of its own: then there is nothing to shrink, and the violation is flaky so far.
        """
        if not self._comes_back(id, seen):
            return set()
        if self._order.script is not None:
            return {id}
        shown = self._replayed(id, self._minimal(id, seen))
        return {other for other in shown if not self._is_accident(other)} | {id}

    def _comes_back(self, id: str, seen: Value) -> bool:
        """Whether the case violates it again in one of several replays; by a fault, in each of them."""
        for _ in range(CONFIRMED):
            if not self._affords(seen):
                return False
            back = id in self._replayed(id, seen)
            if back != self._is_accident(id):
                return back
        return False

    def _is_accident(self, id: str) -> bool:
        return is_accident(self._judge.tally.counts[id], complete=False)

    def _replayed(self, id: str, case: Value) -> set[str]:
        tag = Tag(scenario=self._scenario.id, phase="replay", requirement=id)
        self._run_case(case, tag, fresh=True)
        return set(self._violated)

    def _minimal(self, id: str, seen: Value) -> Value:
        """The smallest case that violates a requirement."""
        if self._searched >= _CASES_OF_ALL_CONVICTIONS:
            return seen
        item, tag = seen["item"], Tag(scenario=self._scenario.id, phase="convict", requirement=id)
        strategy = self._scenario.strategy(
            self._bench.pools, seen["value"] if self._scenario.source else item
        )
        smallest, tried, found = seen, 0, False

        def violates(value: Value) -> bool:
            nonlocal smallest, found
            self._searched += 1
            self._run_case({"item": item, "value": value}, tag, fresh=True)
            if id not in self._violated:
                return False
            smallest, found = min(smallest, {"item": item, "value": value}, key=size_of), True
            return True

        def case(value: Value) -> None:
            nonlocal tried
            tried += 1
            if tried <= (_CONVICTION_CASES if found else _SEARCH_CASES) and violates(value):
                raise ViolationError(id)

        # Beside the violation, Hypothesis has words of its own for one that comes and goes.
        with suppress(ViolationError, FlakyFailure):
            self._explore(strategy, case, self._number(item), _CONVICTION_CASES, shrink=True)
        shorten(smallest["value"], violates)
        return smallest

    def _number(self, item: Any) -> int:
        """The number of the survey's search for an item, so that a conviction begins with the same cases."""
        if self._scenario.place or self._scenario.source:
            return 0
        return self._scenario.items(self._order.effort).index(item)

    def _explore(
        self, source: Source, case: Callable[[Value], None], number: int, most: int, *, shrink: bool = False
    ) -> None:
        """Draw cases of one search; a conviction begins with those that the survey began with."""
        seed = derived(self._order.seed, self._scenario.id, number)
        explore(source, case, seed=seed, most=most, shrink=shrink)
