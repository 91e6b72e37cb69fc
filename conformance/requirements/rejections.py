"""Requests that must be refused.

A request is a near miss when it is invalid for exactly one reason. The reason is derived again from the
request that was sent. That a near miss was refused counts only if its valid twin was accepted; that it was
accepted counts always.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance import model
from conformance.observation import Observation, accepted, error_code, refuses_caller
from conformance.requirement import Citation, Finding, Requirement, family, requirement
from conformance.requirements.citations import SERIALIZATION, guide, page, service_model
from conformance.validity import EXCLUDED_BY_TASK_DEFINITION, Defect, Validity, validity
from conformance.verdict import OK, Evidence, Grade, violated

_CREATE_PATH = service_model("CreateExpressGatewayServiceRequest.healthCheckPath")
_FARGATE = guide("Task CPU and memory", "task-cpu-memory-error")
_PORT = Citation(
    document="Elastic Load Balancing API Reference, CreateTargetGroup",
    section="Port: 1 to 65535; HealthCheckPath: 1 to 1024 characters",
    url="https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateTargetGroup.html",
)
_SCALING = service_model("ExpressGatewayScalingTarget")
_CONTAINER = service_model("ContainerDefinition, RegisterTaskDefinition")
_TASK_DEFINITION = page("Request Parameters, taskDefinitionArn")

# Reasons that no shape of the model gives, with the words of the requirement. All are inferred from
# neighbouring documents: the real answer is not known.
_INFERRED: dict[str, tuple[str, Citation]] = {
    "range/primaryContainer.containerPort": ("a container port outside of 1 to 65535", _PORT),
    "range/scalingTarget.minTaskCount": ("a negative minimum number of tasks", _SCALING),
    "range/scalingTarget.maxTaskCount": ("a negative maximum number of tasks", _SCALING),
    "range/scalingTarget.minTaskCount-maxTaskCount": ("a minimum above the maximum", _SCALING),
    "range/scalingTarget.autoScalingTargetValue": ("a target value that its metric cannot have", _SCALING),
    "range/healthCheckPath": ("a health check path of over 1024 characters", _PORT),
    "format/healthCheckPath": ("a health check path that does not start with a slash", _CREATE_PATH),
    "format/primaryContainer.image": ("something that is no image reference as image", _CONTAINER),
    "format/primaryContainer.environment[].name": ("an environment variable without a name", _CONTAINER),
    "format/executionRoleArn": ("an execution role that is no role ARN", service_model("executionRoleArn")),
    "format/taskRoleArn": ("a task role that is no role ARN", service_model("taskRoleArn")),
    "duplicate/primaryContainer.environment[].name": ("two environment variables of one name", _CONTAINER),
    "duplicate/primaryContainer.secrets[].name": ("two secrets of one name", _CONTAINER),
    "pair/cpu": ("a cpu that Fargate does not offer", _FARGATE),
    "pair/memory": ("a memory that Fargate does not offer", _FARGATE),
    "pair/cpu-memory": ("a pair of cpu and memory that Fargate does not offer", _FARGATE),
    "task-definition/unknown": ("a task definition that was never registered", _TASK_DEFINITION),
}
_TASK_DEFINITIONS = {
    "task-definition/main-container": "a task definition without a container named Main",
    "task-definition/single-port-mapping": "a task definition whose container Main has not one port mapping",
    "task-definition/port-name": "a task definition whose port mapping has no name",
    "task-definition/fargate": "a task definition without FARGATE compatibility",
}
# The API page names the first five; the sixth stands in the service model only.
_ON_PAGE = set(EXCLUDED_BY_TASK_DEFINITION) & set(model.PAGE_REQUEST)


def _id(defect: Defect) -> str:
    """The id of the requirement that a defect is about."""
    return defect.id if defect.kind in {"exclusion", "task-definition"} else f"reject-{defect.id}"


def _requirements() -> Iterable[Requirement]:
    for member in model.operation().input:
        if member.path != "serviceArn":
            yield _wrong_type(member)
        if member.parent and member.required:
            yield _missing(member)
        if member.enum:
            yield _unknown_value(member)
    for name in EXCLUDED_BY_TASK_DEFINITION:
        if name in model.operation().optional:
            yield _exclusion(name)
    for id, words in _TASK_DEFINITIONS.items():
        yield _refused(id, words, Evidence.DOCUMENTED, _TASK_DEFINITION)
    for id, (words, citation) in _INFERRED.items():
        kind, _, path = id.partition("/")
        yield _refused(_id(Defect(kind, path)), words, Evidence.INFERRED, citation)


def _refused(id: str, words: str, evidence: Evidence, *citations: Citation) -> Requirement:
    sentence = f"An update with {words} is rejected."
    return Requirement(id=id, sentence=sentence, evidence=evidence, citations=citations)


def _wrong_type(member: model.Member) -> Requirement:
    # Seen of the real service: a text for an integer, a scalar for a list.
    seen = member.kind in {"integer", "list"}
    return _refused(
        f"reject-type/{member.path}",
        f"a JSON value of another type than {member.kind} as {member.path}",
        Evidence.OBSERVED if seen else Evidence.INFERRED,
        SERIALIZATION if seen else service_model(member.path),
    )


def _missing(member: model.Member) -> Requirement:
    words = f"{member.parent} but without its {member.name}"
    return _refused(f"reject-missing/{member.path}", words, Evidence.MODELLED, service_model(member.path))


def _unknown_value(member: model.Member) -> Requirement:
    words = f"a {member.path} that is none of {', '.join(member.enum)}"
    return _refused(f"reject-enum/{member.path}", words, Evidence.MODELLED, service_model(member.path))


def _exclusion(name: str) -> Requirement:
    documented = name in _ON_PAGE
    return _refused(
        f"exclusion/{name}",
        f"both taskDefinitionArn and {name}",
        Evidence.DOCUMENTED if documented else Evidence.MODELLED,
        _TASK_DEFINITION if documented else service_model("taskDefinitionArn"),
    )


@family(_requirements())
def near_misses_are_rejected(observation: Observation) -> Iterator[Finding]:
    """Which error class answers them is open for nearly all of them; only the refusal is judged."""
    found = validity(observation)
    if len(found.defects) != 1 or found.doubts or found.defects[0].kind in {"identity", "state", "body"}:
        return
    grade = refusal(observation, found)
    if grade is not None and _id(found.defects[0]) in _IDS:
        yield _id(found.defects[0]), grade


_IDS = {entry.id for entry in near_misses_are_rejected.requirements}


@requirement(
    "exclusion/any-combination",
    "An update with taskDefinitionArn and any combination of the members that it replaces is rejected.",
    evidence=Evidence.DOCUMENTED,
    citations=(_TASK_DEFINITION,),
)
def conflicts_are_rejected(observation: Observation) -> Iterator[Grade]:
    """Judged where nothing but the exclusion is wrong with the request."""
    found = validity(observation)
    if found.defects and not found.doubts and all(d.kind == "exclusion" for d in found.defects):
        grade = refusal(observation, found)
        if grade is not None:
            yield grade


def refusal(observation: Observation, found: Validity) -> Grade | None:
    """Judge that an invalid request was refused; None where nothing can be said.

    A refusal of the caller says nothing, and neither does one whose valid twin was not accepted.
    """
    response = observation.response
    if response is None or refuses_caller(observation.exchange):
        return None
    wrong = ", ".join(defect.id for defect in found.defects)
    expected = f"status 4xx, because of {wrong}"
    if observation.accepted:
        return violated(expected, f"status {response.status}: the update was accepted")
    if not observation.rejected:
        code = error_code(observation.exchange) or "no error class"
        return violated(expected, f"status {response.status}, {code}")
    return OK if twin_was_accepted(observation, found) else None


def twin_was_accepted(observation: Observation, found: Validity) -> bool:
    """Whether the same request without the defect was taken by the same target."""
    if observation.twin is None or not accepted(observation.twin):
        return False
    touched = {"serviceArn"} if found.defects[0].kind == "identity" else set()
    for defect in found.defects:
        touched |= {defect.path.partition(".")[0].removesuffix("[]")}
        if defect.kind in {"exclusion", "task-definition"}:
            touched |= {"taskDefinitionArn"}
        if defect.kind == "pair":
            touched |= {"cpu", "memory"}
    mine, other = observation.exchange.request.members, observation.twin.request.members
    return all(mine.get(name) == other.get(name) for name in (mine.keys() | other.keys()) - touched)
