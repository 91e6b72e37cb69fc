"""The shape of an accepted update's answer, member by member, as the service model gives it.

All these requirements come from the installed model; a newer botocore brings its own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from conformance import model
from conformance.observation import Observation
from conformance.requirement import Finding, Findings, Requirement, family
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

    name: str
    kind: str
    enum: tuple[str, ...]
    type_id: str
    null_id: str
    required_id: str
    enum_id: str
    seconds_id: str
    unknown_id: str
    children: tuple[_Node, ...]
    element: _Node | None
    names: frozenset[str]
    null_ids: tuple[str, ...]
    required: tuple[_Node, ...]


@cache
def _compiled() -> _Node:
    """The tree of the answer, under a node that stands for the answer itself."""
    members = {member.path: member for member in model.operation().output}

    def node(member: model.Member) -> _Node:
        path = member.path
        prefix = "" if path == _TOP else f"{path}."
        inner = [members[f"{prefix}{name}"] for name in member.children]
        children = tuple(node(each) for each in inner)
        return _Node(
            name=member.name,
            kind=member.kind,
            enum=member.enum,
            type_id=f"response-type/{path}",
            null_id=f"response-null/{path}",
            required_id=f"response-required/{path}",
            enum_id=f"response-enum/{path}",
            seconds_id=f"response-seconds/{path}",
            unknown_id=f"response-unknown/{path}",
            children=children,
            element=node(members[f"{path}[]"]) if member.kind == "list" else None,
            names=frozenset(member.children),
            null_ids=tuple(child.null_id for child in children),
            required=tuple(n for n, each in zip(children, inner, strict=True) if each.required),
        )

    top = tuple(member.path for member in members.values() if not member.parent)
    return node(model.Member(path=_TOP, kind="structure", children=top))


@family(_requirements())
def answers_have_the_modelled_shape(observation: Observation) -> Iterable[Finding]:
    """One walk over the answer judges all members that it contains.

    The text leaves open which members an answer contains; only what is there is judged, and those members
    that the model requires of a structure that is there.
    """
    document = observation.response.json if observation.response and observation.accepted else None
    findings = Findings()
    if isinstance(document, dict):
        _structure(document, _compiled(), findings)
    return findings


def _structure(value: dict[str, Any], node: _Node, findings: Findings) -> None:
    _note(findings, node.unknown_id, _only_modelled(value, node))
    present = [child for child in node.children if value.get(child.name) is not None]
    if len(present) == len(value):  # nearly always: no member is null, and none is unknown
        findings.held += node.null_ids
    else:
        for child in node.children:
            null = child.name in value and value[child.name] is None
            _note(findings, child.null_id, violated("the member is left out", "it is null") if null else OK)
    for child in node.required:
        absent = value.get(child.name) is None
        grade = violated(f"{child.name} is there", "it is absent") if absent else OK
        _note(findings, child.required_id, grade)
    for child in present:
        _value(value[child.name], child, findings)


def _only_modelled(value: dict[str, Any], node: _Node) -> Grade:
    extra = value.keys() - node.names
    return violated("modelled members only", f"also {', '.join(sorted(extra))}") if extra else OK


def _note(findings: Findings, id: str, grade: Grade) -> None:
    if grade is OK:
        findings.held.append(id)
    else:
        findings.others.append((id, grade))


def _value(value: Any, node: _Node, findings: Findings) -> None:
    grade = _typed(value, node.kind)
    _note(findings, node.type_id, grade)
    if grade is not OK:
        return
    if node.enum:
        expected = f"one of {', '.join(node.enum)}"
        _note(findings, node.enum_id, OK if value in node.enum else violated(expected, repr(value)))
    if node.kind == "timestamp":
        late = abs(value) > _BEYOND_SECONDS
        _note(findings, node.seconds_id, violated("seconds", repr(value)) if late else OK)
    elif node.kind == "structure":
        _structure(value, node, findings)
    elif node.element is not None:
        _elements(value, node.element, findings)


def _elements(values: list[Any], node: _Node, findings: Findings) -> None:
    for value in values:
        null = value is None
        _note(findings, node.null_id, violated("no element is null", "null") if null else OK)
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
