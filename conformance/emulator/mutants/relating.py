"""Each update does what it may, and several of them do not agree.

Most of these faults are in what a partial scalingTarget does to its other members. No document says whether
they stay, so no single update tells the fault; that they stay at one time and not at another does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, ClassVar

from conformance import model
from conformance.emulator.backend import Backend
from conformance.emulator.mutants.editing import edited
from conformance.emulator.mutants.mutant import Mutant, Proceed, mutant
from conformance.emulator.reading import Reader
from conformance.emulator.records import Change, Members, Service
from conformance.emulator.writing import Reply, Writer

_SCALING = "scalingTarget"


def _resetting(change: Change, backend: Backend) -> Change:
    """The change, and what its scalingTarget leaves out goes back to the defaults."""
    if _SCALING not in change.request:
        return change
    defaults = backend.merger.defaults([])[_SCALING]
    scaling = {**defaults, **change.request[_SCALING]}
    return replace(change, configuration={**change.configuration, _SCALING: scaling})


@mutant(Backend, "apply", "relation/repeat")
def unchanging_update_resets(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """An update that asks for what is so already resets what its scalingTarget leaves out."""
    same = change.configuration == change.service.target.configuration
    return proceed(_resetting(change, backend) if same else change)


@mutant(Backend, "apply", "relation/union")
def company_resets(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """An update with scalingTarget and other members resets what the scalingTarget leaves out."""
    alone = change.request.keys() <= {"serviceArn", _SCALING}
    return proceed(change if alone else _resetting(change, backend))


@mutant(Backend, "apply", "relation/order")
def update_after_another_member_resets(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """After an update of anything else, an update resets what its scalingTarget leaves out."""
    now, before = change.service.target, change.service.former or change.service.target
    last = {name for name, value in now.configuration.items() if before.configuration.get(name) != value}
    return proceed(_resetting(change, backend) if last and _SCALING not in last else change)


class _Snapshots(Backend):
    """Starts an update from what Describe showed last.

    Attributes:
        shown: by service ARN, the service as Describe showed it.
    """

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.shown: dict[str, Service] = {}

    def describe(self, request: Members) -> dict[str, Any]:
        """DescribeExpressGatewayService."""
        answer = super().describe(request)
        arn = answer["service"]["serviceArn"]
        self.shown[arn] = self.services[arn]
        return answer

    def plan(self, service: Service, request: Members) -> Change:
        """What an update leads to; a service that was deleted and created again is another one."""
        shown = self.shown.get(service.arn, service)
        base = shown.target if shown.created_at == service.created_at else service.target
        change = super().plan(replace(service, target=base), request)
        return replace(change, service=service)


SNAPSHOTS = Mutant(
    name="update-starts-from-the-last-describe",
    fault="Of two updates with no Describe between them, the second one undoes the first.",
    breaks=("relation/order", "relation/union"),
    part=_Snapshots,
)


class _Undoing(Backend):
    """Takes an update of the members that the last one had for its repair, and resets another member.

    Attributes:
        last: by service ARN, the members of the update since which nobody described the service.
    """

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self.last: dict[str, frozenset[str]] = {}

    def describe(self, request: Members) -> dict[str, Any]:
        """DescribeExpressGatewayService."""
        self.last.pop(request["serviceArn"], None)
        return super().describe(request)

    def apply(self, change: Change) -> Service:
        """Let a change take effect, and perhaps more."""
        arn, names = change.service.arn, frozenset(change.request)
        if self.last.get(arn) == names and "healthCheckPath" not in names:
            change = replace(change, configuration=edited(change.configuration, "healthCheckPath", "/ping"))
        self.last[arn] = names
        return super().apply(change)


UNDOING = Mutant(
    name="undoing-update-resets-the-health-check",
    fault="An update of the members that the one right before it had resets healthCheckPath.",
    breaks=("relation/revert",),
    part=_Undoing,
)


@mutant(Backend, "apply", "relation/same-update")
def every_fourth_update_resets(proceed: Proceed, backend: Backend, change: Change) -> Any:
    """Every fourth update of a service resets what its scalingTarget leaves out."""
    number = int(change.service.target.task_definition.rpartition(":")[2])
    return proceed(change if number % 4 else _resetting(change, backend))


def _reset(request: Members) -> Members:
    """The request with the default for what its scalingTarget leaves out."""
    defaults = {"minTaskCount": 1, "maxTaskCount": 20, "autoScalingMetric": "AVERAGE_CPU"}
    scaling = {**defaults, "autoScalingTargetValue": 60, **request.get(_SCALING, {})}
    return {**request, _SCALING: scaling} if _SCALING in request else request


@mutant(Reader, "request", "relation/member-order")
def order_of_members_counts(proceed: Proceed, reader: Reader, operation: str, body: bytes) -> Any:
    """An update that does not begin with serviceArn resets what its scalingTarget leaves out."""
    request = proceed(operation, body)
    begins = [*reader.document(body)][:1] == ["serviceArn"]
    return request if begins or operation != model.OPERATION else _reset(request)


@mutant(Reader, "request", "relation/white-space")
def white_space_counts(proceed: Proceed, _: Reader, operation: str, body: bytes) -> Any:
    """An update in several lines resets what its scalingTarget leaves out."""
    request = proceed(operation, body)
    return _reset(request) if b"\n" in body and operation == model.OPERATION else request


@mutant(Reader, "request", "relation/null-member")
def null_inside_resets(proceed: Proceed, reader: Reader, operation: str, body: bytes) -> Any:
    """A member of scalingTarget that is null is reset; it stays if it is left out."""
    request, scaling = proceed(operation, body), reader.document(body).get(_SCALING)
    if operation != model.OPERATION or not isinstance(scaling, Mapping):
        return request
    nulls = {name for name, value in scaling.items() if value is None}
    reset = {name: value for name, value in _reset(request)[_SCALING].items() if name in nulls}
    return {**request, _SCALING: {**request[_SCALING], **reset}}


@mutant(Reader, "request", "relation/unknown-member")
def unknown_member_resets(proceed: Proceed, reader: Reader, operation: str, body: bytes) -> Any:
    """An update with a member that it does not have resets what its scalingTarget leaves out."""
    request, names = proceed(operation, body), reader.document(body).keys()
    known = {member.path for member in model.operation().input}
    return request if operation != model.OPERATION or names <= known else _reset(request)


class _Taking(Reader, Writer):
    """Takes a member in an update for the service's own, and shows it.

    Attributes:
        member: which.
        taken: what updates had, by service ARN; of all instances, since one reads and another one writes.
    """

    member: ClassVar[str]
    taken: ClassVar[dict[str, Any]]

    def request(self, operation: str, body: bytes) -> Members:
        """The members of a request; the one in an update is remembered."""
        request, document = super().request(operation, body), self.document(body)
        if operation == model.OPERATION and document.get(self.member):
            self.taken[request.get("serviceArn", "")] = document[self.member]
        return request

    def success(self, operation: str, answer: dict[str, Any]) -> Reply:
        """The reply to a request; a Describe has the member that was remembered."""
        taken = self.taken.get(answer["service"]["serviceArn"])
        if operation == model.DESCRIBE and taken:
            answer = edited(answer, f"service.{self.member}", taken)
        return super().success(operation, answer)


def _taken(member: str, words: str) -> Mutant:
    return Mutant(
        name=f"{words.replace(' ', '-')}-in-an-update-is-taken",
        fault=f"An update with {member}, which it does not have, changes the service's {words}.",
        breaks=(f"protocol/{member}-stays",),
        part=type(f"_Taking{member}", (_Taking,), {"member": member, "taken": {}}),
    )


TAKEN = [
    _taken("cluster", "cluster"),
    _taken("serviceName", "name"),
    _taken("infrastructureRoleArn", "infrastructure role"),
]
