"""What a run can leave in an account, and what Express can leave for it; how each is found and deleted.

What a run creates itself has the run's id in its name, and its services in a tag. What Express makes for a
service is found by the forms of names in :mod:`conformance.suite.run_names`, by the run's tag where it has
that (whether ECS hands the tags of a service on is not documented), and by what was noted of the service
(:mod:`conformance.suite.managed`, :mod:`conformance.suite.notes`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from conformance.suite import run_names
from conformance.suite.account import Account, seconds_of, status_of
from conformance.suite.managed import GROUP, Managed, is_there
from conformance.suite.managed import KINDS as MANAGED
from conformance.suite.notes import Notes
from conformance.suite.run_names import TAG
from conformance.suite.sharing import is_shared

SERVICE = "service"
DRAINING = "DRAINING"
_ECS_MANAGED = ("AmazonECSManaged", "true")
_DEFAULT_CLUSTER = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """Something that a run created, or that Express created for a run.

    Attributes:
        kind: what it is, for a person.
        name: its name or id.
        run: the id of the run.
        created: epoch seconds; None where nobody says.
        delete: deletes it, or begins to.
        arn: its ARN, where that is needed.
        status: of a service.
        managed: what ECS made and has to take down itself; None for all else.
    """

    kind: str
    name: str
    run: str
    created: float | None
    delete: Callable[[], Any] = field(repr=False, compare=False)
    arn: str = ""
    status: str = ""
    managed: Managed | None = None

    @property
    def key(self) -> tuple[str, str]:
        """What tells it from all others, however it was found."""
        return self.kind, self.arn or self.name


Finder = Callable[["Account"], Iterator[Leftover]]


def listed_services(account: Account) -> Iterator[Leftover]:
    """Express services that ListServices lists; ECS lists those only that nobody has deleted."""
    for cluster in account.pages("ecs", "list_clusters", "clusterArns"):
        for arn in account.pages("ecs", "list_services", "serviceArns", cluster=cluster):
            yield from service_at(account, arn)


def tagged_services(account: Account) -> Iterator[Leftover]:
    """Express services with the tag of a run, by the Resource Groups Tagging API.

    Its GetResources returns what is tagged "or previously tagged" (API reference), so it may know a service
    that is DRAINING; that it does for ECS is assumed, and the notes of a run do not need it.
    """
    for arn, _tags in _tagged(account, "ecs:service"):
        yield from service_at(account, arn)


def service_at(account: Account, arn: str) -> Iterator[Leftover]:
    """The service of an ARN, if it is a run's and not INACTIVE."""
    name = arn.rpartition("/")[2]
    run = run_names.of_service(name)
    shown = account.express_service(arn) if run else {}
    tags = {tag.get("key"): tag.get("value") for tag in shown.get("tags", ())}
    # A tag that says otherwise means that the name is somebody else's idea.
    if shown and tags.get(TAG, run) == run:
        yield Leftover(
            kind=SERVICE,
            name=name,
            run=run,
            created=seconds_of(shown.get("createdAt")),
            delete=partial(account.client("ecs").delete_express_gateway_service, serviceArn=arn),
            arn=arn,
            status=status_of(shown),
        )


def _tagged(account: Account, *types: str) -> Iterator[tuple[str, dict[str, str]]]:
    """ARN and tags of what has the tag of some run."""
    limits = {"ResourceTypeFilters": list(types)} if types else {}
    for each in account.pages(
        "resourcegroupstaggingapi",
        "get_resources",
        "ResourceTagMappingList",
        TagFilters=[{"Key": TAG}],
        **limits,
    ):
        yield each["ResourceARN"], {tag["Key"]: tag["Value"] for tag in each.get("Tags", ())}


def _clusters(account: Account) -> Iterator[Leftover]:
    ecs = account.client("ecs")
    for arn in account.pages("ecs", "list_clusters", "clusterArns"):
        name = arn.rpartition("/")[2]
        if (run := run_names.of_own(name)) and _is_active(ecs, arn):
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


def _cluster_names(account: Account) -> set[str]:
    found = account.pages("ecs", "list_clusters", "clusterArns")
    return {_DEFAULT_CLUSTER, *(arn.rpartition("/")[2] for arn in found)}


def _task_definitions(account: Account) -> Iterator[Leftover]:
    """Those that the suite registered, and the revisions that Express registered for its services."""
    ecs, clusters = account.client("ecs"), _cluster_names(account)
    for arn in account.pages("ecs", "list_task_definitions", "taskDefinitionArns", status="ACTIVE"):
        name = arn.rpartition("/")[2]
        family = name.rpartition(":")[0]
        if not run_names.may_be(family):
            continue
        shown = ecs.describe_task_definition(taskDefinition=arn)["taskDefinition"]
        by_name = run_names.of_own(family) or run_names.of_pair(family, clusters)
        if run := by_name or run_names.of_family(family, _log_group_in(shown)):
            yield Leftover(
                kind="task definition",
                name=name,
                run=run,
                created=seconds_of(shown.get("registeredAt")),
                delete=partial(ecs.deregister_task_definition, taskDefinition=arn),
            )


