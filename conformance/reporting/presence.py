"""The presence map: all combinations of the optional members as a picture, and the pairs that interact.

Every picture here has its words: what the map shows is also said in sentences, and the matrix is a table.
"""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from conformance.presence import Fate
from conformance.presence_pairs import Pair, pairs
from conformance.reporting.presence_words import (
    CELL,
    LOOKS,
    MARKS,
    Look,
    Mark,
    deviations,
    mark_of,
    remarks,
    summary,
)
from conformance.results import Results
from conformance.validity import EXCLUDED_BY_TASK_DEFINITION

_BAR, _PITCH, _GAP = 8, 16, 18  # how thick a bar is, from bar to bar, and between the bars and the cells
_MOST = 12  # members that are looked at; a map has a cell for each of their combinations
_SWITCH = "taskDefinitionArn"


@dataclass(frozen=True, slots=True, kw_only=True)
class Map:
    """The picture, in units of its own.

    Attributes:
        width, height: of all of it.
        left, top: where the cells begin.
        cells: for each fate that occurs, the path of its cells.
        bars: the path of the bars beside the rows and above the columns that carry a member.
        letters: the letter of each member, with its place.
        rows, columns: letters and names of the members.
    """

    width: int
    height: int
    left: int
    top: int
    cells: list[tuple[Fate, str]]
    bars: str
    letters: list[tuple[str, int, int]]
    rows: list[tuple[str, str]]
    columns: list[tuple[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """What the section shows.

    Attributes:
        summary: what the map shows, in a sentence.
        legend: each fate that occurs, with its number.
        deviations: what speaks against the target, in words.
        letters: by member.
        matrix: for each member but the first, what there is to say of it and each one before it.
        meanings: the signs of the matrix that occur.
        pairs: all pairs, with their marks.
        remarks: the pairs that interact, in words, or why there are none.
    """

    subsets: int
    summary: str
    map: Map
    legend: list[tuple[Fate, Look, int]]
    deviations: list[str]
    letters: dict[str, str]
    matrix: list[tuple[str, list[Mark]]]
    meanings: list[Mark]
    pairs: list[tuple[Pair, Mark]]
    remarks: list[str]

    @property
    def inconclusive(self) -> bool:
        """Whether subsets were sent of which nothing is known."""
        return any(fate is Fate.OPEN for fate, _, _ in self.legend)


def of(results: Results) -> Picture | None:
    """The section on a run; None for one that did not count its subsets, or had too many of them."""
    presence = results.presence
    if not 0 < len(presence.members) <= _MOST:
        return None
    fates = [presence.fate(subset) for subset in range(presence.possible)]
    numbers = Counter(fates)
    found = pairs(presence, switch=_SWITCH, excludes=EXCLUDED_BY_TASK_DEFINITION)
    marks = {(pair.first, pair.second): mark_of(pair) for pair in found}
    return Picture(
        subsets=presence.possible,
        summary=summary(presence, numbers),
        map=_map(presence.members, fates),
        legend=[(fate, look, numbers[fate]) for fate, look in LOOKS.items() if numbers[fate]],
        deviations=deviations(presence, fates),
        letters=dict(zip(presence.members, string.ascii_uppercase, strict=False)),
        matrix=_matrix(presence.members, marks),
        meanings=list({mark.sign: mark for mark in MARKS if mark in marks.values()}.values()),
        pairs=[(pair, marks[pair.first, pair.second]) for pair in found],
        remarks=remarks(found),
    )


def _map(members: Sequence[str], fates: Sequence[Fate]) -> Map:
    """The first half of the members beside the rows, the others above the columns, in Gray code.

    So two cells side by side differ in one member; the last member of each half changes only once.
    """
    high = (len(members) + 1) // 2
    rows, columns = _gray(high), _gray(len(members) - high)
    left, top = high * _PITCH + _GAP, (len(members) - high) * _PITCH + _GAP
    letters = list(zip(string.ascii_uppercase, members, strict=False))
    # The member that changes least often stands farthest from the cells.
    beside, above = letters[:high][::-1], letters[high:][::-1]
    bars = [f"M{x} {top + start}h{_BAR}v{size}h-{_BAR}z" for x, start, size in _bars(rows, high)]
    bars += [f"M{left + start} {y}h{size}v{_BAR}h-{size}z" for y, start, size in _bars(columns, len(above))]
    return Map(
        width=left + len(columns) * CELL,
        height=top + len(rows) * CELL,
        left=left,
        top=top,
        cells=_cells([[fates[row | column << high] for column in columns] for row in rows], left, top),
        bars="".join(bars),
        letters=[
            *((letter, place * _PITCH + _BAR // 2 + 1, top - 5) for place, (letter, _) in enumerate(beside)),
            *((letter, left - 8, place * _PITCH + _BAR + 1) for place, (letter, _) in enumerate(above)),
        ],
        rows=letters[:high],
        columns=letters[high:],
    )


def _gray(width: int) -> list[int]:
    """All numbers of so many bits, each one bit away from the one before."""
    return [number ^ number >> 1 for number in range(1 << width)]


def _bars(order: Sequence[int], members: int) -> Iterator[tuple[int, int, int]]:
    """Where a member is carried: the place of its bar across, where that starts, and how long it is."""
    for place in range(members):
        bit = 1 << members - 1 - place
        at = 0
        for carried, run in groupby(bool(number & bit) for number in order):
            size = CELL * len(list(run))
            if carried:
                yield place * _PITCH, at, size
            at += size


def _cells(rows: Sequence[Sequence[Fate]], left: int, top: int) -> list[tuple[Fate, str]]:
    """One path for each fate; neighbours in a row are one rectangle."""
    paths: dict[Fate, list[str]] = {}
    for number, row in enumerate(rows):
        x, y = left, top + number * CELL
        for fate, run in groupby(row):
            size = CELL * len(list(run))
            paths.setdefault(fate, []).append(f"M{x} {y}h{size}v{CELL}h-{size}z")
            x += size
    return [(fate, "".join(paths[fate])) for fate in LOOKS if fate in paths]


def _matrix(members: Sequence[str], marks: dict[tuple[str, str], Mark]) -> list[tuple[str, list[Mark]]]:
    """A row for each member but the first, with a mark for each member before it."""
    return [
        (name, [marks[other, name] for other in members[:place]])
        for place, name in enumerate(members)
        if place
    ]
