"""Ways of signing: each differs from the run's own in one thing, and none of them is ever recorded."""

from __future__ import annotations

import json
import re
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hostile import http, says, serving

from conformance import model
from conformance.exchange import REDACTED, Exchange
from conformance.signing import (
    BAD_SIGNATURE,
    EXPIRED_DATE,
    OWN,
    RESTRICTED,
    UNKNOWN_KEY,
    UNSIGNED,
    WRONG_REGION,
    WRONG_SERVICE,
    WRONG_WAYS,
    Signer,
)
from conformance.wire import Endpoint, Wire, awsjson

OWN_KEYS = Credentials("AKIAIOSFODNN7EXAMPLE", "own secret", "own token")
SECOND_KEYS = Credentials("AKIAI44QH8DHBEXAMPLE", "second secret", "second token")
URL = "http://localhost:4566/"
BODY = b'{"cpu": "256"}'
HEADERS = {"Content-Type": model.content_type(), "X-Amz-Target": model.target_header(model.OPERATION)}
_AUTHORIZATION = re.compile(
    r"AWS4-HMAC-SHA256 Credential=(\w+)/(\d{8})/([\w-]+)/(\w+)/aws4_request, "
    r"SignedHeaders=([\w;-]+), Signature=([0-9a-f]{64})"
)


def signed(caller, region="us-east-1"):
    """The headers of a request by this caller."""
    signer = Signer(OWN_KEYS, region, restricted=SECOND_KEYS)
    return signer.signed(caller, "POST", URL, HEADERS, BODY)


def parts(headers):
    """Access key, day, Region, service, signed headers and signature."""
    return _AUTHORIZATION.fullmatch(headers["Authorization"]).groups()


def is_true(headers, keys, region="us-east-1", service="ecs"):
    """Whether the owner of these keys would have signed so."""
    request = AWSRequest("POST", URL, data=BODY, headers={k: headers[k] for k in HEADERS})
    for name in ("X-Amz-Date", "X-Amz-Security-Token"):
        if name in headers:
            request.headers[name] = headers[name]
    request.context["timestamp"] = headers["X-Amz-Date"]
    auth = SigV4Auth(keys, service, region)
    text = auth.string_to_sign(request, auth.canonical_request(request))
    return auth.signature(text, request) == parts(headers)[-1]


