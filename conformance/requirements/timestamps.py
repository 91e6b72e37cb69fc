"""Timestamps of answers: numbers of seconds that may be rounded, by clocks that may differ."""

from __future__ import annotations

from typing import Any

_MILLISECOND = 0.001
_SLACK = 2  # seconds: one for rounding, one for clocks
_LATEST = 1e15  # no time in any unit, and still exact as a floating point number


def seconds(value: Any) -> float | None:
    """The timestamp as a number, or None where it is none."""
    return float(value) if type(value) in {int, float} and abs(value) < _LATEST else None


def close(one: Any, other: Any) -> bool:
    """Whether two timestamps are equal but for rounding to a millisecond or to a second."""
    first, second = seconds(one), seconds(other)
    if first is None or second is None:
        return False
    return abs(first - second) < _MILLISECOND or int(first) == second or int(second) == first


def earlier(one: Any, other: Any) -> bool:
    """Whether one timestamp is before another, by more than rounding to a second and two clocks explain."""
    first, second = seconds(one), seconds(other)
    return first is not None and second is not None and first + _SLACK < second
