"""Probes of bytes, headers and callers: for the choices of the emulator's profiles."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

from asking import Emulator
from probes_of_answers import ACCEPTED, INVALID

from conformance import model
from conformance.emulator.process import guarded

_PAIR = (True, True)


def errors_of_the_protocol(emulator: Emulator) -> Any:
    """The class of a protocol error, and its other members."""
    document = emulator.call(model.OPERATION, b"{").document
    return document["__type"], sorted(document.keys() - {"__type"})


def marks(emulator: Emulator) -> Any:
    """Whether an error has its class in a further member and in a header."""
    answer = emulator.call(model.OPERATION, b"1")
    return "code" in answer.document, "X-Amzn-Errortype" in dict(answer.headers)


def unknown_operation(emulator: Emulator) -> Any:
    """The status and the first sign of the answer to an unknown operation."""
    answer = emulator.call("NoSuchOperation", {})
    return answer.status, answer.text[:1]


def header_names(emulator: Emulator) -> Any:
    """How the request id's header is written, and the Content-Type in lower case."""
    headers = dict(emulator.describe(emulator.service()).headers)
    return next(name for name in headers if name.lower() == "x-amzn-requestid"), headers.get("content-type")


def layout(emulator: Emulator) -> Any:
    """Whether an answer has line feeds, letters beyond ASCII, and the cluster first."""
    variables = [{"name": "A", "value": "é"}]
    arn = emulator.service(primaryContainer={"image": "nginx:1", "environment": variables})
    answer = emulator.describe(arn)
    return "\n" in answer.text, "é" in answer.text, next(iter(answer.service)) == "cluster"


def exponents(emulator: Emulator) -> Any:
    """How timestamps are written, and that they are times."""
    answer = emulator.describe(emulator.service())
    found = re.findall(r'"createdAt": ?[\d.]+(E9)?', answer.text)
    return {*found}, 1.6e9 < answer.service["createdAt"] < 3e9


def connection(emulator: Emulator) -> Any:
    """What the header Connection says."""
    return dict(emulator.describe(emulator.service()).headers).get("Connection")


def strict_reading(emulator: Emulator) -> Any:
    """What becomes of another content type, a member twice, and no body."""
    arn = emulator.service()
    body = json.dumps({"serviceArn": arn, "healthCheckPath": "/x"})
    twice = f'{body[:-1]}, "healthCheckPath": "/y"}}'
    return [
        emulator.call(model.OPERATION, body.encode(), Content_Type="text/plain").outcome,
        emulator.call(model.OPERATION, twice.encode()).outcome,
        emulator.call(model.OPERATION, b"").outcome,
    ]


def lenient_reading(emulator: Emulator) -> Any:
    """What becomes of a mark, trailing data and bad UTF-8; which of two values counts; letter case."""
    arn = emulator.service()
    body = json.dumps({"serviceArn": arn, "healthCheckPath": "/x"})
    twice = emulator.call(model.OPERATION, f'{body[:-1]}, "healthCheckPath": "/y"}}'.encode())
    odd = (
        b"\xef\xbb\xbf" + body.encode(),
        body.encode() + b"}",
        body.replace("/x", "/\udcff").encode("utf-8", "surrogateescape"),
    )
    cased = emulator.call(model.OPERATION, body.replace("health", "Health").encode())
    return (
        [emulator.call(model.OPERATION, each).outcome for each in odd],
        twice.target["healthCheckPath"],
        cased.target["healthCheckPath"] == "/x",
    )


def other_types(emulator: Emulator) -> Any:
    """What becomes of numbers as texts, texts as numbers, fractions, null in a list, and no list."""
    container = {"image": "nginx:1", "containerPort": "81", "command": "run"}
    wrong = (
        {"primaryContainer": container},
        {"cpu": 512, "memory": 1024},
        {"scalingTarget": {"maxTaskCount": 5.5}},
        {"networkConfiguration": {"subnets": ["subnet-1", None, "subnet-2"]}},
    )
    structures = {"cpu": ["512"]}, {"healthCheckPath": {}}
    return [emulator.update(**members).outcome for members in (*wrong, *structures)]


def unsigned(emulator: Emulator) -> Any:
    """A request without a signature; the emulator that is asked is a guarded one."""
    with guarded("us-east-1", profile=emulator.profile) as other:
        answer = Emulator(other.endpoint).call(model.DESCRIBE, {"serviceArn": "x"}, Authorization=None)
    return answer.status, answer.outcome


def large_body(emulator: Emulator) -> Any:
    """The status that answers a very large body."""
    body = json.dumps({"serviceArn": emulator.service(), "healthCheckPath": "/x"}).encode()
    return emulator.call(model.OPERATION, body + b" " * 300_000).status


# By choice: what to ask, what the reference answers, and what the profile that makes the choice answers.
PROBES_OF_THE_WIRE: dict[str, tuple[Callable[[Emulator], Any], Any, Any]] = {
    "namespaced-errors": (
        errors_of_the_protocol,
        ("SerializationException", ["message"]),
        ("com.amazon.coral.service#SerializationException", ["Message"]),
    ),
    "marked-errors": (marks, (False, False), _PAIR),
    "unknown-is-not-found": (unknown_operation, (400, "{"), (404, "<")),
    "lower-case-headers": (
        header_names,
        ("x-amzn-RequestId", None),
        ("x-amzn-requestid", f"{model.content_type()}; charset=utf-8"),
    ),
    "spacious-json": (layout, (False, False, True), (True, True, False)),
    "exponents": (exponents, ({""}, True), ({"E9"}, True)),
    "closed-connections": (connection, None, "close"),
    "strict-reading": (
        strict_reading,
        [ACCEPTED, ACCEPTED, INVALID],
        ["UnsupportedMediaTypeException", "SerializationException", "SerializationException"],
    ),
    "lenient-reading": (
        lenient_reading,
        (["SerializationException"] * 3, "/y", False),
        ([ACCEPTED] * 3, "/x", True),
    ),
    "large-bodies-refused": (large_body, 200, 413),
    "types-converted": (
        other_types,
        [*["SerializationException"] * 3, INVALID, *["SerializationException"] * 2],
        [*[ACCEPTED] * 4, *["SerializationException"] * 2],
    ),
    "callers-unchecked": (
        unsigned,
        (400, "MissingAuthenticationTokenException"),
        (400, INVALID),
    ),
    "callers-forbidden": (
        unsigned,
        (400, "MissingAuthenticationTokenException"),
        (403, "MissingAuthenticationToken"),
    ),
}
