"""Refused updates change nothing: the oracles on traffic made by hand, and the near misses with changes."""

from __future__ import annotations

import json

import pytest
from hypothesis import Phase, example, find, given, settings
from hypothesis import strategies as st
from json_values import VALUES, paths, replaced
from streams import ACCOUNT, ARN, CONFIG, DEFINITION, REVISION_2, Stream, service
from test_strategies_near_misses import differences
from test_strategies_updates import POOLS, faults

from conformance import model
from conformance.requirements import REQUIREMENTS
from conformance.scenarios import SCENARIOS
from conformance.scenarios.atomic import ATOMIC_DEFECTS, ATOMIC_DELETED, ATOMIC_IDENTITIES
from conformance.verdict import Evidence
from strategies.baselines import baseline
from strategies.near_misses import DEFECTS, near_misses
from strategies.pools import ANYWHERE

FEW = settings(max_examples=25, database=None, deadline=None, derandomize=True)
FIND = settings(FEW, phases=[Phase.generate, Phase.shrink], max_examples=10_000)
WRONG_PATH = {"healthCheckPath": "x"}
DEPLOYMENT = "arn:aws:ecs:us-east-1:123456789012:service-deployment/default/web/1"
NETWORK = CONFIG["networkConfiguration"]
SECOND = {**CONFIG, **REVISION_2, "healthCheckPath": "/"}


def refused(
    *shown, members=WRONG_PATH, twin=None, before=(SECOND,), refusal=(400, "ClientException"), **after
):
    """A service that was updated to revision 2, and then an update that was refused between two Describes."""
    stream = Stream()
    stream.create(members={"networkConfiguration": NETWORK})
    stream.describe()
    sent = stream.update(twin or {"healthCheckPath": "/"}, SECOND)
    stream.describe(*before, **after.pop("shown_before", {}))
    status, code = refusal
    stream.refuse(members, code, status, twin=sent)
    stream.describe(*(shown or before), **after)
    return stream


def against(stream):
    """The requirements of the topic that are violated or tolerated."""
    return {id for id in stream.against() if id.startswith("atomic/")}


def test_a_refused_update_that_changes_nothing_passes():
    """The same Describe before and after is what is asked for, of the whole and of each member."""
    outcomes = {id: o for id, o in refused().outcomes().items() if id.startswith("atomic/")}
    assert outcomes == dict.fromkeys(
        [
            "atomic/answer",
            "atomic/format",
            "atomic/healthCheckPath",
            "atomic/serviceRevisionArn",
            "atomic/updatedAt",
        ],
        "ok",
    )


THIRD = {**SECOND, "serviceRevisionArn": "revision/3", "createdAt": 3000.5}


@pytest.mark.parametrize(
    ("shown", "service", "expected"),
    [
        ([{**SECOND, "healthCheckPath": "/x"}], {}, {"atomic/format", "atomic/healthCheckPath"}),
        ([{**SECOND, "cpu": "512"}], {}, {"atomic/format"}),
        ([{name: SECOND[name] for name in SECOND if name != "taskRoleArn"}], {}, {"atomic/format"}),
        ([THIRD], {}, {"atomic/format", "atomic/serviceRevisionArn"}),
        ([SECOND, THIRD], {}, {"atomic/format", "atomic/serviceRevisionArn"}),
        ([SECOND], {"createdAt": 5}, {"atomic/format"}),
        ([SECOND], {"serviceName": "api"}, {"atomic/format"}),
        ([SECOND], {"cluster": "other"}, {"atomic/format"}),
        ([SECOND], {"tags": [{"key": "a", "value": "2"}]}, {"atomic/format"}),
        ([SECOND], {"infrastructureRoleArn": "arn:b"}, {"atomic/format"}),
        ([SECOND], {"status": {"statusCode": "DRAINING"}}, {"atomic/format"}),
        ([SECOND], {"updatedAt": 3000}, {"atomic/updatedAt"}),
    ],
)
def test_whatever_a_refused_update_changed_is_told(shown, service, expected):
    """Members, revisions and what makes the service itself: each change is held against the refusal."""
    before = {"tags": [{"key": "a", "value": "1"}], "infrastructureRoleArn": "arn:a"}
    stream = refused(*shown, shown_before=before, **{**before, **service})
    assert against(stream) == expected


