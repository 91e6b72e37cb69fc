"""The workflow that judges real accounts: who can start it, and that it cleans up whatever happens."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from conformance.cli import main

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / ".github" / "workflows" / "live.yml").read_text(encoding="utf-8")
# YAML 1.1 reads the key `on` as true.
WORKFLOW: dict[Any, Any] = yaml.safe_load(TEXT)
JUDGE = WORKFLOW["jobs"]["judge"]
STEPS = [*WORKFLOW["jobs"]["configured"]["steps"], *JUDGE["steps"]]
SET = {"ROLE": "arn:aws:iam::111122223333:role/live", "REGIONS": "us-east-1", "CONFIGURATION": "x"}


def step(name: str) -> dict[str, Any]:
    """The step of this id or name."""
    return next(each for each in STEPS if name in (each.get("id"), each.get("name")))


@dataclass
class Ran:
    """What a shell step left."""

    code: int
    printed: str
    outputs: dict[str, str]


def ran(folder: Path, name: str, *, tools: Path | None = None, **variables: str) -> Ran:
    """Run a shell step as a runner would, with these variables; each that it declares has to be given."""
    assert step(name)["env"].keys() == variables.keys()
    output = folder / "output"
    output.write_text("", encoding="utf-8")
    here = f"{tools}:" if tools else ""
    path = f"{here}{Path(sys.executable).parent}:{os.environ['PATH']}"
    files = {"GITHUB_OUTPUT": str(output), "GITHUB_STEP_SUMMARY": str(folder / "summary")}
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", step(name)["run"]],
        cwd=folder,
        env={**os.environ, **files, **variables, "PATH": path},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    lines = output.read_text(encoding="utf-8").splitlines()
    return Ran(done.returncode, done.stdout + done.stderr, dict(line.split("=", 1) for line in lines))


def position(name: str) -> int:
    """Where a step stands in its job."""
    return JUDGE["steps"].index(step(name))


# -- who starts it, and what it may -----------------------------------------------------------------------


def test_only_time_and_people_start_it() -> None:
    """No pull request, no push, and nothing that another workflow or repository can send."""
    assert WORKFLOW[True].keys() == {"schedule", "workflow_dispatch"}
    assert "pull_request" not in TEXT


def test_it_may_do_no_more_than_it_does() -> None:
    """A token for AWS, and issues; the code it only reads."""
    assert WORKFLOW["permissions"] == {"contents": "read", "id-token": "write", "issues": "write"}
    assert WORKFLOW["jobs"]["configured"]["permissions"] == {}
    assert "permissions" not in JUDGE
    checkout = next(each for each in STEPS if each.get("uses", "").startswith("actions/checkout@"))
    assert checkout["with"]["persist-credentials"] is False
    assert "secrets." not in TEXT


def test_reviewers_are_asked_first() -> None:
    """All that reaches the account is in a job with an environment."""
    assert JUDGE["environment"] == "live"
    assert [name for name, job in WORKFLOW["jobs"].items() if "aws-actions" in json.dumps(job)] == ["judge"]


def test_there_is_one_run_at_a_time() -> None:
    """And none is cancelled in the middle, for it would leave its service."""
    assert WORKFLOW["concurrency"] == {"group": "live", "cancel-in-progress": False}
    assert JUDGE["strategy"]["max-parallel"] == 1
    assert JUDGE["strategy"]["fail-fast"] is False


def test_nothing_is_written_into_a_script() -> None:
    """What GitHub knows reaches the shell as variables: no expression is in a script."""
    scripts = [each["run"] for each in STEPS if "run" in each]
    assert len(scripts) > 5
    assert not any("${{" in script for script in scripts)


# -- what happens in any case -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["cleanup", "Upload the report"])
def test_whatever_happens_it_is_done(name: str) -> None:
    """After the run, and also if that failed or was cancelled."""
    assert step(name)["if"] == "${{ always() }}"
    assert position(name) > position("judge")


def test_history_outlives_the_runner() -> None:
    """What is restored is what was saved, under a key of the Region."""
    caches = [each for each in JUDGE["steps"] if each.get("uses", "").startswith("actions/cache/")]
    restored, saved = caches
    assert restored["uses"].startswith("actions/cache/restore@")
    assert saved["uses"].startswith("actions/cache/save@")
    assert saved["if"] == "${{ always() }}"
    assert restored["with"]["path"] == saved["with"]["path"]
    assert saved["with"]["key"].startswith(restored["with"]["restore-keys"])
    assert "matrix.region" in restored["with"]["restore-keys"]
    assert "--history history" in step("judge")["run"]


def test_its_options_are_those_of_the_commands() -> None:
    """Every command and every option that the scripts name exists."""
    said = re.findall(r"express-conformance (\w+)((?:[^|\n]|\\\n)*)", TEXT)
    assert {command for command, _ in said} == {"plan", "run", "cleanup", "diff"}
    for command, words in said:
        known = {name for option in main.commands[command].params for name in option.opts}
        assert set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", words)) <= known


def test_the_role_lasts_as_long_as_the_job() -> None:
    """Else the clean-up would have no credentials any more."""
    assert step("Sign in")["with"]["role-duration-seconds"] >= JUDGE["timeout-minutes"] * 60


# -- its steps, run ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("missing", list(SET))
def test_an_unconfigured_repository_skips_with_a_notice(missing: str, tmp_path: Path) -> None:
    """Nothing is red there, and no job reaches an account."""
    done = ran(tmp_path, "look", **{**SET, missing: ""})
    assert (done.code, done.outputs) == (0, {"regions": "[]"})
    assert done.printed.startswith("::notice ")
    assert "!= '[]'" in JUDGE["if"]


def test_the_regions_become_a_matrix(tmp_path: Path) -> None:
    """One job for each; what is no Region is refused before it gets anywhere."""
    done = ran(tmp_path, "look", **{**SET, "REGIONS": "us-east-1 us-gov-west-1"})
    assert json.loads(done.outputs["regions"]) == ["us-east-1", "us-gov-west-1"]
    hostile = ran(tmp_path, "look", **{**SET, "REGIONS": '$(touch${IFS}owned) us","x'})
    assert (hostile.code, hostile.outputs) == (2, {})
    assert not (tmp_path / "owned").exists()


@pytest.mark.parametrize(
    ("code", "told"),
    [("2", "end"), ("3", "end"), ("", "end"), ("4", "does not have")],
)
def test_a_run_that_did_not_end_is_told(code: str, told: str, tmp_path: Path) -> None:
    """Whatever stopped it; the results of the night before stay for the next night."""
    done = ran(tmp_path, "compare", REGION="us-east-1", CODE=code)
    assert done.code == 0
    assert told in done.outputs["told"]
    assert not (tmp_path / "last").exists()


@pytest.fixture(scope="module")
def nights(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Results of a run without and of one with a failure."""
    folder = tmp_path_factory.mktemp("nights")
    for name, target in (("good", "embedded"), ("bad", "embedded:update-resets-cpu")):
        words = ["--target", target, "--effort", "smoke", "--seed", "1", "--only", "preserve/cpu"]
        subprocess.run(
            [sys.executable, "-m", "conformance", "run", *words, "--out", name],
            cwd=folder,
            capture_output=True,
            check=False,
            timeout=400,
        )
    return {name: folder / name / "results.json" for name in ("good", "bad")}


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ("", "good", ""),
        ("", "bad", "first run"),
        ("good", "good", ""),
        ("good", "bad", "night before"),
        ("bad", "bad", ""),
        ("bad", "good", ""),
    ],
)
def test_a_regression_is_told(
    before: str, now: str, told: str, nights: dict[str, Path], tmp_path: Path
) -> None:
    """Once: a failure that was there the night before is in the report, and in no issue."""
    (tmp_path / "live" / "us-east-1").mkdir(parents=True)
    shutil.copy(nights[now], tmp_path / "live" / "us-east-1" / "results.json")
    if before:
        (tmp_path / "last").mkdir()
        shutil.copy(nights[before], tmp_path / "last" / "results.json")
    done = ran(tmp_path, "compare", REGION="us-east-1", CODE="1" if now == "bad" else "0")
    assert done.code == 0, done.printed
    assert told in done.outputs["told"]
    assert bool(done.outputs["told"]) is bool(told)
    assert (tmp_path / "last" / "results.json").read_bytes() == nights[now].read_bytes()


@pytest.mark.parametrize(("number", "verb"), [("", "create"), ("7", "comment 7")])
def test_an_issue_is_opened_or_added_to(number: str, verb: str, tmp_path: Path) -> None:
    """With a link to the run; what is left in the account comes first."""
    tools = tmp_path / "tools"
    tools.mkdir()
    script = f'#!/bin/sh\necho "$@" >> {tmp_path}/asked\nif [ "$2" = list ]; then echo "{number}"; fi\n'
    (tools / "gh").write_text(script, encoding="utf-8")
    (tools / "gh").chmod(0o755)
    given = {"GH_TOKEN": "t", "GH_REPO": "me/suite", "REGION": "us-east-1", "RUN": "https://example/1"}
    name = "Open an issue, or add to it"
    done = ran(tmp_path, name, tools=tools, TOLD="Told.", CLEANUP="failure", **given)
    assert done.code == 0, done.printed
    listed, acted = (tmp_path / "asked").read_text(encoding="utf-8").splitlines()
    assert listed.startswith("issue list --state open")
    assert acted.startswith(f"issue {verb} ")
    assert "Something is left in the account" in acted
    assert acted.endswith("Told. Report and recording: https://example/1")
