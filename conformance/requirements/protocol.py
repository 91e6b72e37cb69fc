"""Other ways to write the same update, and what the protocol says of them to a server."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance import forms, model
from conformance.observation import Observation, accepted, error_code, refuses_caller, service_of
from conformance.requirement import Citation, Concern, Finding, Requirement, family, requirement
from conformance.requirements import preservation
from conformance.requirements.citations import (
    common_errors,
    guide,
    page,
    protocol,
    protocol_test,
    service_model,
)
from conformance.requirements.members import refused_for_itself
from conformance.validity import validity
from conformance.verdict import OK, Evidence, Grade, behaves, violated

_NULL = protocol_test("null.smithy, AwsJson11ServersDontDeserializeNullStructureValues")
_TARGET = protocol("X-Amz-Target names the operation")


def json_text(section: str) -> Citation:
    """The standard that the protocol writes its documents in."""
    return Citation(
        document="RFC 8259, JSON", section=section, url="https://www.rfc-editor.org/rfc/rfc8259.html"
    )


def _taken(observation: Observation) -> Iterator[Grade]:
    """Judge that the request was accepted as its twin was; most refusals say nothing."""
    if observation.twin is None or not accepted(observation.twin) or observation.response is None:
        return
    if observation.accepted:
        yield OK
    elif refused_for_itself(observation):
        code = error_code(observation.exchange) or "no error class"
        yield violated("accepted, as its twin was", f"status {observation.response.status}, {code}")


def _is_twin_but_for(observation: Observation, *, white_space: bool = False, order: bool = False) -> bool:
    """Whether body and Content-Type are the twin's, but for what is named, and that does differ."""
    if observation.twin is None:
        return False
    mine, other = observation.exchange.request, observation.twin.request
    if forms.content_type(mine) != forms.content_type(other) or not _same_json(mine.json, other.json):
        return False
    reordered = json.dumps(mine.json) != json.dumps(other.json)
    return reordered if order else not reordered and white_space == (mine.body != other.body)


def _same_json(mine: Any, other: Any) -> bool:
    """Whether two values are the same JSON but for the order of members; to Python, true equals 1."""
    return mine == other and json.dumps(mine, sort_keys=True) == json.dumps(other, sort_keys=True)


@requirement(
    "protocol/charset",
    "An update is accepted whose Content-Type has the parameter charset=utf-8.",
    evidence=Evidence.PROTOCOL,
    citations=(protocol_test("content-type.smithy, AwsJson11MustSupportParametersInContentType"),),
)
def a_charset_is_accepted(observation: Observation) -> Iterator[Grade]:
    """Judged where the twin has the same body and no parameter."""
    twin, request = observation.twin, observation.exchange.request
    if twin is None or forms.has_charset(twin.request) or request.body != twin.request.body:
        return
    if forms.has_charset(request):
        yield from _taken(observation)


@requirement(
    "protocol/charset-spelling",
    "An update is accepted whose Content-Type spells the charset as HTTP also allows it.",
    evidence=Evidence.INFERRED,
    citations=(
        Citation(
            document="RFC 9110, HTTP Semantics",
            section="5.6.6: a parameter may be quoted; 8.3.2: the case of a charset does not matter",
            url="https://www.rfc-editor.org/rfc/rfc9110.html",
        ),
    ),
    concern=Concern.ODD,
)
def any_spelling_of_the_charset_is_accepted(observation: Observation) -> Iterator[Grade]:
    """The protocol's own test has one spelling only, so the others follow from HTTP."""
    if observation.oddities == {forms.CHARSET_SPELLING} and _has_the_body_of_its_twin(observation):
        yield from _taken(observation)


def _has_the_body_of_its_twin(observation: Observation) -> bool:
    return observation.twin is not None and observation.exchange.request.body == observation.twin.request.body


@requirement(
    "protocol/white-space",
    "White space between the tokens of the body does not matter.",
    evidence=Evidence.PROTOCOL,
    citations=(protocol("the body is a JSON object"), json_text("2: insignificant white space is allowed")),
)
def white_space_does_not_matter(observation: Observation) -> Iterator[Grade]:
    """Judged where nothing else differs from the twin; very long white space is another question."""
    if _is_twin_but_for(observation, white_space=True):
        mine, other = (e.request.body for e in (observation.exchange, observation.twin) if e)
        if forms.compacted(mine) == forms.compacted(other):
            yield from _taken(observation)


@requirement(
    "protocol/member-order",
    "The order of the body's members does not matter.",
    evidence=Evidence.PROTOCOL,
    citations=(protocol("the body is a JSON object"), json_text("1 and 4: an object is unordered")),
)
def member_order_does_not_matter(observation: Observation) -> Iterator[Grade]:
    """Judged where nothing else differs from the twin."""
    if _is_twin_but_for(observation, order=True):
        yield from _taken(observation)


def _nulls(observation: Observation) -> list[str]:
    """The members that are null, where they are all that differs from the twin."""
    members = observation.exchange.request.members
    nulls = [name for name in model.operation().optional if name in members and members[name] is None]
    if not nulls or observation.twin is None:
        return []
    rest = {name: value for name, value in members.items() if name not in nulls}
    return nulls if _same_json(rest, observation.twin.request.members) else []


