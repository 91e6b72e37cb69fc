"""What changed between two runs: what is new, fixed or different, and what only the suite changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from conformance import age
from conformance.results import RequirementResult, Results
from conformance.verdict import Verdict

FORMAT = "express-conformance/diff@1"
_AGAINST = {Verdict.FAIL, Verdict.DIVERGES, Verdict.FLAKY, Verdict.UNSUPPORTED}
_HOLDS = {Verdict.PASS, Verdict.INFORMATIONAL}


class Kind(Enum):
    """What became of a requirement from one run to the next."""

    ADDED = "added"
    CHANGED = "changed"
    FIXED = "fixed"
    CATALOGUE = "catalogue"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One requirement in two runs; it may be missing in one of them.

    Attributes:
        kind: ``ADDED``: nothing spoke against the target, and now something does. ``FIXED``: the reverse.
            ``CHANGED``: another verdict, or another answer to an open question. ``CATALOGUE``: the
            requirement itself is new, gone or otherwise founded, which says nothing of the target.
    """

    id: str
    kind: Kind
    old: RequirementResult | None
    new: RequirementResult | None

    @property
    def title(self) -> str:
        """The requirement's sentence."""
        result = self.new or self.old
        return result.title if result else ""

    @property
    def is_regression(self) -> bool:
        """Whether it fails now, did not before, and its owner does not know of it."""
        if self.kind not in {Kind.ADDED, Kind.CHANGED} or self.old is None or self.new is None:
            return False
        fails, failed = (result.verdict is Verdict.FAIL for result in (self.new, self.old))
        return fails and not failed and self.new.known is None

    def to_json(self) -> dict[str, Any]:
        """The change as a JSON object."""
        return {
            "id": self.id,
            "title": self.title,
            "kind": self.kind.value,
            "regression": self.is_regression,
            "old": _side(self.old),
            "new": _side(self.new),
        }


def _side(result: RequirementResult | None) -> dict[str, Any] | None:
    if result is None:
        return None
    example = result.counterexample
    return {
        "verdict": result.verdict.value,
        "evidence": result.evidence.value,
        "known": result.known,
        "behaviours": sorted(result.behaviours),
        "expected": example.expected if example else "",
        "observed": example.observed if example else "",
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Two runs compared, requirement by requirement.

    Attributes:
        changes: one for each requirement of either run, in the order of the new one.
        circumstances: what else is different, one sentence each: it may be the reason.
    """

    old: Results
    new: Results
    changes: tuple[Change, ...]
    circumstances: tuple[str, ...]

    def of_kind(self, kind: Kind) -> list[Change]:
        """The changes of one kind."""
        return [change for change in self.changes if change.kind is kind]

    @property
    def regressions(self) -> list[Change]:
        """What fails now and did not before."""
        return [change for change in self.changes if change.is_regression]

    @property
    def lost(self) -> bool:
        """Whether the target had the operation, and has it no more."""
        return self.old.target.supported and not self.new.target.supported

    @property
    def exit_code(self) -> int:
        """1 if something regressed, else 3 if the new run was not completed, else 0."""
        if self.regressions or self.lost:
            return 1
        return 0 if self.new.complete else 3

    def to_json(self) -> dict[str, Any]:
        """The document that ``diff.schema.json`` describes."""
        return {
            "format": FORMAT,
            "old": _run(self.old),
            "new": _run(self.new),
            "counts": {kind.value: len(self.of_kind(kind)) for kind in Kind},
            "regressions": [change.id for change in self.regressions],
            "circumstances": list(self.circumstances),
            "changes": [change.to_json() for change in self.changes if change.kind is not Kind.SAME],
        }


def _run(results: Results) -> dict[str, Any]:
    return {
        "target": results.target.name,
        "supported": results.target.supported,
        "complete": results.complete,
        "started_at": results.started_at,
        "suite": results.suite.version,
        "botocore": results.suite.botocore,
        "effort": results.suite.effort,
        "seed": results.suite.seed,
    }


def compare(old: Results, new: Results) -> Changes:
    """Compare two runs, of the same target or of two.

    Args:
        old: the run to compare with.
        new: the run that is asked about.
    """
    before = {result.id: result for result in old.requirements}
    after = {result.id: result for result in new.requirements}
    # A target without the operation has one finding; that the others are missing is no change of the suite.
    if old.target.supported and new.target.supported:
        ids = [*after, *(id for id in before if id not in after)]
    else:
        ids = [id for id in after if id in before]
    return Changes(
        old=old,
        new=new,
        changes=tuple(_change(id, before.get(id), after.get(id)) for id in ids),
        circumstances=tuple(_circumstances(old, new)),
    )


def _change(id: str, old: RequirementResult | None, new: RequirementResult | None) -> Change:
    return Change(id=id, kind=_kind(old, new), old=old, new=new)


def _kind(old: RequirementResult | None, new: RequirementResult | None) -> Kind:
    if old is None or new is None or old.evidence is not new.evidence:
        return Kind.CATALOGUE
    if old.verdict is new.verdict:
        told = old.behaviours.keys() == new.behaviours.keys() or not (old.behaviours and new.behaviours)
        return Kind.SAME if told else Kind.CHANGED
    if new.verdict in _AGAINST and old.verdict not in _AGAINST:
        return Kind.ADDED
    return Kind.FIXED if old.verdict in _AGAINST and new.verdict in _HOLDS else Kind.CHANGED


def _service(results: Results) -> str:
    return "a given one" if results.suite.given else "services of the run's own"


def _version(results: Results) -> str:
    """What is known of the target's version."""
    return results.target.version or results.target.server


def _circumstances(old: Results, new: Results) -> Iterator[str]:
    """What a reader should know before blaming the target."""
    pairs = {
        "target": (old.target.name, new.target.name),
        "version of the target": (_version(old), _version(new)),
        "suite version": (old.suite.version, new.suite.version),
        "service model (botocore)": (old.suite.botocore, new.suite.botocore),
        "effort": (old.suite.effort, new.suite.effort),
        "selection of requirements": (old.suite.selection or "all", new.suite.selection or "all"),
        "kind of service": (_service(old), _service(new)),
        "seed": (str(old.suite.seed), str(new.suite.seed)),
    }
    for what, (was, now) in pairs.items():
        if was != now:
            yield f"Another {what}: {was or 'unknown'}, now {now or 'unknown'}."
    for words, results in (("old", old), ("new", new)):
        if aged := age.sentence(results):
            yield f"The {words} run: {aged[:1].lower()}{aged[1:]}"
        if not results.complete:
            yield f"The {words} run was not completed; what it did not reach is not exercised."
        if not results.target.supported:
            yield f"In the {words} run the target does not have the operation."
