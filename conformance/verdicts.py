"""From a tally to verdicts, and to the results of a run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from conformance import drift, model
from conformance.presence import Presence
from conformance.recording import Footer, Header
from conformance.requirement import Requirement
from conformance.requirements import REQUIREMENTS
from conformance.requirements.operation import SUPPORTED
from conformance.results import (
    NOT_SENT,
    Counterexample,
    Counts,
    RequirementResult,
    Results,
    ScenarioResult,
    SuiteIdentity,
    TargetIdentity,
)
from conformance.tally import Count, Tally
from conformance.verdict import Evidence, Verdict

# Accidents happen, but hardly to the same request in so many replays in a row.
CONFIRMED = 5
_UNSEEN = "No exchange of this run was about it."
_NO_SCENARIO = ""  # in the place of one, where the target is asked whether it has the operation


def is_accident(count: Count, *, complete: bool = True) -> bool:
    """Whether all that speaks against a requirement are faults of the target's that did not come back.

    Where nothing was replayed they stand, unless the run broke off before it could.
    """
    return count.only_faults and (count.streak < CONFIRMED if count.replays else not complete)


def verdict(requirement: Requirement, count: Count, kind: str = "", *, complete: bool = True) -> Verdict:
    """The verdict on a requirement of which so much was seen, at a target of that kind.

    Args:
        requirement: which.
        count: what was seen of it.
        kind: of the target.
        complete: whether the run came to its end.
    """
    if not count.judged:
        return Verdict.NOT_EXERCISED
    if requirement.evidence is Evidence.OPEN or kind in requirement.open_at:
        return Verdict.INFORMATIONAL
    if is_accident(count, complete=complete):
        return _despite_accidents(requirement, count)
    if count.violated and count.replays and not count.returned:
        return Verdict.FLAKY
    if count.violated and requirement.evidence.may_fail:
        return Verdict.FAIL
    return Verdict.DIVERGES if count.violated or count.tolerated else Verdict.PASS


def _despite_accidents(requirement: Requirement, count: Count) -> Verdict:
    """One requirement tells of faults that come and go; for the others it is as if they had not been."""
    if requirement.about_faults:
        return Verdict.FLAKY
    if count.judged == count.violated:
        return Verdict.NOT_EXERCISED
    return Verdict.DIVERGES if count.tolerated else Verdict.PASS


def _note(
    requirement: Requirement, count: Count, found: Verdict, kind: str, stopped: str, *, accident: bool
) -> str:
    rate = f"it came back in {count.returned} of {count.replays} replays"
    if found is Verdict.INFORMATIONAL:
        seen = f"it did not hold in {count.violated} of {count.judged} cases"
        return f"Open at a target of this kind; {seen}." if kind in requirement.open_at else ""
    if accident and found is not Verdict.FLAKY:
        times = "once" if count.violated == 1 else f"{count.violated} times"
        again = f"{rate}, which is not always" if count.replays else "it was not tried again"
        return (
            f"Answered with a fault of the target's own (status 5xx) {times}; {again}, so it does not count."
        )
    if found is Verdict.NOT_EXERCISED:
        not_sent = f"{NOT_SENT}{stopped}." if stopped else ""
        return requirement.unreached or requirement.needs or not_sent or _UNSEEN
    if count.violated and count.replays and count.returned < count.replays:
        return f"Violated in {count.violated} of {count.judged} cases; {rate}."
    return ""


def _result(
    requirement: Requirement,
    count: Count,
    known: Mapping[str, str],
    kind: str,
    stopped: str,
    *,
    complete: bool,
) -> RequirementResult:
    found = verdict(requirement, count, kind, complete=complete)
    note = _note(requirement, count, found, kind, stopped, accident=is_accident(count, complete=complete))
    described = found is Verdict.INFORMATIONAL and not count.violated
    unproven = found in {Verdict.PASS, Verdict.NOT_EXERCISED}
    shown = count.example is not None and not unproven and not described
    return RequirementResult(
        id=requirement.id,
        title=requirement.sentence,
        topic=requirement.topic,
        evidence=requirement.evidence,
        verdict=found,
        judged=count.judged,
        tolerated=count.tolerated,
        violated=count.violated,
        replays=count.replays,
        returned=count.returned,
        known=known.get(requirement.id),
        citations=requirement.citations,
        exercised_by=tuple(sorted(count.scenarios - {_NO_SCENARIO})),
        violated_by=tuple(sorted(count.violators - {_NO_SCENARIO})),
        behaviours=count.behaviours,
        note=note,
        counterexample=_counterexample(count.example, kind) if shown and count.example else None,
    )


def _counterexample(example: Mapping[str, Any], kind: str) -> Counterexample:
    """In a real account no case is shrunk: each step of that would be an update."""
    return Counterexample(**{**example, "shrunk": example["shrunk"] and kind != "aws"})


def results(
    tally: Tally,
    *,
    header: Header,
    footer: Footer,
    scenarios: Iterable[ScenarioResult],
    only: Collection[str] | None = None,
    known: Mapping[str, str] | None = None,
) -> Results:
    """The results of a run of which so much was seen.

    Args:
        tally: what all scenarios saw.
        header: the first line of the run's recording.
        footer: its last line.
        scenarios: what each scenario sent.
        only: the ids of the requirements to report; None for all.
        known: the ids of the known deviations, with their reasons.
    """
    chosen = [entry for id, entry in REQUIREMENTS.items() if only is None or id in only]
    target = TargetIdentity(**{**header.target, "supported": footer.supported})
    suite = SuiteIdentity(**header.suite)
    ran = tuple(scenarios)
    stopped = next((scenario.stopped for scenario in ran if scenario.stopped), "")
    if not (stopped or ran or footer.complete) and footer.errors:
        stopped = footer.errors[0].rstrip(".")
    counts = [(entry, tally.counts.get(entry.id, Count())) for entry in chosen]
    requirements = tuple(
        _result(entry, count, known or {}, target.kind, stopped, complete=footer.complete)
        for entry, count in counts
    )
    if not footer.supported:
        requirements = (_unsupported(),)
    return Results(
        target=target,
        suite=suite,
        started_at=header.started_at,
        finished_at=footer.finished_at,
        complete=footer.complete,
        counts=Counts(
            exchanges=tally.exchanges,
            updates_accepted=tally.accepted,
            updates_rejected=tally.rejected,
            presence_subsets=len(tally.presence.sent),
            transport_failures=tally.failures,
        ),
        requirements=requirements,
        scenarios=ran,
        errors=(*footer.errors, *sorted(tally.errors), *_from_elsewhere(tally)),
        drift=header.drift,
        model_drift=tuple(drift.since(header.model, suite.botocore, REQUIREMENTS)),
        budget=footer.budget,
        presence=tally.presence if footer.supported and only is None else Presence(),
    )


def _from_elsewhere(tally: Tally) -> list[str]:
    """What was answered in the target's place, in one sentence."""
    number = tally.elsewhere.total()
    forms = "; ".join(f"{count} with {answer}" for answer, count in sorted(tally.elsewhere.items()))
    told = (
        f"{number} {'request was' if number == 1 else 'requests were'} answered by something on the way to "
        f"the target, as it seems: without request id or error class ({forms}). Nothing was judged by it. If "
        "it is the target itself that answers so, its errors have not the form of the protocol."
    )
    return [told] if number else []


def _unsupported() -> RequirementResult:
    entry = REQUIREMENTS[SUPPORTED]
    return RequirementResult(
        id=entry.id,
        title=entry.sentence,
        topic=entry.topic,
        evidence=entry.evidence,
        verdict=Verdict.UNSUPPORTED,
        citations=entry.citations,
        note=f"The target answers {model.OPERATION} as it answers an operation that does not exist.",
    )
