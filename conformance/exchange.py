"""What was sent and what came back: the raw material of every judgement.

An exchange is redacted when it is made (see ``redaction``), so nothing downstream can leak what is
confidential, and it survives a round trip through JSON unchanged: a live run and a recording are judged
alike.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

Headers = tuple[tuple[str, str], ...]

REDACTED = "(redacted)"
# No document of the service is nested deeper than eight levels.
_DEEPEST = 100
_STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"')
_BRACKETS = re.compile(r"[][{}]")


@dataclass(frozen=True, kw_only=True)
class Request:
    """One HTTP request as it was put on the wire, without its credentials.

    Attributes:
        operation: the operation named by ``X-Amz-Target``.
        method: the HTTP method.
        path: the request path, with the query if there is one.
        headers: as sent, redacted.
        body: the exact bytes.
        caller: who signed it, and how, where it was not the run's own caller in the usual way: a name of
            :mod:`conformance.signing`.
    """

    operation: str
    method: str = "POST"
    path: str = "/"
    headers: Headers = ()
    body: bytes = b""
    caller: str = ""

    @cached_property
    def json(self) -> Any:
        """The parsed body, or None where it is not JSON."""
        return parsed(self.body)

    @property
    def members(self) -> dict[str, Any]:
        """The members of the body, empty where it is not a JSON object."""
        return self.json if isinstance(self.json, dict) else {}


@dataclass(frozen=True, kw_only=True)
class Response:
    """One HTTP response as it was received: status, headers in their order, body bytes."""

    status: int
    headers: Headers = ()
    body: bytes = b""

    @cached_property
    def json(self) -> Any:
        """The parsed body, or None where it is not JSON."""
        return parsed(self.body)

    @cached_property
    def error_code(self) -> str:
        """The error's shape name as awsJson clients read it; empty where there is none.

        It stands in ``__type`` or in a header, and is cut at ``#`` and ``:``.
        """
        document = self.json
        raw = document.get("__type") if isinstance(document, dict) else None
        if not isinstance(raw, str):
            raw = self.header("x-amzn-errortype") or ""
        return raw.split(":")[0].rpartition("#")[2].strip()

    def header(self, name: str) -> str | None:
        """The first header of that name in any letter case, or None."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why there is no response: a fault of the transport, never a verdict on the target.

    Attributes:
        kind: ``connect``, ``timeout``, ``reset``, ``too-large``, ``tls`` or ``protocol``; in an observation
            also ``gateway``, where something else answered in the target's place.
        message: one line for a person.
    """

    kind: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """Where an exchange belongs.

    Attributes:
        scenario: the scenario's id; empty outside of one.
        case: the number of the test case within the scenario.
        phase: ``setup``, ``survey``, ``convict`` or ``replay``.
        requirement: whom a conviction or a replay is about; empty in a survey.
    """

    scenario: str = ""
    case: int = 0
    phase: str = "survey"
    requirement: str = ""

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Tag:
        """Read the tag of a record.

        Raises:
            KeyError, TypeError: the document is not one.
        """
        return cls(
            scenario=_typed(document["scenario"], str),
            case=_typed(document["case"], int),
            phase=_typed(document["phase"], str),
            requirement=_typed(document.get("requirement", ""), str),
        )


@dataclass(frozen=True, kw_only=True)
class Exchange:
    """One request and its response, or the failure that took the response's place.

    Attributes:
        id: its number within the scenario.
        started: epoch seconds when sending began.
        elapsed: seconds until the last byte.
        twin: the id of the valid request that this one differs from by one defect, if any.
        group: the number of the concurrent history that it belongs to, if any; its exchanges overlap in time.
        client: who of several clients sent it, in such a history.
    """

    id: int
    request: Request
    response: Response | None = None
    failure: Failure | None = None
    started: float = 0.0
    elapsed: float = 0.0
    tag: Tag = field(default_factory=Tag)
    twin: int | None = None
    group: int | None = None
    client: int = 0

    def to_json(self) -> dict[str, Any]:
        """The exchange as a JSON object."""
        request, response, failure, tag = self.request, self.response, self.failure, self.tag
        document: dict[str, Any] = {
            "id": self.id,
            "scenario": tag.scenario,
            "case": tag.case,
            "phase": tag.phase,
            "started": self.started,
            "elapsed": self.elapsed,
            "request": {
                "operation": request.operation,
                "method": request.method,
                "path": request.path,
                "headers": [list(header) for header in request.headers],
                "body": _body_to_json(request.body),
            },
        }
        if tag.requirement:
            document["requirement"] = tag.requirement
        if request.caller:
            document["request"]["caller"] = request.caller
        if self.twin is not None:
            document["twin"] = self.twin
        if self.group is not None:
            document |= {"group": self.group, "client": self.client}
        if response is not None:
            document["response"] = {
                "status": response.status,
                "headers": [list(header) for header in response.headers],
                "body": _body_to_json(response.body),
            }
        if failure is not None:
            document["failure"] = {"kind": failure.kind, "message": failure.message}
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Exchange:
        """Read an exchange written by :meth:`to_json`.

        Raises:
            KeyError, TypeError, ValueError: the document is not one.
        """
        request, response, failure = document["request"], document.get("response"), document.get("failure")
        twin, group = document.get("twin"), document.get("group")
        return cls(
            id=_typed(document["id"], int),
            started=_typed(document["started"], int, float),
            elapsed=_typed(document["elapsed"], int, float),
            twin=None if twin is None else _typed(twin, int),
            group=None if group is None else _typed(group, int),
            client=_typed(document.get("client", 0), int),
            tag=Tag.from_json(document),
            request=Request(
                operation=_typed(request["operation"], str),
                method=_typed(request["method"], str),
                path=_typed(request["path"], str),
                headers=_headers_from_json(request["headers"]),
                body=_body_from_json(request["body"]),
                caller=_typed(request.get("caller", ""), str),
            ),
            response=None if response is None else _response_from_json(response),
            failure=None if failure is None else _failure_from_json(failure),
        )


def parsed(body: bytes) -> Any:
    """The JSON value of these bytes, or None where they are not JSON (RFC 8259: UTF-8, no NaN).

    A document nested beyond all reason counts as none: no walk over it would come back.
    """
    try:
        text = body.decode("utf-8")
        return json.loads(text, parse_constant=_refuse_constant) if is_shallow(text) else None
    except (ValueError, RecursionError):
        return None


def is_shallow(text: str) -> bool:
    """Whether it is nested no deeper than it may be; only a text of many brackets is counted through."""
    if text.count("{") + text.count("[") <= _DEEPEST:
        return True
    depth = 0
    for bracket in _BRACKETS.findall(_STRINGS.sub("", text)):
        depth += 1 if bracket in "{[" else -1
        if depth > _DEEPEST:
            return False
    return True


def _refuse_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _body_to_json(body: bytes) -> str | dict[str, str]:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(body).decode("ascii")}


def _body_from_json(document: str | Mapping[str, str]) -> bytes:
    if isinstance(document, str):
        return document.encode("utf-8")
    return base64.b64decode(document["base64"], validate=True)


def _headers_from_json(document: Iterable[Iterable[str]]) -> Headers:
    headers = tuple((name, value) for name, value in document)
    for header in headers:
        if type(header[0]) is not str or type(header[1]) is not str:
            raise TypeError(f"{header!r} is no header")
    return headers


def _response_from_json(document: Mapping[str, Any]) -> Response:
    return Response(
        status=_typed(document["status"], int),
        headers=_headers_from_json(document["headers"]),
        body=_body_from_json(document["body"]),
    )


def _failure_from_json(document: Mapping[str, Any]) -> Failure:
    return Failure(kind=_typed(document["kind"], str), message=_typed(document["message"], str))


def _typed(value: Any, *types: type) -> Any:
    if not isinstance(value, types) or isinstance(value, bool):
        raise TypeError(f"{value!r} is no {types[0].__name__}")
    return value
