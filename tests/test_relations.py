"""Relations between updates: what holds, what does not, what nobody can know; and the traffic for them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from json_values import VALUES, paths, replaced
from streams import ARN, CONFIG, DEFINITION, Stream, service

from conformance import model
from conformance.exchange import Tag
from conformance.requirement import Concern
from conformance.requirements import selected
from conformance.scenarios.relations import RELATIONS, REWRITINGS
from strategies.baselines import baseline
from strategies.pools import ANYWHERE

PATH = {"healthCheckPath": "/a"}
METRIC = {"scalingTarget": {"autoScalingMetric": "AVERAGE_MEMORY"}}
SCALING = CONFIG["scalingTarget"]
NETWORK = CONFIG["networkConfiguration"]
CONTAINER = CONFIG["primaryContainer"]
BOTH = {**PATH, **METRIC}
BACK = {"healthCheckPath": CONFIG["healthCheckPath"], "scalingTarget": SCALING}
DEFAULTS = {"scalingTarget": {**SCALING, "maxTaskCount": 20}, "networkConfiguration": NETWORK}


class Server:
    """A target with one service, which says what it does; structures are merged or replaced."""

    def __init__(self, *, replaces=False, named=True, members=None):
        self.stream = Stream()
        self.replaces, self.named = replaces, named
        self.number, self.former = 1, {}
        self.now = {**CONFIG, **(members or {})}
        self.stream.create(members={"networkConfiguration": NETWORK})

    def update(self, members, *, becomes=None, body=None):
        """An accepted update; afterwards the service is what it was asked to be, and what is said here."""
        asked = json.loads(body) if body else members
        known = {name: value for name, value in asked.items() if name in CONFIG and value is not None}
        self.number += 1
        revision = {"serviceRevisionArn": f"revision/{self.number}", "createdAt": 1000.5 + self.number}
        merged = {name: self._member(name, value) for name, value in known.items()}
        self.former, self.now = self.now, {**self.now, **revision, **merged, **(becomes or {})}
        shown = service(targetConfiguration=self.now if self.named else {})
        request = body or {"serviceArn": ARN, **members}
        return self.stream.send(model.OPERATION, request, {"service": shown})

    def _member(self, name, value):
        if not isinstance(value, dict):
            return value
        kept = DEFAULTS.get(name, {}) if self.replaces else self.now[name]
        return {**kept, **{inner: part for inner, part in value.items() if part is not None}}

    def describe(self, *others, **members):
        """A Describe that shows what is so, and other revisions before it."""
        return self.stream.describe(*others, {**self.now, **members})

    def goes(self, *steps):
        """Carry out updates, each of them members or members with what becomes of it; None is a Describe."""
        self.describe()
        for step in steps:
            if step is None:
                self.describe()
            else:
                members, becomes = step if isinstance(step, tuple) else (step, None)
                self.update(members, becomes=becomes)
        self.describe()
        return self

    def says(self):
        """What is found of the relations, the worst of each."""
        found = self.stream.outcomes().items()
        return {id.removeprefix("relation/"): what for id, what in found if id.startswith("relation/")}


def raw(members, **changes):
    """The bytes of an update, with the order of its members kept."""
    return json.dumps({"serviceArn": ARN, **members}, **changes).encode()


@pytest.mark.parametrize("replaces", [False, True], ids=["merges", "replaces"])
@pytest.mark.parametrize("named", [True, False], ids=["named", "unnamed"])
@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("repeat", (METRIC, None, METRIC)),
        ("repeat", (PATH, None, PATH, None, PATH)),
        ("same-update", (METRIC, None, BACK, None, METRIC, None, BACK, None, METRIC)),
        ("union", (METRIC, None, PATH, None, BACK, None, BOTH)),
        ("order", (METRIC, None, PATH, None, BACK, None, PATH, None, METRIC)),
        ("revert", (METRIC, None, BACK)),
        ("revert", (PATH, None, BACK)),
    ],
)
def test_relations_hold(name, steps, replaces, named):
    """A target keeps every relation, whether it merges or replaces structures, and names revisions or not."""
    says = Server(replaces=replaces, named=named).goes(*steps).says()
    assert says[name] == "ok"
    assert set(says.values()) == {"ok"}


@pytest.mark.parametrize(
    ("name", "steps"),
    [
        ("union", (METRIC, PATH, None, BACK, None, BOTH)),
        ("union", (BOTH, None, BACK, None, PATH, METRIC)),
        ("order", (METRIC, PATH, None, BACK, None, PATH, METRIC)),
        ("revert", (METRIC, PATH, BACK)),
        ("revert", (METRIC, PATH, {"scalingTarget": SCALING}, {"healthCheckPath": "/ping"})),
    ],
)
def test_relations_hold_without_describes_between(name, steps):
    """Updates may follow each other at once; what they lead to is compared all the same."""
    assert Server().goes(*steps).says()[name] == "ok"


LOST = {"taskRoleArn": "arn:aws:iam::123456789012:role/lost"}
WRONG = {
    "repeat": (METRIC, None, (METRIC, LOST)),
    "same-update": (METRIC, None, BACK, None, (METRIC, LOST)),
    "union": (METRIC, PATH, None, BACK, None, (BOTH, LOST)),
    "order": (METRIC, PATH, None, BACK, None, PATH, (METRIC, LOST)),
    "revert": (METRIC, (BACK, LOST)),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_broken_relation_is_told(name):
    """Where two ways lead to different configurations, the relation does not hold, and no other is blamed."""
    says = Server().goes(*WRONG[name]).says()
    assert {id for id, what in says.items() if what == "violated"} == {name}


def test_a_difference_is_told_by_its_path():
    """A report names the innermost member that differs, and both values."""
    late = {"scalingTarget": {**SCALING, **METRIC["scalingTarget"], "autoScalingTargetValue": 1}}
    server = Server().goes(METRIC, None, (METRIC, late))
    example = server.stream.tally()["relation/repeat"].example
    assert example["expected"].startswith("scalingTarget.autoScalingTargetValue is 60")
    assert example["observed"] == "it is 1"
    roles = [exchange["role"] for exchange in example["exchanges"]]
    assert roles == ["earlier", "earlier", "earlier", "judged", "after"]


def rewritten(other, becomes=None, *, first=None):
    """The plain update, back again, and another writing of it, which may lead to something else."""
    server = Server()
    server.goes((METRIC, None) if first is None else first, None, BACK)
    server.update(METRIC, body=other, becomes=becomes)
    server.describe()
    return server.says()


INSIDE = {"scalingTarget": {"autoScalingMetric": "AVERAGE_MEMORY", "maxTaskCount": None}}
WAYS = {
    "same-update": raw(METRIC),
    "member-order": json.dumps({**METRIC, "serviceArn": ARN}).encode(),
    "white-space": raw(METRIC, separators=(",", ":")),
    "null-member": raw({**METRIC, "cpu": None}),
    "unknown-member": raw({**METRIC, "cluster": "other"}),
}


@pytest.mark.parametrize("name", WAYS)
def test_the_way_an_update_is_written_does_not_matter(name):
    """Another writing of an update has the effect of the plain one, or its own relation does not hold."""
    assert rewritten(WAYS[name])[name] == "ok"
    says = rewritten(WAYS[name], LOST)
    assert {id for id, what in says.items() if what == "violated"} == {name}


@pytest.mark.parametrize(
    ("name", "body"),
    [
        ("white-space", raw(METRIC, indent=2)),
        ("white-space", raw(METRIC).replace(b"{", b"{ ").replace(b": ", b":")),
        ("null-member", raw(INSIDE)),
        ("unknown-member", raw({"scalingTarget": {**METRIC["scalingTarget"], "conformance": 1}})),
        ("null-member", raw({"cpu": None, **METRIC, "memory": None})),
    ],
)
def test_other_writings(name, body):
    """White space anywhere, and a null or an unknown member inside of a structure, count as much as none."""
    assert rewritten(body)[name] == "ok"
    assert rewritten(body, LOST)[name] == "violated"


@pytest.mark.parametrize(
    "body",
    [
        raw({"scalingTarget": {"autoScalingMetric": "AVERAGE_CPU"}}),
        json.dumps({"cpu": None, **METRIC, "serviceArn": ARN}).encode(),
        raw({"scalingTarget": {**METRIC["scalingTarget"], "maxTaskCount": None}, "cluster": "x"}),
        raw({**METRIC, "cpu": None, "cluster": "x"}),
        raw({**METRIC, "cpu": None}, indent=1),
        json.dumps({**METRIC, "serviceArn": ARN}, indent=1).encode(),
        raw(METRIC).replace(b"AVERAGE", b"\\u0041VERAGE"),
        raw({"scalingTarget": {"autoScalingMetric": "AVERAGE_MEMORY", "maxTaskCount": 3}}),
    ],
)
def test_nothing_is_said_of_another_update(body):
    """What asks for something else, or differs in two ways, is compared with no plain update."""
    assert {*rewritten(body, LOST)} <= {"revert"}


def torn(kind):
    """A way with something in the middle of which nobody knows the effect."""
    server = Server()
    server.goes(METRIC)
    stream = server.stream
    match kind:
        case "refused":
            stream.refuse({"cpu": "7"})
        case "throttled":
            stream.refuse({"cpu": "7"}, "ThrottlingException")
        case "fault":
            stream.refuse({"cpu": "512"}, "ServerException", 500)
        case "timeout":
            stream.send(model.OPERATION, {"serviceArn": ARN}, failure="timeout")
        case "odd":
            stream.send(model.OPERATION, b'{"serviceArn": ', {"service": service()})
        case "other":
            stream.send("UpdateService", {"service": ARN}, {})
    server.update(METRIC, becomes=LOST)
    server.describe()
    return server


@pytest.mark.parametrize("kind", ["refused", "fault", "timeout", "odd", "other"])
def test_nothing_is_said_after_what_nobody_knows(kind):
    """A refused, failed or odd request may have changed the service; one that was turned away did not."""
    assert torn(kind).says() == {}
    assert torn("nothing").says() == torn("throttled").says() == {"repeat": "violated"}


def test_no_way_leads_through_a_refusal():
    """What came after a refusal does not go on from what came before it."""
    server = Server().goes(METRIC)
    server.stream.refuse({"cpu": "7"})
    server.describe()
    server.update(BACK, becomes=LOST)
    server.describe()
    assert server.says() == {}


def test_what_was_before_a_refusal_still_counts():
    """After a refusal, the Describe that follows begins anew, and earlier ways remain to compare with."""
    server = Server()
    server.goes(METRIC, None, BACK)
    server.stream.refuse({"cpu": "7"})
    server.describe()
    server.update(METRIC, becomes=LOST)
    server.describe()
    assert server.says()["same-update"] == "violated"


@pytest.mark.parametrize("before", ["cpu", "scalingTarget", "taskRoleArn", "primaryContainer"])
def test_nothing_is_said_of_ways_from_different_configurations(before):
    """Two ways are compared only where they begin at one configuration; what is absent is not known."""
    back = {**BACK, **({"cpu": "512", "memory": "1024"} if before == "cpu" else {})}
    other = None if before == "taskRoleArn" else CONFIG[before]
    becomes = {before: {**other, "new": 1} if isinstance(other, dict) else other}
    becomes = {} if before == "cpu" else becomes
    server = Server().goes(METRIC, None, (back, becomes), None, (METRIC, LOST))
    assert "same-update" not in server.says()


def test_nothing_is_said_where_other_groups_were_asked_for():
    """The security groups that were asked for are part of where a way begins, shown alike or not."""
    asked = {"networkConfiguration": {**NETWORK, "securityGroups": ["sg-1", "sg-2"]}}
    shown = {"networkConfiguration": {**NETWORK, "securityGroups": ["sg-1", "sg-2"]}}
    server = Server(members=shown).goes(METRIC, None, {**BACK, **asked}, None, (METRIC, LOST))
    assert "same-update" not in server.says()


def test_a_customers_task_definition_is_left_out():
    """What an update of a service with a customer's task definition leads to is open."""
    server = Server()
    server.stream.register()
    server.goes({"taskDefinitionArn": DEFINITION}, None, METRIC, None, (METRIC, LOST))
    assert server.says() == {}


