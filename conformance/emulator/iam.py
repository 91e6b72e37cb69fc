"""moto's IAM as the emulator uses it: whose key a call is signed with, and the users of a guarded one."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from threading import Lock
from typing import Any

from moto import settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.iam import access_control
from moto.iam.access_control import IAMPolicy, IAMRequest
from moto.iam.models import get_account_id_from, iam_backends
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException

from conformance.emulator.errors import Refusal, access_denied
from conformance.emulator.gate import Call, incomplete
from conformance.emulator.permissions import Ask, Asked, allows, members_of
from conformance.emulator.sigv4 import signature
from conformance.emulator.tags import tags_of

# moto's IAM speaks the names of query services; these are the ones that JSON services answer with.
_NAMES = {
    "SignatureDoesNotMatch": "InvalidSignatureException",
    "InvalidClientTokenId": "UnrecognizedClientException",
}
# Services that policies call otherwise than signatures do (Service Authorization Reference).
_PREFIXES = {"tagging": "tag", "monitoring": "cloudwatch"}
_READ = ("Authorization", "X-Amz-Security-Token")  # what moto reads beside the signed headers
_ACTIONS: Mapping[str, list[str]] = {
    "administrator": ["*"],
    "main": [
        *("ecs:*", "ec2:*", "elasticloadbalancing:*", "iam:PassRole", "logs:*", "tag:*"),
        *("acm:*", "application-autoscaling:*", "cloudwatch:*"),
    ],
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


class _Policed(IAMRequest):
    """A request whose caller's policies moto's IAM has, and which they are weighed for here."""

    def check_action_permitted(self, resource: str) -> None:
        """Refuse what the policies of the caller do not allow."""
        if self._service == "sts":  # who may assume a role is also for the role to say
            _TRAIL.note(self._access_key.arn, Ask(action=self._action), allowed=True)
            super().check_action_permitted(resource)
            return
        policies = [vars(IAMPolicy(each))["_policy_json"] for each in self._access_key.collect_policies()]
        for ask in self._asked(resource).asks():
            allowed = allows(policies, ask)
            _TRAIL.note(self._access_key.arn, ask, allowed=allowed)
            if not allowed:
                self._action = ask.action
                self._raise_access_denied()

    def _asked(self, resource: str) -> Asked:
        members = members_of(self._body) or self._data  # moto takes every body for a form, too
        place = (get_partition(self._region), self._region, self.account_id)
        tags = tags_of(self._action, self.account_id, self._region, members)
        return Asked(action=self._action, resource=resource, place=place, members=members, tags=tags)


class _Request(_Policed):
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


class _NeighbourRequest(_Policed):
    """A request to another service of moto's, with the action as policies call it."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        service, _, action = self._action.partition(":")
        self._action = f"{_PREFIXES.get(service, service)}:{action}"


class _Trail:
    """A file with every permission that was asked for, a line of JSON each; by default there is none."""

    def __init__(self) -> None:
        self.path = ""
        self._lock = Lock()

    def note(self, caller: str, ask: Ask, *, allowed: bool) -> None:
        """Write down one permission."""
        if self.path:
            line = json.dumps({"caller": caller, "allowed": allowed, **asdict(ask)})
            with self._lock, Path(self.path).open("a", encoding="utf-8") as file:
                file.write(line + "\n")


_TRAIL = _Trail()


def is_guarded() -> bool:
    """Whether callers are checked by now; moto lets as many requests through before as it was told to."""
    if ActionAuthenticatorMixin.request_count >= settings.INITIAL_NO_AUTH_ACTION_COUNT:
        return True
    ActionAuthenticatorMixin.request_count += 1
    return False


def enrol(region: str, trail: str = "") -> dict[str, dict[str, str]]:
    """Create three IAM users, and let callers be checked from now on.

    Args:
        region: its partition is that of the users.
        trail: the file to write down in what callers ask for; empty for none.

    Returns:
        By user, ``access_key`` and ``secret_key``: ``administrator`` may do anything, ``main`` anything with
        ECS and what it makes, ``restricted`` may look at ECS only.
    """
    account = os.environ.get("MOTO_ACCOUNT_ID") or get_account_id_from("")
    iam = iam_backends[account][get_partition(region)]
    keys = {name: _user(iam, region, name, actions) for name, actions in _ACTIONS.items()}
    settings.INITIAL_NO_AUTH_ACTION_COUNT = 0
    _TRAIL.path = trail
    access_control.IAMRequest = _NeighbourRequest  # type: ignore[misc]  # moto looks it up with each request
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
