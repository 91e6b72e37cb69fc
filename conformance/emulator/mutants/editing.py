"""How mutants change what passes through them: always a copy, never a record.

A path is names joined by dots. A step into a list goes to its first element.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import replace
from typing import Any

from conformance.emulator.records import Change


def value_at(members: Any, path: str) -> Any:
    """The value at a path; None if there is none."""
    for name in path.split("."):
        if isinstance(members, list):
            members = members[0] if members else None
        members = members.get(name) if isinstance(members, Mapping) else None
    return members


def edited(members: Mapping[str, Any], path: str, value: Any) -> dict[str, Any]:
    """The members with another value at a path whose parents exist."""
    copy = deepcopy(dict(members))
    parent, name = _parent(copy, path)
    parent[name] = value
    return copy


def without(members: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The members without the one at a path whose parents exist."""
    copy = deepcopy(dict(members))
    parent, name = _parent(copy, path)
    parent.pop(name, None)
    return copy


def ignoring(change: Change, path: str) -> Change:
    """The change without what it does to one member that the request has."""
    if value_at(change.request, path) is None:
        return change
    return _with(change, path, value_at(change.service.target.configuration, path))


def losing(change: Change, path: str, default: Any = None) -> Change:
    """The change, and one member that the request does not have goes back to a default, or goes away."""
    if value_at(change.request, path) is not None:
        return change
    return _with(change, path, default)


def kebab(path: str) -> str:
    """A path as part of a name: ``scalingTarget.minTaskCount`` is ``scaling-target-min-task-count``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])|\.", "-", path).lower()


def _with(change: Change, path: str, value: Any) -> Change:
    now = change.configuration
    return replace(change, configuration=without(now, path) if value is None else edited(now, path, value))


def _parent(members: Any, path: str) -> tuple[Any, str]:
    *way, name = path.split(".")
    for step in way:
        members = members[step]
        if isinstance(members, list):
            members = members[0]
    return members, name