@requirement(
    "protocol/null-member-accepted",
    "An update with a member that is null is accepted, as it is without that member.",
    evidence=Evidence.PROTOCOL,
    citations=(_NULL,),
)
def null_members_are_accepted(observation: Observation) -> Iterator[Grade]:
    """Top-level members only: what a null inside of a structure means depends on what an absent one does."""
    if _nulls(observation):
        yield from _taken(observation)


@requirement(
    "protocol/null-member-absent",
    "A member that is null counts as absent: the update leaves its value alone.",
    evidence=Evidence.PROTOCOL,
    citations=(_NULL,),
    concern=Concern.CHANGE,
)
def null_members_are_absent(observation: Observation) -> Iterator[Grade]:
    """Says nothing where the documents leave open what becomes of an omitted member."""
    nulls = set(_nulls(observation))
    if nulls:
        for id, grade in preservation.omitted_members_are_preserved.judge(observation):
            if id.removeprefix("preserve/") in nulls:
                yield grade


@requirement(
    "protocol/unknown-operation",
    "A request for an operation that there is not is not answered with success.",
    evidence=Evidence.PROTOCOL,
    citations=(_TARGET, common_errors()),
    concern=Concern.ODD,
)
def unknown_operations_are_errors(observation: Observation) -> Iterator[Grade]:
    """Judged after an accepted update with the same body; the error's class is described only."""
    response, twin = observation.response, observation.twin
    if observation.oddities != {forms.UNKNOWN_OPERATION} or response is None or not accepted(twin):
        return
    if observation.accepted:
        yield violated("status 4xx or 5xx", f"status {response.status}")
    elif response.status >= 400 and not refuses_caller(observation.exchange):  # noqa: PLR2004  HTTP
        yield OK


@requirement(
    "protocol/unknown-operation-class",
    "Which error answers a request for an operation that there is not.",
    evidence=Evidence.OPEN,
    citations=(_TARGET, common_errors()),
    concern=Concern.ODD,
)
def class_for_an_unknown_operation(observation: Observation) -> Iterator[Grade]:
    """AWS services are seen to answer UnknownOperationException; no document says so of this one."""
    response = observation.response
    if observation.oddities == {forms.UNKNOWN_OPERATION} and observation.rejected and response is not None:
        code = error_code(observation.exchange) or "no error class"
        yield behaves(f"an unknown operation is answered with status {response.status} and {code}")


# Members of Create, and of the service, that Update does not have: where a Describe shows what must stay.
_GUIDE = guide("Express Mode services: tags are set on creation", "express-service-work")
_FIXED: dict[str, tuple[str, Evidence, Citation]] = {
    "cluster": ("cluster", Evidence.MODELLED, service_model("UpdatedExpressGatewayService.cluster")),
    "serviceName": (
        "name",
        Evidence.MODELLED,
        service_model("CreateExpressGatewayServiceRequest.serviceName: cannot be changed"),
    ),
    "infrastructureRoleArn": (
        "infrastructure role",
        Evidence.DOCUMENTED,
        page("Description: the infrastructure role cannot be modified"),
    ),
    "tags": ("tags", Evidence.DOCUMENTED, _GUIDE),
}


def _fixed() -> Iterable[Requirement]:
    for name, (words, evidence, citation) in _FIXED.items():
        yield Requirement(
            id=f"protocol/{name}-stays",
            sentence=f"An update with {name}, which it does not have, leaves the service's {words} alone.",
            evidence=evidence,
            citations=(citation, page("Request Parameters")),
        )


@family(_fixed(), concern=Concern.CHANGE)
def members_of_create_change_nothing(observation: Observation) -> Iterator[Finding]:
    """Whether such a request is accepted is open; judged where both Describes show what must stay."""
    before, after = service_of(observation.before), service_of(observation.after)
    for name in forms.unknown_members(observation.request):
        if name in _FIXED and before.get(name) is not None and name in after:
            was, now = _comparable(name, before), _comparable(name, after)
            stays = violated(f"{name} stays {was!r}", f"it is {now!r}")
            yield f"protocol/{name}-stays", OK if was == now else stays


def _comparable(name: str, service: Mapping[str, Any]) -> Any:
    """What Describe shows, without what may differ: the cluster's form, the order of tags, AWS's own tags."""
    value = service[name]
    if name == "cluster":
        return str(value).rpartition("/")[2]
    if name != "tags" or not isinstance(value, list):
        return value
    tags = [(str(tag.get("key")), str(tag.get("value"))) for tag in value if isinstance(tag, dict)]
    return sorted(tag for tag in tags if not tag[0].lower().startswith("aws:"))


@requirement(
    "protocol/unknown-member",
    "Whether a member that Update does not have is ignored or refused.",
    evidence=Evidence.OPEN,
    citations=(protocol("clients ignore unknown members; of servers nothing is said"),),
)
def unknown_members(observation: Observation) -> Iterator[Grade]:
    """AWS services are known to ignore them in general."""
    names = forms.unknown_members(observation.request)
    twin = observation.twin.request.members if observation.twin else {}
    rest = {name: value for name, value in observation.request.items() if name not in names}
    if len(names) == 1 and rest == twin and accepted(observation.twin) and not validity(observation).defects:
        if observation.accepted:
            yield behaves("an update with an unknown member is accepted")
        elif observation.rejected:
            yield behaves(
                f"an update with an unknown member is refused with {error_code(observation.exchange)}"
            )
