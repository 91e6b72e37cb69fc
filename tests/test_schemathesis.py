"""schemathesis as a source of traffic: relay, process, one request, a whole run, and what can go wrong."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import textwrap
from contextlib import closing
from dataclasses import replace
from functools import partial
from http.client import HTTPConnection
from pathlib import Path
from threading import Thread

import pytest
from commands import COMMAND, express, records, results
from hypothesis import find, given
from hypothesis import strategies as st
from sample_results import only, requirement
from sample_results import results as sample

from conformance import model
from conformance.exceptions import ConfigurationError, TargetError, ToolError
from conformance.exchange import Exchange, Response
from conformance.recording import Case
from conformance.reporting import html, terminal
from conformance.reporting.tools import shares
from conformance.results import ScenarioResult
from conformance.scenarios.inventory import Surroundings
from conformance.suite import schemathesis_source
from conformance.suite.relay import Relay
from conformance.suite.schemathesis_source import SCHEMATHESIS, check_installed, drive
from conformance.suite.settings import RunSettings
from conformance.suite.tool import Budget, Tool, let_send
from conformance.survey import Order, run_scenario
from conformance.targets.base import Settings
from conformance.targets.embedded import Embedded
from conformance.verdict import Verdict
from conformance.wire import Wire
from strategies.reductions import reductions

# Where it counts these tests run, and fail without the extra.
needs_schemathesis = pytest.mark.skipif(
    not schemathesis_source.version() and "CI" not in os.environ,
    reason="needs the extra: pip install '.[schemathesis]'",
)
FINE = Response(status=200, headers=(("Content-Type", "text/plain"),), body=b"fine")
QUICK = Budget(examples=1, cases=100, seconds=20, silence=5)


# -- the relay -------------------------------------------------------------------------------------------


def relayed(answer, send):
    """What a client gets that sends to a relay with this answer."""
    got = []
    with closing(Relay(answer)) as relay:
        client = Thread(target=lambda: got.append(send(relay)), daemon=True)
        client.start()
        try:
            relay.serve(10)
        finally:
            client.join(10)
    return got[0]


def asked(relay, method="POST", path="/", body=b"{}", **headers):
    """Send one request to a relay; status, headers and body of the answer."""
    connection = HTTPConnection("127.0.0.1", relay.server_port, timeout=10)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request(method, path, body=body, headers=named)
    answer = connection.getresponse()
    read = answer.status, dict(answer.getheaders()), answer.read()
    connection.close()
    return read


def test_a_request_is_sent_on_as_it_came():
    """Method, path, headers and bytes are kept, but for what is between tool and relay only."""
    seen = []

    def answer(request):
        seen.append(request)
        return FINE

    body = b'{"cpu": "\xff\xfe"}'
    options = {
        "X_Amz_Target": "Prefix.Update",
        "Content_Type": "text/x",
        "Authorization": "secret",
        "X_Schemathesis_TestCaseId": "a1",
        "X_Amz_Date": "20260101T000000Z",
    }
    got = relayed(answer, partial(asked, method="PUT", path="/a?b=c", body=body, **options))
    (request,) = seen
    assert (request.operation, request.method, request.path) == ("Update", "PUT", "/a?b=c")
    assert request.headers == (("X-Amz-Target", "Prefix.Update"), ("Content-Type", "text/x"))
    assert request.body == body
    assert (got[0], got[2]) == (200, b"fine")
    assert got[1]["Content-Type"] == "text/plain"


def test_a_lost_answer_is_told_to_the_tool():
    """Where the target does not answer, the tool gets status 502."""
    assert relayed(lambda _request: None, asked)[0] == 502


def test_a_head_request_has_no_body():
    """The answer to HEAD is headers only."""
    status, headers, body = relayed(lambda _request: FINE, partial(asked, method="HEAD", body=None))
    assert (status, headers["Content-Length"], body) == (200, "4", b"")


@pytest.mark.parametrize("path", ["@other.example/", "http://other.example/"])
def test_no_request_leaves_for_another_host(path):
    """What is no path is not sent on: behind the target's URL it could name another host."""

    def send(relay):
        with pytest.raises((OSError, Exception)):
            asked(relay, path=path)
        return "refused"

    assert relayed(lambda _request: pytest.fail("sent on"), send) == "refused"


def test_what_answering_raises_reaches_who_serves():
    """A fault of ours, or a target that is gone, ends the serving and is not printed."""

    def send(relay):
        with pytest.raises(OSError, match=r"."):
            asked(relay)

    def gone(_request):
        raise TargetError("gone")

    with pytest.raises(TargetError, match="gone"):
        relayed(gone, send)


# -- the process -----------------------------------------------------------------------------------------

ONE = "import sys, urllib.request as r\ndef ask(): r.urlopen(sys.argv[1], data=b'{}').read()\n"


