"""The oracles on traffic made by hand: what passes, what does not, and what is nobody's fault."""

from __future__ import annotations

import pytest
from streams import ACCOUNT, ARN, CONFIG, DEFINITION, OTHER, REVISION_2, ROLE, Stream, service

from conformance import model

CPU = {"cpu": "512", "memory": "1024"}
AFTER = {**CONFIG, **REVISION_2, **CPU}
CONTAINER = CONFIG["primaryContainer"]
NETWORK = CONFIG["networkConfiguration"]


def changed(members=CPU, target=None, shown=None, *, before=CONFIG, **answer):
    """The stream of a Create, a Describe, an update, and the Describe after it."""
    stream = Stream()
    stream.create(members={"networkConfiguration": NETWORK})
    stream.describe(before)
    update = stream.update(members, target, **answer)
    target = update.response.json["service"]["targetConfiguration"]
    stream.describe(target if shown is None else shown)
    return stream


def test_a_conforming_update_has_nothing_against_it():
    """An update that does what is written passes, in all families that it concerns."""
    stream = changed()
    assert stream.against() == {}
    topics = {id.partition("/")[0] for id in stream.outcomes()}
    assert {
        "accept",
        "reflect",
        "show",
        "preserve",
        "identity",
        "revision",
        "envelope",
        "response-type",
    } <= topics


@pytest.mark.parametrize(
    ("target", "shown", "expected"),
    [
        ({**AFTER, "cpu": "256"}, None, {"reflect/cpu": "violated", "show/cpu": "violated"}),
        ({**AFTER, "healthCheckPath": "/"}, None, {"preserve/healthCheckPath": "violated"}),
        (
            None,
            {**AFTER, "healthCheckPath": "/"},
            {"preserve/healthCheckPath": "violated", "revision/immutable": "violated"},
        ),
        (
            None,
            {name: AFTER[name] for name in AFTER if name != "taskRoleArn"},
            {"preserve/taskRoleArn": "violated"},
        ),
        ({name: AFTER[name] for name in AFTER if name != "cpu"}, AFTER, {"reflect/cpu": "tolerated"}),
        (
            {**AFTER, "primaryContainer": {"image": "nginx:1"}},
            {**AFTER, "primaryContainer": {"image": "nginx:1"}},
            {"preserve/primaryContainer": "violated"},
        ),
        (
            {**AFTER, **REVISION_2, "serviceRevisionArn": "revision/1"},
            None,
            {"revision/new-for-each-change": "violated", "revision/immutable": "violated"},
        ),
        (
            {**AFTER, "createdAt": 1.5},
            None,
            {
                "revision/created-at": "violated",
                "revision/created-at-in-describe": "violated",
                "revision/not-older-than-former": "violated",
            },
        ),
        ({**AFTER, "new": 1}, AFTER, {"response-unknown/service.targetConfiguration": "violated"}),
        (
            {**AFTER, "taskRoleArn": None},
            AFTER,
            {"response-null/service.targetConfiguration.taskRoleArn": "violated"},
        ),
    ],
)
def test_a_wrong_update_is_told_by_its_requirement(target, shown, expected):
    """Each fault is held against the requirement that it breaks, and against no other one."""
    assert changed(CPU, target, shown).against() == expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ({"serviceArn": OTHER}, "identity/service-arn"),
        ({"serviceName": "api"}, "identity/service-name"),
        ({"createdAt": 2000}, "identity/created-at"),
        ({"cluster": "other"}, "identity/cluster"),
        ({"status": {"statusCode": "DRAINING"}}, "identity/status-active"),
        ({"status": {"statusCode": "GONE"}}, "response-enum/service.status.statusCode"),
        ({"updatedAt": "2026-01-01"}, "response-type/service.updatedAt"),
        ({"updatedAt": 1.7e12}, "response-seconds/service.updatedAt"),
        ({"tags": []}, "response-unknown/service"),
    ],
)
def test_a_wrong_identity_is_told(answer, expected):
    """What an update must leave alone is compared with what was shown before."""
    assert expected in changed(**answer).against()


