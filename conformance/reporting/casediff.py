"""A counterexample as a table by member: what was before, what was asked for, and what was after.

Nothing in here relies on the form of an exchange: a target may have answered anything, and results may have
been edited by hand. What cannot be read is left out; the exchanges themselves are shown besides.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from conformance.model import OPERATION
from conformance.reporting.fates import ABSENT, Course, Fate, at
from conformance.reporting.flattening import SERVICE, Flat, configuration_in, flattened, readable, settled
from conformance.reporting.inert import cut
from conformance.results import Counterexample

_LONGEST_VALUE = 160  # characters of one value
_LONGEST_PATH = 120
_MOST_ROWS = 25
_FEW = 8  # rows of which those are shown, too, that were asked for and are as before
_IDENTITY = "serviceArn"
_IN_THE_ANSWER = "service.targetConfiguration."


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One value of a member.

    Attributes:
        text: as JSON.
        note: what was cut off, if anything.
        absent: whether there is no such member, which is not the same as null.
    """

    text: str = ""
    note: str = ""
    absent: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One member: its values in the order of the columns, and what became of it.

    Attributes:
        path: where it is: ``primaryContainer.environment[LOG].value``.
        sign: one character that stands for the words.
        odd: whether it is what the table is about.
    """

    path: str
    cells: tuple[Cell, ...]
    sign: str
    words: str
    odd: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One comparison.

    Attributes:
        columns: the headings of the values.
        heading: of the words.
        rows: those members first that are not what they should be.
        left_out: how many rows more there would be.
        alike: how many members that are not shown are the same in all columns.
        anew: members that are new with each revision anyway.
        unseen: how many members more the answer does not show, after which nobody asked.
    """

    title: str
    columns: tuple[str, ...]
    heading: str
    rows: list[Row]
    left_out: int = 0
    alike: int = 0
    anew: tuple[str, ...] = ()
    unseen: int = 0


def tables(example: Counterexample, requirement: str = "") -> list[Table]:
    """The comparisons that a counterexample allows: its request with the valid one, and before with after.

    None for what clients did at the same time, and none where bodies cannot be read.

    Args:
        example: the counterexample.
        requirement: the id of what it violates, which may end in the path of a member.
    """
    exchanges = [each for each in example.exchanges if isinstance(each, Mapping)]
    judged = _last(exchanges, "judged")
    if judged is None or any("group" in each for each in exchanges):
        return []
    course = _course(exchanges, judged, _about(requirement))
    found = [_against_twin(judged, _last(exchanges, "twin")), _story(course) if course else None]
    return [table for table in found if table is not None and table.rows]


def _about(requirement: str) -> str:
    """The member that a requirement's id ends in, as far as it is no element of a list."""
    return requirement.partition("/")[2].removeprefix(_IN_THE_ANSWER).partition("[]")[0]


def _last(exchanges: Iterable[Mapping[str, Any]], role: str) -> Mapping[str, Any] | None:
    found = [exchange for exchange in exchanges if exchange.get("role") == role]
    return found[-1] if found else None


def _members(exchange: Mapping[str, Any] | None) -> Flat | None:
    body = readable(exchange.get("request")) if exchange else None
    return flattened(body) if isinstance(body, dict) else None


def _against_twin(judged: Mapping[str, Any], twin: Mapping[str, Any] | None) -> Table | None:
    """The members in which a request differs from the valid one; None where one of them has no members."""
    mine, other = _members(judged), _members(twin)
    if mine is None or other is None:
        return None
    paths = _together(other, mine)
    differing = [path for path in paths if _differ(at(other, path), at(mine, path))]
    rows = [
        _row(path, (at(other, path), at(mine, path)), _difference(path, other, mine)) for path in differing
    ]
    table = _table("The request against its valid twin", "Difference", ("Valid twin", "Request"), rows)
    return replace(table, alike=len(paths) - len(rows))


def _differ(one: Any, other: Any) -> bool:
    """Whether they are not one JSON value: true is not 1 here, though Python says so."""
    return (one is ABSENT) is not (other is ABSENT) or (one is not ABSENT and _json(one) != _json(other))


def _difference(path: str, twin: Flat, request: Flat) -> Fate:
    if path not in request:
        return Fate(sign="-", words="left out", odd=True)
    if path not in twin:
        return Fate(sign="+", words="added", odd=True)
    return Fate(sign="≠", words="differs", odd=True)


