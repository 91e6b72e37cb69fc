"""How requests may be written, and how answers are."""

from __future__ import annotations

from conformance.questions.question import Question, Recipe
from conformance.questions.reading import both, tabled, told
from conformance.questions.shapes import (
    absent,
    counted,
    errors,
    ingress,
    managed_group,
    restricted,
    tags_described,
    tags_on_create,
    times,
)
from conformance.questions.trying import changed
from conformance.signing import WRONG_WAYS
from strategies.raw import KINDS

_PORT = "primaryContainer.containerPort"
_BODIES = (
    "byte-order-mark",
    "duplicate-names",
    "trailing-data",
    "invalid-utf-8",
    "deep-nesting",
    "large-body",
)
_LINES = ("method", "path", "content-type", "no-content-type", "no-target", "foreign-target", "target-case")


def _unreadable() -> dict[str, Recipe]:
    """All that cannot be read at all."""
    return {
        f"{kind.name}, {variant}": {"do": "raw", "raw": {"kind": kind.name, "variant": variant}}
        for kind in KINDS.values()
        if kind.meaning == "none"
        for variant in kind.variants
    }


QUESTIONS = (
    Question(
        id="json-types",
        theme="JSON types",
        asks="How does an update answer a member of another JSON type than the model's?",
        informs=("reject/*", "protocol/*"),
        read=tabled(),
        tries={
            "a number for cpu": changed({"cpu": 2048}),
            "a string for a port": changed({_PORT: "8081"}),
            "8081.0 for a port": changed({_PORT: 8081.0}, dear=True),
            "80.5 for a port": changed({_PORT: 80.5}),
            "2^31 for a port": changed({_PORT: 2**31}),
            "2^64 for a port": changed({_PORT: 2**64}),
            "true for a path": changed({"healthCheckPath": True}),
            "an object for a list": changed({"primaryContainer.command": {}}),
            "a list for an object": changed({"scalingTarget": []}),
            "a number in a list of strings": changed({"primaryContainer.command": [1]}),
            "a string for an object": changed({"primaryContainer": "image"}),
        },
    ),
    Question(
        id="bodies-unreadable",
        theme="protocol",
        asks="How does an update answer a body that cannot be read, or an operation that there is not?",
        informs=("protocol/unknown-operation-class", "protocol/*"),
        read=both(tabled(), told("protocol/unknown-operation-class")),
        tries=_unreadable(),
    ),
    Question(
        id="bodies-odd",
        theme="protocol",
        asks="What becomes of bodies that can be read in several ways?",
        informs=(*(f"protocol/{name}" for name in _BODIES), "protocol/letter-case"),
        read=told(),
        spends="updates",
    ),
    Question(
        id="request-lines-and-headers",
        theme="protocol",
        asks="What becomes of an update with another method, path, Content-Type or X-Amz-Target?",
        informs=tuple(f"protocol/{name}" for name in _LINES),
        read=told(),
    ),
    Question(
        id="wrong-callers",
        theme="callers",
        asks="How is a request answered that is not signed, or not as it has to be?",
        informs=("auth/*",),
        read=both(tabled(), told("auth/signatures")),
        tries={name: {"do": "caller", "caller": name} for name in WRONG_WAYS},
    ),
    Question(
        id="caller-without-permissions",
        theme="callers",
        asks="How is an update answered by a caller who may not update?",
        informs=("auth/*",),
        read=restricted,
        by_hand="It takes a second caller who may describe services, and not update them: give the profile "
        "with --restricted-profile.",
    ),
    Question(
        id="caller-without-task-definitions",
        theme="callers",
        asks="How is an update answered by a caller who may update, but not register task definitions?",
        informs=("auth/*",),
        read=tabled(),
        by_hand="Make a role that may call UpdateExpressGatewayService and not RegisterTaskDefinition, and "
        "send an update with its credentials: a run has no such caller.",
    ),
    Question(
        id="error-form",
        theme="answers",
        asks="How are errors written: the class, the words, other members, headers?",
        informs=("error/*", "envelope/*", "protocol/unknown-operation-class"),
        read=counted(errors),
    ),
    Question(
        id="timestamps",
        theme="answers",
        asks="How are timestamps written?",
        informs=("response-*", "semantics/updated-at"),
        read=counted(times),
    ),
    Question(
        id="absent-members",
        theme="answers",
        asks="Is what is not set absent, null or empty in the answers?",
        informs=("response-*", "semantics/target-configuration"),
        read=counted(absent, apart="a value"),
    ),
    Question(
        id="managed-security-group",
        theme="answers",
        asks="Do answers show a security group that nobody asked for, and where?",
        informs=("keep/networkConfiguration.securityGroups", "merge/networkConfiguration.securityGroups"),
        read=managed_group,
    ),
    Question(
        id="tags-shown",
        theme="tags",
        asks="How are tags shown, by what Describe is asked to include, and in Create's answer?",
        informs=("response-*", "semantics/cluster-form"),
        read=both(tags_described, counted(tags_on_create, name="created")),
        tries={
            "none": {"do": "describe", "members": {}},
            "TAGS": {"do": "describe", "members": {"include": ["TAGS"]}},
            "TAGS twice": {"do": "describe", "members": {"include": ["TAGS", "TAGS"]}},
            "an empty list": {"do": "describe", "members": {"include": []}},
        },
    ),
    Question(
        id="ingress-shown",
        theme="answers",
        asks="Which answers show ingress paths, and with what access?",
        informs=("show/*", "semantics/target-configuration"),
        read=counted(ingress),
    ),
)
