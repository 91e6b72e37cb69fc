"""Which two members of an update interact: with what became of all subsets at hand, nothing is sent.

An *effect* is a deviation that a subset shows or does not: its valid updates are refused, or answered with a
fault of the target's, or they lose a certain member that they leave out, or do not do a certain member that
they carry. Of many subsets it is unknown; they are left out of all comparisons.

Two members are *compared* over four subsets that differ in these two only: with neither, with the first,
with the second, and with both. They *interact* in an effect if

* in some comparisons exactly one of the four shows the effect, and it is the same one of them each time
  (an effect of a single member is in two of the four, one of two members that each have it alone is in
  three, and one that hangs on values comes now here, now there), and
* that happens in at least four comparisons, and in at least a quarter of those where it could happen: where
  the other three do not show the effect.

So with few subsets nothing is said, and a third member may have a part in the effect.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import chain, combinations

from conformance.presence import Presence

LEAST = 4
"""Comparisons without which nothing is said of two members."""

_SHARE = 4  # one in so many of the comparisons


class Corner(Enum):
    """Which of two members an update carries: the bit of the first is 1, of the second 2."""

    NEITHER = 0
    FIRST = 1
    SECOND = 2
    BOTH = 3


@dataclass(frozen=True, slots=True, order=True)
class Effect:
    """What may be seen of a subset.

    Attributes:
        kind: ``refused``, ``faulted``, ``lost`` or ``undone``.
        member: which is lost or not done; empty otherwise.
    """

    kind: str
    member: str = ""


@dataclass(frozen=True, slots=True)
class Interaction:
    """An effect that two members have together.

    Attributes:
        corner: which of the two an update carries that shows it.
        seen: in how many comparisons.
        of: how many there are in which it could have been seen.
    """

    effect: Effect
    corner: Corner
    seen: int
    of: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two members.

    Attributes:
        accepted, refused: how many of the subsets with both were accepted, and refused or answered with a
            fault although they were valid.
        excluded, breached: how many were refused as the documents exclude them, and accepted nevertheless.
        compared: in how many comparisons it is known of all four subsets whether they are accepted.
        exclusive: whether the documents exclude the two from one update.
    """

    first: str
    second: str
    accepted: int
    refused: int
    excluded: int
    breached: int
    compared: int
    exclusive: bool
    interactions: tuple[Interaction, ...] = ()


def pairs(presence: Presence, *, switch: str = "", excludes: Collection[str] = ()) -> list[Pair]:
    """All pairs of members, in the order of the members.

    Args:
        presence: what became of the subsets.
        switch: the member that excludes others by the documents.
        excludes: those others.
    """
    known = _acceptance(presence)
    effects = list(_effects(presence))
    found = []
    for low, high in combinations(range(len(presence.members)), 2):
        two = (1 << low, 1 << high)
        first, second = presence.members[low], presence.members[high]
        interactions = (_interaction(effect, values, two) for effect, values in effects)
        found.append(
            Pair(
                first=first,
                second=second,
                accepted=_number(two, presence.accepted),
                refused=_number(two, presence.refused, presence.faulted),
                excluded=_number(two, presence.excluded),
                breached=_number(two, presence.breached),
                compared=sum(None not in corners for corners in _comparisons(known, two)),
                exclusive=switch in {first, second} and bool({first, second} & {*excludes}),
                interactions=tuple(each for each in interactions if each is not None),
            )
        )
    return found


Values = Sequence[bool | None]  # by subset; None where it is unknown


def _number(two: tuple[int, int], *counts: Mapping[int, int]) -> int:
    """How many subsets with both are in any of the counts."""
    both = two[0] | two[1]
    return sum(1 for subset in {*chain(*counts)} if subset & both == both)


def _comparisons(values: Values, two: tuple[int, int]) -> Iterator[tuple[bool | None, ...]]:
    """The four subsets of each comparison, in the order of :class:`Corner`."""
    first, second = two
    both = first | second
    for subset in range(len(values)):
        if not subset & both:
            yield values[subset], values[subset | first], values[subset | second], values[subset | both]


def _interaction(effect: Effect, values: Values, two: tuple[int, int]) -> Interaction | None:
    seen: Counter[int] = Counter()
    free: Counter[int] = Counter()
    for corners in _comparisons(values, two):
        if None in corners:
            continue
        shown = [place for place in range(4) if corners[place]]
        if not shown:
            free.update(range(4))
        elif len(shown) == 1:
            seen[shown[0]] += 1
            free[shown[0]] += 1
    if len(seen) != 1:
        return None
    place, times = seen.popitem()
    if times < LEAST or times * _SHARE < free[place]:
        return None
    return Interaction(effect, Corner(place), times, free[place])


def _acceptance(presence: Presence) -> Values:
    """By subset, whether its valid updates are refused; None where that is unknown or has been both."""
    refused, accepted = presence.refused, presence.accepted
    return [
        None if (subset in refused) == (subset in accepted) else subset in refused
        for subset in range(presence.possible)
    ]


def _effects(presence: Presence) -> Iterator[tuple[Effect, Values]]:
    """The effects that any subset shows; of the others nothing can follow."""
    if presence.refused:
        yield Effect("refused"), _acceptance(presence)
    if presence.faulted:
        yield Effect("faulted"), _faults(presence)
    for place, name in enumerate(presence.members):
        bit = 1 << place
        if any(marks & bit for marks in presence.lost.values()):
            yield Effect("lost", name), [_lost(presence, each, bit) for each in range(presence.possible)]
        if any(marks & bit for marks in presence.undone.values()):
            yield Effect("undone", name), [_undone(presence, each, bit) for each in range(presence.possible)]


def _faults(presence: Presence) -> Values:
    """Whether updates of a subset are answered with a fault, and never otherwise."""
    answered = (presence.accepted, presence.refused, presence.excluded, presence.breached)
    return [
        False if any(subset in counts for counts in answered) else subset in presence.faulted or None
        for subset in range(presence.possible)
    ]


def _lost(presence: Presence, subset: int, bit: int) -> bool | None:
    """Whether a subset loses a member; one that it carries cannot be lost."""
    if subset & bit:
        return False if subset in presence.accepted else None
    if presence.lost.get(subset, 0) & bit:
        return True
    return False if presence.kept.get(subset, 0) & bit else None


def _undone(presence: Presence, subset: int, bit: int) -> bool | None:
    """Whether a subset does not do a member; one that it leaves out is not asked for."""
    if subset not in presence.accepted:
        return None
    return bool(presence.undone.get(subset, 0) & bit)
