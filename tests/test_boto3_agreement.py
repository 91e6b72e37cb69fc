"""boto3 beside the suite: what it reads of answers, what it sends, and that only the endpoint steers it."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace

import pytest
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator
from hostile import by_operation, http, resets, says, serving
from hypothesis import assume, example, given
from hypothesis import strategies as st
from json_values import VALUES
from streams import ARN, CONFIG, REVISION_2, Stream, service

from conformance import model
from conformance.boto3_view import view
from conformance.exceptions import SetupError, TargetError
from conformance.exchange import Response
from conformance.judge import Judge
from conformance.recording import Case
from conformance.scenarios.bench import Bench
from conformance.scenarios.inventory import Surroundings
from conformance.wire import Endpoint, Wire
from strategies.baselines import baseline
from strategies.pools import ANYWHERE, ValuePools
from strategies.shapes import from_shape
from strategies.updates import full_updates, known_members, members, valid_updates

CPU = {"cpu": "512"}
TARGET = {**CONFIG, **REVISION_2, **CPU}
AGENT = ("User-Agent", "Boto3/1.44.5 md/Botocore#1.44.5 Botocore/1.44.5")
TAGS = st.lists(st.fixed_dictionaries({"key": st.text(min_size=1), "value": st.text()}))


def outputs(operation, **overrides):
    """Answers of every form that the service model gives an operation."""
    return from_shape(model.service_model().operation_model(operation).output_shape, overrides=overrides)


def answered(answer, status=200, **options):
    """The stream of an update with this answer."""
    stream = Stream()
    stream.create()
    stream.describe()
    stream.send(model.OPERATION, {"serviceArn": ARN, **CPU}, answer, status, **options)
    return stream


def of_boto3(stream):
    """What the requirements of this topic say of a stream."""
    return {id: outcome for id, outcome in stream.outcomes().items() if id.startswith("boto3/")}


# -- what boto3 sends ------------------------------------------------------------------------------------


def serialized(body):
    """What boto3 writes for an update, after its own validation."""
    operation = model.service_model().operation_model(model.OPERATION)
    report = ParamValidator().validate(body, operation.input_shape)
    assert not report.has_errors(), report.generate_report()
    return create_serializer("json").serialize_to_request(body, operation)["body"]


def exactly(document):
    """A JSON value as a text in which 1, 1.0 and true differ."""
    return json.dumps(document, sort_keys=True)


VALID = {
    "any members": valid_updates(),
    "all members": full_updates(),
    "all members, whole Fargate table": full_updates(whole_table=True),
    "from pools": valid_updates(pools=ValuePools(images=("nginx:1",), subnets=("subnet-1", "subnet-2"))),
    **{f"only {name}": members([name], partial=True) for name in known_members()},
}


@pytest.mark.parametrize("name", VALID)
@given(data=st.data())
def test_boto3_can_send_every_valid_request(name, data):
    """boto3's validation finds no fault in a valid update, and writes the JSON that the suite writes."""
    body = {"serviceArn": ARN, **data.draw(VALID[name])}
    assert exactly(json.loads(serialized(body))) == exactly(body)


def test_boto3_can_send_the_baseline():
    """The known values that services begin with pass boto3, too, in an update and in a Create."""
    body = {"serviceArn": ARN, **baseline(ANYWHERE)}
    assert exactly(json.loads(serialized(body))) == exactly(body)


# -- what boto3 reads ------------------------------------------------------------------------------------


@given(outputs(model.OPERATION))
def test_no_answer_of_the_model_is_misread(answer):
    """Whatever answer the service model allows, boto3 reads what it says."""
    stream = answered(answer)
    assert of_boto3(stream) == {"boto3/answer": "ok"}


@given(outputs(model.DESCRIBE, **{"service.tags": TAGS}))
def test_no_description_of_the_model_is_misread(answer):
    """The same of the Describe that follows an update."""
    assume(answer.get("service"))
    stream = answered({"service": service(targetConfiguration=TARGET)})
    stream.send(model.DESCRIBE, {"serviceArn": ARN, "include": ["TAGS"]}, answer)
    assert of_boto3(stream)["boto3/describe"] == "ok"


MISREAD = {
    "milliseconds": {"createdAt": 1_764_000_000_000},
    "a time as text": {"updatedAt": "2026-01-01T00:00:00Z"},
    "a time as digits in a text": {"updatedAt": "1000.25"},
    "a text as number": {"targetConfiguration": {**TARGET, "cpu": 512}},
    "a number as text": {
        "targetConfiguration": {**TARGET, "primaryContainer": {"image": "i", "containerPort": "80"}}
    },
    "true as a number": {"targetConfiguration": {**TARGET, "scalingTarget": {"minTaskCount": True}}},
    "a text in the place of a structure": {"status": "ACTIVE"},
    "a text in the place of a list": {"targetConfiguration": {**TARGET, "ingressPaths": "x"}},
    "another letter case": {"status": {"StatusCode": "ACTIVE"}},
}


