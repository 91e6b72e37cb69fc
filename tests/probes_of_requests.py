"""Probes of what becomes of requests: for the choices of the emulator's profiles."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from asking import ROLE, Emulator
from probes_of_answers import ACCEPTED, INVALID, SECRETS, VARIABLES

from conformance import model

NOT_FOUND = ["ServiceNotFoundException", "ResourceNotFoundException"]
_PAIR = (True, True)


def defaults(emulator: Emulator) -> Any:
    """What a service is that was created with no values."""
    shown = emulator.shown(emulator.service())
    names = ("cpu", "memory", "cpuArchitecture", "healthCheckPath")
    return [*(shown[name] for name in names), shown["scalingTarget"]["maxTaskCount"]]


def hidden_defaults(emulator: Emulator) -> Any:
    """The members of a container of which only the image was given."""
    return sorted(emulator.shown(emulator.service())["primaryContainer"])


def identifiers(emulator: Emulator) -> Any:
    """How identifiers look: a revision's length, and the starts of family, host and name."""
    shown = emulator.shown(emulator.service())
    revision = shown["serviceRevisionArn"].rpartition("/")[2]
    family = shown["taskDefinitionArn"].rpartition("/")[2].partition("-")[0]
    host = shown["ingressPaths"][-1]["endpoint"].partition("-")[0]
    container = {"primaryContainer": {"image": "nginx:1"}, "executionRoleArn": f"{ROLE}execution"}
    named = emulator.call(model.CREATE, {"infrastructureRoleArn": f"{ROLE}infrastructure", **container})
    return len(revision), family, host, named.service["serviceName"].partition("-")[0]


def partial_structures(emulator: Emulator) -> Any:
    """What becomes of the target value and the group that an update leaves out."""
    scaling = {"minTaskCount": 1, "maxTaskCount": 7, "autoScalingTargetValue": 33}
    network = {"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"]}
    arn = emulator.service(scalingTarget=scaling, networkConfiguration=network)
    shown = emulator.update(
        arn, scalingTarget={"maxTaskCount": 9}, networkConfiguration={"subnets": ["subnet-3", "subnet-4"]}
    ).target
    return shown["scalingTarget"]["autoScalingTargetValue"], "sg-1" in shown["networkConfiguration"][
        "securityGroups"
    ]


def partial_container(emulator: Emulator) -> Any:
    """What becomes of the port and the command that an update leaves out."""
    arn = emulator.service(primaryContainer={"image": "nginx:1", "containerPort": 81, "command": ["run"]})
    shown = emulator.update(arn, primaryContainer={"image": "nginx:2"}).target["primaryContainer"]
    return shown["containerPort"], "command" in shown


def merged_variables(emulator: Emulator) -> Any:
    """The names of variables and secrets after an update with some of them."""
    container = {"image": "nginx:1", "environment": VARIABLES, "secrets": SECRETS}
    arn = emulator.service(primaryContainer=container)
    given = {"image": "nginx:1", "environment": [{"name": "A", "value": "new"}], "secrets": SECRETS[:1]}
    shown = emulator.update(arn, primaryContainer=given).target["primaryContainer"]
    return sorted(item["name"] for item in (*shown["environment"], *shown["secrets"]))


def same_values(emulator: Emulator) -> Any:
    """Whether an update with the present values leaves the revision as it is."""
    arn = emulator.service(healthCheckPath="/same")
    before = emulator.shown(arn)["serviceRevisionArn"]
    return emulator.update(arn, healthCheckPath="/same").target["serviceRevisionArn"] == before


def nothing_asked(emulator: Emulator) -> Any:
    """What becomes of an update with serviceArn only."""
    return emulator.update().outcome


def updated_at(emulator: Emulator) -> Any:
    """Whether an update leaves updatedAt as it is."""
    created = emulator.create().service
    time.sleep(1.1)
    updated = emulator.update(created["serviceArn"], healthCheckPath="/x").service
    return updated["updatedAt"] == created["updatedAt"]


