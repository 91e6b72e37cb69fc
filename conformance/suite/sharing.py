"""Who else has a load balancer: up to 25 Express services of a VPC share one, and that is no leftover then.

Documented is the sharing (developer guide, Resources created by Express Mode services). That a service uses a
load balancer by its target groups and by rules of a listener is how Application Load Balancers work; so one
is in use by others as long as it has a target group, or a rule beside the default ones, that is not of the
run.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from botocore.exceptions import ClientError

from conformance.suite.account import Account, is_gone
from conformance.suite.managed import BALANCER, GROUP, LISTENER, Managed

SHARED = frozenset({BALANCER, LISTENER, GROUP})
"""The kinds that others may share."""


def is_shared(account: Account, each: Managed, own: Collection[str]) -> bool:
    """Whether others use something, so that it has to stay.

    Args:
        account: where.
        each: what ECS made for a run.
        own: the ARNs of all that it made for runs that are over.

    Raises:
        ClientError: it may not be asked.
    """
    return each.kind in SHARED and any(
        _has_others(account, balancer, own) for balancer in balancers_of(account, each)
    )


def balancers_of(account: Account, each: Managed) -> Iterator[str]:
    """The ARNs of the load balancers that something is, or is part of."""
    if each.kind == BALANCER:
        yield each.arn
    elif each.kind == LISTENER:  # ...:listener/app/<name>/<id>/<listener>
        yield each.arn.rpartition("/")[0].replace(":listener/", ":loadbalancer/")
    else:
        for balancer in account.pages("elbv2", "describe_load_balancers", "LoadBalancers"):
            if each.last in balancer.get("SecurityGroups", ()):
                yield str(balancer["LoadBalancerArn"])


def _has_others(account: Account, balancer: str, own: Collection[str]) -> bool:
    try:
        return any(arn not in own for arn in _users(account, balancer))
    except ClientError as error:
        if is_gone(error):
            return False
        raise


def _users(account: Account, balancer: str) -> Iterator[str]:
    """The ARNs of the target groups and rules of a load balancer."""
    for group in account.pages("elbv2", "describe_target_groups", "TargetGroups", LoadBalancerArn=balancer):
        yield str(group["TargetGroupArn"])
    for listener in account.pages("elbv2", "describe_listeners", "Listeners", LoadBalancerArn=balancer):
        for rule in account.pages("elbv2", "describe_rules", "Rules", ListenerArn=listener["ListenerArn"]):
            if not rule.get("IsDefault"):
                yield str(rule["RuleArn"])


def express_services(account: Account) -> list[str]:
    """The ARNs of all Express services that are listed; a new one may not use anything yet.

    Raises:
        ClientError: nobody may list them.
    """
    return [
        str(arn)
        for cluster in account.pages("ecs", "list_clusters", "clusterArns")
        for arn in account.pages(
            "ecs", "list_services", "serviceArns", cluster=cluster, resourceManagementType="ECS"
        )
    ]
