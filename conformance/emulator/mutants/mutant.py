"""What a mutant is, and how one is made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

Proceed = Callable[..., Any]
"""The method that a fault takes the place of, bound to its part."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """The emulator with one fault.

    Attributes:
        name: in kebab case.
        fault: one sentence: what is wrong.
        breaks: the ids of the requirements that it violates.
        part: a subclass of one part of the emulator, or of several, which takes their place.
        equivalent: why nobody can tell it from the reference, if so; empty otherwise.
    """

    name: str
    fault: str
    breaks: tuple[str, ...]
    part: type[Any]
    equivalent: str = ""


def mutant(owner: type[Any], method: str, *breaks: str) -> Callable[[Callable[..., Any]], Mutant]:
    """Make a function a mutant: it is called in the place of one method of one part of the emulator.

    The function is given that method, the part, and then what the method is given. Its name is the mutant's,
    and the first line of its docstring is the fault.

    Args:
        owner: the part.
        method: the name of its method.
        breaks: the ids of the requirements that the fault violates.
    """
    original = getattr(owner, method)

    def decorate(fault: Callable[..., Any]) -> Mutant:
        def instead(part: Any, *arguments: Any, **options: Any) -> Any:
            return fault(partial(original, part), part, *arguments, **options)

        return Mutant(
            name=fault.__name__.replace("_", "-"),
            fault=(fault.__doc__ or "").partition("\n")[0],
            breaks=breaks,
            part=type(fault.__name__, (owner,), {method: instead}),
        )

    return decorate


def named(name: str, sentence: str, fault: Callable[..., Any]) -> Callable[..., Any]:
    """Give a function of a family the name and the docstring that :func:`mutant` takes from it."""
    fault.__name__ = name.replace("-", "_")
    fault.__doc__ = sentence
    return fault
