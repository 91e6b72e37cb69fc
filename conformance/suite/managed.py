"""What ECS makes for an Express service beside it, and ought to take down with it.

None of it has to carry a name or tag of the run. ECS itself tells what it is: ``ecsManagedResources`` of a
service revision (service model, DescribeServiceRevisions), which is refused for a service that is INACTIVE
(the AWS CLI catches that error). So it is noted while a service still is there.

Documented: Delete "removes all associated AWS resources" (API reference, DeleteExpressGatewayService); each
of the kinds below carries the tag ``AmazonECSManaged``, and may be deleted by ECS (AWS managed policy
AmazonECSInfrastructureRoleforExpressGatewayServices, version 6). Observed: that takes ten minutes. Assumed:
the active configurations of a service name all revisions that matter, also while it is DRAINING. Log groups
are not looked after here, for that policy does not let ECS delete them; they are found by their names. A kind
that a later model adds is not known here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.exceptions import ClientError

from conformance.suite.account import Account, code_of, is_gone

_MOST_REVISIONS = 20  # of one DescribeServiceRevisions
_DELETED = "DELETED"
# An emulator without the operation makes nothing that could be asked for; AWS has it.
_NOT_THERE = {"UnknownOperationException", "InvalidAction", "NotImplemented", "501"}
_INACTIVE = "InvalidParameterException"
_SCALING: Mapping[str, str] = {"ServiceNamespace": "ecs"}
_DIMENSION = "ecs:service:DesiredCount"

LISTENER, BALANCER, GROUP = "listener", "load balancer", "security group"

_MEMBERS = {
    "rule": "listener rule",
    "targetGroups": "target group",
    "listener": LISTENER,
    "loadBalancer": BALANCER,
    "loadBalancerSecurityGroups": GROUP,
    "serviceSecurityGroups": GROUP,
    "certificate": "certificate",
    "applicationAutoScalingPolicies": "scaling policy",
    "scalableTarget": "scalable target",
    "metricAlarms": "metric alarm",
}
"""Members of ``ecsManagedResources``, with the kinds of what has an ARN there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Managed:
    """Something that ECS made for a run's service.

    Attributes:
        kind: what it is, for a person: one of :data:`KINDS`.
        arn: its ARN.
        service: the ARN of the service; empty if nobody knows.
        run: the id of the run.
        noted_at: when it was noted, in epoch seconds; 0 if it was found in another way.
    """

    kind: str
    arn: str
    service: str
    run: str
    noted_at: float = 0.0

    @property
    def name(self) -> str:
        """The ARN without what all have in common."""
        return self.arn.split(":", 5)[-1]

    @property
    def last(self) -> str:
        """What a name or id is in the end of the ARN."""
        return self.name.partition(":" if self.kind == "metric alarm" else "/")[2]

    @property
    def scaled(self) -> dict[str, str]:
        """The service, as Application Auto Scaling names it."""
        return {**_SCALING, "ResourceId": self.service.split(":", 5)[-1]}


def managed_by(account: Account, service: str, *, run: str, now: float) -> list[Managed]:
    """What ECS says that it manages for a service; nothing if the service is gone.

    Args:
        account: where.
        service: its ARN.
        run: the run whose service it is.
        now: the time.

    Raises:
        ClientError: it may not be asked.
    """
    shown = account.express_service(service).get("activeConfigurations", ())
    revisions = [each["serviceRevisionArn"] for each in shown if each.get("serviceRevisionArn")]
    found: dict[tuple[str, str], None] = {}
    for described in _revisions(account, revisions[:_MOST_REVISIONS]):
        found.update(dict.fromkeys(_resources("", described.get("ecsManagedResources") or {})))
    return [Managed(kind=kind, arn=arn, service=service, run=run, noted_at=now) for kind, arn in found]


def _revisions(account: Account, arns: list[str]) -> list[dict[str, Any]]:
    if not arns:
        return []
    try:
        answer = account.client("ecs").describe_service_revisions(serviceRevisionArns=arns)
    except ClientError as error:
        if code_of(error) in {*_NOT_THERE, _INACTIVE}:
            return []
        raise
    return list(answer.get("serviceRevisions", ()))


