"""A request that must be refused is accepted, or refused with the wrong class."""

from __future__ import annotations

import json
from typing import Any

from conformance import model
from conformance.emulator.backend import Backend
from conformance.emulator.errors import Refusal, not_active
from conformance.emulator.mutants.editing import kebab
from conformance.emulator.mutants.mutant import Mutant, Proceed, mutant, named
from conformance.emulator.reading import Reader
from conformance.emulator.records import Members
from conformance.emulator.schema import Node
from conformance.emulator.validation import Rules
from conformance.emulator.writing import Reply, Writer


@mutant(Writer, "error", "reject/unknown-service")
def unknown_service_is_invalid(proceed: Proceed, _: Writer, operation: str, refusal: Refusal) -> Any:
    """An update of an unknown service is answered with ValidationException, which ECS does not declare."""
    if operation == model.OPERATION and refusal.code == "ServiceNotFoundException":
        refusal = Refusal("ValidationException", refusal.message)
    return proceed(operation, refusal)


@mutant(Writer, "error", "reject/inactive-service")
def inactive_service_is_not_found(proceed: Proceed, _: Writer, operation: str, refusal: Refusal) -> Any:
    """Updating an inactive service is answered with ResourceNotFoundException, which it does not declare."""
    if operation == model.OPERATION and refusal.message == not_active("INACTIVE").message:
        refusal = Refusal("ResourceNotFoundException", refusal.message)
    return proceed(operation, refusal)


@mutant(Backend, "update", "reject/inactive-service")
def deleted_service_can_be_updated(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """A service that was deleted can still be updated."""
    service = backend.services.get(request.get("serviceArn", ""))
    if service is None or service.deleted_at is None:
        return proceed(request)
    backend.rules.update(request)
    return backend.answers.updated(backend.apply(backend.plan(service, request)))


@mutant(Backend, "find", "reject/foreign-account")
def foreign_account_is_served(proceed: Proceed, backend: Backend, arn: str, *, missing: Refusal) -> Any:
    """The ARN of another account's service is taken for that of our own service of the same name."""
    parts = arn.split(":")
    return proceed(":".join([*parts[:4], backend.place.account, *parts[5:]]), missing=missing)


@mutant(Writer, "error", "reject/unknown-cluster")
def unknown_cluster_crashes(proceed: Proceed, _: Writer, operation: str, refusal: Refusal) -> Any:
    """An update in an unknown cluster is answered with 500 and a page of HTML."""
    if operation != model.OPERATION or refusal.code != "ClusterNotFoundException":
        return proceed(operation, refusal)
    page = b"<!doctype html><title>500</title><h1>Internal Server Error</h1>"
    return Reply(status=500, headers={"Content-Type": "text/html"}, body=page)


def _beside_task_definition(member: str) -> Mutant:
    def fault(proceed: Proceed, _: Rules, request: Members) -> Any:
        return proceed({name: value for name, value in request.items() if name != member})

    sentence = f"{member} is accepted together with taskDefinitionArn."
    name = f"{kebab(member)}-beside-task-definition"
    return mutant(Rules, "exclusion", f"exclusion/{member}")(named(name, sentence, fault))


BESIDE_TASK_DEFINITION = [_beside_task_definition("cpu"), _beside_task_definition("primaryContainer")]


@mutant(Reader, "value", "reject-type/primaryContainer.containerPort")
def container_port_as_text(proceed: Proceed, _: Reader, node: Node, value: Any, path: str) -> Any:
    """A containerPort in a JSON string is taken for a number."""
    if path == "primaryContainer.containerPort" and isinstance(value, str) and value.isdecimal():
        value = int(value)
    return proceed(node, value, path)


@mutant(Rules, "main_container", "task-definition/main-container")
def task_definition_without_main(proceed: Proceed, _: Rules, definition: Members) -> Any:
    """A customer's task definition needs no container named Main: its first one will do."""
    containers = definition["containerDefinitions"]
    if all(container["name"] != "Main" for container in containers):
        definition = {**definition, "containerDefinitions": [{**containers[0], "name": "Main"}]}
    return proceed(definition)


@mutant(Rules, "main_container", "task-definition/fargate")
def task_definition_without_fargate(proceed: Proceed, _: Rules, definition: Members) -> Any:
    """A customer's task definition need not be compatible with FARGATE."""
    return proceed({**definition, "compatibilities": ["FARGATE"]})


def _unplaced(part: str, index: int) -> Mutant:
    def fault(proceed: Proceed, backend: Backend, arn: str, *, missing: Refusal) -> Any:
        parts, own = arn.split(":"), backend.place.arn("").split(":")
        return proceed(":".join([*parts[:index], own[index], *parts[index + 1 :]]), missing=missing)

    sentence = f"Of a service's ARN, the {part} does not matter."
    return mutant(Backend, "find", f"reject/foreign-{part}")(
        named(f"foreign-{part}-is-served", sentence, fault)
    )


UNPLACED = [_unplaced("partition", 1), _unplaced("region", 3)]


def _only_service(backend: Backend) -> str:
    """The ARN of the service that was created last."""
    return next(reversed(backend.services), "")


def _taken(kind: str, words: str) -> Mutant:
    def fault(proceed: Proceed, backend: Backend, request: Members) -> Any:
        found = request.get("serviceArn", "") if isinstance(request.get("serviceArn", ""), str) else ""
        looks = {
            "missing-arn": "serviceArn" not in request,
            "empty-arn": found == "" and "serviceArn" in request,
            "not-an-arn": bool(found) and ":service/" not in found and "/" not in found,
            "other-resource": ":ecs:" in found and ":service/" not in found,
        }
        return proceed({**request, "serviceArn": _only_service(backend)} if looks[kind] else request)

    sentence = f"An update with {words} is taken for one of the service that was created last."
    return mutant(Backend, "update", f"reject/{kind}")(named(f"{kind}-is-taken", sentence, fault))


TAKEN = [
    _taken("missing-arn", "no serviceArn"),
    _taken("empty-arn", "an empty serviceArn"),
    _taken("not-an-arn", "a serviceArn that is no ARN"),
    _taken("other-resource", "the ARN of something else"),
]


@mutant(Reader, "request", "reject/wrong-type-arn")
def service_arn_in_a_list_is_taken(proceed: Proceed, reader: Reader, operation: str, body: bytes) -> Any:
    """A serviceArn of another JSON type than a string is taken for the last one that was a string."""
    document = reader.document(body)
    last: dict[str, Any] = vars(reader).setdefault("last_arn", {})
    if operation != model.OPERATION or not isinstance(document, dict):
        return proceed(operation, body)
    arn = document.get("serviceArn")
    if isinstance(arn, str):
        last["serviceArn"] = arn
    elif arn is not None:
        body = json.dumps({**document, **last}).encode()
    return proceed(operation, body)
