"""The JSON Schemas of the documents that this package writes, as files beside this one."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

from conformance.exceptions import RecordingError

NAMES = ("results", "recording", "diff", "differences", "badge", "evidence", "drift", "model")
"""What there is a schema of: ``results.json``, one line of ``recording.jsonl``, what ``diff --format json``
prints, ``differences.json``, ``badge.json``, ``evidence.json``, what ``drift --json`` prints, and the
baseline that ``drift --write`` makes.
"""


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema, draft 2020-12, of one of :data:`NAMES`."""
    text = files("conformance").joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document


def check_version(found: object, known: str) -> None:
    """Refuse a document of a format that this version of the suite does not know yet.

    Args:
        found: what the document says it is, such as ``express-conformance/results@2``.
        known: the format that can be read.

    Raises:
        RecordingError: it is the same format in another version; what is no format at all is left alone.
    """
    name, _, version = known.rpartition("@")
    if not isinstance(found, str):
        return
    found_name, _, found_version = found.rpartition("@")
    if found_name == name and found_version != version and found_version.isdecimal():
        raise RecordingError(
            f"The document has the format {found[:100]}; this version of the suite reads {known}.",
            hint="Upgrade express-conformance, or make the file with this version.",
        )
