"""From exchanges to grades: pure, so a live run and a recording of it are judged alike.

A :class:`Judge` folds a stream of records into a tally. The counterexample of a requirement is the smallest
one that was seen: since the traffic of a conviction is part of the stream, that is the shrunk one.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar, get_type_hints

from conformance import model
from conformance.exceptions import RecordingError
from conformance.exchange import Exchange
from conformance.ingress import probed
from conformance.observation import Observation, accepted, faulted, nothing_happened, of_target, told_by
from conformance.observer import Observer
from conformance.presence import Presence, subset_of
from conformance.presence_watch import Watcher, watcher
from conformance.recording import Case, Footer, Header, Record, ScenarioEnd
from conformance.requirement import Concern, Findings, Oracle
from conformance.requirements import ORACLES
from conformance.results import Results, ScenarioResult, SuiteIdentity, TargetIdentity
from conformance.tally import Count, Tally
from conformance.verdict import OK, Grade, Outcome
from conformance.verdicts import results

_REPLAY = "replay"
# Phases whose cases begin with a service of their own; their counterexamples stand for themselves.
_FRESH = {"convict", _REPLAY}
_HINT = "Give the recording.jsonl that a run of this suite wrote."


@dataclass(slots=True)
class _Replay:
    """A case that is run again.

    Attributes:
        about: the requirement; empty in all other cases.
        counted: the requirements for which it counts as a replay.
        returned: those of them that it violated.
    """

    about: str = ""
    counted: set[str] = field(default_factory=set)
    returned: set[str] = field(default_factory=set)


_Form = TypeVar("_Form", ScenarioResult, SuiteIdentity, TargetIdentity)


class Judge:
    """Judges a stream of records by the chosen requirements."""

    def __init__(self, only: Collection[str] | None = None) -> None:
        self._tally = Tally(presence=Presence(model.operation().optional))
        self._held: Counter[str] = Counter()
        self._only = None if only is None else frozenset(only)
        # With some of the requirements only, nobody would know of a subset what was not looked at.
        self._oracles = {
            concern: [
                (oracle, watcher(oracle) if only is None else None)
                for oracle in ORACLES
                if oracle.concern is concern and self._wants(oracle)
            ]
            for concern in Concern
        }
        self._scenario = ""
        self._observer = Observer()
        self._case: Case | None = None
        self._requests = 0
        self._replay = _Replay()
        self._rounds: dict[str, list[set[int]]] = {}

    @property
    def tally(self) -> Tally:
        """What was seen so far."""
        for id, times in self._held.items():
            count = self._tally.counts[id]
            count.judged += times
            count.scenarios.add(self._scenario)
        self._held.clear()
        for id, rounds in self._rounds.items():
            count = self._tally.counts[id]
            count.streak = max(count.streak, _longest_streak(rounds))
        return self._tally

    def _wants(self, oracle: Oracle[Any]) -> bool:
        return self._only is None or any(entry.id in self._only for entry in oracle.requirements)

    def begin(self, case: Case) -> None:
        """A test case begins; the exchanges that follow are its own."""
        self._case, self._requests = case, 0
        self._replay = _Replay(about=case.tag.requirement if case.tag.phase == _REPLAY else "")
        if about := self._replay.about:
            self._replay.counted.add(about)
            self._tally.counts[about].replays += 1
            self._rounds.setdefault(about, []).append(set())

    def feed(self, exchange: Exchange) -> list[str]:
        """Judge all observations that this exchange completes; returns the ids that it violates."""
        if exchange.tag.scenario != self._scenario:
            self._tally = self.tally
            self._scenario, self._observer = exchange.tag.scenario, Observer()
            self._rounds.clear()
        self._requests += not nothing_happened(exchange)
        self._count_exchange(exchange)
        convicted: list[str] = []
        for concern, observation in self._observer.feed(exchange):
            for oracle, watched in self._oracles[concern]:
                convicted += self._consult(oracle, watched, observation)
        return convicted

    def _consult(self, oracle: Oracle[Any], watched: Watcher | None, observation: Observation) -> list[str]:
        convicted: list[str] = []
        try:
            findings = oracle.judge(observation)
            if watched is not None:
                findings = list(findings)
                watched(self._tally.presence, observation, findings)
            if isinstance(findings, Findings) and self._only is None:
                self._held.update(findings.held)
                findings = findings.others
            for id, grade in findings:
                if (self._only is None or id in self._only) and not _says_nothing(id, grade, observation):
                    self._held[id] += 1
                    if grade is not OK:
                        self._note(id, grade, observation)
                        if grade.outcome is Outcome.VIOLATED:
                            convicted.append(id)
        except Exception as error:  # noqa: BLE001  a fault of an oracle is the suite's, never the target's
            first = oracle.requirements[0].id
            self._tally.errors.add(f"The oracle of {first} failed: {error!r}.")
        return convicted

    def _came_back(self, id: str, count: Count, *, fault: bool) -> None:
        """A replay has violated a requirement, be it about this one or not."""
        replay = self._replay
        if id not in replay.counted:
            replay.counted.add(id)
            count.replays += 1
        if id not in replay.returned:
            replay.returned.add(id)
            count.returned += 1
        if id == replay.about and fault:
            self._rounds[id][-1].add(self._requests)

    def _count_exchange(self, exchange: Exchange) -> None:
        if probed(exchange.request):
            return  # the API was not asked
        tally = self._tally
        if of_target(exchange) is not exchange:
            tally.elsewhere[told_by(exchange)] += 1
            exchange = of_target(exchange)
        tally.exchanges += 1
        tally.failures += exchange.failure is not None
        if exchange.request.operation != model.OPERATION or exchange.response is None:
            return
        if exchange.group is not None:
            return  # what becomes of an update in a race is a matter of time, and so would the numbers be
        if accepted(exchange):
            tally.accepted += 1
        else:
            tally.rejected += 1
        tally.presence.count("sent", subset_of(exchange.request.members))

    def _note(self, id: str, grade: Grade, observation: Observation) -> None:
        """Keep what a grade says beside that the requirement was judged."""
        count = self._tally.counts[id]
        if grade.behaviour:
            count.behaviours[grade.behaviour] += 1
        if grade.outcome is Outcome.OK:
            return
        if grade.outcome is Outcome.VIOLATED:
            count.violated += 1
            count.violators.add(observation.exchange.tag.scenario)
            fault = faulted(observation.exchange)
            count.faults += fault
            if self._replay.about:
                self._came_back(id, count, fault=fault)
        else:
            count.tolerated += 1
        rank = _rank(grade, observation, self._case)
        if count.example is None or rank < count.rank:
            count.example, count.rank = self._example(grade, observation), rank

    def _example(self, grade: Grade, observation: Observation) -> dict[str, Any]:
        return {
            "scenario": observation.exchange.tag.scenario,
            "case": self._case.value if self._case else None,
            "shrunk": observation.exchange.tag.phase in _FRESH,
            "expected": grade.expected,
            "observed": grade.observed,
            "exchanges": [{"role": role, **exchange.to_json()} for role, exchange in observation.links],
        }


def _says_nothing(id: str, grade: Grade, observation: Observation) -> bool:
    """Whether nothing follows from an answer that tells of a fault of the target's.

    It is no proof if it is tolerated; and in a case that is about another requirement nobody tries it again.
    """
    if grade.outcome is Outcome.OK or not faulted(observation.exchange):
        return False
    return grade.outcome is Outcome.TOLERATED or observation.exchange.tag.requirement not in {"", id}


def _longest_streak(rounds: Iterable[set[int]]) -> int:
    """In how many rounds in a row the same place was in each."""
    longest = length = 0
    common: set[int] = set()
    for found in rounds:
        together = common & found
        common, length = (together, length + 1) if together else (found, 1 if found else 0)
        longest = max(longest, length)
    return longest


def _rank(grade: Grade, observation: Observation, case: Case | None) -> tuple[Any, ...]:
    """Smaller is better evidence: a violation, on a service of its own, by few commands, of few members."""
    exchange, program = observation.cause or observation.exchange, _program(case)
    return (
        grade.outcome is not Outcome.VIOLATED,
        exchange.tag.phase not in _FRESH,
        len(observation.history) + len(observation.trail),
        len(program),
        subset_of(exchange.request.members).bit_count(),
        len(exchange.request.body),
        len(json.dumps(case.value)) if case else 0,
        exchange.tag.scenario,
        exchange.id,
    )


def _program(case: Case | None) -> list[Any]:
    """The commands of a case that is a program; none if it is another one."""
    value = case.value.get("value") if case and isinstance(case.value, dict) else None
    program = value.get("program") if isinstance(value, dict) else None
    return program if isinstance(program, list) else []


def _built(form: type[_Form], members: Mapping[str, Any]) -> _Form:
    """A part of the results from its JSON object."""
    try:
        built = form(**members)
    except TypeError as error:
        raise RecordingError(f"The recording is damaged: {error}.", hint=_HINT) from error
    for name, kind in get_type_hints(form).items():
        if not isinstance(getattr(built, name), (int, float) if kind is float else kind):
            raise RecordingError(f"The recording is damaged: {name} is no {kind.__name__}.", hint=_HINT)
    return built


def rejudge(
    records: Iterable[Record],
    *,
    only: Collection[str] | None = None,
    known: Mapping[str, str] | None = None,
) -> Results:
    """Judge a recording with today's requirements, offline.

    A recording without its last line is judged too; its results say that it is incomplete.

    Raises:
        RecordingError: the header or a scenario's summary has not the form of this version.
    """
    judge = Judge(only)
    header: Header | None = None
    footer = Footer(finished_at="", complete=False, errors=("The recording has no last line.",))
    scenarios: list[ScenarioResult] = []
    for record in records:
        match record:
            case Exchange():
                judge.feed(record)
            case Case():
                judge.begin(record)
            case ScenarioEnd(summary=summary):
                scenarios.append(_built(ScenarioResult, summary))
            case Header():
                header = record
                _built(TargetIdentity, {**header.target, "supported": True})
                _built(SuiteIdentity, header.suite)
            case Footer():
                footer = record
    if header is None:
        raise RecordingError("The recording has no header.", hint=_HINT)
    return results(judge.tally, header=header, footer=footer, scenarios=scenarios, only=only, known=known)
