"""How much of a run a page shows: everything of an ordinary one, and of an enormous one what fits.

A page is made with the widest limits first; if it is too large, it is made again with narrower ones.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from markupsafe import Markup

LARGEST = 5_000_000
"""Bytes that a page has at most, whatever a target answered."""

_REFUSALS = 2  # cases that are made and do not fit before no more are tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What a page shows at most.

    Attributes:
        sentence: characters of one sentence that quotes an answer.
        listed: entries of one list: behaviours of a requirement, errors of a run.
        evidence: bytes of all smallest cases together, in the order of the page.
        cards: requirements of one section that a comparison details for each target.
        note: what a reader should know of these limits; empty where an ordinary run does not reach them.
    """

    sentence: int
    listed: int
    evidence: int
    cards: int = 10_000
    note: str = ""


def _narrow(sentence: int, listed: int, evidence: int, cards: int) -> Limits:
    note = (
        f"This page is cut to stay below {LARGEST // 1_000_000} MB: it shows {sentence} characters of what is"
        f" quoted and {listed} entries of a list. All of it stands in results.json."
    )
    return Limits(sentence=sentence, listed=listed, evidence=evidence, cards=cards, note=note)


LEVELS = (
    Limits(sentence=2_000, listed=100, evidence=3_000_000),
    _narrow(400, 20, 2_000_000, 1_000),
    _narrow(100, 5, 1_000_000, 200),
    _narrow(40, 2, 200_000, 50),
)


class Room:
    """How much evidence still fits; the first cases of a page take what they need.

    Args:
        size: bytes.
    """

    def __init__(self, size: int) -> None:
        self._left = size
        self._refused = 0

    @property
    def is_open(self) -> bool:
        """Whether it is worth making one more case."""
        return self._left > 0 and self._refused < _REFUSALS

    def take(self, text: Markup) -> bool:
        """Whether this text fits, which is then counted."""
        size = len(text.encode("utf-8"))
        if size > self._left:
            self._refused += 1
            return False
        self._left -= size
        return True


class TooLarge(Exception):  # noqa: N818  it is how a page is given up, and never leaves this package
    """A page has become larger than it may, and narrower limits are left."""


def gathered(parts: Iterable[str], limits: Limits) -> str:
    """The parts of a page together.

    Raises:
        TooLarge: they are too large; what would follow was not made.
    """
    made, size = [], 0
    for part in parts:
        made.append(part)
        size += len(part.encode("utf-8"))
        if size > LARGEST and limits is not LEVELS[-1]:
            raise TooLarge
    return "".join(made)


def fitted(make: Callable[[Limits], str]) -> str:
    """The first page that is small enough, made with wide limits first; else the one of the narrowest."""
    for limits in LEVELS[:-1]:
        try:
            return make(limits)
        except TooLarge:
            continue
    return make(LEVELS[-1])
