"""From requests to configurations: defaults, the merge that keeps what is left out, task definitions.

Defaults are those of Create's API page and of the model, which differ from the developer guide's (1024 units,
2048 MiB, path "/"); maxTaskCount has a default in the guide only. The merge goes all the way down: a member
that a request leaves out keeps its value, also inside a structure of which other members are given. A list is
one value.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.emulator.records import Members

CONTAINER = "Main"
DERIVED = frozenset(
    {"primaryContainer", "executionRoleArn", "taskRoleArn", "cpu", "memory", "cpuArchitecture"}
)
"""What a task definition says; the rest of a configuration is the service's own."""

_CONFIGURING = DERIVED | {"healthCheckPath", "networkConfiguration", "scalingTarget"}
_MANAGED_TASK = {"cpu": "256", "memory": "512", "cpuArchitecture": "X86_64"}
_SCALING = {
    "minTaskCount": 1,
    "maxTaskCount": 20,
    "autoScalingMetric": "AVERAGE_CPU",
    "autoScalingTargetValue": 60,
}


class Merger:
    """Makes the configuration that a request leads to; it changes nothing that it is given."""

    def defaults(self, subnets: Sequence[str]) -> dict[str, Any]:
        """The service's own part of a new configuration."""
        return {
            "healthCheckPath": "/ping",
            "scalingTarget": dict(_SCALING),
            "networkConfiguration": {"subnets": list(subnets), "securityGroups": []},
        }

    def task_defaults(self, log_group: str) -> dict[str, Any]:
        """The part of a new configuration that becomes the managed task definition."""
        logs = {"logGroup": log_group, "logStreamPrefix": "ecs"}
        return {**_MANAGED_TASK, "primaryContainer": {"containerPort": 80, "awsLogsConfiguration": logs}}

    def changes(self, request: Members) -> dict[str, Any]:
        """The members of a request that change the configuration."""
        return {name: value for name, value in request.items() if name in _CONFIGURING}

    def merge(self, current: Members, changes: Members) -> dict[str, Any]:
        """The current members with the changed ones in their place."""
        return {**current, **{name: self.member(current.get(name), value) for name, value in changes.items()}}

    def member(self, current: Any, given: Any) -> Any:
        """One member: a structure keeps what is left out of it, anything else is replaced."""
        if isinstance(current, dict) and isinstance(given, dict):
            return self.merge(current, given)
        return given

    def own(self, configuration: Members) -> dict[str, Any]:
        """What remains of a configuration when its task definition is exchanged."""
        return {name: value for name, value in configuration.items() if name not in DERIVED}

    def derived(self, definition: Members, main: Members) -> dict[str, Any]:
        """What a customer's task definition says, in the words of a configuration.

        That answers show a derived primaryContainer and roles is seen in public
        (https://github.com/hashicorp/terraform-provider-aws/pull/49095). cpuArchitecture is only there if the
        task definition has one (API page).
        """
        platform = definition.get("runtimePlatform", {})
        said = {name: definition.get(name) for name in ("executionRoleArn", "taskRoleArn", "cpu", "memory")}
        said["cpuArchitecture"] = platform.get("cpuArchitecture")
        return {**_present(said), "primaryContainer": _container(main)}

    def task_definition(self, family: str, configuration: Members) -> dict[str, Any]:
        """The managed task definition of a configuration, as RegisterTaskDefinition takes it."""
        roles = {name: configuration.get(name) for name in ("executionRoleArn", "taskRoleArn")}
        return {
            "family": family,
            "containerDefinitions": [_container_definition(configuration["primaryContainer"])],
            "cpu": configuration["cpu"],
            "memory": configuration["memory"],
            "networkMode": "awsvpc",
            "requiresCompatibilities": ["FARGATE"],
            "runtimePlatform": {
                "cpuArchitecture": configuration["cpuArchitecture"],
                "operatingSystemFamily": "LINUX",
            },
            **_present(roles),
        }


def _container(main: Members) -> dict[str, Any]:
    """The primary container that a task definition's Main amounts to."""
    mapping = next(each for each in main["portMappings"] if each.get("protocol", "tcp") == "tcp")
    names = ("image", "repositoryCredentials", "command", "environment", "secrets")
    container = _present({name: main.get(name) for name in names})
    return container | {"containerPort": mapping["containerPort"]} | _logs(main.get("logConfiguration") or {})


def _logs(configuration: Members) -> dict[str, Any]:
    """awsLogsConfiguration, if the container logs to CloudWatch; it has no halves."""
    options = configuration.get("options", {}) if configuration.get("logDriver") == "awslogs" else {}
    group, prefix = options.get("awslogs-group"), options.get("awslogs-stream-prefix")
    complete = group and prefix
    return {"awsLogsConfiguration": {"logGroup": group, "logStreamPrefix": prefix}} if complete else {}


def _container_definition(container: Members) -> dict[str, Any]:
    """The container named Main of a managed task definition."""
    port, logs = container["containerPort"], container.get("awsLogsConfiguration")
    mapping = {"containerPort": port, "hostPort": port, "protocol": "tcp", "name": f"main-{port}-tcp"}
    names = ("repositoryCredentials", "command", "environment", "secrets")
    return {
        "name": CONTAINER,
        "image": container["image"],
        "essential": True,
        "portMappings": [mapping],
        **_present({name: container.get(name) for name in names}),
        **({"logConfiguration": {"logDriver": "awslogs", "options": _options(logs)}} if logs else {}),
    }


def _options(logs: Members) -> dict[str, str]:
    return {"awslogs-group": logs["logGroup"], "awslogs-stream-prefix": logs["logStreamPrefix"]}


def _present(members: Members) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
