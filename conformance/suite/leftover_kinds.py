"""What a run can leave in an account, and what Express can leave for it; how each is found and deleted.

What Express makes for a service has the service's name in its own name or tags
(https://docs.aws.amazon.com/AmazonECS/latest/developerguide/express-service-work.html). A load balancer that
other services share has not, and is not touched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from botocore.exceptions import ClientError

from conformance.targets.aws import client_at
from conformance.wire import Endpoint

SERVICE = "service"
TAG = "express-conformance-run"
_NAME = re.compile(r"Xc-([0-9a-f]{8})-[a-z0-9-]+")
_GONE = {"INACTIVE"}
_NO_EXPRESS_SERVICE = {"InvalidParameterException", "ClientException"}
_MILLISECONDS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """Something that a run created, or that Express created for a run.

    Attributes:
        kind: what it is, for a person.
        name: its name or id.
        run: the id of the run.
        created: epoch seconds; None where nobody says.
        delete: deletes it, or begins to.
    """

    kind: str
    name: str
    run: str
    created: float | None
    delete: Callable[[], Any] = field(repr=False, compare=False)


Finder = Callable[["Account"], Iterator[Leftover]]


class Account:
    """The account and Region of an endpoint, looked at with boto3.

    Args:
        endpoint: of ECS; the other services of an emulator are at the same address.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A boto3 client."""
        if service not in self._clients:
            self._clients[service] = client_at(self._endpoint, service)
        return self._clients[service]

    def pages(self, service: str, operation: str, member: str, **parameters: Any) -> Iterator[Any]:
        """What is in a list, page after page."""
        for page in self.client(service).get_paginator(operation).paginate(**parameters):
            yield from page.get(member, ())


def is_gone(error: BaseException) -> bool:
    """Whether an error says that there is nothing to delete any more."""
    response: Mapping[str, Any] = getattr(error, "response", {})
    code = str(response.get("Error", {}).get("Code", ""))
    return "NotFound" in code or code in {"ServiceNotActiveException", "ResourceNotFoundException"}


def _run_named(name: str) -> str:
    """The run that gave something this name; empty if none did."""
    found = _NAME.fullmatch(name)
    return found[1] if found else ""


def _run_of(text: str) -> str:
    """The run for whose service Express named something, somewhere in its own name; empty if for none's."""
    found = _NAME.search(text)
    return found[1] if found else ""


def _seconds(moment: Any) -> float | None:
    if isinstance(moment, datetime):
        return moment.timestamp()
    return float(moment) / _MILLISECONDS if isinstance(moment, int | float) else None


def services(account: Account) -> Iterator[Leftover]:
    """Express services that are not INACTIVE."""
    ecs = account.client("ecs")
    for cluster in account.pages("ecs", "list_clusters", "clusterArns"):
        for arn in account.pages("ecs", "list_services", "serviceArns", cluster=cluster):
            run = _run_named(arn.rpartition("/")[2])
            shown = _described(ecs, arn) if run else {}
            status = shown.get("status", {}).get("statusCode")
            tags = {tag.get("key"): tag.get("value") for tag in shown.get("tags", ())}
            # A tag that says otherwise means that the name is somebody else's idea.
            if shown and status not in _GONE and tags.get(TAG, run) == run:
                yield Leftover(
                    kind=SERVICE,
                    name=arn.rpartition("/")[2],
                    run=run,
                    created=_seconds(shown.get("createdAt")),
                    delete=partial(ecs.delete_express_gateway_service, serviceArn=arn),
                )


def _described(ecs: Any, arn: str) -> dict[str, Any]:
    """The service; nothing if it is gone, or is no Express service."""
    try:
        answer = ecs.describe_express_gateway_service(serviceArn=arn, include=["TAGS"])
    except ClientError as error:
        if is_gone(error) or error.response["Error"]["Code"] in _NO_EXPRESS_SERVICE:
            return {}
        raise
    return dict(answer["service"])


