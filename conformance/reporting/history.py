"""What changed since another run, and how a target did over time: plain values for the templates."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.changes import Change, Changes, Kind
from conformance.history import History, KeptRun, Onset
from conformance.reporting import changes as wording_of_changes
from conformance.reporting import wording
from conformance.reporting.inert import one_line
from conformance.results import Results
from conformance.verdict import Verdict

_AT_MOST = 50  # changes of a kind, and ids of an onset, that are shown
_RUNS = 60  # of a history that are drawn and listed
_WIDTH, _HEIGHT, _EDGE = 300, 64, 5  # of a chart, in its own units
_WORDS = 300  # characters of one observation
_NAMED = 3  # requirements that a line of the terminal names
_ALL = "`diff --format json` lists all"


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """What one run says of a requirement; no verdict where it did not have it."""

    verdict: Verdict | None
    known: bool
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One change."""

    id: str
    title: str
    old: Side
    new: Side
    regression: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The changes of one kind.

    Attributes:
        opened: whether they are unfolded from the start.
        more: how many are not shown.
    """

    title: str
    entries: list[Entry]
    count: int
    more: str
    opened: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One run compared with another.

    Attributes:
        tone: the verdict whose colour the conclusion has.
        against: the other run, in words.
        circumstances: what else is different, one sentence each.
        counts: how many requirements there are of each kind of change.
    """

    conclusion: str
    tone: Verdict
    against: str
    circumstances: list[str]
    counts: list[tuple[str, int]]
    groups: list[Group]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """One number over time.

    Attributes:
        words: what the picture shows, for those who do not see it.
        line: the points of a polyline.
        dots: x, y and whether the run was completed.
    """

    label: str
    words: str
    now: str
    least: str
    most: str
    line: str
    dots: list[tuple[float, float, bool]]
    tone: Verdict | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Since:
    """Since when requirements fail.

    Attributes:
        more: how many are not named.
        circumstances: what else differs between the last good run and the first bad one.
        file: of the first bad run.
        good: whether there is a last good run.
    """

    sentence: str
    ids: list[str]
    more: int
    circumstances: list[str]
    file: str
    good: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One run of the history, in numbers; the columns are those of :data:`COLUMNS`."""

    began: str
    cells: list[str]
    remark: str
    file: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """A target over time."""

    lead: str
    warnings: list[str]
    since: list[Since]
    charts: list[Chart]
    rows: list[Row]
    first: str
    last: str


COLUMNS = (
    *(wording.FACES[verdict].word for verdict in Verdict if verdict is not Verdict.UNSUPPORTED),
    "exchanges",
    "time",
    "exchanges/s",
    "effort",
    "suite",
    "botocore",
)


def difference(changes: Changes) -> Difference:
    """Two runs compared; what the requirements changed stands apart from what the target did."""
    return Difference(
        conclusion=wording_of_changes.conclusion(changes),
        tone=_tone(changes),
        against=_against(changes.old),
        circumstances=list(changes.circumstances),
        counts=[(kind.value, len(changes.of_kind(kind))) for kind in Kind],
        groups=[
            _group(kind, title, found)
            for kind, title in wording_of_changes.TITLES.items()
            if (found := changes.of_kind(kind))
        ],
    )


def _tone(changes: Changes) -> Verdict:
    if changes.exit_code == 1:
        return Verdict.FAIL
    moved = changes.of_kind(Kind.ADDED) or changes.of_kind(Kind.CHANGED)
    return Verdict.DIVERGES if moved else Verdict.PASS


def _against(old: Results) -> str:
    return f"{old.target.name}, {wording.moment(old.started_at)}"


def _group(kind: Kind, title: str, found: Sequence[Change]) -> Group:
    more = len(found) - _AT_MOST
    return Group(
        title=title,
        entries=[_entry(change) for change in found[:_AT_MOST]],
        count=len(found),
        more=f"and {more:,} more; {_ALL}" if more > 0 else "",
        opened=kind is Kind.ADDED,
    )


def _entry(change: Change) -> Entry:
    old, new = (
        Side(
            verdict=result.verdict if result else None,
            known=result is not None and result.known is not None,
            why=one_line(wording_of_changes.why(result), _WORDS),
        )
        for result in (change.old, change.new)
    )
    title = one_line(change.title, _WORDS)
    return Entry(id=change.id, title=title, old=old, new=new, regression=change.is_regression)


def trend(history: History) -> Trend:
    """A target over its last runs."""
    shown = history.runs[-_RUNS:]
    return Trend(
        lead=_lead(history, len(shown)),
        warnings=list(history.warnings),
        since=[_since(onset) for onset in history.onsets],
        charts=_charts(
            [(place, run) for place, run in enumerate(shown) if history.is_alike(run)], len(shown)
        ),
        rows=[_row(run, alike=history.is_alike(run)) for run in reversed(shown)],
        first=wording.moment(shown[0].results.started_at),
        last=wording.moment(shown[-1].results.started_at),
    )


def _lead(history: History, shown: int) -> str:
    number = len(history.runs)
    cut = f", of which the last {shown:,} are shown" if shown < number else ""
    later = wording.plural(history.later, "kept run")
    after = f" What began after this one is left out: {later}." if history.later else ""
    others = sum(not history.is_alike(run) for run in history.runs[-shown:])
    apart = (
        f" {wording.plural(others, 'run')} of another effort, selection or kind of service "
        f"{'stands' if others == 1 else 'stand'} in the table, and not in the pictures."
        if others
        else ""
    )
    return f"{wording.plural(number, 'run')} of this target{cut}.{apart}{after}"


def _since(onset: Onset) -> Since:
    return Since(
        sentence=since_when(onset),
        ids=list(onset.ids[:_AT_MOST]),
        more=max(len(onset.ids) - _AT_MOST, 0),
        circumstances=list(onset.circumstances),
        file=onset.first_bad.file,
        good=onset.last_good is not None,
    )


def since_when(onset: Onset) -> str:
    """Since when requirements fail, in one or two sentences."""
    first, good, bad = _moment(onset.first_bad), onset.last_good, onset.bad_runs
    row = "" if bad == 1 else f", {bad:,} failing runs in a row"
    if good is None:
        return f"Failing since {first}, the first run kept in which it was judged{row}; no good run is known."
    partly = "" if onset.first_bad.results.complete else ", which was not completed"
    return f"First bad run: {first}{partly}{row}. Last good run: {_moment(good)}."


def _moment(run: KeptRun) -> str:
    return wording.moment(run.results.started_at)


Placed = Sequence[tuple[int, KeptRun]]
"""Runs that can be compared, each with its place among all that are listed."""


def _charts(runs: Placed, among: int) -> list[Chart]:
    """Each verdict of interest, and the speed; flakiness only where there was some."""
    drawn = [Verdict.FAIL, Verdict.DIVERGES, Verdict.PASS]
    if any(run.results.summary[Verdict.FLAKY.value] for _, run in runs):
        drawn.insert(1, Verdict.FLAKY)
    charts = [_of_verdict(runs, among, verdict) for verdict in drawn]
    return [*charts, _chart(runs, among, "exchanges a second", lambda run: run.rate, None)]


def _of_verdict(runs: Placed, among: int, verdict: Verdict) -> Chart:
    face = wording.FACES[verdict]
    label = f"{face.sign} {face.word}"
    return _chart(runs, among, label, lambda run: run.results.summary[verdict.value], verdict)


def _chart(
    runs: Placed, among: int, label: str, number: Callable[[KeptRun], float], tone: Verdict | None
) -> Chart:
    numbers = [number(run) for _, run in runs]
    least, most = min(numbers), max(numbers)
    # From nothing on, but for what mostly holds: one of five hundred would not be seen to be lost.
    ground = least if tone is Verdict.PASS else 0
    places = [
        (_across(place, among), _up(value, ground, most))
        for (place, _), value in zip(runs, numbers, strict=True)
    ]
    first, last = f"{numbers[0]:,.0f}", f"{numbers[-1]:,.0f}"
    return Chart(
        label=label,
        words=f"{label} over {wording.plural(len(runs), 'run')}: {first} in the first, {last} in the last;"
        f" least {least:,.0f}, most {most:,.0f}",
        now=last,
        least=f"{ground:,.0f}",
        most=f"{most:,.0f}",
        line=" ".join(f"{x},{y}" for x, y in places),
        dots=[(x, y, run.results.complete) for (x, y), (_, run) in zip(places, runs, strict=True)],
        tone=tone,
    )


def _across(place: int, number: int) -> float:
    return round(_EDGE + (_WIDTH - 2 * _EDGE) * (place / (number - 1) if number > 1 else 1), 1)


def _up(value: float, ground: float, most: float) -> float:
    share = (value - ground) / (most - ground) if most > ground else 0.0
    return round(_HEIGHT - _EDGE - (_HEIGHT - 2 * _EDGE) * share, 1)


def _row(run: KeptRun, *, alike: bool) -> Row:
    results = run.results
    summary, suite = results.summary, results.suite
    counted = [f"{summary[verdict.value]:,}" for verdict in Verdict if verdict is not Verdict.UNSUPPORTED]
    sent = [f"{results.counts.exchanges:,}", wording.seconds(run.seconds), f"{run.rate:,.0f}"]
    remarks = {
        "not completed": not results.complete,
        "without the operation": not results.target.supported,
        "this run": not run.file,
        f"only {one_line(suite.selection, _WORDS)}": bool(suite.selection),
        "a given service": suite.given,
        "not in the pictures": not alike,
    }
    return Row(
        began=_moment(run),
        cells=[*counted, *sent, suite.effort, suite.version, suite.botocore],
        remark=", ".join(words for words, told in remarks.items() if told),
        file=run.file,
    )


def in_short(history: History) -> list[str]:
    """The history for a terminal: what changed since the previous run, and since when what fails does."""
    lines = [_compared(history)]
    for onset in history.onsets:
        named = ", ".join(onset.ids[:_NAMED])
        more = f" and {len(onset.ids) - _NAMED:,} more" if len(onset.ids) > _NAMED else ""
        lines.append(f"{named}{more}: {since_when(onset)}")
    return lines


def _compared(history: History) -> str:
    changes = history.changes
    if changes is None:
        return "There is no earlier completed run of this target to compare with."
    other = history.previous is not None and not history.is_alike(history.previous)
    both = ", a run of another kind, in what both have judged" if other else ""
    return f"Since {wording.moment(changes.old.started_at)}{both}: {wording_of_changes.conclusion(changes)}"
