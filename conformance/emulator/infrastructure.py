"""What ECS makes for Express services, in moto's own load balancing, EC2, ACM and CloudWatch Logs.

Observed, for users show them in public, are the names: a load balancer ``ecs-express-gateway-alb-<8 hex>``
with a security group ``ecs-express-gateway-alb-sg-<milliseconds>``, and for each service two target groups
``ecs-gateway-tg-<17 hex>`` and a security group ``<cluster>-<service>-<vpc>``.

Documented are that up to 25 services share a load balancer, that its listener speaks HTTPS, and the log
group ``/aws/ecs/<cluster>/<service>-<4 hex>`` (developer guide, Resources created by Express Mode services);
the tag ``AmazonECSManaged`` with the value ``true`` on all of it (AWS managed policy
AmazonECSInfrastructureRoleforExpressGatewayServices, version 6); and that Delete removes load balancer,
target groups and security groups (its API page), and whatever else that policy lets ECS delete:
certificates, scalable targets, policies and alarms (these are in :mod:`conformance.emulator.scaling`). That
log groups stay is inferred: the policy lets ECS create them, and not delete them. Nothing says that the
service's own tags are on any of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import uuid4

from moto.acm.models import CertBundle, acm_backends
from moto.core.exceptions import ServiceException
from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.logs.models import logs_backends

from conformance.emulator.records import Service
from conformance.emulator.scaling import Scaled, Scaling

SHARING = 25
"""Services that one load balancer has at most."""

_MANAGED = {"AmazonECSManaged": "true"}
_TAGS = [{"Key": name, "Value": value} for name, value in _MANAGED.items()]
_HTTPS = 443
_DEFAULT_PORT = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class Balancer:
    """A load balancer of Express services.

    Attributes:
        arn: its ARN.
        group: the id of its security group.
        listener: the ARN of its HTTPS listener.
    """

    arn: str
    group: str
    listener: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What was made for one service.

    Attributes:
        balancer: the load balancer, which others may share.
        rule: the ARN of the listener's rule that leads to the service.
        target_groups: the ARNs of its target groups, the one with the traffic first.
        group: the id of its security group.
        certificate: the ARN of the certificate for its endpoint.
        scaled: what scales it.
        log_group: the name of its log group; empty if it was given another one.
    """

    balancer: Balancer
    rule: str
    target_groups: tuple[str, str]
    group: str
    certificate: str
    scaled: Scaled
    log_group: str


