"""The answer's contents are right and its wrapping is not: status, headers, error bodies."""

from __future__ import annotations

from typing import Any

from conformance.emulator.errors import Refusal
from conformance.emulator.mutants.mutant import Proceed, mutant
from conformance.emulator.writing import Writer


@mutant(Writer, "error_status", "envelope/error-status")
def errors_have_status_200(_proceed: Proceed, _: Writer, _refusal: Refusal) -> int:
    """Errors are answered with status 200."""
    return 200


@mutant(Writer, "error_status", "error/ServiceNotFoundException-status")
def errors_have_status_404(proceed: Proceed, _: Writer, refusal: Refusal) -> Any:
    """Errors about what does not exist are answered with status 404, as in REST."""
    return 404 if refusal.code.endswith("NotFoundException") else proceed(refusal)


@mutant(Writer, "headers", "envelope/content-type")
def content_type_is_plain_json(proceed: Proceed, _: Writer, operation: str) -> Any:
    """Answers call themselves application/json."""
    return {**proceed(operation), "Content-Type": "application/json"}


@mutant(Writer, "headers", "envelope/request-id")
def no_request_id(proceed: Proceed, _: Writer, operation: str) -> Any:
    """Answers have no request id."""
    return {name: value for name, value in proceed(operation).items() if name != "x-amzn-RequestId"}


@mutant(Writer, "error_body", "envelope/error-type")
def errors_have_no_type(_: Proceed, _writer: Writer, refusal: Refusal) -> Any:
    """Error bodies have a message and no __type."""
    return {"message": refusal.message}


@mutant(Writer, "error_body", "envelope/error-type")
def error_type_is_prose(proceed: Proceed, _: Writer, refusal: Refusal) -> Any:
    """The __type of an error is a sentence."""
    return {**proceed(refusal), "__type": f"An error occurred: {refusal.message}"}


@mutant(Writer, "error_body", "envelope/error-message")
def errors_have_no_message(_: Proceed, _writer: Writer, refusal: Refusal) -> Any:
    """Error bodies have a __type and no message."""
    return {"__type": refusal.code}