@pytest.mark.parametrize("name", MISREAD)
def test_a_misread_answer_is_told(name):
    """Where boto3 raises, or gives its caller something else than the answer says, it is told."""
    shown = service(**{"targetConfiguration": TARGET, **MISREAD[name]})
    assert of_boto3(answered({"service": shown})) == {"boto3/answer": "violated"}


@pytest.mark.parametrize("name", ["milliseconds", "a time as text", "another letter case"])
def test_a_misread_description_is_told(name):
    """The same faults in the Describe that follows the update."""
    stream = answered({"service": service(targetConfiguration=TARGET)})
    stream.describe(TARGET, **MISREAD[name])
    assert of_boto3(stream) == {"boto3/answer": "ok", "boto3/describe": "violated"}


@pytest.mark.parametrize(
    "shown",
    [
        {"newMember": {"a": 1}},
        {"statusReason": None, "currentDeployment": None},
        {"createdAt": 1000},
        {"createdAt": 1_764_000_000.123456},
        {"createdAt": -1.5},
        {"targetConfiguration": {**TARGET, "primaryContainer": {"image": "i", "command": []}}},
        {"targetConfiguration": {**TARGET, "primaryContainer": {"image": "i", "containerPort": 80.0}}},
        {"serviceName": "\ud800é"},
    ],
)
def test_what_every_client_forgives_is_forgiven(shown):
    """New members, null, any fraction of a second, empty lists and odd texts are read as they stand."""
    whole = service(**{"targetConfiguration": TARGET, **shown})
    assert of_boto3(answered({"service": whole})) == {"boto3/answer": "ok"}


@pytest.mark.parametrize(
    "body", [b"", b"\xff", b"null", b"[]", b'"x"', b'{"service": []}', b'{"service": 1e999}']
)
def test_a_body_that_boto3_cannot_read_is_told(body):
    """An accepted update whose answer makes boto3 raise is told; an empty answer it can read."""
    expected = {"boto3/answer": "violated"} if body else {}
    assert of_boto3(answered(body)) == expected


