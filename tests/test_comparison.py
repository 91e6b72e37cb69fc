"""When two configuration values mean the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from json_values import VALUES

from conformance.comparison import altered, contradicts, overlap, same, unchanged, value_at

GROUPS = "networkConfiguration.securityGroups"
ENVIRONMENT = "primaryContainer.environment"
A, B = {"name": "A", "value": "1"}, {"name": "B", "value": "2"}

SAME = [
    ("cpu", "256", "256"),
    ("cpu", None, None),
    ("primaryContainer.command", [], None),
    ("primaryContainer.containerPort", 80, 80.0),
    ("primaryContainer", {"image": "i", "command": []}, {"image": "i", "containerPort": 80}),
    ("primaryContainer", {"image": "i", "awsLogsConfiguration": {}}, {"image": "i"}),
    ("primaryContainer", {"image": "i", "command": None}, {"image": "i", "command": ["run"]}),
    (ENVIRONMENT, [B, A], [A, B]),
    (ENVIRONMENT, [A], [{"value": "1", "name": "A"}]),
    (ENVIRONMENT, [{"name": "A", "value": None}], [{"name": "A"}]),
    ("primaryContainer.secrets", [{"name": "A", "valueFrom": "x"}], [{"valueFrom": "x", "name": "A"}]),
    ("networkConfiguration.subnets", ["b", "a"], ["a", "b"]),
    (GROUPS, ["sg-1"], ["sg-managed", "sg-1"]),
    ("networkConfiguration", {"securityGroups": ["sg-1"]}, {"securityGroups": ["sg-1", "sg-2"]}),
]
DIFFERENT = [
    ("cpu", "256", "512"),
    ("cpu", "256", 256),
    ("cpu", "256", None),
    ("primaryContainer.containerPort", 1, True),
    ("primaryContainer.command", ["a", "b"], ["b", "a"]),
    ("primaryContainer", {"image": "i"}, {"image": "j"}),
    ("primaryContainer", {"image": "i"}, "i"),
    (ENVIRONMENT, [A], [A, B]),
    (ENVIRONMENT, [A, B], [A]),
    (ENVIRONMENT, [A], "A"),
    ("networkConfiguration.subnets", ["a"], ["a", "b"]),
    (GROUPS, ["sg-1", "sg-2"], ["sg-1"]),
    (GROUPS, ["sg-1"], None),
]


@pytest.mark.parametrize(("path", "wanted", "found"), SAME)
def test_these_are_the_same(path, wanted, found):
    """Order of names, absence against emptiness, and a managed group make no difference."""
    assert same(path, wanted, found)
    assert not contradicts(path, wanted, found)


@pytest.mark.parametrize(("path", "wanted", "found"), DIFFERENT)
def test_these_are_not(path, wanted, found):
    """Values, types, and the order of a command make one; so does an element too many or too few."""
    assert not same(path, wanted, found)
    assert contradicts(path, wanted, found) == (found is not None and found != [A, B])


def test_further_names_contradict_nothing():
    """A list with names that holds more than was wanted is not the same; it may have been merged by name."""
    assert not same(ENVIRONMENT, [A], [A, B])
    assert not contradicts(ENVIRONMENT, [A], [A, B])
    assert not contradicts("primaryContainer", {"environment": [A]}, {"environment": [A, B]})
    assert contradicts(ENVIRONMENT, [A], [{"name": "A", "value": "2"}, B])
    assert contradicts("networkConfiguration.subnets", ["a"], ["a", "b"])


def test_what_is_absent_contradicts_nothing():
    """A structure that shows less than was wanted is not the same, but says nothing else either."""
    wanted = {"image": "i", "environment": [A]}
    assert not same("primaryContainer", wanted, {"image": "i"})
    assert not contradicts("primaryContainer", wanted, {"image": "i"})
    assert not contradicts("primaryContainer", wanted, {"image": "i", "environment": []})
    assert contradicts("primaryContainer", wanted, {"image": "i", "environment": [B]})


@pytest.mark.parametrize(
    ("before", "after", "fine"),
    [
        (["sg-own"], ["sg-own", "sg-managed"], True),
        (["sg-own", "sg-managed"], ["sg-own"], True),
        ([], ["sg-managed"], True),
        (["sg-own", "sg-managed"], ["sg-managed"], False),
        (["sg-own"], [], False),
        (["sg-own"], ["sg-else"], False),
        (["sg-managed"], ["sg-other"], False),
    ],
)
def test_a_managed_group_may_come_and_go(before, after, fine):
    """The groups that were asked for stay; beside them a managed one may come or go, but not be another."""
    assert unchanged(GROUPS, before, after, {"sg-own"}) is fine
    nested = ({"securityGroups": before}, {"securityGroups": after})
    assert unchanged("networkConfiguration", *nested, {"sg-own"}) is fine


@pytest.mark.parametrize(
    ("before", "after", "gone"),
    [
        ({"image": "i"}, {"image": "i", "containerPort": 80}, False),
        ({"image": "i", "containerPort": 80}, {"image": "i"}, True),
        ({"image": "i"}, {"image": "j"}, True),
        ({"image": "i"}, None, True),
        (None, {"image": "i"}, False),
        ({"command": []}, None, False),
    ],
)
def test_filled_in_is_not_altered(before, after, gone):
    """What was not there before may appear; what was there may neither change nor go."""
    assert altered("primaryContainer", before, after) is gone


def test_the_overlap_is_what_both_have():
    """A value is cut down to the parts that the other one shows, at every level."""
    one = {"a": 1, "b": {"c": 2, "d": 3}, "e": [4]}
    assert overlap(one, {"b": {"d": 9}, "e": []}) == {"b": {"d": 3}}
    assert overlap("x", "y") == "x"


@pytest.mark.parametrize(
    ("path", "value"),
    [("a", {"b": [1]}), ("a.b", [1]), ("a.b.c", None), ("x", None), ("e", None), ("n", None)],
)
def test_values_are_found_by_path(path, value):
    """A path leads through structures; what is absent, null or an empty list is None."""
    assert value_at({"a": {"b": [1]}, "e": [], "n": None}, path) == value


@given(VALUES, VALUES)
def test_any_two_values_compare(one, other):
    """Whatever JSON holds, comparing gives an answer; a value is the same as itself, and not altered."""
    for path in ("cpu", ENVIRONMENT, GROUPS, "networkConfiguration", "networkConfiguration.subnets"):
        for value in (one, {"securityGroups": one, "x": other}):
            assert same(path, value, value)
            assert unchanged(path, value, value)
            assert not contradicts(path, value, value)
            assert not altered(path, value, value)
        assert (
            same(path, one, other)
            or not unchanged(path, one, other)
            or path in {GROUPS, "networkConfiguration"}
        )
        assert unchanged(path, one, other) <= (not altered(path, one, other))
        overlap(one, other)
