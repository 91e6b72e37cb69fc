"""Answers on the end of a service's life: what was deleted, and what it then answers, whoever deleted it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from conformance import model
from conformance.exchange import Exchange
from conformance.observation import accepted, error_code, service_of
from conformance.questions.material import Material
from conformance.questions.question import Found, Question
from conformance.questions.reading import message
from conformance.scenarios.bench import status_of

_ARN = "serviceArn"
_MOST = 12  # exchanges that an answer refers to


@dataclass(slots=True)
class _End:
    """What came after an accepted Delete: each request with the status that was last described."""

    deleted: Exchange
    requests: list[tuple[str, Exchange]] = field(default_factory=list)


def _ends(material: Material) -> Iterator[_End]:
    """The ends of the services whose deletion was recorded, in their order."""
    current: dict[str, _End] = {}
    status: dict[str, str] = {}
    ends: list[_End] = []
    for exchange in material.exchanges:
        arn, operation = exchange.request.members.get(_ARN), exchange.request.operation
        if operation == model.CREATE and accepted(exchange):
            current.pop(str(service_of(exchange).get(_ARN)), None)
        if not isinstance(arn, str) or exchange.request.caller or exchange.group is not None:
            continue  # in a race nobody knows what came before
        if arn in current:
            current[arn].requests.append((status[arn], exchange))
            if operation == model.DESCRIBE:
                status[arn] = status_of(exchange) or error_code(exchange)
        elif operation == model.DELETE and accepted(exchange):
            current[arn] = _End(exchange)
            status[arn] = "not described yet"
            ends.append(current[arn])
    yield from ends


def _after(material: Material, operation: str) -> Found | None:
    """How an operation is answered after Delete, by the status that Describe showed last."""
    table: dict[str, Counter[str]] = {}
    words: dict[str, str] = {}
    shown: dict[tuple[str, str], Exchange] = {}
    for end in _ends(material):
        for status, exchange in end.requests:
            if exchange.request.operation == operation:
                answer = "accepted" if accepted(exchange) else error_code(exchange) or "no class"
                table.setdefault(status, Counter())[answer] += 1
                words.setdefault(answer, message(exchange))
                shown.setdefault((status, answer), exchange)
    if not table:
        return None
    told = "; ".join(f"{status}: {' or '.join(sorted(found))}" for status, found in table.items())
    observation = {
        "by_status": {status: dict(found) for status, found in table.items()},
        "messages": {answer: text for answer, text in words.items() if text},
    }
    return Found(observation, f"By the status described last: {told}.", list(shown.values())[:_MOST])


def updates_after(_question: Question, material: Material) -> Found | None:
    """How updates of deleted services are refused."""
    return _after(material, model.OPERATION)


def deletes_again(_question: Question, material: Material) -> Found | None:
    """How a second Delete is answered."""
    return _after(material, model.DELETE)


def delete_answer(_question: Question, material: Material) -> Found | None:
    """What Delete answers."""
    ends = list(_ends(material))
    if not ends:
        return None
    members = sorted({name[:100] for end in ends for name in service_of(end.deleted)})
    statuses = Counter(status_of(end.deleted) or "none" for end in ends)
    numbers = sorted({end.deleted.response.status for end in ends if end.deleted.response})
    observation = {"http": numbers, "status": dict(statuses), "members": members}
    told = f"HTTP {' or '.join(map(str, numbers))}, status {' or '.join(sorted(statuses))}, with: "
    return Found(observation, f"{told}{', '.join(members)}.", [end.deleted for end in ends][:_MOST])


def describes_after(_question: Question, material: Material) -> Found | None:
    """What Describe shows of deleted services, as time goes by."""
    courses: dict[tuple[str, ...], list[float]] = {}
    shown: list[Exchange] = []
    for end in _ends(material):
        course = list(_course(end))
        if course:
            key = tuple(each for each, _, _ in course)
            courses.setdefault(key, [round(seconds, 3) for _, seconds, _ in course])
            shown += [exchange for _, _, exchange in course]
    if not courses:
        return None
    found = [{"statuses": list(key), "seconds": seconds} for key, seconds in courses.items()]
    told = ". Or: ".join(
        ", then ".join(f"{each} after {when:.1f} s" for each, when in zip(key, seconds, strict=True))
        for key, seconds in courses.items()
    )
    return Found({"courses": found[:_MOST]}, f"{told}.", shown[:_MOST])


def _course(end: _End) -> Iterator[tuple[str, float, Exchange]]:
    """What Describe showed, each time that this was something else, with the seconds since Delete."""
    last = ""
    for _, exchange in end.requests:
        if exchange.request.operation == model.DESCRIBE:
            status = status_of(exchange) or error_code(exchange) or "no class"
            if status != last:
                yield status[:100], exchange.started - end.deleted.started, exchange
            last = status
