"""The compatibility report: many targets side by side, what they differ in first, their details below."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import groupby

from markupsafe import Markup

from conformance import age
from conformance.reporting import html, page, wording
from conformance.reporting.inert import one_line
from conformance.reporting.room import Limits, fitted, gathered
from conformance.results import RequirementResult, Results
from conformance.verdict import Verdict

_NAME = 200  # characters of a name elsewhere
_WORDS = 300  # characters of the answers to an open question, in a cell
_HEAD = 24  # characters of a name at the head of a column
_ROOM = 12  # columns that fit beside the requirements on a screen, so that the page itself scrolls

# Best of the verdicts last: a requirement is listed by what is worst about it.
_SEVERITY = {verdict: place for place, verdict in enumerate(wording.FACES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One target.

    Attributes:
        id: the element that has its details.
        name: as configured; two runs of one target are told apart by their times.
        label: its number.
        short: what its column is headed with, beside the number.
        bar: its verdicts side by side.
        age: how old the run is; empty where it is told at once.
        old: whether it is old evidence.
        counts: how many requirements have each verdict that occurs.
        detailed: the ids of the requirements that its part of the page details.
        detail: its part of the page.
    """

    id: str
    label: str
    short: str
    name: str
    conclusion: str
    tone: Verdict
    age: str
    old: bool
    bar: list[page.Segment]
    counts: list[tuple[Verdict, int]]
    facts: list[tuple[str, str]]
    detailed: frozenset[str]
    detail: Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What a run says of a requirement; no verdict where it did not have that requirement."""

    verdict: Verdict | None
    link: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One requirement, with a cell for each target."""

    id: str
    title: str
    topic: str
    cells: list[Cell]

    @property
    def differs(self) -> bool:
        """Whether two targets that were judged by it have different verdicts."""
        return len({c.verdict for c in self.cells} - {None, Verdict.NOT_EXERCISED, Verdict.UNSUPPORTED}) > 1

    @property
    def worst(self) -> int:
        """The place of its worst verdict; the worst one of all has the smallest."""
        return min((_SEVERITY[cell.verdict] for cell in self.cells if cell.verdict), default=len(_SEVERITY))


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """The requirements of a topic.

    Attributes:
        differing: how many of them targets differ in.
        shares: for each target, how many of those that it was judged by hold, and the worst verdict.
    """

    id: str
    title: str
    rows: list[Row]
    differing: int
    shares: list[tuple[str, Verdict]]


def render(runs: Sequence[Results]) -> str:
    """The page over several runs, in their order."""
    told_apart = _told_apart(runs)
    pages = [page.of(results) for results in told_apart]
    heads = list(zip(told_apart, pages, _short_names(runs), strict=True))
    return fitted(lambda limits: _rendered(runs, heads, limits))


def _rendered(
    runs: Sequence[Results], heads: Sequence[tuple[Results, page.Page, str]], limits: Limits
) -> str:
    make = partial(html.fill, "target.html.j2", limits, pages=len(runs))
    columns: list[Column] = []
    for number, head in enumerate(heads, start=1):
        columns.append(_column(number, *head, limits.cards, make))
        gathered((column.detail for column in columns), limits)
    rows = _rows(runs, columns)
    return html.fill(
        "compat.html.j2",
        limits,
        columns=columns,
        conclusion=_conclusion(runs, rows),
        differing=sorted((row for row in rows if row.differs), key=lambda row: row.worst),
        topics=_topics(rows),
        roomy=len(columns) <= _ROOM,
    )


def _told_apart(runs: Sequence[Results]) -> list[Results]:
    """The runs, with the time in the names of those that have one name."""
    names = [results.target.name for results in runs]
    return [
        replace(r, target=replace(r.target, name=f"{r.target.name}, {wording.moment(r.started_at)}"))
        if names.count(r.target.name) > 1
        else r
        for r in runs
    ]


def _short_names(runs: Sequence[Results]) -> list[str]:
    """A short name for each run; runs of one target are told apart by their times here, too."""
    names = [results.target.name for results in runs]
    short = [_short(name) for name in names]
    return [one_line(_distinct(results, short, names), _HEAD) for results in runs]


