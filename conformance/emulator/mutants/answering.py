"""Update does the right thing and its answer does not have the modelled shape."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from conformance.emulator.answers import Answers
from conformance.emulator.mutants.editing import edited, value_at, without
from conformance.emulator.mutants.mutant import Proceed, mutant
from conformance.emulator.records import Service


@mutant(Answers, "updated", "response-type/service.updatedAt")
def updated_at_is_text(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update answers updatedAt as a text in ISO 8601."""
    text = datetime.fromtimestamp(service.updated_at, UTC).isoformat()
    return edited(proceed(service), "service.updatedAt", text)


@mutant(Answers, "updated", "response-seconds/service.updatedAt")
def updated_at_in_milliseconds(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update answers updatedAt in milliseconds since the epoch."""
    return edited(proceed(service), "service.updatedAt", int(service.updated_at * 1000))


@mutant(Answers, "updated", "response-type/service.targetConfiguration.cpu")
def cpu_is_a_number(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update answers cpu as a number."""
    answer, path = proceed(service), "service.targetConfiguration.cpu"
    return edited(answer, path, int(value_at(answer, path) or 0))


@mutant(Answers, "updated", "response-null/service.status.statusReason")
def status_reason_is_null(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update writes null for a statusReason that there is not."""
    return edited(proceed(service), "service.status.statusReason", None)


@mutant(Answers, "updated", "response-unknown/service")
def infrastructure_role_is_answered(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update's answer has infrastructureRoleArn, which UpdatedExpressGatewayService has not."""
    return edited(proceed(service), "service.infrastructureRoleArn", service.infrastructure_role)


@mutant(Answers, "updated", "response-unknown/service")
def tags_are_answered(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update's answer has tags, which UpdatedExpressGatewayService has not."""
    return edited(proceed(service), "service.tags", [])


@mutant(Answers, "updated", "response-enum/service.status.statusCode")
def status_code_in_lower_case(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update answers the status code in lower case."""
    return edited(proceed(service), "service.status.statusCode", "active")


@mutant(Answers, "updated", "response-required/service.targetConfiguration.ingressPaths[].endpoint")
def ingress_path_without_endpoint(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update answers ingress paths without the endpoint that their shape requires."""
    return without(proceed(service), "service.targetConfiguration.ingressPaths.endpoint")
