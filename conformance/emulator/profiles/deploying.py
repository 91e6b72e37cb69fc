"""Deployments, and what can be seen of them while they are in flight."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from conformance.emulator.answers import Answers
from conformance.emulator.backend import Backend
from conformance.emulator.errors import Refusal, invalid
from conformance.emulator.profiles.choice import choice
from conformance.emulator.records import Change, Members, Place, Revision, Service, Timing

_KEPT = 2
_ORDER = "service model: a list, no order given; public reports show several orders"


@choice("order of activeConfigurations", reference="the newest first", source=_ORDER)
class OldestFirst(Answers):
    """The oldest first."""

    def active_configurations(self, service: Service) -> list[dict[str, Any]]:
        """The configurations that carry traffic."""
        return super().active_configurations(service)[::-1]


@choice("revisions that overlap", reference="two at most", source="public reports: three seen")
class ThreeRevisions(Answers):
    """Three at most, in no order."""

    def __init__(self, place: Place, timing: Timing) -> None:
        super().__init__(place, timing)
        self.past: dict[str, tuple[Revision, ...]] = {}

    def updated(self, service: Service) -> dict[str, Any]:
        """Update's answer."""
        self.past[service.arn] = (*self.past.get(service.arn, ()), service.target)[-_KEPT:]
        return super().updated(service)

    def active_configurations(self, service: Service) -> list[dict[str, Any]]:
        """The configurations that carry traffic."""
        shown = super().active_configurations(service)
        known = {entry["serviceRevisionArn"] for entry in shown}
        late = [self.configuration(service, each) for each in self._late(service) if each.arn not in known]
        # Revision ids are made by chance, and so is the order that they give.
        return sorted([*shown, *late], key=lambda entry: str(entry["serviceRevisionArn"]))

    def _late(self, service: Service) -> Iterator[Revision]:
        """Revisions that were replaced a short time ago."""
        if service.deleted_at is None and service.deploying(self.timing):
            since = self.timing.clock() - 2 * self.timing.deployment_seconds
            past = self.past.get(service.arn, ())
            yield from (each for each in past if since < each.created_at < service.target.created_at)


@choice(
    "revisions that overlap",
    reference="two at most",
    source="public reports: three seen, the newest first and the others in no order",
)
class NewestThenOthers(ThreeRevisions):
    """Three at most, the newest first and the others in no order."""

    def active_configurations(self, service: Service) -> list[dict[str, Any]]:
        """The configurations that carry traffic."""
        shown = super().active_configurations(service)
        return sorted(shown, key=lambda entry: entry["serviceRevisionArn"] != service.target.arn)


@choice("activeConfigurations right after Create", reference="one", source="service model: not required")
class NoConfigurationsAtFirst(Answers):
    """None; the first one appears a moment later."""

    def active_configurations(self, service: Service) -> list[dict[str, Any]]:
        """The configurations that carry traffic."""
        if self.timing.clock() - service.created_at < self.timing.later_seconds:
            return []
        return super().active_configurations(service)


@choice("updatedAt after an update", reference="the time of the update", source="nothing is said")
class UpdatedAtOfSettling(Answers):
    """The time of the update; and when its deployment has ended, that time."""

    def identity(self, service: Service) -> dict[str, Any]:
        """What all answers have in common."""
        answer = super().identity(service)
        if not service.deploying(self.timing):
            ended = service.target.created_at + self.timing.deployment_seconds
            answer["updatedAt"] = self.timestamp(max(ended, service.updated_at))
        return answer


@choice(
    "an update while a deployment is in flight",
    reference="is taken",
    source="public reports differ",
)
class RefusedWhileDeploying(Backend):
    """It is refused."""

    def plan(self, service: Service, request: Members) -> Change:
        """What a valid update leads to."""
        if service.deploying(self.timing):
            raise invalid("The service cannot be updated while a deployment is in progress.")
        return super().plan(service, request)


@choice(
    "a deployment that fails",
    reference="there is none",
    source="developer guide, Express services: a deployment with alarms is rolled back",
)
class RolledBack(Backend):
    """Every deployment of an update fails half-way, and the service is what it was."""

    def find(self, arn: str, *, missing: Refusal) -> Service:
        """The service of an ARN; one whose deployment has failed has its former revision."""
        service = super().find(arn, missing=missing)
        with self.lock:
            service = self.services[service.arn]
            replaced = service.former and service.former is not service.target
            age = self.timing.clock() - service.target.created_at
            if replaced and age >= self.timing.deployment_seconds / 2:
                service = replace(service, target=service.former or service.target)
                self.services[service.arn] = service
        return service

    def apply(self, change: Change) -> Service:
        """A new revision becomes the target; the one to go back to stays what it is."""
        good = change.service.former or change.service.target
        with self.lock:
            service = replace(super().apply(change), former=good)
            self.services[service.arn] = service
        return service


class _Versions(dict[str, Service]):
    """Services by ARN, and for each of them what it was before its last change."""

    def __init__(self) -> None:
        super().__init__()
        self.former: dict[str, Service] = {}

    def __setitem__(self, arn: str, service: Service) -> None:
        former = self.get(arn)
        # One update may set its service several times, until all of it has taken effect.
        if former and (former.target.arn, former.deleted_at) != (service.target.arn, service.deleted_at):
            self.former[arn] = former
        super().__setitem__(arn, service)


@choice(
    "a Describe right after a change",
    reference="shows it",
    source="API reference, RunTask: the ECS API follows an eventual consistency model",
)
class StaleReads(Backend):
    """Every other Describe within a moment shows the service as it was before its last change."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.services: _Versions = _Versions()
        self.reads = 0

    def describe(self, request: Members) -> dict[str, Any]:
        """DescribeExpressGatewayService."""
        answer = super().describe(request)
        self.reads += 1
        arn = answer["service"]["serviceArn"]
        now, before = self.services[arn], self.services.former.get(arn)
        changed = now.deleted_at or now.target.created_at
        fresh = before is None or before.created_at != now.created_at
        if fresh or self.reads % 2 == 0 or self.timing.clock() - changed >= self.timing.later_seconds:
            return answer
        assert before is not None  # it is not fresh
        tags = answer["service"].get("tags")
        return self.answers.described(before, tags)
