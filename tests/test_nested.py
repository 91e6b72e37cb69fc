"""Updates inside of the structures: what is described, what diverges, what fails, what is not told."""

from __future__ import annotations

import pytest
from hypothesis import given as given_values
from hypothesis import settings
from hypothesis import strategies as st
from json_values import VALUES
from streams import CONFIG, DEFINITION, REVISION_2, ROLE, SECRET, Stream, fails

from conformance import model
from conformance.requirements import REQUIREMENTS
from conformance.verdict import Evidence

A, B, C = ({"name": name, "value": name.lower()} for name in "ABC")
A2 = {"name": "A", "value": "other"}
GROUPS = ["sg-1"]
MANAGED = ["sg-1", "sg-managed"]
CONTAINER = {
    "image": "nginx:1",
    "containerPort": 8081,
    "command": ["run", "it"],
    "environment": [A, B],
    "secrets": [{"name": "S", "valueFrom": SECRET}],
    "awsLogsConfiguration": {"logGroup": "/g", "logStreamPrefix": "p"},
    "repositoryCredentials": {"credentialsParameter": SECRET},
}
NETWORK = {"subnets": ["subnet-1", "subnet-2"], "securityGroups": MANAGED}
SCALING = {
    "minTaskCount": 2,
    "maxTaskCount": 7,
    "autoScalingMetric": "AVERAGE_MEMORY",
    "autoScalingTargetValue": 71,
}
BEFORE = {
    **CONFIG,
    "healthCheckPath": "/health",
    "primaryContainer": CONTAINER,
    "networkConfiguration": NETWORK,
    "scalingTarget": SCALING,
}
IMAGE = {"image": "nginx:1"}


def given(**members):
    """A primary container with an image and these members."""
    return {"primaryContainer": {**IMAGE, **members}}


def becomes(changed, **parts):
    """The configuration after an update, with these parts of its structures changed; None takes one away."""
    merged = {**BEFORE, **REVISION_2, **changed}
    for name, part in parts.items():
        whole = {**BEFORE[name], **part} if isinstance(part, dict) else part
        if isinstance(whole, dict):
            whole = {key: value for key, value in whole.items() if value is not None}
        merged[name] = whole
    return {name: value for name, value in merged.items() if value is not None}


def told(request, after=None, *, refused="", status=400, twin=None, before=BEFORE, creates=None, shown=None):
    """The stream of a service that has a configuration, a twin if there is one, and an update."""
    stream = Stream()
    groups = {"networkConfiguration": {"securityGroups": GROUPS}} if creates is None else creates
    stream.create(members=groups)
    stream.describe(before)
    sent = None
    if twin is not None:
        sent = stream.update(twin, {**before, **REVISION_2, "serviceRevisionArn": "revision/t"})
        stream.describe({**before, **REVISION_2, "serviceRevisionArn": "revision/t"})
    if refused:
        stream.refuse(request, refused, status, twin=sent)
        stream.describe({**before, **REVISION_2, "serviceRevisionArn": "revision/t"} if sent else before)
    else:
        after = becomes({}) if after is None else after
        stream.update(request, {**after, "createdAt": 3000}, twin=sent)
        stream.describe({**after, "createdAt": 3000} if shown is None else shown)
    return stream


def words(stream, id):
    """In which words a requirement was described; each exactly once."""
    count = stream.tally().get(id)
    return None if count is None else list(count.behaviours)