def test_a_switch_to_a_task_definition_is_in_no_way():
    """A way with taskDefinitionArn in it is compared with nothing."""
    own = {"taskDefinitionArn": DEFINITION}
    names = ("primaryContainer", "executionRoleArn", "taskRoleArn", "cpu", "memory")
    managed = {name: CONFIG[name] for name in names}
    steps = (own, PATH, managed, None, BACK, None, PATH, own, (managed, LOST))
    assert "order" not in Server().goes(*steps).says()
    steps = (METRIC, PATH, managed, None, BACK, None, PATH, METRIC, (managed, LOST))
    assert Server().goes(*steps).says()["order"] == "violated"


@pytest.mark.parametrize(
    "steps",
    [
        ({"cpu": "512"}, {"memory": "1024"}, None, {"cpu": "256", "memory": "512"}, None,
         {"cpu": "512", "memory": "1024"}),
        ({"cpu": "512"}, PATH, None, {"cpu": "256", **BACK}, None, PATH, {"cpu": "512"}),
        ({"cpu": "1 vCPU"}, None, {"cpu": "1 vCPU"}),
    ],
)  # fmt: skip
def test_sizes_that_do_not_fit_say_nothing(steps):
    """A size that does not fit the other one may be adjusted, so what comes next proves nothing."""
    *others, last = steps
    assert not {"repeat", "union", "order"} & Server().goes(*others, (last, LOST)).says().keys()


