"""What the API page says of each request parameter."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.ledger import shapes
from conformance.ledger.sentence import Sentence, Written, stated
from conformance.model import PAGE_REQUEST, Operation
from conformance.requirements.citations import page

_TASK_DEFINITION: tuple[Written, ...] = (
    (
        "meaning",
        "taskDefinitionArn is the ARN of a task definition for the service to use.",
        ("reflect/taskDefinitionArn", "show/taskDefinitionArn", "task-definition/unknown"),
    ),
    (
        "own-task-definition",
        "The task definition is the customer's own and may have more containers.",
        ("accept/taskDefinitionArn", "task-definition/derived-container"),
    ),
    ("main-container", "It has a container named Main.", ("task-definition/main-container",)),
    (
        "single-port-mapping",
        "That container has a single port mapping for TCP.",
        ("task-definition/single-port-mapping",),
    ),
    (
        "container-port",
        "The port mapping has a container port.",
        "ECS registers no port mapping without one, so there is no such task definition to name.",
    ),
    ("port-name", "The port mapping has a name.", ("task-definition/port-name",)),
    ("fargate", "It is compatible with FARGATE.", ("task-definition/fargate",)),
    (
        "exclusion",
        "With it, primaryContainer, executionRoleArn, taskRoleArn, cpu and memory cannot be given.",
        (
            *("exclusion/primaryContainer", "exclusion/executionRoleArn", "exclusion/taskRoleArn"),
            *("exclusion/cpu", "exclusion/memory", "exclusion/any-combination"),
        ),
    ),
)
WRITTEN: Mapping[str, tuple[Written, ...]] = {
    "cpu": (
        (
            "meaning",
            "cpu is how many CPU units a task has.",
            ("reflect/cpu", "show/cpu", "reject-pair/cpu", "reject-pair/cpu-memory"),
        ),
    ),
    "executionRoleArn": (
        (
            "meaning",
            "executionRoleArn is the ARN of the service's task execution role.",
            ("reflect/executionRoleArn", "show/executionRoleArn", "reject-format/executionRoleArn"),
        ),
    ),
    "healthCheckPath": (
        (
            "meaning",
            "healthCheckPath is the container's path for the load balancer's health checks.",
            ("reflect/healthCheckPath", "show/healthCheckPath", "reject-format/healthCheckPath"),
        ),
    ),
    "memory": (
        (
            "meaning",
            "memory is how much memory a task has, in MiB.",
            ("reflect/memory", "show/memory", "reject-pair/memory", "reject-pair/cpu-memory"),
        ),
    ),
    "networkConfiguration": (
        (
            "meaning",
            "networkConfiguration is the network of the service's tasks.",
            ("reflect/networkConfiguration*", "show/networkConfiguration*"),
        ),
        (
            "default-vpc",
            "Where nothing is given, the tasks are in the default VPC.",
            "It is a default of creation, and only the account knows which VPC is its default.",
        ),
    ),
    "primaryContainer": (
        (
            "meaning",
            "primaryContainer configures the service's main container.",
            ("reflect/primaryContainer*", "show/primaryContainer*"),
        ),
    ),
    "scalingTarget": (
        (
            "meaning",
            "scalingTarget configures the service's automatic scaling.",
            ("reflect/scalingTarget*", "show/scalingTarget*"),
        ),
    ),
    "serviceArn": (
        (
            "meaning",
            "serviceArn is the ARN of the service to update.",
            (
                *("identity/service-arn", "identity/other-service-untouched", "reject/unknown-service"),
                *("reject/*-arn", "reject/foreign-*", "reject/other-resource", "semantics/short-name"),
            ),
        ),
    ),
    "taskDefinitionArn": _TASK_DEFINITION,
    "taskRoleArn": (
        (
            "meaning",
            "taskRoleArn is the ARN of the IAM role of the task's containers.",
            ("reflect/taskRoleArn", "show/taskRoleArn", "reject-format/taskRoleArn"),
        ),
    ),
}


def sentences(operation: Operation) -> Iterator[Sentence]:
    """The parameters that the page lists, in its order: what it says of each, its type, its presence."""
    members = {member.path: member for member in operation.input}
    for name in sorted(PAGE_REQUEST):
        yield from stated(f"page/{name}", page(f"Request Parameters, {name}"), *WRITTEN[name])
        if name in members:
            yield from shapes.parameter(members[name])
