"""The classifier: what is wrong with a request, and what nobody knows."""

from __future__ import annotations

import json

import pytest
from hypothesis import assume, given
from streams import ACCOUNT, ARN, CONFIG, DEFINITION, OTHER, ROLE, SECRET, Stream

from conformance import model
from conformance.validity import Validity, validity
from strategies.baselines import baseline
from strategies.near_misses import near_misses
from strategies.updates import TASK_DEFINITION, valid_updates

LOGS = {"logGroup": "/ecs/app", "logStreamPrefix": "app"}


def container(**members):
    """A primary container with an image and these members."""
    return {"primaryContainer": {"image": "nginx:1", **members}}


def found(members, *, arn=ARN, config=CONFIG, twin=None, prepare=None):
    """What is found in an update of a service that has this configuration."""
    stream = Stream()
    stream.create()
    if prepare:
        prepare(stream)
    stream.describe(config)
    sent = stream.update(twin) if twin is not None else None
    body = members if isinstance(members, bytes) else {"serviceArn": arn, **members}
    stream.send(model.OPERATION, body, twin=sent)
    return validity(stream.observations()[-1])


DEFECTS = [
    ("body/json", b"{"),
    ("body/json", b"[]"),
    ("type/cpu", {"cpu": 256}),
    ("type/primaryContainer", {"primaryContainer": []}),
    ("type/primaryContainer.containerPort", container(containerPort="80")),
    ("type/primaryContainer.containerPort", container(containerPort=True)),
    ("type/primaryContainer.containerPort", container(containerPort=80.5)),
    ("type/primaryContainer.command", container(command="run")),
    ("type/primaryContainer.command[]", container(command=[1])),
    ("type/primaryContainer.environment[].name", container(environment=[{"name": 1, "value": "x"}])),
    ("type/taskDefinitionArn", {"taskDefinitionArn": 1}),
    ("missing/primaryContainer.image", {"primaryContainer": {"containerPort": 80}}),
    ("missing/primaryContainer.image", {"primaryContainer": {"image": None, "containerPort": 80}}),
    (
        "missing/primaryContainer.awsLogsConfiguration.logGroup",
        container(awsLogsConfiguration={"logStreamPrefix": "app"}),
    ),
    ("missing/primaryContainer.secrets[].valueFrom", container(secrets=[{"name": "S"}])),
    ("enum/scalingTarget.autoScalingMetric", {"scalingTarget": {"autoScalingMetric": "average_cpu"}}),
    ("range/primaryContainer.containerPort", container(containerPort=0)),
    ("range/primaryContainer.containerPort", container(containerPort=65536)),
    ("range/scalingTarget.minTaskCount", {"scalingTarget": {"minTaskCount": -1}}),
    ("range/scalingTarget.maxTaskCount", {"scalingTarget": {"maxTaskCount": -1}}),
    (
        "range/scalingTarget.minTaskCount-maxTaskCount",
        {"scalingTarget": {"minTaskCount": 3, "maxTaskCount": 2}},
    ),
    ("range/scalingTarget.autoScalingTargetValue", {"scalingTarget": {"autoScalingTargetValue": 0}}),
    (
        "range/scalingTarget.autoScalingTargetValue",
        {"scalingTarget": {"autoScalingTargetValue": 101, "autoScalingMetric": "AVERAGE_CPU"}},
    ),
    ("range/healthCheckPath", {"healthCheckPath": "/" + "x" * 1024}),
    ("format/healthCheckPath", {"healthCheckPath": "ping"}),
    ("format/primaryContainer.image", {"primaryContainer": {"image": ""}}),
    ("format/primaryContainer.image", {"primaryContainer": {"image": "a b"}}),
    ("format/primaryContainer.image", {"primaryContainer": {"image": "a" * 256}}),
    ("format/taskRoleArn", {"taskRoleArn": "role"}),
    ("format/executionRoleArn", {"executionRoleArn": "arn:aws:s3:::bucket"}),
    (
        "duplicate/primaryContainer.environment[].name",
        container(environment=[{"name": "A", "value": "x"}] * 2),
    ),
    (
        "duplicate/primaryContainer.secrets[].name",
        container(secrets=[{"name": "S", "valueFrom": SECRET}] * 2),
    ),
    ("pair/cpu", {"cpu": "257", "memory": "512"}),
    ("pair/memory", {"cpu": "256", "memory": "513"}),
    ("pair/cpu-memory", {"cpu": "256", "memory": "4096"}),
]


