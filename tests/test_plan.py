"""The plan of a run in a real account: what would be sent, made, paid and judged, told beforehand."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import express, results, told_cleanly
from hostile import says, serving

from conformance import model
from conformance.cli import running as running_command
from conformance.emulator.process import running
from conformance.exceptions import ConfigurationError
from conformance.requirements import REQUIREMENTS
from conformance.suite import planning
from conformance.suite.managed import KINDS
from conformance.suite.settings import RunSettings

ACCOUNT = "998877665544"


def configured(folder: Path, url: str, *more: str) -> None:
    """A target that stands for a real account."""
    lines = ["[targets.account]", 'target = "aws:eu-west-1"', f'endpoint_url = "{url}"']
    lines += [f'accounts = ["{ACCOUNT}"]', 'regions = ["eu-west-1"]', 'cluster = "mine"']
    lines += ["[targets.account.budget]", "requests_per_second = 1000", *more]
    (folder / "express-conformance.toml").write_text("\n".join(lines), encoding="utf-8")


@pytest.fixture(scope="module")
def planned(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dict[str, Any], int]]:
    """A plan, and how many requests its target saw."""
    folder = tmp_path_factory.mktemp("plan")
    with serving(*[says(b"")] * 3) as server:
        configured(folder, server.url)
        done = express("plan", "--target", "account", "--seed", "1", "--json", cwd=folder)
        assert done.returncode == 0, done.stderr
        assert sorted(path.name for path in folder.iterdir()) == ["express-conformance.toml"]
        yield json.loads(done.stdout), len(server.requests)


def test_nothing_is_sent(planned: tuple[dict[str, Any], int]) -> None:
    """Not even to STS."""
    assert planned[1] == 0


def test_it_counts_what_would_be_sent(planned: tuple[dict[str, Any], int]) -> None:
    """By kind, and within the budget."""
    plan, _ = planned
    assert plan["creates"] == 1
    assert 20 <= plan["updates"]["accepted"] <= plan["budget"]["accepted_updates"] == 30
    assert plan["updates"]["refused"] > 100
    assert plan["describes"] > 100
    assert plan["other"][model.DELETE] == 1
    assert sum(plan["scenarios"].values()) >= 4


def test_it_says_what_it_costs(planned: tuple[dict[str, Any], int]) -> None:
    """In minutes and dollars, with what both are based on."""
    plan, _ = planned
    assert 0 < plan["minutes"] <= plan["budget"]["minutes"]
    assert 0 <= plan["dollars"] <= plan["budget"]["dollars"]
    told = " ".join(plan["assumptions"])
    for word in ("6 minutes", "1000 a second", "0.50 dollars an hour"):
        assert word in told


def test_it_names_what_will_exist(planned: tuple[dict[str, Any], int]) -> None:
    """With the name's beginning, and the tags of what the run creates itself."""
    plan, _ = planned
    made = {each["kind"]: each for each in plan["resources"]}
    service = made["Express service"]
    assert service["name"] == f"Xc-{plan['run']}-service-"
    assert service["tags"] == {"express-conformance-run": plan["run"]}
    assert made["log group"]["name"] == f"/aws/ecs/mine/Xc-{plan['run']}-service-"
    assert {
        "Fargate task",
        "task definition revision",
        "Application Load Balancer with a listener",
    } <= made.keys()
    # All that clean-up looks after; what ECS names in its own way does not name the run.
    assert all(
        any(kind in each for each in made) for kind in (*KINDS.keys() - {"load balancer"}, "log group")
    )
    own = [each for each in plan["resources"] if each["by"] == "run"]
    assert all(each["name"].startswith(f"Xc-{plan['run']}-") for each in own)
    assert made["target group"]["name"] == "ecs-gateway-tg-"
    assert made["security group"]["name"] == f"mine-Xc-{plan['run']}-service-"


