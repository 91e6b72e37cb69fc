"""The bench: what a scenario's steps can do with a target. It makes traffic and knows nothing of verdicts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from conformance import model
from conformance.exceptions import TargetError
from conformance.exchange import Exchange, Request, Tag
from conformance.observation import accepted, service_of
from conformance.recording import Case
from conformance.scenarios.inventory import Inventory, Surroundings
from conformance.wire import Wire, awsjson
from strategies.identities import MISSING
from strategies.pools import ValuePools
from strategies.updates import TASK_DEFINITION

# So many exchanges in a row without an answer mean that the target is gone.
_PATIENCE = 5


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
        self._unanswered = 0
        self._described: set[str] = set()
        self._fresh = False
        self._inventory = Inventory(scenario, surroundings, self.send)

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

    def begin(self, case: Case, *, fresh: bool) -> None:
        """Begin a test case: with the services of the one before, or with its own."""
        if fresh or self._fresh:
            self._dismiss()
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

    def _dismiss(self) -> None:
        for arn in self._inventory.leftovers():
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

    def _exchanged(self, request: Request, twin: Exchange | None) -> Exchange:
        self._sent += 1
        exchange = self._wire.send(request, id=self._sent, tag=self._tag, twin=twin.id if twin else None)
        self._sink(exchange)
        self._unanswered = 0 if exchange.response else self._unanswered + 1
        if self._unanswered >= _PATIENCE and exchange.failure:
            raise TargetError(
                f"The target stopped answering: {exchange.failure.message}.",
                hint="What was recorded until then can be judged with `express-conformance judge`.",
            )
        return exchange

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
        if arn not in self._described:
            self.describe(arn)
        exchange = self.update(arn, members, twin=twin)
        self.describe(arn)
        return exchange

    def delete(self, arn: str) -> Exchange:
        """Delete a service; it counts as gone whatever the answer."""
        self._described.discard(arn)
        self._inventory.forget(arn)
        return self.send(model.DELETE, {"serviceArn": arn})

    def _substituted(self, members: Mapping[str, Any]) -> dict[str, Any]:
        placed = dict(members)
        if placed.get("taskDefinitionArn") == TASK_DEFINITION:
            placed["taskDefinitionArn"] = self.task_definition()
        return placed

    # -- what the scenario needs -------------------------------------------------------------------------

    def service(self, slot: str = "main") -> str:
        """The ARN of the scenario's service of that name, created when it is first asked for.

        Raises:
            SetupError: the target refused to create it.
        """
        return self._inventory.service(slot)

    def task_definition(self, variant: str = "valid") -> str:
        """The ARN of a task definition of that variant, registered when it is first asked for.

        Raises:
            SetupError: the target refused to register it.
        """
        return self._inventory.task_definition(variant)

    def await_inactive(self, arn: str) -> bool:
        """Describe a deleted service until it is inactive or gone; False if that takes too long."""
        deadline = time.monotonic() + self._surroundings.settle_seconds
        while time.monotonic() < deadline:
            exchange = self.describe(arn)
            status = service_of(exchange).get("status")
            if not accepted(exchange) or (
                isinstance(status, dict) and status.get("statusCode") == "INACTIVE"
            ):
                return True
            time.sleep(min(0.05, self._surroundings.settle_seconds / 10))
        return False
