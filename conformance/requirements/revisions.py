"""Every update makes a new service revision, and Describe shows it.

Describe may show several revisions, in any order: nothing here assumes one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.comparison import same, value_at
from conformance.observation import Observation, configurations, newest_configuration, service_of
from conformance.requirement import Citation, Concern, requirement
from conformance.requirements.citations import page, service_model, terraform
from conformance.validity import validity
from conformance.verdict import OK, Evidence, Grade, behaves, tolerated, violated

_NEW_REVISION = page("Description: a new service revision with updated configuration")
_DERIVED = Citation(
    document="terraform-provider-aws, public pull request",
    section="with a task definition, the answer holds a derived primaryContainer and the roles",
    url="https://github.com/hashicorp/terraform-provider-aws/pull/49095",
)


def _changes(observation: Observation) -> bool | None:
    """Whether the request asks for something that is not so already; None where that is unknown."""
    before = observation.config_before
    if not before:
        return None
    shown = service_of(observation.before)
    # A deployment in flight may fail, and the service go back to another revision that is active still.
    bases = configurations(shown) if shown.get("currentDeployment") else [before]
    changes = {_differs(observation, base) for base in bases}
    return changes.pop() if len(changes) == 1 else None


def _differs(observation: Observation, base: Mapping[str, Any]) -> bool:
    request = observation.request
    return any(not same(path, value_at(request, path), value_at(base, path)) for path in observation.carried)


def known_revisions(observation: Observation) -> list[Any]:
    """The revisions that Describe showed before, or that the service's last updates returned."""
    shown = [entry.get("serviceRevisionArn") for entry in configurations(service_of(observation.before))]
    return [*shown, *(observation.service.revisions if observation.service else ())]


@requirement(
    "revision/new-for-each-change",
    "An update that changes the configuration creates a new service revision.",
    evidence=Evidence.DOCUMENTED,
    citations=(_NEW_REVISION,),
)
def changes_make_revisions(observation: Observation) -> Iterator[Grade]:
    """Whether an update that changes nothing makes one too is open, and not judged here."""
    revision = observation.target.get("serviceRevisionArn")
    if not observation.accepted or revision is None or not validity(observation).valid:
        return
    if _changes(observation):
        new = revision not in known_revisions(observation)
        yield OK if new else violated("a serviceRevisionArn not seen before", f"{revision!r} again")


@requirement(
    "revision/in-answer",
    "The answer names the service revision that the update creates.",
    evidence=Evidence.INFERRED,
    citations=(service_model("ExpressGatewayServiceConfiguration.serviceRevisionArn"), _NEW_REVISION),
)
def the_answer_names_the_revision(observation: Observation) -> Iterator[Grade]:
    """That targetConfiguration is complete is said only loosely."""
    if observation.accepted and observation.answer:
        named = isinstance(observation.target.get("serviceRevisionArn"), str)
        yield OK if named else violated("targetConfiguration.serviceRevisionArn is there", "it is absent")


@requirement(
    "revision/shown-by-describe",
    "Right after an update, Describe shows the service revision that the update returned.",
    evidence=Evidence.OBSERVED,
    citations=(terraform(45235, "the new configuration is read at once"),),
    concern=Concern.CHANGE,
)
def describe_shows_the_revision(observation: Observation) -> Iterator[Grade]:
    """Its place among the active configurations is not documented."""
    revision = observation.target.get("serviceRevisionArn")
    if observation.accepted and isinstance(revision, str):
        shown = [entry.get("serviceRevisionArn") for entry in configurations(service_of(observation.after))]
        yield OK if revision in shown else violated(f"{revision!r} is active", f"active are {shown!r}")


@requirement(
    "revision/task-definition",
    "Every service revision names the task definition that it uses.",
    evidence=Evidence.MODELLED,
    citations=(service_model("ExpressGatewayServiceConfiguration.taskDefinitionArn"),),
    concern=Concern.CHANGE,
)
def revisions_name_their_task_definition(observation: Observation) -> Iterator[Grade]:
    """The text says that it is present for all Express services, managed or provided."""
    entry = observation.config_after
    if observation.accepted and entry:
        named = isinstance(entry.get("taskDefinitionArn"), str)
        yield OK if named else violated("taskDefinitionArn is there", "it is absent")


