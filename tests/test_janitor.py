"""Nothing that a run creates is lost: it is deleted at the end, or found by ``cleanup``."""

from __future__ import annotations

import random
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from commands import COMMAND, express, results, told_cleanly

from conformance.emulator.process import running
from conformance.suite import janitor
from conformance.suite.account import Account
from conformance.suite.leftover_kinds import KINDS, SERVICE, Leftover
from conformance.wire import Endpoint

ACCOUNT = "998877665544"
RUN, OTHER = "0badcafe", "5ca1ab1e"
NOW = 1_800_000_000.0


@pytest.fixture(scope="module")
def account() -> Iterator[str]:
    """An emulator in an account that is somebody's."""
    with running(environment={"MOTO_ACCOUNT_ID": ACCOUNT}) as url:
        yield url


@pytest.fixture
def empty() -> Iterator[str]:
    """An emulator with nothing in it."""
    with running() as url:
        yield url


def client(url: str, service: str = "ecs") -> Any:
    """A boto3 client that knows nothing of the suite."""
    keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
    return boto3.client(service, endpoint_url=url, region_name="us-east-1", **keys)


def live_services(url: str) -> list[str]:
    """The names of all Express services that are not inactive, by other means than the suite's."""
    ecs, names = client(url), []
    for cluster in ecs.list_clusters()["clusterArns"]:
        for page in ecs.get_paginator("list_services").paginate(cluster=cluster):
            for arn in page["serviceArns"]:
                shown = ecs.describe_express_gateway_service(serviceArn=arn)["service"]
                if shown["status"]["statusCode"] != "INACTIVE":
                    names.append(shown["serviceName"])
    return names


def task_definitions(url: str) -> list[str]:
    """The active task definitions."""
    pages = client(url).get_paginator("list_task_definitions").paginate(status="ACTIVE")
    return [arn.rpartition("/")[2] for page in pages for arn in page["taskDefinitionArns"]]


def created(url: str, name: str, *, account: str = "123456789012", **more: Any) -> None:
    """A service of that name."""
    ecs = client(url)
    ecs.create_cluster(clusterName="default")
    ecs.create_express_gateway_service(
        serviceName=name,
        infrastructureRoleArn=f"arn:aws:iam::{account}:role/infrastructure",
        executionRoleArn=f"arn:aws:iam::{account}:role/execution",
        primaryContainer={"image": "nginx"},
        **more,
    )


def looked(url: str, **options: Any) -> janitor.Search:
    """What is found there."""
    return janitor.search(Account(Endpoint(url=url)), **options)


# -- what is found --------------------------------------------------------------------------------------


def test_everything_of_a_run_is_found_and_nothing_else(empty: str) -> None:
    """By the name; what others named in nearly the same way stays, whatever its tags say."""
    tag = [{"key": "express-conformance-run", "value": RUN}]
    created(empty, f"Xc-{RUN}-lists-1", tags=tag)
    created(empty, f"Xc-{RUN}-untagged-1")
    for name in ("web", "Xc-web-1", f"my-xc-{RUN}-1", f"Xc-{RUN}", f"Xc-{RUN}-Mine"):
        created(empty, name)
    created(empty, "stolen", tags=tag)
    ecs, logs, ec2 = client(empty), client(empty, "logs"), client(empty, "ec2")
    ecs.create_cluster(clusterName=f"Xc-{RUN}-two-services")
    logs.create_log_group(logGroupName=f"/aws/ecs/default/Xc-{RUN}-lists-1-abcd")
    logs.create_log_group(logGroupName="/aws/ecs/default/web-abcd")
    elb = client(empty, "elbv2")
    network = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    managed = {"Key": "AmazonECSManaged", "Value": "true"}
    tags = [{"ResourceType": "security-group", "Tags": [managed]}]
    for name in (f"default-Xc-{RUN}-lists-1-{network}", f"default-my-Xc-{RUN}-lists-1-{network}"):
        ec2.create_security_group(GroupName=name, Description="d", VpcId=network, TagSpecifications=tags)
    ec2.create_security_group(GroupName=f"default-Xc-{RUN}-mine-1-{network}", Description="d", VpcId=network)
    elb.create_target_group(
        Name="tg",
        Protocol="HTTP",
        Port=80,
        VpcId=network,
        Tags=[{"Key": "express-conformance-run", "Value": RUN}, managed],
    )
    found = looked(empty).found
    assert {each.run for each in found} == {RUN}
    kinds = [each.kind for each in found if each.kind != "task definition"]
    assert kinds == ["service", "service", "cluster", "log group", "security group", "target group"]
    deleted: list[str] = []
    assert janitor.delete(Account(Endpoint(url=empty)), found, deleted.append, seconds=2) == []
    assert len(deleted) == len(found)
    assert looked(empty).found == []
    assert sorted(live_services(empty)) == sorted(
        ["web", "Xc-web-1", f"my-xc-{RUN}-1", f"Xc-{RUN}", f"Xc-{RUN}-Mine", "stolen"]
    )


