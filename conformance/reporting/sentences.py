"""The sentences of AWS's documents: as plain text for ``list --sentences``, and with a run's verdicts."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from conformance.ledger import SENTENCES, Sentence
from conformance.reporting.wording import plural
from conformance.results import Results
from conformance.verdict import Verdict

_WIDTH = 100
_INDENT = "    "
_LINKED = 3  # requirements that a sentence links to
_ORDER = {verdict: place for place, verdict in enumerate(Verdict)}


def listing(sentences: Sequence[Sentence], *, drift: Sequence[str] = ()) -> str:
    """The sentences under their headings, in their order: id, words, and what carries each."""
    blocks = []
    for (document, heading), group in groupby(sentences, key=_place):
        blocks += [f"{document}: {heading}\n", *(_entry(sentence) for sentence in group)]
    if drift:
        blocks.append("".join(f"drift: {sentence}\n" for sentence in drift))
    return "\n".join([*blocks, f"{_total(sentences)}\n"])


def _place(sentence: Sentence) -> tuple[str, str]:
    """Document and heading; the service model has no headings but its shapes."""
    return sentence.source.document, sentence.heading if sentence.on_page else sentence.id.split("/")[1]


def _entry(sentence: Sentence) -> str:
    lines = [sentence.text, _by(sentence)]
    return "\n".join([f"  {sentence.id}", *(_filled(line) for line in lines), ""])


def _filled(text: str) -> str:
    """The text as an indented paragraph; ids stay whole."""
    lines = textwrap.wrap(text, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return textwrap.indent("\n".join(lines), _INDENT)


def _by(sentence: Sentence) -> str:
    """What carries a sentence, each pattern with the number of requirements that it names, or its excuse."""
    if sentence.excuse:
        return f"excused: {sentence.excuse}"
    return f"carried by {', '.join(_counted(*carrier) for carrier in sentence.carriers().items())}"


def _counted(pattern: str, ids: tuple[str, ...]) -> str:
    return pattern if ids == (pattern,) else f"{pattern} ({len(ids)})"


def _total(sentences: Sequence[Sentence]) -> str:
    excused = sum(bool(sentence.excuse) for sentence in sentences)
    return f"{plural(len(sentences), 'sentence')}: {len(sentences) - excused} carried, {excused} excused."


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A sentence with the verdict of a run.

    Attributes:
        verdict: the worst of the requirements that carry it; None if it is excused or none of them was in
            the run.
        carriers: what carries it, each with the id to link to, which is empty for several.
        deciding: if the sentence does not pass, a few of the requirements with that verdict.
        more: how many further ones have it.
    """

    sentence: Sentence
    verdict: Verdict | None
    carriers: list[tuple[str, str]]
    deciding: list[str]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """The sentences under one heading of the API page.

    Attributes:
        counts: how many have each verdict, worst first.
        excused: how many are excused.
    """

    id: str
    heading: str
    rows: list[Row]
    counts: list[tuple[Verdict, int]]
    excused: int

    @property
    def total(self) -> int:
        """How many sentences there are."""
        return len(self.rows)


def of_the_page(results: Results) -> list[Part]:
    """The API page with the verdicts of a run; nothing for a run that judged none of its sentences."""
    verdicts = {result.id: result.verdict for result in results.requirements}
    rows = [_row(sentence, verdicts) for sentence in SENTENCES if sentence.on_page]
    if not results.target.supported or not any(row.verdict for row in rows):
        return []
    groups = groupby(rows, key=lambda row: row.sentence.heading)
    return [_part(number, heading, list(group)) for number, (heading, group) in enumerate(groups, start=1)]


def _row(sentence: Sentence, verdicts: Mapping[str, Verdict]) -> Row:
    judged = [id for id in sentence.requirements() if id in verdicts]
    worst = min((verdicts[id] for id in judged), key=_ORDER.__getitem__, default=None)
    deciding = [id for id in judged if verdicts[id] is worst and worst is not Verdict.PASS]
    return Row(
        sentence=sentence,
        verdict=worst,
        carriers=[
            (_counted(pattern, ids), pattern if pattern in verdicts else "")
            for pattern, ids in sentence.carriers().items()
        ],
        deciding=deciding[:_LINKED],
        more=len(deciding[_LINKED:]),
    )


def _part(number: int, heading: str, rows: list[Row]) -> Part:
    return Part(
        id=f"sentences-{number}",
        heading=heading,
        rows=rows,
        counts=_verdicts(row.verdict for row in rows),
        excused=sum(bool(row.sentence.excuse) for row in rows),
    )


def _verdicts(found: Iterable[Verdict | None]) -> list[tuple[Verdict, int]]:
    seen = Counter(found)
    return [(verdict, seen[verdict]) for verdict in Verdict if seen[verdict]]
