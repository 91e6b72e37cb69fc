"""How answers are read from recorded exchanges: tables of what was tried, and what open requirements told.

All is pure and copes with hostile answers: whatever a target says is data.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from conformance.comparison import value_at
from conformance.exchange import Exchange
from conformance.observation import (
    accepted,
    as_object,
    error_code,
    is_deploying,
    newest_configuration,
    rejected,
    service_of,
)
from conformance.questions.material import Material, Seen, after, before, judged
from conformance.questions.question import COMPARED, Found, Question

_LONGEST_MESSAGE = 300
_LONGEST_VALUE = 60
_LONGEST_WORDS = 100
_NAMED = 6
_UNDECIDED = "refused while a deployment was under way, which may be the reason"
_NOT_SENT = "not sent"


def tabled(path: str = "", *, of_service: bool = False) -> Callable[[Question, Material], Found | None]:
    """An answer that is a table: by label, whether the target took it, and how it refused or shows it.

    Args:
        path: of the member whose value is shown of what is accepted.
        of_service: whether that is a member of the service itself, and not of its configuration.
    """

    def read(question: Question, material: Material) -> Found | None:
        rows, shown, lacking = {}, [], []
        tries = material.tries.get(question.id, {})
        for label, recipe in question.tries.items():
            exchanges = tries.get(label, [])
            exchange = judged(exchanges, compared=recipe["do"] in COMPARED)
            if exchange is None:
                lacking.append((label, _NOT_SENT))
            elif _is_undecided(exchange, exchanges, material):
                lacking.append((label, _UNDECIDED))
            else:
                rows[label] = outcome(exchange, path, after(exchange, exchanges), of_service=of_service)
                shown.append(exchange)
        if not rows:
            return None
        return Found({"values": rows}, in_words(rows), shown, _lacking(lacking))

    return read


def _is_undecided(exchange: Exchange, exchanges: Sequence[Exchange], material: Material) -> bool:
    """Whether a deployment may be the reason of a refusal: where no update was ever taken during one."""
    if not rejected(exchange) or exchange.twin is None or material.takes_in_flight:
        return False
    return is_deploying(before(exchange, exchanges))


def _lacking(lacking: Sequence[tuple[str, str]]) -> str:
    reasons = dict.fromkeys(why for _, why in lacking)
    told = (f"{_listed([label for label, why in lacking if why == each])}: {each}" for each in reasons)
    return "; ".join(told)


def outcome(
    exchange: Exchange, path: str = "", described: Exchange | None = None, *, of_service: bool = False
) -> dict[str, Any]:
    """What became of a request, for programs."""
    response = exchange.response
    status = response.status if response else 0
    if accepted(exchange):
        taken: dict[str, Any] = {"accepted": True, "status": status}
        if not path:
            return taken
        value = bounded(service_of(exchange).get(path)) if of_service else shown(path, exchange, described)
        return {**taken, "shown": value}
    return {
        "accepted": False,
        "status": status,
        "error": error_code(exchange)[:_LONGEST_MESSAGE],
        "message": message(exchange),
    }


def message(exchange: Exchange) -> str:
    """The words of an error; empty where there are none."""
    document = as_object(exchange.response.json if exchange.response else None)
    words = document.get("message", document.get("Message"))
    return plain(words)[:_LONGEST_MESSAGE] if isinstance(words, str) else ""


def shown(path: str, exchange: Exchange, described: Exchange | None) -> Any:
    """The value that the target shows for a path after an accepted update; None where it shows none."""
    target = as_object(service_of(exchange).get("targetConfiguration"))
    revision = target.get("serviceRevisionArn")
    named = revision if isinstance(revision, str) else ""
    entry = newest_configuration(service_of(described), named) or target
    return bounded(value_at(entry, path))


def in_words(rows: Mapping[str, Mapping[str, Any]]) -> str:
    """A table in a sentence: what is accepted, and what is refused, by class."""
    taken = [_row(label, row) for label, row in rows.items() if row["accepted"]]
    refused: dict[str, list[str]] = {}
    for label, row in rows.items():
        if not row["accepted"]:
            refused.setdefault(row["error"] or f"status {row['status']}", []).append(label)
    told = [f"Accepted: {'; '.join(taken)}."] if taken else []
    told += [
        f"Refused with {name}: {'; '.join(labels)}{_words_of(rows[labels[0]])}."
        for name, labels in refused.items()
    ]
    return " ".join(told)


def _words_of(row: Mapping[str, Any]) -> str:
    """The first message of a class."""
    text = " ".join(row["message"].split())
    cut = text if len(text) <= _LONGEST_WORDS else f"{text[:_LONGEST_WORDS]}…"
    return f" (“{cut}”)" if text else ""


def _row(label: str, row: Mapping[str, Any]) -> str:
    if "shown" not in row:
        return label
    value = row["shown"]
    return f"{label} (shown as {brief(value)})" if value is not None else f"{label} (not shown)"


def told(*patterns: str) -> Callable[[Question, Material], Found | None]:
    """An answer that is what open requirements told; without patterns, those that the question informs."""

    def read(question: Question, material: Material) -> Found | None:
        wanted = patterns or question.informs
        doubtful = material.doubtful
        seen = {
            id: {words: each for words, each in found.items() if words not in doubtful.get(id, ())}
            for id, found in sorted(material.behaviours.items())
            if any(fnmatchcase(id, each) for each in wanted)
        }
        seen = {id: found for id, found in seen.items() if found}
        if not seen:
            return None
        observation = {id: {words: each.times for words, each in found.items()} for id, found in seen.items()}
        return Found({"behaviours": observation}, _sentences(seen), _firsts(seen.values()))

    return read


def _sentences(seen: Mapping[str, Mapping[str, Seen]]) -> str:
    return " ".join(f"{_capital(' or '.join(sorted(words)))}." for words in seen.values())


def _firsts(found: Iterable[Mapping[str, Seen]]) -> list[Exchange]:
    return [each.first for words in found for each in words.values()]


def both(*readers: Callable[[Question, Material], Found | None]) -> Callable[..., Found | None]:
    """Several answers as one: what each of them says, and where it says so."""

    def read(question: Question, material: Material) -> Found | None:
        found = [each for each in (reader(question, material) for reader in readers) if each is not None]
        if not any(each.observation for each in found):
            return None
        return Found(
            {name: value for each in found for name, value in each.observation.items()},
            " ".join(each.sentence for each in found if each.sentence),
            [exchange for each in found for exchange in each.exchanges],
            "; ".join(each.lacking for each in found if each.lacking),
        )

    return read


def bounded(value: Any) -> Any:
    """A value of a target's, if it is small; else the beginning of its text."""
    text = json.dumps(value, ensure_ascii=True)
    return value if len(text) <= _LONGEST_MESSAGE else f"{text[:_LONGEST_MESSAGE]}…"


def brief(value: Any) -> str:
    """A value in a few characters, as JSON."""
    text = plain(json.dumps(value, ensure_ascii=False))
    return text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…"


def plain(text: str) -> str:
    """A text as every file can hold it: without lone surrogates."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _listed(labels: Sequence[str]) -> str:
    more = len(labels) - _NAMED
    return "; ".join(labels[:_NAMED]) + (f" and {more} more" if more > 0 else "")
