"""What became of the mutants: the score of the suite itself, and which requirement kills which fault."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import Enum
from typing import Any

from conformance.results import SuiteIdentity

FORMAT = "express-conformance/mutants@1"


class Fate(Enum):
    """What became of a mutant, worst first."""

    ERROR = "error"
    SURVIVED = "survived"
    KILLED_BY_ANOTHER = "killed-by-another"
    EQUIVALENT = "equivalent"
    KILLED = "killed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One mutant, judged until it was convicted or all traffic was spent.

    Attributes:
        mutant: its name.
        fault: what is wrong with it, in one sentence.
        meant: the ids of the requirements that it breaks.
        fate: what became of it.
        killers: those of them that were violated or, where they are open, answered otherwise than by the
            reference emulator.
        others: further requirements that were violated on the way.
        exchanges: how many were sent until the end of the trial, shrinking included.
        seconds: how long it took, without the emulator's start.
        case: the smallest case against the first of the killers, plain JSON; null where there is none.
        members: how many optional members the judged request of that case has; null without a case.
        note: why it is equivalent, or what went wrong.
    """

    mutant: str
    fault: str
    meant: tuple[str, ...]
    fate: Fate
    killers: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    exchanges: int = 0
    seconds: float = 0.0
    case: Any = None
    members: int | None = None
    note: str = ""

    def to_json(self) -> dict[str, Any]:
        """The trial as a JSON object."""
        return {**asdict(self), "fate": self.fate.value}


@dataclass(frozen=True, slots=True, kw_only=True)
class MutationResults:
    """The suite judged by its mutants.

    Attributes:
        suite: who judged, and how.
        started_at: when the first mutant was started, ISO 8601.
        finished_at: when the last one was done.
        trials: one for each mutant, in the order of their names.
        killable: the ids of the requirements that some mutant should kill; empty if only some mutants ran.
        false_kills: requirements that the reference emulator itself violates; there should be none.
    """

    suite: SuiteIdentity
    started_at: str
    finished_at: str
    trials: Sequence[Trial]
    killable: Collection[str] = ()
    false_kills: Collection[str] = ()

    def count(self, fate: Fate) -> int:
        """How many mutants had this fate."""
        return sum(trial.fate is fate for trial in self.trials)

    @property
    def counted(self) -> int:
        """How many mutants the score is about: all but the equivalent ones."""
        return len(self.trials) - self.count(Fate.EQUIVALENT)

    @property
    def score(self) -> float:
        """The share of mutants that a requirement meant for them killed, in percent."""
        return 100 * self.count(Fate.KILLED) / self.counted if self.counted else 0.0

    @property
    def matrix(self) -> dict[str, list[str]]:
        """By requirement, the mutants that it kills."""
        return _matrix((trial.mutant, (*trial.killers, *trial.others)) for trial in self.trials)

    @property
    def idle(self) -> list[str]:
        """The requirements that kill nothing: checks that cannot fail, as far as anybody has seen."""
        return sorted(set(self.killable) - self.matrix.keys())

    @property
    def exit_code(self) -> int:
        """0 if every mutant is killed by its own requirement and every requirement kills; else 1, or 3."""
        if self.count(Fate.ERROR):
            return 3
        missed = self.count(Fate.SURVIVED) + self.count(Fate.KILLED_BY_ANOTHER)
        return 1 if missed or self.idle or self.false_kills else 0

    def to_json(self) -> dict[str, Any]:
        """The results as a JSON object."""
        return {
            "format": FORMAT,
            "suite": asdict(self.suite),
            "started_at": self.started_at,
            "finished_at": self.finished_at,
            "score": round(self.score, 2),
            "counts": {fate.value: self.count(fate) for fate in Fate},
            "mutants": [trial.to_json() for trial in self.trials],
            "matrix": self.matrix,
            "idle": self.idle,
            "false_kills": sorted(self.false_kills),
        }


def _matrix(kills: Iterable[tuple[str, Iterable[str]]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for mutant, requirements in kills:
        for id in requirements:
            found.setdefault(id, []).append(mutant)
    return dict(sorted(found.items()))


def told_apart(behaviours: Mapping[str, int], reference: Collection[str]) -> bool:
    """Whether an open requirement was answered in words that the reference emulator does not answer in."""
    return bool(behaviours.keys() - set(reference))
