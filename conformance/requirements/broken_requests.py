"""Requests that cannot be read as an update, and requests of which no document says what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from conformance import forms, model
from conformance.comparison import altered, contradicts, value_at
from conformance.observation import (
    Observation,
    accepted,
    error_code,
    refuses_caller,
    service_of,
    went_back,
)
from conformance.requirement import Concern, Finding, Requirement, family, requirement
from conformance.requirements.citations import common_errors, protocol
from conformance.validity import validity
from conformance.verdict import OK, Evidence, Grade, behaves, violated

_JSON_BODY = protocol("the body is a JSON object")
_THOUSAND = 1000
_WORDS = {
    "empty": "no body",
    "malformed": "a body that is not JSON",
    "not-an-object": "a body that is no JSON object",
    "truncated": "a body that ends too early",
}


def _oddity(observation: Observation) -> str:
    """The one oddity of a request whose valid twin was accepted; empty where nothing can be said of it."""
    if len(observation.oddities) != 1 or not accepted(observation.twin):
        return ""
    return "" if refuses_caller(observation.exchange) else next(iter(observation.oddities))


@family(
    (
        Requirement(
            id=f"protocol/{name}-rejected",
            sentence=f"An update with {words} is rejected.",
            evidence=Evidence.INFERRED,
            citations=(_JSON_BODY, common_errors()),
        )
        for name, words in _WORDS.items()
    ),
    concern=Concern.ODD,
)
def broken_bodies_are_rejected(observation: Observation) -> Iterator[Finding]:
    """Smithy has no tests of malformed awsJson requests; that they cannot succeed follows from serviceArn.

    Any status 4xx will do, with whatever error class and body.
    """
    name = _oddity(observation)
    if name in forms.BROKEN and observation.response is not None:
        expected, status = f"status 4xx, because of {_WORDS[name]}", observation.response.status
        code = error_code(observation.exchange) or "no error class"
        yield (
            f"protocol/{name}-rejected",
            OK if observation.rejected else violated(expected, f"status {status}, {code}"),
        )


@family(
    (
        Requirement(
            id=f"protocol/{name}-changes-nothing",
            sentence=f"An update with {words} leaves the service as it was.",
            evidence=Evidence.INFERRED,
            citations=(_JSON_BODY,),
        )
        for name, words in _WORDS.items()
    ),
    concern=Concern.ODD_CHANGE,
)
def broken_bodies_change_nothing(observation: Observation) -> Iterator[Finding]:
    """Compares the configurations that Describe shows before and after, whatever the answer was."""
    name, before, after = _oddity(observation), observation.config_before, observation.config_after
    if name not in forms.BROKEN or not before or not after:
        return
    if went_back(service_of(observation.before), before, after):
        return
    groups = observation.service.groups if observation.service else ()
    compared = (*model.operation().optional, "serviceRevisionArn")
    moved = [
        path for path in compared if altered(path, value_at(before, path), value_at(after, path), groups)
    ]
    if moved:
        was, now = value_at(before, moved[0]), value_at(after, moved[0])
        yield f"protocol/{name}-changes-nothing", violated(f"{moved[0]} stays {was!r}", f"it is {now!r}")
    else:
        yield f"protocol/{name}-changes-nothing", OK


@requirement(
    "protocol/answers-afterwards",
    "After a request that could not be read, a valid update is accepted.",
    evidence=Evidence.INFERRED,
    citations=(_JSON_BODY,),
)
def the_target_answers_afterwards(observation: Observation) -> Iterator[Grade]:
    """One client's mistake is not the next one's trouble."""
    response = observation.response
    if observation.broken is None or response is None or not validity(observation).valid:
        return
    if observation.accepted:
        yield OK
    elif not (
        refuses_caller(observation.exchange)
        or service_of(observation.before).get("currentDeployment")
        or error_code(observation.exchange) == "AccessDeniedException"
    ):
        code = error_code(observation.exchange) or "no error class"
        yield violated("the update is accepted with status 200", f"status {response.status}, {code}")


def _content_type(observation: Observation) -> str:
    return f"an update with the content type {forms.content_type(observation.exchange.request)!r}"


def _method(observation: Observation) -> str:
    return f"an update sent by {observation.exchange.request.method}"


def _path(observation: Observation) -> str:
    path = observation.exchange.request.path
    return "an update sent with a query" if path.startswith("/?") else "an update sent to another path than /"


def _nested(observation: Observation) -> str:
    """Targets may take hundreds of levels and refuse thousands; each is a description of its own."""
    body = observation.exchange.request.body
    deep = max(body.count(b"["), body.count(b"{")) > _THOUSAND
    return f"an update with a value nested {'thousands' if deep else 'hundreds'} of levels deep"


def _plainly(words: str) -> Callable[[Observation], str]:
    return lambda _observation: words


# By oddity: what is asked, and how the request is called in the answer.
_QUESTIONS: dict[str, tuple[str, Callable[[Observation], str]]] = {
    "byte-order-mark": (
        "What becomes of an update whose body begins with a byte order mark.",
        _plainly("an update with a byte order mark"),
    ),
    "content-type": ("What becomes of an update with another Content-Type.", _content_type),
    "deep-nesting": (
        "What becomes of an update with a value nested over a hundred levels deep.",
        _nested,
    ),
    "duplicate-names": (
        "What becomes of an update that has a member twice.",
        _plainly("an update with a member twice"),
    ),
    "foreign-target": (
        "What becomes of an update whose X-Amz-Target is that of another service or version.",
        _plainly("an update with the target of another service"),
    ),
    "invalid-utf-8": (
        "What becomes of an update with a text that is not UTF-8.",
        _plainly("an update with a text that is not UTF-8"),
    ),
    "large-body": ("What becomes of a very large update.", _plainly("a very large update")),
    "letter-case": (
        "What becomes of a member whose name is written in another letter case.",
        _plainly("an update with a member in another letter case"),
    ),
    "method": ("What becomes of an update sent by another method than POST.", _method),
    "no-content-type": (
        "What becomes of an update without a Content-Type.",
        _plainly("an update without a content type"),
    ),
    "no-target": (
        "What becomes of an update without X-Amz-Target.",
        _plainly("an update without a target"),
    ),
    "path": ("What becomes of an update sent to another path than /.", _path),
    "target-case": (
        "What becomes of an update whose X-Amz-Target is in another letter case.",
        _plainly("an update with its target in another letter case"),
    ),
    "trailing-data": (
        "What becomes of an update with something after the end of its body.",
        _plainly("an update with data after its body"),
    ),
}


def _questions() -> Iterable[Requirement]:
    for name, (question, _) in _QUESTIONS.items():
        yield Requirement(
            id=f"protocol/{name}",
            sentence=question,
            evidence=Evidence.OPEN,
            citations=(protocol("of such requests the specification and its tests say nothing"),),
        )


@family(_questions(), concern=Concern.ODD)
def open_questions(observation: Observation) -> Iterator[Finding]:
    """Described after an accepted twin; that no answer came at all is a description too."""
    name = _oddity(observation)
    if name in _QUESTIONS:
        words = _QUESTIONS[name][1](observation)
        yield f"protocol/{name}", behaves(f"{words} {_outcome(observation)}")


def _outcome(observation: Observation) -> str:
    response, failure = observation.response, observation.exchange.failure
    if response is None:
        return f"gets no answer ({failure.kind if failure else 'unknown'})"
    if not observation.accepted:
        code = error_code(observation.exchange)
        return f"is answered with status {response.status}" + (f" and {code}" if code else "")
    if observation.oddities == {"duplicate-names"}:
        return f"is accepted{_which(observation)}"
    return f"is accepted{_effect(observation)}"


def _effect(observation: Observation) -> str:
    """Whether the answer shows what the twin asked for; empty where it was so before."""
    asked = observation.twin.request.members if observation.twin else {}
    before, shown = observation.config_before, observation.target
    paths = [path for path in model.operation().optional if asked.get(path) is not None]
    news = [path for path in paths if contradicts(path, asked[path], value_at(before, path))]
    if not news or any(value_at(shown, path) is None for path in news):
        return ""
    ignored = any(contradicts(path, asked[path], value_at(shown, path)) for path in news)
    return " and ignored" if ignored else " and applied"


def _which(observation: Observation) -> str:
    """Which of two values for one top-level member the answer shows."""
    pairs = forms.pairs(observation.exchange.request.body)
    for name in dict(pairs):
        values = [value for other, value in pairs if other == name]
        shown = value_at(observation.target, name)
        if len(values) > 1 and isinstance(shown, str) and values[0] != values[-1]:
            return {values[0]: ", and the first one counts", values[-1]: ", and the last one counts"}.get(
                shown, ""
            )
    return ""
