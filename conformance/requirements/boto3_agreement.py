"""boto3 and the raw bytes: its caller is given what the answer says, and what it sends is taken.

Clients are made from the service model, so an answer that they misread is one that the model does not allow,
whatever else may be said of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from conformance import model
from conformance.boto3_view import view, wrote
from conformance.exchange import Response
from conformance.observation import Observation, accepted, error_code, throttled
from conformance.requirement import Citation, Concern, requirement
from conformance.requirements.citations import page, protocol, service_model
from conformance.requirements.members import refused_for_itself
from conformance.verdict import OK, Evidence, Grade, tolerated, violated

_PARSER = Citation(
    document="botocore, response parser of the protocol json",
    section="members by the shape of the operation; code and message of an error",
    url="https://github.com/boto/botocore/blob/develop/botocore/parsers.py",
)
_CLOSE = 0.001  # seconds; botocore counts microseconds, and a number of seconds is rounded to them
_ERROR = 400
_LARGEST = 1 << 18  # bytes; a task definition has 64 KiB, and an answer a few of them at most


# What a client is given for these kinds. Of kinds that only a newer service model may bring, some are read
# into another form.
_PLAIN: dict[str, frozenset[type]] = {
    "string": frozenset({str}),
    "integer": frozenset({int, float}),
    "long": frozenset({int, float}),
    "float": frozenset({int, float}),
    "double": frozenset({int, float}),
}


@dataclass(frozen=True, slots=True)
class _Node:
    """A member of an answer with the nodes below it, compiled once."""

    name: str
    path: str
    kind: str
    plain: frozenset[type] = frozenset()
    children: tuple[_Node, ...] = ()
    names: frozenset[str] = frozenset()
    element: _Node | None = None


@cache
def _compiled(operation: str) -> _Node:
    """The tree of an operation's answer, under a node that stands for the answer itself."""
    members = {member.path: member for member in model.operation(operation).output}

    def node(member: model.Member) -> _Node:
        return _Node(
            name=member.name,
            path=member.path,
            kind=member.kind,
            plain=_PLAIN.get(member.kind, frozenset()),
            children=tuple(node(members[f"{member.path}.{name}"]) for name in member.children),
            names=frozenset(member.children),
            element=node(members[f"{member.path}[]"]) if member.kind == "list" else None,
        )

    top = tuple(node(member) for member in members.values() if not member.parent)
    names = frozenset(child.name for child in top)
    return _Node(name="", path="the answer", kind="structure", children=top, names=names)


@requirement(
    "boto3/answer",
    "What a boto3 client reads from the answer to an update is what the answer says.",
    evidence=Evidence.MODELLED,
    citations=(service_model("UpdateExpressGatewayServiceResponse"), _PARSER),
)
def answers_are_read_as_they_stand(observation: Observation) -> Iterator[Grade]:
    """Members that the model does not have are dropped by every client, unless only their case is wrong."""
    if observation.accepted:
        yield from _agreement(model.OPERATION, observation.response)


@requirement(
    "boto3/describe",
    "What a boto3 client reads from the Describe that follows an update is what the answer says.",
    evidence=Evidence.MODELLED,
    citations=(service_model("DescribeExpressGatewayServiceResponse"), _PARSER),
    concern=Concern.CHANGE,
)
def descriptions_are_read_as_they_stand(observation: Observation) -> Iterator[Grade]:
    """Judged as the answer to the update is."""
    if observation.after is not None:
        yield from _agreement(model.DESCRIBE, observation.after.response)


def _agreement(operation: str, response: Response | None) -> Iterator[Grade]:
    """Whether the client reads an answer, and gives all that is in it."""
    if response is None or len(response.body) > _LARGEST:
        return
    document, given = response.json, view(operation, response)
    if given.problem:
        yield violated("boto3 can read the answer", f"it raises {given.problem}")
    elif isinstance(document, dict):
        found = _of_structure(document, given.members, _compiled(operation))
        yield violated("boto3 reads what the answer says", found) if found else OK


def _of_structure(said: Mapping[str, Any], given: Mapping[str, Any], node: _Node) -> str:
    """The first difference, in words; empty if there is none."""
    for child in node.children:
        value = said.get(child.name)
        if value is None:
            continue
        other = given.get(child.name)
        if type(other) not in child.plain or value != other:
            found = _of_value(value, other, child)
            if found:
                return found
    unknown = said.keys() - node.names
    return _misspelt(unknown, said, node) if unknown else ""


