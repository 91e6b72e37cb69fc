"""The only door to botocore's service model: the operation, its neighbours, their shapes and errors.

The model is read from the installed botocore at run time, so a newer botocore brings its own members and
errors. :func:`drift` says how it differs from the API page that the suite's catalogue was written from; how
one model differs from another says :mod:`conformance.drift`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any

import botocore
from botocore.exceptions import DataNotFoundError, UnknownRegionError
from botocore.loaders import create_loader
from botocore.model import OperationNotFoundError, ServiceModel
from botocore.regions import EndpointResolver

from conformance.exceptions import ModelError

OPERATION = "UpdateExpressGatewayService"
CREATE = "CreateExpressGatewayService"
DESCRIBE = "DescribeExpressGatewayService"
DELETE = "DeleteExpressGatewayService"
REGISTER_TASK_DEFINITION = "RegisterTaskDefinition"

API_PAGE = "https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateExpressGatewayService.html"

# What the API page lists (read 2026-11, older than botocore 1.44.5): the suite's catalogue starts from it.
_PAGE_CONFIGURATION = frozenset(
    {
        "cpu",
        "executionRoleArn",
        "healthCheckPath",
        "memory",
        "networkConfiguration",
        "primaryContainer",
        "scalingTarget",
        "taskDefinitionArn",
        "taskRoleArn",
    }
)
PAGE_REQUEST = _PAGE_CONFIGURATION | {"serviceArn"}
_PAGE_NESTED = frozenset(
    {
        "networkConfiguration.securityGroups",
        "networkConfiguration.securityGroups[]",
        "networkConfiguration.subnets",
        "networkConfiguration.subnets[]",
        "primaryContainer.awsLogsConfiguration",
        "primaryContainer.awsLogsConfiguration.logGroup",
        "primaryContainer.awsLogsConfiguration.logStreamPrefix",
        "primaryContainer.command",
        "primaryContainer.command[]",
        "primaryContainer.containerPort",
        "primaryContainer.environment",
        "primaryContainer.environment[]",
        "primaryContainer.environment[].name",
        "primaryContainer.environment[].value",
        "primaryContainer.image",
        "primaryContainer.repositoryCredentials",
        "primaryContainer.repositoryCredentials.credentialsParameter",
        "primaryContainer.secrets",
        "primaryContainer.secrets[]",
        "primaryContainer.secrets[].name",
        "primaryContainer.secrets[].valueFrom",
        "scalingTarget.autoScalingMetric",
        "scalingTarget.autoScalingTargetValue",
        "scalingTarget.maxTaskCount",
        "scalingTarget.minTaskCount",
    }
)
PAGE_REQUEST_PATHS = PAGE_REQUEST | _PAGE_NESTED
_PAGE_TARGET_CONFIGURATION = (
    _PAGE_CONFIGURATION
    | _PAGE_NESTED
    | {"createdAt", "serviceRevisionArn"}
    | {"ingressPaths", "ingressPaths[]", "ingressPaths[].accessType", "ingressPaths[].endpoint"}
)
_PAGE_SERVICE = frozenset(
    {
        *("cluster", "createdAt", "serviceArn", "serviceName", "updatedAt"),
        *("status", "status.statusCode", "status.statusReason", "targetConfiguration"),
        *(f"targetConfiguration.{path}" for path in _PAGE_TARGET_CONFIGURATION),
    }
)
PAGE_RESPONSE_PATHS = frozenset({"service", *(f"service.{path}" for path in _PAGE_SERVICE)})
PAGE_ERRORS = frozenset(
    {
        "AccessDeniedException",
        "ClientException",
        "ClusterNotFoundException",
        "InvalidParameterException",
        "ServerException",
        "ServiceNotActiveException",
        "ServiceNotFoundException",
        "UnsupportedFeatureException",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One node of a shape, reached by a path from the shape's root.

    Attributes:
        path: names joined by dots; the elements of a list are ``[]``, as in ``environment[].name``.
        kind: ``string``, ``integer``, ``timestamp``, ``structure`` or ``list``.
        required: whether the parent structure requires it.
        enum: the allowed values; empty if the shape has none.
        children: names of the members of a structure.
    """

    path: str
    kind: str
    required: bool = False
    enum: tuple[str, ...] = ()
    children: tuple[str, ...] = ()

    @property
    def parent(self) -> str:
        """The path of the structure or list that holds this member; empty at the top."""
        if self.path.endswith("[]"):
            return self.path[:-2]
        return self.path.rpartition(".")[0]

    @property
    def name(self) -> str:
        """The member's own name; ``[]`` for the elements of a list."""
        return "[]" if self.path.endswith("[]") else self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredError:
    """An error that an operation declares: its shape name and HTTP status."""

    name: str
    status: int


