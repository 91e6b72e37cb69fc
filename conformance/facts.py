"""What the exchanges so far say of one service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from conformance import model
from conformance.comparison import contradicts
from conformance.exchange import Exchange
from conformance.sizes import offered

# What a customer's task definition replaces, by the API page.
_REPLACED = {"primaryContainer", "executionRoleArn", "taskRoleArn", "cpu", "memory"}
_TASK = {*_REPLACED, "cpuArchitecture", "taskDefinitionArn"}
_SIZES = {"cpu", "memory"}

UNNAMED = "(unnamed)"
"""In the place of the latest revision: the one that the last update made, whose answer did not say which."""

UNSETTLED = "(unsettled)"
"""In the place of the latest revision: nobody knows which one that is, whatever a Describe shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceFacts:
    """What the exchanges so far say of one service.

    Attributes:
        arn: as the target returned it.
        shown: the service as the target last described it (at first: as Create answered).
        deleted: whether a Delete was accepted.
        customer: whether it was last configured with a customer's task definition; None if unknown.
        groups: the security groups that were last asked for.
        asked: by optional top-level member, the value that Create or an accepted update last asked for.
            Without those that may have been replaced or adjusted since, and none where nobody knows.
        revisions: service revisions that updates returned since the service was first seen.
        latest: the one of the last update; empty if there was none, or if the target has no revisions; no
            revision's ARN where the answer named none (``UNNAMED``) or where nobody knows (``UNSETTLED``).
        created: the Create that made it, if that was seen.
        former: the deleted service that had its ARN before it, if one did.
    """

    arn: str
    shown: Mapping[str, Any]
    deleted: bool = False
    customer: bool | None = None
    groups: frozenset[str] = frozenset()
    asked: Mapping[str, Any] = field(default_factory=dict)
    revisions: tuple[str, ...] = ()
    latest: str = ""
    created: Exchange | None = None
    former: ServiceFacts | None = None

    @classmethod
    def from_create(
        cls, exchange: Exchange, shown: Mapping[str, Any], former: ServiceFacts | None
    ) -> ServiceFacts:
        """What is known of a service after its Create.

        Args:
            exchange: the Create, which was accepted.
            shown: the service in its answer, with its ARN.
            former: what is known of the service that had this ARN. If that was not deleted, nobody knows
                whether the answer shows that one or a new one, and so nobody knows what it was asked for.
        """
        request = {name: value for name, value in exchange.request.members.items() if value is not None}
        new = former is None or former.deleted
        return cls(
            arn=shown["serviceArn"],
            shown=shown,
            customer="taskDefinitionArn" in request,
            groups=asked_groups(request),
            asked=_asked(request, {}, customer=False) if new else {},
            created=exchange,
            former=replace(former, former=None) if former and new else None,
        )

    def updated(self, request: Mapping[str, Any], revision: Any) -> ServiceFacts:
        """What is known after an update with these members was accepted and this revision answered."""
        named = isinstance(revision, str)
        latest = revision if named else self._unnamed()
        return replace(
            self,
            customer=_customer(request, self.customer),
            groups=asked_groups(request, self.groups),
            asked=_asked(request, self.asked, customer=self.customer),
            revisions=(*self.revisions[-7:], latest) if named else self.revisions,
            latest=latest,
        )

    def described(self, shown: Mapping[str, Any], configuration: Mapping[str, Any]) -> ServiceFacts:
        """What is known after a Describe.

        Args:
            shown: the service.
            configuration: the current one of its configurations; empty if unknown. What it shows otherwise
                than it was asked for is said once, and not known any more.
        """
        asked = {n: v for n, v in self.asked.items() if not contradicts(n, v, configuration.get(n))}
        return replace(self, shown=shown, asked=asked)

    def unsettled(self) -> ServiceFacts:
        """What is known after something of which nobody knows what became of it."""
        return replace(self, latest=self._unnamed(), asked={})

    def _unnamed(self) -> str:
        """What to call the latest revision after an update that may have made one and named none."""
        return UNSETTLED if self.latest in {UNNAMED, UNSETTLED} else UNNAMED


@cache
def _optional() -> frozenset[str]:
    return frozenset(model.operation().optional)


def _asked(request: Mapping[str, Any], before: Mapping[str, Any], *, customer: bool | None) -> dict[str, Any]:
    """What was last asked for after a request.

    How a service leaves a customer's task definition is not documented, so after a request that may do it
    nothing is known of what stands in one. A size alone may have been made to fit the other one.
    """
    carried = {name: value for name, value in request.items() if name in _optional()}
    if "taskDefinitionArn" in carried:
        before = _without_task(before)
    elif customer is not False and carried.keys() & _TASK:
        before, carried = (_without_task(values) for values in (before, carried))
    after = {**before, **carried}
    if carried.keys() & _SIZES and not offered(after):
        after = {name: value for name, value in after.items() if name not in _SIZES}
    return after


def _without_task(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if name not in _TASK}


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