CLEARED = [
    (given(command=[]), becomes({}, primaryContainer={"command": None}), "clears it"),
    (given(command=[]), becomes({}, primaryContainer={"command": []}), "clears it"),
    (given(command=[]), becomes({}), "leaves it as it was"),
    (given(environment=[]), becomes({}, primaryContainer={"environment": [C]}), "sets it to another value"),
    (given(environment=[]), becomes({}, primaryContainer={"environment": [B, A]}), "leaves it as it was"),
    ({"scalingTarget": {}}, becomes({}), "leaves it as it was"),
    (
        {"scalingTarget": {}},
        becomes({"scalingTarget": CONFIG["scalingTarget"] | {"maxTaskCount": 20}}),
        "resets it to a documented default",
    ),
    (
        {"scalingTarget": {}},
        becomes({}, scalingTarget={"autoScalingMetric": "AVERAGE_CPU"}),
        "changes its autoScalingMetric",
    ),
    ({"scalingTarget": {}}, becomes({"scalingTarget": None}), "clears it"),
    ({"healthCheckPath": ""}, becomes({"healthCheckPath": "/ping"}), "resets it to a documented default"),
    ({"healthCheckPath": ""}, becomes({"healthCheckPath": "/"}), "resets it to a documented default"),
    ({"healthCheckPath": ""}, becomes({"healthCheckPath": "/x"}), "sets it to another value"),
    ({"taskRoleArn": ""}, becomes({"taskRoleArn": None}), "clears it"),
    (
        {"networkConfiguration": {"securityGroups": []}},
        becomes({}, networkConfiguration={"securityGroups": ["sg-managed"]}),
        "clears it",
    ),
    ({"networkConfiguration": {"securityGroups": []}}, becomes({}), "leaves it as it was"),
    (
        {"networkConfiguration": {"subnets": []}},
        becomes({}, networkConfiguration={"subnets": ["subnet-3"]}),
        "sets it to another value",
    ),
    (given(containerPort=None), becomes({}), "leaves it as it was"),
    (
        given(containerPort=None),
        becomes({}, primaryContainer={"containerPort": 80}),
        "resets it to a documented default",
    ),
    (given(repositoryCredentials={"credentialsParameter": None}), becomes({}), "leaves it as it was"),
]
WAYS = {"[]": "an empty list", "{}": "an empty object", "''": "an empty string", "None": "null"}


def tried(request, parent=""):
    """Which member a request clears, in the words and in the id of a requirement."""
    for name, value in request.items():
        path = f"{parent}{name}"
        if value in ([], {}, "", None):
            way = WAYS[repr(value)]
            yield path, way, f"clear/{path}-{way.removeprefix('an ').replace(' ', '-')}"
        elif isinstance(value, dict):
            yield from tried(value, f"{path}.")


@pytest.mark.parametrize(("request_", "after", "effect"), CLEARED)
def test_what_a_clearing_does_is_told_in_words(request_, after, effect):
    """An accepted clearing is told by what Describe shows of the member; nothing is held against it."""
    stream = told(request_, after)
    ((path, way, id),) = tried(request_)
    assert words(stream, id) == [f"{way} for {path} is accepted and {effect}"]
    assert REQUIREMENTS[id].evidence is Evidence.OPEN
    assert stream.against() == {}


@pytest.mark.parametrize(
    ("code", "status", "said"),
    [
        ("InvalidParameterException", 400, "refused with InvalidParameterException"),
        ("", 400, "refused with status 400"),
        ("AccessDeniedException", 400, "refused with AccessDeniedException"),
        ("ServerException", 500, "answered with status 500"),
        ("ThrottlingException", 400, None),
        ("ExpiredTokenException", 400, None),
        ("ServiceUnavailable", 503, None),
    ],
)
def test_a_refused_clearing_is_told_after_its_twin(code, status, said):
    """A refusal is told by its class; one of the caller is not, and neither is one without the twin."""
    id, request, twin = "clear/primaryContainer.command-empty-list", given(command=[]), given(command=["run"])
    stream = told(request, refused=code or "-", status=status, twin=twin)
    if not code:
        stream = Stream()
        stream.create()
        stream.describe(BEFORE)
        sent = stream.update(twin, becomes({}))
        stream.describe(becomes({}))
        members = {"serviceArn": sent.request.members["serviceArn"], **request}
        stream.send(model.OPERATION, members, {"message": "no"}, 400, twin=sent)
        stream.describe(becomes({}))
    found = words(stream, id)
    assert found == (None if said is None else [f"an empty list for primaryContainer.command is {said}"])


def test_a_refusal_without_its_twin_tells_nothing():
    """Without an accepted request that differs in this member alone, nobody knows why it was refused."""
    id, request = "clear/taskRoleArn-empty-string", {"taskRoleArn": ""}
    no = {"refused": "InvalidParameterException"}
    assert words(told(request, **no), id) is None
    other = {"taskRoleArn": ROLE, "cpu": "512", "memory": "1024"}
    assert words(told(request, **no, twin=other), id) is None
    assert words(told(request, **no, twin={"taskRoleArn": ROLE}), id) is not None
    stream = Stream()
    stream.create()
    stream.describe(BEFORE)
    refused = stream.refuse({"taskRoleArn": ROLE})
    stream.describe(BEFORE)
    stream.refuse(request, twin=refused)
    stream.describe(BEFORE)
    assert words(stream, id) is None


