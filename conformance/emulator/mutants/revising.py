"""Revisions and Describe: what an update leaves behind is not what it said, or not new, or not complete."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from conformance.emulator.answers import Answers
from conformance.emulator.backend import Backend
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


@mutant(Answers, "updated", "revision/in-answer")
def update_does_not_name_the_revision(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update answers a targetConfiguration without serviceRevisionArn."""
    return without(proceed(service), "service.targetConfiguration.serviceRevisionArn")


@mutant(Answers, "described", "revision/task-definition")
def describe_omits_the_task_definition(
    proceed: Proceed, _: Answers, service: Service, tags: Sequence[Members] | None
) -> Any:
    """Describe leaves the task definitions of revisions out."""
    return without(proceed(service, tags), "service.activeConfigurations.taskDefinitionArn")


@mutant(
    Backend,
    "apply",
    "revision/created-at",
    "revision/created-at-in-describe",
    "revision/not-older-than-former",
)
def revision_is_older_than_its_service(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """The revision of an update is dated an hour before the service."""
    service = proceed(change)
    target = replace(service.target, created_at=service.created_at - 3600)
    backend.services[service.arn] = service = replace(service, target=target)
    return service


@mutant(Backend, "new_revision", "revision/arn-names-service")
def revision_arn_is_short(proceed: Proceed, backend: Backend, *arguments: Any, managed: bool) -> Any:
    """The ARN of a revision has nothing but the revision's number after its type."""
    revision = proceed(*arguments, managed=managed)
    number = revision.arn.rpartition("/")[2]
    return replace(revision, arn=backend.place.arn(f"service-revision/{number}"))


@mutant(Answers, "active_configurations", "revision/immutable")
def update_edits_the_former_revision(proceed: Proceed, answers: Answers, service: Service) -> Any:
    """The revision before an update stays active, and shows what the update has changed."""
    shown = proceed(service)
    if service.former is None:
        return shown
    edited = replace(service.former, configuration=service.target.configuration)
    return [*shown, answers.configuration(service, edited)]


@mutant(Answers, "active_configurations", "revision/immutable")
def describe_dates_revisions_anew(proceed: Proceed, answers: Answers, service: Service) -> Any:
    """Describe shows the present time as createdAt of every revision."""
    now = answers.timestamp(answers.timing.clock())
    return [{**entry, "createdAt": now} for entry in proceed(service)]


@mutant(Answers, "active_configurations", "semantics/active-configurations")
def former_revision_stays_and_comes_first(proceed: Proceed, answers: Answers, service: Service) -> Any:
    """The revision before an update stays active, and Describe shows it before the newer one."""
    former = [service.former] if service.former else []
    return [*(answers.configuration(service, each) for each in former), *proceed(service)]
