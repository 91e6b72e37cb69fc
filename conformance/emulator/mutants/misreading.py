"""What a boto3 client reads of an answer is not what it says, or what the client sends is not taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from conformance.emulator.answers import Answers
from conformance.emulator.errors import Refusal, invalid
from conformance.emulator.mutants.editing import edited, value_at, without
from conformance.emulator.mutants.mutant import Proceed, mutant
from conformance.emulator.reading import Reader
from conformance.emulator.records import Members, Service
from conformance.emulator.writing import Reply, Writer


@mutant(Answers, "updated", "boto3/answer")
def creation_date_in_milliseconds(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update answers createdAt in milliseconds, which no calendar of a client has."""
    return edited(proceed(service), "service.createdAt", int(service.created_at * 1000))


@mutant(Answers, "updated", "boto3/answer")
def status_code_in_another_letter_case(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update answers StatusCode in the place of statusCode, so that clients find no status."""
    answer = proceed(service)
    code = value_at(answer, "service.status.statusCode")
    return edited(without(answer, "service.status.statusCode"), "service.status.StatusCode", code)


@mutant(Answers, "described", "boto3/describe")
def described_date_is_text(
    proceed: Proceed, _: Answers, service: Service, tags: Sequence[Members] | None
) -> Any:
    """Describe answers updatedAt as a text in ISO 8601."""
    text = datetime.fromtimestamp(service.updated_at, UTC).isoformat()
    return edited(proceed(service, tags), "service.updatedAt", text)


@mutant(Answers, "described", "boto3/describe")
def described_port_is_text(
    proceed: Proceed, _: Answers, service: Service, tags: Sequence[Members] | None
) -> Any:
    """Describe answers containerPort as a text."""
    answer, path = proceed(service, tags), "service.activeConfigurations.primaryContainer.containerPort"
    port = value_at(answer, path)
    return answer if port is None else edited(answer, path, str(port))


@mutant(Writer, "error", "boto3/error")
def errors_have_a_second_code(proceed: Proceed, _: Writer, operation: str, refusal: Refusal) -> Any:
    """Errors have a code for clients of an older protocol in a header, and it is not that of the body."""
    reply: Reply = proceed(operation, refusal)
    return replace(reply, headers={**reply.headers, "x-amzn-query-error": "InvalidParameter;Sender"})


@mutant(Writer, "error_body", "boto3/error")
def error_message_is_spelt_with_a_capital(proceed: Proceed, _: Writer, refusal: Refusal) -> Any:
    """Errors have their text in Message, and null in message."""
    return {**proceed(refusal), "message": None, "Message": refusal.message}


@mutant(Reader, "agent", "boto3/accepted")
def clients_of_aws_are_refused(proceed: Proceed, _: Reader, value: str) -> Any:
    """A request that says it comes from boto3 is refused."""
    if value.startswith("Boto3/"):
        raise invalid("The client is not supported.")
    return proceed(value)