SILENT = {
    "two at once": (given(command=[], environment=[]), {}),
    "not known before": (given(command=[]), {"before": {**BEFORE, "primaryContainer": IMAGE}}),
    "a Describe that is late": (given(command=[]), {"shown": BEFORE}),
    "an answer that names no revision": (
        given(command=[]),
        {"after": {k: v for k, v in becomes({}).items() if k != "serviceRevisionArn"}, "shown": BEFORE},
    ),
    "a wrong type": (given(command={}), {}),
    "null at the top": ({"taskRoleArn": None, "cpu": "256", "memory": "512"}, {}),
    "a required member": ({"primaryContainer": {"image": ""}}, {}),
    "groups that nobody asked for": (
        {"networkConfiguration": {"securityGroups": []}},
        {"creates": {}, "after": becomes({}, networkConfiguration={"securityGroups": ["sg-2"]})},
    ),
}


@pytest.mark.parametrize("why", SILENT)
def test_what_is_not_known_is_not_told(why):
    """Where it is not clear what was cleared, what was before or what came of it, nothing is told."""
    request, options = SILENT[why]
    assert not [id for id in told(request, **options).tally() if id.startswith("clear/")]


@pytest.mark.parametrize(
    ("before", "supplied", "after", "said"),
    [
        ([A, B], [A2, C], [A2, C], "replaces the whole list"),
        ([A, B], [A2, C], [C, A2], "replaces the whole list"),
        ([A, B], [A2, C], [A2, B, C], "is merged into it by name"),
        ([A, B], [A2, C], [A, B, A2, C], "is added to it"),
        ([A, B], [C], [A, B, C], "is added to it"),
        ([A, B], [A2, C], [A, B], "leaves the list as it was"),
        ([A, B], [A2, C], [A2, B], "leads to another list"),
        ([A, B], [A2, B, C], [A2, B, C], None),
        ([A], [A2], [A2], None),
        ([], [A], [A], None),
        ([A, B], [A2, C], [], None),
    ],
)
def test_what_a_list_with_names_does(before, supplied, after, said):
    """Variables replace the list, are merged into it by name, or are added; where it is all one, nothing."""
    config = {**BEFORE, "primaryContainer": {**CONTAINER, "environment": before}}
    shown = becomes({}, primaryContainer={"environment": after})
    stream = told(given(environment=supplied), shown, before=config)
    path = "primaryContainer.environment"
    assert words(stream, f"merge/{path}") == (None if said is None else [f"a {path} that is supplied {said}"])


@pytest.mark.parametrize(
    ("before", "supplied", "after", "said"),
    [
        (["run"], ["serve"], ["serve"], "replaces the whole list"),
        (["run"], ["serve"], ["run", "serve"], "is added to it"),
        (["run"], ["run", "serve"], ["run", "run", "serve"], "is added to it"),
        (["a", "b"], ["b", "a"], ["a", "b"], "leaves the list as it was"),
        (["run"], ["serve"], ["serve", "run"], "leads to another list"),
        (["run"], ["run"], ["run"], None),
    ],
)
def test_what_a_command_does(before, supplied, after, said):
    """The order of a command counts."""
    config = {**BEFORE, "primaryContainer": {**CONTAINER, "command": before}}
    stream = told(given(command=supplied), becomes({}, primaryContainer={"command": after}), before=config)
    path = "primaryContainer.command"
    assert words(stream, f"merge/{path}") == (None if said is None else [f"a {path} that is supplied {said}"])