ERRORS = {
    "plain": ({"__type": "ClientException", "message": "no"}, "ok"),
    "a namespace": ({"__type": "com.amazonaws.ecs#ClientException", "message": "no"}, "ok"),
    "an address": ({"__type": "ClientException:http://internal", "message": "no"}, "ok"),
    "a capital": ({"__type": "ClientException", "Message": "no"}, "ok"),
    "an unknown class": ({"__type": "Odd", "message": "no"}, "ok"),
    "no message": ({"__type": "ClientException"}, "ok"),
    "only a message": ({"message": "no"}, "ok"),
    "null beside a capital": ({"__type": "ClientException", "message": None, "Message": "no"}, "violated"),
    "blanks": ({"__type": " ClientException", "message": "no"}, "violated"),
    "a number as type": ({"__type": 5, "message": "no"}, "violated"),
    "a list": ([], "violated"),
    "nothing": ({}, None),
    "a page": (b"<html>no</html>", None),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors_are_read_as_they_stand(name):
    """boto3 finds code and message where they are; it must not raise anything but ClientError."""
    answer, expected = ERRORS[name]
    found = of_boto3(answered(answer, 400))
    assert found == ({} if expected is None else {"boto3/error": expected})


HEADERS = (("Content-Type", model.content_type()), ("x-amzn-RequestId", "id"))


def test_a_code_in_a_header_is_tolerated_or_told():
    """A code in a header botocore misses, and it takes the one for clients of Query services."""
    only = answered({"message": "no"}, 400, headers=(*HEADERS, ("x-amzn-ErrorType", "ClientException")))
    assert of_boto3(only) == {"boto3/error": "tolerated"}
    hidden = answered(
        {"__type": "ClientException", "message": "no"},
        400,
        headers=(*HEADERS, ("x-amzn-query-error", "Client;Sender")),
    )
    assert of_boto3(hidden) == {"boto3/error": "violated"}


@pytest.mark.parametrize(("status", "code"), [(429, "X"), (503, "X"), (400, "ThrottlingException")])
def test_who_asks_too_often_hears_it_from_anybody(status, code):
    """Answers about the caller's rate may come from a proxy and are not judged."""
    assert of_boto3(answered({"__type": code, "message": None, "Message": "x"}, status)) == {}


@given(
    st.integers(100, 599), VALUES | st.binary(max_size=20), st.sampled_from([model.OPERATION, model.DESCRIBE])
)
@example(400, {"__type": ["x"], "message": {}}, model.OPERATION)
@example(200, {"service": {"createdAt": "0001-01-01 EST"}}, model.OPERATION)
@example(200, {"service": {"createdAt": 10**400}}, model.OPERATION)
@example(200, {"service": {"createdAt": -62_135_596_800}}, model.OPERATION)
@example(200, {"service": {"createdAt": 253_402_300_799}}, model.OPERATION)
def test_whatever_boto3_raises_is_a_view(status, answer, operation):
    """No status and no body make the adapter raise or warn."""
    body = answer if isinstance(answer, bytes) else json.dumps(answer).replace("Infinity", "1e999").encode()
    seen = view(operation, Response(status=status, headers=(), body=body))
    assert isinstance(seen.problem, str)
    assert isinstance(seen.members, dict)
    assert answered(body, status).judged().tally.errors == set()


def test_an_answer_that_is_too_large_or_too_long_costs_no_time():
    """A text that no calendar reads is not tried, and an answer larger than any is not judged."""
    long = {"service": service(createdAt="1.1" * 50_000)}
    assert of_boto3(answered(long)) == {"boto3/answer": "violated"}
    large = {"service": service(createdAt="1.1" * 500_000)}
    assert of_boto3(answered(large)) == {}


# -- accepted as its twin --------------------------------------------------------------------------------


def by_boto3(stream, members=CPU, code="", *, twin, agent=AGENT):
    """Add the same update as boto3 writes it: accepted, or refused with a code."""
    exchange = stream.refuse(members, code, twin=twin) if code else stream.update(members, twin=twin)
    request = replace(exchange.request, headers=(*exchange.request.headers, agent))
    stream.exchanges[-1] = replace(exchange, request=request)
    return stream.exchanges[-1]


def twins(**options):
    """A Create, the plain update, back again, and boto3's."""
    stream = Stream()
    stream.create()
    stream.describe()
    twin = stream.update(CPU)
    stream.describe({**CONFIG, **REVISION_2}, **options)
    return stream, twin


def test_an_update_of_boto3_is_accepted_as_its_twin():
    """Accepted is fine; refused breaks the requirement."""
    for code, expected in (("", "ok"), ("InvalidParameterException", "violated")):
        stream, twin = twins()
        by_boto3(stream, code=code, twin=twin)
        assert stream.outcomes()["boto3/accepted"] == expected


def test_nothing_is_said_where_something_else_may_be_to_blame():
    """Other members, a refused twin, no boto3, two of boto3, a throttled caller, a deployment in flight."""
    refused = "InvalidParameterException"
    stream, twin = twins()
    by_boto3(stream, {"cpu": "1024"}, refused, twin=twin)
    assert "boto3/accepted" not in stream.outcomes()

    stream, _ = twins()
    twin = stream.refuse(CPU)
    stream.describe({**CONFIG, **REVISION_2})
    by_boto3(stream, code=refused, twin=twin)
    assert "boto3/accepted" not in stream.outcomes()

    stream, twin = twins()
    by_boto3(stream, code=refused, twin=twin, agent=("User-Agent", "curl"))
    assert "boto3/accepted" not in stream.outcomes()

    stream, twin = twins()
    first = by_boto3(stream, twin=twin)
    stream.describe({**CONFIG, **REVISION_2})
    by_boto3(stream, code=refused, twin=first)
    assert stream.outcomes()["boto3/accepted"] == "ok"

    stream, twin = twins()
    by_boto3(stream, code="ThrottlingException", twin=twin)
    assert "boto3/accepted" not in stream.outcomes()

    stream, twin = twins(currentDeployment="arn:aws:ecs:us-east-1:1:service-deployment/default/web/1")
    by_boto3(stream, code=refused, twin=twin)
    assert "boto3/accepted" not in stream.outcomes()

    stream = Stream()
    by_boto3(stream, code=refused, twin=stream.update(CPU))
    assert "boto3/accepted" not in stream.outcomes()


# -- the client ------------------------------------------------------------------------------------------

ACCEPTED = says(http({"service": service(targetConfiguration=TARGET)}))


@contextmanager
def bench_at(*scripts, path="", **endpoint):
    """A bench at a scripted server, the server, and what the bench has recorded."""
    with serving(*scripts) as server:
        wire, taken = Wire(Endpoint(url=server.url + path, **endpoint)), []
        try:
            yield Bench("made", wire, Surroundings(run="test"), taken.append), server, taken
        finally:
            wire.close()


def test_what_boto3_sends_is_sent_once_and_recorded(monkeypatch):
    """The request goes over the suite's wire as boto3 wrote it, whatever the machine is set to."""
    for name, value in {
        "AWS_PROFILE": "nobody",
        "AWS_ENDPOINT_URL": "http://203.0.113.1",
        "AWS_MAX_ATTEMPTS": "5",
        "AWS_SESSION_TOKEN": "ambient",
        "AWS_ACCESS_KEY_ID": "AMBIENT",
        "AWS_DEFAULT_REGION": "mars-1",
        "AWS_USE_FIPS_ENDPOINT": "true",
        "AWS_CONFIG_FILE": "/nonexistent",
        "AWS_SDK_UA_APP_ID": "ambient",
        "HTTP_PROXY": "http://203.0.113.1",
    }.items():
        monkeypatch.setenv(name, value)
    with bench_at(
        says(http({"__type": "ServerException"}, 500)), access_key="KEY", region="eu-west-1"
    ) as made:
        bench, server, taken = made
        exchange = bench.boto3.update({"serviceArn": ARN, "cpu": "é"})
    assert taken == [exchange]
    assert exchange.request.operation == model.OPERATION
    assert exchange.request.path in {"", "/"}
    assert exchange.request.members == {"serviceArn": ARN, "cpu": "é"}
    (received,) = server.requests
    assert received.headers["user-agent"].startswith("Boto3/")
    assert "amz-sdk-invocation-id" in received.headers
    assert "/eu-west-1/ecs/" in received.headers["authorization"]
    assert "Credential=KEY/" in received.headers["authorization"]
    assert "x-amz-security-token" not in received.headers
    assert "mbient" not in str(received).lower()
    assert "KEY" not in str(exchange.to_json())


def test_the_path_of_an_endpoint_is_kept():
    """At an endpoint with a path, the request goes there, and the recording has what is behind it."""
    with bench_at(ACCEPTED, path="/prefix/") as (bench, server, _):
        exchange = bench.boto3.update({"serviceArn": ARN})
    assert exchange.request.path in {"", "/"}
    assert server.requests[0].line.split()[1].rstrip("/") == "/prefix"


def test_a_session_token_is_sent_and_not_recorded():
    """What arrives has the endpoint's token, and the recording does not."""
    with bench_at(ACCEPTED, token="the-token") as (bench, server, _):
        exchange = bench.boto3.update({"serviceArn": ARN})
    assert server.requests[0].headers["x-amz-security-token"] == "the-token"
    assert "the-token" not in str(exchange.to_json())


UNREADABLE = {
    "a list": says(http(b"[]")),
    "a date that is none": says(http({"service": {"createdAt": "x"}})),
    "no text": says(http(b"\xff", 500)),
    "no answer": resets(),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_boto3_makes_of_an_answer_stops_nobody(name):
    """An answer at which boto3 raises, and none at all, are recorded, and the scenario goes on."""
    with bench_at(UNREADABLE[name]) as (bench, _, taken):
        assert taken == [bench.boto3.update({"serviceArn": ARN})]


def test_a_target_that_is_gone_ends_the_scenario():
    """The bench's own error comes through boto3."""
    with bench_at(resets()) as (bench, _, taken):
        for _ in range(4):
            bench.boto3.update({"serviceArn": ARN})
        with pytest.raises(TargetError):
            bench.boto3.update({"serviceArn": ARN})
        assert len(taken) == 5


def test_what_boto3_itself_refuses_is_a_fault_of_ours():
    """Its validation is on: a request that it does not send is raised, and nothing is sent."""
    with bench_at(ACCEPTED) as (bench, server, taken):
        with pytest.raises(Exception, match="Parameter validation failed"):
            bench.boto3.update({"serviceArn": 5})
        assert server.requests == taken == []


@pytest.mark.parametrize("endpoint", [{"region": "bad region"}, {"url": "http://a_b:1"}])
def test_an_endpoint_that_boto3_does_not_take(endpoint):
    """The scenario says what is the matter; the others go on."""
    wire = Wire(Endpoint(**{"url": "http://127.0.0.1:1", **endpoint}))
    with pytest.raises(SetupError, match="boto3 cannot be used"):
        _ = Bench("made", wire, Surroundings(run="test"), lambda _: None).boto3


def test_the_scenario_is_judged_from_its_recording():
    """The exchanges of a boto3 client are recognised live and after a round trip through JSON."""
    refused = says(http({"__type": "InvalidParameterException", "message": "no"}, 400))
    with bench_at(by_operation({model.OPERATION: refused}, ACCEPTED)) as (bench, _, _):
        exchange = bench.boto3.update({"serviceArn": ARN, **CPU})
    again = type(exchange).from_json(json.loads(json.dumps(exchange.to_json())))
    stream, twin = twins()
    stream.exchanges.append(replace(again, id=9, twin=twin.id, tag=stream.tag))
    judge = Judge()
    judge.begin(Case(tag=stream.tag, value={}))
    for each in stream.exchanges:
        judge.feed(each)
    assert judge.tally.counts["boto3/accepted"].violated == 1
