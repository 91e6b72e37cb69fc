"""The observer: what is known of a service when a request is sent, and what is not."""

from __future__ import annotations

import json

import pytest
from streams import ARN, CONFIG, DEFINITION, OTHER, REVISION_2, Stream, service

from conformance import model
from conformance.exchange import Exchange, Request, Response
from conformance.observation import (
    accepted,
    error_code,
    newest_configuration,
    refuses_caller,
    rejected,
    throttled,
)
from conformance.requirement import Concern


def answered(status, body=None, headers=()):
    """An exchange with this answer."""
    response = Response(status=status, headers=headers, body=json.dumps(body).encode())
    return Exchange(id=1, request=Request(operation="O"), response=response)


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("InvalidParameterException", "InvalidParameterException"),
        ("com.amazon.coral.service#SerializationException", "SerializationException"),
        ("aws.ecs#ClientException:http://internal.amazon.com/coral/#x", "ClientException"),
        ("ClientException:", "ClientException"),
        ("", ""),
        (None, "FromHeader"),
        (7, "FromHeader"),
        ({"a": 1}, "FromHeader"),
    ],
)
def test_error_codes_are_read_as_clients_do(raw, code):
    """The shape's name is what stands between the namespace and the address; a header helps out."""
    assert error_code(answered(400, {"__type": raw}, (("X-Amzn-ErrorType", "FromHeader:x"),))) == code


def test_an_error_without_a_name_has_no_code():
    """No body and no header, no code; and no answer, none either."""
    assert error_code(answered(400, ["x"])) == ""
    assert error_code(Exchange(id=1, request=Request(operation="O"))) == ""


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        (200, "", "accepted"),
        (204, "", "accepted"),
        (302, "", ""),
        (400, "InvalidParameterException", "rejected"),
        (404, "", "rejected"),
        (400, "AccessDeniedException", "rejected"),
        (400, "ThrottlingException", "caller"),
        (429, "", "caller"),
        (503, "", "caller"),
        (400, "ExpiredTokenException", "caller"),
        (403, "SignatureDoesNotMatch", "caller"),
        (400, "UnrecognizedClientException", "caller"),
        (500, "ServerException", ""),
    ],
)
def test_answers_are_accepted_rejected_or_neither(status, code, expected):
    """2xx is accepted; 4xx is rejected unless it is about the caller's rate or credentials; else neither."""
    exchange = answered(status, {"__type": code})
    found = {
        "accepted": accepted(exchange),
        "rejected": rejected(exchange),
        "caller": refuses_caller(exchange),
    }
    assert [name for name, holds in found.items() if holds] == ([expected] if expected else [])


def test_expired_credentials_are_no_throttling():
    """Refused credentials and a refused rate are two things; only the second may come from a proxy."""
    assert not throttled(answered(400, {"__type": "ExpiredTokenException"}))


def test_an_update_stands_between_two_describes():
    """What follows an update completes it: the Describe before, the answer, the Describe after."""
    stream = Stream()
    before, update = stream.describe(), stream.update({"cpu": "512"})
    after = stream.describe({**CONFIG, **REVISION_2, "cpu": "512"})
    (change,) = stream.observations(Concern.CHANGE)
    assert (change.before, change.exchange, change.after) == (before, update, after)
    assert (change.config_before["cpu"], change.config_after["cpu"]) == ("256", "512")


def test_a_describe_is_used_up_by_an_update():
    """After an update, the Describe of before it tells nothing of what the next one meets."""
    stream = Stream()
    stream.describe()
    stream.update({"cpu": "512"})
    stream.update({"cpu": "1024"})
    assert stream.answer().before is None
    assert stream.answer().config_before == {}


@pytest.mark.parametrize("operation", ["TagResource", "UpdateService", "PutAnything"])
def test_other_changes_make_describes_worthless(operation):
    """After an operation that may change a service, nothing is known until the next Describe."""
    stream = Stream()
    stream.describe()
    stream.send(operation, {"resourceArn": ARN}, {})
    stream.update({"cpu": "512"})
    assert stream.answer().before is None


@pytest.mark.parametrize(
    "operation", ["CreateCluster", "ListClusters", "RegisterTaskDefinition", model.CREATE]
)
def test_harmless_operations_do_not(operation):
    """What only reads, or makes something new, leaves what is known."""
    stream = Stream()
    before = stream.describe()
    stream.send(operation, {}, {"service": service(OTHER)})
    stream.update({"cpu": "512"})
    assert stream.answer().before is before


def entry(revision, created, **members):
    """An entry of activeConfigurations."""
    return {"serviceRevisionArn": revision, "createdAt": created, **members}


OLD, NEW = entry("r/1", 1), entry("r/2", 2)


