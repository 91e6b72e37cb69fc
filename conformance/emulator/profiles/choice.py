"""What a choice is, and a profile: the emulator with other choices than the reference's."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from typing import Any, TypeVar

from conformance.emulator.front import Parts
from conformance.emulator.mutants.editing import kebab

PartT = TypeVar("PartT")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Another answer to a question that the documents leave open.

    Attributes:
        name: in kebab case.
        question: what is left open.
        reference: how the reference emulator answers it.
        otherwise: how this choice answers it; one sentence.
        source: what allows it: a document, a public report, or that nothing is said.
        parts: subclasses of the emulator's parts which behave so.
    """

    name: str
    question: str
    reference: str
    otherwise: str
    source: str
    parts: tuple[type[Any], ...]


CHOICES: dict[type[Any], Choice] = {}
"""All choices by the class that was decorated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """The emulator with some choices of its own: no fault, but not the reference either.

    Attributes:
        name: in kebab case.
        sentence: what it is.
        chosen: the classes of the choices that it makes.
        drain_seconds: from Delete until a service is INACTIVE.
        deployment_seconds: how long a deployment is in flight.
        removal_seconds: from INACTIVE until what was made for the service is gone.
        changes_per_second: how many changes are taken on average; 0 for any number.
        surroundings: whether ECS makes load balancers and the like for a service.
    """

    name: str
    sentence: str
    chosen: tuple[type[Any], ...]
    drain_seconds: float = 0.2
    deployment_seconds: float = 0.0
    removal_seconds: float = 0.0
    changes_per_second: float = 0.0
    surroundings: bool = False

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What it does otherwise than the reference."""
        return tuple(CHOICES[part] for part in self.chosen)

    @property
    def parts(self) -> Parts:
        """What this emulator is made of."""
        return assembled(self.choices)


def choice(
    question: str, *, reference: str, source: str, also: tuple[type[Any], ...] = ()
) -> Callable[[type[PartT]], type[PartT]]:
    """Make a subclass of a part a choice; its name is the choice's, its docstring says what it does.

    Args:
        question: what is left open.
        reference: how the reference emulator answers it.
        source: what allows another answer.
        also: subclasses of further parts that the choice takes.
    """

    def decorate(part: type[PartT]) -> type[PartT]:
        CHOICES[part] = Choice(
            name=kebab(part.__name__),
            question=question,
            reference=reference,
            otherwise=(part.__doc__ or "").partition("\n")[0],
            source=source,
            parts=(part, *also),
        )
        return part

    return decorate


def assembled(choices: Iterable[Choice]) -> Parts:
    """The parts with all these choices in them; a later one is asked before an earlier one."""
    reference = Parts()
    chosen = [part for each in choices for part in each.parts]
    changed = {}
    for part in fields(reference):
        owner = getattr(reference, part.name)
        mixed = tuple(each for each in reversed(chosen) if issubclass(each, owner))
        if mixed:
            changed[part.name] = type(owner.__name__, mixed, {"__doc__": owner.__doc__})
    return replace(reference, **changed)
