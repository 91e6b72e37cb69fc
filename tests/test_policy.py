"""The least-privilege policy: live runs and clean-up get through under it, and need all of it."""

from __future__ import annotations

import copy
import json
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from commands import express, records, results, told_cleanly

from conformance.emulator.conditions import Conditions
from conformance.emulator.permissions import Ask, allows
from conformance.emulator.process import Keys, guarded
from conformance.exceptions import ConfigurationError
from conformance.suite.managed import KINDS
from conformance.suite.policy import Place, permissions, trust

ACCOUNT = "998877665544"
REGION = "us-east-1"
PLACE = Place(
    account=ACCOUNT,
    regions=(REGION,),
    cluster="conformance",
    task_roles=(f"arn:aws:iam::{ACCOUNT}:role/tasks",),
    infrastructure_role=f"arn:aws:iam::{ACCOUNT}:role/infrastructure",
)
POLICY = permissions(PLACE)
LEFT = "0badcafe"
# Characters of a managed policy without white space (IAM User Guide, quotas).
MOST = 6144


@dataclass
class Account:
    """A guarded emulator, and callers of it."""

    url: str
    administrator: Keys
    live: Keys

    def client(self, service: str, keys: Keys | None = None) -> Any:
        """A boto3 client of this caller; by default, of the one under the policy."""
        keys = keys or self.live
        return boto3.client(
            service,
            endpoint_url=self.url,
            region_name=REGION,
            aws_access_key_id=keys.access_key,
            aws_secret_access_key=keys.secret_key,
        )


@dataclass
class Seen:
    """What a live run and a clean-up came to under the policy."""

    folder: Path
    run: subprocess.CompletedProcess[str]
    cleanup: subprocess.CompletedProcess[str]
    asks: list[tuple[Ask, bool]]
    account: Account


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """A rehearsal and a clean-up by a user with the policy, and every permission that they asked for."""
    folder = tmp_path_factory.mktemp("policy")
    trail = folder / "trail.jsonl"
    with guarded(REGION, account=ACCOUNT, trail=str(trail)) as emulator:
        account = _with_user(emulator.endpoint, emulator.administrator)
        _configure(folder, account)
        words = ("run", "--target", "account", "--live", "--yes", "--effort", "smoke", "--out", "o")
        run = express(*words, cwd=folder)
        cleanup = _cleaned_up(folder / "left", trail)
        lines = [json.loads(line) for line in trail.read_text(encoding="utf-8").splitlines()]
        asks = [_ask(line) for line in lines if line["caller"].endswith("/live")]
        yield Seen(folder=folder, run=run, cleanup=cleanup, asks=asks, account=account)


def _cleaned_up(folder: Path, trail: Path) -> subprocess.CompletedProcess[str]:
    """A clean-up by such a user where ECS has left all that it makes, and does not take it down."""
    folder.mkdir()
    leaves = Conditions(leaves_resources=True, time_factor=0.05)
    with guarded(
        REGION, account=ACCOUNT, trail=str(trail), profile="aws-like", conditions=leaves
    ) as emulator:
        account = _with_user(emulator.endpoint, emulator.administrator)
        _configure(folder, account)
        _leave(account)
        words = ("cleanup", "--target", "account", "--live", "--older-than", "0", "--yes", "--wait", "0.02")
        return express(*words, cwd=folder)


def _with_user(url: str, administrator: Keys) -> Account:
    account = Account(url=url, administrator=administrator, live=administrator)
    iam = account.client("iam")
    iam.create_user(UserName="live")
    iam.put_user_policy(UserName="live", PolicyName="conformance", PolicyDocument=json.dumps(POLICY))
    made = iam.create_access_key(UserName="live")["AccessKey"]
    return replace(account, live=Keys(access_key=made["AccessKeyId"], secret_key=made["SecretAccessKey"]))


def _configure(folder: Path, account: Account) -> None:
    text = f"""
        [targets.account]
        target = "aws:{REGION}"
        endpoint_url = "{account.url}"
        accounts = ["{ACCOUNT}"]
        regions = ["{REGION}"]
        cluster = "{PLACE.cluster}"
        infrastructure_role = "{PLACE.infrastructure_role}"
        access_key = "{account.live.access_key}"
        secret_key = "{account.live.secret_key}"
        [targets.account.values]
        roles = ["{PLACE.task_roles[0]}"]
        [targets.account.budget]
        requests_per_second = 1000
        """
    (folder / "express-conformance.toml").write_text(text, encoding="utf-8")


