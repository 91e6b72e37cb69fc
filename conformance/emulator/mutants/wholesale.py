"""Updates are refused, ignored, or misread as a whole, or lose what a request did not name."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance import model
from conformance.emulator.backend import Backend
from conformance.emulator.errors import Refusal, invalid
from conformance.emulator.mutants.editing import kebab, value_at, without
from conformance.emulator.mutants.mutant import Mutant, Proceed, mutant, named
from conformance.emulator.reading import Reader
from conformance.emulator.records import Change, Members
from conformance.emulator.schema import Node
from conformance.emulator.validation import Rules

_INPUT = model.operation().input
_PATHS = tuple(path for path in model.operation().paths if path != "taskDefinitionArn")
_REQUIRED = {member.path for member in _INPUT if member.required}
_OPTIONAL = model.operation().optional


def _refusing(path: str) -> Mutant:
    def fault(proceed: Proceed, _: Rules, request: Members) -> Any:
        if value_at(request, path) is not None:
            raise invalid(f"{path} is not supported.")
        return proceed(request)

    sentence = f"An update with {path} is refused."
    return mutant(Rules, "update", f"accept/{path}")(named(f"update-refuses-{kebab(path)}", sentence, fault))


REFUSING = [_refusing(path) for path in ("cpuArchitecture", "scalingTarget.autoScalingMetric")]


@mutant(
    Rules,
    "update",
    "accept/every-valid-update",
    *(f"accept/{path}" for path in model.operation().paths if path not in _REQUIRED),
)
def every_update_is_refused(_: Proceed, _rules: Rules, _request: Members) -> Any:
    """Every update is refused as if it were invalid."""
    raise invalid("Updates are not supported.")


@mutant(Backend, "apply", *(f"{topic}/{path}" for topic in ("reflect", "show") for path in _PATHS))
def updates_are_not_applied(proceed: Proceed, _: Backend, change: Change) -> Any:
    """Every update is accepted, makes a new revision, and changes nothing."""
    return proceed(replace(change, configuration=change.service.target.configuration))


@mutant(
    Backend,
    "apply",
    "reflect/taskDefinitionArn",
    "show/taskDefinitionArn",
    "task-definition/derived-container",
)
def task_definition_is_not_switched(proceed: Proceed, _: Backend, change: Change) -> Any:
    """An update to a customer's task definition is accepted and goes on with the managed one."""
    old = change.service.target.configuration
    return proceed(replace(change, customer_task_definition=None, configuration=old))


_TEXTS = {"primaryContainer.image": "a:1", "healthCheckPath": "/", "cpu": "2048", "memory": "5120"}
_ENUMS = {member.path: member.enum[0] for member in _INPUT if member.enum}
_WITHIN: dict[str, list[str]] = {
    member.path: [inner.name for inner in _INPUT if inner.parent == member.path and inner.required]
    for member in _INPUT
} | {"primaryContainer.environment[]": ["name", "value"]}
_NEAREST: dict[str, Any] = {
    "string": lambda path: _ENUMS.get(path) or _TEXTS.get(path) or "arn:aws:iam::123456789012:role/x",
    "integer": lambda path: 5 if "Count" in path else 80,
    "list": lambda _path: [],
    "structure": lambda path: dict.fromkeys(_WITHIN.get(path, ()), "a"),
}


@mutant(
    Reader,
    "value",
    *(f"reject-type/{m.path}" for m in _INPUT if m.path not in {"serviceArn", "taskDefinitionArn"}),
)
def wrong_types_are_ignored(proceed: Proceed, _: Reader, node: Node, value: Any, path: str) -> Any:
    """A value of another JSON type than the model has is taken for the nearest one that it has."""
    try:
        return proceed(node, value, path)
    except Refusal:
        return _NEAREST[node.kind](path)


@mutant(Reader, "structure", "reject-type/taskDefinitionArn")
def task_definition_of_another_type_is_dropped(
    proceed: Proceed, _: Reader, node: Node, value: Any, path: str
) -> Any:
    """A taskDefinitionArn that is no string counts as absent."""
    if isinstance(value, dict) and not isinstance(value.get("taskDefinitionArn", ""), str):
        value = {name: inner for name, inner in value.items() if name != "taskDefinitionArn"}
    return proceed(node, value, path)


@mutant(Backend, "customer_task", "task-definition/unknown")
def unknown_task_definition_is_taken(proceed: Proceed, _: Backend, arn: str) -> Any:
    """A task definition that was never registered is taken for the newest one of its family."""
    try:
        return proceed(arn)
    except Refusal:
        return proceed(arn.rpartition(":")[0])


@mutant(Backend, "apply", "preserve/primaryContainer")
def update_loses_the_container(proceed: Proceed, _: Backend, change: Change) -> Any:
    """An update without primaryContainer takes its command away."""
    kept = "primaryContainer" in change.request or change.customer_task_definition
    now = change.configuration
    return proceed(
        change if kept else replace(change, configuration=without(now, "primaryContainer.command"))
    )


@mutant(Backend, "plan", "preserve/taskDefinitionArn")
def update_leaves_the_task_definition(
    proceed: Proceed, backend: Backend, service: Any, request: Members
) -> Any:
    """An update of anything makes a service with a customer's task definition managed again."""
    change = proceed(service, request)
    if "taskDefinitionArn" in request:
        return change
    whole = {**backend.merger.task_defaults("/logs"), **change.configuration}
    return replace(change, customer_task_definition=None, configuration=whole)
