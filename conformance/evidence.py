"""What a run has observed of the real service, as a file; and verdicts that take such a file into account.

No document settles an *open* requirement. Once somebody has asked a real account, it is *observed*: another
target that behaves otherwise then diverges, and the report says who observed what, when, and where.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from conformance.exceptions import ConfigurationError
from conformance.fitting import misfit
from conformance.results import RequirementResult, Results
from conformance.verdict import Evidence, Verdict

FORMAT = "express-conformance/evidence@1"
_HINT = "Give an evidence file that `express-conformance probe` wrote."


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """What was observed of one open requirement.

    Attributes:
        id: the requirement's.
        behaviours: what the target did, in the words of the report.
        judged: how many observations that rests on.
        target: what was asked.
        region: where.
        observed_at: when, RFC 3339.
        recording: the name of the recording.
        sha256: of that recording's bytes.
    """

    id: str
    behaviours: tuple[str, ...]
    judged: int
    target: str
    region: str
    observed_at: str
    recording: str
    sha256: str

    @property
    def source(self) -> str:
        """Who observed it, in a few words."""
        return f"{self.target}, {self.region}, {self.observed_at[:10]}, {self.recording}"


def from_results(results: Results, recording: Path) -> list[Observed]:
    """What a run has observed of the open requirements.

    Raises:
        OSError: the recording cannot be read.
    """
    digest = hashlib.sha256(recording.read_bytes()).hexdigest()
    return [
        Observed(
            id=each.id,
            behaviours=tuple(sorted(each.behaviours)),
            judged=each.judged,
            target=results.target.name,
            region=results.target.region,
            observed_at=results.started_at,
            recording=recording.name,
            sha256=digest,
        )
        for each in results.requirements
        if each.evidence is Evidence.OPEN and each.behaviours
    ]


def document(observed: Sequence[Observed]) -> str:
    """The text of an evidence file."""
    entries = [asdict(each) for each in sorted(observed, key=lambda each: each.id)]
    return json.dumps({"format": FORMAT, "observed": entries}, indent=1, ensure_ascii=False) + "\n"


def read(path: Path) -> dict[str, Observed]:
    """What an evidence file says, by the ids of the requirements.

    Raises:
        ConfigurationError: it cannot be read, or is none of this version.
    """
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            raise ConfigurationError(f"{path} is not of the format {FORMAT}.", hint=_HINT)
        found = [_built(entry) for entry in said["observed"]]
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise ConfigurationError(f"{path} cannot be read as evidence: {error!r:.200}.", hint=_HINT) from error
    return {each.id: each for each in found}


def _built(entry: Mapping[str, Any]) -> Observed:
    made = Observed(**{**entry, "behaviours": tuple(entry["behaviours"])})
    if wrong := misfit(made, Observed):
        raise ValueError(wrong)
    return made


def applied(results: Results, observed: Mapping[str, Observed]) -> Results:
    """The results with what was observed in the place of what was open.

    A target that does what was observed passes; one that does anything else diverges, and never fails: an
    observation is no document.
    """
    found = tuple(_applied(each, observed.get(each.id)) for each in results.requirements)
    return replace(results, requirements=found) if observed else results


def _applied(result: RequirementResult, observed: Observed | None) -> RequirementResult:
    if observed is None or result.evidence is not Evidence.OPEN:
        return result
    seen, meant = set(result.behaviours), set(observed.behaviours)
    words = " or ".join(f"“{each}”" for each in observed.behaviours)
    note = f"Observed of {observed.source}: {words}."
    if result.verdict is not Verdict.INFORMATIONAL:
        return replace(result, evidence=Evidence.OBSERVED, note=f"{result.note} {note}".strip())
    verdict = Verdict.PASS if seen <= meant else Verdict.DIVERGES
    other = sum(times for words, times in result.behaviours.items() if words not in meant)
    return replace(
        result, evidence=Evidence.OBSERVED, verdict=verdict, violated=result.violated + other, note=note
    )
