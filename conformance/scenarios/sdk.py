"""A real boto3 client whose requests go over the suite's own wire, so that they are recorded as all others.

It is made of the endpoint alone: whatever the environment and the files of the machine say of profiles,
credentials, endpoints or retries does not reach it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

import boto3
import botocore.session
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.config import Config
from botocore.exceptions import BotoCoreError, HTTPClientError

from conformance import model
from conformance.boto3_view import view
from conformance.exceptions import ConformanceError, SetupError
from conformance.exchange import Exchange, Request
from conformance.wire import Endpoint

# What a session takes from its surroundings and may go on taking: where its service models are. All else of
# this kind it is told here, or has by default.
_KEPT = {"data_path"}
_FILES = {"config_file", "credentials_file"}


class Forward(Protocol):
    """Sends a request that is signed already, just as it is."""

    def __call__(self, request: Request, *, twin: Exchange | None = None) -> Exchange:
        """The exchange, whatever came of it."""
        ...


class SdkClient:
    """A boto3 client of ECS with its own validation and without retries.

    Args:
        endpoint: where it believes to send its requests, and what it signs them with.
        forward: really sends them.

    Raises:
        SetupError: boto3 takes no such endpoint or Region.
    """

    def __init__(self, endpoint: Endpoint, forward: Forward) -> None:
        self._forward = forward
        self._prefix = urlsplit(endpoint.url).path.rstrip("/")
        self._twin: Exchange | None = None
        self._sent: Exchange | None = None
        try:
            self._client = _client(endpoint)
        except (BotoCoreError, ValueError) as error:
            raise SetupError(f"boto3 cannot be used with {endpoint.url}: {error}.") from error
        self._client.meta.events.register("before-send.ecs.*", self._send)

    def update(self, members: Mapping[str, Any], *, twin: Exchange | None = None) -> Exchange:
        """Call UpdateExpressGatewayService with these members.

        What the client makes of the answer is not the question here: the answer is recorded.
        """
        self._twin, self._sent = twin, None
        try:
            self._client.update_express_gateway_service(**members)
        except ConformanceError:
            raise
        except Exception:  # an answer can make botocore raise anything
            if self._sent is None:
                raise
        assert self._sent is not None, "a call that raises nothing has sent something"
        return self._sent

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Called by botocore in the place of sending."""
        exchange = self._sent = self._forward(self._as_ours(request), twin=self._twin)
        response = exchange.response
        if response is None or view(exchange.request.operation, response).problem:
            # An answer that is no good is recorded; on some of them botocore itself would spend hours.
            raise HTTPClientError(error="there is no answer that boto3 can read")
        return AWSResponse(request.url, response.status, dict(response.headers), _Stream(response.body))

    def _as_ours(self, request: AWSPreparedRequest) -> Request:
        url = urlsplit(request.url)
        headers = [(_text(name), _text(value)) for name, value in request.headers.items()]
        target = next((value for name, value in headers if name.lower() == "x-amz-target"), "")
        return Request(
            operation=target.removeprefix(model.target_header("")),
            method=request.method,
            path=url.path.removeprefix(self._prefix) + (f"?{url.query}" if url.query else ""),
            headers=tuple(headers),
            body=request.body or b"",
        )


class _Stream:
    """A body as botocore wants to read it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        """All of it."""
        yield self._body


def _text(value: str | bytes) -> str:
    return value.decode("utf-8") if isinstance(value, bytes) else value


def _client(endpoint: Endpoint) -> Any:
    variables = botocore.session.Session.SESSION_VARIABLES
    isolated = {
        name: (None, None, os.devnull if name in _FILES else default, convert)
        for name, (_, _, default, convert) in variables.items()
        if name not in _KEPT
    }
    session = botocore.session.Session(session_vars=isolated)
    given: dict[str, Any] = {
        "aws_access_key_id": endpoint.access_key,
        "aws_secret_access_key": endpoint.secret_key,
        "aws_session_token": endpoint.token,
    }
    if endpoint.source is not None:
        session._credentials, given = endpoint.source, {}  # noqa: SLF001  botocore has no other way
    return boto3.Session(botocore_session=session).client(
        "ecs",
        endpoint_url=endpoint.url,
        region_name=endpoint.region,
        config=Config(retries={"total_max_attempts": 1, "mode": "standard"}),
        **given,
    )
