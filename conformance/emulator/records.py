"""What the emulator remembers. Records are frozen: a reader sees the state before a change or after it."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

Members = Mapping[str, Any]
"""Members of a request or an answer under their names on the wire."""

Clock = Callable[[], float]
"""Seconds since the epoch, never going back."""


def steady_clock() -> Clock:
    """A clock that shows the time of day and does not jump when the machine's own clock is set."""
    offset = time.time() - time.monotonic()
    return lambda: offset + time.monotonic()


class MovableClock:
    """A clock that runs as the machine's does, and can be moved on: hours pass in one request.

    Args:
        ahead_seconds: how far it is ahead of the machine's clock at first; negative if it is behind.
    """

    def __init__(self, ahead_seconds: float = 0.0) -> None:
        self._steady = steady_clock()
        self._ahead = ahead_seconds

    def __call__(self) -> float:
        """The time."""
        return self._steady() + self._ahead

    def advance(self, seconds: float) -> None:
        """Let that much time pass at once."""
        self._ahead += seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Timing:
    """How long the emulator takes for what lasts minutes on AWS. Each time may be infinite.

    Attributes:
        drain_seconds: from Delete until a service is INACTIVE.
        deployment_seconds: from Create or Update until the new revision alone is active.
        later_seconds: until everybody sees what is not there at once.
        role_seconds: from the first use of a role until it can be assumed.
        unknown_seconds: from Create until Describe knows the service.
        removal_seconds: from INACTIVE until what ECS made for the service is gone.
        clock: the time.
    """

    drain_seconds: float = 0.2
    deployment_seconds: float = 0.0
    later_seconds: float = 0.05
    role_seconds: float = 0.0
    unknown_seconds: float = 0.0
    removal_seconds: float = 0.0
    clock: Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a request is answered: ARNs name all three, and a service lives in exactly one place."""

    account: str
    region: str
    partition: str

    def arn(self, resource: str) -> str:
        """The ARN of an ECS resource of this place."""
        return f"arn:{self.partition}:ecs:{self.region}:{self.account}:{resource}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """A service revision: one configuration that was, is or will be deployed.

    Attributes:
        arn: the revision's own ARN.
        created_at: when Create or Update made it.
        configuration: members of the request's vocabulary, complete with defaults.
        task_definition: the ARN of the task definition it runs.
        managed: whether that task definition is the service's own and not a customer's.
    """

    arn: str
    created_at: float
    configuration: Members
    task_definition: str
    managed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """An Express service.

    Attributes:
        arn: its ARN; a service that is created again after it was deleted has the same one.
        cluster: the short name of its cluster.
        name: its own name.
        infrastructure_role: the role given to Create, which nothing can change.
        endpoint: the host name of its ingress path, the same for all revisions.
        managed_group: the security group that ECS adds to the customer's.
        created_at: when Create made it.
        updated_at: when Create or the last Update changed it.
        target: the newest revision.
        former: the revision that was settled before it, if any.
        deployment: the ARN of the deployment that brings, or brought, the target.
        deleted_at: when Delete was accepted, if it was.
        task_definitions: managed task definitions that still exist, oldest first.
    """

    arn: str
    cluster: str
    name: str
    infrastructure_role: str
    endpoint: str
    managed_group: str
    created_at: float
    updated_at: float
    target: Revision
    former: Revision | None = None
    deployment: str
    deleted_at: float | None = None
    task_definitions: tuple[str, ...] = ()

    def status_code(self, timing: Timing) -> str:
        """ACTIVE, from Delete on DRAINING, and in the end INACTIVE; never back."""
        if self.deleted_at is None:
            return "ACTIVE"
        drained = timing.clock() - self.deleted_at >= timing.drain_seconds
        return "INACTIVE" if drained else "DRAINING"

    def deploying(self, timing: Timing) -> bool:
        """Whether the deployment of the target is still in flight."""
        return timing.clock() - self.target.created_at < timing.deployment_seconds

    def settled(self, timing: Timing) -> Revision | None:
        """The revision that carries the traffic now; none while the first one is being deployed."""
        return self.former if self.deploying(timing) else self.target


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A valid update that is about to take effect.

    Attributes:
        service: the service before it.
        request: what was asked.
        configuration: what the service shall become.
        customer_task_definition: the customer's task definition to run; none if ECS manages one.
    """

    service: Service
    request: Members
    configuration: Members
    customer_task_definition: str | None


class Neighbours(Protocol):
    """The part of ECS around the Express operations, in one place."""

    def has_cluster(self, name: str) -> bool:
        """Whether there is an active cluster of that name."""

    def create_default_cluster(self) -> None:
        """Make the cluster ``default``, unless there is one."""

    def has_ordinary_service(self, cluster: str, name: str) -> bool:
        """Whether a service that is not an Express service has that name and is not inactive."""

    def task_definition(self, family: str, revision: int | None) -> Members | None:
        """A task definition as DescribeTaskDefinition shows it; the newest if no revision is given."""

    def register(self, definition: Members) -> str:
        """Register a managed task definition; answers its ARN."""

    def forget(self, task_definition_arn: str) -> None:
        """Drop a managed task definition that was superseded long ago."""

    def default_subnets(self) -> Sequence[str]:
        """The subnets of the default VPC."""

    def announce(self, service: Service, tags: Sequence[Members]) -> None:
        """Make a new service known to DescribeServices, ListServices and the tag operations."""

    def tags(self, service: Service) -> Sequence[Members]:
        """The tags that the service carries now."""
