"""The files that a run leaves behind. Each format is a module with a pure ``render`` and one line here."""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

from conformance.exceptions import OutputError
from conformance.history import History
from conformance.reporting import badge, badge_svg, ctrf, document, html, junit, markdown
from conformance.reporting.history import in_short
from conformance.results import Results

__all__ = ["FORMATS", "Format", "write_all", "write_text"]

Format = Callable[[Results], str]

# The results come first: should a report fail, they are there to make it from.
FORMATS: dict[str, Format] = {
    "results.json": document.render,
    "report.html": html.render,
    "summary.md": markdown.render,
    "junit.xml": junit.render,
    "ctrf.json": ctrf.render,
    "badge.json": badge.render,
    "badge.svg": badge_svg.render,
}


def write_all(results: Results, folder: Path, *, history: History | None = None) -> list[Path]:
    """Write every format into a folder, which is made if need be, and return the paths.

    Args:
        results: the run.
        folder: where to.
        history: the runs of its target up to this one, for the report.

    Raises:
        OutputError: the folder cannot be made or written.
    """
    formats: dict[str, Format] = {
        **FORMATS,
        "report.html": partial(html.render, history=history),
        "summary.md": partial(markdown.render, past=in_short(history) if history else ()),
    }
    return [write_text(folder / name, render(results)) for name, render in formats.items()]


def write_text(path: Path, text: str) -> Path:
    """Write a file in one step: a reader sees the old text or the new one, never a part.

    Raises:
        OutputError: it cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(text, encoding="utf-8", newline="\n")
        part.replace(path)
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror or error}.",
            hint="Choose another place with --out or -o.",
        ) from error
    finally:
        _discard(part)
    return path


def _discard(part: Path) -> None:
    """Remove what an interrupted write may have left; nothing can be done if that fails too."""
    try:
        part.unlink(missing_ok=True)
    except OSError:
        return
