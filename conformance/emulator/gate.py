"""Who may ask for what: signatures and IAM policies, checked before a request reaches the service.

Whose key it is, whether the signature is theirs, and what their policies say is for IAM to know. The rest,
scope and date of a signature, is checked here, by the IAM User Guide ("Signature Version 4 for API
requests"). The errors have the names that AWS's JSON services are seen to use; those of ECS itself are not
documented.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

from conformance.emulator.errors import Refusal
from conformance.emulator.writing import Reply

_SERVICE = "ecs"
_TOLERANCE = 300  # seconds
_DATE = re.compile(r"\d{8}T\d{6}Z")
_CREDENTIAL = re.compile(r"AWS4-HMAC-SHA256 +Credential=[^/,\s]+/\d{8}/([^/,\s]+)/([^/,\s]+)/aws4_request,")


class Caller(Protocol):
    """Whose key a call is signed with."""

    def check_signature(self) -> None:
        """Refuse a signature that the key's owner would not have made for this very request."""
        ...

    def check_permission(self, resource: str) -> None:
        """Refuse what no policy allows, or one denies."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A request at the gate.

    Attributes:
        account: the account of the access key.
        operation: what it asks for.
        resource: the ARN that policies are matched with.
        method, path, headers, body: as they were received; the path with its query, the headers to be found
            by their names in any letter case.
        identify: finds out who has signed it, or refuses a key that nobody has.
    """

    account: str
    operation: str
    resource: str
    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    identify: Callable[[Call], Caller]


class Gate:
    """Lets calls through, or refuses them.

    Args:
        region: the Region whose endpoint this is; empty for one that serves any.
    """

    def __init__(self, region: str = "") -> None:
        self.region = region

    def answer(self, call: Call, serve: Callable[[], Reply]) -> Reply:
        """The reply to a call that may be served.

        Raises:
            Refusal: it may not.
        """
        self.admit(call)
        return serve()

    def admit(self, call: Call) -> None:
        """Refuse a call that is not signed as it should, or that no policy allows.

        Raises:
            Refusal: for that.
        """
        region, service = self.scope(call)
        self.check_service(service)
        self.check_region(region)
        self.check_date(call.headers.get("X-Amz-Date", ""))
        caller = self.caller(call)
        self.check_signature(caller)
        self.check_permission(caller, call.resource)

    def scope(self, call: Call) -> tuple[str, str]:
        """The Region and the service that a call is signed for."""
        if not call.headers.get("Authorization"):
            raise Refusal("MissingAuthenticationTokenException", "Missing Authentication Token")
        found = _CREDENTIAL.match(call.headers["Authorization"])
        if found is None:
            raise incomplete("Authorization header is incomplete.")
        return found[1], found[2]

    def check_service(self, service: str) -> None:
        """A signature for another service is none for this one."""
        if service != _SERVICE:
            raise _invalid(f"Credential should be scoped to correct service: '{_SERVICE}'.")

    def check_region(self, region: str) -> None:
        """A signature for another Region is none for this one."""
        if self.region and region != self.region:
            raise _invalid(f"Credential should be scoped to a valid Region, not '{region}'.")

    def check_date(self, date: str) -> None:
        """A signature is good for some minutes."""
        if not _DATE.fullmatch(date):
            raise incomplete("Authorization header requires existence of an 'X-Amz-Date' header.")
        first, now, last = _window(int(time.time()))
        # Dates of this form are in the order of their texts.
        if date < first:
            raise _invalid(f"Signature expired: {date} is now earlier than {first} ({now} - 5 min.)")
        if date > last:
            raise _invalid(f"Signature not yet current: {date} is still later than {last} ({now} + 5 min.)")

    def caller(self, call: Call) -> Caller:
        """Whose key it is."""
        return call.identify(call)

    def check_signature(self, caller: Caller) -> None:
        """The key's owner has signed this very request."""
        caller.check_signature()

    def check_permission(self, caller: Caller, resource: str) -> None:
        """A policy allows the operation, and none denies it."""
        caller.check_permission(resource)


@lru_cache(maxsize=1)
def _window(now: int) -> tuple[str, str, str]:
    """The first date that is good at this second, the second itself, and the last date."""
    moments = (now - _TOLERANCE, now, now + _TOLERANCE)
    first, this, last = (time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(moment)) for moment in moments)
    return first, this, last


def incomplete(message: str) -> Refusal:
    """A signature that lacks one of its parts."""
    return Refusal("IncompleteSignatureException", message)


def _invalid(message: str) -> Refusal:
    return Refusal("InvalidSignatureException", message)