@pytest.mark.parametrize(("defect", "members"), DEFECTS)
def test_each_defect_is_found_alone(defect, members):
    """A request with one defect has that one, and no doubt beside it."""
    verdict = found(members)
    assert [each.id for each in verdict.defects] == [defect]
    assert verdict.doubts == ()


DOUBTS = [
    {},
    {"cpu": None},
    {"cpu": ""},
    {"cpu": "1 vCPU"},
    {"cpu": " 256", "memory": "512"},
    {"cpu": "0256"},
    {"cpu": "4096"},
    {"memory": "8192"},
    {"taskRoleArn": ""},
    {"taskRoleArn": ROLE.replace(ACCOUNT, "999999999999")},
    {"healthCheckPath": ""},
    {"healthCheckPath": "/é"},
    {"healthCheckPath": "/a#b"},
    {"unknownMember": 1},
    {"networkConfiguration": {"unknownMember": 5}},
    {"cluster": "default"},
    {"scalingTarget": {}},
    {"scalingTarget": {"minTaskCount": 1, "maxTaskCount": None}},
    container(command=None),
    {"scalingTarget": {"maxTaskCount": 0}},
    {"scalingTarget": {"minTaskCount": 4}},
    {"scalingTarget": {"maxTaskCount": 100_000}},
    {"scalingTarget": {"autoScalingTargetValue": 101}},
    {"networkConfiguration": {"subnets": []}},
    {"networkConfiguration": {"subnets": ["subnet-1"]}},
    {"networkConfiguration": {"subnets": ["subnet-1", "subnet-1"]}},
    {"networkConfiguration": {"subnets": ["", "subnet-1"]}},
    {"networkConfiguration": {"subnets": ["mine", "subnet-1"]}},
    {"networkConfiguration": {"securityGroups": ["default"]}},
    container(command=[]),
    container(command=[""]),
    container(command=["a\x00"]),
    container(environment=[]),
    container(environment=[None]),
    container(environment=[{"name": "C"}]),
    container(environment=[{"name": "C", "value": ""}]),
    container(environment=[{"name": "C", "value": " x "}]),
    container(environment=[{"name": "a-b", "value": "x"}]),
    container(environment=[{"value": "x"}]),
    container(environment=[{"name": "C", "value": "x" * 60_000}]),
    container(secrets=[{"name": "S", "valueFrom": "parameter"}]),
    container(secrets=[{"name": "A", "valueFrom": SECRET}]),
    container(secrets=[{"name": "S", "valueFrom": SECRET}], environment=[{"name": "S", "value": "x"}]),
    container(awsLogsConfiguration={}),
    container(awsLogsConfiguration={**LOGS, "logGroup": ""}),
    container(awsLogsConfiguration={**LOGS, "logGroup": "a b"}),
    container(repositoryCredentials={"credentialsParameter": "name"}),
    {"primaryContainer": {"image": "UPPER/case"}},
    {"primaryContainer": {"image": "a:b:c"}},
]


@pytest.mark.parametrize("members", DOUBTS, ids=lambda members: json.dumps(members)[:160])
def test_what_nobody_knows_is_a_doubt(members):
    """Where no document says what becomes of a value, the request is neither valid nor surely invalid."""
    verdict = found(members)
    assert verdict.doubts
    assert not verdict.valid
    real = {each.id for each in verdict.defects} - {"missing/primaryContainer.awsLogsConfiguration.logGroup"}
    assert real <= {
        "missing/primaryContainer.awsLogsConfiguration.logStreamPrefix",
        "format/primaryContainer.environment[].name",
    }


def test_numbers_beyond_32_bits_are_a_doubt():
    """An integer of the model has 32 bits; what a service makes of a larger one is not documented."""
    assert (
        "scalingTarget.maxTaskCount does not fit into 32 bits"
        in found({"scalingTarget": {"maxTaskCount": 2**31}}).doubts
    )


