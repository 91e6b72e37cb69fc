"""Revisions and Describe: what an update leaves behind is not what it said, or not new, or not complete."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any

from conformance.emulator.answers import Answers
from conformance.emulator.backend import Backend
from conformance.emulator.errors import Refusal
from conformance.emulator.mutants.editing import without
from conformance.emulator.mutants.mutant import Proceed, mutant
from conformance.emulator.records import Change, Members, Service


@mutant(Answers, "described", "revision/shown-by-describe")
def describe_is_one_revision_late(
    proceed: Proceed, _: Answers, service: Service, tags: Sequence[Members] | None
) -> Any:
    """Describe shows the configuration before the last update."""
    return proceed(replace(service, target=service.former or service.target, former=None), tags)


@mutant(Answers, "described", "show/cpu")
def describe_omits_cpu(proceed: Proceed, _: Answers, service: Service, tags: Sequence[Members] | None) -> Any:
    """Describe leaves cpu out."""
    answer = proceed(service, tags)
    shown = answer["service"]["activeConfigurations"]
    answer["service"]["activeConfigurations"] = [without(each, "cpu") for each in shown]
    return answer


@mutant(Backend, "apply", "revision/new-for-each-change")
def revision_arn_stays(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """Every update answers the ARN of the service's first revision."""
    service = proceed(change)
    target = replace(service.target, arn=change.service.target.arn)
    backend.services[service.arn] = service = replace(service, target=target)
    return service


@mutant(Backend, "update", "atomic/serviceRevisionArn")
def refused_update_is_applied_in_part(proceed: Proceed, _: Backend, request: Members) -> Any:
    """An update that is refused has changed those of its members that were valid."""
    try:
        return proceed(request)
    except Refusal:
        for name in request if "serviceArn" in request else ():
            with suppress(Refusal):
                proceed({"serviceArn": request["serviceArn"], name: request[name]})
        raise