def _resources(member: str, value: Any) -> Iterator[tuple[str, str]]:
    """Kind and ARN of all that is known in a part of ``ecsManagedResources``, and not deleted yet."""
    if isinstance(value, list):
        for each in value:
            yield from _resources(member, each)
    elif isinstance(value, dict):
        if member in _MEMBERS and value.get("arn") and value.get("status") != _DELETED:
            yield _MEMBERS[member], str(value["arn"])
        for name, part in value.items():
            yield from _resources(name, part)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """How things of a kind are looked for and deleted.

    Attributes:
        there: finds one; an answer that says that there is none, or an empty one, means that it is gone.
        delete: deletes it.
    """

    there: Callable[[Account, Managed], Any]
    delete: Callable[[Account, Managed], Any]


def _balancing(noun: str, parameter: str) -> Kind:
    """A kind of Elastic Load Balancing."""
    singular, plural = noun.lower(), f"{noun.lower()}s"
    many = f"{parameter}s"

    def there(account: Account, each: Managed) -> Any:
        return getattr(account.client("elbv2"), f"describe_{plural}")(**{many: [each.arn]})

    def delete(account: Account, each: Managed) -> Any:
        return getattr(account.client("elbv2"), f"delete_{singular}")(**{parameter: each.arn})

    return Kind(there=there, delete=delete)


def _policy(account: Account, each: Managed) -> dict[str, Any] | None:
    """The scaling policy, as it is shown."""
    policies = account.pages(
        "application-autoscaling", "describe_scaling_policies", "ScalingPolicies", **each.scaled
    )
    return next((policy for policy in policies if policy["PolicyARN"] == each.arn), None)


def _delete_policy(account: Account, each: Managed) -> None:
    if policy := _policy(account, each):
        account.client("application-autoscaling").delete_scaling_policy(
            **each.scaled, PolicyName=policy["PolicyName"], ScalableDimension=policy["ScalableDimension"]
        )


KINDS: Mapping[str, Kind] = {
    "listener rule": _balancing("Rule", "RuleArn"),
    "target group": _balancing("Target_Group", "TargetGroupArn"),
    LISTENER: _balancing("Listener", "ListenerArn"),
    BALANCER: _balancing("Load_Balancer", "LoadBalancerArn"),
    GROUP: Kind(
        there=lambda account, each: account.client("ec2").describe_security_groups(GroupIds=[each.last]),
        delete=lambda account, each: account.client("ec2").delete_security_group(GroupId=each.last),
    ),
    "certificate": Kind(
        there=lambda account, each: account.client("acm").describe_certificate(CertificateArn=each.arn),
        delete=lambda account, each: account.client("acm").delete_certificate(CertificateArn=each.arn),
    ),
    "scaling policy": Kind(there=_policy, delete=_delete_policy),
    "scalable target": Kind(
        there=lambda account, each: account.client("application-autoscaling").describe_scalable_targets(
            ServiceNamespace=_SCALING["ServiceNamespace"], ResourceIds=[each.scaled["ResourceId"]]
        )["ScalableTargets"],
        delete=lambda account, each: account.client("application-autoscaling").deregister_scalable_target(
            **each.scaled, ScalableDimension=_DIMENSION
        ),
    ),
    "metric alarm": Kind(
        there=lambda account, each: account.client("cloudwatch").describe_alarms(AlarmNames=[each.last])[
            "MetricAlarms"
        ],
        delete=lambda account, each: account.client("cloudwatch").delete_alarms(AlarmNames=[each.last]),
    ),
}
"""All kinds, in the order in which they can be deleted."""


def is_there(account: Account, each: Managed) -> bool:
    """Whether something still exists.

    Raises:
        ClientError: it may not be looked for.
    """
    try:
        return bool(KINDS[each.kind].there(account, each))
    except ClientError as error:
        if is_gone(error):
            return False
        raise
