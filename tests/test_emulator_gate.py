"""The emulator that checks who calls: signatures, dates, scopes and the policies of moto's IAM."""

from __future__ import annotations

import json
import uuid
from contextlib import contextmanager
from dataclasses import replace

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from conformance import model
from conformance.emulator.process import guarded, running
from conformance.emulator.sigv4 import signature
from conformance.scenarios.bench import Bench
from conformance.scenarios.inventory import Surroundings
from conformance.signing import BAD_SIGNATURE, EXPIRED_DATE, RESTRICTED, UNSIGNED, WRONG_WAYS
from conformance.targets import Settings
from conformance.targets.embedded import Embedded
from conformance.wire import Endpoint, Wire, awsjson

PATH = {"healthCheckPath": "/changed"}
SIGNATURE, KEY = "InvalidSignatureException", "UnrecognizedClientException"
TOKEN, DENIED = "MissingAuthenticationTokenException", "AccessDeniedException"


@pytest.fixture(scope="module")
def target():
    """The embedded target's endpoint."""
    with Embedded(settings=Settings()).connect() as endpoint:
        yield endpoint


@contextmanager
def bench_at(endpoint):
    """A bench there, and all exchanges that it sends."""
    sent = []
    wire = Wire(endpoint)
    bench = Bench("made", wire, Surroundings(run=uuid.uuid4().hex[:8]), sent.append)
    yield bench, sent
    bench.close()
    wire.close()


def asked(bench, caller, arn, members=PATH):
    """Status and error class of an update by this caller."""
    body = {"serviceArn": arn, **members}
    exchange = bench.send_raw(replace(awsjson(model.OPERATION, body), caller=caller))
    return exchange.response.status, exchange.response.error_code


@pytest.mark.parametrize(
    ("caller", "code"),
    [
        (UNSIGNED, TOKEN),
        ("unknown-key", KEY),
        (BAD_SIGNATURE, SIGNATURE),
        (EXPIRED_DATE, SIGNATURE),
        ("wrong-region", SIGNATURE),
        ("wrong-service", SIGNATURE),
        (RESTRICTED, DENIED),
    ],
)
def test_the_embedded_target_refuses(target, caller, code):
    """Every caller but the run's own is refused with status 400, and nothing is changed."""
    with bench_at(target) as (bench, _):
        arn = bench.service()
        before = bench.describe(arn).response.json
        assert asked(bench, caller, arn) == (400, code)
        assert bench.describe(arn).response.json == before
        assert asked(bench, "", arn) == (200, "")


def test_the_restricted_caller_may_look(target):
    """The second user's policy lets it describe."""
    with bench_at(target) as (bench, _):
        request = awsjson(model.DESCRIBE, {"serviceArn": bench.service()})
        assert bench.send_raw(replace(request, caller=RESTRICTED)).response.status == 200


def client(endpoint, name="ecs", **changes):
    """A boto3 client of the endpoint's caller."""
    keys = {"access_key": endpoint.access_key, "secret_key": endpoint.secret_key} | changes
    return boto3.client(
        name,
        endpoint_url=endpoint.url,
        region_name=endpoint.region,
        aws_access_key_id=keys["access_key"],
        aws_secret_access_key=keys["secret_key"],
    )


def refusal(call, **members):
    """The error class that boto3 raises."""
    with pytest.raises(ClientError) as caught:
        call(**members)
    return caught.value.response["Error"]["Code"]


def test_the_rest_of_ecs_is_guarded_too(target):
    """Moto's own operations take the run's caller, and refuse others with the same errors in JSON."""
    own, wrong = client(target), client(target, secret_key="wrong")
    second = client(target, access_key=target.restricted_access_key, secret_key=target.restricted_secret_key)
    assert own.create_cluster(clusterName="guarded")["cluster"]["status"] == "ACTIVE"
    assert second.describe_clusters(clusters=["guarded"])["clusters"]
    assert refusal(second.create_cluster, clusterName="other") == DENIED
    assert refusal(wrong.create_cluster, clusterName="other") == SIGNATURE


def test_other_services_know_the_users(target):
    """STS tells who they are; neither may touch IAM."""
    assert client(target, "sts").get_caller_identity()["Arn"].endswith(":user/main")
    assert "AccessDenied" in refusal(client(target, "iam").list_users)


ODD = [
    {"Authorization": "AWS4-HMAC-SHA256 Credential=x/y"},
    {"Authorization": "Bearer x"},
    {"Authorization": ""},
    {"X-Amz-Date": "yesterday"},
    {"X-Amz-Date": "20990101T000000Z"},
    {"Authorization": "AWS4-HMAC-SHA256 Credential=a/20260101/us-east-1/ecs/aws4_request,"},
]


