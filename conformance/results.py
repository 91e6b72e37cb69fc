"""The results of a run: plain records that become ``results.json`` and every report."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from conformance.exceptions import RecordingError
from conformance.fitting import misfit
from conformance.presence import Presence
from conformance.requirement import Citation
from conformance.schemas import check_version
from conformance.verdict import Evidence, Verdict

NOT_SENT = "Not sent: "
"""How the note of a requirement begins of which somebody decided, or had to, that nothing is sent."""

FORMAT = "express-conformance/results@1"


_DEVIATING = {Verdict.FAIL, Verdict.DIVERGES, Verdict.FLAKY}


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterexample:
    """The smallest evidence against a requirement.

    Attributes:
        scenario: the scenario that made the traffic.
        case: the drawn value, plain JSON; the scenario's steps turn it into the exchanges again.
        shrunk: whether Hypothesis shrank it; otherwise it is the smallest one that happened to be seen.
        expected: what the requirement asks for here.
        observed: what the target did instead.
        exchanges: exchanges as in the recording, each with a ``role``: ``twin``, ``before``,
            ``earlier``, ``cause`` (what was sent in between), ``concurrent``, ``judged`` or ``after``.
        reproduce: texts to paste, by tool: ``curl``, ``aws`` and ``boto3`` (null where the tool cannot say
            it), ``replay``.
    """

    scenario: str
    case: Any
    shrunk: bool
    expected: str
    observed: str
    exchanges: list[dict[str, Any]]
    reproduce: dict[str, str | None] = field(default_factory=dict)

    @property
    def has_case(self) -> bool:
        """Whether the case is there to be sent again; what is kept for comparison only may lack it."""
        return self.case is not None or bool(self.exchanges)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequirementResult:
    """What a run says of one requirement.

    Attributes:
        judged: how many observations concerned it.
        tolerated: how many of these were tolerated.
        violated: how many violated it.
        replays: how many replays there were of it.
        returned: in how many of these the violation came back.
        known: the reason if it is a known deviation, else null.
        exercised_by: ids of the scenarios whose traffic concerned it.
        violated_by: ids of those whose traffic violated it.
        behaviours: for open questions, how often each behaviour was seen.
        note: why it was not exercised, how flaky it is, or what does not count; empty otherwise.
    """

    id: str
    title: str
    topic: str
    evidence: Evidence
    verdict: Verdict
    judged: int = 0
    tolerated: int = 0
    violated: int = 0
    replays: int = 0
    returned: int = 0
    known: str | None = None
    citations: tuple[Citation, ...] = ()
    exercised_by: tuple[str, ...] = ()
    violated_by: tuple[str, ...] = ()
    behaviours: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
    counterexample: Counterexample | None = None

    def to_json(self) -> dict[str, Any]:
        """The result as a JSON object."""
        document = asdict(self)
        document.update(
            evidence=self.evidence.value,
            verdict=self.verdict.value,
            exercised_by=list(self.exercised_by),
            violated_by=list(self.violated_by),
            citations=[citation.to_json() for citation in self.citations],
            behaviours=dict(sorted(self.behaviours.items())),
        )
        return document

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> RequirementResult:
        """Read a result written by :meth:`to_json`."""
        example = document.get("counterexample")
        return cls(
            **{
                **document,
                "evidence": Evidence(document["evidence"]),
                "verdict": Verdict(document["verdict"]),
                "citations": tuple(Citation(**citation) for citation in document["citations"]),
                "exercised_by": tuple(document["exercised_by"]),
                "violated_by": tuple(document.get("violated_by", ())),
                "counterexample": example and Counterexample(**example),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetIdentity:
    """Which implementation was judged; never how it was reached with which credentials.

    Attributes:
        version: of the implementation, as its owner says; empty where nobody has said it.
        server: what the target's answers call the server, where no version is known; empty for nothing.
    """

    name: str
    kind: str
    endpoint: str
    region: str
    supported: bool = True
    version: str = ""
    server: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuiteIdentity:
    """What judged it, and how much of it.

    Attributes:
        selection: patterns of the requirements that the run was about, with spaces between; empty for all.
        given: whether it changed one service that it was given, and created none.
    """

    version: str
    botocore: str
    hypothesis: str
    seed: int
    effort: str
    selection: str = ""
    given: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What was sent, as numbers of exchanges of the operation under test unless named otherwise.

    Attributes:
        exchanges: all exchanges, set-up and conviction included.
        updates_accepted, updates_rejected: without those of several clients at the same time, of which
            chance decides.
        presence_subsets: how many different subsets of the optional members were sent.
        transport_failures: exchanges without an answer of the target's.
    """

    exchanges: int = 0
    updates_accepted: int = 0
    updates_rejected: int = 0
    presence_subsets: int = 0
    transport_failures: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioResult:
    """How much traffic one scenario made, and what went wrong in making it.

    Attributes:
        tool: the other program that made the requests; empty where the suite did.
        stopped: the ceiling of the budget that ended it early; empty where none did.
    """

    id: str
    title: str
    cases: int = 0
    exchanges: int = 0
    seconds: float = 0.0
    error: str = ""
    tool: str = ""
    stopped: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Results:
    """All results of one run.

    Attributes:
        started_at, finished_at: RFC 3339, UTC.
        complete: whether the run came to its end.
        errors: faults of the suite or of the transport, one line each; never verdicts.
        drift: how the service model differs from the API page, one sentence each.
        model_drift: how the service model that judged differs from the one that the run was recorded with,
            one sentence each.
        as_of: the moment from which it is told, RFC 3339, where that is a day or more after the run.
        presence: what became of each presence subset; without members where nobody counted.
        budget: what was spent, in the words of :class:`conformance.budget.Budget`, with the budget itself;
            empty where there was none.
    """

    target: TargetIdentity
    suite: SuiteIdentity
    started_at: str
    finished_at: str
    complete: bool
    counts: Counts
    requirements: tuple[RequirementResult, ...]
    scenarios: tuple[ScenarioResult, ...] = ()
    errors: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    presence: Presence = field(default_factory=Presence)
    budget: Mapping[str, Any] = field(default_factory=dict)
    model_drift: tuple[str, ...] = ()
    as_of: str = ""

    @property
    def summary(self) -> dict[str, int]:
        """How many requirements have each verdict; every verdict is present."""
        seen = Counter(result.verdict for result in self.requirements)
        return {verdict.value: seen[verdict] for verdict in Verdict}

    @property
    def failures(self) -> list[RequirementResult]:
        """The requirements that failed and are not known deviations."""
        return [r for r in self.requirements if r.verdict is Verdict.FAIL and r.known is None]

    @property
    def fixed(self) -> list[RequirementResult]:
        """The known deviations that pass now; one reason given for several is fixed with the last of them."""
        open_still = {r.known for r in self.requirements if r.verdict in _DEVIATING}
        known = [r for r in self.requirements if r.known is not None and r.verdict is Verdict.PASS]
        return [result for result in known if result.known not in open_still]

    @property
    def exit_code(self) -> int:
        """The documented exit code: 4 unsupported, 3 not completed, 1 a failure, 0 none."""
        if not self.target.supported:
            return 4
        if not self.complete:
            return 3
        return 1 if self.failures else 0

    def to_json(self) -> dict[str, Any]:
        """The document of ``results.json``."""
        return {
            "format": FORMAT,
            "target": asdict(self.target),
            "suite": asdict(self.suite),
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "complete": self.complete,
            "counts": asdict(self.counts),
            "summary": self.summary,
            "errors": list(self.errors),
            "drift": list(self.drift),
            "model_drift": list(self.model_drift),
            "as_of": self.as_of,
            "budget": dict(self.budget),
            "scenarios": [asdict(scenario) for scenario in self.scenarios],
            "requirements": [result.to_json() for result in self.requirements],
            "presence": self.presence.to_json() if self.presence.members else None,
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Results:
        """Read the document of ``results.json``.

        Raises:
            RecordingError: it is not one, or of another format version.
        """
        found = document.get("format") if isinstance(document, Mapping) else None
        check_version(found, FORMAT)
        if found != FORMAT:
            raise RecordingError(
                f"This is not a results document of format {FORMAT}.",
                hint="Give the results.json that `express-conformance run` or `judge` wrote.",
            )
        try:
            results = cls(
                target=TargetIdentity(**document["target"]),
                suite=SuiteIdentity(**document["suite"]),
                started_at=document["started_at"],
                finished_at=document["finished_at"],
                complete=document["complete"],
                counts=Counts(**document["counts"]),
                errors=tuple(document["errors"]),
                drift=tuple(document["drift"]),
                model_drift=tuple(document.get("model_drift", ())),
                as_of=document.get("as_of", ""),
                budget=dict(document.get("budget", {})),
                scenarios=tuple(ScenarioResult(**scenario) for scenario in document["scenarios"]),
                requirements=tuple(RequirementResult.from_json(r) for r in document["requirements"]),
                presence=_presence(document.get("presence")),
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise _damaged(repr(error)) from error
        if (place := misfit(results, cls)) is not None:
            raise _damaged(f"{place} is not what it has to be")
        return results

    @classmethod
    def read(cls, path: Path) -> Results:
        """Read a ``results.json`` from a file, or from the run's folder.

        Raises:
            RecordingError: it cannot be read or is not one.
        """
        if path.is_dir():
            path = path / "results.json"
        try:
            return cls.from_json(json.loads(path.read_text(encoding="utf-8")))
        except RecordingError as error:
            raise RecordingError(f"{path}: {error.message}", hint=error.hint) from error
        except (OSError, ValueError, RecursionError) as error:
            raise RecordingError(
                f"{path} cannot be read as results: {error}.", hint="Give a results.json or a run's folder."
            ) from error


def _presence(document: Mapping[str, Any] | None) -> Presence:
    """The presence subsets; none in a document of a run that did not count them."""
    return Presence() if document is None else Presence.from_json(document)


def _damaged(how: str) -> RecordingError:
    return RecordingError(
        f"The results document is damaged: {how}.", hint="Run `judge` on its recording again."
    )
