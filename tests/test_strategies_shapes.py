"""What follows from the service model alone: any value of a shape, and values of the wrong type."""

import json

import pytest
from botocore.model import ShapeResolver
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.shapes import JSON_TYPES, from_shape, nodes, update_nodes, update_shape, wrong_types

FEW = settings(
    max_examples=50,
    database=None,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow],
)
FIND = settings(FEW, phases=[Phase.generate, Phase.shrink], max_examples=2000)
JSON_TYPE_OF = {str: "string", int: "number", float: "number", bool: "boolean", list: "array", dict: "object"}

SHAPES = ShapeResolver(
    {
        "All": {
            "type": "structure",
            "required": ["text"],
            "members": {
                "text": {"shape": "Text"},
                "count": {"shape": "Count"},
                "big": {"shape": "Big"},
                "ratio": {"shape": "Ratio"},
                "flag": {"shape": "Flag"},
                "when": {"shape": "When"},
                "several": {"shape": "Several"},
            },
        },
        "Text": {"type": "string", "min": 2, "max": 3},
        "Count": {"type": "integer", "min": 5, "max": 6},
        "Big": {"type": "long"},
        "Ratio": {"type": "double"},
        "Flag": {"type": "boolean"},
        "When": {"type": "timestamp"},
        "Several": {"type": "list", "member": {"shape": "Count"}, "min": 1, "max": 2},
        "Patterned": {"type": "string", "pattern": r"\p{L}"},
        "Bytes": {"type": "blob"},
    }
)


def shape(name):
    """One of the shapes above."""
    return SHAPES.get_shape_by_name(name)


@FEW
@given(from_shape(update_shape()))
def test_inferred_updates_fit_the_model(update):
    """The validator of botocore accepts every drawn request, and JSON keeps it."""
    assert not ParamValidator().validate(update, update_shape()).has_errors()
    assert json.loads(json.dumps(update)) == update


@FEW
@given(from_shape(shape("All")))
def test_limits_of_the_model_are_kept(value):
    """Lengths and numbers lie within the model's limits."""
    assert 2 <= len(value["text"]) <= 3
    assert value.get("count", 5) in {5, 6}
    assert 1 <= len(value.get("several", [5])) <= 2


def test_inferred_values_shrink_to_what_is_required():
    """The simplest update has an ARN of no characters, the simplest optional member is as simple."""
    assert find(from_shape(update_shape()), lambda _: True, settings=FIND) == {"serviceArn": ""}
    with_target = find(from_shape(update_shape()), lambda u: "scalingTarget" in u, settings=FIND)
    assert with_target == {"serviceArn": "", "scalingTarget": {}}
    assert find(from_shape(shape("When")), lambda _: True, settings=FIND) == 0


LIMITS = {
    "shortest": ("Text", lambda value: len(value) == 2),
    "longest": ("Text", lambda value: len(value) == 3),
    "least": ("Count", lambda value: value == 5),
    "greatest": ("Count", lambda value: value == 6),
    "64 bits": ("Big", lambda value: value > 2**31),
    "fraction of a second": ("When", lambda value: value != int(value)),
    "fewest": ("Several", lambda value: len(value) == 1),
    "most": ("Several", lambda value: len(value) == 2),
    "true": ("Flag", lambda value: value),
    "negative": ("Ratio", lambda value: value < 0),
}


@pytest.mark.parametrize(("name", "reached"), LIMITS.values(), ids=LIMITS)
def test_both_sides_of_a_limit_are_reached(name, reached):
    """The first and the last allowed value are drawn."""
    assert reached(find(from_shape(shape(name)), reached, settings=FIND))


def test_overrides_replace_what_is_inferred():
    """An override stands at its path, also inside of a list."""
    overrides = {"serviceArn": st.just("arn"), "primaryContainer.environment[].name": st.just("NAME")}

    @FEW
    @given(from_shape(update_shape(), overrides=overrides))
    def overridden(update):
        assert update["serviceArn"] == "arn"
        variables = update.get("primaryContainer", {}).get("environment", [])
        assert {variable.get("name", "NAME") for variable in variables} <= {"NAME"}

    overridden()


def test_impossible_arguments_are_refused():
    """Unknown paths, and shapes that nothing can be inferred from, are errors of the caller."""
    with pytest.raises(InvalidArgument, match="nonsense"):
        from_shape(update_shape(), overrides={"nonsense": st.none()})
    with pytest.raises(InvalidArgument, match="pattern"):
        from_shape(shape("Patterned"))
    with pytest.raises(InvalidArgument, match="blob"):
        from_shape(shape("Bytes"))
    with pytest.raises(InvalidArgument, match="structure"):
        wrong_types("nonsense")


@pytest.mark.parametrize("kind", JSON_TYPES)
def test_wrong_types_have_another_json_type(kind):
    """No drawn value has the JSON type of its kind, all four others are drawn, and null never is."""
    others = set(JSON_TYPE_OF.values()) - {JSON_TYPES[kind]}
    for other in others:
        assert (
            find(wrong_types(kind), lambda v, other=other: JSON_TYPE_OF[type(v)] == other, settings=FIND)
            is not None
        )

    @FEW
    @given(wrong_types(kind))
    def wrong(value):
        assert JSON_TYPE_OF[type(value)] in others

    wrong()


def test_nodes_are_the_models_members():
    """Parents come before children, lists have elements, and requirements and enumerations are kept."""
    by_path = {node.path: node for node in update_nodes()}
    assert "serviceArn" not in by_path
    assert by_path["primaryContainer.secrets[].valueFrom"].required
    assert by_path["scalingTarget.autoScalingMetric"].enum[0] == "AVERAGE_CPU"
    assert by_path["networkConfiguration.subnets[]"].kind == "string"
    paths = list(by_path)
    assert paths.index("primaryContainer") < paths.index("primaryContainer.environment[].name")
    assert [node.path for node in nodes(shape("Several"))] == ["[]"]
