"""Further sources of traffic: other tools, which a run uses only where it is asked to."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from conformance.questions.scenario import ASKED, ASKED_LAST
from conformance.scenarios import FRUGAL, SCENARIOS, Scenario
from conformance.suite import schemathesis_source

SOURCES: Mapping[str, Scenario] = {schemathesis_source.NAME: schemathesis_source.SCHEMATHESIS}
CHECKS: Mapping[str, Callable[[], None]] = {schemathesis_source.NAME: schemathesis_source.check_installed}
"""By source, what raises ConfigurationError where the tool cannot be run."""

EVERY: Mapping[str, Scenario] = {
    ASKED.id: ASKED,
    **FRUGAL,
    **SCENARIOS,
    ASKED_LAST.id: ASKED_LAST,
    **SOURCES,
}
"""All scenarios, the suite's own, those that ask questions included, and those of tools."""
