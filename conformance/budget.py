"""Hard ceilings on what a run may cost, and the meter that the wire asks before it sends anything.

Because it is the wire that asks, no scenario can get round a ceiling. What cleans up is never barred: a run
whose budget is spent still deletes what it created.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, fields
from threading import Lock
from typing import Any

from conformance import model
from conformance.exceptions import BudgetError, ConfigurationError
from conformance.exchange import Exchange

_HOUR = 3600.0
_MINUTE = 60.0
_OK = 200
_REFUSED = range(400, 500)
_UPDATES = frozenset({model.OPERATION})
# What a run may always send: it looks, or it takes something away.
_FREE = ("Describe", "List", "Get", "Delete", "Deregister", "Untag")


def is_free(operation: str) -> bool:
    """Whether a run may ask for it whatever it has cost: it looks, or it takes something away."""
    return operation.startswith(_FREE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a run may cost at the most. The defaults are those of a real account.

    Attributes:
        services_alive: services of the run that exist at the same time.
        creates: services that are created in all.
        accepted_updates: updates that the target accepts; each of them is a deployment of some minutes.
        settled_waits: how often the end of a deployment is waited for.
        requests_per_second: of all operations together.
        minutes: from the first request on; afterwards only clean-up goes on.
        dollars: estimated from the time that services exist.
        dollars_per_hour: what one service with its load balancer is taken to cost: two tasks of 2 vCPU and
            5 GB on Fargate (https://aws.amazon.com/fargate/pricing/), twice as many while a deployment is
            under way, and one Application Load Balancer (https://aws.amazon.com/elasticloadbalancing/pricing/),
            as of 2026 in us-east-1, rounded up.
    """

    services_alive: int = 1
    creates: int = 2
    accepted_updates: int = 30
    settled_waits: int = 3
    requests_per_second: float = 5.0
    minutes: float = 120.0
    dollars: float = 1.0
    dollars_per_hour: float = 0.5

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> Budget:
        """Read a budget as a configuration file has it; what is not said is as in a real account.

        Raises:
            ConfigurationError: a key is unknown, or a value is no positive number.
        """
        types = {field.name: int if field.type == "int" else float for field in fields(cls)}
        for name, value in mapping.items():
            if name not in types:
                raise ConfigurationError(f"The budget has no {name!r}.", hint=f"It has: {', '.join(types)}.")
            number = isinstance(value, int | float) and not isinstance(value, bool)
            if not number or not 0 < value < 10**9 or (types[name] is int and value != int(value)):
                raise ConfigurationError(f"budget.{name}: {value!r} is not a positive number.")
        given: dict[str, Any] = {name: types[name](value) for name, value in mapping.items()}
        return cls(**given)


