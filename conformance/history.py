"""The runs of one target over time: what changed since the last one, and since when something fails."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from conformance.changes import Changes, compare
from conformance.exceptions import RecordingError
from conformance.presence import Presence
from conformance.results import Counterexample, RequirementResult, Results
from conformance.verdict import Verdict

_LONGEST = 2_000  # characters of a text that is kept; it is there to be read beside another one
_LONGEST_CASE = 10_000  # characters of a drawn value that is kept, so that it can be replayed
_MOST_BEHAVIOURS = 100
_BAD = {Verdict.FAIL, Verdict.UNSUPPORTED}
# A flaky one came and went, and what was not exercised is not known: neither begins nor ends a row.
_GOOD = {Verdict.PASS, Verdict.INFORMATIONAL, Verdict.DIVERGES}
# From little to much traffic; what an effort of another name is worth is not known.
_EFFORTS = ("smoke", "standard", "exhaustive")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptRun:
    """One run of a history.

    Attributes:
        results: its results, as :func:`abridged` leaves them.
        file: the name of its file in the folder of the history; empty where it has none yet.
    """

    results: Results
    file: str = ""

    @property
    def began(self) -> datetime:
        """When it began, in UTC.

        Raises:
            RecordingError: its time cannot be read.
        """
        return began(self.results)

    @property
    def rate(self) -> float:
        """How many exchanges it made a second; 0 where its times say nothing."""
        return self.results.counts.exchanges / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds(self) -> float:
        """How long it took; 0 where its end cannot be read."""
        try:
            return max((_moment(self.results.finished_at) - self.began).total_seconds(), 0.0)
        except RecordingError:
            return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Onset:
    """Since when requirements fail.

    Attributes:
        ids: of those that began to fail in one run.
        first_bad: the earliest run of the unbroken row of bad ones up to now.
        last_good: the last completed run before it in which they did not fail, though it sent as much as the
            current one; None if none is kept.
        bad_runs: how many runs the row has.
        circumstances: what else differs between the last good run and the first bad one, one sentence each.
    """

    ids: tuple[str, ...]
    first_bad: KeptRun
    last_good: KeptRun | None
    bad_runs: int
    circumstances: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The runs of one target up to the one that is asked about.

    Attributes:
        runs: oldest first; the last one is the run that is asked about.
        changes: what changed since the previous run; None if there was none.
        later: how many kept runs of the target began after it; they are no part of this.
        warnings: what of the folder could not be used, one sentence each.
    """

    runs: tuple[KeptRun, ...]
    changes: Changes | None = None
    later: int = 0
    warnings: tuple[str, ...] = ()

    @property
    def current(self) -> KeptRun:
        """The run that is asked about."""
        return self.runs[-1]

    @property
    def previous(self) -> KeptRun | None:
        """What it is compared with: see :func:`of`."""
        return _previous(self.runs[:-1], self.current)

    def is_alike(self, run: KeptRun) -> bool:
        """Whether a run had the effort, the selection and the kind of service of the current one."""
        return _scope(run) == _scope(self.current)

    @property
    def onsets(self) -> list[Onset]:
        """Since when what fails now fails, by the run in which it began, the latest first.

        Known deviations are left out: their owner knows of them.
        """
        failing = [r.id for r in self.current.results.requirements if _is_bad(r) and r.known is None]
        verdicts = [{r.id: r.verdict for r in run.results.requirements} for run in self.runs]
        rows: dict[tuple[int, int | None, int], list[str]] = {}
        for id in failing:
            row = _row([each.get(id) for each in verdicts], [self._proves(run) for run in self.runs])
            rows.setdefault(row, []).append(id)
        latest_first = sorted(rows.items(), key=lambda item: item[0][0], reverse=True)
        return [self._onset(*row, ids=ids) for row, ids in latest_first]

    def _proves(self, run: KeptRun) -> bool:
        """Whether it says something of the target that nothing was found in a run.

        A run that broke off, or that sent less, or to another service, may not have come across the fault.
        """
        then, now = run.results.suite, self.current.results.suite
        enough = then.effort == now.effort or _size(then.effort) > _size(now.effort)
        return run.results.complete and enough and then.given == now.given

    def _onset(self, bad: int, good: int | None, number: int, *, ids: Sequence[str]) -> Onset:
        first, last = self.runs[bad], None if good is None else self.runs[good]
        between = compare(last.results, first.results).circumstances if last else ()
        return Onset(ids=tuple(ids), first_bad=first, last_good=last, bad_runs=number, circumstances=between)


