"""The four operations on moto's ECS: clusters, task definitions, tags and IAM beside them are moto's own.

moto keeps the state of ECS in one object per account and Region; the Express services of a place hang on that
object, so that moto's reset takes them along.
"""

from __future__ import annotations

import json
import re
import zlib
from collections.abc import Sequence
from contextlib import suppress
from functools import cache
from typing import Any

import moto.ecs.urls
from moto.core.request import Request
from moto.core.utils import camelcase_to_underscores
from moto.ec2.models import ec2_backends
from moto.ecs.exceptions import ECSException
from moto.ecs.models import TaskDefinition
from moto.ecs.responses import EC2ContainerServiceResponse

from conformance.emulator.backend import Backend
from conformance.emulator.errors import Refusal, serialization, unknown_operation
from conformance.emulator.front import Front
from conformance.emulator.gate import Call
from conformance.emulator.iam import MotoCaller, is_guarded
from conformance.emulator.records import Members, Place, Service
from conformance.emulator.schema import OPERATIONS
from conformance.emulator.writing import Reply

ATTRIBUTE = "express_gateway_services"
"""Where on moto's ECS of a place the Express services are."""

_PLAIN = re.compile(r"[\x21-\x7e]+")
_snake = cache(camelcase_to_underscores)  # the same few names with every request


class MotoNeighbours:
    """The rest of ECS in one place, as moto has it.

    Args:
        ecs: moto's ECS of that place.
    """

    def __init__(self, ecs: Any) -> None:
        self.ecs = ecs

    def has_cluster(self, name: str) -> bool:
        """Whether moto has an active cluster of that name."""
        cluster = self.ecs.clusters.get(name)
        return cluster is not None and cluster.status == "ACTIVE"

    def create_default_cluster(self) -> None:
        """Make the cluster ``default``: unlike ECS, moto has none until it is asked for one."""
        if not self.has_cluster("default"):
            self.ecs.create_cluster("default")

    def has_ordinary_service(self, cluster: str, name: str) -> bool:
        """Whether moto has a service of that name which no Express service stands behind."""
        service = self.ecs.services.get(f"{cluster}:{name}")
        return service is not None and service.status != "INACTIVE" and not is_express(service)

    def task_definition(self, family: str, revision: int | None) -> Members | None:
        """A task definition as DescribeTaskDefinition shows it; the newest active one by default."""
        revisions = self.ecs.task_definitions.get(family, {})
        active = [number for number, each in revisions.items() if each.status == "ACTIVE"]
        found = revisions.get(revision or max(active, default=None))
        return _described(found) if found else None

    def register(self, definition: Members) -> str:
        """Register a real task definition, so that DescribeTaskDefinition shows it."""
        named = {_snake(name): value for name, value in definition.items()}
        return str(self.ecs.register_task_definition(**named).arn)

    def forget(self, task_definition_arn: str) -> None:
        """Drop a task definition, also from the list in which moto keeps all instances for its dashboard."""
        family, _, revision = task_definition_arn.rpartition("/")[2].partition(":")
        dropped = self.ecs.task_definitions.get(family, {}).pop(int(revision), None)
        instances: list[Any] = vars(TaskDefinition)["instances_tracked"]
        with suppress(ValueError):  # moto's reset has emptied the list
            instances.remove(dropped)

    def default_subnets(self) -> Sequence[str]:
        """The subnets of moto's default VPC."""
        ec2 = ec2_backends[self.ecs.account_id][self.ecs.region_name]
        return [subnet.id for subnet in ec2.describe_subnets(filters={"default-for-az": "true"})]

    def announce(self, service: Service, tags: Sequence[Members]) -> None:
        """Make an ordinary service of the same name, which moto's own operations find."""
        self.ecs.create_service(
            service.cluster,
            service.name,
            desired_count=0,
            task_definition_str=service.target.task_definition,
            launch_type="FARGATE",
            role_arn=service.infrastructure_role,
            tags=[dict(tag) for tag in tags],
        )
        # DescribeServices says by this member who manages a service.
        self.ecs.services[f"{service.cluster}:{service.name}"].resource_management_type = "ECS"

    def tags(self, service: Service) -> Sequence[Members]:
        """The tags as TagResource and UntagResource left them."""
        shadow = self.ecs.services.get(f"{service.cluster}:{service.name}")
        return list(shadow.tags) if shadow else []


def is_express(service: Any) -> bool:
    """Whether a service of moto's is the shadow of an Express service."""
    return getattr(service, "resource_management_type", None) == "ECS"


def refresh(backend: Backend, ecs: Any) -> None:
    """Let moto's services show what their Express services are by now, before somebody looks at them."""
    for service in backend.services.values():
        shadow = ecs.services.get(f"{service.cluster}:{service.name}")
        if shadow is not None and is_express(shadow):
            shadow.status = service.status_code(backend.timing)
            shadow.task_definition = service.target.task_definition
            shadow.deployments[0]["taskDefinition"] = service.target.task_definition


def mount(front: Front, base: type[ExpressResponse] | None = None) -> type[ExpressResponse]:
    """Make moto answer ECS through a class that has the four operations; that class.

    Args:
        front: answers them.
        base: what it is a subclass of; by default :class:`ExpressResponse`.
    """
    mounted: type[ExpressResponse] = type("Mounted", (base or ExpressResponse,), {"front": front})
    moto.ecs.urls.url_paths["{0}/$"] = mounted.dispatch
    return mounted


class JsonRequest(Request):
    """A request whose body is never taken for a form, whatever its Content-Type says."""

    want_form_data_parsed = False


