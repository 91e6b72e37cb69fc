"""The service's own endpoint while the service is updated: what its users see of it."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.exchange import Exchange
from conformance.observation import Observation
from conformance.requirement import Concern, requirement
from conformance.requirements.citations import page
from conformance.verdict import OK, Evidence, Grade, tolerated, violated

_STEADY = 3
_FAULT = 500
# What a load balancer answers in the place of a service that does not; 500 is the service's own.
_BALANCER = {502, 503, 504}
# Why a probe was not sent at all: that says nothing of the service.
_UNSENT = {"address", "resolve"}
_ANSWERED = {"too-large"}


@requirement(
    "ingress/available",
    "While an update is rolled out, the service goes on answering at its own endpoint.",
    evidence=Evidence.DOCUMENTED,
    citations=(page("Description: the service remains available during updates, without downtime"),),
    concern=Concern.INGRESS,
    unreached="Only real tasks behind a load balancer show it, in a run with --probe-ingress.",
)
def the_service_remains_available(observation: Observation) -> Iterator[Grade]:
    """Judged where the last three probes before the update were answered, and the API answered all along.

    An answer of the service itself is none of a load balancer, whatever its status. That a name cannot be
    resolved may be the fault of any resolver on the way.
    """
    began = observation.exchange.started
    before = [each for each in observation.probes if _ended(each) < began][-_STEADY:]
    around = [each for each in observation.probes if _ended(each) >= began]
    if len(before) < _STEADY or not all(map(_served, before)) or not around:
        return
    missed = [each for each in around if _missed(each)]
    unsent = [each for each in around if each.failure and each.failure.kind in _UNSENT]
    expected = f"an answer to each of {len(around)} probes"
    if missed:
        yield violated(expected, _told(missed, began))
    elif unsent:
        yield tolerated(expected, _told(unsent, began))
    else:
        yield OK


def _ended(probe: Exchange) -> float:
    return probe.started + probe.elapsed


def _served(probe: Exchange) -> bool:
    return probe.response is not None and probe.response.status < _FAULT


def _missed(probe: Exchange) -> bool:
    if probe.failure is not None:
        return probe.failure.kind not in _UNSENT | _ANSWERED
    return probe.response is not None and probe.response.status in _BALANCER


def _told(failed: list[Exchange], began: float) -> str:
    """How many, when the first one was, and what came in the place of an answer."""
    first = failed[0]
    after = f"{len(failed)} had none; the first, {_ended(first) - began:.1f} s after the update was sent:"
    if first.response is not None:
        return f"{after} status {first.response.status}"
    return f"{after} {first.failure.kind}, {first.failure.message}" if first.failure else after
