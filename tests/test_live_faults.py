"""Whole live runs, each through a fault of the network, the account or the service, and some through two.

They are rehearsals: the way into a real account, walked from the command line, at an emulator that is like
the real service. Whatever befalls a run, it ends by itself, accuses nobody, keeps to its budget, and says
what it could not judge, what stays, and what to do.
"""

from __future__ import annotations

import json
import math
import os
import re
import shlex
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from commands import express, records, results, verdicts

from conformance import model
from conformance.emulator.conditions import Conditions
from conformance.emulator.process import running
from conformance.exceptions import ConfigurationError
from conformance.judge import rejudge
from conformance.recording import read

ACCOUNT = "123456789012"
UPDATES = 10
# What an eventual Describe shows now and then, whatever else befalls a run; it cannot fail.
EVENTUAL = {"atomic/state", "life-cycle/never-active-again", "revision/shown-by-describe"}
# What is judged only where a Describe happens not to be late.
BY_CHANCE = {"show/taskDefinitionArn"}
WORDS = ("--target", "account", "--live", "--yes", "--effort", "smoke", "--seed", "1", "--out", "o")
ONLY = ("--only", "preserve", "--only", "accept", "--only", "show")
IMPATIENT = """
import sys
from conformance.suite import live, settings
settings._LIVE = {**settings._LIVE, "network_pauses": (0.1, 0.2, 0.4), "role_pauses": (0.1, 0.2)}
live._NETWORK_PAUSES = (0.1,)
from conformance.cli import main
main()
"""
RENEWING = """
import datetime, json, pathlib
count = pathlib.Path(__file__).with_name("count")
number = int(count.read_text() or 0) + 1 if count.exists() else 1
count.write_text(str(number))
# botocore looks for new ones fifteen minutes before the old ones expire.
ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(minutes=15, seconds=1)
print(json.dumps({
    "Version": 1,
    "AccessKeyId": "AKIARENEWED",
    "SecretAccessKey": f"renewed-secret-{number:04}",
    "SessionToken": f"renewed-token-{number:04}",
    "Expiration": ends.isoformat(),
}))
"""


@dataclass(frozen=True, kw_only=True)
class Ran:
    """A run that has ended, with its emulator still there.

    Attributes:
        done: the process.
        folder: where it ran; its output is in ``o``.
        seconds: how long it took.
        url: of the emulator.
    """

    done: subprocess.CompletedProcess[str]
    folder: Path
    seconds: float
    url: str

    @property
    def said(self) -> str:
        """All that a person sees, without the line breaks."""
        return " ".join((self.done.stdout + self.done.stderr).split())

    @property
    def results(self) -> dict[str, Any]:
        """The document."""
        return results(self.folder / "o")

    @property
    def exchanges(self) -> list[dict[str, Any]]:
        """Those of the recording, in the order of time."""
        found = [each for each in records(self.folder / "o") if each["kind"] == "exchange"]
        return sorted(found, key=lambda each: each["started"])

    def alive(self) -> list[str]:
        """The ARNs of the services that ECS lists, asked by somebody else."""
        ecs = boto3.client(
            "ecs",
            endpoint_url=self.url,
            region_name="us-east-1",
            aws_access_key_id="another",
            aws_secret_access_key="another",
            config=Config(retries={"total_max_attempts": 10, "mode": "standard"}),
        )
        clusters = ecs.list_clusters()["clusterArns"]
        return [arn for each in clusters for arn in ecs.list_services(cluster=each)["serviceArns"]]


