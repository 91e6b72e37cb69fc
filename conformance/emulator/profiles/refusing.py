"""Requests that are refused: which ones the reference takes, and with which class."""

from __future__ import annotations

from collections.abc import Sequence
from threading import Lock
from typing import Any

from conformance import model
from conformance.emulator.backend import Backend
from conformance.emulator.errors import Refusal, client_error, invalid
from conformance.emulator.profiles.choice import choice
from conformance.emulator.reading import Reader
from conformance.emulator.records import Members, Service
from conformance.emulator.schema import Node, request_shape
from conformance.emulator.validation import Rules
from conformance.emulator.writing import Reply, Writer

_NOT_FOUND = "Resource not found."
_SEEN = "terraform-provider-aws, express_gateway_service.go: strings matched"
_NO_CLASS = "API page: declared, and no class is given for this mistake"
_EVERY = 7


@choice("class for what does not exist", reference="the one declared for it", source=_SEEN)
class NotFoundIsInvalid(Backend):
    """InvalidParameterException, for services and clusters and in all operations."""

    def find(self, arn: str, *, missing: Refusal) -> Service:
        """The service of an ARN."""
        try:
            return super().find(arn, missing=missing)
        except Refusal as refusal:
            if refusal.code.endswith("NotFoundException"):
                raise invalid(_NOT_FOUND) from refusal
            raise


@choice("class for an unknown service", reference="ServiceNotFoundException", source=_SEEN)
class UnknownServiceIsInvalid(Backend):
    """InvalidParameterException for an update or a Delete."""

    def find(self, arn: str, *, missing: Refusal) -> Service:
        """The service of an ARN."""
        try:
            return super().find(arn, missing=missing)
        except Refusal as refusal:
            if refusal.code == "ServiceNotFoundException":
                raise invalid(_NOT_FOUND) from refusal
            raise


@choice("class for an unknown cluster", reference="ClusterNotFoundException", source=_NO_CLASS)
class UnknownClusterIsUnknownService(Backend):
    """That for an unknown service."""

    def find(self, arn: str, *, missing: Refusal) -> Service:
        """The service of an ARN."""
        try:
            return super().find(arn, missing=missing)
        except Refusal as refusal:
            raise missing if refusal.code == "ClusterNotFoundException" else refusal from refusal


@choice("class for an invalid value", reference="InvalidParameterException", source=_NO_CLASS)
class InvalidIsClient(Writer):
    """ClientException."""

    def error(self, operation: str, refusal: Refusal) -> Reply:
        """The reply to a request that was refused."""
        if refusal.code == "InvalidParameterException" and refusal.message != _NOT_FOUND:
            refusal = client_error(refusal.message)
        return super().error(operation, refusal)


@choice(
    "class for an absent member and an unknown value",
    reference="InvalidParameterException",
    source="common error types: ValidationError",
)
class ModelledIsValidation(Rules):
    """ValidationException."""

    def modelled(self, node: Node, value: Any, path: str) -> None:
        """Required members and enumerations."""
        try:
            super().modelled(node, value, path)
        except Refusal as refusal:
            raise Refusal("ValidationException", refusal.message) from refusal


@choice("a deleted service", reference="is described for ever", source="nothing is said of how long")
class DeletedIsGone(Backend):
    """It is unknown at once; its name is free when it is inactive."""

    def find(self, arn: str, *, missing: Refusal) -> Service:
        """The service of an ARN."""
        service = super().find(arn, missing=missing)
        if service.deleted_at is not None:
            raise missing
        return service


@choice("class for a deleted service", reference="ServiceNotActiveException", source=_NO_CLASS)
class DeletedIsInvalid(Backend):
    """InvalidParameterException."""

    def check_active(self, service: Service) -> None:
        """A deleted service can be neither updated nor deleted again."""
        try:
            super().check_active(service)
        except Refusal as refusal:
            raise invalid(refusal.message) from refusal


@choice("class for an ordinary service", reference="InvalidParameterException", source="clients catch both")
class OrdinaryIsClient(Backend):
    """ClientException."""

    def find(self, arn: str, *, missing: Refusal) -> Service:
        """The service of an ARN."""
        try:
            return super().find(arn, missing=missing)
        except Refusal as refusal:
            ordinary = refusal.message == "The service is not an Express service."
            raise client_error(refusal.message) if ordinary else refusal from refusal


@choice("class for a role that cannot be assumed", reference="AccessDeniedException", source=_SEEN)
class ForeignRoleIsClient(Rules):
    """ClientException."""

    def role(self, member: str, arn: str) -> None:
        """A role must be one of this account."""
        try:
            super().role(member, arn)
        except Refusal as refusal:
            if refusal.code != "AccessDeniedException":
                raise
            message = "AWS was not able to validate the provided access credentials"
            raise client_error(message) from refusal


@choice("members that the operation does not have", reference="are ignored", source="nothing is said")
class UnknownMembersRefused(Reader):
    """They are refused with ValidationException."""

    def request(self, operation: str, body: bytes) -> Members:
        """The members of a request."""
        request = super().request(operation, body)
        unknown = _unknown(request_shape(operation), self.document(body))
        if unknown:
            raise Refusal("ValidationException", f"Unknown member: {unknown}.")
        return request


def _unknown(node: Node | None, value: Any) -> str:
    """The name of a member that a shape does not have; empty if there is none."""
    if node is None or value is None:
        return ""
    if isinstance(value, list):
        return next((found for item in value if (found := _unknown(node.item, item))), "")
    if not isinstance(value, dict):
        return ""
    inner = (
        name if name not in node.members else _unknown(node.members[name], child)
        for name, child in value.items()
    )
    return next((found for found in inner if found), "")


@choice("a variable without a value", reference="is taken", source="CloudFormation: required; the model: not")
class VariablesComplete(Rules):
    """It is refused."""

    def environment(self, variables: Sequence[Members]) -> None:
        """Variables have names and values."""
        super().environment(variables)
        if any("value" not in variable for variable in variables):
            raise invalid("A variable must have a value.")


@choice("a minimum of no task", reference="is taken", source="no document says so; public tests do it")
class ZeroTasksRefused(Rules):
    """It is refused."""

    def task_counts(self, least: int, most: int) -> None:
        """From one task."""
        super().task_counts(least, most)
        if least == 0:
            raise invalid("minTaskCount must be at least 1.")


@choice(
    "the rate of requests", reference="is never too high", source="common error types: ThrottlingException"
)
class Throttled(Backend):
    """Every seventh update or Describe is refused for the rate, or because the service is unavailable."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.counted = 0
        self.counting = Lock()

    def perform(self, operation: str, request: Members) -> dict[str, Any]:
        """The answer to a request, or a refusal in its place."""
        if operation in {model.OPERATION, model.DESCRIBE}:
            with self.counting:
                self.counted += 1
                if self.counted % _EVERY == 0:
                    raise self.refusal(self.counted // _EVERY)
        return super().perform(operation, request)

    def refusal(self, number: int) -> Refusal:
        """What one of these requests is refused with."""
        if number % 2:
            return Refusal("ThrottlingException", "Rate exceeded")
        return Refusal("ServiceUnavailable", "Service Unavailable", status=503)
