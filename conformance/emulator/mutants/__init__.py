"""Faulty emulators, each wrong in exactly one way: they are how the suite is tested.

A mutant is a subclass of one part of the emulator, decorated with the requirements that its fault breaks; its
docstring says the fault. A module of this package is a topic; all of them are found here.
"""

from __future__ import annotations

import difflib
import importlib
import pkgutil

from conformance.emulator.mutants.mutant import Mutant
from conformance.exceptions import ConfigurationError

__all__ = ["MUTANTS", "Mutant", "mutant_named"]


def _collect() -> dict[str, Mutant]:
    found: dict[str, Mutant] = {}
    for module in sorted(module.name for module in pkgutil.iter_modules(__path__)):
        topic = importlib.import_module(f"{__name__}.{module}")
        for value in vars(topic).values():
            for mutant in value if isinstance(value, list) else [value]:
                if isinstance(mutant, Mutant):
                    assert mutant.name not in found, f"two mutants are called {mutant.name}"
                    found[mutant.name] = mutant
    return found


MUTANTS: dict[str, Mutant] = _collect()
"""All mutants by name."""


def mutant_named(name: str) -> Mutant:
    """The mutant of a name.

    Raises:
        ConfigurationError: there is none; the hint lists those with similar names.
    """
    if name in MUTANTS:
        return MUTANTS[name]
    close = difflib.get_close_matches(name, MUTANTS, n=5, cutoff=0.4)
    hint = (
        f"Close names: {', '.join(close)}." if close else f"There are {len(MUTANTS)}, none of a similar name."
    )
    raise ConfigurationError(f"There is no mutant {name!r}.", hint=hint)
