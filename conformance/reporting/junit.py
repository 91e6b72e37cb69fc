"""``junit.xml``: what continuous-integration systems show. One suite per topic, one case per requirement."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import groupby
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from conformance.reporting.inert import in_part, visible
from conformance.reporting.wording import FACES, conclusion, elapsed
from conformance.results import RequirementResult, Results
from conformance.verdict import Verdict

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>'
_ELEMENT = {"failures": "failure", "errors": "error", "skipped": "skipped"}


def render(results: Results) -> str:
    """The run as a JUnit document."""
    root = Element("testsuites", name=visible(f"express-conformance: {results.target.name}"))
    root.set("time", f"{elapsed(results):.3f}")
    _add_run_suite(root, results)
    ordered = sorted(results.requirements, key=lambda result: result.topic)
    for topic, group in groupby(ordered, key=lambda result: result.topic):
        _add_topic_suite(root, topic, group, results.started_at)
    _count(root, list(root))
    indent(root)
    return f"{_DECLARATION}\n{tostring(root, encoding='unicode')}\n"


def _add_run_suite(root: Element, results: Results) -> None:
    """What went wrong with the run itself: it must not look green where nobody was judged."""
    errors = list(results.errors)
    if not results.target.supported or not results.complete:
        errors.insert(0, conclusion(results))
    if not errors:
        return
    suite = SubElement(root, "testsuite", name="run", timestamp=visible(results.started_at))
    for number, error in enumerate(errors, start=1):
        case = SubElement(suite, "testcase", classname="run", name=f"error {number}")
        SubElement(case, "error", message=in_part(error))
    _count(suite, list(suite))


def _add_topic_suite(root: Element, topic: str, group: Iterable[RequirementResult], started: str) -> None:
    suite = SubElement(root, "testsuite", name=visible(topic), timestamp=visible(started))
    for result in group:
        case = SubElement(suite, "testcase", classname=visible(topic), name=visible(result.id))
        _WRITERS[result.verdict](case, result)
    _count(suite, list(suite))


def _count(parent: Element, children: list[Element]) -> None:
    """Write the totals of the cases, or of the suites, into the element above them."""
    cases = [case for child in children for case in child.iter("testcase")]
    parent.set("tests", str(len(cases)))
    for attribute, element in _ELEMENT.items():
        number = sum(case.find(element) is not None for case in cases)
        parent.set(attribute, str(number))


def _write_fail(case: Element, result: RequirementResult) -> None:
    if result.known is not None:
        SubElement(case, "skipped", message=in_part(f"known deviation: {result.known}"))
        return
    example = result.counterexample
    message = example.observed if example else f"violated {result.violated} times"
    failure = SubElement(case, "failure", type="violated", message=in_part(message))
    failure.text = in_part(account(result))


def _write_skip(case: Element, result: RequirementResult) -> None:
    reasons = [FACES[result.verdict].word, result.note, *result.behaviours]
    SubElement(case, "skipped", message=in_part("; ".join(filter(None, reasons))))


def _write_remark(case: Element, result: RequirementResult) -> None:
    face = FACES[result.verdict]
    text = f"{face.word}: {face.meaning}\n{account(result)}"
    SubElement(case, "system-out").text = in_part(text)


def _write_pass(case: Element, result: RequirementResult) -> None:
    """A testcase with nothing in it has passed; a known deviation that passes says so."""
    if result.known is not None:
        SubElement(case, "system-out").text = visible(f"fixed: it was a known deviation: {result.known}")


_WRITERS: dict[Verdict, Callable[[Element, RequirementResult], None]] = {
    Verdict.FAIL: _write_fail,
    Verdict.FLAKY: _write_remark,
    Verdict.DIVERGES: _write_remark,
    Verdict.UNSUPPORTED: _write_skip,
    Verdict.NOT_EXERCISED: _write_skip,
    Verdict.INFORMATIONAL: _write_skip,
    Verdict.PASS: _write_pass,
}


def account(result: RequirementResult) -> str:
    """The requirement, what was seen, and how to see it again."""
    lines = [
        result.title,
        f"judged {result.judged}, violated {result.violated}, tolerated {result.tolerated}",
    ]
    if result.note:
        lines.append(result.note)
    if result.counterexample:
        lines += [
            f"expected: {result.counterexample.expected}",
            f"observed: {result.counterexample.observed}",
        ]
        lines += [text for text in [result.counterexample.reproduce.get("replay")] if text]
    return "\n".join(lines)