def test_sizes_that_did_not_fit_need_not_come_back():
    """The memory may have been made to fit the cpu, and then it stays."""
    adjusted = {"memory": "1024"}
    assert Server().goes(({"cpu": "512"}, adjusted), None, {"cpu": "256"}).says() == {}


def test_sizes_that_fit_are_compared():
    """512 units go with 1024 MiB, and so do 256: then each alone is certain."""
    fit = {"memory": "1024"}
    server = Server(members=fit).goes({"cpu": "512"}, None, ({"cpu": "256"}, LOST))
    assert server.says() == {"revert": "violated"}


def test_an_old_configuration_is_no_proof():
    """Where a Describe does not show the update's revision yet, nothing is known of what it led to."""
    server = Server()
    server.goes(METRIC)
    server.update(METRIC)
    server.stream.describe(server.former)
    assert server.says() == {}


@pytest.mark.parametrize("steps", [(METRIC, (PATH, LOST)), (METRIC, PATH)])
def test_several_updates_without_revisions_are_no_proof(steps):
    """Of two updates that name no revision, Describe may show the first one's."""
    server = Server(named=False).goes(*steps, None, BACK, None, BOTH)
    assert "union" not in server.says()


def test_a_revision_that_was_there_before_is_no_proof():
    """Where the update names no revision and Describe shows an old one, it may be a late answer."""
    server = Server(named=False)
    server.goes(METRIC)
    server.update(METRIC)
    server.stream.describe({**server.former, **LOST})
    assert server.says() == {}


