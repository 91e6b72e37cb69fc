"""The command that sends one case again."""

from __future__ import annotations

import signal
import sys
from pathlib import Path
from typing import Any

import click

from conformance.cli.app import main, say, told
from conformance.cli.running import interrupt
from conformance.results import Results
from conformance.suite.replaying import replay_counterexample

_EXIT_CODES = """\b
Exit codes:
  0  fixed
  1  still failing
  2  wrong usage or configuration, or there is no such case
  3  neither: the case could not be sent as a whole, or something stays at the target
  4  the target does not have the operation"""


@main.command(epilog=_EXIT_CODES)
@click.argument("results", type=click.Path(path_type=Path))
@click.argument("id")
@click.option("--target", default="", help="Send it to this target; default: that of the results.")
@click.option("--endpoint-url", default="", help="Send it here.")
@click.option("--region", default="", help="The Region to sign for.")
@click.option("--profile", default="", help="The AWS profile to sign with; default: dummy credentials.")
@click.option("--restricted-profile", default="", help="The AWS profile of a caller who may not update.")
@click.option("--service-arn", default="", help="Update this service, create none, and give it back.")
@click.option("--live", is_flag=True, help="Send it to a real account that is allowed.")
@click.option("--yes", "confirmed", is_flag=True, help="Take the plan for a real account without asking.")
@told
def replay(results: Path, id: str, *, confirmed: bool, **options: Any) -> int:
    """Send the minimal failing case of a requirement again: still failing, fixed, or error."""
    signal.signal(signal.SIGTERM, interrupt)

    def agree(plan: str) -> bool:
        say(plan)
        return confirmed or (sys.stdin.isatty() and click.confirm("Go on?"))

    def tell(problem: str) -> None:
        say(f"error: {problem}", err=True)

    outcome = replay_counterexample(Results.read(results), id, options, agree=agree, tell=tell)
    say(outcome.text)
    return outcome.exit_code
