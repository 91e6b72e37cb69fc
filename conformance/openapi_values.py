"""What values an OpenAPI document of the operation allows, where the service model says nothing.

Sources: IAM User Guide, "IAM identifiers"; Elastic Load Balancing API reference, CreateTargetGroup (paths)
and TargetDescription (ports); CloudWatch Logs API reference, CreateLogGroup; Amazon ECS API reference,
ContainerDefinition (images) and Secret; Amazon ECS Developer Guide, "Troubleshoot Amazon ECS task definition
invalid CPU or memory errors" and "Resources created by Express Mode services".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from conformance import model
from conformance.sizes import FARGATE, MEMORIES
from strategies.pools import ValuePools

Schema = dict[str, Any]

SERVICE_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):ecs:(?P<region>[a-z0-9-]+):(?P<account>\d{12}):service/[^/\s]+/[^/\s]+"
)

# Of the sizes of Fargate those that all go with each other: one of them may come without the other.
_CPUS, _MEMORIES = ("1024", "2048"), ("4096", "5120", "6144", "7168", "8192")
_IMAGE = (
    r"([a-z0-9]+([.-][a-z0-9]+)*(:[0-9]{2,5})?/)?[a-z0-9]+([._/-][a-z0-9]+)*"
    r"(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?"
)
_NAME = "[A-Za-z0-9_-]{1,255}"
_REQUESTS = "REQUEST_COUNT_PER_TARGET"
_MOST_TASKS = 1000  # an account's quotas end somewhere beyond
_CONTAINER, _NETWORK, _SCALING = "primaryContainer", "networkConfiguration", "scalingTarget"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Place:
    """Patterns of the parts of an ARN: those of a service that exists, or any."""

    partition: str
    region: str
    account: str

    def arn(self, service: str, resource: str) -> str:
        """The pattern of ARNs of these resources; IAM's have no Region."""
        region = "" if service == "iam" else self.region
        return f"arn:{self.partition}:{service}:{region}:{self.account}:{resource}"


def values(
    *, service_arn: str = "", task_definition_arn: str = "", pools: ValuePools | None = None
) -> dict[str, Schema]:
    """By path of a member, what is to be added to its schema; see :func:`conformance.openapi.document`."""
    pools = pools or ValuePools()
    known = SERVICE_ARN.match(service_arn)
    place = _Place(**known.groupdict()) if known else _ANYWHERE
    return {
        "serviceArn": _just(service_arn) or _text(place.arn("ecs", f"service/{_NAME}/{_NAME}")),
        "taskDefinitionArn": _just(task_definition_arn)
        or _text(place.arn("ecs", f"task-definition/{_NAME}:[1-9][0-9]{{0,4}}")),
        "executionRoleArn": _role(place, pools),
        "taskRoleArn": _role(place, pools),
        "healthCheckPath": {**_text("/[A-Za-z0-9/_.~?=&%-]*"), "maxLength": 1024},
        "cpu": {"enum": [*_CPUS] if service_arn else _written(FARGATE)},
        "memory": {"enum": [*_MEMORIES] if service_arn else _written(MEMORIES)},
        **_container(place, pools),
        **_network(pools),
        **_scaling(),
    }


def pairs() -> list[Schema]:
    """Which memory goes with a cpu that is sent with it."""
    return [
        {
            "if": {"properties": {"cpu": {"const": str(cpu)}}, "required": ["cpu"]},
            "then": {"properties": {"memory": {"enum": _written(memories)}}},
        }
        for cpu, memories in FARGATE.items()
    ]


_ANYWHERE = _Place(partition="aws[a-z-]*", region="[a-z]{2,4}(-[a-z]+)+-[0-9]", account="[0-9]{12}")


def _role(place: _Place, pools: ValuePools) -> Schema:
    name = "([A-Za-z0-9+=,.@_-]+/)*[A-Za-z0-9+=,.@_-]{1,64}"
    return _one_of(pools.roles) or _text(place.arn("iam", f"role/{name}"))


def _container(place: _Place, pools: ValuePools) -> dict[str, Schema]:
    secret = place.arn("secretsmanager", "secret:[A-Za-z0-9/_+=.@:-]{1,512}")
    parameter = place.arn("ssm", "parameter/[A-Za-z0-9/_.-]{1,512}")
    credentials = _one_of(pools.repository_credentials) or _text(secret)
    inside = {
        "image": _one_of(pools.images) or {**_text(_IMAGE), "maxLength": 255},
        "containerPort": {"minimum": 1, "maximum": 65535},
        "awsLogsConfiguration.logGroup": _one_of(pools.log_groups) or _text("[A-Za-z0-9_./#-]{1,512}"),
        "awsLogsConfiguration.logStreamPrefix": _text("[A-Za-z0-9_.-]{1,256}"),
        "repositoryCredentials.credentialsParameter": credentials,
        "command": {"minItems": 1},
        "command[]": {"minLength": 1},
        "environment": {"minItems": 1},
        "environment[]": {"required": ["name", "value"]},
        "environment[].name": _text("[A-Za-z_][A-Za-z0-9_]*"),
        "environment[].value": {"minLength": 1},
        "secrets": {"minItems": 1},
        # A container may not have a variable and a secret of one name, which a schema cannot say.
        "secrets[].name": _text("SECRET_[A-Za-z0-9_]+"),
        "secrets[].valueFrom": _one_of(pools.secrets) or _text(f"({secret}|{parameter})"),
    }
    return {f"{_CONTAINER}.{path}": schema for path, schema in inside.items()}


def _network(pools: ValuePools) -> dict[str, Schema]:
    return {
        _NETWORK: {"minProperties": 1},
        f"{_NETWORK}.subnets": {"minItems": min(2, len(pools.subnets) or 2), "uniqueItems": True},
        f"{_NETWORK}.subnets[]": _one_of(pools.subnets) or _text("subnet-[0-9a-f]{17}"),
        f"{_NETWORK}.securityGroups": {"minItems": 1, "maxItems": 5, "uniqueItems": True},
        f"{_NETWORK}.securityGroups[]": _one_of(pools.security_groups) or _text("sg-[0-9a-f]{17}"),
    }


def _scaling() -> dict[str, Schema]:
    """Counts, and which target goes with which metric: percentages to 100, requests to 65,536."""
    metric, goal = "autoScalingMetric", "autoScalingTargetValue"
    names = next(m.enum for m in model.operation().input if m.path == f"{_SCALING}.{metric}")
    percent = {metric: {"enum": [name for name in names if name != _REQUESTS]}, goal: {"maximum": 100}}
    requests = {metric: {"const": _REQUESTS}, goal: {"maximum": 65536}}
    either = [{"properties": percent}, {"properties": requests, "required": [metric]}]
    return {
        _SCALING: {"minProperties": 1, "anyOf": either},
        f"{_SCALING}.minTaskCount": {"minimum": 0, "maximum": _MOST_TASKS},
        f"{_SCALING}.maxTaskCount": {"minimum": 1, "maximum": _MOST_TASKS},
        f"{_SCALING}.{goal}": {"minimum": 1},
    }


def _just(value: str) -> Schema:
    return {"const": value} if value else {}


def _one_of(choices: tuple[str, ...]) -> Schema:
    return {"enum": list(choices)} if choices else {}


def _text(pattern: str) -> Schema:
    return {"pattern": f"^{pattern}$"}


def _written(sizes: Iterable[int]) -> list[str]:
    return [str(size) for size in sorted(sizes)]
