"""Answers on what updates do, read from updates with what was there before and after, whoever sent them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile
from typing import Any

from conformance import model
from conformance.comparison import same, unchanged, value_at
from conformance.exchange import Exchange
from conformance.observation import (
    Observation,
    as_object,
    configurations,
    error_code,
    is_deploying,
    service_of,
)
from conformance.questions.material import Material
from conformance.questions.question import Found, Question
from conformance.questions.reading import bounded, brief

_ARN = "serviceArn"
_REVISION, _DEFINITION = "serviceRevisionArn", "taskDefinitionArn"
_MOST = 12  # exchanges that an answer refers to
_WORDS = {True: "yes", False: "no"}
Wanted = Callable[[Observation], bool]


def left_out(structure: str) -> Callable[[Question, Material], Found | None]:
    """What becomes of the members that an update leaves out of a structure that it carries."""
    names = [each.path for each in model.operation().input if each.parent == structure]

    def read(_question: Question, material: Material) -> Found | None:
        fates: dict[str, Counter[str]] = {path: Counter() for path in names}
        shown: dict[tuple[str, str], Exchange] = {}
        for change in material.changes:
            for path, fate in _fates(change, structure, names):
                fates[path][fate] += 1
                shown.setdefault((path, fate), change.exchange)
        known = {path: _telling(counted) for path, counted in fates.items() if counted}
        if not known:
            return None
        unseen = [path for path in names if path not in known]
        lacking = f"not seen: {', '.join(unseen)}" if unseen else ""
        return Found({"members": known}, _fates_in_words(known), _few(shown.values()), lacking)

    return read


def _fates(change: Observation, structure: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    asked = change.request.get(structure)
    if not change.accepted or not isinstance(asked, dict) or not _container_counts(change):
        return
    entry = change.config_after or change.target
    groups = change.service.groups if change.service else frozenset()
    for path in names:
        was = value_at(change.config_before, path)
        if path.rpartition(".")[2] in asked or was is None or structure not in entry:
            continue
        now = value_at(entry, path)
        if unchanged(path, was, now, groups):
            yield path, f"kept {brief(was)}"
        else:
            yield path, "cleared" if now is None else f"changed to {brief(now)}"


def _telling(counted: Mapping[str, int]) -> dict[str, int]:
    """The fates of a member: what is kept and is what others are changed to says nothing."""
    found: Counter[str] = Counter()
    for fate, times in counted.items():
        verb, _, value = fate.partition(" ")
        if verb != "kept":
            found[fate] += times
        elif f"changed to {value}" not in counted:
            found["kept"] += times
    return dict(found)


def _container_counts(change: Observation) -> bool:
    """Whether the service has no customer's task definition, whose values are derived, as far as known."""
    return change.service is None or change.service.customer is not True


def _fates_in_words(known: Mapping[str, Mapping[str, int]]) -> str:
    by_fate: dict[str, list[str]] = {}
    for path, counted in known.items():
        by_fate.setdefault(" or ".join(sorted(counted)), []).append(path)
    return " ".join(f"{fate[0].upper()}{fate[1:]}: {', '.join(paths)}." for fate, paths in by_fate.items())


def effects(wanted: Mapping[str, Wanted]) -> Callable[[Question, Material], Found | None]:
    """Whether updates of some kinds make a revision, a task definition, and move updatedAt; by kind."""

    def read(_question: Question, material: Material) -> Found | None:
        rows: dict[str, dict[str, Any]] = {}
        shown, lacking = [], []
        for kind, wants in wanted.items():
            found = [
                change
                for change in material.changes
                if change.before is not None and wants(change)
                # A refusal of what has a twin is for what the two differ in.
                if change.accepted or change.exchange.twin is None
            ]
            if found:
                rows[kind] = _effects(found)
                shown += [change.exchange for change in found]
            else:
                lacking.append(kind)
        if not rows:
            return None
        told = " ".join(f"An update {kind}: {_effect_in_words(row)}." for kind, row in rows.items())
        return Found({"updates": rows}, told, _few(shown), f"not seen: {', '.join(lacking)}" * bool(lacking))

    return read


