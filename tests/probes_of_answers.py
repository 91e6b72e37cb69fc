"""Probes of what answers show, and in which form: for the choices of the emulator's profiles."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

from asking import Emulator

SECRET = "arn:aws:secretsmanager:us-east-1:123456789012:secret:s-AbCdEf"
LATER = 0.12  # seconds after which everything is there
VARIABLES = [{"name": name, "value": name.lower()} for name in ("M", "Z", "A")]
SECRETS = [{"name": name, "valueFrom": SECRET} for name in ("Y", "X")]
TAGS = [{"key": "b", "value": "1"}, {"key": "a", "value": "2"}]
ACCEPTED, INVALID = "accepted", "InvalidParameterException"
_PAIR = (True, True)


def at_once_and_later(ask: Callable[[], Any]) -> tuple[Any, Any]:
    """What is there at once, and what a moment later."""
    first = ask()
    time.sleep(LATER)
    return first, ask()


def is_managed(configuration: dict[str, Any], *given: str) -> list[bool]:
    """For each security group, whether it is none of the given ones."""
    return [group not in given for group in configuration["networkConfiguration"]["securityGroups"]]


def cluster_as_name(emulator: Emulator) -> Any:
    """How the answers to an update and to a Describe name the cluster."""
    arn = emulator.service()
    clusters = emulator.update(arn, cpu="512", memory="1024"), emulator.describe(arn)
    return [answer.service["cluster"].partition(":")[0] for answer in clusters]


def empty_lists(emulator: Emulator) -> Any:
    """Which members that were never set are shown, by an update and by a Describe."""
    members = {"command", "environment", "secrets", "repositoryCredentials"}
    arn = emulator.service()
    shown = emulator.update(arn, healthCheckPath="/x").target, emulator.shown(arn)
    return [sorted(members & each["primaryContainer"].keys()) for each in shown]


def order_of_names(emulator: Emulator) -> Any:
    """The names of variables and of secrets, in the order in which they are shown."""
    container = {"image": "nginx:1", "environment": VARIABLES, "secrets": SECRETS}
    shown = emulator.shown(emulator.service(primaryContainer=container))["primaryContainer"]
    return ["".join(item["name"] for item in shown[name]) for name in ("environment", "secrets")]


def managed_group(emulator: Emulator) -> Any:
    """The place of the managed security group, right after an update and later."""
    network = {"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"]}
    arn = emulator.service(networkConfiguration=network)
    time.sleep(LATER)
    emulator.update(arn, healthCheckPath="/x")
    return at_once_and_later(lambda: is_managed(emulator.shown(arn), "sg-1"))


def digits(emulator: Emulator) -> Any:
    """How many digits the fraction of a timestamp has."""
    text = json.dumps(emulator.describe(emulator.service()).service["createdAt"])
    fraction = len(text.partition(".")[2])
    return "none" if not fraction else "three" if fraction <= 3 else "more"


def status_reason(emulator: Emulator) -> Any:
    """Whether an active service has a reason for its status."""
    return "statusReason" in emulator.describe(emulator.service()).service["status"]


def ingress_at_first(emulator: Emulator) -> Any:
    """Whether an update and a Describe show ingress paths."""
    created = emulator.create()
    arn = created.service["serviceArn"]
    time.sleep(LATER)
    updated = emulator.update(arn, healthCheckPath="/x").target
    return "ingressPaths" in updated, "ingressPaths" in emulator.shown(arn)


def access_types(emulator: Emulator) -> Any:
    """The access types of the ingress paths."""
    return [path["accessType"] for path in emulator.shown(emulator.service())["ingressPaths"]]


def completeness(emulator: Emulator) -> Any:
    """Whether targetConfiguration has what was not asked for."""
    answer = emulator.update(primaryContainer={"image": "nginx:2"}).service
    target = answer.get("targetConfiguration", {})
    return "cpu" in target, "containerPort" in target.get("primaryContainer", {})


def terse(emulator: Emulator) -> Any:
    """The first members of the answer to an update."""
    return sorted(emulator.update(healthCheckPath="/x").service)[:2]


def tags_on_create(emulator: Emulator) -> Any:
    """Whether Create answers the tags."""
    return "tags" in emulator.create(tags=TAGS).service


def order_of_tags(emulator: Emulator) -> Any:
    """The keys of tags as a Describe shows them; and whether it shows none as a list."""
    tagged = emulator.describe(emulator.service(tags=TAGS), "TAGS").service["tags"]
    bare = emulator.describe(emulator.service(), "TAGS").service
    return [tag["key"][:4] for tag in tagged], "tags" in bare


def inactive(emulator: Emulator) -> Any:
    """How many configurations an inactive service has."""
    arn = emulator.service()
    emulator.delete(arn)
    time.sleep(0.25)
    answer = emulator.describe(arn)
    return len(answer.service.get("activeConfigurations", "none")) if answer.status == 200 else answer.outcome


def configurations_at_first(emulator: Emulator) -> Any:
    """How many configurations a service has, right after Create and later."""
    arn = emulator.service()
    return at_once_and_later(lambda: len(emulator.describe(arn).service["activeConfigurations"]))


def overlapping(emulator: Emulator) -> Any:
    """How many configurations are active after many updates, and whether a deployment is in flight."""
    arn = emulator.service()
    time.sleep(0.4)
    for number in range(5):
        emulator.update(arn, healthCheckPath=f"/{number}")
    shown = emulator.describe(arn).service
    return len(shown["activeConfigurations"]), "currentDeployment" in shown


def overlapping_at_length(emulator: Emulator) -> Any:
    """How many configurations are active after many updates, and the newest one's place among them."""
    arn = emulator.service()
    time.sleep(2.6)  # until the first one's deployment has ended
    for number in range(5):
        emulator.update(arn, healthCheckPath=f"/{number}")
    time.sleep(LATER)
    shown = emulator.describe(arn).service["activeConfigurations"]
    return len(shown), [entry["healthCheckPath"] for entry in shown].index("/4")


