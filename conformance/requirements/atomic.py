"""A refused update changes nothing: Describe shows after it what it showed before.

What a service does by itself meanwhile is no change: a deployment settles or is rolled back, a managed
security group comes or goes, what was absent is filled in. And a Describe may show what was a moment ago.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance import model
from conformance.comparison import altered, value_at
from conformance.facts import ServiceFacts
from conformance.observation import Observation, configurations, newest_configuration, rejected, service_of
from conformance.requirement import Concern, Finding, Requirement, family, requirement
from conformance.requirements.citations import page, service_model
from conformance.requirements.identity import cluster_name, own_tags, status_code
from conformance.requirements.rejections import twin_was_accepted
from conformance.requirements.timestamps import close, seconds
from conformance.validity import validity
from conformance.verdict import OK, Evidence, Grade, violated

_ERROR = page("Errors: an error is the answer instead of an update")
_KINDS = {
    "type": "for a value of the wrong type",
    "missing": "for a required member that is missing",
    "enum": "for a value that its enumeration does not have",
    "range": "for a value that is out of range",
    "format": "for a text of the wrong form",
    "duplicate": "for a name that comes twice",
    "pair": "for a cpu and a memory that do not go together",
    "exclusion": "for members that taskDefinitionArn excludes",
    "task-definition": "for its task definition",
    "state": "since the service is deleted",
}
# What tells revisions apart says less to a person than any other member.
_OF_A_REVISION = {"createdAt", "serviceRevisionArn", "taskDefinitionArn"}
_STATUS_CODES = ("ACTIVE", "DRAINING", "INACTIVE")

_Move = tuple[str, str]


@family(
    (
        Requirement(
            id=f"atomic/{kind}",
            sentence=f"An update that is rejected {reason} changes nothing of the service.",
            evidence=Evidence.INFERRED,
            citations=(_ERROR,),
        )
        for kind, reason in _KINDS.items()
    ),
    concern=Concern.CHANGE,
)
def refusals_change_nothing(observation: Observation) -> Iterator[Finding]:
    """No document says that updates are atomic, but an error that changed something would surprise.

    The whole Describe is compared, but for updatedAt, which has a requirement of its own. Judged where the
    reason of the refusal is known: it is the one defect of the request, and its valid twin was accepted.
    """
    before, after = service_of(observation.before), service_of(observation.after)
    if not observation.rejected or not before or not after or observation.service is None:
        return
    found = validity(observation)
    kinds = {defect.kind for defect in found.defects}
    alone = len(found.defects) == 1 or kinds == {"exclusion"}
    # Of a deleted service nobody knows the configuration, but its twin was taken with the same members.
    certain = alone and (not found.doubts or kinds == {"state"})
    if certain and kinds <= _KINDS.keys() and twin_was_accepted(observation, found):
        yield f"atomic/{kinds.pop()}", unchanged(before, after, observation.service)


@requirement(
    "atomic/identity",
    "An update that is rejected changes nothing of a service that it does not name.",
    evidence=Evidence.INFERRED,
    citations=(_ERROR, page("Request Parameters, serviceArn: the service to update")),
    concern=Concern.READ,
)
def refusals_change_no_other_service(observation: Observation) -> Iterator[Grade]:
    """For updates of what is no service, or no service of this account: they must not hit one that is near.

    Judged where nothing else was sent between the two Describes.
    """
    before, cause, after = observation.before, observation.cause, observation.after
    if before is None or cause is None or after is None or not rejected(cause):
        return
    alone = before.id + 1 == cause.id == after.id - 1
    was, now = service_of(before), service_of(after)
    if alone and was and now and observation.service is not None:
        yield unchanged(was, now, observation.service)


@family(
    (
        Requirement(
            id=f"atomic/{name}",
            sentence=f"An update that is rejected leaves {name} as it was.",
            evidence=Evidence.INFERRED,
            citations=(_ERROR,),
        )
        for name in (*model.operation().optional, "serviceRevisionArn")
    ),
    concern=Concern.CHANGE,
)
def refusals_leave_each_member(observation: Observation) -> Iterator[Finding]:
    """Whatever the reason of the refusal; for the members that the request carries, and the revision."""
    before, after, facts = observation.config_before, observation.config_after, observation.service
    if not observation.rejected or not before or not after or facts is None or facts.deleted:
        return
    other = after.get("serviceRevisionArn") != before.get("serviceRevisionArn")
    if other and not _is_new(after, service_of(observation.before), facts):
        return  # a deployment was rolled back, or one of the Describes shows what was a moment ago
    named = [name for name in model.operation().optional if name in observation.request]
    for name in (*named, "serviceRevisionArn"):
        was, now = value_at(before, name), value_at(after, name)
        moved = altered(name, was, now, facts.groups)
        yield f"atomic/{name}", violated(f"{name} stays {was!r}", f"it is {now!r}") if moved else OK


@requirement(
    "atomic/updatedAt",
    "An update that is rejected does not move the service's updatedAt.",
    evidence=Evidence.INFERRED,
    citations=(service_model("ECSExpressGatewayService.updatedAt"),),
    concern=Concern.CHANGE,
)
def refusals_leave_no_date(observation: Observation) -> Iterator[Grade]:
    """What moves updatedAt is open: a deployment may, or a deletion, so then a move is nobody's fault."""
    before, after = service_of(observation.before), service_of(observation.after)
    facts = observation.service
    if not observation.rejected or "updatedAt" not in before or "updatedAt" not in after or facts is None:
        return
    if before["updatedAt"] == after["updatedAt"]:
        yield OK
    elif not facts.deleted and _settled(before, facts) and _settled(after, facts):
        yield violated(f"updatedAt stays {before['updatedAt']!r}", f"it is {after['updatedAt']!r}")


