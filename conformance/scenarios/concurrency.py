"""Several clients that update, describe and delete one service at the same moment.

A race does not come back for the asking, so each case runs its race several times, from the same start; and
a case that has been seen before, and is run again to see it again, some times more.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from conformance import model
from conformance.observation import as_object, service_of
from conformance.scenarios.bench import Bench
from conformance.scenarios.clients import Call
from conformance.scenarios.scenario import Effort, Scenario, Value
from strategies.baselines import baseline
from strategies.pools import ValuePools
from strategies.rivals import disjoint_updates, rival_updates

_ROUNDS = 2
_ROUNDS_OF_A_REPLAY = 6
_READS = 3
_DELETE, _DESCRIBE = "delete", "describe"
# No service model has it, so the update around it is refused, whatever else it asks for.
_REFUSED = {"autoScalingMetric": "NO_SUCH_METRIC"}
# Members of which there are values enough for every client to have its own.
_RIVALLED = ("healthCheckPath", "memory", "scalingTarget")


def _items(_effort: Effort) -> Sequence[str]:
    return tuple(_STRATEGIES)


def _disjoint(pools: ValuePools) -> st.SearchStrategy[list[Any]]:
    return disjoint_updates(pools=pools).map(lambda updates: [[update] for update in updates])


def _same_member(pools: ValuePools) -> st.SearchStrategy[list[Any]]:
    updates = st.sampled_from(_RIVALLED).flatmap(lambda name: rival_updates([name], pools=pools))
    return updates.map(lambda rivals: [[update] for update in rivals])


def _refused(pools: ValuePools) -> st.SearchStrategy[list[Any]]:
    """The first client asks for something invalid beside its own value of the member."""

    def spoilt(rivals: list[dict[str, Any]]) -> list[Any]:
        return [[{**rivals[0], "scalingTarget": _REFUSED}], *([update] for update in rivals[1:])]

    names = st.sampled_from(("healthCheckPath", "memory"))
    return names.flatmap(lambda name: rival_updates([name], pools=pools, max_size=3)).map(spoilt)


def _update_describe(pools: ValuePools) -> st.SearchStrategy[list[Any]]:
    """One or two clients that update two members together, twice; one or two that look on."""
    names = ("healthCheckPath", "memory")
    writers = st.sampled_from((2, 4)).flatmap(
        lambda size: rival_updates(names, pools=pools, min_size=size, max_size=size)
    )
    readers = st.integers(1, 2).map(lambda number: [[_DESCRIBE] * _READS] * number)
    return st.tuples(writers, readers).map(lambda parts: [*_halves(parts[0]), *parts[1]])


def _halves(updates: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [updates[start : start + 2] for start in range(0, len(updates), 2)]


def _update_delete(pools: ValuePools) -> st.SearchStrategy[list[Any]]:
    """One client deletes the service, at once or a moment later, and updates it then; others update it."""
    waits = st.sampled_from(([_DESCRIBE], [], [_DESCRIBE] * 2))
    updates = rival_updates(["healthCheckPath"], pools=pools, min_size=2, max_size=4)
    return st.tuples(updates, waits).map(
        lambda parts: [*([update] for update in parts[0][1:]), [*parts[1], _DELETE, parts[0][0]]]
    )


_STRATEGIES = {
    "disjoint": _disjoint,
    "same-member": _same_member,
    "refused": _refused,
    "update-describe": _update_describe,
    "update-delete": _update_delete,
}


def _cases(pools: ValuePools, item: str) -> st.SearchStrategy[Value]:
    return _STRATEGIES[item](pools).map(lambda clients: {"clients": clients})


def _race(bench: Bench, case: Value) -> None:
    steps = [step for client in case["clients"] for step in client]
    deletes = _DELETE in steps
    if deletes and not bench.creates:
        return
    touched = {name for step in steps if isinstance(step, dict) for name in step}
    back = {name: value for name, value in baseline(bench.pools).items() if name in touched}
    for _ in range(_ROUNDS_OF_A_REPLAY if bench.is_replay else _ROUNDS):
        arn = bench.service("mortal" if deletes else "main")
        if not deletes:
            bench.update(arn, back)
        bench.describe(arn)
        bench.burst([[_call(arn, step) for step in client] for client in case["clients"]])
        status = as_object(service_of(bench.describe(arn)).get("status"))
        if deletes and status.get("statusCode") == "ACTIVE":
            bench.delete(arn)


def _call(arn: str, step: Any) -> Call:
    if isinstance(step, dict):
        return model.OPERATION, {"serviceArn": arn, **step}
    return (model.DELETE if step == _DELETE else model.DESCRIBE), {"serviceArn": arn}


CONCURRENCY = Scenario(
    id="concurrency",
    title="Clients that update, describe and delete one service at the same moment.",
    strategy=_cases,
    items=_items,
    steps=_race,
    cases={"smoke": 1, "standard": 6, "exhaustive": 60},
    exercises=("concurrency",),
    order=80,
)
