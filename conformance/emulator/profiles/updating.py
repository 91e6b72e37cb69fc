"""What an update makes of a service."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import count
from typing import Any
from uuid import uuid4

from conformance.emulator.backend import Backend
from conformance.emulator.configuration import DERIVED, Merger
from conformance.emulator.errors import invalid
from conformance.emulator.profiles.choice import choice
from conformance.emulator.records import Change, Members, Revision, Service
from conformance.emulator.validation import FARGATE, Rules

_OPEN = "nothing is said"
_PORT = 80
_VCPU = 1024


@choice(
    "defaults of Create",
    reference="256 units, 512 MiB, /ping, X86_64, at most 20 tasks",
    source="developer guide, Express services; CloudFormation; AWS CLI changelog of July 2026",
)
class OtherDefaults(Merger):
    """1024 units, 2048 MiB, /, the architecture of the image, at most 1 task."""

    def defaults(self, subnets: Sequence[str]) -> dict[str, Any]:
        """The service's own part of a new configuration."""
        defaults = super().defaults(subnets)
        scaling = {**defaults["scalingTarget"], "maxTaskCount": 1}
        return {**defaults, "healthCheckPath": "/", "scalingTarget": scaling}

    def task_defaults(self, log_group: str) -> dict[str, Any]:
        """The part of a new configuration that becomes the managed task definition."""
        sizes = {"cpu": "1024", "memory": "2048", "cpuArchitecture": "ARM64"}
        return {**super().task_defaults(log_group), **sizes}


@choice(
    "defaults of Create",
    reference="256 units, 512 MiB, /ping",
    source="developer guide, Express services; documentation of the Terraform provider since its pull 47919",
)
class GuideDefaults(Merger):
    """1024 units, 2048 MiB, /."""

    def defaults(self, subnets: Sequence[str]) -> dict[str, Any]:
        """The service's own part of a new configuration."""
        return {**super().defaults(subnets), "healthCheckPath": "/"}

    def task_defaults(self, log_group: str) -> dict[str, Any]:
        """The part of a new configuration that becomes the managed task definition."""
        return {**super().task_defaults(log_group), "cpu": "1024", "memory": "2048"}


@choice("default port and logs in answers", reference="are shown", source="not seen in public answers")
class HiddenDefaults(Merger):
    """They are not shown."""

    def task_defaults(self, log_group: str) -> dict[str, Any]:
        """The part of a new configuration that becomes the managed task definition."""
        return {**super().task_defaults(log_group), "primaryContainer": {}}

    def task_definition(self, family: str, configuration: Members) -> dict[str, Any]:
        """The managed task definition of a configuration; this one does have a port."""
        container = {"containerPort": _PORT, **configuration["primaryContainer"]}
        return super().task_definition(family, {**configuration, "primaryContainer": container})


def _filled(request: Members, name: str, defaults: Members) -> dict[str, Any]:
    """The request with defaults for what a structure that it has leaves out."""
    return {**request, name: {**defaults, **request[name]}} if name in request else dict(request)


def _holding(service: Service, configuration: Members) -> Service:
    """The service as if its configuration were this one, for a plan to start from."""
    return replace(service, target=replace(service.target, configuration=configuration))


@choice("what a partial scalingTarget leaves out", reference="is kept", source=_OPEN)
class StructuresReplaced(Backend):
    """It is set to the default, and so is what a partial networkConfiguration leaves out."""

    def plan(self, service: Service, request: Members) -> Change:
        """What a valid update leads to."""
        defaults = self.merger.defaults(self.neighbours.default_subnets())
        for name in ("scalingTarget", "networkConfiguration"):
            request = _filled(request, name, defaults[name])
        return super().plan(service, request)


@choice(
    "what a partial primaryContainer leaves out",
    reference="is kept",
    source="public reports of use say that it is kept; no document does",
)
class ContainerReplaced(Backend):
    """It is set to the default, or goes away."""

    def plan(self, service: Service, request: Members) -> Change:
        """What a valid update leads to."""
        if "primaryContainer" in request:
            current = service.target.configuration
            now = {name: value for name, value in current.items() if name != "primaryContainer"}
            request = _filled(request, "primaryContainer", {"containerPort": _PORT})
            return replace(super().plan(_holding(service, now), request), service=service)
        return super().plan(service, request)


@choice(
    "variables that are given", reference="replace all", source="users' reports say that they replace all"
)
class VariablesMerged(Merger):
    """They replace those of their names, and so do secrets; the others stay, unless none is given."""

    def merge(self, current: Members, changes: Members) -> dict[str, Any]:
        """The current members with the changed ones in their place."""
        merged = super().merge(current, changes)
        for name in ("environment", "secrets"):
            if current.get(name) and changes.get(name) and "image" in current:
                by_name = {item.get("name"): item for item in (*current[name], *changes[name])}
                merged[name] = list(by_name.values())
        return merged


@choice("an update that changes nothing", reference="makes a revision", source="public reports differ")
class NoChangeNoRevision(Backend):
    """It is accepted and makes no revision."""

    def apply(self, change: Change) -> Service:
        """Let a change take effect, if it is one."""
        target = change.service.target
        managed = change.customer_task_definition is None
        same = change.configuration == target.configuration and managed == target.managed
        same_task = managed or change.customer_task_definition == target.task_definition
        return change.service if same and same_task else super().apply(change)


