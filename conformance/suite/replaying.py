"""Send the minimal failing case of a finished run again, with the same care as the run itself."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance import model
from conformance.budget import Meter
from conformance.exceptions import BudgetError, ConfigurationError, RecordingError, SetupError
from conformance.exchange import Exchange, Tag
from conformance.judge import Judge
from conformance.normalisation import counterparts, translated
from conformance.observation import error_code, fate_unknown, nothing_happened
from conformance.recording import Case
from conformance.redaction import HOME, Redactor
from conformance.requirements import REQUIREMENTS
from conformance.results import Counterexample, Results
from conformance.scenarios import Scenario
from conformance.scenarios.bench import Bench
from conformance.scenarios.inventory import Surroundings
from conformance.suite import replay_plan
from conformance.suite.given import begun, held, leave
from conformance.suite.heading import header_of
from conformance.suite.probe import supports_operation
from conformance.suite.settings import RunSettings
from conformance.suite.sources import EVERY
from conformance.wire import Endpoint, Wire, awsjson

_LIST_CLUSTERS = "ListClusters"
Tell = Callable[[str], None]
Agree = Callable[[str], bool]
"""Shows a plan; whether somebody takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """How a replay ended, in one line and as an exit code.

    Attributes:
        exit_code: 1 still failing, 0 fixed, 3 neither, or something stays; 4 there is no such operation.
    """

    text: str
    exit_code: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Subject:
    """What is sent again."""

    id: str
    scenario: Scenario
    example: Counterexample


def replay_counterexample(
    results: Results,
    id: str,
    options: Mapping[str, Any],
    *,
    agree: Agree = lambda _plan: False,
    tell: Tell = lambda _problem: None,
) -> Replay:
    """Send the case again, on a service of its own or a given one, at its target or another one.

    Args:
        results: the run's.
        id: the requirement.
        options: of :class:`RunSettings`, for where and in whose name; empty ones are as in the run.
        agree: shows the plan for a real account, and asks whether to take it.
        tell: told each thing that stays at the target.

    Raises:
        ConfigurationError: the results have no case against it that can be sent, or something speaks
            against sending it there.
        ConformanceError: the target cannot be reached, or refuses what the case needs, or the budget does.
    """
    subject = _subject(results, id)
    settings = _settings(results, subject, options)
    with settings.resolved.connect() as endpoint:
        redactor = settings.redactor(endpoint)
        budget = settings.budget
        if settings.is_live:
            place = settings.surroundings(endpoint, redactor)
            case = _case(results, subject, endpoint, place)
            plan = replay_plan.plan(settings, endpoint, redactor, subject.scenario, [case])
            if not agree(plan.told(id)):
                raise ConfigurationError(
                    "The plan was not confirmed; nothing was sent.", hint="Take it with --yes."
                )
            budget = plan.budget
        meter = Meter(budget) if budget else None
        wire = Wire(endpoint, settings.resolved.settings.limits, redactor, meter)
        try:
            return _replayed(results, subject, settings, endpoint, wire, redactor, tell)
        except BudgetError as error:
            raise BudgetError(
                f"{id}: not all of the case was sent: {error.message}.",
                hint="Raise the budget of the target in express-conformance.toml.",
            ) from error
        finally:
            wire.close()


def _subject(results: Results, id: str) -> _Subject:
    found = next((result for result in results.requirements if result.id == id), None)
    example = found.counterexample if found else None
    if example is None:
        with_case = [result.id for result in results.requirements if result.counterexample]
        raise ConfigurationError(
            f"These results have no case against {id!r}.",
            hint=f"They have one against: {', '.join(with_case[:8]) or 'nothing'}.",
        )
    if not example.has_case:
        raise ConfigurationError(
            f"The case against {id} was too long to be kept in a history.",
            hint="Give the results.json that the run itself wrote.",
        )
    if id not in REQUIREMENTS:
        raise ConfigurationError(
            f"This version has no requirement {id!r}.", hint="`express-conformance list` shows all."
        )
    if not isinstance(example.case, dict) or "value" not in example.case:
        raise ConfigurationError(
            f"What speaks against {id} was seen before or after all test cases: there is no case to send.",
            hint=f"See it again with `express-conformance run --only {id}`.",
        )
    if example.scenario not in EVERY:
        raise ConfigurationError(
            f"The case against {id} is one of the scenario {example.scenario!r}, which this version has not.",
            hint="Replay it with the version that wrote the results, or run again.",
        )
    return _Subject(id=id, scenario=EVERY[example.scenario], example=example)


def _settings(results: Results, subject: _Subject, options: Mapping[str, Any]) -> RunSettings:
    """The target is that of the run, by its name, unless another one is given."""
    given = {name: value for name, value in options.items() if value}
    elsewhere = given.get("target") or given.get("endpoint_url")
    target = {} if elsewhere else {"target": results.target.name}
    words: dict[str, Any] = {**target, **given}
    return RunSettings(effort="smoke", probe_ingress=subject.scenario.probes, **words)


def _replayed(
    results: Results,
    subject: _Subject,
    settings: RunSettings,
    endpoint: Endpoint,
    wire: Wire,
    redactor: Redactor,
    tell: Tell,
) -> Replay:
    id = subject.id
    if not supports_operation(wire, lambda _exchange: None):
        return Replay(text=f"{id}: the target does not have the operation.", exit_code=4)
    if HOME in settings.resolved.settings.service_arn:
        # The ARN is as a report has it; the answer shows which account the placeholder stands for.
        wire.send(awsjson(_LIST_CLUSTERS, {}), tag=Tag(phase="setup"))
    stays: list[str] = []
    with _around(settings, endpoint, wire, redactor, stays, tell) as surroundings:
        case = _case(results, subject, endpoint, surroundings)
        # As in the run: a real account has one service, which no update brings to known values before.
        fresh = not settings.is_live
        replay = replay_case(subject.scenario, wire, surroundings, case=case, requirement=id, fresh=fresh)
    expected = f" Expected {subject.example.expected}." if replay.exit_code == 1 else ""
    return Replay(text=f"{replay.text}{expected}", exit_code=3 if stays else replay.exit_code)


