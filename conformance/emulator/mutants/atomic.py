"""A refused update has done something nevertheless."""

from __future__ import annotations

import json
import traceback
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import replace
from typing import Any

from conformance import model
from conformance.emulator.backend import Backend
from conformance.emulator.errors import Refusal
from conformance.emulator.mutants.mutant import Mutant, Proceed, mutant, named
from conformance.emulator.reading import Reader
from conformance.emulator.records import Members, Service
from conformance.emulator.schema import Node
from conformance.emulator.writing import Writer

_ARN = "serviceArn"
_REFUSED = "$refused"


def _apply_each(proceed: Proceed, request: Members, names: Iterable[str]) -> None:
    """Update one member after the other, as far as each can be updated alone."""
    for name in names:
        if name != _ARN and _ARN in request:
            with suppress(Refusal):
                proceed({_ARN: request[_ARN], name: request[name]})


def _comes_from(refusal: Refusal, rule: str) -> bool:
    """Whether a refusal was raised by the method of that name."""
    return any(frame.f_code.co_name == rule for frame, _ in traceback.walk_tb(refusal.__traceback__))


@mutant(Backend, "update", *(f"atomic/{name}" for name in model.operation().optional))
def refused_update_is_applied_in_part(proceed: Proceed, _: Backend, request: Members) -> Any:
    """An update that is refused has changed those of its members that were valid."""
    try:
        return proceed(request)
    except Refusal:
        _apply_each(proceed, request, request)
        raise


def _applied_before(kind: str, rule: str, words: str) -> Mutant:
    def fault(proceed: Proceed, _: Backend, request: Members) -> Any:
        try:
            return proceed(request)
        except Refusal as refusal:
            if _comes_from(refusal, rule):
                _apply_each(proceed, request, request)
            raise

    sentence = f"An update that is refused for {words} has changed its valid members."
    return mutant(Backend, "update", f"atomic/{kind}")(named(f"{kind}-is-found-too-late", sentence, fault))


FOUND_TOO_LATE = [
    _applied_before("missing", "required", "a member that is missing"),
    _applied_before("format", "role", "a role"),
    _applied_before("range", "container_port", "a port"),
    _applied_before("duplicate", "distinct", "a name that comes twice"),
    _applied_before("pair", "size", "a pair of cpu and memory"),
    _applied_before("task-definition", "main_container", "a task definition"),
]


@mutant(Backend, "update", "atomic/exclusion")
def exclusion_is_found_too_late(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """An update is refused for what taskDefinitionArn excludes when it has been applied as a whole."""
    try:
        return proceed(request)
    except Refusal as refusal:
        if _comes_from(refusal, "exclusion"):
            backend.apply(backend.plan(backend.services[request[_ARN]], request))
        raise


class _TwoParts(Reader, Backend):
    """A reader and a backend with one fault between them; each is an instance of its own."""

    def __init__(self, **parts: Any) -> None:
        """A reader is made of nothing, a backend of its parts."""
        if parts:
            Backend.__init__(self, **parts)


class _InOrder(_TwoParts):
    """Applies the members in the order of the body until one is refused."""

    def request(self, operation: str, body: bytes) -> Members:
        """The members of a request, in the order of the body."""
        request = super().request(operation, body)
        return {name: request[name] for name in self.document(body) if name in request}

    def update(self, request: Members) -> dict[str, Any]:
        """As the reference does it, but for what came before the refused member."""
        try:
            return super().update(request)
        except Refusal:
            with suppress(Refusal):
                for name in (name for name in request if name != _ARN and _ARN in request):
                    super().update({_ARN: request[_ARN], name: request[name]})
            raise


class _NestedTypes(_TwoParts):
    """Reads all members but the structure that holds a value of the wrong type, applies them, and refuses."""

    def structure(self, node: Node, value: Any, path: str) -> dict[str, Any]:
        """As the reference reads it; the request itself member by member."""
        if path or not isinstance(value, dict):
            return super().structure(node, value, path)
        members: dict[str, Any] = {}
        for name, child in value.items():
            try:
                members |= super().structure(node, {name: child}, path)
            except Refusal as refusal:
                if not isinstance(child, dict):
                    raise
                members[_REFUSED] = refusal
        return members

    def update(self, request: Members) -> dict[str, Any]:
        """As the reference does it, if all could be read."""
        if _REFUSED in request:
            _apply_each(super().update, request, request.keys() - {_REFUSED})
            raise request[_REFUSED]
        return super().update(request)


IN_ORDER = Mutant(
    name="members-before-the-wrong-one-are-applied",
    fault="An update that is refused for a member has changed those that stand before it in the body.",
    breaks=("atomic/enum",),
    part=_InOrder,
)
NESTED_TYPES = Mutant(
    name="nested-type-is-found-too-late",
    fault="An update that is refused for a wrong type inside of a structure has changed its other members.",
    breaks=("atomic/type",),
    part=_NestedTypes,
)


@mutant(Backend, "update", "atomic/serviceRevisionArn")
def refused_update_makes_a_revision(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """An update that is refused makes a new service revision, with the configuration of the one before."""
    try:
        return proceed(request)
    except Refusal:
        service = backend.services.get(request.get(_ARN, ""))
        if service and service.deleted_at is None:
            backend.apply(backend.plan(service, {_ARN: service.arn}))
        raise


@mutant(Backend, "update", "atomic/updatedAt")
def refused_update_moves_updated_at(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """An update that is refused moves the service's updatedAt."""
    try:
        return proceed(request)
    except Refusal:
        service = backend.services.get(request.get(_ARN, ""))
        if service:
            backend.services[service.arn] = replace(service, updated_at=backend.timing.clock())
        raise


@mutant(Backend, "update", "atomic/identity")
def foreign_account_is_found_too_late(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """An update of another account's service is refused, and changes our own one of the same name."""
    try:
        return proceed(request)
    except Refusal:
        parts = request.get(_ARN, "").split(":")
        ours = ":".join([*parts[:4], backend.place.account, *parts[5:]])
        if ours in backend.services and ours != request[_ARN]:
            proceed({**request, _ARN: ours})
        raise


@mutant(Backend, "check_active", "atomic/state")
def deletion_is_found_too_late(proceed: Proceed, backend: Backend, service: Service) -> Any:
    """An update of a deleted service is refused when its revision has been made."""
    try:
        return proceed(service)
    except Refusal:
        backend.apply(backend.plan(service, {_ARN: service.arn, "healthCheckPath": "/late"}))
        raise


@mutant(Writer, "error", "atomic/answer")
def refused_update_shows_a_service(proceed: Proceed, _: Writer, operation: str, refusal: Refusal) -> Any:
    """The answer to an update that is refused shows a service beside the error."""
    reply = proceed(operation, refusal)
    if operation != model.OPERATION:
        return reply
    answer = {**json.loads(reply.body), "service": {"status": {"statusCode": "ACTIVE"}}}
    return replace(reply, body=json.dumps(answer).encode())
