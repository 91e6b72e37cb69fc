"""Behind a network at fault nobody is accused, what was not seen is told, and a real fault is still found."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from commands import express, results
from faulty_proxy import FAULTS, faulty
from hostile import http, resets, says, serving
from soak import Seen, accused, run_all
from streams import CONFIG, REVISION_2, Stream, service

from conformance import model
from conformance.emulator.process import running
from conformance.exceptions import TargetError
from conformance.exchange import Exchange, Failure, Response
from conformance.observation import fate_unknown, from_elsewhere, nothing_happened
from conformance.scenarios.bench import Bench
from conformance.scenarios.inventory import Surroundings
from conformance.schemas import schema
from conformance.suite import probe
from conformance.targets.base import Settings
from conformance.targets.embedded import Embedded
from conformance.verdict import Verdict
from conformance.verdicts import CONFIRMED
from conformance.wire import Endpoint, Wire, awsjson

# Together they send everything that scenarios send: updates, near misses, raw bytes, races, Creates, Deletes.
FEW = ("single-members", "wrong-identities", "protocol", "boto3-client", "concurrency", "life-cycle")
# What tells of the target's own faults, and is about nothing else.
ABOUT_FAULTS = "envelope/no-server-fault"
SEED = 5
JSON = "application/x-amz-json-1.1"


@contextmanager
def embedded(name: str = "") -> Iterator[Endpoint]:
    """The endpoint of the reference emulator, or of a profile."""
    with Embedded(address=name, settings=Settings(name="embedded")).connect() as endpoint:
        yield endpoint


def run_behind(
    *kinds: str,
    rate: float,
    name: str = "",
    alter: Callable[[bytes], bytes] = lambda answer: answer,
    few: Collection[str] = FEW,
) -> tuple[Seen, int]:
    """What a run behind these faults came to, and how many of them there were."""
    with embedded(name) as endpoint, faulty(endpoint.url, *kinds, rate=rate, seed=SEED, alter=alter) as proxy:
        seen = run_all(replace(endpoint, url=proxy.url), seed=SEED, scenarios=few)
        return seen, proxy.done.total() - proxy.done["none"]


@pytest.fixture(scope="module")
def quiet() -> dict[str, dict[str, Verdict]]:
    """The verdicts of quiet runs, by the name of the emulator."""
    found = {}
    for name in ("", "alternate"):
        with embedded(name) as endpoint:
            found[name] = run_all(endpoint, seed=SEED, scenarios=FEW).verdicts
    return found


def unlike(seen: Seen, quiet: dict[str, Verdict]) -> dict[str, tuple[str, str]]:
    """The verdicts that are neither those of the quiet run nor ``not-exercised``."""
    return {
        id: (verdict.value, quiet[id].value)
        for id, verdict in seen.verdicts.items()
        if verdict not in {quiet[id], Verdict.NOT_EXERCISED}
        # Some errors are brought about by nothing else.
        and (verdict, quiet[id]) != (Verdict.PASS, Verdict.NOT_EXERCISED)
    }


@pytest.mark.parametrize("kind", FAULTS)
def test_no_kind_of_fault_accuses(kind: str, quiet: dict[str, dict[str, Verdict]]) -> None:
    """With every fifth request hit, verdicts are those of the quiet run, or there is none.

    A status 500 in the service's own words may be the service's: that it does not come back is told once.
    What is turned away for the rate of requests is sent again, so that costs no verdict at all.
    """
    seen, done = run_behind(kind, rate=0.2)
    found = unlike(seen, quiet[""])
    told = {ABOUT_FAULTS: ("flaky", "pass")} if kind == "server-faults" else {}
    assert found == told
    assert kind != "throttling" or (seen.verdicts, seen.errors) == (quiet[""], [])
    assert done > 20
    assert seen.tally.errors == set()
    assert [*seen.verdicts.values()].count(Verdict.PASS) > 100


@pytest.mark.parametrize("name", ["", "alternate"])
def test_all_faults_together_accuse_nobody(name: str, quiet: dict[str, dict[str, Verdict]]) -> None:
    """Whatever comes together, the reference and the other legal emulator are not accused of it."""
    seen, done = run_behind(*FAULTS, rate=0.05, name=name)
    assert unlike(seen, quiet[name]).keys() <= {ABOUT_FAULTS}
    assert Verdict.FAIL not in seen.verdicts.values()
    assert done > 10
    assert [*seen.verdicts.values()].count(Verdict.PASS) > 100


def test_a_value_that_is_altered_fails_behind_faults() -> None:
    """The checks above can fail: one other value in the answers is found, whatever else goes wrong."""
    seen, _ = run_behind(
        *FAULTS,
        rate=0.05,
        alter=lambda answer: answer.replace(b'"AVERAGE_CPU"', b'"AVERAGE_GPU"'),
        few=FEW[:1],
    )
    assert [id for id in accused(seen) if seen.verdicts[id] is Verdict.FAIL and "utoScalingMetric" in id]


def _refused_with(status: int) -> Callable[[bytes], bytes]:
    page = http(b"<h1>Oops</h1>", status, {"Content-Type": "text/html"})
    return lambda answer: page if answer.startswith(b"HTTP/1.1 400") else answer


def test_a_crash_of_the_target_s_own_fails() -> None:
    """An HTML page with status 500 for every bad request is the target's fault, and comes back each time."""
    seen, _ = run_behind("delays", rate=0.0, alter=_refused_with(500), few=FEW[1:2])
    found = {id: seen.verdicts[id].value for id in accused(seen)}
    assert found["envelope/content-type"] == found["envelope/error-type"] == "fail"
    assert found["reject/unknown-service"] == "fail"


