"""Each member of the request: an update with it is accepted, reflected in the answer, shown by Describe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

from conformance import model
from conformance.comparison import contradicts, same, value_at
from conformance.observation import Observation, error_code, refuses_caller, service_of
from conformance.requirement import Concern, Finding, Requirement, family, requirement
from conformance.requirements.citations import page, service_model
from conformance.sizes import offered
from conformance.validity import validity
from conformance.verdict import OK, Evidence, Grade, tolerated, violated

PATHS = model.operation().paths
_REQUIRED = {member.path for member in model.operation().input if member.required}
OPTIONAL_PATHS = frozenset(PATHS) - _REQUIRED
# Structures that can be sent with none of their optional members.
_WITH_REQUIRED = {member.parent for member in model.operation().input if member.required}


def _evidence(path: str) -> Evidence:
    """A member that only the model knows is modelled, the others are documented."""
    return Evidence.DOCUMENTED if path.partition(".")[0] in model.PAGE_REQUEST else Evidence.MODELLED


@family(
    Requirement(
        id=f"accept/{path}",
        sentence=f"A valid update that carries {path} and nothing else that is optional is accepted.",
        evidence=_evidence(path),
        citations=(page(f"Request Parameters, {path.partition('.')[0]}"),),
    )
    for path in PATHS
    if path in OPTIONAL_PATHS
)
def valid_members_are_accepted(observation: Observation) -> Iterator[Finding]:
    """Blames a member only where nothing else could be to blame.

    A refusal of the caller says nothing of the member, and neither does one while a deployment is in flight:
    public reports differ on whether an update is taken then.
    """
    if not validity(observation).valid:
        return
    paths = [path for path in observation.carried if path in OPTIONAL_PATHS]
    if observation.accepted:
        yield from ((f"accept/{path}", OK) for path in paths)
    elif refused_for_itself(observation):
        yield from ((f"accept/{path}", _refusal(observation)) for path in _blamed(paths))


def _blamed(paths: list[str]) -> Iterator[str]:
    """Which of the carried optional members a refusal is about; none if there could be several.

    Where each path holds the next one, it is about the last; and about the structures that hold it and that
    cannot be sent without one of their optional members.
    """
    if not paths or not all(longer.startswith(f"{shorter}.") for shorter, longer in pairwise(paths)):
        return
    path = paths[-1]
    while path:
        yield path
        path = path.rpartition(".")[0]
        if path in _WITH_REQUIRED:
            return


def refused_for_itself(observation: Observation) -> bool:
    """Whether the refusal of a valid request is about the request, and not about the caller or the service.

    So what the service was is known, it was a state to update from, and no deployment was in flight.
    """
    return (
        observation.response is not None
        and bool(observation.config_before)
        and offered(observation.config_before) is not False
        and not refuses_caller(observation.exchange)
        and not service_of(observation.before).get("currentDeployment")
        and error_code(observation.exchange) != "AccessDeniedException"
    )


def _refusal(observation: Observation) -> Grade:
    status = observation.response.status if observation.response else 0
    code = error_code(observation.exchange) or "no error class"
    # That there may be no task at all is seen of the real service, and in no document.
    no_task = value_at(observation.request, "scalingTarget.minTaskCount") == 0
    grade = tolerated if no_task else violated
    return grade("the update is accepted with status 200", f"status {status}, {code}")


@requirement(
    "accept/every-valid-update",
    "Every valid combination of optional members is accepted.",
    evidence=Evidence.DOCUMENTED,
    citations=(page("Request Parameters: all but serviceArn are not required"),),
)
def valid_updates_are_accepted(observation: Observation) -> Iterator[Grade]:
    """Only requests about whose validity there is no doubt are judged."""
    if validity(observation).valid:
        if observation.accepted:
            yield OK
        elif refused_for_itself(observation):
            yield _refusal(observation)


@family(
    Requirement(
        id=f"reflect/{path}",
        sentence=f"The answer's targetConfiguration shows the {path} that the update asked for.",
        evidence=Evidence.MODELLED,
        citations=(
            service_model("UpdatedExpressGatewayService.targetConfiguration"),
            page("Response Syntax, targetConfiguration"),
        ),
    )
    for path in PATHS
)
def supplied_members_are_reflected(observation: Observation) -> Iterator[Finding]:
    """That targetConfiguration is complete is said only loosely, so an absent member is tolerated."""
    if observation.accepted and observation.answer and validity(observation).valid:
        for path in observation.carried:
            wanted = value_at(observation.request, path)
            yield f"reflect/{path}", _shown(path, wanted, observation.target, "targetConfiguration")


@family(
    (
        Requirement(
            id=f"show/{path}",
            sentence=f"After an accepted update, Describe shows its {path} in the new service revision.",
            evidence=Evidence.MODELLED,
            citations=(service_model("ECSExpressGatewayService.activeConfigurations"),),
        )
        for path in PATHS
    ),
    concern=Concern.CHANGE,
)
def supplied_members_are_shown(observation: Observation) -> Iterator[Finding]:
    """Judges the entry of the revision that the update returned; its place in the list is not documented."""
    if not observation.accepted or not validity(observation).valid:
        return
    entry = observation.config_after
    if entry and entry.get("serviceRevisionArn") == observation.target.get("serviceRevisionArn"):
        for path in observation.carried:
            wanted = value_at(observation.request, path)
            yield f"show/{path}", _shown(path, wanted, entry, "activeConfigurations")


def _shown(path: str, wanted: Any, configuration: Mapping[str, Any], where: str) -> Grade:
    found = value_at(configuration, path)
    if same(path, wanted, found):
        return OK
    expected = f"{where}.{path} is {wanted!r}"
    if contradicts(path, wanted, found):
        return violated(expected, f"it is {found!r}")
    return tolerated(expected, "it is absent" if found is None else f"it is {found!r}")