class ExpressResponse(EC2ContainerServiceResponse):
    """moto's ECS with four more operations and an AWS-like answer to those that it does not have.

    Attributes:
        front: answers the four operations; :func:`mount` sets it.
        neighbours: what the services of a place have around them.
    """

    front: Front
    neighbours: type[MotoNeighbours] = MotoNeighbours

    def _dispatch(self, request: Any, full_url: str | None = None, headers: Any = None) -> Any:
        """Moto calls this for every request to ECS."""
        operation = self.operation(request)
        if operation in OPERATIONS:
            return _for_moto(self.express(request, operation))
        if operation is None or not hasattr(type(self), _snake(operation)):
            return _for_moto(self.front.refuse("", unknown_operation()))
        try:
            return super()._dispatch(request, full_url, headers)
        except Refusal as refusal:
            return _for_moto(self.front.refuse(operation, refusal))

    def express(self, request: Any, operation: str) -> Reply:
        """One of the four operations: moto says who asks, the gate whether they may, the rest is ours."""

        def serve() -> Reply:
            content_type = request.headers.get("Content-Type", "")
            agent = request.headers.get("User-Agent", "")
            return self.front.reply(backend, operation, self.raw_body, content_type=content_type, agent=agent)

        try:
            self.automated_parameter_parsing = False  # moto's parser forgives what ours must refuse
            self.identify(request)
            backend = self.backend()
            if not is_guarded():
                return serve()
            return self.front.gate.answer(self.call(self.resource()), serve)
        except Refusal as refusal:
            return self.front.refuse(operation, refusal)

    def identify(self, request: Any) -> None:
        """Account, Region, access key and body, found by moto's own rules."""
        try:
            self.setup_class(request, use_raw_body=True)
        except IndexError as error:
            raise Refusal("IncompleteSignatureException", "Authorization header is incomplete.") from error
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise serialization("The body cannot be decoded.") from error

    def _authenticate_and_authorize_normal_action(self, resource: str = "*") -> None:
        """Moto calls this before each operation of its own."""
        if is_guarded():
            self.front.gate.admit(self.call(resource))

    def call(self, resource: str) -> Call:
        """This request, as the gate wants it."""
        query = self.parsed_url.query
        return Call(
            account=self.current_account,
            operation=self._get_action(),
            resource=resource,
            method=self.method,
            path=f"{self.raw_path}?{query}" if query else self.raw_path,
            headers=self.headers,
            body=self.raw_body,
            identify=MotoCaller,
        )

    def resource(self) -> str:
        """The ARN that IAM policies are matched with: that of the service which the body names."""
        try:
            request = json.loads(self.raw_body or b"{}")
            arn = request.get("serviceArn") or self._created_arn(request)
        except (ValueError, RecursionError, AttributeError):
            return "*"
        return arn if isinstance(arn, str) and _PLAIN.fullmatch(arn) else "*"

    def _created_arn(self, request: Members) -> str:
        cluster = str(request.get("cluster") or "default").rpartition("/")[2]
        return self.place().arn(f"service/{cluster}/{request.get('serviceName') or '*'}")

    def get_region_from_url(self, request: Any, full_url: str) -> str:
        """The Region of the endpoint, whatever the request is signed for; of one for all Regions, that."""
        return self.front.gate.region or super().get_region_from_url(request, full_url)

    def place(self) -> Place:
        """The account and Region of this request."""
        return Place(account=self.current_account, region=self.region, partition=self.partition)

    def backend(self) -> Backend:
        """The Express services of this request's account and Region."""
        try:
            ecs = self.ecs_backend
        except KeyError as error:
            hint = "Credential should be scoped to a valid region."
            raise Refusal("InvalidSignatureException", hint) from error
        backend = vars(ecs).get(ATTRIBUTE)
        if backend is None:
            # setdefault is atomic: of two first requests at once, both get the same backend.
            backend = vars(ecs).setdefault(ATTRIBUTE, self.front.backend(self.place(), self.neighbours(ecs)))
        return backend  # type: ignore[no-any-return]  # vars() is untyped

    def _get_action(self) -> str:
        """The operation, from the header alone: moto would also believe a body that looks like a form."""
        return self.operation(self.normalized_request) or ""

    def operation(self, request: Any) -> str | None:
        """The operation that a request asks for."""
        target = request.headers.get("X-Amz-Target", "")
        return self.front.router.operation(request.method, request.path, target)

    def call_action(self) -> Any:
        """An operation of moto's own, with the Express services shown as they are now."""
        backend = self.backend()
        with backend.lock:
            refresh(backend, self.ecs_backend)
            return super().call_action()

    def delete_cluster(self) -> Any:
        """Moto deletes clusters with services in them; ECS does not (DeleteCluster, Errors)."""
        name = str(self._get_param("cluster")).rpartition("/")[2]
        backend = self.backend()
        for service in backend.services.values():
            if service.cluster == name and service.status_code(backend.timing) != "INACTIVE":
                raise ECSException(
                    "ClusterContainsServicesException",
                    "The Cluster cannot be deleted while Services are active.",
                )
        return super().delete_cluster()


def _for_moto(reply: Reply) -> tuple[int, dict[str, str], bytes]:
    return reply.status, dict(reply.headers), reply.body


def _described(definition: Any) -> dict[str, Any]:
    """A task definition of moto's in the model's words, without what it does not have."""
    members = {
        "taskDefinitionArn": definition.arn,
        "status": definition.status,
        "containerDefinitions": definition.container_definitions,
        "requiresCompatibilities": definition.requires_compatibilities,
        "compatibilities": definition.compatibilities,
        "cpu": definition.cpu,
        "memory": definition.memory,
        "runtimePlatform": definition.runtime_platform,
        "executionRoleArn": getattr(definition, "execution_role_arn", None),
        "taskRoleArn": getattr(definition, "task_role_arn", None),
    }
    return {name: value for name, value in members.items() if value}
