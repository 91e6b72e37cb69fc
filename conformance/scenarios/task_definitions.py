"""Updates with a customer's task definition: valid ones, and ones that the API page rules out."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from conformance.scenarios.bench import Bench
from conformance.scenarios.scenario import Scenario, Value
from strategies.pools import ValuePools
from strategies.updates import TASK_DEFINITION, members

_SWITCH = {"taskDefinitionArn": TASK_DEFINITION}
_UNKNOWN = "unknown"
WRONG = ("main-container", "single-port-mapping", "port-name", "fargate", _UNKNOWN)
"""The ways in which a task definition can be wrong for Express Mode."""
_VARIANTS = ("valid", *WRONG)


def _cases(pools: ValuePools, variant: str | None) -> st.SearchStrategy[Value]:
    variants = st.sampled_from(_VARIANTS) if variant is None else st.just(variant)
    names = ["healthCheckPath", "networkConfiguration", "scalingTarget"]
    subsets = st.lists(st.sampled_from(names), min_size=1, unique=True)
    return st.fixed_dictionaries(
        {"variant": variants, "members": subsets.flatmap(lambda chosen: members(chosen, pools=pools))}
    )


def _switch(bench: Bench, case: Value) -> None:
    arn = bench.service("customer")
    twin = bench.observe(arn, _SWITCH)
    if case["variant"] == "valid":
        bench.observe(arn, case["members"])
        bench.observe(arn, {**case["members"], **_SWITCH})
    else:
        wrong: dict[str, Any] = {"taskDefinitionArn": wrong_task_definition(bench, case["variant"])}
        bench.observe(arn, wrong, twin=twin)


def wrong_task_definition(bench: Bench, variant: str) -> str:
    """A task definition that Express Mode must not take; the unknown one is an edit of a known ARN."""
    if variant == _UNKNOWN:
        return f"{bench.task_definition().rpartition(':')[0]}:987654"
    return bench.task_definition(variant)


TASK_DEFINITIONS = Scenario(
    id="task-definitions",
    title="Updates with a customer's task definition, valid and wrong in one way.",
    strategy=_cases,
    items=lambda _effort: _VARIANTS,
    steps=_switch,
    cases={"smoke": 1, "standard": 4, "exhaustive": 20},
    exercises=("task-definition", "preserve/taskDefinitionArn", "revision", "error"),
    order=65,
)
