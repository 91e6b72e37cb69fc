"""A proxy that is at fault: what stands between the suite and a target fails as networks and balancers do.

Written here because microburst 0.10, the package for it, cannot do three things that the tests stand on: it
has no seed, so that a run cannot be had again; it answers with the errors of AWS only, and never with the
HTML page of a load balancer; and it cannot lose an answer whole after the request was processed, nor fail
with an error then. (It also brings aiohttp, for what the standard library does in these lines.)

Bytes go through unchanged in both directions, so that signatures hold.
"""

from __future__ import annotations

import json
import random
import re
import socket
import socketserver
import struct
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import BinaryIO
from urllib.parse import urlsplit

Ask = Callable[[], bytes]
"""Sends the request on, and returns the bytes of the answer."""
_SECONDS = 30
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class ConnectionLostError(Exception):
    """The connection to the client is to be reset, after these bytes."""

    def __init__(self, sent: bytes = b"") -> None:
        super().__init__()
        self.sent = sent


def _http(status: int, kind: str, body: bytes, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Fault", f"Content-Type: {kind}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join([*lines, "", ""]).encode() + body


def _error(status: int, code: str, message: str) -> bytes:
    """An error as the service writes it."""
    body = json.dumps({"__type": code, "message": message}).encode()
    return _http(status, "application/x-amz-json-1.1", body, "x-amzn-RequestId: 0f0f0f0f-fault")


def _page(status: int, title: str) -> bytes:
    """A page as a load balancer writes it."""
    text = f"<html><head><title>{status} {title}</title></head><body><h1>{status} {title}</h1></body></html>"
    return _http(status, "text/html", text.encode(), "Server: awselb/2.0")


def _throttled(status: int) -> Callable[[Ask], bytes]:
    return lambda _ask: _error(status, "ThrottlingException", "Rate exceeded")


def _failed(_ask: Ask) -> bytes:
    return _error(500, "ServerException", "Service fault")


def _failed_after(ask: Ask) -> bytes:
    ask()
    return _error(500, "ServerException", "Service fault")


def _reset(_ask: Ask) -> bytes:
    raise ConnectionLostError


def _reset_after(ask: Ask) -> bytes:
    ask()
    raise ConnectionLostError


def _timed_out_after(ask: Ask) -> bytes:
    ask()
    return _page(504, "Gateway Time-out")


def _delayed(ask: Ask) -> bytes:
    time.sleep(0.05)
    return ask()


def _truncated(ask: Ask) -> bytes:
    """All of the head, which tells the length, and half of the body."""
    head, _, body = ask().partition(b"\r\n\r\n")
    raise ConnectionLostError(head + b"\r\n\r\n" + body[: len(body) // 2])


FAULTS: Mapping[str, tuple[Callable[[Ask], bytes], ...]] = {
    "throttling": (_throttled(400), _throttled(429), _throttled(503)),
    "server-faults": (_failed, _failed_after),
    "gateway-pages": (
        lambda _ask: _page(502, "Bad Gateway"),
        lambda _ask: _page(503, "Service Temporarily Unavailable"),
        _timed_out_after,
    ),
    "resets": (_reset, _reset_after),
    "delays": (_delayed,),
    "truncation": (_truncated,),
}
"""Kinds of faults by name, and the forms of each; about every second one comes after the request was done."""


@dataclass
class Proxy:
    """A proxy at work.

    Attributes:
        url: where it listens.
        done: how often each kind of fault was done; ``none`` for requests that had none.
    """

    url: str
    done: Counter[str] = field(default_factory=Counter)


@contextmanager
def faulty(
    upstream: str,
    *kinds: str,
    rate: float,
    seed: int = 0,
    alter: Callable[[bytes], bytes] = lambda answer: answer,
) -> Iterator[Proxy]:
    """A proxy before a server.

    Args:
        upstream: the server's URL.
        kinds: names of :data:`FAULTS`.
        rate: the share of requests that meet a fault, of all these kinds alike.
        seed: which of the requests do, counted as they arrive.
        alter: what becomes of an answer that goes through.
    """
    dice, lock = random.Random(seed), threading.Lock()
    address = urlsplit(upstream)

    def thrown() -> Callable[[Ask], bytes]:
        """What becomes of the next request; the dice are thrown alike whether it is hit or not."""
        with lock:
            hit, kind = dice.random() < rate, dice.choice(kinds)
            form = dice.choice(FAULTS[kind])
            proxy.done[kind if hit else "none"] += 1
        return form if hit else lambda ask: alter(ask())

    class Handler(socketserver.StreamRequestHandler):
        disable_nagle_algorithm = True

        def handle(self) -> None:
            with suppress(OSError):
                while request := _message(self.rfile):
                    self.answer(thrown(), request)

        def answer(self, fault: Callable[[Ask], bytes], request: bytes) -> None:
            try:
                self.wfile.write(fault(lambda: _asked((address.hostname, address.port), request)))
            except ConnectionLostError as lost:
                self.wfile.write(lost.sent)
                # The connection is reset, and not closed, where the half of an answer shall not pass for one.
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()
                raise ConnectionResetError from lost

    with _Server(("127.0.0.1", 0), Handler) as server:
        proxy = Proxy(f"http://127.0.0.1:{server.server_address[1]}")
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield proxy
        finally:
            server.shutdown()
            thread.join()


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64


def _asked(address: tuple[str | None, int | None], request: bytes) -> bytes:
    """The bytes of the server's answer, over a connection of its own."""
    with socket.create_connection(address, _SECONDS) as connection, connection.makefile("rb") as stream:
        connection.sendall(request)
        return _message(stream)


def _message(stream: BinaryIO) -> bytes:
    """The bytes of one request or answer of a known length; empty where there is none any more."""
    head = b""
    while line := stream.readline():
        head += line
        if line == b"\r\n":
            break
    length = _LENGTH.search(head)
    return head + (stream.read(int(length[1])) if length else b"")
