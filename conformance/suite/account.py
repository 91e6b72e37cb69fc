"""The account and Region of an endpoint, looked at beside judging: with boto3, and not recorded."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from conformance.model import partition
from conformance.targets.aws import client_at
from conformance.wire import Endpoint

ASKING = (
    BotoCoreError,
    ClientError,
    ResponseParserError,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
)
"""What boto3 raises where something is refused, or is answered in another form than it ought to be."""

_MILLISECONDS = 1000
_INACTIVE = "INACTIVE"
_NO_EXPRESS_SERVICE = {"InvalidParameterException", "ClientException"}


class Account:
    """The account and Region of an endpoint.

    Args:
        endpoint: of ECS; the other services of an emulator are at the same address.

    Attributes:
        endpoint: the same.
    """

    def __init__(self, endpoint: Endpoint) -> None:
        self.endpoint = endpoint
        self._clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        """A boto3 client."""
        if service not in self._clients:
            self._clients[service] = client_at(self.endpoint, service)
        return self._clients[service]

    def pages(self, service: str, operation: str, member: str, **parameters: Any) -> Iterator[Any]:
        """What is in a list, page after page."""
        for page in self.client(service).get_paginator(operation).paginate(**parameters):
            yield from page.get(member, ())

    def arn(self, service: str, resource: str, *, owner: str = "") -> str:
        """The ARN of something there; the owner is the account, if that is known."""
        region = self.endpoint.region
        return f"arn:{partition(region)}:{service}:{region}:{owner or self.endpoint.account}:{resource}"

    def express_service(self, arn: str) -> dict[str, Any]:
        """An Express service as Describe shows it, with its tags; nothing if it is gone, or is none."""
        try:
            answer = self.client("ecs").describe_express_gateway_service(serviceArn=arn, include=["TAGS"])
        except ClientError as error:
            if is_gone(error) or code_of(error) in _NO_EXPRESS_SERVICE:
                return {}
            raise
        return {} if status_of(answer["service"]) == _INACTIVE else dict(answer["service"])


def status_of(service: Mapping[str, Any]) -> str:
    """The status of a service that Describe has shown; empty for none."""
    return str(service.get("status", {}).get("statusCode", ""))


def code_of(error: BaseException) -> str:
    """The code of an error that was answered; empty for any other."""
    response: Mapping[str, Any] = getattr(error, "response", {})
    return str(response.get("Error", {}).get("Code", ""))


def is_gone(error: BaseException) -> bool:
    """Whether an error says that there is nothing to delete any more."""
    code = code_of(error)
    return "NotFound" in code or code == "ServiceNotActiveException"


def in_short(error: BaseException) -> str:
    """An error of boto3 in one line of at most 200 characters."""
    return " ".join(str(error).split())[:200].rstrip(".")


def seconds_of(moment: Any) -> float | None:
    """A moment in epoch seconds; some services tell it in milliseconds, some not at all."""
    if isinstance(moment, datetime):
        return moment.timestamp()
    return float(moment) / _MILLISECONDS if isinstance(moment, int | float) else None
