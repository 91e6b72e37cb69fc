"""Valid updates: chosen members, every presence subset, and bodies with all members.

An update is a dict of optional top-level members, without ``serviceArn``: the service belongs to whoever
sends the request. The values keep an account's state valid whatever subset of them is applied in whatever
order, see :func:`strategies.sizes.compatible_pairs` and :func:`strategies.scaling.scaling_targets`.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cache
from itertools import chain, combinations
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.arns import role_arn_domain
from strategies.containers import container_domain
from strategies.domains import Domain, builds, choices, records
from strategies.images import path_domain
from strategies.networks import network_domain
from strategies.pools import ANYWHERE, ValuePools
from strategies.scaling import scaling_domain
from strategies.shapes import from_shape, update_nodes, update_shape
from strategies.sizes import FARGATE_PAIRS, STABLE_CPUS, STABLE_MEMORIES

TASK_DEFINITION = "$taskDefinition"
"""Stands for the ARN of a task definition that the target has; whoever sends the request puts it in."""


@cache
def optional_members() -> tuple[str, ...]:
    """The optional top-level members of the request, in the order of the installed service model."""
    return tuple(node.path for node in update_nodes() if not node.required and _is_top(node.path))


def _is_top(path: str) -> bool:
    return "." not in path and not path.endswith("[]")


OPTIONAL = optional_members()
"""What an update may carry beside ``serviceArn``."""

# API reference, UpdateExpressGatewayService, taskDefinitionArn. The architecture is named by newer models.
EXCLUDED_BY_TASK_DEFINITION = tuple(
    name
    for name in ("primaryContainer", "executionRoleArn", "taskRoleArn", "cpu", "memory", "cpuArchitecture")
    if name in OPTIONAL
)
"""The members that a request with ``taskDefinitionArn`` may not carry."""

_DomainOf = Callable[[ValuePools, bool, bool], Domain[Any]]

# By member: its domain, given the pools, whether nested members may be absent, and the whole range.
_DOMAINS: dict[str, _DomainOf] = {
    "executionRoleArn": lambda pools, _partial, _whole: role_arn_domain(pools),
    "healthCheckPath": lambda _pools, _partial, _whole: path_domain(),
    "primaryContainer": lambda pools, partial, _whole: container_domain(pools, partial=partial),
    "taskRoleArn": lambda pools, _partial, _whole: role_arn_domain(pools),
    "networkConfiguration": lambda pools, partial, _whole: network_domain(pools, partial=partial),
    "cpu": lambda _pools, _partial, _whole: choices(STABLE_CPUS),
    "memory": lambda _pools, _partial, _whole: choices(STABLE_MEMORIES),
    "scalingTarget": lambda _pools, partial, whole: scaling_domain(partial=partial, whole_range=whole),
    "taskDefinitionArn": lambda _pools, _partial, _whole: choices((TASK_DEFINITION,)),
}


def known_members() -> tuple[str, ...]:
    """The optional members whose valid values this package knows: by a domain, or as an enumeration.

    A newer service model may have others. Of them, only the type is known: they are drawn where a caller
    asks for them, but no request with one can be promised to be valid.
    """
    return tuple(name for name in OPTIONAL if name in _DOMAINS or _enum(name))


def members(
    names: Iterable[str],
    *,
    pools: ValuePools = ANYWHERE,
    partial: bool = False,
    whole_table: bool = False,
) -> st.SearchStrategy[dict[str, Any]]:
    """Updates with exactly the named members.

    The domain is the product of the members' own domains, which are those of this package's other modules. A
    member that they do not know takes any value of its shape.

    Shrinks each member by itself to its simplest value.

    Args:
        names: optional members of the request.
        pools: the values that the target has.
        partial: whether optional members inside of the named ones may be absent.
        whole_table: whether cpu and memory come from the whole Fargate table, and scaling targets from their
            whole range, instead of those values that stay valid when a later update sends one of them alone.

    Raises:
        InvalidArgument: a name is not an optional member, or the whole table is asked for one of cpu and
            memory without the other.
    """
    wanted = _checked(names)
    if whole_table and ("cpu" in wanted) != ("memory" in wanted):
        raise InvalidArgument("The whole table is one of pairs: name both cpu and memory, or neither.")
    known = member_domain(tuple(n for n in wanted if n in known_members()), pools, partial, whole_table)
    unknown = {name: _unknown(name) for name in wanted if name not in known_members()}
    if not unknown:
        return known.strategy()
    return st.tuples(known.strategy(), st.fixed_dictionaries(unknown)).map(lambda parts: parts[0] | parts[1])


def full_updates(
    *, pools: ValuePools = ANYWHERE, whole_table: bool = False
) -> st.SearchStrategy[dict[str, Any]]:
    """Updates with every optional member but ``taskDefinitionArn``, and every member inside of those.

    The domain is that of :func:`members`; so is how it shrinks. One draw is a single choice and costs
    little more than Hypothesis needs for an integer.
    """
    names = [name for name in OPTIONAL if name != "taskDefinitionArn"]
    return members(names, pools=pools, whole_table=whole_table)


def valid_updates(
    *, pools: ValuePools = ANYWHERE, names: Iterable[str] | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    """Updates with any of the members, themselves with any of their optional members.

    The domain: requests whose acceptance does not depend on the service's current values. One in eight has
    ``taskDefinitionArn``, and then none of the members that it excludes.

    Shrinks to the empty update.

    Args:
        pools: the values that the target has.
        names: the members that may occur; by default all whose valid values are known.

    Raises:
        InvalidArgument: a name is not an optional member with known values.
    """
    allowed = _checked(known_members() if names is None else names)
    if unknown := [name for name in allowed if name not in known_members()]:
        raise InvalidArgument(f"What is valid for {unknown} is not known.")
    domains = {name: _domain(name, pools, partial=True) for name in allowed}
    switch = domains.pop("taskDefinitionArn", None)
    update = records({}, domains)
    if switch is None:
        return update.strategy()
    return builds(_switched, choices((False,) * 7 + (True,)), update).strategy()


def presence_subsets(names: Collection[str]) -> st.SearchStrategy[list[str]]:
    """Sorted lists of some of the names.

    The domain is all subsets. Shrinks to the empty list, by leaving out one name after the other.
    """
    present = Domain(0, len)
    return records({}, dict.fromkeys(sorted(set(names)), present)).map(list).strategy()


def all_presence_subsets(names: Collection[str]) -> tuple[tuple[str, ...], ...]:
    """Every subset of the names, sorted inside, the smallest first: two to the power of their number."""
    ordered = sorted(set(names))
    sizes = range(len(ordered) + 1)
    return tuple(chain.from_iterable(combinations(ordered, size) for size in sizes))


def projected(update: Mapping[str, Any], subset: Collection[str]) -> dict[str, Any]:
    """The part of a full update that a presence subset names; the values are shared, not copied.

    Raises:
        InvalidArgument: the update lacks a name of the subset other than ``taskDefinitionArn``.
    """
    whole = {"taskDefinitionArn": TASK_DEFINITION, **update}
    if absent := [name for name in subset if name not in whole]:
        raise InvalidArgument(f"The update has no {absent}.")
    return {name: value for name, value in whole.items() if name in subset}


def conflicts(subset: Collection[str]) -> tuple[str, ...]:
    """The members of a subset or an update that its ``taskDefinitionArn`` excludes; none without one."""
    if "taskDefinitionArn" not in subset:
        return ()
    return tuple(name for name in EXCLUDED_BY_TASK_DEFINITION if name in subset)


@cache
def member_domain(
    names: tuple[str, ...], pools: ValuePools, partial: bool = False, whole_table: bool = False
) -> Domain[dict[str, Any]]:
    """The domain of :func:`members` for known members, for those who build larger domains of it."""
    domains = {name: _domain(name, pools, partial=partial, whole_range=whole_table) for name in names}
    if not (whole_table and "cpu" in domains):
        return records(domains)
    return builds(_sized, records(domains), choices(FARGATE_PAIRS))


def _domain(name: str, pools: ValuePools, *, partial: bool, whole_range: bool = False) -> Domain[Any]:
    if name in _DOMAINS:
        return _DOMAINS[name](pools, partial, whole_range)
    return choices(_enum(name))


def _sized(update: dict[str, Any], pair: tuple[str, str]) -> dict[str, Any]:
    return {**update, "cpu": pair[0], "memory": pair[1]}


def _switched(to_task_definition: bool, update: dict[str, Any]) -> dict[str, Any]:
    if not to_task_definition:
        return update
    kept = {name: value for name, value in update.items() if name not in EXCLUDED_BY_TASK_DEFINITION}
    return {**kept, "taskDefinitionArn": TASK_DEFINITION}


def _enum(name: str) -> tuple[str, ...]:
    return next(node.enum for node in update_nodes() if node.path == name)


def _unknown(name: str) -> st.SearchStrategy[Any]:
    return from_shape(update_shape().members[name])


def _checked(names: Iterable[str]) -> tuple[str, ...]:
    """The names in the model's order."""
    wanted = set(names)
    if unknown := sorted(wanted.difference(OPTIONAL)):
        raise InvalidArgument(f"{unknown} are not optional members; those are: {', '.join(OPTIONAL)}.")
    return tuple(name for name in OPTIONAL if name in wanted)
