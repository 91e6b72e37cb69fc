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
from conformance.facts import UNNAMED, UNSETTLED, ServiceFacts
from conformance.forms import BROKEN, is_plain, oddities
from conformance.ingress import probed
from conformance.ingress_watch import IngressWatch
from conformance.observation import (
    Observation,
    Visit,
    accepted,
    as_object,
    configurations,
    fate_unknown,
    newest_configuration,
    nothing_happened,
    of_target,
    rejected,
    service_of,
)
from conformance.requirement import Concern

# Services that were deleted and are still remembered; older ones are forgotten to keep memory flat.
_REMEMBERED = 256
# Operations that leave every Express service as it is; after any other one nothing is known of them.
_HARMLESS = re.compile("(Create|Describe|Discover|Get|List|Register)")
_MOST_VISITS = 16
_MOST_OTHERS = 16


@dataclass(slots=True)
class _Memory:
    """What is remembered of one service between two exchanges; doubtful: whether it is deleted."""

    facts: ServiceFacts
    described: Exchange | None = None
    described_at: int = 0
    pending: tuple[Concern, Observation] | None = None
    broken: Exchange | None = None
    trail: tuple[Visit, ...] = ()
    updates: tuple[Exchange, ...] = ()
    torn: bool = False
    doubtful: bool = False

    def begin_trail(self) -> None:
        """Another test case begins: its trail starts from the last Describe, if nothing was sent since."""
        start = Visit(described=self.described, service=self.facts) if self.described else None
        self.trail, self.updates, self.torn = (start,) if start else (), (), False

    def lose_track(self) -> None:
        """From now on nobody knows how the service came to be what the next Describe shows."""
        self.described = self.pending = None
        self.trail = self.updates = ()
        self.torn = False
        self.facts = replace(self.facts, asked={})


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
        self._ingress = IngressWatch()
        self._by_others: tuple[Exchange, ...] = ()

    def feed(self, exchange: Exchange) -> Iterator[tuple[Concern, Observation]]:
        """The observations that this exchange completes."""
        yield from self._ingress.feed(exchange)
        if probed(exchange.request):
            return
        exchange = of_target(exchange)
        self._fed += 1
        self._remember(exchange)
        if self._history and exchange.group != self._history[0].group:
            yield from self._end_history()
        if exchange.group is not None:
            self._history.append(exchange)
            return
        if nothing_happened(exchange):
            yield from self._turned_away(exchange)
        elif not self._is_doubtful(exchange):
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

    def _is_doubtful(self, exchange: Exchange) -> bool:
        """Whether it is about a service that may be deleted: until another Delete nothing follows from it."""
        memory = self._memory(self._exchanges.get(exchange.twin or 0, exchange)) or self._memory(exchange)
        if (
            memory is None
            or not memory.doubtful
            or exchange.request.operation in {model.CREATE, model.DELETE}
        ):
            return False
        return memory.pending is None or memory.pending[0] is not Concern.HISTORY

    def _turned_away(self, exchange: Exchange) -> Iterator[tuple[Concern, Observation]]:
        """All is as it was; the request that is sent in its place is judged as if it were the first."""
        if exchange.request.operation == model.OPERATION and is_plain(exchange):
            yield Concern.ANSWER, Observation(exchange=exchange)

    def _remember(self, exchange: Exchange) -> None:
        case = (exchange.tag.scenario, exchange.tag.case, exchange.tag.phase, exchange.tag.requirement)
        if case != self._case:
            self._case = case
            self._exchanges.clear()
            self._by_others = ()
            for memory in self._services.values():
                memory.begin_trail()
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
            services=self._alive(),
            task_definitions=self._task_definitions,
            before=memory.described if memory else None,
            twin=twin,
            broken=memory.broken if memory else None,
        )
        yield Concern.ANSWER, observation
        if memory is None:
            self._named_otherwise(observation)
            return
        memory.described = memory.broken = None
        memory.pending = (Concern.CHANGE, observation) if exchange.response else None
        memory.facts = _updated(memory.facts, observation)
        if accepted(exchange):
            memory.updates = (*memory.updates, exchange)
        else:
            memory.torn = True

    def _named_otherwise(self, observation: Observation) -> None:
        """An update of a service that is named by something else than its ARN, such as its short name."""
        if rejected(observation.exchange):
            return
        arn = observation.answer.get("serviceArn")
        memory = self._services.get(arn) if isinstance(arn, str) else None
        if memory is None:
            self._distrust()
            return
        memory.lose_track()
        memory.facts = replace(_updated(memory.facts, observation), asked={})

    def _by_caller(self, exchange: Exchange, twin: Exchange | None) -> Iterator[tuple[Concern, Observation]]:
        """A request that is not signed as the others: what the target lets this caller do is the question."""
        memory, operation = self._memory(exchange), exchange.request.operation
        others, self._by_others = self._by_others, (*self._by_others, exchange)[-_MOST_OTHERS:]
        if operation != model.OPERATION:
            if not _HARMLESS.match(operation):
                self._distrust()
            return
        observation = Observation(
            exchange=exchange,
            service=memory.facts if memory else None,
            before=memory.described if memory else None,
            twin=twin,
            others=others,
        )
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
        memory.facts = replace(_updated(memory.facts, observation), asked={})
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
        if memory.facts.deleted and memory.facts.shown.get("createdAt") != shown.get("createdAt"):
            # Another one, of whose Create nobody knows: its answer was lost, or somebody else's.
            memory = self._services[arn] = _Memory(ServiceFacts(arn=arn, shown=shown))
        memory.facts = _named(memory.facts, shown)
        concurrent = memory.pending is not None and memory.pending[0] is Concern.HISTORY
        if memory.facts.deleted and not concurrent:
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
        memory.facts = memory.facts.described(shown, newest_configuration(shown, memory.facts.latest))
        if concurrent:
            # Who won is a matter of time, and what a run judges is not: what follows begins anew.
            memory.lose_track()

    def _visit(self, exchange: Exchange, memory: _Memory) -> Iterator[tuple[Concern, Observation]]:
        """Another stop on the service's way through the test case."""
        updates = () if memory.torn else memory.updates
        visits, entered = memory.trail, updates
        if visits and not updates and not memory.torn:  # another look at what was there already
            visits, entered = visits[:-1], visits[-1].updates
        visit = Visit(described=exchange, updates=entered, service=memory.facts)
        memory.trail = (*visits, visit)[-_MOST_VISITS:]
        memory.updates, memory.torn = (), False
        if updates and len(memory.trail) > 1:
            observation = Observation(
                exchange=updates[-1], service=memory.facts, after=exchange, trail=memory.trail
            )
            yield Concern.TRAIL, observation

    def _end_history(self) -> Iterator[tuple[Concern, Observation]]:
        """All of a concurrent history is known but for the Describe after it.

        The answers of a history with a Delete are judged with it only: which of its updates are taken is a
        matter of time, and what a run judges is not.
        """
        history, self._history = sorted(self._history, key=lambda each: (each.started, each.id)), []
        if not all(map(is_plain, history)):
            self._distrust()
        elif not any(each.request.operation == model.DELETE for each in history):
            updates = [each for each in history if each.request.operation == model.OPERATION]
            yield from ((Concern.ANSWER, Observation(exchange=each)) for each in updates)
        for arn, memory in self._services.items():
            mine = tuple(each for each in history if each.request.members.get("serviceArn") == arn)
            if mine:
                self._end_history_of(memory, mine)

    def _end_history_of(self, memory: _Memory, history: tuple[Exchange, ...]) -> None:
        """A service is what a concurrent history made of it, and its next Describe shows what that is."""
        updates = [each for each in history if each.request.operation == model.OPERATION]
        observation = Observation(
            exchange=(updates or history)[-1],
            service=memory.facts,
            task_definitions=self._task_definitions,
            before=memory.described,
            history=history,
        )
        memory.lose_track()
        memory.pending = (Concern.HISTORY, observation) if all(map(is_plain, history)) else None
        for each in updates:
            self._last_update, self._last_update_at = each, self._fed
            memory.facts = _updated(memory.facts, Observation(exchange=each))
        deletes = [each for each in history if each.request.operation == model.DELETE]
        gone = any(map(accepted, deletes))
        memory.doubtful = not gone and any(map(fate_unknown, deletes))
        switched = any("taskDefinitionArn" in each.request.members for each in updates)
        memory.facts = replace(
            memory.facts,
            # Which update came last is the question; until it is answered, nobody knows.
            latest=UNSETTLED,
            asked={},
            customer=None if switched else memory.facts.customer,
            deleted=memory.facts.deleted or gone,
        )

    def _create(self, exchange: Exchange) -> Iterator[tuple[Concern, Observation]]:
        service = service_of(exchange)
        arn = service.get("serviceArn")
        if isinstance(arn, str):
            memory = self._services.get(arn)
            former = memory.facts if memory else None
            yield Concern.LIFE, Observation(exchange=exchange, service=former, services=self._alive())
            self._services[arn] = _Memory(ServiceFacts.from_create(exchange, service, former))

    def _delete(self, exchange: Exchange) -> Iterator[tuple[Concern, Observation]]:
        memory = self._memory(exchange)
        if memory is None:
            return
        yield Concern.LIFE, Observation(exchange=exchange, service=memory.facts, before=memory.described)
        facts = memory.facts
        memory.lose_track()
        memory.doubtful = fate_unknown(exchange)
        if accepted(exchange):
            memory.facts = replace(facts, deleted=True)
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


def _named(facts: ServiceFacts, shown: Mapping[str, Any]) -> ServiceFacts:
    """What is known when a Describe shows which revision an update made whose answer did not name it.

    That is one which nobody saw before; otherwise the Describe may show what was before the update.
    """
    newest = newest_configuration(shown)
    if facts.latest != UNNAMED or not newest:
        return facts
    revision = newest.get("serviceRevisionArn")
    if revision is None:
        return replace(facts, latest="")
    former = [entry.get("serviceRevisionArn") for entry in configurations(facts.shown)]
    new = isinstance(revision, str) and former and revision not in [*former, *facts.revisions]
    return replace(facts, latest=revision) if new else facts


def _updated(facts: ServiceFacts, observation: Observation) -> ServiceFacts:
    """What is known of a service after an update, whatever came of it."""
    if observation.accepted:
        return facts.updated(observation.request, observation.target.get("serviceRevisionArn"))
    response = observation.response
    refused = response is not None and 400 <= response.status < 500  # noqa: PLR2004  HTTP
    return facts if refused else facts.unsettled()