def test_secrets_need_an_execution_role():
    """Secrets for a service of which no execution role is known are a doubt."""
    bare = {name: value for name, value in CONFIG.items() if name != "executionRoleArn"}
    members = container(secrets=[{"name": "S", "valueFrom": SECRET}])
    assert not found(members, config=bare).valid
    assert found({**members, "executionRoleArn": ROLE}, config=bare).valid
    assert found(members).valid


VALID = [
    {"cpu": "512", "memory": "1024"},
    {"cpu": "256", "memory": None, "healthCheckPath": "/"},
    {"memory": "1024"},
    {"healthCheckPath": "/health?deep=1"},
    {"taskRoleArn": f"{ROLE}/path/name"},
    {"scalingTarget": {"minTaskCount": 0}},
    {"scalingTarget": {"autoScalingMetric": "REQUEST_COUNT_PER_TARGET", "autoScalingTargetValue": 65536}},
    {"networkConfiguration": {"subnets": ["subnet-2", "subnet-1"]}},
    container(),
    container(command=["sh", "-c", "echo é; run"], awsLogsConfiguration=LOGS),
    container(environment=[{"name": "_a1", "value": "€ {}"}]),
    {"primaryContainer": {"image": f"{ACCOUNT}.dkr.ecr.us-east-1.amazonaws.com/a/b@sha256:{'0' * 64}"}},
    {"primaryContainer": {"image": "localhost:5000/a_b/c-d:v1.2_x"}},
]


@pytest.mark.parametrize("members", VALID, ids=lambda members: json.dumps(members)[:160])
def test_plain_updates_are_valid(members):
    """An update with documented values has neither defects nor doubts."""
    assert found(members) == Validity((), ())


@given(valid_updates().filter(bool))
def test_drawn_updates_are_valid(members):
    """The classifier agrees with the strategies that draw valid updates.

    But for a minimum alone of more than one task: a target that resets the maximum may refuse it.
    """
    scaling = members.get("scalingTarget") or {}
    assume("maxTaskCount" in scaling or (scaling.get("minTaskCount") or 0) <= 1)
    drawn = {**members, "taskDefinitionArn": DEFINITION} if "taskDefinitionArn" in members else members
    verdict = found(drawn, config={**CONFIG, **baseline()}, prepare=Stream.register)
    assert verdict.valid, verdict


# What the strategies plant, though nobody knows what the real service makes of it.
OPEN = {"format/cpu", "format/memory"}


@given(near_misses())
def test_drawn_near_misses_have_one_defect(case):
    """The classifier finds exactly one defect in each near miss, and none in its twin."""

    def placed(members):
        switch = members.get("taskDefinitionArn") == TASK_DEFINITION
        return {**members, "taskDefinitionArn": DEFINITION} if switch else members

    config = {**CONFIG, **baseline()}
    verdict = found(placed(case["members"]), config=config, prepare=Stream.register)
    assert (len(verdict.defects), verdict.doubts) == (1, ()) or case["defect"] in OPEN, verdict
    assert found(placed(case["twin"]), config=config, prepare=Stream.register).valid


def test_a_shrunk_near_miss_has_no_defect():
    """Where shrinking took the defect away, none is found, whatever the request was drawn as."""
    assert found({"cpu": "512", "memory": "4096"}, twin={"cpu": "512", "memory": "1024"}).valid


MAIN = {"name": "Main", "image": "i", "portMappings": [{"containerPort": 80, "name": "web"}]}
FARGATE = {"requiresCompatibilities": ["FARGATE"]}


@pytest.mark.parametrize(
    ("kind", "registered"),
    [
        ("main-container", {**FARGATE, "containerDefinitions": [{**MAIN, "name": "main"}]}),
        ("main-container", {**FARGATE, "containerDefinitions": [None, 5]}),
        ("single-port-mapping", {**FARGATE, "containerDefinitions": [{**MAIN, "portMappings": []}]}),
        ("single-port-mapping", {**FARGATE, "containerDefinitions": [{**MAIN, "portMappings": [{}, {}]}]}),
        (
            "port-name",
            {**FARGATE, "containerDefinitions": [{**MAIN, "portMappings": [{"containerPort": 1}]}]},
        ),
        ("container-port", {**FARGATE, "containerDefinitions": [{**MAIN, "portMappings": [{"name": "x"}]}]}),
        ("fargate", {"requiresCompatibilities": ["EC2"], "containerDefinitions": [MAIN]}),
        ("fargate", {"requiresCompatibilities": 5, "containerDefinitions": [MAIN]}),
    ],
)
def test_task_definitions_are_read_as_registered(kind, registered):
    """What is wrong with a task definition is read from the request that registered it."""
    verdict = found({"taskDefinitionArn": DEFINITION}, prepare=lambda stream: stream.register(registered))
    assert [each.id for each in verdict.defects] == [f"task-definition/{kind}"]