def let(code, folder, budget=QUICK, answer=lambda _request: FINE, **options):
    """Let a Python program send; how many requests came."""
    count = []

    def counted(request):
        count.append(request)
        return answer(request)

    tool = Tool(
        name="tool", command=lambda url: [sys.executable, "-c", ONE + code, url], folder=folder, **options
    )
    let_send(tool, budget, counted)
    return len(count)


def test_a_tool_sends_until_it_is_done(tmp_path):
    """It may also end with another exit code that is well; all its requests are answered."""
    assert let("for _ in range(3): ask()", tmp_path) == 3
    assert let("ask(); sys.exit(1)", tmp_path, well=frozenset({0, 1})) == 1


def test_a_tool_is_ended_when_its_budget_is_spent(tmp_path):
    """Neither more cases nor more seconds than there are."""
    assert let("while True: ask()", tmp_path, replace(QUICK, cases=7)) == 7
    slow = replace(QUICK, seconds=0.5)
    assert 1 <= let("import time\nwhile True: ask(); time.sleep(0.3)", tmp_path, slow) <= 5


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("ask(); print('bad luck'); sys.exit(2)", ["ended with code 2", "bad luck"]),
        ("ask(); import os; os.kill(os.getpid(), 9)", ["ended with code -9", "nothing"]),
        ("pass", ["sent nothing"]),
        ("import time; ask(); time.sleep(60)", ["sent nothing for 1 s"]),
    ],
)
def test_a_tool_that_fails_or_hangs_is_an_error(code, words, tmp_path):
    """The error tells how it ended, and what it said last."""
    with pytest.raises(ToolError) as error:
        let(code, tmp_path, replace(QUICK, silence=1))
    assert all(word in str(error.value) for word in words)


