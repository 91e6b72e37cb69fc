"""The bench: what a scenario's steps can do with a target. It makes traffic and knows nothing of verdicts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from math import inf
from typing import Any

from conformance import model
from conformance.exchange import Exchange, Request, Tag
from conformance.observation import (
    accepted,
    configurations,
    fate_unknown,
    rejected,
    service_of,
)
from conformance.recording import Case
from conformance.scenarios.clients import Call, sent_together
from conformance.scenarios.inventory import Inventory, Surroundings
from conformance.scenarios.patience import Patience, pause
from conformance.scenarios.sdk import SdkClient
from conformance.wire import Wire, awsjson
from strategies.identities import MISSING
from strategies.pools import ValuePools
from strategies.updates import TASK_DEFINITION

# So many looks at a service show that no deployment is about to begin.
_LOOKS = 4
_LONGEST_WAIT = 15.0


def status_of(described: Exchange) -> str:
    """The status code of the service that a Describe shows; empty if there is none."""
    status = service_of(described).get("status")
    code = status.get("statusCode") if isinstance(status, dict) else None
    return code if isinstance(code, str) else ""


class Bench:
    """Sends a scenario's requests, creates the services that it needs, and deletes them in the end."""

    def __init__(
        self, scenario: str, wire: Wire, surroundings: Surroundings, sink: Callable[[Exchange | Case], None]
    ) -> None:
        self._scenario = scenario
        self._wire = wire
        self._surroundings = surroundings
        self._sink = sink
        self._tag = Tag(scenario=scenario, phase="setup")
        self._sent = 0
        self._bursts = 0
        self._patience = Patience(surroundings)
        self._described: set[str] = set()
        self._fresh = False
        self._inventory = Inventory(scenario, surroundings, self.send)
        self.notes: dict[str, Exchange] = {}
        """What the steps of one case want those of the next one to know, as long as the services stay."""

    @property
    def pools(self) -> ValuePools:
        """The values that exist at the target."""
        return self._inventory.pools

    @property
    def sent(self) -> int:
        """How many requests were sent."""
        return self._sent

    @property
    def creates(self) -> bool:
        """Whether the target can create services for the scenario."""
        return self._inventory.creates

    @property
    def callers(self) -> tuple[str, ...]:
        """Who can sign a request, and how; see :mod:`conformance.signing`."""
        return self._wire.callers

    @property
    def url(self) -> str:
        """The target's own."""
        return self._wire.endpoint.url

    @property
    def probe_seconds(self) -> float:
        """How often a service's own endpoint is to be asked; 0 for never."""
        return self._surroundings.probe_seconds

    @property
    def updates_left(self) -> float:
        """How many more updates may be accepted, by the run's budget."""
        meter = self._wire.meter
        return inf if meter is None else meter.updates_left()

    @property
    def lost(self) -> str:
        """What was lost on the way in spite of all patience, in clauses; empty where nothing was."""
        return self._patience.lost

    @property
    def is_replay(self) -> bool:
        """Whether the case has been seen, and is run again."""
        return self._tag.phase == "replay"

    def begin(self, case: Case, *, fresh: bool) -> None:
        """Begin a test case: with the services of the one before, or with its own."""
        if fresh or self._fresh:
            self._dismiss()
        self._inventory.restores |= fresh
        self._fresh = fresh
        self._tag = case.tag
        self._sink(case)

    def renew(self) -> None:
        """Delete the services, so that the next case begins with new ones."""
        self._dismiss()

    def close(self) -> None:
        """Delete all services that were created and are still there."""
        self._tag = Tag(scenario=self._scenario, phase="setup")
        self._dismiss()
        self._inventory.leave_second_cluster()

    def _dismiss(self) -> None:
        self.notes.clear()
        for arn in self._inventory.leftovers():
            if fate_unknown(self.delete(arn)) and status_of(self.describe(arn)) == "ACTIVE":
                self.delete(arn)

    # -- requests ----------------------------------------------------------------------------------------

    def send(
        self, operation: str, body: Mapping[str, Any] | bytes, *, twin: Exchange | None = None
    ) -> Exchange:
        """Send one request and hand the exchange on.

        Raises:
            TargetError: the target has not answered for several requests in a row.
        """
        if operation == model.OPERATION:
            self._described.clear()
        return self._exchanged(awsjson(operation, body), twin)

    def send_raw(self, request: Request, *, twin: Exchange | None = None) -> Exchange:
        """Send a request just as it is: nobody knows what the target makes of it, so nothing counts as known.

        Raises:
            TargetError: the target has not answered for several requests in a row.
        """
        self._described.clear()
        return self._exchanged(request, twin)

    def forward(self, request: Request, *, twin: Exchange | None = None) -> Exchange:
        """Send a request that another client has written and signed, just as it is.

        Raises:
            TargetError: the target has not answered for several requests in a row.
        """
        self._described.clear()
        return self._exchanged(request, twin, signed=True)

    @cached_property
    def boto3(self) -> SdkClient:
        """A real boto3 client.

        Raises:
            SetupError: boto3 takes no such endpoint.
        """
        return SdkClient(self._wire.endpoint, self.forward)

    def note(self, probe: Exchange) -> None:
        """Hand on what a service's own endpoint was asked; it is no request to the API and has no number."""
        self._sink(replace(probe, id=0, tag=self._tag))

    def _exchanged(self, request: Request, twin: Exchange | None, *, signed: bool = False) -> Exchange:
        """Send a request, again where that is safe (see :mod:`.patience`); every attempt is recorded."""

        def attempt() -> Exchange:
            self._sent += 1
            number = twin.id if twin else None
            exchange = self._wire.send(request, id=self._sent, tag=self._tag, twin=number, signed=signed)
            self._take(exchange)
            return exchange

        return self._patience.sent(attempt, request, is_valid=twin is None and not request.caller)

    def _take(self, exchange: Exchange) -> None:
        self._sink(exchange)
        self._patience.take(exchange)

    def update(self, arn: Any, members: Mapping[str, Any], *, twin: Exchange | None = None) -> Exchange:
        """Update what this value names, which may be no ARN at all; ``MISSING`` is left out."""
        named = {} if arn is MISSING else {"serviceArn": arn}
        return self.send(model.OPERATION, {**named, **self._substituted(members)}, twin=twin)

    def describe(self, arn: str) -> Exchange:
        """Describe a service with its tags."""
        exchange = self.send(model.DESCRIBE, {"serviceArn": arn, "include": ["TAGS"]})
        if accepted(exchange):
            self._described.add(arn)
        return exchange

    def observe(self, arn: str, members: Mapping[str, Any], *, twin: Exchange | None = None) -> Exchange:
        """Update a service between two Describes; the one before is spared where nothing happened since."""
        self.look(arn)
        exchange = self.update(arn, members, twin=twin)
        self.describe(arn)
        return exchange

    def look(self, arn: str) -> None:
        """Describe a service, unless nothing happened since it was described."""
        if arn not in self._described:
            self.describe(arn)

    def delete(self, arn: str) -> Exchange:
        """Delete a service; it counts as gone whatever the answer."""
        self._described.discard(arn)
        self._inventory.forget(arn)
        return self.send(model.DELETE, {"serviceArn": arn})

    def burst(self, clients: Sequence[Sequence[Call]]) -> list[Exchange]:
        """Send what several clients send at the same moment, each client one call after the other.

        The exchanges are handed on when all are there, by client and then as that client sent them: which
        one was quicker does not change their order, only their times. A client that gets no answer is done.
        A service that a call deletes counts as gone whatever the answer.

        Raises:
            TargetError: the target has not answered for several requests in a row.
        """
        self._bursts += 1
        self._described.clear()
        exchanges = sent_together(self._wire, clients, tag=self._tag, first=self._sent + 1)
        self._sent += sum(map(len, clients))
        exchanges = [replace(exchange, group=self._bursts) for exchange in exchanges]
        for exchange in exchanges:
            self._take(exchange)
            if exchange.request.operation == model.DELETE:
                self._inventory.forget(str(exchange.request.members["serviceArn"]))
        self._patience.check(exchanges[-1])
        return exchanges

    def _substituted(self, members: Mapping[str, Any]) -> dict[str, Any]:
        placed = dict(members)
        if placed.get("taskDefinitionArn") == TASK_DEFINITION:
            placed["taskDefinitionArn"] = self.task_definition()
        return placed

    # -- what the scenario needs -------------------------------------------------------------------------

    def service(self, slot: str = "main", *, bare: bool = False, least: bool = False) -> str:
        """The ARN of the scenario's service of that name, created when it is first asked for.

        Args:
            slot: the name.
            bare: whether with nothing that tasks would have to find; a given service is left as it is.
            least: whether with as little as Create takes, so that it has whatever the defaults are.

        Raises:
            SetupError: the target refused to create it.
        """
        return self._inventory.service(slot, bare=bare, least=least)

    def try_to_create(self, changes: Mapping[str, Any], *, twin: Exchange | None = None) -> Exchange:
        """Ask for a service by :meth:`Inventory.least`, accepted or not."""
        exchange = self.send(model.CREATE, self._inventory.least(changes), twin=twin)
        self._inventory.adopt(exchange)
        return exchange

    def new_name(self) -> str:
        """A name that no service of the run had."""
        return self._inventory.new_name()

    def create(self, name: str, *, elsewhere: bool = False, bare: bool = False) -> str:
        """Create a service under a name; its ARN. See :meth:`Inventory.create`.

        Args:
            name: of :meth:`new_name`.
            elsewhere: whether in the scenario's own cluster, instead of that of the run.
            bare: whether with those members alone that any valid update goes with.

        Raises:
            SetupError: the target refused to create it, or the cluster.
        """
        cluster = self._inventory.second_cluster() if elsewhere else ""
        return self._inventory.create(name, cluster=cluster, bare=bare)

    def task_definition(self, variant: str = "valid") -> str:
        """The ARN of a task definition of that variant, registered when it is first asked for.

        Raises:
            SetupError: the target refused to register it.
        """
        return self._inventory.task_definition(variant)

    def settle(self, arn: str, updated: Exchange) -> bool:
        """Describe a service, with growing pauses, until its deployment is over.

        It is over when none is shown and one revision alone is active: the update's, or another one that
        came after it or to which the service went back. As a deployment may be seen late, another one has to
        be there for several looks; whoever is refused so many in a row gives up. A deployment takes minutes
        at AWS, so a budget allows for a few waits.

        Args:
            arn: the service; the update itself may name it in a way that nobody but the target reads.
            updated: the update, as it was accepted; or refused, where a deployment may be why.

        Returns:
            Whether it came to that in time.
        """
        meter = self._wire.meter
        if meter is not None and not meter.wait():
            return False
        target = service_of(updated).get("targetConfiguration")
        revision = target.get("serviceRevisionArn") if isinstance(target, dict) else None
        seconds = self._surroundings.settle_seconds
        left = inf if meter is None else meter.seconds_left()
        deadline, wait = time.monotonic() + min(seconds, left), min(1.0, seconds / 64)
        others = refusals = 0
        while True:
            described = self.describe(arn)
            service = service_of(described)
            active = [entry.get("serviceRevisionArn") for entry in configurations(service)]
            quiet = len(active) == 1 and not service.get("currentDeployment")
            others = others + 1 if quiet else 0
            if quiet and (active == [revision] or others == _LOOKS):
                return True
            refusals = refusals + 1 if rejected(described) else 0
            if refusals == _LOOKS or time.monotonic() >= deadline:
                self._patience.unsettled()
                return False
            pause(wait)
            # The looks after its end need not be further and further apart.
            wait = wait if quiet else min(2 * wait, seconds / 8, _LONGEST_WAIT)

    def refused_while_deploying(self) -> None:
        """Note that a valid update was refused during a deployment that could not be waited for."""
        self._patience.refused_while_deploying()

    def await_inactive(self, arn: str) -> bool:
        """Describe a deleted service until it is inactive or gone; False if that takes too long."""
        deadline = time.monotonic() + self._surroundings.settle_seconds
        while time.monotonic() < deadline:
            exchange = self.describe(arn)
            if status_of(exchange) == "INACTIVE" or not (accepted(exchange) or fate_unknown(exchange)):
                return True
            time.sleep(min(0.05, self._surroundings.settle_seconds / 10))
        return False
