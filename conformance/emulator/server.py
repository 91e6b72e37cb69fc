"""The reference emulator over HTTP, in a process of its own: ``python -m conformance.emulator.server``.

werkzeug's own handler closes every connection, and waits 10 ms at the end of each request to see whether the
client has more to say. This one reads a request completely before it is answered, so it can keep connections.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import traceback
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from io import BytesIO
from threading import Thread
from typing import Any

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server
from werkzeug.test import run_wsgi_app

from conformance.emulator.conditions import Conditions, declare
from conformance.emulator.errors import serialization, server_error
from conformance.emulator.front import Front
from conformance.emulator.iam import enrol
from conformance.emulator.mount import ExpressResponse, JsonRequest, mount
from conformance.emulator.profiles import Profile
from conformance.emulator.routing import PREFIX
from conformance.emulator.simulation import Simulation
from conformance.emulator.variants import Variant, parts_of, variant_named
from conformance.emulator.writing import Writer
from conformance.exceptions import ConfigurationError

_MAX_BODY = 64 * 2**20
_BLOCK = 2**16
_PATIENCE = 10.0  # seconds for a body to arrive


class Application:
    """Requests to ECS straight to the mounted class, everything else through moto's dispatcher.

    Flask and its CORS extension cost more than an Express operation does.

    Args:
        ecs: the class that :func:`conformance.emulator.mount.mount` returned.
    """

    def __init__(self, ecs: type[ExpressResponse]) -> None:
        self.ecs = ecs

    @cached_property
    def moto(self) -> Any:
        """The services beside ECS: IAM, STS and whatever else moto has."""
        return DomainDispatcherApplication(create_backend_app)

    def __call__(self, environ: dict[str, Any]) -> tuple[int, Iterable[tuple[str, str]], bytes]:
        """The status, headers and body of the answer."""
        if environ.get("HTTP_X_AMZ_TARGET", "").startswith(PREFIX):
            status, headers, body = self.ecs.dispatch(JsonRequest(environ))
            return status, headers.items(), body.encode() if isinstance(body, str) else body
        chunks, line, more = run_wsgi_app(self.moto, environ, buffered=True)
        return int(line.split()[0]), more.items(), b"".join(chunks)


class Handler(MotoRequestHandler):
    """One connection of any number of requests."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else every answer waits for the client's delayed acknowledgement
    wbufsize = -1  # an answer leaves in one piece

    def run_wsgi(self) -> None:
        """Answer one request. A body that does not arrive as announced makes the connection useless."""
        try:
            environ = self.make_environ()
            self.load_body(environ)
        except (ValueError, OSError):
            self.close_connection = True
            reply = Writer().error("", serialization("The body did not arrive as announced."))
            self.send(reply.status, reply.headers.items(), reply.body)
        else:
            self.send(*self.answer(environ))

    def load_body(self, environ: dict[str, Any]) -> None:
        """Read the body and put it in the place of the stream."""
        self.connection.settimeout(_PATIENCE)
        if environ.get("wsgi.input_terminated"):
            body = _until_end(environ["wsgi.input"])
            environ.pop("HTTP_TRANSFER_ENCODING")
        else:
            body = _exactly(self.rfile, environ.get("CONTENT_LENGTH") or "0")
        self.connection.settimeout(None)
        environ["wsgi.input"] = BytesIO(body)
        environ["CONTENT_LENGTH"] = str(len(body))

    def answer(self, environ: dict[str, Any]) -> tuple[int, Iterable[tuple[str, str]], bytes]:
        """What the application answers; its mistakes are answers too."""
        try:
            return self.server.app(environ)  # type: ignore[call-arg,return-value]  # an Application
        except ConnectionResetError:
            raise  # the network is gone: no answer, and no connection any more
        except Exception:  # noqa: BLE001 - the connection must survive whatever moto does
            traceback.print_exc(file=sys.stderr)
            reply = Writer().error("", server_error())
            return reply.status, reply.headers.items(), reply.body

    def send(self, status: int, headers: Iterable[tuple[str, str]], body: bytes) -> None:
        """Write a whole answer."""
        self.send_response_only(status)
        for name, value in headers:
            if (name, value) == ("Connection", "close"):
                self.close_connection = True
            if name.lower() not in {"content-length", "connection", "transfer-encoding", "date"}:
                self.send_header(name, value)
        self.send_header("Date", self.date_time_string())
        self.send_header("Content-Length", str(len(body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def handle_expect_100(self) -> bool:
        """The client waits for this line, so it must not stay in the buffer."""
        expected = super().handle_expect_100()
        self.wfile.flush()
        return expected

    def log(self, *_: Any) -> None:
        """No access log."""


def serve(
    *,
    host: str = "127.0.0.1",
    port: int = 0,
    mutant: str | None = None,
    profile: str | None = None,
    drain_seconds: float | None = None,
    deployment_seconds: float | None = None,
    conditions: Conditions | None = None,
    region: str = "",
    ready: Callable[[str], None] = print,
) -> None:
    """Serve the emulator until the process gets SIGINT or SIGTERM.

    Args:
        host: the address to listen on.
        port: the port; 0 takes any free one.
        mutant: the name of the one fault to serve with; none for the reference.
        profile: the name of the other choices to serve with; none for the reference's.
        drain_seconds: from Delete until a service is INACTIVE; by default what the profile has, or 0.2.
        deployment_seconds: how long a deployment is in flight; by default what the profile has, or 0.
        conditions: what befalls it; by default nothing that its profile does not bring along.
        region: the only Region to serve; by default all.
        ready: called with the endpoint URL as soon as requests are answered.

    Raises:
        ConfigurationError: there is no such mutant or profile, or the address cannot be had.
    """
    variant = variant_named(mutant or profile or "") if mutant or profile else None
    conditions = conditions or Conditions()
    timing = conditions.timing(variant)
    if drain_seconds is not None:
        timing = replace(timing, drain_seconds=drain_seconds)
    if deployment_seconds is not None:
        timing = replace(timing, deployment_seconds=deployment_seconds)
    front = Front(parts_of(variant), timing=timing, region=region)
    application = _application(front, conditions, variant)
    try:
        server = make_server(host, port, application, threaded=True, request_handler=Handler)
    except (OSError, SystemExit) as error:
        raise ConfigurationError(f"Cannot listen on {host}:{port}.", hint="Choose another --port.") from error
    signal.signal(signal.SIGTERM, _stop)
    # The socket listens already: a request that comes before the loop does waits in its queue.
    ready(f"http://{f'[{host}]' if ':' in host else host}:{server.port}")
    with suppress(SystemExit):
        server.serve_forever()


def _application(front: Front, conditions: Conditions, variant: Variant | None) -> Any:
    """What answers: the emulator by itself, or what stands before it under conditions."""
    if not conditions.are_simulated(variant):
        return Application(mount(front))
    base, settle = None, _nothing
    if isinstance(variant, Profile) and variant.surroundings:
        # Load balancing and logs take long to import, and every start of another emulator would pay for them.
        from conformance.emulator.surroundings import surrounded  # noqa: PLC0415

        base, settle = surrounded(front.timing, leaves=conditions.leaves_resources)
    return Simulation(
        Application(mount(front, base)),
        conditions=conditions,
        rate=conditions.rate(variant),
        clock=front.timing.clock,
        settle=settle,
    )


def _nothing() -> None:
    """What happens by itself where nothing does."""


def main(arguments: Sequence[str] | None = None) -> int:
    """The command line; the exit code."""
    options = _parser().parse_args(arguments)
    if options.exit_with_stdin:
        Thread(target=_stop_with_stdin, daemon=True).start()
    callers = enrol(options.guard, options.trail) if options.guard else {}
    try:
        serve(
            host=options.host,
            port=options.port,
            mutant=options.mutant,
            profile=options.profile,
            drain_seconds=options.drain_seconds,
            deployment_seconds=options.deployment_seconds,
            conditions=Conditions.of(options),
            region=options.guard,
            ready=lambda endpoint: _announce({"endpoint": endpoint, "callers": callers}),
        )
    except ConfigurationError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m conformance.emulator.server",
        description="Serve the reference emulator. Prints its endpoint as one line of JSON when ready.",
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=0, help="port; 0, the default, takes any free one")
    parser.add_argument("--mutant", metavar="NAME", help="serve with this one fault")
    parser.add_argument("--profile", metavar="NAME", help="serve with these other choices")
    parser.add_argument("--drain-seconds", type=float, help="from Delete until INACTIVE; inf: for ever")
    parser.add_argument("--deployment-seconds", type=float, help="how long a deployment lasts; inf: for ever")
    declare(parser)
    parser.add_argument(
        "--guard", metavar="REGION", default="", help="serve this Region only, and check who calls"
    )
    parser.add_argument("--trail", metavar="FILE", default="", help="note what guarded callers ask for")
    parser.add_argument("--exit-with-stdin", action="store_true", help="end when standard input is closed")
    return parser


def _announce(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def _stop(*_: Any) -> None:
    sys.exit(0)


def _stop_with_stdin() -> None:
    """End with the process that holds the other end of standard input, however that one ended."""
    # Not sys.stdin: its lock, held while it waits, would be fatal to the interpreter's own end.
    while os.read(0, _BLOCK):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def _exactly(stream: Any, length: str) -> bytes:
    """As many bytes as Content-Length says."""
    if not (length.isascii() and length.isdecimal()) or int(length) > _MAX_BODY:
        raise ValueError(f"Content-Length {length[:40]} is not usable")
    body: bytes = stream.read(int(length))
    if len(body) < int(length):
        raise ValueError("the body ended early")
    return body


def _until_end(stream: Any) -> bytes:
    """All bytes of a chunked body."""
    body = b""
    while block := stream.read(_BLOCK):
        body += block
        if len(body) > _MAX_BODY:
            raise ValueError("the body is too long")
    return body


if __name__ == "__main__":
    sys.exit(main())
