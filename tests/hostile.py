"""Scripted HTTP servers on raw sockets, for targets that misbehave."""

from __future__ import annotations

import json
import socket
import struct
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

CONTENT_TYPE = "application/x-amz-json-1.1"


@dataclass
class Received:
    """One request as it arrived."""

    line: str
    headers: dict[str, str]
    body: bytes
    connection: int


@dataclass
class Server:
    """A listening server: where it is, and what it received."""

    url: str
    requests: list[Received] = field(default_factory=list)
    connections: int = 0


def http(body=b"", status=200, headers=(), *, length=None):
    """The bytes of an ordinary answer."""
    body = body if isinstance(body, bytes) else json.dumps(body).encode()
    named = {"Content-Type": CONTENT_TYPE, "Content-Length": len(body) if length is None else length}
    lines = [f"{name}: {value}" for name, value in {**named, **dict(headers)}.items() if value is not None]
    return "\r\n".join([f"HTTP/1.1 {status} Said", *lines, "", ""]).encode() + body


def says(*parts, pause=0.0, close=False):
    """A script: send these bytes one after the other, with a pause before each but the first."""

    def script(connection, _request):
        for number, part in enumerate(parts):
            time.sleep(pause if number else 0)
            connection.sendall(part)
        return not close

    return script


def drips(head, rest, pause):
    """A script: send the head, then one byte after each pause, for as long as somebody listens."""

    def script(connection, _request):
        connection.sendall(head)
        for byte in rest:
            time.sleep(pause)
            connection.sendall(bytes([byte]))
        return False

    return script


def floods(size):
    """A script: a body of so many bytes, of which no two chunks are kept."""

    def script(connection, _request):
        connection.sendall(http(length=size))
        chunk = b"x" * (1 << 16)
        for _ in range(size // len(chunk)):
            connection.sendall(chunk)
        return False

    return script


def hangs(connection, _request):
    """A script: say nothing until the caller gives up."""
    connection.settimeout(20)
    connection.recv(1)
    return False


def resets(*first):
    """A script: send these bytes, then reset the connection."""

    def script(connection, _request):
        for part in first:
            connection.sendall(part)
            time.sleep(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        return False

    return script


def by_operation(scripts, otherwise=None):
    """A script: answer each operation in its own way."""

    def script(connection, request):
        operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
        chosen = scripts.get(operation, otherwise)
        return chosen(connection, request)

    return script


@contextmanager
def serving(*scripts, wrap=None):
    """A server that plays the scripts, one for each request, the last one again and again."""
    listener = socket.create_server(("127.0.0.1", 0))
    port = listener.getsockname()[1]
    server = Server(f"http://127.0.0.1:{port}")
    open_connections = []

    def handle(connection, number):
        with suppress(OSError, ValueError), connection:
            secured = wrap(connection) if wrap else connection
            stream = secured.makefile("rb")
            while (request := _request(stream, number)) is not None:
                server.requests.append(request)
                script = scripts[min(len(server.requests), len(scripts)) - 1]
                if not script(secured, request):
                    break
            stream.close()

    def accept():
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            server.connections += 1
            open_connections.append(connection)
            threading.Thread(target=handle, args=(connection, server.connections), daemon=True).start()

    acceptor = threading.Thread(target=accept, daemon=True)
    acceptor.start()
    try:
        yield server
    finally:
        with suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for connection in open_connections:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
            connection.close()
        acceptor.join(timeout=5)


def _request(stream, number):
    line = stream.readline().decode("latin-1").strip()
    if not line:
        return None
    headers = {}
    while field_line := stream.readline().decode("latin-1").strip():
        name, _, value = field_line.partition(":")
        headers[name.strip().lower()] = value.strip()
    body = stream.read(int(headers.get("content-length", 0)))
    return Received(line=line, headers=headers, body=body, connection=number)
