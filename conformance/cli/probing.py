"""The command that asks a real account what no document settles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from conformance import evidence
from conformance.cli.app import EXIT_CODES, main, say, told
from conformance.cli.judging import show
from conformance.cli.running import finished
from conformance.reporting import write_text
from conformance.requirements import REQUIREMENTS
from conformance.suite.settings import RunSettings
from conformance.verdict import Evidence


@main.command(epilog=EXIT_CODES)
@click.option("--target", default="", help="kind:address, a URL, or a name; default: the embedded emulator.")
@click.option("--endpoint-url", default="", help="Ask the endpoint at this URL.")
@click.option("--region", default="", help="The Region to sign for.")
@click.option("--profile", default="", help="The AWS profile to sign with; default: dummy credentials.")
@click.option("--only", multiple=True, metavar="ID", help="Ask only about these; default: all open ones.")
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("--out", default="", metavar="DIR", help="Output folder; default: reports/<target>/.")
@click.option("--live", is_flag=True, help="Ask a real account; it must be allowed in the configuration.")
@click.option("--yes", "confirmed", is_flag=True, help="Take the plan for a real account without asking.")
@told
def probe(only: tuple[str, ...], **options: Any) -> int:
    """Ask a target what no document settles, and write what it does to an evidence file."""
    open_ones = tuple(id for id, entry in REQUIREMENTS.items() if entry.evidence is Evidence.OPEN)
    settings = RunSettings(effort="smoke", only=only or open_ones, **options)
    session, results = finished(settings)
    code = show(results, settings.folder, settings.known_deviations, session.history, strict=False)
    observed = evidence.from_results(results, settings.folder / "recording.jsonl")
    path = settings.folder / "evidence.json"
    write_text(Path(path), evidence.document(observed))
    say(f"Evidence: {path}, on {len(observed)} of {len(settings.chosen or ())} requirements.")
    say(f"Use it:   express-conformance run --evidence {path} ...")
    return code
