"""A relay on this machine: another tool sends its requests here, and the suite sends them on in its own way.

So what is recorded is what the suite sent and received, to the byte; the tool needs no credentials; and the
requests come one after the other, with what the suite asks in between.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

from conformance.exchange import Request, Response

Answer = Callable[[Request], Response | None]
"""Sends a request on; None if there is no answer to it."""

_MAX_BODY = 16 << 20
_PATIENCE = 10.0  # seconds for a request to arrive as a whole
_LONGEST_LINE = 1 << 16
_NO_ANSWER = Response(status=502)
# What is between the tool and the relay only, or is the suite's own business.
_OWN_HEADERS = re.compile(
    "(accept-encoding|authorization|connection|content-length|host|keep-alive|proxy-.*|te|trailer"
    "|transfer-encoding|upgrade|x-amz-(content-sha256|date|security-token)|x-schemathesis-.*)",
    re.IGNORECASE,
)


class Relay(HTTPServer):
    """Listens on a free port of the loopback interface; serves in the thread that calls :meth:`serve`."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer = answer

    @property
    def url(self) -> str:
        """Where the tool is to send."""
        return f"http://127.0.0.1:{self.server_port}"

    def serve(self, seconds: float) -> None:
        """Wait so long for a connection, and serve it if there is one.

        Raises:
            Exception: whatever the answering raised.
        """
        self.timeout = seconds
        self.handle_request()

    def close(self) -> None:
        """Stop listening."""
        self.server_close()

    def handle_error(self, request: Any, _client_address: Any) -> None:
        """What goes wrong in answering is for who serves; the standard library would print it."""
        self.shutdown_request(request)
        raise  # noqa: PLE0704  it is called where the error is handled


class _Handler(BaseHTTPRequestHandler):
    """One connection of one request: HTTP/1.0, so that no idle one keeps others waiting."""

    timeout = _PATIENCE
    server: Relay

    def handle_one_request(self) -> None:
        """Read a request, send it on, and write the answer; a tool that is gone needs none."""
        self.close_connection = True
        try:
            request = self._read()
        except (OSError, ValueError):
            return
        if request is None:
            return
        response = self.server.answer(request) or _NO_ANSWER
        try:
            self._write(response)
        except OSError:
            return

    def _read(self) -> Request | None:
        """The request; None if it is none."""
        self.raw_requestline = self.rfile.readline(_LONGEST_LINE)
        if not self.raw_requestline or not self.parse_request():
            return None
        length = int(self.headers.get("Content-Length") or 0)
        # Anything but a path could lead a signed request to another host.
        if not 0 <= length <= _MAX_BODY or not self.path.startswith("/"):
            return None
        body = self.rfile.read(length)
        headers = tuple((n, v) for n, v in self.headers.items() if not _OWN_HEADERS.fullmatch(n))
        target = next((value for name, value in headers if name.lower() == "x-amz-target"), "")
        return Request(
            operation=target.rpartition(".")[2],
            method=self.command,
            path=self.path,
            headers=headers,
            body=body,
        )

    def _write(self, response: Response) -> None:
        self.send_response_only(response.status)
        for name, value in response.headers:
            if not _OWN_HEADERS.fullmatch(name):
                self.send_header(name, value)
        self.send_header("Content-Length", str(len(response.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.body)

    def log_message(self, *_arguments: Any) -> None:
        """Nothing is logged: the recording has it all."""
