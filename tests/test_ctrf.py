"""``ctrf.json``: what readers of the Common Test Report Format are told."""

from __future__ import annotations

import json
from dataclasses import replace
from uuid import UUID

import jsonschema
import pytest
import sample_results as sample

from conformance.reporting import FORMATS
from conformance.verdict import Verdict

_TEXT = {"type": "string"}
_WHOLE = {"type": "integer"}
_COUNTS = ["tests", "passed", "failed", "skipped", "pending", "other", "start", "stop"]
# What https://ctrf.io says of the parts that the suite writes, as of specification 0.0.0: no member may be
# there that it does not know, and these are required.
CTRF = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    "type": "object",
    "required": ["reportFormat", "specVersion", "results"],
    "additionalProperties": False,
    "properties": {
        "reportFormat": {"const": "CTRF"},
        "specVersion": {"type": "string", "pattern": r"^[0-9]+\.[0-9]+\.[0-9]+$"},
        "reportId": {"type": "string", "format": "uuid"},
        "timestamp": {"type": "string", "format": "date-time"},
        "generatedBy": _TEXT,
        "results": {
            "type": "object",
            "required": ["tool", "summary", "tests"],
            "additionalProperties": False,
            "properties": {
                "tool": {
                    "type": "object",
                    "required": ["name"],
                    "additionalProperties": False,
                    "properties": {"name": {"type": "string", "minLength": 1}, "version": _TEXT},
                },
                "summary": {
                    "type": "object",
                    "required": _COUNTS,
                    "additionalProperties": False,
                    "properties": dict.fromkeys([*_COUNTS, "flaky", "suites", "duration"], _WHOLE),
                },
                "tests": {"type": "array", "items": {"$ref": "#/$defs/test"}},
                "environment": {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"appName": _TEXT, "appVersion": _TEXT, "extra": {"type": "object"}},
                },
            },
        },
    },
    "$defs": {
        "test": {
            "type": "object",
            "required": ["name", "status", "duration"],
            "additionalProperties": False,
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "name": {"type": "string", "minLength": 1},
                "status": {"enum": ["passed", "failed", "skipped", "pending", "other"]},
                "duration": _WHOLE,
                "suite": {"type": "array", "minItems": 1, "items": _TEXT},
                "message": _TEXT,
                "trace": _TEXT,
                "rawStatus": _TEXT,
                "tags": {"type": "array", "items": _TEXT},
                "flaky": {"type": "boolean"},
                "extra": {"type": "object"},
            },
        }
    },
}


def rendered(results):
    """The document, which follows the format."""
    document = json.loads(FORMATS["ctrf.json"](results))
    jsonschema.validate(document, CTRF, cls=jsonschema.Draft202012Validator)
    return document


def statuses(document):
    """The status of each test by its name."""
    return {test["name"]: test["status"] for test in document["results"]["tests"]}


def test_every_requirement_is_a_test():
    """What passes or fails does; what is neither is something else, and the verdict is told, too."""
    document = rendered(sample.results())
    assert (
        statuses(document).items()
        >= {
            "preservation/scaling-metric": "failed",
            "errors/unknown-service": "other",  # a known deviation
            "errors/inactive-service": "passed",
            "response/range": "other",
            "response/order": "other",
            "preservation/partial-scaling": "other",
            "access/denied": "skipped",
            "access/unsupported": "skipped",
        }.items()
    )
    tests = {test["name"]: test for test in document["results"]["tests"]}
    assert tests["errors/unknown-service"]["rawStatus"] == "fail"
    assert tests["errors/unknown-service"]["tags"] == ["documented", "known-deviation"]
    assert "upstream issue 12" in tests["errors/unknown-service"]["message"]
    assert [name for name, test in tests.items() if test.get("flaky")] == ["response/order"]
    assert "expected: " in tests["preservation/scaling-metric"]["trace"]
    assert "message" not in tests["errors/message"]


def test_the_summary_adds_up():
    """The counts are those of the tests, and the times those of the run in milliseconds."""
    results = rendered(sample.results())["results"]
    summary, tests = results["summary"], results["tests"]
    kinds = ("passed", "failed", "skipped", "pending", "other")
    assert sum(summary[kind] for kind in kinds) == summary["tests"] == len(tests)
    for kind in kinds:
        assert summary[kind] == sum(test["status"] == kind for test in tests)
    assert summary["flaky"] == 1
    assert summary["stop"] - summary["start"] == summary["duration"] == 65_000
    assert summary["start"] == 1795405270000


@pytest.mark.parametrize(
    "run",
    [
        sample.only(Verdict.PASS, complete=False),
        sample.only(target=replace(sample.results().target, supported=False)),
        sample.only(Verdict.PASS, errors=("the target is gone",)),
    ],
)
def test_what_was_not_judged_is_not_green(run):
    """An incomplete run, a target without the operation, and an error of the run are failed tests."""
    summary = rendered(run)["results"]["summary"]
    assert summary["failed"] == 1


def test_identifiers_are_stable():
    """A requirement has the same id in every run; a run has its own."""
    first, again = rendered(sample.results()), rendered(sample.results())
    other = rendered(sample.results(started_at="2026-11-24T03:41:10Z"))
    assert first == again
    assert first["reportId"] != other["reportId"]
    assert [test["id"] for test in first["results"]["tests"]] == [t["id"] for t in other["results"]["tests"]]
    assert len({UUID(test["id"]) for test in first["results"]["tests"]}) == len(first["results"]["tests"])


def test_no_word_of_a_target_acts():
    """Escapes, bidirectional controls and lone surrogates are shown as signs."""
    text = FORMATS["ctrf.json"](sample.results(errors=(sample.HOSTILE, "\ud800")))
    assert text.isascii()
    shown = json.dumps(json.loads(text), ensure_ascii=False)
    assert "⟨U+001B⟩" in shown
    assert shown.isprintable()


def test_times_that_cannot_be_read_are_zero():
    """A recording can say anything of when it began."""
    summary = rendered(sample.results(started_at="yesterday", finished_at=""))["results"]["summary"]
    assert (summary["start"], summary["stop"], summary["duration"]) == (0, 0, 0)
