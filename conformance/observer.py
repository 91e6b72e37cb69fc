"""From a stream of exchanges to observations: the links that the oracles need.

An observer remembers, for each service the target ever named, what the last Describe showed and what was
sent since. It knows nothing of scenarios, so any traffic can be observed: ours, another tool's, a file's.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

from conformance import model
from conformance.comparison import value_at
from conformance.exchange import Exchange, Response
from conformance.facts import ServiceFacts, asked_groups
from conformance.forms import BROKEN, oddities
from conformance.requirement import Concern

REGISTER_TASK_DEFINITION = "RegisterTaskDefinition"
# Services that were deleted and are still remembered; older ones are forgotten to keep memory flat.
_REMEMBERED = 256
# Operations that leave every Express service as it is; after any other one nothing is known of them.
_HARMLESS = re.compile("(Create|Describe|Discover|Get|List|Register)")
_CREDENTIALS = re.compile(
    "(ExpiredToken|IncompleteSignature|InvalidClientTokenId|InvalidSignature|MissingAuthenticationToken"
    "|RequestExpired|SignatureDoesNotMatch|UnrecognizedClient)(Exception)?"
)


@dataclass(frozen=True, kw_only=True, eq=False)
class Observation:
    """One exchange with what was known when it was sent.

    Attributes:
        exchange: the exchange to judge.
        service: facts on the service it names, or None if the target never named that service.
        services: where the target never named the service: those that it did and that are not deleted.
        task_definitions: task definition ARN to the request that registered it, and the ``compatibilities``
            that the target saw in it.
        before: the Describe of that service since which nothing was sent to it, if there is one.
        after: the Describe that followed; only for :attr:`Concern.CHANGE` and :attr:`Concern.ODD_CHANGE`.
        twin: the valid request that this one differs from by one defect, if the scenario sent one.
        cause: for :attr:`Concern.READ`, the last update of another service since ``before``, if any.
        oddities: how the request differs from the form that the protocol gives it.
        broken: the last request about the service, since the update before, that could not be read.
    """

    exchange: Exchange
    service: ServiceFacts | None = None
    services: Mapping[str, ServiceFacts] = field(default_factory=dict)
    task_definitions: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    before: Exchange | None = None
    after: Exchange | None = None
    twin: Exchange | None = None
    cause: Exchange | None = None
    oddities: frozenset[str] = frozenset()
    broken: Exchange | None = None

    @cached_property
    def request(self) -> dict[str, Any]:
        """The members of the request; those that are null are absent (awsJson1_1)."""
        return {name: value for name, value in self.exchange.request.members.items() if value is not None}

    @cached_property
    def carried(self) -> tuple[str, ...]:
        """The paths of the members with a value that the request carries, nested ones included."""
        request = self.request
        return tuple(path for path in _paths() if value_at(request, path) is not None)

    @property
    def response(self) -> Response | None:
        """The response, or None where the transport failed."""
        return self.exchange.response

    @property
    def accepted(self) -> bool:
        """Whether the target took the request."""
        return accepted(self.exchange)

    @property
    def rejected(self) -> bool:
        """Whether the target refused the request, by status 4xx, and not because of who sent it how often."""
        return rejected(self.exchange)

    @cached_property
    def answer(self) -> dict[str, Any]:
        """The ``service`` of an accepted request's answer; empty where it is not an object."""
        return service_of(self.exchange)

    @cached_property
    def target(self) -> dict[str, Any]:
        """The answer's ``targetConfiguration``; empty where there is none."""
        return _object(self.answer.get("targetConfiguration"))

    @cached_property
    def config_before(self) -> dict[str, Any]:
        """The configuration that was current before the exchange; empty if unknown."""
        return newest_configuration(service_of(self.before), self.service.latest if self.service else "")

    @cached_property
    def config_after(self) -> dict[str, Any]:
        """The configuration current after it: for an accepted update the entry of its revision.

        After a refused one, that is the entry created last: had the request been applied nevertheless, then
        to a revision that nobody was told of.
        """
        if self.after is None:
            return {}
        revision = self.target.get("serviceRevisionArn")
        return newest_configuration(service_of(self.after), revision if isinstance(revision, str) else "")


@cache
def _paths() -> tuple[str, ...]:
    return model.operation().paths


def accepted(exchange: Exchange | None) -> bool:
    """Whether the exchange was answered with status 2xx."""
    return bool(exchange and exchange.response and 200 <= exchange.response.status < 300)  # noqa: PLR2004  HTTP


def throttled(exchange: Exchange) -> bool:
    """Whether the target refused for its load or the caller's rate: that says nothing of the request."""
    response = exchange.response
    return bool(response and (response.status in {429, 503} or "throttl" in error_code(exchange).lower()))


def refuses_credentials(exchange: Exchange) -> bool:
    """Whether the target did not take the signature or the credentials, which may expire during a run."""
    return bool(_CREDENTIALS.fullmatch(error_code(exchange)))


