"""How services are named: ARNs that are wrong, names that are left out or taken, and the end of a service."""

from __future__ import annotations

from conformance.questions.lives import delete_answer, deletes_again, describes_after, updates_after
from conformance.questions.question import Question, Recipe
from conformance.questions.reading import both, tabled, told
from conformance.questions.shapes import cluster, counted
from strategies.identities import IDENTITIES

_RESOURCES = ("cluster", "task-definition", "service-revision")
# Of what a Delete names nothing may exist, whatever the target makes of it.
_HARMLESS = tuple(kind for kind in IDENTITIES if kind != "unknown-name")


def _identities(do: str) -> dict[str, Recipe]:
    """Each wrong identity, by its plainest token; other kinds of resources, one by one."""
    found: dict[str, Recipe] = {}
    for kind, identity in IDENTITIES.items():
        tokens = _RESOURCES if kind == "other-resource-type" else identity.tokens[:1]
        for token in tokens:
            label = f"{kind} {token}" if kind == "other-resource-type" else kind
            found[label] = {"do": do, "identity": {"kind": kind, "token": token}}
    return found


def _deletions() -> dict[str, Recipe]:
    harmless = {
        label: recipe
        for label, recipe in _identities("delete-as").items()
        if recipe["identity"]["kind"] in _HARMLESS
    }
    return {"unknown-name": {"do": "delete-as"}, **harmless}


QUESTIONS = (
    Question(
        id="wrong-services-in-update",
        theme="identities",
        asks="How does Update answer a serviceArn that names no service of the account?",
        informs=("semantics/unknown-service-class", "semantics/short-name", "reject/*", "error/*"),
        read=both(tabled(), told("semantics/unknown-service-class", "semantics/short-name")),
        tries=_identities("update-as"),
    ),
    Question(
        id="wrong-services-in-describe",
        theme="identities",
        asks="How does Describe answer a serviceArn that names no service of the account?",
        informs=("error/*", "semantics/short-name"),
        read=tabled(),
        tries=_identities("describe-as"),
    ),
    Question(
        id="wrong-services-in-delete",
        theme="identities",
        asks="How does Delete answer a serviceArn that names no service of the account?",
        informs=("error/*", "life-cycle/*"),
        read=tabled(),
        tries=_deletions(),
    ),
    Question(
        id="ordinary-service",
        theme="identities",
        asks="How is the ARN answered of a service that exists and is no Express service?",
        informs=("reject/*", "error/*"),
        read=tabled(),
        by_hand="Create an ordinary ECS service with no tasks in the same cluster, and send its ARN to "
        "Update, Describe and Delete: a run creates none, as its permissions are for Express services only.",
    ),
    Question(
        id="cluster-form",
        theme="answers",
        asks="Do the answers show the cluster as a name or as an ARN?",
        informs=("semantics/cluster-form",),
        read=both(counted(cluster, name="clusters"), told()),
    ),
    Question(
        id="name-left-out",
        theme="creating",
        asks="Which names do services get that are created without one, twice with the same image?",
        informs=("identity/*",),
        read=tabled("serviceName", of_service=True),
        tries={
            "the first time": {"do": "create", "changes": {"serviceName": None}},
            "the second time": {"do": "create", "changes": {"serviceName": None}},
        },
        spends="creates",
    ),
    Question(
        id="container-or-task-definition",
        theme="creating",
        asks="What does Create do with neither a container nor a task definition, and with both?",
        informs=("exclusion/*", "task-definition/*"),
        read=tabled(),
        tries={
            "neither": {"do": "create", "changes": {"primaryContainer": None, "executionRoleArn": None}},
            "both": {"do": "create", "changes": {"taskDefinitionArn": "(registered)"}},
        },
        spends="creates",
    ),
    Question(
        id="name-taken",
        theme="creating",
        asks="What does Create do under the name of an active service, with the same members or others?",
        informs=("life-cycle/*",),
        read=tabled(),
        tries={
            "the same members": {"do": "create-again", "changes": {}},
            "another path": {"do": "create-again", "changes": {"healthCheckPath": "/conformance/other"}},
        },
        spends="creates",
    ),
    Question(
        id="updates-after-delete",
        theme="life cycle",
        asks="How is an update refused of a service that drains, that is inactive, or that is gone?",
        informs=("life-cycle/*",),
        read=updates_after,
        tries={"a life": {"do": "life", "dear": True}},
        spends="updates",
    ),
    Question(
        id="delete-answer",
        theme="life cycle",
        asks="What does Delete answer, also while a deployment is under way?",
        informs=("life-cycle/*",),
        read=delete_answer,
    ),
    Question(
        id="delete-again",
        theme="life cycle",
        asks="What does a second Delete answer?",
        informs=("life-cycle/*",),
        read=deletes_again,
        spends="creates",
    ),
    Question(
        id="describe-after-delete",
        theme="life cycle",
        asks="What does Describe show of a deleted service, as time goes by?",
        informs=("life-cycle/*",),
        read=describes_after,
    ),
)
