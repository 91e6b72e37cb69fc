"""The bytes of update requests that no client writes, from a valid body and the name of a variant."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

Body = Mapping[str, Any]
_CHANGED = "healthCheckPath"
_OTHER_PATH = "/conformance/other"
_MARK = "@conformance@"
_MEGABYTE = 1 << 20


def dumped(body: Any) -> bytes:
    """A body as clients write it."""
    return json.dumps(body, ensure_ascii=False).encode()


def spaced(variant: str, body: Body) -> bytes:
    """The body with other white space."""
    match variant:
        case "indented":
            return json.dumps(body, ensure_ascii=False, indent=2).encode()
        case "compact":
            return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()
        case "tabs":
            return json.dumps(body, ensure_ascii=False, separators=("\t,\r\n", "\t:\t")).encode()
        case _:
            return b"\r\n\t " + dumped(body) + b" \n"


def extended(variant: str, body: Body) -> bytes:
    """The body with a member that Update does not have."""
    account = (*str(body.get("serviceArn")).split(":"), *[""] * 5)[4]
    values: dict[str, Any] = {
        "tags": [{"key": "conformance", "value": "unknown-member"}],
        "cluster": "conformance-elsewhere",
        "serviceName": "conformance-renamed",
        "infrastructureRoleArn": f"arn:aws:iam::{account}:role/conformance-other",
    }
    return dumped({**body, variant: values.get(variant, "conformance")})


def malformed(variant: str, body: Body) -> bytes:
    """What is no JSON, made of the body."""
    text = dumped(body).decode()
    broken = {
        "single-quotes": text.replace('"', "'"),
        "bare-names": "".join(text.split('"')),
        "trailing-comma": f"{text[:-1]},}}",
        "comment": f"// update\n{text}",
        "not-a-number": f'{text[:-1]}, "conformance": NaN}}',
        "no-colon": text.replace(":", " ", 1),
        "text": "update the service",
        "xml": "<update/>",
        "form": "Action=UpdateExpressGatewayService",
    }
    return broken[variant].encode() if variant in broken else b"\xff\xfe" + text.encode()


def truncated(variant: str, body: Body) -> bytes:
    """The beginning of the body."""
    whole = dumped(body)
    lengths = {"last-byte": len(whole) - 1, "half": len(whole) // 2, "one-byte": 1}
    return whole[: lengths.get(variant, len(whole) - 3)]


def no_object(variant: str, body: Body) -> bytes:
    """A JSON value that is no object."""
    values: dict[str, Any] = {"list": [body], "null": None, "string": "update", "number": 1, "boolean": True}
    return dumped(values[variant])


def doubled(variant: str, body: Body) -> bytes:
    """The body with one member twice: the other value first, last, or the same one again."""
    mine = body.get(_CHANGED, "/")
    values = {"other-first": [_OTHER_PATH, mine], "other-last": [mine, _OTHER_PATH]}.get(variant, [mine] * 2)
    pairs = [(name, value) for name, value in body.items() if name != _CHANGED]
    pairs += [(_CHANGED, value) for value in values]
    members = ", ".join(f"{json.dumps(name)}: {json.dumps(value)}" for name, value in pairs)
    return f"{{{members}}}".encode()


def undecodable(variant: str, body: Body) -> bytes:
    """The body with a text that is not UTF-8."""
    wrong = {"lone-byte": b"\xff", "overlong": b"\xc0\xaf", "surrogate": b"\xed\xa0\x80"}[variant]
    marked = dumped({**body, _CHANGED: f"{body.get(_CHANGED, '/')}{_MARK}"})
    return marked.replace(_MARK.encode(), wrong)


def deep(variant: str, body: Body) -> bytes:
    """The body with a member nested so many levels deep."""
    depth = int(variant)
    return dumped(body)[:-1] + b', "conformance": ' + b"[" * depth + b"]" * depth + b"}"


def large(variant: str, body: Body) -> bytes:
    """The body in a megabyte."""
    if variant == "white-space":
        return dumped(body)[:-1] + b" " * _MEGABYTE + b"}"
    return dumped({**body, "conformance": "x" * _MEGABYTE})


def trailing(variant: str, body: Body) -> bytes:
    """The body with something behind it."""
    tails = {"text": b" update", "brace": b"}", "document": b"{}", "nul": b"\0"}
    return dumped(body) + tails[variant]


def recased(variant: str, body: Body) -> bytes:
    """The changed member, or ``serviceArn``, with its name in another letter case."""
    names = {"capital": "HealthCheckPath", "lower": "healthcheckpath", "upper": "HEALTHCHECKPATH"}
    renamed = {_CHANGED: names[variant]} if variant in names else {"serviceArn": "ServiceArn"}
    return dumped({renamed.get(name, name): value for name, value in body.items()})
