"""A service's own endpoint: whom the suite asks, on whose word, and what a probe comes to."""

from __future__ import annotations

import socket
import ssl
import time
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hostile import drips, floods, http, resets, says, serving
from hypothesis import given
from hypothesis import strategies as st
from json_values import VALUES

from conformance import model
from conformance.ingress import Address, address, may_reach, probe, probed
from conformance.scenarios import prober
from conformance.scenarios.prober import Prober
from conformance.wire import Limits

HERE = "http://127.0.0.1:4566"
FAR = "https://ecs.example.com"
AWS = "https://ecs.eu-west-1.amazonaws.com"
REAL = "ca-0123456789abcdef0123456789abcdef.ecs.eu-west-1.on.aws"

# -- whom to ask -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("endpoint", "api", "url"),
    [
        (REAL, AWS, f"https://{REAL}"),
        ("web.example.com", FAR, "https://web.example.com"),
        ("WEB.Example.com", HERE, "https://WEB.Example.com"),
        ("127.0.0.1:8080", HERE, "http://127.0.0.1:8080"),
        ("localhost", "http://localhost:4566", "http://localhost"),
        ("[::1]:80", "http://[::1]:1", "http://[::1]:80"),
    ],
)
def test_who_is_asked(endpoint, api, url):
    """A host name over HTTPS; this machine over HTTP, if the API is there as well."""
    found = address(endpoint, "/health?deep=1", api=api)
    assert (found.url, found.host, found.path) == (url, endpoint, "/health?deep=1")
    assert found.local == (api not in {AWS, FAR})


@pytest.mark.parametrize(
    ("endpoint", "api"),
    [
        *(
            (text, AWS)
            for text in ["", "aws", "10.0.0.1", "169.254.169.254", "8.8.8.8", "2130706433", "0x7f.1"]
        ),
        *((text, AWS) for text in ["localhost", "127.0.0.1", "127.0.0.1:80", "[::1]", "[fd00:ec2::254]"]),
        *(
            (f"{text}web.example.com", FAR)
            for text in ["http://", "https://", "me@", "me:pw@", "/", "a b", "ä."]
        ),
        *(
            (f"web.example.com{text}", FAR)
            for text in [":80", ":443", "/", "/x", "?x", "#x", "\\x", "\r\nX: y", "."]
        ),
        *(
            (text, FAR)
            for text in ["-a.example.com", "a..example.com", f"{'a' * 64}.com", f"{'a.' * 127}com", "%41.com"]
        ),
        *(
            (text, HERE)
            for text in ["127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:8080/x", "127.0.0.999", "10.0.0.1:80"]
        ),
        *((text, HERE) for text in ["localhost.:80", "localhost:80@example.com", "[::]:80", "web:80"]),
        (REAL, HERE),
        (REAL, FAR),
        ("x.amazonaws.com", FAR),
    ],
)
def test_who_is_not_asked(endpoint, api):
    """No scheme, path, port or password; no address; no machine of ours or of AWS's on another's word."""
    assert address(endpoint, "/", api=api) is None


@pytest.mark.parametrize("path", ["", "x", "//x y", "/\r\nX: y", "/ä", "/#x", "/@", "/" * 2000, None, 5])
def test_a_path_that_is_not_asked(path):
    """Only the characters that a health check path has, and no more of them than it may have."""
    assert address("web.example.com", path, api=FAR) is None


@given(VALUES, VALUES, st.sampled_from([HERE, FAR, AWS]))
def test_no_garbage_is_asked(endpoint, path, api):
    """Whatever a target writes in the place of an endpoint, it is an address that may be asked, or none."""
    found = address(endpoint, path, api=api)
    assert found is None or isinstance(found, Address)


@pytest.mark.parametrize(
    ("text", "far", "near"),
    [
        ("8.8.8.8", True, True),
        ("2600:1f18::1", True, True),
        ("64:ff9b::808:808", True, True),
        ("10.1.2.3", False, True),
        ("172.17.0.2", False, True),
        ("127.0.0.1", False, True),
        ("::1", False, True),
        ("fd12::1", False, True),
        ("::ffff:10.1.2.3", False, True),
        ("169.254.169.254", False, False),
        ("::ffff:169.254.169.254", False, False),
        ("64:ff9b::a9fe:a9fe", False, False),
        ("2002:a9fe:a9fe::1", False, False),
        ("fd00:ec2::254", False, False),
        ("fe80::1%eth0", False, False),
        ("224.0.0.1", False, False),
        ("0.0.0.0", False, False),
        ("::", False, False),
    ],
)
def test_where_a_name_may_lead(text, far, near):
    """To public addresses; to private ones if the API is on this machine; never to a metadata service."""
    assert may_reach(text, local=False) is far
    assert may_reach(text, local=True) is near


def test_probes_are_told_from_requests_to_the_api():
    """A probe has no operation and says what it is; a request to the API, however odd, does not."""
    asked = probe(Address(url="https://web", host="web", path="/"))
    assert probed(asked) == "web"
    assert probed(replace(asked, headers=())) == ""
    assert probed(replace(asked, headers=(("Host", "web"), ("User-Agent", "curl/8")))) == ""
    assert probed(replace(asked, method="POST")) == ""
    assert probed(replace(asked, operation=model.OPERATION)) == ""


# -- the prober ------------------------------------------------------------------------------------------


def at(server, path="/health"):
    """The address of a scripted server, as if a target on this machine had named it."""
    return address(server.url.removeprefix("http://"), path, api=HERE)


