"""Updates that are looked at when their deployments are over."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.observation import accepted
from conformance.scenarios.bench import Bench
from conformance.scenarios.scenario import Scenario, Value
from strategies.pools import ValuePools
from strategies.updates import valid_updates


def _cases(pools: ValuePools, _item: None) -> st.SearchStrategy[Value]:
    return st.fixed_dictionaries({"members": valid_updates(pools=pools).filter(bool)})


def _update_and_wait(bench: Bench, case: Value) -> None:
    """What is preserved at once must be so when the deployment is over, too."""
    arn = bench.service("customer" if "taskDefinitionArn" in case["members"] else "main")
    updated = bench.observe(arn, case["members"])
    if accepted(updated):
        bench.settle(arn, updated)


SETTLED_UPDATES = Scenario(
    id="settled-updates",
    title="Valid updates, described at once and again when their deployments are over.",
    strategy=_cases,
    steps=_update_and_wait,
    cases={"smoke": 1, "standard": 3, "exhaustive": 20},
    exercises=("preserve", "show"),
    order=43,
)