def _leave(account: Account) -> None:
    """One of everything that a crashed run and Express can have left, made by somebody who may."""
    ecs = account.client("ecs", account.administrator)
    ecs.create_cluster(clusterName=PLACE.cluster)
    ecs.create_cluster(clusterName=f"Xc-{LEFT}-two-services")
    _create(account, f"Xc-{LEFT}-lists-1", account.administrator)


def _create(account: Account, name: str, keys: Keys | None = None, **members: Any) -> None:
    request = {
        "serviceName": name,
        "cluster": PLACE.cluster,
        "infrastructureRoleArn": PLACE.infrastructure_role,
        "executionRoleArn": PLACE.task_roles[0],
        "primaryContainer": {"image": "nginx"},
        "tags": [{"key": "express-conformance-run", "value": LEFT}],
        **members,
    }
    account.client("ecs", keys).create_express_gateway_service(**request)


def _ask(line: dict[str, Any]) -> tuple[Ask, bool]:
    context = {key: tuple(values) for key, values in line["context"].items()}
    return Ask(action=line["action"], resource=line["resource"], context=context), line["allowed"]


def _wrong_on_purpose(ask: Ask) -> bool:
    """Whether a scenario names something that is not the account's, or no service: a refusal is its point."""
    own = re.compile(rf"arn:aws:ecs:{REGION}:{ACCOUNT}:service/.*|arn:aws:iam::{ACCOUNT}:.*")
    return ask.resource.startswith("arn:") and not own.fullmatch(ask.resource)


# -- it suffices ----------------------------------------------------------------------------------------


def test_a_live_run_gets_through(seen: Seen) -> None:
    """It ends well, judges as without a policy, and leaves nothing."""
    assert seen.run.returncode == 0, seen.run.stdout + seen.run.stderr
    document = results(seen.folder / "o")
    assert document["complete"]
    assert document["errors"] == []
    assert document["summary"]["fail"] == document["summary"]["diverges"] == 0
    assert document["counts"]["updates_accepted"] > 20


def test_nothing_is_refused_that_is_not_asked_for(seen: Seen) -> None:
    """No permission is lacking, but for what belongs to others: scenarios ask for it, to be refused."""
    refused = [ask for ask, allowed in seen.asks if not allowed]
    assert refused
    assert [ask for ask in refused if not _wrong_on_purpose(ask)] == []
    answers = [record.get("response") or {} for record in records(seen.folder / "o")]
    denied = [answer for answer in answers if "AccessDenied" in json.dumps(answer)]
    assert 0 < len(denied) <= len(refused)


def test_cleanup_gets_through(seen: Seen) -> None:
    """All that there can be left is found and deleted."""
    assert seen.cleanup.returncode == 0, seen.cleanup.stdout + seen.cleanup.stderr
    assert seen.cleanup.stderr == ""
    for kind in ("service", "cluster", "task definition", "log group", *KINDS):
        assert f"deleted: {kind}" in seen.cleanup.stdout


# -- all of it is needed --------------------------------------------------------------------------------


def _without(sid: str, action: str) -> dict[str, Any]:
    """The policy without one action of one statement."""
    reduced = copy.deepcopy(POLICY)
    for statement in reduced["Statement"]:
        if statement["Sid"] == sid:
            statement["Action"] = [each for each in _actions(statement) if each != action]
    return reduced


def _actions(statement: dict[str, Any]) -> list[str]:
    found = statement["Action"]
    return [found] if isinstance(found, str) else found


@pytest.mark.parametrize(
    ("sid", "action"),
    [(statement["Sid"], action) for statement in POLICY["Statement"] for action in _actions(statement)],
)
def test_each_action_is_needed(sid: str, action: str, seen: Seen) -> None:
    """Without it, something that the run or the clean-up asked for, and was allowed, is refused."""
    reduced = [_without(sid, action)]
    assert any(allowed and not allows(reduced, ask) for ask, allowed in seen.asks)