def test_it_says_what_would_be_judged(planned: tuple[dict[str, Any], int]) -> None:
    """Each requirement is in the one list or in the other, there with the reason."""
    plan, _ = planned
    assert {*plan["judged"], *plan["not_judged"]} == REQUIREMENTS.keys()
    assert not {*plan["judged"]} & plan["not_judged"].keys()
    assert plan["share_judged"] > 0.85
    assert all(plan["not_judged"].values())
    assert "second caller" in plan["not_judged"]["auth/denied-rejected"]


def test_a_run_keeps_to_it(tmp_path: Path) -> None:
    """At a target that is as the emulator is, all figures come true; the plan is shown, and asked about."""
    with running(environment={"MOTO_ACCOUNT_ID": ACCOUNT}) as url:
        configured(tmp_path, url, "accepted_updates = 8")
        words = ("--target", "account", "--seed", "3", "--only", "preserve", "--only", "reject-type")
        told = express("plan", *words, "--json", cwd=tmp_path)
        done = express("run", *words, "--live", "--yes", "--out", "o", cwd=tmp_path)
    plan, document = json.loads(told.stdout), results(tmp_path / "o")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Plan of run" in done.stdout
    assert [entry["id"] for entry in document["requirements"] if entry["judged"]] == plan["judged"]
    assert document["counts"]["updates_accepted"] == plan["updates"]["accepted"]
    assert document["budget"]["creates"] == plan["creates"]
    every = (*plan["updates"].values(), *plan["other"].values(), plan["creates"], plan["describes"])
    assert abs(document["budget"]["requests"] - sum(every)) <= 3, "looking whether the service is gone"


@pytest.mark.parametrize(("answer", "code"), [(b"n\n", 2), (b"y\n", 0)])
def test_a_person_is_asked(answer: bytes, code: int, tmp_path: Path) -> None:
    """After the plan; only who says yes has anything sent to ECS."""
    with running(environment={"MOTO_ACCOUNT_ID": ACCOUNT}) as url:
        configured(tmp_path, url, "accepted_updates = 4")
        words = ["run", "--target", "account", "--live", "--only", "show", "--out", "o"]
        shown, ended = typed([sys.executable, "-m", "conformance", *words], answer, tmp_path)
    assert ended == code, shown
    assert shown.index("It would send") < shown.index("Go on?")
    assert (tmp_path / "o" / "recording.jsonl").exists() is (code == 0)


def typed(command: list[str], answer: bytes, folder: Path) -> tuple[str, int]:
    """What a command shows on a terminal where somebody types this answer, and how it ends."""
    ours, theirs = pty.openpty()
    os.write(ours, answer)
    with subprocess.Popen(
        command, cwd=folder, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        shown, _ = process.communicate(timeout=180)
    os.close(theirs)
    os.close(ours)
    return shown.decode(), process.returncode


def test_the_guard_comes_before_the_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing may be sent, nothing is rehearsed."""
    monkeypatch.chdir(tmp_path)
    configured(tmp_path, "http://127.0.0.1:1")
    monkeypatch.setattr(planning, "plan", lambda *_: pytest.fail("planned"))
    with pytest.raises(ConfigurationError, match="--live"):
        running_command._agreed(RunSettings(target="account", confirmed=True))


def test_other_targets_have_no_plan(tmp_path: Path) -> None:
    """It is about accounts; the error says what to give."""
    done = express("plan", "--target", "embedded", cwd=tmp_path)
    assert (done.returncode, told_cleanly(done)) == (2, True)
    assert "--target aws" in done.stderr


def test_it_reads_well(tmp_path: Path) -> None:
    """In lines for a person, with all that the JSON has."""
    configured(tmp_path, "http://127.0.0.1:1", "accepted_updates = 4")
    done = express("plan", "--target", "account", cwd=tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for words in ("It would send", "Expected: about", "Ceilings:", "These will exist", "Not judged:"):
        assert words in done.stdout
