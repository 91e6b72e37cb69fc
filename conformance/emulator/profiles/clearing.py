"""What ``[]``, ``{}`` and ``""`` do in an update. The documents do not mention them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.emulator.backend import Backend
from conformance.emulator.errors import invalid
from conformance.emulator.profiles.choice import choice
from conformance.emulator.records import Change, Members, Service
from conformance.emulator.validation import Rules

_QUESTION = "an empty list, structure or text in an update"
_REFERENCE = "an empty list clears, an empty structure changes nothing, an empty text is refused"
_SOURCE = "nothing is said"
_EMPTY: tuple[Any, ...] = ("", [], {})
_ROLES = ("executionRoleArn", "taskRoleArn")


def _has_empty(value: Any) -> bool:
    if isinstance(value, dict):
        return value == {} or any(_has_empty(member) for member in value.values())
    return value in _EMPTY


def _without_empty(value: Any) -> Any:
    """A value without members that are empty, or that are when theirs are gone."""
    if not isinstance(value, dict):
        return value
    stripped = {name: _without_empty(member) for name, member in value.items()}
    return {name: member for name, member in stripped.items() if member not in _EMPTY}


@choice(_QUESTION, reference=_REFERENCE, source=_SOURCE)
class EmptyRefused(Rules):
    """All of them are refused, wherever they are; a variable may have an empty value."""

    def update(self, request: Members) -> None:
        """A request to update a service."""
        super().update(request)
        if any(_has_empty(value) for value in request.values()):
            raise invalid("A parameter must not be empty.")


@choice(_QUESTION, reference=_REFERENCE, source=_SOURCE)
class EmptyIgnored(Backend):
    """They are taken as if they were absent."""

    def update(self, request: Members) -> dict[str, Any]:
        """UpdateExpressGatewayService."""
        return super().update({**_without_empty(request), "serviceArn": request.get("serviceArn", "")})


class _ClearingRules(Rules):
    """Lets through what is to clear something."""

    def role(self, member: str, arn: str) -> None:
        """A role, or none."""
        if arn:
            super().role(member, arn)

    def health_check_path(self, path: str) -> None:
        """A path, or the default."""
        if path:
            super().health_check_path(path)


@choice(_QUESTION, reference=_REFERENCE, source=_SOURCE, also=(_ClearingRules,))
class EmptyClears(Backend):
    """All of them set back to the default, or to none."""

    def plan(self, service: Service, request: Members) -> Change:
        """What a valid update leads to; a structure is empty if all that it has is."""
        defaults = self.merger.defaults(self.neighbours.default_subnets())
        empty = {name for name, value in request.items() if _without_empty({name: value}) == {}}
        cleared = {name: defaults[name] for name in empty if name in defaults}
        now = service.target.configuration
        # Roles are merged as they are, and taken away afterwards.
        roles = {name: now.get(name, "") for name in empty.intersection(_ROLES)}
        change = super().plan(service, {**request, **cleared, **roles})
        gone = {name for name, value in request.get("primaryContainer", {}).items() if value == {}}
        kept = {name: value for name, value in change.configuration.items() if name not in roles}
        kept["primaryContainer"] = {n: v for n, v in kept["primaryContainer"].items() if n not in gone}
        return replace(change, configuration=kept)