def oldest_first(emulator: Emulator) -> Any:
    """For each active configuration in mid-deployment, whether it is the new one."""
    arn = emulator.service()
    time.sleep(LATER)
    new = emulator.update(arn, healthCheckPath="/new").target["serviceRevisionArn"]
    shown = emulator.describe(arn).service["activeConfigurations"]
    return [entry["serviceRevisionArn"] == new for entry in shown]


def updated_at_later(emulator: Emulator) -> Any:
    """Whether updatedAt moves when the deployment of an update has ended."""
    updated = emulator.update(healthCheckPath="/x").service
    time.sleep(0.4)
    return emulator.describe(updated["serviceArn"]).service["updatedAt"] > updated["updatedAt"]


def second_update(emulator: Emulator) -> Any:
    """What becomes of an update, of one right after it, and of a later one."""
    arn = emulator.service()
    time.sleep(LATER)
    answers = [emulator.update(arn, healthCheckPath=path).outcome for path in ("/1", "/2")]
    time.sleep(LATER)
    return [*answers, emulator.update(arn, healthCheckPath="/3").outcome]


def after_a_while(emulator: Emulator) -> Any:
    """Which configurations are active, right after an update and later."""
    arn = emulator.service(healthCheckPath="/old")
    time.sleep(LATER)
    emulator.update(arn, healthCheckPath="/new")
    return at_once_and_later(
        lambda: {entry["healthCheckPath"] for entry in emulator.describe(arn).service["activeConfigurations"]}
    )


def reads_after_an_update(emulator: Emulator) -> Any:
    """What several Describes show, right after an update and later."""
    arn = emulator.service(healthCheckPath="/old")
    emulator.update(arn, healthCheckPath="/new")
    at_once = {emulator.shown(arn)["healthCheckPath"] for _ in range(4)}
    time.sleep(LATER)
    return at_once, {emulator.shown(arn)["healthCheckPath"] for _ in range(4)}


def members_of_describe(emulator: Emulator) -> Any:
    """Whether a Describe shows the role and updatedAt of a service, and createdAt of its revision."""
    shown = emulator.describe(emulator.service()).service
    names = ("infrastructureRoleArn", "updatedAt")
    return [*(name in shown for name in names), "createdAt" in shown["activeConfigurations"][0]]


def minutes_behind(emulator: Emulator) -> Any:
    """By how many minutes the clock is behind."""
    return round((time.time() - emulator.create().service["createdAt"]) / 60)


# By choice: what to ask, what the reference answers, and what the profile that makes the choice answers.
PROBES_OF_ANSWERS: dict[str, tuple[Callable[[Emulator], Any], Any, Any]] = {
    "cluster-as-name": (cluster_as_name, ["arn", "arn"], ["default", "default"]),
    "cluster-as-name-in-updates": (cluster_as_name, ["arn", "arn"], ["default", "arn"]),
    "empty-lists": (
        empty_lists,
        [[], []],
        [["command", "environment", "repositoryCredentials", "secrets"]] * 2,
    ),
    "empty-lists-in-describe": (empty_lists, [[], []], [[], ["command", "environment", "secrets"]]),
    "variables-as-sent": (order_of_names, ["AMZ", "XY"], ["MZA", "YX"]),
    "variables-reversed": (order_of_names, ["AMZ", "XY"], ["ZMA", "YX"]),
    "managed-group-first": (managed_group, ([False, True],) * 2, ([True, False],) * 2),
    "managed-group-later": (managed_group, ([False, True],) * 2, ([False], [False, True])),
    "whole-seconds": (digits, "three", "none"),
    "fine-seconds": (digits, "three", "more"),
    "status-reason": (status_reason, False, True),
    "ingress-later": (ingress_at_first, _PAIR, (False, True)),
    "private-ingress": (access_types, ["PUBLIC"], ["PRIVATE", "PUBLIC"]),
    "target-as-asked": (completeness, _PAIR, (False, False)),
    "terse-updates": (terse, ["cluster", "createdAt"], ["serviceArn"]),
    "sparse-describe": (members_of_describe, [True] * 3, [False] * 3),
    "clock-behind": (minutes_behind, 0, 30),
    "tags-on-create": (tags_on_create, False, True),
    "tags-reversed": (order_of_tags, (["b", "a"], True), (["aws:", "a", "b"], False)),
    "inactive-configurations": (inactive, 0, 1),
    "no-configurations-of-inactive": (inactive, 0, 4),
    "no-configurations-at-first": (configurations_at_first, (1, 1), (0, 1)),
    "newest-then-others": (overlapping_at_length, (2, 0), (3, 0)),
    "three-revisions": (overlapping, (2, True), (3, True)),
    "oldest-first": (oldest_first, [True, False], [False, True]),
    "updated-at-of-settling": (updated_at_later, False, True),
    "refused-while-deploying": (second_update, [ACCEPTED] * 3, [ACCEPTED, INVALID, ACCEPTED]),
    "rolled-back": (after_a_while, ({"/old", "/new"}, {"/new"}), ({"/old", "/new"}, {"/old"})),
    "stale-reads": (reads_after_an_update, ({"/new"}, {"/new"}), ({"/old", "/new"}, {"/new"})),
}
