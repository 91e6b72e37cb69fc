"""The probe: has the target the operation, does it speak ECS at all, and does it let us in?"""

from __future__ import annotations

import socket

import pytest
from hostile import by_operation, hangs, http, resets, says, serving

from conformance import model
from conformance.exceptions import TargetError
from conformance.suite.probe import supports_operation
from conformance.wire import Endpoint, Limits, Wire

LIMITS = Limits(connect_timeout=0.5, read_timeout=0.3, max_body_bytes=10_000)
CONTROL = f"{model.OPERATION}ThatDoesNotExist"
CLUSTERS = says(http({"clusterArns": []}))


def error(code, status=400):
    """A script: refuse with this class."""
    return says(http({"__type": code, "message": "no"}, status))


def probed(*scripts, url=None):
    """What the probe finds at a server that plays these scripts, and the operations that it was asked for."""
    seen = []
    with serving(*scripts) as server:
        wire = Wire(Endpoint(url=url or server.url), LIMITS)
        try:
            found = supports_operation(wire, seen.append)
        finally:
            wire.close()
    assert [exchange.tag.phase for exchange in seen] == ["setup"] * len(seen)
    assert {exchange.request.body for exchange in seen} == {b"{}"}
    assert len(seen) <= 3
    return found


def refused(*scripts, url=None):
    """What is said of a target that cannot be judged."""
    with pytest.raises(TargetError) as caught:
        probed(*scripts, url=url)
    assert caught.value.hint
    assert "\n" not in str(caught.value)
    return str(caught.value)


UNKNOWN = "com.amazon.coral.service#UnknownOperationException"


@pytest.mark.parametrize(
    "answers",
    [
        {model.OPERATION: error("InvalidParameterException"), CONTROL: error(UNKNOWN)},
        {model.OPERATION: error("InvalidParameterException"), CONTROL: error("InvalidParameterException")},
        {model.OPERATION: error("ClientException"), CONTROL: says(http(b"", 404))},
        {model.OPERATION: error("ServerException", 500), CONTROL: error(UNKNOWN)},
        {model.OPERATION: says(http(b"oops", 500)), CONTROL: error(UNKNOWN)},
        {model.OPERATION: says(http({"service": {}})), CONTROL: error("InvalidAction")},
        {model.OPERATION: error("AccessDeniedException"), CONTROL: error(UNKNOWN)},
    ],
)
def test_a_target_with_the_operation_has_it_however_broken(answers):
    """An answer that differs from that to a made-up operation, or a declared error, shows the operation."""
    assert probed(by_operation({**answers, "ListClusters": CLUSTERS}))


@pytest.mark.parametrize(
    "answer",
    [
        error(UNKNOWN),
        error("InvalidAction"),
        error("NotImplementedException", 501),
        error("UnknownOperation", 404),
        error("InternalFailure", 500),
        says(http(b"", 404)),
        says(http(b"<html>not found</html>", 404, {"Content-Type": "text/html"})),
        says(http({"message": "no such operation"}, 400)),
    ],
    ids=range(8),
)
def test_a_target_without_the_operation(answer):
    """A target that answers it like a made-up one, and speaks ECS otherwise, does not have it."""
    assert not probed(by_operation({"ListClusters": CLUSTERS}, answer))


def test_a_target_that_may_not_list_clusters_speaks_ecs():
    """An error of the protocol's form shows as well that the target speaks it."""
    assert not probed(by_operation({"ListClusters": error("AccessDeniedException")}, error(UNKNOWN)))


@pytest.mark.parametrize(
    "answer",
    [
        says(http(b"<html>Welcome</html>", 200, {"Content-Type": "text/html"})),
        says(http(b"<html>no</html>", 404, {"Content-Type": "text/html"})),
        says(http({})),
        says(http({"detail": "Not Found"}, 404, {"Content-Type": "application/json"})),
        says(http([], 200)),
        says(http(b"", 204)),
        says(http(b"\xff\xfe", 200, {"Content-Type": None})),
        says(http(b"{" * 9000)),
    ],
    ids=range(8),
)
def test_what_is_no_ecs_endpoint(answer):
    """A server that answers everything alike is no ECS endpoint; what it answered is told."""
    said = refused(answer)
    assert "is no ECS endpoint" in said
    assert "ListClusters" in said


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_told_and_not_followed(status):
    """Where a redirect leads is told, so that the user can go there."""
    with serving(CLUSTERS) as elsewhere:
        said = refused(says(http(b"", status, {"Location": elsewhere.url})))
        assert elsewhere.url in said
        assert not elsewhere.requests


@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("UnrecognizedClientException", 400),
        ("InvalidSignatureException", 400),
        ("SignatureDoesNotMatch", 403),
        ("MissingAuthenticationTokenException", 403),
        ("ExpiredTokenException", 400),
    ],
)
def test_refused_credentials_are_told(code, status):
    """A target that does not take the credentials is not called unsupported."""
    said = refused(error(code, status))
    assert f"refuses the credentials: {code}" in said
    assert "--profile" in said


@pytest.mark.parametrize(
    ("script", "words"),
    [
        (hangs, "Is it busy"),
        (resets(), "not HTTPS"),
        (says(b"SSH-2.0-OpenSSH\r\n", close=True), "HTTPS"),
        (says(http(b"x" * 20_000)), "something else"),
    ],
    ids=["hang", "reset", "no HTTP", "too large"],
)
def test_a_target_that_does_not_answer(script, words):
    """Whatever kind of failure it is, one line says so, with a hint of its own."""
    said = refused(script)
    assert "does not answer" in said
    assert words in said


def test_nobody_there():
    """A closed port is told at once."""
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    assert "Is it running" in refused(CLUSTERS, url=f"http://127.0.0.1:{port}")


def test_the_wrong_scheme():
    """HTTPS at a server that speaks plainly is told as such."""

    def refuse(connection):
        connection.sendall(http(b"", 400))
        return connection

    with serving(hangs, wrap=refuse) as server:
        said = refused(CLUSTERS, url=server.url.replace("http:", "https:"))
    assert "begin with http://" in said
