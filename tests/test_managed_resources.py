"""What ECS makes for a run's service is noted, found, named and deleted; what others use is not touched."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import uuid
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
import urllib3
from botocore.exceptions import ClientError
from commands import COMMAND, express, results

from conformance.emulator.conditions import Conditions
from conformance.emulator.process import running
from conformance.emulator.simulation import CLOCK_PATH
from conformance.suite import janitor, outlasting, run_names
from conformance.suite.account import Account
from conformance.suite.managed import KINDS, Managed, managed_by
from conformance.suite.notes import NAME, Noted, Notes
from conformance.wire import Endpoint

ACCOUNT = "998877665544"
RUN = "0badcafe"
MINE = f"Xc-{RUN}-service-1"
REAL = 100  # times longer than the profile's own times
GONE, REMOVED = 65, 600  # seconds that a service takes to be INACTIVE, and ECS for what it made
BALANCER = ("load balancer", "listener", "security group")


class Cloud:
    """An emulated account in which ECS makes load balancers and the like, through boto3."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.endpoint = Endpoint(url=url, account=ACCOUNT)
        self.account = Account(self.endpoint)

    def __getattr__(self, service: str) -> Any:
        keys = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing"}
        name = service.replace("_", "-")
        client = boto3.client(name, endpoint_url=self.url, region_name="us-east-1", **keys)
        setattr(self, service, client)
        return client

    def create(self, name: str = MINE) -> str:
        """A service; its ARN."""
        run = run_names.of_service(name)
        made = self.ecs.create_express_gateway_service(
            serviceName=name,
            infrastructureRoleArn=f"arn:aws:iam::{ACCOUNT}:role/infrastructure",
            executionRoleArn=f"arn:aws:iam::{ACCOUNT}:role/execution",
            primaryContainer={"image": "nginx"},
            tags=[{"key": run_names.TAG, "value": run}] if run else [],
        )
        return str(made["service"]["serviceArn"])

    def made_for(self, arn: str) -> list[Managed]:
        """What ECS says that it made."""
        return managed_by(self.account, arn, run=RUN, now=time.time())

    def pass_time(self, seconds: float) -> None:
        """Let time pass."""
        urllib3.request("POST", self.url + CLOCK_PATH, json={"advance": seconds})

    def there(self) -> dict[str, set[str]]:
        """All that is there of each kind, by other means than the suite's."""
        listeners = [
            listener["ListenerArn"]
            for balancer in self.elbv2.describe_load_balancers()["LoadBalancers"]
            for listener in self.elbv2.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])[
                "Listeners"
            ]
        ]
        rules = [
            rule["RuleArn"]
            for listener in listeners
            for rule in self.elbv2.describe_rules(ListenerArn=listener)["Rules"]
            if not rule["IsDefault"]
        ]
        scaling = self.application_autoscaling
        targets = scaling.describe_scalable_targets(ServiceNamespace="ecs")["ScalableTargets"]
        policies = scaling.describe_scaling_policies(ServiceNamespace="ecs")["ScalingPolicies"]
        groups = self.ec2.describe_security_groups()["SecurityGroups"]
        return {
            "listener rule": set(rules),
            "target group": _each(self.elbv2.describe_target_groups(), "TargetGroups", "TargetGroupArn"),
            "listener": set(listeners),
            "load balancer": _each(self.elbv2.describe_load_balancers(), "LoadBalancers", "LoadBalancerArn"),
            "security group": {
                f"arn:aws:ec2:us-east-1:{ACCOUNT}:security-group/{each['GroupId']}"
                for each in groups
                if each["GroupName"] != "default"
            },
            "certificate": _each(self.acm.list_certificates(), "CertificateSummaryList", "CertificateArn"),
            "scaling policy": {each["PolicyARN"] for each in policies},
            "scalable target": {each["ResourceId"] for each in targets},
            "metric alarm": _each(self.cloudwatch.describe_alarms(), "MetricAlarms", "AlarmArn"),
        }

    def beside(self) -> list[str]:
        """The log groups and active task definitions, which ECS leaves."""
        definitions = self.ecs.list_task_definitions(status="ACTIVE")["taskDefinitionArns"]
        return [*_each(self.logs.describe_log_groups(), "logGroups", "logGroupName"), *definitions]


