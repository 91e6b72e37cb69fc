"""Hooks for schemathesis alone, against an AWS JSON target: name this module in ``SCHEMATHESIS_HOOKS``.

They add what an OpenAPI document cannot say: how a body is written, how a request is signed, and which bodies
are really valid or invalid where the JSON Schema cannot know it (names that are unique, sizes that fit), or
says more than the documents do (no unknown members).
"""

from __future__ import annotations

import importlib
import os
from typing import Any

import boto3
from botocore.credentials import Credentials
from requests.auth import AuthBase

from conformance import model
from conformance.exchange import Exchange, Request
from conformance.facts import ServiceFacts
from conformance.forms import oddities
from conformance.observation import Observation
from conformance.openapi import TARGET, live_service
from conformance.signing import OWN, Signer
from conformance.suite import schemathesis_serializer
from conformance.validity import validity

# Found by name, because the suite has to be whole without it.
_schemathesis: Any = importlib.import_module("schemathesis")
_SIGNED = ("content-type", TARGET.lower())
_REGION = "us-east-1"


class Signature(AuthBase):
    """Signs with the credentials that the environment names, or else with dummy ones.

    Only ``AWS_PROFILE``, or ``AWS_ACCESS_KEY_ID`` and its companions, are looked at.
    """

    def __init__(self) -> None:
        session = boto3.Session()
        named = {"AWS_PROFILE", "AWS_ACCESS_KEY_ID"} & os.environ.keys()
        found = session.get_credentials() if named else None
        frozen = found.get_frozen_credentials() if found else Credentials("testing", "testing")
        own = Credentials(frozen.access_key, frozen.secret_key, frozen.token)
        self._signer = Signer(own, session.region_name or _REGION)

    def __call__(self, request: Any) -> Any:
        """Add the headers of the signature."""
        headers = {name: value for name, value in request.headers.items() if name.lower() in _SIGNED}
        body = request.body or b""
        raw = body.encode() if isinstance(body, str) else body
        signed = self._signer.signed(OWN, request.method, request.url, headers, raw)
        request.headers.update(signed)
        return request


def is_sure(_context: Any, case: Any) -> bool:
    """Whether AWS's documents leave no doubt that a case is what schemathesis takes it for."""
    arn = live_service(case.operation.schema.raw_schema)
    if case.meta is None or not arn:
        return True
    request = _request(case)
    service = ServiceFacts(arn=arn, shown={}, customer=False)
    own = request.members.get("serviceArn") == arn
    found = validity(Observation(exchange=Exchange(id=1, request=request), service=service))
    if case.meta.generation.mode.is_negative:
        return bool(found.defects or oddities(request)) or not own
    return found.valid


def _request(case: Any) -> Request:
    headers = {**(case.headers or {}), "Content-Type": case.media_type or ""}
    return Request(
        operation=model.OPERATION,
        method=case.method,
        path=case.path,
        headers=tuple(headers.items()),
        body=schemathesis_serializer.written(None, case.body),
    )


_schemathesis.auth.set_from_requests(Signature())
_schemathesis.hook("filter_case")(is_sure)
