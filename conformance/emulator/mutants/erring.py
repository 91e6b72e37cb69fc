"""Updates are answered with statuses, classes and bodies that belong to other operations or to none."""

from __future__ import annotations

from typing import Any

from conformance import model
from conformance.emulator.errors import Refusal
from conformance.emulator.mutants.editing import edited
from conformance.emulator.mutants.mutant import Mutant, Proceed, mutant, named
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
