"""Preservation over several updates: what was asked for last is what a service has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from conformance import model
from conformance.comparison import contradicts, same, value_at
from conformance.exchange import Exchange, Request
from conformance.facts import ServiceFacts
from conformance.observation import Observation, configurations, service_of
from conformance.requirement import Finding
from conformance.validity import validity
from conformance.verdict import OK, Grade, tolerated, violated

_PAIR = frozenset({"cpu", "memory"})


def omitted_by_the_last_of_several(observation: Observation) -> Iterator[Finding]:
    """Judge ``preserve/...`` where no Describe stands between several updates: by what each was asked for.

    Only the members that the last update left out, and of those only the paths that were asked for: whether a
    structure is merged or replaced is open. Values of which there is a doubt that a target takes them as they
    are may come back otherwise. A member that Describe never showed may be merely not shown.
    """
    facts, entry = observation.service, observation.config_after
    if facts is None or observation.config_before or not observation.accepted or not entry:
        return
    if entry.get("serviceRevisionArn") != observation.target.get("serviceRevisionArn"):
        return
    asked = facts.updated(observation.request, None).asked
    left_out = asked.keys() - observation.request.keys()
    for name in sorted(left_out & _certain(observation, asked)) if left_out else ():
        grade = _remembered(name, asked[name], entry, facts)
        if grade is not None:
            yield f"preserve/{name}", _pardoned(name, grade, observation)


def _remembered(name: str, wanted: Any, entry: Mapping[str, Any], facts: ServiceFacts) -> Grade | None:
    found = value_at(entry, name)
    if same(name, wanted, found):
        return OK
    expected = f"Describe shows {name} as it was asked for last, {wanted!r}"
    if contradicts(name, wanted, found):
        return violated(expected, f"it is {found!r}")
    if found is None and any(value_at(each, name) is not None for each in configurations(facts.shown)):
        return violated(expected, "it is absent, and was shown before")
    return None


def _pardoned(name: str, grade: Grade, observation: Observation) -> Grade:
    """The grade; a value of before the updates is no proof where deployments take their time.

    The deployment of one of them may have failed, and the service gone back before the next one came.
    """
    shown = observation.service.shown if observation.service else {}
    deploying = service_of(observation.after).get("currentDeployment") or shown.get("currentDeployment")
    if grade is OK or not deploying:
        return grade
    found, former = value_at(observation.config_after, name), configurations(shown)
    # A managed task definition is made anew for each revision.
    back = name == "taskDefinitionArn" or any(same(name, value_at(each, name), found) for each in former)
    return tolerated(grade.expected, grade.observed) if back else grade


def _certain(observation: Observation, asked: Mapping[str, Any]) -> set[str]:
    """The members whose values any target takes as they are: alone, or all of them in one request."""
    if _is_valid(observation, asked):
        return {*asked}
    parts = [_PAIR & asked.keys(), *({name} for name in asked.keys() - _PAIR)]
    return {
        name
        for part in parts
        if _is_valid(observation, {name: asked[name] for name in part})
        for name in part
    }


def _is_valid(observation: Observation, members: Mapping[str, Any]) -> bool:
    """Whether a request with these members would be valid, whatever the service is like."""
    named = {"serviceArn": observation.request.get("serviceArn"), **members}
    request = Request(operation=model.OPERATION, body=json.dumps(named).encode())
    imagined = Observation(
        exchange=Exchange(id=0, request=request),
        service=observation.service,
        task_definitions=observation.task_definitions,
    )
    return validity(imagined).valid
