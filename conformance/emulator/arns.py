"""ARNs and names in requests: what they must look like and which place they must belong to.

Forms are those of the developer guide ("Amazon Resource Names (ARNs) and IDs") and of the IAM user guide.
"""

from __future__ import annotations

import re

from conformance.emulator.errors import access_denied, invalid
from conformance.emulator.records import Place

_NAME = re.compile(r"[A-Za-z0-9_-]{1,255}")
_ECS_ARN = re.compile(
    r"arn:(?P<partition>aws[a-z-]*):ecs:(?P<region>[a-z0-9-]+):(?P<account>[0-9]{12}):(?P<kind>[a-z-]+)/(?P<id>.+)"
)
_ROLE_ARN = re.compile(r"arn:(?P<partition>aws[a-z-]*):iam::(?P<account>[0-9]{12}):role/[A-Za-z0-9_+=,.@/-]+")
_REVISION = re.compile(r"[1-9][0-9]{0,9}")


class ArnRules:
    """The part of the rules that is about ARNs and names.

    Attributes:
        place: where the request is answered.
    """

    def __init__(self, place: Place) -> None:
        self.place = place

    def service_arn(self, arn: str) -> tuple[str, str]:
        """The cluster and the name in a service ARN of this place.

        The API page gives serviceArn as an ARN, with no word of short names, so nothing else is taken.
        """
        cluster, _, name = self.ecs_arn(arn, "service").partition("/")
        if not (_NAME.fullmatch(cluster) and _NAME.fullmatch(name)):
            raise invalid("Invalid identifier: not the ARN of a service in a cluster.")
        return cluster, name

    def task_definition_arn(self, arn: str) -> tuple[str, int | None]:
        """The family and the revision, if any, in a task definition ARN of this place."""
        family, colon, revision = self.ecs_arn(arn, "task-definition").partition(":")
        if not _NAME.fullmatch(family) or (colon and not _REVISION.fullmatch(revision)):
            raise invalid("Invalid identifier: not the ARN of a task definition.")
        return family, int(revision) if revision else None

    def cluster_name(self, cluster: str) -> str:
        """The name in a cluster's "short name or full ARN" (Create's cluster)."""
        name = self.ecs_arn(cluster, "cluster") if cluster.startswith("arn:") else cluster
        if not _NAME.fullmatch(name):
            raise invalid("Cluster must match ^[a-zA-Z0-9\\-_]{1,255}$.")
        return name

    def service_name(self, name: str) -> None:
        """Create's serviceName: up to 255 letters, digits, underscores and hyphens."""
        if not _NAME.fullmatch(name):
            raise invalid("serviceName must match ^[a-zA-Z0-9\\-_]{1,255}$.")

    def ecs_arn(self, arn: str, kind: str) -> str:
        """What follows the resource type in an ARN of this place and of that type."""
        match = _ECS_ARN.fullmatch(arn)
        if not match or match["kind"] != kind:
            raise invalid(f"Invalid identifier: not the ARN of a {kind}.")
        self.same_place(match["partition"], match["region"], match["account"])
        return match["id"]

    def same_place(self, partition: str, region: str, account: str) -> None:
        """An operation serves its own partition, Region and account only."""
        if partition != self.place.partition:
            raise invalid(f"Invalid identifier: it belongs to the partition {partition}.")
        if region != self.place.region:
            raise invalid(f"Invalid identifier: it belongs to the Region {region}.")
        if account != self.place.account:
            raise invalid(f"Invalid identifier: it belongs to the account {account}.")

    def role(self, member: str, arn: str) -> None:
        """A role must be one of this account: nobody else's can be passed to ECS.

        The answer to a foreign one is what the real service says of roles it cannot assume
        (https://github.com/hashicorp/terraform-provider-aws/pull/47568).
        """
        match = _ROLE_ARN.fullmatch(arn)
        if not match or match["partition"] != self.place.partition:
            raise invalid(f"{member} is not the ARN of an IAM role.")
        if match["account"] != self.place.account:
            raise access_denied("Cannot assume role.")
