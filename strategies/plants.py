"""How a defect gets into a valid update: one edit at one path."""

from __future__ import annotations

import copy
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from strategies.updates import TASK_DEFINITION

Update = dict[str, Any]
Wrong = Callable[[Update, int], Any]
Prepare = Callable[[Update, int], None]
Plant = Callable[[Update, int], tuple[Update, Update]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One way in which an update can be invalid.

    Attributes:
        id: its name, ``class/member path`` with a further word where a path has several.
        path: the member at fault; the elements of a list are ``[]``.
        sentence: the rule that it breaks, for a person.
        evidence: how the rule is known, ``documented``, ``modelled``, ``observed``, ``inferred`` or ``open``,
            and from where.
        plant: from a full update and a number, which chooses among variants, to the invalid members and
            their valid twin, with no more members than the defect needs.
    """

    id: str
    path: str
    sentence: str
    evidence: str
    plant: Plant = field(repr=False, compare=False)


def replacing(
    path: str, wrong: Wrong, *, keep: tuple[str, ...] = (), prepare: Prepare | None = None
) -> Plant:
    """A plant that puts a wrong value at a path.

    Args:
        path: where; of a list, the last element. A member that only the service model knows is not in the
            valid members: then the wrong value is put where nothing was.
        wrong: from the valid members and a variant to the wrong value.
        keep: further members that both requests carry.
        prepare: changes the valid members beforehand, for instance so that a list has two elements.
    """

    def plant(update: Update, variant: int) -> tuple[Update, Update]:
        twin = _part(update, (*_top(path), *keep))
        if prepare:
            prepare(twin, variant)
        invalid = copy.deepcopy(twin)
        holder, key = _reached(invalid, path)
        holder[key] = wrong(invalid, variant)
        return invalid, twin

    return plant


def removing(path: str) -> Plant:
    """A plant that takes away what is at a path."""

    def plant(update: Update, _variant: int) -> tuple[Update, Update]:
        twin = _part(update, _top(path))
        invalid = copy.deepcopy(twin)
        holder, key = _reached(invalid, path)
        del holder[key]
        return invalid, twin

    return plant


def adding(name: str) -> Plant:
    """A plant that puts an excluded member beside ``taskDefinitionArn``."""

    def plant(update: Update, _variant: int) -> tuple[Update, Update]:
        twin = {"taskDefinitionArn": TASK_DEFINITION}
        return {**twin, name: update[name]}, twin

    return plant


def one_of(*values: Any) -> Wrong:
    """The wrong values, by variant; the first is the plainest."""
    return lambda _members, variant: copy.deepcopy(values[variant % len(values)])


def _top(path: str) -> tuple[str, ...]:
    return (path.partition(".")[0].removesuffix("[]"),)


def _part(update: Update, names: tuple[str, ...]) -> Update:
    whole = {**update, "taskDefinitionArn": TASK_DEFINITION}
    return {name: whole[name] for name in names if name in whole}


def _reached(members: Update, path: str) -> tuple[Any, Any]:
    """The dict or list that holds the end of a path, and the key or index there."""
    keys = [key for name in path.split(".") for key in ([name[:-2], -1] if name.endswith("[]") else [name])]
    holder: Any = members
    for key in keys[:-1]:
        holder = holder[key]
    return holder, keys[-1]
