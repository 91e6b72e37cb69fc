"""The command line: a thin face over the session, the judge and the reports."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

import click
import pytest

from conformance import __version__, deviations, model, openapi
from conformance.deviations import Known, known_in
from conformance.emulator.mutants import MUTANTS
from conformance.emulator.variants import variant_named
from conformance.exceptions import (
    ConfigurationError,
    ConformanceError,
    OutputError,
    RecordingError,
    TargetError,
)
from conformance.judge import rejudge
from conformance.ledger import SENTENCES
from conformance.recording import parts, read
from conformance.reporting import catalogue, sentences, terminal, write_all
from conformance.reporting import mutants as mutant_report
from conformance.reporting.progress import Progress
from conformance.reporting.reproduce import with_reproductions
from conformance.requirements import ORACLES, REQUIREMENTS, selected
from conformance.results import Results
from conformance.scenarios import EFFORTS, SCENARIOS, Effort
from conformance.suite import mutation
from conformance.suite.replaying import replay_counterexample
from conformance.suite.runner import parts_folder
from conformance.suite.session import SESSION, RunSession
from conformance.suite.settings import RunSettings, exit_code
from conformance.suite.sources import SOURCES

_INI = Path(__file__).parent / "suite" / "pytest.ini"
_EXIT_CODES = """\b
Exit codes:
  0  no requirement fails, known deviations apart
  1  at least one requirement fails
  2  wrong usage or configuration
  3  the run could not be completed
  4  the target does not have the operation"""

_MUTANTS_EXIT_CODES = """\b
Exit codes:
  0  every mutant is killed by the requirement meant for it, and every requirement kills one
  1  a mutant survives, or a requirement kills nothing
  2  wrong usage
  3  a mutant could not be judged"""


def _told(command: Callable[..., int]) -> Callable[..., NoReturn]:
    """Turn what a command returns, or the error of ours that it raises, into the exit code."""

    @wraps(command)
    def run(*args: Any, **options: Any) -> NoReturn:
        try:
            code = command(*args, **options)
        except ConformanceError as error:
            _complain(error)
            code = error.exit_code
        except KeyboardInterrupt:
            click.echo("Interrupted.", err=True)
            code = 3
        sys.exit(code)

    return run


def _complain(error: ConformanceError) -> None:
    click.echo(f"error: {error.message}", err=True)
    if error.hint:
        click.echo(f"       {error.hint}", err=True)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=_EXIT_CODES
)
@click.version_option(__version__, prog_name="express-conformance")
def main() -> None:
    """Judge an implementation of the Amazon ECS operation UpdateExpressGatewayService."""


@main.command(epilog=_EXIT_CODES)
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
@_told
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


@main.command(epilog=_EXIT_CODES)
@click.argument("recording", type=click.Path(path_type=Path))
@click.option("--out", default=None, type=click.Path(path_type=Path), help="Default: where the recording is.")
@click.option("--known", default="", metavar="FILE", help="Known deviations (TOML).")
@click.option("--strict-known", is_flag=True, help="Fail if a known deviation is fixed.")
@click.option("--write-known", default="", metavar="FILE", help="Add what deviates, and is not known, to it.")
@_told
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


@main.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--sentences", "by_sentence", is_flag=True, help="AWS's sentences, and what carries each.")
@click.argument("patterns", nargs=-1, metavar="[ID]...")
@_told
def list_requirements(as_json: bool, by_sentence: bool, patterns: tuple[str, ...]) -> int:
    """List the requirements: all, or those of an id, a topic, or a pattern."""
    if by_sentence:
        return _list_sentences(as_json, patterns)
    chosen = [REQUIREMENTS[id] for id in (selected(patterns) if patterns else REQUIREMENTS)]
    if as_json:
        entries = [
            {
                "id": entry.id,
                "topic": entry.topic,
                "sentence": entry.sentence,
                "evidence": entry.evidence.value,
                "citations": [citation.to_json() for citation in entry.citations],
                "unreached": entry.unreached,
            }
            for entry in chosen
        ]
        click.echo(json.dumps(entries, indent=1, ensure_ascii=False))
    else:
        click.echo(catalogue.requirement_table(chosen))
    return 0


def _list_sentences(as_json: bool, patterns: tuple[str, ...]) -> int:
    """All sentences, or those that the requirements of these patterns carry."""
    wanted = set(selected(patterns))
    chosen = [entry for entry in SENTENCES if not patterns or wanted.intersection(entry.requirements())]
    if as_json:
        click.echo(json.dumps([entry.to_json() for entry in chosen], indent=1, ensure_ascii=False))
    else:
        click.echo(sentences.listing(chosen, drift=[] if patterns else model.drift()), nl=False)
    return 0


@main.command()
@click.argument("id")
@_told
def explain(id: str) -> int:
    """Show one requirement: sentence, evidence, citations, oracle, scenarios, mutants."""
    for chosen in selected([id]):
        meant = [s.id for s in SCENARIOS.values() if chosen in selected(s.exercises)]
        mutants = [f"{m.name}: {m.fault}" for m in MUTANTS.values() if chosen in m.breaks]
        click.echo(
            catalogue.explain(REQUIREMENTS[chosen], oracle=_oracle(chosen), scenarios=meant, mutants=mutants)
        )
    return 0


def _oracle(id: str) -> str:
    oracle = next(oracle for oracle in ORACLES if any(entry.id == id for entry in oracle.requirements))
    return " ".join((oracle.judge.__doc__ or "").split())


@main.command()
@click.argument("results", type=click.Path(path_type=Path))
@click.argument("id")
@click.option("--endpoint-url", default="", help="Send it here; default: the target of the results.")
@_told
def replay(results: Path, id: str, endpoint_url: str) -> int:
    """Send the minimal failing case of a requirement again: still failing, fixed, or error."""
    outcome = replay_counterexample(Results.read(results), id, endpoint_url)
    click.echo(outcome.text)
    return outcome.exit_code


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=4566, show_default=True)
@click.option("--mutant", default=None, metavar="NAME", help="With this one fault.")
@click.option("--profile", default=None, metavar="NAME", help="With these other choices, and no fault.")
@_told
def serve(host: str, port: int, mutant: str | None, profile: str | None) -> int:
    """Run the reference emulator, for anyone who wants Express Mode locally."""
    if mutant and profile:
        raise ConfigurationError("Give either --mutant or --profile.", hint="An emulator has one name.")
    for name in (mutant, profile):
        if name is not None:
            variant_named(name)
    from conformance.emulator import server  # noqa: PLC0415  moto takes seconds to import; the rest needs none

    server.serve(host=host, port=port, mutant=mutant, profile=profile)
    return 0


@main.command("openapi")
@click.option("--service-arn", default="", metavar="ARN", help="A service that exists: the only one named.")
@click.option("-o", "--output", default="-", metavar="FILE", help="Default: standard output.")
@_told
def write_openapi(service_arn: str, output: str) -> int:
    """Write the operation as an OpenAPI document, for other tools."""
    if service_arn and not openapi.is_service_arn(service_arn):
        raise ConfigurationError(
            f"{service_arn!r} is no service's ARN.", hint="Give one as Create or Describe returned it."
        )
    text = json.dumps(openapi.document(service_arn=service_arn), indent=2)
    if output == "-":
        click.echo(text)
        return 0
    try:
        Path(output).write_text(f"{text}\n", encoding="utf-8")
    except OSError as error:
        raise OutputError(
            f"{output} cannot be written: {error.strerror or error}.", hint="Choose another file with -o."
        ) from error
    return 0


@main.command(epilog=_MUTANTS_EXIT_CODES)
@click.argument("names", nargs=-1, metavar="[MUTANT]...")
@click.option("--effort", type=click.Choice(EFFORTS), default="standard", show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("-n", "workers", type=click.IntRange(1), default=os.cpu_count() or 1, help="Mutants at a time.")
@click.option("--out", default=Path("reports/mutants"), type=click.Path(path_type=Path), show_default=True)
@_told
def mutants(names: tuple[str, ...], effort: Effort, seed: int, workers: int, out: Path) -> int:
    """Judge the suite itself by faulty emulators: all, or the named ones."""
    plan = mutation.Plan(effort=effort, seed=seed, workers=workers, names=names)
    results = mutation.judge_mutants(plan, lambda trial: click.echo(mutant_report.line(trial)))
    mutant_report.write(results, out)
    click.echo(mutant_report.summary(results, out))
    return results.exit_code
