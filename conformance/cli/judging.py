"""Commands that judge: a target, a recording, or one case again."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click
import pytest

from conformance import deviations
from conformance.cli.app import EXIT_CODES, main, told
from conformance.deviations import Known, known_in
from conformance.exceptions import RecordingError, TargetError
from conformance.judge import rejudge
from conformance.recording import parts, read
from conformance.reporting import terminal, write_all
from conformance.reporting.progress import Progress
from conformance.reporting.reproduce import with_reproductions
from conformance.results import Results
from conformance.scenarios import EFFORTS
from conformance.suite.replaying import replay_counterexample
from conformance.suite.runner import parts_folder
from conformance.suite.session import SESSION, RunSession
from conformance.suite.settings import RunSettings, exit_code
from conformance.suite.sources import SOURCES

_INI = Path(__file__).parent.parent / "suite" / "pytest.ini"


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
@told
def run(workers: int, seed: int | None, only: tuple[str, ...], **options: Any) -> int:
    """Judge a target; with none named, the embedded reference emulator."""
    if seed is not None:
        options["seed"] = seed
    settings = RunSettings(only=only, **options)
    # Or Hypothesis would leave a folder of its own where the user stands.
    storage = parts_folder(settings).resolve() / "hypothesis"
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(storage))
    session = RunSession(settings, Progress())
    signal.signal(signal.SIGTERM, _interrupt)
    pytest.main(_pytest_arguments(workers), plugins=[_Registering(session)])
    if session.error is not None:
        raise session.error
    if session.results is None:
        raise TargetError("The run ended before it began.", hint="Is the installation whole?")
    return _show(session.results, settings.folder, settings.known_deviations, strict=settings.strict_known)


def _interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    raise KeyboardInterrupt


def _pytest_arguments(workers: int) -> list[str]:
    # Without its reporter pytest says nothing: the summary is ours. Without capture the progress is seen.
    quiet = ["-p", "no:terminalreporter", "--capture=no"]
    arguments = ["-c", str(_INI), *quiet, "--pyargs", "conformance.suite"]
    return [*arguments, "-n", str(workers)] if workers else arguments


class _Registering:
    """Registers the session before the plugin would make one of its own."""

    def __init__(self, session: RunSession) -> None:
        self._session = session

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Called by pytest when it begins."""
        config.pluginmanager.register(self._session, SESSION)


def _show(results: Results, folder: Path, known: Known, *, strict: bool) -> int:
    """Print the end of a run; returns its exit code."""
    code = exit_code(results, strict=strict)
    for warning in known.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(terminal.summary(results, out_dir=folder, color=sys.stdout.isatty(), exit_code=code))
    if not results.complete:
        for error in results.errors:
            click.echo(f"error: {error}", err=True)
    return code


@main.command(epilog=EXIT_CODES)
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--out", default=None, type=click.Path(path_type=Path), help="Default: where the recording is.")
@click.option("--known", default="", metavar="FILE", help="Known deviations (TOML).")
@click.option("--strict-known", is_flag=True, help="Fail if a known deviation is fixed.")
@click.option("--write-known", default="", metavar="FILE", help="Add what deviates, and is not known, to it.")
@told
def judge(recording: Path, out: Path | None, known: str, write_known: str, *, strict_known: bool) -> int:
    """Judge a RECORDING again with today's requirements, offline."""
    sources = parts(recording)
    folder = out or (recording if recording.is_dir() else recording.parent)
    listed = known_in(known)
    results = with_reproductions(rejudge(read(sources), known=listed.reasons), saved_as=str(folder))
    write_all(results, folder)
    if write_known:
        deviations.add(results, Path(write_known))
    code = _show(results, folder, listed, strict=strict_known)
    if not results.complete:
        raise RecordingError(
            f"{recording} is incomplete: {' '.join(results.errors) or 'it has no last line.'}",
            hint="The verdicts above speak only of what it holds; run again for all.",
        )
    return code


@main.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.argument("id")
@click.option("--endpoint-url", default="", help="Send it here; default: the target of the results.")
@told
def replay(results: Path, id: str, endpoint_url: str) -> int:
    """Send the minimal failing case of a requirement again: still failing, fixed, or error."""
    outcome = replay_counterexample(Results.read(results), id, endpoint_url)
    click.echo(outcome.text)
    return outcome.exit_code
