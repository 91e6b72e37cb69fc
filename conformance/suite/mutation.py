"""Judges the suite by its mutants: each is judged until it is convicted by the requirements it breaks."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future, ProcessPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from multiprocessing import get_context
from typing import Any

import hypothesis

from conformance import __version__, model
from conformance.emulator.forking import preload
from conformance.emulator.mutants import MUTANTS, Mutant, mutant_named
from conformance.exceptions import ConformanceError
from conformance.mutation import Fate, MutationResults, Trial, told_apart
from conformance.order import Order
from conformance.requirements import REQUIREMENTS, selected
from conformance.results import SuiteIdentity
from conformance.scenarios import SCENARIOS, Effort, Scenario
from conformance.scenarios.inventory import Surroundings
from conformance.survey import run_scenario
from conformance.tally import Count, Tally
from conformance.targets.base import Settings
from conformance.targets.embedded import Embedded
from conformance.verdict import Evidence, Verdict
from conformance.verdicts import verdict
from conformance.wire import Wire

Behaviours = Mapping[str, Collection[str]]
Watch = Callable[[Trial], None]

# A mutant of so many requirements is one fault with many faces: the case against one of them says it.
_FEW = 3
_JUDGED = "judged"
_CAUSE = "cause"
# What only real tasks can violate; tests of its own have a service that flaps.
_BEYOND = "ingress/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How the mutants are to be judged.

    Attributes:
        effort: the budget of traffic; a mutant's ends with its conviction.
        seed: of all that is drawn.
        workers: how many mutants at a time.
        names: which mutants; empty for all.
    """

    effort: Effort = "standard"
    seed: int = 0
    workers: int = 1
    names: tuple[str, ...] = ()

    @property
    def mutants(self) -> list[Mutant]:
        """The mutants to judge.

        Raises:
            ConfigurationError: a name is not that of a mutant.
        """
        chosen = [mutant_named(name) for name in self.names] if self.names else list(MUTANTS.values())
        return sorted(chosen, key=lambda mutant: mutant.name)


def judge_mutants(plan: Plan, watch: Watch = lambda _trial: None) -> MutationResults:
    """Judge the reference emulator, and then each mutant until it is convicted.

    Args:
        plan: which ones, and how.
        watch: told of each trial as it ends.

    Raises:
        ConfigurationError: a name is not that of a mutant.
        ConformanceError: the reference emulator cannot be judged.
    """
    mutants, started = plan.mutants, _now()
    with ProcessPoolExecutor(plan.workers, get_context("spawn"), preload) as pool:
        reference = _reference(plan, mutants, pool)
        known = {id: tuple(count.behaviours) for id, count in reference.counts.items()}
        trials = list(_trials(plan, [m for m in mutants if not m.equivalent], known, pool, watch))
    trials += [_equivalent(mutant) for mutant in mutants if mutant.equivalent]
    return MutationResults(
        suite=_identity(plan),
        started_at=started,
        finished_at=_now(),
        trials=sorted(trials, key=lambda trial: trial.mutant),
        killable=[] if plan.names else [id for id in REQUIREMENTS if not id.startswith(_BEYOND)],
        false_kills=[id for id, count in reference.counts.items() if _is_against(id, count)],
    )


def _reference(plan: Plan, mutants: Iterable[Mutant], pool: Executor) -> Tally:
    """What the reference emulator shows of the open requirements that the mutants answer otherwise."""
    asked = {id for mutant in mutants for id in mutant.breaks if _is_open(id)}
    scenarios = [s for s in SCENARIOS.values() if not plan.names or asked & set(selected(s.exercises))]
    total = Tally()
    for part in [pool.submit(_referred, plan, scenario.id) for scenario in scenarios]:
        total.merge(Tally.from_json(part.result()))
    return total


def _referred(plan: Plan, scenario: str) -> dict[str, Any]:
    with _wired("") as wire:
        order = Order(effort=plan.effort, seed=plan.seed, known=tuple(REQUIREMENTS))
        outcome = run_scenario(SCENARIOS[scenario], wire, _surroundings(), order, lambda _record: None)
    if outcome.summary.error:
        raise ConformanceError(f"The reference emulator cannot be judged: {outcome.summary.error}")
    return outcome.tally.to_json()


def _trials(
    plan: Plan, mutants: Iterable[Mutant], known: Behaviours, pool: Executor, watch: Watch
) -> Iterator[Trial]:
    running: list[Future[Trial]] = []
    for mutant in mutants:
        mine = {id: tuple(known.get(id, ())) for id in mutant.breaks}
        running.append(pool.submit(trial, mutant.name, plan.effort, plan.seed, mine))
    for future in as_completed(running):
        found = future.result()
        watch(found)
        yield found


