"""When two configuration values mean the same to Express Mode.

Absent, null and an empty list are one value, and what is wanted to be null is not wanted; ``environment``
and ``secrets`` compare by name, because they come back sorted (terraform-provider-aws#45792); returned
security groups may hold a managed one more (terraform-provider-aws#47908); subnets are a set.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cache
from types import NoneType
from typing import Any

_BY_NAME = {"primaryContainer.environment", "primaryContainer.secrets"}
_SETS = {"networkConfiguration.subnets"}
_SUPERSETS = {"networkConfiguration.securityGroups"}


def value_at(document: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted path of structures, or None where it is absent, null or an empty list."""
    value: Any = document
    for name in _names(path):
        if not isinstance(value, dict):
            return None
        value = value.get(name)
    return None if value == [] else value


@cache
def _names(path: str) -> tuple[str, ...]:
    return tuple(path.split("."))


def same(path: str, wanted: Any, found: Any) -> bool:
    """Whether the value found at a path of a configuration is the value wanted there."""
    if type(wanted) is type(found) and wanted == found:  # nearly always, and quicker than a look inside
        return True
    wanted, found = _plain(wanted), _plain(found)
    if isinstance(wanted, dict) and isinstance(found, dict):
        parts = ((name, value) for name, value in wanted.items() if value is not None)
        return all(same(f"{path}.{name}", value, found.get(name)) for name, value in parts)
    if path in _SUPERSETS and isinstance(found, list):
        return elements(wanted) <= elements(found)
    if path in _BY_NAME or path in _SETS:
        return elements(wanted) == elements(found)
    return _equal(wanted, found)


def contradicts(path: str, wanted: Any, found: Any) -> bool:
    """Whether something is found that is not as wanted; what is absent contradicts nothing.

    Nor do further names in ``environment`` and ``secrets``: that they are not merged into what was there
    before is only claimed.
    """
    wanted, found = _plain(wanted), _plain(found)
    if isinstance(wanted, dict) and isinstance(found, dict):
        parts = ((name, value) for name, value in wanted.items() if value is not None)
        return any(contradicts(f"{path}.{name}", value, found.get(name)) for name, value in parts)
    if path in _BY_NAME and isinstance(found, list):
        return not elements(wanted) <= elements(found)
    return found is not None and not same(path, wanted, found)


def unchanged(path: str, before: Any, after: Any, groups: Collection[str] = ()) -> bool:
    """Whether a member that nobody touched is what it was.

    Args:
        path: the member.
        before: its value then.
        after: its value now.
        groups: the security groups that were asked for; any other one may be managed, and come and go.
    """
    if type(before) is type(after) and before == after:
        return True
    before, after = _plain(before), _plain(after)
    if isinstance(before, dict | NoneType) and isinstance(after, dict | NoneType):
        before, after = before or {}, after or {}
        names = before.keys() | after.keys()
        return all(unchanged(f"{path}.{name}", before.get(name), after.get(name), groups) for name in names)
    if path in _SUPERSETS:
        was, now = elements(before), elements(after)
        return was & elements(list(groups)) <= now and (was <= now or now <= was)
    return same(path, before, after)


def altered(path: str, before: Any, after: Any, groups: Collection[str] = ()) -> bool:
    """Whether something that was there is no more what it was; what was absent may have been filled in."""
    if type(before) is type(after) and before == after:
        return False
    before, after = _plain(before), _plain(after)
    if isinstance(before, dict) and isinstance(after, dict):
        names = before.keys()
        return any(altered(f"{path}.{name}", before[name], after.get(name), groups) for name in names)
    return before is not None and not unchanged(path, before, after, groups)


def overlap(one: Any, other: Any) -> Any:
    """A value without the parts that the other one does not have."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = (name for name in one if _plain(other.get(name)) is not None)
        return {name: overlap(one[name], other[name]) for name in names}
    return one


def elements(values: Any) -> frozenset[Any]:
    """The elements of a list as a set; structures by what they hold. What is no list is a set of itself."""
    listed = values if isinstance(values, list) else [] if values is None else [values]
    return frozenset(_hashable(element) for element in listed)


def _plain(value: Any) -> Any:
    """The value, or None where it means absent: empty, or holding nothing but what is absent."""
    if isinstance(value, dict):
        return value if any(_plain(part) is not None for part in value.values()) else None
    return None if value == [] else value


def _equal(one: Any, other: Any) -> bool:
    """JSON equality: 1 and 1.0 are one number, true is none. How a number is written is judged elsewhere."""
    if type(one) is type(other):
        return bool(one == other)
    return {type(one), type(other)} == {int, float} and bool(one == other)


def _hashable(element: Any) -> Any:
    if isinstance(element, dict):
        return tuple(sorted((name, repr(part)) for name, part in element.items() if part is not None))
    return element if isinstance(element, str) else repr(element)
