"""The charter over several updates: what was asked for last is what a service has."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from conformance import model
from conformance.comparison import contradicts, same, value_at
from conformance.exchange import Exchange, Request
from conformance.facts import ServiceFacts
from conformance.observation import Observation, configurations, service_of
from conformance.requirement import Concern, Finding, Requirement, family
from conformance.requirements.citations import CHARTER
from conformance.validity import validity
from conformance.verdict import OK, Evidence, Grade, tolerated, violated

_PAIR = frozenset({"cpu", "memory"})
_EVERYTHING = "remember/everything"


def _requirements() -> Iterator[Requirement]:
    yield Requirement(
        id=_EVERYTHING,
        sentence="After several updates, Describe shows all that was asked for last.",
        evidence=Evidence.CHARTER,
        citations=(CHARTER,),
    )
    for name in model.operation().optional:
        yield Requirement(
            id=f"remember/{name}",
            sentence=f"After several updates, Describe shows the {name} that was asked for last, "
            "however many updates without it came then.",
            evidence=Evidence.CHARTER,
            citations=(CHARTER,),
        )


@family(_requirements(), concern=Concern.CHANGE)
def what_was_asked_for_last_is_shown(observation: Observation) -> Iterator[Finding]:
    """Judged where no Describe stands between the updates; otherwise each of them is judged by itself.

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
    certain = _certain(observation, asked) if left_out else set()
    found = {name: _remembered(name, asked[name], entry, facts) for name in sorted(left_out & certain)}
    grades = {name: _pardoned(name, grade, observation) for name, grade in found.items() if grade is not None}
    yield from ((f"remember/{name}", grade) for name, grade in grades.items())
    if grades:
        yield _EVERYTHING, next((grade for grade in grades.values() if grade is not OK), OK)


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