def asked(where, number=1):
    """So many probes of an address."""
    with Prober(where, 0.001) as asking:
        deadline = time.monotonic() + 10
        while len(asking.exchanges) < number and time.monotonic() < deadline:
            time.sleep(0.005)
    return asking.exchanges[:number]


def test_a_probe_is_one_plain_request():
    """GET of the health check path with the host's name, each on a connection of its own, unsigned."""
    with serving(says(http(b"fine", headers={"Set-Cookie": "secret", "Server": "web"}))) as server:
        found = asked(at(server), 3)
    assert {received.line for received in server.requests} == {"GET /health HTTP/1.1"}
    assert {received.headers["host"] for received in server.requests} == {server.url.removeprefix("http://")}
    assert not any("authorization" in received.headers for received in server.requests)
    assert server.connections == len(server.requests)
    for exchange in found:
        assert exchange.response.status == 200
        assert exchange.response.body == b""
        assert "secret" not in str(exchange.to_json())
        assert exchange.response.header("server") == "web"
        assert probed(exchange.request)
    assert [each.started for each in found] == sorted(each.started for each in found)


def test_redirects_are_not_followed():
    """A redirect is an answer; where it leads to is not asked."""
    script = says(http(status=302, headers={"Location": "http://127.0.0.1:1/x"}))
    with serving(script) as server:
        (found,) = asked(at(server))
    assert found.response.status == 302


def test_of_an_error_the_beginning_is_kept():
    """What a load balancer says in the place of the service is evidence."""
    with serving(says(http(b"x" * 5000, 503))) as server:
        (found,) = asked(at(server))
    assert (found.response.status, len(found.response.body)) == (503, 512)


BAD = {
    "a reset": (resets(), "reset"),
    "no HTTP": (says(b"hello\r\n\r\n", close=True), "protocol"),
    "a flood": (floods(1 << 24), "too-large"),
    "a drip": (drips(http(length=1000), b"x" * 100, 0.05), "timeout"),
}


@pytest.mark.parametrize("name", BAD)
def test_what_is_no_answer(name, monkeypatch):
    """Whatever an endpoint does, a probe ends, and says what came of it."""
    monkeypatch.setattr(
        prober, "LIMITS", Limits(connect_timeout=0.3, read_timeout=0.3, max_body_bytes=1 << 16)
    )
    script, kind = BAD[name]
    with serving(script) as server:
        (found,) = asked(at(server))
    assert found.failure.kind == kind


def test_nobody_listens():
    """A closed port is a failure to connect."""
    with serving(says(http())) as server:
        where = at(server)
    (found,) = asked(where)
    assert found.failure.kind == "connect"


def resolving(monkeypatch, *addresses):
    """Let every name lead to these addresses; and count who is connected to."""

    def getaddrinfo(_host, port, *_, **__):
        if not addresses:
            raise socket.gaierror("no such name")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(prober.socket, "getaddrinfo", getaddrinfo)


@pytest.mark.parametrize("leads_to", ["127.0.0.1", "10.0.0.1", "169.254.169.254"])
def test_a_name_that_leads_inside_is_not_asked(leads_to, monkeypatch):
    """A public name with a private address among its own gets no connection, whatever else it has."""
    resolving(monkeypatch, "203.0.113.7" if leads_to == "127.0.0.1" else "8.8.8.8", leads_to)
    monkeypatch.setattr(prober.Wire, "send", lambda *_, **__: pytest.fail("something was sent"))
    (found,) = asked(address("web.example.com", "/", api=FAR))
    assert found.failure.kind == "address"
    assert "nothing is sent" in found.failure.message


def test_a_name_that_leads_nowhere(monkeypatch):
    """A resolver that has no address is a failure of its own kind."""
    resolving(monkeypatch)
    (found,) = asked(address("web.example.com", "/", api=FAR))
    assert found.failure.kind == "resolve"


def test_all_addresses_of_a_name_are_tried():
    """An address that takes no connection is passed over, as every client does."""
    with serving(says(http())) as server:
        where = at(server)
        port = server.url.rpartition(":")[2]
        asking = Prober(replace(where, url=f"http://localhost:{port}"), 1)
        found = asking._first_connected(["127.0.0.2", "127.0.0.1"])
        none = asking._first_connected(["127.0.0.2", "127.0.0.3"])
    assert found.response.status == 200
    assert none.failure.kind == "connect"


@contextmanager
def certified(tmp_path, monkeypatch, name):
    """A server that speaks TLS with a certificate for this name, which clients trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    (tmp_path / "cert.pem").write_bytes(certificate.public_bytes(pem))
    (tmp_path / "key.pem").write_bytes(private)
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    with serving(
        says(http()), wrap=lambda connection: context.wrap_socket(connection, server_side=True)
    ) as one:
        yield one


@pytest.mark.parametrize(("name", "kind"), [("web.test", ""), ("other.test", "tls")])
def test_the_certificate_is_that_of_the_name(name, kind, tmp_path, monkeypatch):
    """The connection goes to a checked address, and TLS asks for the certificate of the name."""
    resolving(monkeypatch, "127.0.0.1")
    with certified(tmp_path, monkeypatch, "web.test") as server:
        port = server.url.rpartition(":")[2]
        where = Address(url=f"https://{name}:{port}", host=name, path="/", local=True)
        (found,) = asked(where)
    assert (found.failure.kind if found.failure else "") == kind
    if not kind:
        assert server.requests[0].headers["host"] == name
