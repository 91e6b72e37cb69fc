"""Update requests that are written in other ways than a client writes them: headers, method, path and bytes.

A case is plain JSON, ``{"kind": ..., "variant": ...}``; :func:`apply` turns it and a valid body into what to
send. Some kinds mean the same request as the valid one, some cannot be read at all, and of the others no
document says what becomes of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

import botocore.session
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies import raw_bodies
from strategies.raw_bodies import Body
from strategies.updates import OPTIONAL

Meaning = Literal["same", "none", "open"]
_CHANGED = "healthCheckPath"


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """What to send.

    Attributes:
        method: the HTTP method.
        path: the request path.
        headers: the headers to change; None takes one away.
        body: the bytes.
    """

    method: str = "POST"
    path: str = "/"
    headers: Mapping[str, str | None] = field(default_factory=dict)
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One way of writing a request.

    Attributes:
        name: its name.
        meaning: the ``same`` as the valid request, ``none`` at all, or an ``open`` question.
        variants: the ways within the way, the most telling one first.
        write: from a variant and a valid body to what to send.
    """

    name: str
    meaning: Meaning
    variants: tuple[str, ...]
    write: Callable[[str, Body], Raw] = field(repr=False)


def _with_headers(change: Callable[[str], Mapping[str, str | None]]) -> Callable[[str, Body], Raw]:
    return lambda variant, body: Raw(headers=change(variant), body=raw_bodies.dumped(body))


def _bytes(write: Callable[[str, Body], bytes]) -> Callable[[str, Body], Raw]:
    return lambda variant, body: Raw(body=write(variant, body))


@cache
def _prefix() -> str:
    model = botocore.session.Session().get_service_model("ecs")
    return str(model.metadata["targetPrefix"])


def _target(name: str) -> str:
    return f"{_prefix()}.{name}"


