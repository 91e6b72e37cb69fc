"""The scenarios: every one found in the modules beside this one. A new scenario is one module."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping

from conformance.scenarios.scenario import EFFORTS, Effort, Scenario

__all__ = ["EFFORTS", "FRUGAL", "SCENARIOS", "Effort", "Scenario"]


def _scenarios() -> list[Scenario]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__, f"{__name__}."))
    modules = [importlib.import_module(name) for name in names]
    found = {id(value): value for m in modules for value in vars(m).values() if isinstance(value, Scenario)}
    return sorted(found.values(), key=lambda scenario: (scenario.order, scenario.id))


SCENARIOS: Mapping[str, Scenario] = {each.id: each for each in _scenarios() if not each.frugal}
FRUGAL: Mapping[str, Scenario] = {each.id: each for each in _scenarios() if each.frugal}
"""Those for targets where accepted updates are dear."""
