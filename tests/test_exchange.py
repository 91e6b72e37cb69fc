"""Exchanges: nothing is lost on the way through JSON, and no credential gets on it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from json_values import VALUES, paths, replaced

from conformance.exchange import (
    Exchange,
    Failure,
    Request,
    Response,
    Tag,
    parsed,
)

TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
HEADERS = st.lists(st.tuples(TEXTS, TEXTS), max_size=3).map(tuple)
BODIES = st.binary(max_size=40) | TEXTS.map(str.encode)
SECONDS = st.floats(0, 1e9).map(lambda value: round(value, 6))
EXCHANGES = st.builds(
    Exchange,
    id=st.integers(0),
    request=st.builds(Request, operation=TEXTS, method=TEXTS, path=TEXTS, headers=HEADERS, body=BODIES),
    response=st.none() | st.builds(Response, status=st.integers(100, 999), headers=HEADERS, body=BODIES),
    failure=st.none() | st.builds(Failure, kind=TEXTS, message=TEXTS),
    started=SECONDS,
    elapsed=SECONDS,
    tag=st.builds(Tag, scenario=TEXTS, case=st.integers(0), phase=TEXTS, requirement=TEXTS),
    twin=st.none() | st.integers(0),
)
SAMPLE = Exchange(
    id=7,
    request=Request(operation="Op", headers=(("A", "b"),), body=b"\xff"),
    response=Response(status=200, headers=(("C", "d"),), body=b"{}"),
    failure=Failure(kind="timeout", message="late"),
    twin=3,
    tag=Tag(requirement="a/b"),
).to_json()


@given(EXCHANGES)
def test_an_exchange_survives_json(exchange):
    """An exchange read back from JSON text equals the one written, whatever its bytes are."""
    assert Exchange.from_json(json.loads(json.dumps(exchange.to_json()))) == exchange


@given(st.sampled_from(sorted(paths(SAMPLE), key=str)), VALUES)
def test_a_damaged_exchange_is_refused(path, value):
    """A document of another form raises one of the documented errors, or is read; never anything else."""
    try:
        exchange = Exchange.from_json(replaced(SAMPLE, path, value))
    except (KeyError, TypeError, ValueError):
        return
    assert Exchange.from_json(exchange.to_json()) == exchange


@pytest.mark.parametrize("path", [("id",), ("case",), ("started",), ("response", "status"), ("twin",)])
@pytest.mark.parametrize("value", ["1", True, [], {}])
def test_numbers_are_numbers(path, value):
    """A text, a truth value or a structure in the place of a number is refused."""
    with pytest.raises(TypeError):
        Exchange.from_json(replaced(SAMPLE, path, value))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"NaN",
        b'{"a": Infinity}',
        b"\xff",
        b"\xef\xbb\xbf{}",
        '{"a": 1}'.encode("utf-16"),
        b"9" * 5000,
        b"[" * 100_000,
        b"[" * 500 + b"]" * 500,
        b'{"a":' * 500 + b"1" + b"}" * 500,
    ],
    ids=lambda body: f"{body[:9]!r} of {len(body)}",
)
def test_what_is_no_json_has_no_value(body):
    """Bytes that a JSON parser must refuse, or that are nested beyond reason, have no value."""
    assert parsed(body) is None
    assert Request(operation="Op", body=body).members == {}


def test_many_brackets_are_not_deep():
    """A long flat document is one, and so is one with brackets in its texts."""
    flat = [{} for _ in range(1000)]
    text = ["[[[{\\" * 500, '"[' * 500]
    assert parsed(json.dumps(flat).encode()) == flat
    assert parsed(json.dumps(text).encode()) == text


@given(VALUES)
def test_members_are_those_of_an_object(value):
    """A body that is no JSON object has no members; one that is has them all."""
    text = json.dumps(value).replace("Infinity", "1e999")
    members = Request(operation="Op", body=text.encode()).members
    assert members == (value if isinstance(value, dict) and "9" * 4301 not in text else {})


def test_headers_are_found_in_any_letter_case():
    """The first header of a name wins, whatever its letter case."""
    response = Response(status=200, headers=(("X-Id", "1"), ("x-id", "2")))
    assert response.header("x-ID") == "1"
    assert response.header("y") is None
