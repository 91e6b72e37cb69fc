"""moto's IAM as the emulator uses it: whose key a call is signed with, and the users of a guarded one."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.iam.access_control import IAMRequest
from moto.iam.models import get_account_id_from, iam_backends
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException

from conformance.emulator.errors import Refusal, access_denied
from conformance.emulator.gate import Call, incomplete
from conformance.emulator.sigv4 import signature

# moto's IAM speaks the names of query services; these are the ones that JSON services answer with.
_NAMES = {
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "InvalidClientTokenId": "UnrecognizedClientException",
}
_READ = ("Authorization", "X-Amz-Security-Token")  # what moto reads beside the signed headers
_ACTIONS: Mapping[str, list[str]] = {
    "main": ["ecs:*"],
    "restricted": ["ecs:Describe*", "ecs:List*"],
}


class MotoCaller:
    """Whose key a call is signed with.

    Raises:
        Refusal: nobody has such a key.
    """

    def __init__(self, call: Call) -> None:
        with _named_as_json_services_do():
            self._request = _Request(call)

    def check_signature(self) -> None:
        """See :class:`conformance.emulator.gate.Caller`."""
        with _named_as_json_services_do():
            self._request.check_signature()

    def check_permission(self, resource: str) -> None:
        """See :class:`conformance.emulator.gate.Caller`."""
        with _named_as_json_services_do():
            self._request.check_action_permitted(resource)


class _Request(IAMRequest):
    """A request as moto's IAM sees it, with a signature that is computed by its bytes alone.

    moto takes an empty body for a form, and botocore's implementation, which it uses, is slow.
    """

    def __init__(self, call: Call) -> None:
        self._call = call
        read = {name: call.headers[name] for name in _READ if name in call.headers}
        super().__init__(
            account_id=call.account,
            method=call.method,
            path=call.path,
            data={},  # of a form
            body=call.body,
            headers=read,
            action=call.operation,
        )

    def _calculate_signature(self) -> str:
        call = self._call
        names = self._get_string_between("SignedHeaders=", ",", call.headers["Authorization"])
        return signature(
            self._access_key.create_credentials().secret_key,
            region=self._region,
            service=self._service,
            method=call.method,
            path=call.path,
            headers=call.headers,
            signed_headers=names.split(";"),
            body=call.body,
        )


def is_guarded() -> bool:
    """Whether callers are checked by now; moto lets as many requests through before as it was told to."""
    if ActionAuthenticatorMixin.request_count >= settings.INITIAL_NO_AUTH_ACTION_COUNT:
        return True
    ActionAuthenticatorMixin.request_count += 1
    return False


def enrol(region: str) -> dict[str, dict[str, str]]:
    """Create two IAM users, and let callers be checked from now on.

    Args:
        region: its partition is that of the users.

    Returns:
        By user, ``access_key`` and ``secret_key``: ``main`` may do anything with ECS, ``restricted`` may look
        at it only.
    """
    iam = iam_backends[get_account_id_from("")][get_partition(region)]
    keys = {name: _user(iam, region, name, actions) for name, actions in _ACTIONS.items()}
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    return keys


def _user(iam: Any, region: str, name: str, actions: list[str]) -> dict[str, str]:
    allowed = {"Effect": "Allow", "Action": actions, "Resource": "*"}
    iam.create_user(region, name)
    iam.put_user_policy(name, "ecs", json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
    key = iam.create_access_key(name)
    return {"access_key": key.access_key_id, "secret_key": key.secret_access_key}


@contextmanager
def _named_as_json_services_do() -> Iterator[None]:
    """Turn moto's errors into refusals."""
    try:
        yield
    except (IndexError, KeyError) as error:  # the signature has not all the parts that moto reads
        raise incomplete("Authorization header is incomplete.") from error
    except HTTPException as error:
        found: Any = error
        message = getattr(found, "message", "") or str(found.description)
        code = _NAMES.get(getattr(found, "error_type", ""))
        raise (Refusal(code, message) if code else access_denied(message)) from error
