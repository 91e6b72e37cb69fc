"""Scaling targets: task counts, the metric, and its target value."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from strategies.domains import Domain, alternatives, builds, choices, nonempty_records, numbers, records
from strategies.shapes import update_nodes

MAX_PERCENT = 100
"""The highest target of the metrics that are percentages."""

MAX_REQUESTS = 65536
"""The highest target of the request count (Developer Guide, "Resources created by Express Mode services")."""

REQUESTS = "REQUEST_COUNT_PER_TARGET"

# Every minimum goes with every maximum, and every target with every metric: so an update with one of them
# alone is valid whatever the current value of the other is, as with the sizes of strategies.sizes.
_PIVOT = 5
_MAXIMUM = 20


def scaling_targets(*, partial: bool = False, whole_range: bool = False) -> st.SearchStrategy[dict[str, Any]]:
    """Scaling targets with all four members or, if partial, with some of them.

    The domain: 0 to 5 tasks at least, 5 to 20 at most, a metric of the service model, and a target from 1 to
    100, which every metric allows. Whichever part of one is applied to another, the result is valid, too.
    An empty structure is left out: what it means is not documented.

    With whole_range, the domain is any minimum up to the maximum, and request counts up to 65,536 per target
    (Amazon ECS Developer Guide); then all four members are drawn.

    Shrinks to a minimum of 0 tasks, the least maximum, the model's first metric, and a target of 1; if
    partial, to as few members as possible.
    """
    return scaling_domain(partial=partial, whole_range=whole_range).strategy()


def scaling_domain(*, partial: bool = False, whole_range: bool = False) -> Domain[dict[str, Any]]:
    """The domain of :func:`scaling_targets`."""
    if whole_range:
        return _whole_range()
    members: dict[str, Domain[Any]] = {
        "minTaskCount": numbers(minimum=0, maximum=_PIVOT),
        "maxTaskCount": numbers(minimum=_PIVOT, maximum=_MAXIMUM),
        "autoScalingMetric": choices(metrics()),
        "autoScalingTargetValue": _edges(MAX_PERCENT),
    }
    return nonempty_records(members) if partial else records(members)


def metrics() -> tuple[str, ...]:
    """The metrics of the service model."""
    return next(node.enum for node in update_nodes() if node.path == "scalingTarget.autoScalingMetric")


def _edges(maximum: int) -> Domain[int]:
    return alternatives(choices((1, maximum, 50, maximum - 1)), numbers(minimum=1, maximum=maximum))


def _whole_range() -> Domain[dict[str, Any]]:
    def build(counts: tuple[int, int], metric: str, percent: int, requests: int) -> dict[str, Any]:
        return {
            "minTaskCount": min(counts),
            "maxTaskCount": max(1, *counts),
            "autoScalingMetric": metric,
            "autoScalingTargetValue": requests if metric == REQUESTS else percent,
        }

    count = numbers(minimum=0, maximum=_MAXIMUM)
    counts = builds(lambda *pair: pair, count, count)
    return builds(build, counts, choices(metrics()), _edges(MAX_PERCENT), _edges(MAX_REQUESTS))
