"""The tags of what is to be deleted, where policies may ask for them; moto keeps them in several ways."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

from werkzeug.exceptions import HTTPException

from conformance.emulator.permissions import alarm_names

Members = Mapping[str, Any]


def tags_of(action: str, account: str, region: str, members: Members) -> dict[str, str]:
    """The tags of the one thing that a request is to delete; none where nobody asks for them.

    Args:
        action: ``service:Operation``.
        account: where.
        region: where.
        members: of the request.
    """
    module, read = _READERS.get(action, ("", None))
    if read is None:
        return {}
    # All of them take long to import, and were imported by whoever made what is deleted.
    backends = getattr(importlib.import_module(f"moto.{module}.models"), f"{module}_backends")
    with suppress(HTTPException, KeyError):  # there is no such thing
        return read(backends[account][region], members)
    return {}


def _balancing(member: str) -> Callable[[Any, Members], dict[str, str]]:
    def read(backend: Any, members: Members) -> dict[str, str]:
        found = backend.describe_tags(members.get(member) or [])
        return {key: value for tags in found.values() for key, value in tags.items()}

    return read


def _groups(backend: Any, members: Members) -> dict[str, str]:
    named = members.get("GroupId") or []
    return {key: value for id in named for key, value in backend.tags.get(id, {}).items()}


def _certificate(backend: Any, members: Members) -> dict[str, str]:
    found = backend.get_certificate(members["CertificateArn"])
    return {key: value or "" for key, value in found.tags.items()}


def _scalable_target(backend: Any, members: Members) -> dict[str, str]:
    found = backend.describe_scalable_targets(members["ServiceNamespace"], [members["ResourceId"]], None)
    return dict(getattr(found[0], "tags", {})) if found else {}


def _alarm(backend: Any, members: Members) -> dict[str, str]:
    first, *_ = alarm_names(members)
    return dict(backend.list_tags_for_resource(backend.alarms[first].alarm_arn))


_READERS: Mapping[str, tuple[str, Callable[[Any, Members], dict[str, str]]]] = {
    "elasticloadbalancing:DeleteLoadBalancer": ("elbv2", _balancing("LoadBalancerArn")),
    "elasticloadbalancing:DeleteTargetGroup": ("elbv2", _balancing("TargetGroupArn")),
    "elasticloadbalancing:DeleteListener": ("elbv2", _balancing("ListenerArn")),
    "elasticloadbalancing:DeleteRule": ("elbv2", _balancing("RuleArn")),
    "ec2:DeleteSecurityGroup": ("ec2", _groups),
    "acm:DeleteCertificate": ("acm", _certificate),
    "application-autoscaling:DeregisterScalableTarget": ("applicationautoscaling", _scalable_target),
    "cloudwatch:DeleteAlarms": ("cloudwatch", _alarm),
}
"""By action: moto's module, and how to read the tags there."""
