"""The wire client: exact bytes, a true signature, and no patience with what misbehaves."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import time

import botocore.auth
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hostile import CONTENT_TYPE, drips, floods, hangs, http, resets, says, serving

from conformance import model
from conformance.exchange import REDACTED
from conformance.wire import Endpoint, Limits, Wire, awsjson

REQUEST = awsjson(model.OPERATION, {"serviceArn": "arn:é", "cpu": "256"})
LIMITS = Limits(connect_timeout=0.5, read_timeout=0.4, max_body_bytes=1 << 20)
KEY = {"access_key": "AKIAIOSFODNN7EXAMPLE", "secret_key": "wJalrXUtnFEMI", "token": "session-token-0815"}


def send(server, request=REQUEST, limits=LIMITS, **endpoint):
    """One exchange with a server."""
    wire = Wire(Endpoint(url=server if isinstance(server, str) else server.url, **endpoint), limits)
    try:
        return wire.send(request)
    finally:
        wire.close()


def failure(*scripts, **options):
    """The failure of an exchange with a server that plays these scripts, and how long it took."""
    with serving(*scripts) as server:
        started = time.monotonic()
        exchange = send(server, **options)
        taken = time.monotonic() - started
    assert exchange.response is None
    assert len(server.requests) <= 1
    return exchange.failure.kind, taken


def test_the_bytes_and_headers_arrive_as_they_are():
    """The body arrives byte for byte, with the headers of the protocol and no encoding asked for."""
    with serving(says(http({}))) as server:
        send(server)
    (received,) = server.requests
    assert received.line == "POST / HTTP/1.1"
    assert received.body == '{"serviceArn": "arn:é", "cpu": "256"}'.encode()
    assert received.headers["content-type"] == CONTENT_TYPE
    assert (
        received.headers["x-amz-target"] == "AmazonEC2ContainerServiceV20141113.UpdateExpressGatewayService"
    )
    assert received.headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("body", [b"", b"\xff\xfe{", b"{", b"null"])
def test_broken_bodies_are_sent_as_they_are(body):
    """Bytes that are no JSON are sent unchanged."""
    with serving(says(http({}))) as server:
        exchange = send(server, awsjson(model.OPERATION, body))
    assert server.requests[0].body == body
    assert exchange.request.body == body


@pytest.mark.parametrize("path", ["", "/prefix"])
def test_the_signature_is_true(path, monkeypatch):
    """botocore, given what arrived, computes the same signature."""
    with serving(says(http({}))) as server:
        send(f"{server.url}{path}", region="eu-west-1", **KEY)
    received = server.requests[0]
    authorization = received.headers["authorization"]
    names = authorization.partition("SignedHeaders=")[2].partition(",")[0].split(";")
    assert {"content-type", "host", "x-amz-date", "x-amz-security-token", "x-amz-target"} <= {*names}
    moment = dt.datetime.strptime(received.headers["x-amz-date"], "%Y%m%dT%H%M%SZ")  # noqa: DTZ007
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda *_: moment, raising=False)
    again = AWSRequest("POST", f"http://{received.headers['host']}{received.line.split()[1]}")
    again.data = received.body
    for name in set(names) - {"host", "x-amz-date", "x-amz-security-token"}:
        again.headers[name] = received.headers[name]
    signer = SigV4Auth(Credentials(*KEY.values()), "ecs", "eu-west-1")
    signer.add_auth(again)
    assert again.headers["X-Amz-Date"] == received.headers["x-amz-date"]
    assert again.headers["Authorization"] == authorization


def test_the_answer_is_kept_as_it_is():
    """Status, all headers with their letter case and repetitions, and the body's bytes are kept."""
    body = b'{"a": 1, "a": 2}\xff'
    raw = http(body, 418).replace(b"Content-Type", b"X-Twice: 1\r\nX-Twice: 2\r\ncONTENT-type")
    with serving(says(raw)) as server:
        response = send(server).response
    assert (response.status, response.body) == (418, body)
    assert [header for header in response.headers if header[0] == "X-Twice"] == [
        ("X-Twice", "1"),
        ("X-Twice", "2"),
    ]
    assert response.header("content-type") == CONTENT_TYPE


