"""The words and signs for what became of the presence subsets, and for pairs of members that interact."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from conformance.presence import Fate, Presence
from conformance.presence_pairs import LEAST, Corner, Interaction, Pair
from conformance.reporting.wording import plural
from conformance.verdict import Verdict

CELL = 12
"""How wide and high a cell of the map is, in its own units."""

_SHOWN = 12  # pairs that are told one by one


@dataclass(frozen=True, slots=True)
class Look:
    """How a fate shows: a shape beside the words, so that colour is never the only difference.

    Attributes:
        words: what became of an update of the subset.
        tone: the verdict whose colour it has.
        solid, edge, cut: what is filled, drawn, and cut out of that, in a cell of :data:`CELL` units.
        deviates: whether it speaks against the target.
    """

    words: str
    tone: Verdict
    solid: str = ""
    edge: str = ""
    cut: str = ""
    deviates: bool = False


_SQUARE, _FRAME = "M1 1h10v10h-10z", "M2 2h8v8h-8z"
LOOKS = {
    Fate.KEPT: Look("accepted, all preserved", Verdict.PASS, solid=_SQUARE),
    Fate.ACCEPTED: Look("accepted, not described afterwards", Verdict.PASS, edge=_FRAME),
    Fate.EXCLUDED: Look("refused, as documented", Verdict.NOT_EXERCISED, edge="M3 9l6-6"),
    Fate.BREACHED: Look(
        "accepted, though the documents exclude it",
        Verdict.FAIL,
        solid="M6 0l6 6l-6 6l-6-6z",
        deviates=True,
    ),
    Fate.REFUSED: Look(
        "refused, though valid", Verdict.FAIL, edge=f"{_FRAME}M3 3l6 6M9 3l-6 6", deviates=True
    ),
    Fate.FAULTED: Look(
        "answered with a fault (5xx), though valid", Verdict.FAIL, edge=f"{_FRAME}M6 3v6", deviates=True
    ),
    Fate.LOST: Look(
        "accepted, but a member that was left out lost its value",
        Verdict.FAIL,
        solid=_SQUARE,
        cut="M3 3l6 6M9 3l-6 6",
        deviates=True,
    ),
    Fate.UNDONE: Look(
        "accepted, but a member that was asked for was not done",
        Verdict.FAIL,
        solid=_SQUARE,
        cut="M2 6h8",
        deviates=True,
    ),
    Fate.OPEN: Look("sent, and nothing follows from the answer", Verdict.INFORMATIONAL, edge="M4 4h4v4h-4z"),
    Fate.UNSENT: Look("not sent", Verdict.NOT_EXERCISED, solid="M5 5h2v2h-2z"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What the matrix says of two members: a sign, its colour, and the words for it."""

    sign: str
    tone: Verdict
    words: str


# -- subsets ---------------------------------------------------------------------------------------------


def summary(presence: Presence, numbers: Counter[Fate]) -> str:
    """What became of all subsets, in a sentence."""
    sent = presence.possible - numbers[Fate.UNSENT]
    told = "; ".join(
        f"{numbers[fate]:,} {look.words}"
        for fate, look in LOOKS.items()
        if numbers[fate] and fate is not Fate.UNSENT
    )
    words = (
        f"{sent:,} of {presence.possible:,} subsets of the {len(presence.members)} optional members were sent"
    )
    return f"{words}: {told}." if told else f"{words}."


def deviations(presence: Presence, fates: Sequence[Fate]) -> list[str]:
    """What speaks against the target, with what the subsets that show it have in common, in sentences."""
    return [
        f"{what}{_common(presence, mine, judged)}." for what, mine, judged in _deviations(presence, fates)
    ]


def _deviations(presence: Presence, fates: Sequence[Fate]) -> Iterator[tuple[str, list[int], list[int]]]:
    """In words, the subsets that show it, and all of which it is known whether they do."""
    answered = [s for s, fate in enumerate(fates) if fate not in {Fate.EXCLUDED, *_UNKNOWN_FATES}]
    excluded = [s for s, fate in enumerate(fates) if fate in {Fate.EXCLUDED, Fate.BREACHED}]
    for fate, judged in ((Fate.BREACHED, excluded), (Fate.REFUSED, answered), (Fate.FAULTED, answered)):
        mine = [subset for subset in judged if fates[subset] is fate]
        if mine:
            were = "was" if len(mine) == 1 else "were"
            yield f"{plural(len(mine), 'subset')} {were} {LOOKS[fate].words}", mine, judged
    for place, name in enumerate(presence.members):
        bit = 1 << place
        lost, kept = _marked(presence.lost, bit), _marked(presence.kept, bit)
        if lost:
            judged = sorted({*lost, *kept})
            yield f"{name} is lost by {_share(lost, judged)} that leave it out", lost, judged
        if undone := _marked(presence.undone, bit):
            judged = sorted({*undone, *(subset for subset in presence.accepted if subset & bit)})
            yield f"{name} is not done by {_share(undone, judged)} that carry it", undone, judged