class Meter:
    """Keeps account of what a run has cost, and refuses what would cost too much. For several threads.

    Args:
        budget: the ceilings.
        clock, sleep: in seconds; tests have their own.
    """

    def __init__(
        self,
        budget: Budget,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.budget = budget
        self._clock, self._sleep = clock, sleep
        self._lock = Lock()
        self._started: float | None = None
        self._next = 0.0
        self._alive: dict[str, float] = {}
        self._creating = 0
        self._creates = 0
        self._updates = 0
        self._held = 0
        self._giving_back = False
        self._waits = 0
        self._requests = 0
        self._service_seconds = 0.0

    # -- what is kept for the end ------------------------------------------------------------------------

    def hold(self) -> None:
        """Keep one accepted update, and one wait, until :meth:`release` is called."""
        with self._lock:
            self._held = 1

    def release(self) -> None:
        """From now on only what was changed is brought back: what was kept for that may be used.

        As for all that cleans up, it does not matter how long the run has taken, or what it has cost.
        """
        with self._lock:
            self._held, self._giving_back = 0, True

    @property
    def gives_back(self) -> bool:
        """Whether :meth:`release` was called."""
        return self._giving_back

    # -- before and after a request ----------------------------------------------------------------------

    def admit(self, operation: str, *, refusable: bool = False, name: str = "") -> None:
        """Wait for the request's turn, and count it; it has to be settled with :meth:`settle`.

        Args:
            operation: what it asks for.
            refusable: whether the target is expected to refuse it. Such requests cost next to nothing: the
                last accepted update of the budget is kept for them, in case that one is accepted after all.
            name: for a Create, the service's: there is only one of that name, however often it is asked for.

        Raises:
            BudgetError: a ceiling stands against it; nothing may be sent.
        """
        with self._lock:
            now = self._clock()
            self._started = now if self._started is None else self._started
            if not is_free(operation):
                self._check(operation, now, refusable=refusable, name=name)
            self._updates += operation in _UPDATES
            self._creates += operation == model.CREATE
            self._creating += operation == model.CREATE
            self._requests += 1
            turn = max(now, self._next)
            self._next = turn + 1 / self.budget.requests_per_second
        if turn > now:
            self._sleep(turn - now)

    def settle(self, exchange: Exchange) -> None:
        """Take back what a refused request was counted for; one of unknown fate has cost what it could."""
        operation, response = exchange.request.operation, exchange.response
        refused = response is not None and response.status in _REFUSED
        with self._lock:
            if operation in _UPDATES:
                self._updates -= refused
            elif operation == model.CREATE:
                self._creating -= 1
                self._creates -= refused
                self._created(exchange, refused=refused)
            elif operation == model.DELETE and response is not None and response.status == _OK:
                self._ended(str(exchange.request.members.get("serviceArn")))

    def _created(self, exchange: Exchange, *, refused: bool) -> None:
        """A service exists, or may; a refusal tells nothing of one that may have been created before."""
        if not refused:
            unknown = _unknown(str(exchange.request.members.get("serviceName")))
            since = self._alive.pop(unknown, self._clock())
            self._alive[_arn(exchange) or unknown] = since

    def _ended(self, arn: str) -> None:
        for service in (arn, _unknown(arn.rpartition("/")[2])):
            since = self._alive.pop(service, None)
            if since is not None:
                self._service_seconds += self._clock() - since

    def _check(self, operation: str, now: float, *, refusable: bool, name: str) -> None:
        budget, unlimited = self.budget, self._giving_back
        if now - (self._started or now) >= budget.minutes * _MINUTE and not unlimited:
            raise BudgetError(f"the {budget.minutes:g} minutes of the budget were over")
        if self._dollars(now) >= budget.dollars and not unlimited:
            raise BudgetError(f"the {budget.dollars:.2f} dollars of the budget were spent, by estimate")
        kept = self._held + (not refusable and not unlimited)
        if operation in _UPDATES and self._updates >= budget.accepted_updates - kept:
            raise BudgetError(f"the {budget.accepted_updates} accepted updates of the budget were used up")
        if operation == model.CREATE and self._creates >= budget.creates:
            raise BudgetError(f"the budget's number of services to create, {budget.creates}, was reached")
        others = len(self._alive.keys() - {_unknown(name)}) + self._creating
        if operation == model.CREATE and others >= budget.services_alive:
            raise BudgetError(f"the budget's number of services alive, {budget.services_alive}, was reached")

    def _dollars(self, now: float) -> float:
        seconds = self._service_seconds + sum(now - since for since in self._alive.values())
        return seconds / _HOUR * self.budget.dollars_per_hour

    def updates_left(self) -> int:
        """How many more updates may be accepted that nobody expects to be refused."""
        with self._lock:
            return self.budget.accepted_updates - 1 - self._held - self._updates

    # -- for scenarios and reports -----------------------------------------------------------------------

    def wait(self) -> bool:
        """Whether the end of a deployment may be waited for once more; then that counts."""
        with self._lock:
            allowed = self._waits < self.budget.settled_waits - self._held
            self._waits += allowed
        return allowed

    def seconds_left(self) -> float:
        """How long the run may go on, by its minutes; what cleans up may take longer."""
        with self._lock:
            now = self._clock()
            return self.budget.minutes * _MINUTE - (now - (self._started or now))

    def spent(self) -> dict[str, Any]:
        """What the run has cost so far, in the words of the budget, and the budget."""
        with self._lock:
            now = self._clock()
            return {
                "services_alive": len(self._alive),
                "creates": self._creates,
                "accepted_updates": self._updates,
                "settled_waits": self._waits,
                "requests": self._requests,
                "minutes": round((now - (self._started or now)) / _MINUTE, 2),
                "dollars": round(self._dollars(now), 4),
                "budget": asdict(self.budget),
            }


def _unknown(name: str) -> str:
    """In the place of the ARN of a service of that name, which may exist."""
    return f"unknown {name}"


def _arn(exchange: Exchange) -> str:
    """The ARN of the service that a Create's answer shows; empty if it shows none."""
    document = exchange.response.json if exchange.response else None
    service = document.get("service") if isinstance(document, dict) else None
    arn = service.get("serviceArn") if isinstance(service, dict) else None
    return arn if isinstance(arn, str) else ""
