"""Commands that show what is judged: requirements, sentences, and one of them whole."""

from __future__ import annotations

import json

import click

from conformance import model, schemas
from conformance.cli.app import main, told
from conformance.emulator.mutants import MUTANTS
from conformance.ledger import SENTENCES
from conformance.reporting import catalogue, sentences
from conformance.requirements import ORACLES, REQUIREMENTS, selected
from conformance.scenarios import SCENARIOS


@main.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@click.option("--sentences", "by_sentence", is_flag=True, help="AWS's sentences, and what carries each.")
@click.argument("patterns", nargs=-1, metavar="[ID]...")
@told
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


@main.command("schema")
@click.argument("name", type=click.Choice(schemas.NAMES))
@told
def print_schema(name: str) -> int:
    """Print the JSON Schema of a document that this program writes."""
    click.echo(json.dumps(schemas.schema(name), indent=2))
    return 0


@main.command()
@click.argument("id")
@told
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
