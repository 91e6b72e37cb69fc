"""Strategies of relations: updates that have nothing in common, and one update in many writings."""

from __future__ import annotations

import json

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from test_strategies_updates import POOLS, faults

from strategies.baselines import baseline
from strategies.relations import (
    combinable_members,
    combinable_structures,
    counterpart,
    disjoint_updates,
    partial_updates,
    ways,
    written,
)

FEW = settings(max_examples=50, database=None, deadline=None, derandomize=True)
FIND = settings(FEW, phases=[Phase.generate, Phase.shrink], max_examples=10_000)
ARN = "arn:aws:ecs:us-east-1:123456789012:service/default/web"
NAMES = combinable_members()


def test_all_members_of_the_baseline_may_be_combined():
    """They are the members that the baseline has; the plainest ones come first."""
    assert sorted(NAMES) == sorted(baseline())
    assert NAMES[:3] == ("scalingTarget", "healthCheckPath", "networkConfiguration")


@pytest.mark.parametrize("first", NAMES)
def test_updates_have_nothing_in_common(first):
    """The first update has its member, the second one another, and both are valid, apart and together."""

    @FEW
    @given(disjoint_updates(first, pools=POOLS))
    def disjoint(updates):
        one, other = updates
        assert first in one
        assert other
        assert not one.keys() & other.keys()
        for update in (one, other, one | other):
            assert faults(update) == []
        assert json.loads(json.dumps(updates)) == updates

    disjoint()


@FEW
@given(disjoint_updates("cpu", count=1))
def test_one_update_may_be_asked_for(updates):
    """With a count of one there is one update, with its member and perhaps others."""
    (update,) = updates
    assert update["cpu"] == "1024"
    assert faults(update) == []


@pytest.mark.parametrize(("first", "count"), [("taskDefinitionArn", 2), ("nothing", 1), ("cpu", 3)])
def test_what_cannot_be_is_refused(first, count):
    """A member that excludes others, one that there is not, and three updates are refused."""
    with pytest.raises(InvalidArgument):
        disjoint_updates(first, count=count)


@FEW
@given(st.sampled_from(NAMES).flatmap(disjoint_updates))
def test_what_has_few_values_has_another_one(updates):
    """Sizes and architectures are never those of the baseline: half of the updates would change nothing."""
    for update in updates:
        for name in ("cpu", "memory", "cpuArchitecture"):
            assert update.get(name) != baseline()[name]


ONE = st.sampled_from(NAMES).flatmap(lambda name: partial_updates([name]))


@FEW
@given(ONE)
def test_a_minimum_comes_with_a_maximum(update):
    """A server may reset the maximum to less than a minimum that comes alone, and may want one task."""
    scaling = update.get("scalingTarget", {})
    assert "minTaskCount" not in scaling or 1 <= scaling["minTaskCount"] <= scaling["maxTaskCount"]
    assert len(update) == 1
    assert faults(update) == []


def test_structures_come_in_part_and_whole():
    """A structure may have all of its members, and may lack some."""
    assert combinable_structures() == ("scalingTarget", "networkConfiguration", "primaryContainer")
    for name in combinable_structures():
        for size in (len(baseline()[name]), 1):
            found = find(
                partial_updates([name]), lambda update, n=name, s=size: len(update[n]) == s, settings=FIND
            )
            assert [*found] == [name]


def test_a_member_that_cannot_be_combined_is_refused():
    """The error names it."""
    with pytest.raises(InvalidArgument, match="taskDefinitionArn"):
        partial_updates(["cpu", "taskDefinitionArn"])


def test_updates_shrink_to_one_short_member_each():
    """The simplest pair is one partial scalingTarget and one path."""
    one, other = find(disjoint_updates("scalingTarget"), lambda _: True, settings=FIND)
    assert one == {"scalingTarget": {"minTaskCount": 1, "maxTaskCount": 6}}
    assert [*other] == ["healthCheckPath"]
    both = find(partial_updates(["cpu", "scalingTarget"]), lambda _: True, settings=FIND)
    assert both == {**one, "cpu": "1024"}


def _shape(value):
    return {name: _shape(part) for name, part in value.items()} if isinstance(value, dict) else None


@FEW
@given(st.sampled_from(NAMES).flatmap(lambda name: partial_updates([name], pools=POOLS)))
def test_a_counterpart_has_the_same_members(update):
    """It names the same members at every level, with the baseline's values."""
    other = counterpart(update, pools=POOLS)
    assert _shape(other) == _shape(update)
    assert faults(other) == []
    (name,) = other
    whole = baseline(POOLS)[name]
    assert {**whole, **other[name]} == whole if isinstance(whole, dict) else other[name] == whole


def plain(value):
    """The value without nulls and what the operation does not have."""
    unknown = {"conformance", "cluster", "serviceName", "infrastructureRoleArn", "tags"}
    if not isinstance(value, dict):
        return value
    return {n: plain(part) for n, part in value.items() if part is not None and n not in unknown}


def test_ways_have_names_of_their_own():
    """No way comes twice, and the plain one is the first."""
    every = [(way["kind"], way["variant"]) for way in ways()]
    assert len(set(every)) == len(every)
    assert every[0] == ("plain", "again")
    assert len({kind for kind, _ in every}) == 5


@pytest.mark.parametrize("way", list(ways()), ids=lambda way: f"{way['kind']}-{way['variant']}")
def test_a_way_means_the_same(way):
    """Each way is another text for the same members, or has nothing to do in this body."""

    @FEW
    @given(ONE)
    def same(update):
        body = {"serviceArn": ARN, **update}
        text, usual = written(way, body), json.dumps(body, ensure_ascii=False).encode()
        if text is None:
            assert way["variant"] in {"inside", *update}
            return
        assert (text == usual) == (way["kind"] == "plain")
        assert plain(json.loads(text)) == body

    same()


def test_what_stands_inside():
    """Inside of a structure, members are turned round, added as null, or added unknown."""
    body = {"serviceArn": ARN, "scalingTarget": {"minTaskCount": 1, "maxTaskCount": 2}, "cpu": "256"}

    def inside(kind):
        document = json.loads(written({"kind": kind, "variant": "inside"}, body))
        assert document.keys() == body.keys()
        return document["scalingTarget"]

    assert [*inside("member-order")] == ["maxTaskCount", "minTaskCount"]
    nulls = {"autoScalingMetric": None, "autoScalingTargetValue": None}
    assert inside("null-member") == {**nulls, **body["scalingTarget"]}
    assert inside("unknown-member") == {"conformance": "conformance", **body["scalingTarget"]}


@pytest.mark.parametrize("way", [{}, {"kind": "plain", "variant": "x"}, {"kind": "x", "variant": "again"}])
def test_an_unknown_way_is_refused(way):
    """What is no way of this module is refused by its name."""
    with pytest.raises(InvalidArgument):
        written(way, {"serviceArn": ARN})