def test_a_service_that_shows_no_revision_any_more():
    """A refused update that leaves nothing active has changed something."""
    stream = refused()
    last = stream.exchanges.pop()
    service = {**last.response.json["service"], "activeConfigurations": []}
    stream.send(last.request.operation, last.request.members, {"service": service})
    assert against(stream) == {"atomic/format"}


@pytest.mark.parametrize(
    ("before", "shown", "service"),
    [
        ([SECOND], [{**SECOND, "networkConfiguration": {**NETWORK, "securityGroups": ["sg-1", "sg-m"]}}], {}),
        ([SECOND], [{**SECOND, "primaryContainer": {**SECOND["primaryContainer"], "command": []}}], {}),
        (
            [SECOND],
            [{**SECOND, "networkConfiguration": {**NETWORK, "subnets": NETWORK["subnets"][::-1]}}],
            {},
        ),
        ([SECOND], [{**SECOND, "ingressPaths": []}], {}),
        ([CONFIG, SECOND], [SECOND], {}),
        ([SECOND, CONFIG], [CONFIG, SECOND], {}),
        ([CONFIG, SECOND], [CONFIG], {}),
        ([SECOND], [CONFIG], {"updatedAt": 1000}),
        ([SECOND], [SECOND, CONFIG], {}),
        ([CONFIG], [SECOND], {}),
        ([SECOND], [{**SECOND, "createdAt": 2000}], {}),
        ([SECOND], [SECOND], {"currentDeployment": DEPLOYMENT}),
        ([SECOND], [SECOND], {"createdAt": 1000}),
        ([SECOND], [SECOND], {"cluster": f"arn:aws:ecs:us-east-1:{ACCOUNT}:cluster/default"}),
        ([SECOND], [SECOND], {"tags": [{"key": "aws:x", "value": "y"}], "shown_before": {"tags": []}}),
        ([SECOND], [SECOND], {"status": {"statusCode": "ACTIVE", "statusReason": "as before"}}),
        ([CONFIG, SECOND], [SECOND], {"updatedAt": 3000}),
        ([SECOND], [SECOND], {"currentDeployment": DEPLOYMENT, "updatedAt": 3000}),
    ],
)
def test_what_a_service_does_by_itself_is_no_change(before, shown, service):
    """Deployments that settle or are rolled back, managed groups, orders and forms are nobody's fault."""
    assert against(refused(*shown, before=before, **service)) == set()


def test_a_revision_of_the_past_may_come_back():
    """One that nobody saw in this recording, but older than the present one, was not made by the refusal."""
    old = {**CONFIG, "serviceRevisionArn": "revision/0", "createdAt": 500.5}
    assert against(refused(SECOND, old)) == set()
    new = {**CONFIG, "serviceRevisionArn": "revision/0"}
    del new["createdAt"]
    assert "atomic/format" in against(refused(SECOND, new))


def test_a_revision_of_an_update_that_was_lost():
    """After an update of which nobody knows what became of it, a revision may be the one that it made."""
    for lost in (True, False):
        stream = Stream()
        stream.create(members={"healthCheckPath": "/ping"})
        stream.describe()
        if lost:
            stream.send(model.OPERATION, {"serviceArn": ARN, "healthCheckPath": "/"}, failure="timeout")
            stream.describe()
        stream.refuse(WRONG_PATH)
        stream.describe(CONFIG, SECOND)
        assert against(stream) == (set() if lost else {"atomic/healthCheckPath", "atomic/serviceRevisionArn"})


def test_the_reason_has_to_be_known():
    """Without an accepted twin, with two defects, or with a doubt, no reason is held against the target."""
    shown = [{**SECOND, "healthCheckPath": "/x"}]
    reasons, odd = {"atomic/format", "atomic/range", "atomic/type"}, {"memory": "2 GB"}
    for stream in (
        refused(*shown, twin={"cpu": "512"}),
        refused(*shown, members={"healthCheckPath": "x", "cpu": 5}),
        refused(*shown, members={"healthCheckPath": "x", "scalingTarget": {"minTaskCount": -1}}),
        refused(*shown, members={"healthCheckPath": "x", **odd}, twin={"healthCheckPath": "/", **odd}),
        refused(*shown, refusal=(400, "ThrottlingException")),
        refused(*shown, refusal=(500, "ServerException")),
    ):
        assert not reasons & stream.outcomes().keys()


