"""Commands about accounts: what runs may do there, and what they left."""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path
from typing import Any

import click

from conformance.cli.app import main, say, told
from conformance.exceptions import ConfigurationError
from conformance.suite import janitor, policy
from conformance.suite.account import Account
from conformance.suite.leftover_kinds import Leftover
from conformance.suite.notes import NAME, Notes
from conformance.suite.settings import RunSettings

_CLEANUP_EXIT_CODES = """\b
Exit codes:
  0  nothing is left
  1  something is left, or could not be looked for
  2  wrong usage or configuration
  3  the target cannot be reached"""
_POLICY_EXIT_CODES = """\b
Exit codes:
  0  the policy was printed
  2  wrong usage or configuration"""
_MINUTE = 60.0


@main.command(epilog=_CLEANUP_EXIT_CODES)
@click.option("--target", default="", help="kind:address, a URL, or a name of the configuration file.")
@click.option("--endpoint-url", default="", help="Look at the endpoint at this URL.")
@click.option("--region", default="", help="The Region.")
@click.option("--profile", default="", help="The AWS profile; default: dummy credentials.")
@click.option("--live", is_flag=True, help="Look at a real account; it must be allowed in the configuration.")
@click.option("--run", default="", metavar="ID", help="Only what the run of this id left.")
@click.option(
    "--older-than",
    default=120.0,
    show_default=True,
    type=click.FloatRange(0),
    metavar="MINUTES",
    help="Leave alone runs that created something since.",
)
@click.option(
    "--from",
    "folders",
    multiple=True,
    metavar="DIR",
    help=f"An output folder, for {NAME} in it; default: the target's own below reports/. Can be given again.",
)
@click.option(
    "--wait",
    default=20.0,
    show_default=True,
    type=click.FloatRange(0),
    metavar="MINUTES",
    help="How long to wait for services to be gone, and for what ECS made for them.",
)
@click.option("--yes", is_flag=True, help="Delete without asking.")
@told
def cleanup(
    run: str, older_than: float, folders: tuple[str, ...], wait: float, yes: bool, **options: Any
) -> int:
    """Find what crashed runs left at a target, show it, and delete it."""
    settings = RunSettings(**options)
    with settings.resolved.connect() as endpoint:
        account = Account(endpoint)
        notes = Notes([Path(folder) for folder in folders] or [settings.folder], endpoint)
        looked = janitor.search(account, run=run, older_than=older_than * _MINUTE, notes=notes)
        _complain(looked.problems)
        if not looked.found:
            janitor.close(account, notes)
            click.echo("Nothing was found that a run left.")
            return int(bool(looked.problems))
        say(_table(looked.found))
        if not (yes or _agreed(len(looked.found))):
            return 1
        problems = janitor.delete(account, looked.found, say, seconds=wait * _MINUTE, notes=notes, left=_late)
        janitor.close(account, notes)
        _complain(problems)
        return int(bool(problems or looked.problems))


def _late(name: str) -> None:
    say(f"ECS has not taken down: {name}")


@main.command("policy", epilog=_POLICY_EXIT_CODES)
@click.option("--target", default="", help="A name of the configuration file.")
@click.option("--account", default="", help="The account's twelve digits; default: the first allowed one.")
@click.option("--region", default="", help="The Region; default: all that are allowed.")
@click.option(
    "--trust", default="", metavar="OWNER/REPO", help="The trust policy for that repository's workflows."
)
@click.option("--environment", default="live", show_default=True, help="The environment of the workflow.")
@told
def print_policy(target: str, account: str, region: str, trust: str, environment: str) -> int:
    """Print the IAM policy that live runs and clean-up need, and nothing more; sends nothing."""
    settings = RunSettings(target=target, region=region).resolved.settings
    place = policy.Place.of(settings, account=account, region=region)
    if trust:
        document = policy.trust(place, trust, environment)
    else:
        document = policy.permissions(place)
        if not (place.task_roles and place.infrastructure_role):
            _complain(["Not all roles are configured; those of the developer guide stand in the policy."])
    click.echo(json.dumps(document, indent=2))
    return 0


def _agreed(number: int) -> bool:
    """Ask whether to delete.

    Raises:
        ConfigurationError: nobody is there to be asked.
    """
    if not sys.stdin.isatty():
        raise ConfigurationError("Nothing was deleted.", hint="Without a terminal to ask, give --yes.")
    return click.confirm(f"Delete {'it' if number == 1 else f'all {number}'}?")


def _table(found: list[Leftover]) -> str:
    """What was found, a line for each."""
    now = time.time()
    rows = [(each.kind, each.name, f"run {each.run}", _age(each.created, now)) for each in found]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    return "\n".join(
        "  ".join(text.ljust(width) for text, width in zip(row, (*widths, 0), strict=True)).rstrip()
        for row in rows
    )


def _age(created: float | None, now: float) -> str:
    return "" if created is None else f"{max(0.0, now - created) / _MINUTE:,.0f} min old"


def _complain(problems: list[str]) -> None:
    for problem in problems:
        say(f"warning: {problem}", err=True)
