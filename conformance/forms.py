"""How an update request is written, read from its bytes: is it the form that every client uses?

What the protocol says means the same (a charset, white space, the order of members) is ordinary. Everything
else is an oddity: a request with one of them is judged by the requirements about it, and by no other.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from typing import Any, NoReturn

from conformance import model
from conformance.exchange import Exchange, Request, is_shallow

# Oddities that leave no request to be read.
BROKEN = frozenset({"empty", "malformed", "not-an-object", "truncated"})
UNKNOWN_OPERATION = "unknown-operation"
CHARSET_SPELLING = "charset-spelling"
_BOM = b"\xef\xbb\xbf"
_LARGE = 1 << 19  # bytes; ten times what a task definition may have
_CHARSET = "charset=utf-8"
_SPELT = re.compile(r'charset="?utf-8"?', re.IGNORECASE)
_BLANK = " \t\r\n"
_TOKENS = re.compile(rb'("(?:[^"\\]|\\.)*")|[ \t\r\n]+')


def oddities(request: Request) -> frozenset[str]:
    """What about a request that is meant to be an update is not as the protocol has it.

    Headers that nobody recorded are taken to be right.
    """
    found = set()
    if request.method != "POST":
        found.add("method")
    if request.path not in {"", "/"}:
        found.add("path")
    if request.headers:
        headers = {name.lower(): value for name, value in request.headers}
        found |= _target(headers.get("x-amz-target")) | _content_type(headers.get("content-type"))
    return frozenset(found | _body(request.body))


def content_type(request: Request) -> str:
    """The Content-Type of a request as it was sent; empty if there is none."""
    return next((value for name, value in request.headers if name.lower() == "content-type"), "")


def has_charset(request: Request) -> bool:
    """Whether its Content-Type has the parameter that Smithy's test sends."""
    return _parameter(content_type(request)) == _CHARSET


def pairs(body: bytes) -> list[tuple[str, Any]]:
    """The members of a body in their order, those that come twice too; empty where it is no object."""
    try:
        document = json.loads(body, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError):
        return []
    return list(document) if isinstance(document, _Pairs) else []


def compacted(body: bytes) -> bytes:
    """A JSON text without its insignificant white space."""
    return _TOKENS.sub(lambda token: token[1] or b"", body)


class _Pairs(list[tuple[str, Any]]):
    """The members of an object, none of them lost."""


@cache
def _names() -> frozenset[str]:
    return frozenset(member.path for member in model.operation().input if not member.parent)


@cache
def _folded() -> frozenset[str]:
    return frozenset(name.casefold() for name in _names())


@cache
def _operations() -> frozenset[str]:
    return frozenset(model.service_model().operation_names)


def unknown_members(members: Mapping[str, Any]) -> list[str]:
    """The members of a request that the operation does not have."""
    return [name for name in members if name not in _names()]


def _target(found: str | None) -> set[str]:
    wanted = model.target_header(model.OPERATION)
    if found is None:
        return {"no-target"}
    if found == wanted:
        return set()
    prefix, _, name = found.rpartition(".")
    if found.lower() == wanted.lower():
        return {"target-case"}
    if f"{prefix}." == model.target_header("") and name not in _operations():
        return {UNKNOWN_OPERATION}
    return {"foreign-target"}


def _content_type(found: str | None) -> set[str]:
    if found is None:
        return {"no-content-type"}
    if found.partition(";")[0].strip() != model.content_type():
        return {"content-type"}
    parameter = _parameter(found)
    if parameter in {"", _CHARSET}:
        return set()
    return {CHARSET_SPELLING} if _SPELT.fullmatch(parameter) else {"content-type"}


def _parameter(found: str) -> str:
    return found.partition(";")[2].strip()


def _body(body: bytes) -> set[str]:
    found = set()
    if len(body) > _LARGE:
        found.add("large-body")
    if body.startswith(_BOM):
        found.add("byte-order-mark")
        body = body[len(_BOM) :]
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        # Some decoders put U+FFFD in the place of what they cannot read.
        broken = _text(body.decode("utf-8", "replace"))
        return found | (broken or {"invalid-utf-8"})
    return found | _text(text)


def _text(text: str) -> set[str]:
    """What is odd about a text that should be one JSON object."""
    text = text.strip(_BLANK)
    if not text:
        return {"empty"}
    if not is_shallow(text):
        return {"deep-nesting"}
    try:
        document, end = _DECODER.raw_decode(text)
    except json.JSONDecodeError as error:
        ended = error.pos >= len(text) or error.msg.startswith("Unterminated string")
        return {"truncated" if ended else "malformed"}
    except ValueError:
        return {"malformed"}
    found = {"trailing-data"} if text[end:] else set()
    if not isinstance(document, _Pairs):
        return found | {"not-an-object"}
    if _repeats(document):
        found.add("duplicate-names")
    unknown = unknown_members(dict(document))
    if any(name.casefold() in _folded() for name in unknown):
        found.add("letter-case")
    return found


def _refused(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


_DECODER = json.JSONDecoder(object_pairs_hook=_Pairs, parse_constant=_refused)


def _repeats(value: Any) -> bool:
    """Whether an object in this value has a name twice."""
    if isinstance(value, _Pairs):
        names = [name for name, _ in value]
        return len(set(names)) < len(names) or any(_repeats(child) for _, child in value)
    return isinstance(value, list) and any(_repeats(child) for child in value)


def is_plain(exchange: Exchange) -> bool:
    """Whether an exchange of a concurrent history is one of those that such histories are judged by."""
    request = exchange.request
    if request.operation == model.OPERATION:
        return not request.caller and not oddities(request)
    return not request.caller and request.operation in {model.DESCRIBE, model.DELETE}
