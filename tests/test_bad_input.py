"""What bad input gets: one clear line, what to do next, the documented exit code, and no traceback."""

from __future__ import annotations

import json
import ssl
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from commands import COMMAND, express, records, results, told_cleanly, verdicts
from hostile import by_operation, drips, floods, hangs, http, resets, says, serving

from conformance.emulator.process import running

HTML = http(b"<h1>It works!</h1>", headers={"Content-Type": "text/html"})
MOVED = http(b"", status=301, headers={"Location": "https://elsewhere.example/"})
IMPATIENT = """
[targets.slow]
target = "url:{url}"
[targets.slow.limits]
read_timeout = 0.3
connect_timeout = 0.5
max_body_bytes = 100000
"""


def _run(*words: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return express("run", "--effort", "smoke", "--out", "o", *words, cwd=folder)


def _told(done: subprocess.CompletedProcess[str], code: int, *words: str) -> None:
    """The exit code, and the words in what was told."""
    assert done.returncode == code, done.stdout + done.stderr
    assert told_cleanly(done), done.stderr
    for word in words:
        assert word in done.stderr
    assert len(done.stderr.splitlines()) <= 4


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--target", "nosuch"), "There is no target 'nosuch'"),
        (("--target", "embeded"), "Did you mean embedded?"),
        (("--target", "embedded:nosuch"), "nosuch"),
        (("--only", "preserve/cpus"), "preserve/cpu"),
        (("--endpoint-url", "localhost:4566"), "http://HOST:PORT"),
        (("--endpoint-url", "https://ecs.eu-west-1.amazonaws.com"), "nothing was sent"),
        (("--target", "aws"), "nothing was sent"),
        (("--endpoint-url", "http://127.0.0.1:1", "--profile", "nosuch"), "nosuch"),
        (("--target", "command:no-such-server --port {port}"), "cannot be started"),
        (("--target", "command:"), "command"),
        (("--known", "missing.toml"), "missing.toml"),
        (("--seed", "-1"), "seed"),
        (("--endpoint-url", "http://127.0.0.1:1", "--service-arn", "arn", "-n", "2"), "Leave out -n"),
    ],
)
def test_wrong_usage(words: tuple[str, ...], said: str, tmp_path: Path) -> None:
    """Options that mean nothing end with exit code 2 before anything is sent."""
    _told(_run(*words, folder=tmp_path), 2, said)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[targets.mine\n", "not valid TOML"),
        ("[targets.mine]\nendpoint = 'http://x'\n", "endpoint_url"),
        ("[targets.mine]\nregion = 5\n", "region"),
        ("[targets.mine.values]\nrole = ['x']\n", "roles"),
        ("[targets.mine.limits]\nread_timeout = 'long'\n", "positive number"),
    ],
)
def test_a_broken_configuration_file(text: str, said: str, tmp_path: Path) -> None:
    """The file and the place in it are named."""
    (tmp_path / "express-conformance.toml").write_text(text)
    done = _run("--target", "mine", folder=tmp_path)
    _told(done, 2, said)
    assert "mine" in done.stderr or "express-conformance.toml" in done.stderr


def test_an_unwritable_output_folder(tmp_path: Path) -> None:
    """Where a file stands in the place of the folder, nothing is sent."""
    (tmp_path / "o").write_text("in the way")
    with serving(says(HTML)) as server:
        _told(_run("--endpoint-url", server.url, folder=tmp_path), 2, "cannot be written", "--out")
        assert server.requests == []


def test_an_unreachable_host(tmp_path: Path) -> None:
    """A port where nothing listens: exit code 3, and the recording holds the attempt."""
    _told(
        _run("--endpoint-url", "http://127.0.0.1:9", folder=tmp_path), 3, "does not answer", "Is it running"
    )
    assert records(tmp_path / "o")[-1]["complete"] is False


@pytest.mark.parametrize(
    ("script", "said"),
    [
        (says(HTML), "no ECS endpoint"),
        (says(MOVED), "redirects to https://elsewhere.example/"),
        (says(b"SSH-2.0-OpenSSH_9.2\r\n", close=True), "does not answer"),
        (resets(), "does not answer"),
        (hangs, "no answer within"),
        (floods(1 << 30), "a body of over"),
        (drips(b"HTTP/1.1 200 OK\r\n", b"X-Slow: " + b"x" * 100, 0.1), "no answer within"),
        (says(http({"__type": "UnrecognizedClientException"}, status=400)), "refuses the credentials"),
    ],
    ids=["html", "redirect", "ssh", "reset", "hang", "flood", "drip", "credentials"],
)
def test_something_else_listens_there(script: Any, said: str, tmp_path: Path) -> None:
    """Whatever answers in the place of an ECS endpoint: exit code 3, and what it did is told in one line."""
    with serving(script) as server:
        (tmp_path / "express-conformance.toml").write_text(IMPATIENT.format(url=server.url))
        _told(_run("--target", "slow", folder=tmp_path), 3, said)


def test_tls_on_the_wrong_side(tmp_path: Path) -> None:
    """HTTPS spoken to a plain server: exit code 3, and the hint is about the scheme."""
    with ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        url = f"https://127.0.0.1:{server.server_port}"
        _told(_run("--endpoint-url", url, folder=tmp_path), 3, "does not answer", "http://")
        server.shutdown()


