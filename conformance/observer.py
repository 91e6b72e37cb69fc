"""From a stream of exchanges to observations: the links that the oracles need.

An observer remembers, for each service the target ever named, what the last Describe showed and what was
sent since. It knows nothing of scenarios, so any traffic can be observed: ours, another tool's, a file's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from conformance import model
from conformance.exchange import Exchange
from conformance.facts import ServiceFacts, asked_groups
from conformance.forms import BROKEN, oddities
from conformance.observation import Observation, Visit, accepted, as_object, rejected, service_of
from conformance.requirement import Concern

# Services that were deleted and are still remembered; older ones are forgotten to keep memory flat.
_REMEMBERED = 256
# Operations that leave every Express service as it is; after any other one nothing is known of them.
_HARMLESS = re.compile("(Create|Describe|Discover|Get|List|Register)")
_MOST_VISITS = 8


@dataclass(slots=True)
class _Memory:
    """What is remembered of one service between two exchanges."""

    facts: ServiceFacts
    described: Exchange | None = None
    described_at: int = 0
    pending: tuple[Concern, Observation] | None = None
    broken: Exchange | None = None
    trail: tuple[Visit, ...] = ()
    updates: tuple[Exchange, ...] = ()

    def lose_track(self) -> None:
        """From now on nobody knows how the service came to be what the next Describe shows."""
        self.described = self.pending = None
        self.trail = self.updates = ()


class Observer:
    """Links the exchanges of one scenario. Feed them in the order in which they were sent."""

    def __init__(self) -> None:
        self._services: dict[str, _Memory] = {}
        self._task_definitions: dict[str, Mapping[str, Any]] = {}
        self._case: object = None
        self._exchanges: dict[int, Exchange] = {}
        self._last_update: Exchange | None = None
        self._last_update_at = 0
        self._fed = 0
        self._history: list[Exchange] = []

    def feed(self, exchange: Exchange) -> Iterator[tuple[Concern, Observation]]:
        """The observations that this exchange completes."""
        self._fed += 1
        self._remember(exchange)
        if self._history and exchange.group != self._history[0].group:
            self._end_history()
        if exchange.group is not None:
            self._history.append(exchange)
            if exchange.request.operation == model.OPERATION:
                yield Concern.ANSWER, Observation(exchange=exchange)
            return
        yield from self._sequential(exchange)

    def _sequential(self, exchange: Exchange) -> Iterator[tuple[Concern, Observation]]:
        twin = None if exchange.twin is None else self._exchanges.get(exchange.twin)
        if exchange.request.caller:
            yield from self._by_caller(exchange, twin)
            return
        # The twin says what was meant, also where the request names no operation.
        if (twin or exchange).request.operation == model.OPERATION and (odd := oddities(exchange.request)):
            yield from self._odd(exchange, twin, odd)
            return
        match exchange.request.operation:
            case model.OPERATION:
                yield from self._update(exchange, twin)
            case model.DESCRIBE:
                yield from self._describe(exchange)
            case model.CREATE:
                yield from self._create(exchange)
            case model.DELETE:
                yield from self._delete(exchange)
            case model.REGISTER_TASK_DEFINITION:
                self._register(exchange)
            case name if not _HARMLESS.match(name):
                self._distrust()

    def _remember(self, exchange: Exchange) -> None:
        case = (exchange.tag.scenario, exchange.tag.case, exchange.tag.phase, exchange.tag.requirement)
        if case != self._case:
            self._case = case
            self._exchanges.clear()
            for memory in self._services.values():
                memory.updates = ()
                memory.trail = (Visit(described=memory.described),) if memory.described else ()
        self._exchanges[exchange.id] = exchange

    def _memory(self, exchange: Exchange) -> _Memory | None:
        arn = exchange.request.members.get("serviceArn")
        return self._services.get(arn) if isinstance(arn, str) else None

    def _update(self, exchange: Exchange, twin: Exchange | None) -> Iterator[tuple[Concern, Observation]]:
        self._last_update, self._last_update_at = exchange, self._fed
        memory = self._memory(exchange)
        observation = Observation(
            exchange=exchange,
            service=memory.facts if memory else None,
            services={} if memory else self._alive(),
            task_definitions=self._task_definitions,
            before=memory.described if memory else None,
            twin=twin,
            broken=memory.broken if memory else None,
        )
        yield Concern.ANSWER, observation
        if memory is None:
            return
        memory.described = memory.broken = None
        memory.pending = (Concern.CHANGE, observation) if exchange.response else None
        memory.facts = _updated(memory.facts, observation)
        if accepted(exchange):
            memory.updates = (*memory.updates, exchange)
        elif not rejected(exchange):
            memory.trail = memory.updates = ()

    def _by_caller(self, exchange: Exchange, twin: Exchange | None) -> Iterator[tuple[Concern, Observation]]:
        """A request that is not signed as the others: what the target lets this caller do is the question."""
        memory = self._memory(exchange)
        observation = Observation(
            exchange=exchange,
            service=memory.facts if memory else None,
            before=memory.described if memory else None,
            twin=twin,
        )
        if exchange.request.operation == model.OPERATION:
            yield Concern.CALLER, observation
        if memory is None:
            return
        memory.lose_track()
        memory.pending = (Concern.CALLER_CHANGE, observation) if exchange.response else None
        memory.facts = _updated(memory.facts, observation)

    def _odd(
        self, exchange: Exchange, twin: Exchange | None, odd: frozenset[str]
    ) -> Iterator[tuple[Concern, Observation]]:
        """A request that is meant as an update of the twin's service; what became of it nobody can know."""
        memory = self._memory(twin or exchange)
        observation = Observation(
            exchange=exchange,
            service=memory.facts if memory else None,
            task_definitions=self._task_definitions,
            before=memory.described if memory else None,
            twin=twin,
            oddities=odd,
        )
        yield Concern.ODD, observation
        self._distrust()
        if memory is None:
            return
        memory.pending = (Concern.ODD_CHANGE, observation) if exchange.response else None
        memory.facts = _updated(memory.facts, observation)
        if not rejected(exchange) and b"taskDefinitionArn" in exchange.request.body:
            memory.facts = replace(memory.facts, customer=None)
        if odd <= BROKEN:
            memory.broken = exchange

    def _alive(self) -> dict[str, ServiceFacts]:
        return {arn: memory.facts for arn, memory in self._services.items() if not memory.facts.deleted}

    def _describe(self, exchange: Exchange) -> Iterator[tuple[Concern, Observation]]:
        shown = service_of(exchange)
        arn = exchange.request.members.get("serviceArn")
        if not shown or not isinstance(arn, str):
            return
        memory = self._services.setdefault(arn, _Memory(ServiceFacts(arn=arn, shown=shown)))
        if memory.facts.deleted:
            yield Concern.LIFE, Observation(exchange=exchange, service=memory.facts)
        if memory.pending is not None:
            concern, pending = memory.pending
            yield concern, pending.completed(exchange)
        elif memory.described is not None:
            yield (
                Concern.READ,
                Observation(
                    exchange=exchange,
                    service=memory.facts,
                    before=memory.described,
                    after=exchange,
                    cause=self._last_update if self._last_update_at > memory.described_at else None,
                ),
            )
        yield from self._visit(exchange, memory)
        memory.pending = None
        memory.described, memory.described_at = exchange, self._fed
        memory.facts = replace(memory.facts, shown=shown)

    def _visit(self, exchange: Exchange, memory: _Memory) -> Iterator[tuple[Concern, Observation]]:
        """Another stop on the service's way through the test case."""
        updates = memory.updates
        kept = memory.trail if updates else memory.trail[:-1]
        entered = memory.trail[-1].updates if memory.trail and not updates else updates
        memory.trail = (*kept, Visit(described=exchange, updates=entered))[-_MOST_VISITS:]
        memory.updates = ()
        if updates and len(memory.trail) > 1:
            observation = Observation(
                exchange=updates[-1], service=memory.facts, after=exchange, trail=memory.trail
            )
            yield Concern.TRAIL, observation

    def _end_history(self) -> None:
        """All of a concurrent history is known but for the Describe after it."""
        history, self._history = sorted(self._history, key=lambda each: (each.started, each.id)), []
        for arn, memory in self._services.items():
            mine = [each for each in history if each.request.members.get("serviceArn") == arn]
            if not mine:
                continue
            updates = [each for each in mine if each.request.operation == model.OPERATION]
            observation = Observation(
                exchange=(updates or mine)[-1],
                service=memory.facts,
                before=memory.described,
                history=tuple(mine),
            )
            memory.lose_track()
            memory.pending = (Concern.HISTORY, observation)
            for each in updates:
                memory.facts = _updated(memory.facts, Observation(exchange=each))
            gone = any(each.request.operation == model.DELETE and accepted(each) for each in mine)
            # Which update came last is the question; until a Describe answers it, nobody knows.
            memory.facts = replace(memory.facts, latest="", deleted=memory.facts.deleted or gone)

    def _create(self, exchange: Exchange) -> Iterator[tuple[Concern, Observation]]:
        service = service_of(exchange)
        arn = service.get("serviceArn")
        if isinstance(arn, str):
            customer = exchange.request.members.get("taskDefinitionArn") is not None
            groups = asked_groups(exchange.request.members)
            facts = ServiceFacts(arn=arn, shown=service, customer=customer, groups=groups)
            former = self._services.get(arn)
            yield Concern.LIFE, Observation(exchange=exchange, service=former.facts if former else None)
            self._services[arn] = _Memory(facts)

    def _delete(self, exchange: Exchange) -> Iterator[tuple[Concern, Observation]]:
        memory = self._memory(exchange)
        if memory is None:
            return
        yield Concern.LIFE, Observation(exchange=exchange, service=memory.facts, before=memory.described)
        memory.lose_track()
        if accepted(exchange):
            memory.facts = replace(memory.facts, deleted=True)
            self._forget()

    def _forget(self) -> None:
        deleted = [arn for arn, memory in self._services.items() if memory.facts.deleted]
        for arn in deleted[:-_REMEMBERED]:
            del self._services[arn]

    def _register(self, exchange: Exchange) -> None:
        document = exchange.response.json if exchange.response and accepted(exchange) else None
        registered = as_object(document.get("taskDefinition")) if isinstance(document, dict) else {}
        arn = registered.get("taskDefinitionArn")
        if isinstance(arn, str):
            seen = registered.get("compatibilities")
            self._task_definitions[arn] = {**exchange.request.members, "compatibilities": seen}

    def _distrust(self) -> None:
        """Something else was done: the configurations that were shown may be those of before."""
        for memory in self._services.values():
            memory.lose_track()


def _updated(facts: ServiceFacts, observation: Observation) -> ServiceFacts:
    """What is known of a service after an update, whatever came of it."""
    if observation.accepted:
        return facts.updated(observation.request, observation.target.get("serviceRevisionArn"))
    response = observation.response
    refused = response is not None and 400 <= response.status < 500  # noqa: PLR2004  HTTP
    return facts if refused else replace(facts, latest="")