def refuses_caller(exchange: Exchange) -> bool:
    """Whether the target refused the caller and not the request."""
    return throttled(exchange) or refuses_credentials(exchange)


def rejected(exchange: Exchange) -> bool:
    """Whether the exchange was answered with status 4xx, and not because of who sent it how often."""
    response = exchange.response
    return bool(response and 400 <= response.status < 500 and not refuses_caller(exchange))  # noqa: PLR2004  HTTP


def error_code(exchange: Exchange) -> str:
    """The error's shape name, empty where there is none."""
    return exchange.response.error_code if exchange.response else ""


def service_of(exchange: Exchange | None) -> dict[str, Any]:
    """The ``service`` object of a 2xx answer; empty where there is none."""
    if exchange is None or exchange.response is None or not accepted(exchange):
        return {}
    document = exchange.response.json
    return _object(document.get("service")) if isinstance(document, dict) else {}


def configurations(service: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries of ``activeConfigurations`` that are objects."""
    entries = service.get("activeConfigurations")
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def newest_configuration(service: Mapping[str, Any], latest: str = "") -> dict[str, Any]:
    """The entry of the latest revision; if that is not known, the entry created last.

    The order of ``activeConfigurations`` is not documented, and several entries overlap during a deployment.
    If the latest revision is not shown (yet), or if several entries may be the last one, the configuration
    is unknown: an older one would mislead.
    """
    entries = configurations(service)
    if latest:
        return next((entry for entry in entries if entry.get("serviceRevisionArn") == latest), {})
    newest = max(entries, key=_created, default={})
    return newest if sum(_created(entry) == _created(newest) for entry in entries) == 1 else {}


def _created(entry: Mapping[str, Any]) -> float:
    created = entry.get("createdAt")
    return created if isinstance(created, int | float) else 0.0


def _object(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


@dataclass(slots=True)
class _Memory:
    """What is remembered of one service between two exchanges."""

    facts: ServiceFacts
    described: Exchange | None = None
    described_at: int = 0
    pending: tuple[Concern, Observation] | None = None
    broken: Exchange | None = None


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

    def feed(self, exchange: Exchange) -> Iterator[tuple[Concern, Observation]]:
        """The observations that this exchange completes."""
        self._fed += 1
        self._remember(exchange)
        twin = None if exchange.twin is None else self._exchanges.get(exchange.twin)
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
                self._create(exchange)
            case model.DELETE:
                self._delete(exchange)
            case name if name == REGISTER_TASK_DEFINITION:
                self._register(exchange)
            case name if not _HARMLESS.match(name):
                self._distrust()

    def _remember(self, exchange: Exchange) -> None:
        case = (exchange.tag.scenario, exchange.tag.case, exchange.tag.phase, exchange.tag.requirement)
        if case != self._case:
            self._case = case
            self._exchanges.clear()
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
        if memory.pending is not None:
            concern, pending = memory.pending
            yield concern, replace(pending, after=exchange)
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
        memory.pending = None
        memory.described, memory.described_at = exchange, self._fed
        memory.facts = replace(memory.facts, shown=shown)

    def _create(self, exchange: Exchange) -> None:
        service = service_of(exchange)
        arn = service.get("serviceArn")
        if isinstance(arn, str):
            customer = exchange.request.members.get("taskDefinitionArn") is not None
            groups = asked_groups(exchange.request.members)
            facts = ServiceFacts(arn=arn, shown=service, customer=customer, groups=groups)
            self._services[arn] = _Memory(facts)

    def _delete(self, exchange: Exchange) -> None:
        memory = self._memory(exchange)
        if memory is None:
            return
        memory.described = memory.pending = None
        if accepted(exchange):
            memory.facts = replace(memory.facts, deleted=True)
            self._forget()

    def _forget(self) -> None:
        deleted = [arn for arn, memory in self._services.items() if memory.facts.deleted]
        for arn in deleted[:-_REMEMBERED]:
            del self._services[arn]

    def _register(self, exchange: Exchange) -> None:
        document = exchange.response.json if exchange.response and accepted(exchange) else None
        registered = _object(document.get("taskDefinition")) if isinstance(document, dict) else {}
        arn = registered.get("taskDefinitionArn")
        if isinstance(arn, str):
            seen = registered.get("compatibilities")
            self._task_definitions[arn] = {**exchange.request.members, "compatibilities": seen}

    def _distrust(self) -> None:
        """Something else was done: the configurations that were shown may be those of before."""
        for memory in self._services.values():
            memory.described = memory.pending = None


def _updated(facts: ServiceFacts, observation: Observation) -> ServiceFacts:
    """What is known of a service after an update, whatever came of it."""
    if observation.accepted:
        return facts.updated(observation.request, observation.target.get("serviceRevisionArn"))
    response = observation.response
    refused = response is not None and 400 <= response.status < 500  # noqa: PLR2004  HTTP
    return facts if refused else replace(facts, latest="")
