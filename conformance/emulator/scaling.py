"""What scales an Express service and watches its deployments, in moto's own services.

Documented are one scalable target ``service/<cluster>/<service>`` with a target tracking policy, and alarms
by which deployments are rolled back (developer guide, Resources created by Express Mode services). That
Application Auto Scaling makes alarms of its own for such a policy, and deletes them with it, is its user
guide's. The names of policy and rollback alarm are made up here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.cloudwatch.models import cloudwatch_backends

from conformance.emulator.records import Service

DIMENSION = "ecs:service:DesiredCount"
NAMESPACE = "ecs"
_METRICS = {
    "AVERAGE_MEMORY": "ECSServiceAverageMemoryUtilization",
    "REQUEST_COUNT_PER_TARGET": "ALBRequestCountPerTarget",
}
_AVERAGE_CPU = "ECSServiceAverageCPUUtilization"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scaled:
    """What was made for the scaling of one service.

    Attributes:
        resource: its name in Application Auto Scaling.
        target: the ARN of the scalable target.
        policy: the name of the scaling policy.
        policy_arn: its ARN.
        metric: the metric that it follows.
        alarms: the ARNs of the alarms of both kinds.
    """

    resource: str
    target: str
    policy: str
    policy_arn: str
    metric: str
    alarms: tuple[str, ...]


class Scaling:
    """Makes and removes it in one place.

    Args:
        account, region: the place.
        tags: of what has tags.
    """

    def __init__(self, account: str, region: str, tags: Mapping[str, str]) -> None:
        self._targets: Any = applicationautoscaling_backends[account][region]
        self._alarms: Any = cloudwatch_backends[account][region]
        self._tags = tags

    def make(self, service: Service) -> Scaled:
        """Make it for a new service, which moto's ECS knows already."""
        resource = f"service/{service.cluster}/{service.name}"
        wanted = service.target.configuration.get("scalingTarget", {})
        target = self._targets.register_scalable_target(
            NAMESPACE,
            resource,
            DIMENSION,
            wanted.get("minTaskCount", 1),
            wanted.get("maxTaskCount", 20),
            "",
            {},
        )
        target.tags = dict(self._tags)  # moto has none for it
        metric = _METRICS.get(wanted.get("autoScalingMetric", ""), _AVERAGE_CPU)
        body = {"PredefinedMetricSpecification": {"PredefinedMetricType": metric}, "TargetValue": 60.0}
        name = f"ecs-express-{uuid4().hex[:8]}"
        policy = self._targets.put_scaling_policy(
            name, NAMESPACE, resource, DIMENSION, body, "TargetTrackingScaling"
        )
        alarms = [*policy.alarms, self._rollback()]
        return Scaled(
            resource=resource,
            target=target.arn,
            policy=name,
            policy_arn=policy.policy_arn,
            metric=metric,
            alarms=tuple(alarm.alarm_arn for alarm in alarms),
        )

    def remove(self, scaled: Scaled, *, reused: bool) -> None:
        """Remove it, as far as nobody has done so before.

        Args:
            scaled: what was made.
            reused: whether another service has the name by now, and so the scalable target.
        """
        kept = self._targets.describe_scaling_policies(NAMESPACE, scaled.resource, None, None, "")[1]
        if any(policy.policy_name == scaled.policy for policy in kept):
            self._targets.delete_scaling_policy(scaled.policy, NAMESPACE, scaled.resource, DIMENSION)
        if not reused and self._targets.describe_scalable_targets(NAMESPACE, [scaled.resource], None):
            self._targets.deregister_scalable_target(NAMESPACE, scaled.resource, DIMENSION)
        self._alarms.delete_alarms([arn.split(":", 6)[6] for arn in scaled.alarms])

    def _rollback(self) -> Any:
        """The alarm by which a deployment is rolled back."""
        return self._alarms.put_metric_alarm(
            name=f"ecs-express-rollback-{uuid4().hex[:17]}",
            namespace="AWS/ApplicationELB",
            metric_name="HTTPCode_Target_5XX_Count",
            comparison_operator="GreaterThanThreshold",
            evaluation_periods=3,
            period=60,
            threshold=1.0,
            statistic="Sum",
            description="ECS managed",
            dimensions=[],
            alarm_actions=[],
            tags=[{"Key": name, "Value": value} for name, value in self._tags.items()],
        )