def test_a_gateway_in_the_target_s_place_is_told() -> None:
    """With status 503 nobody can say whose page it is: nothing is judged by it, and that is told."""
    seen, _ = run_behind("delays", rate=0.0, alter=_refused_with(503), few=FEW[1:2])
    assert accused(seen) == []
    assert seen.verdicts["reject/unknown-service"] is Verdict.NOT_EXERCISED
    assert seen.tally.elsewhere["status 503, text/html"] > 10


def test_a_reader_is_told_what_was_in_the_way(tmp_path: Path) -> None:
    """The results, the report and the terminal say that something else answered, live and judged again."""
    only = ("--only", "reject/missing-arn", "--effort", "smoke", "--seed", "3")
    with running() as url, faulty(url, "gateway-pages", rate=0.1, seed=1) as proxy:
        done = express("run", "--endpoint-url", proxy.url, *only, "--out", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    again = express("judge", "run/recording.jsonl", "--out", "again", cwd=tmp_path)
    document = results(tmp_path / "run")
    jsonschema.validate(document, schema("results"))
    page = (tmp_path / "run" / "report.html").read_text(encoding="utf-8")
    for text in (" ".join(document["errors"]), done.stdout, again.stdout, page):
        assert "something on the way to the target" in " ".join(text.split())
    assert results(tmp_path / "again")["errors"] == document["errors"]
    told = re.match(r"(\d+) requests? w", document["errors"][0])
    assert told
    assert document["counts"]["transport_failures"] == int(told[1])


@pytest.mark.parametrize("kind", [kind for kind in FAULTS if kind not in {"delays", "server-faults"}])
def test_a_run_that_cannot_begin_says_so(kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing goes through, the run ends, and not with the finding that the operation is missing."""
    monkeypatch.setattr(probe, "BACKOFF", (0.0, 0.0))
    recorded: list[Exchange] = []
    with running() as url, faulty(url, kind, rate=1.0) as proxy:
        wire = Wire(Endpoint(url=proxy.url))
        with pytest.raises(TargetError) as told:
            probe.supports_operation(wire, recorded.append)
        wire.close()
    assert told.value.exit_code == 3
    assert "answer" in str(told.value)
    assert len(recorded) == (3 if kind in {"throttling", "gateway-pages"} else 1)


def test_a_probe_that_is_turned_away_is_sent_again() -> None:
    """An operation that is there is found behind throttling and gateways' pages."""
    recorded: list[Exchange] = []
    with running() as url, faulty(url, "throttling", "gateway-pages", rate=0.5, seed=1) as proxy:
        wire = Wire(Endpoint(url=proxy.url))
        assert probe.supports_operation(wire, recorded.append)
        wire.close()
    assert len({each.id for each in recorded}) == len(recorded) > 2


# -- what is sent again, and what is not -----------------------------------------------------------------


@contextmanager
def bench_at(*scripts: Callable[..., bool]) -> Iterator[tuple[Bench, list[Exchange]]]:
    """A bench before a scripted server, and all that it records."""
    recorded: list[Exchange] = []
    with serving(*scripts) as server:
        wire = Wire(Endpoint(url=server.url))
        yield Bench("made", wire, Surroundings(run="r"), recorded.append), recorded
        wire.close()


THROTTLED = says(http({"__type": "ThrottlingException", "message": "Rate exceeded"}, 400))
FINE = says(http({"service": service()}))


def test_what_is_turned_away_is_sent_again_and_recorded() -> None:
    """Each attempt is an exchange of its own, and the last one counts."""
    with bench_at(THROTTLED, says(http(b"", 429)), FINE) as (bench, recorded):
        exchange = bench.update("arn", {"cpu": "256"})
    assert [each.response.status for each in recorded if each.response] == [400, 429, 200]
    assert [each.id for each in recorded] == [1, 2, 3]
    assert exchange is recorded[-1]


def test_a_target_that_turns_away_everything_is_not_waited_for_each_time() -> None:
    """After one request that was turned away to the end, others get one attempt until one is answered."""
    with bench_at(*[THROTTLED] * 8, FINE, THROTTLED, FINE) as (bench, recorded):
        for _ in range(4):
            bench.describe("arn")
    assert len(recorded) == 11


@pytest.mark.parametrize(
    "script",
    [says(http({"__type": "ServerException"}, 500)), says(http(b"", 503)), resets(b"HTTP/1.1 ")],
    ids=["fault", "gateway", "reset"],
)
def test_an_update_of_unknown_fate_is_not_sent_again(script: Callable[..., bool]) -> None:
    """It may have been applied: the Describe after it tells, and no second update hides it."""
    with bench_at(FINE, script, FINE) as (bench, recorded):
        bench.observe("arn", {"cpu": "256"})
    assert [each.request.operation for each in recorded] == [model.DESCRIBE, model.OPERATION, model.DESCRIBE]


@pytest.mark.parametrize("found", [True, False])
def test_a_create_of_unknown_fate_is_settled_by_describe(found: bool) -> None:
    """If the service is there it is taken, and if it is not, it is created."""
    missing = says(http({"__type": "ServiceNotFoundException", "message": "no"}, 400))
    with bench_at(resets(), FINE if found else missing, FINE) as (bench, recorded):
        assert bench.service() == service()["serviceArn"]
    operations = [each.request.operation for each in recorded]
    assert operations == [model.CREATE, model.DESCRIBE, *([] if found else [model.CREATE])]
    name = recorded[0].request.members["serviceName"]
    assert recorded[1].request.members["serviceArn"].endswith(f":service/default/{name}")


def answered(status: int, body: bytes = b"", **headers: str) -> Exchange:
    """An update with this answer."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Exchange(
        id=1,
        request=awsjson(model.OPERATION, {}),
        response=Response(status=status, headers=named, body=body),
    )


@pytest.mark.parametrize(
    ("exchange", "again", "elsewhere", "unknown"),
    [
        (answered(200, b"{}"), False, False, False),
        (answered(400, b'{"__type": "ThrottlingException"}'), True, False, False),
        (answered(429), True, False, False),
        (answered(503, b'{"__type": "ThrottlingException"}'), True, False, False),
        (answered(503, b'{"__type": "ServiceUnavailable"}'), False, False, True),
        (answered(503, b"<html>", content_type="text/html"), False, True, True),
        (answered(502), False, True, True),
        (answered(504, b"", x_amzn_requestid="id"), False, False, True),
        (answered(504, b"", x_amzn_errortype="ServerException"), False, False, True),
        (answered(500, b"<html>", content_type="text/html"), False, False, True),
        (answered(400, b"<html>", content_type="text/html"), False, False, False),
        (answered(200, b'{"__type": "ThrottlingException"}'), False, False, False),
    ],
)
def test_answers_that_say_little(exchange: Exchange, again: bool, elsewhere: bool, unknown: bool) -> None:
    """Which answers say that nothing happened, are not the target's, or leave open what happened."""
    assert (nothing_happened(exchange), from_elsewhere(exchange)) == (again, elsewhere)
    assert fate_unknown(exchange) == unknown


def test_no_answer_leaves_open_what_happened() -> None:
    """It is neither a refusal nor somebody else's answer."""
    lost = replace(answered(200), response=None, failure=Failure(kind="reset", message="lost"))
    assert (nothing_happened(lost), from_elsewhere(lost), fate_unknown(lost)) == (False, False, True)


# -- what follows from it --------------------------------------------------------------------------------


def test_what_was_known_is_known_after_a_request_that_was_turned_away() -> None:
    """The update that is sent in its place is judged by the Describe before both."""
    stream = Stream()
    stream.create()
    stream.describe()
    stream.refuse({"cpu": "512"}, "ThrottlingException", 400)
    lost = {name: value for name, value in CONFIG.items() if name != "healthCheckPath"}
    made = {**lost, **REVISION_2, "cpu": "512", "healthCheckPath": "/other"}
    stream.update({"cpu": "512"}, made)
    stream.describe(made)
    assert stream.outcomes()["preserve/healthCheckPath"] == "violated"


@pytest.mark.parametrize("status", [None, 500, 502])
def test_of_a_service_that_may_be_deleted_nothing_follows(status: int | None) -> None:
    """A Delete without an answer may have been carried out, so an update after it may be refused."""
    stream = Stream()
    stream.create()
    stream.describe()
    body = {"serviceArn": service()["serviceArn"]}
    stream.send(model.DELETE, body, b"", status or 0, failure="" if status else "reset", headers=())
    stream.describe()
    stream.refuse({"healthCheckPath": "/new"}, "ServiceNotActiveException")
    stream.describe(status={"statusCode": "DRAINING"})
    stream.update({"healthCheckPath": "/other"})
    assert stream.against() == {}


def test_another_service_of_the_name_is_not_the_deleted_one() -> None:
    """If the answer to its Create was lost, two Describes of it show no deleted service that is active."""
    stream = Stream()
    stream.create()
    stream.delete()
    stream.send(model.CREATE, {"serviceName": "web"}, failure="reset")
    for _ in range(2):
        stream.describe(createdAt=2000.5)
    assert "life-cycle/never-active-again" not in stream.against()


# -- what comes and goes ---------------------------------------------------------------------------------

CAPRICE = "response-enum/service.targetConfiguration.scalingTarget.autoScalingMetric"
METRIC = re.compile(rb'("autoScalingMetric": ?"\w+)\w(?=")')


def _capricious(*turns: int) -> Callable[[bytes], bytes]:
    """A target that answers a metric nobody knows to some of the updates, by their numbers."""
    seen = [0]

    def alter(answer: bytes) -> bytes:
        if b"targetConfiguration" not in answer or not METRIC.search(answer):
            return answer
        seen[0] += 1
        return METRIC.sub(rb"\1X", answer) if seen[0] in turns else answer

    return alter


def _judged_twice(alter: Callable[[bytes], bytes], folder: Path) -> tuple[dict[str, Any], list[str]]:
    """The result of the requirement, and what live run, report and judgement of the recording say."""
    only = ("--only", CAPRICE, "--effort", "smoke", "--seed", "3")
    with running() as url, faulty(url, "delays", rate=0.0, alter=alter) as proxy:
        live = express("run", "--endpoint-url", proxy.url, *only, "--out", "run", cwd=folder)
    assert live.returncode in {0, 1}, live.stdout + live.stderr
    again = express("judge", "run/recording.jsonl", "--out", "again", cwd=folder)
    document = results(folder / "run")
    jsonschema.validate(document, schema("results"))
    (found,) = document["requirements"]
    same = next(each for each in results(folder / "again")["requirements"] if each["id"] == CAPRICE)
    keys = ("verdict", "judged", "violated", "replays", "returned", "note")
    assert [found[key] for key in keys] == [same[key] for key in keys], live.stdout + live.stderr
    page = (folder / "run" / "report.html").read_text(encoding="utf-8")
    return found, [" ".join(text.split()) for text in (live.stdout, again.stdout, page)]


def test_a_violation_that_does_not_come_back_is_flaky_with_its_rate(tmp_path: Path) -> None:
    """It is tried again several times; what came of it stands in the results and in every report."""
    found, texts = _judged_twice(_capricious(2), tmp_path)
    assert (found["verdict"], found["violated"]) == ("flaky", 1)
    assert (found["returned"], found["replays"]) == (0, CONFIRMED)
    assert all("came back in 0 of 5 replays" in text for text in texts)


def test_a_violation_that_comes_back_at_times_fails_with_its_rate(tmp_path: Path) -> None:
    """It is no accident; how often it came back is told beside it."""
    found, texts = _judged_twice(_capricious(*random.Random(1).sample(range(1000), 500)), tmp_path)
    assert found["verdict"] == "fail"
    assert 0 < found["returned"] < found["replays"]
    rate = f"came back in {found['returned']} of {found['replays']} replays"
    assert all(rate in text for text in texts)
