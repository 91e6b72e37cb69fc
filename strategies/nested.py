"""What an update may say inside of its structures: presence subsets, ways to clear a member, other lists.

All of it is derived from the installed service model. Values come from two bodies that are known from the
first to the last member, :func:`strategies.baselines.baseline` and :func:`counterpart`: whichever of the two
a service has, the other one is a change, and a member that is set back to a default is neither.
"""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cache
from typing import Any

from hypothesis.errors import InvalidArgument

from strategies.baselines import baseline
from strategies.pools import ANYWHERE, ValuePools
from strategies.scaling import REQUESTS
from strategies.shapes import Node, update_nodes
from strategies.updates import TASK_DEFINITION, all_presence_subsets

EMPTY: Mapping[str, Any] = {"empty-list": [], "empty-object": {}, "empty-string": "", "null": None}
"""The ways to say that a member shall have no value, by name."""

_WAYS = {"list": "empty-list", "structure": "empty-object", "string": "empty-string"}


def structures() -> tuple[str, ...]:
    """The paths of the structures that can be sent with some of their members, in the model's order."""
    return tuple(
        node.path
        for node in _nodes().values()
        if node.kind == "structure" and len(member_subsets(node.path)) > 1
    )


def lists() -> tuple[str, ...]:
    """The paths of the request's lists, in the model's order."""
    return tuple(node.path for node in _nodes().values() if node.kind == "list")


@cache
def member_subsets(structure: str) -> tuple[tuple[str, ...], ...]:
    """Every subset of a structure's optional members, the smallest first.

    The empty one is among them only if the structure has required members to be sent: otherwise it is a way
    to clear. Of members that only a newer service model has, those with an enumeration are there; what is
    valid for the others is not known, so no request with one could be promised to be valid.
    """
    known = baseline_at(structure)
    names = [
        node.path.rpartition(".")[2]
        for node in _members(structure)
        if not node.required and (node.enum or (isinstance(known, dict) and _name(node) in known))
    ]
    return tuple(subset for subset in all_presence_subsets(names) if subset or required_members(structure))


@cache
def required_members(structure: str) -> tuple[str, ...]:
    """The names of the members that the model requires of a structure."""
    return tuple(_name(node) for node in _members(structure) if node.required)


@cache
def clearings() -> tuple[tuple[str, str], ...]:
    """Every path of an optional member with a way to clear it, in the model's order.

    Lists may be empty, structures may be empty, texts may be empty, and inside of a structure any member may
    be null. An enumeration has no empty value: what is none of its values is another question; so is null
    at the top. Where no value is known, as for a member of a newer model, there is nothing to clear.
    """
    found = []
    for node in _nodes().values():
        if node.required or baseline_at(node.path) is None or not _can_be_enclosed(node.path):
            continue
        if node.kind in _WAYS and not node.enum:
            found.append((node.path, _WAYS[node.kind]))
        if "." in node.path:
            found.append((node.path, "null"))
    return tuple(found)


def enclosed(path: str, value: Any, *, pools: ValuePools = ANYWHERE) -> dict[str, Any]:
    """The update with a value at a path, and beside it only what the model requires, as the baseline has it.

    Raises:
        InvalidArgument: there is no such path outside of lists, or the baseline lacks what is required.
    """
    if path not in _nodes() or not _can_be_enclosed(path):
        raise InvalidArgument(f"No update can be made of {path!r} alone.")
    whole = baseline(pools)
    while path:
        parent, _, name = path.rpartition(".")
        beside = value_at(whole, parent) if parent else {}
        needed = required_members(parent) if parent else ()
        value = {other: copy.deepcopy(beside[other]) for other in needed if other != name} | {name: value}
        path = parent
    return dict(value)


def clearing(path: str, way: str, *, pools: ValuePools = ANYWHERE) -> tuple[dict[str, Any], dict[str, Any]]:
    """The update that clears a member, and its valid twin, which gives it the baseline's value.

    Beside a null stands another member, where the model requires none: else what is left of the structure
    would be an empty one, and that is a question of its own.

    Raises:
        InvalidArgument: the model does not have such a member, or has no such way to clear it.
    """
    if (path, way) not in clearings():
        raise InvalidArgument(f"{path!r} cannot be cleared by {way!r}.")
    parent, _, name = path.rpartition(".")
    values = [copy.deepcopy(EMPTY[way]), copy.deepcopy(baseline_at(path, pools=pools))]
    if way != "null" or required_members(parent):
        cleared, twin = (enclosed(path, value, pools=pools) for value in values)
        return cleared, twin
    known = baseline_at(parent, pools=pools)
    beside = {other: known[other] for other in [other for other in known if other != name][:1]}
    cleared, twin = (enclosed(parent, {**beside, name: value}, pools=pools) for value in values)
    return cleared, twin