@pytest.mark.parametrize(
    ("action", "call"),
    [
        ("iam:PassRole", {}),
        ("ecs:RegisterTaskDefinition", {}),
        ("ecs:TagResource", {}),
        ("ecs:CreateExpressGatewayService", {}),
    ],
)
def test_what_create_needs_is_really_asked_for(action: str, call: dict[str, Any], seen: Seen) -> None:
    """A user without it is refused, in the words of AWS's own error."""
    iam = seen.account.client("iam", seen.account.administrator)
    name = f"without-{action.partition(':')[2]}"
    reduced = copy.deepcopy(POLICY)
    for statement in reduced["Statement"]:
        statement["Action"] = [each for each in _actions(statement) if each != action]
    reduced["Statement"] = [statement for statement in reduced["Statement"] if statement["Action"]]
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=json.dumps(reduced))
    made = iam.create_access_key(UserName=name)["AccessKey"]
    keys = Keys(access_key=made["AccessKeyId"], secret_key=made["SecretAccessKey"])
    with pytest.raises(ClientError, match=action) as refused:
        _create(seen.account, f"Xc-{LEFT}-lacking-1", keys, **call)
    assert refused.value.response["Error"]["Code"] == "AccessDeniedException"


# -- and no more is allowed -----------------------------------------------------------------------------


def test_what_is_not_the_suites_is_out_of_reach(seen: Seen) -> None:
    """Services, roles, clusters, log groups and load balancers of others: nobody may touch them."""
    account = seen.account
    logs, ec2, elb = (account.client(name, account.administrator) for name in ("logs", "ec2", "elbv2"))
    _create(account, "web", account.administrator)
    web = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/{PLACE.cluster}/web"
    logs.create_log_group(logGroupName="/aws/ecs/conformance/web-abcd")
    group = ec2.create_security_group(GroupName="web", Description="web")["GroupId"]
    network = ec2.describe_vpcs()["Vpcs"][0]["VpcId"]
    target = elb.create_target_group(Name="web", Protocol="HTTP", Port=80, VpcId=network)["TargetGroups"][0]
    mine = account.client("ecs")
    other = f"arn:aws:iam::{ACCOUNT}:role/administrator"
    for call in (
        lambda: mine.update_express_gateway_service(serviceArn=web, cpu="512"),
        lambda: mine.describe_express_gateway_service(serviceArn=web),
        lambda: mine.delete_express_gateway_service(serviceArn=web),
        lambda: mine.create_cluster(clusterName="other"),
        lambda: mine.delete_cluster(cluster=PLACE.cluster),
        lambda: mine.update_service(cluster=PLACE.cluster, service="web", desiredCount=0),
        lambda: mine.register_task_definition(family="web", containerDefinitions=[]),
        lambda: _create(account, "mine"),
        lambda: _create(account, f"Xc-{LEFT}-untagged-1", tags=[]),
        lambda: _create(account, f"Xc-{LEFT}-mighty-1", taskRoleArn=other),
        lambda: _create(account, f"Xc-{LEFT}-swapped-1", infrastructureRoleArn=PLACE.task_roles[0]),
        lambda: account.client("logs").delete_log_group(logGroupName="/aws/ecs/conformance/web-abcd"),
        lambda: account.client("ec2").delete_security_group(GroupId=group),
        lambda: account.client("elbv2").delete_target_group(TargetGroupArn=target["TargetGroupArn"]),
        lambda: account.client("iam").list_users(),
    ):
        with pytest.raises(ClientError) as refused:
            call()
        code = refused.value.response["Error"]["Code"]
        # moto answers callers of CloudWatch Logs in XML, of which boto3 reads the status only.
        assert code.startswith("AccessDenied") or code in {"UnauthorizedOperation", "403"}, code


def test_it_fits_into_a_managed_policy() -> None:
    """Also with several Regions and roles; and no action has a wildcard."""
    regions = ("us-east-1", "eu-west-1", "ap-southeast-2")
    several = permissions(replace(PLACE, regions=regions, task_roles=(*PLACE.task_roles, *PLACE.task_roles)))
    for policy in (POLICY, several):
        assert len("".join(json.dumps(policy).split())) < MOST
        assert not any("*" in action for each in policy["Statement"] for action in _actions(each))
        unlimited = {each["Sid"] for each in policy["Statement"] if each["Resource"] == "*"}
        assert unlimited == {"Guard", "LookAround", "Deregister"}
    assert "arn:aws:ecs:*:998877665544:service/*/Xc-*" in json.dumps(several)
    limited = [each.get("Condition", {}).get("StringEquals", {}) for each in several["Statement"]]
    assert sum(each.get("aws:RequestedRegion") == list(regions) for each in limited) == len(limited) - 3


# -- the command ----------------------------------------------------------------------------------------