@contextmanager
def ran(
    folder: Path,
    conditions: Mapping[str, Any],
    *lines: str,
    deployment: float | None = None,
    drain: float | None = None,
    program: str = "",
    environment: Mapping[str, str] | None = None,
    budget: str = f"accepted_updates = {UPDATES}",
    rate: int = 1000,
) -> Iterator[Ran]:
    """A whole live run under these conditions.

    Args:
        folder: to run in.
        conditions: of the emulator, beside that everything takes a tenth of its time.
        lines: of the configuration of the target.
        deployment: seconds that a deployment takes.
        drain: seconds that a service takes to be gone.
        program: in the place of the command, Python that ends in it.
        environment: variables of the run.
        budget: a line of the budget.
        rate: its requests per second.
    """
    given = Conditions(**{"time_factor": 0.1, **conditions})
    with running(
        profile="aws-like", conditions=given, deployment_seconds=deployment, drain_seconds=drain
    ) as url:
        configuration = [
            "[targets.account]",
            'target = "aws:us-east-1"',
            f'endpoint_url = "{url}"',
            f'accounts = ["{ACCOUNT}"]',
            'regions = ["us-east-1"]',
            "settle_seconds = 4",
            *lines,
            "[targets.account.budget]",
            f"requests_per_second = {rate}",
            budget,
        ]
        (folder / "express-conformance.toml").write_text("\n".join(configuration), encoding="utf-8")
        command = [sys.executable, *(("-c", program) if program else ("-m", "conformance"))]
        began = time.monotonic()
        done = subprocess.run(
            [*command, "run", *WORDS, *ONLY],
            cwd=folder,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=400,
            check=False,
        )
        yield Ran(done=done, folder=folder, seconds=time.monotonic() - began, url=url)