def _previous(earlier: Sequence[KeptRun], now: KeptRun) -> KeptRun | None:
    """The last completed run of the same scope; of any, if there is none of the same."""
    complete = [run for run in earlier if run.results.complete]
    alike = [run for run in complete if _scope(run) == _scope(now)]
    return next(reversed(alike or complete), None)


def _scope(run: KeptRun) -> tuple[str, str, bool]:
    suite = run.results.suite
    return suite.effort, suite.selection, suite.given


def _size(effort: str) -> int:
    return _EFFORTS.index(effort) if effort in _EFFORTS else -1


def _compared(old: KeptRun, new: KeptRun) -> Changes:
    """Two runs compared; where they are not alike, in what both have judged."""
    if _scope(old) == _scope(new):
        return compare(old.results, new.results)
    both = _judged(old) & _judged(new)
    return compare(_narrowed(old.results, both), _narrowed(new.results, both))


def _judged(run: KeptRun) -> set[str]:
    return {r.id for r in run.results.requirements if r.verdict is not Verdict.NOT_EXERCISED}


def _narrowed(results: Results, ids: Collection[str]) -> Results:
    return replace(results, requirements=tuple(r for r in results.requirements if r.id in ids))


def _is_bad(result: RequirementResult) -> bool:
    return result.verdict in _BAD


def _row(verdicts: Sequence[Verdict | None], complete: Sequence[bool]) -> tuple[int, int | None, int]:
    """Where the row of bad runs up to the last one begins, the last good run before it, and its length."""
    first, number = len(verdicts) - 1, 0
    for place in reversed(range(len(verdicts))):
        if verdicts[place] in _BAD:
            first, number = place, number + 1
        elif verdicts[place] in _GOOD and complete[place]:
            return first, place, number
    return first, None, number


def began(results: Results) -> datetime:
    """When a run began, in UTC.

    Raises:
        RecordingError: its time cannot be read.
    """
    return _moment(results.started_at)


def _moment(timestamp: str) -> datetime:
    try:
        time = datetime.fromisoformat(timestamp)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise RecordingError(
            f"{timestamp[:40]!r} is no time, so the run has no place in a history.",
            hint="Times are RFC 3339, such as 2027-01-31T03:41:10Z.",
        ) from error


def of(current: Results, kept: Iterable[KeptRun], warnings: Iterable[str] = ()) -> History:
    """The history of a run's target up to that run.

    It is compared with the last completed run of the same effort, selection of requirements and kind of
    service; if there is none, with the last one of any kind, in what both have judged.

    Args:
        current: the run that is asked about, whole.
        kept: the runs of the folder, of any target and in any order; their times can be read.
        warnings: what of the folder could not be used.

    Raises:
        RecordingError: the run's own time cannot be read.
    """
    now = KeptRun(results=abridged(current))
    same = [run for run in kept if run.results.target.name == current.target.name]
    others = {_identity(run): run for run in sorted(same, key=lambda run: (run.began, run.file))}
    # Judged again, a recording is the run that it was; what was said of it last counts.
    others.pop(_identity(now), None)
    earlier = [run for run in others.values() if run.began <= now.began]
    previous = _previous(earlier, now)
    return History(
        runs=(*earlier, now),
        changes=_compared(previous, now) if previous else None,
        later=len(others) - len(earlier),
        warnings=tuple(warnings),
    )


def _identity(run: KeptRun) -> tuple[datetime, int]:
    return run.began, run.results.suite.seed


def abridged(results: Results) -> Results:
    """The results without what comparing does not need: exchanges, citations, subsets, what is very long."""
    return replace(
        results,
        errors=tuple(map(_cut, results.errors)),
        requirements=tuple(map(_abridged_requirement, results.requirements)),
        presence=Presence(),
    )


def _abridged_requirement(result: RequirementResult) -> RequirementResult:
    behaviours = sorted(result.behaviours.items())[:_MOST_BEHAVIOURS]
    return replace(
        result,
        citations=(),
        exercised_by=(),
        violated_by=(),
        note=_cut(result.note),
        behaviours={_cut(words): times for words, times in behaviours},
        counterexample=result.counterexample and _abridged_example(result.counterexample),
    )


def _abridged_example(example: Counterexample) -> Counterexample:
    short = len(json.dumps(example.case)) <= _LONGEST_CASE
    return replace(
        example,
        case=example.case if short else None,
        expected=_cut(example.expected),
        observed=_cut(example.observed),
        exchanges=[],
        reproduce={},
    )


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
