"""The command that tells what a run in a real account would do."""

from __future__ import annotations

import json
from typing import Any

import click

from conformance.cli.app import main, say, told
from conformance.suite import planning
from conformance.suite.settings import RunSettings

_EXIT_CODES = """\b
Exit codes:
  0  the plan was shown
  2  wrong usage or configuration
  3  the emulator that rehearses the run did not start"""


@main.command(epilog=_EXIT_CODES)
@click.option("--target", default="aws", show_default=True, help="aws, aws:REGION, or a configured name.")
@click.option("--region", default="", help="The Region.")
@click.option("--profile", default="", help="The AWS profile to sign with.")
@click.option("--restricted-profile", default="", help="The AWS profile of a caller who may not update.")
@click.option("--service-arn", default="", help="Update this service and create none.")
@click.option("--seed", type=int, default=None, help="Of the run.")
@click.option("--only", multiple=True, metavar="ID", help="Judge only these: an id, a topic, or a pattern.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@told
def plan(seed: int | None, only: tuple[str, ...], *, as_json: bool, **options: Any) -> int:
    """Tell what a run in a real account would send, make, cost and judge; nothing is sent there."""
    if seed is not None:
        options["seed"] = seed
    found = planning.plan(RunSettings(only=only, effort="smoke", **options))
    say(json.dumps(found.to_json(), indent=2, ensure_ascii=False) if as_json else planning.told(found))
    return 0