@choice("an update with serviceArn only", reference="makes a revision", source=_OPEN)
class EmptyUpdateRefused(Rules):
    """It is refused."""

    def update(self, request: Members) -> None:
        """A request to update a service."""
        super().update(request)
        if request.keys() == {"serviceArn"}:
            raise invalid("At least one parameter must be specified.")


@choice("updatedAt after an update", reference="the time of the update", source="a public report of use")
class UpdatedAtKept(Backend):
    """What it was."""

    def apply(self, change: Change) -> Service:
        """Let a change take effect."""
        with self.lock:
            service = replace(super().apply(change), updated_at=change.service.updated_at)
            self.services[service.arn] = service
        return service


@choice(
    "the task definition of an update", reference="a new one", source="the API page says service revision"
)
class TaskDefinitionKept(Backend):
    """The same one, if nothing changes that it says."""

    def register(self, cluster: str, name: str, configuration: Members) -> str:
        """A managed task definition for a configuration."""
        service = self.services.get(self.place.arn(f"service/{cluster}/{name}"))
        if service and service.deleted_at is None and service.target.managed:
            now = service.target.configuration
            if all(now.get(member) == configuration.get(member) for member in DERIVED):
                return service.target.task_definition
        return super().register(cluster, name, configuration)


@choice("from a customer's task definition to a managed one", reference="by any of its members", source=_OPEN)
class CustomerForgotten(Backend):
    """By any of its members, starting from the defaults; an image is needed."""

    def plan(self, service: Service, request: Members) -> Change:
        """What a valid update leads to."""
        leaves = "taskDefinitionArn" not in request and not DERIVED.isdisjoint(request)
        if leaves and not service.target.managed:
            if "primaryContainer" not in request:
                raise invalid("primaryContainer is required.")
            own = self.merger.own(service.target.configuration)
            return replace(super().plan(_holding(service, own), request), service=service)
        return super().plan(service, request)


@choice("from a customer's task definition to a managed one", reference="by any of its members", source=_OPEN)
class CustomerStays(Backend):
    """There is no way; such updates are refused."""

    def plan(self, service: Service, request: Members) -> Change:
        """What a valid update leads to."""
        if not service.target.managed and not DERIVED.isdisjoint(request):
            raise invalid("The service uses a task definition of its own.")
        return super().plan(service, request)


@choice("sizes with units", reference="are refused", source="RegisterTaskDefinition takes and converts them")
class SizesConverted(Backend):
    """They are taken and shown in units and MiB: 1 vCPU as 1024, 2GB as 2048."""

    def perform(self, operation: str, request: Members) -> dict[str, Any]:
        """The answer to a request."""
        sizes = {name: _converted(name, request[name]) for name in ("cpu", "memory") if name in request}
        return super().perform(operation, {**request, **sizes})


def _converted(name: str, text: str) -> str:
    number = text.lower().removesuffix("vcpu" if name == "cpu" else "gb").strip()
    return str(int(number) * _VCPU) if number.isdecimal() and not text.isdecimal() else text


@choice("a cpu that does not fit the memory there is", reference="is refused", source=_OPEN)
class SizesAdjusted(Backend):
    """It is taken, and the one that was not given becomes the smallest that fits."""

    def plan(self, service: Service, request: Members) -> Change:
        """What a valid update leads to."""
        return super().plan(service, _adjusted(service.target.configuration, request))


def _adjusted(now: Members, request: Members) -> Members:
    cpu, memory = ({**now, **request}.get(name, "") for name in ("cpu", "memory"))
    if memory in FARGATE.get(cpu, []) or not {"cpu", "memory"} & request.keys():
        return request
    if "memory" not in request and cpu in FARGATE:
        return {**request, "memory": FARGATE[cpu][0]}
    fitting = [size for size, memories in FARGATE.items() if memory in memories]
    return {**request, "cpu": fitting[0]} if "cpu" not in request and fitting else request


@choice(
    "identifiers that ECS makes up", reference="19 digits, cluster-service, by chance", source="seen only"
)
class OtherIdentifiers(Backend):
    """Short revision ids that begin with zeros, another family, and a host name that comes back."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.numbers = count(1)

    def new_revision(self, cluster: str, name: str, *arguments: Any, **options: Any) -> Revision:
        """A revision of its own."""
        revision = super().new_revision(cluster, name, *arguments, **options)
        arn = self.place.arn(f"service-revision/{cluster}/{name}/{next(self.numbers):05d}")
        return replace(revision, arn=arn)

    def new_service(self, cluster: str, name: str, *arguments: Any, **options: Any) -> Service:
        """A service that does not exist yet."""
        service = super().new_service(cluster, name, *arguments, **options)
        return replace(service, endpoint=f"express-{name}.{cluster}.ecs.{self.place.region}.on.aws".lower())

    def create(self, request: Members) -> dict[str, Any]:
        """CreateExpressGatewayService."""
        return super().create({"serviceName": f"express-{uuid4().hex}", **request})

    def register(self, cluster: str, name: str, configuration: Members) -> str:
        """A managed task definition for a configuration."""
        return super().register(f"express-{cluster}", name, configuration)