@pytest.mark.parametrize(
    ("name", "supplied", "after", "said"),
    [
        ("securityGroups", ["sg-2"], ["sg-2", "sg-managed"], "replaces the whole list"),
        ("securityGroups", ["sg-2"], ["sg-2", "sg-other"], "replaces the whole list"),
        ("securityGroups", ["sg-2"], ["sg-1", "sg-2", "sg-managed"], "is added to it"),
        ("securityGroups", ["sg-2", "sg-1"], ["sg-1", "sg-2"], None),
        ("subnets", ["subnet-3", "subnet-4"], ["subnet-4", "subnet-3"], "replaces the whole list"),
        ("subnets", ["subnet-3", "subnet-1"], ["subnet-3", "subnet-1", "subnet-2"], "is added to it"),
    ],
)
def test_what_a_list_of_ids_does(name, supplied, after, said):
    """Ids have no order, and a managed security group may come, stay and go."""
    stream = told({"networkConfiguration": {name: supplied}}, becomes({}, networkConfiguration={name: after}))
    path = f"networkConfiguration.{name}"
    assert words(stream, f"merge/{path}") == (None if said is None else [f"a {path} that is supplied {said}"])


def test_groups_of_which_nobody_knows_who_asked_for_them_tell_nothing():
    """Where no request was seen to ask for the groups of before, each of them may be a managed one."""
    request = {"networkConfiguration": {"securityGroups": ["sg-2"]}}
    after = becomes({}, networkConfiguration={"securityGroups": ["sg-2"]})
    assert words(told(request, after, creates={}), "merge/networkConfiguration.securityGroups") is None


def test_variables_that_are_merged_by_name_fail_nothing():
    """That a supplied environment replaces the list is only claimed, so a merged one can at most diverge."""
    stream = told(given(environment=[A2]), becomes({}, primaryContainer={"environment": [A2, B]}))
    assert set(stream.against().values()) == {"tolerated"}
    assert not [id for id, count in stream.tally().items() if fails(REQUIREMENTS[id], count)]
    lost = told(given(environment=[A2]), becomes({}, primaryContainer={"environment": [A, B]}))
    assert lost.outcomes()["reflect/primaryContainer.environment"] == "violated"


PARTIAL = [
    ({"minTaskCount": 2}, {}, "keeps all that it leaves out"),
    (
        {"minTaskCount": 2},
        {"maxTaskCount": 20, "autoScalingMetric": "AVERAGE_CPU", "autoScalingTargetValue": 60},
        "keeps nothing that it leaves out",
    ),
    ({"minTaskCount": 2}, {"autoScalingMetric": "AVERAGE_CPU"}, "does not keep its autoScalingMetric"),
    (
        {name: value for name, value in SCALING.items() if name != "autoScalingMetric"},
        {"autoScalingMetric": "AVERAGE_CPU"},
        "does not keep its autoScalingMetric",
    ),
]


@pytest.mark.parametrize(("supplied", "lost", "said"), PARTIAL)
def test_a_partial_structure_is_described(supplied, lost, said):
    """What a partial scaling target does with the rest is told as a whole, and held against nobody."""
    stream = told({"scalingTarget": supplied}, becomes({}, scalingTarget=lost))
    assert words(stream, "merge/scalingTarget") == [f"a partial scalingTarget {said}"]
    assert stream.against() == {}
    kept = "does not keep" if "autoScalingMetric" in lost else "keeps"
    expected = f"an update with scalingTarget but no autoScalingMetric {kept} the autoScalingMetric"
    assert words(stream, "keep/scalingTarget.autoScalingMetric") == [expected]


def test_a_doubt_hides_no_description():
    """A minimum alone may be refused, for the maximum may be reset; once it is taken, it tells something."""
    stream = told({"scalingTarget": {"minTaskCount": 3}}, becomes({}, scalingTarget={"minTaskCount": 3}))
    assert words(stream, "merge/scalingTarget") == ["a partial scalingTarget keeps all that it leaves out"]


@pytest.mark.parametrize("supplied", [{}, {"minTaskCount": None}, None, SCALING, "x"])
def test_what_is_not_partial_is_not_described_as_such(supplied):
    """A structure that is whole, empty, null or none at all leaves nothing out that could be kept."""
    stream = told({"scalingTarget": supplied, "healthCheckPath": "/health"}, becomes({}))
    assert not [id for id in stream.tally() if id.startswith(("keep/scaling", "merge/scaling"))]


