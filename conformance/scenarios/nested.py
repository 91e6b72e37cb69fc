"""Updates inside of the structures: every presence subset, every way to clear a member, other lists."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

from hypothesis import strategies as st

from conformance.comparison import same, value_at
from conformance.exchange import Exchange
from conformance.observation import accepted, newest_configuration, service_of
from conformance.scenarios.bench import Bench
from conformance.scenarios.scenario import Effort, Scenario, Value
from strategies.nested import (
    baseline_at,
    clearing,
    clearings,
    counterpart_at,
    enclosed,
    lists,
    member_subsets,
    required_members,
    structures,
)
from strategies.pools import ValuePools

_MOST = 13  # presence subsets, or ways to clear, that share a test case
_SWITCH = "taskDefinitionArn"


def _groups(effort: Effort) -> Sequence[Value]:
    """All presence subsets of all structures, a few at a time; at smoke effort the extreme ones."""
    return list(_batched(effort, structures()))


def _batched(effort: Effort, paths: Sequence[str]) -> Iterator[Value]:
    for path in paths:
        every = member_subsets(path)
        if effort == "smoke":
            most = len(every[-1]) - 1
            every = tuple(subset for subset in every if not subset or len(subset) >= most)
        for start in range(0, len(every), _MOST):
            chosen = every[start : start + _MOST]
            yield {"structure": path, "subsets": [list(subset) for subset in chosen]}


def _one_subset(_pools: ValuePools, group: Value | None) -> st.SearchStrategy[Value]:
    """One presence subset of a group, or of all."""
    groups = _groups("standard") if group is None else [group]
    pairs = [(each["structure"], tuple(subset)) for each in groups for subset in each["subsets"]]
    return st.sampled_from(pairs).map(lambda pair: {"structure": pair[0], "subsets": [list(pair[1])]})


def _send_subsets(bench: Bench, case: Value) -> None:
    """Each subset with the values that the service does not have, where all have one of two known values."""
    arn, path = bench.service(), case["structure"]
    described = bench.describe(arn)
    for subset in case["subsets"]:
        if not _is_known(bench, path, described):
            bench.update(arn, enclosed(path, baseline_at(path, pools=bench.pools), pools=bench.pools))
            described = bench.describe(arn)
        names = (*required_members(path), *subset)
        values = {name: _other(bench, f"{path}.{name}", described) for name in names}
        bench.update(arn, enclosed(path, values, pools=bench.pools))
        described = bench.describe(arn)


def _other(bench: Bench, path: str, described: Exchange) -> Any:
    """The baseline's value or its counterpart's, whichever the service has not."""
    one, other = baseline_at(path, pools=bench.pools), counterpart_at(path, pools=bench.pools)
    return other if one is None or same(path, one, _shown(path, described)) else one


def _is_known(bench: Bench, structure: str, described: Exchange) -> bool:
    """Whether each member of a structure has the baseline's value or its counterpart's."""
    return all(
        any(
            same(path, value, _shown(path, described))
            for value in (baseline_at(path, pools=bench.pools), counterpart_at(path, pools=bench.pools))
        )
        for path in (f"{structure}.{name}" for name in member_subsets(structure)[-1])
    )


def _shown(path: str, described: Exchange) -> Any:
    return value_at(newest_configuration(service_of(described)), path)


NESTED_SUBSETS = Scenario(
    id="nested-subsets",
    title="Every subset of the optional members of each structure, with other values than the present ones.",
    strategy=_one_subset,
    items=_groups,
    place=lambda _case, group: group,
    steps=_send_subsets,
    cases={"smoke": 1, "standard": 1, "exhaustive": 1},
    exercises=("keep", "merge"),
    order=34,
)


def _ways(_effort: Effort) -> Sequence[Value]:
    """The ways to clear each member."""
    by_path = groupby(clearings(), key=lambda way: way[0])
    return [{"path": path, "ways": [way for _, way in pairs]} for path, pairs in by_path]


def _one_way(_pools: ValuePools, item: Value | None) -> st.SearchStrategy[Value]:
    """One way to clear the member of an item, or any."""
    chosen = clearings() if item is None else [(item["path"], way) for way in item["ways"]]
    return st.sampled_from(chosen).map(lambda pair: {"path": pair[0], "ways": [pair[1]]})


def _clear(bench: Bench, case: Value) -> None:
    """Each way after its valid twin, from a service with a known value."""
    path, twin, sent = case["path"], None, None
    arn = bench.service("customer" if path == _SWITCH else "main")
    bench.describe(arn)
    for way in case["ways"]:
        update, valid = clearing(path, way, pools=bench.pools)
        if valid != sent:
            twin, sent = bench.update(arn, valid), valid
            _restore(bench, arn, path.partition(".")[0])
        exchange = bench.update(arn, update, twin=twin)
        bench.describe(arn)
        if accepted(exchange):
            sent = None


def _restore(bench: Bench, arn: str, top: str) -> None:
    """Give a structure its known values again, if something took one of them away."""
    wanted, described = baseline_at(top, pools=bench.pools), bench.describe(arn)
    if isinstance(wanted, dict) and not same(top, wanted, _shown(top, described)):
        bench.observe(arn, {top: wanted})


CLEARING = Scenario(
    id="clearing",
    title="Updates that clear a member, by an empty list, object or text, or by null inside of a structure.",
    strategy=_one_way,
    items=_ways,
    place=lambda _case, item: item,
    steps=_clear,
    cases={"smoke": 1, "standard": 1, "exhaustive": 1},
    exercises=("clear", "preserve"),
    order=58,
)


def _replace(bench: Bench, case: Value) -> None:
    """A list with known elements, then another one; of elements with names, one name stays."""
    arn, path = bench.service(), case["path"]
    for value_of in (baseline_at, counterpart_at):
        bench.observe(arn, enclosed(path, value_of(path, pools=bench.pools), pools=bench.pools))


LISTS = Scenario(
    id="lists",
    title="Updates with another list than the present one; of elements with names, one name stays.",
    strategy=lambda _pools, path: st.just({"path": path}),
    items=lambda effort: [path for path in lists() if effort != "smoke" or path.endswith("environment")],
    steps=_replace,
    cases={"smoke": 1, "standard": 1, "exhaustive": 1},
    exercises=tuple(f"merge/{path}" for path in lists()),
    order=33,
)
