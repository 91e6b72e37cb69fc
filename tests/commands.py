"""The command line as a user meets it: a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

COMMAND = (sys.executable, "-m", "conformance")


def express(*words: str | Path, cwd: Path, seconds: float = 400) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, with no terminal and no input."""
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def results(folder: Path) -> dict[str, Any]:
    """The results that a run left in its folder."""
    document: dict[str, Any] = json.loads((folder / "results.json").read_text(encoding="utf-8"))
    return document


def verdicts(folder: Path) -> dict[str, str]:
    """The verdict of every requirement."""
    return {entry["id"]: entry["verdict"] for entry in results(folder)["requirements"]}


def judgement(folder: Path) -> str:
    """All that was judged, as text, but for the folder that reproductions name.

    And but for how often a life cycle was judged, and how many exchanges there were: that depends on how long
    a service takes to be inactive.
    """
    document = results(folder)
    del document["counts"]["exchanges"]
    for entry in document["requirements"]:
        if entry["topic"] == "life-cycle":
            del entry["judged"]
        if entry["counterexample"]:
            entry["counterexample"]["reproduce"].pop("replay")
    return json.dumps({key: document[key] for key in ("requirements", "summary", "counts", "complete")})


def records(folder: Path) -> list[dict[str, Any]]:
    """The lines of the recording."""
    text = (folder / "recording.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def told_cleanly(done: subprocess.CompletedProcess[str]) -> bool:
    """Whether an error was told in plain lines: no traceback, and nothing of pytest's own words."""
    said = done.stdout + done.stderr
    return "error: " in done.stderr and "Traceback" not in said and "INTERNALERROR" not in said
