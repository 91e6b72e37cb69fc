"""The oracles of a service's life: deleted, created again, one of several of its name, and remembered."""

from __future__ import annotations

import pytest
from streams import ARN, CONFIG, OTHER, REVISION_2, ROLE, Stream, service

from conformance import model
from conformance.observation import Observation
from conformance.requirement import Concern
from conformance.requirements.remembering import omitted_by_the_last_of_several

SECOND = ARN.replace("/default/", "/second/")
CREATE = {"serviceName": "web", "infrastructureRoleArn": ROLE, "primaryContainer": {"image": "nginx:1"}}
DRAINING, INACTIVE, ACTIVE = ({"statusCode": code} for code in ("DRAINING", "INACTIVE", "ACTIVE"))
LIFE = "life-cycle"


def created(stream, arn=ARN, members=CREATE, *configurations, **shown):
    """A Create that shows these configurations; the plain one if none is given."""
    answer = service(arn, activeConfigurations=list(configurations or [CONFIG]), **shown)
    return stream.send(model.CREATE, members, {"service": answer})


def deleted(stream, arn=ARN, **shown):
    """A Delete that answers with the service in this status; DRAINING if none is given."""
    return stream.send(
        model.DELETE, {"serviceArn": arn}, {"service": service(arn, **{"status": DRAINING, **shown})}
    )


def judged(stream, topic=LIFE):
    """The outcomes of one topic, or of one requirement, by name."""
    return {
        id.partition("/")[2]: outcome
        for id, outcome in stream.outcomes().items()
        if id == topic or id.startswith(f"{topic}/")
    }


# -- deleted for good ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "shown", "expected"),
    [
        (DRAINING, {}, "ok"),
        (INACTIVE, {}, "ok"),
        (ACTIVE, {}, "violated"),
        (ACTIVE, {"createdAt": 5000.5}, None),  # another service, of which nobody saw the Create
        ({}, {}, None),
        ("ACTIVE", {}, None),
        ({"statusCode": 7}, {}, None),
    ],
)
def test_a_deleted_service_is_never_active_again(status, shown, expected):
    """After Delete, DRAINING and INACTIVE are right, and ACTIVE is wrong if it is the same service."""
    stream = Stream()
    created(stream)
    deleted(stream)
    stream.describe(status=status, **shown)
    assert judged(stream).get("never-active-again") == expected


def test_a_service_that_was_not_deleted_may_be_active():
    """Nothing is said where Delete was refused, nor of a service that is gone."""
    stream = Stream()
    created(stream)
    stream.send(model.DELETE, {"serviceArn": ARN}, {"__type": "ClientException", "message": "no"}, 400)
    stream.describe(status=ACTIVE)
    deleted(stream)
    stream.send(model.DESCRIBE, {"serviceArn": ARN}, {"__type": "ResourceNotFoundException"}, 400)
    assert "never-active-again" not in judged(stream)


@pytest.mark.parametrize(
    ("statuses", "expected"),
    [
        ([INACTIVE, INACTIVE], "ok"),
        ([INACTIVE, DRAINING], "violated"),
        ([DRAINING, INACTIVE], None),
        ([DRAINING, DRAINING], None),
        ([INACTIVE, {}], None),
    ],
)
def test_an_inactive_service_does_not_drain_again(statuses, expected):
    """INACTIVE is the last status of all."""
    stream = Stream()
    created(stream)
    deleted(stream)
    for status in statuses:
        stream.describe(status=status)
    assert judged(stream).get("inactive-for-good") == expected


@pytest.mark.parametrize(
    ("answer", "names", "status"),
    [
        ({"service": service(status=DRAINING)}, "ok", "ok"),
        ({"service": service(status=INACTIVE)}, "ok", "ok"),
        ({"service": service(status=ACTIVE)}, "ok", "violated"),
        ({"service": service(OTHER, status=DRAINING)}, "violated", "ok"),
        ({"service": {}}, "tolerated", None),
        ({}, "tolerated", None),
    ],
)
def test_delete_answers_with_the_service_that_drains(answer, names, status):
    """Delete's answer names the service and shows that it is no longer active; an empty one is tolerated."""
    stream = Stream()
    created(stream)
    stream.send(model.DELETE, {"serviceArn": ARN}, answer)
    assert judged(stream).get("delete-answers-the-service") == names
    assert judged(stream).get("delete-answers-draining") == status


# -- created again ---------------------------------------------------------------------------------------


