"""The command that asks a target what no document settles, and tells its answers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from conformance import evidence
from conformance.cli.app import EXIT_CODES, main, say, told
from conformance.cli.judging import show
from conformance.cli.running import finished
from conformance.evidence import Answer
from conformance.exceptions import ConfigurationError, RecordingError
from conformance.judge import rejudge
from conformance.questions import QUESTIONS
from conformance.questions.answering import answers, open_ones
from conformance.questions.material import gathered
from conformance.recording import parts, read
from conformance.reporting import answers as tables
from conformance.reporting import write_text
from conformance.requirements import REQUIREMENTS
from conformance.results import Results
from conformance.suite import planning
from conformance.suite.settings import RunSettings
from conformance.verdict import Evidence

# What is exercised for questions that no open requirement depends on: it takes next to nothing.
_LEAST = ("semantics/cluster-form",)


@main.command(epilog=EXIT_CODES)
@click.option("--target", default="", help="kind:address, a URL, or a name; default: the embedded emulator.")
@click.option("--endpoint-url", default="", help="Ask the endpoint at this URL.")
@click.option("--region", default="", help="The Region to sign for.")
@click.option("--profile", default="", help="The AWS profile to sign with; default: dummy credentials.")
@click.option("--restricted-profile", default="", help="The AWS profile of a caller who may not update.")
@click.option(
    "--only", multiple=True, metavar="ID", help="Exercise only these requirements; default: open ones."
)
@click.option(
    "--question", "asked", multiple=True, metavar="ID", help="Ask only this; default: all there are."
)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--out", default="", metavar="DIR", help="Output folder; default: reports/<target>/.")
@click.option("--markdown", default="", metavar="FILE", help="Write the table of answers there, too.")
@click.option(
    "--recording",
    "recorded",
    default=None,
    type=click.Path(path_type=Path),
    help="Ask nobody: read the answers from this recording.",
)
@click.option("--plan", "planned", is_flag=True, help="Tell what it would cost in a real account, and stop.")
@click.option("--live", is_flag=True, help="Ask a real account; it must be allowed in the configuration.")
@click.option("--yes", "confirmed", is_flag=True, help="Take the plan for a real account without asking.")
@told
def probe(
    only: tuple[str, ...],
    asked: tuple[str, ...],
    markdown: str,
    recorded: Path | None,
    *,
    planned: bool,
    **options: Any,
) -> int:
    """Ask a target what no document settles, and write what it does to an evidence file.

    The answers are told at the end, with what was not asked and why; `answers.md` has them as a table.
    """
    chosen = _chosen(asked)
    if recorded is not None:
        return _read_back(recorded, chosen, Path(options["out"]) if options["out"] else None, markdown)
    settings = RunSettings(effort="smoke", only=_only(only, asked), questions=chosen, **options)
    if planned:
        say(planning.told(planning.plan(settings)))
        return 0
    session, results = finished(settings)
    code = show(results, settings.folder, settings.known_deviations, session.history, strict=False)
    _write(results, settings.folder / "recording.jsonl", chosen, settings.folder, markdown)
    return code


def _chosen(asked: tuple[str, ...]) -> tuple[str, ...]:
    """The ids of the questions to ask.

    Raises:
        ConfigurationError: there is no such question.
    """
    for id in asked:
        if id not in QUESTIONS:
            raise ConfigurationError(
                f"There is no question {id!r:.100}.", hint=f"Questions are: {', '.join(QUESTIONS)}."
            )
    return tuple(id for id in QUESTIONS if not asked or id in asked)


def _only(only: tuple[str, ...], asked: tuple[str, ...]) -> tuple[str, ...]:
    """The requirements to exercise: those named, those of the questions that are named, or all open ones."""
    if only:
        return only
    if asked:
        return open_ones(asked) or _LEAST
    return tuple(id for id, entry in REQUIREMENTS.items() if entry.evidence is Evidence.OPEN)


def _read_back(recorded: Path, chosen: tuple[str, ...], folder: Path | None, markdown: str) -> int:
    """The answers of a recording that there is already.

    Raises:
        RecordingError: it cannot be read, or lies in several parts.
    """
    sources = parts(recorded)
    if len(sources) > 1:
        raise RecordingError(
            f"{recorded} holds a recording in parts.", hint="Its run was stopped: run again."
        )
    open_only = [id for id, entry in REQUIREMENTS.items() if entry.evidence is Evidence.OPEN]
    results = rejudge(read(sources), only=open_only)
    _write(results, sources[0], chosen, folder, markdown)
    return 0


def _write(
    results: Results, recording: Path, chosen: Sequence[str], folder: Path | None, markdown: str
) -> None:
    """Tell the answers, and write them to the files that were asked for."""
    digest = evidence.digest_of(recording)
    material = gathered(read([recording]))
    found = answers(material, recording=recording.name, sha256=digest, chosen=chosen)
    observed = evidence.from_results(results, recording, doubtful=material.doubtful)
    say(f"\n{tables.told(found)}\n")
    if folder is not None:
        path = folder / "evidence.json"
        write_text(path, evidence.document(observed, found))
        write_text(folder / "answers.md", tables.markdown(found))
        say(f"Evidence: {path}, on {len(observed)} requirements and {_answered(found)} questions.")
        say(f"Use it:   express-conformance run --evidence {path} ...")
        say(f"Answers:  {folder / 'answers.md'}")
    if markdown:
        write_text(Path(markdown), tables.markdown(found))
        say(f"Answers:  {markdown}")


def _answered(found: Sequence[Answer]) -> int:
    return sum(each.answered for each in found)
