"""The emulator that is like the real service: what takes time, what is in the way, what is left over."""

from __future__ import annotations

import argparse
import json
import math
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import boto3
import pytest
import urllib3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from commands import express

from conformance.emulator import server
from conformance.emulator.conditions import Conditions, declare
from conformance.emulator.front import Front
from conformance.emulator.infrastructure import SHARING
from conformance.emulator.process import guarded, running
from conformance.emulator.profiles import PROFILES
from conformance.emulator.simulation import CLOCK_PATH, Bucket
from conformance.exceptions import ConfigurationError

ROLE = "arn:aws:iam::123456789012:role/"
TAG = {"key": "express-conformance-run", "value": "r1"}
REAL = 100  # times longer than the profile's own times
ONCE = Config(retries={"total_max_attempts": 1})
ALL = Conditions(
    time_factor=2.5,
    clock_ahead=-7200.0,
    role_seconds=0.0,
    unknown_seconds=0.5,
    throttle_rate=3.0,
    throttle_share=0.2,
    credentials_last=5,
    outage_after=0,
    outage_seconds=math.inf,
    leaves_resources=True,
)


class Account:
    """An emulator as an account, through boto3 and without its retries."""

    def __init__(
        self, url: str, *, key: str = "AKIATEST", secret: str = "s", token: str | None = None
    ) -> None:
        self.url = url
        self._keys = key, secret, token

    def __getattr__(self, service: str) -> Any:
        key, secret, token = self._keys
        client = boto3.client(
            service,
            endpoint_url=self.url,
            region_name="us-east-1",
            config=ONCE,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            aws_session_token=token,
        )
        setattr(self, service, client)
        return client

    def create(self, name: str = "", **members: Any) -> dict[str, Any]:
        """A new service."""
        given = {
            "serviceName": name or f"Xc-{uuid.uuid4().hex[:8]}",
            "infrastructureRoleArn": f"{ROLE}infrastructure",
            "executionRoleArn": f"{ROLE}execution",
            "primaryContainer": {"image": "nginx:1"},
            "tags": [TAG],
            **members,
        }
        return self.ecs.create_express_gateway_service(**given)["service"]

    def update(self, arn: str, **members: Any) -> dict[str, Any]:
        """Update a service."""
        return self.ecs.update_express_gateway_service(serviceArn=arn, **members)["service"]

    def describe(self, arn: str, *include: str) -> dict[str, Any]:
        """A service."""
        return self.ecs.describe_express_gateway_service(serviceArn=arn, include=list(include))["service"]

    def delete(self, arn: str) -> None:
        """Delete a service."""
        self.ecs.delete_express_gateway_service(serviceArn=arn)

    def status(self, arn: str) -> str:
        """The status of a service."""
        return self.describe(arn)["status"]["statusCode"]

    def clock(self, *, advance: float = 0.0) -> float:
        """The time of the service, after some more of it has passed."""
        return urllib3.request("POST", self.url + CLOCK_PATH, json={"advance": advance}).json()["now"]

    def around(self) -> dict[str, list[str]]:
        """The names of all that ECS makes for services."""
        groups = self.ec2.describe_security_groups()["SecurityGroups"]
        return {
            "balancers": _names(self.elbv2.describe_load_balancers(), "LoadBalancers", "LoadBalancerName"),
            "target groups": _names(self.elbv2.describe_target_groups(), "TargetGroups", "TargetGroupName"),
            "groups": [each["GroupName"] for each in groups if each["GroupName"] != "default"],
            "log groups": _names(self.logs.describe_log_groups(), "logGroups", "logGroupName"),
            "families": self.ecs.list_task_definition_families(status="ACTIVE")["families"],
        }


def _names(answer: dict[str, Any], member: str, name: str) -> list[str]:
    return [each[name] for each in answer[member]]


