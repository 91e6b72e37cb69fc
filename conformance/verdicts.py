"""From a tally to verdicts, and to the results of a run."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from conformance import model
from conformance.recording import Footer, Header
from conformance.requirement import Requirement
from conformance.requirements import REQUIREMENTS
from conformance.requirements.operation import SUPPORTED
from conformance.results import (
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


def verdict(requirement: Requirement, count: Count, kind: str = "") -> Verdict:
    """The verdict on a requirement of which so much was seen, at a target of that kind."""
    if not count.judged:
        return Verdict.NOT_EXERCISED
    if requirement.evidence is Evidence.OPEN or kind in requirement.open_at:
        return Verdict.INFORMATIONAL
    if count.violated and count.replays and not count.returned:
        return Verdict.FLAKY
    if count.violated and requirement.evidence.may_fail:
        return Verdict.FAIL
    return Verdict.DIVERGES if count.violated or count.tolerated else Verdict.PASS


def _result(requirement: Requirement, count: Count, known: Mapping[str, str], kind: str) -> RequirementResult:
    found = verdict(requirement, count, kind)
    note = ""
    if found is Verdict.NOT_EXERCISED:
        note = requirement.unreached or requirement.needs or "No exchange of this run was about it."
    elif found is Verdict.FLAKY:
        note = f"Violated {count.violated} times, but in none of {count.replays} replays."
    elif found is Verdict.INFORMATIONAL and kind in requirement.open_at:
        note = f"Open at a target of this kind; it did not hold in {count.violated} of {count.judged} cases."
    described = found is Verdict.INFORMATIONAL and not count.violated
    shown = count.example is not None and found is not Verdict.PASS and not described
    return RequirementResult(
        id=requirement.id,
        title=requirement.sentence,
        topic=requirement.topic,
        evidence=requirement.evidence,
        verdict=found,
        judged=count.judged,
        tolerated=count.tolerated,
        violated=count.violated,
        known=known.get(requirement.id),
        citations=requirement.citations,
        exercised_by=tuple(sorted(count.scenarios)),
        violated_by=tuple(sorted(count.violators)),
        behaviours=count.behaviours,
        note=note,
        counterexample=Counterexample(**count.example) if shown and count.example else None,
    )


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
    counts = [(entry, tally.counts.get(entry.id, Count())) for entry in chosen]
    requirements = tuple(_result(entry, count, known or {}, target.kind) for entry, count in counts)
    if not footer.supported:
        requirements = (_unsupported(),)
    return Results(
        target=target,
        suite=SuiteIdentity(**header.suite),
        started_at=header.started_at,
        finished_at=footer.finished_at,
        complete=footer.complete,
        counts=Counts(
            exchanges=tally.exchanges,
            updates_accepted=tally.accepted,
            updates_rejected=tally.rejected,
            presence_subsets=len(tally.subsets),
            transport_failures=tally.failures,
        ),
        requirements=requirements,
        scenarios=tuple(scenarios),
        errors=(*footer.errors, *sorted(tally.errors)),
        drift=header.drift,
    )


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