def test_a_target_without_revisions_is_judged():
    """An emulator that knows no revisions at all shows what is so."""
    server = Server()
    for name in ("serviceRevisionArn", "createdAt"):
        del server.now[name]
    server.describe()
    for members in (METRIC, {**METRIC}):
        server.stream.update(members, {"scalingTarget": SCALING})
        server.stream.describe({**server.now, **(LOST if server.number > 1 else {})})
        server.number += 1
    assert server.says()["repeat"] == "violated"


def test_the_revision_of_the_update_counts():
    """Of several active configurations the last update's counts, wherever it stands and whatever its date."""
    server = Server()
    server.goes(METRIC)
    server.update(METRIC)
    server.stream.describe({**server.former, **LOST, "createdAt": 9e9}, server.now)
    assert server.says() == {"repeat": "ok"}


FINE = {
    "a managed security group appears": {
        "networkConfiguration": {**NETWORK, "securityGroups": ["sg-managed", "sg-1"]}
    },
    "a default is filled in": {
        "primaryContainer": {
            **CONTAINER,
            "awsLogsConfiguration": {"logGroup": "/g", "logStreamPrefix": "ecs"},
        }
    },
    "variables come in another order": {
        "primaryContainer": {**CONTAINER, "environment": CONTAINER["environment"][::-1]}
    },
    "an empty list appears": {"primaryContainer": {**CONTAINER, "command": []}},
    "subnets come in another order": {
        "networkConfiguration": {**NETWORK, "subnets": NETWORK["subnets"][::-1]}
    },
    "an endpoint appears": {"ingressPaths": []},
    "another managed task definition": {"taskDefinitionArn": f"{DEFINITION}7"},
}


