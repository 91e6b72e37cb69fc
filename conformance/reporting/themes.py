"""The themes of the plain-language summary: which requirements belong together, and what one says of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from conformance.reporting.bodies import judged
from conformance.reporting.inert import one_line
from conformance.reporting.wording import plural
from conformance.results import RequirementResult

_NAMED = 3  # members that a sentence names
_QUOTED = 2  # requirements that a sentence quotes
_LONGEST_TITLE = 150  # characters
_SUCCESS = range(200, 300)
_Results = Sequence[RequirementResult]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Theme:
    """Requirements that a person who chooses an emulator sees as one question.

    Attributes:
        name: what it is about, as part of a list.
        parts: topics, or single requirements of another topic.
        holds: what one says if all that was judged passes, given the ids of these.
        deviates: what one says of requirements that do not hold, at least one.
        main: whether it has a sentence of its own even if there is nothing to complain of.
    """

    name: str
    parts: tuple[str, ...]
    holds: Callable[[Sequence[str]], str]
    deviates: Callable[[_Results], str]
    main: bool = True


def listed(words: Sequence[str], conjunction: str = "and") -> str:
    """``a``, ``a and b``, ``a, b and c``."""
    *first, last = words
    return f"{', '.join(first)} {conjunction} {last}" if first else last


def _members(results: _Results, *, last: bool = False) -> list[str]:
    """The members that these are about, without those inside of another one.

    Args:
        results: requirements whose ids end in the path of a member.
        last: whether to name a member without the structures that it is in.
    """
    paths = list(dict.fromkeys(_name(result) for result in results))
    outer = [path for path in paths if not any(path.startswith((f"{p}.", f"{p}[")) for p in paths)]
    return [path.rpartition(".")[2] for path in outer] if last else outer


def _name(result: RequirementResult) -> str:
    return result.id.partition("/")[2]


def _any_of(names: Sequence[str]) -> str:
    """``cpu or memory``; of many only how many there are."""
    return listed(names, "or") if len(names) <= _NAMED else f"any of {len(names)} members"


def _always(sentence: str) -> Callable[[Sequence[str]], str]:
    return lambda ids: sentence  # noqa: ARG005  whatever was judged


def _refused_valid(results: _Results) -> str:
    names = [name for name in _members(results) if name != "every-valid-update"]
    return f"A valid update with {_any_of(names)} is refused." if names else "Some valid updates are refused."


def _lost(results: _Results) -> str:
    names = _members(results)
    if len(names) > _NAMED:
        return f"An update does not keep {len(names)} of the members that it leaves out."
    return f"An update that leaves out {listed(names, 'or')} does not keep it."


def _lost_inside(results: _Results) -> str:
    names = _any_of(_members(results, last=True))
    return f"An update of primaryContainer that leaves out {names} does not keep it."


def _not_shown(results: _Results) -> str:
    places = {"reflect": "the answer", "show": "Describe"}
    where = listed(list(dict.fromkeys(places.get(result.topic, "an answer") for result in results)), "or")
    names = _members(results)
    what = listed(names) if len(names) <= _NAMED else plural(len(names), "member")
    return f"{where[0].upper()}{where[1:]} does not show {what} as an update asked for."


def _accepted_invalid(results: _Results) -> str:
    accepted = sum(map(_was_accepted, results))
    parts = []
    if accepted:
        parts.append(f"{plural(accepted, 'kind')} of invalid request {_be(accepted)} accepted")
    if other := len(results) - accepted:
        parts.append(f"{plural(other, 'kind')} of invalid request {_be(other)} not refused as due")
    return f"{', and '.join(parts)}."


def _be(number: int) -> str:
    return "is" if number == 1 else "are"


def _was_accepted(result: RequirementResult) -> bool:
    exchange = judged(result.counterexample.exchanges) if result.counterexample else None
    response = exchange.get("response") if exchange else None
    return isinstance(response, dict) and response.get("status") in _SUCCESS


def _wrong_errors(results: _Results) -> str:
    classes = {_name(r).rpartition("-")[0] for r in results if r.topic == "error"}
    rules = sum(result.topic != "error" for result in results)
    parts = []
    if classes:
        verb = "differs" if len(classes) == 1 else "differ"
        parts.append(f"{plural(len(classes), 'error class', 'error classes')} {verb} from the page")
    if rules:
        verb = "does" if rules == 1 else "do"
        parts.append(f"{plural(rules, 'rule')} on the form of answers {verb} not hold")
    return f"{', and '.join(parts)}."


def _wrong_shapes(results: _Results) -> str:
    members = len({_name(result) for result in results})
    return f"Answers have the documented shapes, but for {plural(members, 'member')}."


_CALLERS = {
    "denied": "callers without permission",
    "unsigned": "updates without a signature",
    "bad-signature": "wrong signatures",
    "expired-date": "old signatures",
    "unknown-key": "unknown access keys",
    "wrong-region": "signatures for another Region",
    "wrong-service": "signatures for another service",
}


def _refusing(ids: Sequence[str]) -> str:
    """Whoever has no second caller judges signatures only, and may not say more."""
    if "auth/denied-rejected" in ids:
        return "Callers without permission are refused."
    return "Updates without a valid signature are refused (callers without permission were not tried)."


def _let_in(results: _Results) -> str:
    ways = [_name(r).removesuffix("-rejected") for r in results if r.id.endswith("-rejected")]
    if ways:
        return f"Not refused: {listed([_CALLERS.get(way, way) for way in ways])}."
    return "Callers without permission are refused in another way than documented."


def _rules(about: str) -> Callable[[_Results], str]:
    """Of one or two requirements their sentences, of more how many there are."""

    def deviates(results: _Results) -> str:
        if len(results) <= _QUOTED:
            quoted = [f"“{one_line(result.title, _LONGEST_TITLE)}”" for result in results]
            return f"Not so: {listed(quoted)}."
        return f"{len(results):,} requirements on {about} do not hold."

    return deviates


def _lesser(name: str, *parts: str) -> Theme:
    holds = _always(f"No deviation in {name}.")
    return Theme(name=name, parts=parts, holds=holds, deviates=_rules(name), main=False)


_REJECTIONS = (
    "reject",
    "exclusion",
    "task-definition",
    "reject-missing",
    "reject-enum",
    "reject-type",
    "reject-range",
    "reject-format",
    "reject-pair",
    "reject-duplicate",
)
_SHAPES = (
    "response-type",
    "response-required",
    "response-enum",
    "response-null",
    "response-seconds",
    "response-unknown",
)

THEMES: tuple[Theme, ...] = (
    Theme(
        name="valid updates",
        parts=("accept",),
        holds=_always("Every valid update is accepted."),
        deviates=_refused_valid,
    ),
    Theme(
        name="what an update asks for",
        parts=("reflect", "show"),
        holds=_always("What an update asks for is what its answer and Describe then show."),
        deviates=_not_shown,
    ),
    Theme(
        name="what an update leaves out",
        parts=("preserve",),
        holds=_always("An update keeps everything it does not name."),
        deviates=_lost,
    ),
    Theme(
        name="what an update leaves out inside of primaryContainer",
        parts=("keep",),
        holds=_always("What an update leaves out inside of primaryContainer is kept."),
        deviates=_lost_inside,
    ),
    Theme(
        name="invalid requests",
        parts=_REJECTIONS,
        holds=_always("Invalid requests are refused."),
        deviates=_accepted_invalid,
    ),
    Theme(
        name="the effect of refused updates",
        parts=("atomic",),
        holds=_always("A refused update changes nothing."),
        deviates=lambda results: (  # noqa: ARG005  in which respect is in the report
            "A refused update may change the service all the same."
        ),
    ),
    Theme(
        name="errors",
        parts=("error", "envelope"),
        holds=_always("Errors have the documented classes, statuses and form."),
        deviates=_wrong_errors,
    ),
    Theme(
        name="the shapes of answers",
        parts=_SHAPES,
        holds=_always("Answers have the documented shapes."),
        deviates=_wrong_shapes,
    ),
    Theme(name="permission", parts=("auth",), holds=_refusing, deviates=_let_in),
    _lesser("concurrent updates", "concurrency"),
    _lesser("the life cycle", "life-cycle"),
    _lesser("revisions", "revision", "task-definition/derived-container"),
    _lesser("the service's identity", "identity"),
    _lesser("order and repetition", "relation"),
    _lesser("the protocol", "protocol", "operation"),
    _lesser("what boto3 reads", "boto3"),
    _lesser("availability", "ingress"),
)
OTHER = _lesser("other topics")
_BY_PART = {part: theme for theme in THEMES for part in theme.parts}


def theme_of(id: str, topic: str) -> Theme:
    """The theme of a requirement; one of its own for what has none, as documents of other versions may."""
    return _BY_PART.get(id) or _BY_PART.get(topic, OTHER)
