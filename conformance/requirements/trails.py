"""A trail, read: the updates on a service's way, and the configurations that it had between them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from conformance import model
from conformance.exchange import parsed
from conformance.facts import ServiceFacts
from conformance.observation import Visit, configurations, newest_configuration, service_of
from conformance.sizes import offered

_MOST_UPDATES = 4
_ARN = "serviceArn"
_SIZES = ("cpu", "memory")
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*"')
_BLANKS = re.compile(rb"[ \t\r\n]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Update:
    """An accepted update, as far as the service model knows its members.

    Attributes:
        body: its bytes.
        members: its optional members, without what is null or unknown at any level.
        parts: the same, each with its value as a text that is the same for the same JSON.
        nulls: the paths of members that are null.
        unknown: the paths of members that the service model does not have.
        order: all members as they stand in the body, as a text.
        style: the kinds of white space in the body.
    """

    body: bytes
    members: Mapping[str, Any]
    parts: frozenset[tuple[str, str]]
    nulls: frozenset[str]
    unknown: frozenset[str]
    order: str
    style: frozenset[bytes]

    @property
    def plain(self) -> bool:
        """Whether it asks for something, and has nothing that might or might not count."""
        return bool(self.members) and not self.nulls and not self.unknown


@lru_cache(maxsize=64)
def update_from_body(body: bytes) -> Update:
    """The update that a body asks for."""
    document = parsed(body)
    nulls: set[str] = set()
    unknown: set[str] = set()
    known = _known(document if isinstance(document, dict) else {}, "", nulls, unknown)
    members = {name: value for name, value in known.items() if name != _ARN}
    return Update(
        body=body,
        members=members,
        parts=frozenset((name, json.dumps(value, sort_keys=True)) for name, value in members.items()),
        nulls=frozenset(nulls),
        unknown=frozenset(unknown),
        order=json.dumps(known),
        style=frozenset(_BLANKS.findall(_STRINGS.sub(b"", body))),
    )


@cache
def _kinds() -> dict[str, str]:
    return {member.path: member.kind for member in model.operation().input}


def _known(members: Mapping[str, Any], parent: str, nulls: set[str], unknown: set[str]) -> dict[str, Any]:
    """The known members that are not null; the paths of the others are noted."""
    kept = {}
    for name, value in members.items():
        path = f"{parent}.{name}" if parent else name
        if path not in _kinds():
            unknown.add(path)
        elif value is None:
            nulls.add(path)
        else:
            kept[name] = _inside(value, path, nulls, unknown)
    return kept


def _inside(value: Any, path: str, nulls: set[str], unknown: set[str]) -> Any:
    if isinstance(value, dict) and _kinds().get(path) == "structure":
        return _known(value, path, nulls, unknown)
    if isinstance(value, list):
        return [_inside(element, f"{path}[]", nulls, unknown) for element in value]
    return value


@dataclass(frozen=True, slots=True)
class State:
    """A configuration that is known to have been the current one, and what was known of the service."""

    configuration: Mapping[str, Any]
    service: ServiceFacts


@dataclass(frozen=True, slots=True)
class Run:
    """Some updates one after the other, and what is known to have been before and after them.

    Attributes:
        visits: from the one of the start to the one of the end.
    """

    start: State
    end: State
    updates: tuple[Update, ...]
    visits: Sequence[Visit]

    @property
    def parts(self) -> frozenset[tuple[str, str]]:
        """All that it asks for."""
        return frozenset().union(*(update.parts for update in self.updates))

    @property
    def disjoint(self) -> bool:
        """Whether no two of its updates ask for the same member."""
        names = [name for update in self.updates for name in update.members]
        return len({*names}) == len(names)

    @property
    def plain(self) -> bool:
        """Whether all its updates are."""
        return all(update.plain for update in self.updates)

    @property
    def fitting(self) -> bool:
        """Whether cpu and memory fit each other after each update; else one may be adjusted to the other."""
        sizes = {name: self.start.configuration.get(name) for name in _SIZES}
        for update in self.updates:
            given = {name: update.members[name] for name in _SIZES if name in update.members}
            sizes |= given
            if given and not offered(sizes):
                return False
        return True

    def bases(self) -> list[dict[str, Any]]:
        """The configurations that the service may have gone back to before one of the updates.

        The deployment of an update may fail, and the service goes back to a revision that was active then.
        None where no deployment was in flight.
        """
        shown = [service_of(visit.described) for visit in self.visits]
        if not any(service.get("currentDeployment") for service in shown):
            return []
        single = len(self.updates) == 1
        former = [entry for service in shown[:-1] for entry in configurations(service)]
        return [entry for entry in former if not single or entry != self.start.configuration]


class Way:
    """A service's way through a test case: its visits, with what is known at each of them."""

    def __init__(self, trail: Sequence[Visit]) -> None:
        self._trail = trail
        self.updates = [
            tuple(update_from_body(update.request.body) for update in visit.updates) for visit in trail
        ]
        self.states = [_state(visit) for visit in trail]

    def runs_to(self, stop: int) -> Iterator[Run]:
        """The runs of updates that end at a visit, the shortest first; none with a task definition."""
        end, updates = self.states[stop], tuple[Update, ...]()
        for index in range(stop, 0, -1):
            updates = (*self.updates[index], *updates)
            start = self.states[index - 1]
            if not self.updates[index] or len(updates) > _MOST_UPDATES or end is None:
                return
            if any("taskDefinitionArn" in update.members for update in updates):
                return
            if start is not None:
                yield Run(start, end, updates, self._trail[index - 1 : stop + 1])


def _state(visit: Visit) -> State | None:
    """What a visit proves: nothing where an older configuration may be shown, or a customer's one."""
    facts = visit.service
    if facts is None or facts.customer is not False:
        return None
    entry = newest_configuration(service_of(visit.described), facts.latest)
    return State(entry, facts) if entry else None
