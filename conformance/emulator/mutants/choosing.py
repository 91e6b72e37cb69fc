"""Where the documents leave a choice, the emulator makes the other one: no fault, but a report must tell."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from conformance import model
from conformance.emulator.answers import Answers
from conformance.emulator.backend import Backend
from conformance.emulator.errors import Refusal, invalid, serialization
from conformance.emulator.mutants.editing import edited, without
from conformance.emulator.mutants.mutant import Proceed, mutant
from conformance.emulator.reading import Reader
from conformance.emulator.records import Change, Members, Service
from conformance.emulator.validation import Rules
from conformance.emulator.writing import Writer

_DEEPEST = 50
_LONGEST = 100_000


@mutant(Answers, "updated", "semantics/cluster-form")
def cluster_is_shown_by_its_name(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update answers the cluster's short name."""
    return edited(proceed(service), "service.cluster", service.cluster)


@mutant(Answers, "updated", "semantics/target-configuration")
def target_configuration_lacks_the_ingress(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update's targetConfiguration has no ingressPaths."""
    return without(proceed(service), "service.targetConfiguration.ingressPaths")


@mutant(Backend, "apply", "semantics/updated-at")
def updated_at_stays(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """An update does not move the service's updatedAt."""
    service = replace(proceed(change), updated_at=change.service.updated_at)
    backend.services[service.arn] = service
    return service


@mutant(Rules, "update", "semantics/only-service-arn")
def empty_update_is_refused(proceed: Proceed, _: Rules, request: Members) -> Any:
    """An update with nothing but serviceArn is refused."""
    if request.keys() == {"serviceArn"}:
        raise invalid("At least one parameter to update is required.")
    return proceed(request)


@mutant(Backend, "apply", "semantics/same-values")
def unchanging_update_makes_no_revision(proceed: Proceed, _: Backend, change: Change) -> Any:
    """An update that asks for what is so already makes no new revision."""
    same = change.configuration == change.service.target.configuration
    return change.service if same else proceed(change)


@mutant(Backend, "update", "semantics/short-name")
def short_name_is_found(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """A short name, alone or after its cluster, is taken in the place of the ARN."""
    name = request.get("serviceArn", "")
    if not name or name.startswith("arn:"):
        return proceed(request)
    arns = (backend.place.arn(f"service/{name}"), backend.place.arn(f"service/default/{name}"))
    found = next((arn for arn in arns if arn in backend.services), name)
    return proceed({**request, "serviceArn": found})


@mutant(Writer, "error", "semantics/unknown-service-class")
def unknown_service_is_an_invalid_parameter(
    proceed: Proceed, _: Writer, operation: str, refusal: Refusal
) -> Any:
    """An update of an unknown service is answered with InvalidParameterException."""
    if operation == model.OPERATION and refusal.code == "ServiceNotFoundException":
        refusal = invalid("Resource not found.")
    return proceed(operation, refusal)


@mutant(Writer, "error", "protocol/unknown-operation-class")
def unknown_operation_is_an_invalid_action(
    proceed: Proceed, _: Writer, operation: str, refusal: Refusal
) -> Any:
    """An unknown operation is answered with InvalidAction."""
    if refusal.code == "UnknownOperationException":
        refusal = Refusal("InvalidAction", refusal.message)
    return proceed(operation, refusal)


@mutant(Reader, "document", "protocol/byte-order-mark")
def byte_order_mark_is_skipped(proceed: Proceed, _: Reader, body: bytes) -> Any:
    """A byte order mark before the body is skipped."""
    return proceed(body.removeprefix(b"\xef\xbb\xbf"))


@mutant(Reader, "document", "protocol/invalid-utf-8")
def invalid_utf_8_is_replaced(proceed: Proceed, _: Reader, body: bytes) -> Any:
    """Bytes that are not UTF-8 are replaced by U+FFFD."""
    return proceed(body.decode("utf-8", "replace").encode())


@mutant(Reader, "document", "protocol/deep-nesting")
def deep_nesting_is_refused(proceed: Proceed, _: Reader, body: bytes) -> Any:
    """A body with very many brackets is refused, wherever they stand."""
    if body.count(b"[") + body.count(b"{") > _DEEPEST:
        raise serialization("The body is nested too deeply.")
    return proceed(body)


@mutant(Reader, "document", "protocol/large-body")
def large_body_is_refused(proceed: Proceed, _: Reader, body: bytes) -> Any:
    """A body of over a hundred thousand bytes is refused."""
    if len(body) > _LONGEST:
        raise Refusal("RequestEntityTooLarge", "The body is too large.", status=413)
    return proceed(body)


@mutant(Reader, "content_type", "protocol/no-content-type")
def missing_content_type_is_refused(proceed: Proceed, _: Reader, value: str) -> Any:
    """A request without a Content-Type is refused."""
    if not value:
        raise serialization("A content type is required.")
    return proceed(value)


@mutant(Reader, "structure", "protocol/unknown-member")
def unknown_member_is_refused(proceed: Proceed, _: Reader, node: Any, value: Any, path: str) -> Any:
    """A member that the operation does not have is refused."""
    if isinstance(value, dict) and not path and (unknown := value.keys() - node.members.keys()):
        raise Refusal("ValidationException", f"Unknown: {', '.join(sorted(unknown))}.")
    return proceed(node, value, path)


@mutant(Reader, "document", "protocol/duplicate-names")
def first_of_two_members_counts(proceed: Proceed, _: Reader, body: bytes) -> Any:
    """Of two members with one name, the first one counts."""
    proceed(body)  # refuses what is no JSON
    return json.loads(body or b"{}", object_pairs_hook=lambda pairs: dict(reversed(pairs)))
