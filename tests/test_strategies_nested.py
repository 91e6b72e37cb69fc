"""What an update may say inside of its structures is complete, valid, and known."""

from __future__ import annotations

import copy
import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import botocore
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from test_strategies_near_misses import differences
from test_strategies_updates import POOLS, faults

from strategies.baselines import baseline
from strategies.nested import (
    EMPTY,
    baseline_at,
    clearing,
    clearings,
    counterpart,
    counterpart_at,
    enclosed,
    lists,
    member_subsets,
    required_members,
    structures,
    value_at,
)
from strategies.shapes import update_shape

FEW = settings(max_examples=100, database=None, deadline=None, derandomize=True)
SIZES = {"primaryContainer": 64, "scalingTarget": 15, "networkConfiguration": 3}
# What any AWS document calls a default.
DEFAULTS = {80, "ecs", 1, 20, "AVERAGE_CPU", 60, "256", "512", "1024", "2048", "/", "/ping"}


def shape_at(path):
    """The shape at a path of structures, read from the model once more."""
    shape = update_shape()
    for name in path.split("."):
        shape = shape.members[name]
    return shape


def members_below(shape, path=""):
    """Every member outside of lists: its path, its shape, and whether it is optional."""
    for name, child in shape.members.items():
        below = f"{path}.{name}" if path else name
        yield below, child, name not in shape.required_members
        if child.type_name == "structure":
            yield from members_below(child, below)


def test_the_structures_and_lists_are_those_of_the_model():
    """All structures with a choice of members, and all lists, are there."""
    kinds = {path: shape.type_name for path, shape, _ in members_below(update_shape())}
    assert set(structures()) == set(SIZES)
    assert set(lists()) == {path for path, kind in kinds.items() if kind == "list"}


@pytest.mark.parametrize("structure", SIZES)
def test_every_presence_subset_is_there_once(structure):
    """All subsets of the optional members, the smallest first; the empty one if an update can have it."""
    shape, subsets = shape_at(structure), member_subsets(structure)
    optional = set(shape.members) - set(shape.required_members)
    assert set(required_members(structure)) == set(shape.required_members)
    assert len({frozenset(subset) for subset in subsets}) == len(subsets) == SIZES[structure]
    assert set(subsets[-1]) == optional
    assert [len(subset) for subset in subsets] == sorted(len(subset) for subset in subsets)
    assert (() in subsets) == bool(shape.required_members)


def test_every_optional_member_can_be_cleared():
    """Lists, structures and texts by something empty of their kind; inside of structures all by null, too."""
    ways = {"list": "empty-list", "structure": "empty-object", "string": "empty-string"}
    expected = {
        (path, way)
        for path, shape, optional in members_below(update_shape())
        if optional
        for way in (
            ways.get(shape.type_name) if not getattr(shape, "enum", None) else None,
            "null" if "." in path else None,
        )
        if way
    }
    assert set(clearings()) == expected
    assert len(clearings()) == len(expected) == 30


@pytest.mark.parametrize("pair", clearings(), ids="-".join)
def test_a_clearing_differs_from_its_twin_in_one_member(pair):
    """The twin is valid and has the baseline's value where the other has nothing."""
    path, way = pair
    for pools in ({}, {"pools": POOLS}):
        update, twin = clearing(path, way, **pools)
        assert faults(twin) == []
        assert value_at(twin, path) == baseline_at(path, **pools)
        assert value_at(update, path) == EMPTY[way]
        assert differences(update, twin) == {path} or way == "empty-object"
        assert json.loads(json.dumps([update, twin])) == [update, twin]
        parent, _, name = path.rpartition(".")
        beside = {other for other in (value_at(twin, parent) or {}) if other != name} if parent else set()
        assert beside == set(required_members(parent)) or (way == "null" and len(beside) <= 1)


def test_what_is_made_is_nobody_elses():
    """Whoever changes what was made changes nothing that is made later."""
    before = copy.deepcopy([clearing(*pair) for pair in clearings()])
    for update, twin in (clearing(*pair) for pair in clearings()):
        for made in (update, twin):
            for value in made.values():
                if isinstance(value, dict):
                    value.clear()
    assert [clearing(*pair) for pair in clearings()] == before


@pytest.mark.parametrize(
    ("path", "way"),
    [("image", "null"), ("primaryContainer.image", "null"), ("cpu", "null"), ("cpu", "empty-list")],
)
def test_what_cannot_be_cleared_is_refused(path, way):
    """A required member, null at the top, and the wrong kind of emptiness are no ways to clear."""
    with pytest.raises(InvalidArgument):
        clearing(path, way)


