"""``badge.json``: the one-line result for shields.io (https://shields.io/badges/endpoint-badge)."""

from __future__ import annotations

import json

from conformance.model import OPERATION
from conformance.reporting.wording import known_failures, tally
from conformance.results import Results
from conformance.verdict import Verdict


def render(results: Results) -> str:
    """The shields.io endpoint document."""
    text, color = message(results)
    document = {"schemaVersion": 1, "label": OPERATION, "message": text, "color": color}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def message(results: Results) -> tuple[str, str]:
    """What the badge says, and its colour by the name that shields.io has for it."""
    judged, passed = tally(results)
    if not results.target.supported:
        return "unsupported", "lightgrey"
    if not results.complete:
        return "incomplete", "orange"
    if results.failures:
        return f"{len(results.failures)} fail", "red"
    if not judged:
        return "nothing judged", "lightgrey"
    known = len(known_failures(results))
    text = f"{passed}/{judged} pass" + (f", {known} known" if known else "")
    return text, "brightgreen" if passed == judged else _imperfect(results)


def _imperfect(results: Results) -> str:
    serious = known_failures(results) or results.summary[Verdict.FLAKY.value]
    return "yellow" if serious else "yellowgreen"
