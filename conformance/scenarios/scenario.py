"""A scenario: named traffic. A strategy draws a case, and steps turn the case into exchanges."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from hypothesis.strategies import SearchStrategy

from conformance.scenarios.bench import Bench
from strategies.pools import ValuePools
from strategies.programs import Programs

Effort = Literal["smoke", "standard", "exhaustive"]
EFFORTS: tuple[Effort, ...] = ("smoke", "standard", "exhaustive")
Value = dict[str, Any]
Run = Callable[[Value], Any]
"""Runs a case; gives what the scenario's steps return."""


def _no_items(_effort: Effort) -> Sequence[Any]:
    return (None,)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Named traffic.

    Attributes:
        id: unique, readable.
        title: one sentence.
        strategy: from the target's value pools and an item to a strategy of cases, each a JSON object;
            or to a state machine that writes programs: then a case is an object with one member, ``program``.
        steps: turns a case into exchanges, on a bench.
        cases: how many test cases to run for each item, by effort.
        items: what the scenario enumerates, by effort; every item has its own share of cases.
        place: puts an item into a drawn case, for scenarios that enumerate so many that each item has one
            case only; the strategy is then asked for any item (None), and by a conviction for the one seen.
        exercises: patterns of the ids of the requirements that this traffic is meant for.
        source: what makes the cases of a survey, if not the strategy: it is given a bench, the effort, a seed
            and what runs a case. A conviction then asks the strategy, for the case that was seen, for cases
            that are smaller.
        probes: whether it asks a service's own endpoint: then it runs in those runs only that were asked to,
            and does not begin with a service of known values.
        frugal: whether it is for those targets only where accepted updates are dear.
        order: scenarios with small orders run first; simple ones give the smallest counterexamples.
    """

    id: str
    title: str
    strategy: Callable[[ValuePools, Any], SearchStrategy[Value] | type[Programs]]
    steps: Callable[[Bench, Value], Any]
    cases: Mapping[Effort, int]
    exercises: tuple[str, ...]
    items: Callable[[Effort], Sequence[Any]] = field(default=_no_items)
    place: Callable[[Value, Any], Value] | None = None
    source: Callable[[Bench, Effort, int, Run], None] | None = None
    probes: bool = False
    frugal: bool = False
    order: int = 50
