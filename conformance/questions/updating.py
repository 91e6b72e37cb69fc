"""What updates do, and what a service has by default."""

from __future__ import annotations

from conformance.questions.effects import (
    asks_nothing,
    asks_only,
    asks_the_same,
    completeness,
    defaults,
    during_deployment,
    effects,
    left_out,
    updated_at,
)
from conformance.questions.question import Question
from conformance.questions.reading import both, tabled, told
from conformance.questions.trying import changed

_SCALING = {"minTaskCount": 1, "maxTaskCount": 4}

QUESTIONS = (
    Question(
        id="defaults",
        theme="defaults",
        asks="Which values does a service have that is created with two roles and an image alone?",
        informs=("clear/*", "keep/*"),
        read=defaults,
        tries={"create with as little as possible": {"do": "create-least"}},
        spends="creates",
    ),
    Question(
        id="container-members-left-out",
        theme="merging",
        asks="What becomes of the members that an update leaves out of primaryContainer?",
        informs=("keep/primaryContainer*", "merge/primaryContainer"),
        read=both(left_out("primaryContainer"), told("merge/primaryContainer")),
        spends="updates",
    ),
    Question(
        id="scaling-members-left-out",
        theme="merging",
        asks="What becomes of the members that an update leaves out of scalingTarget?",
        informs=("keep/scalingTarget*", "merge/scalingTarget"),
        read=both(left_out("scalingTarget"), told("merge/scalingTarget")),
        spends="updates",
    ),
    Question(
        id="network-members-left-out",
        theme="merging",
        asks="What becomes of subnets or security groups that an update leaves out of networkConfiguration?",
        informs=("keep/networkConfiguration*", "merge/networkConfiguration"),
        read=both(left_out("networkConfiguration"), told("merge/networkConfiguration")),
        spends="updates",
    ),
    Question(
        id="lists-supplied",
        theme="merging",
        asks="Does a list that an update supplies replace the one before, or is it merged into it?",
        informs=(
            "merge/primaryContainer.command",
            "merge/primaryContainer.environment",
            "merge/primaryContainer.secrets",
            "merge/networkConfiguration.subnets",
            "merge/networkConfiguration.securityGroups",
        ),
        read=told(),
        spends="updates",
    ),
    Question(
        id="update-of-nothing",
        theme="revisions",
        asks="What does an update do that carries nothing but serviceArn?",
        informs=("semantics/only-service-arn",),
        read=both(effects({"with nothing but serviceArn": asks_nothing}), told()),
        spends="updates",
    ),
    Question(
        id="update-to-the-same",
        theme="revisions",
        asks="What does an update do that asks for what is so already?",
        informs=("semantics/same-values",),
        read=both(effects({"to what is so already": asks_the_same}), told()),
        spends="updates",
    ),
    Question(
        id="update-of-one-member",
        theme="revisions",
        asks="What does an update make that carries scalingTarget alone, or healthCheckPath alone?",
        informs=("revision/*", "semantics/updated-at"),
        read=effects(
            {
                "of scalingTarget alone": asks_only("scalingTarget"),
                "of healthCheckPath alone": asks_only("healthCheckPath"),
            }
        ),
        tries={
            "scalingTarget": {"do": "update", "members": {"scalingTarget": _SCALING}, "dear": True},
            "healthCheckPath": {
                "do": "update",
                "members": {"healthCheckPath": "/conformance/alone"},
                "dear": True,
            },
        },
        spends="updates",
    ),
    Question(
        id="updates-during-a-deployment",
        theme="deployments",
        asks="Are updates taken while a deployment is under way, and where does Describe show the newest "
        "configuration?",
        informs=("semantics/active-configurations",),
        read=both(during_deployment, told()),
        spends="updates",
    ),
    Question(
        id="target-configuration",
        theme="answers",
        asks="How complete is targetConfiguration in an update's answer, against what Describe then shows?",
        informs=("semantics/target-configuration", "show/*"),
        read=both(completeness, told("semantics/target-configuration")),
        spends="updates",
    ),
    Question(
        id="updated-at",
        theme="answers",
        asks="When does updatedAt move?",
        informs=("semantics/updated-at",),
        read=both(updated_at, told()),
        spends="updates",
    ),
    Question(
        id="texts-emptied",
        theme="clearing",
        asks="What does an empty string do that stands for a role, a path, a size or a task definition?",
        informs=("clear/*-empty-string",),
        read=told(),
        spends="updates",
    ),
    Question(
        id="lists-emptied",
        theme="clearing",
        asks="What does an empty list do, and what does null in the place of a list?",
        informs=(
            "clear/*-empty-list",
            "clear/primaryContainer.command-null",
            "clear/primaryContainer.environment-null",
            "clear/primaryContainer.secrets-null",
            "clear/networkConfiguration.*-null",
        ),
        read=told(),
        spends="updates",
    ),
    Question(
        id="structures-emptied",
        theme="clearing",
        asks="What does an empty structure do, and what does null in the place of a nested one?",
        informs=(
            "clear/*-empty-object",
            "clear/primaryContainer.awsLogsConfiguration-null",
            "clear/primaryContainer.repositoryCredentials*-null",
        ),
        read=told(),
        spends="updates",
    ),
    Question(
        id="numbers-made-null",
        theme="clearing",
        asks="What does null do in the place of a port or of a member of scalingTarget?",
        informs=("clear/scalingTarget.*-null", "clear/primaryContainer.containerPort-null"),
        read=told(),
        spends="updates",
    ),
    Question(
        id="members-unknown",
        theme="members",
        asks="Are members ignored or refused that Update does not have, at the top and in a structure?",
        informs=("protocol/unknown-member",),
        read=both(tabled(), told()),
        tries={
            "cluster": changed({"cluster": "conformance-elsewhere"}, dear=True),
            "primaryContainer.conformance": changed({"primaryContainer.conformance": "x"}, dear=True),
        },
        spends="updates",
    ),
)