def refused(call: Callable[[], Any]) -> tuple[str, int]:
    """Code and status of the error that a call ends with."""
    with pytest.raises(ClientError) as error:
        call()
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


@pytest.fixture
def account() -> Iterator[Account]:
    """An account in which everything takes as long as it does in AWS."""
    with running(profile="aws-like", conditions=Conditions(time_factor=REAL)) as url:
        yield Account(url)


def test_times_are_those_of_the_real_service(account: Account) -> None:
    """A deployment takes minutes, DRAINING one, and the clock lets them pass in two requests."""
    service = account.create()
    arn = service["serviceArn"]
    assert "currentDeployment" in account.describe(arn)
    account.clock(advance=300)
    assert "currentDeployment" not in account.describe(arn)
    updated = account.update(arn, healthCheckPath="/x")["targetConfiguration"]["serviceRevisionArn"]
    account.clock(advance=60)
    active = account.describe(arn)
    assert [entry["healthCheckPath"] for entry in active["activeConfigurations"]] == ["/x", "/"]
    assert active["activeConfigurations"][0]["serviceRevisionArn"] == updated
    account.clock(advance=240)
    assert len(account.describe(arn)["activeConfigurations"]) == 1
    account.delete(arn)
    account.clock(advance=50)
    assert account.status(arn) == "DRAINING"
    account.clock(advance=15)
    assert account.status(arn) == "INACTIVE"


def test_a_describe_may_be_late(account: Account) -> None:
    """For some seconds after an update, Describe shows it or what was before; then it shows the update."""
    arn = account.create()["serviceArn"]
    account.clock(advance=300)
    account.update(arn, healthCheckPath="/x")
    shown = [account.describe(arn)["activeConfigurations"][0]["healthCheckPath"] for _ in range(6)]
    assert {*shown} == {"/", "/x"}
    account.clock(advance=6)
    shown = [account.describe(arn)["activeConfigurations"][0]["healthCheckPath"] for _ in range(6)]
    assert {*shown} == {"/x"}


def test_what_ecs_makes_comes_and_goes_with_the_service(account: Account) -> None:
    """Balancer, target groups and security groups go minutes after the service; the rest is left over."""
    service = account.create("Xc-web")
    arn, (shown,) = service["serviceArn"], service["activeConfigurations"]
    made = account.around()
    assert [name[:-8] for name in made["balancers"]] == ["ecs-express-gateway-alb-"]
    assert [name[:-17] for name in made["target groups"]] == ["ecs-gateway-tg-"] * 2
    assert sorted(name.rpartition("-")[0] for name in made["groups"]) == [
        "default-Xc-web-vpc",
        "ecs-express-gateway-alb-sg",
    ]
    assert made["log groups"] == [shown["primaryContainer"]["awsLogsConfiguration"]["logGroup"]]
    assert made["families"] == ["default-Xc-web"]
    account.delete(arn)
    account.clock(advance=65)
    assert account.status(arn) == "INACTIVE"
    assert account.around() == made
    account.clock(advance=540)
    left = {"log groups": made["log groups"], "families": made["families"]}
    assert {kind: names for kind, names in account.around().items() if names} == left


def test_a_settled_answer_names_the_security_group_that_is_there(account: Account) -> None:
    """The managed group of the answers is one that EC2 has, with the tag of ECS."""
    arn = account.create()["serviceArn"]
    account.clock(advance=300)
    (shown,) = account.describe(arn)["activeConfigurations"]
    groups = shown["networkConfiguration"]["securityGroups"]
    (found,) = account.ec2.describe_security_groups(GroupIds=groups)["SecurityGroups"]
    assert found["GroupId"] == groups[0]
    assert found["Tags"] == [{"Key": "AmazonECSManaged", "Value": "true"}]


