"""Commands about several runs: what changed between two, and one report over many."""

from __future__ import annotations

from pathlib import Path

import click

from conformance.age import as_of
from conformance.changes import compare
from conformance.cli.app import main, told
from conformance.exceptions import ConfigurationError
from conformance.reporting import changes, compat, github, html, write_text
from conformance.reporting.reproduce import with_reproductions
from conformance.results import Results

_DIFF_EXIT_CODES = """\b
Exit codes:
  0  nothing regressed
  1  a requirement fails that did not fail before
  2  wrong usage
  3  a document cannot be read, or the new run was not completed"""


@main.command(epilog=_DIFF_EXIT_CODES)
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@click.option("--format", "form", type=click.Choice(list(changes.FORMATS)), default="text", show_default=True)
@click.option("-o", "--output", default="-", metavar="FILE", help="Default: standard output.")
@told
def diff(old: Path, new: Path, form: str, output: str) -> int:
    """Show what changed from an OLD run to a NEW one: results.json, or a run's folder."""
    found = compare(as_of(Results.read(old)), as_of(Results.read(new)))
    text = changes.FORMATS[form](found)
    if output == "-":
        inert = github.inert_json if form == "json" else github.inert_log
        click.echo(inert(text.rstrip("\n")))
    else:
        write_text(Path(output), f"{text.rstrip()}\n")
    return found.exit_code


@main.command()
@click.argument("results", nargs=-1, required=True, type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), metavar="FILE.html")
@click.option("--against", type=click.Path(path_type=Path), metavar="OLD", help="Say what changed since.")
@told
def report(results: tuple[Path, ...], output: Path, against: Path | None) -> int:
    """Write one HTML report over one run or many: results.json files, or runs' folders."""
    if against is not None and len(results) > 1:
        raise ConfigurationError(
            f"--against shows what changed in one run, and {len(results)} are given.",
            hint="Give one run, or leave --against out: then many are shown side by side.",
        )
    runs = [with_reproductions(as_of(Results.read(path)), saved_as=str(path)) for path in results]
    changed = compare(as_of(Results.read(against)), runs[0]) if against else None
    write_text(output, html.render(runs[0], changes=changed) if len(runs) == 1 else compat.render(runs))
    click.echo(f"Report: {output}")
    return 0