@pytest.mark.parametrize("path", ["primaryContainer.nothing", "nothing", "primaryContainer.environment[]"])
def test_what_is_not_in_the_model_cannot_be_enclosed(path):
    """An update can only be made of a member that there is, and in no list."""
    with pytest.raises(InvalidArgument):
        enclosed(path, 1)


def test_an_enclosed_member_stands_alone():
    """Beside a nested member stands only what the model requires, at every level."""
    path = "primaryContainer.repositoryCredentials.credentialsParameter"
    image = baseline()["primaryContainer"]["image"]
    credentials = {"credentialsParameter": "x"}
    assert enclosed(path, "x") == {"primaryContainer": {"image": image, "repositoryCredentials": credentials}}
    assert enclosed("primaryContainer.image", "i") == {"primaryContainer": {"image": "i"}}
    assert enclosed("scalingTarget.maxTaskCount", 3) == {"scalingTarget": {"maxTaskCount": 3}}
    assert enclosed("cpu", "256") == {"cpu": "256"}


def test_the_counterpart_differs_everywhere():
    """No member has the baseline's value, or one that a document calls the default."""
    for structure in structures():
        for name in shape_at(structure).members:
            one, other = (value_at(body(), f"{structure}.{name}") for body in (baseline, counterpart))
            assert one is not None
            assert other is not None
            assert one != other
            assert json.dumps(other) not in {json.dumps(default) for default in DEFAULTS}
    assert counterpart_at("scalingTarget.minTaskCount") == 3
    assert counterpart_at("cpuArchitecture") in shape_at("cpuArchitecture").enum
    assert counterpart_at("healthCheckPath") is None


@pytest.mark.parametrize("path", lists())
def test_the_other_list_tells_replacing_from_merging(path):
    """The lists have different elements; of elements with names, one name in common with another value."""
    one, other = baseline_at(path), counterpart_at(path)
    if not isinstance(one[0], dict):
        assert not set(one) & set(other)
        return
    names = [{element["name"] for element in elements} for elements in (one, other)]
    assert len(names[0] & names[1]) == 1
    assert names[0] - names[1]
    assert names[1] - names[0]
    assert not [element for element in one if element in other]


@FEW
@given(st.data())
def test_any_mixture_of_the_two_bodies_is_valid(data):
    """Each member may have either value; also where all that exists at the target is in small pools."""
    pools = data.draw(st.sampled_from([{}, {"pools": POOLS}]))
    update = {}
    for structure in structures():
        names = [*required_members(structure), *data.draw(st.sampled_from(member_subsets(structure)))]
        sides = data.draw(st.tuples(*[st.sampled_from([baseline_at, counterpart_at]) for _ in names]))
        update[structure] = {
            name: side(f"{structure}.{name}", **pools) for name, side in zip(names, sides, strict=True)
        }
    assert faults(update) == []
    if pools:
        assert update["primaryContainer"]["image"] in POOLS.images
        assert set(update["networkConfiguration"].get("subnets", ())) <= set(POOLS.subnets)


NEWER = """
import json
from strategies.nested import clearings, counterpart_at, member_subsets, structures
from conformance.requirements import REQUIREMENTS
from conformance.scenarios import SCENARIOS
print(json.dumps({
    "structures": structures(), "subsets": member_subsets("scalingTarget")[-1], "clearings": clearings(),
    "value": counterpart_at("scalingTarget.newMode"), "ids": sorted(REQUIREMENTS),
}))
"""


def test_a_newer_model_brings_its_own(tmp_path):
    """A new nested enumeration is in the subsets; of a new text nobody knows a value, so it is not sent."""
    folder = tmp_path / "ecs" / "2014-11-13"
    folder.mkdir(parents=True)
    installed = Path(botocore.__file__).parent / "data" / "ecs" / "2014-11-13" / "service-2.json.gz"
    document = json.loads(gzip.decompress(installed.read_bytes()))
    shapes = document["shapes"]
    shapes["NewMode"] = {"type": "string", "enum": ["ON", "OFF"]}
    shapes["NewPart"] = {"type": "structure", "required": ["a"], "members": {"a": {"shape": "String"}}}
    new = {"newMode": {"shape": "NewMode"}, "newText": {"shape": "String"}, "newPart": {"shape": "NewPart"}}
    shapes["ExpressGatewayScalingTarget"]["members"].update(new)
    (folder / "service-2.json").write_text(json.dumps(document))
    done = subprocess.run(
        [sys.executable, "-c", NEWER],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "AWS_DATA_PATH": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert set(found["structures"]) == set(SIZES)
    assert "newMode" in found["subsets"]
    assert "newText" not in found["subsets"]
    assert found["value"] == "OFF"
    assert not [path for path, _ in found["clearings"] if "new" in path]
    assert {"keep/scalingTarget.newMode", "clear/scalingTarget.newText-empty-string"} <= {*found["ids"]}
