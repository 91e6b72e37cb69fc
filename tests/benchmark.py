"""The project's own benchmark: what a run costs, as ratios to a fixed loop of plain Python in one process.

Run it with ``python tests/benchmark.py [smoke|standard]``. Machines are noisy: compare ratios, not seconds.
"""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import enormous

from conformance.exchange import Exchange
from conformance.judge import rejudge
from conformance.recording import read
from conformance.reporting import html

_ROUNDS = 3
_STEPS = 1_000_000


def main(effort: str = "standard") -> None:
    """Measure a run at this effort and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        small = _run("smoke", Path(folder) / "smoke")
        rows = [("smoke, command to report", f"{small:.1f} s", "at most 10 s")]
        if effort != "smoke":
            full = _run(effort, Path(folder) / effort)
            rows.append((f"{effort}, command to report", f"{full:.1f} s", "at most 60 s (standard)"))
        rows += _costs(Path(folder) / effort)
    rows += _pages()
    for what, value, wanted in rows:
        sys.stdout.write(f"{what:<44} {value:>12}   {wanted}\n")


def _run(effort: str, out: Path) -> float:
    """Seconds from the command to its end."""
    command = [
        sys.executable,
        "-m",
        "conformance",
        "run",
        "--effort",
        effort,
        "--seed",
        "1",
        "--out",
        str(out),
    ]
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def _costs(folder: Path) -> list[tuple[str, str, str]]:
    """What an exchange of this run costs: the suite's own part of the run, and judging it again."""
    recording = folder / "recording.jsonl"
    waited = sum(record.elapsed for record in read([recording]) if isinstance(record, Exchange))
    results = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    exchanges, seconds = results["counts"]["exchanges"], sum(s["seconds"] for s in results["scenarios"])
    loop = _least(_loop) / _STEPS
    judging = _least(lambda: rejudge(read([recording]))) / exchanges
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    rejudge(read([recording, recording]))
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    own = (seconds - waited) / exchanges
    return [
        ("exchanges", f"{exchanges:,}", ""),
        ("own cost of an exchange", f"{own * 1e3:.2f} ms", "at most 2 ms"),
        ("own cost, in steps of the loop", f"{own / loop:,.0f}", "compare with earlier runs"),
        ("re-judging", f"{1 / judging:,.0f} /s", "at least 5,000 /s"),
        ("re-judging, in steps of the loop", f"{judging / loop:,.0f}", "compare with earlier runs"),
        ("memory for twice the exchanges", f"+{grown:,} KiB", "flat"),
    ]


def _pages() -> list[tuple[str, str, str]]:
    """What the report of a run of 300,000 exchanges costs in which everything fails, with large answers."""
    run = enormous.results()
    size = len(html.render(run).encode("utf-8"))
    return [
        ("report of an enormous run", f"{_least(lambda: html.render(run)):.1f} s", "seconds"),
        ("its size", f"{size / 1e6:.1f} MB", "at most 5 MB"),
    ]


def _loop() -> None:
    total = 0
    for step in range(_STEPS):
        total += step & 3


def _least(work: Callable[[], object]) -> float:
    """The least processor time of a few rounds."""
    times = []
    for _ in range(_ROUNDS):
        started = time.process_time()
        work()
        times.append(time.process_time() - started)
    return min(times)


if __name__ == "__main__":
    main(*sys.argv[1:])
