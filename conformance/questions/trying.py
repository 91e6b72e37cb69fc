"""Short ways to say what is to be tried."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.questions.question import Recipe
from conformance.questions.steps import GONE

_LONGEST_LABEL = 60


def values(path: str, *tried: Any, dear: Iterable[Any] = ()) -> dict[str, Recipe]:
    """The valid update with each of these values at a path, the value being the label.

    Args:
        path: where.
        tried: the values.
        dear: those that should be accepted, and so cost an update.
    """
    expected = [json.dumps(each) for each in dear]
    return {
        label(each): {
            "do": "vary",
            "changes": {path: each},
            **({"dear": True} if json.dumps(each) in expected else {}),
        }
        for each in (*tried, *dear)
    }


def changed(changes: Mapping[str, Any], *, dear: bool = False) -> Recipe:
    """The valid update with other values at some paths."""
    return {"do": "vary", "changes": dict(changes), **({"dear": True} if dear else {})}


def without(path: str) -> Recipe:
    """The valid update without what is at a path."""
    return {"do": "vary", "changes": {path: GONE}}


def label(value: Any) -> str:
    """A value as the label of a try: as JSON, a long one by its beginning and its length."""
    text = json.dumps(value, ensure_ascii=False)
    if len(text) <= _LONGEST_LABEL:
        return text
    of = f"{len(value)} characters" if isinstance(value, str) else f"{len(text)} characters of JSON"
    return f"{text[:20]}… ({of})"
