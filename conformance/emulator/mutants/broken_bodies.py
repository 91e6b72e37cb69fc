"""Bodies that cannot be read are taken for something, or do harm."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from conformance import model
from conformance.emulator.errors import Refusal, serialization
from conformance.emulator.mutants.mutant import Proceed, mutant
from conformance.emulator.reading import Reader
from conformance.emulator.writing import Reply, Writer

_CLOSING = (b"}", b'"}')


def _is_about_the_body(refusal: Refusal) -> bool:
    """Whether the body was no JSON; of one that is, the messages say what was found in it."""
    return refusal.code == serialization("").code and refusal.message.startswith("The body is not")


@mutant(Writer, "error", "protocol/malformed-rejected", "protocol/truncated-rejected")
def broken_body_succeeds(proceed: Proceed, writer: Writer, operation: str, refusal: Refusal) -> Any:
    """A body that is not JSON is answered with 200 and an empty object."""
    return writer.reply(operation, 200, {}) if _is_about_the_body(refusal) else proceed(operation, refusal)


@mutant(Writer, "error", "protocol/malformed-rejected", "protocol/truncated-rejected")
def broken_body_crashes(proceed: Proceed, _: Writer, operation: str, refusal: Refusal) -> Any:
    """A body that is not JSON is answered with 500 and a page of HTML."""
    if not _is_about_the_body(refusal):
        return proceed(operation, refusal)
    page = b"<!doctype html><title>500</title><h1>Internal Server Error</h1>"
    return Reply(status=500, headers={"Content-Type": "text/html"}, body=page)


@mutant(Reader, "document", "protocol/truncated-rejected", "protocol/truncated-changes-nothing")
def truncated_body_is_completed(proceed: Proceed, _: Reader, body: bytes) -> Any:
    """A body that ends too early is taken for what it might have been."""
    for closing in (b"", *_CLOSING):
        with suppress(Refusal):
            return proceed(body + closing)
    return proceed(body)


@mutant(Reader, "document", "protocol/not-an-object-rejected", "protocol/not-an-object-changes-nothing")
def list_is_unwrapped(proceed: Proceed, _: Reader, body: bytes) -> Any:
    """A list of one request is taken for that request."""
    document = proceed(body)
    return document[0] if isinstance(document, list) and len(document) == 1 else document


@mutant(Reader, "request", "protocol/empty-rejected", "protocol/empty-changes-nothing")
def empty_body_repeats(proceed: Proceed, reader: Any, operation: str, body: bytes) -> Any:
    """An update without a body is the one before it once more."""
    if operation != model.OPERATION:
        return proceed(operation, body)
    body = body or getattr(reader, "former", body)
    request = proceed(operation, body)
    reader.former = body
    return request


@mutant(Reader, "document", "protocol/malformed-rejected", "protocol/malformed-changes-nothing")
def quotes_may_be_single(proceed: Proceed, _: Reader, body: bytes) -> Any:
    """A body with single quotes is taken for JSON."""
    with suppress(Refusal):
        return proceed(body)
    return proceed(body.replace(b"'", b'"'))


@mutant(Reader, "request", "protocol/answers-afterwards")
def broken_body_spoils_the_next_update(proceed: Proceed, reader: Any, operation: str, body: bytes) -> Any:
    """The update after a body that is not JSON is answered with 500."""
    if operation != model.OPERATION:
        return proceed(operation, body)
    try:
        document = reader.document(body)
    except Refusal:
        reader.spoilt = True
        raise
    if getattr(reader, "spoilt", False) and isinstance(document, dict) and document:
        reader.spoilt = False
        raise Refusal("InternalFailure", "The request processing has failed.", status=500)
    return proceed(operation, body)
