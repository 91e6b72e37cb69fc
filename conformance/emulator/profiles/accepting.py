"""Requests that are taken although the reference refuses them; no document rules them out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from conformance.emulator.backend import Backend
from conformance.emulator.errors import Refusal, invalid
from conformance.emulator.profiles.choice import choice
from conformance.emulator.records import Members, Service
from conformance.emulator.validation import Rules

_NO_LIMITS = "service model: no minimum, maximum or pattern"


@choice("ports, counts, target values, paths, images", reference="are checked", source=_NO_LIMITS)
class RangesUnchecked(Rules):
    """They are not checked."""

    def container_port(self, port: int) -> None:
        """Any integer."""

    def task_counts(self, least: int, most: int) -> None:
        """Any two integers."""

    def scaling_value(self, metric: str, value: int) -> None:
        """Any integer."""

    def health_check_path(self, path: str) -> None:
        """Any text."""

    def image(self, image: str) -> None:
        """Any text."""


@choice("sizes that Fargate does not have", reference="are refused", source=_NO_LIMITS)
class SizesUnchecked(Rules):
    """They are taken."""

    def size(self, configuration: Members) -> None:
        """Any two texts."""


@choice("roles", reference="must be the ARN of a role of the account", source=_NO_LIMITS)
class RolesUnchecked(Rules):
    """Any text."""

    def role(self, member: str, arn: str) -> None:
        """Any text."""


@choice("names of variables and secrets", reference="are distinct, and not empty", source=_NO_LIMITS)
class NamesUnchecked(Rules):
    """They may be empty and repeated."""

    def not_empty(self, what: str, text: str) -> None:
        """Any text."""

    def distinct(self, what: str, names: Iterable[str]) -> None:
        """Any names, but for those of tags."""
        if what == "tag key":
            super().distinct(what, names)


@choice(
    "a short name as serviceArn",
    reference="is refused",
    source="AWS CLI, ecs monitor-express-gateway-service: short name or full ARN",
)
class ShortNames(Backend):
    """It is taken, with the cluster before it, or for that of the cluster default."""

    def find(self, arn: str, *, missing: Refusal) -> Service:
        """The service of an ARN or a name."""
        if arn and not arn.startswith("arn:"):
            named = arn if "/" in arn else f"default/{arn}"
            arn = self.place.arn(f"service/{named}")
        return super().find(arn, missing=missing)


@choice("Create with the name of an active service", reference="is refused", source="nothing is said")
class CreateIdempotent(Backend):
    """It is refused, unless all of the request is the same; then the service is the answer."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.requests: dict[str, Members] = {}

    def create(self, request: Members) -> dict[str, Any]:
        """CreateExpressGatewayService."""
        with self.lock:
            for arn, earlier in self.requests.items():
                service = self.services[arn]
                if earlier == request and "serviceName" in request and service.deleted_at is None:
                    return self.answers.created(service)
            answer = super().create(request)
            self.requests[answer["service"]["serviceArn"]] = request
        return answer


@choice(
    "a task definition without its revision", reference="is the newest one", source="service model: an ARN"
)
class RevisionRequired(Rules):
    """It is refused."""

    def task_definition_arn(self, arn: str) -> tuple[str, int | None]:
        """The family and the revision."""
        family, revision = super().task_definition_arn(arn)
        if revision is None:
            raise invalid("taskDefinitionArn must name a revision.")
        return family, revision
