"""A requirement: one testable sentence with its evidence, its citations and its oracle.

An :class:`Oracle` is a pure function that judges one observation for one requirement, or for a whole
family of them at once (the families that follow from the service model share one walk over the answer).
It yields ``(requirement id, grade)`` pairs, and nothing for a requirement that the observation does not
concern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Generic, TypeVar

from conformance.verdict import OK, Evidence, Grade

ObservationT = TypeVar("ObservationT")
Finding = tuple[str, Grade]


@dataclass(slots=True)
class Findings:
    """Findings in bulk, for oracles that judge over a hundred requirements at once.

    Attributes:
        held: the ids of those that hold.
        others: what there is more to say of.
    """

    held: list[str] = field(default_factory=list)
    others: list[Finding] = field(default_factory=list)

    def __iter__(self) -> Iterator[Finding]:
        yield from ((id, OK) for id in self.held)
        yield from self.others


class Concern(Enum):
    """Which observations an oracle is shown.

    ``ANSWER``: one exchange of the operation under test, with what was known before.
    ``CHANGE``: such an exchange together with the Describe that followed it.
    ``READ``: a Describe of a service to which nothing was sent since the Describe before.
    ``ODD``: an exchange that is meant as an update, and whose request is not written as the protocol has it.
    ``ODD_CHANGE``: such an exchange together with the Describe that followed it.
    ``CALLER``: an update signed otherwise than by the run's own caller.
    ``CALLER_CHANGE``: such an exchange together with the Describe that followed it.
    ``LIFE``: a Create or a Delete; and a Describe of a service that was deleted.
    ``TRAIL``: a Describe after updates, with the Describes and updates before it in the same test case.
    ``HISTORY``: what several clients sent to one service at the same time, with the Describes around it.
    ``INGRESS``: an update, with what the service's own endpoint answered before, during and after it.
    """

    ANSWER = "answer"
    CHANGE = "change"
    READ = "read"
    ODD = "odd"
    ODD_CHANGE = "odd-change"
    CALLER = "caller"
    CALLER_CHANGE = "caller-change"
    LIFE = "life"
    TRAIL = "trail"
    HISTORY = "history"
    INGRESS = "ingress"


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Where a sentence stands.

    Attributes:
        document: the document's name.
        section: the place in it (a member, a heading, a test id, an issue).
        url: an address that a person can open; empty for the installed model.
    """

    document: str
    section: str
    url: str = ""

    def to_json(self) -> dict[str, str]:
        """The citation as a JSON object."""
        return {"document": self.document, "section": self.section, "url": self.url}


@dataclass(frozen=True, slots=True, kw_only=True)
class Requirement:
    """One testable sentence.

    Attributes:
        id: ``topic/name``; unique, stable, readable, selectable on the command line.
        sentence: the requirement in our words; AWS documents are paraphrased.
        evidence: how well it is founded.
        citations: where it stands.
        unreached: why no scenario can bring it about, if so; empty otherwise.
        open_at: kinds of targets for which nothing founds it; there the target's behaviour is described.
        needs: what a run or its target may lack where nothing exercised it, if that is known.
        about_faults: whether it is about the target's own faults (status 5xx). For all others such an answer
            is evidence only if it comes back again and again.
    """

    id: str
    sentence: str
    evidence: Evidence
    citations: tuple[Citation, ...]
    unreached: str = ""
    open_at: frozenset[str] = frozenset()
    needs: str = ""
    about_faults: bool = False

    @property
    def topic(self) -> str:
        """The part of the id before the first slash."""
        return self.id.partition("/")[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Oracle(Generic[ObservationT]):
    """A pure judge of one observation for the requirements it carries."""

    concern: Concern
    requirements: tuple[Requirement, ...]
    judge: Callable[[ObservationT], Iterable[Finding]]


def requirement(
    id: str,
    sentence: str,
    *,
    evidence: Evidence,
    citations: Iterable[Citation],
    concern: Concern = Concern.ANSWER,
    unreached: str = "",
    open_at: Iterable[str] = (),
    needs: str = "",
    about_faults: bool = False,
) -> Callable[[Callable[[Any], Iterable[Grade]]], Oracle[Any]]:
    """Make an oracle of a function that yields the grades of one requirement.

    The function's docstring states what the text leaves open.
    """
    entry = Requirement(
        id=id,
        sentence=sentence,
        evidence=evidence,
        citations=tuple(citations),
        unreached=unreached,
        open_at=frozenset(open_at),
        needs=needs,
        about_faults=about_faults,
    )

    def decorate(function: Callable[[Any], Iterable[Grade]]) -> Oracle[Any]:
        def judge(observation: Any) -> Iterable[Finding]:
            return [(id, grade) for grade in function(observation)]

        judge.__doc__ = function.__doc__
        return Oracle(concern=concern, requirements=(entry,), judge=judge)

    return decorate


def family(
    requirements: Iterable[Requirement], *, concern: Concern = Concern.ANSWER
) -> Callable[[Callable[[Any], Iterable[Finding]]], Oracle[Any]]:
    """Make an oracle of a function that judges many requirements in one pass."""
    entries = tuple(requirements)

    def decorate(function: Callable[[Any], Iterable[Finding]]) -> Oracle[Any]:
        return Oracle(concern=concern, requirements=entries, judge=function)

    return decorate
