"""A service's own endpoint: whom the suite asks, what it makes of the answers, and whole rollouts."""

from __future__ import annotations

import json
import socket
import ssl
import threading
import time
from contextlib import contextmanager
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import jsonschema
import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hostile import drips, floods, http, resets, says, serving
from hypothesis import given
from hypothesis import strategies as st
from json_values import VALUES
from moto.ecs.models import ecs_backends
from streams import ARN, CONFIG, REVISION_2, Stream
from werkzeug.serving import make_server

from conformance import model
from conformance.cli import main
from conformance.emulator.answers import Answers
from conformance.emulator.front import Front, Parts
from conformance.emulator.mount import mount
from conformance.emulator.records import Timing, steady_clock
from conformance.emulator.server import Application, Handler
from conformance.exceptions import ConfigurationError
from conformance.exchange import Exchange, Failure, Request, Response
from conformance.ingress import Address, address, may_reach, probe, probed
from conformance.judge import Judge, rejudge
from conformance.recording import Case, Footer, Header, from_json, to_json
from conformance.reporting import write_all
from conformance.reporting.reproduce import with_reproductions
from conformance.results import schema
from conformance.scenarios import ingress, prober
from conformance.scenarios.inventory import Surroundings
from conformance.scenarios.prober import Prober
from conformance.suite.settings import RunSettings
from conformance.survey import Order, replay_case, run_scenario
from conformance.verdict import Verdict
from conformance.wire import Endpoint, Limits, Wire

HERE = "http://127.0.0.1:4566"
FAR = "https://ecs.example.com"
AWS = "https://ecs.eu-west-1.amazonaws.com"
HOST = CONFIG["ingressPaths"][0]["endpoint"]
REAL = "ca-0123456789abcdef0123456789abcdef.ecs.eu-west-1.on.aws"
AVAILABLE = "ingress/available"

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
    """A probe has no operation and says whom it asks; a request to the API has one, or no Host header."""
    asked = probe(Address(url="https://web", host="web", path="/"))
    assert probed(asked) == "web"
    assert probed(replace(asked, headers=())) == ""
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


# -- the oracle ------------------------------------------------------------------------------------------


class Rollout(Stream):
    """A stream in which probes come between the update and the last Describe; all at given times."""

    def __init__(self, before=("200",) * 3, around=("200",) * 5, *, updates=1, host=HOST, failing=0.0):
        super().__init__()
        self.create()
        self.describe()
        self.exchanges = [replace(each, started=10.0 + n) for n, each in enumerate(self.exchanges)]
        for n in range(updates):
            self.update({"healthCheckPath": f"/{n}"})
            self.exchanges[-1] = replace(self.exchanges[-1], started=100.0 + n)
        self.describe({**CONFIG, **REVISION_2})
        self.exchanges[-1] = replace(self.exchanges[-1], started=110.0)
        if failing:
            self.send(model.DESCRIBE, {"serviceArn": ARN}, failure="connect")
            self.exchanges[-1] = replace(self.exchanges[-1], started=failing)
        for n, what in enumerate(before):
            self.probe(what, 100 - len(before) + n - 0.5, host)
        for n, what in enumerate(around):
            self.probe(what, 100.5 + n, host)
        self.describe({**CONFIG, **REVISION_2})
        self.exchanges[-1] = replace(self.exchanges[-1], started=200.0)

    def probe(self, what, started, host):
        """A probe that was answered with a status, or not at all."""
        request = probe(Address(url=f"https://{host}", host=host, path="/"))
        response = Response(status=int(what)) if what.isdecimal() else None
        failure = None if response else Failure(kind=what, message="made up")
        self.exchanges.append(
            Exchange(id=0, request=request, response=response, failure=failure, started=started, tag=self.tag)
        )


STEADY = ("200",) * 3