def _each(answer: dict[str, Any], member: str, name: str) -> set[str]:
    return {each[name] for each in answer[member]}


def nothing(cloud: Cloud) -> bool:
    """Whether nothing of any kind is there."""
    return not any(cloud.there().values())


@pytest.fixture
def cloud() -> Iterator[Cloud]:
    """An account in which everything takes as long as in AWS."""
    where = {"MOTO_ACCOUNT_ID": ACCOUNT}
    with running(profile="aws-like", conditions=Conditions(time_factor=REAL), environment=where) as url:
        yield Cloud(url)


@pytest.fixture
def leaving() -> Iterator[Cloud]:
    """An account in which ECS leaves all that it made, and services are gone in no time."""
    slack = Conditions(leaves_resources=True, time_factor=0.05)
    with running(profile="aws-like", conditions=slack, environment={"MOTO_ACCOUNT_ID": ACCOUNT}) as url:
        yield Cloud(url)


def cleanup(cloud: Cloud, folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The command, as somebody in a hurry calls it."""
    configured(folder, cloud.url)
    target = ("--target", "account", "--live", "--older-than", "0", "--yes")
    return express("cleanup", *target, *words, cwd=folder)


def cleaned(cloud: Cloud, folder: Path, seconds: float = 1.0) -> tuple[str, list[str]]:
    """What the command does, without a process of its own: what it tells, and what stands against it."""
    notes, told = Notes([folder], cloud.endpoint), []
    found = janitor.search(cloud.account, notes=notes).found

    def late(name: str) -> None:
        told.append(f"ECS has not taken down: {name}")

    problems = janitor.delete(cloud.account, found, told.append, seconds=seconds, notes=notes, left=late)
    janitor.close(cloud.account, notes)
    return "\n".join(told), problems


def configured(folder: Path, url: str) -> None:
    """A target that stands for a real account."""
    text = f"""
        [targets.account]
        target = "aws:us-east-1"
        endpoint_url = "{url}"
        accounts = ["{ACCOUNT}"]
        regions = ["us-east-1"]
        [targets.account.budget]
        requests_per_second = 1000
        accepted_updates = 6
        """
    (folder / "express-conformance.toml").write_text(text, encoding="utf-8")


# -- what is noted --------------------------------------------------------------------------------------


def test_all_that_ecs_made_is_noted(cloud: Cloud, tmp_path: Path) -> None:
    """Every kind, by its ARN, also of a service that is DRAINING; of an INACTIVE one ECS tells nothing."""
    arn = cloud.create()
    made = cloud.made_for(arn)
    assert {each.kind for each in made} == KINDS.keys()
    there = cloud.there()
    for kind in KINDS.keys() - {"scalable target"}:
        assert {each.arn for each in made if each.kind == kind} == there[kind]
    cloud.ecs.delete_express_gateway_service(serviceArn=arn)
    assert [each.arn for each in cloud.made_for(arn)] == [each.arn for each in made]
    notes = Notes([tmp_path], cloud.endpoint)
    assert janitor.note(cloud.account, [(arn, RUN)], notes) == []
    assert ACCOUNT not in (tmp_path / NAME).read_text(encoding="utf-8")
    again = Notes([tmp_path], cloud.endpoint)
    assert again.arns == {each.arn for each in made}
    cloud.pass_time(GONE)
    assert cloud.made_for(arn) == []
    assert again.services[0].service == arn


def test_notes_are_about_one_account_and_region(tmp_path: Path) -> None:
    """Those of another one are not shown, not forgotten, and stay when something is added."""
    here = Endpoint(url="http://127.0.0.1:1", account=ACCOUNT)
    arn = f"arn:aws:ecs:us-east-1:{ACCOUNT}:service/default/{MINE}"
    rule = Managed(kind="listener rule", arn=f"arn:aws:e:us-east-1:{ACCOUNT}:r", service=arn, run=RUN)
    Notes([tmp_path], here).add(Noted(service=arn, run=RUN, noted_at=1.0, resources=(rule,)))
    elsewhere = (
        replace(here, account="112233445566"),
        replace(here, account=""),
        replace(here, region="eu-west-1"),
        replace(here, url="http://127.0.0.1:2"),
    )
    for place in elsewhere:
        other = Notes([tmp_path], place)
        assert (other.services, other.problems) == ([], [])
        other.forget([arn])
    Notes([tmp_path], elsewhere[0]).add(Noted(service=arn, run=RUN, noted_at=2.0, resources=()))
    notes = Notes([tmp_path], here)
    (found,) = notes.services
    assert found.resources == (replace(rule, noted_at=1.0),)
    notes.forget([arn])
    assert Notes([tmp_path], here).services == []
    last = Notes([tmp_path], elsewhere[0])
    assert len(last.services) == 1
    last.forget([each.service for each in last.services])
    assert not (tmp_path / NAME).exists()


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("{", 1),
        ("[]", 1),
        ('{"format": "other", "services": []}', 1),
        ('{"format": "express-conformance/leftovers@1", "services": [1, {}, {"service": "x"}]}', 0),
    ],
)
def test_notes_that_cannot_be_read_are_told(text: str, problems: int, tmp_path: Path) -> None:
    """And nobody is stopped by them."""
    (tmp_path / NAME).write_text(text, encoding="utf-8")
    notes = Notes([tmp_path], Endpoint(url="http://127.0.0.1:1"))
    assert (notes.services, len(notes.problems)) == ([], problems)


def test_notes_on_what_is_no_runs_are_not_believed(tmp_path: Path) -> None:
    """Whoever wrote the file: only services that a run can have named are looked for."""
    here = Endpoint(url="http://127.0.0.1:1")
    notes = Notes([tmp_path], here)
    for name, run in (("web", RUN), (MINE, "5ca1ab1e"), (MINE, ".*"), (f"my-{MINE}", RUN)):
        arn = f"arn:aws:ecs:us-east-1:1:service/default/{name}"
        notes.add(Noted(service=arn, run=run, noted_at=1.0, resources=()))
    assert Notes([tmp_path], here).services == []


def test_notes_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    """The service is deleted all the same."""
    (tmp_path / "file").touch()
    notes = Notes([tmp_path / "file"], Endpoint(url="http://127.0.0.1:1"))
    arn = f"arn:aws:ecs:us-east-1:1:service/default/{MINE}"
    notes.add(Noted(service=arn, run=RUN, noted_at=1.0, resources=()))
    assert any("cannot be" in problem for problem in notes.problems)
    assert [each.service for each in notes.services] == [arn]


# -- a service that is DRAINING -------------------------------------------------------------------------


def test_a_service_that_is_draining_is_found_and_told(cloud: Cloud, tmp_path: Path) -> None:
    """ListServices does not show it; with it stays what ECS made. When all is gone, nothing is told."""
    arn = cloud.create()
    made = cloud.made_for(arn)
    cloud.ecs.delete_express_gateway_service(serviceArn=arn)
    assert cloud.ecs.list_services()["serviceArns"] == []
    early = cleanup(cloud, tmp_path, "--wait", "0")
    assert early.returncode == 1, early.stdout + early.stderr
    assert "is still DRAINING" in early.stderr
    assert all(f"{each.kind} {each.name}" in early.stderr for each in made)
    assert len(cloud.there()["load balancer"]) == 1
    cloud.pass_time(GONE + REMOVED)
    late = cleanup(cloud, tmp_path)
    assert (late.returncode, late.stderr) == (0, "")
    assert "ECS has not" not in late.stdout
    assert nothing(cloud)
    assert cloud.beside() == []
    assert list(tmp_path.rglob(NAME)) == []


def test_notes_alone_tell_of_a_service_that_is_draining(
    cloud: Cloud, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where nobody knows its tags any more."""
    arn = cloud.create()
    notes = Notes([tmp_path], cloud.endpoint)
    janitor.note(cloud.account, [(arn, RUN)], notes)
    cloud.ecs.delete_express_gateway_service(serviceArn=arn)
    kinds = {kind: finder for kind, finder in janitor.KINDS.items() if kind == "services"}
    monkeypatch.setattr(janitor, "KINDS", kinds)
    assert janitor.search(cloud.account).found == []
    found = janitor.search(cloud.account, notes=Notes([tmp_path], cloud.endpoint)).found
    assert [(each.kind, each.name, each.status) for each in found] == [("service", MINE, "DRAINING")]


def test_where_tags_cannot_be_asked_for_services_are_found(cloud: Cloud) -> None:
    """What is listed is found; that nobody could look by tags is told."""

    class Barred(Account):
        """Nobody may use the tagging API."""

        def pages(self, service: str, operation: str, member: str, **parameters: Any) -> Iterator[Any]:
            if service == "resourcegroupstaggingapi":
                raise ClientError({"Error": {"Code": "AccessDeniedException"}}, operation)
            return super().pages(service, operation, member, **parameters)

    cloud.create()
    looked = janitor.search(Barred(cloud.endpoint))
    assert [each.name for each in looked.found if each.kind == "service"] == [MINE]
    assert sorted(problem.split(":")[0] for problem in looked.problems) == [
        "Nobody could look for services by their tag",
        "Nobody could look for what ECS made, by its tags",
    ]


# -- what ECS leaves ------------------------------------------------------------------------------------


def test_each_kind_that_ecs_leaves_is_named_and_deleted(leaving: Cloud, tmp_path: Path) -> None:
    """After the wait; then nothing of it is left."""
    made = leaving.made_for(leaving.create())
    done = cleanup(leaving, tmp_path, "--wait", "0.02")
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    for each in made:
        assert f"ECS has not taken down: {each.kind} {each.name}" in done.stdout
    assert {line.split()[1] for line in done.stdout.splitlines() if line.startswith("deleted:")} >= {
        each.kind.split()[0] for each in made
    }
    assert nothing(leaving)
    assert leaving.beside() == []
    assert list(tmp_path.rglob(NAME)) == []


def test_what_was_noted_is_found_when_the_service_is_long_gone(leaving: Cloud, tmp_path: Path) -> None:
    """A run was killed after its Delete: its notes are all that tells whose the load balancer is."""
    arn = leaving.create()
    made = leaving.made_for(arn)
    notes = Notes([tmp_path / "o"], leaving.endpoint)
    janitor.note(leaving.account, [(arn, RUN)], notes)
    leaving.ecs.delete_express_gateway_service(serviceArn=arn)
    leaving.pass_time(3600)
    assert cleaned(leaving, tmp_path / "elsewhere", 0.0)[1] == []
    assert len(leaving.there()["load balancer"]) == 1
    told, problems = cleaned(leaving, tmp_path / "o", 0.0)
    assert problems == []
    kept = [each for each in made if f"deleted: {each.kind} {each.name}" not in told]
    # These two bear the name of the service, and were found by it.
    assert {each.kind for each in kept} <= {
        "scalable target",
        "scaling policy",
        "metric alarm",
        "security group",
    }
    assert nothing(leaving)
    assert not (tmp_path / "o" / NAME).exists()


def test_what_others_use_is_not_touched(leaving: Cloud, tmp_path: Path) -> None:
    """A load balancer that somebody's service shares is no leftover, and all that is theirs stays."""
    theirs = {(each.kind, each.arn) for each in leaving.made_for(leaving.create("web"))}
    mine = {(each.kind, each.arn) for each in leaving.made_for(leaving.create())}
    shared = theirs & mine
    assert {kind for kind, _ in shared} == set(BALANCER)
    told, problems = cleaned(leaving, tmp_path)
    assert problems == []
    assert not any(f"{kind} {arn.split(':', 5)[5]}" in told for kind, arn in shared)
    there = leaving.there()
    assert all(arn in there[kind] for kind, arn in theirs if kind != "scalable target")
    assert there["scalable target"] == {"service/default/web"}
    assert not any(arn in there[kind] for kind, arn in mine - theirs)
    assert leaving.account.express_service(f"arn:aws:ecs:us-east-1:{ACCOUNT}:service/default/web")
    assert list(tmp_path.rglob(NAME)) == []


def test_rules_of_others_hold_a_load_balancer_as_well(leaving: Cloud, tmp_path: Path) -> None:
    """Somebody has put a rule of their own on it, by hand: it stays, and so do listener and group."""
    made = leaving.made_for(leaving.create())
    arns = {each.kind: each.arn for each in made}
    leaving.elbv2.create_rule(
        ListenerArn=arns["listener"],
        Priority=77,
        Conditions=[{"Field": "path-pattern", "Values": ["/mine"]}],
        Actions=[{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "200"}}],
    )
    assert cleaned(leaving, tmp_path)[1] == []
    there = leaving.there()
    assert arns["load balancer"] in there["load balancer"]
    assert arns["listener"] in there["listener"]
    assert len(there["security group"]) == 1
    assert arns["listener rule"] not in there["listener rule"]


