"""What the API page says of each error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.ledger import shapes
from conformance.ledger.excuses import OTHER_OPERATION
from conformance.ledger.sentence import Sentence, Written, stated
from conformance.model import PAGE_ERRORS, Operation
from conformance.requirements.citations import page

_COMMON: Written = (
    "common",
    "An error is one of those listed, or one of those that all actions share.",
    ("envelope/error-class", "boto3/error"),
)
WRITTEN: Mapping[str, tuple[Written, ...]] = {
    "AccessDeniedException": (("meaning", "The caller is not authorised to do this.", ("auth/denied-*",)),),
    "ClientException": (
        ("meaning", "Usually something that the client did is the cause.", ("error/ClientException-*",)),
        ("permission", "The cause may be a user who lacks a permission.", ("auth/denied-class",)),
        ("identifier", "The cause may be an identifier that is not valid.", ("reject/not-an-arn",)),
    ),
    "ClusterNotFoundException": (
        ("meaning", "The cluster that was named was not found.", ("reject/unknown-cluster",)),
        ("list-clusters", "ListClusters shows which clusters there are.", OTHER_OPERATION),
        ("region", "Clusters belong to a Region.", ("reject/foreign-region",)),
    ),
    "InvalidParameterException": (
        (
            "meaning",
            "A parameter of the request is not valid.",
            ("reject/*", "reject-*", "exclusion/*", "task-definition/*", "atomic/*"),
        ),
        ("service-events", "Messages of service events are explained elsewhere.", OTHER_OPERATION),
    ),
    "ServerException": (
        ("meaning", "Usually something that the server did is the cause.", ("envelope/no-server-fault",)),
    ),
    "ServiceNotActiveException": (
        ("meaning", "The service that was named is not active.", ("reject/inactive-service",)),
        ("no-update", "A service that is inactive cannot be updated.", ("reject/inactive-service",)),
        (
            "create-again",
            "A service that was deleted can be created again.",
            ("life-cycle/created-again-takes-updates", "life-cycle/new-created-at"),
        ),
    ),
    "ServiceNotFoundException": (
        (
            "meaning",
            "The service that was named was not found.",
            ("reject/unknown-service", "semantics/unknown-service-class"),
        ),
        ("list-services", "ListServices shows which services there are.", OTHER_OPERATION),
        (
            "cluster-and-region",
            "Services belong to a cluster and to a Region.",
            ("reject/unknown-cluster", "reject/foreign-region", "identity/cluster"),
        ),
    ),
    "UnsupportedFeatureException": (
        (
            "meaning",
            "The Region does not support what was asked for.",
            "Only a Region without the feature answers so, and no document names one.",
        ),
    ),
}


def sentences(operation: Operation) -> Iterator[Sentence]:
    """The errors that the page lists, in its order: what it says of each, and its form."""
    yield from stated("page/errors", page("Errors"), _COMMON)
    declared = {error.name: error for error in operation.errors}
    for name in sorted(PAGE_ERRORS):
        yield from stated(f"page/{name}", page(f"Errors, {name}"), *WRITTEN[name])
        if name in declared:
            yield from shapes.error_form(declared[name])
