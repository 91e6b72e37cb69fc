"""The requirements as plain text, for the commands ``list`` and ``explain``."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence

from conformance.reporting.wording import EVIDENCE
from conformance.requirement import Citation, Requirement

_WIDTH = 96
_LABEL = 14


def requirement_table(requirements: Iterable[Requirement]) -> str:
    """One line per requirement, for people and for pipes: id, evidence and sentence in aligned columns."""
    listed = sorted(requirements, key=lambda entry: entry.id)
    ids = max((len(entry.id) for entry in listed), default=0)
    kinds = max((len(entry.evidence.value) for entry in listed), default=0)
    return "".join(
        f"{entry.id:<{ids}}  {entry.evidence.value:<{kinds}}  {' '.join(entry.sentence.split())}\n"
        for entry in listed
    )


def explain(
    requirement: Requirement, *, oracle: str = "", scenarios: Sequence[str] = (), mutants: Sequence[str] = ()
) -> str:
    """All that is known of one requirement.

    Args:
        requirement: the requirement.
        oracle: the oracle's docstring, which says what the text leaves open.
        scenarios: ids of the scenarios that exercise it.
        mutants: names of the mutants of the reference emulator that it kills.
    """
    kind = requirement.evidence
    effect = "; a violation fails" if kind.may_fail else ""
    blocks = [
        ("Evidence", f"{kind.value}: {EVIDENCE[kind]}{effect}"),
        ("Source", "\n".join(_source(citation) for citation in requirement.citations)),
        ("Oracle", " ".join(oracle.split())),
        ("Scenarios", ", ".join(scenarios)),
        ("Unreached", requirement.unreached),
        ("Mutants", ", ".join(mutants)),
    ]
    body = "".join(_block(label, text) for label, text in blocks if text)
    return f"{requirement.id}\n\n{textwrap.fill(requirement.sentence, _WIDTH)}\n\n{body}"


def _source(citation: Citation) -> str:
    place = f"{citation.document}, {citation.section}"
    return f"{place}\n{citation.url}" if citation.url else place


def _block(label: str, text: str) -> str:
    """A label with its text beside it; every line of the text is wrapped on its own, addresses stay whole."""
    lines = [
        wrapped
        for line in text.splitlines()
        for wrapped in textwrap.wrap(line, _WIDTH - _LABEL, break_long_words=False, break_on_hyphens=False)
    ]
    return "".join(f"{label if number == 0 else '':<{_LABEL}}{line}\n" for number, line in enumerate(lines))
