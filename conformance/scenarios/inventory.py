"""What a scenario has made at the target for its own use: services, task definitions and a cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from conformance import model
from conformance.exceptions import SetupError
from conformance.exchange import Exchange
from conformance.observation import accepted, error_code, fate_unknown, is_role_unknown, rejected, service_of
from conformance.wire import BACKOFF
from strategies.baselines import baseline
from strategies.pools import ValuePools

CREATE_CLUSTER = "CreateCluster"
DELETE_CLUSTER = "DeleteCluster"


# Whose values decide which other values are valid.
_SIZES = ("cpu", "memory", "scalingTarget")
_ELSEWISE = (
    "Give a service that exists with --service-arn, or set cluster and value pools in "
    "express-conformance.toml."
)
_ROLES = "A new role takes a minute to be known everywhere; else its trust policy has to let ECS assume it."
# How often it is asked whether a service was created.
_LOOKS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What a run gives to all of its scenarios.

    Attributes:
        run: the run's own id; part of the name of all that it creates.
        pools: the values that exist at the target.
        cluster: the cluster to create services in; empty for the target's default.
        infrastructure_role: for Create; empty for any.
        service_arn: the one service to update, at a target without Create; empty otherwise.
        settle_seconds: how long to wait for a deleted service to become inactive, or for a deployment to end.
        probe_seconds: how often a service's own endpoint is asked while it is updated; 0 for never.
        network_pauses: seconds to wait, each time, before a request is sent again that found no connection.
        role_pauses: seconds to wait, each time, before a Create or an update is sent again that was refused
            because a role cannot be assumed: a new role takes a while to be known everywhere.
        rate_pauses: seconds to wait, each time, before a request is sent again that was turned away for the
            rate of requests.
        gone_seconds: how long the service of a live run has to be gone after its Delete.
        frugal: whether accepted updates are dear: then the one service stays as it is between scenarios.
        least: whether a live run's own service is made with as little as Create takes: to see defaults.
    """

    run: str
    pools: ValuePools = field(default_factory=ValuePools)
    cluster: str = ""
    infrastructure_role: str = ""
    service_arn: str = ""
    settle_seconds: float = 2.0
    probe_seconds: float = 0.0
    network_pauses: tuple[float, ...] = ()
    role_pauses: tuple[float, ...] = ()
    rate_pauses: tuple[float, ...] = BACKOFF
    gone_seconds: float = 900.0
    frugal: bool = False
    least: bool = False


