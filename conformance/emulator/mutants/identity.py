"""Update takes one service for another, or changes what makes a service the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from conformance.emulator import naming
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


@mutant(Answers, "described", "identity/created-at-in-describe")
def describe_shows_the_revision_as_the_services_age(
    proceed: Proceed, answers: Answers, service: Service, tags: Sequence[Members] | None
) -> Any:
    """Describe shows when the last revision was created as the service's createdAt."""
    created_at = answers.timestamp(service.target.created_at)
    return edited(proceed(service, tags), "service.createdAt", created_at)


@mutant(Answers, "updated", "identity/status-active")
def update_answers_draining(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update answers that the service is DRAINING."""
    return edited(proceed(service), "service.status.statusCode", "DRAINING")


@mutant(Answers, "described", "identity/status-active-in-describe")
def updated_service_is_inactive(
    proceed: Proceed, _: Answers, service: Service, tags: Sequence[Members] | None
) -> Any:
    """Describe shows a service as INACTIVE from its first update on."""
    answer = proceed(service, tags)
    return edited(answer, "service.status.statusCode", "INACTIVE") if service.former else answer


@mutant(Backend, "apply", "identity/cluster")
def update_moves_to_another_cluster(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """An update moves the service to another cluster."""
    service = proceed(change)
    backend.services[service.arn] = service = replace(service, cluster="elsewhere")
    return service


@mutant(Backend, "apply", "identity/infrastructure-role")
def update_changes_the_infrastructure_role(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """An update makes the execution role the infrastructure role."""
    service = proceed(change)
    role = change.configuration["executionRoleArn"]
    backend.services[service.arn] = service = replace(service, infrastructure_role=role)
    return service


@mutant(Backend, "apply", "identity/ingress-endpoint")
def update_moves_the_endpoint(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """An update gives the service another endpoint."""
    service = proceed(change)
    endpoint = naming.endpoint(backend.place, service.name)
    backend.services[service.arn] = service = replace(service, endpoint=endpoint)
    return service


@mutant(Answers, "described", "identity/tags")
def update_loses_the_tags(
    proceed: Proceed, _: Answers, service: Service, tags: Sequence[Members] | None
) -> Any:
    """Describe shows no tags of a service that was updated."""
    return proceed(service, [] if tags and service.former else tags)