def test_a_tag_that_says_otherwise_protects_a_service(empty: str) -> None:
    """Its name is somebody else's idea then."""
    created(empty, f"Xc-{RUN}-lists-1", tags=[{"key": "express-conformance-run", "value": OTHER}])
    assert [each for each in looked(empty).found if each.kind == SERVICE] == []


def test_a_service_that_only_contains_such_a_name_is_somebodys(empty: str) -> None:
    """A run's own names begin with it."""
    created(empty, f"my-Xc-{RUN}-lists-1")
    assert [each for each in looked(empty).found if each.kind == SERVICE] == []


def leftover(run: str, age: float | None, kind: str = SERVICE) -> Leftover:
    """Something of that age."""
    made = None if age is None else NOW - age
    return Leftover(kind=kind, name=f"Xc-{run}-{age}", run=run, created=made, delete=lambda: None)


def test_a_run_that_may_be_under_way_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as the youngest thing of it is young; then all of it is found, also what has no age."""
    things = [leftover(RUN, 50), leftover(RUN, 7000), leftover(RUN, None, "cluster"), leftover(OTHER, 3700)]
    monkeypatch.setattr(janitor, "KINDS", {"things": lambda _account: iter(things)})
    where = Account(Endpoint(url="http://127.0.0.1:1"))

    def runs(**options: Any) -> list[str]:
        return [each.run for each in janitor.search(where, now=NOW, **options).found]

    assert sorted(runs()) == [RUN, RUN, RUN, OTHER]
    assert runs(older_than=3600.0) == [OTHER]
    assert runs(older_than=3600.0, run=RUN) == []
    assert runs(run=RUN) == [RUN] * 3


def test_where_nobody_may_look_is_told(empty: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kind that cannot be listed is a problem of its own; the others are found all the same."""

    def barred(_account: Account) -> Iterator[Leftover]:
        raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, "DescribeLogGroups")

    created(empty, f"Xc-{RUN}-lists-1")
    monkeypatch.setattr(janitor, "KINDS", {**KINDS, "log groups": barred})
    search = looked(empty)
    assert [each.kind for each in search.found] == ["service", "task definition"]
    assert len(search.problems) == 1
    assert "log groups" in search.problems[0]


def test_what_cannot_be_deleted_is_told() -> None:
    """And what is gone by itself is no problem."""

    def failing(code: str) -> Any:
        def delete() -> None:
            raise ClientError({"Error": {"Code": code, "Message": "m"}}, "Delete")

        return delete

    things = [
        Leftover(kind="log group", name=code, run=RUN, created=None, delete=failing(code))
        for code in ("ResourceNotFoundException", "AccessDeniedException", "InvalidGroup.NotFound")
    ]
    told: list[str] = []
    problems = janitor.delete(Account(Endpoint(url="http://127.0.0.1:1")), things, told.append)
    assert len(problems) == 1
    assert "AccessDenied" in problems[0]
    assert told == []


