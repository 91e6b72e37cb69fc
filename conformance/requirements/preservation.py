"""The charter: an update preserves what the request leaves out.

For the top-level members this is the customer's own rule. Inside a supplied structure no document says
whether members are kept or reset: inside ``primaryContainer`` public observations say kept, and for
``scalingTarget`` and ``networkConfiguration`` nothing is known, so there the target's behaviour is described.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance import model
from conformance.comparison import altered, overlap, value_at
from conformance.observation import Observation
from conformance.requirement import Citation, Concern, Finding, Requirement, family
from conformance.requirements.citations import CHARTER, WORKSHOP, service_model
from conformance.validity import EXCLUDED_BY_TASK_DEFINITION, validity
from conformance.verdict import OK, Evidence, Grade, behaves, violated

_OBSERVED = {"containerPort", "awsLogsConfiguration", "environment", "secrets"}


def _preserved() -> Iterator[Requirement]:
    for name in model.operation().optional:
        citations: tuple[Citation, ...] = (CHARTER,)
        if name == "cpuArchitecture":
            citations += (service_model("UpdateExpressGatewayServiceRequest.cpuArchitecture"),)
        yield Requirement(
            id=f"preserve/{name}",
            sentence=f"An update that leaves out {name} preserves its value.",
            evidence=Evidence.CHARTER,
            citations=citations,
        )


@family(_preserved(), concern=Concern.CHANGE)
def omitted_members_are_preserved(observation: Observation) -> Iterator[Finding]:
    """Compares the configuration before with targetConfiguration and with what Describe shows after.

    Left open by the documents, so not judged: what becomes of the members that a customer's task definition
    replaces; a managed task definition, which every update may replace; cpu and memory that do not fit.
    """
    if not observation.accepted or not observation.config_before:
        return
    for name in model.operation().optional:
        if name not in observation.request and not _unsettled(name, observation):
            grade = _kept(name, observation)
            if grade is not None:
                yield f"preserve/{name}", grade


def _unsettled(name: str, observation: Observation) -> bool:
    """Whether the documents leave open what becomes of an omitted member in this update."""
    request, customer = observation.request, observation.service.customer if observation.service else None
    replaced = set(EXCLUDED_BY_TASK_DEFINITION)
    if "taskDefinitionArn" in request:
        return name in replaced
    if customer is not False and request.keys() & replaced:
        return name in {*replaced, "taskDefinitionArn"}
    if name == "taskDefinitionArn":
        return customer is not True
    sizes = {"cpu", "memory"}
    return name in sizes and bool(request.keys() & sizes) and not _sizes_fit(observation)


def _sizes_fit(observation: Observation) -> bool:
    found = validity(observation)
    doubted = any("cpu" in doubt or "memory" in doubt for doubt in found.doubts)
    return not doubted and not any(defect.kind == "pair" for defect in found.defects)


def _kept(path: str, observation: Observation) -> Grade | None:
    """Judge one omitted path; None where it is not known before or after.

    A member that Describe did not show before may be unset or merely not shown, so nothing is said of it;
    and targetConfiguration may be incomplete, so nothing is said of what it lacks.
    """
    before = value_at(observation.config_before, path)
    answered, entry = value_at(observation.target, path), observation.config_after
    if before is None:
        return None
    expected = f"{path} stays {before!r}"
    groups = observation.service.groups if observation.service else ()
    if answered is not None and altered(path, overlap(before, answered), answered, groups):
        return violated(expected, f"targetConfiguration.{path} is {answered!r}")
    if not entry or entry.get("serviceRevisionArn") != observation.target.get("serviceRevisionArn"):
        return OK if answered is not None else None
    shown = value_at(entry, path)
    return violated(expected, f"Describe shows {shown!r}") if altered(path, before, shown, groups) else OK


_STRUCTURES = {"primaryContainer", "scalingTarget", "networkConfiguration"}


_NESTED = tuple(
    member for member in model.operation().input if member.parent in _STRUCTURES and not member.required
)


def _nested_evidence(member: model.Member) -> Evidence:
    if member.parent != "primaryContainer":
        return Evidence.OPEN
    return Evidence.OBSERVED if member.name in _OBSERVED else Evidence.INFERRED


@family(
    (
        Requirement(
            id=f"keep/{member.path}",
            sentence=f"An update that carries {member.parent} without {member.name} keeps its {member.name}.",
            evidence=_nested_evidence(member),
            citations=(WORKSHOP,) if member.parent == "primaryContainer" else (service_model(member.path),),
        )
        for member in _NESTED
    ),
    concern=Concern.CHANGE,
)
def omitted_nested_members(observation: Observation) -> Iterator[Finding]:
    """No document says whether a supplied structure is merged or replaced; reports of use say merged."""
    if not observation.accepted or not observation.config_before or not validity(observation).valid:
        return
    if observation.service is None or observation.service.customer is not False:
        return
    for member in _NESTED:
        parent: Any = observation.request.get(member.parent)
        if not isinstance(parent, dict) or parent.get(member.name) is not None:
            continue
        grade = _kept(member.path, observation)
        if grade is None:
            continue
        if _nested_evidence(member) is Evidence.OPEN:
            yield f"keep/{member.path}", _described(member, grade)
        else:
            yield f"keep/{member.path}", grade


def _described(member: model.Member, grade: Grade) -> Grade:
    what = "keeps" if grade is OK else "does not keep"
    return behaves(f"an update with {member.parent} but no {member.name} {what} the {member.name}")
