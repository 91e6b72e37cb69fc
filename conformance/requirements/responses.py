"""The shape of an accepted update's answer, member by member, as the service model gives it.

All these requirements come from the installed model; a newer botocore brings its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

from conformance import model
from conformance.observation import Observation
from conformance.requirement import Finding, Requirement, family
from conformance.requirements.citations import page, protocol, protocol_test, service_model
from conformance.verdict import OK, Evidence, Grade, tolerated, violated

_JSON_NAMES = {
    "string": "a JSON string",
    "integer": "a JSON number without a fraction",
    "timestamp": "a JSON number",
    "structure": "a JSON object",
    "list": "a JSON array",
    # Kinds that only a newer service model may bring.
    "map": "a JSON object",
    "boolean": "true or false",
    "long": "a JSON number without a fraction",
    "float": "a JSON number",
    "double": "a JSON number",
}
# Seconds since 1970 of a date in the year 5138; the same number of milliseconds is in 1973.
_BEYOND_SECONDS = 1e11
_TOP = "answer"


def _requirements() -> Iterable[Requirement]:
    yield _unknown(_TOP)
    for member in model.operation().output:
        yield _type(member)
        yield _null(member)
        if member.kind == "structure":
            yield _unknown(member.path)
        if member.enum:
            yield _enum(member)
        if member.required:
            yield _required(member)
        if member.kind == "timestamp":
            yield _seconds(member)


# Members that a conforming target has no occasion to show in the answer to an update.
_UNREACHED = {"service.status.statusReason": "An active service has no reason to give."}


def _type(member: model.Member) -> Requirement:
    return Requirement(
        id=f"response-type/{member.path}",
        sentence=f"In the answer, {member.path} is {_JSON_NAMES[member.kind]}.",
        evidence=Evidence.MODELLED,
        citations=(service_model(member.path), page("Response Syntax")),
        unreached=_UNREACHED.get(member.path, ""),
    )


def _null(member: model.Member) -> Requirement:
    return Requirement(
        id=f"response-null/{member.path}",
        sentence=f"Where {member.path} has no value, the answer leaves it out; it is never JSON null.",
        evidence=Evidence.PROTOCOL,
        citations=(protocol_test("null.smithy, AwsJson11ServersDontSerializeNullStructureValues"),),
    )


def _unknown(path: str) -> Requirement:
    return Requirement(
        id=f"response-unknown/{path}",
        sentence=f"In the answer, {path} has modelled members only.",
        # A service may grow members that the installed model does not have yet; clients ignore them.
        evidence=Evidence.INFERRED,
        citations=(service_model(path), page("Response Syntax")),
    )


def _enum(member: model.Member) -> Requirement:
    return Requirement(
        id=f"response-enum/{member.path}",
        sentence=f"In the answer, {member.path} is one of {', '.join(member.enum)}.",
        evidence=Evidence.MODELLED,
        citations=(service_model(member.path),),
    )


def _required(member: model.Member) -> Requirement:
    return Requirement(
        id=f"response-required/{member.path}",
        sentence=f"Wherever {member.parent} is in the answer, {member.name} is in it.",
        evidence=Evidence.MODELLED,
        citations=(service_model(f"{member.parent}, required members"),),
    )


def _seconds(member: model.Member) -> Requirement:
    return Requirement(
        id=f"response-seconds/{member.path}",
        sentence=f"In the answer, {member.path} counts seconds since 1970, not milliseconds.",
        evidence=Evidence.PROTOCOL,
        citations=(protocol("timestamps default to epoch-seconds"),),
    )


@dataclass(frozen=True, slots=True)
class _Node:
    """A member with the ids of its requirements and the nodes below it, compiled once."""

    member: model.Member
    type_id: str
    null_id: str
    required_id: str
    enum_id: str
    seconds_id: str
    unknown_id: str
    children: tuple[_Node, ...]
    element: _Node | None


@cache
def _compiled() -> _Node:
    """The tree of the answer, under a node that stands for the answer itself."""
    members = {member.path: member for member in model.operation().output}

    def node(member: model.Member) -> _Node:
        path = member.path
        prefix = "" if path == _TOP else f"{path}."
        return _Node(
            member=member,
            type_id=f"response-type/{path}",
            null_id=f"response-null/{path}",
            required_id=f"response-required/{path}",
            enum_id=f"response-enum/{path}",
            seconds_id=f"response-seconds/{path}",
            unknown_id=f"response-unknown/{path}",
            children=tuple(node(members[f"{prefix}{name}"]) for name in member.children),
            element=node(members[f"{path}[]"]) if member.kind == "list" else None,
        )

    top = tuple(member.path for member in members.values() if not member.parent)
    return node(model.Member(path=_TOP, kind="structure", children=top))


@family(_requirements())
def answers_have_the_modelled_shape(observation: Observation) -> Iterator[Finding]:
    """One walk over the answer judges all members that it contains.

    The text leaves open which members an answer contains; only what is there is judged, and those members
    that the model requires of a structure that is there.
    """
    document = observation.response.json if observation.response and observation.accepted else None
    findings: list[Finding] = []
    if isinstance(document, dict):
        _structure(document, _compiled(), findings)
    return iter(findings)


def _structure(value: dict[str, Any], node: _Node, findings: list[Finding]) -> None:
    extra = sorted(value.keys() - set(node.member.children))
    grade = violated("modelled members only", f"also {', '.join(extra)}") if extra else OK
    findings.append((node.unknown_id, grade))
    for child in node.children:
        name = child.member.name
        inner = value.get(name)
        null = inner is None and name in value
        findings.append((child.null_id, violated("the member is left out", "it is null") if null else OK))
        if child.member.required:
            grade = violated(f"{name} is there", "it is absent") if inner is None else OK
            findings.append((child.required_id, grade))
        if inner is not None:
            _value(inner, child, findings)


def _value(value: Any, node: _Node, findings: list[Finding]) -> None:
    member = node.member
    grade = _typed(value, member.kind)
    findings.append((node.type_id, grade))
    if grade is not OK:
        return
    if member.enum:
        expected = f"one of {', '.join(member.enum)}"
        findings.append((node.enum_id, OK if value in member.enum else violated(expected, repr(value))))
    if member.kind == "timestamp":
        late = abs(value) > _BEYOND_SECONDS
        findings.append((node.seconds_id, violated("seconds", repr(value)) if late else OK))
    elif member.kind == "structure":
        _structure(value, node, findings)
    elif node.element is not None:
        _elements(value, node.element, findings)


def _elements(values: list[Any], node: _Node, findings: list[Finding]) -> None:
    for value in values:
        null = value is None
        findings.append((node.null_id, violated("no element is null", "null") if null else OK))
        if not null:
            _value(value, node, findings)


_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "timestamp": (int, float),
    "structure": (dict,),
    "list": (list,),
    "map": (dict,),
    "boolean": (bool,),
    "long": (int,),
    "float": (int, float),
    "double": (int, float),
}


def _typed(value: Any, kind: str) -> Grade:
    # JSON's true and false are integers to Python.
    if isinstance(value, _TYPES[kind]) and (kind == "boolean" or not isinstance(value, bool)):
        return OK
    expected = _JSON_NAMES[kind]
    if kind == "integer" and isinstance(value, float) and value.is_integer():
        return tolerated(expected, repr(value))
    return violated(expected, f"{type(value).__name__} {value!r}"[:200])
