"""Near misses: exactly one defect each, a valid twin, and a catalogue as complete as the model."""

import json

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis.errors import InvalidArgument
from test_strategies_updates import POOLS, faults

from strategies import defects
from strategies.near_misses import DEFECTS, near_misses
from strategies.plants import Defect, replacing
from strategies.shapes import update_nodes
from strategies.updates import EXCLUDED_BY_TASK_DEFINITION, OPTIONAL

FEW = settings(max_examples=25, database=None, deadline=None, derandomize=True)
FIND = settings(FEW, phases=[Phase.generate, Phase.shrink], max_examples=10_000)


def differences(one, other, path=""):
    """The paths at which two JSON values differ, deepest ones only; true is not 1, 1 is not 1.0."""
    if type(one) is not type(other):
        return {path}
    if isinstance(one, dict):
        found = set()
        for name in one.keys() | other.keys():
            below = f"{path}.{name}" if path else name
            found |= differences(one[name], other[name], below) if name in one and name in other else {below}
        return found
    if isinstance(one, list) and len(one) == len(other):
        return {p for a, b in zip(one, other, strict=True) for p in differences(a, b, f"{path}[]")}
    return set() if one == other else {path}


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_near_miss_has_its_defect_and_no_other(defect):
    """The request breaks a rule, its twin breaks none, and they differ at the defect's path alone."""

    @FEW
    @given(near_misses(defect=defect))
    def one_defect(miss):
        assert miss["defect"] == defect
        assert miss["path"] == DEFECTS[defect].path
        assert faults(miss["twin"]) == []
        assert faults(miss["members"])
        assert differences(miss["members"], miss["twin"]) == {miss["path"]}
        assert json.loads(json.dumps(miss)) == miss

    one_defect()


@FEW
@given(near_misses(pools=POOLS))
def test_near_misses_keep_to_the_pools(miss):
    """The twin names only what the target has."""
    assert faults(miss["twin"]) == []
    container = miss["twin"].get("primaryContainer", {"image": POOLS.images[0]})
    assert container["image"] == POOLS.images[0]


def test_near_misses_shrink_to_the_defect_alone():
    """The simplest near miss is the catalogue's first, without further members."""
    first = next(iter(DEFECTS))
    miss = find(near_misses(), lambda _: True, settings=FIND)
    assert miss["defect"] == first
    assert set(miss["members"]) == {DEFECTS[first].path}
    port = find(
        near_misses(defect="range/primaryContainer.containerPort-above"), lambda _: True, settings=FIND
    )
    assert port["members"]["primaryContainer"]["containerPort"] == 65536
    assert set(port["members"]) == {"primaryContainer"}


@pytest.mark.parametrize("extras", [0, 1, 2])
def test_further_members_are_drawn(extras):
    """Up to two further members go along, so that a partly applied update can be seen."""
    defect = "missing/primaryContainer.image"
    miss = find(near_misses(defect=defect), lambda m: len(m["members"]) == 1 + extras, settings=FIND)
    assert set(miss["members"]) == set(miss["twin"])


@pytest.mark.parametrize(
    "defect", ["type/executionRoleArn", "missing/primaryContainer.secrets[].valueFrom", "exclusion/cpu"]
)
def test_any_defect_is_drawn_when_none_is_asked_for(defect):
    """Defects of the catalogue's beginning, middle and end are reached."""
    assert find(near_misses(), lambda miss: miss["defect"] == defect, settings=FIND)


@pytest.mark.parametrize(
    ("defect", "at", "value"),
    [
        ("range/primaryContainer.containerPort-below", "containerPort", 0),
        ("range/primaryContainer.containerPort-below", "containerPort", -1),
        ("range/primaryContainer.containerPort-above", "containerPort", 65536),
        ("range/scalingTarget.minTaskCount-below", "minTaskCount", -1),
        ("range/scalingTarget.autoScalingTargetValue-below", "autoScalingTargetValue", 0),
        ("range/scalingTarget.autoScalingTargetValue-above-percent", "autoScalingTargetValue", 101),
        ("range/scalingTarget.autoScalingTargetValue-above-requests", "autoScalingTargetValue", 65537),
    ],
)
def test_values_just_outside_are_drawn(defect, at, value):
    """The value next to each limit is among the variants."""
    top = DEFECTS[defect].path.partition(".")[0]
    miss = find(near_misses(defect=defect), lambda m: m["members"][top][at] == value, settings=FIND)
    assert differences(miss["members"], miss["twin"]) == {f"{top}.{at}"}


def test_the_minimum_is_just_above_the_maximum():
    """Of the counts in the wrong order, the minimum is one too many."""

    @FEW
    @given(near_misses(defect="range/scalingTarget.minTaskCount-above-maximum"))
    def just_above(miss):
        target = miss["members"]["scalingTarget"]
        assert target["minTaskCount"] == target["maxTaskCount"] + 1

    just_above()


def test_the_catalogue_is_as_complete_as_the_model():
    """Members have type defects, required ones can be missing, and enumerations have unknown values."""
    nodes = update_nodes()
    assert {f"type/{node.path}" for node in nodes} <= set(DEFECTS)
    assert {f"missing/{node.path}" for node in nodes if node.required} <= set(DEFECTS)
    assert {f"enum/{node.path}" for node in nodes if node.enum} <= set(DEFECTS)
    assert {f"exclusion/{name}" for name in EXCLUDED_BY_TASK_DEFINITION} <= set(DEFECTS)
    assert {"missing/primaryContainer.image", "enum/cpuArchitecture", "pair/cpu-memory"} <= set(DEFECTS)


@pytest.mark.parametrize("defect", DEFECTS.values(), ids=str)
def test_every_defect_is_explained(defect):
    """A defect says which rule it breaks and how the rule is known; its path begins at a member."""
    assert defect.sentence.endswith(".")
    assert defect.evidence.partition(":")[0] in {"documented", "modelled", "observed", "inferred", "open"}
    assert defect.path.partition(".")[0] in OPTIONAL
    assert defect.id.partition("/")[2]


def test_a_defect_without_a_place_is_left_out():
    """A defect inside of a structure that no update here has does not fit; one of a new member does."""
    inside = replacing("newThing.name", lambda _members, _variant: 1)
    beside = replacing("newThing", lambda _members, _variant: 1)
    fits = [
        defects._fits(Defect(id="x/y", path="newThing", sentence=".", evidence="open", plant=plant), {})
        for plant in (inside, beside)
    ]
    assert fits == [False, True]
    assert beside({}, 0) == ({"newThing": 1}, {})


def test_an_unknown_defect_is_refused():
    """The message names the defects there are."""
    with pytest.raises(InvalidArgument, match="type/cpu"):
        near_misses(defect="nonsense")
