"""The only test function: it is made once for each scenario."""

from __future__ import annotations

from collections.abc import Callable

from conformance.scenarios import Scenario
from conformance.survey import Outcome


def test_scenario(
    scenario: Scenario,
    run_scenario: Callable[[Scenario], Outcome],
    failing: Callable[[Outcome], list[str]],
) -> None:
    """The target violates no written requirement in this scenario, known deviations apart."""
    outcome = run_scenario(scenario)
    assert not outcome.summary.error, outcome.summary.error
    assert not failing(outcome), "\n".join(failing(outcome))