@pytest.mark.parametrize(
    ("before", "around", "expected"),
    [
        (STEADY, STEADY, "ok"),
        (STEADY, ("404", "500", "302", "too-large"), "ok"),
        (("connect", "503", *STEADY), STEADY, "ok"),
        (STEADY, ("200", "502"), "violated"),
        (STEADY, ("503",), "violated"),
        (STEADY, ("200", "504", "200"), "violated"),
        (STEADY, ("200", "connect"), "violated"),
        (STEADY, ("timeout",), "violated"),
        (STEADY, ("reset", "tls"), "violated"),
        (STEADY, ("resolve", "200"), "tolerated"),
        (STEADY, ("address",), "tolerated"),
        (STEADY, ("resolve", "503"), "violated"),
        (("200", "200"), ("503",), None),
        (("200", "503", "200"), ("503",), None),
        (("200", "200", "connect"), ("503",), None),
        ((), ("503",), None),
        (STEADY, (), None),
    ],
)
def test_what_users_see_is_judged(before, around, expected):
    """What a load balancer or the transport says instead of a service that answered before is no answer."""
    stream = Rollout(before, around)
    assert stream.outcomes().get(AVAILABLE) == expected


def test_probes_are_judged_once():
    """An update that nobody was asked around is not judged by the probes of the one before."""
    stream = Rollout(around=("503",))
    stream.update({"healthCheckPath": "/again"})
    stream.exchanges[-1] = replace(stream.exchanges[-1], started=300.0)
    stream.describe({**CONFIG, **REVISION_2})
    assert stream.tally()[AVAILABLE].judged == 1


def test_who_is_not_to_blame():
    """Nothing is judged if the API did not answer either, the host is another, or nothing was updated."""
    bad = ("200", "503")
    assert Rollout(around=bad).outcomes()[AVAILABLE] == "violated"
    assert Rollout(around=bad, failing=50.0).outcomes()[AVAILABLE] == "violated"
    for options in ({"failing": 150.0}, {"host": "other.example.com"}, {"updates": 0}):
        assert AVAILABLE not in Rollout(around=bad, **options).outcomes()


def test_a_probe_that_the_update_overtakes_is_one_around_it():
    """What was asked before the update and answered after it says nothing of the time before."""
    stream = Rollout((*STEADY, "503"), STEADY)
    late = next(n for n, each in enumerate(stream.exchanges) if each.response and each.response.status == 503)
    assert AVAILABLE not in stream.outcomes()
    stream.exchanges[late] = replace(stream.exchanges[late], elapsed=1.9)
    assert stream.outcomes()[AVAILABLE] == "violated"
    assert "; the first, 0.4 s after" in stream.tally()[AVAILABLE].example["observed"]


def test_of_several_updates_the_first_one_began():
    """What was answered before the first of several updates says whether the service was there."""
    stream = Rollout(updates=2)
    (observation,) = [each for each in stream.observations() if each.probes]
    assert observation.exchange.request.members["healthCheckPath"] == "/0"


def test_the_evidence_says_when_and_what():
    """The counterexample has the update and the first probes that failed; the words say how long after."""
    stream = Rollout(around=("200", "503", "connect", "reset", "200", "504"))
    example = stream.tally()[AVAILABLE].example
    assert example["expected"] == "an answer to each of 6 probes"
    assert example["observed"] == "4 had none; the first, 1.5 s after the update was sent: status 503"
    roles = [each["role"] for each in example["exchanges"]]
    assert roles == ["judged", "concurrent", "concurrent", "concurrent", "after"]


