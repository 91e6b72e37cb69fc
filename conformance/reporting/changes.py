"""Two runs compared, for people: in a terminal, and as Markdown fit for a comment on a pull request."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

from conformance.changes import Change, Changes, Kind
from conformance.reporting.inert import one_line
from conformance.reporting.markdown import prose
from conformance.reporting.wording import FACES, plural
from conformance.results import RequirementResult

_WIDTH = 200
_AT_MOST = 50  # of a kind; the JSON has them all
_NAMED = 3  # regressions that the conclusion names
TITLES = {
    Kind.ADDED: "New: it speaks against the target now",
    Kind.CHANGED: "Changed: it says something else",
    Kind.FIXED: "Fixed: nothing speaks against the target any more",
    Kind.CATALOGUE: "Requirements that are new, gone or otherwise founded: no change of the target",
}


def conclusion(changes: Changes) -> str:
    """What became of the target, in one sentence."""
    if changes.lost:
        return "The target does not have the operation any more."
    numbers = {kind: len(changes.of_kind(kind)) for kind in Kind}
    if number := len(changes.regressions):
        named = ", ".join(each.id for each in changes.regressions[:_NAMED])
        return f"{plural(number, 'regression')}: {named}{' and more' if number > _NAMED else ''}."
    if not any(number for kind, number in numbers.items() if kind is not Kind.SAME):
        return f"No change: {plural(numbers[Kind.SAME], 'requirement')} as before."
    told = [f"{numbers[kind]:,} {kind.value}" for kind in (Kind.ADDED, Kind.CHANGED, Kind.FIXED)]
    return f"No regression: {', '.join(told)}, {numbers[Kind.SAME]:,} as before."


def as_json(changes: Changes) -> str:
    """The document that ``diff.schema.json`` describes; ASCII only, like ``results.json``."""
    return json.dumps(changes.to_json(), indent=2) + "\n"


def as_text(changes: Changes) -> str:
    """The changes for a terminal, worst first."""
    lines = [one_line(_runs(changes)), conclusion(changes)]
    lines += [one_line(each) for each in changes.circumstances]
    for kind, title in TITLES.items():
        found = changes.of_kind(kind)
        if found:
            lines += ["", title]
            lines += [f"  {line}" for change in found[:_AT_MOST] for line in _told(change)]
            lines += [f"  and {len(found) - _AT_MOST:,} more"] if len(found) > _AT_MOST else []
    return "\n".join(lines)


def _runs(changes: Changes) -> str:
    old, new = changes.old, changes.new
    return f"{old.target.name}, {old.started_at} → {new.target.name}, {new.started_at}"


def _told(change: Change) -> Iterator[str]:
    yield f"{_verdict(change.old)} → {_verdict(change.new)}  {one_line(change.id)}"
    for words, result in (("was", change.old), ("is", change.new)):
        if seen := why(result):
            yield f"    {words:<3}  {one_line(seen, _WIDTH)}"


def _verdict(result: RequirementResult | None) -> str:
    if result is None:
        return "(none)"
    face = FACES[result.verdict]
    return f"{face.sign} {face.word}{' (known)' if result.known is not None else ''}"


def why(result: RequirementResult | None) -> str:
    """What was seen: the observation against it, or the answers to an open question."""
    if result is None:
        return ""
    if result.counterexample is not None:
        return result.counterexample.observed
    return "; ".join(sorted(result.behaviours)) or result.note


def as_markdown(changes: Changes) -> str:
    """The changes as Markdown: nothing in it can act, whatever a target answered."""
    lines = [f"### {_inert(conclusion(changes))}", "", _inert(_runs(changes)), ""]
    lines += [f"- {_inert(each)}" for each in changes.circumstances]
    for kind, title in TITLES.items():
        found = changes.of_kind(kind)
        if found:
            lines += ["", f"<details{' open' if kind is Kind.ADDED else ''}>"]
            lines += [f"<summary>{title} ({len(found):,})</summary>", ""]
            lines += ["| Requirement | Was | Is | Observed |", "|---|---|---|---|"]
            lines += [_row(change) for change in found[:_AT_MOST]]
            lines += ["", "</details>"]
    return "\n".join(lines) + "\n"


def _row(change: Change) -> str:
    cells = (change.id, _verdict(change.old), _verdict(change.new), why(change.new) or why(change.old))
    return f"| {' | '.join(_inert(cell) for cell in cells)} |"


def _inert(text: str) -> str:
    """Text that no Markdown reader takes for markup, a link, a mention or the end of a cell."""
    return prose(text, _WIDTH)


FORMATS: dict[str, Callable[[Changes], str]] = {
    "text": as_text,
    "json": as_json,
    "markdown": as_markdown,
}
