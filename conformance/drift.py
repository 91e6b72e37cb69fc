"""How one service model differs from another: members, errors, allowed values and texts, and what follows.

This is about two models, that of a recording or a baseline and the installed one. How the installed one
differs from the API page says :func:`conformance.model.drift`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, TypeVar

from conformance import model
from conformance.fingerprint import ELEMENTS, Fingerprint, Member, Operation, Shape, installed
from conformance.model_change import Kind, ModelChange, Part

_SUFFIX = "ExpressGatewayService"
_CONFIGURATION = "targetConfiguration."
# The four operations have 300 places, the deepest of seven levels; a fingerprint from a file may be anything.
_MOST_PLACES, _DEEPEST = 20_000, 20
_Part = TypeVar("_Part", Member, Operation, Shape)


def drifted(
    old: Fingerprint,
    new: Fingerprint,
    *,
    before: Collection[str] | None = None,
    after: Collection[str] = (),
) -> list[ModelChange]:
    """All differences from an old model to a new one; none if they say the same.

    Args:
        old: the model to compare with.
        new: the model that is asked about.
        before: the ids of the requirements that were made with the old model; None where nobody knows them.
        after: the ids of those that are made with the new one.
    """
    if old == new:
        return []
    places = _Places(old), _Places(new)
    found = [*_operations(old, new), *_errors(old, new), *_shapes(old, new)]
    located = (_located(change, *places) for change in found)
    return [_followed(change, *places, before, after) for change in located]


def since(recorded: Mapping[str, Any], botocore: str, ids: Collection[str]) -> Iterator[str]:
    """How the installed model differs from the one of a recording, one sentence each.

    Args:
        recorded: the recording's fingerprint; empty where it has none.
        botocore: the version that it was recorded with.
        ids: of today's requirements.

    Raises:
        RecordingError: it is no fingerprint.
    """
    if recorded:
        changes = drifted(Fingerprint.from_json(recorded), installed(), after=ids)
        yield from (change.with_consequence for change in changes)
    elif botocore != model.botocore_version():
        yield (
            f"The recording does not hold its service model, which was that of botocore {botocore}. It was "
            f"judged with that of botocore {model.botocore_version()}; what differs is not known."
        )


# -- what differs ------------------------------------------------------------------------------------------


def _pairs(old: Mapping[str, _Part], new: Mapping[str, _Part]) -> Iterator[tuple[str, _Part, _Part]]:
    """What both have, by name."""
    return ((name, each, new[name]) for name, each in old.items() if name in new)


def _come_and_gone(old: Iterable[str], new: Iterable[str]) -> Iterator[tuple[Kind, str]]:
    before, after = list(old), list(new)
    yield from ((Kind.NEW, name) for name in after if name not in before)
    yield from ((Kind.GONE, name) for name in before if name not in after)


def _one_sided(kind: Kind, part: Part, place: str, words: str) -> ModelChange:
    """What only one of the two has."""
    if kind is Kind.NEW:
        return ModelChange(kind=kind, part=part, place=place, now=words)
    return ModelChange(kind=kind, part=part, place=place, was=words)


def _changed(part: Part, place: str, was: str, now: str, value: str = "") -> Iterator[ModelChange]:
    if was != now:
        yield ModelChange(kind=Kind.CHANGED, part=part, place=place, value=value, was=was, now=now)


def _text(place: str, was: str, now: str) -> Iterator[ModelChange]:
    """That a text has changed, never what it says."""
    yield from (replace(change, was="", now="") for change in _changed(Part.TEXT, place, was, now))


def _operations(old: Fingerprint, new: Fingerprint) -> Iterator[ModelChange]:
    for kind, name in _come_and_gone(old.operations, new.operations):
        yield ModelChange(kind=kind, part=Part.OPERATION, place=name)
    for name, was, now in _pairs(old.operations, new.operations):
        yield from _changed(Part.TYPE, f"the request of {name}", was.input, now.input)
        yield from _changed(Part.TYPE, f"the answer of {name}", was.output, now.output)
        yield from _text(name, was.text, now.text)


def _errors(old: Fingerprint, new: Fingerprint) -> Iterator[ModelChange]:
    """Errors that operations declare now and did not before, and the reverse."""
    found: dict[tuple[Kind, str], list[str]] = {}
    for name, was, now in _pairs(old.operations, new.operations):
        for change in _come_and_gone(was.errors, now.errors):
            found.setdefault(change, []).append(_short(name))
    for (kind, error), names in found.items():
        yield ModelChange(kind=kind, part=Part.ERROR, place=error, where=tuple(names))


def _shapes(old: Fingerprint, new: Fingerprint) -> Iterator[ModelChange]:
    errors = {error for each in (old, new) for entry in each.operations.values() for error in entry.errors}
    for kind, name in _come_and_gone(old.shapes, new.shapes):
        shape = (new if kind is Kind.NEW else old).shapes[name]
        if name not in errors and shape.type == "structure":
            words = f"with {', '.join(shape.members) or 'no members'}"
            yield _one_sided(kind, Part.SHAPE, name, words)
    for name, was, now in _pairs(old.shapes, new.shapes):
        yield from _shape(name, was, now)
        yield from _members(name, was, now, old, new)


def _shape(name: str, was: Shape, now: Shape) -> Iterator[ModelChange]:
    yield from _changed(Part.TYPE, name, was.type, now.type)
    for kind, value in _come_and_gone(was.enum, now.enum):
        yield ModelChange(kind=kind, part=Part.VALUE, place=name, value=value)
    yield from _traits(name, was.traits, now.traits)
    yield from _text(name, was.text, now.text)


def _members(shape: str, was: Shape, now: Shape, old: Fingerprint, new: Fingerprint) -> Iterator[ModelChange]:
    for kind, name in _come_and_gone(was.members, now.members):
        words = _described(name, now, new) if kind is Kind.NEW else _described(name, was, old)
        yield _one_sided(kind, Part.MEMBER, _member(shape, name), words)
    for name, one, other in _pairs(was.members, now.members):
        place = _member(shape, name)
        yield from _changed(Part.TYPE, place, _type(one, old), _type(other, new))
        yield from _changed(Part.REQUIRED, place, _duty(name, was), _duty(name, now))
        yield from _traits(place, one.traits, other.traits)
        yield from _text(place, one.text, other.text)


def _traits(place: str, was: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[ModelChange]:
    for trait in sorted(was.keys() | now.keys()):
        one, other = (str(each[trait]) if trait in each else "" for each in (was, now))
        yield from _changed(Part.TRAIT, place, one, other, trait)


def _member(shape: str, name: str) -> str:
    return f"{shape}{name}" if name == ELEMENTS else f"{shape}.{name}"


def _described(name: str, owner: Shape, whole: Fingerprint) -> str:
    return f"{_type(owner.members[name], whole)}, {_duty(name, owner)}"


def _duty(name: str, owner: Shape) -> str:
    return "required" if name in owner.required else "optional"


def _type(member: Member, whole: Fingerprint) -> str:
    """The type of a member with the name of its shape, as in ``string (String)``."""
    shape = whole.shapes.get(member.shape)
    return f"{shape.type if shape else 'unknown'} ({member.shape})"


# -- where it is met, and what follows ---------------------------------------------------------------------


def _short(operation: str) -> str:
    """``Update`` for ``UpdateExpressGatewayService``."""
    return operation.removesuffix(_SUFFIX)


class _Places:
    """Where the shapes of a model are met.

    Attributes:
        paths: by the name of a shape: its paths in the update's request and in its answer, both from the
            root; empty at the root itself.
        sides: by the name of a shape: the requests and answers that reach it.
    """

    def __init__(self, whole: Fingerprint) -> None:
        self.paths: dict[str, set[str]] = {}
        self.sides: dict[str, list[str]] = {}
        self._whole = whole
        self._left = _MOST_PLACES
        for name, operation in whole.operations.items():
            for side, root in (("request", operation.input), ("answer", operation.output)):
                self._visit(root, f"{_short(name)} {side}", "", name == model.OPERATION, ())

    def _visit(self, name: str, side: str, path: str, judged: bool, above: tuple[str, ...]) -> None:
        shape = self._whole.shapes.get(name)
        if shape is None or name in above or len(above) > _DEEPEST or not self._left:
            return
        self._left -= 1
        sides = self.sides.setdefault(name, [])
        if side not in sides:
            sides.append(side)
        if judged:
            self.paths.setdefault(name, set()).add(path)
        for member, each in shape.members.items():
            self._visit(each.shape, side, _below(path, member), judged, (*above, name))


def _below(path: str, member: str) -> str:
    return f"{path}{member}" if member == ELEMENTS or not path else f"{path}.{member}"


def _located(change: ModelChange, old: _Places, new: _Places) -> ModelChange:
    """The change with where it is met, unless that is said already."""
    if change.where or change.part in {Part.ERROR, Part.OPERATION}:
        return change
    sides = (old if change.kind is Kind.GONE else new).sides
    return replace(change, where=tuple(sides.get(_shape_of(change.place), ())))


def _shape_of(place: str) -> str:
    return place.removesuffix(ELEMENTS).partition(".")[0]


def _followed(
    change: ModelChange, old: _Places, new: _Places, before: Collection[str] | None, after: Collection[str]
) -> ModelChange:
    """The change with the requirements that follow from it."""
    names = _names(change, old if change.kind is Kind.GONE else new)
    if not change.brings:
        ids = list(after)
    elif change.kind is Kind.NEW:
        ids = [id for id in after if before is None or id not in before]
    else:
        ids = [id for id in before or () if id not in after]
    about = [id for id in ids if _is_about(id, names, whole=change.brings)]
    return replace(change, requirements=tuple(sorted(about)))


def _names(change: ModelChange, places: _Places) -> set[str]:
    """How the ids of requirements name what has changed: paths in requests and answers, or an error."""
    if change.part in {Part.ERROR, Part.OPERATION}:
        return {change.place}
    shape = _shape_of(change.place)
    member = change.place[len(shape) :].removeprefix(".")
    paths = places.paths.get(shape, set())
    found = {_below(path, member) if member else path for path in paths}
    # What the answer shows is named by its place in the configuration, too.
    return (found | {path.partition(_CONFIGURATION)[2] for path in found}) - {""}


def _is_about(id: str, names: Collection[str], *, whole: bool) -> bool:
    """Whether a requirement's id names one of these, or, of the whole of them, something below."""
    rest = id.partition("/")[2]
    after = ("-", ".", "[") if whole else ("-",)
    return any(rest == name or rest.startswith(tuple(f"{name}{sign}" for sign in after)) for name in names)
