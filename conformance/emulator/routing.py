"""Which operation of ECS a request asks for."""

from __future__ import annotations

from conformance import model
from conformance.emulator.schema import operation_names

PREFIX = model.target_header("")


class Router:
    """Finds the operation in the line and the headers of a request; the body has no say."""

    def operation(self, method: str, path: str, target: str) -> str | None:
        """The operation that a request asks for; None if there is none of this name or in this place.

        Args:
            method: the HTTP method.
            path: without the query.
            target: the header ``X-Amz-Target``; empty if there is none.
        """
        prefix, dot, name = target.partition(".")
        known = prefix + dot == PREFIX and name in operation_names()
        return name if known and method == "POST" and path == "/" else None