def test_a_tool_gets_no_credentials_and_no_proxy(tmp_path, monkeypatch):
    """AWS's variables stay with us, and its requests come to the relay whatever the proxy."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    code = "import os; ask(); sys.exit(any(name.startswith('AWS_') for name in os.environ))"
    assert let(code, tmp_path) == 1


# -- smaller requests ------------------------------------------------------------------------------------


def is_part(part, whole):
    """Whether a JSON document is made of parts of another one."""
    if isinstance(whole, dict):
        return isinstance(part, dict) and all(
            name in whole and is_part(value, whole[name]) for name, value in part.items()
        )
    if isinstance(whole, list):
        rest = iter(whole)
        return isinstance(part, list) and all(any(is_part(p, w) for w in rest) for p in part)
    return part == whole and type(part) is type(whole)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=2), inner, max_size=3),
    max_leaves=8,
)


@given(st.data(), JSON)
def test_reductions_are_parts(data, document):
    """Nothing is added, changed or moved, and what is to be kept is kept."""
    kept = list(document)[:1] if isinstance(document, dict) else []
    smaller = data.draw(reductions(document, keeping=kept))
    assert is_part(smaller, document)
    assert all(name in smaller for name in kept)


def test_reductions_shrink_to_what_is_needed():
    """A failing document shrinks to the parts that make it fail."""
    document = {"serviceArn": "a", "x": [1, {"y": 2, "z": 3}], "w": 4, "v": {"u": 5}}
    strategy = reductions(document, keeping=["serviceArn"])

    def fails(value):
        return any(isinstance(e, dict) and "z" in e for e in value.get("x", []))

    assert find(strategy, fails) == {"serviceArn": "a", "x": [{"z": 3}]}


# -- the source ------------------------------------------------------------------------------------------


def surveyed(mutant, budget, only=None, effort="smoke"):
    """The outcome of the scenario with this budget at the embedded target, and what it recorded."""
    lines = []
    scenario = replace(SCHEMATHESIS, source=partial(drive, budget=budget))
    with Embedded(address=mutant, settings=Settings(name="embedded")).connect() as endpoint:
        wire = Wire(endpoint)
        order = Order(effort=effort, seed=1, only=only)
        outcome = run_scenario(scenario, wire, Surroundings(run="test"), order, lines.append)
        wire.close()
    return outcome, lines


@needs_schemathesis
def test_the_reference_emulator_is_not_accused():
    """Some hundred requests, accepted and refused ones, are judged, and none against the reference."""
    outcome, lines = surveyed("", Budget(examples=20, cases=450, seconds=120))
    assert not outcome.summary.error
    assert not outcome.cut_short
    assert (outcome.summary.tool, outcome.summary.cases > 300) == ("schemathesis", True)
    assert not [id for id, count in outcome.tally.counts.items() if count.violated or count.tolerated]
    judged = {id.partition("/")[0] for id, count in outcome.tally.counts.items() if count.judged}
    assert {"preserve", "reflect", "show", "keep", "revision", "atomic", "envelope", "clear"} <= judged
    assert min(outcome.tally.accepted, outcome.tally.rejected) > 50
    sent = [line for line in lines if isinstance(line, Exchange) and "survey" in line.tag.phase]
    by_tool = [e for e in sent if dict(e.request.headers).get("User-Agent", "").startswith("schemathesis/")]
    assert len(by_tool) == outcome.summary.cases == sum(isinstance(line, Case) for line in lines)
    assert {e.request.operation for e in sent if e not in by_tool} >= {model.DESCRIBE}


@needs_schemathesis
def test_a_mutant_is_convicted_with_a_small_case():
    """What schemathesis finds is replayed on a new service, and shrunk to what it takes."""
    budget = Budget(examples=1, cases=200, seconds=120)
    found, _ = surveyed("update-resets-health-check-path", budget, ["preserve/healthCheckPath"])
    count = found.tally.counts["preserve/healthCheckPath"]
    assert count.violated
    assert count.returned
    assert count.violators == {"schemathesis"}
    assert count.example["shrunk"]
    body = json.loads(count.example["case"]["value"]["body"])
    assert body["serviceArn"] == "$serviceArn"
    assert len(body) <= 2


@pytest.mark.parametrize("found", ["", "3.39.7"])
def test_it_has_to_be_installed(found, monkeypatch):
    """Without it, or with an old one, a run does not begin, and the hint tells what to install."""
    monkeypatch.setattr(schemathesis_source, "version", lambda: found)
    with pytest.raises(ConfigurationError) as error:
        RunSettings(sources=("schemathesis",))
    assert error.value.exit_code == 2
    assert "pip install 'ecs-express-conformance[schemathesis]'" in error.value.hint


def test_the_installed_one_will_do(monkeypatch):
    """Version 4 and later are taken; another source is not known."""
    monkeypatch.setattr(schemathesis_source, "version", lambda: "4.32.5")
    check_installed()
    assert RunSettings(sources=("schemathesis",), only=("operation",)).scenarios[-1] is SCHEMATHESIS
    assert SCHEMATHESIS not in RunSettings().scenarios
    with pytest.raises(ConfigurationError, match="no source of traffic 'other'"):
        RunSettings(sources=("other",))


def test_settings_travel_to_workers(monkeypatch):
    """The sources are among what a worker process is told."""
    monkeypatch.setattr(schemathesis_source, "version", lambda: "4.32.5")
    settings = RunSettings(sources=("schemathesis",))
    assert RunSettings.from_json(json.loads(json.dumps(settings.to_json()))) == settings


# -- a whole run -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run with schemathesis and one of the suite's own scenarios; what it said, and its folder."""
    folder = tmp_path_factory.mktemp("run")
    words = ("--effort", "smoke", "--seed", "1", "--only", "accept/cpu", "--only", "clear")
    done = express("run", *words, "--with", "schemathesis", "--out", "run", cwd=folder, seconds=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout, folder / "run"


@needs_schemathesis
def test_a_run_says_what_only_schemathesis_exercised(run):
    """Results, terminal and report name the tool, and how many requirements nothing else exercised.

    The suite's own scenarios leave it little; what pages say of the rest is tested on made results.
    """
    said, folder = run
    found = results(folder)
    (tool,) = [scenario for scenario in found["scenarios"] if scenario["tool"]]
    assert (tool["id"], tool["error"]) == ("schemathesis", "")
    alone = [r["id"] for r in found["requirements"] if r["exercised_by"] == ["schemathesis"]]
    assert f"it alone exercised {len(alone)} and alone violated 0" in " ".join(said.split())
    assert ("Exercised by schemathesis alone" in said) is bool(alone)
    report = (folder / "report.html").read_text(encoding="utf-8")
    assert "By schemathesis alone" in report
    assert all(f'<a href="#{id}">{id}</a>' in report for id in alone)
    assert {path.name for path in folder.parent.iterdir()} <= {"run", "again"}


@needs_schemathesis
def test_a_run_with_schemathesis_is_a_recording_like_any_other(run):
    """It can be judged again with the same result, and every service is deleted."""
    _, folder = run
    recording = folder / "recording.jsonl"
    assert express("judge", recording, "--out", "again", cwd=folder.parent).returncode == 0
    again = {r["id"]: r for r in results(folder.parent / "again")["requirements"]}
    assert all(again[r["id"]] == r for r in results(folder)["requirements"])
    lines = [line for line in records(folder) if line["kind"] == "exchange"]
    created = [line for line in lines if line["request"]["operation"] == model.CREATE]
    deleted = [line for line in lines if line["request"]["operation"] == model.DELETE]
    assert len(created) == len(deleted) > 0


# A package of that name, first on the path, that sends two requests and then does what CODE says.
_FAKE = """
    import sys, os, time, urllib.request
    url = sys.argv[sys.argv.index("--url") + 1]
    document = open(sys.argv[2]).read()
    arn = document.split('"serviceArn": {')[1].split('"const": "')[1].split('"')[0]
    target = sys.argv[sys.argv.index("--header") + 1].partition(": ")[2]
    headers = {"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"}
    for path in ("/a", "/b"):
        body = ('{"serviceArn": "%s", "healthCheckPath": "%s"}' % (arn, path)).encode()
        urllib.request.urlopen(urllib.request.Request(url, body, headers)).read()
"""


def fake(folder: Path, code: str) -> dict[str, str]:
    """The environment in which schemathesis is something else."""
    package = folder / "fakes" / "schemathesis"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "cli.py").write_text(textwrap.dedent(_FAKE) + code, encoding="utf-8")
    metadata = folder / "fakes" / "schemathesis-4.99.dist-info" / "METADATA"
    metadata.parent.mkdir()
    metadata.write_text("Metadata-Version: 2.1\nName: schemathesis\nVersion: 4.99\n", encoding="utf-8")
    return {**os.environ, "PYTHONPATH": str(folder / "fakes")}


