"""The answers to questions as tables: for a terminal, and for an issue."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence

from conformance.evidence import Answer
from conformance.reporting.inert import one_line
from conformance.reporting.markdown import code, prose
from conformance.reporting.wording import plural

_WIDTH = 108
_NAMED = 4  # exchanges that a row refers to
_LONGEST = 1500  # characters of an answer in a table; the evidence file has it whole


def told(answers: Sequence[Answer]) -> str:
    """The answers for a person, in lines of text: those there are, and why there are no others."""
    answered = [each for each in answers if each.answered]
    missing = [each for each in answers if not each.answered]
    lines = [f"{plural(len(answers), 'question')}, {len(answered)} answered."]
    for theme in dict.fromkeys(each.theme for each in answered):
        lines += ["", one_line(theme[:1].upper() + theme[1:])]
        lines += [line for each in answered if each.theme == theme for line in _row(each)]
    if missing:
        lines += ["", "Not asked"]
        for each in missing:
            lines += [f"  {one_line(each.asks)}  [{one_line(each.id)}]", *_indented(each.reason)]
    return "\n".join(lines)


def _row(answer: Answer) -> Iterator[str]:
    yield f"  {one_line(answer.asks)}  [{one_line(answer.id)}]"
    yield from _indented(_shortened(answer.sentence))
    if answer.reason:
        yield from _indented(f"Not whole: {_shortened(answer.reason)}.")
    if answer.exchanges:
        yield f"      see {_references(answer)}"


def _indented(text: str) -> list[str]:
    return textwrap.wrap(one_line(text), _WIDTH, initial_indent="    → ", subsequent_indent="      ")


def _references(answer: Answer) -> str:
    """Where in the recording, by scenario."""
    by_scenario: dict[str, list[str]] = {}
    for each in answer.exchanges:
        by_scenario.setdefault(one_line(each.scenario) or "first", []).append(str(each.id))
    more = len(answer.exchanges) - _NAMED
    named: list[str] = []
    for scenario, ids in by_scenario.items():
        room = _NAMED - sum(name.count(" ") for name in named)
        if room > 0:
            named.append(f"{scenario} {' '.join(ids[:room])}")
    return ", ".join(named) + (f" and {more} more" if more > 0 else "")


def markdown(answers: Sequence[Answer]) -> str:
    """The answers as a Markdown document with a table, to be pasted into an issue."""
    first = answers[0] if answers else None
    lines = ["# What the target does where no document says it", ""]
    if first and first.target:
        where = " ".join(filter(None, (first.target, first.region)))
        day = first.observed_at[:10]
        lines += [
            f"Target {code(where)}, observed {prose(day)}.",
            f"Recording {code(first.recording)}, SHA-256 {code(first.sha256)}.",
            "",
        ]
    answered = [each for each in answers if each.answered]
    lines += ["| Question | Answer | Exchanges |", "| --- | --- | --- |"]
    lines += [
        f"| {prose(each.asks)} {code(each.id)} | {prose(_answer(each))} | {prose(_references(each))} |"
        for each in answered
    ]
    missing = [each for each in answers if not each.answered]
    if missing:
        lines += ["", "## Not asked", "", "| Question | Why |", "| --- | --- |"]
        lines += [f"| {prose(each.asks)} {code(each.id)} | {prose(each.reason)} |" for each in missing]
    return "\n".join(lines) + "\n"


def _answer(answer: Answer) -> str:
    rest = f" (Not whole: {_shortened(answer.reason)}.)" if answer.reason else ""
    return _shortened(answer.sentence) + rest


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
