"""What a run has observed of the real service, as a file; and verdicts that take such a file into account.

No document settles an *open* requirement. Once somebody has asked a real account, it is *observed*: another
target that behaves otherwise then diverges, and the report says who observed what, when, and where. Beside
that, a file can hold answers to the questions of :mod:`conformance.questions`; they judge nobody.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An exchange of a recording: its number there is one within the scenario."""

    scenario: str
    id: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a run says to one question, or why it says nothing.

    Attributes:
        id: the question's.
        theme: what it is about, in a word or two.
        asks: the question, for a person.
        informs: the ids of the requirements that depend on the answer.
        answered: whether there is an answer.
        observation: the answer for a program: a JSON object, whose form depends on the question.
        sentence: the answer for a person.
        exchanges: what shows it, in the recording.
        reason: why there is no answer, or why it is not whole.
        target, region, observed_at, recording, sha256: as in :class:`Observed`.
    """

    id: str
    theme: str
    asks: str
    informs: tuple[str, ...] = ()
    answered: bool = False
    observation: Mapping[str, Any] = field(default_factory=dict)
    sentence: str = ""
    exchanges: tuple[Reference, ...] = ()
    reason: str = ""
    target: str = ""
    region: str = ""
    observed_at: str = ""
    recording: str = ""
    sha256: str = ""


def from_results(
    results: Results, recording: Path, *, doubtful: Mapping[str, Collection[str]] | None = None
) -> list[Observed]:
    """What a run has observed of the open requirements.

    Args:
        results: the run's.
        recording: the run's.
        doubtful: by requirement, the behaviours that something else may have been the reason of: left out.

    Raises:
        OSError: the recording cannot be read.
    """
    digest = digest_of(recording)
    left_out = doubtful or {}
    found = (
        (each, tuple(sorted(set(each.behaviours) - set(left_out.get(each.id, ())))))
        for each in results.requirements
        if each.evidence is Evidence.OPEN
    )
    return [
        Observed(
            id=each.id,
            behaviours=behaviours,
            judged=each.judged,
            target=results.target.name,
            region=results.target.region,
            observed_at=results.started_at,
            recording=recording.name,
            sha256=digest,
        )
        for each, behaviours in found
        if behaviours
    ]


def digest_of(recording: Path) -> str:
    """The SHA-256 of a recording's bytes, in hexadecimal.

    Raises:
        OSError: it cannot be read.
    """
    return hashlib.sha256(recording.read_bytes()).hexdigest()


def document(observed: Sequence[Observed], answers: Sequence[Answer] = ()) -> str:
    """The text of an evidence file; answers stand in the order of their questions."""
    entries = [asdict(each) for each in sorted(observed, key=lambda each: each.id)]
    whole = {"format": FORMAT, "observed": entries, "questions": [asdict(each) for each in answers]}
    return json.dumps(whole, indent=1, ensure_ascii=False) + "\n"


def read(path: Path) -> dict[str, Observed]:
    """What an evidence file says, by the ids of the requirements.

    Raises:
        ConfigurationError: it cannot be read, or is none of this version.
    """
    return {each.id: each for each in _read(path)[0]}


def answers(path: Path) -> tuple[Answer, ...]:
    """The answers that an evidence file holds; none where it is from before there were questions.

    Raises:
        ConfigurationError: it cannot be read, or is none of this version.
    """
    return tuple(_read(path)[1])


def _read(path: Path) -> tuple[list[Observed], list[Answer]]:
    try:
        said = json.loads(path.read_text(encoding="utf-8"))
        if said["format"] != FORMAT:
            raise ConfigurationError(f"{path} is not of the format {FORMAT}.", hint=_HINT)
        observed = [_built(entry) for entry in said["observed"]]
        return observed, [_answer(entry) for entry in said.get("questions", [])]
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ConfigurationError(f"{path} cannot be read as evidence: {error!r:.200}.", hint=_HINT) from error


def _built(entry: Mapping[str, Any]) -> Observed:
    made = Observed(**{**entry, "behaviours": tuple(entry["behaviours"])})
    if wrong := misfit(made, Observed):
        raise ValueError(wrong)
    return made


def _answer(entry: Mapping[str, Any]) -> Answer:
    shown = tuple(Reference(**each) for each in entry.get("exchanges", ()))
    made = Answer(**{**entry, "informs": tuple(entry.get("informs", ())), "exchanges": shown})
    if wrong := misfit(made, Answer):
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
