"""Streams on which the suite once accused a server of what no document rules out. None may come back."""

from __future__ import annotations

from streams import ARN, CONFIG, DEFINITION, OTHER, REVISION_2, Stream, fails, service

from conformance import model
from conformance.requirements import REQUIREMENTS
from conformance.validity import validity

# Ids in hand-made streams are no ARNs, and the page has sentences about those.
_FORM = {"revision/arn-names-service"}


def accusations(stream):
    """What is said against the server of a stream."""
    return {id: outcome for id, outcome in stream.against().items() if id not in _FORM}


def test_a_minimum_alone_may_be_too_high_for_a_maximum_that_is_reset():
    """Whether a partial scalingTarget keeps the rest is open, and one default of the maximum is 1."""
    stream = Stream()
    stream.create()
    stream.describe()
    stream.refuse({"scalingTarget": {"minTaskCount": 2}})
    assert accusations(stream) == {}
    assert not validity(stream.answer()).defects
    stream.describe()
    stream.refuse({"scalingTarget": {"minTaskCount": 1}})
    assert "accept/every-valid-update" in stream.against()


NEW = {**CONFIG, **REVISION_2, "cpu": "1024", "memory": "2048"}
THIRD = {"serviceRevisionArn": "revision/3", "createdAt": 3000.5, "healthCheckPath": "/new"}


def update_after(found, **before):
    """What is said of an update of the path that leads to a configuration, after one of the sizes."""
    stream = Stream()
    stream.create()
    stream.update({"cpu": "1024", "memory": "2048"})
    stream.describe(NEW, CONFIG, **before)
    stream.update({"healthCheckPath": "/new"}, {**found, **THIRD})
    stream.describe({**found, **THIRD})
    return stream.outcomes()


def test_a_deployment_that_was_rolled_back_is_no_loss():
    """Between a Describe and an update the deployment may fail: an update starts from what was before."""
    outcomes = update_after(CONFIG, currentDeployment=f"{ARN}/deployment")
    assert outcomes["preserve/cpu"] == outcomes["preserve/memory"] == "tolerated"


def test_a_value_of_no_active_revision_is_a_loss():
    """What no revision had that was active before is not explained by a deployment in flight."""
    outcomes = update_after({**NEW, "cpu": "512"}, currentDeployment=f"{ARN}/deployment")
    assert outcomes["preserve/cpu"] == "violated"
    assert outcomes["preserve/memory"] == "ok"


def test_without_a_deployment_nothing_is_rolled_back():
    """A service that is settled has nothing to go back to."""
    assert update_after(CONFIG)["preserve/cpu"] == "violated"


def test_an_update_by_a_short_name_is_an_update_of_the_service():
    """Where a short name is taken, what was asked for by the ARN before it is not what was asked for last."""
    stream = Stream()
    stream.create(members={"cpu": "256", "memory": "512"})
    stream.update({"healthCheckPath": "/one"})
    stream.describe({**CONFIG, **REVISION_2, "healthCheckPath": "/one"})
    named = {**CONFIG, "serviceRevisionArn": "revision/9", "createdAt": 2500, "healthCheckPath": "/two"}
    stream.send(
        model.OPERATION,
        {"serviceArn": "web", "healthCheckPath": "/two"},
        {"service": service(targetConfiguration=named)},
    )
    stream.describe(named)
    stream.update({"cpu": "512"}, {**named, **THIRD, "healthCheckPath": "/two", "cpu": "512"})
    stream.update({"cpu": "256"}, {**named, "serviceRevisionArn": "revision/4", "createdAt": 4000})
    stream.describe({**named, "serviceRevisionArn": "revision/4", "createdAt": 4000})
    assert accusations(stream) == {}


def test_an_update_of_nobody_knows_what_makes_all_unknown():
    """An answer to an update by a short name may not even say which service that was."""
    stream = Stream()
    stream.create()
    stream.describe(CONFIG)
    stream.send(model.OPERATION, {"serviceArn": "web", "cpu": "512"}, {"service": {}})
    stream.describe({**CONFIG, **REVISION_2, "cpu": "512"})
    assert {id for id in accusations(stream) if not id.startswith("response-")} == set()


