"""Send the minimal failing case of a finished run again."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.exceptions import ConfigurationError
from conformance.results import Results
from conformance.suite.probe import supports_operation
from conformance.suite.settings import RunSettings
from conformance.suite.sources import EVERY
from conformance.survey import replay_case
from conformance.wire import Wire


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How a replay ended, in one line and as an exit code: 1 still failing, 0 fixed, 3 neither."""

    text: str
    exit_code: int


def replay_counterexample(results: Results, id: str, endpoint_url: str) -> Replay:
    """Send the case again, on services of its own, at its target or another endpoint.

    Raises:
        ConfigurationError: the results have no such requirement, or no case against it.
        ConformanceError: the target cannot be reached, or refuses what the case needs.
    """
    found = next((result for result in results.requirements if result.id == id), None)
    example = found.counterexample if found else None
    if example is None:
        with_case = [result.id for result in results.requirements if result.counterexample]
        raise ConfigurationError(
            f"These results have no case against {id!r}.",
            hint=f"They have one against: {', '.join(with_case[:8]) or 'nothing'}.",
        )
    if not example.has_case:
        raise ConfigurationError(
            f"The case against {id} was too long to be kept in a history.",
            hint="Give the results.json that the run itself wrote.",
        )
    settings = RunSettings(
        target="" if endpoint_url else _address(results),
        endpoint_url=endpoint_url,
        probe_ingress=EVERY[example.scenario].probes,
    )
    with settings.resolved.connect() as endpoint:
        redactor = settings.redactor(endpoint)
        wire = Wire(endpoint, settings.resolved.settings.limits, redactor)
        supports_operation(wire, lambda _exchange: None)
        violated = replay_case(
            EVERY[example.scenario],
            wire,
            settings.surroundings(endpoint, redactor),
            case=example.case,
            requirement=id,
        )
        wire.close()
    if violated is None:
        return Replay(text=f"{id}: error, the case no longer concerns the requirement.", exit_code=3)
    if violated:
        return Replay(text=f"{id}: still failing. Expected {example.expected}.", exit_code=1)
    return Replay(text=f"{id}: fixed.", exit_code=0)


def _address(results: Results) -> str:
    """The target as the run named it; a URL that it only had for a while is of no use now."""
    return results.target.name
