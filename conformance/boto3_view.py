"""What a boto3 client makes of an answer: botocore's own parser on the bytes that were received.

botocore parses an answer by the shape of its operation, and an error a second time by the shape of the error;
whatever either of them raises reaches the client's caller.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from botocore.parsers import JSONParser
from botocore.utils import parse_timestamp

from conformance import model
from conformance.exchange import Request, Response

_ERROR = 300  # from this status on botocore raises ClientError
_REMEMBERED = 4096
_LONGEST_TIME = 100  # characters; with a longer text botocore's calendar can spend hours, to no avail


@dataclass(frozen=True, slots=True)
class View:
    """What the caller of a boto3 client is given for an answer.

    Attributes:
        members: the members of the answer by name; empty for an error.
        code: the code of an error; empty for a success.
        message: its message.
        problem: what the client raised instead; empty if it read the answer.
    """

    members: Mapping[str, Any]
    code: Any = ""
    message: Any = ""
    problem: str = ""


def view(operation: str, response: Response) -> View:
    """What a boto3 client gives its caller for this answer to an operation of the service model."""
    try:
        return _view(operation, response)
    except Exception as error:  # noqa: BLE001  an answer can make botocore raise anything
        return View({}, problem=f"{type(error).__name__}: {error}"[:300])


def wrote(request: Request) -> bool:
    """Whether boto3 wrote a request: it says so itself."""
    agents = (value for name, value in request.headers if name.lower() == "user-agent")
    return any(agent.startswith("Boto3/") for agent in agents)


def _view(operation: str, response: Response) -> View:
    received = {
        "status_code": response.status,
        "headers": {name.lower(): value for name, value in response.headers},
        "body": response.body,
        "context": {"operation_name": operation},
    }
    found = _parser().parse(received, _shape(operation))
    if response.status < _ERROR:
        return View({**found})
    error = found.get("Error", {})
    shape = model.service_model().shape_for_error_code(error.get("Code"))
    if shape is not None:
        _parser().parse(received, shape)
    return View({}, error.get("Code", ""), error.get("Message", ""))


@cache
def _shape(operation: str) -> Any:
    return model.service_model().operation_model(operation).output_shape


@cache
def _parser() -> Any:
    return JSONParser(timestamp_parser=_moment)


def _moment(value: Any) -> Any:
    """Read a timestamp as botocore does; the same numbers come again and again, and it is slow."""
    if isinstance(value, int | float):
        return _moment_of_number(value)
    if isinstance(value, str) and len(value) > _LONGEST_TIME:
        raise ValueError(f"Invalid timestamp {value[:_LONGEST_TIME]!r}")
    with warnings.catch_warnings():  # that a time zone is unknown, for one
        warnings.simplefilter("ignore")
        return parse_timestamp(value)


_moment_of_number = lru_cache(maxsize=_REMEMBERED)(parse_timestamp)