def test_probes_are_no_exchanges_of_the_api():
    """They count as no exchanges, updates or failures, and change nothing of what the others say."""
    with_probes, without = (Rollout(around=("connect",)) for _ in range(2))
    for stream in (with_probes, without):
        stream.probe("connect", 300.0, HOST)
        stream.update({"cpu": "512", "memory": "1024"})
        stream.describe({**CONFIG, **REVISION_2, "cpu": "512", "memory": "1024"})
    without.exchanges = [each for each in without.exchanges if not probed(each.request)]
    one, other = with_probes.judged().tally, without.judged().tally
    assert (one.exchanges, one.accepted, one.failures) == (other.exchanges, other.accepted, 0)
    counts = one.to_json()["counts"]
    assert "preserve/healthCheckPath" in counts
    assert counts.pop(AVAILABLE)["numbers"][0] == 1
    assert counts == other.to_json()["counts"]


@given(
    st.lists(st.sampled_from(["200", "503", "connect"]), max_size=4), st.lists(VALUES, min_size=1, max_size=3)
)
def test_no_garbage_makes_the_watch_fail(around, paths):
    """Whatever a Describe says of ingress paths, the probes are judged without a fault of the suite."""
    stream = Rollout(around=around)
    shown = {**CONFIG, **REVISION_2, "ingressPaths": paths}
    described = json.dumps({"service": {"activeConfigurations": [shown, *paths]}}).replace(
        "Infinity", "1e999"
    )
    for n, each in enumerate(stream.exchanges):
        if each.request.operation == model.DESCRIBE:
            response = replace(each.response, body=described.encode())
            stream.exchanges[n] = replace(each, response=response)
    stream.judged()


# -- a rollout -------------------------------------------------------------------------------------------

SECONDS = 0.02


class Task:
    """The task behind a service: it answers, but for some requests after each update, or for all."""

    def __init__(self, script, failing):
        self.script, self.failing, self.left = script, failing, -1 if failing < 0 else 0

    def __call__(self, connection, request):
        """Play a script of hostile servers."""
        fails, self.left = self.left != 0, max(self.left - 1, min(self.left, 0))
        return (self.script if fails else says(http(b"fine")))(connection, request)

    def update(self):
        """The service is updated."""
        self.left = self.failing


