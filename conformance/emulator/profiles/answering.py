"""What answers show, and in which form."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from conformance.emulator.answers import Answers
from conformance.emulator.backend import Backend
from conformance.emulator.configuration import DERIVED
from conformance.emulator.profiles.choice import choice
from conformance.emulator.records import Members, Revision, Service

_HALF_AN_HOUR = 1800.0
_LISTS = ("command", "environment", "secrets")
_NO_MEMBER = "service model: no member of an answer is required"


def _with(answer: dict[str, Any], **members: Any) -> dict[str, Any]:
    """An answer with other members of its service."""
    return {"service": {**answer["service"], **members}}


@choice("how answers name the cluster", reference="by its ARN", source="terraform-provider-aws#47277")
class ClusterAsName(Answers):
    """By its short name."""

    def identity(self, service: Service) -> dict[str, Any]:
        """What all answers have in common."""
        return {**super().identity(service), "cluster": service.cluster}


@choice("how answers name the cluster", reference="by its ARN", source="terraform-provider-aws#47277, #47280")
class ClusterAsNameInUpdates(Answers):
    """By its short name in the answer to an update, by its ARN in all others."""

    def updated(self, service: Service) -> dict[str, Any]:
        """Update's answer."""
        return _with(super().updated(service), cluster=service.cluster)


@choice("a list that was never set", reference="is absent", source="terraform-provider-aws#47436")
class EmptyLists(Answers):
    """It is an empty list, and a structure that was never set is an empty object."""

    def container(self, container: Members) -> dict[str, Any]:
        """ExpressGatewayContainer."""
        never: dict[str, Any] = {"repositoryCredentials": {}, **{name: [] for name in _LISTS}}
        return {**never, **super().container(container)}


@choice("a list that was never set", reference="is absent", source="terraform-provider-aws#47436")
class EmptyListsInDescribe(Answers):
    """It is absent in the answers to Create and Update, and an empty list in Describe's."""

    def described(self, service: Service, tags: Sequence[Members] | None) -> dict[str, Any]:
        """Describe's answer."""
        answer = super().described(service, tags)
        for entry in answer["service"].get("activeConfigurations", []):
            shown = entry.get("primaryContainer", {})
            entry["primaryContainer"] = {**{name: [] for name in _LISTS}, **shown}
        return answer


@choice("order of variables and secrets", reference="by name", source="service model: lists, no order given")
class VariablesAsSent(Answers):
    """As they were sent."""

    def container(self, container: Members) -> dict[str, Any]:
        """ExpressGatewayContainer."""
        sent = {name: [dict(item) for item in container[name]] for name in _LISTS[1:] if name in container}
        return {**super().container(container), **sent}


@choice("order of variables and secrets", reference="by name", source="service model: lists, no order given")
class VariablesReversed(Answers):
    """By name, the last one first."""

    def container(self, container: Members) -> dict[str, Any]:
        """ExpressGatewayContainer."""
        answer = super().container(container)
        return {**answer, **{name: answer[name][::-1] for name in _LISTS[1:] if name in answer}}


@choice("place of the managed security group", reference="last", source="terraform-provider-aws#47908")
class ManagedGroupFirst(Answers):
    """First, and the subnets are in another order than they were given in."""

    def network(self, service: Service, network: Members) -> dict[str, Any]:
        """ExpressGatewayServiceNetworkConfiguration."""
        answer = super().network(service, network)
        groups = sorted(answer["securityGroups"], key=lambda group: group != service.managed_group)
        return {"subnets": answer["subnets"][::-1], "securityGroups": groups}


@choice("the managed security group", reference="is there at once", source="terraform-provider-aws#47595")
class ManagedGroupLater(Answers):
    """It is absent right after Create and Update, and appears a moment later."""

    def network(self, service: Service, network: Members) -> dict[str, Any]:
        """ExpressGatewayServiceNetworkConfiguration."""
        answer = super().network(service, network)
        if self.timing.clock() - service.target.created_at < self.timing.later_seconds:
            answer["securityGroups"] = list(network["securityGroups"])
        return answer


@choice("precision of timestamps", reference="milliseconds", source="Smithy awsJson1_1: epoch-seconds")
class WholeSeconds(Answers):
    """Whole seconds, as JSON integers."""

    def timestamp(self, seconds: float) -> float:
        """Seconds since the epoch as a JSON number."""
        return int(seconds)


@choice("precision of timestamps", reference="milliseconds", source="Smithy awsJson1_1: epoch-seconds")
class FineSeconds(Answers):
    """As many digits of the fraction as there are."""

    def timestamp(self, seconds: float) -> float:
        """Seconds since the epoch as a JSON number."""
        return seconds


@choice("statusReason of an active service", reference="absent", source="service model: optional")
class StatusReason(Answers):
    """There is one."""

    def status(self, service: Service) -> dict[str, Any]:
        """The status."""
        status = super().status(service)
        return {**status, "statusReason": f"The service is {status['statusCode'].lower()}."}


@choice(
    "ingress paths right after Create", reference="are there", source="AWS workshop scripts wait for them"
)
class IngressLater(Answers):
    """They are absent in the answers to Create and Update, and at first in Describe's."""

    def updated(self, service: Service) -> dict[str, Any]:
        """Update's answer."""
        answer = super().updated(service)
        answer["service"].get("targetConfiguration", {}).pop("ingressPaths", None)
        return answer

    def configuration(self, service: Service, revision: Revision) -> dict[str, Any]:
        """ExpressGatewayServiceConfiguration of one revision."""
        answer = super().configuration(service, revision)
        if self.timing.clock() - service.created_at < self.timing.later_seconds:
            answer.pop("ingressPaths", None)
        return answer