def test_each_member_is_judged_whatever_the_reason():
    """What a refused request carries is compared also where nobody knows why it was refused."""
    shown = [{**SECOND, "healthCheckPath": "/x"}]
    assert against(refused(*shown, twin={"cpu": "512"})) == {"atomic/healthCheckPath"}


@pytest.mark.parametrize(
    ("members", "kind"),
    [
        ({"cpu": 5}, "type"),
        ({"primaryContainer": {"containerPort": 80}}, "missing"),
        ({"cpuArchitecture": "Z80"}, "enum"),
        ({"primaryContainer": {"image": "nginx:1", "containerPort": 0}}, "range"),
        (
            {"primaryContainer": {"image": "nginx:1", "environment": [{"name": "A", "value": "1"}] * 2}},
            "duplicate",
        ),
        ({"cpu": "512", "memory": "512"}, "pair"),
    ],
)
def test_each_class_of_defect_has_its_own_requirement(members, kind):
    """The requirement is that of the one defect; it fails on a change of whatever member."""
    changed = [{**SECOND, "taskRoleArn": "arn:aws:iam::123456789012:role/other"}]
    valid = {"healthCheckPath": "/"}
    for shown, found in (((), set()), (changed, {f"atomic/{kind}"})):
        stream = refused(*shown, members={**valid, **members}, twin=valid)
        assert f"atomic/{kind}" in stream.outcomes()
        assert against(stream) == found


@pytest.mark.parametrize("names", [["cpu"], ["cpu", "memory"]])
@pytest.mark.parametrize("applied", [False, True])
def test_exclusions_change_nothing(names, applied):
    """With a task definition, any combination of the members that it replaces is one reason."""
    stream = Stream()
    stream.register()
    stream.create(members={"taskDefinitionArn": DEFINITION})
    stream.describe()
    twin = stream.update({"taskDefinitionArn": DEFINITION})
    now = {**CONFIG, **REVISION_2, "taskDefinitionArn": DEFINITION}
    stream.describe(now)
    stream.refuse({"taskDefinitionArn": DEFINITION, **dict.fromkeys(names, "1024")}, twin=twin)
    stream.describe({**now, "memory": "1024"} if applied else now)
    assert stream.outcomes()["atomic/exclusion"] == ("violated" if applied else "ok")


@pytest.mark.parametrize(
    ("status", "shown", "outcome"),
    [
        ("DRAINING", [CONFIG], "ok"),
        ("INACTIVE", [], "ok"),
        ("INACTIVE", [CONFIG], "ok"),
        ("ACTIVE", [CONFIG], "violated"),
        ("DRAINING", [{**CONFIG, "healthCheckPath": "/"}], "violated"),
        ("DRAINING", [CONFIG, SECOND], "violated"),
    ],
)
def test_deleted_services_only_go_on_to_the_end(status, shown, outcome):
    """A deleted service drains and loses its revisions; a refused update brings nothing back."""
    stream = Stream()
    stream.create()
    stream.describe()
    twin = stream.update({"healthCheckPath": "/"}, CONFIG)
    stream.delete()
    stream.describe(status={"statusCode": "DRAINING"}, updatedAt=2000)
    stream.refuse({"healthCheckPath": "/"}, "ServiceNotActiveException", twin=twin)
    stream.describe(*shown, status={"statusCode": status}, updatedAt=3000)
    if not shown:
        last = stream.exchanges.pop()
        service = {**last.response.json["service"], "activeConfigurations": []}
        stream.send(last.request.operation, last.request.members, {"service": service})
    outcomes = stream.outcomes()
    assert outcomes["atomic/state"] == outcome
    assert "atomic/updatedAt" not in outcomes
    assert "atomic/healthCheckPath" not in outcomes