def test_services_share_a_balancer_until_it_is_full(account: Account) -> None:
    """The first 25 services have one, the next has another; each goes with its last service."""
    arns = [account.create()["serviceArn"] for _ in range(SHARING)]
    assert len(account.around()["balancers"]) == 1
    last = account.create()["serviceArn"]
    assert len(account.around()["balancers"]) == 2
    for arn in (arns[0], last):
        account.delete(arn)
    account.clock(advance=700)
    made = account.around()
    assert len(made["balancers"]) == 1
    assert len(made["target groups"]) == 2 * (SHARING - 1)


def test_a_janitor_finds_a_service(account: Account) -> None:
    """By list, by tag in three ways, by what was made for it; a deleted one is described and not listed."""
    service = account.create()
    arn, name = service["serviceArn"], service["serviceName"]
    revision = service["activeConfigurations"][0]["serviceRevisionArn"]
    tagged = account.resourcegroupstaggingapi.get_resources(
        TagFilters=[{"Key": TAG["key"], "Values": [TAG["value"]]}], ResourceTypeFilters=["ecs:service"]
    )
    assert _names(tagged, "ResourceTagMappingList", "ResourceARN") == [arn]
    assert account.ecs.list_tags_for_resource(resourceArn=arn)["tags"] == [TAG]
    assert account.describe(arn, "TAGS")["tags"] == [TAG]
    (shown,) = account.ecs.describe_services(services=[name], include=["TAGS"])["services"]
    assert (shown["status"], shown["tags"], shown["resourceManagementType"]) == ("ACTIVE", [TAG], "ECS")
    assert account.ecs.list_services()["serviceArns"] == [arn]
    resources = account.ecs.describe_service_revisions(serviceRevisionArns=[revision, f"{revision}0"])
    assert [failure["reason"] for failure in resources["failures"]] == ["MISSING"]
    (ingress,) = resources["serviceRevisions"][0]["ecsManagedResources"]["ingressPaths"]
    (balancer,) = account.elbv2.describe_load_balancers()["LoadBalancers"]
    assert ingress["loadBalancer"]["arn"] == balancer["LoadBalancerArn"]
    (rule, _) = account.elbv2.describe_rules(ListenerArn=ingress["listener"]["arn"])["Rules"]
    assert rule["Conditions"][0]["Values"] == [ingress["endpoint"]]
    forward = rule["Actions"][0]["ForwardConfig"]["TargetGroups"]
    assert [each["TargetGroupArn"] for each in forward] == _names(ingress, "targetGroups", "arn")
    account.delete(arn)
    assert account.ecs.list_services()["serviceArns"] == []
    (shown,) = account.ecs.describe_services(services=[name])["services"]
    assert shown["status"] == "DRAINING"
    account.clock(advance=70)
    asked = {"serviceRevisionArns": [revision]}
    assert refused(lambda: account.ecs.describe_service_revisions(**asked))[0] == "InvalidParameterException"


def test_all_task_definitions_stay(account: Account) -> None:
    """Each update registers one, and none is ever dropped."""
    arn = account.create("Xc-web")["serviceArn"]
    for number in range(14):
        account.update(arn, healthCheckPath=f"/{number}")
    listed = account.ecs.list_task_definitions(familyPrefix="default-Xc-web")["taskDefinitionArns"]
    assert len(listed) == 15


def test_what_was_removed_by_hand_is_not_missed(account: Account) -> None:
    """Somebody may delete what ECS made; when the service goes, nothing of it is in the way."""
    arn = account.create()["serviceArn"]
    (balancer,) = account.elbv2.describe_load_balancers()["LoadBalancers"]
    account.elbv2.delete_load_balancer(LoadBalancerArn=balancer["LoadBalancerArn"])
    for group in account.elbv2.describe_target_groups()["TargetGroups"]:
        account.elbv2.delete_target_group(TargetGroupArn=group["TargetGroupArn"])
    for group in account.ec2.describe_security_groups()["SecurityGroups"]:
        if group["GroupName"] != "default":
            account.ec2.delete_security_group(GroupId=group["GroupId"])
    account.delete(arn)
    account.clock(advance=700)
    assert account.around()["groups"] == []