def _together(*flats: Flat | None) -> list[str]:
    """The paths of all, in the order in which they come first."""
    return list(dict.fromkeys(path for flat in flats if flat for path in flat))


def _row(path: str, values: Sequence[Any], fate: Fate) -> Row:
    shown, note = cut(path, _LONGEST_PATH)
    cells = tuple(_cell(value) for value in values)
    return Row(
        path=f"{shown}…" if note else shown, cells=cells, sign=fate.sign, words=fate.words, odd=fate.odd
    )


def _cell(value: Any) -> Cell:
    if value is ABSENT:
        return Cell(absent=True)
    shown, note = cut(_json(value), _LONGEST_VALUE)
    return Cell(text=shown, note=note)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _table(title: str, heading: str, columns: tuple[str, ...], rows: list[Row]) -> Table:
    ordered = sorted(rows, key=lambda row: not row.odd)
    return Table(
        title=title,
        heading=heading,
        columns=columns,
        rows=ordered[:_MOST_ROWS],
        left_out=len(ordered[_MOST_ROWS:]),
    )


def _course(exchanges: Sequence[Mapping[str, Any]], judged: Mapping[str, Any], about: str) -> Course | None:
    """What is known around the update that the counterexample is about; None if too little is."""
    update = _last(exchanges, "cause") or judged
    request, described = update.get("request"), _last(exchanges, "before")
    if not isinstance(request, Mapping) or request.get("operation") != OPERATION:
        return None
    members = _members(update) or {}
    after = _last(exchanges, "after") or (None if update is judged else judged)
    course = Course(
        accepted=settled(update),
        same_service=_one_service(members, _members(described) or {}),
        request={path: value for path, value in members.items() if path != _IDENTITY},
        before=_shown(described),
        answer=_shown(update),
        after=_shown(after),
        about=about,
    )
    return None if course.end is None else course


def _one_service(request: Flat, described: Flat) -> bool:
    """Whether two requests name one service, as far as both say."""
    return (
        _IDENTITY not in request or _IDENTITY not in described or request[_IDENTITY] == described[_IDENTITY]
    )


def _shown(exchange: Mapping[str, Any] | None) -> Flat | None:
    found = configuration_in(exchange) if exchange else None
    return None if found is None else flattened(found)


def _story(course: Course) -> Table:
    """Before, request and after by member."""
    paths = _together(course.before, course.request, course.answer, course.after)
    fates = {path: course.fate(path) for path in paths}
    told = sorted(_worth_telling(course, fates), key=course.weight)
    sources = _columns(course, told)
    rows = [_row(path, [at(flat, path) for flat in sources.values()], fates[path]) for path in told]
    anew = [path for path, fate in fates.items() if fate.anew]
    alike = [path for path, fate in fates.items() if fate.sign == "=" and not path.startswith(f"{SERVICE}.")]
    end = "answer" if course.after is None else "after"
    title = f"Before, request and {end}" if course.before is not None else f"Request and {end}"
    return replace(
        _table(title, "What became of it", tuple(sources), rows),
        alike=len({*alike} - {*told}),
        anew=tuple(anew),
        unseen=sum(fate.unseen for fate in fates.values()),
    )


def _worth_telling(course: Course, fates: Mapping[str, Fate]) -> list[str]:
    """What changed, what was asked for, and what the requirement is about; of many members less."""
    shown = [path for path, fate in fates.items() if not fate.anew and not fate.unseen]
    changed = [path for path in shown if fates[path].sign != "=" or course.concerns(path)]
    asked = [path for path in shown if path in changed or path in course.request]
    return asked if len(asked) <= _FEW or not changed else changed


def _columns(course: Course, paths: Sequence[str]) -> dict[str, Flat | None]:
    """The sources of the columns; the answer's own one only where it is not what Describe shows then."""
    columns = {
        "Before": course.before,
        "Request": course.request,
        "Answer": course.answer,
        "After": course.after,
    }
    both = course.answer is not None and course.after is not None
    if both and not any(_differ(at(course.answer, path), at(course.after, path)) for path in paths):
        columns["Answer"] = None
    return {name: flat for name, flat in columns.items() if flat is not None}
