"""Updates for metamorphic relations: several of different members, and one written in several ways."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies import raw_bodies
from strategies.baselines import baseline
from strategies.domains import Domain, builds, choices, records
from strategies.pools import ANYWHERE, ValuePools
from strategies.raw_bodies import Body
from strategies.shapes import update_nodes
from strategies.sizes import STABLE_CPUS, STABLE_MEMORIES
from strategies.updates import OPTIONAL, known_members, member_domain

_FIRST = ("scalingTarget", "healthCheckPath", "networkConfiguration")
_FEW = {"cpu": STABLE_CPUS, "memory": STABLE_MEMORIES}
_MOST_TASKS = 6


def combinable_members() -> tuple[str, ...]:
    """The members that may come in any company and that the baseline has; the plainest to read are first."""
    names = [name for name in known_members() if name in baseline()]
    return tuple(sorted(names, key=lambda name: (*_FIRST, name).index(name)))


def combinable_structures() -> tuple[str, ...]:
    """Those of them of which a part may be given."""
    return tuple(name for name in combinable_members() if isinstance(baseline()[name], dict))


def partial_updates(
    names: Collection[str], *, pools: ValuePools = ANYWHERE
) -> st.SearchStrategy[dict[str, Any]]:
    """Updates with exactly these members, of which structures may be given in part.

    The domain: the values of :func:`disjoint_updates`. Shrinks each member by itself to its simplest value.

    Raises:
        InvalidArgument: a name is not one of :func:`combinable_members`.
    """
    if unknown := set(names).difference(combinable_members()):
        raise InvalidArgument(f"{sorted(unknown)} are not among {combinable_members()}.")
    return records({name: _values(name, pools) for name in combinable_members() if name in names}).strategy()


def disjoint_updates(
    first: str, *, count: int = 2, pools: ValuePools = ANYWHERE
) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Lists of so many updates of which no two have a member in common.

    The domain: the first update has the member ``first``, the second one any other; every further member is
    in one of them or in none. The values are those of :func:`strategies.updates.valid_updates` but, where
    there are few, for that of the baseline; structures may be given in part. So the updates are valid in
    whatever order, together and apart, whether a server merges structures or replaces them.

    Shrinks to one member in each update, each of its simplest value.

    Raises:
        InvalidArgument: the member is not one of :func:`combinable_members`, or the count is not 1 or 2.
    """
    names = combinable_members()
    if first not in names or count not in {1, 2}:
        raise InvalidArgument(f"{count} updates, the first with {first!r}: one or two, with any of {names}.")
    others = tuple(name for name in names if name != first)
    places: Domain[dict[str, int]] = records({}, {name: choices(tuple(range(count))) for name in others})

    def split(values: dict[str, Any], second: str, placed: dict[str, int]) -> list[dict[str, Any]]:
        owners = {**placed, first: 0, **({second: 1} if count > 1 else {})}
        return [
            {name: values[name] for name in names if owners.get(name) == number} for number in range(count)
        ]

    values = records({name: _values(name, pools) for name in names})
    return builds(split, values, choices(others), places).strategy()


def _values(name: str, pools: ValuePools) -> Domain[Any]:
    """The values of a member. Where there are so few that one in two may change nothing, only the others."""
    enum = next(node.enum for node in update_nodes() if node.path == name)
    few = [value for value in _FEW.get(name, enum) if value != baseline(pools)[name]]
    if few:
        return choices(tuple(few))
    values = member_domain((name,), pools, partial=True).map(lambda update: update[name])
    return values.map(_with_room) if name == "scalingTarget" else values


def _with_room(scaling: dict[str, Any]) -> dict[str, Any]:
    """A minimum of a task or more, and with it a maximum.

    That there may be none is only observed; and the maximum of a server that resets it may be any default.
    """
    if "minTaskCount" not in scaling:
        return scaling
    counts = {"minTaskCount": max(1, scaling["minTaskCount"]), "maxTaskCount": _MOST_TASKS}
    return {**counts, **{name: value for name, value in scaling.items() if name != "minTaskCount"}}


def counterpart(update: Mapping[str, Any], *, pools: ValuePools = ANYWHERE) -> dict[str, Any]:
    """An update of the same members, also inside of structures, with the values of the baseline.

    Of two such updates each undoes the other, whether a server merges structures or replaces them.
    """
    return _like(update, baseline(pools))


def _like(value: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _like(inner, other[name]) if isinstance(inner, dict) else other[name]
        for name, inner in value.items()
    }


_WAYS: dict[str, tuple[str, ...]] = {
    "plain": ("again",),
    "member-order": ("reversed", "inside"),
    "white-space": ("indented", "tabs", "around"),
    "null-member": ("inside", *OPTIONAL),
    "unknown-member": (
        *("cluster", "serviceName", "infrastructureRoleArn", "tags"),
        *("conformance", "inside"),
    ),
}
_INSIDE = "inside"


def ways() -> Iterator[dict[str, str]]:
    """Every way to write an update: as a client does, and others that mean the same where they are taken."""
    return ({"kind": kind, "variant": variant} for kind, variants in _WAYS.items() for variant in variants)


def written(way: Mapping[str, str], body: Body) -> bytes | None:
    """An update's body, written in one of these ways; None where the way has nothing to do in this body.

    Raises:
        InvalidArgument: there is no such way.
    """
    kind, variant = way.get("kind", ""), way.get("variant", "")
    if variant not in _WAYS.get(kind, ()):
        raise InvalidArgument(f"{kind!r} with {variant!r} is no way to write an update.")
    plain, other = raw_bodies.dumped(body), _written(kind, variant, body)
    return other if other != plain or kind == "plain" else None


def _written(kind: str, variant: str, body: Body) -> bytes:
    if kind == "white-space":
        return raw_bodies.spaced(variant, body)
    if kind == "unknown-member" and variant != _INSIDE:
        return raw_bodies.extended(variant, body)
    return raw_bodies.dumped(_changed(kind, variant, body))


def _changed(kind: str, variant: str, body: Body) -> Body:
    match kind, variant:
        case "member-order", _:
            return _reversed(body, inside=variant == _INSIDE)
        case "null-member", "inside":
            return _extended(body, _absent)
        case "null-member", _:
            return body if variant in body else {**body, variant: None}
        case "unknown-member", _:
            return _extended(body, lambda _path, _value: {"conformance": "conformance"})
        case _:
            return body


def _reversed(value: Mapping[str, Any], *, inside: bool) -> dict[str, Any]:
    """The members in the other order: the outermost ones, or only those of structures."""
    if not inside:
        return dict(reversed(list(value.items())))
    return {
        name: _reversed(part, inside=False) if isinstance(part, dict) else part
        for name, part in value.items()
    }


def _extended(body: Body, members: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]) -> dict[str, Any]:
    """The body with further members in each of its structures."""
    return {
        name: {**value, **members(name, value)} if isinstance(value, dict) else value
        for name, value in body.items()
    }


def _absent(parent: str, value: Mapping[str, Any]) -> dict[str, None]:
    """The optional members of a structure that it has not, as null."""
    paths = [node.path for node in update_nodes() if not node.required and not node.path.endswith("[]")]
    names = [path.removeprefix(f"{parent}.") for path in paths if path.startswith(f"{parent}.")]
    return dict.fromkeys(name for name in names if "." not in name and name not in value)
