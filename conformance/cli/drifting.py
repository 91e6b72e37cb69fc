"""The command about the service model: what has changed since a recording or a baseline was made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from conformance import baseline
from conformance.baseline import Baseline
from conformance.cli.app import main, say, told
from conformance.drift import drifted
from conformance.exceptions import ConfigurationError
from conformance.model_change import ModelChange
from conformance.reporting import github, write_text
from conformance.reporting.inert import one_line
from conformance.reporting.wording import plural
from conformance.requirements import REQUIREMENTS

FORMAT = "express-conformance/drift@1"
_EXIT_CODES = """\b
Exit codes:
  0  the models say the same
  1  they differ
  2  wrong usage, or no service model is installed
  3  the file cannot be read, or does not hold a model"""


@main.command(epilog=_EXIT_CODES)
@click.argument("since", required=False, type=click.Path(path_type=Path), metavar="[RECORDING|BASELINE]")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option(
    "--write",
    "target",
    type=click.Path(path_type=Path),
    metavar="BASELINE.json",
    help="Keep the installed model there.",
)
@told
def drift(since: Path | None, target: Path | None, *, as_json: bool) -> int:
    """Show how the installed service model differs from a recording's or a baseline's.

    With neither, from the one that this version of the suite was written with.
    """
    if target is not None:
        return _write(target, since, as_json=as_json)
    old, new = baseline.baseline_of(since) if since else baseline.packaged(), baseline.of_installed()
    changes = drifted(old.model, new.model, before=old.requirements, after=REQUIREMENTS)
    if as_json:
        click.echo(github.inert_json(json.dumps(_document(old, new, changes), indent=2)))
    else:
        say("\n".join(_lines(old, new, changes)))
    return int(bool(changes))


def _write(target: Path, since: Path | None, *, as_json: bool) -> int:
    """Keep the installed model in a file.

    Raises:
        ConfigurationError: something to compare it with is given, too.
    """
    if since is not None or as_json:
        raise ConfigurationError(
            "--write keeps the installed model, and compares nothing.", hint="Leave out the rest."
        )
    found = baseline.of_installed()
    # Indented, so that what changes in it is seen when it is reviewed.
    write_text(target, json.dumps(found.to_json(), indent=1) + "\n")
    say(f"Baseline of botocore {found.botocore}: {target}")
    return 0


def _document(old: Baseline, new: Baseline, changes: list[ModelChange]) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "old": {"botocore": old.botocore},
        "new": {"botocore": new.botocore},
        "changes": [change.to_json() for change in changes],
    }


def _lines(old: Baseline, new: Baseline, changes: list[ModelChange]) -> list[str]:
    number = len(changes)
    what = f"{plural(number, 'change')} of {plural(4, 'operation')}" if number else "no change"
    head = f"botocore {old.botocore} → {new.botocore}: {what}"
    return [one_line(head), *(f"  {one_line(change.with_consequence)}" for change in changes)]
