"""The differences of two targets: text for a terminal, ``differences.json``, and an HTML page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from conformance import differences as document
from conformance.differences import Comparison, Difference, Finding
from conformance.normalisation import ACCEPTED
from conformance.reporting import html, write_text
from conformance.reporting.bodies import compact
from conformance.reporting.inert import one_line
from conformance.reporting.room import fitted
from conformance.reporting.wording import plural

_WIDTH = 160
_AT_MOST = 20
_PLACES = 4  # of one finding that a terminal is told


def write(comparison: Comparison, folder: Path) -> None:
    """Write ``differences.json`` and ``differences.html``.

    Raises:
        OutputError: the folder cannot be made or written.
    """
    write_text(folder / "differences.json", document.render(comparison))
    write_text(folder / "differences.html", render(comparison))


def render(comparison: Comparison) -> str:
    """The page: each difference with the smallest request that shows it, and both answers side by side."""
    values: dict[str, Any] = {
        "comparison": comparison,
        "conclusion": conclusion(comparison),
        "names": names(comparison),
        "tone": "diverges" if comparison.findings else "pass" if comparison.complete else "fail",
        "sign": "≠" if comparison.findings else "=" if comparison.complete else "!",
        "headline": headline,
        "steps": _steps,
    }
    return fitted(lambda limits: html.fill("differences.html.j2", limits, **values))


def names(comparison: Comparison) -> tuple[str, str]:
    """What the sides are called: alike only where they have different addresses."""
    first, second = (str(side["name"]) for side in (comparison.first, comparison.second))
    second = f"recording of {second}" if comparison.second["recording"] else second
    return (f"{first} (target)", f"{second} (against)") if first == second else (first, second)


def conclusion(comparison: Comparison) -> str:
    """What came of the comparison, in a sentence."""
    first, second = names(comparison)
    number = len(comparison.findings)
    if not comparison.complete:
        so_far = plural(number, "difference")
        return f"The comparison of {first} with {second} was not completed; {so_far} so far."
    if number:
        return f"{first} and {second} differ in {plural(number, 'way')}."
    return f"No difference between {first} and {second} was found."


def headline(finding: Finding, called: tuple[str, str]) -> str:
    """A difference in one line."""
    about = f" ({finding.lead.subject})" if finding.lead.subject else ""
    return f"{finding.lead.operation}{about}: {how(finding.lead, called)}"


def how(difference: Difference, called: tuple[str, str]) -> str:
    """In what two answers differ."""
    if difference.what == "outcome":
        return f"{called[0]} {_answers(difference.first)}, {called[1]} {_answers(difference.second)}"
    if difference.what == "only-first":
        return f"only {called[0]} has {difference.path}"
    if difference.what == "only-second":
        return f"only {called[1]} has {difference.path}"
    return f"{difference.path} is {difference.first} at {called[0]}, {difference.second} at {called[1]}"


def _answers(outcome: str | None) -> str:
    return "accepts it" if outcome == ACCEPTED else f"answers {outcome}"


def _steps(finding: Finding) -> list[tuple[Mapping[str, Any], list[Difference]]]:
    """The steps of the case, each with its differences."""
    return [
        (step, [each for each in finding.differences if each.step == number])
        for number, step in enumerate(finding.steps)
    ]


def summary(comparison: Comparison, folder: Path) -> str:
    """The end of a comparison, for a terminal."""
    called = names(comparison)
    lines = [one_line(conclusion(comparison), 2 * _WIDTH)]
    lines.append(
        f"{plural(comparison.cases, 'case')}, {plural(comparison.compared, 'pair')} of answers compared."
    )
    for finding in comparison.findings[:_AT_MOST]:
        lines += ["", *_told(finding, called)]
    if len(comparison.findings) > _AT_MOST:
        lines += ["", f"{len(comparison.findings) - _AT_MOST} more are in the report."]
    lines += ["", *_aside(comparison)]
    lines += [f"Report: {folder / 'differences.html'}", f"Files:  {folder}"]
    return "\n".join(lines)


def _told(finding: Finding, called: tuple[str, str]) -> Iterator[str]:
    yield one_line(f"≠ {headline(finding, called)}", 2 * _WIDTH)
    request = finding.asked
    sent = f"{request['operation']} {compact(request['body'])}"
    yield f"  request  {one_line(sent, 2 * _WIDTH)}"
    others = [each for each in finding.differences if each != finding.lead]
    for each in others[:_PLACES]:
        yield f"  also     {one_line(f'{each.operation}: {how(each, called)}', _WIDTH)}"
    if len(others) > _PLACES:
        yield f"           and {len(others) - _PLACES} more"
    for concern in finding.concerns[:_PLACES]:
        seen = (
            f"{called[0]}: {concern.first or 'as required'}; {called[1]}: {concern.second or 'as required'}"
        )
        yield f"  concerns {one_line(f'{concern.id} ({concern.evidence}): {seen}', _WIDTH)}"
    if not finding.repeated:
        yield "  It did not come back when its case was sent again on new services."
    elif not finding.shrunk:
        yield "  As it was seen; a smaller request may show it."
    yield f"  seen in {plural(finding.times, 'case')} of {one_line(finding.scenario, 60)}"


def _aside(comparison: Comparison) -> Iterator[str]:
    if comparison.following:
        number = plural(len(comparison.following), "further difference")
        yield f"{number} only came after another one, and may follow from it; the report lists them."
    if comparison.timing:
        yield (
            f"{plural(len(comparison.timing), 'further difference')} may be a matter of when the targets were"
            " asked; the report lists them, and they do not count."
        )
    for why, times in comparison.not_compared.items():
        yield one_line(f"not compared: {times:,} {why}", _WIDTH)
    for error in comparison.errors:
        yield one_line(f"error: {error}", 2 * _WIDTH)
