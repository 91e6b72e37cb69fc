"""What a person sees in the terminal when a run has ended."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from conformance.history import History
from conformance.reporting import history as past
from conformance.reporting import wording
from conformance.reporting.bodies import compact, judged
from conformance.reporting.inert import one_line
from conformance.reporting.tools import shares
from conformance.results import RequirementResult, Results
from conformance.verdict import Verdict

WIDTH = 100
_AT_MOST = 10  # requirements told in full; the report has them all
_SENTENCE = 300  # characters of one expected or observed, about three lines
_REQUEST = 400
_ANSWER = 200  # what matters of it is said under "observed"
_INDENT = (0, 0, 0, 2)


def summary(
    results: Results,
    *,
    out_dir: Path,
    color: bool = False,
    width: int = WIDTH,
    exit_code: int | None = None,
    history: History | None = None,
) -> str:
    """The end of a run as text.

    Args:
        results: the results of the run.
        out_dir: where its files are.
        color: whether to use ANSI colours; the words are the same without.
        width: where sentences wrap; commands never do.
        history: the kept runs of the target up to this one.
        exit_code: the run's exit code where it is not the results' own (under ``--strict-known``).
    """
    console = _console(color=color, width=width)
    _headline(console, results)
    _verdicts(console, results)
    _list(console, "Errors of the run, no verdicts on the target", results.errors)
    _failures(console, results)
    for title, verdict in [("Diverges", Verdict.DIVERGES), ("Flaky", Verdict.FLAKY)]:
        _list(console, title, [_in_short(r) for r in wording.with_verdict(results, verdict)])
    _list(console, "Known deviations that are fixed", [_in_short(r) for r in results.fixed])
    _tools(console, results)
    if history is not None:
        _list(console, "What changed", past.in_short(history))
    _ending(console, results, out_dir, results.exit_code if exit_code is None else exit_code)
    return _text_of(console)


def _console(*, color: bool, width: int) -> Console:
    """A console that collects text and understands no markup: ``[red]`` in an answer is just that."""
    return Console(
        file=io.StringIO(),
        width=width,
        force_terminal=color,
        color_system="standard" if color else None,
        no_color=not color,
        legacy_windows=False,
        markup=False,
        highlight=False,
        emoji=False,
    )


def _text_of(console: Console) -> str:
    stream = console.file
    text = stream.getvalue() if isinstance(stream, io.StringIO) else ""
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def _headline(console: Console, results: Results) -> None:
    title, endpoint = wording.target_title(results), results.target.endpoint
    console.print(Text(one_line(title if endpoint in title else f"{title}, {endpoint}"), style="dim"))
    console.print(Text(one_line(wording.conclusion(results)), style="bold"))
    for remark in wording.remarks(results):
        console.print(one_line(remark))


def _verdicts(console: Console, results: Results) -> None:
    """The verdicts that occur with their numbers, then what was sent."""
    console.print()
    for verdict, face in wording.FACES.items():
        number = results.summary[verdict.value]
        if number:
            line = Text(f"  {face.sign} {number:>5,}  {face.word:<15}", style=face.style)
            console.print(line.append(face.meaning, style="dim"), no_wrap=True, overflow="ellipsis")
    counts = results.counts
    sent = (
        f"{wording.plural(counts.exchanges, 'exchange')}, {counts.updates_accepted:,} updates accepted, "
        f"{counts.updates_rejected:,} rejected, {wording.plural(counts.presence_subsets, 'presence subset')}"
    )
    time = wording.duration(results)
    console.print()
    console.print(f"{sent} in {time}." if time else f"{sent}.")


def _failures(console: Console, results: Results) -> None:
    for result in results.failures[:_AT_MOST]:
        _failure(console, result)
    _more(console, len(results.failures))


def _failure(console: Console, result: RequirementResult) -> None:
    face = wording.FACES[result.verdict]
    console.print()
    console.print(Text(f"{face.sign} {one_line(result.id)}", style=f"bold {face.style}"), soft_wrap=True)
    _indented(console, one_line(result.title))
    example = result.counterexample
    if example is None:
        _indented(console, f"violated {result.violated:,} of {wording.plural(result.judged, 'time')}")
        return
    table = Table.grid("label", Column(overflow="fold"), padding=(0, 2, 0, 0))
    table.add_row("expected", Text(one_line(example.expected, _SENTENCE)))
    table.add_row("observed", Text(one_line(example.observed, _SENTENCE)))
    exchange = judged(example.exchanges)
    if exchange is not None:
        table.add_row("request", Text(_request(exchange)))
        table.add_row("answer", Text(_answer(exchange)))
    if rate := wording.rate(result):
        table.add_row("replays", Text(rate))
    console.print(Padding(table, _INDENT))
    if replay := example.reproduce.get("replay"):
        # A command that wraps cannot be pasted.
        console.print(Text(f"  replay    {one_line(replay)}"), soft_wrap=True)


def _request(exchange: Mapping[str, Any]) -> str:
    request = exchange["request"]
    return one_line(f"{request['operation']} {compact(request['body'])}", _REQUEST)


def _answer(exchange: Mapping[str, Any]) -> str:
    if response := exchange.get("response"):
        return one_line(f"{response['status']} {compact(response['body'])}", _ANSWER)
    failure = exchange.get("failure") or {"kind": "unknown", "message": "nothing was recorded"}
    return one_line(f"none: {failure['kind']}, {failure['message']}", _ANSWER)


def _in_short(result: RequirementResult) -> str:
    example = result.counterexample
    why = example.observed if example else result.note or result.known or result.title
    rate = wording.rate(result)
    return f"{result.id}: {why}" + (f" ({rate})" if rate else "")


def _tools(console: Console, results: Results) -> None:
    for share in shares(results):
        console.print()
        console.print(one_line(share.sentence))
        for title, own in share.lists:
            _list(console, title, [f"{result.id}: {result.title}" for result in own])


def _list(console: Console, title: str, lines: Sequence[str]) -> None:
    if not lines:
        return
    console.print()
    console.print(Text(title, style="bold"))
    for line in lines[:_AT_MOST]:
        _indented(console, one_line(line, _SENTENCE))
    _more(console, len(lines))


def _more(console: Console, number: int) -> None:
    if number > _AT_MOST:
        _indented(console, f"and {number - _AT_MOST:,} more in the report")


def _ending(console: Console, results: Results, out_dir: Path, exit_code: int) -> None:
    console.print()
    console.print(Text(f"Report: {out_dir / 'report.html'}"), soft_wrap=True)
    console.print(Text(f"Files:  {out_dir}"), soft_wrap=True)
    console.print(Text(f"Exit code {exit_code}: {wording.exit_meaning(results, exit_code)}."), soft_wrap=True)


def _indented(console: Console, text: str) -> None:
    console.print(Padding(Text(text), _INDENT))