@requirement(
    "atomic/answer",
    "The answer to an update that is rejected shows no service.",
    evidence=Evidence.INFERRED,
    citations=(service_model("ClientException and the other errors have a message only"), _ERROR),
)
def refusals_show_no_service(observation: Observation) -> Iterator[Grade]:
    """An error may say more than its message, but a revision in it would be one that was made."""
    response = observation.response
    if observation.rejected and response is not None and isinstance(response.json, dict):
        names = response.json.keys() & {"service", "targetConfiguration", "serviceRevisionArn"}
        yield violated("an error", f"an error with {', '.join(sorted(names))}") if names else OK


def unchanged(before: Mapping[str, Any], after: Mapping[str, Any], facts: ServiceFacts) -> Grade:
    """Judge that two Describes show a service that nobody changed, whatever it did by itself meanwhile.

    Where updatedAt moves is open, so that is not compared.

    Args:
        before: the service as a Describe showed it.
        after: the same, later.
        facts: what was known of the service when nothing was to change it any more.
    """
    moved = None if before == after else next(_moves(before, after, facts), None)
    return OK if moved is None else violated(*moved)


def _moves(before: Mapping[str, Any], after: Mapping[str, Any], facts: ServiceFacts) -> Iterator[_Move]:
    """What is no more as it was, as what is expected and what is observed; what says most comes first."""
    yield from _new_revisions(before, after, facts)
    yield from _edited_revisions(before, after, facts)
    yield from _lost_revisions(before, after, facts)
    yield from _other_identity(before, after)
    yield from _other_status(before, after, facts)


def _new_revisions(
    before: Mapping[str, Any], after: Mapping[str, Any], facts: ServiceFacts
) -> Iterator[_Move]:
    """Revisions that no update returned; what they say differently is told first."""
    current = newest_configuration(before, facts.latest)
    for entry in configurations(after):
        if _is_new(entry, before, facts):
            revision = entry["serviceRevisionArn"]
            for name, was, now in _differences(current, entry, facts):
                if name not in _OF_A_REVISION:
                    yield f"{name} stays {was!r}", f"it is {now!r}, in a new revision"
            yield "there is no new service revision", f"{revision!r} is active"