def _misspelt(unknown: Iterable[str], said: Mapping[str, Any], node: _Node) -> str:
    """Whether the client drops what is a member of the model but for the letter case."""
    folded = {name.casefold(): name for name in node.names if name not in said}
    for name in sorted(unknown):
        if name.casefold() in folded:
            return f"{node.path} has {name!r}, which boto3 drops: it knows {folded[name.casefold()]!r}"
    return ""


def _of_value(said: Any, given: Any, node: _Node) -> str:
    if node.plain:
        same = said == given and type(given) in node.plain
    elif node.kind == "timestamp":
        same = _same_moment(said, given)
    elif node.kind == "structure" and isinstance(said, dict) and isinstance(given, dict):
        return _of_structure(said, given, node)
    elif node.element is not None and isinstance(said, list) and isinstance(given, list):
        return _of_elements(said, given, node.element)
    else:
        same = node.kind not in {"structure", "list"}
    return "" if same else _different(said, given, node)


def _of_elements(said: list[Any], given: list[Any], node: _Node) -> str:
    if len(said) != len(given):
        return f"of {len(said)} elements {node.path} boto3 gives {len(given)}"
    for one, other in zip(said, given, strict=True):
        found = "" if one is None else _of_value(one, other, node)
        if found:
            return found
    return ""


def _same_moment(said: Any, given: Any) -> bool:
    number = isinstance(said, int | float) and not isinstance(said, bool)
    return number and isinstance(given, datetime) and abs(given.timestamp() - said) < _CLOSE


def _different(said: Any, given: Any, node: _Node) -> str:
    shown = given.isoformat() if isinstance(given, datetime) else repr(given)
    return f"{node.path} is {said!r} and should be a {node.kind}; boto3 gives {type(given).__name__} {shown}"


@requirement(
    "boto3/error",
    "What a boto3 client reads from an error is the code and the message that the error holds.",
    evidence=Evidence.PROTOCOL,
    citations=(protocol("Operation error serialization: __type, message"), _PARSER),
)
def errors_are_read_as_they_stand(observation: Observation) -> Iterator[Grade]:
    """An error that names itself in a header only has its code by the protocol, and botocore misses it.

    Where it has neither code nor message there is nothing to compare; other requirements ask for them.
    """
    response = observation.response
    if response is None or len(response.body) > _LARGEST or throttled(observation.exchange):
        return
    if response.status >= _ERROR:
        document = response.json
        yield from _error_agreement(response, document if isinstance(document, dict) else {})


def _error_agreement(response: Response, document: Mapping[str, Any]) -> Iterator[Grade]:
    given, code = view(model.OPERATION, response), response.error_code
    texts = [text for name in ("message", "Message") if isinstance(text := document.get(name), str)]
    if given.problem:
        yield violated("boto3 raises ClientError", f"it raises {given.problem}")
    elif code and given.code != code:
        fault = violated if isinstance(document.get("__type"), str) else tolerated
        yield fault(f"boto3 reads the code {code!r}", f"it reads {given.code!r}")
    elif texts and given.message != texts[0]:
        yield violated(f"boto3 reads the message {texts[0]!r}", f"it reads {given.message!r}")
    elif code or texts:
        yield OK


@requirement(
    "boto3/accepted",
    "An update that boto3 writes is accepted, as the same members without boto3 were.",
    evidence=Evidence.DOCUMENTED,
    citations=(page("See Also: the operation in the AWS SDKs"), service_model("UpdateExpressGatewayService")),
)
def updates_of_boto3_are_accepted(observation: Observation) -> Iterator[Grade]:
    """boto3 escapes what is not ASCII, and says in headers of its own who sends and which attempt it is.

    What else came of such an update the other requirements judge, as of any other one.
    """
    twin, request = observation.twin, observation.exchange.request
    if twin is None or observation.response is None or not accepted(twin) or wrote(twin.request):
        return
    if not wrote(request) or request.members != twin.request.members:
        return
    if observation.accepted:
        yield OK
    elif refused_for_itself(observation):
        code = error_code(observation.exchange) or "no error class"
        yield violated("accepted, as its twin was", f"status {observation.response.status}, {code}")