_UNKNOWN_FATES = (Fate.OPEN, Fate.UNSENT)


def _marked(marks: Mapping[int, int], bit: int) -> list[int]:
    return sorted(subset for subset, bits in marks.items() if bits & bit)


def _share(some: Sequence[int], every: Sequence[int]) -> str:
    return f"{len(some):,} of the {plural(len(every), 'judged subset')}"


def _common(presence: Presence, mine: Sequence[int], judged: Sequence[int]) -> str:
    """Which members all these subsets carry and leave out, and how many other judged ones are like them."""
    if len(mine) == len(judged):
        return ""
    carried, absent = _literals(presence, mine, judged)
    alike = _alike(judged, carried, absent)
    condition = " and ".join(
        f"{word} {_and(presence.names(bits))}"
        for word, bits in (("with", carried), ("without", absent))
        if bits
    )
    if len(alike) == len(mine):
        return f": all those {condition}"
    smallest = min(mine, key=lambda subset: (subset.bit_count(), subset))
    only = f"; the smallest carries {_and(presence.names(smallest)) or 'none of the members'}"
    return f": {len(mine):,} of the {len(alike):,} {condition}{only}" if condition else only


def _literals(presence: Presence, mine: Iterable[int], judged: Sequence[int]) -> tuple[int, int]:
    """The bits that all of these have, and those that none has, as far as that tells them from the others.

    So without what all judged ones carry, and without what is left out only because the rest excludes it.
    """
    carried = absent = always = presence.possible - 1
    for subset in judged:
        always &= subset
    for subset in mine:
        carried, absent = carried & subset, absent & ~subset
    alike = _alike(judged, carried, absent)
    for place in reversed(range(len(presence.members))):
        fewer = absent & ~(1 << place)
        if len(_alike(judged, carried, fewer)) == len(alike):
            absent = fewer
    return carried & ~always, absent


def _alike(subsets: Iterable[int], carried: int, absent: int) -> list[int]:
    return [subset for subset in subsets if subset & carried == carried and not subset & absent]


def _and(names: Sequence[str]) -> str:
    return " and ".join(part for part in (", ".join(names[:-1]), *names[-1:]) if part)


# -- pairs -----------------------------------------------------------------------------------------------

_INTERACT = Mark(sign="✗", tone=Verdict.FAIL, words="interact")
_BREACHED = Mark(sign="!", tone=Verdict.FAIL, words="accepted together, though the documents exclude it")
_EXCLUSIVE = Mark(sign="∅", tone=Verdict.NOT_EXERCISED, words="exclude each other, as documented")
_NOTHING = Mark(sign="·", tone=Verdict.PASS, words="do not interact")
_UNKNOWN = Mark(
    sign="○", tone=Verdict.INFORMATIONAL, words="not compared: too few of their subsets were sent"
)
MARKS = (_INTERACT, _BREACHED, _EXCLUSIVE, _NOTHING, _UNKNOWN)


def mark_of(pair: Pair) -> Mark:
    """What the matrix says of a pair."""
    if pair.interactions:
        return _INTERACT
    if pair.exclusive and (pair.breached or pair.excluded):
        return _BREACHED if pair.breached else _EXCLUSIVE
    return _NOTHING if pair.compared >= LEAST else _UNKNOWN


def remarks(found: Sequence[Pair]) -> list[str]:
    """The pairs that interact, a sentence for each, or why there are none."""
    told = [_telling(pair) for pair in found if mark_of(pair) in {_INTERACT, _BREACHED}]
    if told:
        rest = len(told) - _SHOWN
        return [*told[:_SHOWN], *([f"And {plural(rest, 'more pair')}."] if rest > 0 else [])]
    compared = sum(pair.compared >= LEAST for pair in found)
    if not compared:
        return ["Too few of the subsets were sent to compare any two members."]
    return [f"No two members interact: {plural(compared, 'pair')} could be compared."]


def _telling(pair: Pair) -> str:
    if not pair.interactions:
        return (
            f"{pair.first} and {pair.second}: {plural(pair.breached, 'subset')} with both accepted, though"
            " the documents exclude it."
        )
    effects = "; ".join(_effect(pair, interaction) for interaction in pair.interactions)
    return f"{pair.first} and {pair.second}: an update {effects}."


_CORNERS = {
    Corner.NEITHER: "with neither",
    Corner.FIRST: "with {0} and without {1}",
    Corner.SECOND: "with {1} and without {0}",
    Corner.BOTH: "with both",
}
_EFFECTS = {
    "refused": "is refused, though valid",
    "faulted": "is answered with a fault (5xx), though valid",
    "lost": "loses {0}",
    "undone": "does not do {0}",
}


def _effect(pair: Pair, interaction: Interaction) -> str:
    which = _CORNERS[interaction.corner].format(pair.first, pair.second)
    what = _EFFECTS[interaction.effect.kind].format(interaction.effect.member)
    return f"{which} {what} ({interaction.seen:,} of {interaction.of:,} comparisons)"