def test_http_spoken_to_a_tls_server(tmp_path: Path) -> None:
    """Plain HTTP spoken to a TLS server: exit code 3, in one line."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)

    def wrap(connection: Any) -> Any:
        return context.wrap_socket(connection, server_side=True)

    with serving(says(HTML), wrap=wrap) as server:
        _told(_run("--endpoint-url", server.url, folder=tmp_path), 3, "does not answer")


_ARN = "arn:aws:ecs:us-east-1:123456789012:service/default/only"
_UNKNOWN = says(http({"__type": "UnknownOperationException"}, status=400))
_CREATED = says(http({"service": {"serviceArn": _ARN}}))
_GARBAGE = {
    "not JSON": says(http(b"\xff\xfe{nope")),
    "a list": says(http([1, [2, [3]]])),
    "wrong types": says(http({"service": {"serviceArn": 5, "status": [], "targetConfiguration": "x"}})),
    "null everywhere": says(http({"service": None})),
    "deeply nested": says(http(b"[" * 50000 + b"]" * 50000)),
    "an empty success": says(http(b"")),
    "a number of a million digits": says(http(b'{"service": ' + b"9" * 1000000 + b"}")),
    "NaN": says(http(b'{"service": {"createdAt": NaN}}')),
}


@pytest.mark.parametrize("garbage", list(_GARBAGE))
def test_garbage_gets_verdicts(garbage: str, tmp_path: Path) -> None:
    """A target that answers updates with garbage is judged: the suite neither crashes nor passes it."""
    scripts = {
        "CreateExpressGatewayService": _CREATED,
        "UpdateExpressGatewayService": _GARBAGE[garbage],
        "DescribeExpressGatewayService": _GARBAGE[garbage],
        "DeleteExpressGatewayService": _CREATED,
    }
    with serving(by_operation(scripts, otherwise=_UNKNOWN)) as server:
        only = ("--only", "envelope", "--only", "response-type", "--only", "preserve")
        done = _run("--endpoint-url", server.url, *only, folder=tmp_path)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    broken = "response-type/service.serviceArn" if garbage == "wrong types" else "envelope/success-body"
    assert verdicts(tmp_path / "o")[broken] == "fail"
    assert not any("oracle" in error for error in results(tmp_path / "o")["errors"])


def test_a_target_that_resets_now_and_then(tmp_path: Path) -> None:
    """Connections that break in mid-run are no verdicts: the run goes on, and counts them."""
    answers = [says(http({"service": {"serviceArn": _ARN}}))] * 3
    scripts = {
        "CreateExpressGatewayService": _CREATED,
        "UpdateExpressGatewayService": _alternating(answers[0], resets()),
        "DescribeExpressGatewayService": _CREATED,
        "DeleteExpressGatewayService": _CREATED,
    }
    with serving(by_operation(scripts, otherwise=_UNKNOWN)) as server:
        done = _run("--endpoint-url", server.url, "--only", "identity", folder=tmp_path)
    assert "Traceback" not in done.stderr
    assert results(tmp_path / "o")["counts"]["transport_failures"] > 5
    assert results(tmp_path / "o")["complete"]


def _alternating(*scripts: Any) -> Any:
    turns = [-1]

    def script(connection: Any, request: Any) -> Any:
        turns[0] += 1
        return scripts[turns[0] % len(scripts)](connection, request)

    return script


@pytest.mark.parametrize("text", ["", "nonsense\n", '{"kind": "header"}\n', "[]\n", "\x00\x01\n"])
def test_what_is_no_recording(text: str, tmp_path: Path) -> None:
    """Judging something else ends with exit code 3 and says what to give."""
    (tmp_path / "x.jsonl").write_text(text)
    done = express("judge", "x.jsonl", "--out", "o", cwd=tmp_path)
    assert done.returncode == 3
    assert told_cleanly(done), done.stderr


def test_what_is_no_results_document(tmp_path: Path) -> None:
    """Replaying something else ends with exit code 3; a missing file too."""
    (tmp_path / "results.json").write_text(json.dumps({"format": "other"}))
    for path in (".", "nowhere"):
        done = express("replay", path, "preserve/cpu", cwd=tmp_path)
        assert done.returncode == 3
        assert told_cleanly(done), done.stderr


def test_an_unknown_option_is_a_usage_error(tmp_path: Path) -> None:
    """What click itself refuses has exit code 2 as well."""
    assert express("run", "--no-such-option", cwd=tmp_path).returncode == 2
    assert express("explain", "no-such-requirement", cwd=tmp_path).returncode == 2
    assert express("serve", "--mutant", "no-such-mutant", cwd=tmp_path).returncode == 2


def test_serving_on_a_busy_port(tmp_path: Path) -> None:
    """A port that is taken is told in one line."""
    with running() as url:
        done = express("serve", "--port", url.rpartition(":")[2], cwd=tmp_path)
    assert done.returncode == 2
    assert told_cleanly(done), done.stderr


def test_the_program_runs_as_a_module(tmp_path: Path) -> None:
    """`python -m conformance` is the same program."""
    done = subprocess.run([*COMMAND, "--version"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("express-conformance")
    assert COMMAND[0] == sys.executable
