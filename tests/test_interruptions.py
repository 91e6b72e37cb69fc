"""A run that is stopped or killed: what it recorded stays readable, and says that it is incomplete."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from commands import COMMAND, express, judgement, records, results, told_cleanly

from conformance.emulator.process import running


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    """One reference emulator for all runs."""
    with running() as url:
        yield url


def _begun(url: str, folder: Path, *words: str) -> subprocess.Popen[str]:
    """A run in its middle: a hundred exchanges or more are recorded."""
    process = subprocess.Popen(
        [*COMMAND, "run", "--endpoint-url", url, "--effort", "exhaustive", "--out", "o", *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and _recorded(folder / "o" / "parts") < 100:
        time.sleep(0.05)
    return process


def _recorded(parts: Path) -> int:
    return sum(path.read_bytes().count(b'"kind":"exchange"') for path in parts.glob("*.jsonl"))


def _ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    out, err = process.communicate(timeout=200)
    return subprocess.CompletedProcess(process.args, process.returncode, out, err)


def _smoke(url: str, folder: Path) -> None:
    """A short run, to its end."""
    words = ("--effort", "smoke", "--only", "exclusion", "--out", "o")
    assert express("run", "--endpoint-url", url, *words, cwd=folder).returncode == 0


def _services(url: str) -> list[str]:
    """The services that are still there and active."""
    client = boto3.client(
        "ecs",
        endpoint_url=url,
        region_name="us-east-1",
        aws_access_key_id="testing",
        aws_secret_access_key="testing",
    )
    arns = client.list_services(cluster="default", maxResults=100)["serviceArns"]
    shown = [client.describe_express_gateway_service(serviceArn=arn)["service"] for arn in arns]
    return [service["serviceArn"] for service in shown if service["status"]["statusCode"] == "ACTIVE"]


@pytest.mark.parametrize(
    ("number", "words"), [(signal.SIGINT, ()), (signal.SIGTERM, ()), (signal.SIGINT, ("-n", "2"))]
)
def test_an_interrupted_run_keeps_what_it_has(
    emulator: str, tmp_path: Path, number: signal.Signals, words: tuple[str, ...]
) -> None:
    """Ctrl-C and SIGTERM end the run with exit code 3 and one clear line; its services are deleted."""
    process = _begun(emulator, tmp_path, *words)
    os.killpg(process.pid, number)
    done = _ended(process)
    assert done.returncode == 3
    assert told_cleanly(done), done.stderr
    assert "interrupted" in done.stderr
    found = results(tmp_path / "o")
    assert not found["complete"]
    assert found["counts"]["exchanges"] > 50
    assert _services(emulator) == []


def test_an_incomplete_recording_is_judged_and_refused(emulator: str, tmp_path: Path) -> None:
    """Judge shows what an interrupted recording holds, says that it is incomplete, and exits with 3."""
    process = _begun(emulator, tmp_path)
    process.send_signal(signal.SIGINT)
    _ended(process)
    done = express("judge", "o/recording.jsonl", "--out", "again", cwd=tmp_path)
    assert done.returncode == 3
    assert "incomplete" in done.stderr
    assert judgement(tmp_path / "again") == judgement(tmp_path / "o")


@pytest.mark.parametrize("words", [(), ("-n", "2")])
def test_a_killed_run_is_cleaned_up_by_the_next(
    emulator: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    """After SIGKILL the parts can be judged, and the next run there deletes the services that were left."""
    process = _begun(emulator, tmp_path, *words)
    os.killpg(process.pid, signal.SIGKILL)
    _ended(process)
    done = express("judge", "o", "--out", "again", cwd=tmp_path)
    assert done.returncode == 3
    assert results(tmp_path / "again")["counts"]["exchanges"] > 50
    assert _services(emulator)
    _smoke(emulator, tmp_path)
    assert _services(emulator) == []


def test_a_truncated_recording_never_looks_green(emulator: str, tmp_path: Path) -> None:
    """Wherever a complete recording is cut, judging it exits with 3."""
    _smoke(emulator, tmp_path)
    whole = (tmp_path / "o" / "recording.jsonl").read_bytes()
    last = whole.rindex(b"\n", 0, -1) + 1
    for length in (last, last + 10, len(whole) - 2, last // 2, last // 3):
        (tmp_path / "cut.jsonl").write_bytes(whole[:length])
        done = express("judge", "cut.jsonl", "--out", "cut", cwd=tmp_path)
        assert done.returncode == 3, length
        assert "Traceback" not in done.stderr


def test_the_target_that_dies_ends_the_run(tmp_path: Path) -> None:
    """When the target stops answering, the run says so, exits with 3, and keeps its recording."""
    command = [sys.executable, "-m", "conformance.emulator.server"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        process = _begun(json.loads(server.stdout.readline())["endpoint"], tmp_path)
        server.kill()
        done = _ended(process)
    assert done.returncode == 3
    assert told_cleanly(done), done.stderr
    assert "stopped answering" in done.stderr
    assert records(tmp_path / "o")[-1]["complete"] is False


def test_a_command_that_dies_is_told_with_its_last_words(tmp_path: Path) -> None:
    """A server that the run started and that dies in mid-run: exit code 3, and what it said last."""
    server = f"{sys.executable} -m conformance.emulator.server --port {{port}}"
    dying = f"command:sh -c '{server} & sleep 6; echo my last words; kill $!; exit 7'"
    done = express("run", "--target", dying, "--effort", "exhaustive", "--out", "o", cwd=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert told_cleanly(done), done.stderr
    assert "my last words" in done.stderr
    assert results(tmp_path / "o")["counts"]["exchanges"] > 50


def test_json_lines_are_whole(emulator: str, tmp_path: Path) -> None:
    """Every line of a recording is a JSON object of its own."""
    _smoke(emulator, tmp_path)
    for line in (tmp_path / "o" / "recording.jsonl").read_text(encoding="utf-8").splitlines():
        assert isinstance(json.loads(line), dict)
