"""IAM policies, evaluated: moto's own evaluation knows no resources of most services, and no conditions.

The rules are those of the IAM User Guide ("Policy evaluation logic": a denial wins, and what nothing allows
is refused; "IAM JSON policy elements: Condition operators"). Which resource and which keys an action is
matched with is from the Service Authorization Reference
(https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html),
and so is that Create needs ecs:RegisterTaskDefinition and iam:PassRole of the caller. That an update needs
both and ecs:DescribeTaskDefinition is observed: users were refused without them. That tags on Create need
ecs:TagResource is inferred from what the developer guide says of the other operations that create
("Grant permission to tag resources on creation").
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any

Context = Mapping[str, tuple[str, ...]]
_LIKE = {"StringLike", "ArnLike", "ArnEquals"}
_EXPRESS = re.compile(r"ecs:(Create|Update|Describe|Delete)ExpressGatewayService")
_PASSED_TO = {
    "infrastructureRoleArn": "ecs.amazonaws.com",
    "executionRoleArn": "ecs-tasks.amazonaws.com",
    "taskRoleArn": "ecs-tasks.amazonaws.com",
}
_SERVICE = re.compile(r"arn:[^:]+:ecs:[^:]+:[0-9]+:[a-z-]+/.+")
_ROLE = re.compile(r"arn:[^:]+:iam::[0-9]{12}:role/.+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One permission that a request needs.

    Attributes:
        action: ``service:Operation``.
        resource: the ARN; ``*`` if the action has none; empty if the request names none that can be used:
            then the action alone decides, and the service refuses the value itself.
        context: the values of condition keys.
    """

    action: str
    resource: str = "*"
    context: Context = field(default_factory=dict)


def allows(policies: Iterable[Mapping[str, Any]], ask: Ask) -> bool:
    """Whether policies together allow something: one does, and none denies it."""
    effects = {
        statement["Effect"]
        for policy in policies
        for statement in _list(policy["Statement"])
        if _concerns(statement, ask)
    }
    return effects == {"Allow"}


def _concerns(statement: Mapping[str, Any], ask: Ask) -> bool:
    named = "NotAction" not in statement
    actions = _list(statement["Action" if named else "NotAction"])
    if any(_like(each.lower(), ask.action.lower()) for each in actions) is not named:
        return False
    if ask.resource and not any(_like(each, ask.resource) for each in _list(statement["Resource"])):
        return False
    return all(
        _holds(operator, _list(wanted), ask.context.get(key, ()))
        for operator, keys in statement.get("Condition", {}).items()
        for key, wanted in keys.items()
    )


