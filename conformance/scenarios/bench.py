"""The bench: what a scenario's steps can do with a target. It makes traffic and knows nothing of verdicts."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from conformance import model
from conformance.exceptions import SetupError, TargetError
from conformance.exchange import Exchange, Request, Tag
from conformance.observer import REGISTER_TASK_DEFINITION, accepted, error_code, service_of
from conformance.recording import Case
from conformance.wire import Wire, awsjson
from strategies.baselines import baseline
from strategies.identities import MISSING
from strategies.pools import ValuePools
from strategies.updates import TASK_DEFINITION

CREATE_CLUSTER = "CreateCluster"
# So many exchanges in a row without an answer mean that the target is gone.
_PATIENCE = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a run gives to all of its scenarios.

    Attributes:
        run: the run's own id; part of the name of all that it creates.
        pools: the values that exist at the target.
        cluster: the cluster to create services in; empty for the target's default.
        infrastructure_role: for Create; empty for any.
        service_arn: the one service to update, at a target without Create; empty otherwise.
        settle_seconds: how long to wait for a deleted service to become inactive.
    """

    run: str
    pools: ValuePools = field(default_factory=ValuePools)
    cluster: str = ""
    infrastructure_role: str = ""
    service_arn: str = ""
    settle_seconds: float = 2.0


class Bench:
    """Sends a scenario's requests, creates the services that it needs, and deletes them in the end."""

    def __init__(
        self, scenario: str, wire: Wire, surroundings: Surroundings, sink: Callable[[Exchange | Case], None]
    ) -> None:
        self.pools = surroundings.pools
        self._scenario = scenario
        self._wire = wire
        self._surroundings = surroundings
        self._sink = sink
        self._tag = Tag(scenario=scenario, phase="setup")
        self._sent = 0
        self._named = 0
        self._unanswered = 0
        self._services: dict[str, str] = {}
        self._alive: list[str] = []
        self._described: set[str] = set()
        self._task_definitions: dict[str, str | SetupError] = {}
        self._fresh = False

    @property
    def sent(self) -> int:
        """How many requests were sent."""
        return self._sent

    @property
    def creates(self) -> bool:
        """Whether the target can create services for the scenario."""
        return not self._surroundings.service_arn

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
        self._services.clear()
        for arn in list(self._alive):
            self.delete(arn)

    # -- requests ----------------------------------------------------------------------------------------

    def send(
        self, operation: str, body: Mapping[str, Any] | bytes, *, twin: Exchange | None = None
    ) -> Exchange:
        """Send one request and hand the exchange on.

        Raises:
            TargetError: the target has not answered for several requests in a row.
        """
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
        self._described.clear()
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
        self._alive = [other for other in self._alive if other != arn]
        self._services = {slot: other for slot, other in self._services.items() if other != arn}
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
        if not self.creates:
            return self._given(slot)
        if slot not in self._services:
            self._services[slot] = self._created()
        return self._services[slot]

    def _given(self, slot: str) -> str:
        """The one service there is; brought back to known values when another part of the scenario had it."""
        arn = self._surroundings.service_arn
        if slot not in self._services:
            self._services = {slot: arn}
            self.update(arn, baseline(self.pools))
        return arn

    def _created(self) -> str:
        full = {**self._identity(), **baseline(self.pools)}
        exchange = self._create(full)
        if not accepted(exchange):
            container = {"image": baseline(self.pools)["primaryContainer"]["image"]}
            role = {"executionRoleArn": baseline(self.pools)["executionRoleArn"]}
            exchange = self._create({**self._identity(), **role, "primaryContainer": container})
        arn = service_of(exchange).get("serviceArn")
        if not isinstance(arn, str):
            raise SetupError(
                f"The target did not create a service: {_answer(exchange)}.",
                hint="Give a service that exists with --service-arn, or set cluster and value pools in "
                "express-conformance.toml.",
            )
        self._alive.append(arn)
        self.pools = _located(self.pools, arn)
        return arn

    def _create(self, body: Mapping[str, Any]) -> Exchange:
        exchange = self.send(model.CREATE, body)
        if error_code(exchange) == "ClusterNotFoundException":
            self.send(CREATE_CLUSTER, {"clusterName": self._surroundings.cluster or "default"})
            exchange = self.send(model.CREATE, body)
        return exchange

    def _identity(self) -> dict[str, Any]:
        self._named += 1
        surroundings = self._surroundings
        role = f"arn:{self.pools.partition}:iam::{self.pools.account}:role/ecsInfrastructureRole"
        body: dict[str, Any] = {
            "serviceName": f"Xc-{surroundings.run}-{self._scenario}-{self._named}",
            "infrastructureRoleArn": surroundings.infrastructure_role or role,
            "tags": [{"key": "express-conformance-run", "value": surroundings.run}],
        }
        return {**body, "cluster": surroundings.cluster} if surroundings.cluster else body

    def task_definition(self, variant: str = "valid") -> str:
        """The ARN of a task definition of that variant, registered when it is first asked for.

        Raises:
            SetupError: the target refused to register it.
        """
        if variant not in self._task_definitions:
            self._task_definitions[variant] = self._registered(variant)
        found = self._task_definitions[variant]
        if isinstance(found, SetupError):
            raise found
        return found

    def _registered(self, variant: str) -> str | SetupError:
        """The ARN, or why there is none: a target that cannot register is not asked again and again."""
        family = f"Xc-{self._surroundings.run}-{self._scenario}-{variant}"
        body = task_definition(variant, family, baseline(self.pools))
        exchange = self.send(REGISTER_TASK_DEFINITION, body)
        document = exchange.response.json if exchange.response else None
        registered = document.get("taskDefinition") if isinstance(document, dict) else None
        arn = registered.get("taskDefinitionArn") if isinstance(registered, dict) else None
        if isinstance(arn, str):
            return arn
        return SetupError(f"The target did not register a task definition: {_answer(exchange)}.")

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


