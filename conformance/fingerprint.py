"""A compact fingerprint of the service model: what a recording keeps of the model that it was made with.

It has the shapes that the four operations of Express Mode reach, their members, types, allowed values and
errors. Of each documentation text it has a short hash only: enough to tell that the text is another one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cache
from typing import Any, Self, TypeVar

from botocore.model import OperationNotFoundError

from conformance import model
from conformance.exceptions import RecordingError
from conformance.fitting import misfit

OPERATIONS = (model.CREATE, model.OPERATION, model.DESCRIBE, model.DELETE)
ELEMENTS = "[]"
_KEYS, _VALUES = "{key}", "{value}"
_HASH_DIGITS = 10  # of a hundred texts, two have the same hash once in 10**8 models


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A member of a structure, or the elements of a list, which are called ``[]``.

    Attributes:
        shape: the name of its shape.
        text: the hash of its documentation; empty where it has none.
        traits: what the model says of it beside its shape's traits, such as ``idempotencyToken``.
    """

    shape: str
    text: str = ""
    traits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A shape of the model.

    Attributes:
        type: ``structure``, ``string``, ``integer`` and so on.
        required: the members that it requires, in alphabetical order.
        enum: the allowed values, in alphabetical order.
        traits: ranges, patterns and the like, as in the model.
        text: the hash of its documentation.
    """

    type: str
    members: Mapping[str, Member] = field(default_factory=dict)
    required: tuple[str, ...] = ()
    enum: tuple[str, ...] = ()
    traits: Mapping[str, Any] = field(default_factory=dict)
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An operation: the names of its shapes and of its errors, and the hash of its documentation."""

    input: str = ""
    output: str = ""
    errors: tuple[str, ...] = ()
    text: str = ""


_Part = TypeVar("_Part", Member, Operation, Shape)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fingerprint:
    """The four operations and all shapes that they reach, by name."""

    operations: Mapping[str, Operation]
    shapes: Mapping[str, Shape]

    def to_json(self) -> dict[str, Any]:
        """The fingerprint as a JSON object; what is empty is left out."""
        whole: dict[str, Any] = _compact(asdict(self))
        return {"operations": {}, "shapes": {}} | whole

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_json` made; members that a later version may have added are left out.

        Raises:
            RecordingError: it is no fingerprint.
        """
        try:
            made = cls(
                operations={name: _read(Operation, each) for name, each in document["operations"].items()},
                shapes={name: _shape(each) for name, each in document["shapes"].items()},
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise _damaged(repr(error)[:200]) from error
        if (place := misfit(made, cls)) is not None:
            raise _damaged(f"{place} is not what it has to be")
        return made


def fingerprint(service: Any) -> Fingerprint:
    """The fingerprint of a service model of botocore's; operations that it does not have are left out."""
    operations: dict[str, Operation] = {}
    shapes: dict[str, Shape] = {}
    for name in OPERATIONS:
        try:
            known = service.operation_model(name)
        except OperationNotFoundError:
            continue
        roots = [known.input_shape, known.output_shape]
        operations[name] = Operation(
            input=roots[0].name if roots[0] else "",
            output=roots[1].name if roots[1] else "",
            errors=tuple(sorted(shape.name for shape in known.error_shapes)),
            text=_hash(known.documentation),
        )
        for root in (*filter(None, roots), *known.error_shapes):
            _collect(service, root.name, shapes)
    made = Fingerprint(operations=operations, shapes=dict(sorted(shapes.items())))
    # As it is read back, so that what JSON does not tell apart is no difference.
    return Fingerprint.from_json(json.loads(json.dumps(made.to_json())))


@cache
def installed() -> Fingerprint:
    """The fingerprint of the installed botocore's model.

    Raises:
        ModelError: there is none.
    """
    return fingerprint(model.service_model())


def _collect(service: Any, name: str, shapes: dict[str, Shape]) -> None:
    """Add a shape and all that it reaches."""
    if name in shapes:
        return
    found = service.shape_for(name)
    members = dict(_members(found))
    shapes[name] = Shape(
        type=found.type_name,
        members={
            member: Member(
                shape=shape.name, text=_hash(shape.documentation), traits=_own_traits(service, shape)
            )
            for member, shape in members.items()
        },
        required=tuple(sorted(found.metadata.get("required", ()))),
        enum=tuple(sorted(found.metadata.get("enum", ()))),
        traits=_traits(found),
        text=_hash(found.documentation),
    )
    for shape in members.values():
        _collect(service, shape.name, shapes)


def _members(shape: Any) -> Iterator[tuple[str, Any]]:
    match shape.type_name:
        case "structure":
            yield from shape.members.items()
        case "list":
            yield ELEMENTS, shape.member
        case "map":
            yield from ((_KEYS, shape.key), (_VALUES, shape.value))


def _traits(shape: Any) -> dict[str, Any]:
    return {name: value for name, value in shape.metadata.items() if name not in {"required", "enum"}}


def _own_traits(service: Any, member: Any) -> dict[str, Any]:
    """What a member has beside the traits of its shape."""
    of_shape = _traits(service.shape_for(member.name))
    return {name: value for name, value in _traits(member).items() if of_shape.get(name) != value}


def _hash(text: str) -> str:
    """A short hash of a text, however its lines are broken; empty for none."""
    words = " ".join(text.split())
    return hashlib.sha256(words.encode("utf-8")).hexdigest()[:_HASH_DIGITS] if words else ""


def _compact(value: Any) -> Any:
    """A JSON value without what is empty below it; a trait that is false says something, and stays."""
    if isinstance(value, dict):
        made = {name: _compact(each) for name, each in value.items()}
        return {name: each for name, each in made.items() if each not in ("", [], {})}
    return [_compact(each) for each in value] if isinstance(value, (list, tuple)) else value


def _shape(document: Mapping[str, Any]) -> Shape:
    members = {name: _read(Member, each) for name, each in document.get("members", {}).items()}
    return _read(Shape, {**document, "members": members})


def _read(kind: type[_Part], document: Mapping[str, Any]) -> _Part:
    known = {entry.name for entry in fields(kind)}
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in document.items()
        if name in known
    }
    return kind(**values)


def _damaged(how: str) -> RecordingError:
    return RecordingError(
        f"The fingerprint of the service model is damaged: {how}.",
        hint="Give a recording, or what `express-conformance drift --write` wrote.",
    )
