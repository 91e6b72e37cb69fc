"""Before a run: does the target answer, does it speak the protocol, and does it have the operation?"""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urlsplit

from conformance import model
from conformance.exceptions import TargetError
from conformance.exchange import Exchange, Tag
from conformance.observation import error_code, from_elsewhere, nothing_happened, refuses_credentials, told_by
from conformance.requirements.operation import is_unknown_operation
from conformance.wire import BACKOFF, Wire, awsjson

# No AWS service has it, so its answer shows how the target treats what it does not know.
_CONTROL = f"{model.OPERATION}ThatDoesNotExist"
_LIST_CLUSTERS = "ListClusters"
_QUESTIONS = 3  # at most
_SETUP = Tag(phase="setup")
_HINTS = {
    "connect": "Is it running, and are host and port right?",
    "timeout": "Is it busy, or does something else listen there?",
    "reset": "Does it speak HTTP there, and not HTTPS?",
    "tls": "Does it speak HTTPS there? Perhaps the URL should begin with http://.",
    "protocol": "Does it speak HTTPS there, or is it no AWS emulator?",
    "too-large": "Does something else than an AWS emulator listen there?",
}


def supports_operation(wire: Wire, sink: Callable[[Exchange], None]) -> bool:
    """Whether the target has the operation.

    It has not if it answers the operation as it answers one that nobody has. Both requests are empty, so
    they change nothing.

    Raises:
        TargetError: it does not answer, is no ECS endpoint, or refuses the credentials.
    """
    answer = _asked(wire, sink, model.OPERATION, 1)
    if is_unknown_operation(error_code(answer)):
        _speaks_ecs(wire, sink)
        return False
    control = _asked(wire, sink, _CONTROL, 2)
    if _signature(answer) != _signature(control) or error_code(answer) in model.operation().error_names:
        return True
    _speaks_ecs(wire, sink)
    return False


def _asked(wire: Wire, sink: Callable[[Exchange], None], operation: str, number: int) -> Exchange:
    exchange, url = _answered(wire, sink, operation, number), wire.endpoint.url
    if from_elsewhere(exchange) or nothing_happened(exchange):
        raise TargetError(
            f"{url} does not come to answer: {told_by(exchange)}.",
            hint="Is the server behind a load balancer down, or too many requests under way?",
        )
    if exchange.response is None:
        kind, why = (exchange.failure.kind, exchange.failure.message) if exchange.failure else ("", "")
        raise TargetError(f"{url} does not answer: {why}.", hint=_HINTS.get(kind, ""))
    if 300 <= exchange.response.status < 400:  # noqa: PLR2004  HTTP
        to = exchange.response.header("location") or "nowhere"
        raise TargetError(
            f"{url} redirects to {to[:200]}.", hint="Redirects are not followed; give the final address."
        )
    if refuses_credentials(exchange):
        raise TargetError(
            f"{url} refuses the credentials: {error_code(exchange)}.",
            hint="Give --profile, or credentials for this target in express-conformance.toml.",
        )
    return exchange


def _answered(wire: Wire, sink: Callable[[Exchange], None], operation: str, number: int) -> Exchange:
    """The target's own answer, if one comes: asked again where the rate or a balancer was in the way."""
    for attempt, seconds in enumerate((*BACKOFF, 0.0)):
        exchange = wire.send(awsjson(operation, {}), id=number + _QUESTIONS * attempt, tag=_SETUP)
        sink(exchange)
        if not (from_elsewhere(exchange) or nothing_happened(exchange)):
            break
        time.sleep(seconds)
    return exchange


def _signature(exchange: Exchange) -> tuple[int, str, str]:
    """What of an answer does not depend on the operation's name or on the time."""
    response = exchange.response
    kind = (response.header("content-type") or "") if response else ""
    return (response.status if response else 0, error_code(exchange), kind.partition(";")[0])


def _speaks_ecs(wire: Wire, sink: Callable[[Exchange], None]) -> None:
    """Tell an ECS endpoint without the operation from something else altogether.

    Raises:
        TargetError: it is something else.
    """
    exchange = _asked(wire, sink, _LIST_CLUSTERS, 3)
    document = exchange.response.json if exchange.response else None
    if isinstance(document, dict) and ("clusterArns" in document or error_code(exchange)):
        return
    response = exchange.response
    kind = (response.header("content-type") or "no content type") if response else ""
    host = urlsplit(wire.endpoint.url).netloc
    raise TargetError(
        f"{host} is no ECS endpoint: it answers {_LIST_CLUSTERS} with "
        f"status {response.status if response else 0} and {kind[:80]}.",
        hint="Give the address where an AWS emulator listens.",
    )
