"""A service's own endpoint: what the suite makes of its answers, and whole rollouts."""

from __future__ import annotations

import json
import threading
from contextlib import contextmanager
from dataclasses import asdict, replace

import jsonschema
import pytest
from click.testing import CliRunner
from hostile import http, resets, says, serving
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
from conformance.ingress import Address, probe, probed
from conformance.judge import Judge, rejudge
from conformance.recording import Case, Footer, Header, from_json, to_json
from conformance.redaction import Redactor
from conformance.reporting import write_all
from conformance.reporting.reproduce import with_reproductions
from conformance.scenarios import ingress, prober
from conformance.scenarios.inventory import Surroundings
from conformance.schemas import schema
from conformance.suite import settings as suite_settings
from conformance.suite.replaying import replay_counterexample
from conformance.suite.settings import RunSettings
from conformance.survey import Order, run_scenario
from conformance.verdict import Verdict
from conformance.wire import Endpoint, Wire

HOST = CONFIG["ingressPaths"][0]["endpoint"]
AVAILABLE = "ingress/available"

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
    for long_ago_or_later in (50.0, 150.0):
        assert Rollout(around=bad, failing=long_ago_or_later).outcomes()[AVAILABLE] == "violated"
    for options in ({"failing": 101.0}, {"host": "other.example.com"}, {"updates": 0}):
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
        self.lock = threading.Lock()

    def __call__(self, connection, request):
        """Play a script of hostile servers."""
        with self.lock:
            fails, self.left = self.left != 0, max(self.left - 1, min(self.left, 0))
        return (self.script if fails else says(http(b"fine")))(connection, request)

    def update(self):
        """The service is updated."""
        with self.lock:
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
def test_a_service_that_flaps_is_told(name, tmp_path, monkeypatch):
    """While the rollout begins nobody answers: that fails, comes back, and can be read, live and again."""
    script = resets() if name == "reset" else says(http(b"<h1>503</h1>", 503))
    with rolling_out(script, 3) as (url, _):
        outcome, records = surveyed(url)
        results = with_reproductions(rejudge(complete(url, records)), saved_as="made")
        monkeypatch.setattr(suite_settings, "_PROBE_SECONDS", SECONDS)
        again = replay_counterexample(results, AVAILABLE, {"endpoint_url": url})
        expected = outcome.tally.counts[AVAILABLE].example["expected"]
    assert (again.exit_code, again.text) == (1, f"{AVAILABLE}: still failing. Expected {expected}.")
    count = outcome.tally.counts[AVAILABLE]
    assert count.violated == count.judged >= 5  # two of the survey, one of the search, two replays
    assert count.returned == count.replays == 2
    entry = next(each for each in results.requirements if each.id == AVAILABLE)
    assert entry.verdict is Verdict.FAIL
    assert asdict(entry.counterexample)["observed"] == count.example["observed"]
    members = set(json.loads(entry.counterexample.exchanges[0]["request"]["body"])) - {"serviceArn"}
    assert members in ({"primaryContainer"}, {"scalingTarget"})
    assert results.counts.exchanges == outcome.summary.exchanges
    assert results.counts.transport_failures == 0
    jsonschema.validate(results.to_json(), schema("results"), cls=jsonschema.Draft202012Validator)
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
    assert RunSettings().surroundings(Endpoint(url="http://x"), Redactor()).probe_seconds == 0
    assert (
        RunSettings(probe_ingress=True).surroundings(Endpoint(url="http://x"), Redactor()).probe_seconds == 1
    )
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
