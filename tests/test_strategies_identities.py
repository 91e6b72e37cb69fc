"""Identities: each edit makes a wrong identity of any text, and touches the part that it names."""

import json

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.identities import IDENTITIES, MISSING, apply, identities

FEW = settings(max_examples=200, database=None, deadline=None, derandomize=True)
FIND = settings(FEW, phases=[Phase.generate, Phase.shrink], max_examples=5000)
ARN = "arn:aws:ecs:us-east-1:123456789012:service/default/app"

odd_texts = st.one_of(
    st.text(), st.text(":/a"), st.sampled_from([ARN, "", "app", "default/app", "arn:aws:ecs:r:a:service/app"])
)


def simplest(kind):
    """The plainest recipe of a kind."""
    return find(identities(kind), lambda _: True, settings=FIND)


@FEW
@given(identities(), odd_texts)
def test_identities_are_wrong_whatever_the_arn_looks_like(identity, arn):
    """An edit copes with any text and never gives it back unchanged; a recipe survives JSON."""
    recipe = json.loads(json.dumps(identity))
    wrong = apply(recipe, arn)
    assert recipe == identity
    assert not (isinstance(wrong, str) and wrong == arn)
    assert wrong is MISSING or json.loads(json.dumps(wrong)) == wrong


@FEW
@given(identities(), odd_texts)
def test_edits_are_pure(identity, arn):
    """The same recipe and ARN give the same identity."""
    assert apply(identity, arn) == apply(identity, arn)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("unknown-name", "arn:aws:ecs:us-east-1:123456789012:service/default/no-such-service"),
        ("unknown-cluster", "arn:aws:ecs:us-east-1:123456789012:service/no-such-cluster/app"),
        ("foreign-account", "arn:aws:ecs:us-east-1:999999999990:service/default/app"),
        ("foreign-region", "arn:aws:ecs:ap-southeast-2:123456789012:service/default/app"),
        ("foreign-partition", "arn:aws-cn:ecs:us-east-1:123456789012:service/default/app"),
        ("other-resource-type", "arn:aws:ecs:us-east-1:123456789012:cluster/default/app"),
        ("garbage", "!"),
        ("empty", ""),
        ("short-name", "app"),
        ("missing", MISSING),
        ("null", None),
        ("wrong-type", 0),
    ],
)
def test_each_kind_edits_its_part(kind, expected):
    """Of an ordinary ARN, the part that the kind names changes and no other."""
    assert apply(simplest(kind), ARN) == expected


def test_the_table_of_kinds_is_complete():
    """Every kind has a sentence and at least one token, and is drawn."""
    for kind, identity in IDENTITIES.items():
        assert identity.kind == kind
        assert identity.sentence.endswith(".")
        assert simplest(kind)["kind"] == kind
        assert find(identities(), lambda drawn, kind=kind: drawn["kind"] == kind, settings=FIND)


@pytest.mark.parametrize("kind", ["unknown-name", "unknown-cluster", "other-resource-type", "foreign-region"])
def test_an_arn_that_already_has_the_token_is_changed_as_well(kind):
    """Applied twice, an edit still changes the ARN."""
    once = apply(simplest(kind), ARN)
    assert apply(simplest(kind), once) not in {once, ARN}


def test_an_old_arn_gets_a_cluster():
    """An ARN without a cluster is given an unknown one."""
    old = "arn:aws:ecs:us-east-1:123456789012:service/app"
    expected = "arn:aws:ecs:us-east-1:123456789012:service/no-such-cluster/app"
    assert apply(simplest("unknown-cluster"), old) == expected


def test_wrong_types_are_no_strings():
    """Every token of the kind has another JSON type than a string, and null is a kind of its own."""
    tokens = IDENTITIES["wrong-type"].tokens
    assert {type(token) for token in tokens} == {int, bool, float, list, dict}


def test_draws_share_nothing():
    """A spoiled draw does not spoil the table."""
    recipe = find(identities("wrong-type"), lambda drawn: drawn["token"] == ["arn"], settings=FIND)
    apply(recipe, ARN).append("spoiled")
    recipe["token"].append("spoiled")
    assert ["arn"] in IDENTITIES["wrong-type"].tokens


def test_unknown_kinds_are_refused():
    """Both the strategy and the edit name the kinds there are."""
    with pytest.raises(InvalidArgument, match="short-name"):
        identities("nonsense")
    with pytest.raises(InvalidArgument, match="short-name"):
        apply({"kind": "nonsense", "token": ""}, ARN)