@pytest.mark.parametrize("what", FINE)
def test_what_may_differ_by_itself_is_fine(what):
    """Nothing is held against a target that shows the same configuration in another way."""
    for steps in WRONG.values():
        *others, (members, _) = steps
        assert "violated" not in Server().goes(*others, (members, FINE[what])).says().values()


def test_managed_groups_may_be_others():
    """A group that was shown before anybody asked for it is managed, and may be exchanged."""
    start = {"networkConfiguration": {**NETWORK, "securityGroups": ["sg-1", "sg-managed"]}}
    end = {"networkConfiguration": {**NETWORK, "securityGroups": ["sg-1", "sg-other"]}}
    assert Server(members=start).goes(METRIC, (BACK, end)).says()["revert"] == "ok"


def test_a_customers_group_that_is_lost_is_told():
    """A group that was asked for is there whichever way led to it."""
    lost = {"networkConfiguration": {**NETWORK, "securityGroups": ["sg-managed"]}}
    assert Server().goes(METRIC, (BACK, lost)).says()["revert"] == "violated"


def deployed(steps, others=(), **shown):
    """Ways at a target that shows a deployment in flight, and other active revisions."""
    server = Server()
    server.describe(*others, **shown)
    for step in steps:
        if step is None:
            server.stream.describe(*others, server.former, server.now, currentDeployment=f"{ARN}/deployment")
        else:
            members, becomes = step if isinstance(step, tuple) else (step, None)
            server.update(members, becomes=becomes)
    server.stream.describe(server.former, server.now, currentDeployment=f"{ARN}/deployment")
    return server.says()


OLD = {**CONFIG, **LOST, "serviceRevisionArn": "revision/0", "createdAt": 1.5}


def test_a_deployment_that_failed_explains_what_was_so_before():
    """Between two updates the service may go back to what it was, and that is no loss of the first one."""
    undone = (PATH, {"scalingTarget": SCALING})
    assert "union" not in deployed((BOTH, None, BACK, None, METRIC, undone))
    assert Server().goes(BOTH, None, BACK, None, METRIC, undone).says()["union"] == "violated"
    assert deployed((METRIC, None, (METRIC, LOST)), [OLD]) == {}


def test_a_deployment_explains_nothing_that_never_was():
    """What no active revision had is told, deployment or not."""
    assert deployed((METRIC, None, (METRIC, LOST)))["repeat"] == "violated"
    assert deployed((METRIC, PATH, None, BACK, None, (BOTH, LOST)))["union"] == "violated"
    ignored = (METRIC, {"scalingTarget": SCALING})
    assert deployed((METRIC, None, BACK, None, ignored))["same-update"] == "violated"


GROUPS = {"networkConfiguration": {"securityGroups": ["sg-2"]}}
VARIABLES = {"primaryContainer": {**CONTAINER, "environment": [{"name": "C", "value": "3"}]}}


