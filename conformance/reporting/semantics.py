"""What a target does where no document says what is right: in short sentences, by theme, nothing judged."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile

from conformance.reporting.wording import plural
from conformance.results import RequirementResult, Results
from conformance.verdict import Evidence, Verdict


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a sentence; a name of a requirement's subject has the requirement's id."""

    text: str
    id: str = ""


@dataclass(frozen=True, slots=True)
class Sentence:
    """What is so for one or several requirements.

    Attributes:
        parts: the sentence, piece by piece.
        ids: the requirements that no part names.
    """

    parts: tuple[Part, ...]
    ids: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """The sentence as plain text."""
        return "".join(part.text for part in self.parts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chapter:
    """The sentences of one theme."""

    id: str
    title: str
    sentences: list[Sentence]


@dataclass(frozen=True, slots=True)
class _Said:
    """A behaviour taken apart: what is so, of which subject; behaviours with one claim make one sentence."""

    rule: int
    claim: tuple[str, ...]
    subject: str
    id: str


# Which topics a theme has, in the order of the report.
_CHAPTERS = (
    ("nested", "How this target treats nested updates", ("merge", "keep")),
    ("clearing", "How a member is cleared", ("clear",)),
    ("updates", "What an update does and shows", ("semantics",)),
    ("requests", "How unusual requests are answered", ("protocol",)),
    ("callers", "Who may call", ("auth",)),
    ("clients", "Several clients at once", ("concurrency",)),
)
_OTHERS = ("others", "Other open questions")

_MOST = 4  # behaviours of one subject that a sentence lists
_UPDATE = "an update "
_MEMBER = re.compile(r"[a-z]+[A-Z]")

_Parts = tuple[Part, ...]
_Writer = Callable[[tuple[str, ...], _Parts, int], _Parts]


def chapters(results: Results) -> list[Chapter]:
    """What the open requirements came to; no chapter for a theme of which nothing was seen."""
    told = [r for r in results.requirements if _is_open(r) and r.behaviours]
    topics = {topic: id for id, _, group in _CHAPTERS for topic in group}
    titles = {id: title for id, title, _ in _CHAPTERS} | dict([_OTHERS])
    grouped: dict[str, list[RequirementResult]] = {id: [] for id in titles}
    for result in told:
        grouped[topics.get(result.topic, _OTHERS[0])].append(result)
    return [
        Chapter(id=f"open-{id}", title=titles[id], sentences=list(_sentences(group)))
        for id, group in grouped.items()
        if group
    ]


def _is_open(result: RequirementResult) -> bool:
    return result.evidence is Evidence.OPEN and result.verdict is Verdict.INFORMATIONAL


def _sentences(results: Sequence[RequirementResult]) -> Iterator[Sentence]:
    """What is always so, folded where it is so of several subjects; then what is now so, now so."""
    folded: dict[tuple[int, tuple[str, ...]], list[_Said]] = {}
    wavering: dict[str, list[Part]] = {}
    alone: list[Sentence] = []
    for result in results:
        for behaviours in _by_subject(result):
            said = _taken_apart(result.id, next(iter(behaviours)))
            if said and _wavers(result.id, behaviours):
                wavering.setdefault(said.claim[0], []).extend(_how_often(result.id, said.subject, behaviours))
            elif said is None or len(behaviours) > 1:
                alone.append(_as_it_is(result.id, behaviours))
            else:
                folded.setdefault((said.rule, said.claim), []).append(said)
    for (number, claim), group in sorted(folded.items(), key=lambda entry: entry[0]):
        rule = _RULES[number]
        yield Sentence(_capitalised(rule.write(claim, _names(group, rule.conjunction), len(group))))
    for outer, parts in wavering.items():
        yield Sentence(
            (Part(f"An update of {outer} keeps only at times what it leaves out: "), *parts[:-1], Part("."))
        )
    yield from alone


def _wavers(id: str, behaviours: Iterable[str]) -> bool:
    """Whether a member that a request leaves out inside of a structure is kept, and then is not."""
    found = [_taken_apart(id, words) for words in behaviours]
    return {said.rule for said in found if said} == _KEEPING


def _how_often(id: str, subject: str, behaviours: Mapping[str, int]) -> Iterator[Part]:
    """A member that is kept at times, and at how many of how many."""
    kept = sum(times for words, times in behaviours.items() if " does not keep " not in words)
    yield Part(subject, id)
    yield Part(f" {kept:,} of {sum(behaviours.values()):,} times")
    yield Part(", ")


def _by_subject(result: RequirementResult) -> list[dict[str, int]]:
    """The behaviours of one requirement with their numbers, apart by subject if all of them have one."""
    taken = {words: _taken_apart(result.id, words) for words in result.behaviours}
    apart = None not in taken.values()
    found: dict[str, dict[str, int]] = {}
    for words, said in taken.items():
        found.setdefault(said.subject if said and apart else "", {})[words] = result.behaviours[words]
    return list(found.values())


def _as_it_is(id: str, behaviours: Mapping[str, int]) -> Sentence:
    """All behaviours of a subject, the most frequent one first, with numbers if they are several."""
    ranked = sorted(behaviours.items(), key=lambda entry: (-entry[1], entry[0]))
    shared = _shared([words for words, _ in ranked])
    total = sum(behaviours.values())
    parts = [f"{words[len(shared) :]} ({times:,} of {total:,} times)" for words, times in ranked[:_MOST]]
    if rest := ranked[_MOST:]:
        parts.append(f"{plural(len(rest), 'other outcome')} ({sum(times for _, times in rest):,} times)")
    text = f"{shared}{', or '.join(parts)}" if len(ranked) > 1 else ranked[0][0]
    return Sentence(_capitalised((Part(f"{text}."),)), ids=(id,))


def _shared(texts: Sequence[str]) -> str:
    """The words with which all texts begin, with the space after them."""
    columns = zip(*(text.split(" ") for text in texts), strict=False)
    alike = list(takewhile(lambda words: len(set(words)) == 1, columns))
    return "".join(f"{words[0]} " for words in alike)


def _taken_apart(id: str, behaviour: str) -> _Said | None:
    for number, rule in enumerate(_RULES):
        match = rule.pattern.fullmatch(behaviour)
        if match:
            groups = match.groupdict()
            subject = groups.pop("subject")
            return _Said(number, tuple(groups.values()), subject, id)
    return None


def _names(group: Sequence[_Said], conjunction: str) -> _Parts:
    """The subjects, each with the id of its requirement."""
    parts: list[Part] = []
    for place, said in enumerate(group):
        if place:
            parts.append(Part(f" {conjunction} " if place == len(group) - 1 else ", "))
        parts.append(Part(_short(said, group), said.id))
    return tuple(parts)


def _short(said: _Said, group: Sequence[_Said]) -> str:
    """The subject without what goes without saying: the structures around a member, a repeated word."""
    subject = said.subject
    if " " in subject:
        repeated = said is not group[0] and all(each.subject.startswith(_UPDATE) for each in group)
        return subject.removeprefix(_UPDATE) if repeated else subject
    name = subject.rpartition(".")[2]
    alike = sum(each.subject.rpartition(".")[2] == name for each in group)
    return subject if alike > 1 else name


def _capitalised(parts: _Parts) -> _Parts:
    """With a capital letter at the beginning, unless that is the name of a member."""
    first = parts[0]
    if _MEMBER.match(first.text):
        return parts
    return (Part(first.text[:1].upper() + first.text[1:], first.id), *parts[1:])


def _around(before: str, after: str, afters: str = "") -> _Writer:
    """Writes the subjects between two texts, of which the second one may have another form for several.

    ``{0}`` and the like stand for what the claim says.
    """

    def write(claim: tuple[str, ...], names: _Parts, number: int) -> _Parts:
        ending = afters if afters and number > 1 else after
        texts = (Part(before.format(*claim)), *names, Part(ending.format(*claim)))
        return tuple(part for part in texts if part.text)

    return write


@dataclass(frozen=True, slots=True)
class _Rule:
    """How behaviours of one form are taken apart and written down together."""

    pattern: re.Pattern[str]
    write: _Writer
    conjunction: str = "and"


def _rule(pattern: str, write: _Writer, conjunction: str = "and") -> _Rule:
    return _Rule(re.compile(pattern, re.DOTALL), write, conjunction)


_CLEARED = (
    r"(?P<way>an empty list|an empty object|an empty string|null) for (?P<subject>\S+) is accepted and "
)
_FATE = "is accepted.*|is answered .*|is refused .*|is rejected.*|gets no answer .*"
_SUPPLIED = r"an? (?P<subject>\S+) that is supplied "
# The first that fits decides; a behaviour that none fits is told as it is.
_KEEPING = {0, 1}  # the first two: a member is kept, or it is not
_RULES = (
    _rule(
        r"an update with (?P<outer>\S+) but no (?P<subject>\S+) keeps the \S+",
        _around("an update of {0} that leaves out ", " keeps it."),
        "or",
    ),
    _rule(
        r"an update with (?P<outer>\S+) but no (?P<subject>\S+) does not keep the \S+",
        _around("an update of {0} that leaves out ", " does not keep it."),
        "or",
    ),
    _rule(r"a partial (?P<subject>\S+) (?P<what>.+)", _around("a partial ", " {0}."), "or"),
    _rule(_SUPPLIED + "replaces the whole list", _around("a supplied list replaces the one before: ", ".")),
    _rule(
        _SUPPLIED + "is merged into it by name",
        _around("a supplied list is merged into the one before, by name: ", "."),
    ),
    _rule(_SUPPLIED + "is added to it", _around("a supplied list is added to the one before: ", ".")),
    _rule(
        _SUPPLIED + "leaves the list as it was",
        _around("a supplied list leaves the one before as it was: ", "."),
    ),
    _rule(_SUPPLIED + "(?P<what>.+)", _around("a supplied list {0}: ", ".")),
    _rule(_CLEARED + "clears it", _around("{0} clears ", ".")),
    _rule(_CLEARED + "leaves it as it was", _around("{0} leaves ", " as it was.", " as they were.")),
    _rule(
        _CLEARED + "resets it to a documented default",
        _around("{0} resets ", " to a documented default.", " to documented defaults."),
    ),
    _rule(
        _CLEARED + "sets it to another value",
        _around("{0} sets ", " to another value.", " to other values."),
    ),
    _rule(_CLEARED + r"changes its (?P<parts>.+)", _around("{0} for ", " changes its {1}."), "or"),
    _rule(
        r"(?P<way>an empty list|an empty object|an empty string|null) for (?P<subject>\S+) is (?P<what>.+)",
        _around("{0} for ", " is {1}."),
        "or",
    ),
    _rule(r"(?P<subject>an update .+?) (?P<what>" + _FATE + ")", _around("", " {0}."), "or"),
    _rule(r"(?P<subject>an? .+?) (?P<what>" + _FATE + ")", _around("", " {0}."), "or"),
)
