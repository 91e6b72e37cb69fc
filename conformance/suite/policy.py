"""The least that an IAM policy has to allow, so that live runs and ``cleanup`` can do what they do.

One :class:`Grant` for each thing that the suite does, with the operations that it calls for it. Which of
their actions can be limited to resources, or by conditions, is from the Service Authorization Reference:

- https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
- https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatchlogs.html
- https://docs.aws.amazon.com/service-authorization/latest/reference/list_awselasticloadbalancingv2.html
- https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonec2.html
- https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
- https://docs.aws.amazon.com/service-authorization/latest/reference/list_awscertificatemanager.html
- https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsapplicationautoscaling.html
- https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazoncloudwatch.html
- https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonresourcegrouptaggingapi.html

Comments say what is not from there. No run under such a policy in a real account is on record yet.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance import model
from conformance.exceptions import ConfigurationError
from conformance.scenarios.inventory import CREATE_CLUSTER, DELETE_CLUSTER
from conformance.suite.run_names import TAG
from conformance.targets import Settings
from strategies.identities import IDENTITIES

EXECUTION_ROLE = "ecsTaskExecutionRole"
INFRASTRUCTURE_ROLE = "ecsInfrastructureRoleForExpressServices"
"""The names that the developer guide gives the two roles ("Create your first Express Mode service")."""

_VERSION = "2012-10-17"
_ISSUER = "token.actions.githubusercontent.com"
_AUDIENCE = "sts.amazonaws.com"
_OURS = "Xc-*"
# What ECS makes for Express services outside ECS has this tag (AWS managed policy
# AmazonECSInfrastructureRoleforExpressGatewayServices), and names that do not say for which service it is.
_MANAGED = {"StringEquals": {"aws:ResourceTag/AmazonECSManaged": "true"}}
_REPOSITORY = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")
_ENVIRONMENT = re.compile(r"[A-Za-z0-9._ -]{1,255}")
_ACCOUNT = re.compile(r"[0-9]{12}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """What a policy is made for.

    Attributes:
        account: its twelve digits.
        regions: the Regions that runs may be in.
        cluster: the name of the cluster that runs create their service in.
        task_roles: the ARNs of the roles that tasks get.
        infrastructure_role: the ARN of the role that Express gets.

    Raises:
        ConfigurationError: something of this is missing, or is none.
    """

    account: str
    regions: tuple[str, ...]
    cluster: str = "default"
    task_roles: tuple[str, ...] = ()
    infrastructure_role: str = ""

    def __post_init__(self) -> None:
        if not _ACCOUNT.fullmatch(self.account):
            raise ConfigurationError(
                f"{self.account!r} is no account.", hint="Give --account with its twelve digits, or --target."
            )
        if not self.regions or len({model.partition(region) for region in self.regions}) > 1:
            raise ConfigurationError(
                "A policy is for one Region, or several of one partition.",
                hint="Give --region, or regions = [...] of the target.",
            )

    @classmethod
    def of(cls, settings: Settings, *, account: str = "", region: str = "") -> Place:
        """What a configured target says, unless the command line says otherwise.

        Raises:
            ConfigurationError: account or Region is missing.
        """
        return cls(
            account=account or next(iter(settings.accounts), ""),
            regions=(region,) if region else settings.regions or (settings.region,),
            cluster=settings.cluster.rpartition("/")[2] or "default",
            task_roles=settings.pools.roles,
            infrastructure_role=settings.infrastructure_role,
        )

    @property
    def partition(self) -> str:
        """Of all Regions."""
        return model.partition(self.regions[0])

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something in the account and its Region, or in any if it is for several."""
        region = self.regions[0] if len(self.regions) == 1 else "*"
        return f"arn:{self.partition}:{service}:{region}:{self.account}:{resource}"

    def role(self, name: str) -> str:
        """The ARN of a role."""
        return f"arn:{self.partition}:iam::{self.account}:role/{name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One statement of the policy.

    Attributes:
        sid: its name.
        actions: what is allowed.
        resources: of what; by default of everything, where an action cannot be limited.
        condition: under which condition.
        anywhere: whether in all Regions: IAM and STS have none, or not always the caller's.
    """

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)
    condition: Mapping[str, Mapping[str, Any]] | None = None
    anywhere: bool = False

    def to_json(self, regions: Sequence[str]) -> dict[str, Any]:
        """The statement as JSON."""
        condition = {operator: dict(keys) for operator, keys in (self.condition or {}).items()}
        if not self.anywhere:
            condition.setdefault("StringEquals", {})["aws:RequestedRegion"] = _plain(regions)
        limits = {"Condition": condition} if condition else {}
        return {
            "Sid": self.sid,
            "Effect": "Allow",
            "Action": _plain(self.actions),
            "Resource": _plain(self.resources),
            **limits,
        }


def permissions(place: Place) -> dict[str, Any]:
    """The policy of whoever runs the suite in an account.

    Args:
        place: the account and what exists in it.

    Returns:
        The policy document.
    """
    grants = (*_runs(place), *_roles(place), *_clean_up(place))
    return {"Version": _VERSION, "Statement": [grant.to_json(place.regions) for grant in grants]}


def trust(place: Place, repository: str, environment: str) -> dict[str, Any]:
    """The trust policy of a role for a workflow of GitHub, in one environment of one repository.

    (https://docs.github.com/en/actions/how-tos/secure-your-work/security-harden-deployments/oidc-in-aws)

    Args:
        place: the account that has GitHub's identity provider.
        repository: ``OWNER/NAME``.
        environment: the environment's name.

    Raises:
        ConfigurationError: repository or environment is none.
    """
    if not _REPOSITORY.fullmatch(repository):
        raise ConfigurationError(f"{repository!r} is no repository.", hint="Write it as OWNER/NAME.")
    if not _ENVIRONMENT.fullmatch(environment):
        raise ConfigurationError(
            f"{environment!r} is no name of an environment.", hint="It has letters, digits, '.', '_' and '-'."
        )
    provider = f"arn:{place.partition}:iam::{place.account}:oidc-provider/{_ISSUER}"
    claims = {f"{_ISSUER}:aud": _AUDIENCE, f"{_ISSUER}:sub": f"repo:{repository}:environment:{environment}"}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": provider},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": claims},
    }
    return {"Version": _VERSION, "Statement": [statement]}


def _runs(place: Place) -> Iterator[Grant]:
    """What a run does itself."""
    # No policy is needed for it, and none can forbid it (API reference of STS); it says what the guard asks.
    yield Grant(sid="Guard", actions=("sts:GetCallerIdentity",), anywhere=True)
    created = (place.arn("ecs", f"service/{place.cluster}/{_OURS}"),)
    tagged = {"StringLike": {f"aws:RequestTag/{TAG}": "*"}}
    yield Grant(sid="Create", actions=_ecs(model.CREATE), resources=created, condition=tagged)
    # Inferred from the other operations that create: tags need a permission of their own. The value of
    # ecs:CreateAction is not documented for this one, so the tag is the condition.
    yield Grant(sid="TagOnCreate", actions=("ecs:TagResource",), resources=created, condition=tagged)
    # In any cluster: clean-up looks into all, and an update names one that does not exist.
    yield Grant(
        sid="Services",
        actions=_ecs(model.OPERATION, model.DESCRIBE, model.DELETE),
        resources=(place.arn("ecs", f"service/*/{_OURS}"),),
    )
    # Updates of services that do not exist are refused for another reason only to those who may update them.
    yield Grant(
        sid="ServicesThatDoNotExist",
        actions=_ecs(model.OPERATION),
        resources=tuple(place.arn("ecs", f"service/*/{name}") for name in _unknown_names()),
    )
    # Create and, as observed, Update register revisions of a family <cluster>-<service> for the caller.
    yield Grant(
        sid="TaskDefinitions",
        actions=_ecs(model.REGISTER_TASK_DEFINITION),
        resources=(place.arn("ecs", f"task-definition/*{_OURS}"),),
    )
    yield Grant(
        sid="Cluster",
        actions=_ecs(CREATE_CLUSTER),
        resources=(place.arn("ecs", f"cluster/{place.cluster}"),),
    )


def _roles(place: Place) -> Iterator[Grant]:
    """The roles that a run hands on.

    That they are passed to these services is inferred from whom their trust policies name.
    """
    given = {
        "ecs-tasks.amazonaws.com": place.task_roles or (place.role(EXECUTION_ROLE),),
        "ecs.amazonaws.com": (place.infrastructure_role or place.role(INFRASTRUCTURE_ROLE),),
    }
    for service, roles in given.items():
        yield Grant(
            sid="PassRoleToTasks" if service.startswith("ecs-tasks") else "PassRoleToExpress",
            actions=("iam:PassRole",),
            resources=tuple(roles),
            condition={"StringEquals": {"iam:PassedToService": service}},
            anywhere=True,
        )


def _clean_up(place: Place) -> Iterator[Grant]:
    """What finds and deletes what runs, and Express for them, have left."""
    yield Grant(
        sid="LookAround",
        actions=(
            *_ecs("ListClusters", "ListServices", "ListTaskDefinitions", "DescribeTaskDefinition"),
            "tag:GetResources",
            "logs:DescribeLogGroups",
            *_balancing(
                "DescribeLoadBalancers", "DescribeTargetGroups", "DescribeListeners", "DescribeRules"
            ),
            "ec2:DescribeSecurityGroups",
            "acm:DescribeCertificate",
            "application-autoscaling:DescribeScalableTargets",
            "application-autoscaling:DescribeScalingPolicies",
            "cloudwatch:DescribeAlarms",
        ),
    )
    yield Grant(
        sid="WhatEcsMade",
        actions=_ecs("DescribeServiceRevisions"),
        resources=(place.arn("ecs", f"service-revision/*/{_OURS}"),),
    )
    # It cannot be limited to resources; the suite names no others than its own.
    yield Grant(sid="Deregister", actions=_ecs("DeregisterTaskDefinition"))
    yield Grant(
        sid="LeftClusters",
        actions=_ecs("DescribeClusters", DELETE_CLUSTER),
        resources=(place.arn("ecs", f"cluster/{_OURS}"),),
    )
    # Documented form of the name: /aws/ecs/<cluster>/<service>-####.
    yield Grant(
        sid="LeftLogGroups",
        actions=("logs:DeleteLogGroup",),
        resources=(place.arn("logs", f"log-group:/aws/ecs/*/{_OURS}"),),
    )
    yield from _left_managed(place)


def _left_managed(place: Place) -> Iterator[Grant]:
    """What deletes what ECS itself ought to have deleted: by the tag that ECS gives all of it."""
    yield Grant(
        sid="LeftManaged",
        actions=(
            *_balancing("DeleteLoadBalancer", "DeleteListener", "DeleteRule", "DeleteTargetGroup"),
            "ec2:DeleteSecurityGroup",
            "acm:DeleteCertificate",
            "application-autoscaling:DeregisterScalableTarget",
            "cloudwatch:DeleteAlarms",
        ),
        resources=(
            *(
                place.arn("elasticloadbalancing", kind)
                for kind in ("loadbalancer/app/*", "listener/app/*", "listener-rule/app/*", "targetgroup/*")
            ),
            place.arn("ec2", "security-group/*"),
            place.arn("acm", "certificate/*"),
            place.arn("application-autoscaling", "scalable-target/*"),
            place.arn("cloudwatch", "alarm:*"),
        ),
        condition=_MANAGED,
    )
    # Not by that tag: AWS's own policy for ECS has this condition for it.
    yield Grant(
        sid="LeftScalingPolicies",
        actions=("application-autoscaling:DeleteScalingPolicy",),
        resources=(place.arn("application-autoscaling", "scalable-target/*"),),
        condition={"StringEquals": {"application-autoscaling:service-namespace": "ecs"}},
    )


def _balancing(*operations: str) -> tuple[str, ...]:
    return tuple(f"elasticloadbalancing:{operation}" for operation in operations)


def _ecs(*operations: str) -> tuple[str, ...]:
    return tuple(f"ecs:{operation}" for operation in operations)


def _unknown_names() -> tuple[str, ...]:
    return tuple(str(token) for token in IDENTITIES["unknown-name"].tokens)


def _plain(values: Sequence[str]) -> Any:
    """One value by itself, several as a list."""
    return values[0] if len(values) == 1 else list(values)
