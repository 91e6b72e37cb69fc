"""From the bytes of a body to the members of a request: awsJson1_1, as strict as AWS's own front end.

The messages are those that AWS's JSON front end is known to give: for ECS "STRING_VALUE cannot be converted
to Integer" (https://github.com/aws/aws-cdk-cli/issues/973), the others in public transcripts of DynamoDB.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

from conformance.emulator.errors import invalid, serialization
from conformance.emulator.records import Members
from conformance.emulator.schema import Node, request_shape

_INT32 = range(-(2**31), 2**31)
_STRUCTURE_FOUND = "Start of structure or map found where not expected."
_LIST_FOUND = "Start of list found where not expected."


class Reader:
    """Reads a request by its shape: unknown members are ignored, null ones are absent."""

    def content_type(self, _value: str) -> None:
        """Any Content-Type will do: a charset must, and of others the protocol says nothing to a server."""

    def agent(self, _value: str) -> None:
        """Any User-Agent will do: it says something of the client and nothing of the request (RFC 9110)."""

    def request(self, operation: str, body: bytes) -> Members:
        """The members of a request.

        Raises:
            Refusal: the body is not JSON, or a value is not of the type that the model has for it.
        """
        document = self.document(body)
        if not isinstance(document, dict):
            raise serialization(_not_expected(document))
        return self.structure(request_shape(operation), document, "")

    def document(self, body: bytes) -> Any:
        """The JSON document in a body; an empty body is an empty request, as the protocol has it."""
        if not body:
            return {}
        try:
            # Decoded here because json.loads would also take UTF-16 and UTF-32.
            return json.loads(body.decode("utf-8"), parse_constant=_no_constant)
        except (ValueError, RecursionError) as error:
            raise serialization("The body is not a JSON document in UTF-8.") from error

    def value(self, node: Node, value: Any, path: str) -> Any:
        """A value that is not null, by its kind."""
        match node.kind:
            case "structure":
                return self.structure(node, value, path)
            case "list":
                return self.list(node, value, path)
            case "integer":
                return self.integer(value)
            case _:
                return self.string(value)

    def structure(self, node: Node, value: Any, path: str) -> dict[str, Any]:
        """The known members of a structure; null members are dropped (Smithy's null.smithy)."""
        if not isinstance(value, dict):
            raise serialization(_not_expected(value))
        return {
            name: self.value(child, value[name], f"{path}.{name}" if path else name)
            for name, child in node.members.items()
            if value.get(name) is not None
        }

    def list(self, node: Node, value: Any, path: str) -> list[Any]:
        """The elements of a list. Dropping a null one would change what was asked, so it is refused."""
        if not isinstance(value, list):
            raise serialization(_not_a_list(value))
        if any(item is None for item in value):
            raise invalid(f"{path} must not contain null.")
        assert node.item is not None  # lists have an element shape
        return [self.value(node.item, item, f"{path}[]") for item in value]

    def integer(self, value: Any) -> int:
        """A 32-bit integer."""
        if isinstance(value, bool) or not isinstance(value, int) or value not in _INT32:
            raise serialization(_not_convertible(value, "Integer"))
        return value

    def string(self, value: Any) -> str:
        """A string."""
        if not isinstance(value, str):
            raise serialization(_not_convertible(value, "String"))
        return value


def _token(value: Any) -> str:
    """What AWS's JSON front end calls a scalar."""
    if isinstance(value, bool):
        return "TRUE_VALUE" if value else "FALSE_VALUE"
    if isinstance(value, str):
        return "STRING_VALUE"
    return "DECIMAL_VALUE" if isinstance(value, float) else "NUMBER_VALUE"


def _not_convertible(value: Any, wanted: str) -> str:
    if isinstance(value, dict):
        return _STRUCTURE_FOUND
    if isinstance(value, list):
        return _LIST_FOUND
    return f"{_token(value)} cannot be converted to {wanted}"


def _not_expected(value: Any) -> str:
    return _LIST_FOUND if isinstance(value, list) else "Unexpected value type in payload"


def _not_a_list(value: Any) -> str:
    return _STRUCTURE_FOUND if isinstance(value, dict) else "Unrecognized collection type class List"


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")
