"""One rule of validity is missing: what it should refuse is accepted."""

from __future__ import annotations

from typing import Any

from conformance import model
from conformance.emulator.mutants.mutant import Mutant, Proceed, mutant, named
from conformance.emulator.records import Members
from conformance.emulator.schema import Node
from conformance.emulator.validation import Rules

_INPUT = model.operation().input
_OPTIONAL = model.operation().optional


def _unchecked(name: str, method: str, what: str, *breaks: str) -> Mutant:
    def fault(_: Proceed, _rules: Rules, *_arguments: Any) -> None:
        return None

    return mutant(Rules, method, *breaks)(named(name, f"{what} is not checked.", fault))


_C = "primaryContainer"
UNCHECKED = [
    _unchecked(
        "health-check-path-unchecked",
        "health_check_path",
        "The health check path",
        "reject-format/healthCheckPath",
        "reject-range/healthCheckPath",
    ),
    _unchecked("image-unchecked", "image", "The image reference", f"reject-format/{_C}.image"),
    _unchecked("port-unchecked", "container_port", "The container port", f"reject-range/{_C}.containerPort"),
    _unchecked(
        "names-unchecked",
        "distinct",
        "That names are distinct",
        f"reject-duplicate/{_C}.environment[].name",
        f"reject-duplicate/{_C}.secrets[].name",
    ),
    _unchecked(
        "blanks-unchecked", "not_empty", "That a text is not empty", f"reject-format/{_C}.environment[].name"
    ),
    _unchecked(
        "roles-unchecked",
        "role",
        "A role's ARN",
        "reject-format/executionRoleArn",
        "reject-format/taskRoleArn",
    ),
    _unchecked(
        "sizes-unchecked",
        "size",
        "The pair of cpu and memory",
        "reject-pair/cpu-memory",
        "reject-pair/cpu",
        "reject-pair/memory",
    ),
    _unchecked(
        "scaling-unchecked",
        "scaling",
        "The scaling target",
        "reject-range/scalingTarget.minTaskCount-maxTaskCount",
        "reject-range/scalingTarget.minTaskCount",
        "reject-range/scalingTarget.maxTaskCount",
        "reject-range/scalingTarget.autoScalingTargetValue",
    ),
    _unchecked(
        "enumerations-unchecked",
        "enumeration",
        "An enumeration's value",
        *(f"reject-enum/{member.path}" for member in _INPUT if member.enum),
    ),
    _unchecked(
        "exclusions-unchecked",
        "exclusion",
        "What taskDefinitionArn excludes",
        "exclusion/any-combination",
        *(f"exclusion/{name}" for name in Rules.excluded if name in _OPTIONAL),
    ),
    _unchecked(
        "port-mappings-unchecked",
        "port_mapping",
        "The port mapping of a customer's task definition",
        "task-definition/port-name",
        "task-definition/single-port-mapping",
    ),
]


@mutant(Rules, "required", *(f"reject-missing/{m.path}" for m in _INPUT if m.required and m.parent))
def required_members_may_be_missing(proceed: Proceed, _: Rules, node: Node, value: Members, path: str) -> Any:
    """Inside of a structure, a required member may be left out."""
    return None if path else proceed(node, value, path)
