"""Texts to paste that send a judged request again: curl, AWS CLI, boto3, and ``replay``.

A text is made only where the tool really sends what was sent. curl can send any bytes. The AWS CLI and boto3
serialise a request of their own, so botocore's serialiser is asked what it would send, and that is compared
with what was sent.
"""

from __future__ import annotations

import base64
import json
import pprint
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from botocore import xform_name
from botocore.model import OperationNotFoundError
from botocore.serialize import create_serializer
from botocore.validate import ParamValidator

from conformance.exchange import REDACTED, parsed
from conformance.model import content_type, service_model, target_header
from conformance.reporting.bodies import judged, raw
from conformance.results import Counterexample, Results, TargetIdentity
from conformance.signing import OWN, UNSIGNED

# curl makes these itself; what was recorded belongs to the old signature or the old connection.
_MADE_BY_CURL = {"host", "authorization", "x-amz-date", "content-length", "connection", "transfer-encoding"}
_LONGEST_ARGUMENT = 100_000  # bytes; Linux allows 128 KiB in one argument of a program
_COMMAND = len(("express-conformance", "replay", "RESULTS", "ID"))
_DEFAULT_REGION = "us-east-1"  # what the suite signs for if nobody says it
_SIGNING_SCOPE = "aws:amz:{region}:ecs"


def with_reproductions(
    results: Results, *, saved_as: str, options: Mapping[str, str] = MappingProxyType({})
) -> Results:
    """The results with a reproduction in every counterexample.

    Args:
        results: the results of a run.
        saved_as: the file or folder, as a person types it, that ``replay`` will read them from.
        options: of the run, by name, that ``replay`` needs as well to reach the target.
    """
    target = results.target

    def completed(id_: str, example: Counterexample) -> Counterexample:
        again = replay(saved_as, id_, _said(example) or _options(target, options))
        texts = reproductions(example, replay=again, endpoint=target.endpoint, region=target.region)
        return replace(example, reproduce=texts)

    return replace(
        results,
        requirements=tuple(
            r if r.counterexample is None else replace(r, counterexample=completed(r.id, r.counterexample))
            for r in results.requirements
        ),
    )


def _options(target: TargetIdentity, options: Mapping[str, str]) -> list[str]:
    """The words that lead a replay to where the run was."""
    region = {"--region": target.region} if target.region not in {"", _DEFAULT_REGION} else {}
    given = {**region, **{name: value for name, value in options.items() if value}}
    words = [word for option in given.items() for word in option]
    # Nothing goes to a real account without it; that one plan was taken is no word for the next one.
    return [*words, "--live"] if target.kind == "aws" else words


def _said(example: Counterexample) -> list[str]:
    """The options of the command that the results have already; none if they have no command."""
    try:
        return shlex.split(example.reproduce.get("replay") or "")[_COMMAND:]
    except ValueError:
        return []


def reproductions(
    example: Counterexample, *, replay: str, endpoint: str, region: str
) -> dict[str, str | None]:
    """The reproductions of one counterexample by tool; null where the tool cannot say it."""
    if not example.has_case:
        return {}
    exchange = judged(example.exchanges)
    texts: dict[str, str | None] = {"replay": replay if example.case is not None else None}
    if clients := _clients(example.exchanges):
        texts["curl"] = curl_together(clients, endpoint=endpoint, region=region)
        texts["aws"] = aws_together(clients, endpoint=endpoint, region=region)
        texts["boto3"] = boto3_together(clients, endpoint=endpoint, region=region)
    elif exchange is not None and exchange["request"].get("caller", OWN) not in {OWN, UNSIGNED}:
        # These tools sign as they should, and in the name of one caller.
        texts |= {"curl": None, "aws": None, "boto3": None}
    elif exchange is not None:
        texts["curl"] = curl(exchange, endpoint=endpoint, region=region)
        texts["aws"] = aws(exchange, endpoint=endpoint, region=region)
        texts["boto3"] = boto3(exchange, endpoint=endpoint, region=region)
    return texts


def replay(saved_as: str, requirement: str, options: Sequence[str] = ()) -> str:
    """The command that sends the whole minimal case again, its set-up included."""
    return shlex.join(["express-conformance", "replay", saved_as, requirement, *options])


