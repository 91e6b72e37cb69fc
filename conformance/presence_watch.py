"""From what the oracles say of an update to what became of its presence subset.

The oracles have done the work already; here their findings are only sorted. Requests with a defect say
nothing of their subset: they are refused for the defect.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from conformance.observation import Observation, faulted
from conformance.presence import Presence, bits, subset_of
from conformance.requirement import Finding, Oracle
from conformance.validity import validity
from conformance.verdict import OK, Outcome

Watcher = Callable[[Presence, Observation, Sequence[Finding]], None]
"""Adds what an oracle found in one observation to what is known of its subset."""


def watcher(oracle: Oracle[Any]) -> Watcher | None:
    """Who listens to an oracle; None for nearly all of them."""
    entry = oracle.requirements[0]
    return _BY_ID.get(entry.id) or _BY_TOPIC.get(entry.topic)


def _subset(observation: Observation) -> int:
    """The subset of the observation's update, worked out once."""
    found = observation.notes.get(__name__)
    if found is None:
        found = observation.notes[__name__] = subset_of(observation.exchange.request.members)
    return int(found)


def _acceptance(presence: Presence, observation: Observation, findings: Sequence[Finding]) -> None:
    """Of a request about whose validity there is a doubt, an acceptance counts and a refusal does not."""
    if observation.exchange.group is not None:
        return  # what becomes of it is a matter of time
    subset = _subset(observation)
    if not findings:
        if observation.accepted and not validity(observation).defects:
            presence.count("accepted", subset)
        return
    for _, grade in findings:
        if grade is OK:
            presence.count("accepted", subset)
        elif grade.outcome is Outcome.VIOLATED:
            presence.count("faulted" if faulted(observation.exchange) else "refused", subset)


def _exclusion(presence: Presence, observation: Observation, findings: Sequence[Finding]) -> None:
    """An exclusion counts where the oracle has seen the valid twin accepted; a breach always."""
    for _, grade in findings:
        subset = _subset(observation)
        if grade is OK:
            presence.count("excluded", subset)
        elif observation.accepted:
            presence.count("breached", subset)
        else:
            presence.count("faulted", subset)


def _preservation(presence: Presence, observation: Observation, findings: Sequence[Finding]) -> None:
    """Only where a Describe stood right before the update: else another one may have lost the value."""
    if not findings or not observation.config_before or validity(observation).defects:
        return
    kept = lost = 0
    for id, grade in findings:
        bit = bits().get(id.removeprefix("preserve/"), 0)
        if grade is OK:
            kept |= bit
        elif grade.outcome is Outcome.VIOLATED:
            lost |= bit
    for which, found in (("kept", kept), ("lost", lost)):
        if found:
            presence.mark(which, _subset(observation), found)


def _reflection(presence: Presence, observation: Observation, findings: Sequence[Finding]) -> None:
    """What the answer, or the Describe after it, shows otherwise than it was asked for was not done."""
    for id, grade in findings:
        if grade is not OK and grade.outcome is Outcome.VIOLATED:
            name = id.partition("/")[2].partition(".")[0]
            presence.mark("undone", _subset(observation), bits().get(name, 0))


def _description(presence: Presence, observation: Observation, findings: Sequence[Finding]) -> None:
    """The oracle speaks only where Describe shows the revision that the update made."""
    if findings:
        presence.count("described", _subset(observation))
        _reflection(presence, observation, findings)


_BY_ID: dict[str, Watcher] = {
    "accept/every-valid-update": _acceptance,
    "exclusion/any-combination": _exclusion,
}
_BY_TOPIC: dict[str, Watcher] = {
    "preserve": _preservation,
    "reflect": _reflection,
    "show": _description,
}
