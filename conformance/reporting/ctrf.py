"""``ctrf.json``: the Common Test Report Format (https://ctrf.io), one test per requirement.

A test that "passed" or "failed" is a requirement that did; what is neither, such as a known deviation or an
open question, is "other", with the verdict as its raw status. Requirements share their traffic, so none has
a duration of its own.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from conformance.reporting.inert import in_part, visible
from conformance.reporting.junit import account
from conformance.reporting.wording import conclusion, epoch, target_title
from conformance.results import RequirementResult, Results
from conformance.verdict import Verdict

SPECIFICATION = "0.0.0"
_TOOL = "express-conformance"
_STATUS = {
    Verdict.PASS: "passed",
    Verdict.FAIL: "failed",
    Verdict.NOT_EXERCISED: "skipped",
    Verdict.UNSUPPORTED: "skipped",
}
_STATUSES = ("passed", "failed", "skipped", "pending", "other")


def render(results: Results) -> str:
    """The run as a CTRF document; ASCII only, like ``results.json``."""
    tests = [*_errors(results), *(_test(result) for result in results.requirements)]
    document = {
        "reportFormat": "CTRF",
        "specVersion": SPECIFICATION,
        "reportId": _uuid("run", results.target.name, results.started_at, str(results.suite.seed)),
        "generatedBy": _TOOL,
        "results": {
            "tool": {"name": _TOOL, "version": results.suite.version},
            "summary": _summary(results, tests),
            "tests": tests,
            "environment": _environment(results),
        },
    }
    return json.dumps(document, indent=2) + "\n"


def _summary(results: Results, tests: list[dict[str, Any]]) -> dict[str, Any]:
    counted = Counter(test["status"] for test in tests)
    start, stop = (round(epoch(time) * 1000) for time in (results.started_at, results.finished_at))
    return {
        "tests": len(tests),
        **{status: counted[status] for status in _STATUSES},
        "flaky": sum("flaky" in test for test in tests),
        "suites": len({tuple(test["suite"]) for test in tests}),
        "start": start,
        "stop": stop,
        "duration": max(stop - start, 0),
    }


def _environment(results: Results) -> dict[str, Any]:
    return {
        "appName": visible(target_title(results)),
        "extra": {
            "endpoint": visible(results.target.endpoint),
            "region": visible(results.target.region),
            "effort": visible(results.suite.effort),
            "seed": results.suite.seed,
            "botocore": visible(results.suite.botocore),
            "hypothesis": visible(results.suite.hypothesis),
        },
    }


def _errors(results: Results) -> Iterator[dict[str, Any]]:
    """What went wrong with the run itself: it must not look green where nobody was judged."""
    errors = list(results.errors)
    if not results.target.supported or not results.complete:
        errors.insert(0, conclusion(results))
    for number, error in enumerate(errors, start=1):
        yield {
            "name": f"run: error {number}",
            "status": "failed",
            "duration": 0,
            "suite": ["run"],
            "message": in_part(error),
        }


def _test(result: RequirementResult) -> dict[str, Any]:
    known = result.known is not None
    test: dict[str, Any] = {
        "id": _uuid("requirement", result.id),
        "name": visible(result.id) or "(empty)",
        "status": "other" if known and result.verdict is Verdict.FAIL else _status(result.verdict),
        "rawStatus": result.verdict.value,
        "duration": 0,
        "suite": [visible(result.topic)],
        "tags": [result.evidence.value, *(["known-deviation"] if known else [])],
        "extra": {"title": visible(result.title), "judged": result.judged, "violated": result.violated},
    }
    if result.verdict is Verdict.FLAKY:
        test["flaky"] = True
    if result.verdict is not Verdict.PASS:
        test |= {"message": in_part(_message(result)), "trace": in_part(account(result))}
    return test


def _status(verdict: Verdict) -> str:
    return _STATUS.get(verdict, "other")


def _message(result: RequirementResult) -> str:
    told = result.counterexample.observed if result.counterexample else "; ".join(sorted(result.behaviours))
    reasons = [told or result.note or result.title]
    if result.known is not None:
        reasons.insert(0, f"known deviation: {result.known}")
    return "; ".join(reasons)


def _uuid(*parts: str) -> str:
    """An identifier that is the same each time the same parts are named."""
    text = "\n".join((_TOOL, *parts)).encode("utf-8", "backslashreplace").decode()
    return str(uuid5(NAMESPACE_URL, text))
