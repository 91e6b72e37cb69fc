"""Updates that a real boto3 client writes, each after the same members in a request of our own."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from conformance.observation import accepted
from conformance.scenarios.bench import Bench
from conformance.scenarios.scenario import Effort, Scenario, Value
from strategies.baselines import baseline
from strategies.pools import ValuePools
from strategies.updates import full_updates, known_members, members, valid_updates


def _sizes(effort: Effort) -> Sequence[str]:
    return ("one",) if effort == "smoke" else ("one", "some", "all")


def _cases(pools: ValuePools, size: str) -> st.SearchStrategy[Value]:
    """Updates of one member, of some, or of all."""
    match size:
        case "one":
            names = st.sampled_from(known_members())
            updates = names.flatmap(lambda name: members([name], pools=pools))
        case "some":
            updates = valid_updates(pools=pools).filter(bool)
        case _:
            updates = full_updates(pools=pools)
    return updates.map(lambda update: {"members": update})


def _update(bench: Bench, case: Value) -> None:
    """The members by ourselves; back to other values; by boto3; and by boto3 where there is no service."""
    arn = bench.service("customer" if "taskDefinitionArn" in case["members"] else "main")
    twin = bench.observe(arn, case["members"])
    back = {name: value for name, value in baseline(bench.pools).items() if name in case["members"]}
    if back:
        bench.observe(arn, back)
    if accepted(twin):
        bench.boto3.update(twin.request.members, twin=twin)
        bench.describe(arn)
    bench.boto3.update({**twin.request.members, "serviceArn": f"{arn}-unknown"}, twin=twin)


BOTO3_CLIENT = Scenario(
    id="boto3-client",
    title="Valid updates written by a real boto3 client, each after its twin without boto3.",
    strategy=_cases,
    items=_sizes,
    steps=_update,
    cases={"smoke": 2, "standard": 6, "exhaustive": 150},
    exercises=("boto3",),
    order=42,
)
