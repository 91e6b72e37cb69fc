"""Where two targets answer the same request differently: pure, and no verdict on either of them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from difflib import SequenceMatcher
from typing import Any

from conformance import model
from conformance.exchange import Exchange
from conformance.normalisation import ACCEPTED, Answer, Leaves, Names, shown
from conformance.observation import from_elsewhere, nothing_happened

FORMAT = "express-conformance/differences@1"

Kind = tuple[str, ...]
"""What makes two differences one: operation, path without the labels of elements, and how they differ."""
Pair = tuple[Exchange, Exchange]
"""The same step of a case at both sides."""

# What a service is seen in the middle of depends on when it is looked at, at any target.
_ALWAYS = re.compile(
    r"service\.(status|currentDeployment|activeConfigurations\.\(older\))(?!\w)|\((order|managed)\)"
)
_ABSENT_FOR_NOW = re.compile(r".*\b(ingressPaths|activeConfigurations)")
_STEP = re.compile(r"[.\[]")
_LABEL = re.compile(r"\[[^]]*\]")
_NEIGHBOURS = {"CreateCluster", "DeleteCluster", "ListClusters", model.REGISTER_TASK_DEFINITION}
_LONGEST = 500  # characters of one value that a difference tells
_MOST_OF_ANSWER = 50  # differences of one pair of answers that are told


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One place in which two answers to the same request differ.

    Attributes:
        operation: that was asked for.
        path: of the member; ``(outcome)`` where one took what the other refused, or by another class.
        what: ``outcome``, ``status``, ``value``, ``only-first``, ``only-second`` or ``null``.
        first, second: what each has there, as text; None where it has nothing.
        step: the number of the pair in its case.
        timing: whether it may be but a matter of when the target was asked.
        subject: for outcomes, in what the request differs from its valid twin.
    """

    operation: str
    path: str
    what: str
    first: str | None
    second: str | None
    step: int = 0
    timing: bool = False
    subject: str = ""

    @property
    def kind(self) -> Kind:
        """What makes two differences one."""
        if self.what == "outcome":
            return (self.operation, self.what, self.subject, self.first or "", self.second or "")
        return (self.operation, self.what, _LABEL.sub("[]", self.path))


def paired(first: Sequence[Exchange], second: Sequence[Exchange], names: tuple[Names, Names]) -> list[Pair]:
    """The same steps of a case at both sides; what only one of them was sent has no pair.

    Requests of several clients at a time have none either: how a race ends is a matter of chance.
    """
    mine, others = ([each for each in side if _is_evidence(each)] for side in (first, second))
    keys = [names[0].key(each) for each in mine], [names[1].key(each) for each in others]
    if keys[0] == keys[1]:
        return list(zip(mine, others, strict=True))
    blocks = SequenceMatcher(None, *keys, autojunk=False).get_matching_blocks()
    return [(mine[b.a + place], others[b.b + place]) for b in blocks for place in range(b.size)]


def _is_evidence(exchange: Exchange) -> bool:
    """Whether the target was asked, and answered, by itself and not for its load."""
    if exchange.group is not None or exchange.request.operation in _NEIGHBOURS or exchange.id == 0:
        return False
    return exchange.response is not None and not nothing_happened(exchange) and not from_elsewhere(exchange)


def differences(pairs: Sequence[Pair], names: tuple[Names, Names]) -> list[Difference]:
    """All differences of one case, in the order of its steps."""
    for side in names:
        side.begin()
    found: list[Difference] = []
    for step, (one, other) in enumerate(pairs):
        answers = names[0].answer(one), names[1].answer(other)
        here = list(_compared(one, *answers, step=step, subject=_subject(one, pairs)))
        found += here[:_MOST_OF_ANSWER]
    return found


def _compared(
    exchange: Exchange, first: Answer, second: Answer, *, step: int, subject: str
) -> Iterator[Difference]:
    operation = exchange.request.operation[:100]
    if first.outcome != second.outcome:
        yield Difference(
            operation=operation,
            path="(outcome)",
            what="outcome",
            first=first.outcome,
            second=second.outcome,
            step=step,
            subject=subject,
        )
    elif first.status != second.status:
        yield Difference(
            operation=operation,
            path="(status)",
            what="status",
            first=str(first.status),
            second=str(second.status),
            step=step,
        )
    if (first.outcome == ACCEPTED) is (second.outcome == ACCEPTED):
        for path, what in _places(first.leaves, second.leaves).items():
            yield Difference(
                operation=operation,
                path=path[:_LONGEST],
                what=what,
                first=_said(path, first.leaves, absent=what == "only-second"),
                second=_said(path, second.leaves, absent=what == "only-first"),
                step=step,
                timing=_is_timing(path, what),
            )


def _places(first: Leaves, second: Leaves) -> dict[str, str]:
    """How two answers differ, by path; of a structure that one side lacks only the outermost is told."""
    inner = _inner(first), _inner(second)
    found: dict[str, str] = {}
    for path in dict.fromkeys([*first, *second]):
        if path in first and path in second:
            if what := _how(first[path], second[path]):
                found[path] = what
        elif path not in inner[path in first]:
            others, within = (second, inner[1]) if path in first else (first, inner[0])
            outermost = next(each for each in _prefixes(path) if each not in within)
            if outermost not in others:
                found[outermost] = "only-first" if path in first else "only-second"
            else:
                found[outermost] = "null" if others[outermost] is None else "value"
    return found


def _inner(leaves: Leaves) -> set[str]:
    """The paths of the structures and lists that hold something."""
    return {prefix for path in leaves for prefix in _prefixes(path) if prefix != path}


