"""The words in which all reports speak of a run: verdicts, evidence, the conclusion, counts and times."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from conformance import age
from conformance.model import OPERATION
from conformance.reporting.inert import one_line
from conformance.results import NOT_SENT, RequirementResult, Results
from conformance.verdict import Evidence, Verdict

_ERROR_WIDTH = 300
_NAMED = 3  # failing requirements that a conclusion names


@dataclass(frozen=True, slots=True)
class Face:
    """How a verdict shows: a sign beside the word, so that colour is never the only difference.

    Attributes:
        sign: one character of the fonts that every system has.
        word: the verdict's name.
        meaning: what the verdict says, in one clause.
        style: its colour in a terminal.
    """

    sign: str
    word: str
    meaning: str
    style: str


FACES = {
    Verdict.FAIL: Face("✗", "fail", "violated what is written down", "red"),
    Verdict.FLAKY: Face("~", "flaky", "violated, but not each time it was tried again", "yellow"),
    Verdict.DIVERGES: Face(
        "≈", "diverges", "differs from what is only observed or inferred, or was tolerated", "yellow"
    ),
    Verdict.UNSUPPORTED: Face("∅", "unsupported", "the target does not have the operation", "magenta"),
    Verdict.NOT_EXERCISED: Face("○", "not-exercised", "nothing relevant was seen", "bright_black"),
    Verdict.INFORMATIONAL: Face("i", "informational", "an open question, described and not judged", "blue"),
    Verdict.PASS: Face("✓", "pass", "judged at least once and never violated", "green"),
}

EVIDENCE = {
    Evidence.DOCUMENTED: "written on the API page or in the developer guide",
    Evidence.MODELLED: "written in the botocore service model",
    Evidence.PROTOCOL: "written in the protocol specification, awsJson1_1",
    Evidence.CHARTER: "the suite's own rule: what an update leaves out, it preserves",
    Evidence.OBSERVED: "seen on the real service, written nowhere; a difference can at most diverge",
    Evidence.INFERRED: "follows from related documents; a difference can at most diverge",
    Evidence.OPEN: "no source answers it; described, not judged",
}

EXIT_CODES = {
    0: "no requirement fails outside the known deviations",
    1: "at least one requirement fails that is not a known deviation",
    2: "the options or the configuration are not usable",
    3: "the run could not be completed",
    4: "the target does not have the operation",
}

_STRICT = "a known deviation is fixed and --strict-known was given"
JUDGED = (Verdict.PASS, Verdict.FAIL, Verdict.FLAKY, Verdict.DIVERGES)


def tally(results: Results) -> tuple[int, int]:
    """How many requirements were judged, and how many of these pass."""
    summary = results.summary
    return sum(summary[verdict.value] for verdict in JUDGED), summary[Verdict.PASS.value]


def with_verdict(results: Results, verdict: Verdict) -> list[RequirementResult]:
    """The requirements of one verdict, in the order of the run."""
    return [result for result in results.requirements if result.verdict is verdict]


def known_failures(results: Results) -> list[RequirementResult]:
    """The known deviations that still fail."""
    return [r for r in with_verdict(results, Verdict.FAIL) if r.known is not None]


def plural(number: int, noun: str, nouns: str = "") -> str:
    """``1 requirement``, ``2 requirements``."""
    return f"{number:,} {noun if number == 1 else nouns or noun + 's'}"


def conclusion(results: Results) -> str:
    """What the run says of the target, in one or two plain sentences."""
    if not results.target.supported:
        return f"This target does not have the operation {OPERATION}."
    if not results.complete:
        return f"This run is incomplete: {_why_incomplete(results)} {_so_far(results)}"
    if results.failures:
        return _failing(results.failures)
    return _holding(results)


def remarks(results: Results) -> list[str]:
    """What the conclusion leaves out and a reader should know, one sentence each."""
    aged = age.sentence(results)
    return [aged] * bool(aged) + [sentence for number, sentence in _remarks(results) if number]


def exit_meaning(results: Results, code: int) -> str:
    """What the exit code of this run says."""
    return _STRICT if code == 1 and not results.failures else EXIT_CODES[code]


def target_title(results: Results) -> str:
    """The target's name with its kind, unless the name says it (``url:http://…`` and ``embedded`` do)."""
    name, kind = results.target.name, results.target.kind
    return name if name.startswith(kind) else f"{name} ({kind})"


def moment(timestamp: str) -> str:
    """An RFC 3339 time for people, in UTC; what is not one stays as it is."""
    time = _time(timestamp)
    return f"{time:%Y-%m-%d %H:%M} UTC" if time else timestamp


def duration(results: Results) -> str:
    """How long the run took, for people; empty if its times cannot be read."""
    start, end = _time(results.started_at), _time(results.finished_at)
    return seconds((end - start).total_seconds()) if start and end else ""