def trial(name: str, effort: Effort, seed: int, known: Behaviours) -> Trial:
    """Judge one mutant, by the scenarios meant for what it breaks first, until it is convicted of all of it.

    Args:
        name: the mutant's.
        effort: the budget.
        seed: of all that is drawn.
        known: what the reference emulator answers to open requirements.
    """
    mutant = MUTANTS[name]
    blank = Trial(mutant=name, fault=mutant.fault, meant=mutant.breaks, fate=Fate.SURVIVED)
    try:
        with _wired(name) as wire:
            started = time.perf_counter()
            tally = _convicted(mutant, wire, effort, seed, known)
            seconds = round(time.perf_counter() - started, 2)
    except ConformanceError as error:
        return replace(blank, fate=Fate.ERROR, note=str(error))
    return _fate(replace(blank, exchanges=tally.exchanges, seconds=seconds), tally, known)


def _convicted(mutant: Mutant, wire: Wire, effort: Effort, seed: int, known: Behaviours) -> Tally:
    """What was seen until every requirement that the mutant breaks had killed it, or nothing was left."""
    total = Tally()
    shrunk = mutant.breaks if len(mutant.breaks) <= _FEW else mutant.breaks[:1]
    order = Order(
        effort=effort,
        seed=seed,
        known=REQUIREMENTS.keys() - set(shrunk),
        enough=lambda tally: _all_killed(mutant.breaks, tally, known),
    )
    for scenario in _in_order(mutant):
        outcome = run_scenario(scenario, wire, _surroundings(), order, lambda _record: None)
        total.merge(outcome.tally)
        if _all_killed(mutant.breaks, total, known):
            break
    return total


def _in_order(mutant: Mutant) -> list[Scenario]:
    """The scenarios meant for what the mutant breaks, then the others."""
    meant = [s for s in SCENARIOS.values() if set(mutant.breaks) & set(selected(s.exercises))]
    return [*meant, *(s for s in SCENARIOS.values() if s not in meant)]


def _all_killed(ids: Iterable[str], tally: Tally, known: Behaviours) -> bool:
    return all(_kills(id, tally.counts.get(id, Count()), known) for id in ids)


def _kills(id: str, count: Count, known: Behaviours) -> bool:
    """Whether a requirement convicts: it fails or diverges or, if it is open, has something else to tell."""
    if _is_open(id):
        return told_apart(count.behaviours, known.get(id, ()))
    return _is_against(id, count)


def _is_against(id: str, count: Count) -> bool:
    """Whether a report would show it as a difference; the reference emulator has none."""
    return verdict(REQUIREMENTS[id], count) in {Verdict.FAIL, Verdict.DIVERGES}


def _is_open(id: str) -> bool:
    return REQUIREMENTS[id].evidence is Evidence.OPEN


def _fate(blank: Trial, tally: Tally, known: Behaviours) -> Trial:
    killers = tuple(id for id in blank.meant if _kills(id, tally.counts.get(id, Count()), known))
    others = tuple(
        sorted(id for id, count in tally.counts.items() if _is_against(id, count) and id not in blank.meant)
    )
    fate = Fate.SURVIVED if not killers and not others else Fate.KILLED_BY_ANOTHER
    fate = Fate.KILLED if len(killers) == len(blank.meant) else fate
    missed = sorted(set(blank.meant) - set(killers))
    example = next((tally.counts[id].example for id in (*killers, *others) if tally.counts[id].example), None)
    return replace(
        blank,
        fate=fate,
        killers=killers,
        others=others,
        case=example["case"] if example else None,
        members=_members(example["exchanges"]) if example else None,
        note=f"Not killed by {', '.join(missed)}." if missed else "",
    )


def _members(exchanges: Iterable[Mapping[str, Any]]) -> int:
    """How many optional members the request has that convicts, or the update that caused what was read."""
    roles = {exchange["role"]: exchange for exchange in exchanges}
    request = roles.get(_CAUSE, roles[_JUDGED])["request"]
    if request["operation"] == model.CREATE:
        return 0  # what it says a service cannot do without
    try:
        document = json.loads(request["body"])
    except (ValueError, TypeError):
        return 0
    return len({*document} & {*model.operation().optional}) if isinstance(document, dict) else 0


def _equivalent(mutant: Mutant) -> Trial:
    return Trial(
        mutant=mutant.name,
        fault=mutant.fault,
        meant=mutant.breaks,
        fate=Fate.EQUIVALENT,
        note=mutant.equivalent,
    )


@contextmanager
def _wired(name: str) -> Iterator[Wire]:
    """A wire to the emulator with this fault, or with none."""
    with Embedded(address=name, settings=Settings(name="embedded")).connect() as endpoint:
        wire = Wire(endpoint)
        try:
            yield wire
        finally:
            wire.close()


def _surroundings() -> Surroundings:
    return Surroundings(run="mutants")


def _identity(plan: Plan) -> SuiteIdentity:
    return SuiteIdentity(
        version=__version__,
        botocore=model.botocore_version(),
        hypothesis=hypothesis.__version__,
        seed=plan.seed,
        effort=plan.effort,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
