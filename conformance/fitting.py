"""Whether what was read from a file has the types that its dataclass declares: a file can hold anything."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

_WIDEST = 2**63  # no count or seed of ours is longer; a longer number cannot become a float

Check = Callable[[Any], str | None]


def misfit(value: object, kind: type) -> str | None:
    """Where a dataclass's value does not have the declared types; None if it has them everywhere.

    Returns:
        The place as a path, such as ``requirements.3.judged``. Integers have at most 63 bits, and numbers
        are finite.
    """
    return _check(kind)(value)


@cache
def _check(kind: Any) -> Check:
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in {Union, UnionType}:
        return _any_of([_check(argument) for argument in arguments])
    if origin in {tuple, list}:
        return _all_of(origin, _check(arguments[0]), enumerate)
    if origin is not None:
        return _all_of(Mapping, _check(arguments[1]), lambda value: value.items())
    if is_dataclass(kind):
        return _each_field(kind)
    return _plain(kind)


def _any_of(checks: list[Check]) -> Check:
    def check(value: Any) -> str | None:
        found = [one(value) for one in checks]
        # The alternative that got furthest into the value is the one that was meant.
        return None if None in found else max(map(str, found), key=len)

    return check


def _all_of(outer: Any, inner: Check, items: Callable[[Any], Iterable[tuple[Any, Any]]]) -> Check:
    def check(value: Any) -> str | None:
        if not isinstance(value, outer):
            return ""
        found = ((place, inner(item)) for place, item in items(value))
        return next((_path(place, rest) for place, rest in found if rest is not None), None)

    return check


def _each_field(kind: Any) -> Check:
    hints = get_type_hints(kind)
    checks = [(entry.name, _check(hints[entry.name])) for entry in fields(kind)]

    def check(value: Any) -> str | None:
        if not isinstance(value, kind):
            return ""
        found = ((name, one(getattr(value, name))) for name, one in checks)
        return next((_path(name, rest) for name, rest in found if rest is not None), None)

    return check


def _plain(kind: Any) -> Check:
    tests: dict[Any, Callable[[Any], bool]] = {
        Any: lambda _: True,
        NoneType: lambda value: value is None,
        int: lambda value: type(value) is int and abs(value) < _WIDEST,
        float: lambda value: type(value) in {int, float} and abs(value) < _WIDEST and math.isfinite(value),
    }
    known = isinstance(kind, type) and issubclass(kind, (bool, str, Enum))
    test = tests[kind] if not known else lambda value: isinstance(value, kind)
    return lambda value: None if test(value) else ""


def _path(place: object, rest: str) -> str:
    return f"{place}.{rest}" if rest else str(place)
