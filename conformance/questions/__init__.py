"""Questions that no document answers, what is sent for them, and how the answers are read from a recording.

An answer says what one target does; it judges nobody. :data:`QUESTIONS` has them in the order in which they
are asked: first those on which most depends, and those that cost nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import chain

from conformance.questions import naming, numbers, texts, updating, wire_forms
from conformance.questions.question import Question

__all__ = ["QUESTIONS", "Question"]

_MODULES = (updating, naming, wire_forms, numbers, texts)

QUESTIONS: Mapping[str, Question] = {
    each.id: each for each in chain.from_iterable(module.QUESTIONS for module in _MODULES)
}
"""All questions by id, in the order of the table of answers."""
