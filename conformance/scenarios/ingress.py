"""Updates of a service with real tasks, while its own endpoint is asked whether it answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from conformance import model
from conformance.exceptions import SetupError
from conformance.exchange import Exchange
from conformance.ingress import Address, address
from conformance.observation import (
    accepted,
    as_object,
    configurations,
    newest_configuration,
    service_of,
)
from conformance.scenarios.bench import Bench
from conformance.scenarios.prober import Prober
from conformance.scenarios.scenario import Effort, Scenario, Value

_VARIABLE = "EXPRESS_CONFORMANCE"
_HEALTH_PATH = "/"  # where the image of any web server answers

# In intervals between two probes, so in seconds: from one Describe to the next; how long a service may take
# to answer at all; how long a rollout may take; how long it is asked beyond that.
_POLL, _READY, _ROLLOUT, _BEYOND = 5, 900, 1800, 5
_STEADY = 3  # answers in a row before an update is sent


def _kinds(effort: Effort) -> Sequence[str]:
    return ("environment",) if effort == "smoke" else ("environment", "scaling")


def _ask_while_updating(bench: Bench, case: Value) -> None:
    """One update: from a service that answers, to the end of the rollout."""
    if not bench.probe_seconds:
        return
    arn = bench.service("ingress", bare=True)
    _where(bench, _named(bench, arn))  # before it is waited for, and changed
    shown = _settled(bench, arn)
    if bench.creates and shown.get("healthCheckPath") != _HEALTH_PATH:
        shown = _settled(bench, arn, bench.update(arn, {"healthCheckPath": _HEALTH_PATH}))
    prober = Prober(_where(bench, shown), bench.probe_seconds)
    try:
        with prober:
            answers = _waited(bench, lambda: prober.steady(_STEADY), _READY)
            if answers:
                _settled(bench, arn, bench.update(arn, _members(case["update"], shown)))
                time.sleep(_BEYOND * bench.probe_seconds)
    finally:
        for probe in prober.exchanges:
            bench.note(probe)
    _waited(bench, lambda: accepted(bench.describe(arn)), _POLL)
    if not answers:
        raise SetupError(
            "The service does not answer at its own endpoint, so nobody can see whether it would go on.",
            hint="Its tasks must be healthy, and its health check path must be one that answers.",
        )


def _settled(bench: Bench, arn: str, update: Exchange | None = None) -> dict[str, Any]:
    """Wait for the end of the rollout; the configuration that the last Describe showed.

    It ends where two Describes in a row show no deployment, and no revision but that of the update.
    """
    revision = as_object(service_of(update).get("targetConfiguration")).get("serviceRevisionArn")
    shown: list[dict[str, Any]] = [{}, {}]

    def over() -> bool:
        shown.append(service_of(bench.describe(arn)))
        return all(_is_settled(service, revision) for service in shown[-2:])

    _waited(bench, over, _ROLLOUT, every=_POLL)
    return newest_configuration(shown[-1])


def _is_settled(service: Value, revision: Any) -> bool:
    entries = configurations(service)
    if service.get("currentDeployment") or len(entries) != 1:
        return False
    return revision is None or entries[0].get("serviceRevisionArn") == revision


def _named(bench: Bench, arn: str) -> dict[str, Any]:
    """The configuration as soon as it has an endpoint, which may appear some time after the service."""
    shown: dict[str, Any] = {}

    def named() -> bool:
        shown.update(newest_configuration(service_of(bench.describe(arn))))
        return bool(shown.get("ingressPaths"))

    _waited(bench, named, _READY, every=_POLL)
    return shown


def _where(bench: Bench, shown: Value) -> Address:
    """Where the service is asked.

    Raises:
        SetupError: it has no endpoint, or none that may be asked.
    """
    paths = shown.get("ingressPaths")
    for path in paths if isinstance(paths, list) else ():
        found = address(as_object(path).get("endpoint"), shown.get("healthCheckPath"), api=bench.url)
        if found is not None:
            return found
    raise SetupError(
        "The target names no endpoint of the service that may be asked.",
        hint="Names of this machine and of AWS are asked only where the API itself is there.",
    )


def _waited(bench: Bench, condition: Callable[[], bool], most: int, *, every: int = 1) -> bool:
    """Wait until a condition holds, for so many intervals at most; whether it does."""
    deadline = time.monotonic() + most * bench.probe_seconds
    while not (holds := condition()) and time.monotonic() < deadline:
        time.sleep(every * bench.probe_seconds)
    return holds


def _members(kind: str, shown: Value) -> dict[str, Any]:
    """A change that leaves the tasks as healthy as they are; the rest of the structure is as it was shown."""
    if kind == "scaling":
        scaling = _requestable("scalingTarget", shown)
        most = scaling.get("maxTaskCount")
        return {"scalingTarget": {**scaling, "maxTaskCount": most + 1 if isinstance(most, int) else 2}}
    container = _requestable("primaryContainer", shown)
    variables = container.get("environment")
    entries = [each for each in variables if isinstance(each, dict)] if isinstance(variables, list) else []
    others = [each for each in entries if each.get("name") != _VARIABLE]
    value = "2" if {"name": _VARIABLE, "value": "1"} in entries else "1"
    return {"primaryContainer": {**container, "environment": [*others, {"name": _VARIABLE, "value": value}]}}


def _requestable(name: str, shown: Value) -> dict[str, Any]:
    """What Describe showed of a structure, without what no request has."""
    known = {member.name for member in model.operation().input if member.parent == name}
    return {key: value for key, value in as_object(shown.get(name)).items() if key in known}


INGRESS = Scenario(
    id="ingress",
    title="Updates of a service with real tasks, whose own endpoint is asked once a second.",
    strategy=lambda _pools, kind: st.just({"update": kind}),
    items=_kinds,
    steps=_ask_while_updating,
    # A case takes minutes, and a second one of its kind would show nothing new.
    cases={"smoke": 1, "standard": 1, "exhaustive": 1},
    exercises=("ingress",),
    probes=True,
    # A service that was given must not have been updated to values that its tasks cannot run with.
    order=1,
)
