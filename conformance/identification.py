"""Whom an ARN names, told by how it differs from the ARNs that a target returned."""

from __future__ import annotations

import re
from typing import Any


def identity_kind(arn: Any, known: tuple[str, ...]) -> str:
    """How an ARN differs from those that the target returned; empty where nobody can tell."""
    if arn is None:
        return "missing"
    if not isinstance(arn, str):
        return "wrong-type"
    if arn == "":
        return "empty"
    if not arn.startswith("arn:"):
        return "not-an-arn" if not re.fullmatch(r"[\w-]+(/[\w-]+)?", arn) else "short-name"
    return next((kind for other in known if (kind := _difference(arn, other))), "")


def _difference(arn: str, known: str) -> str:
    parts, others = arn.split(":", 5), known.split(":", 5)
    if len(parts) != len(others):
        return "not-an-arn"
    pairs = zip(parts, others, strict=True)
    differing = [index for index, (part, other) in enumerate(pairs) if part != other]
    names = {1: "foreign-partition", 2: "other-resource", 3: "foreign-region", 4: "foreign-account"}
    resource, known_resource = parts[5].split("/"), others[5].split("/")
    if 2 in differing or resource[0] != known_resource[0]:  # noqa: PLR2004  the ARN's service
        return "other-resource"
    if differing != [5]:
        return names.get(differing[0], "") if len(differing) == 1 else ""
    return _resource_difference(resource, known_resource)


def _resource_difference(resource: list[str], known: list[str]) -> str:
    """Compare ``service/cluster/name``, the long form; of others nothing is said."""
    if len(resource) != len(known) or len(known) != 3:  # noqa: PLR2004  type, cluster, name
        return ""
    return "unknown-service" if resource[1] == known[1] else "unknown-cluster"
