"""Raw requests: each case is plain JSON, and turns a valid body into what its kind says."""

import json

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.raw import KINDS, Raw, apply, raw_cases, raw_requests
from strategies.updates import OPTIONAL, members

FEW = settings(max_examples=100, database=None, deadline=None, derandomize=True)
ARN = "arn:aws:ecs:us-east-1:123456789012:service/default/app"
BODY = {"serviceArn": ARN, "healthCheckPath": "/raw"}
CASES = list(raw_cases())
IDS = [f"{case['kind']}-{case['variant']}" for case in CASES]


def parsed(body):
    """The JSON value of a body, or an exception's type."""
    try:
        return json.loads(body.decode("utf-8"), parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError) as error:
        return type(error)


def of(meaning):
    """The cases of the kinds with a meaning."""
    return [case for case in CASES if KINDS[case["kind"]].meaning == meaning]


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_a_case_is_plain_json_and_always_writes_the_same(case):
    """A case survives a recording; applied twice it gives the same request, and leaves the body alone."""
    body = json.loads(json.dumps(BODY))
    first = apply(json.loads(json.dumps(case)), body)
    assert first == apply(case, body)
    assert body == BODY


@pytest.mark.parametrize("case", CASES, ids=IDS)
def test_every_case_differs_from_the_ordinary_request(case):
    """No case is the request that a client would send."""
    assert apply(case, BODY) != Raw(body=json.dumps(BODY).encode())


@pytest.mark.parametrize("case", of("same"), ids=lambda case: f"{case['kind']}-{case['variant']}")
def test_the_same_request_written_otherwise(case):
    """What means the same has the same members, but for null ones, by POST to / and with its target."""
    raw = apply(case, BODY)
    assert {name: value for name, value in parsed(raw.body).items() if value is not None} == BODY
    assert (raw.method, raw.path) == ("POST", "/")
    assert raw.headers.keys() <= {"Content-Type"}


@pytest.mark.parametrize("case", of("none"), ids=lambda case: f"{case['kind']}-{case['variant']}")
def test_requests_that_mean_nothing(case):
    """What means nothing has no JSON object as its body, or a target that names no operation."""
    raw = apply(case, BODY)
    assert not isinstance(parsed(raw.body), dict) or case["kind"] == "unknown-operation"


def test_null_members_are_all_the_others():
    """Every optional member but the one that the update changes is null once."""
    assert {*KINDS["null-member"].variants} == {*OPTIONAL} - {"healthCheckPath"}


@FEW
@given(
    st.sampled_from(CASES),
    st.one_of(members(list(OPTIONAL[:3])), st.just({"healthCheckPath": "/é\U0001f600"})),
)
def test_any_body_can_be_written_in_any_way(case, update):
    """A case copes with members of all kinds, with non-ASCII text, and without the one that it changes."""
    for body in ({"serviceArn": ARN, **update}, {"serviceArn": ARN}, {}):
        assert isinstance(apply(case, body).body, bytes)


def test_large_and_deep_bodies_are_what_they_say():
    """A large body has over a megabyte; a deep one is as deep as its variant, and closed."""
    assert all(
        len(apply({"kind": "large-body", "variant": v}, BODY).body) > 1 << 20
        for v in ("member", "white-space")
    )
    deep = apply({"kind": "deep-nesting", "variant": "200"}, BODY).body
    assert deep.count(b"[") == deep.count(b"]") == 200
    assert parsed(deep)["healthCheckPath"] == "/raw"


def test_the_simplest_case_is_the_first():
    """Cases shrink to the first kind and its first variant; a kind's own ones to its first variant."""
    simplest = settings(FEW, phases=[Phase.generate, Phase.shrink])
    assert find(raw_requests(), lambda _: True, settings=simplest) == CASES[0]
    found = find(raw_requests("letter-case"), lambda _: True, settings=simplest)
    assert found == {"kind": "letter-case", "variant": "capital"}


@FEW
@given(raw_requests("truncated"))
def test_cases_of_one_kind(case):
    """A strategy for a kind draws that kind alone."""
    assert case["kind"] == "truncated"
    assert case["variant"] in KINDS["truncated"].variants


@pytest.mark.parametrize("case", [{}, {"kind": "other", "variant": "x"}, {"kind": "empty", "variant": "x"}])
def test_unknown_cases_are_refused(case):
    """A kind or a variant that there is not is a mistake of the caller."""
    with pytest.raises(InvalidArgument):
        apply(case, BODY)
    with pytest.raises(InvalidArgument):
        raw_requests("other")
