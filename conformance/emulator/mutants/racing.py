"""Requests at the same time get in each other's way. Sent one after the other, they are all answered well.

The pauses make the others come in between; without them the faults would be the same, and seldom seen.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace
from threading import Timer
from typing import Any

from conformance.emulator.backend import Backend
from conformance.emulator.errors import Refusal, client_error, service_not_found
from conformance.emulator.mutants.mutant import Proceed, mutant
from conformance.emulator.records import Change, Members, Service

_PAUSE = 0.03  # seconds; several times what a request takes
_MOMENT = 0.015  # about as long as a few of them take
_WHILE = 0.3  # much longer


def _found(backend: Backend, request: Members) -> Service:
    """The service to update, as it is before the others get to it."""
    backend.rules.update(request)
    service = backend.find(request["serviceArn"], missing=service_not_found())
    backend.check_active(service)
    return service


def _conflict() -> Refusal:
    return client_error("Another update of the service is in progress.")


def _overtaken(backend: Backend, service: Service) -> bool:
    """Whether another update has taken effect since."""
    return backend.services[service.arn].target is not service.target


@mutant(Backend, "update", "concurrency/disjoint-members")
def update_is_lost(_: Proceed, backend: Backend, request: Members) -> Any:
    """An update reads the configuration, and writes it whole a moment later: what others wrote is lost."""
    change = backend.plan(_found(backend, request), request)
    time.sleep(_PAUSE)
    with backend.lock:
        backend.check_active(backend.services[change.service.arn])
        return backend.answers.updated(backend.apply(change))


@mutant(Backend, "update", "concurrency/update-against-delete")
def update_brings_a_deleted_service_back(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """An update goes by the status of a moment ago: one that meets a Delete undoes it."""
    with backend.lock:
        service = backend.services.get(str(request.get("serviceArn")))
        if service and service.deleted_at and backend.timing.clock() - service.deleted_at < _WHILE:
            backend.services[service.arn] = replace(service, deleted_at=None)
        return proceed(request)


@mutant(Backend, "delete", "concurrency/update-against-delete")
def delete_is_answered_before_it_is_done(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """A Delete is answered, and updates are taken for a while after it."""
    answer = proceed(request)
    service = backend.services[request["serviceArn"]]
    backend.services[service.arn] = replace(service, deleted_at=None)
    Timer(_PAUSE, backend.services.update, ({service.arn: service},)).start()
    return answer


@mutant(Backend, "update", "concurrency/same-member")
def updates_of_one_member_cancel_out(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """Of two updates of one member at the same time both are accepted, and its old value stays."""
    service = _found(backend, request)
    time.sleep(_PAUSE)
    with backend.lock:
        present = backend.services[service.arn].target.configuration
        answer = proceed(request)
        before, after = service.target.configuration, backend.services[service.arn]
        contested = {n: before[n] for n in request if n in before and present[n] != before[n]}
        target = replace(after.target, configuration={**after.target.configuration, **contested})
        backend.services[service.arn] = replace(after, target=target)
    return answer


@mutant(Backend, "update", "concurrency/refused-changes-nothing")
def conflict_is_found_too_late(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """An update that another one has overtaken is refused when it has been applied already."""
    service = _found(backend, request)
    time.sleep(_PAUSE)
    with backend.lock:
        overtaken = _overtaken(backend, service)
        answer = proceed(request)
    if overtaken:
        raise _conflict()
    return answer


@mutant(Backend, "update", "concurrency/answers")
def conflict_is_refused(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """An update that another one has overtaken is refused, and changes nothing."""
    service = _found(backend, request)
    time.sleep(_PAUSE)
    with backend.lock:
        if _overtaken(backend, service):
            raise _conflict()
        return proceed(request)


@mutant(Backend, "apply", "concurrency/torn-read")
def update_takes_effect_by_halves(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """A new revision has one half of an update's members first, and all of them a moment later."""
    service = proceed(change)
    former = change.service.target.configuration
    half = {name: former[name] for name in sorted(change.request)[:1] if name in former}
    torn = replace(service.target, configuration={**service.target.configuration, **half})
    backend.services[service.arn] = replace(service, target=torn)
    time.sleep(_MOMENT)
    backend.services[service.arn] = service
    return service


@mutant(Backend, "describe", "concurrency/torn-read")
def describe_reads_twice(proceed: Proceed, _: Backend, request: Members) -> Any:
    """Describe reads one half of the configuration a moment before the other half."""
    first = proceed(request)
    time.sleep(_MOMENT)
    second = proceed(request)
    for early, late in zip(
        first["service"]["activeConfigurations"], second["service"]["activeConfigurations"], strict=False
    ):
        names = sorted(early)
        late.update({name: early[name] for name in names[: len(names) // 2] if name != "createdAt"})
    return second


@mutant(Backend, "update", "concurrency/linearizable")
def update_takes_effect_after_its_answer(proceed: Proceed, backend: Backend, request: Members) -> Any:
    """An update is answered, and takes effect a while later."""
    with backend.lock:
        before = _found(backend, request)
        answer = proceed(request)
        backend.services[before.arn] = before

    def take_effect() -> None:
        with suppress(Refusal):  # it may have been deleted since
            proceed(request)

    Timer(_WHILE, take_effect).start()
    return answer