def elapsed(results: Results) -> float:
    """How many seconds the run took; 0 if its times cannot be read."""
    start, end = _time(results.started_at), _time(results.finished_at)
    return (end - start).total_seconds() if start and end else 0.0


def epoch(timestamp: str) -> float:
    """The moment of an RFC 3339 time in seconds since 1970; 0 if it cannot be read."""
    time = _time(timestamp)
    return time.timestamp() if time else 0.0


def seconds(number: float) -> str:
    """A time span for people: ``42 ms``, ``4.5 s``, ``12 s``, ``3 min 5 s``, ``2 h 4 min``."""
    if number < 1:
        return f"{max(number, 0) * 1000:.0f} ms"
    if number < 10:  # noqa: PLR2004  below ten seconds the tenths are news
        return f"{number:.1f} s"
    minutes, rest = divmod(round(number), 60)
    hours, minutes_left = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes_left} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def span(exchange: Mapping[str, Any], zero: float) -> str:
    """From when to when an exchange took, since a moment."""
    start = exchange["started"] - zero
    return f"from {start * 1000:.0f} to {(start + exchange['elapsed']) * 1000:.0f} ms"


def rate(result: RequirementResult) -> str:
    """How often a violation came back, where that was not always; empty otherwise."""
    if not result.violated or result.returned == result.replays:
        return ""
    return f"came back in {result.returned:,} of {plural(result.replays, 'replay')}"


def topic_title(topic: str) -> str:
    """A topic's id as a heading."""
    words = topic.replace("-", " ").replace("_", " ").strip()
    return words[:1].upper() + words[1:] or "Without a topic"


def _time(timestamp: str) -> datetime | None:
    try:
        time = datetime.fromisoformat(timestamp)
        return time.astimezone(UTC) if time.tzinfo else time.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        return None


def _why_incomplete(results: Results) -> str:
    if results.errors:
        return one_line(results.errors[0], _ERROR_WIDTH).rstrip(".") + "."
    return "it did not come to its end."


def _so_far(results: Results) -> str:
    if results.failures:
        return f"Until then: {_failing(results.failures)}"
    return "What it shows is no statement on what it did not reach."


def _failing(failures: list[RequirementResult]) -> str:
    names = ", ".join(failure.id for failure in failures[:_NAMED])
    more = f" and {len(failures) - _NAMED} more" if len(failures) > _NAMED else ""
    return f"{plural(len(failures), 'requirement fails', 'requirements fail')}: {names}{more}."


def _holding(results: Results) -> str:
    judged, passed = tally(results)
    if not judged and (described := results.summary[Verdict.INFORMATIONAL.value]):
        return f"{plural(described, 'open question')} described; nothing else was to be judged."
    if not judged:
        return "Nothing was judged: no traffic of this run concerned any requirement."
    if passed == judged:
        return (
            "The one judged requirement holds."
            if judged == 1
            else f"All {judged:,} judged requirements hold."
        )
    if known_failures(results):
        return f"No new failure: {passed:,} of {judged:,} judged requirements hold."
    return f"No requirement fails: {passed:,} of {judged:,} judged requirements hold."


def _not_sent(results: Results) -> list[tuple[int, str]]:
    """What stood against sending what some requirements are about, such as the budget."""
    unseen = (each.note for each in results.requirements if each.verdict is Verdict.NOT_EXERCISED)
    reasons = Counter(note.removeprefix(NOT_SENT) for note in unseen if note.startswith(NOT_SENT))
    return [
        (number, f"Of these, {number} for this reason: {one_line(reason, _ERROR_WIDTH)}")
        for reason, number in reasons.most_common()
    ]


def _remarks(results: Results) -> list[tuple[int, str]]:
    count = results.summary
    flaky, diverging = count[Verdict.FLAKY.value], count[Verdict.DIVERGES.value]
    unseen, lost = count[Verdict.NOT_EXERCISED.value], results.counts.transport_failures
    known, repaired = len(known_failures(results)), len(results.fixed)
    return [
        (known, f"{plural(known, 'known deviation fails', 'known deviations fail')} as its owner expects."),
        (
            repaired,
            f"{plural(repaired, 'known deviation is', 'known deviations are')} fixed; take it off the list.",
        ),
        (diverging, f"{plural(diverging, 'requirement diverges', 'requirements diverge')}."),
        (flaky, f"{plural(flaky, 'violation', 'violations')} did not come back on replay."),
        (unseen, f"{plural(unseen, 'requirement was', 'requirements were')} not exercised."),
        *_not_sent(results),
        (lost, f"{plural(lost, 'exchange')} had no answer of the target's."),
        (
            len(results.model_drift),
            "Judged with another service model than it was recorded with: see Drift in its report.",
        ),
    ]
