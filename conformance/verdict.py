"""What an oracle says of one observation, and what a run says of one requirement."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Evidence(Enum):
    """How well a requirement is founded; it decides whether a violation may `fail`."""

    DOCUMENTED = "documented"
    MODELLED = "modelled"
    PROTOCOL = "protocol"
    CHARTER = "charter"
    OBSERVED = "observed"
    INFERRED = "inferred"
    OPEN = "open"

    @property
    def may_fail(self) -> bool:
        """Whether a violation is a failure; only what is written down can be."""
        return self in {Evidence.DOCUMENTED, Evidence.MODELLED, Evidence.PROTOCOL, Evidence.CHARTER}


class Verdict(Enum):
    """The judgement of one requirement over a whole run, worst first."""

    FAIL = "fail"
    FLAKY = "flaky"
    DIVERGES = "diverges"
    UNSUPPORTED = "unsupported"
    NOT_EXERCISED = "not-exercised"
    INFORMATIONAL = "informational"
    PASS = "pass"  # noqa: S105  a verdict, no password


class Outcome(Enum):
    """The kind of a grade."""

    OK = "ok"
    TOLERATED = "tolerated"
    VIOLATED = "violated"


@dataclass(frozen=True, slots=True)
class Grade:
    """What an oracle says of one observation.

    Attributes:
        outcome: whether the requirement held.
        expected: what the requirement asks for here; empty when it held.
        observed: what the target did instead; empty when it held.
        behaviour: for open questions, the target's behaviour in words.
    """

    outcome: Outcome
    expected: str = ""
    observed: str = ""
    behaviour: str = ""


OK = Grade(Outcome.OK)
# Of a hostile answer, a report shows so many characters.
_LONGEST_TEXT = 2000


def violated(expected: str, observed: str) -> Grade:
    """The requirement does not hold: what was expected, and what was observed."""
    return Grade(Outcome.VIOLATED, _shown(expected), _shown(observed))


def tolerated(expected: str, observed: str) -> Grade:
    """Not what the requirement asks for, but no proof against the target either."""
    return Grade(Outcome.TOLERATED, _shown(expected), _shown(observed))


def behaves(behaviour: str) -> Grade:
    """An open question answered in words; never counts against the target."""
    return Grade(Outcome.OK, behaviour=_shown(behaviour))


def _shown(text: str) -> str:
    """The text as a report can hold it: bounded, and without the lone surrogates that JSON lets through."""
    return text[:_LONGEST_TEXT].encode("utf-8", "backslashreplace").decode("utf-8")