@choice("ingress paths", reference="one, PUBLIC", source="service model: a list; PRIVATE is the other value")
class PrivateIngress(Answers):
    """A PRIVATE one, and a PUBLIC one under another endpoint."""

    def configuration(self, service: Service, revision: Revision) -> dict[str, Any]:
        """ExpressGatewayServiceConfiguration of one revision."""
        private = {"accessType": "PRIVATE", "endpoint": f"internal-{service.endpoint}"}
        answer = super().configuration(service, revision)
        shown = answer.get("ingressPaths")
        return {**answer, "ingressPaths": [private, *shown]} if shown else answer


@choice("completeness of targetConfiguration", reference="complete", source="nothing is said")
class TargetAsAsked(Backend):
    """It has what the request has and its revision, and nothing else."""

    def update(self, request: Members) -> dict[str, Any]:
        """UpdateExpressGatewayService."""
        answer = super().update(request)
        target = answer["service"].get("targetConfiguration", {})
        shown = _only(target, {**request, "serviceRevisionArn": "", "createdAt": 0})
        return _with(answer, targetConfiguration=shown)


def _only(shown: Any, asked: Any) -> Any:
    """The members of what is shown that were asked for, at all levels."""
    if isinstance(shown, dict) and isinstance(asked, dict):
        return {name: _only(value, asked[name]) for name, value in shown.items() if name in asked}
    return shown


@choice("members of Update's answer", reference="all of the model", source=_NO_MEMBER)
class TerseUpdates(Answers):
    """Only the ARN of the service."""

    def updated(self, service: Service) -> dict[str, Any]:
        """Update's answer."""
        return {"service": {"serviceArn": super().updated(service)["service"]["serviceArn"]}}


@choice("the answer with a customer's task definition", reference="is derived from it", source=_NO_MEMBER)
class NothingDerived(Answers):
    """It has only its ARN, and nothing that it says."""

    def configuration(self, service: Service, revision: Revision) -> dict[str, Any]:
        """ExpressGatewayServiceConfiguration of one revision."""
        answer = super().configuration(service, revision)
        return answer if revision.managed else {k: v for k, v in answer.items() if k not in DERIVED}


@choice("status in Delete's answer", reference="DRAINING", source="API page: the service is set to DRAINING")
class DeleteAnswersBefore(Backend):
    """That of before, ACTIVE."""

    def delete(self, request: Members) -> dict[str, Any]:
        """DeleteExpressGatewayService."""
        answer = super().delete(request)
        return _with(answer, status={"statusCode": "ACTIVE"})


@choice("members of Describe's answer", reference="all of the model", source=_NO_MEMBER)
class SparseDescribe(Answers):
    """No name, cluster, role and updatedAt of the service, and no createdAt of a revision."""

    def described(self, service: Service, tags: Sequence[Members] | None) -> dict[str, Any]:
        """Describe's answer."""
        absent = {"cluster", "infrastructureRoleArn", "serviceName", "updatedAt"}
        shown = super().described(service, tags)["service"]
        for entry in shown.get("activeConfigurations", []):
            entry.pop("createdAt", None)
        return {"service": {name: value for name, value in shown.items() if name not in absent}}


@choice("the clock", reference="that of the machine", source="nothing says that clients have the same time")
class ClockBehind(Answers):
    """Half an hour behind."""

    def timestamp(self, seconds: float) -> float:
        """Seconds since the epoch as a JSON number."""
        return super().timestamp(seconds - _HALF_AN_HOUR)


@choice("tags in Create's answer", reference="absent", source="nothing is said")
class TagsOnCreate(Backend):
    """They are there."""

    def create(self, request: Members) -> dict[str, Any]:
        """CreateExpressGatewayService."""
        answer = super().create(request)
        tags = [dict(tag) for tag in request.get("tags", [])]
        return _with(answer, tags=tags) if tags else answer


@choice("order of tags", reference="as given", source="service model: a list, no order given")
class TagsReversed(Answers):
    """Another one, with AWS's own tags among them; none at all is no list."""

    def described(self, service: Service, tags: Sequence[Members] | None) -> dict[str, Any]:
        """Describe's answer."""
        if not tags:
            return super().described(service, None)
        managed = {"key": "aws:ecs:serviceName", "value": service.name}
        return super().described(service, [managed, *reversed(tags)])


@choice("configurations of an inactive service", reference="an empty list", source="nothing is said")
class InactiveConfigurations(Answers):
    """The last one."""

    def active_configurations(self, service: Service) -> list[dict[str, Any]]:
        """The configurations that carry traffic, or did."""
        shown = super().active_configurations(service)
        inactive = service.status_code(self.timing) == "INACTIVE"
        return [self.configuration(service, service.target)] if inactive else shown


@choice("configurations of an inactive service", reference="an empty list", source=_NO_MEMBER)
class NoConfigurationsOfInactive(Answers):
    """No member for them."""

    def service(self, service: Service) -> dict[str, Any]:
        """ECSExpressGatewayService without deployment and tags."""
        answer = super().service(service)
        if not answer["activeConfigurations"]:
            del answer["activeConfigurations"]
        return answer