@requirement(
    "task-definition/derived-container",
    "With a customer's task definition, the answer shows a primaryContainer derived from it.",
    evidence=Evidence.OBSERVED,
    citations=(_DERIVED,),
)
def the_container_is_derived(observation: Observation) -> Iterator[Grade]:
    """Compares the image only; what else is derived is not documented."""
    registered = observation.task_definitions.get(str(observation.request.get("taskDefinitionArn")))
    if not observation.accepted or registered is None or not validity(observation).valid:
        return
    containers = [c for c in registered["containerDefinitions"] if isinstance(c, dict)]
    images = [c.get("image") for c in containers if c.get("name") == "Main"]
    found = value_at(observation.target, "primaryContainer.image")
    expected = f"primaryContainer.image is {images[0]!r}"
    if found is None:
        yield tolerated(expected, "it is absent")
    else:
        yield OK if found == images[0] else violated(expected, f"it is {found!r}")


@requirement(
    "semantics/only-service-arn",
    "What an update does that carries nothing but serviceArn.",
    evidence=Evidence.OPEN,
    citations=(page("Request Parameters: only serviceArn is required"),),
)
def empty_updates(observation: Observation) -> Iterator[Grade]:
    """Only serviceArn is required, but whether there must be something to update is not said."""
    if observation.request.keys() == {"serviceArn"} and _alive(observation) and _decided(observation):
        yield behaves(f"an update with only serviceArn is {_outcome(observation)}")


@requirement(
    "semantics/same-values",
    "What an update does that asks for what is so already.",
    evidence=Evidence.OPEN,
    citations=(_NEW_REVISION,),
)
def unchanging_updates(observation: Observation) -> Iterator[Grade]:
    """Public observations of the real service differ."""
    asks = observation.request.keys() != {"serviceArn"}
    if asks and _decided(observation) and validity(observation).valid and _changes(observation) is False:
        yield behaves(f"an update with the present values is {_outcome(observation)}")


def _alive(observation: Observation) -> bool:
    return observation.service is not None and not observation.service.deleted


def _decided(observation: Observation) -> bool:
    return observation.accepted or observation.rejected


def _outcome(observation: Observation) -> str:
    if not observation.accepted:
        return "rejected"
    new = observation.target.get("serviceRevisionArn") not in known_revisions(observation)
    return "accepted and makes a new revision" if new else "accepted and makes no new revision"


@requirement(
    "semantics/active-configurations",
    "How many active configurations Describe shows after an update, and whether the newest one is the first.",
    evidence=Evidence.OPEN,
    citations=(service_model("ECSExpressGatewayService.activeConfigurations"),),
    concern=Concern.CHANGE,
)
def active_configurations(observation: Observation) -> Iterator[Grade]:
    """No document gives an order; reports of the real service show several at once, in no order of time."""
    shown = service_of(observation.after)
    if observation.accepted and len(configurations(shown)) == 1:
        yield behaves("after an update, Describe shows one active configuration")
    elif observation.accepted and (newest := newest_configuration(shown)):
        place = "as the first one" if newest is configurations(shown)[0] else "further down"
        yield behaves(f"after an update, Describe may show several configurations, the newest {place}")


@requirement(
    "semantics/target-configuration",
    "How complete the answer's targetConfiguration is, against what Describe shows.",
    evidence=Evidence.OPEN,
    citations=(page("Response Syntax, targetConfiguration"),),
    concern=Concern.CHANGE,
)
def completeness(observation: Observation) -> Iterator[Grade]:
    """Documented only as the configuration to which the service is being updated."""
    if observation.accepted and observation.config_after and observation.target:
        missing = _present(observation.config_after) - _present(observation.target)
        words = f"lacks {', '.join(sorted(missing))}" if missing else "has all that Describe shows"
        yield behaves(f"targetConfiguration {words}")


def _present(configuration: Mapping[str, Any]) -> set[str]:
    return {name for name, value in configuration.items() if value not in (None, [], {})}