@pytest.mark.parametrize(
    ("first", "back"),
    [
        (PATH, {"healthCheckPath": "/ping", "scalingTarget": {"minTaskCount": 1}}),
        (METRIC, {"scalingTarget": {"autoScalingMetric": "AVERAGE_CPU"}}),
        ({"primaryContainer": {**CONTAINER, "command": ["x"]}}, {"primaryContainer": CONTAINER}),
        (VARIABLES, {"primaryContainer": CONTAINER}),
        (GROUPS, {"networkConfiguration": NETWORK}),
        (PATH, {"healthCheckPath": None}),
        (PATH, {"healthCheckPath": "/other"}),
        (PATH, {**BACK, "cluster": "default"}),
    ],
)
def test_not_all_asked_back_is_no_return(first, back):
    """What may be merged or replaced has to be asked for as a whole, or nothing can be expected."""
    assert "revert" not in Server().goes(first, None, (back, LOST)).says()


@pytest.mark.parametrize(
    ("first", "back"),
    [
        (VARIABLES, {"primaryContainer": {**CONTAINER, "environment": CONTAINER["environment"]}}),
        (GROUPS, {"networkConfiguration": {**NETWORK, "securityGroups": ["sg-1"]}}),
    ],
)
def test_lists_may_be_merged(first, back):
    """No document says that a list of names replaces the one before, so growing is no fault here."""
    grown = {
        "primaryContainer": {**CONTAINER, "environment": [*CONTAINER["environment"], {"name": "C"}]},
        "networkConfiguration": {**NETWORK, "securityGroups": ["sg-1", "sg-2"]},
    }
    assert "violated" not in Server().goes(first, None, (back, grown)).says().values()


def test_a_log_group_may_be_made_up_anew():
    """A server that replaces the container may give each one a log group of its own."""
    image = {"primaryContainer": {"image": "nginx:2"}}

    def becomes(suffix):
        logs = {"logGroup": f"/aws/ecs/default/web-{suffix}", "logStreamPrefix": "ecs"}
        return {"primaryContainer": {**image["primaryContainer"], "awsLogsConfiguration": logs}}

    server = Server().goes((image, becomes("1a2b")), None, (image, becomes("3c4d")))
    assert server.says() == {"repeat": "ok"}


def test_single_updates_have_no_relations():
    """One update between two Describes is the business of other requirements."""
    assert Server().goes(METRIC).says() == {}


@pytest.mark.parametrize("doubtful", [{}, {"cpu": None}, {**PATH, "cluster": "x"}])
def test_a_doubtful_update_is_in_no_union(doubtful):
    """What an update with nothing in it does is open, and so are nulls and unknown members."""
    known = {"healthCheckPath": "/a"} if "cluster" in doubtful else {}
    steps = ({**known, **METRIC}, None, BACK, None, doubtful, (METRIC, LOST))
    assert "union" not in Server().goes(*steps).says()


def test_the_same_updates_in_the_same_order_are_no_case_of_order():
    """Whether the order matters is seen where it differs."""
    steps = (METRIC, PATH, None, BACK, None, METRIC, (PATH, LOST))
    assert "order" not in Server().goes(*steps).says()


# -- trails ----------------------------------------------------------------------------------------------


def visits(stream):
    """The last trail, as the numbers of updates of its visits."""
    return [len(visit.updates) for visit in stream.observations(Concern.TRAIL)[-1].trail]


def test_a_trail_has_every_visit():
    """Describes and the updates between them are in the trail in their order, with what was known then."""
    server = Server().goes(METRIC, PATH, None, BACK)
    (first, last) = server.stream.observations(Concern.TRAIL)
    assert visits(server.stream) == [0, 2, 1]
    assert [visit.service.latest for visit in last.trail] == ["", "revision/3", "revision/4"]
    assert last.trail[:2] == first.trail
    assert last.after is last.trail[-1].described


def test_a_second_look_takes_the_place_of_the_first():
    """Of several Describes with nothing between them, the last one is the visit."""
    server = Server().goes(METRIC)
    again = server.describe()
    server.update(PATH)
    server.describe()
    last = server.stream.observations(Concern.TRAIL)[-1]
    assert visits(server.stream) == [0, 1, 1]
    assert last.trail[1].described is again


