"""An update that gives one member of a structure changes the others."""

from __future__ import annotations

from typing import Any

from conformance.emulator.backend import Backend
from conformance.emulator.mutants.editing import kebab, losing
from conformance.emulator.mutants.mutant import Mutant, Proceed, mutant, named
from conformance.emulator.records import Change


def _dropped(path: str, default: Any = None) -> Mutant:
    parent, _, name = path.partition(".")

    def fault(proceed: Proceed, _: Backend, change: Change) -> Any:
        return proceed(losing(change, path, default) if parent in change.request else change)

    effect = f"sets it back to {default}" if default else "drops it"
    sentence = f"An update with a {parent} but without its {name} {effect}."
    return mutant(Backend, "apply", f"keep/{path}")(named(f"update-drops-{kebab(path)}", sentence, fault))


DROPPED = [
    _dropped("primaryContainer.environment"),
    _dropped("primaryContainer.secrets"),
    _dropped("primaryContainer.containerPort", 80),
    _dropped("scalingTarget.autoScalingTargetValue", 60),
    _dropped("networkConfiguration.securityGroups", []),
]
