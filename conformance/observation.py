"""An observation: one exchange with what was known when it was sent, and how answers are read."""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from typing import Any

from conformance import model
from conformance.comparison import value_at
from conformance.exchange import Exchange, Failure, Response
from conformance.facts import ServiceFacts

_CREDENTIALS = re.compile(
    "(ExpiredToken|IncompleteSignature|InvalidClientTokenId|InvalidSignature|MissingAuthenticationToken"
    "|RequestExpired|SignatureDoesNotMatch|UnrecognizedClient)(Exception)?"
)
_FAULT = 500  # HTTP: from this status on it is the server's
_GATEWAY = {502, 503, 504}  # HTTP: what stands before a server says that it got no answer from it
_SHOWN = 3  # failed probes that a reader is shown


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """A stop on a service's way through a test case.

    Attributes:
        described: the Describe; of several with nothing between them, the last.
        updates: the accepted updates since the Describe before, in their order; none where nobody knows all
            that led here: at the start, and after an update that was refused or is of unknown outcome.
        service: what was known of the service when it was described.
    """

    described: Exchange
    updates: tuple[Exchange, ...] = ()
    service: ServiceFacts | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Observation:
    """One exchange with what was known when it was sent.

    Attributes:
        exchange: the exchange to judge.
        service: facts on the service it names, or None if the target never named that service.
        services: for updates and Creates, by ARN the facts on all services that the target named so far and
            that are not deleted.
        task_definitions: task definition ARN to the request that registered it, and the ``compatibilities``
            that the target saw in it.
        before: the Describe of that service since which nothing was sent to it, if there is one.
        after: the Describe that followed; only for :attr:`Concern.CHANGE` and :attr:`Concern.ODD_CHANGE`.
        twin: the valid request that this one differs from by one defect, if the scenario sent one.
        cause: for :attr:`Concern.READ`, the last update of another service since ``before``, if any.
        oddities: how the request differs from the form that the protocol gives it.
        broken: the last request about the service, since the update before, that could not be read.
        trail: for :attr:`Concern.TRAIL`, the visits of the service in this test case, this one last.
        history: for :attr:`Concern.HISTORY`, what clients sent to the service at the same time, by its start.
        probes: for :attr:`Concern.INGRESS`, what the service's own endpoint was asked, in the order of time.
        others: for :attr:`Concern.CALLER`, what was sent before in this test case and not signed as the run's
            own caller does it.
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
    trail: tuple[Visit, ...] = ()
    history: tuple[Exchange, ...] = ()
    others: tuple[Exchange, ...] = ()
    probes: tuple[Exchange, ...] = ()

    def completed(self, after: Exchange) -> Observation:
        """The same with the Describe that followed; what was worked out of the request is kept."""
        found = copy(self)
        for name in ("links", "config_after"):
            vars(found).pop(name, None)
        object.__setattr__(found, "after", after)
        return found

    @cached_property
    def notes(self) -> dict[str, Any]:
        """What was worked out of the exchange and of what was before it, to be found again by name."""
        return {}

    @cached_property
    def links(self) -> list[tuple[str, Exchange]]:
        """The exchanges that make up the observation, each with its role, in the order for a reader."""
        visited = [each for visit in self.trail for each in (*visit.updates, visit.described)]
        together = self.history or (self.exchange,)
        failed = [each for each in self.probes if each.response is None or each.response.status >= _FAULT]
        found = [
            ("twin", self.twin),
            *(("control", each) for each in self.others),
            ("before", self.before),
            *(("earlier", each) for each in visited if each is not self.exchange and each is not self.after),
            ("cause", self.cause or self.broken),
            *(("judged" if each is self.exchange else "concurrent", each) for each in together),
            *(("concurrent", each) for each in failed[:_SHOWN]),
            ("after", None if self.after is self.exchange else self.after),
        ]
        return [(role, exchange) for role, exchange in found if exchange is not None]

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

    @cached_property
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
        return as_object(self.answer.get("targetConfiguration"))

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


def nothing_happened(exchange: Exchange) -> bool:
    """Whether the answer says that the request was turned away for the rate of requests, and not looked at.

    Only then it may be sent again. A status 503 alone does not say so.
    """
    response = exchange.response
    if response is None or response.status < 400:  # noqa: PLR2004  HTTP
        return False
    return response.status == 429 or "throttl" in error_code(exchange).lower()  # noqa: PLR2004  HTTP


def never_arrived(exchange: Exchange) -> bool:
    """Whether no connection came about, so that the request cannot have been carried out."""
    return exchange.failure is not None and exchange.failure.kind == "connect"


def fate_unknown(exchange: Exchange) -> bool:
    """Whether nobody knows if the request was carried out: there is no answer, or it tells of a fault."""
    response = exchange.response
    return response is None or (response.status >= _FAULT and not nothing_happened(exchange))


def faulted(exchange: Exchange) -> bool:
    """Whether the target answered with a fault of its own, which the next answer may be without."""
    return exchange.response is not None and exchange.response.status >= _FAULT


def from_elsewhere(exchange: Exchange) -> bool:
    """Whether something on the way to the target answered in its place, such as a load balancer.

    That is a status by which gateways speak of the server behind them, without anything by which the service
    is known: neither a request id nor an error class. A status 500 is the target's own, whatever its form.
    """
    response = exchange.response
    if response is None or response.status not in _GATEWAY or response.error_code:
        return False
    return not (response.header("x-amzn-requestid") or response.header("x-amz-request-id"))


def of_target(exchange: Exchange) -> Exchange:
    """The exchange as evidence about the target: without the answer, if that is not the target's."""
    if not from_elsewhere(exchange):
        return exchange
    failure = Failure(kind="gateway", message=f"{told_by(exchange)} in the place of the target's answer")
    return replace(exchange, response=None, failure=failure)


