"""Commands that judge: a target, a recording, or one case again."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from conformance import deviations, evidence
from conformance.age import as_of
from conformance.cli.app import EXIT_CODES, main, say, told
from conformance.cli.differing import run_against
from conformance.cli.running import finished
from conformance.deviations import Known, known_in
from conformance.exceptions import RecordingError
from conformance.history import History
from conformance.judge import rejudge
from conformance.recording import parts, read
from conformance.reporting import github, kept_runs, terminal
from conformance.reporting.reproduce import with_reproductions
from conformance.results import Results
from conformance.scenarios import EFFORTS
from conformance.suite.settings import RunSettings, exit_code
from conformance.suite.sources import SOURCES


@main.command(epilog=EXIT_CODES)
@click.option("--target", default="", help="kind:address, a URL, or a name; default: the embedded emulator.")
@click.option("--endpoint-url", default="", help="Judge the endpoint at this URL.")
@click.option("--region", default="", help="The Region to sign for.")
@click.option("--profile", default="", help="The AWS profile to sign with; default: dummy credentials.")
@click.option("--restricted-profile", default="", help="The AWS profile of a caller who may not update.")
@click.option("--service-arn", default="", help="Update this service and create none.")
@click.option(
    "--with", "sources", multiple=True, type=click.Choice(list(SOURCES)), help="Use this tool, too."
)
@click.option("--probe-ingress", is_flag=True, help="Ask services with real tasks while they are updated.")
@click.option("--effort", type=click.Choice(EFFORTS), default="standard", show_default=True)
@click.option("--seed", type=int, default=None, help="Repeat the run of this seed.")
@click.option("-n", "workers", type=click.IntRange(0), default=0, help="Worker processes; default: none.")
@click.option("--only", multiple=True, metavar="ID", help="Judge only these: an id, a topic, or a pattern.")
@click.option("--known", default="", metavar="FILE", help="Known deviations (TOML).")
@click.option("--strict-known", is_flag=True, help="Fail if a known deviation is fixed.")
@click.option("--write-known", default="", metavar="FILE", help="Add what deviates, and is not known, to it.")
@click.option("--out", default="", metavar="DIR", help="Output folder; default: reports/<target>/.")
@click.option("--history", default="", metavar="DIR", help="Keep the run here, and say what changed.")
@click.option(
    "--against",
    default="",
    metavar="OTHER",
    help="Judge nothing, but send the same to this target, too (or compare with this recording), "
    "and show where the answers differ.",
)
@click.option("--evidence", default="", metavar="FILE", help="What was observed of open requirements.")
@click.option("--live", is_flag=True, help="Judge a real account; it must be allowed in the configuration.")
@click.option("--yes", "confirmed", is_flag=True, help="Take the plan for a real account without asking.")
@told
def run(workers: int, seed: int | None, only: tuple[str, ...], against: str, **options: Any) -> int:
    """Judge a target; with none named, the embedded reference emulator."""
    if seed is not None:
        options["seed"] = seed
    settings = RunSettings(only=only, **options)
    if against:
        return run_against(settings, against, workers)
    session, results = finished(settings, workers)
    known, strict = settings.known_deviations, settings.strict_known
    return show(results, settings.folder, known, session.history, strict=strict)


def show(
    results: Results,
    folder: Path,
    known: Known,
    past: History | None,
    *,
    strict: bool,
    unfinished: bool = True,
) -> int:
    """Print the end of a run; returns its exit code.

    Args:
        results: of the run.
        folder: of its reports.
        known: the known deviations.
        past: the runs of its target up to this one, if runs are kept.
        strict: whether a known deviation that is fixed fails the run.
        unfinished: whether to annotate that it was not completed, where the command does not.
    """
    code = exit_code(results, strict=strict)
    for warning in (*known.warnings, *(past.warnings if past else ())):
        say(f"warning: {warning}", err=True)
    color = sys.stdout.isatty()
    say(terminal.summary(results, out_dir=folder, color=color, exit_code=code, history=past))
    if not results.complete:
        for error in results.errors:
            say(f"error: {error}", err=True)
    for line in github.tell(results, folder, history=past, unfinished=unfinished):
        click.echo(line)
    return code


@main.command(epilog=EXIT_CODES)
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--out", default=None, type=click.Path(path_type=Path), help="Default: where the recording is.")
@click.option("--known", default="", metavar="FILE", help="Known deviations (TOML).")
@click.option("--strict-known", is_flag=True, help="Fail if a known deviation is fixed.")
@click.option("--write-known", default="", metavar="FILE", help="Add what deviates, and is not known, to it.")
@click.option("--history", default="", metavar="DIR", help="Keep the run here, and say what changed.")
@click.option(
    "--evidence", "observed", default=None, type=click.Path(path_type=Path), help="What was observed."
)
@told
def judge(
    recording: Path,
    out: Path | None,
    known: str,
    write_known: str,
    history: str,
    observed: Path | None,
    *,
    strict_known: bool,
) -> int:
    """Judge a RECORDING again with today's requirements, offline."""
    sources = parts(recording)
    folder = out or (recording if recording.is_dir() else recording.parent)
    listed = known_in(known)
    kept_runs.prepare(history)
    seen = evidence.read(observed) if observed else {}
    found = as_of(evidence.applied(rejudge(read(sources), known=listed.reasons), seen))
    results = with_reproductions(found, saved_as=str(folder))
    past = kept_runs.write(results, folder, history)
    if write_known:
        deviations.add(results, Path(write_known))
    code = show(results, folder, listed, past, strict=strict_known, unfinished=False)
    if not results.complete:
        raise RecordingError(
            f"{recording} is incomplete: {' '.join(results.errors) or 'it has no last line.'}",
            hint="The verdicts above speak only of what it holds; run again for all.",
        )
    return code
