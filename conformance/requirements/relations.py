"""Metamorphic relations: what several updates of one service have in common, whatever each of them means.

They hold for a server that merges a structure into what was there before as well as for one that replaces it,
and need no reading of a single update. Two ways are compared only where both begin at the same configuration.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance import model
from conformance.comparison import altered, elements, same, unchanged, value_at
from conformance.forms import compacted
from conformance.observation import Observation, as_object
from conformance.requirement import Citation, Concern, Finding, Requirement, family
from conformance.requirements.citations import CHARTER, page, protocol, protocol_test
from conformance.requirements.protocol import json_text
from conformance.requirements.trails import Run, State, Update, Way
from conformance.verdict import OK, Evidence, violated

_PAGE = page("Description: a new service revision with updated configuration")
_OBJECT = (
    protocol("the body is a JSON object"),
    json_text("1, 2 and 4: an object is unordered; white space"),
)
_NULL = (protocol_test("null.smithy, AwsJson11ServersDontDeserializeNullStructureValues"),)
_UNKNOWN = (protocol("clients ignore unknown members; of servers nothing is said"),)
# By name: the sentence, what else it rests on, and how a report tells what was expected.
_RELATIONS: dict[str, tuple[str, tuple[Citation, ...], str]] = {
    "repeat": (
        "The same update sent again right after leaves the configuration that the first one left.",
        (),
        "after the first of them",
    ),
    "revert": (
        "Updates that end by asking for what was so before them lead back to it.",
        (),
        "before all of them",
    ),
    "same-update": (
        "One update of one configuration leads to one configuration, whenever it is sent.",
        (),
        "after the same update before",
    ),
    "union": (
        "Updates of different members lead to what one update of all these members leads to.",
        (),
        "after the same members in another number of updates",
    ),
    "order": (
        "Updates of different members lead to one configuration, in whatever order they are sent.",
        (),
        "after the same updates in another order",
    ),
    "member-order": (
        "What an update leads to does not depend on the order of its JSON members.",
        _OBJECT,
        "after the same update with its members in another order",
    ),
    "white-space": (
        "What an update leads to does not depend on the white space in its body.",
        _OBJECT,
        "after the same update with other white space",
    ),
    "null-member": (
        "What an update leads to does not depend on members that are null, at any level.",
        _NULL,
        "after the same update but for members that are null",
    ),
    "unknown-member": (
        "What an update leads to does not depend on members that Update does not have, at any level.",
        _UNKNOWN,
        "after the same update but for unknown members",
    ),
}
_CONFIGURATION = tuple(name for name in model.operation().optional if name != "taskDefinitionArn")
_CONTAINER, _LOGS = "primaryContainer", "awsLogsConfiguration"
_NETWORK, _GROUPS = "networkConfiguration", "securityGroups"
# Lists that may be merged by name into what was there before.
_BY_NAME = {"primaryContainer.environment", "primaryContainer.secrets"}


@family(
    (
        Requirement(
            id=f"relation/{name}",
            sentence=sentence,
            evidence=Evidence.INFERRED,
            citations=(*citations, CHARTER, _PAGE),
        )
        for name, (sentence, citations, _) in _RELATIONS.items()
    ),
    concern=Concern.TRAIL,
)
def relations_between_updates(observation: Observation) -> Iterator[Finding]:
    """They follow from what is asked of single updates, but no document says so of several.

    Says nothing of services with a customer's task definition, nor of what a server may fill in later or
    make up anew: members that were absent, managed security groups, a log group that nobody asked for.
    """
    trail = observation.trail
    if len(trail) < 3 and len(trail[-1].updates) == 1 and not trail[0].updates:  # noqa: PLR2004  see below
        return  # one update alone has no relations
    way = Way(trail)
    runs = list(way.runs_to(len(trail) - 1))
    for run in runs:
        if _repeats(run, way.updates[-2:]):
            yield from _findings("repeat", run.start, run)
        if len(run.updates) > 1 and _reverts(run):
            yield from _findings("revert", run.start, run)
    compared = [run for run in runs if run.disjoint]
    earlier = [run for stop in range(1, len(trail) - 1) for run in way.runs_to(stop)] if compared else []
    for run in compared:
        for other in earlier:
            if other.parts == run.parts and other.disjoint and _same_start(other.start, run.start):
                name = _relation(other, run)
                if name:
                    yield from _findings(name, other.end, run, other)


def _findings(name: str, expected: State, run: Run, *others: Run) -> Iterator[Finding]:
    """What is found of one relation: what a run ends with, against what was expected.

    Nothing where a deployment that failed explains the difference.
    """
    difference = _difference(expected, run.end, (*others, run))
    if difference is None:
        yield f"relation/{name}", OK
        return
    path, was, now = difference
    if not _went_back(run, path, now) and not any(_went_back(other, path, was) for other in others):
        words = f"{path} is {was!r}, as {_RELATIONS[name][2]}"
        yield f"relation/{name}", violated(words, f"it is {now!r}")


def _went_back(run: Run, path: str, found: Any) -> bool:
    """Whether a value at the end of a run is one that a failed deployment may have brought back."""
    asked = [value_at(update.members, path) for update in run.updates]
    start = value_at(run.start.configuration, path)
    wanted = next((value for value in reversed(asked) if value is not None), start)
    if same(path, wanted, found):
        return False
    return any(same(path, value_at(base, path), found) for base in run.bases())


def _repeats(run: Run, last: Sequence[Sequence[Update]]) -> bool:
    """Whether a run is only the update, once or more often, that was the last one before it."""
    before, after = last
    bodies = {update.body for update in (*before[-1:], *after)}
    return bool(before) and len(run.updates) == len(after) and len(bodies) == 1 and run.fitting


def _relation(one: Run, other: Run) -> str:
    """Which relation two runs are a case of that ask for the same; none if there is a doubt."""
    if len(one.updates) == len(other.updates) == 1:
        return _written(one.updates[0], other.updates[0])
    if not (one.plain and other.plain and one.fitting and other.fitting):
        return ""
    if 1 in {len(one.updates), len(other.updates)}:
        return "union"
    reordered = [update.parts for update in one.updates] != [update.parts for update in other.updates]
    return "order" if reordered else ""


def _written(one: Update, other: Update) -> str:
    """What two updates differ in that ask for the same; nothing if it is more than one thing."""
    pairs = {
        "member-order": (one.order, other.order),
        "null-member": (one.nulls, other.nulls),
        "unknown-member": (one.unknown, other.unknown),
        "white-space": (one.style, other.style),
    }
    found = [name for name, (mine, others) in pairs.items() if mine != others]
    if not found and one.body == other.body:
        return "same-update"
    if found in ([], ["white-space"]):
        return "white-space" if compacted(one.body) == compacted(other.body) else ""
    return found[0] if len(found) == 1 else ""


def _same_start(one: State, other: State) -> bool:
    """Whether two configurations are the same, and the same security groups were asked for."""
    groups = one.service.groups
    return groups == other.service.groups and all(
        unchanged(name, one.configuration.get(name), other.configuration.get(name), groups)
        for name in _CONFIGURATION
    )


def _reverts(run: Run) -> bool:
    """Whether the last values that a run asks for are those of before it, by merging and by replacing."""
    if not run.plain or not run.fitting:
        return False
    given: dict[str, list[Any]] = {}
    for update in run.updates:
        for name, value in update.members.items():
            given.setdefault(name, []).append(value)
    return all(_asks_back(name, values, run.start) for name, values in given.items())


def _asks_back(path: str, values: Sequence[Any], start: State) -> bool:
    """Whether the last of the values given for a member asks for what was there before, and all of it.

    A structure has to have all members that it had before, should it be replaced, and all that any of the
    updates gave, should it be merged; and so do lists that may be merged.
    """
    was, last = value_at(start.configuration, path), values[-1]
    if path == f"{_NETWORK}.{_GROUPS}":
        asked = [elements(value) for value in values]
        return bool(last) and asked[-1] == start.service.groups == frozenset().union(*asked)
    if path in _BY_NAME and not all(_names(last) >= _names(value) for value in values):
        return False
    if isinstance(was, dict) and isinstance(last, dict):
        needed = {name for name, value in was.items() if value not in (None, [], {})}
        needed |= {name for value in values for name in as_object(value)}
        return needed == last.keys() and all(
            _asks_back(f"{path}.{name}", [v[name] for v in values if name in as_object(v)], start)
            for name in needed
        )
    return last not in ("", [], {}) and was is not None and same(path, last, was)


def _names(entries: Any) -> frozenset[str]:
    entries = entries if isinstance(entries, list) else []
    return frozenset(str(as_object(entry).get("name")) for entry in entries)


def _difference(expected: State, found: State, runs: Sequence[Run]) -> tuple[str, Any, Any] | None:
    """The first path at which a configuration is not the expected one, with both values; None if it is."""
    groups = _customers_groups(runs)
    made_up = any(_makes_up_logs(run) for run in runs)
    was, now = (_comparable(state.configuration, groups, made_up) for state in (expected, found))
    for name in _CONFIGURATION:
        if altered(name, was.get(name), now.get(name), groups):
            return _innermost(name, was.get(name), now.get(name), groups)
    return None


def _innermost(path: str, was: Any, now: Any, groups: frozenset[Any]) -> tuple[str, Any, Any]:
    for name, value in was.items() if isinstance(was, dict) and isinstance(now, dict) else ():
        if altered(f"{path}.{name}", value, now.get(name), groups):
            return _innermost(f"{path}.{name}", value, now.get(name), groups)
    return path, was, now


def _customers_groups(runs: Sequence[Run]) -> frozenset[Any]:
    """The security groups that somebody asked for and that were not there unasked before."""
    asked: set[Any] = set()
    managed: set[Any] = set()
    for run in runs:
        shown = elements(value_at(run.start.configuration, f"{_NETWORK}.{_GROUPS}"))
        managed |= shown - run.start.service.groups
        asked |= run.start.service.groups
        for update in run.updates:
            asked |= elements(value_at(update.members, f"{_NETWORK}.{_GROUPS}"))
    return frozenset(asked - managed)


def _makes_up_logs(run: Run) -> bool:
    """Whether a server that replaces the container may have made up a new log group."""
    containers = [update.members[_CONTAINER] for update in run.updates if _CONTAINER in update.members]
    return bool(containers) and _LOGS not in as_object(containers[-1])


def _comparable(configuration: Mapping[str, Any], groups: frozenset[Any], made_up: bool) -> dict[str, Any]:
    """A configuration without what may differ by itself."""
    shown = dict(configuration)
    network, container = shown.get(_NETWORK), shown.get(_CONTAINER)
    if isinstance(network, dict) and isinstance(network.get(_GROUPS), list):
        kept = [group for group in network[_GROUPS] if isinstance(group, str) and group in groups]
        shown[_NETWORK] = {**network, _GROUPS: kept}
    if made_up and isinstance(container, dict):
        shown[_CONTAINER] = {name: value for name, value in container.items() if name != _LOGS}
    return shown
