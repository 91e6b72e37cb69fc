"""An update changes top-level members that it was not asked to change."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.emulator.backend import Backend
from conformance.emulator.configuration import DERIVED
from conformance.emulator.mutants.editing import kebab, losing
from conformance.emulator.mutants.mutant import Mutant, Proceed, mutant, named
from conformance.emulator.records import Change


def _reset(member: str, default: Any = None) -> Mutant:
    def fault(proceed: Proceed, _: Backend, change: Change) -> Any:
        return proceed(losing(change, member, default))

    effect = "takes it away" if default is None else "sets it back to the default"
    sentence = f"An update without {member} {effect}."
    return mutant(Backend, "apply", f"preserve/{member}")(
        named(f"update-resets-{kebab(member)}", sentence, fault)
    )


RESET = [
    _reset("cpu", "256"),
    _reset("cpuArchitecture", "X86_64"),
    _reset("healthCheckPath", "/ping"),
    _reset("taskRoleArn"),
]


@mutant(Backend, "apply", "preserve/networkConfiguration")
def update_loses_network_configuration(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """An update without networkConfiguration moves the service back to the default VPC."""
    default = backend.merger.defaults(backend.neighbours.default_subnets())["networkConfiguration"]
    return proceed(losing(change, "networkConfiguration", default))


@mutant(
    Backend,
    "apply",
    "preserve/cpu",
    "preserve/cpuArchitecture",
    "preserve/executionRoleArn",
    "preserve/healthCheckPath",
    "preserve/memory",
    "preserve/networkConfiguration",
    "preserve/scalingTarget",
    "preserve/taskRoleArn",
)
def update_replaces_the_configuration(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """An update resets all that it leaves out, but for the container, which has no default."""
    kept = {"primaryContainer"} if change.customer_task_definition is None else DERIVED
    fresh = {
        **backend.merger.defaults(backend.neighbours.default_subnets()),
        **backend.merger.task_defaults("-"),
        **{name: value for name, value in change.configuration.items() if name in kept},
    }
    return proceed(
        replace(change, configuration=backend.merger.merge(fresh, backend.merger.changes(change.request)))
    )
