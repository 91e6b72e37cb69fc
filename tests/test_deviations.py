"""A target that deviates: what a person is shown, what is replayed, and what is known already."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from commands import express, results, verdicts

FAULT = "embedded:update-resets-health-check-path"
ID = "preserve/healthCheckPath"


@pytest.fixture(scope="module")
def convicted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """A run against an emulator with one fault."""
    folder = tmp_path_factory.mktemp("deviating")
    return folder, express(
        "run", "--target", FAULT, "--effort", "smoke", "--seed", "3", "--out", "r", cwd=folder
    )


def test_a_failure_is_told(convicted: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """Exit code 1; the requirement, what was expected and observed, and how to see it again are shown."""
    folder, done = convicted
    assert done.returncode == 1
    assert ID in done.stdout
    assert "expected" in done.stdout
    assert f"express-conformance replay r {ID}" in done.stdout
    assert {id for id, verdict in verdicts(folder / "r").items() if verdict == "fail"} == {ID}


def test_the_case_is_minimal(convicted: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """The counterexample is shrunk, has one optional member, and shows what was before and after."""
    folder, _ = convicted
    example = next(e for e in results(folder / "r")["requirements"] if e["id"] == ID)["counterexample"]
    assert example["shrunk"]
    assert len(example["case"]["value"]["members"]) == 1
    assert [exchange["role"] for exchange in example["exchanges"]] == ["before", "judged", "after"]
    assert all(example["reproduce"][tool] for tool in ("curl", "aws", "boto3", "replay"))


def test_a_case_is_replayed(convicted: tuple[Path, subprocess.CompletedProcess[str]]) -> None:
    """Replay says that it fails still, with exit code 1; without a case it says what to do."""
    folder, _ = convicted
    again = express("replay", "r", ID, cwd=folder)
    assert (again.returncode, "still failing" in again.stdout) == (1, True)
    other = express("replay", "r", "preserve/cpu", cwd=folder)
    assert other.returncode == 2
    assert ID in other.stderr


def test_a_known_deviation_does_not_fail(
    convicted: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """Listed with a reason it keeps its verdict, and the exit code is 0."""
    folder, _ = convicted
    entry = '[[deviation]]\nid = "{}"\nreason = "tracked as #1"\n'
    (folder / "known.toml").write_text(entry.format(ID))
    done = express(
        "run", "--target", FAULT, "--effort", "smoke", "--known", "known.toml", "--out", "k", cwd=folder
    )
    assert done.returncode == 0
    entry = next(e for e in results(folder / "k")["requirements"] if e["id"] == ID)
    assert (entry["verdict"], entry["known"]) == ("fail", "tracked as #1")


def test_pytest_gives_the_same_verdicts(
    convicted: tuple[Path, subprocess.CompletedProcess[str]],
) -> None:
    """`pytest --pyargs conformance.suite` judges as the command line does, and its exit code is the same."""
    folder, _ = convicted
    done = subprocess.run(
        [
            sys.executable, "-m", "pytest", "--pyargs", "conformance.suite", "-p", "no:schemathesis",
            "--conformance-target", FAULT, "--conformance-effort", "smoke", "--conformance-seed", "3",
            "--conformance-out", "p",
        ],
        cwd=folder, capture_output=True, text=True, check=False, timeout=400,
    )  # fmt: skip
    assert done.returncode == 1, done.stdout
    assert ID in done.stdout
    # How a race ends, at a target that is at fault, is a matter of chance.
    one, other = (
        {id: each for id, each in verdicts(run).items() if not id.startswith("concurrency/")}
        for run in (folder / "p", folder / "r")
    )
    assert one == other