def _distinct(results: Results, short: Sequence[str], names: Sequence[str]) -> str:
    name = results.target.name
    if names.count(name) > 1:
        return wording.moment(results.started_at)
    return _short(name) if short.count(_short(name)) == 1 else name


def _short(name: str) -> str:
    """What tells a target from others: an emulator's variant, a URL's host, a command's program."""
    kind, _, address = name.partition(":")
    match kind:
        case "embedded":
            return address or name
        case "url":
            return address.partition("://")[2].partition("/")[0] or name
        case "command":
            program, *_ = address.strip("\"' ").split(None, 1) or [name]
            return program.rpartition("/")[2] or name
        case _:
            return name


def _column(
    number: int, results: Results, one: page.Page, short: str, cards: int, make: Callable[..., str]
) -> Column:
    prefix = f"target-{number}"
    # The page's ids are those of one target; here each has its own.
    anchors = {id: f"{prefix}/{anchor}" for id, anchor in one.anchors.items()}
    shown = replace(one, anchors=anchors)
    return Column(
        id=prefix,
        label=str(number),
        short=short,
        name=one_line(results.target.name, _NAME),
        conclusion=one.conclusion,
        tone=one.tone,
        age=age.sentence(results),
        old=one.old,
        bar=one.bar,
        counts=[(part.verdict, part.count) for part in one.bar],
        facts=one.facts,
        detailed=frozenset(r.id for section in one.sections for r in section.results[:cards]),
        detail=Markup(make(page=shown, results=results, prefix=prefix)),  # noqa: S704  made by our template, which escapes
    )


def _rows(runs: Sequence[Results], columns: Sequence[Column]) -> list[Row]:
    """All requirements of all runs, in the order in which they come first."""
    found = [{result.id: result for result in results.requirements} for results in runs]
    first: dict[str, RequirementResult] = {}
    for results in found:
        for id, result in results.items():
            first.setdefault(id, result)
    return [
        Row(
            id=id,
            title=result.title,
            topic=result.topic,
            cells=[_cell(results.get(id), column) for results, column in zip(found, columns, strict=True)],
        )
        for id, result in first.items()
    ]


def _cell(result: RequirementResult | None, column: Column) -> Cell:
    if result is None:
        return Cell(verdict=None)
    shown = result.id in column.detailed
    words = "; ".join(sorted(result.behaviours)) if result.verdict is Verdict.INFORMATIONAL else ""
    words = one_line(words, _WORDS)
    anchor = page.anchors([result.id])[result.id]
    return Cell(verdict=result.verdict, link=f"{column.id}/{anchor}" if shown else "", words=words)


def _topics(rows: Iterable[Row]) -> list[Topic]:
    ordered = sorted(rows, key=lambda row: row.topic)
    groups = [(topic, list(group)) for topic, group in groupby(ordered, key=lambda row: row.topic)]
    return [
        Topic(
            id=f"topic-{number}",
            title=wording.topic_title(topic),
            rows=group,
            differing=sum(row.differs for row in group),
            shares=_shares(group),
        )
        for number, (topic, group) in enumerate(groups, start=1)
    ]


def _shares(rows: Sequence[Row]) -> list[tuple[str, Verdict]]:
    """For each target: how many of the requirements that it was judged by hold, and the worst verdict."""
    columns = zip(*(row.cells for row in rows), strict=True)
    return [_share([cell.verdict for cell in column]) for column in columns]


def _share(verdicts: Sequence[Verdict | None]) -> tuple[str, Verdict]:
    judged = [verdict for verdict in verdicts if verdict in wording.JUDGED]
    if not judged:
        return "none", Verdict.NOT_EXERCISED
    return f"{judged.count(Verdict.PASS)}/{len(judged)}", min(judged, key=_SEVERITY.__getitem__)


def _conclusion(runs: Sequence[Results], rows: Sequence[Row]) -> str:
    supported = [results for results in runs if results.target.supported]
    clean = [results for results in supported if results.complete and not results.failures]
    differing = sum(row.differs for row in rows)
    parts: Mapping[str, bool] = {
        f"{len(supported)} of {wording.plural(len(runs), 'target')} have the operation": True,
        f"{len(clean)} of these fail nothing": bool(supported),
        f"they differ in {wording.plural(differing, 'requirement')}": len(supported) > 1,
    }
    return "; ".join(words for words, told in parts.items() if told) + "."
