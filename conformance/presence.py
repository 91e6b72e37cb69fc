"""The presence subsets: which of the optional members an update carried, and what became of it.

A subset is a number with one bit for each optional member, in the order of the service model. All counts add
up and all bits join, so the parts of a run can be put together in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cache
from typing import Any

from conformance import model


class Fate(Enum):
    """What became of the updates of one subset; the first of these that was seen is told."""

    BREACHED = "breached"
    REFUSED = "refused"
    FAULTED = "faulted"
    LOST = "lost"
    UNDONE = "undone"
    EXCLUDED = "excluded"
    KEPT = "kept"
    ACCEPTED = "accepted"
    OPEN = "open"
    UNSENT = "unsent"


_COUNTED = ("sent", "accepted", "refused", "faulted", "excluded", "breached", "described")
_MARKED = ("kept", "lost", "undone")


@dataclass(slots=True)
class Presence:
    """What became of each presence subset of the optional members.

    All but ``sent`` are about requests that nothing was wrong with except, perhaps, that
    ``taskDefinitionArn`` excludes other members, and not about what several clients sent at the same time.

    Attributes:
        members: the optional members; the first one has the lowest bit. Empty if nothing was counted.
        sent: by subset, how many updates carried it, whatever else they were like.
        accepted: of these, how many without any defect were accepted.
        refused: how many valid ones were refused for themselves, by status 4xx.
        faulted: how many were answered with a fault of the target's instead.
        excluded: how many were refused because the documents exclude the combination; the same request
            without that defect had been accepted.
        breached: how many were accepted although the documents exclude the combination.
        described: after how many accepted ones a Describe showed the revision that they made.
        kept: by subset, the bits of the members that were left out and were seen to keep their values.
        lost: the bits of those that were seen to lose them, in at least one update.
        undone: the bits of the members that were carried and not done, in at least one update.
    """

    members: tuple[str, ...] = ()
    sent: dict[int, int] = field(default_factory=dict)
    accepted: dict[int, int] = field(default_factory=dict)
    refused: dict[int, int] = field(default_factory=dict)
    faulted: dict[int, int] = field(default_factory=dict)
    excluded: dict[int, int] = field(default_factory=dict)
    breached: dict[int, int] = field(default_factory=dict)
    described: dict[int, int] = field(default_factory=dict)
    kept: dict[int, int] = field(default_factory=dict)
    lost: dict[int, int] = field(default_factory=dict)
    undone: dict[int, int] = field(default_factory=dict)

    @property
    def possible(self) -> int:
        """How many subsets there are: two to the power of the number of members."""
        return 1 << len(self.members)

    def fate(self, subset: int) -> Fate:
        """What became of a subset.

        A refusal counts although the same subset was accepted at other times; a fault of the target's does
        not, since it may have been an accident.
        """
        accepted, excluded = subset in self.accepted, subset in self.excluded
        found = (
            (subset in self.breached, Fate.BREACHED),
            (subset in self.refused, Fate.REFUSED),
            (subset in self.faulted and not accepted and not excluded, Fate.FAULTED),
            (subset in self.lost, Fate.LOST),
            (subset in self.undone, Fate.UNDONE),
            (excluded, Fate.EXCLUDED),
            (accepted and (subset in self.described or subset in self.kept), Fate.KEPT),
            (accepted, Fate.ACCEPTED),
            (subset in self.sent, Fate.OPEN),
        )
        return next((fate for seen, fate in found if seen), Fate.UNSENT)

    def names(self, bits: int) -> list[str]:
        """The members that these bits stand for."""
        return [name for place, name in enumerate(self.members) if bits >> place & 1]

    def count(self, which: str, subset: int) -> None:
        """Count one more update of a subset, in any but ``kept``, ``lost`` and ``undone``."""
        counts: dict[int, int] = getattr(self, which)
        counts[subset] = counts.get(subset, 0) + 1

    def mark(self, which: str, subset: int, bits: int) -> None:
        """Join bits to those that a subset has in ``kept``, ``lost`` or ``undone``."""
        marks: dict[int, int] = getattr(self, which)
        marks[subset] = marks.get(subset, 0) | bits

    def merge(self, other: Presence) -> None:
        """Add what another one saw; the order of merging does not matter."""
        self.members = self.members or other.members
        for name in _COUNTED:
            mine: dict[int, int] = getattr(self, name)
            for subset, number in getattr(other, name).items():
                mine[subset] = mine.get(subset, 0) + number
        for name in _MARKED:
            for subset, bits in getattr(other, name).items():
                self.mark(name, subset, bits)

    def to_json(self) -> dict[str, Any]:
        """The counts as JSON: a subset is a text of a ``1`` or ``0`` for each member."""
        counted = {name: dict(self._lines(name)) for name in _COUNTED}
        marked = {name: {subset: self._text(bits) for subset, bits in self._lines(name)} for name in _MARKED}
        return {"members": list(self.members), **counted, **marked}

    def _lines(self, name: str) -> Iterator[tuple[str, int]]:
        entries: Mapping[int, int] = getattr(self, name)
        return ((self._text(subset), entries[subset]) for subset in sorted(entries))

    def _text(self, bits: int) -> str:
        return f"{bits:0{len(self.members)}b}"[::-1] if self.members else ""

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Presence:
        """Read what :meth:`to_json` wrote.

        Raises:
            KeyError, TypeError, ValueError: the document is not one.
        """
        members = tuple(document["members"])
        counted = {name: _read(document[name], members) for name in _COUNTED}
        marked = {name: _read(document[name], members, marks=True) for name in _MARKED}
        return cls(members, **counted, **marked)


def _read(entries: Mapping[str, Any], members: tuple[str, ...], *, marks: bool = False) -> dict[int, int]:
    read = {_bits(text, len(members)): value for text, value in entries.items()}
    return {subset: _bits(value, len(members)) for subset, value in read.items()} if marks else read


def _bits(text: str, width: int) -> int:
    if len(text) != width or set(text) - {"0", "1"}:
        raise ValueError(f"{text!r} is no subset of {width} members")
    return int(text[::-1] or "0", 2)


@cache
def bits() -> dict[str, int]:
    """The bit of each optional member of the operation under test."""
    return {name: 1 << place for place, name in enumerate(model.operation().optional)}


def subset_of(members: Mapping[str, Any]) -> int:
    """The presence subset of a request with these members; one that is null is absent."""
    return sum(bit for name, bit in bits().items() if members.get(name) is not None)