def task_definitions(emulator: Emulator) -> Any:
    """Whether updates of the path and of the image leave the task definition as it is."""
    arn = emulator.service()
    before = emulator.shown(arn)["taskDefinitionArn"]
    return [
        emulator.update(arn, **members).target["taskDefinitionArn"] == before
        for members in ({"healthCheckPath": "/x"}, {"primaryContainer": {"image": "nginx:2"}})
    ]


def leaving_a_task_definition(emulator: Emulator) -> Any:
    """The port after an update from a customer's task definition to an image."""
    arn = emulator.service()
    emulator.update(arn, taskDefinitionArn=emulator.definition())
    answer = emulator.update(arn, primaryContainer={"image": "nginx:2"})
    return answer.target["primaryContainer"]["containerPort"] if answer.status == 200 else answer.outcome


def sizes_with_units(emulator: Emulator) -> Any:
    """What becomes of sizes with units."""
    answer = emulator.update(cpu="1 vCPU", memory="2GB")
    shown = answer.target if answer.status == 200 else {}
    return answer.outcome, shown.get("cpu"), shown.get("memory")


def cpu_alone(emulator: Emulator) -> Any:
    """The memory after an update of a cpu that it does not go with."""
    answer = emulator.update(emulator.service(cpu="256", memory="512"), cpu="4096")
    return answer.target["memory"] if answer.status == 200 else answer.outcome


def emptied(emulator: Emulator) -> Any:
    """What becomes of an empty text, structure and list, each alone."""
    container = {"image": "nginx:1", "command": ["run"], "environment": VARIABLES}
    arn = emulator.service(taskRoleArn=f"{ROLE}task", primaryContainer=container)
    made: list[Any] = []
    for members, look in (
        ({"taskRoleArn": ""}, lambda shown: "taskRoleArn" in shown),
        ({"scalingTarget": {}}, lambda shown: shown["scalingTarget"]["minTaskCount"]),
        ({"primaryContainer": {"image": "nginx:1", "command": []}}, lambda shown: _present(shown, "command")),
    ):
        answer = emulator.update(arn, **members)
        made.append(look(answer.target) if answer.status == 200 else answer.outcome)
        time.sleep(0.35)  # a deployment that is in flight has an end
    return made


def _present(shown: dict[str, Any], name: str) -> bool:
    return bool(shown["primaryContainer"].get(name))


def out_of_range(emulator: Emulator) -> Any:
    """What becomes of values out of their ranges."""
    return [
        emulator.update(**members).outcome
        for members in (
            {"primaryContainer": {"image": "nginx:1", "containerPort": 0}},
            {"scalingTarget": {"minTaskCount": -1}},
            {"scalingTarget": {"minTaskCount": 3, "maxTaskCount": 2}},
            {"scalingTarget": {"autoScalingTargetValue": 101}},
            {"healthCheckPath": "no-slash"},
            {"primaryContainer": {"image": "no image!"}},
        )
    ]


def unknown_sizes(emulator: Emulator) -> Any:
    """What becomes of sizes that Fargate does not have."""
    return emulator.update(cpu="3", memory="5").outcome


def no_role(emulator: Emulator) -> Any:
    """What becomes of a role that is none."""
    return emulator.update(taskRoleArn="no role").outcome


def repeated_names(emulator: Emulator) -> Any:
    """What becomes of variables with one name, and with none."""
    variables = [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}, {"name": "", "value": "3"}]
    return emulator.update(primaryContainer={"image": "nginx:1", "environment": variables}).outcome


def short_name(emulator: Emulator) -> Any:
    """What becomes of updates by short names."""
    name = emulator.service().rpartition("/")[2]
    return [emulator.update(short, healthCheckPath="/x").outcome for short in (name, f"default/{name}")]