def created_again(update, now, *, members=CREATE, first=CONFIG, target=None, **shown):
    """A service that was updated and deleted, and then created again with this configuration."""
    stream = Stream()
    created(stream, ARN, CREATE, first)
    stream.describe(first)
    stream.update(update, target)
    stream.describe({**CONFIG, **REVISION_2, **update})
    deleted(stream)
    stream.describe(status=INACTIVE)
    created(stream, ARN, members, now, **{"createdAt": 5000.5, **shown})
    return stream


@pytest.mark.parametrize(
    ("time", "expected"),
    [(5000.5, "ok"), (1000.25, "violated"), (1000, "ok"), ("1000.25", None), (None, None)],
)
def test_a_service_created_again_has_a_new_created_at(time, expected):
    """The time of the old service may not come back."""
    stream = created_again({"healthCheckPath": "/new"}, CONFIG, createdAt=time)
    assert judged(stream).get("new-created-at") == expected


def test_equal_times_in_whole_seconds_say_nothing():
    """Within one second a service can be deleted and created again."""
    stream = Stream()
    created(stream, createdAt=1000)
    deleted(stream)
    created(stream, createdAt=1000)
    assert "new-created-at" not in judged(stream)


@pytest.mark.parametrize(
    ("update", "now", "expected"),
    [
        ({"healthCheckPath": "/new"}, CONFIG, "ok"),
        ({"healthCheckPath": "/new"}, {**CONFIG, "healthCheckPath": "/new"}, "violated"),
        ({"healthCheckPath": "/new"}, {**CONFIG, "healthCheckPath": "/another"}, "ok"),
        # The default, if it is what the old service had from the beginning, is not inherited.
        ({"healthCheckPath": "/ping"}, CONFIG, None),
        # Create said this one itself.
        ({"primaryContainer": {"image": "nginx:1"}}, CONFIG, None),
        (
            {"primaryContainer": {"image": "nginx:2", "command": ["x"]}},
            {**CONFIG, "primaryContainer": {"image": "nginx:1", "command": ["x"]}},
            "violated",
        ),
        ({"healthCheckPath": "/new"}, {}, None),
        ({"healthCheckPath": []}, {**CONFIG, "healthCheckPath": []}, None),
    ],
)
def test_a_service_created_again_inherits_nothing(update, now, expected):
    """What only an update gave the old service, the new one does not have."""
    assert judged(created_again(update, now)).get("nothing-inherited") == expected


def test_another_create_may_make_another_service():
    """Two Creates that do not ask for the same are not compared, but for their tags."""
    now = {**CONFIG, "healthCheckPath": "/new"}
    other = {**CREATE, "primaryContainer": {"image": "nginx:9"}}
    tagged = {**CREATE, "tags": [{"key": "k", "value": "v"}]}
    for members, expected in ((other, None), (tagged, "violated")):
        stream = created_again({"healthCheckPath": "/new"}, now, members=members)
        assert judged(stream).get("nothing-inherited") == expected


def test_a_managed_security_group_is_not_inherited():
    """A group that nobody asked for may be in both services."""
    network = {"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1", "sg-managed"]}
    stream = created_again(
        {"healthCheckPath": "/new"}, {**CONFIG, "networkConfiguration": network}, first=CONFIG
    )
    assert judged(stream)["nothing-inherited"] == "ok"


@pytest.mark.parametrize("outcome", ["ok", "violated"])
def test_a_service_created_again_takes_updates(outcome):
    """A valid update of a service that was created again is accepted."""
    stream = created_again({"healthCheckPath": "/new"}, CONFIG)
    stream.describe(createdAt=5000.5)
    update = {"healthCheckPath": "/again"}
    if outcome == "ok":
        stream.update(update, createdAt=5000.5)
    else:
        stream.refuse(update, "ServiceNotActiveException")
    assert judged(stream)["created-again-takes-updates"] == outcome


def test_a_refusal_says_nothing_while_a_deployment_is_in_flight():
    """Reports differ on whether an update is taken then; and a first service is no service created again."""
    stream = created_again({"healthCheckPath": "/new"}, CONFIG)
    stream.describe(createdAt=5000.5, currentDeployment="arn:aws:ecs:x")
    stream.refuse({"healthCheckPath": "/again"}, "ClientException")
    assert "created-again-takes-updates" not in judged(stream)
    stream = Stream()
    created(stream)
    stream.describe()
    stream.update({"healthCheckPath": "/new"})
    assert "created-again-takes-updates" not in judged(stream)


