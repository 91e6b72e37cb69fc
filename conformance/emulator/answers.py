"""What the four operations answer, in the shapes of the model and with no member besides.

Absent is absent: what was never set is left out, and null is never written (Smithy, null.smithy).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.emulator.records import Members, Place, Revision, Service, Timing

_DIGITS = 3  # of a timestamp's fraction
_DERIVED = ("executionRoleArn", "taskRoleArn", "cpu", "memory", "cpuArchitecture")


class Answers:
    """Puts records into answers. Everything it returns is new, so that nobody can change a record through it.

    Attributes:
        place: where the services are.
        timing: for what depends on the time: status and deployments.
    """

    def __init__(self, place: Place, timing: Timing) -> None:
        self.place = place
        self.timing = timing

    def created(self, service: Service) -> dict[str, Any]:
        """Create's answer; a deployment is not in it yet (terraform-provider-aws pull request 47694)."""
        return {"service": self.service(service)}

    def updated(self, service: Service) -> dict[str, Any]:
        """Update's answer: UpdatedExpressGatewayService has its own, fewer members."""
        target = self.configuration(service, service.target)
        return {"service": {**self.identity(service), "targetConfiguration": target}}

    def described(self, service: Service, tags: Sequence[Members] | None) -> dict[str, Any]:
        """Describe's answer; tags are only there if they were asked for."""
        answer = {**self.service(service), **self.deployment(service)}
        if tags is not None:
            answer["tags"] = [dict(tag) for tag in tags]
        return {"service": answer}

    def deleted(self, service: Service) -> dict[str, Any]:
        """Delete's answer: the service, which is DRAINING from now on."""
        return {"service": self.service(service)}

    def service(self, service: Service) -> dict[str, Any]:
        """ECSExpressGatewayService without deployment and tags."""
        return {
            **self.identity(service),
            "infrastructureRoleArn": service.infrastructure_role,
            "activeConfigurations": self.active_configurations(service),
        }

    def identity(self, service: Service) -> dict[str, Any]:
        """What all answers have in common. The cluster is given in full, as is seen in Describe."""
        return {
            "cluster": self.place.arn(f"cluster/{service.cluster}"),
            "serviceName": service.name,
            "serviceArn": service.arn,
            "status": self.status(service),
            "createdAt": self.timestamp(service.created_at),
            "updatedAt": self.timestamp(service.updated_at),
        }

    def status(self, service: Service) -> dict[str, Any]:
        """The status; there is never a reason to give for it."""
        return {"statusCode": service.status_code(self.timing)}

    def deployment(self, service: Service) -> dict[str, Any]:
        """currentDeployment, only while one is in flight (terraform-provider-aws issue 47377)."""
        deploying = service.deleted_at is None and service.deploying(self.timing)
        return {"currentDeployment": service.deployment} if deploying else {}

    def active_configurations(self, service: Service) -> list[dict[str, Any]]:
        """The target first, then the revision it is replacing; none of an inactive service."""
        if service.status_code(self.timing) == "INACTIVE":
            return []
        settled = service.settled(self.timing)
        revisions = [service.target, *([settled] if settled not in (None, service.target) else [])]
        return [self.configuration(service, revision) for revision in revisions if revision]

    def configuration(self, service: Service, revision: Revision) -> dict[str, Any]:
        """ExpressGatewayServiceConfiguration of one revision."""
        known = revision.configuration
        return {
            "serviceRevisionArn": revision.arn,
            "taskDefinitionArn": revision.task_definition,
            **{name: known[name] for name in _DERIVED if name in known},
            "healthCheckPath": known["healthCheckPath"],
            "networkConfiguration": self.network(service, known["networkConfiguration"]),
            "primaryContainer": self.container(known["primaryContainer"]),
            "scalingTarget": dict(known["scalingTarget"]),
            "ingressPaths": [{"accessType": "PUBLIC", "endpoint": service.endpoint}],
            "createdAt": self.timestamp(revision.created_at),
        }

    def network(self, service: Service, network: Members) -> dict[str, Any]:
        """Provided security groups are additional to the managed one (developer guide, Express services)."""
        given = network["securityGroups"]
        managed = [] if service.managed_group in given else [service.managed_group]
        return {"subnets": list(network["subnets"]), "securityGroups": [*given, *managed]}

    def container(self, container: Members) -> dict[str, Any]:
        """ExpressGatewayContainer; variables and secrets by name (terraform-provider-aws issue 45792)."""
        answer = {name: _copied(value) for name, value in container.items()}
        for member in ("environment", "secrets"):
            if member in answer:
                answer[member].sort(key=lambda item: item["name"])
        return answer

    def timestamp(self, seconds: float) -> float:
        """Seconds since the epoch as a JSON number, to the millisecond."""
        return round(seconds, _DIGITS)


def _copied(value: Any) -> Any:
    if isinstance(value, dict):
        return dict(value)
    if isinstance(value, list):
        return [_copied(item) for item in value]
    return value