def test_a_refusal_is_a_new_beginning():
    """After a refused update the next Describe is a visit of its own, with no updates that led to it."""
    server = Server().goes(METRIC)
    server.update(PATH)
    server.stream.refuse({"cpu": "7"})
    server.describe()
    server.update(PATH)
    server.describe()
    assert visits(server.stream) == [0, 1, 0, 1]


def test_a_trail_begins_with_the_case():
    """Another test case has a trail of its own, which begins at the Describe before, if that still holds."""
    server = Server().goes(METRIC)
    server.stream.tag = Tag(scenario="made", case=2)
    server.update(PATH)
    server.describe()
    assert visits(server.stream) == [0, 1]
    server.update(PATH)
    server.stream.tag = Tag(scenario="made", case=3)
    server.update(METRIC)
    server.describe()
    server.update(METRIC)
    server.describe()
    assert visits(server.stream) == [1, 1]


def test_a_trail_stays_short():
    """However many updates a case has, a trail holds the last visits only."""
    server = Server().goes(*[PATH, None] * 40)
    assert len(visits(server.stream)) == 16


# -- garbage ---------------------------------------------------------------------------------------------

_STORY = Server().goes(METRIC, PATH, None, BACK, None, PATH, METRIC, None, METRIC, None, BACK).stream
_DOCUMENT = [
    [exchange.request.json, exchange.response.json] for exchange in _STORY.exchanges[1:]
]  # without the Create
_EDITS = st.lists(
    st.tuples(st.sampled_from(sorted(paths(_DOCUMENT), key=str)), VALUES), min_size=1, max_size=4
)


@settings(max_examples=300)
@given(_EDITS)
def test_garbage_is_judged_without_a_fault(edits):
    """Any JSON value anywhere in the requests and answers of a trail leaves the oracles on their feet."""
    document = _DOCUMENT
    for path, value in edits:
        if len(path) > 2 and path in {*paths(document)}:
            document = replaced(document, path, value)
    stream = Stream()
    stream.create(members={"networkConfiguration": NETWORK})
    for exchange, (members, answer) in zip(_STORY.exchanges[1:], document, strict=True):
        body = json.dumps(members).replace("Infinity", "1e999").encode()
        answered = json.dumps(answer).replace("Infinity", "1e999").encode()
        stream.send(exchange.request.operation, body, answered)
    assert stream.judged(selected(["relation"])).tally.errors == set()


# -- what an update does not have ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [{"key": "k", "value": "v"}], "violated"),
        ([], [{"key": "aws:k", "value": "v"}], "ok"),
        ([], [], "ok"),
        (None, [{"key": "k", "value": "v"}], None),
    ],
)
def test_tags_of_an_untagged_service_stay(before, after, expected):
    """That a service has no tags must stay, too, where Describe says so before and after."""
    stream = Stream()
    stream.create()
    stream.describe(tags=before)
    stream.update({"tags": [{"key": "k", "value": "v"}]})
    stream.describe(tags=after)
    assert stream.outcomes().get("protocol/tags-stays") == expected


# -- scenarios -------------------------------------------------------------------------------------------


class Table:
    """A bench that notes what is sent; it accepts everything, or refuses what it is told to."""

    def __init__(self, *refused, named=True):
        self.pools, self.creates, self.named = ANYWHERE, False, named
        self.sent, self.refused = [], refused

    def service(self, slot="main"):
        """The one service there is."""
        assert slot == "main"
        return ARN

    def describe(self, arn):
        """Note a Describe."""
        self.sent.append(None)
        return self._answered(model.DESCRIBE, {"serviceArn": arn})

    def update(self, _arn, members):
        """Note an update."""
        return self.send(model.OPERATION, raw(members))

    def send(self, operation, body, *, twin=None):  # noqa: ARG002  whatever it is
        """Note the members of an update."""
        members = json.loads(body)
        self.sent.append({name: value for name, value in members.items() if name != "serviceArn"})
        return self._answered(operation, members, 400 if members.keys() & {*self.refused} else 200)

    def _answered(self, operation, members, status=200):
        stream = Stream()
        target = {"serviceRevisionArn": "revision/1"} if self.named else {}
        return stream.send(operation, members, {"service": service(targetConfiguration=target)}, status)