def test_an_old_service_that_was_not_deleted_is_no_predecessor():
    """What a Create does under the name of a living service is open."""
    stream = Stream()
    created(stream)
    stream.update({"healthCheckPath": "/new"})
    created(stream, ARN, CREATE, {**CONFIG, "healthCheckPath": "/new"})
    stream.update({"cpu": "512", "memory": "1024"})
    stream.describe()
    assert judged(stream) == {}
    assert remembered(stream) == {}


# -- one name, two services ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arn", "cluster", "name", "expected"),
    [
        (SECOND, "second", "web", "ok"),
        (ARN, "second", "web", "violated"),
        (ARN, "arn:aws:ecs:us-east-1:123456789012:cluster/second", "web", "violated"),
        (ARN, "arn:aws:ecs:us-east-1:123456789012:cluster/default", "web", None),
        (ARN, None, "web", None),
        (SECOND, "second", "api", None),
        (SECOND, "second", None, None),
    ],
)
def test_services_of_one_name_have_two_arns(arn, cluster, name, expected):
    """A name is unique in its cluster only; the same cluster, or another name, is another question."""
    stream = Stream()
    created(stream)
    created(stream, arn, {**CREATE, "cluster": cluster, "serviceName": name})
    assert judged(stream, "identity/arn-of-its-own").get("arn-of-its-own") == expected


@pytest.mark.parametrize(
    ("updated", "after", "expected"),
    [
        (SECOND, CONFIG, "ok"),
        (SECOND, {**CONFIG, "healthCheckPath": "/new"}, "violated"),
        (OTHER, {**CONFIG, "healthCheckPath": "/new"}, None),  # of another name; judged by another one
    ],
)
def test_an_update_does_not_show_in_a_namesake(updated, after, expected):
    """Between two Describes of a service only its namesake in another cluster was updated."""
    stream = Stream()
    created(stream)
    created(stream, updated, {**CREATE, "cluster": "second"})
    stream.describe()
    stream.update({"healthCheckPath": "/new"}, arn=updated)
    stream.describe(after)
    id = "identity/same-name-in-another-cluster"
    assert judged(stream, id).get("same-name-in-another-cluster") == expected


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("revision/2", "revision/3", "ok"),
        ("revision/2", "revision/2", "violated"),
        ("revision/2", "revision/1", "violated"),  # that of the other one's Create
        ("revision/2", None, None),
    ],
)
def test_no_two_services_share_a_revision(first, second, expected):
    """What an update returns is not a revision of another living service."""
    stream = Stream()
    created(stream)
    stream.update({"cpu": "512"}, {**CONFIG, "serviceRevisionArn": first})
    before = stream.outcomes().get("revision/of-one-service")
    assert before is None  # there is no other service yet
    created(stream, OTHER, {**CREATE, "serviceName": "api"}, {**CONFIG, "serviceRevisionArn": "revision/9"})
    stream.update({"cpu": "512"}, {**CONFIG, "serviceRevisionArn": second}, arn=OTHER)
    assert stream.outcomes().get("revision/of-one-service") == expected


def test_a_deleted_service_leaves_its_revisions():
    """The revisions of a service that was deleted are nobody's."""
    stream = Stream()
    created(stream)
    deleted(stream)
    created(stream, OTHER, {**CREATE, "serviceName": "api"})
    stream.update({"cpu": "512"}, {**CONFIG, "serviceRevisionArn": "revision/1"}, arn=OTHER)
    assert "revision/of-one-service" not in stream.outcomes()


# -- remembered ------------------------------------------------------------------------------------------

PATH, GROUPS = {"healthCheckPath": "/new"}, {"networkConfiguration": {"securityGroups": ["sg-7"]}}
LAST = {"scalingTarget": {"minTaskCount": 2, "maxTaskCount": 4}}


def told(*updates, shown=None, create=CREATE, entry=None, between=lambda _stream: None):
    """A service that got these updates, one after the other, and is described at the end as it should be."""
    stream = Stream()
    created(stream, ARN, create)
    stream.describe()
    config = dict(CONFIG)
    for number, update in enumerate(updates, 2):
        if number == len(updates) + 1:
            between(stream)
        config |= {**update, "serviceRevisionArn": f"revision/{number}", "createdAt": 1000.5 + number}
        stream.update(update, dict(config))
    stream.describe(entry if entry is not None else {**config, **(shown or {})})
    return stream


def remembered(stream):
    """By member, what is said of it over several updates with no Describe between."""
    changes = stream.observations(Concern.CHANGE)
    found = [finding for change in changes for finding in omitted_by_the_last_of_several(change)]
    return {id.partition("/")[2]: grade.outcome.value for id, grade in found}


