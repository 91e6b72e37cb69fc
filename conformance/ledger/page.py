"""The API page of the operation, sentence by sentence, in its order and in our words."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.ledger import errors, parameters, shapes
from conformance.ledger.excuses import REAL_TASKS
from conformance.ledger.sentence import Sentence, Written, stated
from conformance.model import Operation
from conformance.requirements.citations import page

_DESCRIPTION: tuple[Written, ...] = (
    (
        "existing-service",
        "It changes the configuration of an Express service that exists already.",
        ("operation/supported", "show/*", "reject/unknown-service"),
    ),
    (
        "what-changes",
        "Container settings, resources, scaling and further parameters can be changed.",
        ("accept/every-valid-update", "reflect/*", "show/*"),
    ),
    (
        "not-recreated",
        "The change does not recreate the service.",
        ("identity/service-arn", "identity/created-at", "identity/ingress-endpoint"),
    ),
    (
        "new-revision",
        "ECS makes a new service revision that has the changed configuration.",
        ("revision/new-for-each-change", "revision/in-answer", "revision/shown-by-describe"),
    ),
    ("rolling-deployment", "A rolling deployment replaces the running tasks.", REAL_TASKS),
    (
        "stays-available",
        "The service stays available while it is updated.",
        ("identity/status-active", "identity/status-active-in-describe", "ingress/available"),
    ),
    ("zero-downtime", "A deployment has no downtime.", ("ingress/available",)),
    (
        "infrastructure-role",
        "The infrastructure role cannot be changed once the service exists.",
        ("identity/infrastructure-role",),
    ),
    (
        "fixed-parameters",
        "What cannot be changed needs a new service.",
        ("identity/service-name", "identity/cluster", "identity/infrastructure-role"),
    ),
)
_PARAMETERS: tuple[Written, ...] = (
    (
        "common",
        "The parameters that all actions share apply here, too.",
        "They are those of signed Query requests; a JSON request has them in its headers.",
    ),
    (
        "json",
        "The request's data is JSON.",
        ("reflect/*", "reject-type/*", "protocol/*", "relation/member-order", "boto3/accepted"),
    ),
)
_ANSWER: tuple[Written, ...] = (
    ("status", "Success is answered with HTTP 200.", ("envelope/success-status",)),
    ("json", "The answer's data is JSON.", ("envelope/success-body", "envelope/content-type")),
    (
        "service",
        "service describes the service in full, as it is after the update.",
        (
            *("response-unknown/answer", "reflect/*", "identity/service-arn", "revision/in-answer"),
            "semantics/target-configuration",
        ),
    ),
)


def sentences(operation: Operation) -> Iterator[Sentence]:
    """The page from its top to its end; what follows from shapes, as the installed model has them."""
    yield from stated("page/description", page("Description"), *_DESCRIPTION)
    yield from (entry for entry in shapes.request_syntax(operation) if entry.on_page)
    yield from stated("page/parameters", page("Request Parameters"), *_PARAMETERS)
    yield from parameters.sentences(operation)
    yield from (entry for entry in shapes.response_syntax(operation) if entry.on_page)
    yield from stated("page/answer", page("Response Elements"), *_ANSWER)
    yield from errors.sentences(operation)
