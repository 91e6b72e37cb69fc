"""The suite under test: every mutant of the reference emulator is convicted of the fault that it has."""

from __future__ import annotations

import json
from typing import Any

import pytest

from conformance import model
from conformance.emulator.mutants import MUTANTS
from conformance.requirements import REQUIREMENTS, selected
from conformance.scenarios import SCENARIOS, Scenario
from conformance.scenarios.inventory import Surroundings
from conformance.survey import Order, run_scenario
from conformance.tally import Count, Tally
from conformance.targets import Settings
from conformance.targets.embedded import Embedded
from conformance.verdict import Evidence, Verdict
from conformance.verdicts import verdict
from conformance.wire import Wire

# What a person would write to show a fault: no more members than these beside serviceArn.
_SMALL = 2
_OPEN = [name for name, m in MUTANTS.items() if REQUIREMENTS[m.breaks[0]].evidence is Evidence.OPEN]


def _scenarios_for(ids: tuple[str, ...]) -> list[Scenario]:
    return [s for s in SCENARIOS.values() if set(ids) & set(selected(s.exercises))]


def _judged(mutant: str | None, breaks: tuple[str, ...]) -> Tally:
    """What the scenarios that are meant for these requirements see of a mutant at smoke effort."""
    total = Tally()
    order = Order(effort="smoke", seed=7, only=breaks)
    with Embedded(address=mutant or "", settings=Settings()).connect() as endpoint:
        wire = Wire(endpoint)
        for scenario in _scenarios_for(breaks):
            outcome = run_scenario(scenario, wire, Surroundings(run="test"), order, lambda _record: None)
            assert not outcome.summary.error
            total.merge(outcome.tally)
        wire.close()
    return total


def _members(example: dict[str, Any]) -> set[str]:
    """The optional members of the request that convicts, or of the update that caused what was read."""
    by_role = {exchange["role"]: exchange for exchange in example["exchanges"]}
    if by_role.get("cause", by_role["judged"])["request"]["operation"] == model.CREATE:
        return set()  # what it says a service cannot do without
    body = by_role.get("cause", by_role["judged"])["request"]["body"]
    try:
        document = json.loads(body)
    except ValueError:
        return set()  # that a request has no members to be read is the point of it
    return {*document} & {*model.operation().optional} if isinstance(document, dict) else set()


def test_every_mutant_names_requirements_that_there_are() -> None:
    """A mutant breaks at least one requirement, and only ones of the catalogue."""
    for mutant in MUTANTS.values():
        assert mutant.breaks
        assert set(mutant.breaks) <= REQUIREMENTS.keys(), mutant.name


def test_there_are_mutants_of_every_topic_of_faults() -> None:
    """Each topic of faults has mutants: dropped, reset, nested, enveloped, misshaped, stale, and others."""
    topics = {REQUIREMENTS[id].topic for mutant in MUTANTS.values() for id in mutant.breaks}
    assert topics >= {
        "reflect", "preserve", "keep", "reject", "reject-type", "envelope", "error", "response-type",
        "response-null", "response-unknown", "response-enum", "response-required", "revision", "show",
        "atomic", "identity", "exclusion", "task-definition", "protocol", "auth",
    }  # fmt: skip


@pytest.mark.parametrize("name", [name for name in MUTANTS if name not in _OPEN])
def test_a_mutant_is_convicted_of_its_fault(name: str) -> None:
    """Each requirement that the mutant breaks fails or diverges, by a case of at most two members."""
    tally = _judged(name, MUTANTS[name].breaks)
    for id in MUTANTS[name].breaks:
        count = tally.counts.get(id, Count())
        assert verdict(REQUIREMENTS[id], count) in {Verdict.FAIL, Verdict.DIVERGES}, id
        assert count.example is not None
        assert len(_members(count.example)) <= _SMALL, count.example["case"]


@pytest.mark.parametrize("name", _OPEN)
def test_an_open_question_is_answered_in_words(name: str) -> None:
    """Where the documents are silent, a mutant is no fault: the report says what it does, in other words."""
    breaks = MUTANTS[name].breaks
    tally, reference = _judged(name, breaks), _judged(None, breaks)
    for id in breaks:
        assert verdict(REQUIREMENTS[id], tally.counts[id]) is Verdict.INFORMATIONAL
        assert tally.counts[id].behaviours.keys() - reference.counts[id].behaviours.keys(), id
