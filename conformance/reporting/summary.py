"""What a run says of a target in a few sentences, for someone who has ten seconds to choose an emulator."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from conformance.model import OPERATION
from conformance.reporting import themes, wording
from conformance.reporting.themes import OTHER, THEMES, Theme, theme_of
from conformance.requirement import Requirement
from conformance.requirements import REQUIREMENTS
from conformance.results import RequirementResult, Results
from conformance.verdict import Evidence, Verdict

_LISTED = 6  # themes that a sentence lists
_UNJUDGED = (Verdict.NOT_EXERCISED, Verdict.UNSUPPORTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One sentence of the summary.

    Attributes:
        text: the sentence; it says all that the tone says.
        tone: the verdict whose sign and colour it has.
        topics: what it is about, the main one first; none where it is about the whole run.
        ids: the requirements that decide it, if they deviate.
    """

    text: str
    tone: Verdict
    topics: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Share:
    """The judged and the unjudged requirements of one theme."""

    theme: Theme
    judged: list[RequirementResult]
    missing: int

    @property
    def clean(self) -> bool:
        """Whether all that was judged passes."""
        return all(result.verdict is Verdict.PASS for result in self.judged)

    @property
    def mostly(self) -> bool:
        """Whether at least half of it was judged."""
        return len(self.judged) >= self.missing


def statements(results: Results, catalogue: Mapping[str, Requirement] = REQUIREMENTS) -> list[Statement]:
    """The summary of a run: a few sentences, each about a theme, in an order that is the same for every run.

    Nothing is said to hold that was not judged. What a run left out is told from the catalogue, too: a run
    of a few requirements does not look like a whole one.

    Args:
        results: the run.
        catalogue: the requirements that there are, by id.
    """
    if not results.target.supported:
        text = f"It answers {OPERATION} as it answers an operation that does not exist; nothing was judged."
        return [Statement(text=text, tone=Verdict.UNSUPPORTED)]
    shares = _shares(results, catalogue)
    said = [*_said(shares), *_rest(shares)]
    return said if results.complete else [_incomplete(), *map(_until_then, said)]


def _incomplete() -> Statement:
    return Statement(
        text="The run did not come to its end; the following is what it saw until then.",
        tone=Verdict.NOT_EXERCISED,
    )


def _until_then(statement: Statement) -> Statement:
    """Of a run that broke off, nothing is green."""
    return replace(statement, tone=Verdict.NOT_EXERCISED) if statement.tone is Verdict.PASS else statement


def _shares(results: Results, catalogue: Mapping[str, Requirement]) -> list[_Share]:
    by_theme: dict[Theme, list[RequirementResult]] = {theme: [] for theme in (*THEMES, OTHER)}
    for result in results.requirements:
        by_theme[theme_of(result.id, result.topic)].append(result)
    seen = {result.id for result in results.requirements}
    shares = []
    for theme, found in by_theme.items():
        absent = [e for id, e in catalogue.items() if id not in seen and theme_of(id, e.topic) is theme]
        unjudged = [r for r in found if r.verdict in _UNJUDGED and r.evidence is not Evidence.OPEN]
        missing = sum(_reachable(catalogue.get(r.id)) for r in unjudged)
        missing += sum(_reachable(e) and e.evidence is not Evidence.OPEN for e in absent)
        judged = [result for result in found if result.verdict in wording.JUDGED]
        if judged or missing:
            shares.append(_Share(theme, judged, missing))
    return shares


def _reachable(entry: Requirement | None) -> bool:
    """Whether a run can exercise it at all; what none can is missed by nobody."""
    return entry is None or not entry.unreached


def _said(shares: Sequence[_Share]) -> Iterator[Statement]:
    """A sentence for each main theme that was judged, and for each deviation of any theme."""
    for share in shares:
        if share.clean and share.judged and share.theme.main:
            yield _holding(share)
        yield from _deviations(share)


def _holding(share: _Share) -> Statement:
    sentence = share.theme.holds([result.id for result in share.judged])
    if share.missing:
        total = len(share.judged) + share.missing
        sentence = f"{sentence.rstrip('.')}, as far as judged ({len(share.judged):,} of {total:,})."
    tone = Verdict.PASS if share.mostly else Verdict.NOT_EXERCISED
    return Statement(text=sentence, tone=tone, topics=_topics(share.judged))


def _deviations(share: _Share) -> Iterator[Statement]:
    """Failures, known ones, divergences and flaky ones of a theme: each kind has a sentence of its own."""
    failing = [result for result in share.judged if result.verdict is Verdict.FAIL]
    kinds: list[tuple[str, list[RequirementResult]]] = [
        ("", [r for r in failing if r.known is None]),
        (" (known deviation)", [r for r in failing if r.known is not None]),
        (" (no failure: no document forbids it)", [r for r in _diverging(share) if r.violated]),
        (" (tolerated, no failure)", [r for r in _diverging(share) if not r.violated]),
        (" (not each time it was tried)", [r for r in share.judged if r.verdict is Verdict.FLAKY]),
    ]
    for qualifier, found in kinds:
        if found:
            sentence = share.theme.deviates(found).rstrip(".")
            yield Statement(
                text=f"{sentence}{qualifier}.",
                tone=found[0].verdict,
                topics=_topics(found),
                ids=tuple(result.id for result in found),
            )


def _diverging(share: _Share) -> list[RequirementResult]:
    return [result for result in share.judged if result.verdict is Verdict.DIVERGES]


def _rest(shares: Sequence[_Share]) -> Iterator[Statement]:
    """One sentence for the lesser themes that hold, and one for all that was not judged."""
    holding = [s for s in shares if s.judged and s.clean and not s.theme.main]
    unjudged = [share for share in shares if not share.judged]
    if holding:
        names = themes.listed([share.theme.name for share in holding])
        partly = any(share.missing for share in holding)
        yield Statement(
            text=f"No deviation in {names}{', as far as judged' if partly else ''}.",
            tone=Verdict.PASS if all(share.mostly for share in holding) else Verdict.NOT_EXERCISED,
            topics=_topics([result for share in holding for result in share.judged]),
        )
    if unjudged:
        names = themes.listed([share.theme.name for share in unjudged])
        many = len(unjudged) > _LISTED
        anything = len(unjudged) < len(shares)
        text = f"{'Nothing else' if anything else 'Nothing'} was judged." if many else f"Not judged: {names}."
        yield Statement(text=text, tone=Verdict.NOT_EXERCISED)


def _topics(results: Sequence[RequirementResult]) -> tuple[str, ...]:
    """The topics of these, in the order of their themes."""
    order = {part: place for place, part in enumerate(part for theme in THEMES for part in theme.parts)}
    found = dict.fromkeys(result.topic for result in results)
    return tuple(sorted(found, key=lambda topic: order.get(topic, len(order))))
