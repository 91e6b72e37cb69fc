"""The life of a service: deleted for good; created again as a new one; one of its name in each cluster."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance import model
from conformance.comparison import same, value_at
from conformance.exchange import Exchange
from conformance.facts import ServiceFacts
from conformance.observation import (
    Observation,
    configurations,
    error_code,
    newest_configuration,
    service_of,
)
from conformance.requirement import Concern, requirement
from conformance.requirements import identity
from conformance.requirements.citations import page, service_model, terraform
from conformance.requirements.members import refused_for_itself
from conformance.requirements.timestamps import seconds
from conformance.validity import validity
from conformance.verdict import OK, Evidence, Grade, tolerated, violated

_DELETE = service_model("DeleteExpressGatewayService: the service drains; this cannot be reversed")
_NAME = service_model("CreateExpressGatewayServiceRequest.serviceName: unique within the cluster")
_AGAIN = terraform(47743, "a name is free again when its service is inactive")
_EVENTUALLY = service_model("RunTask: the ECS API follows an eventual consistency model")
_GONE = ("DRAINING", "INACTIVE")
_NOTHING: tuple[Any, ...] = ("", [], {})


def _is(observation: Observation, operation: str) -> bool:
    return observation.accepted and observation.exchange.request.operation == operation


def _still_the_same(observation: Observation) -> bool:
    """Whether a Describe shows the service that was deleted, and not a new one of which nobody knows."""
    facts = observation.service
    return facts is not None and facts.shown.get("createdAt") == observation.answer.get("createdAt")


@requirement(
    "life-cycle/never-active-again",
    "A deleted service is DRAINING and then INACTIVE, and never ACTIVE again.",
    evidence=Evidence.INFERRED,
    citations=(_DELETE, service_model("ExpressGatewayServiceStatus.statusCode"), _EVENTUALLY),
    concern=Concern.LIFE,
)
def deleted_services_stay_deleted(observation: Observation) -> Iterator[Grade]:
    """How long Describe knows a deleted service is open; a service of another createdAt is another one.

    That the deletion cannot be reversed is documented; but also that ECS may answer for a while as if a
    change had not been made, so this is no proof.
    """
    code = identity.status_code(observation.answer)
    if not _is(observation, model.DESCRIBE):
        return
    if code in _GONE:
        yield OK
    elif code == "ACTIVE" and _still_the_same(observation):
        yield violated("status.statusCode is DRAINING or INACTIVE", "it is 'ACTIVE'")


@requirement(
    "life-cycle/inactive-for-good",
    "A service that is INACTIVE does not drain again.",
    evidence=Evidence.INFERRED,
    citations=(_DELETE,),
    concern=Concern.LIFE,
)
def inactive_services_stay_inactive(observation: Observation) -> Iterator[Grade]:
    """That a deletion cannot be reversed is documented, that its states have an order is not."""
    facts, code = observation.service, identity.status_code(observation.answer)
    if not _is(observation, model.DESCRIBE) or facts is None:
        return
    if identity.status_code(facts.shown) == "INACTIVE" and _still_the_same(observation):
        if code == "DRAINING":
            yield violated("status.statusCode stays 'INACTIVE'", "it is 'DRAINING'")
        elif code == "INACTIVE":
            yield OK


@requirement(
    "life-cycle/delete-answers-the-service",
    "Delete answers with the service that it was asked to delete.",
    evidence=Evidence.MODELLED,
    citations=(service_model("DeleteExpressGatewayServiceResponse.service"),),
    concern=Concern.LIFE,
)
def delete_answers_the_service(observation: Observation) -> Iterator[Grade]:
    """No member of the answer is required, so an answer without one is tolerated."""
    facts = observation.service
    if not _is(observation, model.DELETE) or facts is None or not facts.arn.startswith("arn:"):
        return
    found, expected = observation.answer.get("serviceArn"), f"service.serviceArn is {facts.arn!r}"
    if found is None:
        yield tolerated(expected, "it is absent")
    else:
        yield OK if found == facts.arn else violated(expected, f"it is {found!r}")


@requirement(
    "life-cycle/delete-answers-draining",
    "Delete answers with a service that is no longer active.",
    evidence=Evidence.INFERRED,
    citations=(_DELETE,),
    concern=Concern.LIFE,
)
def delete_answers_a_draining_service(observation: Observation) -> Iterator[Grade]:
    """That the state is entered is documented, that the answer shows it already is not."""
    code = identity.status_code(observation.answer)
    if _is(observation, model.DELETE) and code is not None:
        expected = "status.statusCode is DRAINING or INACTIVE"
        yield OK if code in _GONE else violated(expected, f"it is {code!r}")


def _born_again(observation: Observation) -> tuple[ServiceFacts, Exchange] | None:
    """The deleted service whose ARN a Create has given to a new one, and the Create that made the old one."""
    facts = observation.service
    if not _is(observation, model.CREATE) or facts is None or not facts.deleted:
        return None
    return (facts, facts.created) if facts.created is not None else None


@requirement(
    "life-cycle/new-created-at",
    "A service that is created under the name of a deleted one has a createdAt of its own.",
    evidence=Evidence.INFERRED,
    citations=(service_model("ECSExpressGatewayService.createdAt"), _AGAIN),
    concern=Concern.LIFE,
)
def services_created_again_are_new(observation: Observation) -> Iterator[Grade]:
    """Two timestamps that are rounded to seconds may well be equal."""
    if _born_again(observation) is None or observation.service is None:
        return
    old, new = (
        seconds(observation.service.shown.get("createdAt")),
        seconds(observation.answer.get("createdAt")),
    )
    if old is None or new is None:
        return
    if old != new:
        yield OK
    elif not new.is_integer():
        yield violated("createdAt is not that of the deleted service", f"it is {new!r} again")


@requirement(
    "life-cycle/nothing-inherited",
    "A service that is created under the name of a deleted one has nothing of that one's configuration.",
    evidence=Evidence.INFERRED,
    citations=(_DELETE, _AGAIN),
    concern=Concern.LIFE,
)
def services_created_again_inherit_nothing(observation: Observation) -> Iterator[Grade]:
    """Compares what two equal Creates made: what the first one left to the target was something else then.

    So a value is inherited if neither Create said it, the first service did not have it from the beginning,
    an update gave it to that one, and the new one has it.
    """
    pair = _born_again(observation)
    if pair is None or not _asks_the_same(observation.exchange, pair[1]):
        return
    old, first = pair
    was, now = (newest_configuration(service_of(each)) for each in (first, observation.exchange))
    if not was or not now:
        return
    judged = False
    for path, value in _given_later(old, observation.request):
        if value in _NOTHING or same(path, value, value_at(was, path)):
            continue
        judged = True
        if same(path, value, value_at(now, path)):
            expected = f"{path} is not {value!r}, which nobody asked for"
            yield violated(expected, f"it is what an update gave the deleted service, {value!r}")
            return
    if judged:
        yield OK


def _asks_the_same(one: Exchange, other: Exchange) -> bool:
    first, second = ({**each.request.members, "tags": None} for each in (one, other))
    return first == second


def _given_later(old: ServiceFacts, create: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """What updates asked of a service beyond its Create: members, and members of structures, with values."""
    for name, value in sorted(old.asked.items()):
        said = create.get(name)
        if said is None:
            yield name, value
        elif isinstance(said, dict) and isinstance(value, dict):
            yield from (
                (f"{name}.{inner}", value[inner]) for inner in sorted(value) if said.get(inner) is None
            )


@requirement(
    "life-cycle/created-again-takes-updates",
    "A service that is created under the name of a deleted one takes valid updates.",
    evidence=Evidence.INFERRED,
    citations=(page("Description: updates an existing Express service"), _AGAIN),
)
def services_created_again_take_updates(observation: Observation) -> Iterator[Grade]:
    """Only requests about whose validity there is no doubt are judged."""
    facts = observation.service
    if facts is None or facts.former is None or not validity(observation).valid:
        return
    if observation.accepted:
        yield OK
    elif refused_for_itself(observation):
        yield violated("the update is accepted", f"it is refused with {error_code(observation.exchange)!r}")


@requirement(
    "identity/arn-of-its-own",
    "Two services of one name in two clusters have two ARNs.",
    evidence=Evidence.MODELLED,
    citations=(_NAME,),
    concern=Concern.LIFE,
)
def names_are_unique_in_a_cluster_only(observation: Observation) -> Iterator[Grade]:
    """Compares with the living services whose Create was seen, by what the Creates asked for."""
    if not _is(observation, model.CREATE):
        return
    place, found = _place(observation.exchange), observation.answer.get("serviceArn")
    others = [(arn, _place(facts.created)) for arn, facts in observation.services.items()]
    namesakes = [arn for arn, other in others if place[1] is not None and _namesakes(place, other)]
    if found in namesakes:
        yield violated("an ARN of its own", f"{found!r}, that of a service in another cluster")
    elif namesakes:
        yield OK


def _place(create: Exchange | None) -> tuple[Any, Any]:
    """The cluster and the name that a Create asks for."""
    members = create.request.members if create else {}
    return identity.cluster_name(members.get("cluster") or "default"), members.get("serviceName")


def _namesakes(one: tuple[Any, Any], other: tuple[Any, Any]) -> bool:
    return bool(one[1] == other[1] and one[0] != other[0])


@requirement(
    "identity/same-name-in-another-cluster",
    "An update of a service does not change the service of the same name in another cluster.",
    evidence=Evidence.DOCUMENTED,
    citations=(page("Request Parameters, serviceArn: the service to update"), _NAME),
    concern=Concern.READ,
)
def namesakes_stay(observation: Observation) -> Iterator[Grade]:
    """Compares two Describes of a service, between which the last update was of its namesake."""
    cause = observation.cause.request.members.get("serviceArn") if observation.cause else None
    if observation.service is None or not isinstance(cause, str):
        return
    if _namesakes(*(_cluster_and_name(arn) for arn in (cause, observation.service.arn))):
        for _, grade in identity.other_services_stay.judge(observation):
            yield grade


def _cluster_and_name(arn: str) -> tuple[str, str]:
    """The last two parts of a service's ARN; nothing in common with any other if it has no such parts."""
    match arn.split("/"):
        case [_, cluster, name]:
            return cluster, name
    return "", arn


@requirement(
    "revision/of-one-service",
    "No two services share a service revision.",
    evidence=Evidence.INFERRED,
    citations=(service_model("ExpressGatewayServiceConfiguration.serviceRevisionArn"),),
)
def revisions_are_of_one_service(observation: Observation) -> Iterator[Grade]:
    """Judged where there is another living service; one that is created again may begin to count anew."""
    revision, facts = observation.target.get("serviceRevisionArn"), observation.service
    if not observation.accepted or not isinstance(revision, str) or facts is None:
        return
    others = [other for other in observation.services.values() if other.arn != facts.arn]
    owner = next((other.arn for other in others if revision in _revisions(other)), None)
    if owner is not None:
        yield violated("a serviceRevisionArn of this service alone", f"{revision!r}, as {owner!r} has it")
    elif others:
        yield OK


def _revisions(facts: ServiceFacts) -> list[Any]:
    shown = (entry.get("serviceRevisionArn") for entry in configurations(facts.shown))
    return [*facts.revisions, *shown]