@pytest.fixture(scope="module")
def unharmed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The verdicts of a run that nothing befell."""
    folder = tmp_path_factory.mktemp("unharmed")
    with ran(folder, {}) as run:
        assert run.done.returncode == 0, run.said
        assert run.alive() == []
        judged = check_sound(run)
    assert list(judged.values()).count("pass") > 50
    return judged


def check_sound(run: Ran) -> dict[str, str]:
    """What holds of each run, whatever befell it; its verdicts."""
    assert "Traceback" not in run.said, run.said
    assert "INTERNALERROR" not in run.said
    found = verdicts(run.folder / "o")
    assert {id for id, each in found.items() if each in {"fail", "flaky"}} == set()
    assert {id for id, each in found.items() if each == "diverges"} <= EVENTUAL
    document, exchanges = run.results, run.exchanges
    assert len(exchanges) == document["counts"]["exchanges"]
    for name in ("report.html", "summary.md", "junit.xml"):
        assert (run.folder / "o" / name).stat().st_size
    again = rejudge(read([run.folder / "o" / "recording.jsonl"]), only=list(found))
    assert {each.id: each.verdict.value for each in again.requirements} == found
    check_budget(exchanges, document["budget"])
    return found


def check_budget(exchanges: list[dict[str, Any]], spent: dict[str, Any]) -> None:
    """What was sent by the recording is no more than the budget allows, and than the meter says."""
    allowed, alive, creates, updates = spent["budget"], set[str](), 0, 0
    for each in exchanges:
        request, response = each["request"], each.get("response")
        body = json.loads(request["body"]) if request["body"].startswith("{") else {}
        name = str(body.get("serviceName") or body.get("serviceArn")).rpartition("/")[2]
        refused = response is not None and 400 <= response["status"] < 500
        if request["operation"] == model.CREATE and not refused:
            creates += 1
            alive.add(name)
        elif request["operation"] == model.OPERATION and not refused:
            updates += 1
        elif request["operation"] == model.DELETE and response and response["status"] == 200:
            alive.discard(name)
        assert len(alive) <= allowed["services_alive"] == 1
    assert (creates, updates) == (spent["creates"], spent["accepted_updates"])
    assert creates <= allowed["creates"] == 2
    assert updates <= allowed["accepted_updates"] <= 30
    assert spent["settled_waits"] <= allowed["settled_waits"] == 3
    assert spent["requests"] == len(exchanges)


def lost(run: Ran, before: Mapping[str, str]) -> dict[str, str]:
    """What was not judged as it was in a run that nothing befell: by its id, the note."""
    entries = [each for each in run.results["requirements"] if each["id"] not in EVENTUAL | BY_CHANCE]
    changed = [each for each in entries if before[each["id"]] not in {each["verdict"], "not-exercised"}]
    assert {each["verdict"] for each in changed} <= {"not-exercised"}
    return {each["id"]: each["note"] for each in changed}


def command_in(run: Ran) -> list[str]:
    """The command that the run tells a person to clean up with."""
    found = re.search(r"`(express-conformance cleanup [^`]*)`", " ".join(run.done.stderr.split()))
    assert found, run.said
    return shlex.split(found[1])[1:]


# -- what passes by --------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True)
class Passing:
    """A fault that a run survives.

    Attributes:
        conditions, options: of :func:`ran`.
        most: seconds that the run may take.
        lost: what the notes of requirements say that were not judged for it; empty if all are judged.
        always: whether something is lost for certain, and not only what is on its way when the network goes.
    """

    conditions: dict[str, Any] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)
    most: float = 300.0
    lost: str = ""
    always: bool = False


_NO_ANSWER = "got no answer"
PASSING = {
    "a fifth of all requests throttled": Passing(conditions={"throttle_share": 0.2}),
    "roles not yet known": Passing(conditions={"role_seconds": 1.5}),
    "the network gone": Passing(conditions={"outage_after": 16, "outage_seconds": 6.0}, lost=_NO_ANSWER),
    "the network gone at clean-up": Passing(
        conditions={"outage_after": 44, "outage_seconds": 4.0}, lost=_NO_ANSWER
    ),
    "deployments without end": Passing(options={"deployment": math.inf}, lost="did not settle", always=True),
    "throttled, and the network gone": Passing(
        conditions={"throttle_share": 0.3, "outage_after": 30, "outage_seconds": 5.0}, lost=_NO_ANSWER
    ),
}


@pytest.mark.parametrize("name", PASSING)
def test_what_passes_by_is_survived(name: str, unharmed: dict[str, str], tmp_path: Path) -> None:
    """The run comes to its end, has judged what it can, and leaves nothing."""
    case = PASSING[name]
    with ran(tmp_path, case.conditions, **case.options) as run:
        assert run.done.returncode == 0, run.said
        assert run.alive() == []
    check_sound(run)
    assert run.results["complete"]
    assert run.seconds < case.most
    notes = lost(run, unharmed)
    assert all(case.lost and case.lost in note for note in notes.values()), notes
    if notes or case.always:
        assert case.lost in " ".join(run.results["errors"])
        assert case.lost in run.said


# -- what does not ---------------------------------------------------------------------------------------


def test_expired_credentials_end_a_run(unharmed: dict[str, str], tmp_path: Path) -> None:
    """It names the service that stays, and the command that deletes it after signing in again."""
    with ran(tmp_path, {"credentials_last": 18}) as run:
        assert run.done.returncode == 3, run.said
        check_sound(run)
        assert run.seconds < 300
        (arn,) = run.alive()
        document = run.results
        assert not document["complete"]
        assert "no longer takes the credentials: ExpiredTokenException" in document["errors"][0]
        assert "aws sso login" in run.said
        stays = next(each for each in document["errors"] if "may still be there" in each)
        assert arn.rpartition("/")[2] in stays
        assert all("no longer takes the credentials" in note for note in lost(run, unharmed).values())
        assert lost(run, unharmed)
        words = command_in(run)
        assert words[:5] == ["cleanup", "--target", "account", "--live", "--run"]
        assert words[5] in arn
        assert words[6:8] == ["--older-than", "0"]
        signed_in_again(tmp_path)
        done = express(*words, "--yes", cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert f"deleted: service {arn.rpartition('/')[2]}" in done.stdout
        assert run.alive() == []


def signed_in_again(folder: Path) -> None:
    """The target's configuration has keys that have not expired."""
    path = folder / "express-conformance.toml"
    keys = 'access_key = "AKIAANOTHER"\nsecret_key = "another"\n[targets.account.budget]'
    path.write_text(path.read_text("utf-8").replace("[targets.account.budget]", keys), encoding="utf-8")


def test_a_service_that_drains_for_ever_is_named(unharmed: dict[str, str], tmp_path: Path) -> None:
    """It was judged to the end, and yet something is left: exit code 3, its name, and what to do."""
    with ran(tmp_path, {}, drain=math.inf) as run:
        assert run.done.returncode == 3, run.said
    check_sound(run)
    assert run.seconds < 300
    told = " ".join(run.results["errors"])
    assert re.search(r"service \S*/Xc-\S+ is still DRAINING 4 s after its Delete", told), told
    assert command_in(run)[0] == "cleanup"
    assert set(lost(run, unharmed)) <= {id for id in unharmed if id.startswith("life-cycle")}


