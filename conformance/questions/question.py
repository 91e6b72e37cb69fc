"""A question that no document answers: what is asked, what is sent for it, and how the answer is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.exchange import Exchange
from conformance.questions.material import Material

Recipe = dict[str, Any]
"""What to send, as plain JSON: ``do`` names the step of :mod:`conformance.questions.steps`."""

COMPARED = frozenset({"vary", "extend", "task-definition", "update-as", "raw", "create-again"})
"""The steps whose point is a request that has a twin: without one, it did not come to that."""


@dataclass(frozen=True, slots=True)
class Found:
    """An answer.

    Attributes:
        observation: for programs: a JSON object.
        sentence: for people.
        exchanges: what shows it, the most telling ones first.
        lacking: what is not told, and why, in a sentence; empty for a whole answer.
    """

    observation: Mapping[str, Any]
    sentence: str
    exchanges: Sequence[Exchange] = ()
    lacking: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A question.

    Attributes:
        id: unique, stable, in kebab case.
        theme: what it is about, in a word or two.
        asks: the question, in a sentence.
        informs: patterns of the ids of the requirements that depend on its answer. Those of them that are
            open are exercised when the question is asked.
        read: from the question and what a recording holds to the answer; None where it holds none.
        tries: what is sent for it alone, by label, the most telling first; each is one test case.
        spends: what an answer costs: ``updates``, ``creates``, or nothing.
        last: whether its tries are for the end of a run, as nothing may lead back from them.
        by_hand: what somebody would have to do to get an answer, where a run alone cannot.
    """

    id: str
    theme: str
    asks: str
    informs: tuple[str, ...]
    read: Callable[[Question, Material], Found | None]
    tries: Mapping[str, Recipe] = field(default_factory=dict)
    spends: str = ""
    last: bool = False
    by_hand: str = ""
