"""``summary.md``: a run in one comment of a pull request, and in the summary of a GitHub Actions step.

What came from a target stands in code spans: there no reader of Markdown, and no later step of GitHub's, sees
markup, links, mentions or references.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Sequence

from conformance.reporting import wording
from conformance.reporting.bodies import compact, judged
from conformance.reporting.inert import one_line
from conformance.reporting.summary import statements
from conformance.results import RequirementResult, Results
from conformance.verdict import Verdict

LIMIT = 60_000
"""Bytes of a summary; a comment on GitHub may have 65,536 characters, a step's summary 1 MiB."""

_TOLD = 20  # failing requirements told in full, as far as the limit allows
_LISTED = 50  # of each list in short
_FACT = 120  # characters of one fact of the head
_SENTENCE = 300
_REQUEST = 600
_MARKUP = re.compile(r"[\\`*_\[\]|~]")
_REFERENCE = re.compile(r"(?<!&)(?:[@#$]|://|www\.)+", re.IGNORECASE)  # the # of an entity follows &
_TICKS = re.compile("`+")


def render(results: Results, *, past: Sequence[str] = ()) -> str:
    """The run as Markdown, at most :data:`LIMIT` bytes of it.

    Args:
        results: the results of the run.
        past: what changed since an earlier run, and since when, in sentences.
    """
    return summary(results, past=past)


def summary(results: Results, *, report: str = "", past: Sequence[str] = ()) -> str:
    """The run as Markdown.

    Args:
        results: the results of the run.
        report: where the report is; it stands beside this text if that is empty.
        past: what changed since an earlier run, and since when, in sentences.
    """
    blocks = [*_head(results), _counts(results), *_past(past)]
    ending = _ending(report)
    room = LIMIT - _size([*blocks, ending]) - _size([_cut_note(0)])
    blocks += _fitting(_body(results), room)
    return "\n\n".join([*blocks, ending]) + "\n"


def code(text: str, width: int = 0) -> str:
    """Text of a target as a code span on one line: none of it can act."""
    line = one_line(text, width)
    if not line:
        return "(empty)"
    ticks = "`" * (max((len(run) for run in _TICKS.findall(line)), default=0) + 1)
    # A span is stripped of one space at each end if it has both; so a tick at an end is no part of the fence.
    padded = f" {line} " if line[0] in "` " or line[-1] in "` " else line
    return f"{ticks}{padded}{ticks}"


def prose(text: str, width: int = 0) -> str:
    """A sentence as it stands, whatever is quoted in it: no markup, no link, no mention, no reference.

    GitHub looks for mentions in what Markdown has become, where an entity is a character again; only code
    is left alone. So the signs of mentions, references and addresses are code.
    """
    escaped = _MARKUP.sub(
        lambda sign: f"&#{ord(sign.group())};", html.escape(one_line(text, width), quote=False)
    )
    return _REFERENCE.sub(lambda signs: f"`{signs.group()}`", escaped)


def _head(results: Results) -> Iterator[str]:
    face = wording.FACES[_worst(results)]
    yield f"### {face.sign} {prose(wording.conclusion(results), _SENTENCE)}"
    suite, target = results.suite, results.target
    title = wording.target_title(results)
    where = "" if target.endpoint in title else f" at {code(target.endpoint, _FACT)}"
    facts = [
        f"{code(title, _FACT)}{where}",
        prose(wording.moment(results.started_at), _FACT),
        wording.duration(results),
        f"effort {prose(suite.effort, _FACT)}",
        f"seed {suite.seed}",
        f"express-conformance {prose(suite.version, _FACT)}, botocore {prose(suite.botocore, _FACT)}",
    ]
    yield " · ".join(filter(None, facts))
    said = statements(results)
    yield "\n".join(f"- {wording.FACES[one.tone].sign} {prose(one.text, _SENTENCE)}" for one in said)


def _worst(results: Results) -> Verdict:
    """The verdict whose sign the heading has."""
    if not results.target.supported:
        return Verdict.UNSUPPORTED
    if results.failures:
        return Verdict.FAIL
    judged_some, _ = wording.tally(results)
    return Verdict.PASS if results.complete and judged_some else Verdict.NOT_EXERCISED