def _holds(operator: str, wanted: list[Any], found: tuple[str, ...]) -> bool:
    """Whether a condition is met; of an operator that is not known here, it is not."""
    if operator == "Null":
        return (not found) is (str(wanted[0]).lower() == "true")
    quantifier, _, plain = operator.rpartition(":")
    if plain != "StringEquals" and plain not in _LIKE:
        return False
    met = [any(_like(each, value) if plain in _LIKE else each == value for each in wanted) for value in found]
    return all(met) if quantifier == "ForAllValues" else any(met)


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _like(pattern: str, text: str) -> bool:
    return _pattern(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _pattern(pattern: str) -> re.Pattern[str]:
    parts = {"*": ".*", "?": "."}
    return re.compile("".join(parts.get(each, re.escape(each)) for each in pattern), re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request, as permissions see it.

    Attributes:
        action: ``service:Operation``.
        resource: the ARN that somebody has found already; ``*`` if nobody has.
        place: partition, Region and account.
        members: of the body; those of a form are lists.
        tags: the tags of a resource, by its ARN or id.
    """

    action: str
    resource: str
    place: tuple[str, str, str]
    members: Mapping[str, Any]
    tags: Mapping[str, str] = field(default_factory=dict)

    def asks(self) -> Iterator[Ask]:
        """Every permission that it needs; that for the operation itself comes first."""
        where = {"aws:RequestedRegion": (self.place[1],)}
        for ask in self._asks():
            yield replace(ask, context={**where, **ask.context})

    def _asks(self) -> Iterator[Ask]:
        if _EXPRESS.fullmatch(self.action):
            yield from self._express()
            return
        for resource in self._resources():
            context = {**_tagged("Resource", self.tags), **self._namespace()}
            yield Ask(action=self.action, resource=resource, context=context)
        if self.action == "ecs:RegisterTaskDefinition":
            yield from self._passed("executionRoleArn", "taskRoleArn")

    def _express(self) -> Iterator[Ask]:
        creates = self.action == "ecs:CreateExpressGatewayService"
        named = creates or bool(self.members.get("serviceArn"))
        own = self.resource if named and _SERVICE.fullmatch(self.resource) else ""
        tags = _tags(self.members) if creates else {}
        yield Ask(action=self.action, resource=own, context=_tagged("Request", tags))
        if creates:
            family = "-".join(own.split("/")[1:])
            made = self.arn("ecs", f"task-definition/{family}:*") if family else ""
            yield Ask(action="ecs:RegisterTaskDefinition", resource=made)
            yield from self._passed(*_PASSED_TO)
        if self.action == "ecs:UpdateExpressGatewayService":
            # Which family it is follows from the service, if there is one: IAM is asked before that is known.
            yield Ask(action="ecs:RegisterTaskDefinition", resource="")
            yield Ask(action="ecs:DescribeTaskDefinition")
            yield from self._passed("executionRoleArn", "taskRoleArn")
        if tags:
            made_by = {"ecs:CreateAction": ("CreateExpressGatewayService",)}
            yield Ask(action="ecs:TagResource", resource=own, context=_tagged("Request", tags) | made_by)

    def _namespace(self) -> Context:
        """The condition key of Application Auto Scaling."""
        namespace = self.members.get("ServiceNamespace")
        return {"application-autoscaling:service-namespace": (str(namespace),)} if namespace else {}

    def _passed(self, *members: str) -> Iterator[Ask]:
        """The roles that the request hands on to a service."""
        for member in members:
            role = self.members.get(member)
            if isinstance(role, str) and _ROLE.fullmatch(role):
                passed = {"iam:PassedToService": (_PASSED_TO[member],)}
                yield Ask(action="iam:PassRole", resource=role, context=passed)

    def _resources(self) -> list[str]:
        """The ARNs of what the request is about; ``*`` for an action without resources."""
        found = _RESOURCES.get(self.action)
        return found(self) if found else ["*"]

    def cluster(self, name: Any) -> str:
        """The ARN of a cluster, by its name or ARN."""
        return self.arn("ecs", f"cluster/{str(name or 'default').rpartition('/')[2]}")

    def arn(self, service: str, resource: str) -> str:
        """The ARN of something in this place."""
        partition, region, account = self.place
        return f"arn:{partition}:{service}:{region}:{account}:{resource}"


_RESOURCES: Mapping[str, Callable[[Asked], list[str]]] = {
    "ecs:RegisterTaskDefinition": lambda asked: [
        asked.arn("ecs", f"task-definition/{asked.members.get('family')}:*")
    ],
    "ecs:CreateCluster": lambda asked: [asked.cluster(asked.members.get("clusterName"))],
    "ecs:DeleteCluster": lambda asked: [asked.cluster(asked.members.get("cluster"))],
    "ecs:DescribeClusters": lambda asked: [*map(asked.cluster, asked.members.get("clusters") or ["default"])],
    "logs:DeleteLogGroup": lambda asked: [
        asked.arn("logs", f"log-group:{asked.members.get('logGroupName')}:log-stream:")
    ],
    "ec2:DeleteSecurityGroup": lambda asked: [
        asked.arn("ec2", f"security-group/{_first(asked.members, 'GroupId')}")
    ],
    "elasticloadbalancing:DeleteLoadBalancer": lambda asked: [_first(asked.members, "LoadBalancerArn")],
    "elasticloadbalancing:DeleteTargetGroup": lambda asked: [_first(asked.members, "TargetGroupArn")],
    "elasticloadbalancing:DeleteListener": lambda asked: [_first(asked.members, "ListenerArn")],
    "elasticloadbalancing:DeleteRule": lambda asked: [_first(asked.members, "RuleArn")],
    "ecs:DescribeServiceRevisions": lambda asked: [
        str(arn) for arn in asked.members.get("serviceRevisionArns") or ["?"]
    ],
    "acm:DeleteCertificate": lambda asked: [_first(asked.members, "CertificateArn")],
    # Which of them it is follows from the name of the service.
    "application-autoscaling:DeregisterScalableTarget": lambda asked: [
        asked.arn("application-autoscaling", "scalable-target/?")
    ],
    "application-autoscaling:DeleteScalingPolicy": lambda asked: [
        asked.arn("application-autoscaling", "scalable-target/?")
    ],
    "cloudwatch:DeleteAlarms": lambda asked: [
        asked.arn("cloudwatch", f"alarm:{name}") for name in alarm_names(asked.members)
    ],
}
"""By action, the ARNs of what a request is about; other actions have no resources, or none that is told."""


def members_of(body: bytes) -> Mapping[str, Any]:
    """The members of a JSON body; none if it is no object."""
    try:
        document = json.loads(body or b"{}")
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}


def alarm_names(members: Mapping[str, Any]) -> list[str]:
    """The names of alarms in a request, whichever protocol it is in."""
    named = members.get("AlarmNames") or members.get("AlarmNames.member.1") or ["?"]
    return [str(name) for name in _list(named)]


def _first(members: Mapping[str, Any], name: str) -> str:
    """What a form has of this name; a text that matches nothing but ``*`` otherwise."""
    held = _list(members.get(name) or "?")
    return str(held[0])


def _tags(members: Mapping[str, Any]) -> dict[str, str]:
    given = members.get("tags")
    entries = [each for each in given if isinstance(each, dict)] if isinstance(given, list) else []
    return {str(each.get("key")): str(each.get("value", "")) for each in entries}


def _tagged(whose: str, tags: Mapping[str, str]) -> dict[str, tuple[str, ...]]:
    """The condition keys that tags make."""
    context = {f"aws:{whose}Tag/{key}": (value,) for key, value in tags.items()}
    return context | ({"aws:TagKeys": tuple(tags)} if whose == "Request" and tags else {})