def test_the_command_prints_the_policy_of_a_target(seen: Seen) -> None:
    """With what is configured of the target; it sends nothing, and asks for no leave."""
    done = express("policy", "--target", "account", cwd=seen.folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == POLICY


def test_without_a_target_the_guides_roles_stand_in(tmp_path: Path) -> None:
    """And that is said; without an account there is no policy."""
    done = express("policy", "--account", ACCOUNT, "--region", "cn-north-1", cwd=tmp_path)
    assert done.returncode == 0
    assert "warning: " in done.stderr
    assert f"arn:aws-cn:iam::{ACCOUNT}:role/ecsTaskExecutionRole" in done.stdout
    assert f"arn:aws-cn:ecs:cn-north-1:{ACCOUNT}:service/default/Xc-*" in done.stdout
    lacking = express("policy", cwd=tmp_path)
    assert (lacking.returncode, told_cleanly(lacking)) == (2, True)
    assert "--account" in lacking.stderr


def test_only_one_environment_of_one_repository_is_trusted(tmp_path: Path) -> None:
    """The subject has no wildcard; other words are refused."""
    done = express(
        "policy", "--account", ACCOUNT, "--trust", "me/suite", "--environment", "live", cwd=tmp_path
    )
    assert done.returncode == 0
    assert json.loads(done.stdout) == trust(PLACE, "me/suite", "live")
    (statement,) = trust(PLACE, "me/suite", "live")["Statement"]
    claims = statement["Condition"]["StringEquals"]
    assert claims["token.actions.githubusercontent.com:sub"] == "repo:me/suite:environment:live"
    assert claims["token.actions.githubusercontent.com:aud"] == "sts.amazonaws.com"
    for repository, environment in (("suite", "live"), ("me/*", "live"), ("me/suite", "*"), ("me/suite", "")):
        with pytest.raises(ConfigurationError):
            trust(PLACE, repository, environment)


# -- how the emulator weighs policies --------------------------------------------------------------------


def _policy(*statements: dict[str, Any]) -> list[dict[str, Any]]:
    return [{"Version": "2012-10-17", "Statement": list(statements)}]


ALLOW = {"Effect": "Allow", "Action": "ecs:Describe*", "Resource": "arn:aws:ecs:*:1:service/a/?-*"}
ASK = Ask(action="ecs:DescribeServices", resource="arn:aws:ecs:us-east-1:1:service/a/b-c")


@pytest.mark.parametrize(
    ("statements", "ask", "expected"),
    [
        ([ALLOW], ASK, True),
        ([], ASK, False),
        ([ALLOW, {"Effect": "Deny", "Action": "*", "Resource": "*"}], ASK, False),
        ([ALLOW], replace(ASK, action="ecs:ListServices"), False),
        ([ALLOW], replace(ASK, action="ECS:describeservices"), True),
        ([ALLOW], replace(ASK, resource="*"), False),
        ([ALLOW], replace(ASK, resource=""), True),
        ([ALLOW], replace(ASK, resource="arn:aws:ecs:us-east-1:1:service/a/bb-c"), False),
        ([{"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}], ASK, True),
        ([{"Effect": "Allow", "NotAction": "ecs:*", "Resource": "*"}], ASK, False),
    ],
)
def test_the_emulator_weighs_policies(statements: list[Any], ask: Ask, *, expected: bool) -> None:
    """A denial wins, what nothing allows is refused, and wildcards are in actions and resources."""
    assert allows(_policy(*statements), ask) is expected


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {"k": "v"}}, True),
        ({"StringEquals": {"k": ["u", "v"]}}, True),
        ({"StringEquals": {"k": "*"}}, False),
        ({"StringLike": {"k": "*"}}, True),
        ({"StringLike": {"other": "*"}}, False),
        ({"StringEquals": {"k": "v", "other": "v"}}, False),
        ({"Null": {"k": "false"}}, True),
        ({"Null": {"k": "true"}}, False),
        ({"ForAllValues:StringEquals": {"other": "v"}}, True),
        ({"NumericLessThan": {"k": "9"}}, False),
    ],
)
def test_the_emulator_weighs_conditions(condition: dict[str, Any], *, expected: bool) -> None:
    """All keys of all operators have to be met; an operator that it does not know is not met."""
    statement = {**ALLOW, "Condition": condition}
    assert allows(_policy(statement), replace(ASK, context={"k": ("v",)})) is expected