@contextmanager
def _around(
    settings: RunSettings,
    endpoint: Endpoint,
    wire: Wire,
    redactor: Redactor,
    stays: list[str],
    tell: Tell,
) -> Iterator[Surroundings]:
    """What the case has around it, as in the run; whatever happens, afterwards all is as it was."""
    surroundings = settings.surroundings(endpoint, redactor)
    with tempfile.TemporaryDirectory() as folder:
        header = header_of(settings, endpoint, redactor)
        service = held(settings, wire, surroundings, Path(folder) / "parts", header, redactor)
        whole = False
        try:
            yield begun(service, surroundings)
            whole = True
        finally:
            problems, remarks = leave(service, endpoint, settings, last=whole) if service else ([], [])
            stays += problems
            for each in map(redactor.text, [*problems, *remarks]):
                tell(each)


def _case(
    results: Results, subject: _Subject, endpoint: Endpoint, surroundings: Surroundings
) -> dict[str, Any]:
    """The case as it is to be sent: with the account and Region of the target, and nothing held back.

    In a run, steps of a case leave some of the budget's updates for others; here there are no others.
    """
    account = surroundings.pools.account
    there = [[results.target.region], [HOME if results.target.kind == "aws" else account]]
    case: dict[str, Any] = translated(
        subject.example.case, counterparts(there, [[endpoint.region], [account]])
    )
    value = case["value"]
    steps = value.get("steps") if isinstance(value, dict) else None
    if not subject.scenario.frugal or not isinstance(steps, list):
        return case
    plain = [
        {k: v for k, v in step.items() if k != "leave"} if isinstance(step, dict) else step for step in steps
    ]
    return {**case, "value": {**value, "steps": plain}}


def replay_case(
    scenario: Scenario,
    wire: Wire,
    surroundings: Surroundings,
    *,
    case: Mapping[str, Any],
    requirement: str,
    fresh: bool = True,
) -> Replay:
    """Send one recorded case again, and delete what it makes.

    Args:
        scenario: that it is one of.
        wire: to the target.
        surroundings: what is given to it.
        case: with its drawn value.
        requirement: the id of the one to judge.
        fresh: whether a service that is given gets known values first.

    Raises:
        SetupError, BudgetError: something that the case needs was refused, and so nothing is known.
        RecordingError: it is no case of this version.
        TargetError: the target does not answer.
    """
    sending = _Sending(scenario, wire, surroundings, requirement)
    sending.send(case, fresh=fresh)
    return sending.outcome()


class _Sending:
    """Sends a case, and knows what came of it."""

    def __init__(self, scenario: Scenario, wire: Wire, surroundings: Surroundings, id: str) -> None:
        self._scenario, self._id = scenario, id
        self._judge = Judge([id])
        self._bench = Bench(scenario.id, wire, surroundings, self._take)
        self._unheard: dict[tuple[Any, ...], str] = {}
        self._stopped: SetupError | BudgetError | None = None

    def _take(self, record: Exchange | Case) -> None:
        if isinstance(record, Case):
            self._judge.begin(record)
            return
        self._judge.feed(record)
        request = record.request
        key = (request.operation, request.body, request.caller)
        self._unheard.pop(key, None)
        if why := _unheard(record):
            self._unheard[key] = why

    def send(self, case: Mapping[str, Any], *, fresh: bool) -> None:
        """See :func:`replay_case`."""
        scenario, bench = self._scenario, self._bench
        tag = Tag(scenario=scenario.id, case=1, phase="replay", requirement=self._id)
        try:
            bench.begin(Case(tag=tag, value=case), fresh=fresh)
            scenario.steps(bench, case["value"])
            if bench.updates_left <= 0:
                # Some scenarios leave out what there is no update for, and do not say it.
                self._stopped = BudgetError("the accepted updates of the budget were used up")
        except (SetupError, BudgetError) as error:
            self._stopped = error
        except (LookupError, TypeError, ValueError, AttributeError) as error:
            # The steps of a scenario trust its strategy; the results may be of another version, or damaged.
            raise RecordingError(
                f"The case against {self._id} cannot be sent: {error!r}.",
                hint="Replay it with the version that wrote the results, or run again.",
            ) from error
        finally:
            bench.close()

    def outcome(self) -> Replay:
        """See :func:`replay_case`."""
        id, count = self._id, self._judge.tally.counts.get(self._id)
        if count and count.violated:
            return Replay(text=f"{id}: still failing.", exit_code=1)
        if self._stopped is not None:
            raise self._stopped
        if self._unheard:
            why = next(iter(self._unheard.values()))
            return Replay(text=f"{id}: error, some of the case was lost: {why}.", exit_code=3)
        if not (count and count.judged):
            return Replay(text=f"{id}: error, the case no longer concerns the requirement.", exit_code=3)
        return Replay(text=f"{id}: fixed.", exit_code=0)


def _unheard(exchange: Exchange) -> str:
    """Why nobody knows what the target makes of a request; empty where its answer tells."""
    operation = exchange.request.operation or "a request"
    if exchange.failure is not None:
        return f"{operation} got no answer, {exchange.failure.message}"
    if nothing_happened(exchange):
        return f"{operation} was turned away, {error_code(exchange) or 'for the rate of requests'}"
    fault = fate_unknown(exchange) and operation in {model.OPERATION, model.DESCRIBE}
    return f"{operation} was answered with a fault of the target's" if fault else ""
