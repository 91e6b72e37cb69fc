"""From probes of a service's own endpoint to observations: what was answered around an update."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance import model
from conformance.exchange import Exchange
from conformance.ingress import probed
from conformance.observation import Observation, accepted, configurations, service_of
from conformance.requirement import Concern

_MOST_UPDATES = 8


@dataclass(slots=True)
class _Watched:
    """What is remembered of one service within a test case."""

    described: Exchange | None = None
    updates: list[Exchange] = field(default_factory=list)
    probes: list[Exchange] = field(default_factory=list)


class IngressWatch:
    """Links probes with the updates between them. Feed it all exchanges of one scenario, in their order.

    Probes are recorded when they are over, so they come after the updates that they were sent around, and
    before the Describe that ends the observation.
    """

    def __init__(self) -> None:
        self._case: object = None
        self._services: dict[str, _Watched] = {}
        self._unanswered: list[float] = []

    def feed(self, exchange: Exchange) -> Iterator[tuple[Concern, Observation]]:
        """The observation that this exchange completes, if it completes one."""
        case = (exchange.tag.scenario, exchange.tag.case, exchange.tag.phase, exchange.tag.requirement)
        if case != self._case:
            self._case = case
            self._services.clear()
            self._unanswered.clear()
        if host := probed(exchange.request):
            self._note(exchange, host)
            return
        if exchange.failure is not None:
            # Perhaps it is our own network: then that a service did not answer either is no proof.
            self._unanswered.append(exchange.started)
        arn = exchange.request.members.get("serviceArn")
        if isinstance(arn, str) and accepted(exchange) and not exchange.request.caller:
            yield from self._answered(exchange, self._services.setdefault(arn, _Watched()))

    def _note(self, exchange: Exchange, host: str) -> None:
        for watched in self._services.values():
            if host in _endpoints(service_of(watched.described)):
                watched.probes.append(exchange)

    def _answered(self, exchange: Exchange, watched: _Watched) -> Iterator[tuple[Concern, Observation]]:
        if exchange.request.operation == model.OPERATION:
            watched.updates = [*watched.updates, exchange][-_MOST_UPDATES:]
        elif exchange.request.operation == model.DESCRIBE:
            probes, watched.probes, watched.described = watched.probes, [], exchange
            updates = [each for each in watched.updates if probes and each.started > probes[0].started]
            if updates and not self._was_cut_off(updates[0].started, probes[-1].started):
                observation = Observation(exchange=updates[0], after=exchange, probes=tuple(probes))
                yield Concern.INGRESS, observation

    def _was_cut_off(self, since: float, until: float) -> bool:
        """Whether the API itself left a request without an answer in that time."""
        return any(since <= time <= until for time in self._unanswered)


def _endpoints(service: Mapping[str, Any]) -> set[str]:
    """Where a Describe says that a service is reached."""
    found: set[str] = set()
    for configuration in configurations(service):
        paths = configuration.get("ingressPaths")
        for path in paths if isinstance(paths, list) else ():
            endpoint = path.get("endpoint") if isinstance(path, dict) else None
            found.update({endpoint} if isinstance(endpoint, str) else ())
    return found
