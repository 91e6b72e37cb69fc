"""Run one scenario: survey, then convict.

A survey never raises: it spends its whole budget and keeps the count of every violation. Then, for each
violated requirement that is not a known deviation, a second search with the same strategy and the same seed
raises for that requirement alone, so that Hypothesis shrinks to a minimal case of it. One fault never hides
another, and known deviations cost no shrinking.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from typing import Any

from hypothesis.errors import FlakyFailure

from conformance.exceptions import ConformanceError, SetupError, TargetError, ToolError
from conformance.exchange import Exchange, Tag
from conformance.exploring import Abandon, Source, Value, ViolationError, explore, shorten
from conformance.judge import Judge
from conformance.recording import Case, ScenarioEnd
from conformance.results import ScenarioResult
from conformance.scenarios import Effort, Scenario
from conformance.scenarios.bench import Bench
from conformance.scenarios.inventory import Surroundings
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
# Topics of which a violation leaves the service what its requests say; any other one may have spoilt it.
_HARMLESS = (
    "boto3/",
    "envelope/",
    "error/",
    "ingress/",
    "operation/",
    "response-",
    "revision/",
    "semantics/",
)
# Topics of which a violation is seen in what the service has afterwards: from there on, that is what it has.
_DESCRIBED = ("keep/", "merge/", "preserve/", "reflect/", "show/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How a scenario is to be run.

    Attributes:
        effort: the size of the budget.
        seed: of the whole run; each scenario derives its own from it.
        only: the ids to judge; None for all.
        known: the ids of known deviations: counted, never shrunk, and seldom a reason for a new service.
        convicted: ids that earlier scenarios of this process convicted already.
        enough: asked after each test case of a survey whether what was seen will do; then it ends early.
    """

    effort: Effort
    seed: int
    only: Collection[str] | None = None
    known: Collection[str] = ()
    convicted: set[str] = field(default_factory=set)
    enough: Callable[[Tally], bool] | None = None


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

    def outcome(self) -> Outcome:
        """See :func:`run_scenario`."""
        started, problem = time.perf_counter(), None
        try:
            with self._cleaned_up():
                self._survey()
                self._convict_all()
        except (Abandon, ConformanceError) as error:
            problem = _unwrapped(error)
        summary = ScenarioResult(
            id=self._scenario.id,
            title=self._scenario.title,
            tool=self._scenario.id if self._scenario.source else "",
            cases=self._cases,
            exchanges=self._bench.sent,
            seconds=round(time.perf_counter() - started, 3),
            error=" ".join([*sorted(self._lacking), str(problem or "")]).strip(),
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
            violated = self._judge.feed(record)
            self._violated.update(violated)
            self._ever_violated.update(violated)
            self._watch(self._bench.sent, len(self._ever_violated))

    # -- survey ------------------------------------------------------------------------------------------

    def _survey(self) -> None:
        scenario, effort = self._scenario, self._order.effort
        items = scenario.items(effort)
        if not scenario.probes:
            self._bench.service()
        if scenario.source is not None:
            scenario.source(self._bench, effort, _derived(self._order.seed, scenario.id, 0), self._sourced)
        elif scenario.place is not None:
            for share in range(scenario.cases[effort]):
                self._survey_placed(list(items), share)
        else:
            for number, item in enumerate(items):
                strategy = scenario.strategy(self._bench.pools, item)
                self._explore(strategy, self._surveyed(item), number, scenario.cases[effort])

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
        try:
            returned = self._scenario.steps(self._bench, case["value"])
        except SetupError as error:
            # The target has not what this case needs; the others may need less.
            self._lacking.add(str(error))
        if any(self._spoils(id) for id in self._violated):
            # The service is no longer what its requests say: what follows on it would prove nothing.
            self._bench.renew()
        return returned

    def _spoils(self, id: str) -> bool:
        """Whether a service is given up for a violation; for a known one, which may be frequent, seldom."""
        return not id.startswith((*_HARMLESS, *_DESCRIBED) if id in self._known else _HARMLESS)

    # -- conviction --------------------------------------------------------------------------------------

    def _convict_all(self) -> None:
        """Convict each violated requirement, unless the minimal case of another one shows it as well."""
        spared = {*self._order.known, *self._order.convicted}
        for id, count in sorted(self._judge.tally.counts.items()):
            seen = count.example["case"] if count.example else None
            if count.violated and seen is not None and id not in spared:
                spared |= self._convict(id, seen)
        self._order.convicted.update(spared - set(self._order.known))

    def _convict(self, id: str, seen: Value) -> set[str]:
        """Replay the case that was seen, search for the minimal one, and replay that.

        Returns:
            All that the minimal case violates; nothing if the case that was seen does not come back on a
            service of its own: then there is nothing to shrink, and the violation is flaky so far.
        """
        if not self._comes_back(id, seen):
            return set()
        shown = self._replayed(id, self._minimal(id, seen))
        return {other for other in shown if not self._is_accident(other)} | {id}

    def _comes_back(self, id: str, seen: Value) -> bool:
        """Whether the case violates it again in one of several replays; by a fault, in each of them."""
        for _ in range(CONFIRMED):
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
            smallest, found = min(smallest, {"item": item, "value": value}, key=_size), True
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

    def replay(self, case: Value, requirement: str) -> bool | None:
        """See :func:`replay_case`."""
        with self._cleaned_up():
            tag = Tag(scenario=self._scenario.id, phase="replay", requirement=requirement)
            self._run_case(case, tag, fresh=True)
        count = self._judge.tally.counts.get(requirement)
        return bool(count.violated) if count and count.judged else None

    def _explore(
        self, source: Source, case: Callable[[Value], None], number: int, most: int, *, shrink: bool = False
    ) -> None:
        """Draw cases of one search; a conviction begins with those that the survey began with."""
        seed = _derived(self._order.seed, self._scenario.id, number)
        explore(source, case, seed=seed, most=most, shrink=shrink)


def _size(case: Value) -> tuple[int, str]:
    text = json.dumps(case, sort_keys=True)
    return len(text), text


def _derived(run: int, scenario: str, number: int) -> int:
    """A seed for one search, from the run's."""
    digest = hashlib.sha256(f"{run}/{scenario}/{number}".encode()).digest()
    return int.from_bytes(digest[:8])


def _unwrapped(error: BaseException) -> ConformanceError:
    """The error of ours; any other one is a fault of the suite, and is raised."""
    inner = error.error if isinstance(error, Abandon) else error
    if isinstance(inner, ConformanceError):
        return inner
    raise inner


def replay_case(
    scenario: Scenario,
    wire: Wire,
    surroundings: Surroundings,
    *,
    case: Value,
    requirement: str,
    sink: Sink = lambda _record: None,
) -> bool | None:
    """Send one recorded case again, on services of its own.

    Returns:
        Whether the requirement is violated still; None if the case did not concern it this time.

    Raises:
        ConformanceError: the target cannot be reached, or refuses what the case needs.
    """
    run = _Run(scenario, wire, surroundings, Order(effort="smoke", seed=0, only=[requirement]), sink)
    return run.replay(case, requirement)