def test_an_encoded_body_is_not_decoded():
    """A body that claims to be compressed is kept as it came."""
    with serving(says(http(b"\x1f\x8bnot gzip", headers={"Content-Encoding": "gzip"}))) as server:
        assert send(server).response.body == b"\x1f\x8bnot gzip"


def test_one_connection_serves_many_exchanges():
    """Exchanges that follow each other go over one connection."""
    with serving(says(http({"n": 1}))) as server:
        wire = Wire(Endpoint(url=server.url), LIMITS)
        assert all(wire.send(REQUEST).response.json == {"n": 1} for _ in range(5))
        wire.close()
    assert (len(server.requests), server.connections) == (5, 1)


@pytest.mark.parametrize("status", [204, 304])
def test_answers_without_a_body_leave_the_connection_usable(status):
    """After an answer that has no body, the next one is that of the next request."""
    with serving(says(http(status=status, length=None)), says(http({"n": 2}))) as server:
        wire = Wire(Endpoint(url=server.url), LIMITS)
        assert wire.send(REQUEST).response.status == status
        assert wire.send(REQUEST).response.json == {"n": 2}
        wire.close()


@pytest.mark.parametrize("interim", [100, 102, 103, 199])
def test_interim_answers_are_skipped(interim):
    """An interim answer is not the answer, and does not shift the following ones."""
    early = f"HTTP/1.1 {interim} Wait\r\nLink: x\r\n\r\n".encode()
    with serving(says(early, early, http({"n": 1}), pause=0.05), says(http({"n": 2}))) as server:
        wire = Wire(Endpoint(url=server.url), LIMITS)
        assert [wire.send(REQUEST).response.json for _ in range(2)] == [{"n": 1}, {"n": 2}]
        wire.close()


def test_bytes_after_an_answer_are_not_the_next_answer():
    """What a server sends beyond its answer is not taken for the next one."""
    with serving(says(http({"n": 1}) + http({"n": 99})), says(http({"n": 2}))) as server:
        wire = Wire(Endpoint(url=server.url), LIMITS)
        assert [wire.send(REQUEST).response.json for _ in range(2)] == [{"n": 1}, {"n": 2}]
        wire.close()


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_redirects_are_not_followed(status):
    """A redirect is an answer like any other."""
    with serving(says(http({}))) as elsewhere:
        answer = http(b"moved", status, {"Location": elsewhere.url})
        with serving(says(answer)) as server:
            response = send(server).response
    assert (response.status, response.header("location")) == (status, elsewhere.url)
    assert not elsewhere.requests


@pytest.mark.parametrize("status", [429, 500, 503])
def test_errors_are_not_retried(status):
    """A throttled or failed request is sent once."""
    with serving(says(http({}, status, {"Retry-After": "0"}))) as server:
        assert send(server).response.status == status
    assert len(server.requests) == 1


