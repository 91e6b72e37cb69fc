"""Programs of Create, Update, Describe, Delete and Create again, about several services in two clusters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from typing import Any

from conformance.exceptions import SetupError
from conformance.scenarios.bench import Bench
from conformance.scenarios.scenario import Effort, Scenario, Value
from strategies.pools import ValuePools
from strategies.programs import PLACES, SECOND, ServicePrograms, service_programs


class _Stage:
    """The services of one program, by the names that the program gives them."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._names: dict[str, str] = {}
        self._arns: dict[str, str] = {}
        self._created: dict[str, Value] = {}
        self._deleted: set[str] = set()
        self._seen: set[str] = set()

    def perform(self, command: Value) -> None:
        """Carry out one command; one about a service that there is not is passed over."""
        service = command["service"]
        match command["do"]:
            case "create":
                self._create(service, command)
            case "update" if service in self._arns:
                self._update(service, command)
            case "describe" if service in self._arns:
                self._look(service)
            case "delete" if service in self._arns:
                self._delete(service)
            case "recreate" if service in self._arns:
                self._recreate(service)

    def _create(self, service: str, command: Value) -> None:
        """Create a service. Services of one name in two clusters really have one name."""
        if command["name"] not in self._names:
            self._names[command["name"]] = self._bench.new_name()
        name, elsewhere = self._names[command["name"]], command["cluster"] == SECOND
        self._created[service] = command
        self._arns[service] = self._bench.create(name, elsewhere=elsewhere, bare=command["bare"])
        self._look(service)

    def _look(self, service: str) -> None:
        self._bench.describe(self._arns[service])
        self._seen.add(service)

    def _update(self, service: str, command: Value) -> None:
        """Update a service, between two looks at all others if they are watched."""
        others = [other for other in self._arns if other != service and command["watched"]]
        for other in others:
            if other not in self._seen:
                self._look(other)
        self._seen.discard(service)
        self._bench.update(self._arns[service], command["members"])
        for other in others:
            self._look(other)

    def _delete(self, service: str) -> None:
        self._bench.delete(self._arns[service])
        self._seen.discard(service)
        self._deleted.add(service)

    def _recreate(self, service: str) -> None:
        """Delete a service and create it again, when its name is free and it was seen inactive twice."""
        self._delete(service)
        if self._bench.await_inactive(self._arns[service]):
            self._look(service)
            # The name of a service that cannot be described any more may still be taken for a while.
            with suppress(SetupError):
                self._create(service, self._created[service])
                self._deleted.discard(service)

    def end(self) -> None:
        """Look at every service for the last time, and delete those that are left."""
        for service in self._arns:
            self._look(service)
        for service, arn in self._arns.items():
            if service not in self._deleted:
                self._bench.delete(arn)


def _carry_out(bench: Bench, case: Value) -> None:
    if not bench.creates:
        return
    stage = _Stage(bench)
    for command in case["program"]:
        stage.perform(command)
    stage.end()


# By effort: about how many services programs are, and how many commands they have at the most. Two services
# are namesakes in two clusters, and a service that is alone in its program is always created twice.
_SIZES: Mapping[Effort, Sequence[tuple[int, int]]] = {
    "smoke": [(1, 8), (2, 7)],
    "standard": [(1, 8), (3, 8), (3, 20)],
    "exhaustive": [(1, 8), (1, 16), (2, 16), (3, 16), (3, 40)],
}


def _sizes(effort: Effort) -> Sequence[Any]:
    return [{"services": services, "length": length} for services, length in _SIZES[effort]]


def _programs(pools: ValuePools, size: Any) -> type[ServicePrograms]:
    return service_programs(pools=pools, places=PLACES[: size["services"]], length=size["length"])


STATEFUL = Scenario(
    id="stateful",
    title="Several services in two clusters, created, updated, described, deleted and created again.",
    strategy=_programs,
    items=_sizes,
    steps=_carry_out,
    cases={"smoke": 2, "standard": 20, "exhaustive": 150},
    exercises=(
        "preserve",
        "life-cycle",
        "identity/same-name-in-another-cluster",
        "identity/arn-of-its-own",
        "identity/other-service-untouched",
        "revision/of-one-service",
        "revision/shown-by-describe",
    ),
    order=75,
)