def test_what_was_asked_for_last_is_remembered():
    """Every member that an earlier update asked for is judged, and those of Create."""
    stream = told(PATH, GROUPS, LAST)
    assert remembered(stream) == {
        "healthCheckPath": "ok",
        "networkConfiguration": "ok",
        "primaryContainer": "ok",
    }
    assert stream.against() == {}


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ({"healthCheckPath": "/ping"}, "violated"),
        ({"healthCheckPath": None}, "violated"),
        ({"healthCheckPath": 7}, "violated"),
        ({"healthCheckPath": "/new"}, "ok"),
    ],
)
def test_a_forgotten_member_is_a_violation(shown, expected):
    """Another value than was asked for last, or none where one was shown before, was forgotten."""
    found = remembered(told(PATH, LAST, shown=shown))
    assert found["healthCheckPath"] == expected


def test_a_member_never_shown_may_merely_not_be_shown():
    """Whether a target shows all members is not for this requirement to say."""
    hidden = {name: value for name, value in CONFIG.items() if name != "healthCheckPath"}
    stream = Stream()
    created(stream, ARN, CREATE, hidden)
    stream.describe(hidden)
    stream.update(PATH, {**hidden, **REVISION_2})
    stream.update(LAST, {**hidden, **LAST, "serviceRevisionArn": "revision/3"})
    stream.describe({**hidden, **LAST, "serviceRevisionArn": "revision/3"})
    assert "healthCheckPath" not in remembered(stream)


def test_the_latest_wish_counts():
    """What an earlier update asked for is forgotten by right when a later one asks for something else."""
    stream = told(PATH, {"healthCheckPath": "/newer"}, LAST)
    assert remembered(stream)["healthCheckPath"] == "ok"
    stream = told(PATH, {"healthCheckPath": "/newer"}, LAST, shown=PATH)
    assert remembered(stream)["healthCheckPath"] == "violated"


def test_only_what_was_asked_for_inside_of_a_structure_is_compared():
    """Whether a structure is merged or replaced is open; a managed group may be added."""
    for network in (
        {"securityGroups": ["sg-7"]},
        {"securityGroups": ["sg-7", "sg-managed"], "subnets": ["subnet-9"]},
    ):
        stream = told(GROUPS, LAST, shown={"networkConfiguration": network})
        assert remembered(stream)["networkConfiguration"] == "ok"
    stream = told(GROUPS, LAST, shown={"networkConfiguration": {"securityGroups": ["sg-1"]}})
    assert remembered(stream)["networkConfiguration"] == "violated"


def test_the_last_update_is_judged_by_others():
    """What the last update carries is reflected and shown; nothing is remembered of it."""
    stream = told(PATH, {"healthCheckPath": "/newer"}, shown={"healthCheckPath": "/ping"})
    assert "healthCheckPath" not in remembered(stream)


def test_with_a_describe_between_the_updates_preservation_is_judged():
    """Each loss is said once: where the service was described before the last update, that is enough."""
    stream = told(PATH, LAST, between=lambda stream: stream.describe({**CONFIG, **REVISION_2, **PATH}))
    assert remembered(stream) == {}
    assert judged(stream, "preserve")["healthCheckPath"] == "ok"


def test_a_loss_is_said_once():
    """What Describe showed otherwise than it was asked for is not known any more."""
    stream = told(PATH, LAST, shown={"healthCheckPath": "/ping"})
    stream.update({"cpuArchitecture": "X86_64"}, {**CONFIG, "serviceRevisionArn": "revision/4"})
    stream.update(LAST, {**CONFIG, "serviceRevisionArn": "revision/5"})
    stream.describe({**CONFIG, "serviceRevisionArn": "revision/5"})
    count = stream.tally()["preserve/healthCheckPath"]
    assert (count.judged, count.violated) == (1, 1)


def refused(stream):
    """A refused update."""
    stream.refuse({"healthCheckPath": "no slash"})


@pytest.mark.parametrize(
    ("between", "known"),
    [
        (refused, True),
        (lambda stream: stream.refuse({"healthCheckPath": "/lost"}, "ServerException", 500), False),
        (lambda stream: stream.send(model.OPERATION, {"serviceArn": ARN}, failure="timeout"), False),
        (lambda stream: stream.send("TagResource", {}, {}), False),
        (lambda stream: stream.send(model.OPERATION, b'{"serviceArn": "x",,}', {}, 400), False),
        (lambda stream: stream.send("ListServices", {}, {}), True),
    ],
    ids=["refused", "server error", "no answer", "another operation", "odd request", "harmless operation"],
)
def test_after_what_nobody_understands_nothing_is_remembered(between, known):
    """An unknown outcome, an odd request or another operation may change anything; a refusal does not."""
    stream = told(PATH, LAST, shown={"healthCheckPath": "/ping"}, between=between)
    assert remembered(stream).get("healthCheckPath") == ("violated" if known else None)