def curl(exchange: Mapping[str, Any], *, endpoint: str, region: str) -> str:
    """A shell command that sends the request's exact bytes, signed anew if the request was signed."""
    request = exchange["request"]
    content = raw(request["body"])
    feed, body = _curl_body(content, request["method"])
    words = ["curl --silent --show-error --include"]
    words += [*_curl_method(request["method"], content), *_curl_path(request["path"])]
    if _is_signed(request):
        words.append(f"--aws-sigv4 {shlex.quote(_SIGNING_SCOPE.format(region=region))}")
        words.append('--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY"')
    words += [*_curl_headers(request), *body, shlex.quote(endpoint.rstrip("/") + request["path"])]
    return feed + " \\\n  ".join(words)


def aws(exchange: Mapping[str, Any], *, endpoint: str, region: str) -> str | None:
    """An AWS CLI command, or None where the CLI would refuse the request or send another one."""
    request = exchange["request"]
    members = _members(request)
    if members is None or not _is_valid(request["operation"], members):
        return None
    argument = shlex.quote(json.dumps(members))
    if len(argument) > _LONGEST_ARGUMENT:
        return None
    return " \\\n  ".join(
        [
            f"aws ecs {xform_name(request['operation'], '-')}",
            f"--endpoint-url {shlex.quote(endpoint)} --region {shlex.quote(region)}",
            f"--cli-input-json {argument}",
        ]
    )


def boto3(exchange: Mapping[str, Any], *, endpoint: str, region: str) -> str | None:
    """A Python program, or None where boto3 would send another request.

    Its parameter validation is off, so it can also send members of a wrong type.
    """
    request = exchange["request"]
    members = _members(request)
    if members is None:
        return None
    return _PROGRAM.format(
        region=region,
        endpoint=endpoint,
        request=pprint.pformat(members, sort_dicts=False, width=90).replace("\n", _INDENT),
        method=xform_name(request["operation"]),
    )


Calls = Sequence[Mapping[str, Any]]
"""The exchanges of one of several clients, in the order in which it sent them."""


def _clients(exchanges: Calls) -> list[Calls]:
    """What several clients sent at the same time, by client; nothing if they did not."""
    together = [each for each in exchanges if each.get("group") is not None]
    by_client: dict[int, list[Mapping[str, Any]]] = {}
    for each in sorted(together, key=lambda each: (each["client"], each["id"])):
        by_client.setdefault(each["client"], []).append(each)
    return list(by_client.values())


def curl_together(clients: Sequence[Calls], *, endpoint: str, region: str) -> str:
    """A shell script that sends what several clients sent, each client in a process of its own."""
    return _in_processes(
        [[curl(each, endpoint=endpoint, region=region) for each in calls] for calls in clients]
    )


def aws_together(clients: Sequence[Calls], *, endpoint: str, region: str) -> str | None:
    """The same for the AWS CLI, or None where the CLI would not send one of the requests."""
    commands = [[aws(each, endpoint=endpoint, region=region) for each in calls] for calls in clients]
    found = [[command for command in calls if command is not None] for calls in commands]
    return _in_processes(found) if found == commands else None


def _in_processes(clients: Sequence[Sequence[str]]) -> str:
    """Each client's commands one after the other, all clients beside each other."""
    groups = ["(\n{}\n) &\n".format("\n".join(commands)) for commands in clients]
    return "".join([*groups, "wait"])


def boto3_together(clients: Sequence[Calls], *, endpoint: str, region: str) -> str | None:
    """A Python program with a thread for each client, or None where boto3 would send other requests."""
    calls = [
        [(xform_name(e["request"]["operation"]), _members(e["request"])) for e in each] for each in clients
    ]
    if any(members is None for each in calls for _, members in each):
        return None
    shown = pprint.pformat(calls, sort_dicts=False, width=90).replace("\n", "\n" + " " * len("clients = "))
    return _PROGRAM_OF_CLIENTS.format(region=region, endpoint=endpoint, clients=shown)


# Line feeds within strings are escaped, so those of the formatted request are all between values.
_INDENT = "\n" + " " * len("request = ")
_PROGRAM = """\
import boto3
from botocore.config import Config

client = boto3.client(
    "ecs",
    region_name={region!r},
    endpoint_url={endpoint!r},
    config=Config(parameter_validation=False, retries={{"max_attempts": 0}}),
)
request = {request}
print(client.{method}(**request))
"""
_PROGRAM_OF_CLIENTS = """\
from threading import Barrier, Thread

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

ecs = boto3.client(
    "ecs",
    region_name={region!r},
    endpoint_url={endpoint!r},
    config=Config(parameter_validation=False, retries={{"max_attempts": 0}}),
)
clients = {clients}
start = Barrier(len(clients))


def send(number, calls):
    start.wait()
    for method, request in calls:
        try:
            print(number, getattr(ecs, method)(**request))
        except ClientError as error:
            print(number, error)


for number, calls in enumerate(clients, start=1):
    Thread(target=send, args=(number, calls)).start()
"""