def baseline_at(path: str, *, pools: ValuePools = ANYWHERE) -> Any:
    """The baseline's value at a path; for ``taskDefinitionArn`` its placeholder; None if it has none."""
    return TASK_DEFINITION if path == "taskDefinitionArn" else value_at(baseline(pools), path)


def counterpart_at(path: str, *, pools: ValuePools = ANYWHERE) -> Any:
    """The counterpart's value at a path; for an enumeration that it lacks the last value; else None."""
    found = value_at(counterpart(pools), path)
    enum = _nodes()[path].enum if path in _nodes() else ()
    return enum[-1] if found is None and enum else found


def value_at(members: Mapping[str, Any], path: str) -> Any:
    """The value at a path of structures; None if there is none."""
    value: Any = members
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value


def counterpart(pools: ValuePools = ANYWHERE) -> dict[str, Any]:
    """The structures of a baseline, every member with another value, as far as the pools have another one.

    No value equals a default that any AWS document states. Any mixture with the baseline's values is valid.
    Of the environment and the secrets, one name is the baseline's with another value and one is new.
    """
    return {
        "primaryContainer": _container(pools),
        "networkConfiguration": {
            "subnets": list(pools.subnets[-2:]) or [f"subnet-{n:017x}" for n in (0xC0A1, 0xC0A2)],
            "securityGroups": list(pools.security_groups[-1:]) or [f"sg-{0xC0A3:017x}"],
        },
        "scalingTarget": {
            "minTaskCount": 3,
            "maxTaskCount": 9,
            "autoScalingMetric": REQUESTS,
            "autoScalingTargetValue": 37,
        },
    }


def _container(pools: ValuePools) -> dict[str, Any]:
    return {
        "image": _last(pools.images, "public.ecr.aws/docker/library/caddy:2.8"),
        "containerPort": 9092,
        "awsLogsConfiguration": {
            "logGroup": _last(pools.log_groups, "/counterpart/logs"),
            "logStreamPrefix": "counterpart",
        },
        "repositoryCredentials": {
            "credentialsParameter": _last(pools.repository_credentials, _secret(pools, "registry")),
        },
        "command": ["run", "--counterpart"],
        "environment": [
            {"name": "BASELINE_ONE", "value": "another value"},
            {"name": "COUNTERPART", "value": "new"},
        ],
        "secrets": [
            {"name": "SECRET_BASELINE_ONE", "valueFrom": _last(pools.secrets, _secret(pools, "one"))},
            {"name": "SECRET_COUNTERPART", "valueFrom": _last(pools.secrets, _secret(pools, "new"))},
        ],
    }


def _last(pool: tuple[str, ...], otherwise: str) -> str:
    return pool[-1] if pool else otherwise


def _secret(pools: ValuePools, name: str) -> str:
    where = f"{pools.partition}:secretsmanager:{pools.region}:{pools.account}"
    return f"arn:{where}:secret:counterpart/{name}-CoUnTr"


@cache
def _nodes() -> dict[str, Node]:
    """The members of the request that are in no list."""
    return {node.path: node for node in update_nodes() if "[]" not in node.path}


def _members(structure: str) -> list[Node]:
    return [node for node in _nodes().values() if node.path.rpartition(".")[0] == structure]


def _name(node: Node) -> str:
    return node.path.rpartition(".")[2]


def _can_be_enclosed(path: str) -> bool:
    """Whether the baseline has all that the model requires beside a member: it may be newer than that."""
    parent, _, name = path.rpartition(".")
    if not parent:
        return True
    beside = baseline_at(parent)
    needed = {other for other in required_members(parent) if other != name}
    return (not needed or (isinstance(beside, dict) and needed <= beside.keys())) and _can_be_enclosed(parent)