@pytest.mark.parametrize(
    ("entries", "latest", "expected"),
    [
        ([OLD, NEW], "", NEW),
        ([NEW, OLD], "", NEW),
        ([OLD, NEW], "r/1", OLD),
        ([OLD], "r/2", {}),
        ([], "", {}),
        ([entry("r/1", 1), entry("r/2", 1)], "", {}),
        ([{"cpu": "1"}], "", {"cpu": "1"}),
        ([{"cpu": "1"}, {"cpu": "2"}], "", {}),
        (["x", None, OLD], "", OLD),
        ("x", "", {}),
    ],
)
def test_the_current_configuration(entries, latest, expected):
    """It is the latest revision's entry; without one the youngest; and unknown where it could be several."""
    assert newest_configuration({"activeConfigurations": entries}, latest) == expected


@pytest.mark.parametrize("lost", ["timeout", "fault", "nameless"])
def test_an_update_of_unknown_outcome_forgets_the_latest_revision(lost):
    """After it, the youngest revision counts and not the one that was returned last."""
    stream = Stream()
    stream.describe()
    stream.update({"cpu": "512"})
    if lost == "timeout":
        stream.send(model.OPERATION, {"serviceArn": ARN, "cpu": "1024"}, failure="timeout")
    elif lost == "fault":
        stream.refuse({"cpu": "1024"}, "ServerException", 500)
    else:
        stream.update({"cpu": "1024"}, {"cpu": "1024"})
    second = {**CONFIG, **REVISION_2, "cpu": "512"}
    stream.describe(second, {**CONFIG, "serviceRevisionArn": "revision/3", "createdAt": 3000, "cpu": "1024"})
    stream.update({"memory": "2048"})
    assert stream.answer().config_before["cpu"] == "1024"


def test_a_refused_update_leaves_the_latest_revision():
    """A refusal makes no revision, so the one before it is current."""
    stream = Stream()
    stream.describe()
    stream.update({"cpu": "512"})
    stream.refuse({"cpu": "7"})
    stream.describe({**CONFIG, **REVISION_2, "cpu": "512"}, {**CONFIG, "createdAt": 9999})
    stream.update({"memory": "2048"})
    assert stream.answer().config_before["cpu"] == "512"


def test_a_bystander_is_read_with_the_update_that_came_between():
    """Two Describes of a service are linked to the update of another one between them, if there was one."""
    stream = Stream()
    stream.describe(arn=OTHER)
    stream.describe()
    update = stream.update({"cpu": "512"})
    stream.describe(arn=OTHER)
    stream.describe(arn=OTHER)
    first, second = stream.observations(Concern.READ)
    assert first.cause is update
    assert second.cause is None


def test_the_twin_is_an_exchange_of_the_same_case():
    """The valid twin of a near miss is found by its number."""
    stream = Stream()
    stream.describe()
    twin = stream.update({"cpu": "512"})
    stream.refuse({"cpu": 512}, twin=twin)
    assert stream.answer().twin is twin


def test_a_deleted_service_is_remembered_as_such():
    """After an accepted Delete, an update meets a deleted service."""
    stream = Stream()
    stream.describe()
    stream.delete()
    stream.refuse({}, "ServiceNotActiveException")
    assert stream.answer().service.deleted


def test_memory_stays_flat():
    """Of many services that were deleted, only the last are remembered."""
    stream = Stream()
    arns = [f"{ARN}-{number}" for number in range(600)]
    for arn in arns:
        stream.create(arn)
        stream.delete(arn)
    for arn in (arns[0], arns[-1]):
        stream.refuse({}, arn=arn)
    first, last = stream.observations(Concern.ANSWER)
    assert first.service is None
    assert last.service.deleted


@pytest.mark.parametrize(
    ("created", "updates", "customer"),
    [
        ({}, [], False),
        ({"taskDefinitionArn": None}, [], False),
        ({"taskDefinitionArn": DEFINITION}, [], True),
        ({}, [{"taskDefinitionArn": DEFINITION}], True),
        ({}, [{"cpu": "512"}], False),
        ({"taskDefinitionArn": DEFINITION}, [{"cpu": "512"}], None),
        ({"taskDefinitionArn": DEFINITION}, [{"healthCheckPath": "/"}], True),
    ],
)
def test_whose_task_definition_it_is(created, updates, customer):
    """Create and Update say whose task definition a service has; whether one leads back is not known."""
    stream = Stream()
    stream.create(members=created)
    for members in updates:
        stream.update(members)
    stream.update({"healthCheckPath": "/"})
    assert stream.answer().service.customer is customer


def test_null_members_are_absent():
    """A member that is null on the wire is not part of the request."""
    stream = Stream()
    stream.update({"cpu": None, "memory": "512"})
    assert stream.answer().request == {"serviceArn": ARN, "memory": "512"}
    assert stream.answer().carried == ("memory",)