def told_by(exchange: Exchange) -> str:
    """The status and the content type of an answer, for a person."""
    response = exchange.response
    kind = (response.header("content-type") or "").partition(";")[0].strip() if response else ""
    return f"status {response.status if response else 0}, {kind[:60] or 'no content type'}"


def refuses_credentials(exchange: Exchange) -> bool:
    """Whether the target did not take the signature or the credentials, which may expire during a run."""
    return is_about_credentials(error_code(exchange))


def is_about_credentials(code: str) -> bool:
    """Whether an error of this code says that the signature or the credentials are not taken."""
    return bool(_CREDENTIALS.fullmatch(code))


def refuses_caller(exchange: Exchange) -> bool:
    """Whether the target refused the caller and not the request."""
    return throttled(exchange) or refuses_credentials(exchange)


def rejected(exchange: Exchange) -> bool:
    """Whether the exchange was answered with status 4xx, and not because of who sent it how often."""
    response = exchange.response
    return bool(response and 400 <= response.status < 500 and not refuses_caller(exchange))  # noqa: PLR2004  HTTP


def is_role_unknown(exchange: Exchange) -> bool:
    """Whether a request was refused because a role cannot be assumed, or not yet.

    Terraform's provider knows such refusals by these words, and tries again
    (https://github.com/hashicorp/terraform-provider-aws/pull/47568).
    """
    body = exchange.response.body if rejected(exchange) and exchange.response else b""
    return b"assume role" in body or b"sts:AssumeRole" in body


def error_code(exchange: Exchange) -> str:
    """The error's shape name, empty where there is none."""
    return exchange.response.error_code if exchange.response else ""


def service_of(exchange: Exchange | None) -> dict[str, Any]:
    """The ``service`` object of a 2xx answer; empty where there is none."""
    if exchange is None or exchange.response is None or not accepted(exchange):
        return {}
    document = exchange.response.json
    return as_object(document.get("service")) if isinstance(document, dict) else {}


def configurations(service: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The entries of ``activeConfigurations`` that are objects."""
    entries = service.get("activeConfigurations")
    return [entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else []


def is_deploying(described: Exchange | None) -> bool:
    """Whether a Describe shows a deployment under way, or several active revisions, which means the same."""
    service = service_of(described)
    return bool(service.get("currentDeployment")) or len(configurations(service)) > 1


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


def went_back(service: Mapping[str, Any], was: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Whether a deployment that was in flight has failed, as far as can be seen.

    Args:
        service: as a Describe showed it.
        was: its newest configuration then.
        now: its newest configuration later: that of another revision which was active already.
    """
    revision = now.get("serviceRevisionArn")
    others = [entry.get("serviceRevisionArn") for entry in configurations(service) if entry != was]
    return revision is not None and revision != was.get("serviceRevisionArn") and revision in others


def _created(entry: Mapping[str, Any]) -> float:
    created = entry.get("createdAt")
    return created if isinstance(created, int | float) else 0.0


def as_object(value: Any) -> dict[str, Any]:
    """The value where it is an object; an empty one otherwise."""
    return value if isinstance(value, dict) else {}
