"""The compatibility report: many targets side by side, what they differ in first, their details below."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from markupsafe import Markup

from conformance.reporting import html, page, wording
from conformance.results import RequirementResult, Results
from conformance.verdict import Verdict

# Best of the verdicts last: a requirement is listed by what is worst about it.
_SEVERITY = {verdict: place for place, verdict in enumerate(wording.FACES)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One target.

    Attributes:
        id: the element that has its details.
        name: as configured; two runs of one target are told apart by their times.
        label: what its column is headed with: its number.
        bar: its verdicts side by side.
        counts: how many requirements have each verdict that occurs.
        detail: its part of the page.
    """

    id: str
    label: str
    name: str
    conclusion: str
    tone: Verdict
    bar: list[page.Segment]
    counts: list[tuple[Verdict, int]]
    facts: list[tuple[str, str]]
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
    """The requirements of a topic, and for each target how many of those judged hold."""

    id: str
    title: str
    rows: list[Row]
    shares: list[str]


def render(runs: Sequence[Results]) -> str:
    """The page over several runs, in their order."""
    columns = [_column(number, results) for number, results in enumerate(_told_apart(runs), start=1)]
    rows = _rows(runs, columns)
    return html.fill(
        "compat.html.j2",
        columns=columns,
        conclusion=_conclusion(runs, rows),
        differing=sorted((row for row in rows if row.differs), key=lambda row: row.worst),
        topics=_topics(rows),
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


def _column(number: int, results: Results) -> Column:
    one, prefix = page.of(results), f"target-{number}"
    # The page's ids are those of one target; here each has its own.
    anchors = {id: f"{prefix}/{anchor}" for id, anchor in one.anchors.items()}
    shown = replace(one, anchors=anchors)
    return Column(
        id=prefix,
        label=str(number),
        name=results.target.name,
        conclusion=one.conclusion,
        tone=one.tone,
        bar=one.bar,
        counts=[(part.verdict, part.count) for part in one.bar],
        facts=one.facts,
        detail=Markup(html.fill("target.html.j2", page=shown, results=results, prefix=prefix)),  # noqa: S704  made by our template, which escapes
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
    shown = result.verdict in page.SHOWN_FIRST
    words = "; ".join(sorted(result.behaviours)) if result.verdict is Verdict.INFORMATIONAL else ""
    anchor = page.anchors([result.id])[result.id]
    return Cell(verdict=result.verdict, link=f"{column.id}/{anchor}" if shown else "", words=words)


def _topics(rows: Iterable[Row]) -> list[Topic]:
    ordered = sorted(rows, key=lambda row: row.topic)
    groups = [(topic, list(group)) for topic, group in groupby(ordered, key=lambda row: row.topic)]
    return [
        Topic(id=f"topic-{number}", title=wording.topic_title(topic), rows=group, shares=_shares(group))
        for number, (topic, group) in enumerate(groups, start=1)
    ]


def _shares(rows: Sequence[Row]) -> list[str]:
    """For each target: how many of the requirements that it was judged by hold."""
    columns = zip(*(row.cells for row in rows), strict=True)
    return [_share([cell.verdict for cell in column]) for column in columns]


def _share(verdicts: Sequence[Verdict | None]) -> str:
    judged = [verdict for verdict in verdicts if verdict in wording.JUDGED]
    return f"{judged.count(Verdict.PASS)}/{len(judged)}" if judged else "none"


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
