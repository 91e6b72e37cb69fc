"""What the installed service model says: the request's members, and any value of a botocore shape."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import botocore.session
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

JSON_TYPES = {
    "string": "string",
    "integer": "number",
    "long": "number",
    "float": "number",
    "double": "number",
    "timestamp": "number",
    "boolean": "boolean",
    "list": "array",
    "map": "object",
    "structure": "object",
}
"""The JSON type that awsJson1_1 gives to each kind of shape (Smithy, "AWS JSON 1.1 protocol")."""

# Small values first: a wrong type is as plain as it can be. No null: on the wire, null means absent.
_SAMPLES: tuple[tuple[str, Any], ...] = (
    # First what a lenient server might take for the right thing: a number's text, a text's number.
    ("string", "1"),
    ("number", 1),
    ("boolean", True),
    ("array", []),
    ("object", {}),
    ("string", "x"),
    ("string", ""),
    ("number", 0),
    ("number", -1),
    ("number", 1.5),
    ("boolean", False),
    ("array", ["x"]),
    ("object", {"x": "x"}),
)

_ABSENT = object()
_YEAR_2100 = 4_102_444_800


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One member below a shape.

    Attributes:
        path: names joined by dots; the elements of a list are ``[]``.
        kind: botocore's name of the type.
        required: whether the structure around it requires it.
        enum: the allowed values; empty if any are.
    """

    path: str
    kind: str
    required: bool
    enum: tuple[str, ...]


@cache
def update_shape() -> Any:
    """The input shape of UpdateExpressGatewayService in the installed botocore."""
    model = botocore.session.Session().get_service_model("ecs")
    return model.operation_model("UpdateExpressGatewayService").input_shape


@cache
def update_nodes() -> tuple[Node, ...]:
    """All members of an update request except ``serviceArn``, parents before children."""
    return tuple(node for node in nodes(update_shape()) if node.path != "serviceArn")


def nodes(shape: Any, *, path: str = "") -> Iterator[Node]:
    """The members below a shape, parents before children."""
    for step, child, required in _children(shape):
        below = f"{path}{step}" if step == "[]" or not path else f"{path}.{step}"
        enum = tuple(getattr(child, "enum", ()))
        yield Node(path=below, kind=child.type_name, required=required, enum=enum)
        yield from nodes(child, path=below)


def from_shape(
    shape: Any, *, overrides: Mapping[str, st.SearchStrategy[Any]] | None = None
) -> st.SearchStrategy[Any]:
    """Any JSON value that the service model allows for a shape, valid at the service or not.

    The domain is what botocore's model states: types, required members, enumerations and limits. A
    timestamp is a number of epoch seconds. Shapes that contain themselves are not supported.

    Shrinks to the empty text, zero, the first value of an enumeration, the empty list, and structures with
    their required members alone.

    Args:
        shape: a shape of a botocore service model.
        overrides: strategies to use instead, by path below the shape, as in ``environment[].name``.

    Raises:
        InvalidArgument: an override's path is not in the shape, or a shape cannot be inferred from.
    """
    overrides = dict(overrides or {})
    if unknown := overrides.keys() - {node.path for node in nodes(shape)}:
        raise InvalidArgument(f"The shape {shape.name} has no {sorted(unknown)}.")
    return _inferred(shape, "", overrides)


def wrong_types(kind: str) -> st.SearchStrategy[Any]:
    """JSON values of another JSON type than a kind of shape has; never null.

    A boolean is no number here, as in JSON. Shrinks to a short text, or to 1 where a text is right.

    Raises:
        InvalidArgument: there is no such kind.
    """
    return st.sampled_from(wrong_values(kind)).map(copy.deepcopy)


def wrong_values(kind: str) -> tuple[Any, ...]:
    """The values of :func:`wrong_types`, plainest first; to be copied before use."""
    if kind not in JSON_TYPES:
        raise InvalidArgument(f"{kind!r} is not a kind of shape; one of {', '.join(JSON_TYPES)} is.")
    return tuple(sample for json_type, sample in _SAMPLES if json_type != JSON_TYPES[kind])


def _children(shape: Any) -> Iterator[tuple[str, Any, bool]]:
    if shape.type_name == "list":
        yield "[]", shape.member, False
    elif shape.type_name == "structure":
        for name, child in shape.members.items():
            yield name, child, name in shape.required_members


def _inferred(
    shape: Any, path: str, overrides: Mapping[str, st.SearchStrategy[Any]]
) -> st.SearchStrategy[Any]:
    """The strategy for the shape at a path."""
    if path in overrides:
        return overrides[path]
    if shape.type_name == "structure":
        return _structures(shape, path, overrides)
    if shape.type_name == "list":
        element = _inferred(shape.member, f"{path}[]", overrides)
        return st.lists(element, min_size=shape.metadata.get("min", 0), max_size=shape.metadata.get("max"))
    if shape.type_name in _SCALARS:
        return _SCALARS[shape.type_name](shape)
    raise InvalidArgument(f"Cannot infer values of {shape.name}, a {shape.type_name}; override {path!r}.")


def _strings(shape: Any) -> st.SearchStrategy[str]:
    if shape.enum:
        return st.sampled_from(shape.enum)
    if "pattern" in shape.metadata:
        # Patterns of service models are not Python's: \p{L}, for one.
        raise InvalidArgument(f"Cannot infer texts of {shape.name} from its pattern; override its path.")
    low, high = shape.metadata.get("min", 0), shape.metadata.get("max")
    return st.text(st.characters(codec="utf-8"), min_size=low, max_size=high)


def _integers(shape: Any) -> st.SearchStrategy[int]:
    bound = 2**63 if shape.type_name == "long" else 2**31
    return st.integers(shape.metadata.get("min", -bound), shape.metadata.get("max", bound - 1))


def _floats(_shape: Any) -> st.SearchStrategy[float]:
    return st.floats(allow_nan=False, allow_infinity=False)


def _timestamps(_shape: Any) -> st.SearchStrategy[float]:
    fractions = st.integers(0, _YEAR_2100 * 1000).map(lambda milliseconds: milliseconds / 1000)
    return st.integers(0, _YEAR_2100) | fractions


_SCALARS: dict[str, Callable[[Any], st.SearchStrategy[Any]]] = {
    "string": _strings,
    "integer": _integers,
    "long": _integers,
    "float": _floats,
    "double": _floats,
    "boolean": lambda _shape: st.booleans(),
    "timestamp": _timestamps,
}


def _structures(shape: Any, path: str, overrides: Mapping[str, Any]) -> st.SearchStrategy[dict[str, Any]]:
    prefix = f"{path}." if path else ""
    values = {}
    for name, child, required in _children(shape):
        value = _inferred(child, prefix + name, overrides)
        # A choice for each member: so that a needed one shrinks to itself alone.
        values[name] = value if required else st.just(_ABSENT) | value
    return st.fixed_dictionaries(values).map(_present)


def _present(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not _ABSENT}