def _effects(changes: Sequence[Observation]) -> dict[str, Any]:
    taken = [change for change in changes if change.accepted]
    refused = [change for change in changes if change.rejected]
    classes = Counter(error_code(change.exchange) or "no class" for change in refused)
    return {
        "accepted": len(taken),
        "refused": dict(classes),
        "new_revision": _seen(_other(change, _REVISION) for change in taken),
        "new_task_definition": _seen(_other(change, _DEFINITION) for change in taken),
        "updated_at_moved": _seen(moved(change) for change in taken),
    }


def _seen(found: Iterator[bool | None]) -> list[str]:
    """What was seen, as ``yes`` and ``no``; both where it came out differently."""
    return sorted({_WORDS[each] for each in found if each is not None})


def _other(change: Observation, name: str) -> bool | None:
    """Whether the configuration after an update has another ARN than that before; None if unknown."""
    was, now = change.config_before.get(name), change.target.get(name) or change.config_after.get(name)
    if not isinstance(was, str) or not isinstance(now, str):
        return None
    return was != now


def moved(change: Observation) -> bool | None:
    """Whether updatedAt moved by an update; None if unknown."""
    was = service_of(change.before).get("updatedAt")
    now = change.answer.get("updatedAt", service_of(change.after).get("updatedAt"))
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in (was, now))
    return was != now if numbers else None


def _effect_in_words(row: Mapping[str, Any]) -> str:
    if not row["accepted"]:
        return f"refused with {', '.join(row['refused'])}"
    told = [
        f"{words} {' or '.join(row[name]) or 'not known'}"
        for name, words in (
            ("new_revision", "new revision"),
            ("new_task_definition", "new task definition"),
            ("updated_at_moved", "updatedAt moved"),
        )
    ]
    return "; ".join(told)


def asks_nothing(change: Observation) -> bool:
    """Whether an update carries nothing but serviceArn."""
    return set(change.exchange.request.members) == {_ARN}


def asks_the_same(change: Observation) -> bool:
    """Whether an update asks for what is so already, and for something."""
    asked = {name: value for name, value in change.request.items() if name != _ARN}
    before = change.config_before
    return bool(asked and before) and all(same(path, each, before.get(path)) for path, each in asked.items())


def asks_only(name: str) -> Wanted:
    """Whether an update carries one member, and asks for something else than is so already."""
    return lambda change: set(change.request) == {_ARN, name} and not asks_the_same(change)


def updated_at(_question: Question, material: Material) -> Found | None:
    """When updatedAt moves."""
    created = Counter(_against_created(each) for each in material.of(model.CREATE, taken=True))
    taken = [change for change in material.changes if change.accepted]
    updates = Counter(_WORDS[each] for change in taken if (each := moved(change)) is not None)
    if not updates:
        return None
    counted = {"in Create's answer": dict(created), "moved by an accepted update": dict(updates)}
    told = f"In Create's answer: {_counted(created)}. Moved by an accepted update: {_counted(updates)}."
    return Found({"updated_at": counted}, told, _few(change.exchange for change in taken))


def _against_created(exchange: Exchange) -> str:
    service = service_of(exchange)
    if "updatedAt" not in service:
        return "absent"
    return "equal to createdAt" if service["updatedAt"] == service.get("createdAt") else "not createdAt"


def completeness(_question: Question, material: Material) -> Found | None:
    """Which members targetConfiguration has in an update's answer, against what Describe then shows."""
    counted: dict[str, Counter[str]] = {}
    shown = []
    for change in material.changes:
        entry = change.config_after
        if change.accepted and entry and (not change.target or _names_revision(change)):
            shown.append(change.exchange)
            for name in sorted({*change.target, *entry}):
                counted.setdefault(name[:100], Counter())[_place(name, change.target, entry)] += 1
    if not shown:
        return None
    places: dict[str, list[str]] = {}
    for name, found in counted.items():
        places.setdefault(" or ".join(sorted(found)), []).append(name)
    told = " ".join(f"{place[0].upper()}{place[1:]}: {', '.join(names)}." for place, names in places.items())
    return Found({"members": {name: dict(found) for name, found in counted.items()}}, told, _few(shown))


