"""The mutants: each says how it is wrong, and is a part of the emulator with one method changed."""

from __future__ import annotations

import pytest
from emulator_neighbours import Clock

from conformance.emulator.front import Parts
from conformance.emulator.mutants import MUTANTS, mutant_named
from conformance.emulator.mutants.mutant import mutant
from conformance.exceptions import ConfigurationError


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_says_what_is_wrong(name):
    """A mutant has a kebab name, one sentence about its fault, and ids of requirements."""
    mutant = MUTANTS[name]
    assert mutant.name == name
    assert name == name.lower().replace("_", "-").replace(" ", "-")
    assert mutant.fault.endswith(".")
    assert mutant.breaks
    assert all("/" in requirement for requirement in mutant.breaks)


def test_an_unknown_name_is_answered_with_close_ones():
    """A misspelt mutant is a mistake of the user, who is shown the names that are close."""
    with pytest.raises(ConfigurationError) as refused:
        mutant_named("update-reset-cpu")
    assert "update-resets-cpu" in refused.value.hint
    assert mutant_named("update-resets-cpu").breaks == ("preserve/cpu",)


def test_a_mutant_must_be_of_a_part():
    """A class that is no part of the emulator cannot take the place of one."""
    stray = mutant(Clock, "__call__", "x/y")(lambda proceed, _: proceed())
    with pytest.raises(TypeError):
        Parts().with_part(stray.part)