def created_twice(emulator: Emulator) -> Any:
    """What becomes of a Create that is sent again, and of another one with its name."""
    first = emulator.create(serviceName=f"twice-{next(Emulator.names)}")
    name = first.service["serviceName"]
    again, other = emulator.create(serviceName=name), emulator.create(serviceName=name, cpu="512")
    return again.outcome, other.outcome


def family_alone(emulator: Emulator) -> Any:
    """What becomes of a task definition without its revision."""
    return emulator.update(taskDefinitionArn=emulator.definition().rpartition(":")[0]).outcome


def unknown_ones(emulator: Emulator) -> Any:
    """What answers an update and a Describe of an unknown service, and in an unknown cluster."""
    arn = emulator.service()
    return [
        ask(wrong).outcome
        for wrong in (f"{arn}-x", arn.replace("/default/", "/none/"))
        for ask in (lambda arn: emulator.update(arn, healthCheckPath="/x"), emulator.describe)
    ]


def invalid_value(emulator: Emulator) -> Any:
    """What answers an invalid value."""
    return emulator.update(cpu="many").outcome


def modelled_mistakes(emulator: Emulator) -> Any:
    """What answers an absent member and an unknown value."""
    mistakes = {"primaryContainer": {"containerPort": 80}}, {"cpuArchitecture": "Z80"}
    return [emulator.update(**members).outcome for members in mistakes]


def deleted(emulator: Emulator) -> Any:
    """What answers an update, a Describe and a Delete of a deleted service."""
    arn = emulator.service()
    emulator.delete(arn)
    asked = emulator.update(arn, healthCheckPath="/x"), emulator.describe(arn), emulator.delete(arn)
    return [answer.outcome for answer in asked]


def ordinary_service(emulator: Emulator) -> Any:
    """What answers a Describe of an ordinary service."""
    return emulator.describe(emulator.ordinary()).outcome


def foreign_role(emulator: Emulator) -> Any:
    """What answers a role of another account."""
    return emulator.update(taskRoleArn="arn:aws:iam::999999999999:role/x").outcome


def unknown_members(emulator: Emulator) -> Any:
    """What becomes of members that the operation does not have."""
    inside = {"image": "nginx:1", "colour": "red"}
    both = {"healthCheckPath": "/x", "tags": []}, {"primaryContainer": inside}
    return [emulator.update(**members).outcome for members in both]


def rate(emulator: Emulator) -> Any:
    """What answers many requests."""
    arn = emulator.service()
    return sorted({emulator.describe(arn).outcome for _ in range(15)})


def derived(emulator: Emulator) -> Any:
    """Whether the answer with a customer's task definition shows its container."""
    answer = emulator.update(taskDefinitionArn=emulator.definition())
    return "primaryContainer" in answer.target


def status_of_delete(emulator: Emulator) -> Any:
    """The status that Delete answers, and that a Describe shows after it."""
    arn = emulator.service()
    answers = emulator.delete(arn), emulator.describe(arn)
    return [answer.service["status"]["statusCode"] for answer in answers]


def name_alone(emulator: Emulator) -> Any:
    """What becomes of a variable without a value."""
    return emulator.update(primaryContainer={"image": "nginx:1", "environment": [{"name": "A"}]}).outcome


def no_task(emulator: Emulator) -> Any:
    """What becomes of a minimum of no task."""
    return emulator.update(scalingTarget={"minTaskCount": 0}).outcome


