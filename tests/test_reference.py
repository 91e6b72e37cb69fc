"""What is published is true: the reference run, judged again, holds; seven targets are compared."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
from commands import express, results

from conformance.schemas import schema

REPORTS = Path(__file__).parent.parent / "reports"
REFERENCE = REPORTS / "reference"
_MOST_BYTES = 5 * 2**20


def test_the_reference_run_holds_today(tmp_path: Path) -> None:
    """Its recording, judged with today's requirements: nothing speaks against the reference emulator."""
    done = express("judge", REFERENCE, "--out", tmp_path / "again", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    again = results(tmp_path / "again")
    assert again["complete"]
    assert again["counts"]["presence_subsets"] == 1024
    assert again["summary"]["fail"] == again["summary"]["diverges"] == again["summary"]["flaky"] == 0


def test_the_reference_run_is_whole() -> None:
    """All files of a run are there, and fit their schemas; nothing in them says on whose machine it was."""
    names = {path.name for path in REFERENCE.iterdir()}
    files = {"report.html", "results.json", "junit.xml", "badge.json", "badge.svg", "ctrf.json", "summary.md"}
    assert names == {*files, "recording.jsonl.gz"}
    for name in ("results", "badge"):
        document = json.loads((REFERENCE / f"{name}.json").read_text(encoding="utf-8"))
        jsonschema.Draft202012Validator(schema(name)).validate(document)
    for path in (*REFERENCE.glob("*.*"), REPORTS / "compat.html"):
        if path.suffix != ".gz":
            assert not re.search(r"/(tmp|home|root|Users)/", path.read_text(encoding="utf-8")), path


def test_the_comparison_is_of_seven_targets() -> None:
    """The reference, its alternate profile, two servers of other people, and three faulty emulators."""
    page = (REPORTS / "compat.html").read_text(encoding="utf-8")
    assert "7 targets compared" in page
    for name in ("embedded:alternate", "moto", "ministack", "embedded:update-resets-cpu"):
        assert f"<bdi>{name}</bdi>" in page
    assert len(page.encode()) < _MOST_BYTES
    assert (REPORTS / "compat.png").read_bytes().startswith(b"\x89PNG")
