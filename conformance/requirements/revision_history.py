"""A service revision has its place in time, is one of its service, and stays what it is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.comparison import altered, overlap
from conformance.observation import Observation, Visit, as_object, configurations, service_of
from conformance.requirement import Citation, Concern, requirement
from conformance.requirements.citations import guide, page, service_model
from conformance.requirements.revisions import known_revisions
from conformance.requirements.timestamps import close, earlier, seconds
from conformance.verdict import OK, Evidence, Grade, violated

_CREATED_AT = service_model("ExpressGatewayServiceConfiguration.createdAt")
_IMMUTABLE = guide("Amazon ECS service revisions: read-only, immutable", "service-revision")
_ARN = Citation(
    document="Amazon ECS API Reference, DescribeServiceRevisions",
    section="Examples: service-revision, then cluster, service and a number",
    url="https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeServiceRevisions.html",
)
_LONG_ARN = re.compile("(?P<place>arn:[^:/]*:ecs:[^:/]*:[^:/]*):service/(?P<name>[^/]+/[^/]+)")


@requirement(
    "revision/created-at",
    "A service revision is not older than its service.",
    evidence=Evidence.INFERRED,
    citations=(_CREATED_AT,),
)
def revisions_are_younger(observation: Observation) -> Iterator[Grade]:
    """Clocks may differ, and timestamps may be rounded to a second."""
    service, revision = observation.answer.get("createdAt"), observation.target.get("createdAt")
    if seconds(service) is not None and seconds(revision) is not None:
        old = earlier(revision, service)
        yield violated(f"createdAt is not before {service!r}", f"it is {revision!r}") if old else OK


@requirement(
    "revision/created-at-in-describe",
    "Describe shows no service revision that is older than its service.",
    evidence=Evidence.INFERRED,
    citations=(_CREATED_AT,),
    concern=Concern.CHANGE,
)
def described_revisions_are_younger(observation: Observation) -> Iterator[Grade]:
    """As for the answer; for all active configurations, whatever the request was."""
    shown = service_of(observation.after)
    service, times = shown.get("createdAt"), _times(shown)
    if seconds(service) is not None and times:
        old = earlier(min(times), service)
        yield violated(f"createdAt is not before {service!r}", f"it is {min(times)!r}") if old else OK


@requirement(
    "revision/not-older-than-former",
    "The service revision that an update creates is not older than those that Describe showed before.",
    evidence=Evidence.INFERRED,
    citations=(_CREATED_AT, page("Description: a new service revision")),
)
def revisions_follow_one_another(observation: Observation) -> Iterator[Grade]:
    """Clocks may differ by a second. A revision that was known before was not created by this update."""
    revision, created = observation.target.get("serviceRevisionArn"), observation.target.get("createdAt")
    former = _times(service_of(observation.before))
    if observation.accepted and former and seconds(created) is not None:
        if revision is None or revision in known_revisions(observation):
            return
        old = earlier(created, max(former))
        yield violated(f"createdAt is not before {max(former)!r}", f"it is {created!r}") if old else OK


def _times(service: Mapping[str, Any]) -> list[float]:
    """When the active revisions were created."""
    times = (seconds(entry.get("createdAt")) for entry in configurations(service))
    return [time for time in times if time is not None]


@requirement(
    "revision/arn-names-service",
    "The ARN of a service revision names the revision's cluster and service.",
    evidence=Evidence.OBSERVED,
    citations=(_ARN, service_model("ExpressGatewayServiceConfiguration.serviceRevisionArn")),
)
def revision_arns_name_the_service(observation: Observation) -> Iterator[Grade]:
    """The form is seen in examples. Judged where both the revision and the service have such ARNs."""
    revision = observation.target.get("serviceRevisionArn")
    if not observation.accepted or observation.service is None or not isinstance(revision, str):
        return
    service = _LONG_ARN.fullmatch(observation.service.arn)
    if service and revision.startswith("arn:"):
        start = f"{service['place']}:service-revision/{service['name']}/"
        named = revision.startswith(start) and "/" not in revision[len(start) :] and revision != start
        yield OK if named else violated(f"serviceRevisionArn is {start}<id>", f"it is {revision!r}")


@requirement(
    "revision/immutable",
    "Whatever shows a service revision shows one configuration and one createdAt of it.",
    evidence=Evidence.INFERRED,
    citations=(_IMMUTABLE, _CREATED_AT),
    concern=Concern.TRAIL,
)
def revisions_stay_what_they_are(observation: Observation) -> Iterator[Grade]:
    """Revisions are documented as immutable, but not that Express Mode shows nothing else of them.

    Compares the answers of updates and later Describes, where both show something: an answer may be
    incomplete, a managed security group may come and go, and endpoints come when they are ready.
    """
    *visits, last = observation.trail
    earlier_ones = [shown for visit in visits for shown in _shown(visit)]
    pairs = []
    for arn, entry in _shown(last):
        pairs += [(other, entry) for known, other in earlier_ones if known == arn]
        earlier_ones.append((arn, entry))
    contradictions = (found for one, other in pairs if (found := _contradiction(one, other)))
    if pairs:
        found = next(contradictions, None)
        yield OK if found is None else violated(*found)


def _shown(visit: Visit) -> Iterator[tuple[str, dict[str, Any]]]:
    """What a visit shows of revisions, by their ARNs, in the order of the exchanges."""
    entries = [as_object(service_of(update).get("targetConfiguration")) for update in visit.updates]
    for entry in (*entries, *configurations(service_of(visit.described))):
        revision = entry.get("serviceRevisionArn")
        if isinstance(revision, str):
            yield revision, entry


def _contradiction(one: dict[str, Any], other: dict[str, Any]) -> tuple[str, str] | None:
    """The first member that two showings of a revision differ in; None where there is none."""
    if one == other:
        return None
    for name in (name for name in one if name in other and name != "ingressPaths"):
        was, now = overlap(one[name], other[name]), overlap(other[name], one[name])
        absent = other[name] in (None, [], {})
        if not absent and altered(name, was, now) and not (name == "createdAt" and close(was, now)):
            revision = one["serviceRevisionArn"]
            return f"{name} of {revision!r} stays {one[name]!r}", f"it is {other[name]!r}"
    return None