FINE = {
    "a managed security group appears": {
        "networkConfiguration": {**NETWORK, "securityGroups": ["sg-1", "sg-managed"]}
    },
    "variables come in another order": {
        "primaryContainer": {**CONTAINER, "environment": CONTAINER["environment"][::-1]}
    },
    "subnets come in another order": {
        "networkConfiguration": {**NETWORK, "subnets": NETWORK["subnets"][::-1]}
    },
    "an empty command appears": {"primaryContainer": {**CONTAINER, "command": []}},
    "logs are filled in": {
        "primaryContainer": {
            **CONTAINER,
            "awsLogsConfiguration": {"logGroup": "/g", "logStreamPrefix": "ecs"},
        }
    },
    "an endpoint appears": {
        "ingressPaths": [*CONFIG["ingressPaths"], {"accessType": "PRIVATE", "endpoint": "x"}]
    },
}


@pytest.mark.parametrize("what", FINE)
def test_what_the_service_adds_is_no_deviation(what):
    """Orders, managed groups, and what is filled in later are held against nobody."""
    assert changed(CPU, {**AFTER, **FINE[what]}).against() == {}


def test_a_managed_group_may_go_again():
    """A managed group of before that is not shown after is no loss; one that was asked for is."""
    before = {**CONFIG, "networkConfiguration": {**NETWORK, "securityGroups": ["sg-1", "sg-managed"]}}
    assert changed(before=before).against() == {}
    lost = {**AFTER, "networkConfiguration": {**NETWORK, "securityGroups": ["sg-managed"]}}
    assert changed(CPU, lost, before=before).against() == {"preserve/networkConfiguration": "violated"}


def test_an_incomplete_answer_loses_nothing():
    """What targetConfiguration leaves out but Describe shows is not lost."""
    short = {**AFTER, "primaryContainer": {"image": "nginx:1"}}
    assert changed(CPU, short, AFTER).against() == {}
    members = {"primaryContainer": {"image": "nginx:1", "containerPort": 81}}
    target = {**CONFIG, **REVISION_2, "primaryContainer": {"image": "nginx:1"}}
    assert changed(members, target, {**target, **members}).against() == {
        "reflect/primaryContainer": "tolerated",
        "reflect/primaryContainer.containerPort": "tolerated",
        "keep/primaryContainer.environment": "violated",
    }


def test_a_stale_describe_accuses_nobody_of_losing_anything():
    """A Describe that does not show the new revision yet says nothing of what an update kept or set."""
    against = changed(CPU, None, CONFIG).against()
    assert against == {"revision/shown-by-describe": "violated"}


def test_a_timed_out_update_leads_to_no_accusation():
    """What a lost update changed is the state of before the next one, whichever revision it had."""
    stream = Stream()
    stream.create()
    stream.describe()
    stream.update(CPU)
    stream.send(model.OPERATION, {"serviceArn": ARN, "healthCheckPath": "/new"}, failure="timeout")
    second = {**AFTER, "healthCheckPath": "/new", "serviceRevisionArn": "revision/3", "createdAt": 3000}
    stream.describe(AFTER, second)
    third = {**second, "serviceRevisionArn": "revision/4", "createdAt": 4000, "taskRoleArn": f"{ROLE}/new"}
    stream.update({"taskRoleArn": f"{ROLE}/new"}, third)
    stream.describe(second, third)
    assert stream.against() == {}


REFUSALS = [
    (400, "InvalidParameterException", "violated"),
    (404, "", "violated"),
    (500, "ServerException", "violated"),
    (400, "ThrottlingException", None),
    (429, "TooManyRequestsException", None),
    (503, "ServiceUnavailable", None),
    (400, "AccessDeniedException", None),
    (400, "ExpiredTokenException", None),
    (403, "SignatureDoesNotMatch", None),
]


@pytest.mark.parametrize(("status", "code", "outcome"), REFUSALS)
def test_refusals_of_valid_updates(status, code, outcome):
    """A valid update may not be refused; but throttling and refused callers are never judged."""
    stream = Stream()
    stream.create()
    stream.describe()
    stream.refuse({"healthCheckPath": "/"}, code, status)
    outcomes = stream.outcomes()
    assert outcomes.get("accept/healthCheckPath") == outcome
    assert outcomes.get("accept/every-valid-update") == outcome


def test_a_refusal_in_flight_is_not_judged():
    """Whether an update is taken during a deployment is not settled, so a refusal then is nobody's fault."""
    stream = Stream()
    stream.create()
    stream.describe(currentDeployment="arn:aws:ecs:us-east-1:1:service-deployment/a/b/c")
    stream.refuse({"healthCheckPath": "/"})
    assert not {id for id in stream.outcomes() if id.startswith("accept/")}