def test_what_only_contains_such_a_name_is_somebodys(empty: str) -> None:
    """Log groups and task definitions with nearly the names of a run's are neither found nor deleted."""
    ecs, logs = client(empty), client(empty, "logs")
    theirs = [
        f"/aws/ecs/default/my-Xc-{RUN}-lists-1-abcd",
        f"/aws/ecs/default/Xc-{RUN}-lists-1-abcd/archive",
        f"/aws/ecs/default/Xc-{RUN}-notes",
        f"/aws/ecs/containerinsights/Xc-{RUN}-lists-1-abcd/performance",
    ]
    mine = f"/aws/ecs/default/Xc-{RUN}-lists-1-abcd"
    for name in (*theirs, mine):
        logs.create_log_group(logGroupName=name)
    ecs.create_cluster(clusterName="default")
    containers = [{"name": "a", "image": "b", "memory": 128}]
    families = [f"my-Xc-{RUN}-lists-1", f"default-my-Xc-{RUN}-lists-1", f"default-Xc-{RUN}-lists-1-backup"]
    for family in (*families, f"Xc-{RUN}-bench-valid", f"default-Xc-{RUN}-lists-1"):
        ecs.register_task_definition(family=family, containerDefinitions=containers)
    found = looked(empty).found
    assert {each.name for each in found} == {mine, f"Xc-{RUN}-bench-valid:1", f"default-Xc-{RUN}-lists-1:1"}
    assert janitor.delete(Account(Endpoint(url=empty)), found, lambda _told: None) == []
    assert {each["logGroupName"] for each in logs.describe_log_groups()["logGroups"]} == {*theirs}
    assert {name.partition(":")[0] for name in task_definitions(empty)} == {*families}


def test_a_task_definition_says_by_its_log_group_whose_it_is(empty: str) -> None:
    """Where its family fits two clusters, only that tells whether the service was a run's."""
    ecs = client(empty)
    for cluster in ("a", "a-b"):
        ecs.create_cluster(clusterName=cluster)
    created(empty, f"Xc-{RUN}-lists-1", cluster="a-b")
    created(empty, f"b-Xc-{RUN}-lists-2", cluster="a")
    assert len(task_definitions(empty)) == 2
    kinds = {each.name: each.kind for each in looked(empty).found}
    assert kinds == {f"Xc-{RUN}-lists-1": "service", f"a-b-Xc-{RUN}-lists-1:1": "task definition"}


# -- the command ----------------------------------------------------------------------------------------


def test_cleanup_shows_first_and_deletes_when_told(empty: str, tmp_path: Path) -> None:
    """Exit code 2 if nobody can agree, 0 if nothing is left."""
    created(empty, f"Xc-{RUN}-lists-1")

    def cleanup(*words: str) -> subprocess.CompletedProcess[str]:
        return express("cleanup", "--endpoint-url", empty, *words, cwd=tmp_path)

    young = cleanup("--yes")
    assert (young.returncode, young.stdout) == (0, "Nothing was found that a run left.\n")
    shown = cleanup("--older-than", "0")
    assert (shown.returncode, told_cleanly(shown)) == (2, True)
    assert f"Xc-{RUN}-lists-1" in shown.stdout
    assert live_services(empty) == [f"Xc-{RUN}-lists-1"]
    other = cleanup("--older-than", "0", "--run", OTHER, "--yes")
    assert other.returncode == 0
    done = cleanup("--older-than", "0", "--yes")
    assert done.returncode == 0, done.stderr
    assert f"deleted: service Xc-{RUN}-lists-1" in done.stdout
    assert live_services(empty) == []


def test_cleanup_where_nobody_answers(tmp_path: Path) -> None:
    """That is told, and is not the same as nothing being there."""
    done = express("cleanup", "--endpoint-url", "http://127.0.0.1:1", "--yes", cwd=tmp_path)
    assert (done.returncode, told_cleanly(done)) == (3, True)
    assert "does not answer" in done.stderr


def test_cleanup_of_a_real_account_needs_the_guard(tmp_path: Path) -> None:
    """It deletes things, so the account must be allowed."""
    done = express("cleanup", "--target", "aws", "--yes", cwd=tmp_path)
    assert (done.returncode, told_cleanly(done)) == (2, True)
    assert "nothing was sent" in done.stderr


# -- live runs ------------------------------------------------------------------------------------------


