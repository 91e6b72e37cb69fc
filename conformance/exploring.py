"""Hypothesis, for scenarios: draw test cases from a seed, run them, and shrink the one that fails.

A source of cases is a strategy, or a state machine that writes programs; a program is a case too.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, reject, settings
from hypothesis import seed as seeded
from hypothesis.stateful import run_state_machine_as_test
from hypothesis.strategies import SearchStrategy

from conformance.exceptions import ConformanceError
from strategies.programs import Programs

Value = dict[str, Any]
Source = SearchStrategy[Value] | type[Programs]


class ViolationError(AssertionError):
    """What is searched for is shown by this case."""


class Abandon(BaseException):
    """Carries any other error past Hypothesis, which would take it for a failing test case."""

    def __init__(self, error: BaseException) -> None:
        super().__init__()
        self.error = error


def explore(
    source: Source, case: Callable[[Value], None], *, seed: int, most: int, shrink: bool = False
) -> None:
    """Draw cases and run them; the same seed draws the same cases in the same order.

    Args:
        source: where cases come from.
        case: runs one; for a program that is an object with the one member ``program``.
        seed: of this search.
        most: how many cases to draw; Hypothesis may see fit to draw fewer.
        shrink: whether to look for a smaller case that raises ViolationError, once there is one.

    Raises:
        ViolationError: a case raised it; the last case that was run is the smallest one that does.
        Abandon: a case raised something else.
    """
    if isinstance(source, type):
        _explore_programs(source, case, seed, _settings(most, shrink=shrink, steps=source.length + 1))
        return

    @seeded(seed)
    @_settings(most, shrink=shrink)
    @given(source)
    def explored(value: Value) -> None:
        _run(case, value)

    explored()


def _explore_programs(
    machine: type[Programs], case: Callable[[Value], None], seed: int, options: settings
) -> None:
    @seeded(seed)
    class Explored(machine):  # type: ignore[misc, valid-type]  # a class that is a value
        """The machine, which has its program run when it is complete."""

        def __init__(self) -> None:
            super().__init__()
            self._around = sys.exc_info()[1]

        def teardown(self) -> None:
            """Hypothesis calls this also where it breaks off in the middle of a program."""
            if sys.exc_info()[1] is not self._around:
                return
            if not self.program:
                reject()
            _run(case, {"program": self.program})

    run_state_machine_as_test(Explored, settings=options)


def shorten(value: Value, fails: Callable[[Value], bool]) -> None:
    """Try to leave out the commands of a program, and then the members of its updates, one after the other.

    Hypothesis leaves out commands only together with the choices that drew them, so some may remain that a
    person would strike out. A value that is no program is left alone.
    """
    kept = value.get("program", [])
    for index in reversed(range(len(kept))):
        fewer = kept[:index] + kept[index + 1 :]
        if fewer and fails({"program": fewer}):
            kept = fewer
    for index, command in enumerate(kept):
        for name in command.get("members", ()):
            members = {other: asked for other, asked in kept[index]["members"].items() if other != name}
            fewer = [*kept[:index], {**command, "members": members}, *kept[index + 1 :]]
            if members and fails({"program": fewer}):
                kept = fewer


def _run(case: Callable[[Value], None], value: Value) -> None:
    try:
        case(value)
    except ViolationError:
        raise
    except Exception as error:
        raise Abandon(error) from error


def _settings(most: int, *, shrink: bool, steps: int = 50) -> settings:
    return settings(
        max_examples=most,
        database=None,
        deadline=None,
        derandomize=False,
        phases=[Phase.generate, Phase.shrink] if shrink else [Phase.generate],
        report_multiple_bugs=False,
        stateful_step_count=steps,
        suppress_health_check=list(HealthCheck),
        verbosity=Verbosity.quiet,
    )


def size_of(case: Value) -> tuple[int, str]:
    """By what cases are compared: the length of their JSON, and that itself."""
    text = json.dumps(case, sort_keys=True)
    return len(text), text


def derived(run: int, scenario: str, number: int) -> int:
    """A seed for one search, from the run's."""
    digest = hashlib.sha256(f"{run}/{scenario}/{number}".encode()).digest()
    return int.from_bytes(digest[:8])


def unwrapped(error: BaseException) -> ConformanceError:
    """The error of ours; any other one is a fault of the suite, and is raised."""
    inner = error.error if isinstance(error, Abandon) else error
    if isinstance(inner, ConformanceError):
        return inner
    raise inner
