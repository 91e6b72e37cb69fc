"""Network configurations: subnets and security groups."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from strategies.domains import Domain, nonempty_records, records, selections
from strategies.pools import ANYWHERE, ValuePools

_SUBNETS = tuple(f"subnet-{number:017x}" for number in range(1, 17))
_SECURITY_GROUPS = tuple(f"sg-{number:017x}" for number in range(1, 17))


def network_configurations(
    *, pools: ValuePools = ANYWHERE, partial: bool = False
) -> st.SearchStrategy[dict[str, Any]]:
    """Network configurations with both members or, if partial, with one of them or both.

    The domain: two to four different subnets, since a service needs two Availability Zones (Developer
    Guide, "Resources created by Amazon ECS Express Mode services"), or the pool's only one; one to three
    different security groups, which leaves room for the managed one. An empty structure is left out: what
    it means is not documented. Shrinks to two subnets and one security group; if partial, to the subnets.
    """
    return network_domain(pools, partial=partial).strategy()


def network_domain(pools: ValuePools, *, partial: bool = False) -> Domain[dict[str, Any]]:
    """The domain of :func:`network_configurations`."""
    members: dict[str, Domain[Any]] = {
        "subnets": selections(pools.subnets or _SUBNETS, min_size=2, max_size=4),
        "securityGroups": selections(pools.security_groups or _SECURITY_GROUPS, min_size=1, max_size=3),
    }
    return nonempty_records(members) if partial else records(members)