def test_a_load_balancer_that_may_be_used_soon_is_told_and_left(leaving: Cloud, tmp_path: Path) -> None:
    """Nobody uses it, but an Express service has just been created that may be about to."""
    mine = leaving.made_for(leaving.create())
    for each in leaving.made_for(leaving.create("web")):
        if each.kind in {"listener rule", "target group"}:
            KINDS[each.kind].delete(leaving.account, each)
    _, problems = cleaned(leaving, tmp_path)
    told = [line for line in problems if "delete it yourself" in line]
    assert len(problems) == len(told) == len(BALANCER)
    (balancer,) = (each for each in mine if each.kind == "load balancer")
    assert balancer.arn in leaving.there()["load balancer"]
    assert any(balancer.name in line for line in told)
    assert list(tmp_path.rglob(NAME))


def test_what_ecs_tags_as_the_service_is_found_by_that(leaving: Cloud) -> None:
    """If ECS hands on the service's tags; what does not have its own tag beside is somebody's."""
    network = leaving.ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    run, managed = {"Key": run_names.TAG, "Value": RUN}, {"Key": "AmazonECSManaged", "Value": "true"}
    for name, tags in (("both", [run, managed]), ("run", [run]), ("ecs", [managed])):
        leaving.elbv2.create_target_group(Name=name, Protocol="HTTP", Port=80, VpcId=network, Tags=tags)
    found = janitor.search(leaving.account).found
    assert [(each.kind, each.name.split("/")[1]) for each in found] == [("target group", "both")]
    assert janitor.delete(leaving.account, found, lambda _told: None) == []
    assert len(leaving.there()["target group"]) == 2


