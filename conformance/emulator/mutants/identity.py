"""Update takes one service for another, or changes what makes a service the same."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.emulator.answers import Answers
from conformance.emulator.backend import Backend
from conformance.emulator.mutants.editing import edited
from conformance.emulator.mutants.mutant import Proceed, mutant
from conformance.emulator.records import Change, Members, Service


def _other(backend: Backend, service: Service) -> Service:
    """Another active service of the same place; the service itself if it is alone."""
    others = [each for each in backend.services.values() if each.arn != service.arn]
    return next((each for each in others if each.status_code(backend.timing) == "ACTIVE"), service)


@mutant(Backend, "apply", "identity/other-service-untouched")
def update_touches_another_service(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """An update is also applied to another service of the account, if there is one."""
    other = _other(backend, change.service)
    if other is not change.service:
        proceed(replace(change, service=other))
    return proceed(change)


@mutant(Backend, "update", "identity/service-arn")
def another_service_arn_is_answered(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """Update answers the ARN of another service of the account, if there is one."""
    answer = proceed(request)
    other = _other(backend, backend.services[request["serviceArn"]])
    return edited(answer, "service.serviceArn", other.arn)


@mutant(Backend, "apply", "identity/created-at")
def created_at_moves(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """An update moves the service's createdAt."""
    service = proceed(change)
    backend.services[service.arn] = service = replace(service, created_at=service.updated_at)
    return service


@mutant(Answers, "updated", "identity/service-name")
def service_name_in_lower_case(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update answers the service's name in lower case."""
    return edited(proceed(service), "service.serviceName", service.name.lower())
