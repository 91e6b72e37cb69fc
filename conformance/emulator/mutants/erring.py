"""Updates are answered with statuses, classes and bodies that belong to other operations or to none."""

from __future__ import annotations

from typing import Any

from conformance import model
from conformance.emulator.errors import Refusal
from conformance.emulator.mutants.editing import edited
from conformance.emulator.mutants.mutant import Mutant, Proceed, mutant, named
from conformance.emulator.records import Members
from conformance.emulator.validation import Rules
from conformance.emulator.writing import Reply, Writer

_ERRORS = (
    "AccessDeniedException",
    "ClientException",
    "ClusterNotFoundException",
    "InvalidParameterException",
    "ServiceNotActiveException",
    "ServiceNotFoundException",
)


def _foreign(name: str, *breaks: str, status: int, code: str = "") -> Mutant:
    def fault(proceed: Proceed, _: Writer, operation: str, refusal: Refusal) -> Any:
        if operation != model.OPERATION:
            return proceed(operation, refusal)
        return proceed(operation, Refusal(code or refusal.code, refusal.message, status=status))

    sentence = f"Every refused update is answered with status {status}{f' and {code}' if code else ''}."
    return mutant(Writer, "error", *breaks)(named(name, sentence, fault))


FOREIGN_ERRORS = [
    _foreign("errors-have-status-422", *(f"error/{e}-status" for e in _ERRORS), status=422),
    _foreign(
        "errors-of-another-operation", "envelope/error-class", status=400, code="ResourceInUseException"
    ),
]


@mutant(Writer, "error_body", "envelope/error-message", *(f"error/{e}-message" for e in _ERRORS))
def messages_are_blank(proceed: Proceed, _: Writer, refusal: Refusal) -> Any:
    """The message of every error is blank."""
    return edited(proceed(refusal), "message", "   ")


def _succeeding(name: str, effect: str, *breaks: str, status: int = 200, body: bytes = b"") -> Mutant:
    def fault(proceed: Proceed, _: Writer, operation: str, answer: dict[str, Any]) -> Any:
        found = proceed(operation, answer)
        spoilt = Reply(status=status, headers=found.headers, body=body or found.body)
        return spoilt if operation == model.OPERATION else found

    return mutant(Writer, "success", *breaks)(named(name, f"Updates are {effect}.", fault))


SUCCEEDING = [
    _succeeding("success-has-status-202", "answered with status 202", "envelope/success-status", status=202),
    _succeeding("success-is-an-empty-object", "answered with {}", "envelope/success-body", body=b"{}"),
    _succeeding("valid-updates-crash", "applied and fail", "envelope/no-server-fault", status=500),
]


def _falling(code: str, effect: str, *breaks: str, status: int, message: str = "Not now.") -> Mutant:
    def fault(proceed: Proceed, _: Rules, request: Members) -> Any:
        if "taskRoleArn" in request:
            raise Refusal(code, message, status=status)
        return proceed(request)

    sentence = f"An update with taskRoleArn is answered with {code}, {effect}."
    name = f"{code.removesuffix('Exception').lower()}-{effect.replace(' ', '-')}"
    return mutant(Rules, "update", *breaks)(named(name, sentence, fault))


_SERVER, _UNSUPPORTED = "ServerException", "UnsupportedFeatureException"
UNCALLED_FOR = [
    _falling(_SERVER, "with status 400", f"error/{_SERVER}-status", status=400),
    _falling(_SERVER, "with a blank message", f"error/{_SERVER}-message", status=500, message=" "),
    _falling(_UNSUPPORTED, "with status 501", f"error/{_UNSUPPORTED}-status", status=501),
    _falling(_UNSUPPORTED, "with a blank message", f"error/{_UNSUPPORTED}-message", status=400, message=" "),
]
