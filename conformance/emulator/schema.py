"""The shapes of the four requests, compiled once from botocore's model into what a server needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from conformance import model

OPERATIONS = (model.CREATE, model.OPERATION, model.DESCRIBE, model.DELETE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One shape of a request.

    Attributes:
        kind: ``structure``, ``list``, ``string`` or ``integer``: these requests have no other kinds.
        members: the members of a structure.
        required: the names that a structure requires.
        item: the shape of a list's elements.
        enum: the values of an enumeration; empty for a free string.
    """

    kind: str
    members: Mapping[str, Node] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    item: Node | None = None
    enum: tuple[str, ...] = ()


@cache
def request_shape(operation: str) -> Node:
    """The request of an operation.

    Raises:
        ModelError: the installed botocore is too old to know the operation.
    """
    model.operation(operation)  # the one place that explains a botocore that is too old
    return _node(model.service_model().operation_model(operation).input_shape)


@cache
def operation_names() -> frozenset[str]:
    """All operations of ECS that the model knows."""
    return frozenset(model.service_model().operation_names)


def _node(shape: Any) -> Node:
    if shape.type_name == "structure":
        return Node(
            kind="structure",
            members={name: _node(child) for name, child in shape.members.items()},
            required=tuple(shape.required_members),
        )
    if shape.type_name == "list":
        return Node(kind="list", item=_node(shape.member))
    return Node(kind=shape.type_name, enum=tuple(getattr(shape, "enum", ()) or ()))