def _clusters(account: Account) -> Iterator[Leftover]:
    ecs = account.client("ecs")
    for arn in account.pages("ecs", "list_clusters", "clusterArns"):
        name = arn.rpartition("/")[2]
        if (run := _run_named(name)) and _is_active(ecs, arn):
            yield Leftover(
                kind="cluster",
                name=name,
                run=run,
                created=None,
                delete=partial(ecs.delete_cluster, cluster=name),
            )


def _is_active(ecs: Any, cluster: str) -> bool:
    """Whether a cluster is more than a memory."""
    shown = ecs.describe_clusters(clusters=[cluster])["clusters"]
    return any(each.get("status") != "INACTIVE" for each in shown)


def _task_definitions(account: Account) -> Iterator[Leftover]:
    """Those that the suite registered, and the revisions that Express registered for its services."""
    ecs = account.client("ecs")
    for arn in account.pages("ecs", "list_task_definitions", "taskDefinitionArns", status="ACTIVE"):
        name = arn.rpartition("/")[2]
        if run := _run_of(name):
            shown = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
            yield Leftover(
                kind="task definition",
                name=name,
                run=run,
                created=_seconds(shown.get("registeredAt")),
                delete=partial(ecs.deregister_task_definition, taskDefinition=arn),
            )


def _log_groups(account: Account) -> Iterator[Leftover]:
    logs = account.client("logs")
    for group in account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix="/aws/ecs/"):
        name = group["logGroupName"]
        if run := _run_of(name):
            yield Leftover(
                kind="log group",
                name=name,
                run=run,
                created=_seconds(group.get("creationTime")),
                delete=partial(logs.delete_log_group, logGroupName=name),
            )


def _load_balancers(account: Account) -> Iterator[Leftover]:
    elb = account.client("elbv2")
    for each in account.pages("elbv2", "describe_load_balancers", "LoadBalancers"):
        arn = each["LoadBalancerArn"]
        if run := _run_of(each["LoadBalancerName"]) or _tagged(elb, arn):
            yield Leftover(
                kind="load balancer",
                name=each["LoadBalancerName"],
                run=run,
                created=_seconds(each.get("CreatedTime")),
                delete=partial(elb.delete_load_balancer, LoadBalancerArn=arn),
            )


def _target_groups(account: Account) -> Iterator[Leftover]:
    elb = account.client("elbv2")
    for each in account.pages("elbv2", "describe_target_groups", "TargetGroups"):
        arn = each["TargetGroupArn"]
        if run := _run_of(each["TargetGroupName"]) or _tagged(elb, arn):
            yield Leftover(
                kind="target group",
                name=each["TargetGroupName"],
                run=run,
                created=None,
                delete=partial(elb.delete_target_group, TargetGroupArn=arn),
            )


def _tagged(elb: Any, arn: str) -> str:
    """The run that the tags of a resource of Elastic Load Balancing name."""
    for shown in elb.describe_tags(ResourceArns=[arn])["TagDescriptions"]:
        for tag in shown["Tags"]:
            if run := _run_of(tag.get("Value", "")):
                return run
    return ""


def _security_groups(account: Account) -> Iterator[Leftover]:
    ec2 = account.client("ec2")
    for each in account.pages("ec2", "describe_security_groups", "SecurityGroups"):
        texts = [
            each["GroupName"],
            each.get("Description", ""),
            *(tag["Value"] for tag in each.get("Tags", ())),
        ]
        if run := next(filter(None, map(_run_of, texts)), ""):
            yield Leftover(
                kind="security group",
                name=f"{each['GroupId']} ({each['GroupName']})",
                run=run,
                created=None,
                delete=partial(ec2.delete_security_group, GroupId=each["GroupId"]),
            )


KINDS: Mapping[str, Finder] = {
    "services": services,
    "clusters": _clusters,
    "task definitions": _task_definitions,
    "log groups": _log_groups,
    "load balancers": _load_balancers,
    "target groups": _target_groups,
    "security groups": _security_groups,
}
"""What a run, or Express on its behalf, can leave; in the order in which it is deleted, services first."""