def _prefixes(path: str) -> Iterator[str]:
    """What a path goes through, from the outside, and itself."""
    yield from (path[: found.start()] for found in _STEP.finditer(path) if found.start())
    yield path


def _how(one: Any, other: Any) -> str:
    """How two values differ; empty if they do not."""
    if (one is None) is not (other is None):
        return "null"
    return "" if _same(one, other) else "value"


def _same(one: Any, other: Any) -> bool:
    """JSON equality: 1 and 1.0 are one number, true is none."""
    if isinstance(one, bool) is not isinstance(other, bool):
        return False
    return bool(one == other) if type(one) is type(other) or _numbers(one, other) else False


def _numbers(*values: Any) -> bool:
    return all(isinstance(value, int | float) for value in values)


def _said(path: str, leaves: Leaves, *, absent: bool) -> str | None:
    if absent:
        return None
    text = shown(leaves[path]) if path in leaves else "(present)"
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _is_timing(path: str, what: str) -> bool:
    """Whether it may be but a matter of when the target was asked."""
    return bool(_ALWAYS.search(path) or (what != "null" and _ABSENT_FOR_NOW.fullmatch(path)))


def _subject(exchange: Exchange, pairs: Sequence[Pair]) -> str:
    """In which members a request differs from its valid twin; empty if it has none."""
    twin = next((one for one, _ in pairs if exchange.twin is not None and one.id == exchange.twin), None)
    if twin is None:
        return ""
    mine, valid = exchange.request.members, twin.request.members
    return " ".join(sorted({_LABEL.sub("[]", path) for path in _unlike(mine, valid, "")}))[:200]


def _unlike(one: Any, other: Any, path: str) -> Iterator[str]:
    if isinstance(one, dict) and isinstance(other, dict):
        for name in {**one, **other}:
            if name not in one or name not in other:
                yield f"{path}.{name}".lstrip(".")
            else:
                yield from _unlike(one[name], other[name], f"{path}.{name}")
    elif isinstance(one, list) and isinstance(other, list) and len(one) == len(other):
        for mine, theirs in zip(one, other, strict=True):
            yield from _unlike(mine, theirs, f"{path}[]")
    elif not _same(one, other):
        yield path.lstrip(".")


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """A requirement that says something of what differs, and how each side stands to it.

    Attributes:
        first, second: what was seen of each: ``violated``, ``tolerated``, a behaviour, or nothing to remark.
    """

    id: str
    title: str
    evidence: str
    first: str
    second: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A difference with the smallest case that shows it.

    Attributes:
        case: the drawn value.
        shrunk: whether a smaller case was looked for, on services of its own; otherwise it is as it was seen.
        repeated: whether it came back when its case was sent again; of a recording nobody can know.
        times: in how many cases of the survey it was seen.
        lead: the difference that the case was made smaller for.
        differences: all of the case, this one included.
        steps: the pairs of exchanges of the case up to the last one with a difference, as JSON.
        concerns: the requirements to which the two sides stand differently in this case.
    """

    scenario: str
    case: Any
    shrunk: bool
    repeated: bool
    times: int
    lead: Difference
    differences: list[Difference]
    steps: list[dict[str, Any]]
    concerns: list[Concern] = field(default_factory=list)

    @property
    def request(self) -> Mapping[str, Any]:
        """The request of the step in which the difference is, as the first side was sent it."""
        return self.steps[self.lead.step]["first"]["request"]  # type: ignore[no-any-return]

    @property
    def asked(self) -> Mapping[str, Any]:
        """The last update up to that step, else the request itself: what there is to be said about."""
        for step in reversed(self.steps[: self.lead.step + 1]):
            if step["first"]["request"]["operation"] == model.OPERATION:
                return step["first"]["request"]  # type: ignore[no-any-return]
        return self.request


@dataclass(frozen=True, slots=True, kw_only=True)
class Brief:
    """A difference of which no case is kept: how often it was seen, and what was seen first."""

    operation: str
    path: str
    what: str
    times: int
    scenario: str
    first: str | None
    second: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two targets, or a target and a recording, compared case by case.

    Attributes:
        first, second: the two sides: ``name``, ``kind``, ``endpoint``, and ``recording`` where it is one.
        suite: as in a recording's header.
        complete: whether everything was compared that was meant to be.
        cases: how many cases both sides had.
        compared: how many pairs of answers were compared.
        not_compared: by reason, how many cases or scenarios.
        findings: what differs, each with its smallest case.
        timing: what may be but a matter of when the targets were asked.
        following: what was only seen after another difference in its case, and may follow from that.
    """

    first: Mapping[str, Any]
    second: Mapping[str, Any]
    suite: Mapping[str, Any]
    started_at: str
    finished_at: str
    complete: bool
    errors: list[str]
    cases: int
    compared: int
    not_compared: Mapping[str, int]
    findings: list[Finding]
    timing: list[Brief]
    following: list[Brief]

    @property
    def exit_code(self) -> int:
        """0 if nothing differs but what may be a matter of time, 1 if something does, 3 if it broke off."""
        if not self.complete:
            return 3
        return int(bool(self.findings))

    def to_json(self) -> dict[str, Any]:
        """The comparison as a JSON object."""
        return {"format": FORMAT, **asdict(self)}


def render(comparison: Comparison) -> str:
    """``differences.json``; ASCII only, so that what a target said stays an escape."""
    return f"{json.dumps(comparison.to_json(), indent=1)}\n"
