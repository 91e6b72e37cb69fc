"""The mutants: each is wrong, is found, and says how it is wrong."""

from __future__ import annotations

import json

import pytest
from emulator_neighbours import CREATE, CUSTOMER, PLACE, ROLE, Around, Clock

from conformance import model
from conformance.emulator.errors import unknown_operation
from conformance.emulator.front import Front, Parts
from conformance.emulator.mutants import MUTANTS, mutant_named
from conformance.emulator.mutants.mutant import mutant
from conformance.emulator.records import Timing
from conformance.exceptions import ConfigurationError

WEB, API = PLACE.arn("service/shop/Web"), PLACE.arn("service/shop/api")
RICH = {
    **CREATE,
    "serviceName": "Web",
    "cpu": "512",
    "memory": "2048",
    "cpuArchitecture": "ARM64",
    "healthCheckPath": "/up",
    "taskRoleArn": f"{ROLE}task",
    "scalingTarget": {"minTaskCount": 2, "maxTaskCount": 4, "autoScalingTargetValue": 50},
    "networkConfiguration": {"subnets": ["subnet-a"], "securityGroups": ["sg-a"]},
    "primaryContainer": {
        "image": "nginx:1",
        "containerPort": 8080,
        "command": ["run"],
        "environment": [{"name": "A", "value": "1"}],
        "secrets": [{"name": "S", "valueFrom": "parameter"}],
    },
}
TASK_DEFINITIONS = {
    "good": CUSTOMER,
    "no-main": {
        **CUSTOMER,
        "containerDefinitions": [{**CUSTOMER["containerDefinitions"][1], "name": "main"}],
    },
    "no-fargate": {**CUSTOMER, "requiresCompatibilities": ["EC2"]},
}


def definition(family):
    """The ARN of one of the task definitions."""
    return PLACE.arn(f"task-definition/{family}:1")


# A conversation that has something to say about every requirement which a mutant breaks.
CONVERSATION = [
    (model.CREATE, RICH),
    (model.CREATE, {**CREATE, "serviceName": "api"}),
    (model.OPERATION, {"serviceArn": WEB, "scalingTarget": {"maxTaskCount": 9}}),
    (model.OPERATION, {"serviceArn": WEB, "primaryContainer": {"image": "nginx:2"}}),
    (model.OPERATION, {"serviceArn": WEB, "primaryContainer": {"image": "nginx:2", "command": ["go"]}}),
    (model.OPERATION, {"serviceArn": WEB, "primaryContainer": {"image": "nginx:2", "containerPort": 81}}),
    (model.OPERATION, {"serviceArn": WEB, "primaryContainer": {"image": "nginx:2", "containerPort": "82"}}),
    (model.OPERATION, {"serviceArn": WEB, "networkConfiguration": {"subnets": ["subnet-b"]}}),
    (model.OPERATION, {"serviceArn": WEB, "networkConfiguration": {"securityGroups": ["sg-b"]}}),
    (model.OPERATION, {"serviceArn": WEB, "healthCheckPath": "/new", "taskRoleArn": f"{ROLE}new"}),
    (model.DESCRIBE, {"serviceArn": WEB}),
    (model.OPERATION, {"serviceArn": WEB, "healthCheckPath": "/refused", "cpu": "1"}),
    (model.DESCRIBE, {"serviceArn": WEB}),
    (model.DESCRIBE, {"serviceArn": API}),
    (model.OPERATION, {"serviceArn": API, "taskDefinitionArn": definition("good"), "cpu": "512"}),
    (
        model.OPERATION,
        {
            "serviceArn": API,
            "taskDefinitionArn": definition("good"),
            "primaryContainer": {"image": "nginx:2"},
        },
    ),
    (model.OPERATION, {"serviceArn": API, "taskDefinitionArn": definition("no-main")}),
    (model.OPERATION, {"serviceArn": API, "taskDefinitionArn": definition("no-fargate")}),
    (model.OPERATION, {"serviceArn": PLACE.arn("service/shop/none")}),
    (model.OPERATION, {"serviceArn": PLACE.arn("service/none/web")}),
    (model.OPERATION, {"serviceArn": WEB.replace(PLACE.account, "210987654321")}),
    (model.DELETE, {"serviceArn": WEB}),
    (model.OPERATION, {"serviceArn": WEB}),
]


