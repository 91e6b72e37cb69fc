"""What a given service had, as the members of an update that brings it back, and in what it is unlike now."""

from __future__ import annotations

import copy
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance import model
from conformance.comparison import elements, same

NOT_SHOWN = "whatever was updated, as Describe does not show it"
"""In the place of paths."""

_TASK = "taskDefinitionArn"
# What a task definition says; an update that names one must not say it, too (API page).
_OF_TASK = ("primaryContainer", "executionRoleArn", "taskRoleArn", "cpu", "memory", "cpuArchitecture")
_NETWORK, _GROUPS = "networkConfiguration", "securityGroups"
_MANAGED = 1  # security groups that Express adds of its own accord, and not always at once
# How to say that there is to be none, by path. No document says what comes of it.
_EMPTY_LISTS: Mapping[str, Any] = {
    "primaryContainer.command": [],
    "primaryContainer.environment": [],
    "primaryContainer.secrets": [],
}
_EMPTY: Mapping[str, Any] = {
    "taskRoleArn": "",
    "primaryContainer.repositoryCredentials": {},
    "primaryContainer.awsLogsConfiguration": {},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What a service had.

    Attributes:
        members: those of its configuration that an update can say.
        customer: whether its task definition is a customer's, and not one that Express has made.
    """

    members: Mapping[str, Any]
    customer: bool

    @classmethod
    def of(cls, configuration: Mapping[str, Any], service: Mapping[str, Any]) -> Given:
        """What a service has.

        Args:
            configuration: its newest one.
            service: as Describe shows it.
        """
        customer = _is_customers(str(configuration.get(_TASK, "")), service)
        names = [name for name in model.operation().optional if name != _TASK or customer]
        return cls(
            members={name: configuration[name] for name in names if configuration.get(name) is not None},
            customer=customer,
        )

    @property
    def text(self) -> str:
        """All of it, as JSON."""
        return json.dumps(dict(self.members), ensure_ascii=False)

    def requests(self, left: Collection[str]) -> Iterator[dict[str, Any]]:
        """The members of updates that give it back: of each the next one is for those who were refused it.

        Args:
            left: the paths of the members that are not as they were.
        """
        members = {
            name: copy.deepcopy(value)
            for name, value in self.members.items()
            if not (self.customer and name in _OF_TASK)
        }
        yield self._cleared(members, left, _EMPTY_LISTS)
        yield members
        network = {name: each for name, each in members.get(_NETWORK, {}).items() if name != _GROUPS}
        yield {**members, _NETWORK: network} if network else members

    def emptied(self, left: Collection[str]) -> dict[str, Any]:
        """The same with what was not there said to be empty; nothing where no such member is left."""
        first = next(self.requests(left))
        found = self._cleared(first, left, _EMPTY)
        return {} if found == first else found

    def _cleared(
        self, members: Mapping[str, Any], left: Collection[str], empty: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The members with those that are to be none said to be empty, where there is a place to say it."""
        found = copy.deepcopy(dict(members))
        for path in () if self.customer else additions(left, self.members):
            holder, _, name = path.rpartition(".")
            if path in empty and (not holder or holder in found):
                (found[holder] if holder else found)[name] = copy.deepcopy(empty[path])
        return found


def _is_customers(task_definition: str, service: Mapping[str, Any]) -> bool:
    """Whether a service's task definition is a customer's.

    Describe names one for all services; what Express makes is a family of the cluster's and service's names.
    """
    cluster = str(service.get("cluster", "")).rpartition("/")[2] or "default"
    family = task_definition.rpartition("/")[2].rpartition(":")[0]
    return bool(family) and family != f"{cluster}-{service.get('serviceName')}"


def unlike(given: Given, now: Mapping[str, Any], groups: Collection[str]) -> list[str]:
    """The paths of the members that are not as they were.

    Args:
        given: what the service had.
        now: its configuration.
        groups: the security groups that a run may have asked for.
    """
    if not now:
        return [NOT_SHOWN]
    names = [name for name in model.operation().optional if name != _TASK or given.customer]
    return [
        path
        for name in names
        for path in _unlike(name, given.members.get(name), now.get(name))
        if not (path == f"{_NETWORK}.{_GROUPS}" and _by_express(given.members, now, groups))
    ]


def _unlike(path: str, was: Any, now: Any) -> Iterator[str]:
    if isinstance(was, dict) and isinstance(now, dict):
        for name in {**was, **now}:
            yield from _unlike(f"{path}.{name}", was.get(name), now.get(name))
    elif not (same(path, was, now) and same(path, now, was)):
        yield path


def _by_express(was: Mapping[str, Any], now: Mapping[str, Any], groups: Collection[str]) -> bool:
    """Whether security groups differ by nothing but one that Express adds, which may come late."""
    before, after = (elements(_at(each, _NETWORK, _GROUPS)) for each in (was, now))
    more = after - before
    return before <= after and len(more) <= _MANAGED and more.isdisjoint(groups)


def additions(left: Collection[str], was: Mapping[str, Any]) -> list[str]:
    """Those of the paths at which there was nothing."""
    return [path for path in left if not _at(was, *path.split(".")) and path != NOT_SHOWN]


def _at(members: Mapping[str, Any], *path: str) -> Any:
    value: Any = members
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value
