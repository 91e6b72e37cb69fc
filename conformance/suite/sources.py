"""Further sources of traffic: other tools, which a run uses only where it is asked to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from conformance.scenarios import FRUGAL, SCENARIOS, Scenario
from conformance.suite import schemathesis_source

SOURCES: Mapping[str, Scenario] = {schemathesis_source.NAME: schemathesis_source.SCHEMATHESIS}
CHECKS: Mapping[str, Callable[[], None]] = {schemathesis_source.NAME: schemathesis_source.check_installed}
"""By source, what raises ConfigurationError where the tool cannot be run."""

EVERY: Mapping[str, Scenario] = {**FRUGAL, **SCENARIOS, **SOURCES}
"""All scenarios, the suite's own and those of tools."""