@contextmanager
def emulating(answers=Answers, deployment_seconds=0.0):
    """An emulator in this process, without what another one left in moto; its URL."""
    for backend in ecs_backends["123456789012"].values():
        backend.reset()
    timing = Timing(drain_seconds=0.05, deployment_seconds=deployment_seconds, clock=steady_clock())
    application = Application(mount(Front(Parts().with_part(answers), timing=timing)))
    server = make_server("127.0.0.1", 0, application, threaded=True, request_handler=Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def rolling_out(script=None, failing=0):
    """An emulator whose services are reached at a task on this machine, and whose deployments take time."""
    task = Task(script, failing)
    with serving(task) as behind:
        endpoint = behind.url.removeprefix("http://")

        class Reachable(Answers):
            def configuration(self, service, revision):
                shown = super().configuration(service, revision)
                return {**shown, "ingressPaths": [{"accessType": "PUBLIC", "endpoint": endpoint}]}

            def updated(self, service):
                task.update()
                return super().updated(service)

        with emulating(Reachable, 0.2) as url:
            yield url, behind


def surveyed(url, **surroundings):
    """What a run of the scenario comes to, and what it records."""
    wire, records = Wire(Endpoint(url=url)), []
    order = Order(effort="standard", seed=1)
    surroundings = Surroundings(run="test", **{"probe_seconds": SECONDS, **surroundings})
    try:
        outcome = run_scenario(ingress.INGRESS, wire, surroundings, order, records.append)
    finally:
        wire.close()
    return outcome, records


def complete(url, records):
    """A whole recording of them, after a round trip through JSON."""
    suite = RunSettings().identity()
    target = {"name": "made", "kind": "url", "endpoint": url, "region": "us-east-1"}
    header = Header(target=target, suite=suite, started_at="2026-01-01T00:00:00.000Z")
    footer = Footer(finished_at="2026-01-01T00:00:01.000Z", complete=True)
    return [from_json(json.loads(json.dumps(to_json(each)))) for each in (header, *records, footer)]


def probes_in(records):
    """The probes of a recording."""
    return [each for each in records if isinstance(each, Exchange) and probed(each.request)]


def test_a_service_that_stays_available():
    """Two updates of a steady service: each is judged, and nothing else is spoilt by the probes."""
    with rolling_out() as (url, behind):
        outcome, records = surveyed(url)
    assert outcome.summary.error == ""
    count = outcome.tally.counts[AVAILABLE]
    assert (count.judged, count.violated, count.tolerated) == (2, 0, 0)
    assert not [id for id, each in outcome.tally.counts.items() if each.violated]
    probes = probes_in(records)
    assert len(probes) >= 2 * 10
    assert 0 <= len(behind.requests) - len(probes) <= 2
    sent = [each for each in records if isinstance(each, Exchange) and not probed(each.request)]
    assert outcome.tally.exchanges == outcome.summary.exchanges == len(sent)
    updates = [each.request.members for each in sent if each.request.operation == model.OPERATION]
    assert [sorted(each) for each in updates] == [
        ["healthCheckPath", "serviceArn"],
        ["primaryContainer", "serviceArn"],
        ["scalingTarget", "serviceArn"],
    ]


def test_the_service_is_asked_until_the_rollout_is_over():
    """Probes begin before the update and end after the Describe that shows no deployment any more."""
    with rolling_out() as (url, _):
        outcome, records = surveyed(url)
    assert outcome.summary.error == ""
    first = [each for each in records if isinstance(each, Exchange) and each.tag.case == 1]
    update = [each for each in first if each.request.operation == model.OPERATION][-1]
    probes = probes_in(first)
    assert sum(each.started < update.started for each in probes) >= 3
    assert probes[-1].started > update.started + 0.2
    flying = [each for each in first if each.response and b"currentDeployment" in each.response.body]
    assert flying
    assert probes[-1].started > flying[-1].started
    assert probes_in(first[-2:-1])
    assert first[-1].request.operation == model.DESCRIBE


@pytest.mark.parametrize("name", ["503", "reset"])
def test_a_service_that_flaps_is_told(name, tmp_path):
    """While the rollout begins nobody answers: that fails, comes back, and can be read, live and again."""
    script = resets() if name == "reset" else says(http(b"<h1>503</h1>", 503))
    with rolling_out(script, 3) as (url, _):
        outcome, records = surveyed(url)
        example = outcome.tally.counts[AVAILABLE].example
        surroundings = Surroundings(run="again", probe_seconds=SECONDS)
        wire = Wire(Endpoint(url=url))
        again = replay_case(ingress.INGRESS, wire, surroundings, case=example["case"], requirement=AVAILABLE)
        wire.close()
    assert again is True
    count = outcome.tally.counts[AVAILABLE]
    assert count.violated == count.judged >= 5  # two of the survey, one of the search, two replays
    assert count.returned == count.replays == 2
    results = with_reproductions(rejudge(complete(url, records)), saved_as="made")
    entry = next(each for each in results.requirements if each.id == AVAILABLE)
    assert entry.verdict is Verdict.FAIL
    assert asdict(entry.counterexample)["observed"] == example["observed"]
    members = set(json.loads(entry.counterexample.exchanges[0]["request"]["body"])) - {"serviceArn"}
    assert members in ({"primaryContainer"}, {"scalingTarget"})
    assert results.counts.exchanges == outcome.summary.exchanges
    assert results.counts.transport_failures == 0
    jsonschema.validate(results.to_json(), schema(), cls=jsonschema.Draft202012Validator)
    write_all(results, tmp_path)
    assert "Sent at the same time" in (tmp_path / "report.html").read_text()


def test_a_service_that_never_answered(monkeypatch):
    """Without an answer before the update nothing is judged and nothing is updated; the run says why."""
    monkeypatch.setattr(ingress, "_READY", 20)
    with rolling_out(says(http(b"", 503)), -1) as (url, _):
        outcome, records = surveyed(url)
    assert AVAILABLE not in outcome.tally.counts
    assert "does not answer at its own endpoint" in outcome.summary.error
    assert probes_in(records)
    updates = [
        e.request.members
        for e in records
        if isinstance(e, Exchange) and e.request.operation == model.OPERATION
    ]
    assert [sorted(each) for each in updates] == [["healthCheckPath", "serviceArn"]]


def test_a_given_service_is_updated_as_it_is():
    """Of a given service only what the case is about changes, and it is not deleted."""
    with rolling_out() as (url, _):
        wire = Wire(Endpoint(url=url))
        role = "arn:aws:iam::123456789012:role/r"
        body = {
            "infrastructureRoleArn": role,
            "executionRoleArn": role,
            "serviceName": "web",
            "healthCheckPath": "/up",
            "primaryContainer": {"image": "own:1", "environment": [{"name": "A", "value": "1"}]},
        }
        request = Request(
            operation=model.CREATE,
            headers=(("X-Amz-Target", model.target_header(model.CREATE)),),
            body=json.dumps(body).encode(),
        )
        arn = wire.send(request).response.json["service"]["serviceArn"]
        wire.close()
        outcome, records = surveyed(url, service_arn=arn)
    assert outcome.summary.error == ""
    assert outcome.tally.counts[AVAILABLE].judged == 2
    sent = [each.request for each in records if isinstance(each, Exchange)]
    assert {each.operation for each in sent} == {"", model.OPERATION, model.DESCRIBE}
    updates = [each.members for each in sent if each.operation == model.OPERATION]
    assert updates[0]["primaryContainer"]["image"] == "own:1"
    assert updates[0]["primaryContainer"]["environment"] == [
        {"name": "A", "value": "1"},
        {"name": "EXPRESS_CONFORMANCE", "value": "1"},
    ]
    assert {each.path for each in sent if not each.operation} == {"/up"}


def test_the_emulators_own_endpoints_are_not_asked(monkeypatch):
    """The embedded emulator names hosts of AWS's, behind which there is nothing of its own."""
    monkeypatch.setattr(prober.Prober, "__enter__", lambda _: pytest.fail("something was asked"))
    with emulating() as url:
        outcome, _ = surveyed(url)
    assert "no endpoint of the service that may be asked" in outcome.summary.error


def test_without_the_option_nothing_is_sent():
    """The scenario is for runs that were asked to probe; of another one it is no part and sends nothing."""
    with rolling_out() as (url, behind):
        outcome, _ = surveyed(url, probe_seconds=0.0)
        assert outcome.summary.exchanges == 0
        assert behind.requests == []
    assert ingress.INGRESS not in RunSettings().scenarios
    assert ingress.INGRESS in RunSettings(probe_ingress=True).scenarios
    assert RunSettings().surroundings().probe_seconds == 0
    assert RunSettings(probe_ingress=True).surroundings().probe_seconds == 1
    assert RunSettings.from_json(RunSettings(probe_ingress=True).to_json()).probe_ingress


def test_the_requirement_alone_needs_the_option():
    """To ask for this requirement without the option is a mistake, and is said to be one."""
    with pytest.raises(ConfigurationError, match="--probe-ingress"):
        RunSettings(only=("ingress",))
    done = CliRunner().invoke(main, ["run", "--only", "ingress"])
    assert done.exit_code == 2
    assert "--probe-ingress" in done.output


def test_live_and_again_is_the_same():
    """The probes are judged from the recording as they were live."""
    with rolling_out(says(http(b"", 502)), 3) as (url, _):
        outcome, records = surveyed(url)
    judge = Judge()
    for record in complete(url, records)[1:-1]:
        if isinstance(record, Case):
            judge.begin(record)
        elif isinstance(record, Exchange):
            judge.feed(record)
    assert judge.tally.to_json() == outcome.tally.to_json()