def test_a_network_that_stays_away_ends_a_run(unharmed: dict[str, str], tmp_path: Path) -> None:
    """Nothing can be deleted then; the run says so, and ends."""
    gone = {"outage_after": 18, "outage_seconds": math.inf}
    with ran(tmp_path, gone, program=IMPATIENT) as run:
        assert run.done.returncode == 3, run.said
    check_sound(run)
    assert run.seconds < 300
    document = run.results
    assert "stopped answering" in document["errors"][0]
    assert any("may still be there" in each and "/Xc-" in each for each in document["errors"])
    assert command_in(run)[0] == "cleanup"
    notes = lost(run, unharmed)
    assert notes
    assert all("stopped answering" in note for note in notes.values()), notes


def test_a_role_that_nobody_can_assume_ends_a_run(tmp_path: Path) -> None:
    """Before it begins: no service comes about; the terminal and all requirements say why."""
    with ran(tmp_path, {"role_seconds": 3600.0}, program=IMPATIENT) as run:
        assert run.done.returncode == 3, run.said
        assert run.alive() == []
    check_sound(run)
    assert "Cannot assume role" in run.said
    assert "trust policy" in run.done.stderr
    notes = {each["note"] for each in run.results["requirements"] if each["verdict"] == "not-exercised"}
    assert notes
    assert all("Cannot assume role" in note for note in notes), notes


def test_credentials_are_renewed_in_mid_run(unharmed: dict[str, str], tmp_path: Path) -> None:
    """A run goes on for longer than its credentials last, and no secret of any of them is written."""
    script = tmp_path / "renewing.py"
    script.write_text(RENEWING, encoding="utf-8")
    script.chmod(stat.S_IRUSR | stat.S_IWUSR)
    (tmp_path / "aws").write_text(
        f"[profile long]\ncredential_process = {sys.executable} -S {script}\nregion = us-east-1\n",
        encoding="utf-8",
    )
    lines = ('profile = "long"',)
    environment = {
        "AWS_CONFIG_FILE": str(tmp_path / "aws"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "none"),
    }
    slow = f"accepted_updates = {UPDATES}\nminutes = 5"
    conditions = {"credentials_last": 30}
    with ran(tmp_path, conditions, *lines, environment=environment, budget=slow) as run:
        assert run.done.returncode == 0, run.said
        assert run.alive() == []
    check_sound(run)
    assert lost(run, unharmed) == {}
    assert int((tmp_path / "count").read_text()) > 2
    written = [path for path in (tmp_path / "o").rglob("*") if path.is_file()]
    texts = [run.said, *(path.read_text("utf-8", "replace") for path in written)]
    assert not any(re.search(r"renewed-(secret|token)-\d", text) for text in texts)


def test_a_spent_budget_says_which_ceiling_was_reached(unharmed: dict[str, str], tmp_path: Path) -> None:
    """In the results, with each requirement that it cost, and in the terminal; that is no failure."""
    with ran(tmp_path, {}, budget="minutes = 0.05", rate=5) as run:
        assert run.done.returncode == 0, run.said
        assert run.alive() == []
    check_sound(run)
    notes = lost(run, unharmed)
    assert notes
    assert set(notes.values()) == {"Not sent: the 0.05 minutes of the budget were over."}
    assert re.search(r"Of these, \d+ for this reason: the 0\.05 minutes of the budget were over\.", run.said)
    assert "the 0.05 minutes of the budget were over" in {e["stopped"] for e in run.results["scenarios"]}


@pytest.mark.parametrize("share", [1.0, -0.1, math.nan])
def test_a_share_of_all_requests_is_refused(share: float) -> None:
    """An emulator that turns away everything would be no emulator."""
    with pytest.raises(ConfigurationError, match="throttle-share"):
        Conditions(throttle_share=share)
