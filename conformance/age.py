"""How old a run is when it is judged or told again, and from when on it counts as old evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from conformance.results import Results

OLD_AFTER = timedelta(days=90)
"""A quarter. An operation changes without notice: botocore's model of it gains members between two quarters.
Runs against a real account are meant to be nightly, so what is older than this has been missed many times.
"""
_OLD = f"That is old evidence, more than {OLD_AFTER.days} days: the target may behave otherwise by now."


def as_of(results: Results, now: datetime | None = None) -> Results:
    """The results with the moment from which they are told, if that is a day or more after the run.

    Args:
        results: the results of a run.
        now: that moment, with its time zone; None for the clock's.
    """
    told = (now or datetime.now(UTC)).astimezone(UTC)
    later = replace(results, as_of=told.isoformat(timespec="milliseconds").replace("+00:00", "Z"))
    return later if days(later) else results


def days(results: Results) -> int:
    """How many whole days old the run is; 0 where it is told at once, or its times cannot be read."""
    return max(_age(results).days, 0)


def is_old(results: Results) -> bool:
    """Whether it is old evidence: older than :data:`OLD_AFTER`."""
    return _age(results) > OLD_AFTER


def sentence(results: Results) -> str:
    """How old the run is, and whether that is old evidence, in words; empty if it is not a day old."""
    number = days(results)
    if not number:
        return ""
    age = f"Recorded {number:,} {'day' if number == 1 else 'days'} ago, on {results.started_at[:10]}"
    told = f"{age}, as of {results.as_of[:10]}."
    return f"{told} {_OLD}" if is_old(results) else told


def mark(results: Results) -> str:
    """The same in a few words, for a table; empty if it is not a day old."""
    number = days(results)
    words = f"{number:,} {'day' if number == 1 else 'days'}"
    return (f"{words}: old evidence" if is_old(results) else words) if number else ""


def _age(results: Results) -> timedelta:
    started, told = _moment(results.started_at), _moment(results.as_of)
    return told - started if started and told else timedelta(0)


def _moment(timestamp: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(timestamp)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None
