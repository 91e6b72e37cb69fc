"""The two sides of a comparison: a target that is sent test cases, or a recording of one that was."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Any

from conformance import model
from conformance.exceptions import ConformanceError, RecordingError, SetupError, TargetError
from conformance.exchange import Exchange, Tag
from conformance.judge import Judge
from conformance.normalisation import Names
from conformance.recording import Case, Footer, Header, ScenarioEnd, Writer, merge, parts, read
from conformance.scenarios import Scenario
from conformance.scenarios.bench import Bench
from conformance.scenarios.inventory import Surroundings
from conformance.suite.given import as_it_was
from conformance.suite.heading import header_of, now, with_server
from conformance.suite.leftovers import delete_leftovers
from conformance.suite.probe import supports_operation
from conformance.suite.runner import parts_folder
from conformance.suite.settings import RunSettings
from conformance.tally import Tally
from conformance.wire import Wire
from strategies.pools import ValuePools

Records = list[Exchange | Case]
Stands = dict[str, str]
"""By requirement id, how a side stands to it in a case; without those to which there is nothing to remark."""


class UnsupportedError(TargetError):
    """The target does not have the operation, so there is nothing to compare."""

    exit_code = 4


@dataclass(slots=True, kw_only=True)
class Side:
    """A target that answers, and records what it is sent.

    Attributes:
        header: who it is.
        wire: to it.
        surroundings: what the run gives to its scenarios.
        writer: takes all that is recorded.
    """

    header: Header
    wire: Wire
    surroundings: Surroundings
    writer: Writer


@contextmanager
def connected(settings: RunSettings) -> Iterator[Side]:
    """Reach a target, and leave a recording of what it was sent in the folder of the settings.

    Raises:
        ConformanceError: it cannot be reached, or the folder cannot be written.
        UnsupportedError: it does not have the operation.
    """
    folder = parts_folder(settings)
    with settings.resolved.connect() as endpoint:
        redactor = settings.redactor(endpoint)
        wire = settings.wire(endpoint, redactor)
        try:
            delete_leftovers(folder, wire)
            shutil.rmtree(folder, ignore_errors=True)
            header = header_of(settings, endpoint, redactor)
            with Writer(folder / "recording.jsonl") as writer:
                writer.write(header)
                heard: list[Exchange] = []
                supported = supports_operation(wire, heard.append)
                for exchange in heard:
                    writer.write(exchange)
                    header = with_server(header, exchange)
                if not supported:
                    raise UnsupportedError(
                        f"{settings.resolved.settings.name} does not have the operation: "
                        "there is nothing to compare."
                    )
                around = settings.surroundings(endpoint, redactor)
                with as_it_was(settings, wire, around, folder / "given", header, redactor):
                    yield Side(header=header, wire=wire, surroundings=around, writer=writer)
        finally:
            wire.close()


def keep_recording(settings: RunSettings, *, complete: bool, errors: Sequence[str]) -> None:
    """Make the recording of a side a whole one: `judge` judges it like any other."""
    folder = parts_folder(settings)
    if (folder / "recording.jsonl").is_file():
        footer = Footer(finished_at=now(), complete=complete, errors=tuple(errors))
        merge([folder / "recording.jsonl"], settings.folder / "recording.jsonl", footer)
        shutil.rmtree(folder, ignore_errors=True)


class Stage:
    """One side on which the cases of one scenario are run."""

    def __init__(self, scenario: Scenario, side: Side) -> None:
        self._scenario = scenario
        self._writer = side.writer
        self._records: list[Exchange | Case] = []
        self.lacking: set[str] = set()
        self.history: Records = []
        self.registered: Records = []
        self.names = Names()
        self.bench = Bench(scenario.id, side.wire, side.surroundings, self._take)

    def _take(self, record: Exchange | Case) -> None:
        self._writer.write(record)
        if isinstance(record, Case):
            self._records = []
        else:
            self.names.meet(record)
            if record.request.operation == model.REGISTER_TASK_DEFINITION:
                self.registered.append(record)  # once for all cases, which name it
        self._records.append(record)
        self.history.append(record)

    def prepare(self) -> None:
        """Have a service before the first case, as a run has.

        Raises:
            SetupError: the target refused to create it.
        """
        if not self._scenario.probes:
            self.bench.service()

    def run(self, value: Any, tag: Tag, *, fresh: bool) -> list[Exchange | Case]:
        """Run a case: it, and the exchanges that it turned into."""
        self.bench.begin(Case(tag=tag, value=value), fresh=fresh)
        try:
            self._scenario.steps(self.bench, value["value"])
        except SetupError as error:
            self.lacking.add(str(error))
        return list(self._records)

    def close(self) -> None:
        """Delete what was created; what stands against it does not hide another error."""
        with suppress(ConformanceError):
            self.bench.close()


def exchanges_of(records: Sequence[Exchange | Case]) -> list[Exchange]:
    """The exchanges alone."""
    return [record for record in records if isinstance(record, Exchange)]


def stands(records: Sequence[Exchange | Case], before: Sequence[Exchange | Case] = ()) -> Stands:
    """How a side stands to the requirements by these records, after those."""
    judge = Judge()
    _feed(judge, before)
    earlier = _counted(judge.tally)
    _feed(judge, records)
    return {id: word for id, counted in _counted(judge.tally).items() if (word := _new(counted, earlier, id))}


def _feed(judge: Judge, records: Sequence[Exchange | Case]) -> None:
    for record in records:
        if isinstance(record, Case):
            judge.begin(record)
        else:
            judge.feed(record)


_Counted = dict[str, dict[str, int]]


def _counted(tally: Tally) -> _Counted:
    return {
        id: {"violated": count.violated, "tolerated": count.tolerated, **count.behaviours}
        for id, count in tally.counts.items()
    }


def _new(counted: Mapping[str, int], earlier: _Counted, id: str) -> str:
    """What is seen now and was not before; several things in one text."""
    was = earlier.get(id, {})
    return "; ".join(sorted(word for word, number in counted.items() if number > was.get(word, 0)))


def pool_lists(pools: ValuePools) -> list[list[str]]:
    """The lists of values that exist at a side, without the place of it."""
    held = [getattr(pools, entry.name) for entry in fields(pools)]
    return [list(values) for values in held if not isinstance(values, str)]


def place(pools: ValuePools) -> list[list[str]]:
    """Partition, Region and account of a side, as they stand in values."""
    return [[f"arn:{pools.partition}:"], [pools.region], [pools.account]]


@dataclass(frozen=True, kw_only=True)
class Recorded:
    """A recording as a side: what its target answered once.

    Attributes:
        header: who was recorded.
        by_scenario: what was recorded of each, in its order.
        complete: whether the recording has its last line, and that says so.
    """

    header: Header
    by_scenario: Mapping[str, Records]
    complete: bool

    @classmethod
    def read(cls, path: Path) -> Recorded:
        """Read the recording at a path: a file, or what a run left in its folder.

        Raises:
            RecordingError: there is none.
        """
        header: Header | None = None
        complete = False
        found: dict[str, list[Exchange | Case]] = {}
        for record in read(parts(path)):
            match record:
                case Header():
                    header = header or record
                case Footer():
                    complete = record.complete
                case ScenarioEnd():
                    pass
                case Exchange() | Case():
                    found.setdefault(record.tag.scenario, []).append(record)
        if header is None:
            raise RecordingError(f"{path} has no header.", hint="Give the recording.jsonl of a run.")
        return cls(header=header, by_scenario=found, complete=complete)

    @cached_property
    def scenarios(self) -> list[str]:
        """The ids of those with cases."""
        return [id for id, records in self.by_scenario.items() if any(isinstance(r, Case) for r in records)]

    def before_first_case(self, scenario: str) -> Records:
        """What was recorded of a scenario before its first case: its services being created."""
        records = self.by_scenario.get(scenario, [])
        first = next((place for place, record in enumerate(records) if isinstance(record, Case)), 0)
        return records[:first]

    def damaged(self, scenario: str) -> int:
        """How many cases of a survey are none that a scenario draws."""
        cases = (each for each in self.by_scenario.get(scenario, []) if isinstance(each, Case))
        return sum(case.tag.phase == "survey" and not _is_value(case.value) for case in cases)

    def surveyed(self, scenario: str) -> Iterator[tuple[Case, list[Exchange], int]]:
        """The cases of a survey, each with its exchanges and the place of its first record."""
        records = self.by_scenario.get(scenario, [])
        starts = [place for place, record in enumerate(records) if isinstance(record, Case)]
        for start, end in zip(starts, [*starts[1:], len(records)], strict=True):
            case = records[start]
            if isinstance(case, Case) and case.tag.phase == "survey" and _is_value(case.value):
                yield case, exchanges_of(records[start:end]), start


def _is_value(value: Any) -> bool:
    """Whether it is a case as scenarios draw them; a recording may have been made by anybody."""
    return isinstance(value, dict) and isinstance(value.get("value"), dict)
