"""What a recording holds, as the answers to questions need it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from conformance import model
from conformance.exchange import Exchange
from conformance.judge import Judge
from conformance.observation import (
    Observation,
    accepted,
    is_deploying,
    nothing_happened,
    refuses_caller,
)
from conformance.observer import Observer
from conformance.recording import Case, Footer, Header, Record
from conformance.requirement import Concern
from conformance.requirements import REQUIREMENTS
from conformance.validity import validity
from conformance.verdict import Evidence, Grade

SCENARIO = "questions"
"""The beginning of the ids of the scenarios that ask."""


@dataclass(slots=True)
class Seen:
    """A behaviour that an open requirement told.

    Attributes:
        times: how often.
        first: where it was first.
        doubtful: whether it was always told of a refusal while a deployment was under way.
    """

    times: int
    first: Exchange
    doubtful: bool = True


@dataclass
class Material:
    """What a recording holds.

    Attributes:
        exchanges: all that say something of the target, in the order of time.
        tries: by question and label, the exchanges that were sent for it.
        changes: the updates with what was known before and after.
        behaviours: by open requirement, what it told.
        asked: the ids of the questions that something was sent for.
        budget: what was spent, and the ceilings, as in the recording's last line.
        supported: whether the target has the operation.
        header: the recording's first line.
    """

    exchanges: list[Exchange] = field(default_factory=list)
    tries: dict[str, dict[str, list[Exchange]]] = field(default_factory=lambda: defaultdict(dict))
    changes: list[Observation] = field(default_factory=list)
    behaviours: dict[str, dict[str, Seen]] = field(default_factory=lambda: defaultdict(dict))
    asked: set[str] = field(default_factory=set)
    budget: Mapping[str, Any] = field(default_factory=dict)
    supported: bool = True
    header: Header | None = None

    def of(self, operation: str, *, taken: bool | None = None) -> Iterator[Exchange]:
        """The exchanges of an operation by the run's own caller; all, accepted ones or others."""
        for each in self.exchanges:
            own = each.request.operation == operation and not each.request.caller
            if own and (taken is None or accepted(each) is taken):
                yield each

    @cached_property
    def takes_in_flight(self) -> bool:
        """Whether updates are taken while a deployment is under way.

        More valid ones were accepted than refused then: a deployment may be over right after it was
        described, and a refusal may have another reason.
        """
        found = [each for each in self.changes if is_deploying(each.before)]
        refused = sum(each.rejected and validity(each).valid for each in found)
        return sum(each.accepted for each in found) > refused

    @cached_property
    def doubtful(self) -> Mapping[str, frozenset[str]]:
        """By open requirement, the words that are no answer: a deployment may have been the reason.

        That is so where no update was ever taken during one.
        """
        if self.takes_in_flight:
            return {}
        return {
            id: frozenset(words for words, seen in told.items() if seen.doubtful)
            for id, told in self.behaviours.items()
        }


class _Noting(Judge):
    """A judge that remembers where it saw each behaviour first."""

    def __init__(self, material: Material) -> None:
        super().__init__([id for id, entry in REQUIREMENTS.items() if entry.evidence is Evidence.OPEN])
        self._material = material

    def _note(self, id: str, grade: Grade, observation: Observation) -> None:
        super()._note(id, grade, observation)
        if grade.behaviour:
            seen = self._material.behaviours[id].setdefault(grade.behaviour, Seen(0, observation.exchange))
            seen.times += 1
            seen.doubtful &= observation.rejected and is_deploying(observation.before)


def gathered(records: Iterable[Record]) -> Material:
    """All of a recording that answers are read from.

    Raises:
        RecordingError: it cannot be read.
    """
    found = Material()
    judge, observer, scenario = _Noting(found), Observer(), ""
    current: tuple[str, str] | None = None
    for record in records:
        match record:
            case Header():
                found.header = record
            case Footer():
                found.budget, found.supported = record.budget, record.supported
            case Case():
                judge.begin(record)
                current = _asked(record)
                if current:
                    found.asked.add(current[0])
            case Exchange():
                judge.feed(record)
                if record.tag.scenario != scenario:
                    scenario = record.tag.scenario
                    observer = Observer()
                    current = current if scenario.startswith(SCENARIO) else None
                _take(found, record, observer, current)
            case _:
                current = None
    # A recording has one scenario after the other, whatever the order was in which they ran.
    found.exchanges.sort(key=lambda each: each.started)
    return found


def _take(found: Material, record: Exchange, observer: Observer, current: tuple[str, str] | None) -> None:
    found.changes += [each for concern, each in observer.feed(record) if concern is Concern.CHANGE]
    if record.response is None or nothing_happened(record):
        return
    found.exchanges.append(record)
    if current and record.tag.phase == "survey":
        found.tries[current[0]].setdefault(current[1], []).append(record)


def _asked(case: Case) -> tuple[str, str] | None:
    """The question and the label of a case, if it is one of a question."""
    value = case.value.get("value") if isinstance(case.value, dict) else None
    if not case.tag.scenario.startswith(SCENARIO) or not isinstance(value, dict):
        return None
    question, label = value.get("question"), value.get("try")
    return (question, label) if isinstance(question, str) and isinstance(label, str) else None


def judged(exchanges: Iterable[Exchange], *, compared: bool) -> Exchange | None:
    """Of what was sent for a try, the exchange that is its point: the last one.

    None where there is none, or where it says nothing of the request but only of its caller.

    Args:
        exchanges: what was sent.
        compared: whether its point has a twin.
    """
    pointed = [
        each
        for each in exchanges
        if (each.twin is not None or not compared)
        and each.request.operation != model.REGISTER_TASK_DEFINITION
    ]
    found = pointed[-1] if pointed else None
    if found is None or (refuses_caller(found) and not found.request.caller):
        return None
    return found


def before(found: Exchange, exchanges: Iterable[Exchange]) -> Exchange | None:
    """The last accepted Describe before an exchange, among those of its try."""
    described = None
    for each in exchanges:
        if each is found:
            break
        if each.request.operation == model.DESCRIBE and accepted(each):
            described = each
    return described


def after(found: Exchange, exchanges: Iterable[Exchange]) -> Exchange | None:
    """The first accepted Describe after an exchange, among those of its try."""
    seen = False
    for each in exchanges:
        if seen and each.request.operation == model.DESCRIBE and accepted(each):
            return each
        seen |= each is found
    return None
