"""An update that gives one member of a structure changes the others."""

from __future__ import annotations

from typing import Any

from conformance.emulator.backend import Backend
from conformance.emulator.mutants.editing import kebab, losing, value_at
from conformance.emulator.mutants.mutant import Mutant, Proceed, mutant, named
from conformance.emulator.records import Change


def _dropped(path: str, default: Any = None, *more: str) -> Mutant:
    parent, _, name = path.partition(".")

    def fault(proceed: Proceed, _: Backend, change: Change) -> Any:
        return proceed(losing(change, path, default) if parent in change.request else change)

    effect = f"sets it back to {default}" if default else "drops it"
    sentence = f"An update with a {parent} but without its {name} {effect}."
    return mutant(Backend, "apply", f"keep/{path}", *more)(
        named(f"update-drops-{kebab(path)}", sentence, fault)
    )


DROPPED = [
    _dropped("primaryContainer.awsLogsConfiguration"),
    _dropped("primaryContainer.command"),
    _dropped("primaryContainer.repositoryCredentials"),
    _dropped("primaryContainer.environment"),
    _dropped("primaryContainer.secrets"),
    _dropped("primaryContainer.containerPort", 80),
    _dropped("scalingTarget.minTaskCount", 1),
    _dropped("scalingTarget.maxTaskCount", 20),
    _dropped("scalingTarget.autoScalingMetric", "AVERAGE_CPU", "merge/scalingTarget"),
    _dropped("scalingTarget.autoScalingTargetValue", 60),
    _dropped("networkConfiguration.subnets", ["subnet-0123456789abcdef0"]),
    _dropped("networkConfiguration.securityGroups", [], "merge/networkConfiguration"),
]


@mutant(Backend, "apply", "merge/primaryContainer")
def container_is_replaced(proceed: Proceed, _: Backend, change: Change) -> Any:
    """An update with a primaryContainer replaces it as a whole; only its port has a default."""
    defaults = {"awsLogsConfiguration": None, "repositoryCredentials": None, "containerPort": 80}
    lists = dict.fromkeys(("command", "environment", "secrets"))
    for name, default in {**defaults, **lists}.items() if "primaryContainer" in change.request else ():
        change = losing(change, f"primaryContainer.{name}", default)
    return proceed(change)


@mutant(Backend, "apply", "keep/primaryContainer.containerPort")
def new_logs_reset_the_port(proceed: Proceed, _: Backend, change: Change) -> Any:
    """An update with an awsLogsConfiguration but without a containerPort sets the port back to 80."""
    logs = value_at(change.request, "primaryContainer.awsLogsConfiguration")
    return proceed(losing(change, "primaryContainer.containerPort", 80) if logs else change)


@mutant(Backend, "apply", "keep/primaryContainer.secrets")
def variables_and_command_drop_the_secrets(proceed: Proceed, _: Backend, change: Change) -> Any:
    """An update with both environment and command, but without secrets, drops the secrets."""
    given = [value_at(change.request, f"primaryContainer.{name}") for name in ("environment", "command")]
    return proceed(losing(change, "primaryContainer.secrets") if all(given) else change)
