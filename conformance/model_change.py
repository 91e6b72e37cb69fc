"""One difference between two service models, and how it is said."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Any

_NAMED = 3  # requirements that a sentence names; the JSON has them all


class Kind(Enum):
    """What became of a part of the model."""

    NEW = "new"
    GONE = "gone"
    CHANGED = "changed"


class Part(Enum):
    """What of the model it is about; the value is its name in sentences."""

    OPERATION = "operation"
    ERROR = "error"
    SHAPE = "shape"
    MEMBER = "member"
    TYPE = "type of"
    REQUIRED = "presence of"
    VALUE = "allowed value"
    TRAIT = "constraint"
    TEXT = "text of"


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelChange:
    """One difference between two service models.

    Attributes:
        place: what it is about: ``Operation``, ``Shape``, ``Shape.member``; for errors the error's name.
        value: the allowed value, or the constraint's name; empty for other parts.
        was, now: what the two models say; empty where nothing can be said. Texts are never repeated.
        where: where it is met, such as ``Update request`` or ``Describe answer``; for errors the operations.
        requirements: the ids that follow from it: new ones, missing ones, or those to be read again.
    """

    kind: Kind
    part: Part
    place: str
    value: str = ""
    was: str = ""
    now: str = ""
    where: tuple[str, ...] = ()
    requirements: tuple[str, ...] = ()

    @property
    def brings(self) -> bool:
        """Whether requirements come or go with it; with all else there are others to be read again."""
        return self.kind is not Kind.CHANGED and self.part in _BRINGING

    @property
    def sentence(self) -> str:
        """The difference in words."""
        named = f"{self.part.value} {self.value + ' of ' if self.value else ''}{self.place}"
        where = f" ({_grouped(self.where)})" if self.where else ""
        return f"{named} {_VERBS[self.kind]}{self._values}{where}"

    @property
    def _values(self) -> str:
        if not (self.was or self.now):
            return ""
        if self.kind is Kind.CHANGED:
            return f": {self.was or 'none'}, now {self.now or 'none'}"
        return f": {self.now or self.was}"

    @property
    def consequence(self) -> str:
        """Which requirements follow from it, in words; empty for none."""
        if not self.requirements:
            gone = self.brings and self.kind is Kind.GONE and self.part is not Part.OPERATION
            return "what was required of it is not judged any more" if gone else ""
        named, more = ", ".join(self.requirements[:_NAMED]), len(self.requirements) - _NAMED
        verb = {Kind.NEW: "new", Kind.GONE: "missing"}[self.kind] if self.brings else "to be read again"
        number = len(self.requirements)
        counted = "1 requirement" if number == 1 else f"{number} requirements"
        return f"{counted} {verb}: {named}{f' and {more} more' if more > 0 else ''}"

    @property
    def with_consequence(self) -> str:
        """The difference with its consequence."""
        return "; ".join(filter(None, (self.sentence, self.consequence)))

    def to_json(self) -> dict[str, Any]:
        """The difference as a JSON object."""
        return {
            "kind": self.kind.value,
            "part": self.part.name.lower(),
            "place": self.place,
            "value": self.value,
            "was": self.was,
            "now": self.now,
            "where": list(self.where),
            "requirements": list(self.requirements),
            "sentence": self.sentence,
        }


_BRINGING = {Part.OPERATION, Part.ERROR, Part.SHAPE, Part.MEMBER}
_VERBS = {Kind.NEW: "is new", Kind.GONE: "is gone", Kind.CHANGED: "has changed"}


def _grouped(where: Collection[str]) -> str:
    """``Update request``, or ``requests of Create, Update; answer of Describe``."""
    if len(where) == 1:
        return next(iter(where))
    groups: dict[str, list[str]] = {}
    for place in where:
        operation, _, side = place.partition(" ")
        groups.setdefault(side, []).append(operation)
    told = (
        f"{side}{'s' * (len(names) > 1)} of {', '.join(names)}" if side else ", ".join(names)
        for side, names in groups.items()
    )
    return "; ".join(told)
