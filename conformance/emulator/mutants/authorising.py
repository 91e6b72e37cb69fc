"""Callers who should be refused are let in, told too much, or refused too late."""

from __future__ import annotations

from typing import Any

from conformance import model
from conformance.emulator.errors import Refusal, invalid
from conformance.emulator.gate import Call, Caller, Gate
from conformance.emulator.mutants.mutant import Proceed, mutant
from conformance.emulator.writing import Writer

_DENIED = "AccessDeniedException"


@mutant(Gate, "admit", "auth/unsigned-rejected")
def unsigned_requests_are_served(proceed: Proceed, _: Gate, call: Call) -> Any:
    """A request without a signature is anybody's."""
    return proceed(call) if call.headers.get("Authorization") else None


@mutant(Gate, "admit", "auth/unknown-key-rejected")
def unknown_keys_are_served(proceed: Proceed, _: Gate, call: Call) -> Any:
    """An access key that nobody has is taken for one that may do anything."""
    try:
        proceed(call)
    except Refusal as refusal:
        if refusal.code != "UnrecognizedClientException":
            raise


@mutant(Gate, "check_signature", "auth/bad-signature-rejected")
def signatures_are_not_computed(_proceed: Proceed, _: Gate, _caller: Caller) -> Any:
    """That there is a signature is enough."""


@mutant(Gate, "check_date", "auth/expired-date-rejected")
def dates_are_not_checked(_proceed: Proceed, _: Gate, _date: str) -> Any:
    """A signature is good for ever."""


@mutant(Gate, "check_region", "auth/wrong-region-rejected")
def regions_are_not_checked(_proceed: Proceed, _: Gate, _region: str) -> Any:
    """A signature is good in every Region."""


@mutant(Gate, "admit", "auth/wrong-service-rejected")
def services_are_not_checked(proceed: Proceed, _: Gate, call: Call) -> Any:
    """A signature is good for every service."""
    try:
        proceed(call)
    except Refusal as refusal:
        if "scoped to correct service" not in refusal.message:
            raise


@mutant(Gate, "check_permission", "auth/denied-rejected")
def policies_are_ignored(_proceed: Proceed, _: Gate, _caller: Caller, _resource: str) -> Any:
    """Whoever has a key may do anything."""


@mutant(Gate, "admit", "auth/signatures")
def callers_are_not_checked(_proceed: Proceed, _: Gate, _call: Call) -> Any:
    """Whoever comes may do anything."""


@mutant(Gate, "answer", "auth/refused-caller-changes-nothing")
def wrong_signatures_are_noticed_late(proceed: Proceed, _: Gate, call: Call, serve: Proceed) -> Any:
    """A request with a wrong signature is carried out, and then refused."""
    try:
        return proceed(call, serve)
    except Refusal as refusal:
        if refusal.code != _DENIED:
            serve()
        raise


@mutant(Gate, "answer", "auth/denied-changes-nothing")
def missing_permissions_are_noticed_late(proceed: Proceed, _: Gate, call: Call, serve: Proceed) -> Any:
    """A request that no policy allows is carried out, and then refused."""
    try:
        return proceed(call, serve)
    except Refusal as refusal:
        if refusal.code == _DENIED:
            serve()
        raise


@mutant(Gate, "check_permission", "auth/denied-class")
def denied_updates_are_invalid(proceed: Proceed, _: Gate, caller: Caller, resource: str) -> Any:
    """A missing permission is answered with InvalidParameterException."""
    try:
        proceed(caller, resource)
    except Refusal as refusal:
        raise invalid(refusal.message) from refusal


@mutant(Gate, "check_permission", "auth/denied-status")
def denied_updates_are_forbidden(proceed: Proceed, _: Gate, caller: Caller, resource: str) -> Any:
    """AccessDeniedException comes with status 403."""
    try:
        proceed(caller, resource)
    except Refusal as refusal:
        raise Refusal(refusal.code, refusal.message, status=403) from refusal


@mutant(Gate, "answer", "auth/refused-answer-shows-nothing")
def refusals_show_the_service(proceed: Proceed, _: Gate, call: Call, serve: Proceed) -> Any:
    """The error that refuses a caller holds the service all the same."""
    try:
        return proceed(call, serve)
    except Refusal as refusal:
        writer = Writer()
        shown = {"serviceArn": call.resource, "status": {"statusCode": "ACTIVE"}}
        document = {**writer.error_body(refusal), "service": shown}
        return writer.reply(model.OPERATION, refusal.status, document)
