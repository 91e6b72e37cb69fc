"""Valid updates: one member, every presence subset, anything, nothing, and one service of two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st

from conformance import model
from conformance.scenarios.bench import Bench
from conformance.scenarios.scenario import Effort, Scenario, Value
from strategies.pools import ValuePools
from strategies.updates import (
    all_presence_subsets,
    conflicts,
    full_updates,
    known_members,
    members,
    presence_subsets,
    projected,
    valid_updates,
)

_SWITCH = "taskDefinitionArn"


def _paths(_effort: Effort) -> Sequence[str]:
    """The top-level members, and the optional ones inside of them."""
    tops = known_members()
    nested = [m.path for m in model.operation().input if m.parent in tops and m.kind and "[]" not in m.path]
    inner = [m.path for m in model.operation().input if m.parent in nested and "[]" not in m.path]
    return (*tops, *nested, *inner)


def _single(pools: ValuePools, path: str) -> st.SearchStrategy[Value]:
    top = path.partition(".")[0]
    return members([top], pools=pools).map(lambda update: {"path": path, "members": _narrowed(update, path)})


def _narrowed(update: Value, path: str) -> Value:
    """The update with only the path and what the model requires beside it; a top-level path is kept whole."""
    top, _, rest = path.partition(".")
    return {top: _only(update[top], top, rest)} if rest else update


def _only(value: Value, where: str, path: str) -> Value:
    name, _, rest = path.partition(".")
    required = {m.name for m in model.operation().input if m.parent == where and m.required}
    kept = {key: inner for key, inner in value.items() if key in required or key == name}
    return {**kept, name: _only(kept[name], f"{where}.{name}", rest)} if rest else kept


def _observe(bench: Bench, case: Value) -> None:
    slot = "customer" if _SWITCH in case["members"] else "main"
    bench.observe(bench.service(slot), case["members"])


SINGLE_MEMBERS = Scenario(
    id="single-members",
    title="Updates with one member, at the top level or inside of a structure.",
    strategy=_single,
    items=_paths,
    steps=_observe,
    cases={"smoke": 2, "standard": 12, "exhaustive": 100},
    exercises=(
        "accept",
        "reflect",
        "show",
        "preserve",
        "keep",
        "response-*",
        "envelope",
        "identity",
        "operation",
        "semantics",
        "revision",
    ),
    order=10,
)


def _subsets(effort: Effort) -> Sequence[Any]:
    """All presence subsets; at smoke effort those of up to two members, and the full ones."""
    every = all_presence_subsets(known_members())
    if effort == "smoke":
        most = len(known_members()) - 1
        return [list(subset) for subset in every if len(subset) <= 1 or len(subset) >= most]
    return [list(subset) for subset in every]


def _subset_cases(pools: ValuePools, _item: Any) -> st.SearchStrategy[Value]:
    return st.fixed_dictionaries(
        {"subset": presence_subsets(known_members()), "members": full_updates(pools=pools)}
    )


def _update_subset(bench: Bench, case: Value) -> None:
    update = projected(case["members"], case["subset"])
    if not conflicts(case["subset"]):
        _observe(bench, {"members": update})
        return
    arn = bench.service()
    twin = bench.observe(arn, {k: v for k, v in update.items() if k != _SWITCH})
    bench.observe(arn, update, twin=twin)


PRESENCE_SUBSETS = Scenario(
    id="presence-subsets",
    title="Every subset of the optional members, each with its own values.",
    strategy=_subset_cases,
    items=_subsets,
    place=lambda case, subset: {**case, "subset": subset},
    steps=_update_subset,
    cases={"smoke": 1, "standard": 1, "exhaustive": 4},
    exercises=("accept", "reflect", "show", "preserve", "exclusion/any-combination"),
    order=30,
)


def _any_updates(pools: ValuePools, names: Sequence[str] | None = None) -> st.SearchStrategy[Value]:
    """Updates of at least one member: whether there may be none is a question of its own."""
    updates = valid_updates(pools=pools, names=names).filter(bool)
    return updates.map(lambda update: {"members": update})


FULL_UPDATES = Scenario(
    id="full-updates",
    title="Random valid updates, with any of the optional members at every level.",
    strategy=lambda pools, _item: _any_updates(pools),
    steps=_observe,
    cases={"smoke": 20, "standard": 250, "exhaustive": 5000},
    exercises=("accept", "reflect", "show", "preserve", "keep", "response-*"),
    order=40,
)


def _unchanging(pools: ValuePools, item: str) -> st.SearchStrategy[Value]:
    values = full_updates(pools=pools) if item == "same-values" else st.just({})
    return st.fixed_dictionaries({"kind": st.just(item), "members": values})


def _repeat(bench: Bench, case: Value) -> None:
    arn = bench.service()
    if case["members"]:
        bench.observe(arn, case["members"])
    bench.observe(arn, case["members"])


UNCHANGING_UPDATES = Scenario(
    id="unchanging-updates",
    title="Updates with nothing but serviceArn, and updates that ask for what is so already.",
    strategy=_unchanging,
    items=lambda _effort: ("only-service-arn", "same-values"),
    steps=_repeat,
    cases={"smoke": 2, "standard": 10, "exhaustive": 50},
    exercises=("semantics/only-service-arn", "semantics/same-values"),
    order=20,
)


def _update_one_of_two(bench: Bench, case: Value) -> None:
    other, arn = bench.service("bystander"), bench.service()
    bench.describe(other)
    bench.observe(arn, case["members"])
    bench.describe(other)


TWO_SERVICES = Scenario(
    id="two-services",
    title="Updates of one service while another one of the same cluster looks on.",
    strategy=lambda pools, _item: _any_updates(pools, [n for n in known_members() if n != _SWITCH]),
    steps=_update_one_of_two,
    cases={"smoke": 5, "standard": 40, "exhaustive": 400},
    exercises=("identity",),
    order=25,
)
