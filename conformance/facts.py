"""What the exchanges so far say of one service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

# What a customer's task definition replaces, by the API page.
_REPLACED = {"primaryContainer", "executionRoleArn", "taskRoleArn", "cpu", "memory"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacts:
    """What the exchanges so far say of one service.

    Attributes:
        arn: as the target returned it.
        shown: the service as the target last described it (at first: as Create answered).
        deleted: whether a Delete was accepted.
        customer: whether it was last configured with a customer's task definition; None if unknown.
        groups: the security groups that were last asked for.
        revisions: service revisions that updates returned since the service was first seen.
        latest: the one of the last update; empty if there was none, or if nobody knows what became of it.
    """

    arn: str
    shown: Mapping[str, Any]
    deleted: bool = False
    customer: bool | None = None
    groups: frozenset[str] = frozenset()
    revisions: tuple[str, ...] = ()
    latest: str = ""

    def updated(self, request: Mapping[str, Any], revision: Any) -> ServiceFacts:
        """What is known after an update with these members was accepted and this revision answered."""
        latest = revision if isinstance(revision, str) else ""
        revisions = (*self.revisions[-7:], latest) if latest else self.revisions
        groups = asked_groups(request, self.groups)
        customer = _customer(request, self.customer)
        return replace(self, customer=customer, groups=groups, revisions=revisions, latest=latest)


def _customer(request: Mapping[str, Any], before: bool | None) -> bool | None:
    """Whether a service has a customer's task definition after an update.

    Whether some of the members that it replaces lead back to a managed one is not documented; all of them
    say everything that it said.
    """
    said = request.keys() & _REPLACED
    if "taskDefinitionArn" in request:
        return True
    if said == _REPLACED:
        return False
    return None if said and before else before


def asked_groups(request: Mapping[str, Any], otherwise: frozenset[str] = frozenset()) -> frozenset[str]:
    """The security groups that a request asks for, or those asked for before it."""
    network = request.get("networkConfiguration")
    groups = network.get("securityGroups") if isinstance(network, dict) else None
    if isinstance(groups, list) and groups:
        return frozenset(group for group in groups if isinstance(group, str))
    return otherwise
