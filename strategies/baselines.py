"""A body with known values: what a service holds before an update is judged."""

from __future__ import annotations

from typing import Any

from strategies.pools import ANYWHERE, ValuePools
from strategies.updates import OPTIONAL


def baseline(pools: ValuePools = ANYWHERE) -> dict[str, Any]:
    """A create or update body with every member whose valid values are known, but ``taskDefinitionArn``.

    No value equals a default that any AWS document states, so a member that a service resets is seen; and all
    values differ from each other as far as the pools allow, so one that lands in another member is seen, too.
    CPU and memory are a pair of :func:`strategies.sizes.compatible_pairs`, and the scaling target goes with
    all of :func:`strategies.scaling.scaling_targets`.

    A member that only a newer service model has is left out: a guess could make the target refuse it all.
    """
    body = {
        "executionRoleArn": _pick(pools.roles, 0, _role(pools, "execution")),
        "healthCheckPath": "/baseline/health",
        "primaryContainer": _container(pools),
        "taskRoleArn": _pick(pools.roles, 1, _role(pools, "task")),
        "networkConfiguration": {
            "subnets": list(pools.subnets[:2]) or [f"subnet-{n:017x}" for n in (0xBA5E1, 0xBA5E2)],
            "securityGroups": list(pools.security_groups[:1]) or [f"sg-{0xBA5E3:017x}"],
        },
        "cpu": "2048",
        "memory": "5120",
        "cpuArchitecture": "ARM64",
        "scalingTarget": {
            "minTaskCount": 2,
            "maxTaskCount": 7,
            "autoScalingMetric": "AVERAGE_MEMORY",
            "autoScalingTargetValue": 71,
        },
    }
    return {name: value for name, value in body.items() if name in OPTIONAL}


def _container(pools: ValuePools) -> dict[str, Any]:
    return {
        "image": _pick(pools.images, 0, "public.ecr.aws/docker/library/httpd:2.4"),
        "containerPort": 8081,
        "awsLogsConfiguration": {
            "logGroup": _pick(pools.log_groups, 0, "/baseline/logs"),
            "logStreamPrefix": "baseline",
        },
        "repositoryCredentials": {
            "credentialsParameter": _pick(pools.repository_credentials, 0, _secret(pools, "registry")),
        },
        "command": ["serve", "--baseline"],
        "environment": [
            {"name": "BASELINE_ONE", "value": "first value"},
            {"name": "BASELINE_TWO", "value": "zweiter Wert: é"},
        ],
        "secrets": [
            {"name": "SECRET_BASELINE_ONE", "valueFrom": _pick(pools.secrets, 0, _secret(pools, "one"))},
            {"name": "SECRET_BASELINE_TWO", "valueFrom": _pick(pools.secrets, 1, _secret(pools, "two"))},
        ],
    }


def _pick(pool: tuple[str, ...], index: int, otherwise: str) -> str:
    """The pool's value at an index, or its last; the other value if it is empty."""
    return pool[min(index, len(pool) - 1)] if pool else otherwise


def _role(pools: ValuePools, name: str) -> str:
    return f"arn:{pools.partition}:iam::{pools.account}:role/baseline-{name}"


def _secret(pools: ValuePools, name: str) -> str:
    where = f"{pools.partition}:secretsmanager:{pools.region}:{pools.account}"
    return f"arn:{where}:secret:baseline/{name}-BaSeLn"