@pytest.mark.parametrize("value", ["", "no slash", "/with space", 7, []])
def test_a_doubtful_value_is_not_remembered(value):
    """What a target may have taken otherwise than it was written is not compared; the others are."""
    stream = told({"healthCheckPath": value, "cpuArchitecture": "X86_64"}, LAST, shown=PATH)
    assert "healthCheckPath" not in remembered(stream)
    assert remembered(stream)["cpuArchitecture"] == "ok"


@pytest.mark.parametrize(
    ("updates", "shown", "names"),
    [
        ([{"cpu": "512", "memory": "1024"}, LAST], {}, {"cpu", "memory"}),
        ([{"cpu": "512"}, LAST], {"cpu": "256"}, set()),  # nobody knows the memory that it has to fit
        ([{"cpu": "512", "memory": "1024"}, {"memory": "30720"}, LAST], {"cpu": "4096"}, set()),
        ([{"cpu": "512", "memory": "1024"}, {"memory": "2048"}, LAST], {}, {"cpu", "memory"}),
        ([{"cpu": "512", "memory": "1024"}, {"memory": "30720"}], {"cpu": "4096"}, set()),
    ],
)
def test_sizes_are_remembered_as_pairs(updates, shown, names):
    """A size may be made to fit the other one, so both have to be known and to fit."""
    stream = told(*updates, shown=shown)
    assert {"cpu", "memory"} & remembered(stream).keys() == names
    assert not any(id.startswith("preserve/") for id in stream.against())


def test_a_task_definition_replaces_what_it_says():
    """After a switch to a customer's task definition only what it does not replace is remembered."""
    role = {"taskRoleArn": f"{ROLE}/other"}
    stream = Stream()
    created(stream)
    stream.describe()
    arn = stream.exchanges[0].request.members["infrastructureRoleArn"].replace("iam", "ecs")
    for number, update in enumerate(({**role, **PATH}, {"taskDefinitionArn": arn}, LAST), 2):
        stream.update(update, {**CONFIG, "serviceRevisionArn": f"revision/{number}"})
    stream.describe({**CONFIG, **PATH, **LAST, "serviceRevisionArn": "revision/4"})
    assert remembered(stream) == {"healthCheckPath": "ok"}


def test_nobody_knows_how_to_leave_a_task_definition():
    """Members that may lead back to a managed task definition are not remembered, and neither is that."""
    stream = Stream()
    definition = stream.register()
    arn = definition.response.json["taskDefinition"]["taskDefinitionArn"]
    created(stream, ARN, {**CREATE, "taskDefinitionArn": arn, "primaryContainer": None})
    stream.describe({**CONFIG, "taskDefinitionArn": arn})
    for number, update in enumerate((PATH, LAST), 2):
        stream.update(
            update, {**CONFIG, "taskDefinitionArn": arn, "serviceRevisionArn": f"revision/{number}"}
        )
    shown = {**CONFIG, **PATH, **LAST, "taskDefinitionArn": arn}
    stream.describe({**shown, "serviceRevisionArn": "revision/3"})
    assert remembered(stream)["taskDefinitionArn"] == "ok"
    stream.update({"cpu": "512", "memory": "1024"}, {**CONFIG, "serviceRevisionArn": "revision/4"})
    stream.update(LAST, {**CONFIG, **LAST, "serviceRevisionArn": "revision/5"})
    stream.describe({**CONFIG, **PATH, **LAST, "serviceRevisionArn": "revision/5"})
    assert remembered(stream).keys() == {"taskDefinitionArn", "healthCheckPath"}


def test_the_entry_of_another_revision_says_nothing():
    """Where Describe does not show the revision of the last update, what it shows may be older."""
    assert remembered(told(PATH, LAST, entry=CONFIG)) == {}


def test_the_oracle_of_what_is_remembered_is_shown_changes_only():
    """Without a Describe after it an update says nothing of what the service remembers."""
    stream = told(PATH, LAST)
    observation = stream.observations(Concern.CHANGE)[-1]
    alone = Observation(exchange=observation.exchange, service=observation.service)
    assert list(omitted_by_the_last_of_several(alone)) == []
    assert len(list(omitted_by_the_last_of_several(observation))) > 1
