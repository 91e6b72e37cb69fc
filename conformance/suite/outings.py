"""What came of the cases that two sides were sent: each case, and all findings together."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from conformance import model
from conformance.differences import Brief, Concern, Difference, Finding, Kind, Pair
from conformance.exploring import Value
from conformance.requirements import REQUIREMENTS
from conformance.suite.sides import Records, Stands


@dataclass(frozen=True, kw_only=True)
class Outing:
    """One case at both sides.

    Attributes:
        value: the case.
        pairs: the steps that both sides were sent.
        found: the differences, in the order of the steps.
        records: what was recorded of it, by side.
        apart: whether the sides may have begun it with different services, because of what was before.
    """

    value: Value
    pairs: list[Pair]
    found: list[Difference]
    records: tuple[Records, Records]
    apart: bool = False

    @cached_property
    def kinds(self) -> set[Kind]:
        """The kinds of what is no matter of time."""
        return {each.kind for each in self.found if not each.timing}

    def _changes(self, step: int) -> bool:
        """Whether anything was to be changed up to a step."""
        return any(one.request.operation != model.DESCRIBE for one, _ in self.pairs[: step + 1])

    @cached_property
    def leading(self) -> set[Kind]:
        """The kinds in the first step that differs: what differs later may but follow from that."""
        counted = [each for each in self.found if not each.timing]
        if not counted or (self.apart and not self._changes(counted[0].step)):
            return set()
        return {each.kind for each in counted if each.step == counted[0].step}


@dataclass(slots=True)
class Findings:
    """What was found so far, by all scenarios together.

    Attributes:
        spared: kinds that some finding's case shows already.
        times: in how many cases of the survey each kind was seen.
        timing: by kind, what may be a matter of time.
        following: by kind, what was seen after another difference of its case.
        not_compared: by reason, how often.
        damaged: how many recorded cases could not be sent, or not as a whole.
    """

    findings: list[Finding] = field(default_factory=list)
    spared: set[Kind] = field(default_factory=set)
    times: Counter[Kind] = field(default_factory=Counter)
    timing: dict[Kind, Brief] = field(default_factory=dict)
    following: dict[Kind, Brief] = field(default_factory=dict)
    not_compared: Counter[str] = field(default_factory=Counter)
    cases: int = 0
    compared: int = 0
    shrunk: int = 0
    damaged: int = 0

    def count(self, scenario: str, outing: Outing) -> None:
        """Count a case of a survey."""
        self.cases += 1
        self.compared += len(outing.pairs)
        if not outing.pairs:
            self.not_compared["cases without a step that both were sent and answered"] += 1
        self.times.update(outing.kinds)
        for each in {each.kind: each for each in reversed(outing.found)}.values():
            if each.timing:
                _noted(self.timing, scenario, each)
            elif each.kind not in outing.leading:
                _noted(self.following, scenario, each)

    def add(self, scenario: str, lead: Difference, outing: Outing, **said: Any) -> None:
        """Enter a finding."""
        last = max(each.step for each in outing.found)
        steps = [
            {"first": one.to_json(), "second": other.to_json()} for one, other in outing.pairs[: last + 1]
        ]
        self.findings.append(
            Finding(
                scenario=scenario,
                case=outing.value,
                times=self.times[lead.kind],
                lead=lead,
                differences=[each for each in outing.found if not each.timing],
                steps=steps,
                **said,
            )
        )
        self.spared |= outing.kinds

    def follows(self, scenario: str, kind: Kind, outing: Outing) -> None:
        """A difference turned out to come after another one."""
        _noted(self.following, scenario, next(each for each in outing.found if each.kind == kind))

    def followed(self) -> list[Brief]:
        """What was seen only after another difference, and in no finding."""
        return [brief for kind, brief in self.following.items() if kind not in self.spared]

    def in_order(self) -> list[Finding]:
        """The findings, with how often they were seen by now: those that came back first."""
        counted = [replace(each, times=self.times[each.lead.kind]) for each in self.findings]
        return sorted(counted, key=lambda each: not each.repeated)


def _noted(briefs: dict[Kind, Brief], scenario: str, seen: Difference) -> None:
    """Count a difference of which no case is kept; it is told as it was seen first."""
    brief = briefs.get(seen.kind)
    briefs[seen.kind] = (
        replace(brief, times=brief.times + 1)
        if brief
        else Brief(
            operation=seen.operation,
            path=seen.path,
            what=seen.what,
            times=1,
            scenario=scenario,
            first=seen.first,
            second=seen.second,
        )
    )


def concerning(first: Stands, second: Stands) -> list[Concern]:
    """The requirements to which two sides stand differently."""
    return [
        Concern(
            id=id,
            title=REQUIREMENTS[id].sentence,
            evidence=REQUIREMENTS[id].evidence.value,
            first=first.get(id, ""),
            second=second.get(id, ""),
        )
        for id in sorted({*first, *second})
        if first.get(id) != second.get(id) and id in REQUIREMENTS
    ]
