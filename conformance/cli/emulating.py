"""Commands about faulty and faultless emulators, and about other tools."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from typing import Any

import click

from conformance import openapi
from conformance.cli.app import main, told
from conformance.emulator.conditions import Conditions
from conformance.emulator.variants import variant_named
from conformance.exceptions import ConfigurationError
from conformance.reporting import mutants as mutant_report
from conformance.reporting import write_text
from conformance.scenarios import EFFORTS, Effort
from conformance.suite import mutation

_MUTANTS_EXIT_CODES = """\b
Exit codes:
  0  every mutant is killed by the requirement meant for it, and every requirement kills one
  1  a mutant survives, or a requirement kills nothing
  2  wrong usage
  3  a mutant could not be judged"""


def _conditions(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add an option for each condition of the emulator."""
    for condition in reversed(fields(Conditions)):
        words = str(condition.metadata["help"])
        command = click.option(
            f"--{condition.name.replace('_', '-')}",
            is_flag=condition.default is False,
            default=condition.default,
            type=condition.metadata.get("type"),
            help=f"{words[0].upper()}{words[1:]}.",
        )(command)
    return command


@main.command()
@click.option("--host", default="127.0.0.1", show_default=True)
@click.option("--port", type=click.IntRange(0, 65535), default=4566, show_default=True)
@click.option("--mutant", default=None, metavar="NAME", help="With this one fault.")
@click.option("--profile", default=None, metavar="NAME", help="With these other choices, and no fault.")
@click.option("--drain-seconds", type=float, default=None, help="From Delete until INACTIVE; inf: for ever.")
@click.option("--deployment-seconds", type=float, default=None, help="How long one lasts; inf: for ever.")
@_conditions
@told
def serve(
    host: str,
    port: int,
    mutant: str | None,
    profile: str | None,
    drain_seconds: float | None,
    deployment_seconds: float | None,
    **conditions: Any,
) -> int:
    """Run the reference emulator, for anyone who wants Express Mode locally."""
    if mutant and profile:
        raise ConfigurationError("Give either --mutant or --profile.", hint="An emulator has one name.")
    for name in (mutant, profile):
        if name is not None:
            variant_named(name)
    from conformance.emulator import server  # noqa: PLC0415  moto takes seconds to import; the rest needs none

    server.serve(
        host=host,
        port=port,
        mutant=mutant,
        profile=profile,
        drain_seconds=drain_seconds,
        deployment_seconds=deployment_seconds,
        conditions=Conditions(**conditions),
    )
    return 0


@main.command("openapi")
@click.option("--service-arn", default="", metavar="ARN", help="A service that exists: the only one named.")
@click.option("-o", "--output", default="-", metavar="FILE", help="Default: standard output.")
@told
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
    write_text(Path(output), f"{text}\n")
    return 0


@main.command(epilog=_MUTANTS_EXIT_CODES)
@click.argument("names", nargs=-1, metavar="[MUTANT]...")
@click.option("--effort", type=click.Choice(EFFORTS), default="standard", show_default=True)
@click.option("--seed", type=int, default=0, show_default=True)
@click.option("-n", "workers", type=click.IntRange(1), default=os.cpu_count() or 1, help="Mutants at a time.")
@click.option("--out", default=Path("reports/mutants"), type=click.Path(path_type=Path), show_default=True)
@told
def mutants(names: tuple[str, ...], effort: Effort, seed: int, workers: int, out: Path) -> int:
    """Judge the suite itself by faulty emulators: all, or the named ones."""
    plan = mutation.Plan(effort=effort, seed=seed, workers=workers, names=names)
    results = mutation.judge_mutants(plan, lambda trial: click.echo(mutant_report.line(trial)))
    mutant_report.write(results, out)
    click.echo(mutant_report.summary(results, out))
    return results.exit_code