@dataclass(frozen=True, kw_only=True)
class Operation:
    """One operation of the service model.

    Attributes:
        name: as in ``X-Amz-Target``.
        input: the request's members, parents before children.
        output: the answer's members, likewise.
        errors: the declared errors by name.
    """

    name: str
    input: tuple[Member, ...]
    output: tuple[Member, ...]
    errors: tuple[DeclaredError, ...]

    @cached_property
    def optional(self) -> tuple[str, ...]:
        """The optional top-level members of the request, in the model's order."""
        return tuple(m.path for m in self.input if not m.parent and not m.required)

    @cached_property
    def required(self) -> tuple[str, ...]:
        """The required top-level members of the request."""
        return tuple(m.path for m in self.input if not m.parent and m.required)

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """The paths of the request's members with a value of their own: no list elements, not the ARN."""
        return tuple(m.path for m in self.input if "[]" not in m.path and m.path != "serviceArn")

    @cached_property
    def error_names(self) -> frozenset[str]:
        """The names of the declared errors."""
        return frozenset(error.name for error in self.errors)


@cache
def service_model() -> Any:
    """Give botocore's model of ECS as installed.

    Raises:
        ModelError: the installed botocore has no readable ECS model.
    """
    try:
        # Not through a session: that would read, and trip over, the AWS settings of whoever runs this. Only
        # where they keep newer models is respected.
        loader = create_loader(os.environ.get("AWS_DATA_PATH"))
        return ServiceModel(loader.load_service_model("ecs", "service-2"), "ecs")
    except DataNotFoundError as error:
        raise ModelError(
            f"botocore {botocore.__version__} has no model of ECS.",
            hint="Reinstall it: pip install --force-reinstall botocore",
        ) from error


@cache
def partition(region: str) -> str:
    """The partition that a Region belongs to, such as ``aws-cn``; ``aws`` for a Region that nobody knows."""
    resolver = EndpointResolver(create_loader().load_data("endpoints"))
    try:
        return str(resolver.get_partition_for_region(region))
    except UnknownRegionError:
        return "aws"


@cache
def operation(name: str = OPERATION) -> Operation:
    """The named operation as the installed botocore describes it.

    Raises:
        ModelError: the installed botocore is too old to know it.
    """
    try:
        model = service_model().operation_model(name)
    except OperationNotFoundError as error:
        raise ModelError(
            f"botocore {botocore.__version__} does not know {name}.",
            hint="Install a newer one: pip install -U botocore boto3",
        ) from error
    return Operation(
        name=name,
        input=tuple(_walk(model.input_shape, "")),
        output=tuple(_walk(model.output_shape, "")),
        errors=tuple(
            DeclaredError(name=shape.name, status=_status(shape))
            for shape in sorted(model.error_shapes, key=lambda shape: shape.name)
        ),
    )


def target_header(name: str) -> str:
    """The value of ``X-Amz-Target`` for an operation."""
    return f"{service_model().metadata['targetPrefix']}.{name}"


def content_type() -> str:
    """The content type of awsJson requests and answers of this service."""
    return f"application/x-amz-json-{service_model().metadata['jsonVersion']}"


def botocore_version() -> str:
    """The version of the installed botocore."""
    return str(botocore.__version__)


def drift() -> list[str]:
    """How the installed model differs from the API page, one sentence for each difference."""
    update = operation()
    parts = [
        ("request member", {m.path for m in update.input}, PAGE_REQUEST_PATHS),
        ("member of the answer", {m.path for m in update.output}, PAGE_RESPONSE_PATHS),
        ("declared error", update.error_names, PAGE_ERRORS),
    ]
    version = f"botocore {botocore_version()}"
    sentences = []
    for what, model, page in parts:
        sentences += [f"{what} {name}: in {version}, not on the API page" for name in _tops(model - page)]
        sentences += [f"{what} {name}: on the API page, not in {version}" for name in _tops(page - model)]
    return sentences


def _tops(paths: AbstractSet[str]) -> list[str]:
    """The paths without those that lie below another of them."""
    return sorted(p for p in paths if not any(p.startswith((f"{other}.", f"{other}[")) for other in paths))


def _status(shape: Any) -> int:
    """The HTTP status of an error shape.

    The ECS model carries no statuses; the API page gives 500 for ServerException and 400 for all others.
    """
    declared = shape.metadata.get("error", {}).get("httpStatusCode")
    if declared:
        return int(declared)
    return 500 if shape.metadata.get("fault") or shape.name == "ServerException" else 400


def _walk(shape: Any, path: str) -> Iterator[Member]:
    """The members below a shape, parents first. The four operations have no recursive shapes."""
    if shape.type_name == "list":
        yield from _node(shape.member, f"{path}[]", required=False)
    elif shape.type_name == "structure":
        for name, child in shape.members.items():
            child_path = f"{path}.{name}" if path else name
            yield from _node(child, child_path, required=name in shape.required_members)


def _node(shape: Any, path: str, *, required: bool) -> Iterator[Member]:
    yield Member(
        path=path,
        kind=shape.type_name,
        required=required,
        enum=tuple(getattr(shape, "enum", ()) or ()),
        children=tuple(shape.members) if shape.type_name == "structure" else (),
    )
    yield from _walk(shape, path)
