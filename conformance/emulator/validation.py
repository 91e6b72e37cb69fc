"""What makes a request valid. Every rule is one method, so that a mutant can lose exactly one.

Sources: the API pages of the four operations and of RegisterTaskDefinition, botocore's model, the developer
guide ("Task CPU and memory" for Fargate, "Tagging Amazon ECS resources"), the ELB API for ports and health
check paths. The documents name no class for most of these errors; InvalidParameterException is the declared
one that says it best.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

from conformance import model
from conformance.emulator.arns import ArnRules
from conformance.emulator.errors import client_error, invalid
from conformance.emulator.records import Members
from conformance.emulator.schema import Node, request_shape

# MiB of memory by CPU units (developer guide, "Troubleshoot invalid CPU or memory errors").
FARGATE = {
    "256": ["512", "1024", "2048"],
    "512": [str(size) for size in range(1024, 4097, 1024)],
    "1024": [str(size) for size in range(2048, 8193, 1024)],
    "2048": [str(size) for size in range(4096, 16385, 1024)],
    "4096": [str(size) for size in range(8192, 30721, 1024)],
    "8192": [str(size) for size in range(16384, 61441, 4096)],
    "16384": [str(size) for size in range(32768, 122881, 8192)],
}
_ROLES = ("executionRoleArn", "taskRoleArn", "infrastructureRoleArn")
# RegisterTaskDefinition, image: up to 255 letters, digits and these signs; or a digest.
_IMAGE = re.compile(r"[A-Za-z0-9_:./#-]+(@sha256:[0-9a-f]{64})?")
_MAX_IMAGE = 255
_PORTS = range(1, 65536)
_MAX_PATH = 1024
_PERCENT = range(1, 101)
_REQUESTS = range(1, 65537)
_MAX_TAGS = 50
_MAX_KEY = 128
_MAX_VALUE = 256


class Rules(ArnRules):
    """Refuses what is not valid; a rule that is content returns nothing.

    Attributes:
        excluded: what a request with taskDefinitionArn must not carry.
    """

    excluded: tuple[str, ...] = (
        "primaryContainer",
        "executionRoleArn",
        "taskRoleArn",
        "cpu",
        "memory",
        "cpuArchitecture",
    )

    def create(self, request: Members) -> None:
        """A request to create a service, for itself."""
        self.modelled(request_shape(model.CREATE), request, "")
        self.something_to_run(request)
        self.configuring(request)
        if "serviceName" in request:
            self.service_name(request["serviceName"])
        self.tags(request.get("tags", []))

    def update(self, request: Members) -> None:
        """A request to update a service, for itself."""
        self.modelled(request_shape(model.OPERATION), request, "")
        self.configuring(request)

    def describe(self, request: Members) -> None:
        """A request to describe a service."""
        self.modelled(request_shape(model.DESCRIBE), request, "")

    def delete(self, request: Members) -> None:
        """A request to delete a service."""
        self.modelled(request_shape(model.DELETE), request, "")

    def modelled(self, node: Node, value: Any, path: str) -> None:
        """Required members and enumerations, wherever they are in the request."""
        if node.kind == "structure":
            self.required(node, value, path)
            for name, item in value.items():
                self.modelled(node.members[name], item, f"{path}.{name}" if path else name)
        elif node.kind == "list" and node.item is not None:
            for item in value:
                self.modelled(node.item, item, f"{path}[]")
        elif node.enum:
            self.enumeration(node, value, path)

    def required(self, node: Node, value: Members, path: str) -> None:
        """A structure has all the members that the model requires of it."""
        for name in node.required:
            if name not in value:
                raise invalid(f"{f'{path}.{name}' if path else name} must not be null.")

    def enumeration(self, node: Node, value: str, path: str) -> None:
        """An enumeration has its listed values only, in their own case."""
        if value not in node.enum:
            raise invalid(f"{path} should be one of [{','.join(node.enum)}].")

    def something_to_run(self, request: Members) -> None:
        """A new service needs a container or a task definition; there is no default for either."""
        if "primaryContainer" not in request and "taskDefinitionArn" not in request:
            raise invalid("Either primaryContainer or taskDefinitionArn must be specified.")

    def configuring(self, request: Members) -> None:
        """The members that Create and Update share, each for itself."""
        self.exclusion(request)
        for member in _ROLES:
            if member in request:
                self.role(member, request[member])
        if "healthCheckPath" in request:
            self.health_check_path(request["healthCheckPath"])
        if "primaryContainer" in request:
            self.container(request["primaryContainer"])
        if "networkConfiguration" in request:
            self.network(request["networkConfiguration"])

    def exclusion(self, request: Members) -> None:
        """A customer's task definition says these things itself (API page, taskDefinitionArn)."""
        both = [member for member in self.excluded if member in request]
        if "taskDefinitionArn" in request and both:
            raise invalid(f"taskDefinitionArn cannot be specified together with {', '.join(both)}.")

    def health_check_path(self, path: str) -> None:
        """It begins with a slash (Create's page) and an ELB target group takes 1 to 1024 characters."""
        if not path.startswith("/") or len(path) > _MAX_PATH:
            raise invalid("healthCheckPath must start with a forward slash and have at most 1024 characters.")

    def container(self, container: Members) -> None:
        """The primary container."""
        self.image(container["image"])
        if "containerPort" in container:
            self.container_port(container["containerPort"])
        self.environment(container.get("environment", []))
        self.secrets(container.get("secrets", []))
        for member in ("awsLogsConfiguration", "repositoryCredentials"):
            for name, text in container.get(member, {}).items():
                self.not_empty(f"primaryContainer.{member}.{name}", text)

    def image(self, image: str) -> None:
        """An image reference as RegisterTaskDefinition takes it."""
        if len(image) > _MAX_IMAGE or not _IMAGE.fullmatch(image):
            raise invalid("primaryContainer.image is not an image reference.")

    def container_port(self, port: int) -> None:
        """A TCP port that a load balancer can reach."""
        if port not in _PORTS:
            raise invalid("primaryContainer.containerPort must be between 1 and 65535.")

    def environment(self, variables: Sequence[Members]) -> None:
        """Variables have names, each its own. A value may be empty or missing: the model requires neither."""
        for variable in variables:
            self.not_empty("Environment variable name", variable.get("name", ""))
        self.distinct("environment variable", [variable["name"] for variable in variables])

    def secrets(self, secrets: Sequence[Members]) -> None:
        """Secrets have names, each its own, and say where they come from."""
        for secret in secrets:
            self.not_empty("Secret name", secret["name"])
            self.not_empty("Secret valueFrom", secret["valueFrom"])
        self.distinct("secret", [secret["name"] for secret in secrets])

    def network(self, network: Members) -> None:
        """Identifiers are not empty. Whether they exist is not ECS' own knowledge, so it is not looked up."""
        for member, identifiers in network.items():
            for identifier in identifiers:
                self.not_empty(f"networkConfiguration.{member}", identifier)

    def not_empty(self, what: str, text: str) -> None:
        """A text that has to say something."""
        if not text:
            raise invalid(f"{what} cannot be null or blank.")

    def distinct(self, what: str, names: Iterable[str]) -> None:
        """No name comes twice."""
        seen: set[str] = set()
        for name in names:
            if name in seen:
                raise invalid(f"Duplicate {what} names found: {name}. Each name must be unique.")
            seen.add(name)

    def whole(self, configuration: Members, *, managed: bool) -> None:
        """A complete configuration. A customer's task definition was judged when it was registered."""
        if managed:
            self.size(configuration)
        self.scaling(configuration["scalingTarget"])

    def size(self, configuration: Members) -> None:
        """The cpu and memory that come of the request are a pair that Fargate has."""
        cpu, memory = configuration["cpu"], configuration["memory"]
        if memory not in FARGATE.get(cpu, []):
            raise invalid(f"No Fargate configuration exists for given values: {cpu} CPU, {memory} memory.")

    def scaling(self, scaling: Members) -> None:
        """The scaling that comes of the request, as a whole."""
        self.task_counts(scaling["minTaskCount"], scaling["maxTaskCount"])
        self.scaling_value(scaling["autoScalingMetric"], scaling["autoScalingTargetValue"])

    def task_counts(self, least: int, most: int) -> None:
        """From none to any number of tasks, but room for one: zero is seen to be taken as a minimum."""
        if least < 0 or most < 1 or least > most:
            raise invalid("scalingTarget needs 0 <= minTaskCount <= maxTaskCount and maxTaskCount >= 1.")

    def scaling_value(self, metric: str, value: int) -> None:
        """A percentage, or requests up to 65536 (developer guide, Express services)."""
        allowed = _REQUESTS if metric == "REQUEST_COUNT_PER_TARGET" else _PERCENT
        if value not in allowed:
            raise invalid(f"autoScalingTargetValue for {metric} must be between 1 and {allowed[-1]}.")

    def tags(self, tags: Sequence[Members]) -> None:
        """At most fifty, with distinct keys, and none that is AWS's own (API page, Tag)."""
        if len(tags) > _MAX_TAGS:
            raise invalid("A service can have at most 50 tags.")
        for tag in tags:
            self.tag(tag.get("key", ""), tag.get("value", ""))
        self.distinct("tag key", [tag["key"] for tag in tags])

    def tag(self, key: str, value: str) -> None:
        """Lengths, characters and the reserved prefix of one tag."""
        if not 1 <= len(key) <= _MAX_KEY or len(value) > _MAX_VALUE:
            raise invalid("A tag has a key of 1 to 128 characters and a value of up to 256.")
        if not all(character in "_.:/=+-@" or _is_word(character) for character in key + value):
            raise invalid("A tag has letters, digits, spaces and _ . : / = + - @ only.")
        if key.lower().startswith("aws:") or value.lower().startswith("aws:"):
            raise invalid("Tags that begin with aws: are reserved.")

    def main_container(self, definition: Members) -> Members:
        """The container named Main of a customer's task definition, which must run on Fargate."""
        compatible = {*definition.get("requiresCompatibilities", ()), *definition.get("compatibilities", ())}
        if "FARGATE" not in compatible:
            raise invalid("The task definition must have FARGATE compatibility.")
        for container in definition["containerDefinitions"]:
            if container["name"] == "Main":
                self.port_mapping(container)
                return container  # type: ignore[no-any-return]  # JSON
        raise invalid("The task definition must have a container named Main.")

    def port_mapping(self, container: Members) -> None:
        """Main has a single TCP port mapping, with a container port and a port name."""
        mappings = container.get("portMappings", [])
        tcp = [mapping for mapping in mappings if mapping.get("protocol", "tcp") == "tcp"]
        if len(tcp) != 1 or not tcp[0].get("containerPort") or not tcp[0].get("name"):
            raise invalid("The container Main must have a single TCP port mapping with a port and a name.")

    def known_task_definition(self, definition: Members | None) -> Members:
        """A task definition that exists and was not deregistered; messages as CreateService has them."""
        if definition is None:
            raise client_error("TaskDefinition not found.")
        if definition.get("status", "ACTIVE") != "ACTIVE":
            raise client_error("TaskDefinition is inactive.")
        return definition


def _is_word(character: str) -> bool:
    """Whether Unicode calls it a letter, a separator or a number: L, Z and N of the model's pattern."""
    return unicodedata.category(character)[0] in "LZN"