# By choice: what to ask, what the reference answers, and what the profile that makes the choice answers.
PROBES_OF_REQUESTS: dict[str, tuple[Callable[[Emulator], Any], Any, Any]] = {
    "other-defaults": (defaults, ["256", "512", "X86_64", "/ping", 20], ["1024", "2048", "ARM64", "/", 1]),
    "guide-defaults": (defaults, ["256", "512", "X86_64", "/ping", 20], ["1024", "2048", "X86_64", "/", 20]),
    "hidden-defaults": (hidden_defaults, ["awsLogsConfiguration", "containerPort", "image"], ["image"]),
    "other-identifiers": (identifiers, (19, "default", "we", "nginx"), (5, "express", "express", "express")),
    "structures-replaced": (partial_structures, (33, True), (60, False)),
    "container-replaced": (partial_container, (81, True), (80, False)),
    "variables-merged": (merged_variables, ["A", "Y"], ["A", "M", "X", "Y", "Z"]),
    "no-change-no-revision": (same_values, False, True),
    "empty-update-refused": (nothing_asked, ACCEPTED, "ClientException"),
    "updated-at-kept": (updated_at, False, True),
    "task-definition-kept": (task_definitions, [False, False], [True, False]),
    "customer-forgotten": (leaving_a_task_definition, 8080, 80),
    "customer-stays": (leaving_a_task_definition, 8080, INVALID),
    "sizes-converted": (sizes_with_units, (INVALID, None, None), (ACCEPTED, "1024", "2048")),
    "sizes-adjusted": (cpu_alone, INVALID, "8192"),
    "empty-refused": (emptied, [INVALID, 1, False], ["ClientException"] * 3),
    "empty-ignored": (emptied, [INVALID, 1, False], [True, 1, True]),
    "empty-clears": (emptied, [INVALID, 1, False], [False, 1, False]),
    "ranges-unchecked": (out_of_range, [INVALID] * 6, [ACCEPTED] * 6),
    "sizes-unchecked": (unknown_sizes, INVALID, ACCEPTED),
    "roles-unchecked": (no_role, INVALID, ACCEPTED),
    "names-unchecked": (repeated_names, INVALID, ACCEPTED),
    "short-names": (short_name, [INVALID] * 2, [ACCEPTED] * 2),
    "create-idempotent": (created_twice, (INVALID, INVALID), (ACCEPTED, "ClientException")),
    "revision-required": (family_alone, ACCEPTED, "ClientException"),
    "not-found-is-invalid": (unknown_ones, [*NOT_FOUND, *["ClusterNotFoundException"] * 2], [INVALID] * 4),
    "unknown-cluster-is-unknown-service": (
        unknown_ones,
        [*NOT_FOUND, *["ClusterNotFoundException"] * 2],
        NOT_FOUND * 2,
    ),
    "unknown-service-is-invalid": (
        unknown_ones,
        [*NOT_FOUND, *["ClusterNotFoundException"] * 2],
        [INVALID, NOT_FOUND[1], *["ClusterNotFoundException"] * 2],
    ),
    "invalid-is-client": (invalid_value, INVALID, "ClientException"),
    "modelled-is-validation": (modelled_mistakes, [INVALID] * 2, ["ValidationException"] * 2),
    "deleted-is-gone": (
        deleted,
        ["ServiceNotActiveException", ACCEPTED, "ServiceNotActiveException"],
        ["ServiceNotFoundException", "ResourceNotFoundException", "ServiceNotFoundException"],
    ),
    "deleted-is-invalid": (
        deleted,
        ["ServiceNotActiveException", ACCEPTED, "ServiceNotActiveException"],
        [INVALID, ACCEPTED, INVALID],
    ),
    "ordinary-is-client": (ordinary_service, INVALID, "ClientException"),
    "foreign-role-is-client": (foreign_role, "AccessDeniedException", "ClientException"),
    "unknown-members-refused": (unknown_members, [ACCEPTED] * 2, ["ValidationException"] * 2),
    "throttled": (rate, [ACCEPTED], ["ServiceUnavailable", "ThrottlingException", ACCEPTED]),
    "nothing-derived": (derived, True, False),
    "delete-answers-before": (status_of_delete, ["DRAINING", "DRAINING"], ["ACTIVE", "DRAINING"]),
    "variables-complete": (name_alone, ACCEPTED, INVALID),
    "zero-tasks-refused": (no_task, ACCEPTED, INVALID),
}
