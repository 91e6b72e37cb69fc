"""Update is right about what it is asked, and wrong about how it may be asked."""

from __future__ import annotations

from contextlib import suppress
from typing import Any, ClassVar

from conformance import model
from conformance.emulator.errors import Refusal, serialization, unknown_operation
from conformance.emulator.mutants.editing import edited
from conformance.emulator.mutants.mutant import Mutant, Proceed, mutant
from conformance.emulator.reading import Reader
from conformance.emulator.records import Members
from conformance.emulator.writing import Reply, Writer


@mutant(Reader, "content_type", "protocol/charset")
def charset_is_refused(proceed: Proceed, _: Reader, value: str) -> Any:
    """A Content-Type with a parameter is refused."""
    if ";" in value:
        raise serialization("The content type is not supported.")
    return proceed(value)


@mutant(Reader, "content_type", "protocol/charset-spelling")
def charset_is_matched_to_the_letter(proceed: Proceed, _: Reader, value: str) -> Any:
    """A charset is taken in lower case and without quotes only."""
    if value.partition("charset=")[2] not in {"", "utf-8"}:
        raise serialization("The content type is not supported.")
    return proceed(value)


@mutant(Reader, "content_type", "protocol/content-type")
def other_content_types_are_refused(proceed: Proceed, _: Reader, value: str) -> Any:
    """A Content-Type other than that of the protocol is refused."""
    if value and value.partition(";")[0] != model.content_type():
        raise serialization("The content type is not supported.")
    return proceed(value)


@mutant(Reader, "request", "protocol/null-member-accepted")
def null_member_is_refused(proceed: Proceed, reader: Reader, operation: str, body: bytes) -> Any:
    """A member that is null is refused."""
    document = reader.document(body)
    if isinstance(document, dict) and None in document.values():
        raise serialization("NULL_VALUE is not supported.")
    return proceed(operation, body)


@mutant(Reader, "request", "protocol/null-member-absent")
def null_member_is_reset(proceed: Proceed, reader: Reader, operation: str, body: bytes) -> Any:
    """A scalingTarget that is null is set back to the default."""
    request, document = proceed(operation, body), reader.document(body)
    if document.get("scalingTarget", request) is not None:
        return request
    default = {"minTaskCount": 1, "maxTaskCount": 1, "autoScalingMetric": "AVERAGE_CPU"}
    return {**request, "scalingTarget": {**default, "autoScalingTargetValue": 60}}


@mutant(Reader, "request", "protocol/member-order")
def member_order_matters(proceed: Proceed, reader: Reader, operation: str, body: bytes) -> Any:
    """The first member of an update has to be serviceArn."""
    document = reader.document(body)
    if operation == model.OPERATION and isinstance(document, dict) and [*document][:1] != ["serviceArn"]:
        raise serialization("serviceArn expected.")
    return proceed(operation, body)


@mutant(Reader, "document", "protocol/white-space")
def line_feeds_are_refused(proceed: Proceed, _: Reader, body: bytes) -> Any:
    """A body of several lines is refused."""
    if b"\n" in body.strip():
        raise serialization("Unexpected line feed.")
    return proceed(body)


@mutant(Writer, "error", "protocol/unknown-operation")
def unknown_operation_succeeds(proceed: Proceed, writer: Writer, operation: str, refusal: Refusal) -> Any:
    """An operation that there is not is answered with 200 and an empty object."""
    if refusal.code == unknown_operation().code:
        return writer.reply(operation, 200, {})
    return proceed(operation, refusal)


class _TagsOfUpdates(Reader, Writer):
    """Takes tags in an update for the service's own, and shows them.

    Attributes:
        tags: what updates had, by service ARN; of all instances, since one reads and another one writes.
    """

    tags: ClassVar[dict[str, Any]] = {}

    def request(self, operation: str, body: bytes) -> Members:
        """The members of a request; the tags of an update are remembered."""
        request, document = super().request(operation, body), self.document(body)
        if operation == model.OPERATION and document.get("tags"):
            self.tags[request.get("serviceArn", "")] = document["tags"]
        return request

    def success(self, operation: str, answer: dict[str, Any]) -> Reply:
        """The reply to a request; a Describe has the tags that were remembered."""
        tags = self.tags.get(answer["service"]["serviceArn"])
        if operation == model.DESCRIBE and tags:
            answer = edited(answer, "service.tags", tags)
        return super().success(operation, answer)


TAGS = Mutant(
    name="tags-in-an-update-are-taken",
    fault="An update with tags, which it does not have, changes the service's tags.",
    breaks=("protocol/tags-stays",),
    part=_TagsOfUpdates,
)


@mutant(Reader, "structure", "protocol/letter-case")
def member_names_in_any_letter_case(proceed: Proceed, _: Reader, node: Any, value: Any, path: str) -> Any:
    """The letter case of a member's name does not matter."""
    if isinstance(value, dict):
        names = {name.casefold(): name for name in node.members}
        value = {names.get(name.casefold(), name): child for name, child in value.items()}
    return proceed(node, value, path)


@mutant(Reader, "document", "protocol/trailing-data")
def what_follows_the_body_is_ignored(proceed: Proceed, _: Reader, body: bytes) -> Any:
    """A body ends with its first object; what follows is ignored."""
    with suppress(Refusal):
        return proceed(body)
    return proceed(body[: body.rfind(b"}") + 1])
