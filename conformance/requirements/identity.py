"""An update is about one service and leaves its identity alone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.comparison import altered
from conformance.observation import Observation, newest_configuration, service_of, went_back
from conformance.requirement import Concern, requirement
from conformance.requirements.citations import guide, page, service_model, terraform
from conformance.requirements.timestamps import close
from conformance.verdict import OK, Evidence, Grade, behaves, violated

_ANSWER = service_model("UpdatedExpressGatewayService")
_AVAILABLE = page("Description: the service remains available during updates")
# What tells revisions apart says less to a person than any other member.
_OF_A_REVISION = {"createdAt", "serviceRevisionArn", "taskDefinitionArn"}


def _compared(observation: Observation, name: str) -> Iterator[Grade]:
    """Whether a member of the answer is what the target showed of this service before."""
    if not observation.accepted or observation.service is None or name not in observation.answer:
        return
    wanted, found = observation.service.shown.get(name), observation.answer[name]
    if wanted is not None:
        yield OK if wanted == found else violated(f"{name} is {wanted!r}", f"it is {found!r}")


@requirement(
    "identity/service-arn",
    "The answer names the service that the request named.",
    evidence=Evidence.MODELLED,
    citations=(_ANSWER, page("Response Syntax, serviceArn")),
)
def the_answer_names_the_service(observation: Observation) -> Iterator[Grade]:
    """Compares with the request, unless that names the service by something else than its ARN."""
    if observation.accepted and observation.answer and observation.service is not None:
        wanted, found = observation.service.arn, observation.answer.get("serviceArn")
        if not wanted.startswith("arn:"):
            return
        yield OK if wanted == found else violated(f"serviceArn is {wanted!r}", f"it is {found!r}")


@requirement(
    "identity/service-name",
    "An update does not change the service's name.",
    evidence=Evidence.MODELLED,
    citations=(service_model("CreateExpressGatewayServiceRequest.serviceName: cannot be changed"),),
)
def the_name_stays(observation: Observation) -> Iterator[Grade]:
    """Judged where the answer holds the name."""
    yield from _compared(observation, "serviceName")


@requirement(
    "identity/created-at",
    "An update does not change when the service was created.",
    evidence=Evidence.MODELLED,
    citations=(service_model("UpdatedExpressGatewayService.createdAt"),),
)
def the_creation_date_stays(observation: Observation) -> Iterator[Grade]:
    """Compares with Create's answer or the last Describe, to the millisecond."""
    shown = observation.service.shown.get("createdAt") if observation.service else None
    for grade in _compared(observation, "createdAt"):
        yield OK if grade is OK or close(shown, observation.answer["createdAt"]) else grade


@requirement(
    "identity/created-at-in-describe",
    "After an update, Describe shows the service's createdAt that it showed before.",
    evidence=Evidence.MODELLED,
    citations=(service_model("ECSExpressGatewayService.createdAt"),),
    concern=Concern.CHANGE,
)
def the_creation_date_is_shown_again(observation: Observation) -> Iterator[Grade]:
    """Judged where both Describes show it, to the millisecond."""
    before, after = service_of(observation.before), service_of(observation.after)
    was, now = before.get("createdAt"), after.get("createdAt")
    if observation.accepted and was is not None and now is not None:
        same = was == now or close(was, now)
        yield OK if same else violated(f"createdAt stays {was!r}", f"it is {now!r}")


@requirement(
    "identity/cluster",
    "An update does not move the service to another cluster.",
    evidence=Evidence.MODELLED,
    citations=(service_model("UpdatedExpressGatewayService.cluster"), page("Response Syntax, cluster")),
)
def the_cluster_stays(observation: Observation) -> Iterator[Grade]:
    """A name and the full ARN mean the same cluster; which of them is shown is not settled."""
    if observation.accepted and observation.service is not None:
        wanted, found = observation.service.shown.get("cluster"), observation.answer.get("cluster")
        if isinstance(wanted, str) and isinstance(found, str):
            same = cluster_name(wanted) == cluster_name(found)
            yield OK if same else violated(f"cluster is {wanted!r}", f"it is {found!r}")


def cluster_name(cluster: Any) -> Any:
    """The cluster's name, where it is given by that or by its ARN; anything else as it is."""
    return cluster.rpartition("/")[2] if isinstance(cluster, str) else cluster


@requirement(
    "identity/status-active",
    "A service that was active is active in the answer to its update.",
    evidence=Evidence.INFERRED,
    citations=(_AVAILABLE,),
)
def the_service_stays_active(observation: Observation) -> Iterator[Grade]:
    """The page speaks of availability, not of this member."""
    if not observation.accepted or observation.service is None:
        return
    before, after = status_code(observation.service.shown), status_code(observation.answer)
    if before == "ACTIVE" and after is not None:
        yield OK if after == "ACTIVE" else violated("status.statusCode is ACTIVE", f"it is {after!r}")


def status_code(service: Mapping[str, Any]) -> Any:
    """The status code of a service; None where there is none."""
    status = service.get("status")
    return status.get("statusCode") if isinstance(status, Mapping) else None


@requirement(
    "identity/status-active-in-describe",
    "Describe shows a service that was active as active after its update.",
    evidence=Evidence.INFERRED,
    citations=(_AVAILABLE,),
    concern=Concern.CHANGE,
)
def describe_shows_the_service_active(observation: Observation) -> Iterator[Grade]:
    """The page speaks of availability, not of this member."""
    if not observation.accepted or observation.service is None or observation.service.deleted:
        return
    before = status_code(service_of(observation.before) or observation.service.shown)
    after = status_code(service_of(observation.after))
    if before == "ACTIVE" and after is not None:
        yield OK if after == "ACTIVE" else violated("status.statusCode stays ACTIVE", f"it is {after!r}")