def test_only_one_member_is_blamed():
    """Of a refused update with several members, none is to blame."""
    stream = Stream()
    stream.create()
    stream.describe()
    stream.refuse({"healthCheckPath": "/", "taskRoleArn": ROLE})
    assert {id for id in stream.outcomes() if id.startswith("accept/")} == {"accept/every-valid-update"}


def near_miss(*, twin=True, refused=True, status=400, code="InvalidParameterException", arn=ARN, **members):
    """A near miss after its valid twin."""
    stream = Stream()
    stream.create()
    stream.describe()
    valid = {"healthCheckPath": "/"}
    sent = stream.update(valid) if twin else stream.refuse(valid)
    stream.describe()
    wrong = {**valid, **members}
    if refused:
        stream.refuse(wrong, code, status, arn=arn, twin=sent)
    else:
        stream.send(model.OPERATION, {"serviceArn": arn, **wrong}, {"service": service(arn)}, twin=sent)
    return stream.outcomes()


def test_a_near_miss_counts_with_its_twin():
    """A refusal counts if the valid twin was accepted; without that, it gives no verdict."""
    id = "reject-type/healthCheckPath"
    assert near_miss(healthCheckPath=5)[id] == "ok"
    assert id not in near_miss(twin=False, healthCheckPath=5)
    assert near_miss(refused=False, healthCheckPath=5)[id] == "violated"
    assert near_miss(twin=False, refused=False, healthCheckPath=5)[id] == "violated"
    assert near_miss(status=500, code="ServerException", healthCheckPath=5)[id] == "violated"
    assert id not in near_miss(status=429, code="ThrottlingException", healthCheckPath=5)
    assert id not in near_miss(code="ExpiredTokenException", healthCheckPath=5)


def test_a_twin_that_differs_in_more_gives_no_verdict():
    """A twin differs by the defect alone, else its acceptance proves nothing."""
    assert "reject-type/cpu" not in near_miss(cpu=5, taskRoleArn=ROLE)


def test_two_defects_are_no_near_miss():
    """A request with two defects is judged for neither of them."""
    outcomes = near_miss(refused=False, cpu=5, taskRoleArn=5)
    assert not {id for id in outcomes if id.startswith("reject-")}


@pytest.mark.parametrize(
    ("code", "outcome"),
    [
        ("ServiceNotFoundException", "ok"),
        ("InvalidParameterException", "tolerated"),
        ("ResourceNotFoundException", "violated"),
        ("", "violated"),
    ],
)
def test_the_class_for_an_unknown_service(code, outcome):
    """The documented class passes, another declared one is tolerated, any other is violated."""
    assert near_miss(arn=f"{ARN}-2", code=code)["reject/unknown-service"] == outcome


def test_an_accepted_update_of_nobody():
    """An update of a service that does not exist may not be accepted."""
    assert near_miss(arn=f"{ARN}-2", refused=False)["reject/unknown-service"] == "violated"
    assert (
        near_miss(arn=ARN.replace(ACCOUNT, "9" * 12), refused=False)["reject/foreign-account"] == "violated"
    )


def test_a_service_older_than_the_recording_is_not_called_unknown():
    """An accepted update of a service that was never shown, and not made up either, is nobody's fault."""
    stream = Stream()
    stream.describe()
    stream.update({"healthCheckPath": "/"}, arn=OTHER)
    assert not {id for id in stream.outcomes() if id.startswith("reject/")}


def test_exclusions_are_judged_in_any_combination():
    """With a task definition, the members that it replaces are refused, alone and together."""
    for names in (["cpu"], ["cpu", "memory"]):
        stream = Stream()
        stream.register()
        stream.create(members={"taskDefinitionArn": DEFINITION})
        stream.describe()
        twin = stream.update({"taskDefinitionArn": DEFINITION})
        stream.describe()
        stream.refuse({"taskDefinitionArn": DEFINITION, **{name: CONFIG[name] for name in names}}, twin=twin)
        outcomes = stream.outcomes()
        assert outcomes["exclusion/any-combination"] == "ok"
        assert outcomes.get("exclusion/cpu") == ("ok" if names == ["cpu"] else None)