class Infrastructure:
    """Makes and removes what Express services need in one place.

    Args:
        account, region: the place.
        subnets: where load balancers are.
    """

    def __init__(self, account: str, region: str, subnets: Sequence[str]) -> None:
        self._ec2: Any = ec2_backends[account][region]
        self._elbv2: Any = elbv2_backends[account][region]
        self._logs: Any = logs_backends[account][region]
        self._acm: Any = acm_backends[account][region]
        self._scaling = Scaling(account, region, _MANAGED)
        self._subnets = list(subnets)
        default: Any = self._ec2.get_default_vpc()
        self._vpc: str = default.id

    def make(self, service: Service, others: Iterable[Made]) -> Made:
        """Make what a new service needs; it shares a load balancer of others that has room."""
        balancers = [each.balancer for each in others]
        free = (each for each in balancers if balancers.count(each) < SHARING)
        balancer = next(free, None) or self._balancer()
        target_groups = self._target_group(service), self._target_group(service)
        name = f"{service.cluster}-{service.name}-{self._vpc}"
        return Made(
            balancer=balancer,
            rule=self._rule(balancer.listener, service.endpoint, target_groups),
            target_groups=target_groups,
            group=self._group(name, service.managed_group),
            certificate=self._certificate(service.endpoint, balancer),
            scaled=self._scaling.make(service),
            log_group=self._log_group(service),
        )

    def remove(self, made: Made, others: Iterable[Made]) -> None:
        """Remove what only this service had; also its load balancer, if no other one has it."""
        self._elbv2.delete_rule(made.rule)
        for target_group in made.target_groups:
            _tolerantly(self._elbv2.delete_target_group, target_group)
        _tolerantly(self._ec2.delete_security_group, None, made.group)
        _tolerantly(self._acm.delete_certificate, made.certificate)
        rest = list(others)
        self._scaling.remove(
            made.scaled, reused=any(each.scaled.resource == made.scaled.resource for each in rest)
        )
        if all(each.balancer != made.balancer for each in rest):
            self._elbv2.delete_load_balancer(made.balancer.arn)
            _tolerantly(self._ec2.delete_security_group, None, made.balancer.group)

    def _balancer(self) -> Balancer:
        group = self._group(f"ecs-express-gateway-alb-sg-{time.time_ns() // 10**6}")
        balancer = self._elbv2.create_load_balancer(
            name=f"ecs-express-gateway-alb-{uuid4().hex[:8]}",
            security_groups=[group],
            subnet_ids=self._subnets,
            loadbalancer_type="application",
            tags=_TAGS,
        )
        elsewhere = {"StatusCode": "404", "ContentType": "text/plain"}
        listener = self._elbv2.create_listener(
            load_balancer_arn=balancer.arn,
            protocol="HTTPS",
            port=str(_HTTPS),
            ssl_policy="",
            certificate=None,  # moto would look for it
            actions=[{"Type": "fixed-response", "FixedResponseConfig": elsewhere}],
            tags=_TAGS,
        )
        return Balancer(arn=balancer.arn, group=group, listener=listener.arn)

    def _target_group(self, service: Service) -> str:
        configuration = service.target.configuration
        group = self._elbv2.create_target_group(
            name=f"ecs-gateway-tg-{uuid4().hex[:17]}",
            protocol="HTTP",
            port=str(configuration["primaryContainer"].get("containerPort", _DEFAULT_PORT)),
            vpc_id=self._vpc,
            target_type="ip",
            healthcheck_path=configuration["healthCheckPath"],
            tags=_TAGS,
        )
        return str(group.arn)

    def _rule(self, listener: str, host: str, target_groups: Sequence[str]) -> str:
        """The rule by which a host name leads to the first target group; deployments shift the weights."""
        known = self._elbv2.describe_rules(listener_arn=listener, rule_arns=None)
        taken = [int(rule.priority) for rule in known if str(rule.priority).isdigit()]
        weights = zip(target_groups, (100, 0), strict=True)
        forward = {"TargetGroups": [{"TargetGroupArn": group, "Weight": weight} for group, weight in weights]}
        rule = self._elbv2.create_rule(
            listener_arn=listener,
            conditions=[{"Field": "host-header", "Values": [host]}],
            priority=1 + max(taken, default=0),
            actions=[{"Type": "forward", "ForwardConfig": forward}],
            tags=_TAGS,
        )
        return str(rule.arn)

    def _group(self, name: str, group_id: str = "") -> str:
        """A security group; moto cannot be asked for one with a certain id, so that is exchanged."""
        group = self._ec2.create_security_group(name, "ECS managed", self._vpc, force=True)
        if group_id:
            groups = self._ec2.groups[self._vpc]
            groups[group_id] = groups.pop(group.id)
            group.id = group.group_id = group_id
        group.add_tags(dict(_MANAGED))
        return str(group.id)

    def _certificate(self, host: str, balancer: Balancer) -> str:
        """A certificate for a host name; all of them have the same key, for it takes long to make one."""
        place = {"account_id": self._acm.account_id, "region": self._acm.region_name}
        model = _model_certificate(*place.values())
        certificate = CertBundle(
            certificate=model.cert, private_key=model.key, cert_type="AMAZON_ISSUED", **place
        )
        certificate.common_name, certificate.sans = host, [host]
        certificate.in_use_by.append(balancer.arn)
        certificate.tags.add(_TAGS)
        self._acm._certificates[certificate.arn] = certificate  # noqa: SLF001  as moto's own Request does
        return str(certificate.arn)

    def _log_group(self, service: Service) -> str:
        """The log group of a service for which nobody named one: it is called after the service."""
        logs = service.target.configuration["primaryContainer"].get("awsLogsConfiguration", {})
        name = str(logs.get("logGroup", ""))
        if not service.target.managed or not name.startswith(f"/aws/ecs/{service.cluster}/{service.name}-"):
            return ""
        if name not in self._logs.groups:
            self._logs.create_log_group(name, dict(_MANAGED))
        return name


@cache
def _model_certificate(account: str, region: str) -> Any:
    return CertBundle.generate_cert("express.example.com", account, region)


def _tolerantly(remove: Callable[..., object], *arguments: object) -> None:
    """Remove something that somebody may have removed before."""
    with suppress(ServiceException):
        remove(*arguments)
