"""When a request is sent again, and when a run has to end: nothing is sent twice that may have happened.

A request is sent again where its answer says that nothing came of it, or where it only asks. Whatever else is
lost on the way is settled by the next Describe, which is such a question.
"""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

from conformance import model
from conformance.exceptions import ConformanceError, TargetError
from conformance.exchange import Exchange, Request
from conformance.observation import error_code, is_role_unknown, never_arrived, nothing_happened
from conformance.scenarios.inventory import Surroundings

# So many exchanges in a row without an answer mean that the target is gone, and so many refusals of expired
# credentials that they are.
_PATIENCE = 5
_QUESTIONS = ("Describe", "List")
_NO_ANSWER = "no answer"
_RATE = "rate"
_ROLE = "role"
_DEPLOYMENT = "deployment"
_LOST: Mapping[str, tuple[str, str]] = {
    _NO_ANSWER: ("request got no answer", "requests got no answer"),
    _RATE: (
        "request was turned away for its rate again and again",
        "requests were turned away for their rate again and again",
    ),
    _ROLE: (
        "valid request was refused because a role cannot be assumed",
        "valid requests were refused because a role cannot be assumed",
    ),
    _DEPLOYMENT: (
        "valid update was refused while a deployment was under way, with no wait left in the budget",
        "valid updates were refused while a deployment was under way, with no wait left in the budget",
    ),
}


def pause(seconds: float) -> None:
    """Wait for about so long: clients that were turned away together must not come again together."""
    time.sleep(seconds * random.uniform(0.5, 1.5))  # noqa: S311  not for cryptography


class Patience:
    """Sends the requests of a scenario, each as often as it is safe and of use.

    Args:
        surroundings: they have the pauses, each of which is made once for a request.
    """

    def __init__(self, surroundings: Surroundings) -> None:
        self._surroundings = surroundings
        self._unanswered = 0
        self._expired = 0
        # A target that goes on turning away what it should take is not waited for each time.
        self._exhausted: set[str] = set()
        self._lost: Counter[str] = Counter()
        self._unsettled = 0

    def sent(self, attempt: Callable[[], Exchange], request: Request, *, is_valid: bool) -> Exchange:
        """The last of the exchanges that it took.

        Args:
            attempt: sends the request and hands the exchange on.
            request: which.
            is_valid: whether nothing is known to be wrong with it.

        Raises:
            TargetError: the target has not answered for several requests in a row.
        """
        pauses = {why: self._pauses(why) for why in (_RATE, _NO_ANSWER, _ROLE)}
        exchange = attempt()
        while why := _why_again(exchange, request, is_valid=is_valid):
            seconds = next(pauses[why], None)
            if seconds is None:
                self._exhausted.add(why)
                break
            pause(seconds)
            exchange = attempt()
        self._exhausted -= {_RATE} if why != _RATE else set()
        self._count_lost(exchange, why)
        self.check(exchange)
        return exchange

    def _pauses(self, why: str) -> Iterator[float]:
        around = self._surroundings
        if why == _NO_ANSWER:
            return iter(around.network_pauses)
        pauses = around.rate_pauses if why == _RATE else around.role_pauses
        return iter(() if why in self._exhausted else pauses)

    def _count_lost(self, exchange: Exchange, why: str) -> None:
        if exchange.failure is not None:
            self._lost[_NO_ANSWER] += 1
        elif why:
            self._lost[why] += 1

    def take(self, exchange: Exchange) -> None:
        """Count the exchanges in a row that had no answer, or that found no credentials."""
        self._unanswered = 0 if exchange.response else self._unanswered + 1
        if not exchange.request.caller:
            self._expired = self._expired + 1 if "Expired" in error_code(exchange) else 0

    def check(self, last: Exchange) -> None:
        """Go on only while the target answers, and knows who asks.

        Raises:
            TargetError: it does not.
        """
        if self._unanswered >= _PATIENCE and last.failure:
            raise TargetError(
                f"The target stopped answering: {last.failure.message}.",
                hint="What was recorded until then can be judged with `express-conformance judge`.",
            )
        if self._expired >= _PATIENCE:
            raise TargetError(
                f"The target no longer takes the credentials: {error_code(last)}.",
                hint="Sign in again, for instance with `aws sso login`.",
            )

    def refused_while_deploying(self) -> None:
        """A valid update was refused during a deployment that nobody may, or can, wait for."""
        self._lost[_DEPLOYMENT] += 1

    def unsettled(self) -> None:
        """A deployment was waited for in vain."""
        self._unsettled += 1

    @property
    def lost(self) -> str:
        """What was lost, in clauses, where each answer is dear; elsewhere nothing is told of it."""
        if not self._surroundings.frugal:
            return ""
        told = [_counted(number, *_LOST[why]) for why, number in self._lost.items()]
        if self._unsettled:
            number = _counted(self._unsettled, "deployment", "deployments")
            seconds = f"{self._surroundings.settle_seconds:g} s"
            told.append(f"{number} did not settle within {seconds}, so what comes of them was not seen")
        return ", ".join(told)


def _counted(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _why_again(exchange: Exchange, request: Request, *, is_valid: bool) -> str:
    """Why a request may be sent again, and may come to something; empty if it may not, or need not."""
    if nothing_happened(exchange):
        return _RATE
    asks = request.operation.startswith(_QUESTIONS)
    if never_arrived(exchange) or (asks and exchange.failure is not None):
        return _NO_ANSWER
    changes = request.operation in {model.CREATE, model.OPERATION}
    return _ROLE if is_valid and changes and is_role_unknown(exchange) else ""


def stopped_by(problem: ConformanceError | None, otherwise: str, lost: str) -> str:
    """Why something of a scenario was not sent, or came to nothing; it goes on after "Not sent:"."""
    if isinstance(problem, TargetError):
        return (problem.message[:1].lower() + problem.message[1:]).rstrip(".")
    return "; or it was lost: ".join(filter(None, [otherwise, lost]))