def test_a_name_is_used_again(account: Account) -> None:
    """What was made for the former service goes at once; the new one keeps its own."""
    arn = account.create("Xc-again")["serviceArn"]
    former = account.around()
    account.delete(arn)
    account.clock(advance=70)
    account.create("Xc-again")
    made = account.around()
    assert len(made["target groups"]) == 2
    assert set(made["target groups"]).isdisjoint(former["target groups"])
    assert len(made["log groups"]) == 2


def test_resources_may_be_left_over() -> None:
    """Under that condition nothing is removed."""
    with running(profile="aws-like", conditions=Conditions(leaves_resources=True)) as url:
        account = Account(url)
        made = account.create(), account.around()
        account.delete(made[0]["serviceArn"])
        account.clock(advance=3600)
        assert account.status(made[0]["serviceArn"]) == "INACTIVE"
        assert account.around() == made[1]


def test_a_deployment_never_settles_and_a_service_never_ends() -> None:
    """With times without end: a deployment in flight, and a service that is DRAINING, after years."""
    with running(profile="aws-like", deployment_seconds=math.inf, drain_seconds=math.inf) as url:
        account = Account(url)
        arn = account.create()["serviceArn"]
        account.clock(advance=1e8)
        assert "currentDeployment" in account.describe(arn)
        account.update(arn, healthCheckPath="/x")
        account.clock(advance=1e8)
        assert "currentDeployment" in account.describe(arn)
        account.delete(arn)
        account.clock(advance=1e8)
        assert account.status(arn) == "DRAINING"
        assert refused(lambda: account.delete(arn)) == ("ServiceNotActiveException", 400)
        assert len(account.around()["balancers"]) == 1


def test_the_clock_goes_forward_only(account: Account) -> None:
    """It is shown and moved; what is no time to pass is refused, and changes nothing."""
    url = account.url + CLOCK_PATH
    before = urllib3.request("GET", url).json()["now"]
    assert abs(before - time.time()) < 5
    wrong: tuple[Any, ...] = (-1, math.inf, "soon", None)
    answers = [urllib3.request("POST", url, json={"advance": each}) for each in wrong]
    answers += [urllib3.request("POST", url, body=b"{"), urllib3.request("POST", url, json=[])]
    assert [answer.status for answer in answers] == [400] * 6
    assert all(answer.json()["error"] for answer in answers)
    assert 0 <= urllib3.request("GET", url).json()["now"] - before < 30
    assert 3600 <= account.clock(advance=3600) - before < 3630


def test_a_service_may_be_of_hours_ago() -> None:
    """With a clock that is behind, a service is old as soon as the clock has caught up."""
    with running(conditions=Conditions(clock_ahead=-7200)) as url:
        account = Account(url)
        created = account.create()["createdAt"].timestamp()
        age = time.time() - created
        assert 7199 < age < 7300
        assert abs(account.clock(advance=7200) - time.time()) < 60


def test_requests_are_throttled_by_rate() -> None:
    """Changes beyond the rate are refused, whatever the operation; reads have a bucket of their own."""
    with running(conditions=Conditions(throttle_rate=0.02)) as url:
        account = Account(url)
        arn = account.create()["serviceArn"]
        throttled = ("ThrottlingException", 400)
        assert refused(lambda: account.update(arn, healthCheckPath="/x")) == throttled
        assert refused(lambda: account.ecs.create_cluster(clusterName="c")) == throttled
        assert account.describe(arn)["activeConfigurations"][0]["healthCheckPath"] == "/ping"
        assert refused(account.ecs.list_clusters) == throttled


def test_a_bucket_fills_up_again() -> None:
    """It gives what it holds, then what has come since; one without a rate never gets empty."""
    bucket = Bucket(50, 2)
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    time.sleep(0.05)
    assert bucket.take()
    endless = Bucket(0, 0)
    assert all(endless.take() for _ in range(1000))