def test_a_null_member_is_not_left_out():
    """What a null does is described by itself, also where it clears the member."""
    gone = becomes({}, primaryContainer={"environment": None})
    stream = told(given(environment=None), gone)
    assert "keep/primaryContainer.environment" not in stream.tally()
    assert stream.against() == {}
    stream = told({"scalingTarget": {"minTaskCount": 2, "maxTaskCount": None}}, becomes({}))
    assert "keep/scalingTarget.maxTaskCount" not in stream.tally()
    assert "keep/scalingTarget.autoScalingMetric" in stream.tally()


def test_a_refused_null_is_nobodys_fault():
    """A null inside of a structure is described, so no member is blamed for a refusal."""
    stream = told(given(environment=None), refused="SerializationException", twin=given(environment=[A, B]))
    id = "clear/primaryContainer.environment-null"
    assert words(stream, id) == [
        "null for primaryContainer.environment is refused with SerializationException"
    ]
    assert stream.against() == {}


def test_what_a_container_leaves_out_diverges():
    """Members inside of the container are seen to be kept: one that is not diverges, and does not fail."""
    stream = told(given(), becomes({}, primaryContainer={"containerPort": 80, "secrets": None}))
    against = stream.against()
    assert against == {
        "keep/primaryContainer.containerPort": "violated",
        "keep/primaryContainer.secrets": "violated",
    }
    assert not [id for id in against if fails(REQUIREMENTS[id], stream.tally()[id])]
    said = "a partial primaryContainer does not keep its containerPort, secrets"
    assert words(stream, "merge/primaryContainer") == [said]


def test_a_customers_task_definition_is_another_matter():
    """How the container of a customer's task definition is left is not documented: nothing is described."""
    stream = told(
        given(environment=[A2, C]),
        becomes({}, primaryContainer={"environment": [A2, C]}),
        creates={"taskDefinitionArn": DEFINITION},
    )
    assert not [id for id in stream.tally() if id.startswith(("keep/primary", "merge/"))]


DOUBTFUL = [
    given(command=[]),
    given(command=None),
    given(repositoryCredentials={}),
    {"scalingTarget": {}},
    {"networkConfiguration": {}},
    {"networkConfiguration": {"subnets": []}},
    {"scalingTarget": {"minTaskCount": 3}},
    {"healthCheckPath": ""},
    {"taskRoleArn": ""},
    {"cpu": ""},
]


@pytest.mark.parametrize("request_", DOUBTFUL, ids=str)
def test_a_doubt_hides_no_loss(request_):
    """Whatever is doubtful about an accepted update, it fails if it loses another top-level member."""
    fine = told(request_, becomes({}))
    assert fine.outcomes()["preserve/executionRoleArn"] == "ok"
    for name, value in (("executionRoleArn", None), ("cpuArchitecture", "X86_64")):
        stream = told(request_, becomes({name: value}))
        assert stream.outcomes()[f"preserve/{name}"] == "violated"
        assert fails(REQUIREMENTS[f"preserve/{name}"], stream.tally()[f"preserve/{name}"])
    judged = {id.partition("/")[2] for id in fine.outcomes() if id.startswith("preserve/")}
    unsettled = {"taskDefinitionArn", "memory"} if "cpu" in request_ else {"taskDefinitionArn"}
    assert judged == set(model.operation().optional) - request_.keys() - unsettled


HOSTILE = [given(command=[]), given(environment=[A2]), {"networkConfiguration": {"securityGroups": ["sg-2"]}}]


@settings(max_examples=60, database=None, deadline=None, derandomize=True)
@given_values(st.sampled_from(HOSTILE), VALUES, VALUES, VALUES)
def test_garbage_is_judged_without_a_fault(request_, one, other, third):
    """Whatever JSON stands where lists and structures should be, the oracles do not fail."""
    (top,) = request_
    (name,) = request_[top].keys() - {"image"}
    for before, after in (({name: one}, {name: other}), (one, {name: third}), ({name: [one]}, [other])):
        config = {**BEFORE, top: {**BEFORE[top], **before} if isinstance(before, dict) else before}
        shown = {**becomes({}), top: {**BEFORE[top], **after} if isinstance(after, dict) else after}
        for request in (request_, {top: {**request_[top], name: [third]}}, {top: {name: other, "x": one}}):
            told(request, shown, before=config, creates={top: one}).tally()