def _curl_method(method: str, body: bytes) -> list[str]:
    if method == "HEAD" and not body:
        return ["--head"]  # with `--request HEAD` curl would wait for a body that never comes
    return [] if method == "POST" else [f"--request {shlex.quote(method)}"]


def _curl_path(path: str) -> list[str]:
    """Options that keep curl from rewriting the path."""
    options = ["--path-as-is"] if "/." in path else []
    return options + (["--globoff"] if set(path) & set("[]{}") else [])


def _curl_headers(request: Mapping[str, Any]) -> list[str]:
    sent = {name.lower() for name, _ in request["headers"]}
    # curl adds a Content-Type of its own unless it is told not to.
    options = [] if "content-type" in sent else ["--header 'Content-Type:'"]
    for name, value in request["headers"]:
        if name.lower() == "x-amz-security-token":
            # Without a session token curl leaves the empty header out.
            options.append('--header "X-Amz-Security-Token: $AWS_SESSION_TOKEN"')
        elif name.lower() not in _MADE_BY_CURL and value != REDACTED:
            options.append(f"--header {shlex.quote(f'{name}: {value}' if value else f'{name};')}")
    return options


def _curl_body(body: bytes, method: str) -> tuple[str, list[str]]:
    """A command that feeds curl, and the option for the body; bytes that no shell can carry go as base64."""
    if not body and method != "POST":
        return "", []
    text = _printable(body)
    if text is None:
        encoded = base64.b64encode(body).decode("ascii")
        return f"printf %s {encoded} | base64 -d | ", ["--data-binary @-"]
    if text.startswith("@") or len(body) > _LONGEST_ARGUMENT:
        return f"printf %s {shlex.quote(text)} | ", ["--data-binary @-"]
    return "", [f"--data-binary {shlex.quote(text)}"]


def _printable(body: bytes) -> str | None:
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return text if all(line.isprintable() for line in text.split("\n")) else None


def _is_signed(request: Mapping[str, Any]) -> bool:
    return any(name.lower() == "authorization" for name, _ in request["headers"])


def _members(request: Mapping[str, Any]) -> dict[str, Any] | None:
    """The members that make botocore send this very request, or None if none do."""
    members = parsed(raw(request["body"]))
    if not isinstance(members, dict) or not _is_ordinary(request):
        return None
    try:
        made = _serialized(request["operation"], members)
    except Exception:  # noqa: BLE001  whatever the serialiser stumbles over, it cannot send this request
        return None
    return members if _same_json(made, raw(request["body"])) else None


def _is_ordinary(request: Mapping[str, Any]) -> bool:
    """Whether everything but the body is what an AWS client sends."""
    headers = {name.lower(): value for name, value in request["headers"]}
    try:
        service_model().operation_model(request["operation"])
    except OperationNotFoundError:
        return False
    return (
        (request["method"], request["path"]) == ("POST", "/")
        and headers.get("content-type") == content_type()
        and headers.get("x-amz-target") == target_header(request["operation"])
        and headers.get("content-encoding", "identity") == "identity"
        and _is_signed(request)
    )


def _serialized(operation: str, members: dict[str, Any]) -> bytes:
    model = service_model()
    serializer = create_serializer(model.metadata["protocol"], include_validation=False)
    body: bytes = serializer.serialize_to_request(members, model.operation_model(operation))["body"]
    return body


def _same_json(one: bytes, other: bytes) -> bool:
    """Whether two JSON texts say the same; only the order of members and white space are free."""
    return bool(_canonical(one) == _canonical(other))


def _canonical(body: bytes) -> Any:
    """The JSON text as nested tuples: numbers as spelt, members sorted, duplicates kept.

    No client can send a duplicate key, and 1, 1.0 and true are different requests.
    """

    def spelt(number: str) -> tuple[str, str]:
        return "number", number

    def sorted_members(pairs: list[tuple[str, Any]]) -> tuple[str, list[tuple[str, str]]]:
        return "object", sorted((name, repr(value)) for name, value in pairs)

    return json.loads(
        body, object_pairs_hook=sorted_members, parse_int=spelt, parse_float=spelt, parse_constant=spelt
    )


def _is_valid(operation: str, members: dict[str, Any]) -> bool:
    """Whether the AWS CLI's own check lets these members through."""
    shape = service_model().operation_model(operation).input_shape
    return not ParamValidator().validate(members, shape).has_errors()