RAW_FROM = 2  # as soon as both services are there
# The same, in bytes that a client does not write; and what the Content-Type says of them.
_PLAIN = {"serviceArn": WEB, "healthCheckPath": "/raw"}
_TEXT = json.dumps(_PLAIN)
RAW = [
    ("application/x-amz-json-1.1", _TEXT),
    ("application/x-amz-json-1.1; charset=utf-8", _TEXT),
    ("application/x-amz-json-1.1; charset=UTF-8", _TEXT),
    ("application/json", _TEXT),
    ("", json.dumps({**_PLAIN, "scalingTarget": None})),
    ("", json.dumps(_PLAIN, indent=1)),
    ("", json.dumps(dict(reversed(_PLAIN.items())))),
    ("", json.dumps({**_PLAIN, "tags": [{"key": "k", "value": "v"}]})),
    ("", json.dumps({"serviceArn": WEB, "HealthCheckPath": "/cased"})),
    ("", f"{_TEXT} trailing"),
    ("", _TEXT[:-1]),
    ("", _TEXT.replace('"', "'")),
    ("", f"[{_TEXT}]"),
    ("", ""),
    ("", _TEXT),
]


def conversation(parts):
    """The replies to the conversation, and which revision ids came again; what is random is masked."""
    clock, around = Clock(), Around()
    for family, members in TASK_DEFINITIONS.items():
        around.register({"family": family, **members})
    front = Front(parts, timing=Timing(drain_seconds=1, clock=clock))
    backend = front.backend(PLACE, around)
    replies, seen = [], []

    def note(reply):
        kind = reply.headers["Content-Type"]
        replies.append((reply.status, sorted(reply.headers), kind, masked(reply.body, seen)))

    note(front.refuse("", unknown_operation()))
    for index, (operation, request) in enumerate(CONVERSATION):
        clock.now += 2
        if index == RAW_FROM:
            for content_type, body in RAW:
                note(front.reply(backend, model.OPERATION, body.encode(), content_type=content_type))
            web = json.dumps({"serviceArn": WEB}).encode()
            note(front.reply(backend, model.DESCRIBE, web))
            note(front.reply(backend, model.DESCRIBE, web, agent="Boto3/1.44.5"))
        note(front.reply(backend, operation, json.dumps(request).encode()))
    return replies


def masked(body, seen):
    """A body whose random identifiers are numbered in the order in which they first came."""

    def walk(value, name=""):
        if isinstance(value, dict):
            return {key: walk(child, key) for key, child in value.items()}
        if isinstance(value, list):
            return [walk(child, name) for child in value]
        if name in RANDOM or (str(value).startswith("sg-") and len(value) > len("sg-b")):
            if value not in seen:
                seen.append(value)
            return f"#{seen.index(value)}"
        return value

    try:
        return walk(json.loads(body))
    except ValueError:
        return body


RANDOM = {"serviceRevisionArn", "endpoint", "logGroup", "currentDeployment"}


@pytest.fixture(scope="module")
def reference():
    """What the reference emulator replies."""
    return conversation(Parts())


def test_the_reference_replies_the_same_again(reference):
    """With what is random masked, two conversations with the reference are equal: a difference is a fault."""
    assert conversation(Parts()) == reference
    assert {status for status, *_ in reference} == {200, 400}


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_replies_differently(reference, name):
    """Each mutant differs from the reference in at least one reply, and never by a mistake of its own."""
    replies = conversation(Parts().with_part(MUTANTS[name].part))
    assert replies != reference
    assert all(b"ServerException" not in json.dumps(str(reply)).encode() for reply in replies)


@pytest.mark.parametrize("name", MUTANTS)
def test_a_mutant_says_what_is_wrong(name):
    """A mutant has a kebab name, one sentence about its fault, and ids of requirements."""
    mutant = MUTANTS[name]
    assert mutant.name == name
    assert name == name.lower().replace("_", "-").replace(" ", "-")
    assert mutant.fault.endswith(".")
    assert mutant.breaks
    assert all("/" in requirement for requirement in mutant.breaks)


def test_an_unknown_name_is_answered_with_close_ones():
    """A misspelt mutant is a mistake of the user, who is shown the names that are close."""
    with pytest.raises(ConfigurationError) as refused:
        mutant_named("update-reset-cpu")
    assert "update-resets-cpu" in refused.value.hint
    assert mutant_named("update-resets-cpu").breaks == ("preserve/cpu",)


def test_a_mutant_must_be_of_a_part():
    """A class that is no part of the emulator cannot take the place of one."""
    stray = mutant(Clock, "__call__", "x/y")(lambda proceed, _: proceed())
    with pytest.raises(TypeError):
        Parts().with_part(stray.part)
