"""Several updates of one service that must have something in common, and one that is written in many ways."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from conformance import model
from conformance.exchange import Exchange
from conformance.observation import accepted, service_of
from conformance.scenarios.bench import Bench
from conformance.scenarios.scenario import Effort, Scenario, Value
from strategies.baselines import baseline
from strategies.pools import ValuePools
from strategies.raw_bodies import dumped
from strategies.relations import (
    combinable_members,
    combinable_structures,
    counterpart,
    disjoint_updates,
    partial_updates,
    ways,
    written,
)

_UPDATES = {"repeat": 1, "revert": 1, "union": 2, "order": 2}


def _kinds(effort: Effort) -> Sequence[dict[str, str]]:
    """Every relation with every member; at smoke effort with the first one."""
    names = combinable_members()[:1] if effort == "smoke" else combinable_members()
    return [{"relation": relation, "member": name} for relation in _UPDATES for name in names]


def _cases(pools: ValuePools, item: dict[str, str]) -> st.SearchStrategy[Value]:
    relation = item["relation"]
    updates = disjoint_updates(item["member"], count=_UPDATES[relation], pools=pools)
    return st.fixed_dictionaries({"relation": st.just(relation), "updates": updates, "apart": st.booleans()})


def _combine(bench: Bench, case: Value) -> None:
    """From known values, the ways to compare; and back to known values.

    A Describe stands between two ways; within one, only if the case wants its updates apart, or if the
    target's answers do not say which revision is whose.
    """
    arn, updates = bench.service(), case["updates"]
    all_of_them = {name: value for update in updates for name, value in update.items()}
    back = {name: baseline(bench.pools)[name] for name in all_of_them}
    match case["relation"]:
        case "repeat":
            sequences = [updates, updates]
        case "revert":
            sequences = [[*updates, back]]
        case "union":
            sequences = [updates, [back], [all_of_them]]
        case _:
            sequences = [updates, [back], updates[::-1]]
    bench.describe(arn)
    for sequence in sequences:
        for number, update in enumerate(sequence, start=1):
            exchange = bench.update(arn, update)
            if case["apart"] or number == len(sequence) or not _names_revision(exchange):
                bench.describe(arn)
    if sequences[-1][-1] != back:
        bench.update(arn, back)


def _names_revision(exchange: Exchange) -> bool:
    target = service_of(exchange).get("targetConfiguration")
    return isinstance(target, dict) and "serviceRevisionArn" in target


RELATIONS = Scenario(
    id="relations",
    title="Updates sent twice, undone, in another order, and as one update.",
    strategy=_cases,
    items=_kinds,
    steps=_combine,
    cases={"smoke": 1, "standard": 2, "exhaustive": 20},
    exercises=("relation/repeat", "relation/revert", "relation/union", "relation/order"),
    order=42,
)


_MOST = 11  # other ways that share one pair of updates
_TELLING = {
    "plain": {"again"},
    "member-order": {"reversed"},
    "white-space": {"indented"},
    "null-member": {"inside", "healthCheckPath"},
    "unknown-member": {"cluster", "serviceName", "infrastructureRoleArn", "tags"},
}


def _groups(effort: Effort) -> Sequence[Value]:
    """For each structure all ways, the plain one and some others at a time; at smoke effort a few of one."""
    smoke = effort == "smoke"
    plain, *every = (way for way in ways() if not smoke or way["variant"] in _TELLING[way["kind"]])
    return [
        {"member": name, "ways": [plain, *every[start : start + _MOST]]}
        for name in combinable_structures()[: 1 if smoke else None]
        for start in range(0, len(every), _MOST)
    ]


def _rewritings(pools: ValuePools, item: Value | None) -> st.SearchStrategy[Value]:
    """An update of an item's member, or of all that may be placed, and one of the ways."""
    names = [item["member"]] if item else combinable_structures()
    choices = item["ways"] if item else list(ways())
    return st.fixed_dictionaries(
        {
            "members": partial_updates(names, pools=pools),
            "ways": st.sampled_from(choices).map(lambda way: [dict(way)]),
        }
    )


def _placed(case: Value, item: Value) -> Value:
    return {"members": {item["member"]: case["members"][item["member"]]}, "ways": item["ways"]}


def _rewrite(bench: Bench, case: Value) -> None:
    """Two updates that undo each other, in turn; the later ones written in other ways."""
    arn = bench.service()
    updates = [counterpart(case["members"], pools=bench.pools), case["members"]]
    bodies = [{"serviceArn": arn, **update} for update in updates]
    twins: list[Exchange] = []
    bench.describe(arn)
    for body in (*bodies, bodies[0]):
        twins.append(bench.send(model.OPERATION, dumped(body)))
        bench.describe(arn)
    wanted = 1
    for way in case["ways"]:
        other = written(way, bodies[wanted])
        if other is not None:
            exchange = bench.send(model.OPERATION, other, twin=twins[wanted])
            bench.describe(arn)
            wanted = 1 - wanted if accepted(exchange) else wanted
    bench.update(arn, {name: baseline(bench.pools)[name] for name in case["members"]})


REWRITINGS = Scenario(
    id="rewritings",
    title="Two updates in turn, each written in the ways that must mean the same.",
    strategy=_rewritings,
    items=_groups,
    place=_placed,
    steps=_rewrite,
    cases={"smoke": 1, "standard": 1, "exhaustive": 10},
    exercises=(
        "relation/same-update",
        "relation/member-order",
        "relation/white-space",
        "relation/null-member",
        "relation/unknown-member",
        "protocol/*-stays",
    ),
    order=43,
)
