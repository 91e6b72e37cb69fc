"""Faults that only a life shows: several updates, several services of one name, a name used twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from conformance.emulator.answers import Answers
from conformance.emulator.backend import Backend
from conformance.emulator.mutants.editing import edited
from conformance.emulator.mutants.mutant import Proceed, mutant
from conformance.emulator.records import Change, Members, Service


def _namesakes(backend: Backend, cluster: str, name: str) -> list[Service]:
    """The active services of that name in other clusters."""
    others = [each for each in backend.services.values() if each.name == name and each.cluster != cluster]
    return [each for each in others if each.status_code(backend.timing) == "ACTIVE"]


def _notes(backend: Backend, service: Service) -> dict[str, Any]:
    """What a mutant remembers of one service, until that is created again."""
    everything = vars(backend).setdefault("notes", {})
    notes: dict[str, Any] = everything.setdefault((service.arn, service.created_at), {})
    return notes


@mutant(Backend, "apply", "identity/same-name-in-another-cluster", "identity/other-service-untouched")
def update_touches_the_same_name_in_another_cluster(
    proceed: Proceed, backend: Backend, change: Change
) -> Any:
    """An update is also applied to the service of the same name in another cluster."""
    for other in _namesakes(backend, change.service.cluster, change.service.name):
        proceed(replace(change, service=other))
    return proceed(change)


@mutant(Backend, "create", "identity/arn-of-its-own")
def names_are_unique_in_the_account(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """Create answers with the service of the same name in another cluster, if there is one."""
    cluster = backend.rules.cluster_name(request.get("cluster", "default"))
    for other in _namesakes(backend, cluster, request.get("serviceName", "")):
        return backend.answers.created(other)
    return proceed(request)


@mutant(Backend, "apply", "revision/of-one-service")
def update_answers_the_revision_of_another_service(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """The service revision of an update has the ARN of that of another service, if there is one."""
    service = proceed(change)
    others = [each for each in backend.services.values() if each.arn != service.arn]
    active = [each for each in others if each.status_code(backend.timing) == "ACTIVE"]
    arn = active[0].target.arn if active else service.target.arn
    backend.services[service.arn] = service = replace(service, target=replace(service.target, arn=arn))
    return service


@mutant(Backend, "first_configuration", "life-cycle/nothing-inherited")
def recreated_service_inherits(
    proceed: Proceed, backend: Backend, cluster: str, name: str, request: Members
) -> Any:
    """A service that is created again has what its predecessor had, where Create says nothing."""
    configuration, customer = proceed(cluster, name, request)
    old = backend.services.get(backend.place.arn(f"service/{cluster}/{name}"))
    if old is not None:
        inherited = {**configuration, **old.target.configuration}
        configuration = backend.merger.merge(inherited, backend.merger.changes(request))
    return configuration, customer


@mutant(Backend, "new_service", "life-cycle/new-created-at")
def recreated_service_keeps_its_age(proceed: Proceed, backend: Backend, *details: Any) -> Any:
    """A service that is created again has the createdAt of its predecessor."""
    service = proceed(*details)
    old = backend.services.get(service.arn)
    return replace(service, created_at=old.created_at) if old else service


@mutant(Backend, "check_active", "life-cycle/created-again-takes-updates")
def recreated_service_refuses_updates(proceed: Proceed, backend: Backend, service: Service) -> Any:
    """What was deleted once can never be updated or deleted again, also when it was created again."""
    graves = vars(backend).setdefault("graves", {})
    if graves.setdefault(service.arn, service.created_at) != service.created_at:
        service = replace(service, deleted_at=backend.timing.clock())
    return proceed(service)


@mutant(Answers, "deleted", "life-cycle/delete-answers-draining")
def delete_answers_an_active_service(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Delete answers with the service as it was before."""
    return proceed(replace(service, deleted_at=None))


@mutant(Answers, "deleted", "life-cycle/delete-answers-the-service")
def delete_answers_a_name(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Delete answers with the service's name in the place of its ARN."""
    return edited(proceed(service), "service.serviceArn", service.name)


@mutant(Answers, "described", "life-cycle/never-active-again")
def describe_shows_a_deleted_service_active(proceed: Proceed, _: Answers, service: Service, tags: Any) -> Any:
    """Describe shows a deleted service as ACTIVE."""
    return proceed(replace(service, deleted_at=None), tags)


@mutant(Answers, "described", "life-cycle/inactive-for-good")
def describe_shows_an_inactive_service_draining(
    proceed: Proceed, answers: Answers, service: Service, tags: Any
) -> Any:
    """The second Describe of an inactive service shows it as DRAINING."""
    seen = vars(answers).setdefault("seen", set())
    answer = proceed(service, tags)
    if service.status_code(answers.timing) != "INACTIVE":
        return answer
    if (service.arn, service.created_at) in seen:
        answer = edited(answer, "service.status.statusCode", "DRAINING")
    seen.add((service.arn, service.created_at))
    return answer


@mutant(Backend, "describe", "preserve/healthCheckPath")
def first_of_two_quick_updates_is_lost(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """Of two updates without a Describe between them, Describe shows the second alone."""
    service = backend.services.get(request.get("serviceArn", ""))
    if service is not None:
        shown = _notes(backend, service).get("shown")
        if shown is not None and service.former is not None:
            before, now = service.former.configuration, service.target.configuration
            lost = {name: shown.get(name, value) for name, value in now.items() if value == before.get(name)}
            target = replace(service.target, configuration={**now, **lost})
            backend.services[service.arn] = service = replace(service, target=target)
        _notes(backend, service)["shown"] = service.target.configuration
    return proceed(request)


@mutant(Backend, "describe", "revision/shown-by-describe")
def describe_is_late_after_quick_updates(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """After two updates without a Describe between them, Describe shows the service as it was before them."""
    service = backend.services.get(request.get("serviceArn", ""))
    if service is None:
        return proceed(request)
    notes = _notes(backend, service)
    shown, notes["shown"] = notes.get("shown", service.target), service.target
    if shown in (service.target, service.former):
        return proceed(request)
    return backend.answers.described(replace(service, target=shown, former=None), None)
