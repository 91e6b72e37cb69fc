"""Names and identifiers that ECS makes up, in the forms that users show in public.

Seen in issue reports and scripts: revision ids of 19 digits, endpoints such as
``my-<32 hex>.ecs.<region>.on.aws``, log groups such as ``/aws/ecs/default/shurly-api-5fdb`` (also in the
developer guide, Express services).
"""

from __future__ import annotations

import re
from uuid import uuid4

from conformance.emulator.records import Members, Place

_LONGEST_STEM = 200


def revision_arn(place: Place, cluster: str, name: str) -> str:
    """A new service revision's ARN."""
    return place.arn(f"service-revision/{cluster}/{name}/{uuid4().int % 10**19:019d}")


def deployment_arn(place: Place, cluster: str, name: str) -> str:
    """A new service deployment's ARN."""
    return place.arn(f"service-deployment/{cluster}/{name}/{uuid4().hex[:21]}")


def endpoint(place: Place, name: str) -> str:
    """The host name of a new service's ingress path: no scheme, and the service's first two letters."""
    return f"{name[:2].lower()}-{uuid4().hex}.ecs.{place.region}.on.aws"


def managed_group() -> str:
    """The security group that ECS makes for a service."""
    return f"sg-{uuid4().hex[:17]}"


def log_group(cluster: str, name: str) -> str:
    """The log group of a service whose creator named none."""
    return f"/aws/ecs/{cluster}/{name}-{uuid4().hex[:4]}"


def service_name(request: Members) -> str:
    """A unique name that says what runs, for a service whose creator gave none.

    Create's page has "generates a unique name", the developer guide "derived from the image name": both.
    """
    source = request.get("primaryContainer", {}).get("image") or request["taskDefinitionArn"]
    stem = re.split(r"[:@#]", source.rpartition("/")[2])[0]
    stem = re.sub(r"[^A-Za-z0-9_-]", "-", stem)[:_LONGEST_STEM]
    return f"{stem or 'service'}-{uuid4().hex[:8]}"