@requirement(
    "identity/infrastructure-role",
    "An update does not change the infrastructure role.",
    evidence=Evidence.DOCUMENTED,
    citations=(page("Description: the infrastructure role cannot be modified"),),
    concern=Concern.CHANGE,
)
def the_infrastructure_role_stays(observation: Observation) -> Iterator[Grade]:
    """Update has no member for it; judged where both Describes show it."""
    before, after = service_of(observation.before), service_of(observation.after)
    name = "infrastructureRoleArn"
    if observation.accepted and before.get(name) is not None and after.get(name) is not None:
        kept = before[name] == after[name]
        yield OK if kept else violated(f"{name} stays {before[name]!r}", f"it is {after[name]!r}")


@requirement(
    "identity/tags",
    "An update does not change the service's tags.",
    evidence=Evidence.DOCUMENTED,
    citations=(guide("Express Mode services: tags are set on creation", "express-service-work"),),
    concern=Concern.CHANGE,
)
def the_tags_stay(observation: Observation) -> Iterator[Grade]:
    """Judged where both Describes asked for the tags; their order is not specified."""
    before, after = service_of(observation.before), service_of(observation.after)
    if observation.accepted and before.get("tags") and _asked_for_tags(observation):
        kept = own_tags(before["tags"]) == own_tags(after.get("tags"))
        yield OK if kept else violated(f"tags stay {before['tags']!r}", f"they are {after.get('tags')!r}")


def _asked_for_tags(observation: Observation) -> bool:
    exchanges = (observation.before, observation.after)
    return all(exchange.request.members.get("include") == ["TAGS"] for exchange in exchanges if exchange)


def own_tags(tags: Any) -> dict[Any, Any]:
    """The tags of a service as a dict, without those that AWS sets itself."""
    entries = tags if isinstance(tags, list) else []
    found = {str(tag.get("key")): tag.get("value") for tag in entries if isinstance(tag, dict)}
    # AWS sets tags of its own, under a reserved prefix.
    return {key: value for key, value in found.items() if not key.lower().startswith("aws:")}


@requirement(
    "identity/other-service-untouched",
    "An update of one service does not change another one.",
    evidence=Evidence.DOCUMENTED,
    citations=(page("Request Parameters, serviceArn: the service to update"),),
    concern=Concern.READ,
)
def other_services_stay(observation: Observation) -> Iterator[Grade]:
    """Compares two Describes of a service between which only other services were updated.

    What a Describe did not show before may have been filled in while the service was set up.
    """
    before, after = service_of(observation.before), service_of(observation.after)
    if observation.service is None or observation.service.deleted or observation.cause is None:
        return
    latest = observation.service.latest
    was, now = newest_configuration(before, latest), newest_configuration(after, latest)
    if not was or not now or went_back(before, was, now):
        return
    groups = observation.service.groups
    moved = [name for name in was if altered(name, was[name], now.get(name), groups)]
    moved = sorted({*moved} - {"ingressPaths"}, key=lambda name: (name in _OF_A_REVISION, name))
    if moved:
        name = moved[0]
        yield violated(f"{name} stays {was.get(name)!r}", f"it is {now.get(name)!r}")
    else:
        yield OK


@requirement(
    "identity/ingress-endpoint",
    "An update does not change where the service is reached.",
    evidence=Evidence.OBSERVED,
    citations=(
        page("Description: without recreating the service"),
        terraform(45235, "the endpoint outlives updates"),
    ),
    concern=Concern.CHANGE,
)
def the_endpoint_stays(observation: Observation) -> Iterator[Grade]:
    """Endpoints may appear later than the service, so a further one says nothing."""
    before, after = (_endpoints(c) for c in (observation.config_before, observation.config_after))
    if observation.accepted and before and after:
        yield OK if {*before} <= {*after} else violated(f"endpoints stay {before!r}", f"they are {after!r}")


def _endpoints(configuration: Mapping[str, Any]) -> list[str]:
    paths = configuration.get("ingressPaths")
    entries = paths if isinstance(paths, list) else []
    return sorted(str(path.get("endpoint")) for path in entries if isinstance(path, dict))


@requirement(
    "semantics/cluster-form",
    "Whether the answer shows the cluster as a name or as an ARN.",
    evidence=Evidence.OPEN,
    citations=(terraform(47277, "the original cluster is returned"), _ANSWER),
)
def cluster_form(observation: Observation) -> Iterator[Grade]:
    """Documented for the request only, where both forms are allowed."""
    cluster = observation.answer.get("cluster")
    if isinstance(cluster, str):
        form = "its ARN" if cluster.startswith("arn:") else "its name"
        yield behaves(f"the answer shows the cluster by {form}")


@requirement(
    "semantics/updated-at",
    "Whether an update moves updatedAt.",
    evidence=Evidence.OPEN,
    citations=(service_model("UpdatedExpressGatewayService.updatedAt"),),
)
def updated_at(observation: Observation) -> Iterator[Grade]:
    """One public observation of the real service says that it does not."""
    moved = observation.answer.get("updatedAt")
    shown = observation.service.shown.get("updatedAt") if observation.service else None
    if observation.accepted and shown is not None and moved is not None:
        same = moved == shown
        yield behaves(f"an update {'does not move' if same else 'moves'} updatedAt")