def test_credentials_expire_in_the_middle() -> None:
    """After so many requests all services refuse a key with its token; another token is another session.

    A long-lived key, which has no token, does not expire.
    """
    with running(conditions=Conditions(credentials_last=3)) as url:
        account = Account(url, token="first")
        arn = account.create()["serviceArn"]
        account.sts.get_caller_identity()
        account.describe(arn)
        assert refused(lambda: account.describe(arn)) == ("ExpiredTokenException", 400)
        assert refused(lambda: account.delete(arn)) == ("ExpiredTokenException", 400)
        assert refused(account.sts.get_caller_identity) == ("ExpiredToken", 403)
        renewed = Account(url, token="second")
        assert renewed.status(arn) == "ACTIVE"
        assert [Account(url).status(arn) for _ in range(5)] == ["ACTIVE"] * 5


def test_the_network_is_gone_for_a_while() -> None:
    """There is no answer, nothing is done, and after its time all is as before; the clock can be moved."""
    conditions = Conditions(outage_after=1, outage_seconds=4)
    with running(conditions=conditions, drain_seconds=3600) as url:
        account = Account(url)
        arn = account.create()["serviceArn"]
        asked = account.sts  # a client takes long to make
        began = time.monotonic()
        with pytest.raises(BotoCoreError):
            account.delete(arn)
        with pytest.raises(BotoCoreError):
            asked.get_caller_identity()
        assert account.clock(advance=1)
        while time.monotonic() - began < 4.5:
            time.sleep(0.1)
        assert account.status(arn) == "ACTIVE"


def test_a_role_has_to_become_known() -> None:
    """In the first seconds after its first use a role cannot be assumed, by Create or by an update."""
    with running(conditions=Conditions(role_seconds=10)) as url:
        account = Account(url)
        assert refused(account.create) == ("AccessDeniedException", 400)
        account.clock(advance=9)
        with pytest.raises(ClientError, match="Cannot assume role"):
            account.create()
        assert account.ecs.list_clusters()["clusterArns"] == []
        account.clock(advance=20)
        with pytest.raises(ClientError, match="execution"):  # the first one is known by now
            account.create()
        account.clock(advance=10)
        arn = account.create()["serviceArn"]
        role = {"executionRoleArn": f"{ROLE}new"}
        assert refused(lambda: account.update(arn, **role)) == ("AccessDeniedException", 400)
        account.clock(advance=10)
        account.update(arn, **role)


def test_a_new_service_has_to_become_known() -> None:
    """In the first seconds after Create, Describe does not find a service; an update does."""
    with running(conditions=Conditions(unknown_seconds=10)) as url:
        account = Account(url)
        arn = account.create()["serviceArn"]
        assert refused(lambda: account.describe(arn)) == ("ResourceNotFoundException", 400)
        account.update(arn, healthCheckPath="/x")
        account.clock(advance=10)
        assert account.status(arn) == "ACTIVE"


def test_sts_knows_the_callers_of_a_guarded_emulator() -> None:
    """Account and user of each enrolled caller; nobody else has an identity."""
    with guarded("us-east-1", profile="aws-like") as emulator:
        for keys, name in ((emulator.main, "main"), (emulator.restricted, "restricted")):
            account = Account(emulator.endpoint, key=keys.access_key, secret=keys.secret_key)
            identity = account.sts.get_caller_identity()
            assert identity["Account"] == "123456789012"
            assert identity["Arn"] == f"arn:aws:iam::123456789012:user/{name}"
        stranger = Account(emulator.endpoint, key="AKIASTRANGER00000000")
        assert refused(stranger.sts.get_caller_identity)[0] == "InvalidClientTokenId"