_JSON_1_1 = "application/x-amz-json-1.1"
_UPDATE = "UpdateExpressGatewayService"
# First what cannot be read at all: as long as nothing is taken, whatever is applied shows.
_ALL = (
    Kind(
        name="malformed",
        meaning="none",
        variants=(
            *("single-quotes", "text", "bare-names", "trailing-comma", "comment", "not-a-number"),
            *("no-colon", "xml", "form", "no-utf-8"),
        ),
        write=_bytes(raw_bodies.malformed),
    ),
    Kind(
        name="truncated",
        meaning="none",
        variants=("last-byte", "half", "one-byte", "in-string"),
        write=_bytes(raw_bodies.truncated),
    ),
    Kind(
        name="empty",
        meaning="none",
        variants=("no-bytes", "blank"),
        write=_bytes(lambda variant, _body: b" \n" if variant == "blank" else b""),
    ),
    Kind(
        name="not-an-object",
        meaning="none",
        variants=("list", "null", "string", "number", "boolean"),
        write=_bytes(raw_bodies.no_object),
    ),
    Kind(
        name="unknown-operation",
        meaning="none",
        variants=("longer-name", "other-name"),
        write=_with_headers(
            lambda variant: {
                "X-Amz-Target": _target(f"{_UPDATE}Conformance" if variant == "longer-name" else "update")
            }
        ),
    ),
    Kind(
        name="charset",
        meaning="same",
        variants=("utf-8",),
        write=_with_headers(lambda variant: {"Content-Type": f"{_JSON_1_1}; charset={variant}"}),
    ),
    Kind(
        name="charset-spelling",
        meaning="open",
        variants=("UTF-8", '"utf-8"'),
        write=_with_headers(lambda variant: {"Content-Type": f"{_JSON_1_1}; charset={variant}"}),
    ),
    Kind(
        name="member-order",
        meaning="same",
        variants=("reversed",),
        write=_bytes(lambda _variant, body: raw_bodies.dumped(dict(reversed(list(body.items()))))),
    ),
    Kind(
        name="white-space",
        meaning="same",
        variants=("indented", "compact", "tabs", "around"),
        write=_bytes(raw_bodies.spaced),
    ),
    Kind(
        name="null-member",
        meaning="same",
        variants=tuple(sorted({*OPTIONAL} - {_CHANGED}, key=lambda name: (name != "scalingTarget", name))),
        write=_bytes(lambda variant, body: raw_bodies.dumped({variant: None, **body})),
    ),
    Kind(
        name="unknown-member",
        meaning="open",
        variants=("tags", "cluster", "serviceName", "infrastructureRoleArn", "conformance"),
        write=_bytes(raw_bodies.extended),
    ),
    Kind(
        name="duplicate-names",
        meaning="open",
        variants=("other-first", "other-last", "same-again"),
        write=_bytes(raw_bodies.doubled),
    ),
    Kind(
        name="byte-order-mark",
        meaning="open",
        variants=("utf-8",),
        write=_bytes(lambda _variant, body: b"\xef\xbb\xbf" + raw_bodies.dumped(body)),
    ),
    Kind(
        name="invalid-utf-8",
        meaning="open",
        variants=("lone-byte", "overlong", "surrogate"),
        write=_bytes(raw_bodies.undecodable),
    ),
    Kind(
        name="trailing-data",
        meaning="open",
        variants=("text", "brace", "document", "nul"),
        write=_bytes(raw_bodies.trailing),
    ),
    Kind(name="deep-nesting", meaning="open", variants=("200", "5000"), write=_bytes(raw_bodies.deep)),
    Kind(
        name="large-body", meaning="open", variants=("white-space", "member"), write=_bytes(raw_bodies.large)
    ),
    Kind(
        name="letter-case",
        meaning="open",
        variants=("capital", "lower", "upper", "service-arn"),
        write=_bytes(raw_bodies.recased),
    ),
    Kind(
        name="content-type",
        meaning="open",
        variants=("application/json", "application/x-amz-json-1.0", "text/plain"),
        write=_with_headers(lambda variant: {"Content-Type": variant}),
    ),
    Kind(
        name="no-content-type",
        meaning="open",
        variants=("absent",),
        write=_with_headers(lambda _variant: {"Content-Type": None}),
    ),
    Kind(
        name="target-case",
        meaning="open",
        variants=("lower",),
        write=_with_headers(lambda _variant: {"X-Amz-Target": _target(_UPDATE).lower()}),
    ),
    Kind(
        name="foreign-target",
        meaning="open",
        variants=("DynamoDB_20120810", "AmazonEC2ContainerServiceV20990101"),
        write=_with_headers(lambda variant: {"X-Amz-Target": f"{variant}.{_UPDATE}"}),
    ),
    Kind(
        name="no-target",
        meaning="open",
        variants=("absent",),
        write=_with_headers(lambda _variant: {"X-Amz-Target": None}),
    ),
    Kind(
        name="method",
        meaning="open",
        variants=("GET", "PUT"),
        write=lambda variant, body: Raw(method=variant, body=raw_bodies.dumped(body)),
    ),
    Kind(
        name="path",
        meaning="open",
        variants=("/conformance", "/?conformance=1"),
        write=lambda variant, body: Raw(path=variant, body=raw_bodies.dumped(body)),
    ),
)

KINDS: Mapping[str, Kind] = {kind.name: kind for kind in _ALL}
"""The kinds by name, in the order in which they are best sent."""


def raw_cases() -> Iterator[dict[str, str]]:
    """Every case: all variants of a kind, then those of the next one."""
    return ({"kind": kind.name, "variant": variant} for kind in _ALL for variant in kind.variants)


def raw_requests(kind: str | None = None) -> st.SearchStrategy[dict[str, str]]:
    """Cases of one kind, or of all. Shrinks to the first kind and its first variant.

    Raises:
        InvalidArgument: there is no such kind.
    """
    if kind is not None:
        _known(kind)
    return st.sampled_from([case for case in raw_cases() if kind in {None, case["kind"]}]).map(dict)


def apply(case: Mapping[str, str], body: Body) -> Raw:
    """What to send for a case: the valid update of this body, written in the case's way.

    Raises:
        InvalidArgument: the case's kind or variant is unknown.
    """
    kind = _known(str(case.get("kind")))
    if case.get("variant") not in kind.variants:
        raise InvalidArgument(f"{kind.name} has no variant {case.get('variant')!r}.")
    return kind.write(case["variant"], body)


def _known(kind: str) -> Kind:
    if kind not in KINDS:
        raise InvalidArgument(f"{kind!r} is no kind of raw request; those are: {', '.join(KINDS)}.")
    return KINDS[kind]
