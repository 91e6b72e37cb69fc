"""Which service an update names: unknown, foreign, malformed, no longer active."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance import model
from conformance.observation import Observation, error_code
from conformance.requirement import Citation, Finding, Requirement, family, requirement
from conformance.requirements.citations import page, service_model
from conformance.requirements.rejections import refusal
from conformance.validity import validity
from conformance.verdict import OK, Evidence, Grade, behaves, tolerated, violated

_ARN = page("Request Parameters, serviceArn")

# Reason to requirement: id, sentence, the documented error class if one is.
_UNKNOWN = ("unknown-service", "an ARN of a service that does not exist", "ServiceNotFoundException")
_CLUSTER = ("unknown-cluster", "an ARN in a cluster that does not exist", "ClusterNotFoundException")
_INACTIVE = ("inactive-service", "the ARN of a service that was deleted", "ServiceNotActiveException")
_REASONS: dict[str, tuple[str, str, str]] = {
    "identity/unknown-service": _UNKNOWN,
    "identity/unknown-cluster": _CLUSTER,
    "state/deleted": _INACTIVE,
    "identity/foreign-account": ("foreign-account", "an ARN of another account", ""),
    "identity/foreign-region": ("foreign-region", "an ARN of another Region", ""),
    "identity/foreign-partition": ("foreign-partition", "an ARN of another partition", ""),
    "identity/other-resource": ("other-resource", "the ARN of something that is no service", ""),
    "identity/not-an-arn": ("not-an-arn", "a serviceArn that is no ARN", ""),
    "identity/empty": ("empty-arn", "an empty serviceArn", ""),
    "identity/missing": ("missing-arn", "no serviceArn", ""),
    "identity/wrong-type": ("wrong-type-arn", "a serviceArn that is no JSON string", ""),
}


def _requirements() -> Iterable[Requirement]:
    for name, words, documented in _REASONS.values():
        citations: tuple[Citation, ...] = (page(f"Errors, {documented}"),) if documented else ()
        answer = f" with {documented}" if documented else ""
        yield Requirement(
            id=f"reject/{name}",
            sentence=f"An update with {words} is rejected{answer}.",
            evidence=Evidence.DOCUMENTED,
            citations=(_ARN, *citations),
        )


@family(_requirements())
def wrong_services_are_rejected(observation: Observation) -> Iterator[Finding]:
    """Where a class is documented, another declared class is tolerated.

    Public observations of the real service show InvalidParameterException for an unknown service. For the
    identities without a documented class, any refusal will do.
    """
    found = validity(observation)
    if len(found.defects) != 1 or found.defects[0].id not in _REASONS:
        return
    grade = refusal(observation, found)
    name, _, documented = _REASONS[found.defects[0].id]
    if grade is OK and documented:
        grade = _class(documented, error_code(observation.exchange))
    if grade is not None:
        yield f"reject/{name}", grade


def _class(documented: str, code: str) -> Grade:
    if code == documented:
        return OK
    expected, observed = f"error class {documented}", code or "no error class"
    declared = code in model.operation().error_names
    return tolerated(expected, observed) if declared else violated(expected, observed)


@requirement(
    "semantics/unknown-service-class",
    "Which error class answers an update of an unknown service.",
    evidence=Evidence.OPEN,
    citations=(page("Errors, ServiceNotFoundException and InvalidParameterException"),),
)
def class_for_an_unknown_service(observation: Observation) -> Iterator[Grade]:
    """The page declares one class, public observations of the real service show another."""
    if [d.id for d in validity(observation).defects] == ["identity/unknown-service"] and observation.rejected:
        yield behaves(f"an unknown service is answered with {error_code(observation.exchange) or 'no class'}")


@requirement(
    "semantics/short-name",
    "Whether a service's short name is taken in the place of its ARN.",
    evidence=Evidence.OPEN,
    citations=(_ARN, service_model("UpdateExpressGatewayServiceRequest.serviceArn")),
)
def short_names(observation: Observation) -> Iterator[Grade]:
    """The page says ARN; a command of the AWS CLI says short name or ARN."""
    if [d.id for d in validity(observation).defects] == ["identity/short-name"]:
        if observation.accepted:
            yield behaves("a short name is accepted as serviceArn")
        elif observation.rejected:
            yield behaves("a short name is rejected as serviceArn")