def _counts(results: Results) -> str:
    rows = [
        f"| {face.sign} {face.word} | {results.summary[verdict.value]:,} | {face.meaning} |"
        for verdict, face in wording.FACES.items()
        if results.summary[verdict.value]
    ]
    counts = results.counts
    sent = (
        f"{wording.plural(counts.exchanges, 'exchange')}, {counts.updates_accepted:,} updates accepted, "
        f"{counts.updates_rejected:,} rejected, {wording.plural(counts.presence_subsets, 'presence subset')}."
    )
    told = " ".join([sent, *map(prose, wording.remarks(results))])
    return "\n".join(["| Verdict | Requirements | Means |", "|---|--:|---|", *rows, "", told])


def _past(sentences: Sequence[str]) -> Iterator[str]:
    if sentences:
        lines = [f"- {prose(sentence, _SENTENCE)}" for sentence in sentences[:_LISTED]]
        yield "\n".join(["#### History", "", *lines])


def _body(results: Results) -> Iterator[str]:
    """What comes after the counts, worst first, block by block: what has no room is left out."""
    if results.errors:
        lines = [f"- {code(error, _SENTENCE)}" for error in results.errors[:_LISTED]]
        yield "\n".join(["#### Errors of the run, no verdicts on the target", "", *lines])
    failures = results.failures
    if failures:
        yield "#### What fails"
    yield from (_failure(result) for result in failures[:_TOLD])
    yield from _list("And these fail", failures[_TOLD:])
    yield from _list("Diverges", wording.with_verdict(results, Verdict.DIVERGES))
    yield from _list("Flaky", wording.with_verdict(results, Verdict.FLAKY))
    yield from _list("Known deviations that still fail", wording.known_failures(results), known=True)
    yield from _list("Known deviations that are fixed", results.fixed, known=True)


def _failure(result: RequirementResult) -> str:
    lines = [f"**{code(result.id, _SENTENCE)}** {prose(result.title, _SENTENCE)}", ""]
    example = result.counterexample
    if example is None:
        return "\n".join([*lines, f"- violated {wording.plural(result.violated, 'time')}"])
    lines += [
        f"- expected: {code(example.expected, _SENTENCE)}",
        f"- observed: {code(example.observed, _SENTENCE)}",
    ]
    exchange = judged(example.exchanges)
    if exchange is not None:
        request = exchange["request"]
        sent = f"{request['operation']} {compact(request['body'])}"
        lines.append(f"- request: {code(sent, _REQUEST)}")
    if rate := wording.rate(result):
        lines.append(f"- replays: {rate}")
    if replay := example.reproduce.get("replay"):
        lines.append(f"- see it again: {code(replay, _REQUEST)}")
    return "\n".join(lines)


def _list(title: str, results: Sequence[RequirementResult], *, known: bool = False) -> Iterator[str]:
    """A list that opens on a click, one block, so that it is never left open."""
    if not results:
        return
    lines = [_in_short(result, known=known) for result in results[:_LISTED]]
    if len(results) > _LISTED:
        lines.append(f"- and {len(results) - _LISTED:,} more in the report")
    summary = f"<summary>{title} ({len(results):,})</summary>"
    yield "\n".join(["<details>", summary, "", *lines, "", "</details>"])


def _in_short(result: RequirementResult, *, known: bool) -> str:
    example = result.counterexample
    why = result.known if known else example.observed if example else result.note
    return f"- {code(result.id, _SENTENCE)}" + (f": {code(why, _SENTENCE)}" if why else "")


def _ending(report: str) -> str:
    if report:
        return f"The whole report: {code(report)}."
    return "The whole report is `report.html`, beside this file."


def _fitting(blocks: Iterable[str], room: int) -> list[str]:
    """The blocks that fit, then how many do not."""
    every = list(blocks)
    kept: list[str] = []
    for block in every:
        room -= _size([block])
        if room < 0:
            return [*kept, _cut_note(len(every) - len(kept))]
        kept.append(block)
    return kept


def _cut_note(number: int) -> str:
    parts = wording.plural(number, "more part has", "more parts have")
    return f"**Cut here:** {parts} no room in this summary; the report has them all."


def _size(blocks: Iterable[str]) -> int:
    return sum(len(block.encode()) + 2 for block in blocks)