def made(kind: str = "listener rule") -> Managed:
    """Something that ECS made."""
    return Managed(kind=kind, arn=f"arn:aws:x:r:1:{uuid.uuid4()}", service="", run=RUN)


def refused(code: str) -> ClientError:
    """An error that is answered."""
    return ClientError({"Error": {"Code": code, "Message": "m"}}, "Delete")


def test_what_is_let_go_of_late_is_deleted_late(monkeypatch: pytest.MonkeyPatch) -> None:
    """A security group is in use until the load balancer is really gone."""
    answers = [refused("DependencyViolation"), refused("DependencyViolation"), None]
    there = [True]

    def delete(_account: Account, _each: Managed) -> None:
        if (answer := answers.pop(0)) is not None:
            raise answer
        there.clear()

    kind = replace(KINDS["listener rule"], there=lambda _account, _each: bool(there), delete=delete)
    monkeypatch.setitem(outlasting.KINDS, "listener rule", kind)  # type: ignore[arg-type]
    told: list[str] = []
    account = Account(Endpoint(url="http://127.0.0.1:1"))
    patience = outlasting.Patience(seconds=0.0)
    assert outlasting.delete(account, [made()], patience, tell=told.append, left=told.append) == []
    assert len(told) == 2
    assert answers == []


def test_what_nobody_may_look_for_or_delete_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A sentence for each; nothing is taken for gone."""

    def bar(_account: Account, _each: Managed) -> None:
        raise refused("AccessDenied")

    kinds = {
        "listener rule": replace(KINDS["listener rule"], there=bar),
        "certificate": replace(KINDS["certificate"], there=lambda *_: True, delete=bar),
    }
    for name, kind in kinds.items():
        monkeypatch.setitem(outlasting.KINDS, name, kind)  # type: ignore[arg-type]
    account = Account(Endpoint(url="http://127.0.0.1:1"))
    things = [made(), made("certificate")]
    patience = outlasting.Patience(seconds=0.0)
    problems = outlasting.delete(account, things, patience, tell=lambda _: None, left=lambda _: None)
    assert [problem.split(" arn")[0].split(" ")[0] for problem in problems] == ["Nobody", "The"]
    assert all("AccessDenied" in problem for problem in problems)


# -- live runs ------------------------------------------------------------------------------------------


def program(folder: Path, url: str, *, change: str = "") -> list[str]:
    """A short live run, without the rehearsal that chooses what to send."""
    configured(folder, url)
    script = folder / "run.py"
    script.write_text(
        "import sys\n"
        "from conformance.cli import main, running\n"
        "from conformance.suite import janitor, session\n"
        "session.script_for = lambda *arguments: None\n"
        "running._agreed = lambda settings: (settings, None)\n"
        f"{change}\n"
        "main(sys.argv[1:])\n"
    )
    words = ("run", "--target", "account", "--live", "--yes", "--effort", "smoke", "--only", "preserve/cpu")
    return [COMMAND[0], str(script), *words, "--out", "o"]


def run(words: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """A run to its end."""
    return subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False, timeout=150)


def test_a_live_run_waits_for_ecs(tmp_path: Path) -> None:
    """ECS takes a while, and then all is gone: the run ends well, and its notes are gone too."""
    slow = Conditions(time_factor=0.5)
    with running(profile="aws-like", conditions=slow, environment={"MOTO_ACCOUNT_ID": ACCOUNT}) as url:
        cloud = Cloud(url)
        done = run(program(tmp_path, url), tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr
        assert nothing(cloud)
        assert cloud.beside() == []
    assert not (tmp_path / "o" / NAME).exists()


def test_what_ecs_leaves_turns_a_live_run_red(leaving: Cloud, tmp_path: Path) -> None:
    """Each kind is named in its errors, what can be deleted is, and it ends with exit code 3."""
    done = run(program(tmp_path, leaving.url, change="janitor._WAIT_SECONDS = 1.0"), tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    (told,) = (error for error in results(tmp_path / "o")["errors"] if "has not taken down" in error)
    assert all(kind in told for kind in KINDS)
    assert ACCOUNT not in json.dumps(results(tmp_path / "o"))
    assert nothing(leaving)
    assert leaving.beside() == []


@pytest.fixture
def draining() -> Iterator[Cloud]:
    """An account in which all is fast, but a service that is deleted is DRAINING for an hour."""
    fast, where = Conditions(time_factor=0.05), {"MOTO_ACCOUNT_ID": ACCOUNT}
    with running(profile="aws-like", conditions=fast, drain_seconds=3600, environment=where) as url:
        yield Cloud(url)


def test_a_run_that_is_killed_while_its_service_is_draining(draining: Cloud, tmp_path: Path) -> None:
    """It has noted what ECS made before its Delete; cleanup waits for all of that, and nothing is left."""
    cloud = draining
    process = subprocess.Popen(
        program(tmp_path, cloud.url),
        cwd=tmp_path,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    folder, deadline = tmp_path / "o", time.monotonic() + 100
    notes = Notes([folder], cloud.endpoint)
    while time.monotonic() < deadline and process.poll() is None:
        notes = Notes([folder], cloud.endpoint)
        if notes.services and cloud.ecs.list_services()["serviceArns"] == []:
            break
        time.sleep(0.2)
    process.send_signal(signal.SIGKILL)
    process.wait()
    (noted,) = notes.services
    assert {each.kind for each in noted.resources} == KINDS.keys()
    early = cleanup(cloud, tmp_path, "--wait", "0", "--from", "o")
    assert (early.returncode, "is still DRAINING" in early.stderr) == (1, True), early.stderr
    cloud.pass_time(3600 + REMOVED)
    late = cleanup(cloud, tmp_path, "--wait", "1", "--from", "o")
    assert (late.returncode, late.stderr) == (0, ""), late.stderr
    assert nothing(cloud)
    assert cloud.beside() == []
    assert not (folder / NAME).exists()


# -- names ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "own"),
    [
        (f"/aws/ecs/default/{MINE}-ab12", True),
        (f"/aws/ecs/Xc-{RUN}-two-services/Xc-{RUN}-two-services-1-ab12", True),
        (f"/aws/ecs/default/{MINE}", False),
        (f"/aws/ecs/default/{MINE}-ab123", False),
        (f"/aws/ecs/default/my-{MINE}-ab12", False),
        (f"/aws/ecs/default/{MINE}-mine-ab12", False),
        (f"/aws/ecs/default/{MINE}-ab12/more", False),
        (f"/aws/ecs/more/default/{MINE}-ab12", False),
        (f"/mine/aws/ecs/default/{MINE}-ab12", False),
        (f"/aws/ecs/{MINE}/web-ab12", False),
    ],
)
def test_a_log_group_is_a_runs_by_its_whole_name(name: str, *, own: bool) -> None:
    """Of the documented form; what only contains such a name is somebody's."""
    assert run_names.of_log_group(name) == (RUN if own else "")