BROKEN = {
    "reset before the answer": (resets(), "reset"),
    "reset in the headers": (resets(b"HTTP/1.1 200 OK\r\nContent-"), "reset"),
    "reset in the body": (resets(http(b"abc", length=9)), "reset"),
    "closed without an answer": (says(b"", close=True), "reset"),
    "closed within the body": (says(http(b"abc", length=9), close=True), "reset"),
    "closed within a chunk": (
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", close=True),
        "reset",
    ),
    "no HTTP": (says(b"SSH-2.0-OpenSSH_9.6\r\n", close=True), "protocol"),
    "a TLS alert": (says(b"\x15\x03\x01\x00\x02\x02\x46", close=True), "protocol"),
    "a wrong chunk size": (
        says(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", close=True),
        "reset",
    ),
    "two lengths": (
        says(http(b"abc", headers={"X": "y\r\nContent-Length: 3\r\nContent-Length: 4"}, length=None)),
        "protocol",
    ),
    "an endless header": (says(b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000), "protocol"),
    "endless headers": (says(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200), "protocol"),
}


@pytest.mark.parametrize("script", BROKEN)
def test_broken_answers_are_failures(script):
    """What is no whole answer is a failure of its kind, once; nobody waits for the time-out."""
    kind, _ = failure(BROKEN[script][0])
    assert kind == BROKEN[script][1]


SLOW = {
    "a hang": hangs,
    "a drip in the status line": drips(b"", b"HTTP/1.1 200 OK" * 9, 0.05),
    "a drip in the headers": drips(b"HTTP/1.1 200 OK\r\n", b"X-Slow: drip\r\n" * 9, 0.05),
    "a drip in the body": drips(http(length=1000), b"x" * 100, 0.05),
    "a drip in a chunk": drips(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n", b"x" * 100, 0.05
    ),
    "endless interim answers": drips(b"HTTP/1.1 100 Wait\r\n\r\n", b"HTTP/1.1 102 Wait\r\n\r\n" * 9, 0.01),
    "a hang in the body": says(http(b"abc", length=9)),
}


@pytest.mark.parametrize("script", SLOW)
def test_the_whole_answer_has_a_deadline(script):
    """However slowly an answer drips, the exchange ends when its time is over."""
    kind, taken = failure(SLOW[script])
    assert kind == "timeout"
    assert LIMITS.read_timeout * 0.9 < taken < LIMITS.read_timeout + 2


def test_a_slow_answer_in_time_is_an_answer():
    """An answer that comes in pieces, but in time, is whole."""
    parts = (b"HTTP/1.1 200 OK\r\n", b"Content-Length: 2\r\n\r\n", b"{", b"}")
    with serving(says(*parts, pause=0.05)) as server:
        assert send(server).response.body == b"{}"


def test_each_exchange_has_a_deadline_of_its_own():
    """Over one connection, the time of an exchange begins with it."""
    with serving(says(b"", http({}), pause=0.2)) as server:
        wire = Wire(Endpoint(url=server.url), LIMITS)
        assert all(wire.send(REQUEST).response for _ in range(4))
        wire.close()
    assert server.connections == 1


def test_a_gigabyte_is_cut_off():
    """A body beyond the cap is a failure long before it has arrived."""
    kind, taken = failure(floods(1 << 30), limits=Limits(max_body_bytes=1 << 20))
    assert kind == "too-large"
    assert taken < 2


def test_a_body_as_large_as_the_cap_is_kept():
    """The cap itself is allowed."""
    with serving(says(http(b"x" * 1000))) as server:
        assert len(send(server, limits=Limits(max_body_bytes=1000)).response.body) == 1000


def test_nobody_listens():
    """A closed port is a failure to connect, told at once."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert send(f"http://127.0.0.1:{port}").failure.kind == "connect"


def test_a_name_that_does_not_exist():
    """An unknown host is a failure to connect."""
    assert send("http://no-such-host.invalid:80").failure.kind == "connect"


def test_tls_to_a_server_that_speaks_plainly():
    """TLS at a server that does not speak it is a failure of its own kind."""

    def refuse(connection):
        connection.sendall(http(status=400))
        return connection

    with serving(hangs, wrap=refuse) as server:
        assert send(server.url.replace("http:", "https:")).failure.kind == "tls"


def test_plain_words_to_a_server_that_speaks_tls():
    """Plain HTTP at a server that wants TLS is no answer."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with serving(hangs, wrap=lambda connection: context.wrap_socket(connection, server_side=True)) as server:
        assert send(server).failure.kind in {"reset", "protocol"}


def test_after_a_failure_the_next_exchange_is_clean():
    """A late answer to an exchange that was given up is not that of the next one."""
    with serving(says(b"", http({"n": 1}), pause=0.6), says(http({"n": 2}))) as server:
        wire = Wire(Endpoint(url=server.url), LIMITS)
        assert wire.send(REQUEST).failure.kind == "timeout"
        assert wire.send(REQUEST).response.json == {"n": 2}
        wire.close()


def test_a_server_that_quotes_the_request_gives_nothing_away():
    """A session token or a signature that an answer repeats is not kept."""

    def echo(connection, request):
        quoted = f"{request.headers['authorization']} {request.headers['x-amz-security-token']}".encode()
        connection.sendall(http(quoted, 403, {"X-Said": request.headers["x-amz-security-token"]}))
        return True

    with serving(echo) as server:
        exchange = send(server, **KEY)
    signature = server.requests[0].headers["authorization"].rpartition("=")[2]
    text = str(exchange.to_json())
    assert all(secret not in text for secret in (signature, KEY["secret_key"], KEY["token"]))
    assert REDACTED.encode() in exchange.response.body