@pytest.mark.parametrize(
    ("shown", "update", "outcome"),
    [
        (CONFIG, True, "ok"),
        ({**CONFIG, "cpu": "512"}, True, "violated"),
        ({**CONFIG, "primaryContainer": {**CONTAINER, "command": ["x"]}}, True, "ok"),
        ({**CONFIG, "cpu": "512"}, False, None),
    ],
)
def test_bystanders(shown, update, outcome):
    """An update of one service may not change another one; without an update, nobody is to blame."""
    stream = Stream()
    stream.describe(arn=OTHER)
    stream.describe()
    if update:
        stream.update({"healthCheckPath": "/"})
    stream.describe(shown, arn=OTHER)
    assert stream.outcomes().get("identity/other-service-untouched") == outcome


@pytest.mark.parametrize(
    ("after", "outcome"),
    [
        ([{"key": "b", "value": "2"}, {"key": "a", "value": "1"}], "ok"),
        ([{"key": "a", "value": "1"}, {"key": "b", "value": "2"}, {"key": "aws:x", "value": "y"}], "ok"),
        ([{"key": "a", "value": "1"}], "violated"),
        (None, "violated"),
    ],
)
def test_tags_stay(after, outcome):
    """Tags are compared without their order, and without those that AWS sets itself."""
    stream = Stream()
    stream.describe(tags=[{"key": "a", "value": "1"}, {"key": "b", "value": "2"}])
    stream.update({"healthCheckPath": "/"})
    stream.describe({**CONFIG, **REVISION_2, "healthCheckPath": "/"}, **({"tags": after} if after else {}))
    assert stream.outcomes()["identity/tags"] == outcome


@pytest.mark.parametrize(
    ("answer", "status", "expected"),
    [
        (b"<html>", 200, {"envelope/success-body": "violated"}),
        ({"__type": "X", "message": "m"}, 200, {"envelope/error-status": "violated"}),
        ({"service": {}}, 201, {"envelope/success-status": "violated"}),
        ({"message": "m"}, 400, {"envelope/error-type": "violated"}),
        ({"__type": "a.b#ClientException", "message": "m"}, 400, {"envelope/error-type": "tolerated"}),
        ({"__type": "NewException", "message": "m"}, 400, {"envelope/error-class": "violated"}),
        ({"__type": "SerializationException", "Message": "m"}, 400, {}),
        ({"__type": "ClientException"}, 400, {"error/ClientException-message": "violated"}),
        ({"__type": "ClientException", "Message": "m"}, 400, {"envelope/error-message": "tolerated"}),
        ({"__type": "ClientException", "message": "m"}, 404, {"error/ClientException-status": "violated"}),
        ({"__type": "UnknownOperationException", "message": "m"}, 400, {"operation/supported": "violated"}),
        ({"__type": "ServerException", "message": "m"}, 500, {}),
    ],
)
def test_envelopes(answer, status, expected):
    """The form of every answer is judged, whatever the request was."""
    stream = Stream()
    stream.send(model.OPERATION, {"serviceArn": ARN, "cpu": "256"}, answer, status)
    against = stream.against()
    assert expected.items() <= against.items()
    assert (
        not against.keys()
        - expected.keys()
        - {
            "envelope/success-body",
            "envelope/error-message",
            "error/ClientException-message",
            "response-unknown/answer",
        }
    )


def test_headers_of_answers():
    """An answer has the protocol's content type and a request id; another header's name is tolerated."""
    stream = Stream()
    headers = (("content-type", "application/json"), ("x-amz-request-id", "1"))
    stream.send(model.OPERATION, {"serviceArn": ARN}, {"service": {}}, headers=headers)
    against = stream.against()
    assert against["envelope/content-type"] == "violated"
    assert against["envelope/request-id"] == "tolerated"


def test_a_lost_exchange_is_judged_for_nothing():
    """Where the transport failed, nothing is held for or against the target."""
    stream = Stream()
    stream.describe()
    stream.send(model.OPERATION, {"serviceArn": ARN}, failure="reset")
    assert stream.outcomes() == {}


def test_open_questions_are_described():
    """What no document settles is told in words, and never counts against the target."""
    stream = Stream()
    stream.create()
    stream.describe()
    stream.update({}, CONFIG)
    stream.describe()
    stream.update({"cpu": "256"})
    tally = stream.tally()
    only, same = tally["semantics/only-service-arn"], tally["semantics/same-values"]
    assert list(only.behaviours) == ["an update with only serviceArn is accepted and makes no new revision"]
    assert list(same.behaviours) == ["an update with the present values is accepted and makes a new revision"]
    assert only.violated == same.violated == 0