def test_policies_are_kept_by_the_neighbours_too() -> None:
    """A user with a policy may do what it says, in the words that policies have for it, and nothing else."""
    with guarded("us-east-1", profile="aws-like") as emulator:
        keys = emulator.administrator
        administrator = Account(emulator.endpoint, key=keys.access_key, secret=keys.secret_key)
        administrator.create()
        administrator.iam.create_user(UserName="janitor")
        allowed = ["tag:GetResources", "elasticloadbalancing:DescribeLoadBalancers", "ecs:ListServices"]
        policy = {"Effect": "Allow", "Action": allowed, "Resource": "*"}
        document = json.dumps({"Version": "2012-10-17", "Statement": [policy]})
        administrator.iam.put_user_policy(UserName="janitor", PolicyName="p", PolicyDocument=document)
        made = administrator.iam.create_access_key(UserName="janitor")["AccessKey"]
        janitor = Account(emulator.endpoint, key=made["AccessKeyId"], secret=made["SecretAccessKey"])
        assert janitor.resourcegroupstaggingapi.get_resources()["ResourceTagMappingList"]
        assert janitor.elbv2.describe_load_balancers()["LoadBalancers"]
        assert janitor.ecs.list_services()["serviceArns"]
        assert refused(janitor.elbv2.describe_target_groups)[0] == "AccessDenied"
        assert refused(janitor.ecs.list_clusters)[0] == "AccessDeniedException"
        restricted = emulator.restricted
        reader = Account(emulator.endpoint, key=restricted.access_key, secret=restricted.secret_key)
        assert refused(reader.elbv2.describe_load_balancers)[0] == "AccessDenied"


def test_conditions_are_options() -> None:
    """All of them get through a command line, and none of them is there unless it is asked for."""
    parser = argparse.ArgumentParser()
    declare(parser)
    assert Conditions.of(parser.parse_args([*ALL.words()])) == ALL
    assert Conditions.of(parser.parse_args([])) == Conditions()
    assert [*Conditions().words()] == []


@pytest.mark.parametrize(
    "wrong",
    [{"time_factor": -1.0}, {"outage_after": -1}, {"throttle_rate": math.nan}, {"clock_ahead": math.inf}],
)
def test_a_condition_is_a_number_that_makes_sense(wrong: dict[str, Any]) -> None:
    """The error names the option."""
    with pytest.raises(ConfigurationError, match=next(iter(wrong)).replace("_", "-")):
        Conditions(**wrong)


def test_serve_takes_conditions(tmp_path: Any) -> None:
    """They are in its help; a wrong one is told, with the exit code for wrong usage."""
    shown = express("serve", "--help", cwd=tmp_path).stdout
    assert all(word.partition("=")[0] in shown for word in ALL.words())
    done = express("serve", "--profile", "aws-like", "--role-seconds", "-1", cwd=tmp_path)
    assert done.returncode == 2
    assert "--role-seconds" in done.stderr


def test_rates_and_times_follow_the_factor() -> None:
    """At the real service's pace a profile takes as long, and takes as many requests; others take all."""
    profile = PROFILES["aws-like"]
    real = Conditions(time_factor=REAL)
    assert (real.rate(profile), real.rate(None)) == (5, 0)
    timing = real.timing(profile)
    assert (timing.deployment_seconds, timing.drain_seconds) == pytest.approx((240, 60))
    assert (timing.later_seconds, timing.removal_seconds) == pytest.approx((5, 540))
    assert Conditions(throttle_rate=2, time_factor=REAL).rate(profile) == 2


def test_nothing_stands_before_the_ordinary_emulator() -> None:
    """Without conditions requests go straight to the service, and the clock has no path."""
    assert type(server._application(Front(), Conditions(), None)) is server.Application
    with running() as url:
        account = Account(url)
        account.create()
        assert urllib3.request("GET", url + CLOCK_PATH).status == 404
        made = account.around()
        assert [kind for kind, names in made.items() if names] == ["families"]
