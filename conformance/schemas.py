"""The JSON Schemas of the documents that this package writes, as files beside this one."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import Any

NAMES = ("results", "diff")
"""What there is a schema of: ``results.json``, and what ``diff --format json`` prints."""


def schema(name: str) -> dict[str, Any]:
    """The JSON Schema, draft 2020-12, of one of :data:`NAMES`."""
    text = files("conformance").joinpath(f"{name}.schema.json").read_text(encoding="utf-8")
    document: dict[str, Any] = json.loads(text)
    return document