def test_a_rollback_between_two_updates_is_no_loss():
    """The deployment of the first of two updates may fail before the second one comes."""
    old = {**CONFIG, "createdAt": 1000}
    stream = Stream()
    stream.create()
    stream.describe(old)
    stream.update({"healthCheckPath": "/first"})
    stream.update({"cpu": "512"}, {**old, **REVISION_2, "cpu": "512"})
    stream.describe({**old, **REVISION_2, "cpu": "512"}, old, currentDeployment=f"{ARN}/deployment")
    assert stream.outcomes()["preserve/healthCheckPath"] == "tolerated"


def test_a_rollback_is_not_what_an_update_of_another_service_did():
    """While another service is updated, the deployment of this one may fail."""
    stream = Stream()
    stream.create()
    stream.create(OTHER)
    stream.update({"cpu": "1024", "memory": "2048"}, {})  # the answer names no revision
    stream.describe(NEW, CONFIG)
    stream.update({"healthCheckPath": "/other"}, {}, arn=OTHER)
    stream.describe(CONFIG)
    assert "identity/other-service-untouched" not in stream.outcomes()


def test_what_was_so_before_a_rollback_is_no_change():
    """An update that asks for what the service has again need not make a revision."""
    stream = Stream()
    stream.create()
    stream.update({"cpu": "1024", "memory": "2048"})
    stream.describe(NEW, CONFIG, currentDeployment=f"{ARN}/deployment")
    stream.update({"cpu": "256", "memory": "512"}, CONFIG)
    assert "revision/new-for-each-change" not in stream.outcomes()
    stream.describe(NEW, CONFIG, currentDeployment=f"{ARN}/deployment")
    stream.update({"healthCheckPath": "/new"}, {**CONFIG, "healthCheckPath": "/new"})
    assert stream.outcomes()["revision/new-for-each-change"] == "violated"


def test_a_minimum_of_no_task_may_be_refused():
    """That there may be no task at all is observed of the real service, and not documented."""
    stream = Stream()
    stream.create()
    stream.describe()
    stream.refuse({"scalingTarget": {"minTaskCount": 0}})
    assert {*stream.against().values()} == {"tolerated"}


def test_a_describe_may_show_a_deleted_service_as_it_was():
    """ECS documents that a change may be visible only after a while: what is seen then cannot fail."""
    id = "life-cycle/never-active-again"
    stream = Stream()
    stream.create()
    stream.delete()
    stream.describe()
    assert not fails(REQUIREMENTS[id], stream.tally()[id])


def test_a_rollback_from_a_task_definition_makes_another_one():
    """After it the next update registers a managed task definition, which no revision had before."""
    customer = {**NEW, "taskDefinitionArn": DEFINITION}
    stream = Stream()
    stream.register()
    stream.create()
    stream.update({"taskDefinitionArn": DEFINITION}, customer)
    stream.describe(customer, CONFIG, currentDeployment=f"{ARN}/deployment")
    managed = {**CONFIG, **THIRD, "taskDefinitionArn": f"{DEFINITION[:-1]}7"}
    stream.update({"healthCheckPath": "/new"}, managed)
    stream.describe(managed)
    assert stream.outcomes()["preserve/taskDefinitionArn"] == "tolerated"


def test_what_is_stale_is_not_what_an_update_of_another_service_did():
    """Where an answer names no revision, a Describe may show the one before, and a later one the new one."""
    stream = Stream()
    stream.create()
    stream.describe(CONFIG)
    stream.create(OTHER)
    stream.update({"cpu": "1024", "memory": "2048"}, {})
    stream.describe(CONFIG)
    stream.update({"healthCheckPath": "/other"}, {}, arn=OTHER)
    stream.describe(NEW)
    assert "identity/other-service-untouched" not in stream.outcomes()
    stream.update({"healthCheckPath": "/another"}, {}, arn=OTHER)
    stream.describe({**NEW, "cpu": "512"})
    assert stream.outcomes()["identity/other-service-untouched"] == "violated"


def test_a_stale_describe_after_a_fault_is_no_loss():
    """Nobody knows whether an update that failed with a fault was made, and a Describe may be of before."""
    stream = Stream()
    stream.create()
    stream.describe(CONFIG)
    stream.update({"cpu": "1024", "memory": "2048"})
    stream.refuse({"healthCheckPath": "/fault"}, "ServiceUnavailable", 503)
    stream.describe(CONFIG)
    made = {**NEW, **THIRD}
    stream.update({"healthCheckPath": "/new"}, made)
    stream.describe(made)
    assert accusations(stream) == {}
