"""An accepted update does not do what it was asked to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.emulator.backend import Backend
from conformance.emulator.mutants.editing import edited, ignoring, kebab, value_at
from conformance.emulator.mutants.mutant import Mutant, Proceed, mutant, named
from conformance.emulator.records import Change


def _ignored(path: str) -> Mutant:
    def fault(proceed: Proceed, _: Backend, change: Change) -> Any:
        return proceed(ignoring(change, path))

    sentence = f"Update accepts {path} and leaves it as it was."
    return mutant(Backend, "apply", f"reflect/{path}")(
        named(f"update-ignores-{kebab(path)}", sentence, fault)
    )


IGNORED = [
    _ignored("healthCheckPath"),
    _ignored("taskRoleArn"),
    _ignored("scalingTarget.maxTaskCount"),
    _ignored("primaryContainer.containerPort"),
    _ignored("networkConfiguration.securityGroups"),
]


@mutant(Backend, "apply", "reflect/primaryContainer.command", "merge/primaryContainer.command")
def update_appends_to_command(proceed: Proceed, _: Backend, change: Change) -> Any:
    """Update appends the given command to the one there was, instead of replacing it."""
    path = "primaryContainer.command"
    before = value_at(change.service.target.configuration, path)
    if before and (given := value_at(change.request, path)):
        change = replace(change, configuration=edited(change.configuration, path, [*before, *given]))
    return proceed(change)