FOREIGN = ARN.replace(ACCOUNT, "9" * 12)


@pytest.mark.parametrize(
    ("shown", "accepted", "outcome"),
    [
        ([CONFIG], False, "ok"),
        ([{**CONFIG, "healthCheckPath": "/"}], False, "violated"),
        ([CONFIG, SECOND], False, "violated"),
        ([SECOND], True, None),
    ],
)
def test_a_service_that_the_update_does_not_name(shown, accepted, outcome):
    """An update that names another one and is refused leaves it alone."""
    stream = Stream()
    stream.create(members={"healthCheckPath": "/ping"})
    stream.describe()
    if accepted:
        stream.update({"healthCheckPath": "/"}, arn=FOREIGN)
    else:
        stream.refuse({"healthCheckPath": "/"}, arn=FOREIGN)
    stream.describe(*shown)
    assert stream.outcomes().get("atomic/identity") == outcome


def test_what_else_was_sent_may_be_the_cause():
    """Where more than the refused update lies between the two Describes, nobody knows which it was."""
    stream = Stream()
    stream.create()
    stream.describe()
    stream.update({"healthCheckPath": "/"}, arn="web")
    stream.refuse({"healthCheckPath": "/"}, arn=FOREIGN)
    stream.describe(SECOND)
    assert "atomic/identity" not in stream.outcomes()


@pytest.mark.parametrize(
    ("body", "outcome"),
    [
        ({"__type": "ClientException", "message": "m"}, "ok"),
        ({"__type": "ClientException", "message": "m", "service": {}}, "violated"),
        ({"__type": "ClientException", "targetConfiguration": CONFIG}, "violated"),
        (["service"], None),
        (b"<html>", None),
    ],
)
def test_an_error_shows_no_service(body, outcome):
    """A revision in the answer to a refused update would be one that was made."""
    stream = Stream()
    stream.create()
    stream.send("UpdateExpressGatewayService", {"serviceArn": ARN, "cpu": 5}, body, 400)
    assert stream.outcomes().get("atomic/answer") == outcome


def test_the_topic_is_inferred_and_meant_by_the_scenarios():
    """No document says that updates are atomic, so nothing of it can fail; every class has a requirement."""
    entries = [entry for entry in REQUIREMENTS.values() if entry.topic == "atomic"]
    assert {entry.evidence for entry in entries} == {Evidence.INFERRED}
    assert {"atomic/type", "atomic/identity", "atomic/state", "atomic/exclusion"} <= {e.id for e in entries}
    assert {"atomic-defects", "atomic-identities", "atomic-deleted"} <= SCENARIOS.keys()


STORY = ["create", "describe", "update", "describe", "refuse", "describe", "refuse other", "describe"]
STORY += ["delete", "describe", "refuse", "describe"]
SHOWN = {"activeConfigurations": [CONFIG, SECOND], "tags": [{"key": "a", "value": "1"}], **service()}
ANSWERS = [{"service": {**SHOWN, "targetConfiguration": SECOND}} for _ in STORY]
EDITS = st.lists(st.tuples(st.sampled_from(sorted(paths(ANSWERS), key=str)), VALUES), min_size=1, max_size=3)


def told(answers):
    """What is judged of a story in which Describes before and after refusals answer this."""
    stream, twin = Stream(), None
    for step, answer in zip(STORY, answers, strict=True):
        raw = json.dumps(answer).replace("Infinity", "1e999").encode()
        match step:
            case "describe":
                stream.send(model.DESCRIBE, {"serviceArn": ARN}, raw)
            case "update":
                twin = stream.send(model.OPERATION, {"serviceArn": ARN, "healthCheckPath": "/"}, raw)
            case "create" | "delete":
                operation = model.CREATE if step == "create" else model.DELETE
                stream.send(operation, {"serviceArn": ARN}, raw)
            case _:
                arn = FOREIGN if step == "refuse other" else ARN
                stream.send(model.OPERATION, {"serviceArn": arn, **WRONG_PATH}, raw, 400, twin=twin)
    return stream.outcomes()