class Inventory:
    """Creates what a scenario asks for when it first asks for it, and knows what is still there.

    Attributes:
        pools: the values that exist at the target; its account and Region, once a service showed them.
        restores: whether the one service there is gets known values when it is asked for.
    """

    def __init__(
        self, scenario: str, surroundings: Surroundings, send: Callable[[str, Mapping[str, Any]], Exchange]
    ) -> None:
        self.pools = surroundings.pools
        self._scenario = scenario
        self._surroundings = surroundings
        self._send = send
        self.restores = not surroundings.frugal
        self._named = 0
        self._services: dict[str, str] = {}
        self._alive: list[str] = []
        self._task_definitions: dict[str, str | SetupError] = {}
        self._second: str | SetupError = ""

    @property
    def creates(self) -> bool:
        """Whether the target can create services."""
        return not self._surroundings.service_arn

    def forget(self, arn: str) -> None:
        """A service is deleted."""
        self._alive = [other for other in self._alive if other != arn]
        self._services = {slot: other for slot, other in self._services.items() if other != arn}

    def leftovers(self) -> Iterator[str]:
        """The ARNs of the services that are to be deleted; none of them will be given out again."""
        self._services.clear()
        yield from list(self._alive)

    def service(self, slot: str = "main", *, bare: bool = False, least: bool = False) -> str:
        """The ARN of the scenario's service of that name, created when it is first asked for.

        Args:
            slot: the name.
            bare: whether with nothing that tasks would have to find; a given service is left as it is.
            least: whether with as little as Create takes, if it does take that.

        Raises:
            SetupError: the target refused to create it.
        """
        if not self.creates:
            return self._surroundings.service_arn if bare or least else self._given(slot)
        if slot not in self._services:
            bare_one = self.create(self.new_name(), bare=True) if bare else ""
            self._services[slot] = bare_one or self._created(least=least)
        return self._services[slot]

    def _given(self, slot: str) -> str:
        """The one service there is; brought back to known values when another part of the scenario had it."""
        arn = self._surroundings.service_arn
        if slot not in self._services:
            self._services = {slot: arn}
            self._send(model.DESCRIBE, {"serviceArn": arn})
            if self.restores:
                self._send(model.OPERATION, {"serviceArn": arn, **baseline(self.pools)})
        return arn

    def _created(self, *, least: bool = False) -> str:
        ways = (_least, baseline) if least else (baseline, _least)
        exchange = self._create({**self._identity(self.new_name()), **ways[0](self.pools)})
        if not accepted(exchange):
            exchange = self._create({**self._identity(self.new_name()), **ways[1](self.pools)})
        return self._entered(exchange)

    def least(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """A Create of as little as it takes, with these members changed; those that are None, left out."""
        body = {**self._identity(self.new_name()), **_least(self.pools), **changes}
        return {name: each for name, each in body.items() if each is not None}

    def adopt(self, created: Exchange) -> None:
        """What a Create has made is deleted in the end; what was there before stays what it is."""
        arn = service_of(created).get("serviceArn")
        if isinstance(arn, str) and arn not in self._alive and arn != self._surroundings.service_arn:
            self._alive.append(arn)

    def create(self, name: str, *, cluster: str = "", bare: bool = False) -> str:
        """Create a service under a name of :meth:`new_name`; its ARN.

        Args:
            name: free in the cluster: it never was a service's name there, or that service is inactive.
            cluster: where; empty for the cluster of the run.
            bare: with those members alone that any valid update goes with; otherwise with all.

        Raises:
            SetupError: the target refused to create it.
        """
        full = baseline(self.pools)
        sized = {member: full[member] for member in _SIZES if member in full}
        members = {**_least(self.pools), **sized} if bare else full
        identity = {**self._identity(name), **({"cluster": cluster} if cluster else {})}
        return self._entered(self._create({**identity, **members}))

    def _entered(self, exchange: Exchange) -> str:
        """The ARN of a service that was created, which is to be deleted in the end."""
        arn = service_of(exchange).get("serviceArn")
        if not isinstance(arn, str):
            hint = _ROLES if is_role_unknown(exchange) else _ELSEWISE
            raise SetupError(f"The target did not create a service: {_answer(exchange)}.", hint=hint)
        self._alive.append(arn)
        self.pools = _located(self.pools, arn)
        return arn

    def _create(self, body: Mapping[str, Any]) -> Exchange:
        exchange = self._create_surely(body)
        if error_code(exchange) == "ClusterNotFoundException":
            self._send(CREATE_CLUSTER, {"clusterName": body.get("cluster") or "default"})
            exchange = self._create_surely(body)
        return exchange

    def _create_surely(self, body: Mapping[str, Any]) -> Exchange:
        """Create a service; where nobody knows what came of it, a Describe tells, and not a guess.

        Returns:
            The exchange that shows the service, or why there is none.
        """
        exchange = self._send(model.CREATE, body)
        for _ in range(_LOOKS):
            if not fate_unknown(exchange):
                break
            described = self._send(model.DESCRIBE, {"serviceArn": self._expected_arn(body)})
            if accepted(described):
                return described
            if rejected(described):
                exchange = self._send(model.CREATE, body)
        return exchange

    def _expected_arn(self, body: Mapping[str, Any]) -> str:
        pools, cluster = self.pools, str(body.get("cluster") or "default").rpartition("/")[2]
        prefix = f"arn:{pools.partition}:ecs:{pools.region}:{pools.account}"
        return f"{prefix}:service/{cluster}/{body['serviceName']}"

    def new_name(self) -> str:
        """A name that no service of the run had."""
        self._named += 1
        return f"Xc-{self._surroundings.run}-{self._scenario}-{self._named}"

    def _identity(self, name: str) -> dict[str, Any]:
        surroundings = self._surroundings
        role = f"arn:{self.pools.partition}:iam::{self.pools.account}:role/ecsInfrastructureRole"
        body: dict[str, Any] = {
            "serviceName": name,
            "infrastructureRoleArn": surroundings.infrastructure_role or role,
            "tags": [{"key": "express-conformance-run", "value": surroundings.run}],
        }
        return {**body, "cluster": surroundings.cluster} if surroundings.cluster else body

    def second_cluster(self) -> str:
        """The name of the scenario's own cluster, created when it is first asked for.

        Raises:
            SetupError: the target refused to create it.
        """
        if not self._second:
            name = f"Xc-{self._surroundings.run}-{self._scenario}"
            exchange = self._send(CREATE_CLUSTER, {"clusterName": name})
            refused = SetupError(f"The target did not create a second cluster: {_answer(exchange)}.")
            self._second = name if accepted(exchange) else refused
        if isinstance(self._second, SetupError):
            raise self._second
        return self._second

    def leave_second_cluster(self) -> None:
        """Delete the scenario's own cluster when its services are inactive; it need not come to that."""
        name, self._second = self._second, ""
        deadline = time.monotonic() + self._surroundings.settle_seconds
        while isinstance(name, str) and name:
            exchange = self._send(DELETE_CLUSTER, {"cluster": name})
            occupied = error_code(exchange) == "ClusterContainsServicesException"
            if not occupied or time.monotonic() >= deadline:
                return
            time.sleep(self._surroundings.settle_seconds / 8)

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
        exchange = self._send(model.REGISTER_TASK_DEFINITION, body)
        document = exchange.response.json if exchange.response else None
        registered = document.get("taskDefinition") if isinstance(document, dict) else None
        arn = registered.get("taskDefinitionArn") if isinstance(registered, dict) else None
        if isinstance(arn, str):
            return arn
        return SetupError(f"The target did not register a task definition: {_answer(exchange)}.")


def _least(pools: ValuePools) -> dict[str, Any]:
    """What a service cannot be created without, beside the infrastructure role."""
    full = baseline(pools)
    container = {"image": full["primaryContainer"]["image"]}
    return {"executionRoleArn": full["executionRoleArn"], "primaryContainer": container}


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