def age(headers):
    """How long ago a request was signed."""
    date = datetime.strptime(headers["X-Amz-Date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    return datetime.now(UTC) - date


def test_the_own_caller_signs_as_botocore_does():
    """The key, the token, the Region and the service are the run's, and the signature is true."""
    headers = signed(OWN)
    assert parts(headers)[0] == OWN_KEYS.access_key
    assert parts(headers)[2:4] == ("us-east-1", "ecs")
    assert headers["X-Amz-Security-Token"] == OWN_KEYS.token
    assert is_true(headers, OWN_KEYS)
    assert abs(age(headers)) < timedelta(minutes=1)


def test_an_unsigned_request_has_nothing_of_a_signature():
    """Neither a signature, nor a date, nor a token: the headers are those that were given."""
    assert signed(UNSIGNED) == HEADERS


def test_an_unknown_key_is_well_formed_and_nobodys():
    """Twenty letters and digits that are not the run's key; the run's token does not go with it."""
    headers = signed(UNKNOWN_KEY)
    assert re.fullmatch("AKIA[A-Z0-9]{16}", parts(headers)[0])
    assert parts(headers)[0] not in {OWN_KEYS.access_key, SECOND_KEYS.access_key}
    assert "X-Amz-Security-Token" not in headers
    assert parts(headers)[2:4] == ("us-east-1", "ecs")


def test_a_bad_signature_differs_from_the_true_one_alone():
    """Key, scope and token are the run's; only the signature is that of another secret key."""
    headers = signed(BAD_SIGNATURE)
    assert parts(headers)[0] == OWN_KEYS.access_key
    assert parts(headers)[2:5] == parts(signed(OWN))[2:5]
    assert headers["X-Amz-Security-Token"] == OWN_KEYS.token
    assert not is_true(headers, OWN_KEYS)


def test_an_expired_date_is_an_hour_old_and_truly_signed():
    """The signature is right for its date, and the scope has the same day."""
    headers = signed(EXPIRED_DATE)
    assert timedelta(minutes=59) < age(headers) < timedelta(minutes=61)
    assert parts(headers)[1] == headers["X-Amz-Date"][:8]
    assert is_true(headers, OWN_KEYS)


@pytest.mark.parametrize("region", ["us-east-1", "us-west-2", "eu-west-1"])
def test_a_wrong_region_is_another_one(region):
    """Whatever the Region of the run, the scope has another one, and the signature is right for it."""
    headers = signed(WRONG_REGION, region)
    found = parts(headers)[2]
    assert found not in {region, ""}
    assert is_true(headers, OWN_KEYS, region=found)


def test_a_wrong_service_is_another_one():
    """The scope has another service, and the signature is right for it."""
    headers = signed(WRONG_SERVICE)
    found = parts(headers)[3]
    assert found != "ecs"
    assert is_true(headers, OWN_KEYS, service=found)


def test_the_restricted_caller_has_keys_of_its_own():
    """The second caller signs truly, with its own key and token."""
    headers = signed(RESTRICTED)
    assert parts(headers)[0] == SECOND_KEYS.access_key
    assert headers["X-Amz-Security-Token"] == SECOND_KEYS.token
    assert is_true(headers, SECOND_KEYS)


def test_without_a_second_caller_there_is_none():
    """Nobody signs for a caller whose credentials were not given."""
    signer = Signer(OWN_KEYS, "us-east-1")
    assert set(signer.callers) == {OWN, *WRONG_WAYS}
    with pytest.raises(KeyError):
        signer.signed(RESTRICTED, "POST", URL, HEADERS, BODY)


ENDPOINT = Endpoint(
    url="",
    access_key=OWN_KEYS.access_key,
    secret_key=OWN_KEYS.secret_key,
    token=OWN_KEYS.token,
    restricted_access_key=SECOND_KEYS.access_key,
    restricted_secret_key=SECOND_KEYS.secret_key,
    restricted_token=SECOND_KEYS.token,
)
SECRETS = [OWN_KEYS.secret_key, OWN_KEYS.token, SECOND_KEYS.secret_key, SECOND_KEYS.token]


@pytest.mark.parametrize("caller", [OWN, *WRONG_WAYS, RESTRICTED])
def test_no_callers_secrets_are_recorded(caller):
    """Whoever signs, the exchange says who it was, and neither key, nor token, nor signature is in it."""

    def echo(connection, request):
        quoted = " ".join(request.headers.get(name, "") for name in ("authorization", "x-amz-security-token"))
        connection.sendall(http(quoted.encode(), 403))
        return True

    with serving(echo) as server:
        wire = Wire(replace(ENDPOINT, url=server.url))
        exchange = wire.send(replace(awsjson(model.OPERATION, {}), caller=caller))
        wire.close()
    received = server.requests[0].headers.get("authorization", "Signature=none")
    text = json.dumps(exchange.to_json())
    assert not [secret for secret in (*SECRETS, received.rpartition("=")[2]) if secret in text]
    assert (caller == UNSIGNED) == (received == "Signature=none")
    assert (caller == UNSIGNED) == (REDACTED not in text)
    assert Exchange.from_json(exchange.to_json()).request.caller == caller


def test_an_endpoint_shows_no_secret_and_travels_whole():
    """What is printed of an endpoint has no secret; what a worker process gets has all of it."""
    assert not [secret for secret in SECRETS if secret in repr(ENDPOINT)]
    assert Endpoint(**json.loads(json.dumps(asdict(ENDPOINT)))) == ENDPOINT


def test_a_wire_knows_who_can_sign():
    """The callers of a wire are those that its endpoint has credentials for."""
    with serving(says(http({}))) as server:
        assert RESTRICTED in Wire(replace(ENDPOINT, url=server.url)).callers
        assert set(Wire(Endpoint(url=server.url)).callers) == {OWN, *WRONG_WAYS}
