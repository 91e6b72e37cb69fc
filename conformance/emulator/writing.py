"""From answers and errors to what goes over the wire: awsJson1_1 (Smithy, "AWS JSON 1.1 protocol")."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from conformance import model
from conformance.emulator.errors import Refusal

_OK = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An HTTP response.

    Attributes:
        status: the status code.
        headers: without those that only the HTTP server can know.
        body: the body.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes


class Writer:
    """Writes replies. An operation's name is passed along for those who write differently for one of them."""

    def success(self, operation: str, answer: dict[str, Any]) -> Reply:
        """The reply to a request that was carried out."""
        return self.reply(operation, _OK, answer)

    def error(self, operation: str, refusal: Refusal) -> Reply:
        """The reply to a request that was refused."""
        return self.reply(operation, self.error_status(refusal), self.error_body(refusal))

    def error_status(self, refusal: Refusal) -> int:
        """The status of an error."""
        return refusal.status

    def error_body(self, refusal: Refusal) -> dict[str, Any]:
        """The body of an error, as ECS is seen to write it: bare shape name, lower-case ``message``."""
        return {"__type": refusal.code, "message": refusal.message}

    def reply(self, operation: str, status: int, document: Any) -> Reply:
        """A reply with a JSON document."""
        return Reply(status=status, headers=self.headers(operation), body=self.encode(document))

    def headers(self, _operation: str) -> dict[str, str]:
        """Every reply has its own request id."""
        return {"x-amzn-RequestId": str(uuid4()), "Content-Type": model.content_type()}

    def encode(self, document: Any) -> bytes:
        """A document in JSON; escapes keep lone surrogates from becoming invalid UTF-8."""
        return json.dumps(document, separators=(",", ":")).encode("ascii")
