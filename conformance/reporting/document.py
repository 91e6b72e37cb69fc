"""``results.json``: the results themselves, which every other report can be made from again."""

from __future__ import annotations

import json

from conformance.results import Results


def render(results: Results) -> str:
    """The document that ``results.schema.json`` describes.

    ASCII only: a lone surrogate or a bidirectional control from an answer stays an escape.
    """
    return json.dumps(results.to_json(), indent=2) + "\n"