def _edited_revisions(
    before: Mapping[str, Any], after: Mapping[str, Any], facts: ServiceFacts
) -> Iterator[_Move]:
    """Revisions that say something else than before."""
    for entry in configurations(before):
        revision = entry.get("serviceRevisionArn")
        shown = [other for other in configurations(after) if other.get("serviceRevisionArn") == revision]
        if len(shown) == 1:
            for name, was, now in _differences(entry, shown[0], facts):
                yield f"{name} stays {was!r}", f"it is {now!r}"


def _lost_revisions(
    before: Mapping[str, Any], after: Mapping[str, Any], facts: ServiceFacts
) -> Iterator[_Move]:
    """That nothing is active any more. An older revision in its place may be one that Describe shows late."""
    if _settled(before, facts) and not facts.deleted and not configurations(after):
        revision = configurations(before)[0].get("serviceRevisionArn")
        yield f"{revision!r} stays active", "none is active"


def _other_identity(before: Mapping[str, Any], after: Mapping[str, Any]) -> Iterator[_Move]:
    """What makes a service the same, where both Describes show it."""
    for name in ("serviceArn", "serviceName", "infrastructureRoleArn", "cluster", "createdAt", "tags"):
        was, now = before.get(name), after.get(name)
        if was is None or now is None or was == now or (name in _SAME and _SAME[name](was, now)):
            continue
        yield f"{name} stays {was!r}", f"it is {now!r}"


_SAME: Mapping[str, Callable[[Any, Any], bool]] = {
    "cluster": lambda was, now: cluster_name(was) == cluster_name(now),
    "createdAt": close,
    "tags": lambda was, now: own_tags(was) == own_tags(now),
}


def _other_status(
    before: Mapping[str, Any], after: Mapping[str, Any], facts: ServiceFacts
) -> Iterator[_Move]:
    """The status code stays; that of a deleted service only goes on to the next one."""
    was, now = status_code(before), status_code(after)
    if was in _STATUS_CODES and now in _STATUS_CODES and was != now:
        onwards = _STATUS_CODES.index(now) > _STATUS_CODES.index(was)
        if not (facts.deleted and onwards):
            yield f"status.statusCode stays {was!r}", f"it is {now!r}"


def _differences(
    one: Mapping[str, Any], other: Mapping[str, Any], facts: ServiceFacts
) -> Iterator[tuple[str, Any, Any]]:
    """The members of a configuration that another one does not have so."""
    for name in sorted(one, key=lambda name: name in _OF_A_REVISION):
        was, now = one[name], other.get(name)
        if name == "ingressPaths":
            continue  # endpoints are the service's, and come when they are ready
        if altered(name, was, now, facts.groups) and not (name == "createdAt" and close(was, now)):
            yield name, was, now


def _is_new(entry: Mapping[str, Any], before: Mapping[str, Any], facts: ServiceFacts) -> bool:
    """Whether nobody heard of a revision before.

    One that is older than one of those that were shown may have come back: a deployment that fails does that.
    Where the last update is not shown yet, or nobody knows what became of it, any one may be its revision.
    """
    shown = configurations(before)
    active = [other.get("serviceRevisionArn") for other in shown]
    revision, created = entry.get("serviceRevisionArn"), seconds(entry.get("createdAt"))
    if revision is None or None in active or revision in active or revision in facts.revisions:
        return False
    if not shown or (facts.latest and facts.latest not in active):
        return False
    times = [time for other in shown if (time := seconds(other.get("createdAt"))) is not None]
    return created is None or not times or created >= max(times)


def _settled(service: Mapping[str, Any], facts: ServiceFacts) -> bool:
    """Whether the revision of the last update is the only active one, and no deployment is shown."""
    shown = [entry.get("serviceRevisionArn") for entry in configurations(service)]
    alone = len(shown) == 1 and shown[0] == (facts.latest or shown[0])
    return alone and not service.get("currentDeployment")