@pytest.mark.parametrize(
    ("text", "clusters", "own"),
    [
        (f"default-{MINE}", {"default"}, True),
        (f"a-b-{MINE}", {"default", "a-b"}, True),
        (f"Xc-{RUN}-two-Xc-{RUN}-two-1", {f"Xc-{RUN}-two"}, True),
        (f"a-b-{MINE}", {"default"}, False),
        (f"a-b-{MINE}", {"a"}, False),
        (f"a-b-{MINE}", {"a", "a-b"}, False),
        (f"default-{MINE}-mine", {"default"}, False),
        (MINE, {"default"}, False),
        (f"default{MINE}", {"default"}, False),
    ],
)
def test_a_family_is_a_runs_if_it_can_be_nobody_elses(text: str, clusters: set[str], *, own: bool) -> None:
    """Cluster and service are joined by a hyphen, which both may have: in doubt it is not touched."""
    assert run_names.of_pair(text, clusters) == (RUN if own else "")


@pytest.mark.parametrize(
    ("family", "log_group", "own"),
    [
        (f"a-b-{MINE}", f"/aws/ecs/a-b/{MINE}-ab12", True),
        (f"a-b-{MINE}", f"/aws/ecs/a/b-{MINE}-ab12", False),
        (f"mine-{MINE}", f"/aws/ecs/a-b/{MINE}-ab12", False),
        (f"a-b-{MINE}", "", False),
    ],
)
def test_a_log_group_tells_whose_a_family_is(family: str, log_group: str, *, own: bool) -> None:
    """If both name the same service; who logs where a run's service did has a family of their own."""
    assert run_names.of_family(family, log_group) == (RUN if own else "")