def configured(folder: Path, url: str) -> None:
    """A target that stands for a real account."""
    (folder / "express-conformance.toml").write_text(
        f"""
        [targets.account]
        target = "aws:us-east-1"
        endpoint_url = "{url}"
        accounts = ["{ACCOUNT}"]
        regions = ["us-east-1"]
        [targets.account.budget]
        requests_per_second = 1000
        accepted_updates = 10000
        """,
        encoding="utf-8",
    )


LIVE = ("run", "--target", "account", "--live", "--yes", "--effort", "smoke")


def program(folder: Path, *words: str, change: str = "") -> list[str]:
    """A live run without the rehearsal that chooses what to send, which takes longer than all else."""
    script = folder / "run.py"
    script.write_text(
        "import sys\n"
        "from conformance.cli import main, running\n"
        "from conformance.suite import janitor, session, settings\n"
        "session.script_for = lambda *arguments: None\n"
        "running._agreed = lambda settings: (settings, None)\n"
        f"{change}\n"
        "main(sys.argv[1:])\n"
    )
    return [COMMAND[0], str(script), *LIVE, *words]


def test_a_live_run_leaves_nothing(account: str, tmp_path: Path) -> None:
    """Neither its service, nor the task definitions that it and Express registered."""
    configured(tmp_path, account)
    only = ("--only", "preserve", "--only", "task-definition")
    done = express(*LIVE, *only, "--out", "o", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert results(tmp_path / "o")["counts"]["updates_accepted"] >= 3
    assert live_services(account) == []
    assert [name for name in task_definitions(account) if "Xc-" in name] == []


def test_what_is_left_turns_the_run_red(account: str, tmp_path: Path) -> None:
    """A run that cannot clean up ends with exit code 3, and says what it left."""
    configured(tmp_path, account)
    idle = "janitor.delete = lambda *arguments, **options: []"
    words = program(tmp_path, "--only", "preserve/cpu", "--out", "o", change=idle)
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=400)
    assert done.returncode == 3, done.stdout + done.stderr
    assert any("Left behind: task definition" in error for error in results(tmp_path / "o")["errors"])


def test_killed_at_any_moment_nothing_is_lost(account: str, tmp_path: Path) -> None:
    """Twenty runs are killed at random moments; one cleanup finds all that they left."""
    configured(tmp_path, account)
    chance = random.Random(6)

    def killed(number: int) -> None:
        words = program(tmp_path, "--out", f"o{number}")
        process = subprocess.Popen(
            words,
            cwd=tmp_path,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            stdin=subprocess.DEVNULL,
        )
        begun = tmp_path / f"o{number}" / "parts" / "00-probe.jsonl"
        deadline = time.monotonic() + 60
        while not begun.exists() and time.monotonic() < deadline:
            time.sleep(0.02)
        time.sleep(chance.uniform(0.0, 2.0))
        process.send_signal(signal.SIGKILL)
        process.wait()

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(killed, range(20)))
    left = live_services(account)
    assert left, "no run was killed while it had a service: the moments are badly chosen"
    done = express("cleanup", "--target", "account", "--live", "--older-than", "0", "--yes", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert live_services(account) == []
    assert [name for name in task_definitions(account) if "Xc-" in name] == []


def test_a_target_that_dies_leaves_a_report(tmp_path: Path) -> None:
    """Nothing can be cleaned up then; what was recorded is judged, and the report says what to do."""
    with running(environment={"MOTO_ACCOUNT_ID": ACCOUNT}) as url:
        configured(tmp_path, url)
        hasty = "settings._LIVE = {**settings._LIVE, 'network_pauses': (0.1,)}"
        process = subprocess.Popen(
            program(tmp_path, "--out", "o", change=hasty),
            cwd=tmp_path,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        deadline = time.monotonic() + 90
        while not list((tmp_path / "o" / "parts").glob("0[1-9]-*")) and time.monotonic() < deadline:
            time.sleep(0.02)
    said, _ = process.communicate(timeout=200)
    assert process.returncode == 3, said
    assert "Traceback" not in said
    document = results(tmp_path / "o")
    assert document["counts"]["exchanges"] > 5
    assert not document["complete"]
    assert any("cleanup" in error for error in document["errors"]), document["errors"]
