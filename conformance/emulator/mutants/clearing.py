"""Another list is merged into the one before, or something empty does what it does not on the reference."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from conformance import model
from conformance.emulator.backend import Backend
from conformance.emulator.errors import invalid, serialization
from conformance.emulator.mutants.editing import edited, ignoring, value_at, without
from conformance.emulator.mutants.mutant import Mutant, Proceed, mutant, named
from conformance.emulator.reading import Reader
from conformance.emulator.records import Change, Members
from conformance.emulator.schema import Node
from conformance.emulator.validation import Rules

_INPUT = model.operation().input


def _present(change: Change, path: str) -> list[Any]:
    return list(value_at(change.service.target.configuration, path) or [])


def _with(change: Change, configuration: Members) -> Change:
    return replace(change, configuration=configuration)


@mutant(Backend, "apply", "merge/primaryContainer.environment")
def environment_is_merged_by_name(proceed: Proceed, _: Backend, change: Change) -> Any:
    """The environment of an update is merged by name into what was there."""
    path = "primaryContainer.environment"
    if given := value_at(change.request, path):
        by_name = {variable["name"]: variable for variable in [*_present(change, path), *given]}
        change = _with(change, edited(change.configuration, path, list(by_name.values())))
    return proceed(change)


def _added(path: str, words: str) -> Mutant:
    def fault(proceed: Proceed, _: Backend, change: Change) -> Any:
        if given := value_at(change.request, path):
            before = [element for element in _present(change, path) if element not in given]
            change = _with(change, edited(change.configuration, path, [*before, *given]))
        return proceed(change)

    sentence = f"The {words} of an update are added to those that were there."
    return mutant(Backend, "apply", f"merge/{path}")(
        named(f"{words.replace(' ', '-')}-are-added", sentence, fault)
    )


ADDED = [
    _added("networkConfiguration.securityGroups", "security groups"),
    _added("networkConfiguration.subnets", "subnets"),
    _added("primaryContainer.secrets", "secrets"),
]


@mutant(Backend, "apply", "clear/primaryContainer.command-empty-list")
def empty_command_is_ignored(proceed: Proceed, _: Backend, change: Change) -> Any:
    """An empty command changes nothing."""
    path = "primaryContainer.command"
    return proceed(ignoring(change, path) if value_at(change.request, path) == [] else change)


@mutant(Rules, "container", "clear/primaryContainer.command-empty-list")
def empty_command_is_refused(proceed: Proceed, _: Rules, container: Members) -> Any:
    """An empty command is refused."""
    if container.get("command") == []:
        raise invalid("command must not be empty.")
    return proceed(container)


@mutant(Backend, "apply", "preserve/taskRoleArn")
def empty_command_drops_the_task_role(proceed: Proceed, _: Backend, change: Change) -> Any:
    """An update that clears the command takes the task role away, too."""
    if value_at(change.request, "primaryContainer.command") == []:
        change = _with(change, without(change.configuration, "taskRoleArn"))
    return proceed(change)


def _clears(way: str, *paths: str) -> list[str]:
    return [f"clear/{path}-{way}" for path in paths]


_NULLABLE = [m.path for m in _INPUT if m.parent and not m.required and "[]" not in m.path]
_TEXTS = [m.path for m in _INPUT if m.kind == "string" and not (m.required or m.enum or "[]" in m.path)]
_LISTS = [m.path for m in _INPUT if m.kind == "list"]


@mutant(Reader, "structure", *_clears("null", *_NULLABLE))
def null_inside_is_refused(proceed: Proceed, _: Reader, node: Node, value: Any, path: str) -> Any:
    """A member of a structure that is null is refused."""
    if path and isinstance(value, Mapping) and None in value.values():
        raise serialization("NULL_VALUE is not supported.")
    return proceed(node, value, path)


@mutant(Reader, "structure", *_clears("empty-string", *_TEXTS))
def empty_text_counts_as_absent(proceed: Proceed, _: Reader, node: Node, value: Any, path: str) -> Any:
    """A text that is empty counts as absent."""
    return {name: inner for name, inner in proceed(node, value, path).items() if inner != ""}


@mutant(Reader, "structure", *_clears("empty-list", *_LISTS))
def empty_list_counts_as_absent(proceed: Proceed, _: Reader, node: Node, value: Any, path: str) -> Any:
    """A list that is empty counts as absent."""
    return {name: inner for name, inner in proceed(node, value, path).items() if inner != []}


@mutant(
    Reader,
    "structure",
    *_clears("empty-object", "primaryContainer", "primaryContainer.awsLogsConfiguration"),
)
def empty_structure_counts_as_absent(proceed: Proceed, _: Reader, node: Node, value: Any, path: str) -> Any:
    """A structure that is empty counts as absent, even where it requires a member."""
    return {name: inner for name, inner in proceed(node, value, path).items() if inner != {}}


@mutant(
    Reader,
    "structure",
    *_clears("empty-object", "networkConfiguration", "primaryContainer.repositoryCredentials"),
)
def empty_structure_is_refused(proceed: Proceed, _: Reader, node: Node, value: Any, path: str) -> Any:
    """A structure that is empty is refused."""
    if path and value == {}:
        raise invalid(f"{path} must not be empty.")
    return proceed(node, value, path)


@mutant(Backend, "apply", "clear/scalingTarget-empty-object")
def empty_scaling_target_is_the_default(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """An empty scalingTarget sets the whole of it back to the default."""
    if change.request.get("scalingTarget") == {}:
        default = backend.merger.defaults([])["scalingTarget"]
        change = _with(change, edited(change.configuration, "scalingTarget", default))
    return proceed(change)


@mutant(Reader, "request", "clear/primaryContainer.environment-null")
def null_environment_is_none(proceed: Proceed, reader: Reader, operation: str, body: bytes) -> Any:
    """An environment that is null clears the environment."""
    request, document = proceed(operation, body), reader.document(body)
    container = document.get("primaryContainer")
    nulled = isinstance(container, Mapping) and container.get("environment", "") is None
    if operation != model.OPERATION or not nulled:
        return request
    return edited(request, "primaryContainer.environment", [])


@mutant(Backend, "update", "clear/taskRoleArn-empty-string")
def empty_task_role_is_none(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """An empty taskRoleArn takes the task role away."""
    if request.get("taskRoleArn") != "":
        return proceed(request)
    service = backend.find(request["serviceArn"], missing=invalid("no service"))
    change = backend.plan(service, {name: value for name, value in request.items() if name != "taskRoleArn"})
    return backend.answers.updated(backend.apply(_with(change, without(change.configuration, "taskRoleArn"))))
