"""What GitHub Actions shows of a run: the summary of its step, annotations, and outputs.

Nothing here runs anywhere else. What the runner reads from a log, a target could write into it, so text that
goes there is made inert: the runner takes a line that begins with ``::``, spaces apart, and whatever follows
``##[`` anywhere in a line for a command.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from conformance.exceptions import ConformanceError
from conformance.history import History
from conformance.reporting.history import in_short
from conformance.reporting.inert import one_line
from conformance.reporting.markdown import summary
from conformance.reporting.wording import conclusion, with_verdict
from conformance.results import RequirementResult, Results
from conformance.verdict import Verdict

AT_MOST = 10
"""Annotations of each kind that GitHub shows of one step."""

SUMMARY_LIMIT = 1 << 20
"""Bytes that the summary of one step may have."""

_TITLE = 100
_MESSAGE = 500
_LINE_START = re.compile(r"(^|[\r\n])(\s*)::")


def is_actions(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether this process runs in a step of GitHub Actions."""
    return environ.get("GITHUB_ACTIONS") == "true"


def inert_log(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """Text for the log that holds no workflow command; elsewhere than in GitHub Actions, the text itself."""
    if not is_actions(environ):
        return text
    return _LINE_START.sub(r"\1\2\\::", text).replace("##[", r"##\[")


def inert_json(text: str, environ: Mapping[str, str] = os.environ) -> str:
    """The same for a JSON document, which stays the same document."""
    return text.replace("##[", r"##\u005b") if is_actions(environ) else text


def annotation_commands(results: Results, *, unfinished: bool = True) -> list[str]:
    """An error for what fails the run, a warning for what else speaks against the target.

    Args:
        results: of the run.
        unfinished: whether to say that it was not completed.
    """
    of_run = _errors_of_the_run(results) if unfinished or not results.target.supported else ()
    errors = [*of_run, *(_annotation("error", result) for result in results.failures)]
    suspects = [*with_verdict(results, Verdict.FLAKY), *with_verdict(results, Verdict.DIVERGES)]
    warnings = [_annotation("warning", result) for result in suspects]
    return [*_shown("error", errors), *_shown("warning", warnings)]


def outputs(results: Results, folder: Path) -> dict[str, str]:
    """The outputs of the step, each on one line."""
    return {
        "folder": one_line(str(folder)),
        "report": one_line(str(folder / "report.html")),
        "failures": str(len(results.failures)),
        "verdicts": json.dumps(results.summary),
    }


def complaint(error: ConformanceError, environ: Mapping[str, str] = os.environ) -> list[str]:
    """The annotation of an error that ended a command, if this is a step."""
    return [_command("error", "express-conformance", str(error))] if is_actions(environ) else []


def tell(
    results: Results,
    folder: Path,
    environ: Mapping[str, str] = os.environ,
    *,
    history: History | None = None,
    unfinished: bool = True,
) -> list[str]:
    """Write the step's summary and its outputs, if this is one; returns the lines to print.

    Args:
        results: of the run.
        folder: of its reports.
        environ: the environment.
        history: the runs of its target up to this one.
        unfinished: whether to say that it was not completed, where nobody else does.

    A file that cannot be written is a warning and never an error: the verdicts are what counts.
    """
    if not is_actions(environ):
        return []
    named = "".join(f"{name}={value}\n" for name, value in outputs(results, folder).items())
    text = summary(results, report=str(folder / "report.html"), past=in_short(history) if history else ())
    troubles = [
        _appended(environ.get("GITHUB_OUTPUT", ""), named),
        _appended(environ.get("GITHUB_STEP_SUMMARY", ""), f"{text}\n", SUMMARY_LIMIT),
    ]
    return [
        *annotation_commands(results, unfinished=unfinished),
        *(_command("warning", "summary", each) for each in troubles if each),
    ]


def _appended(name: str, text: str, limit: int = 0) -> str:
    """Append to a file that the runner reads; returns why that was not possible, empty if it was."""
    if not name:
        return ""
    try:
        path = Path(name)
        size = path.stat().st_size if path.exists() else 0
        if limit and size + len(text.encode()) > limit:
            return f"The step's summary is full: {size:,} of {limit:,} bytes."
        with path.open("a", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        return f"{name} cannot be written: {error.strerror or error}."
    return ""


def _errors_of_the_run(results: Results) -> Iterator[str]:
    if not results.target.supported or not results.complete:
        yield _command("error", results.target.name, conclusion(results))


def _annotation(kind: str, result: RequirementResult) -> str:
    example = result.counterexample
    lines = [result.title, *([f"observed: {example.observed}"] if example else [result.note])]
    return _command(kind, result.id, "\n".join(one_line(line, _MESSAGE) for line in lines if line))


def _shown(kind: str, commands: list[str]) -> list[str]:
    """As many as GitHub shows; the last one says how many it does not."""
    if len(commands) <= AT_MOST:
        return commands
    hidden = len(commands) - AT_MOST + 1
    return [*commands[: AT_MOST - 1], _command(kind, f"and {hidden:,} more", "The report has them all.")]


def _command(kind: str, title: str, message: str) -> str:
    """One workflow command, on one line whatever the message holds."""
    text = "\n".join(one_line(line) for line in message.splitlines())
    return f"::{kind} title={_property(one_line(title, _TITLE))}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