def run_with(environment, folder, *more):
    """A run of nothing but the tool."""
    words = ("run", "--effort", "smoke", "--only", "preserve/cpu", "--with", "schemathesis", "--out", "run")
    return subprocess.run(
        [*COMMAND, *words, *more],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def test_a_tool_that_is_killed_leaves_what_was_recorded(tmp_path):
    """The run is incomplete and says why; what was sent until then is recorded and judged."""
    done = run_with(fake(tmp_path, "os.kill(os.getpid(), 9)"), tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert "schemathesis ended with code -9" in done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    found = results(tmp_path / "run")
    assert found["complete"] is False
    assert "schemathesis ended with code -9" in " ".join(found["errors"])
    lines = records(tmp_path / "run")
    assert lines[-1]["kind"] == "footer"
    sent = [line for line in lines if line.get("scenario") == "schemathesis" and line["kind"] == "exchange"]
    assert sum('"healthCheckPath": "/' in str(line["request"]["body"]) for line in sent) >= 2
    (entry,) = found["requirements"]
    assert "schemathesis" in entry["exercised_by"]


def test_a_tool_that_ends_well_completes_the_run(tmp_path):
    """The same tool, if it is not killed, is just one more scenario."""
    done = run_with(fake(tmp_path, "sys.exit(1)"), tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert results(tmp_path / "run")["complete"] is True


def test_a_tool_that_is_not_installed_is_told_before_anything_is_sent(tmp_path):
    """Exit code 2, what to install, and no output folder."""
    blind = tmp_path / "blind"
    blind.mkdir()
    (blind / "sitecustomize.py").write_text(
        "import importlib.metadata as m\n"
        "found = m.version\n"
        "def version(name):\n"
        "    if name == 'schemathesis':\n"
        "        raise m.PackageNotFoundError(name)\n"
        "    return found(name)\n"
        "m.version = version\n",
        encoding="utf-8",
    )
    done = run_with({**os.environ, "PYTHONPATH": str(blind)}, tmp_path)
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "error: schemathesis is not installed.",
        "       Install it: pip install 'ecs-express-conformance[schemathesis]'",
    ]
    assert not (tmp_path / "run").exists()


# -- reports ---------------------------------------------------------------------------------------------


def test_reports_list_what_the_tool_alone_found():
    """What it alone violated and exercised is listed; what others did, too, is not; without it nothing is."""
    tool = ScenarioResult(id="schemathesis", title="t", cases=9, tool="schemathesis")
    mine, both = ("schemathesis",), ("schemathesis", "updates")
    listed = (
        requirement("a/mine", Verdict.FAIL, exercised_by=mine, violated_by=mine, violated=1),
        requirement("a/both", Verdict.FAIL, exercised_by=both, violated_by=both, violated=2),
        requirement("a/caught", Verdict.FAIL, exercised_by=both, violated_by=mine, violated=1),
    )
    run = replace(sample(requirements=listed), scenarios=(tool,))
    (share,) = shares(run)
    assert [r.id for r in share.exercised] == ["a/mine"]
    assert [r.id for r in share.violated] == ["a/mine", "a/caught"]
    assert share.judged == 3
    text = terminal.summary(run, out_dir=Path("out"))
    assert "it alone exercised 1 and alone violated 2" in " ".join(text.split())
    assert "Violated by schemathesis alone: 2 requirements" in html.render(run)
    assert shares(only(Verdict.PASS)) == []
    assert "alone exercised" not in terminal.summary(only(Verdict.PASS), out_dir=Path("out"))