def test_a_task_definition_that_fits_fargate_unasked_is_a_doubt():
    """If the target found it fit for Fargate though it was not asked to, nobody knows whether it will do."""
    body = {"containerDefinitions": [MAIN]}
    prepared = found(
        {"taskDefinitionArn": DEFINITION},
        prepare=lambda stream: stream.register(body, compatibilities=["EC2", "FARGATE"]),
    )
    assert prepared.defects == ()
    assert prepared.doubts


def test_an_unknown_task_definition():
    """Another revision of a family that was seen does not exist; of another family nobody knows."""
    unknown = DEFINITION.removesuffix("1") + "99"
    known = found({"taskDefinitionArn": unknown}, prepare=Stream.register)
    assert [each.id for each in known.defects] == ["task-definition/unknown"]
    assert found({"taskDefinitionArn": unknown}).doubts == ("nobody saw the task definition registered",)


@pytest.mark.parametrize("name", ["primaryContainer", "executionRoleArn", "taskRoleArn", "cpu", "memory"])
def test_exclusions(name):
    """Each member that a task definition replaces is a defect beside it."""
    whole = {**baseline(), "memory": "4096"}
    verdict = found({"taskDefinitionArn": DEFINITION, name: whole[name]}, prepare=Stream.register)
    assert [each.id for each in verdict.defects] == [f"exclusion/{name}"]


@pytest.mark.parametrize(
    ("arn", "kind"),
    [
        (None, "missing"),
        (5, "wrong-type"),
        ([], "wrong-type"),
        ("", "empty"),
        ("!", "not-an-arn"),
        ("arn:x", "not-an-arn"),
        ("web", "short-name"),
        ("default/web", "short-name"),
        (f"{ARN}-2", "unknown-service"),
        (ARN.replace("default", "other"), "unknown-cluster"),
        (ARN.replace("us-east-1", "eu-west-1"), "foreign-region"),
        (ARN.replace(ACCOUNT, "999999999999"), "foreign-account"),
        (ARN.replace("arn:aws:", "arn:aws-cn:"), "foreign-partition"),
        (ARN.replace(":service/", ":cluster/"), "other-resource"),
        ("arn:aws:s3:::bucket", "other-resource"),
        (ROLE, "other-resource"),
    ],
)
def test_identities(arn, kind):
    """How a serviceArn differs from those that the target returned is the defect."""
    verdict = found({"healthCheckPath": "/"}, arn=arn, twin={"healthCheckPath": "/"})
    assert [each.id for each in verdict.defects] == [f"identity/{kind}"]


@pytest.mark.parametrize("arn", [f"{ARN}-2", ARN.replace("default", "other")])
def test_a_service_that_nobody_made_up_may_exist(arn):
    """Without a twin, a service that was never shown may be older than the recording."""
    verdict = found({"healthCheckPath": "/"}, arn=arn)
    assert (verdict.defects, len(verdict.doubts)) == ((), 1)


def test_a_service_elsewhere_under_another_name():
    """An ARN that differs in several parts is not called anything."""
    arn = OTHER.replace("us-east-1", "eu-west-1")
    assert found({"cpu": "256"}, arn=arn, twin={"cpu": "256"}).defects == ()


def test_a_deleted_service():
    """An update of a service that was deleted has that for its defect."""
    stream = Stream()
    stream.describe()
    stream.delete()
    stream.refuse({"healthCheckPath": "/"}, "ServiceNotActiveException")
    assert [each.id for each in validity(stream.answer()).defects] == ["state/deleted"]
