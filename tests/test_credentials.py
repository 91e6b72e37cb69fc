"""Credentials that are renewed in mid-run: each request has those of its moment, and nobody sees them."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.credentials import RefreshableCredentials
from hostile import http, says, serving

from conformance import model
from conformance.credentials import Keys, Renewed
from conformance.exceptions import TargetError
from conformance.redaction import Redactor
from conformance.targets import aws
from conformance.targets.aws import client_at
from conformance.wire import Endpoint, Wire, awsjson

SECRET = "a-secret-that-nobody-may-see-{}"
TOKEN = "a-token-that-nobody-may-see-{}"


class Source:
    """New keys whenever somebody asks, or an error."""

    def __init__(self) -> None:
        self.number = 0
        self.error: Exception | None = None

    def get_frozen_credentials(self) -> Keys:
        """The next ones."""
        if self.error is not None:
            raise self.error
        self.number += 1
        return keys(self.number)


class Clock:
    """Stands still until it is moved."""

    now = 0.0

    def __call__(self) -> float:
        """The time."""
        return self.now


def keys(number: int) -> Keys:
    """Those of one moment."""
    return Keys(f"AKIA{number:04}", SECRET.format(number), TOKEN.format(number))


def test_each_request_is_signed_with_the_keys_of_its_moment() -> None:
    """All of one piece, and with what the answer quotes of them taken out."""
    source = Renewed(Source())
    echo = says(http(b'{"said": "' + TOKEN.format(2).encode() + b'"}'))
    with serving(echo, echo) as server:
        endpoint = Endpoint(url=server.url, access_key="AKIA0001", secret_key=SECRET.format(1), source=source)
        wire = Wire(endpoint, redactor=Redactor(credentials=endpoint.secrets))
        kept = [wire.send(awsjson(model.DESCRIBE, {})) for _ in range(2)]
        wire.close()
    for number, request in enumerate(server.requests, start=2):
        assert f"Credential=AKIA{number:04}/" in request.headers["authorization"]
        assert request.headers["x-amz-security-token"] == TOKEN.format(number)
    assert "nobody-may-see" not in repr(kept)


def test_botocores_own_credentials_are_renewed() -> None:
    """Those that it can refresh; a boto3 client beside the wire has them, too."""
    asked: list[int] = []

    def fetch() -> dict[str, str]:
        asked.append(1)
        ends = datetime.now(UTC) + timedelta(minutes=5)
        return {
            "access_key": f"AKIA{len(asked):04}",
            "secret_key": SECRET.format(len(asked)),
            "token": TOKEN.format(len(asked)),
            "expiry_time": ends.isoformat(),
        }

    source = Renewed(RefreshableCredentials.create_from_metadata(fetch(), fetch, "test"))
    ecs = client_at(Endpoint(url="http://127.0.0.1:9", source=source), "ecs")
    signed = ecs.generate_presigned_url("list_clusters")
    found = re.search(r"Credential=AKIA(\d{4})", signed)
    assert found
    assert int(found[1]) == len(asked) > 2


def test_keys_are_of_one_piece_in_all_threads() -> None:
    """However many ask at a time."""
    source = Renewed(Source())
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: source.get_frozen_credentials(), range(200)))
    assert set(found) <= {keys(number) for number in range(1, 202)}
    assert len(set(found)) == 200
    assert {secret for each in found for secret in each.secrets} <= set(source.secrets)


def test_a_renewal_that_fails_is_tried_again_for_a_while() -> None:
    """Meanwhile the last keys sign; a program that fails is not called for each request."""
    origin, clock = Source(), Clock()
    source = Renewed(origin, clock=clock)
    origin.error = RuntimeError("the session\nhas ended")
    for _ in range(50):
        assert source.get_frozen_credentials() == keys(1)
        clock.now += 1
    assert source.problem == ""
    clock.now += 100
    source.get_frozen_credentials()
    assert source.problem == "the session has ended"
    origin.error = None
    clock.now += 30
    assert source.get_frozen_credentials() == keys(2)
    assert source.problem == ""


def test_what_cannot_be_renewed_is_still_good_for_cleaning_up() -> None:
    """No update is begun with it, and the service is deleted while that goes."""
    source = Renewed(Source())
    source.problem = "the session has ended"
    with serving(says(http(b"{}"))) as server:
        wire = Wire(Endpoint(url=server.url, source=source))
        with pytest.raises(TargetError, match="cannot be renewed: the session has ended") as told:
            wire.send(awsjson(model.OPERATION, {}))
        assert "aws sso login" in told.value.hint
        assert wire.send(awsjson(model.DELETE, {})).response is not None
        wire.close()
    assert len(server.requests) == 1


def test_new_keys_of_another_account_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The guard looked at one account; what comes later has to be of the same."""
    origin, clock = Source(), Clock()
    source = Renewed(origin, clock=clock)
    accounts = {"AKIA0002": "111122223333", "AKIA0003": "999999999999"}
    monkeypatch.setattr(aws, "_account", lambda endpoint: accounts.get(endpoint.access_key, "x"))
    endpoint: Any = Endpoint(url="http://127.0.0.1:9", source=source)
    source.check_with(lambda new: aws._another(endpoint, "111122223333", new))
    assert source.get_frozen_credentials() == keys(2)
    for _ in range(10):
        assert source.get_frozen_credentials() == keys(2)
        clock.now += 30
    assert "another account" in source.problem


def test_another_process_gets_the_keys_of_this_moment() -> None:
    """A source cannot be sent there."""
    endpoint = Endpoint(url="http://127.0.0.1:9", access_key="AKIA", source=Renewed(Source()))
    assert Endpoint(**endpoint.to_json()).access_key == "AKIA"
    assert endpoint.to_json()["source"] is None
    assert "nobody-may-see" not in repr(endpoint)
