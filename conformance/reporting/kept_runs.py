"""The folder of a history: one results document for each run, found again by whoever looks there next."""

from __future__ import annotations

import json
import re
import secrets
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from conformance import history
from conformance.exceptions import ConformanceError, OutputError, RecordingError
from conformance.history import History, KeptRun
from conformance.reporting import write_all, write_text
from conformance.reporting.inert import one_line
from conformance.reporting.wording import plural
from conformance.results import Results

_AT_MOST = 500  # runs that are read, the latest by their names; more would take many seconds
_LARGEST = 64 << 20  # bytes of a file; ours have a few hundred thousand
_LABEL = 60  # characters of a target's name in a file's name
_TOLD = 5  # files that cannot be used and are told one by one
_WARNING = 300  # characters


def prepare(place: str) -> None:
    """Be sure that the folder can be written, before anything is sent; an empty name is none.

    Raises:
        OutputError: it cannot.
    """
    if not place:
        return
    folder = Path(place)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise OutputError(
            f"The folder of the history, {folder}, cannot be written: {error.strerror or error}.",
            hint="Choose another one with --history.",
        ) from error


def write(results: Results, out: Path, place: str) -> History | None:
    """Write all reports of a run, then keep it: should that fail, the reports are there.

    Args:
        results: the run.
        out: the folder of its reports.
        place: the folder of the history; empty for none.

    Returns:
        The history up to this run; None without a folder.

    Raises:
        OutputError: something cannot be written.
        RecordingError: the run's time cannot be read.
    """
    found = history.of(results, *read(Path(place))) if place else None
    write_all(results, out, history=found)
    if found is not None:
        keep(results, Path(place))
    return found


def read(folder: Path) -> tuple[list[KeptRun], list[str]]:
    """All runs of a folder, and what of it could not be used, in one sentence each.

    Every ``*.json`` that is a results document counts, whoever put it there.
    """
    try:
        paths = sorted((path for path in folder.glob("*.json") if path.name[0] != "."), reverse=True)
    except OSError as error:
        return [], [f"The folder {folder} cannot be read: {error.strerror or error}."]
    kept: list[KeptRun] = []
    refused: list[str] = []
    for path in paths[:_AT_MOST]:
        try:
            kept.append(_run(path))
        except (ConformanceError, OSError) as error:
            why = error.message if isinstance(error, ConformanceError) else error.strerror
            refused.append(one_line(f"{path.name} was left out: {why}", _WARNING))
    return kept, [*refused[:_TOLD], *_unread(len(refused) - _TOLD, len(paths) - _AT_MOST)]


def _unread(refused: int, older: int) -> Iterator[str]:
    if refused > 0:
        yield f"{plural(refused, 'more file was', 'more files were')} left out."
    if older > 0:
        yield f"{plural(older, 'older file was', 'older files were')} not read; move them elsewhere."


def _run(path: Path) -> KeptRun:
    # A pipe or a device of that name would be waited for.
    if not path.is_file() or path.stat().st_size > _LARGEST:
        raise RecordingError("it is no file of a run's size.")
    run = KeptRun(results=history.abridged(Results.read(path)), file=path.name)
    _ = run.began
    return run


def keep(results: Results, folder: Path) -> Path:
    """Add a run to the folder, abridged, under a name that no other file has; returns its path.

    Raises:
        OutputError: it cannot be written.
        RecordingError: the run's time cannot be read.
    """
    document = history.abridged(results).to_json()
    # Compact, because there will be many; ASCII only, like results.json.
    text = json.dumps(document, separators=(",", ":")) + "\n"
    try:
        return write_text(folder / _name(results), text)
    except OutputError as error:
        raise OutputError(
            error.message, hint="The run's own files are written; copy its results.json into the folder."
        ) from error


def _name(results: Results) -> str:
    """The time of the run first, so that names sort by it; the time of writing tells equal ones apart."""
    label = re.sub(r"[^A-Za-z0-9._-]+", "-", results.target.name).strip("-.")[:_LABEL] or "target"
    began = f"{history.began(results):%Y%m%dT%H%M%SZ}"
    return f"{began}_{label}_{time.time_ns():016x}{secrets.token_hex(3)}.json"
