"""Who signs a request, and how: the run's own caller, a second one, and ways that a target must refuse.

Each way other than the own caller's differs from it in one thing, so that a refusal has one reason. All are
made with botocore's SigV4; nothing here is ever the true signature of a key that is not the run's.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest

from conformance.credentials import Keys, Source

SIGNING_NAME = "ecs"
OWN = ""
UNSIGNED = "unsigned"
UNKNOWN_KEY = "unknown-key"
BAD_SIGNATURE = "bad-signature"
EXPIRED_DATE = "expired-date"
WRONG_REGION = "wrong-region"
WRONG_SERVICE = "wrong-service"
RESTRICTED = "restricted"

_WAYS = (UNSIGNED, UNKNOWN_KEY, BAD_SIGNATURE, EXPIRED_DATE, WRONG_REGION, WRONG_SERVICE)
WRONG_WAYS = (UNSIGNED, BAD_SIGNATURE, UNKNOWN_KEY, EXPIRED_DATE, WRONG_REGION, WRONG_SERVICE)
"""The ways that a target which checks signatures refuses."""

_LATE = timedelta(hours=1)  # AWS allows five minutes in most cases, and fifteen in some
_OTHER_SERVICE = "ecr"
_OTHER_REGIONS = ("us-west-2", "eu-west-1")


class Signer:
    """Signs requests to one endpoint in the name of one of its callers.

    Args:
        own: where the keys of the run's own caller come from, anew for each request.
        region: the Region that requests are signed for.
        restricted: the same of a caller who may not update, if there is one.
    """

    def __init__(self, own: Source, region: str, *, restricted: Source | None = None) -> None:
        self._own, self._region, self._restricted = own, region, restricted
        self._elsewhere = next(name for name in _OTHER_REGIONS if name != region)

    @property
    def callers(self) -> tuple[str, ...]:
        """The names that :meth:`signed` takes; ``restricted`` only if there is a second caller."""
        return (OWN, *_WAYS, RESTRICTED) if self._restricted else (OWN, *_WAYS)

    def signed(
        self, caller: str, method: str, url: str, headers: Mapping[str, str], body: bytes
    ) -> dict[str, str]:
        """The headers of a request, with those of the caller's signature.

        Raises:
            KeyError: there is no such caller at this endpoint.
        """
        draft = AWSRequest(method, url, data=body, headers=dict(headers))
        signer = self._signer(caller)
        if signer is not None:
            signer.add_auth(draft)
        return dict(draft.headers.items())

    def _signer(self, caller: str) -> SigV4Auth | None:
        """What signs so; the keys are of one piece, however soon there are others."""
        if caller == UNSIGNED:
            return None
        if caller not in self.callers:
            raise KeyError(caller)
        source = self._restricted if caller == RESTRICTED else self._own
        assert source is not None  # or the caller would be none of them
        keys = source.get_frozen_credentials()
        if caller == UNKNOWN_KEY:
            keys = Keys(f"AKIA{_made_up('access key')[:16]}", _made_up("secret key"))
        elif caller == BAD_SIGNATURE:
            keys = Keys(keys.access_key, _made_up("secret key"), keys.token)
        auth = _LateAuth if caller == EXPIRED_DATE else SigV4Auth
        service = _OTHER_SERVICE if caller == WRONG_SERVICE else SIGNING_NAME
        return auth(keys, service, self._elsewhere if caller == WRONG_REGION else self._region)


class _LateAuth(SigV4Auth):  # type: ignore[misc]  # botocore ships no types
    """Signs correctly, at a time that is over."""

    def _modify_request_before_signing(self, request: Any) -> None:
        # The date, the scope and the signing key are all made of this value.
        request.context["timestamp"] = (datetime.now(UTC) - _LATE).strftime("%Y%m%dT%H%M%SZ")
        super()._modify_request_before_signing(request)


def _made_up(what: str) -> str:
    """A text of 52 letters and digits that looks like a key, always the same, and is nobody's."""
    digest = hashlib.sha256(f"express-conformance, no {what}".encode()).digest()
    return base64.b32encode(digest).decode().rstrip("=")
