"""The command that all others belong to, and how errors become exit codes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn

import click

from conformance import __version__
from conformance.exceptions import ConformanceError
from conformance.reporting import github

EXIT_CODES = """\b
Exit codes:
  0  no requirement fails, known deviations apart
  1  at least one requirement fails
  2  wrong usage or configuration
  3  the run could not be completed
  4  the target does not have the operation"""


def told(command: Callable[..., int]) -> Callable[..., NoReturn]:
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


def say(text: str, *, err: bool = False) -> None:
    """Print text that may hold words of a target: in no log does it act."""
    click.echo(github.inert_log(text), err=err)


def _complain(error: ConformanceError) -> None:
    say(f"error: {error.message}", err=True)
    if error.hint:
        say(f"       {error.hint}", err=True)
    for line in github.complaint(error):
        click.echo(line)


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}, epilog=EXIT_CODES
)
@click.version_option(__version__, prog_name="express-conformance")
def main() -> None:
    """Judge an implementation of the Amazon ECS operation UpdateExpressGatewayService."""
