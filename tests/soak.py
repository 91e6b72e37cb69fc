"""Run the suite again and again on targets against which nothing may be said, each time with another seed.

    python tests/soak.py --exchanges 200000 --targets embedded,embedded:alternate --faults --seed 1

Whatever fails there, or diverges and is not listed as what has to diverge, is a false accusation: the exit
code is 1, and the requirements are named, with the seed and what was seen. With ``--faults`` the target is
reached through a proxy that is at fault in every way (see ``faulty_proxy``), at 5, 10 and 20 percent in turn:
such a run sees less, and may accuse as little.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from faulty_proxy import FAULTS, faulty

from conformance.emulator.profiles import PROFILES
from conformance.requirements import REQUIREMENTS
from conformance.scenarios import EFFORTS, SCENARIOS
from conformance.scenarios.inventory import Surroundings
from conformance.survey import Order, run_scenario
from conformance.tally import Count, Tally
from conformance.targets.base import Settings
from conformance.targets.embedded import Embedded
from conformance.verdict import Verdict
from conformance.verdicts import verdict
from conformance.wire import Endpoint, Wire

LEGAL = ("embedded", *(f"embedded:{name}" for name in PROFILES))
RATES = (0.05, 0.1, 0.2)
_LONGEST = 2000  # characters of one accusation in the terminal
_SHOWN = (Verdict.FAIL, Verdict.DIVERGES, Verdict.FLAKY, Verdict.NOT_EXERCISED, Verdict.PASS)


@dataclass
class Seen:
    """What one run came to."""

    tally: Tally
    errors: list[str]

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """By id."""
        return {
            id: verdict(entry, self.tally.counts.get(id, Count()), "embedded")
            for id, entry in REQUIREMENTS.items()
        }


@dataclass
class Row:
    """What all runs on one target came to; verdicts are added up over requirements and runs."""

    runs: int = 0
    exchanges: int = 0
    unfinished: int = 0
    verdicts: Counter[Verdict] = field(default_factory=Counter)
    accused: dict[str, str] = field(default_factory=dict)


def run_all(
    endpoint: Endpoint, *, seed: int, effort: str = "smoke", scenarios: Iterable[str] = SCENARIOS
) -> Seen:
    """Run scenarios as a run of the suite does, in this process."""
    wire, total, errors = Wire(endpoint), Tally(), []
    order = Order(effort=effort, seed=seed)
    try:
        for id in scenarios:
            surroundings = Surroundings(run=f"s{seed}")
            outcome = run_scenario(SCENARIOS[id], wire, surroundings, order, lambda _record: None)
            total.merge(outcome.tally)
            errors += [f"{id}: {outcome.summary.error}"] if outcome.summary.error else []
            if outcome.fatal:
                break
    finally:
        wire.close()
    return Seen(total, [*errors, *total.errors])


@contextmanager
def reached(target: str, rate: float, seed: int) -> Iterator[Endpoint]:
    """The endpoint of an embedded target; behind faults, if the rate is none of 0."""
    with ExitStack() as stack:
        embedded = Embedded(address=target.partition(":")[2], settings=Settings(name="soak"))
        endpoint = stack.enter_context(embedded.connect())
        if rate:
            proxy = stack.enter_context(faulty(endpoint.url, *FAULTS, rate=rate, seed=seed))
            endpoint = replace(endpoint, url=proxy.url)
        yield endpoint


def soaked(target: str, *, exchanges: int, seed: int, effort: str, faults: bool) -> Row:
    """Run a target with one seed after the other until so many exchanges were sent."""
    row, allowed = Row(), _has_to_diverge(target)
    while row.exchanges < exchanges:
        number = seed + row.runs
        with reached(target, RATES[row.runs % len(RATES)] if faults else 0, number) as endpoint:
            seen = run_all(endpoint, seed=number, effort=effort)
        row.runs += 1
        row.exchanges += seen.tally.exchanges
        row.unfinished += bool(seen.errors)
        row.verdicts.update(seen.verdicts.values())
        for id in accused(seen, allowed):
            row.accused.setdefault(id, _evidence(id, seen, number))
        if seen.tally.errors or (seen.errors and not faults):
            row.accused.setdefault("(error)", f"seed {number}: {' '.join(seen.errors)}")
        sys.stderr.write(f"{target}, seed {number}: {row.exchanges:,} exchanges\n")
    return row


def accused(seen: Seen, allowed: Collection[str] = ()) -> list[str]:
    """The requirements that fail, and those that diverge without having to."""
    return [
        id
        for id, found in seen.verdicts.items()
        if found is Verdict.FAIL
        or (found is Verdict.DIVERGES and not any(fnmatchcase(id, pattern) for pattern in allowed))
    ]


def _has_to_diverge(target: str) -> Collection[str]:
    """The ids and patterns that the tests of the profiles list, each with its reason."""
    from test_profiles import DIVERGES  # noqa: PLC0415  pytest is needed for nothing else here

    return DIVERGES.get(target.partition(":")[2], {})


def _evidence(id: str, seen: Seen, seed: int) -> str:
    count = seen.tally.counts[id]
    example = json.dumps(count.example, ensure_ascii=False)
    return (
        f"seed {seed}, violated {count.violated}, tolerated {count.tolerated} of {count.judged}, "
        f"came back in {count.returned} of {count.replays} replays: {example}"
    )


def table(rows: dict[str, Row]) -> str:
    """The rows as Markdown."""
    heads = ["target", "runs", "exchanges", *(verdict.value for verdict in _SHOWN), "with errors"]
    lines = [heads, ["---", *("---:" for _ in heads[1:])]]
    for target, row in rows.items():
        numbers = (row.runs, row.exchanges, *(row.verdicts[each] for each in _SHOWN), row.unfinished)
        lines.append([target, *(f"{number:,}" for number in numbers)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> int:
    """Run, print the table, and tell what was accused."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--exchanges", type=int, default=200_000, help="for each target, at least")
    parser.add_argument("--targets", default=",".join(LEGAL), help="by comma; default: all legal ones")
    parser.add_argument("--effort", choices=EFFORTS, default="standard")
    parser.add_argument("--faults", action="store_true", help="behind a proxy that is at fault")
    parser.add_argument("--seed", type=int, default=1, help="of the first run; the others count on")
    parser.add_argument("--out", type=Path, help="a file for the evidence of all accusations")
    given = parser.parse_args()
    rows = {}
    for target in given.targets.split(","):
        rows[target] = soaked(
            target, exchanges=given.exchanges, seed=given.seed, effort=given.effort, faults=given.faults
        )
    sys.stdout.write(f"{table(rows)}\n")
    accusations = [f"{name}: {id}: {why}" for name, row in rows.items() for id, why in row.accused.items()]
    for line in accusations:
        sys.stdout.write(f"\nAccused: {line[:_LONGEST]}\n")
    if given.out:
        given.out.write_text("\n".join(accusations), encoding="utf-8")
    return 1 if accusations else 0


if __name__ == "__main__":
    sys.exit(main())
