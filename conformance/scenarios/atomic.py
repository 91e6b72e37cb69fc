"""Refused updates that also ask for valid changes: what they ask for is not so already, and must stay so.

Each case sends the valid twin, brings the service back to other values, and then sends the update that is to
be refused, between two Describes. Only the last one is looked at: accepted updates have their own scenarios.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from conformance.exchange import Exchange
from conformance.observation import as_object, service_of
from conformance.scenarios.bench import Bench
from conformance.scenarios.scenario import Effort, Scenario, Value
from conformance.scenarios.task_definitions import WRONG, wrong_task_definition
from strategies.baselines import baseline
from strategies.identities import IDENTITIES, apply, identities
from strategies.near_misses import DEFECTS, near_misses
from strategies.nested import counterpart_at, structures
from strategies.pools import ValuePools
from strategies.updates import valid_updates

# Where the defect is not in a member, a few of them stand for all.
_CHANGED = {"cpu", "healthCheckPath", "scalingTarget", "taskRoleArn"}
_DRAINING, _INACTIVE = "draining", "inactive"


def _defects(effort: Effort) -> Sequence[str]:
    every = (*DEFECTS, *(f"task-definition/{variant}" for variant in WRONG))
    return _one_of_each(every) if effort == "smoke" else every


def _one_of_each(defects: Sequence[str]) -> tuple[str, ...]:
    """The first defect of each class; of types, also the first one inside of a structure."""
    first: dict[tuple[str, bool], str] = {}
    for defect in defects:
        kind, _, path = defect.partition("/")
        first.setdefault((kind, kind == "type" and "." in path), defect)
    return tuple(first.values())


def _mixed(pools: ValuePools, defect: str) -> st.SearchStrategy[Value]:
    """A near miss with a valid change; a wrong task definition stands there by the name of its variant."""
    kind, _, variant = defect.partition("/")
    if kind != "task-definition":
        return near_misses(pools=pools, defect=defect, changes=1)

    def named(case: Value) -> Value:
        return {**case, "defect": defect, "members": {**case["members"], "taskDefinitionArn": variant}}

    return near_misses(pools=pools, defect="type/taskDefinitionArn", changes=1).map(named)


def _refused(bench: Bench, case: Value) -> None:
    arn = bench.service("customer" if "taskDefinitionArn" in case["twin"] else "main")
    members = dict(case["members"])
    if case["defect"].startswith("task-definition/"):
        members["taskDefinitionArn"] = wrong_task_definition(bench, members["taskDefinitionArn"])
    twin = _there_and_back(bench, arn, case["twin"])
    bench.observe(arn, members, twin=twin)


def _there_and_back(bench: Bench, arn: str, members: Mapping[str, Any]) -> Exchange:
    """Send an update, and another one that takes its members back to other values."""
    twin = bench.update(arn, members)
    if "serviceRevisionArn" not in as_object(service_of(twin).get("targetConfiguration")):
        bench.describe(arn)  # or nobody could tell the revisions of the two updates
    back = {name: value for name, value in baseline(bench.pools).items() if name in members}
    if "taskDefinitionArn" in members:
        back["taskDefinitionArn"] = bench.task_definition("another")
    bench.update(arn, back)
    return twin


ATOMIC_DEFECTS = Scenario(
    id="atomic-defects",
    title="Updates with one defect and at least one valid change, in any order.",
    strategy=_mixed,
    items=_defects,
    steps=_refused,
    cases={"smoke": 1, "standard": 2, "exhaustive": 20},
    exercises=("atomic",),
    order=55,
)


def _whole(bench: Bench, case: Value) -> None:
    """All members of a structure change in an update whose health check path has no slash."""
    structure = case["structure"]
    arn, change = bench.service(), {structure: counterpart_at(structure, pools=bench.pools)}
    twin = _there_and_back(bench, arn, change)
    bench.observe(arn, {**change, "healthCheckPath": "conformance"}, twin=twin)


ATOMIC_STRUCTURES = Scenario(
    id="atomic-structures",
    title="Updates with another value for every member of a structure, and one defect beside it.",
    strategy=lambda _pools, structure: st.just({"structure": structure}),
    items=lambda _effort: structures(),
    steps=_whole,
    cases={"smoke": 1, "standard": 1, "exhaustive": 1},
    exercises=("atomic",),
    order=54,
)


def _changes(pools: ValuePools) -> st.SearchStrategy[Value]:
    """Valid updates with another value than the baseline for at least one of a few members."""
    known = {name: value for name, value in baseline(pools).items() if name in _CHANGED}
    updates = valid_updates(pools=pools, names=known)
    return updates.filter(lambda update: any(update[name] != known[name] for name in update))


def _wrong_identities(pools: ValuePools, kind: str) -> st.SearchStrategy[Value]:
    return st.fixed_dictionaries({"identity": identities(kind), "members": _changes(pools)})


def _named_wrongly(bench: Bench, case: Value) -> None:
    arn = bench.service()
    twin = _there_and_back(bench, arn, case["members"])
    bench.describe(arn)
    bench.update(apply(case["identity"], arn), case["members"], twin=twin)
    bench.describe(arn)


ATOMIC_IDENTITIES = Scenario(
    id="atomic-identities",
    title="Updates with valid changes that name no service that there is; one that is near looks on.",
    strategy=_wrong_identities,
    items=lambda effort: ("foreign-account",) if effort == "smoke" else tuple(IDENTITIES),
    steps=_named_wrongly,
    cases={"smoke": 1, "standard": 1, "exhaustive": 10},
    exercises=("atomic/identity",),
    order=56,
)


def _of_deleted(pools: ValuePools, status: str) -> st.SearchStrategy[Value]:
    return st.fixed_dictionaries({"status": st.just(status), "members": _changes(pools)})


def _deleted(bench: Bench, case: Value) -> None:
    if not bench.creates:
        return
    arn = bench.service("mortal")
    twin = _there_and_back(bench, arn, case["members"])
    bench.delete(arn)
    if case["status"] == _DRAINING or bench.await_inactive(arn):
        bench.observe(arn, case["members"], twin=twin)


ATOMIC_DELETED = Scenario(
    id="atomic-deleted",
    title="Updates with valid changes of a service that was deleted, between two Describes.",
    strategy=_of_deleted,
    items=lambda effort: (_DRAINING,) if effort == "smoke" else (_DRAINING, _INACTIVE),
    steps=_deleted,
    cases={"smoke": 1, "standard": 1, "exhaustive": 10},
    exercises=("atomic/state",),
    order=71,
)
