"""What the HTML report shows, as plain values: the template only places them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count, groupby

from conformance import age
from conformance.reporting import presence, semantics, sentences, tools, wording
from conformance.reporting.summary import Statement, statements
from conformance.results import RequirementResult, Results
from conformance.verdict import Verdict

# These have their details in the sections at the top; everything else has them in its topic.
SHOWN_FIRST = (Verdict.FAIL, Verdict.DIVERGES, Verdict.FLAKY)

_UNSAFE = re.compile(r"[^A-Za-z0-9_.:/\[\]-]+")
_BAR_WIDTH = 1000
_NARROWEST = 0.012  # share of the bar


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A group of requirements with the same verdict, shown before the topics.

    Attributes:
        opened: how many of them are unfolded from the start.
    """

    id: str
    title: str
    lead: str
    results: list[RequirementResult]
    opened: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """The requirements of one topic."""

    id: str
    title: str
    results: list[RequirementResult]
    counts: list[tuple[Verdict, int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """One verdict's share of the bar."""

    verdict: Verdict
    count: int
    start: float
    width: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Everything on the page.

    Attributes:
        summary: what the run says of the target in a few sentences.
        tone: the verdict whose colour the conclusion has.
        old: whether it is old evidence; the first remark says so then.
        facts, numbers: labels and values of the head.
        tools: what other tools added.
        unsettled: what the target does where no document says what is right.
        anchors: element ids by requirement id.
    """

    conclusion: str
    summary: list[Statement]
    remarks: list[str]
    old: bool
    tone: Verdict
    facts: list[tuple[str, str]]
    numbers: list[tuple[str, str]]
    bar: list[Segment]
    sections: list[Section]
    tools: list[tools.Share]
    unexercised: list[RequirementResult]
    topics: list[Topic]
    sentences: list[sentences.Part]
    unsettled: list[semantics.Chapter]
    anchors: dict[str, str]
    presence: presence.Picture | None

    def place_of(self, statement: Statement) -> tuple[str, str]:
        """Where to read on about a sentence of the summary: a label, and the id of an element.

        That is the requirement that decides it, if it is one, or else the first of its topics. Both are empty
        where it is about the whole run.
        """
        if len(statement.ids) == 1:
            return statement.ids[0], self.anchors.get(statement.ids[0], "")
        wanted = wording.topic_title(statement.topics[0]) if statement.topics else ""
        return next(((topic.title, topic.id) for topic in self.topics if topic.title == wanted), ("", ""))


def of(results: Results) -> Page:
    """The page of one run."""
    return Page(
        conclusion=wording.conclusion(results),
        summary=statements(results),
        remarks=wording.remarks(results),
        old=age.is_old(results),
        tone=_tone(results),
        facts=_facts(results),
        numbers=_numbers(results),
        bar=_bar(results),
        sections=[section for section in _sections(results) if section.results],
        tools=tools.shares(results),
        unexercised=wording.with_verdict(results, Verdict.NOT_EXERCISED),
        topics=_topics(results.requirements),
        sentences=sentences.of_the_page(results),
        unsettled=semantics.chapters(results),
        anchors=anchors(result.id for result in results.requirements),
        presence=presence.of(results),
    )


def anchors(ids: Iterable[str]) -> dict[str, str]:
    """An element id for each requirement id: the id itself wherever it can be one.

    Every anchor has a slash in it, which the page's own ids have not, so they cannot collide.
    """
    given: dict[str, str] = {}
    taken: set[str] = set()
    for id_ in ids:
        stem = _UNSAFE.sub("-", id_)
        stem = stem if "/" in stem else f"requirement/{stem}"
        anchor = next(candidate for candidate in _numbered(stem) if candidate not in taken)
        taken.add(anchor)
        given[id_] = anchor
    return given


def _numbered(stem: str) -> Iterator[str]:
    yield stem
    yield from (f"{stem}-{number}" for number in count(2))


def _tone(results: Results) -> Verdict:
    if not results.target.supported:
        return Verdict.UNSUPPORTED
    if results.failures:
        return Verdict.FAIL
    judged, passed = wording.tally(results)
    if not results.complete or not judged:
        return Verdict.NOT_EXERCISED
    return Verdict.PASS if passed == judged else Verdict.DIVERGES


def _facts(results: Results) -> list[tuple[str, str]]:
    target, suite = results.target, results.suite
    facts = [
        ("Target", wording.target_title(results)),
        ("Version", target.version),
        ("Answers as", target.server),
        ("Endpoint", target.endpoint),
        ("Region", target.region),
        ("Started", wording.moment(results.started_at)),
        ("Age", age.mark(results)),
        ("Duration", wording.duration(results)),
        ("Suite", f"express-conformance {suite.version}"),
        ("Service model", f"botocore {suite.botocore}"),
        ("Hypothesis", suite.hypothesis),
        ("Effort", suite.effort),
        ("Seed", str(suite.seed)),
    ]
    return [(label, value) for label, value in facts if value]


def _numbers(results: Results) -> list[tuple[str, str]]:
    counts = results.counts
    numbers = [
        ("exchanges", counts.exchanges),
        ("updates accepted", counts.updates_accepted),
        ("updates rejected", counts.updates_rejected),
        ("presence subsets", counts.presence_subsets),
        ("scenarios", len(results.scenarios)),
    ]
    if counts.transport_failures:
        numbers.append(("without an answer", counts.transport_failures))
    return [(label, f"{number:,}") for label, number in numbers]


def _bar(results: Results) -> list[Segment]:
    """The verdicts' shares side by side, worst first; the smallest share is still wide enough to be seen."""
    numbers = [(verdict, results.summary[verdict.value]) for verdict in Verdict]
    present = [(verdict, number) for verdict, number in numbers if number]
    widths = [max(number / len(results.requirements), _NARROWEST) for _, number in present]
    scale = _BAR_WIDTH / sum(widths, start=0.0) if widths else 0.0
    segments, start = [], 0.0
    for (verdict, number), width in zip(present, widths, strict=True):
        segments.append(Segment(verdict=verdict, count=number, start=start, width=width * scale))
        start += width * scale
    return segments


def _sections(results: Results) -> list[Section]:
    return [
        Section(
            id="first",
            title="What to look at first",
            lead="These requirements are written down, and the target violates them.",
            results=results.failures,
            opened=3,
        ),
        Section(
            id="known",
            title="Known deviations",
            lead="These fail too, but whoever owns the target has listed them with a reason.",
            results=wording.known_failures(results),
        ),
        Section(
            id="diverging",
            title="Diverges",
            lead="The target differs from what is only observed or inferred, or did what is tolerated."
            " That is no failure.",
            results=wording.with_verdict(results, Verdict.DIVERGES),
        ),
        Section(
            id="flaky",
            title="Flaky",
            lead="Violated, but the violation did not come back, or not always, when the same case was sent"
            " again.",
            results=wording.with_verdict(results, Verdict.FLAKY),
        ),
    ]


def _topics(results: Iterable[RequirementResult]) -> list[Topic]:
    ordered = sorted(results, key=lambda result: result.topic)
    groups = [(topic, list(group)) for topic, group in groupby(ordered, key=lambda result: result.topic)]
    return [
        Topic(
            id=f"topic-{number}",
            title=wording.topic_title(topic),
            results=group,
            counts=_counted(group),
        )
        for number, (topic, group) in enumerate(groups, start=1)
    ]


def _counted(results: Iterable[RequirementResult]) -> list[tuple[Verdict, int]]:
    seen = Counter(result.verdict for result in results)
    return [(verdict, seen[verdict]) for verdict in Verdict if seen[verdict]]