def _log_group_in(definition: Mapping[str, Any]) -> str:
    """The log group of a task definition's first container; empty for none."""
    (first, *_) = definition.get("containerDefinitions") or [{}]
    options = first.get("logConfiguration", {}).get("options", {})
    return str(options.get("awslogs-group", ""))


def _log_groups(account: Account) -> Iterator[Leftover]:
    logs = account.client("logs")
    for group in account.pages("logs", "describe_log_groups", "logGroups", logGroupNamePrefix="/aws/ecs/"):
        name = group["logGroupName"]
        if run := run_names.of_log_group(name):
            yield Leftover(
                kind="log group",
                name=name,
                run=run,
                created=seconds_of(group.get("creationTime")),
                delete=partial(logs.delete_log_group, logGroupName=name),
            )


def _scaling(account: Account) -> Iterator[Leftover]:
    """Scalable targets of services; their policies and the alarms of these go with them."""
    for each in account.pages(
        "application-autoscaling", "describe_scalable_targets", "ScalableTargets", ServiceNamespace="ecs"
    ):
        resource = each["ResourceId"]
        if run := run_names.of_scalable_target(resource):
            yield leftover_of(
                account,
                Managed(
                    kind="scalable target",
                    arn=each.get("ScalableTargetARN", resource),
                    service=account.arn("ecs", resource),
                    run=run,
                ),
            )


def _security_groups(account: Account) -> Iterator[Leftover]:
    clusters = _cluster_names(account)
    for each in account.pages("ec2", "describe_security_groups", "SecurityGroups"):
        tags = {tag["Key"]: tag["Value"] for tag in each.get("Tags", ())}
        pair = each["GroupName"].removesuffix(f"-{each.get('VpcId')}")
        run = run_names.of_pair(pair, clusters) if pair != each["GroupName"] else ""
        if run and _ECS_MANAGED in tags.items():
            yield leftover_of(account, _group(account, each, run))


def _group(account: Account, shown: Mapping[str, Any], run: str) -> Managed:
    arn = account.arn("ec2", f"security-group/{shown['GroupId']}", owner=shown.get("OwnerId", ""))
    return Managed(kind=GROUP, arn=arn, service="", run=run)


_ARNS: Mapping[str, str] = {
    ":loadbalancer/app/": "load balancer",
    ":listener/app/": "listener",
    ":listener-rule/app/": "listener rule",
    ":targetgroup/": "target group",
    ":security-group/": GROUP,
    ":certificate/": "certificate",
    ":alarm:": "metric alarm",
}
"""What is in the ARNs of kinds that have tags."""


def _tagged_by_ecs(account: Account) -> Iterator[Leftover]:
    """What ECS manages and has tagged as the service was; what does not have both tags is somebody's own."""
    found = []
    for arn, tags in _tagged(account):
        kind = next((kind for part, kind in _ARNS.items() if part in arn), "")
        if kind and run_names.is_run(tags[TAG]) and _ECS_MANAGED in tags.items():
            found.append(Managed(kind=kind, arn=arn, service="", run=tags[TAG]))
    own = {made.arn for made in found}
    for made in found:
        if is_there(account, made) and not is_shared(account, made, own):
            yield leftover_of(account, made)


def noted(notes: Notes, account: Account) -> Iterator[Leftover]:
    """The services that runs have noted; of those that are gone, what ECS made and nobody else uses."""
    gone = []
    for each in notes.services:
        there = list(service_at(account, each.service))
        yield from there
        gone += [] if there else [each]
    own = {made.arn for each in gone for made in each.resources}
    for made in (made for each in gone for made in each.resources):
        if is_there(account, made) and not is_shared(account, made, own):
            yield leftover_of(account, made)


def leftover_of(account: Account, managed: Managed) -> Leftover:
    """What ECS made, as something to be deleted."""
    return Leftover(
        kind=managed.kind,
        name=managed.name,
        run=managed.run,
        created=managed.noted_at or None,
        delete=partial(MANAGED[managed.kind].delete, account, managed),
        arn=managed.arn,
        managed=managed,
    )


KINDS: Mapping[str, Finder] = {
    "services": listed_services,
    "services by their tag": tagged_services,
    "clusters": _clusters,
    "task definitions": _task_definitions,
    "log groups": _log_groups,
    "scalable targets": _scaling,
    "security groups": _security_groups,
    "what ECS made, by its tags": _tagged_by_ecs,
}
"""What a run, or Express on its behalf, can leave; services first."""
