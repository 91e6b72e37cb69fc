"""Who may call, and how others are turned away."""

from __future__ import annotations

from collections.abc import Callable

from conformance.emulator.errors import Refusal
from conformance.emulator.gate import Call, Gate
from conformance.emulator.profiles.choice import choice
from conformance.emulator.writing import Reply

_FORBIDDEN = 403
_COMMON = "API references, Common Error Types: names and statuses differ between services"
_NAMES = {
    "IncompleteSignatureException": "IncompleteSignature",
    "InvalidSignatureException": "SignatureDoesNotMatch",
    "MissingAuthenticationTokenException": "MissingAuthenticationToken",
    "UnrecognizedClientException": "InvalidClientTokenId",
}


@choice("signatures and policies", reference="are checked", source="emulators, that of this suite apart")
class CallersUnchecked(Gate):
    """They are not checked; everybody may do everything."""

    def answer(self, call: Call, serve: Callable[[], Reply]) -> Reply:
        """The reply to any call."""
        del call
        return serve()

    def admit(self, call: Call) -> None:
        """Any call."""


@choice("names and statuses of errors about the caller", reference="those of JSON services", source=_COMMON)
class CallersForbidden(Gate):
    """The older names of them, with status 403."""

    def admit(self, call: Call) -> None:
        """Refuse a call that is not signed as it should, or that no policy allows."""
        try:
            super().admit(call)
        except Refusal as refusal:
            if refusal.code not in _NAMES:
                raise
            raise Refusal(_NAMES[refusal.code], refusal.message, status=_FORBIDDEN) from refusal
