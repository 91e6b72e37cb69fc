"""The charter: an update preserves what the request leaves out.

For the top-level members this is the customer's own rule. Inside a supplied structure no document says
whether members are kept or reset: inside ``primaryContainer`` public observations say kept, and for
``scalingTarget`` and ``networkConfiguration`` nothing is known, so there the target's behaviour is described.
What is supplied inside of a structure, or cleared there, is in :mod:`conformance.requirements.nested`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance import model
from conformance.comparison import altered, overlap, value_at
from conformance.observation import Observation, configurations, service_of
from conformance.requirement import Citation, Concern, Finding, Requirement, family
from conformance.requirements.citations import CHARTER, WORKSHOP, service_model
from conformance.requirements.remembering import omitted_by_the_last_of_several
from conformance.validity import EXCLUDED_BY_TASK_DEFINITION, validity
from conformance.verdict import OK, Evidence, Grade, behaves, tolerated, violated

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

    Where nobody described the service since the update before, what was asked for is compared.

    Left open by the documents, so not judged: what becomes of the members that a customer's task definition
    replaces; a managed task definition, which every update may replace; cpu and memory that do not fit.
    """
    if not observation.accepted or not observation.config_before:
        yield from omitted_by_the_last_of_several(observation)
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
        return _lost(path, answered, observation)(expected, f"targetConfiguration.{path} is {answered!r}")
    if not entry or entry.get("serviceRevisionArn") != observation.target.get("serviceRevisionArn"):
        return OK if answered is not None else None
    shown = value_at(entry, path)
    if not altered(path, before, shown, groups):
        return OK
    return _lost(path, shown, observation)(expected, f"Describe shows {shown!r}")


def _lost(path: str, found: Any, observation: Observation) -> Callable[[str, str], Grade]:
    """How to grade a value that was not kept.

    A deployment that is in flight may fail, and the service goes back to the revision before. So if the value
    found is that of another revision which was active then, there is no proof that the update lost it.
    """
    before = service_of(observation.before)
    others = [entry for entry in configurations(before) if entry != observation.config_before]
    if not before.get("currentDeployment") or not others:
        return violated
    values = [value_at(entry, path) for entry in others]
    back = any(value is not None and not altered(path, overlap(value, found), found) for value in values)
    # A managed task definition is made anew for each revision.
    anew = path == "taskDefinitionArn" and any(
        value != value_at(observation.config_before, path) for value in values
    )
    return tolerated if back or anew or (found is None and None in values) else violated


_STRUCTURES = tuple(m.path for m in model.operation().input if m.kind == "structure" and not m.parent)
_NESTED = {
    structure: members
    for structure in _STRUCTURES
    if (members := [m for m in model.operation().input if m.parent == structure and not m.required])
}
_MANY = 2  # so many members that nothing is kept of say that nothing ever is


def _nested_evidence(member: model.Member) -> Evidence:
    if member.parent != "primaryContainer":
        return Evidence.OPEN
    return Evidence.OBSERVED if member.name in _OBSERVED else Evidence.INFERRED


def _nested() -> Iterator[Requirement]:
    for structure, members in _NESTED.items():
        for member in members:
            yield Requirement(
                id=f"keep/{member.path}",
                sentence=f"An update that carries {structure} without {member.name} keeps its {member.name}.",
                evidence=_nested_evidence(member),
                citations=_nested_citations(structure, member.path),
            )
        yield Requirement(
            id=f"merge/{structure}",
            sentence=f"Whether a {structure} with some of its members replaces the one before, or is merged.",
            evidence=Evidence.OPEN,
            citations=_nested_citations(structure, structure),
        )


def _nested_citations(structure: str, path: str) -> tuple[Citation, ...]:
    return (WORKSHOP,) if structure == "primaryContainer" else (service_model(path),)


@family(_nested(), concern=Concern.CHANGE)
def omitted_nested_members(observation: Observation) -> Iterator[Finding]:
    """No document says whether a supplied structure is merged or replaced; reports of use say merged.

    What is only described is so too where a doubt was, whether the update would be accepted. A member that
    is null is not left out here: what becomes of it is described elsewhere.
    """
    if not observation.accepted or not observation.config_before or validity(observation).defects:
        return
    if observation.service is None or observation.service.customer is not False:
        return
    for structure, grades in _left_out(observation):
        for member, grade in grades.items():
            described = _nested_evidence(member) is Evidence.OPEN
            yield f"keep/{member.path}", _described(member, grade) if described else grade
        if grades:
            yield f"merge/{structure}", behaves(f"a partial {structure} {_merged(grades)}")


def _left_out(observation: Observation) -> Iterator[tuple[str, dict[model.Member, Grade]]]:
    """For each structure that the update supplies, what became of the members that it leaves out."""
    for structure, members in _NESTED.items():
        supplied = observation.exchange.request.members.get(structure)
        if not isinstance(supplied, dict) or all(value is None for value in supplied.values()):
            continue
        if validity(observation).valid or _nested_evidence(members[0]) is Evidence.OPEN:
            omitted = [member for member in members if member.name not in supplied]
            grades = [(member, _kept(member.path, observation)) for member in omitted]
            yield structure, {member: grade for member, grade in grades if grade is not None}


def _described(member: model.Member, grade: Grade) -> Grade:
    what = "keeps" if grade is OK else "does not keep"
    return behaves(f"an update with {member.parent} but no {member.name} {what} the {member.name}")


def _merged(grades: Mapping[model.Member, Grade]) -> str:
    lost = [member.name for member, grade in grades.items() if grade is not OK]
    if not lost:
        return "keeps all that it leaves out"
    if len(lost) == len(grades) >= _MANY:
        return "keeps nothing that it leaves out"
    return f"does not keep its {', '.join(lost)}"