def task_definition(variant: str, family: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The request that registers a task definition, valid for Express Mode or wrong in one way."""
    port: dict[str, Any] = {"containerPort": 8080, "name": "web", "protocol": "tcp"}
    main: dict[str, Any] = {"name": "Main", "image": "public.ecr.aws/nginx/nginx:1.27", "essential": True}
    main["portMappings"] = [port]
    body: dict[str, Any] = {
        "family": family,
        "containerDefinitions": [main],
        "requiresCompatibilities": ["FARGATE"],
        "networkMode": "awsvpc",
        "cpu": "1024",
        "memory": "2048",
        "executionRoleArn": values["executionRoleArn"],
        "taskRoleArn": values["taskRoleArn"],
    }
    match variant:
        case "main-container":
            main["name"] = "app"
        case "single-port-mapping":
            main["portMappings"].append({"containerPort": 9090, "name": "admin", "protocol": "tcp"})
        case "port-name":
            del port["name"]
        case "fargate":
            # Neither by what it asks for nor by what it could run on.
            body |= {"requiresCompatibilities": ["EC2"], "networkMode": "bridge"}
            del body["cpu"], body["memory"]
            main["memory"] = 512
    return body


def _located(pools: ValuePools, arn: str) -> ValuePools:
    """The pools with the account, Region and partition of an ARN that the target returned."""
    match arn.split(":"):
        case ["arn", partition, _, region, account, *_] if partition and region and account:
            return replace(pools, partition=partition, region=region, account=account)
    return pools


def _answer(exchange: Exchange) -> str:
    if exchange.response is None:
        return exchange.failure.message if exchange.failure else "no answer"
    body = exchange.response.body[:200].decode("utf-8", "replace")
    return f"status {exchange.response.status}, {' '.join(body.split())}"