@pytest.mark.parametrize("headers", ODD)
def test_garbled_signatures_are_refused(target, headers):
    """What is no signature is a client's mistake, and never a fault."""
    with bench_at(target) as (bench, _):
        request = awsjson(model.OPERATION, {"serviceArn": bench.service()})
        wire = Wire(target)
        merged = {**dict(wire.send(request).request.headers), **headers}
        exchange = wire.send(replace(request, headers=tuple(merged.items())), signed=True)
        wire.close()
    assert exchange.response.status == 400
    assert exchange.response.error_code in {"IncompleteSignatureException", TOKEN, SIGNATURE, KEY}


@pytest.mark.parametrize("body", [b"", b"{", b"\xff", b"[]", b"null", b'{"serviceArn": 5}', b"x" * 100_000])
def test_any_body_may_be_signed(target, body):
    """A request that is signed truly is let in, whatever its body is, and then refused for that."""
    wire = Wire(target)
    code = wire.send(awsjson(model.OPERATION, body)).response.error_code
    wire.close()
    assert code in {"SerializationException", "InvalidParameterException"}


@pytest.mark.parametrize("region", ["eu-west-1", "cn-north-1", "us-gov-west-1"])
def test_the_emulator_is_of_the_runs_region(region):
    """Whatever the Region of the run, its emulator is there, and knows its users in that partition."""
    with Embedded(settings=Settings(region=region)).connect() as endpoint:
        wire = Wire(endpoint)
        request = awsjson("ListClusters", {})
        assert wire.send(request).response.status == 200
        assert wire.send(replace(request, caller="wrong-region")).response.error_code == SIGNATURE
        wire.close()


def test_the_embedded_target_has_its_own_callers():
    """Credentials of the settings are for other targets."""
    settings = Settings(access_key="other", restricted_access_key="a", restricted_secret_key="b")
    with Embedded(settings=settings).connect() as endpoint:
        assert endpoint.access_key.startswith("AKIA")
        assert endpoint.restricted_access_key.startswith("AKIA")
        assert endpoint.restricted_access_key != endpoint.access_key
        assert endpoint.secret_key not in repr(endpoint)


def test_an_emulator_by_itself_is_open():
    """`serve` and `running` take anybody, in any Region."""
    with running() as url, bench_at(Endpoint(url=url)) as (bench, _):
        arn = bench.service()
        assert [asked(bench, way, arn)[0] for way in (UNSIGNED, BAD_SIGNATURE, EXPIRED_DATE)] == [200] * 3


def test_secrets_of_a_guarded_emulator_are_not_printed():
    """What `guarded` gives shows no secret key."""
    with guarded("us-east-1") as emulator:
        assert emulator.main.secret_key not in repr(emulator)
        assert emulator.main.access_key in repr(emulator)


def test_the_wrong_ways_are_not_recorded_with_their_signatures(target):
    """The recording says who sent a request, and holds no signature."""
    with bench_at(target) as (bench, sent):
        arn = bench.service()
        for way in WRONG_WAYS:
            asked(bench, way, arn)
    text = json.dumps([exchange.to_json() for exchange in sent])
    assert "Signature=" not in text
    assert all(f'"caller": "{way}"' in text for way in WRONG_WAYS)


_WORDS = st.text("abcXYZ-_.~%20 \t", max_size=12)
_QUERIES = st.lists(
    st.sampled_from(["b=2", "a=1", "a=0", "a-b=3", "flag", "x=%20y", "a=b=c", ""]), max_size=4
)


@given(
    secret=st.text("abcDEF+/123", min_size=1, max_size=40),
    region=st.sampled_from(["us-east-1", "cn-north-1"]),
    method=st.sampled_from(["POST", "GET"]),
    query=_QUERIES.map("&".join),
    value=_WORDS,
    body=st.binary(max_size=50),
)
def test_signatures_are_those_of_botocore(secret, region, method, query, value, body):
    """Two implementations of the specification agree, whatever is signed."""
    path = f"/?{query}" if query else "/"
    headers = {"host": "localhost:1", "x-amz-target": value, "x-amz-date": "20260102T030405Z"}
    request = AWSRequest(method, f"http://localhost:1{path}", data=body, headers=headers)
    request.context["timestamp"] = headers["x-amz-date"]
    auth = SigV4Auth(Credentials("AKIA", secret), "ecs", region)
    expected = auth.signature(auth.string_to_sign(request, auth.canonical_request(request)), request)
    found = signature(
        secret,
        region=region,
        service="ecs",
        method=method,
        path=path,
        headers=headers,
        signed_headers=sorted(headers),
        body=body,
    )
    assert expected == found
