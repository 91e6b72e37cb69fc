"""Bodies of exchanges as text for people: indented where they are JSON, never altered otherwise."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.exchange import parsed
from conformance.reporting.inert import cut

LIMIT = 20_000  # characters of one body that a report shows
_DEEPEST = 24  # levels of indentation; what is nested deeper stays readable at this depth
_WORTH_INDENTING = 5 * LIMIT  # of a longer body only an unindented beginning is shown
_OPENING = frozenset("{[")
_CLOSING = frozenset("}]")
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def raw(body: str | Mapping[str, str]) -> bytes:
    """The bytes of a body as an exchange's JSON form has it."""
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    return base64.b64decode(body["base64"])


def pretty(body: str | Mapping[str, str]) -> tuple[str, str]:
    """The body as text, and a note of what the text does not show (empty if it shows everything)."""
    if not isinstance(body, str):
        text, note = cut(raw(body).decode("utf-8", "backslashreplace"), LIMIT)
        return text, f"Not UTF-8: bytes that do not decode are shown as \\xNN. {note}".rstrip()
    if len(body) > _WORTH_INDENTING or parsed(raw(body)) is None:
        return cut(body, LIMIT)
    return cut(indented(body), LIMIT)


def indented(text: str) -> str:
    """Valid JSON text spread over lines.

    It works on the text's own tokens: a duplicate key, a number's spelling and an escape stay as they were.
    """
    return "".join(_spread(_TOKEN.findall(text)))


def compact(body: str | Mapping[str, str]) -> str:
    """The body on one line; JSON without the whitespace between its tokens."""
    text = raw(body).decode("utf-8", "backslashreplace")
    if parsed(raw(body)) is None:
        return text
    return "".join(f"{token} " if token in {",", ":"} else token for token in _TOKEN.findall(text))


def _spread(tokens: list[str]) -> Iterator[str]:
    depth = 0
    previous = ""
    for token in tokens:
        if token in _CLOSING:
            depth -= 1
            if previous not in _OPENING:
                yield _line(depth)
        elif previous == "," or previous in _OPENING:
            yield _line(depth)
        elif previous == ":":
            yield " "
        depth += token in _OPENING
        yield token
        previous = token


def _line(depth: int) -> str:
    return "\n" + "  " * min(depth, _DEEPEST)


def judged(exchanges: Sequence[Mapping[str, Any]]) -> Mapping[str, Any] | None:
    """The exchange that a counterexample is about: the judged one, else the last, None if there is none."""
    named = [exchange for exchange in exchanges if exchange.get("role") == "judged"]
    candidates = named or exchanges
    return candidates[-1] if candidates else None
