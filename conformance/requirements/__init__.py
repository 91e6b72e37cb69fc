"""The catalogue: every requirement, found in the modules beside this one.

A new requirement is one function in one of these modules, or a new module; nothing else names it.
"""

from __future__ import annotations

import fnmatch
import importlib
import pkgutil
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from typing import Any

from conformance.exceptions import ConfigurationError
from conformance.requirement import Oracle, Requirement


def _oracles() -> tuple[Oracle[Any], ...]:
    names = sorted(module.name for module in pkgutil.iter_modules(__path__, f"{__name__}."))
    modules = [importlib.import_module(name) for name in names]
    return tuple(value for module in modules for value in vars(module).values() if isinstance(value, Oracle))


ORACLES = _oracles()
REQUIREMENTS: Mapping[str, Requirement] = dict(
    sorted((entry.id, entry) for oracle in ORACLES for entry in oracle.requirements)
)


def selected(patterns: Iterable[str]) -> list[str]:
    """The ids that these patterns name: an id, a topic, or a shell pattern such as ``preserve/*``.

    Raises:
        ConfigurationError: a pattern names nothing.
    """
    ids: set[str] = set()
    for pattern in patterns:
        found = [id for id in REQUIREMENTS if id == pattern or id.startswith(f"{pattern}/")]
        found = found or fnmatch.filter(REQUIREMENTS, pattern)
        if not found:
            raise ConfigurationError(f"No requirement is called {pattern!r}.", hint=_suggestion(pattern))
        ids.update(found)
    return sorted(ids)


def _suggestion(pattern: str) -> str:
    topics = {entry.topic for entry in REQUIREMENTS.values()}
    close = get_close_matches(pattern, [*REQUIREMENTS, *topics], n=3, cutoff=0.5)
    if close:
        return f"Did you mean {' or '.join(close)}? `express-conformance list` shows all."
    return "`express-conformance list` shows all."
