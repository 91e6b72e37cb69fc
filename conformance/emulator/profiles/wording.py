"""How requests may be written, and how answers are: the choices that the protocol leaves."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from typing import Any

from conformance.emulator.errors import Refusal, serialization
from conformance.emulator.profiles.choice import choice
from conformance.emulator.reading import Reader
from conformance.emulator.records import Members
from conformance.emulator.schema import Node
from conformance.emulator.writing import Reply, Writer

_OPEN = "Smithy awsJson1_1 has no tests of it"
_LARGE = 256 * 1024
_BOM = "\ufeff"
_PROTOCOL_ERRORS = {"SerializationException", "UnknownOperationException", "ValidationException"}
_TIME = re.compile(rb'("(?:created|updated)At": ?)(\d)(\d*)((?:\.\d+)?)')


@choice(
    "form of the protocol's own errors", reference="as the service's", source="public transcripts of DynamoDB"
)
class NamespacedErrors(Writer):
    """With a namespace in ``__type`` and a capital ``Message``."""

    def error_body(self, refusal: Refusal) -> dict[str, Any]:
        """The body of an error."""
        if refusal.code not in _PROTOCOL_ERRORS:
            return super().error_body(refusal)
        return {"__type": f"com.amazon.coral.service#{refusal.code}", "Message": refusal.message}


@choice("further marks of an error", reference="none", source="Smithy awsJson1_1: X-Amzn-Errortype, code")
class MarkedErrors(Writer):
    """The class also in the header X-Amzn-Errortype and in the member ``code``."""

    def error(self, operation: str, refusal: Refusal) -> Reply:
        """The reply to a request that was refused."""
        reply = super().error(operation, refusal)
        marked = {**reply.headers, "X-Amzn-Errortype": f"{refusal.code}:http://internal.amazon.com/coral/"}
        return Reply(status=reply.status, headers=marked, body=reply.body)

    def error_body(self, refusal: Refusal) -> dict[str, Any]:
        """The body of an error."""
        return {"code": refusal.code, **super().error_body(refusal)}


@choice("an unknown operation, path or method", reference="400 in JSON", source=_OPEN)
class UnknownIsNotFound(Writer):
    """404 in XML."""

    def error(self, operation: str, refusal: Refusal) -> Reply:
        """The reply to a request that was refused."""
        if refusal.code != "UnknownOperationException":
            return super().error(operation, refusal)
        headers = {**self.headers(operation), "Content-Type": "text/xml"}
        return Reply(status=404, headers=headers, body=b"<UnknownOperationException/>\n")


@choice("letter case of header names", reference="x-amzn-RequestId", source="RFC 9110: it does not matter")
class LowerCaseHeaders(Writer):
    """All in lower case, and the Content-Type has a charset."""

    def headers(self, _operation: str) -> dict[str, str]:
        """Every reply has its own request id."""
        headers = {name.lower(): value for name, value in super().headers(_operation).items()}
        return {**headers, "content-type": f"{headers['content-type']}; charset=utf-8"}


@choice("white space, escapes and order of members", reference="none, all, the model's", source="RFC 8259")
class SpaciousJson(Writer):
    """Lines and blanks, letters as they are, and the members the other way round."""

    def encode(self, document: Any) -> bytes:
        """A document in JSON; only lone surrogates need escapes."""
        text = json.dumps(_turned(document), indent=1, ensure_ascii=False)
        try:
            return text.encode("utf-8")
        except UnicodeEncodeError:
            return super().encode(document)


def _turned(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _turned(value[name]) for name in reversed(value)}
    return [_turned(item) for item in value] if isinstance(value, list) else value


@choice("how a timestamp is written", reference="in digits", source="RFC 8259: a number may have an exponent")
class Exponents(Writer):
    """With an exponent: 1.7639251234E9."""

    def encode(self, document: Any) -> bytes:
        """A document in JSON."""
        return _TIME.sub(_with_exponent, super().encode(document))


def _with_exponent(found: re.Match[bytes]) -> bytes:
    name, first, rest, fraction = found.groups()
    return b"%s%s.%sE%d" % (name, first, rest + fraction[1:] or b"0", len(rest))


@choice("the connection after an answer", reference="stays open", source="RFC 9112: either side may close it")
class ClosedConnections(Writer):
    """It is closed."""

    def headers(self, _operation: str) -> dict[str, str]:
        """Every reply has its own request id."""
        return {**super().headers(_operation), "Connection": "close"}


@choice("an odd Content-Type, or a member twice", reference="is accepted", source=_OPEN)
class StrictReading(Reader):
    """It is refused, and so is a body without a byte."""

    def content_type(self, _value: str) -> None:
        """Only that of the protocol, with any parameter."""
        if _value.partition(";")[0].strip().lower() != "application/x-amz-json-1.1":
            raise Refusal("UnsupportedMediaTypeException", "The content type is not supported.", status=415)

    def document(self, body: bytes) -> Any:
        """The JSON document in a body."""
        if not body:
            raise serialization("The body is empty.")
        document = super().document(body)
        json.loads(body, object_pairs_hook=_distinct)
        return document


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise serialization("A member comes twice.")
    return members


@choice(
    "a byte order mark, bad UTF-8, data behind the body, letter case", reference="is refused", source=_OPEN
)
class LenientReading(Reader):
    """All of it is accepted; of a member that comes twice the first one counts."""

    def document(self, body: bytes) -> Any:
        """The JSON document in a body."""
        if not body.strip():
            return {}
        text = body.decode("utf-8", "replace").removeprefix(_BOM).lstrip()
        try:
            return json.JSONDecoder(object_pairs_hook=_first).raw_decode(text)[0]
        except (ValueError, RecursionError) as error:
            raise serialization("The body is not a JSON document.") from error

    def structure(self, node: Node, value: Any, path: str) -> dict[str, Any]:
        """The known members of a structure, in any letter case."""
        if isinstance(value, dict):
            names = {name.casefold(): name for name in node.members}
            value = _first([(names.get(name.casefold()) or name, child) for name, child in value.items()])
        return super().structure(node, value, path)


@choice("the size of a body", reference="does not matter", source=_OPEN)
class LargeBodiesRefused(Reader):
    """From 256 KiB on it is refused with 413."""

    def document(self, body: bytes) -> Any:
        """The JSON document in a body."""
        if len(body) >= _LARGE:
            raise Refusal("RequestEntityTooLargeException", "The body is too large.", status=413)
        return super().document(body)


@choice("values of other JSON types", reference="are refused", source="Smithy has no tests of them")
class TypesConverted(Reader):
    """Numbers and texts are taken for each other, a fraction is cut off, and null in a list is left out."""

    def integer(self, value: Any) -> int:
        """An integer, or what looks like one."""
        if isinstance(value, str | float):
            with suppress(ValueError, OverflowError):
                value = int(float(value))
        return value if type(value) is int else super().integer(value)

    def string(self, value: Any) -> str:
        """A text, or a scalar."""
        return json.dumps(value) if isinstance(value, int | float) else super().string(value)

    def list(self, node: Node, value: Any, path: str) -> list[Any]:
        """The elements of a list; one that stands alone is a list of it."""
        elements = value if isinstance(value, list) else [value]
        return super().list(node, [each for each in elements if each is not None], path)


def _first(pairs: list[tuple[str, Any]]) -> Members:
    members: dict[str, Any] = {}
    for name, value in pairs:
        members.setdefault(name, value)
    return members
