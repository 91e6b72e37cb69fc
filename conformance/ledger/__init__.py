"""The ledger: every normative sentence of AWS's documents, carried by requirements or excused.

First the API page in its order, then what only the service model says.
"""

from __future__ import annotations

from conformance import model
from conformance.ledger import model_texts, page
from conformance.ledger.sentence import Sentence
from conformance.ledger.shapes import uncovered

__all__ = ["SENTENCES", "Sentence", "uncovered"]

SENTENCES: tuple[Sentence, ...] = (
    *page.sentences(model.operation()),
    *model_texts.sentences(model.operation()),
)