def _names_revision(change: Observation) -> bool:
    return change.config_after.get(_REVISION) == change.target.get(_REVISION)


def _place(name: str, target: Mapping[str, Any], entry: Mapping[str, Any]) -> str:
    if name not in target:
        return "in Describe only"
    if name not in entry:
        return "in the answer only"
    return "in both alike" if target[name] == entry[name] else "in both, not alike"


def during_deployment(_question: Question, material: Material) -> Found | None:
    """Whether updates are taken while a deployment is under way, and what Describe then shows."""
    found = [each for each in material.changes if is_deploying(each.before) and each.exchange.twin is None]
    if not found:
        return Found({}, "", (), "no update was sent while a deployment was under way")
    taken = sum(change.accepted for change in found)
    refused = Counter(error_code(change.exchange) or "no class" for change in found if change.rejected)
    shown = [each for change in found if (each := _revisions(change)) is not None]
    places = Counter("first" if place == 0 else "not first" for _, place in shown)
    numbers = sorted({number for number, _ in shown})
    observation = {
        "accepted": taken,
        "refused": dict(refused),
        "active_configurations": numbers,
        "newest_is": dict(places),
    }
    told = f"Of {len(found)} updates during a deployment {taken} were accepted"
    told += f", others refused with {_counted(refused)}" if refused else ""
    if shown:
        told += f"; then Describe shows {' or '.join(map(str, numbers))} configurations, the newest "
        told += " or ".join(sorted(places))
    return Found(observation, f"{told}.", _few(change.exchange for change in found))


def _revisions(change: Observation) -> tuple[int, int] | None:
    """How many configurations are shown after an update, and at which place that of its revision."""
    shown = [entry.get(_REVISION) for entry in configurations(service_of(change.after))]
    revision = change.target.get(_REVISION)
    return (len(shown), shown.index(revision)) if change.accepted and revision in shown else None


def defaults(_question: Question, material: Material) -> Found | None:
    """What a service has that was created with as little as possible."""
    least = {"infrastructureRoleArn", "executionRoleArn", "primaryContainer"}
    plain = {*least, "serviceName", "tags", "cluster"}
    for created in material.of(model.CREATE, taken=True):
        members = created.request.members
        container = as_object(members.get("primaryContainer"))
        if least <= set(members) <= plain and set(container) == {"image"}:
            for shown in (*_described_next(created, material), created):
                entries = configurations(service_of(shown))
                if len(entries) == 1:
                    return _defaults(entries[0], [created, shown])
    return None


def _described_next(created: Exchange, material: Material) -> Iterator[Exchange]:
    """The Describes of a new service, until something else is asked of it."""
    arn = service_of(created).get(_ARN)
    later = material.exchanges[material.exchanges.index(created) + 1 :]
    about = (each for each in later if each.request.members.get(_ARN) == arn)
    yield from takewhile(lambda each: each.request.operation == model.DESCRIBE, about)


def _defaults(entry: Mapping[str, Any], shown: Sequence[Exchange]) -> Found:
    inputs = [each for each in model.operation().input if "[]" not in each.path]
    parents = {each.parent for each in inputs}
    given = {_ARN, "executionRoleArn", "primaryContainer.image"}
    paths = [each.path for each in inputs if each.path not in parents and each.path not in given]
    found = {path: bounded(value) for path in paths if (value := value_at(entry, path)) is not None}
    absent = [path for path in paths if path not in found]
    told = "; ".join(f"{path}: {brief(value)}" for path, value in found.items())
    return Found({"values": found, "absent": absent}, f"{told}. Not shown: {', '.join(absent)}.", shown)


def _counted(counter: Mapping[str, int]) -> str:
    return ", ".join(f"{name} ({times})" for name, times in sorted(counter.items())) or "nothing"


def _few(exchanges: Any) -> list[Exchange]:
    return list(exchanges)[:_MOST]