BASE = {name: baseline()[name] for name in BACK}


@pytest.mark.parametrize(
    ("relation", "updates", "apart", "expected"),
    [
        ("repeat", [METRIC], False, [None, METRIC, None, METRIC, None, {"scalingTarget": ...}]),
        ("revert", [METRIC], False, [None, METRIC, {"scalingTarget": ...}, None]),
        ("revert", [METRIC], True, [None, METRIC, None, {"scalingTarget": ...}, None]),
        ("union", [METRIC, PATH], False, [None, METRIC, PATH, None, BASE, None, BOTH, None, BASE]),
        (
            "order",
            [METRIC, PATH],
            True,
            [None, METRIC, None, PATH, None, BASE, None, PATH, None, METRIC, None, BASE],
        ),
    ],
)
def test_the_ways_that_are_sent(relation, updates, apart, expected):
    """A case sends both ways from known values, with Describes to compare them, and ends as it began."""
    bench = Table()
    RELATIONS.steps(bench, {"relation": relation, "updates": updates, "apart": apart})
    wanted = [
        {"scalingTarget": BASE["scalingTarget"]} if each and ... in each.values() else each
        for each in expected
    ]
    assert bench.sent == wanted


def test_updates_that_name_no_revision_are_described_one_by_one():
    """Where an answer does not say which revision it made, a Describe has to show it."""
    case = {"relation": "revert", "updates": [PATH], "apart": False}
    ways = {}
    for named in (False, True):
        bench = Table(named=named)
        RELATIONS.steps(bench, case)
        ways[named] = [each is None for each in bench.sent]
    assert ways == {False: [True, False, True, False, True], True: [True, False, False, True]}


def test_rewritings_alternate():
    """Each way is another writing of what the service is not yet; a refused one is not waited for."""
    ways = [{"kind": "plain", "variant": "again"}, {"kind": "unknown-member", "variant": "cluster"}]
    ways += [{"kind": "null-member", "variant": "healthCheckPath"}, {"kind": "null-member", "variant": "cpu"}]
    bench = Table("cluster")
    REWRITINGS.steps(bench, {"members": PATH, "ways": ways})
    back = {"healthCheckPath": BASE["healthCheckPath"]}
    updates = [each for each in bench.sent if each is not None]
    refused = {**back, "cluster": "conformance-elsewhere"}
    assert updates == [back, PATH, back, PATH, refused, {"cpu": None, **back}, back]


@pytest.mark.parametrize("scenario", [RELATIONS, REWRITINGS], ids=lambda scenario: scenario.id)
def test_items_grow_with_the_effort(scenario):
    """Standard effort sends all that smoke effort sends, and more."""
    smoke, standard = (list(scenario.items(effort)) for effort in ("smoke", "standard"))
    if scenario is REWRITINGS:
        smoke, standard = (
            [(item["member"], way) for item in items for way in item["ways"]] for items in (smoke, standard)
        )
    assert all(item in standard for item in smoke)
    assert len(standard) > len(smoke)


@settings(max_examples=20)
@given(REWRITINGS.strategy(ANYWHERE, None), st.sampled_from(REWRITINGS.items("standard")))
def test_an_item_is_placed(case, item):
    """A survey's case has the item's member and all of its ways; a conviction draws one of them."""
    placed = REWRITINGS.place(case, item)
    assert [*placed["members"]] == [item["member"]]
    assert placed["ways"] == item["ways"]


@settings(max_examples=20)
@given(st.data())
def test_a_conviction_draws_one_way(data):
    """Of an item that was seen, its member and one of its ways are drawn."""
    item = data.draw(st.sampled_from(REWRITINGS.items("smoke")))
    case = data.draw(REWRITINGS.strategy(ANYWHERE, item))
    assert [*case["members"]] == [item["member"]]
    assert len(case["ways"]) == 1
    assert case["ways"][0] in item["ways"]
