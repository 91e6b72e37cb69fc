"""ECS with what Express services have around them: load balancers and the like, which come and go with them.

The reference emulator does without, for it takes time with every Create. Task definitions are never
removed here: users saw theirs outlive the service. And two operations are as in AWS: ListServices does
not list deleted services (API reference, DeleteService), and DescribeServiceRevisions says what ECS made
for a service (service model, ECSManagedResources).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from moto.core.responses import ActionResult

from conformance.emulator.backend import Backend
from conformance.emulator.errors import invalid
from conformance.emulator.infrastructure import Infrastructure, Made
from conformance.emulator.mount import ATTRIBUTE, ExpressResponse, MotoNeighbours, is_express
from conformance.emulator.records import Members, Revision, Service, Timing
from conformance.emulator.scaling import Scaled


class Surroundings(MotoNeighbours):
    """Neighbours that make what an Express service needs, and remove it when the service is gone.

    Args:
        ecs: moto's ECS of the place.
        timing: when a service is gone.
        leaves: whether all of it stays then.

    Attributes:
        made: what was made and is not removed, by ARN and time of creation of the service.
    """

    def __init__(self, ecs: Any, timing: Timing, *, leaves: bool) -> None:
        super().__init__(ecs)
        self.made: dict[tuple[str, float], Made] = {}
        self._timing = timing
        self._leaves = leaves
        self._infrastructure = Infrastructure(ecs.account_id, ecs.region_name, self.default_subnets())
        self._lock = Lock()

    def announce(self, service: Service, tags: Sequence[Members]) -> None:
        """Make a new service known, and what it needs."""
        super().announce(service, tags)
        with self._lock:
            made = self._infrastructure.make(service, self.made.values())
            self.made[service.arn, service.created_at] = made

    def forget(self, task_definition_arn: str) -> None:
        """Keep a task definition: in an account all of them stay."""

    def settle(self) -> None:
        """Remove what was made for services that are gone by now."""
        backend: Backend | None = vars(self.ecs).get(ATTRIBUTE)
        if backend is None or not self.made:
            return
        with self._lock:
            for key in [key for key in self.made if self._is_gone(backend.services[key[0]], key[1])]:
                made = self.made.pop(key)
                if not self._leaves:
                    self._infrastructure.remove(made, self.made.values())

    def _is_gone(self, service: Service, created_at: float) -> bool:
        """Whether a service has been inactive for long enough, or another one has its name by now."""
        if service.created_at != created_at:
            return True
        if service.deleted_at is None:
            return False
        lasting = self._timing.drain_seconds + self._timing.removal_seconds
        return self._timing.clock() - service.deleted_at >= lasting


class SurroundedResponse(ExpressResponse):
    """ECS with two more operations as AWS has them."""

    def list_services(self) -> Any:
        """ListServices, without deleted services, and by who manages them (API reference, ListServices)."""
        listed: Any = super().list_services()
        manager = self._get_param("resourceManagementType")
        shown = {
            each.arn
            for each in self.ecs_backend.services.values()
            if each.status == "ACTIVE" and manager in {None, "ECS" if is_express(each) else "CUSTOMER"}
        }
        return ActionResult({"serviceArns": [arn for arn in listed.result["serviceArns"] if arn in shown]})

    def describe_service_revisions(self) -> Any:
        """DescribeServiceRevisions, of the revisions that an Express service has now."""
        backend = self.backend()
        known = {
            revision.arn: (service, revision)
            for service in backend.services.values()
            for revision in (service.target, service.former)
            if revision is not None
        }
        asked = self._get_param("serviceRevisionArns", [])
        shown = [_revision(backend, *known[arn]) for arn in asked if arn in known]
        missing = [{"arn": arn, "reason": "MISSING"} for arn in asked if arn not in known]
        return ActionResult({"serviceRevisions": shown, "failures": missing})


def _revision(backend: Backend, service: Service, revision: Revision) -> dict[str, Any]:
    """ServiceRevision; the message is that which the AWS CLI catches."""
    if service.status_code(backend.timing) == "INACTIVE":
        raise invalid("Cannot call DescribeServiceRevisions for a service that is INACTIVE")
    neighbours: Any = backend.neighbours
    made = neighbours.made.get((service.arn, service.created_at))
    return {
        "serviceRevisionArn": revision.arn,
        "serviceArn": service.arn,
        "clusterArn": backend.place.arn(f"cluster/{service.cluster}"),
        "taskDefinition": revision.task_definition,
        "launchType": "FARGATE",
        "createdAt": revision.created_at,
        "ecsManagedResources": _managed(backend, service, made) if made else {},
    }


def _managed(backend: Backend, service: Service, made: Made) -> dict[str, Any]:
    """ECSManagedResources: what was made for a service, each with its ARN and status."""
    place = backend.place
    # The first of the two statuses is inferred: a service that is DRAINING has its resources taken down.
    taken_down = service.deleted_at is not None
    active = {
        "status": "DEPROVISIONING" if taken_down else "ACTIVE",
        "updatedAt": service.deleted_at or service.created_at,
    }

    def arn(kind: str, resource: str) -> str:
        return f"arn:{place.partition}:{kind}:{place.region}:{place.account}:{resource}"

    ingress = {
        "accessType": "PUBLIC",
        "endpoint": service.endpoint,
        "loadBalancer": {**active, "arn": made.balancer.arn, "scheme": "internet-facing"},
        "loadBalancerSecurityGroups": [
            {**active, "arn": arn("ec2", f"security-group/{made.balancer.group}")}
        ],
        "certificate": {**active, "arn": made.certificate, "domainName": service.endpoint},
        "listener": {**active, "arn": made.balancer.listener},
        "rule": {**active, "arn": made.rule},
        "targetGroups": [{**active, "arn": each, **_checked(service)} for each in made.target_groups],
    }
    log_group = {**active, "arn": arn("logs", f"log-group:{made.log_group}"), "logGroupName": made.log_group}
    return {
        "ingressPaths": [ingress],
        "autoScaling": _scaling(service, made.scaled, active),
        "metricAlarms": [{**active, "arn": each} for each in made.scaled.alarms],
        "serviceSecurityGroups": [{**active, "arn": arn("ec2", f"security-group/{made.group}")}],
        "logGroups": [log_group] if made.log_group else [],
    }


def _scaling(service: Service, scaled: Scaled, active: dict[str, Any]) -> dict[str, Any]:
    """ManagedAutoScaling."""
    wanted = service.target.configuration.get("scalingTarget", {})
    policy = {
        **active,
        "arn": scaled.policy_arn,
        "policyType": "TargetTrackingScaling",
        "targetValue": float(wanted.get("autoScalingTargetValue", 60)),
        "metric": scaled.metric,
    }
    target = {
        **active,
        "arn": scaled.target,
        "minCapacity": wanted.get("minTaskCount", 1),
        "maxCapacity": wanted.get("maxTaskCount", 20),
    }
    return {"scalableTarget": target, "applicationAutoScalingPolicies": [policy]}


def _checked(service: Service) -> dict[str, Any]:
    """What a target group has to say of its port and its health checks."""
    configuration = service.target.configuration
    port = configuration["primaryContainer"].get("containerPort", 80)
    return {"healthCheckPath": configuration["healthCheckPath"], "healthCheckPort": port, "port": port}


def surrounded(timing: Timing, *, leaves: bool) -> tuple[type[ExpressResponse], Callable[[], None]]:
    """ECS with surroundings, and what lets them settle as time goes by.

    Args:
        timing: when a service is gone.
        leaves: whether what was made for it stays then.

    Returns:
        A class to mount, and a function to call before each request.
    """
    places: list[Surroundings] = []

    class Here(Surroundings):
        """The surroundings of one place."""

        def __init__(self, ecs: Any) -> None:
            super().__init__(ecs, timing, leaves=leaves)
            places.append(self)

    def settle() -> None:
        for place in tuple(places):
            place.settle()

    return type("Surrounded", (SurroundedResponse,), {"neighbours": Here}), settle