@given(EDITS)
@example([((7, "service", "activeConfigurations", 0, "serviceRevisionArn"), [])])
@example([((5, "service", "createdAt"), 10**400)])
@example([((5, "service", "cluster"), {})])
@example([((5, "service", "status"), {"statusCode": []})])
def test_garbage_is_judged(edits):
    """Any JSON value anywhere in what is shown around a refusal is judged without a fault of the suite."""
    answers = ANSWERS
    for path, value in edits:
        if path and path in {*paths(answers)}:
            answers = replaced(answers, path, value)
    told(answers)


def test_the_garbled_story_concerns_the_topic():
    """The story that is garbled is judged by the oracles of the topic, so that the garbage reaches them."""
    assert {"atomic/format", "atomic/identity", "atomic/updatedAt", "atomic/answer"} <= told(ANSWERS).keys()


# -- the strategies ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_near_miss_can_carry_a_change(defect):
    """Beside the defect there is at least one valid member that the baseline has otherwise."""

    @FEW
    @given(near_misses(defect=defect, changes=1))
    def changing(miss):
        top = miss["path"].partition(".")[0]
        others = {name: value for name, value in miss["members"].items() if name != top}
        assert any(value != baseline().get(name) for name, value in others.items())
        assert faults(miss["twin"]) == []
        assert differences(miss["members"], miss["twin"]) == {miss["path"]}
        assert json.loads(json.dumps(miss)) == miss

    changing()


@FEW
@given(near_misses(pools=POOLS, defect="type/cpu", changes=2))
def test_changes_keep_to_the_pools(miss):
    """What goes along names only what the target has, and is no value that the service has already."""
    assert faults(miss["twin"]) == []
    known = baseline(POOLS)
    others = [name for name in miss["twin"] if name != "cpu"]
    assert 2 <= len(others) <= 4
    assert all(miss["twin"][name] != known[name] for name in others)


@pytest.mark.parametrize("place", range(3))
def test_the_defect_stands_anywhere(place):
    """The wrong member may be the first, a middle or the last one of the body."""
    strategy = near_misses(defect="range/primaryContainer.containerPort-above", changes=2)

    def stands(miss):
        return len(miss["members"]) == 3 and [*miss["members"]].index("primaryContainer") == place

    assert find(strategy, stands, settings=FIND)


def test_a_near_miss_with_a_change_shrinks_to_two_members():
    """The simplest one has the defect last, after one plain change."""
    miss = find(near_misses(defect="type/healthCheckPath", changes=1), lambda _: True, settings=FIND)
    assert [*miss["members"]] == ["executionRoleArn", "healthCheckPath"]
    pair = find(near_misses(defect="pair/cpu-memory", changes=1), lambda _: True, settings=FIND)
    assert set(pair["members"]) == {"cpu", "memory"}
    exclusion = find(near_misses(defect="exclusion/cpu", changes=1), lambda _: True, settings=FIND)
    assert set(exclusion["members"]) == {"cpu", "taskDefinitionArn"}


@pytest.mark.parametrize("scenario", [ATOMIC_DEFECTS, ATOMIC_IDENTITIES, ATOMIC_DELETED], ids=lambda s: s.id)
def test_cases_are_plain_json(scenario):
    """Whatever a scenario draws survives a recording, the order of its members included."""
    for item in scenario.items("standard"):

        @settings(FEW, max_examples=3)
        @given(scenario.strategy(ANYWHERE, item))
        def plain(case):
            assert json.dumps(json.loads(json.dumps(case))) == json.dumps(case)
            assert case.get("twin") or case["members"]

        plain()


def test_at_smoke_effort_each_class_of_defects_occurs():
    """Smoke effort has one defect of each class, types also inside of a structure; standard has all."""
    smoke, standard = ATOMIC_DEFECTS.items("smoke"), ATOMIC_DEFECTS.items("standard")
    classes = {defect.partition("/")[0] for defect in standard}
    assert {defect.partition("/")[0] for defect in smoke} == classes
    assert {*DEFECTS} < {*standard}
    assert len(smoke) == len(classes) + 1
    assert any(defect.startswith("type/") and "." in defect for defect in smoke)
