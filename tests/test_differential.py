"""Two targets, or a target and a recording, are compared: what differs is found, and nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from commands import express, told_cleanly
from hypothesis import given
from hypothesis import strategies as st
from json_values import VALUES

from conformance import model
from conformance.differences import Comparison, Finding, differences, paired
from conformance.differences import render as as_document
from conformance.emulator.mutants import MUTANTS
from conformance.exchange import Exchange, Failure, Request, Response
from conformance.normalisation import Names, counterparts, translated
from conformance.recording import Footer, from_json, to_json
from conformance.reporting.differences import render, summary
from conformance.reporting.progress import Progress
from conformance.schemas import schema
from conformance.suite.comparing import compare
from conformance.suite.settings import RunSettings


def service(run="0a1b2c3d", number=1, *, account="123456789012", region="us-east-1", **members):
    """The service of an answer, as a target in that place calls it."""
    arn = f"arn:aws:ecs:{region}:{account}"
    name = f"Xc-{run}-two-{number}"
    revision = members.pop("revision", f"{number}0")
    configuration = {
        "serviceRevisionArn": f"{arn}:service-revision/default/{name}/{revision}",
        "taskDefinitionArn": f"{arn}:task-definition/default-{name}:{number}",
        "cpu": "256",
        "networkConfiguration": {"securityGroups": [f"sg-{run}", "sg-00000001"], "subnets": ["subnet-1"]},
        "ingressPaths": [{"accessType": "PUBLIC", "endpoint": f"{run}.ecs.{region}.on.aws"}],
        "createdAt": 1700000000.0 + number,
    }
    return {
        "serviceName": name,
        "serviceArn": f"{arn}:service/default/{name}",
        "targetConfiguration": {**configuration, **members},
        "updatedAt": 1700000000 + number,
    }


def exchange(answer, *, request=None, operation=model.OPERATION, status=200, twin=None, id=1, headers=()):
    """An exchange with that answer: a JSON value, or bytes."""
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    asked = {"networkConfiguration": {"securityGroups": ["sg-00000001"]}} if request is None else request
    return Exchange(
        id=id,
        twin=twin,
        request=Request(operation=operation, body=json.dumps(asked).encode()),
        response=Response(status=status, headers=headers, body=body),
    )


def found_in(first, second):
    """The differences of two sequences of exchanges."""
    names = Names(), Names()
    for side, exchanges in zip(names, (first, second), strict=True):
        for each in exchanges:
            side.meet(each)
    return differences(paired(first, second, names), names)


def places(first, second):
    """Where two services differ, but for what may be a matter of time."""
    return [
        (each.path, each.what)
        for each in found_in([exchange({"service": first})], [exchange({"service": second})])
        if not each.timing
    ]


# -- normalisation --------------------------------------------------------------------------------------


def test_what_two_targets_call_their_own_is_no_difference():
    """Account, Region, run, names, ids, endpoints and times differ between any two targets."""
    other = service("ffffffff", 7, account="210987654321", region="eu-west-1")
    assert found_in([exchange({"service": service()})], [exchange({"service": other})]) == []


def test_an_account_that_is_not_the_own_one_is_a_difference():
    """Only the own account has a placeholder: an ARN of another one is not what was asked for."""
    role = "arn:aws:iam::{}:role/app"
    mine, own, foreign = (
        service(account=account, executionRoleArn=role.format(named))
        for account, named in (
            ("123456789012", "123456789012"),
            ("210987654321", "210987654321"),
            ("210987654321", "123456789012"),
        )
    )
    assert places(mine, own) == []
    assert places(mine, foreign) == [("service.targetConfiguration.executionRoleArn", "value")]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"cpu": "512"}, ("cpu", "value")),
        ({"cpu": None}, ("cpu", "null")),
        ({"cpu": 256}, ("cpu", "value")),
        ({"memory": "512"}, ("memory", "only-second")),
        ({"networkConfiguration": {}}, ("networkConfiguration", "value")),
        ({"scalingTarget": {"minTaskCount": 1, "maxTaskCount": 2}}, ("scalingTarget", "only-second")),
    ],
)
def test_a_member_that_differs_is_told_once(change, expected):
    """Present, absent, null and another value are four different things; a structure is told as one."""
    path, what = expected
    assert places(service(), service(**change)) == [(f"service.targetConfiguration.{path}", what)]


def test_numbers_are_compared_as_numbers_and_true_is_none():
    """1 and 1.0 are one number; true is not 1."""
    whole, fraction, truth = (service(scalingTarget={"minTaskCount": value}) for value in (1, 1.0, True))
    assert places(whole, fraction) == []
    assert places(whole, truth) == [("service.targetConfiguration.scalingTarget.minTaskCount", "value")]


def test_order_counts_only_where_it_is_defined():
    """Variables, subnets and groups have no order; a command has one."""
    one = [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]
    container = {"environment": one, "command": ["a", "b"]}
    mixed = {"environment": one[::-1], "command": ["b", "a"]}
    path = "service.targetConfiguration.primaryContainer.command"
    assert places(service(primaryContainer=container), service(primaryContainer=mixed)) == [(path, "value")]


def test_a_new_revision_is_told_from_an_old_one():
    """Of an id nothing is left but when it was first seen in the case; so reuse shows."""
    new = [exchange({"service": service(revision=id)}, id=place) for place, id in enumerate("12", start=1)]
    old = [exchange({"service": service(revision="7")}, id=place) for place in (1, 2)]
    found = found_in(new, old)
    assert [(each.step, each.path) for each in found] == [
        (1, "service.targetConfiguration.serviceRevisionArn")
    ]


def test_the_words_of_an_error_do_not_count_but_its_class_does():
    """Messages are never compared; the last part of __type is."""
    first, same, other = (
        exchange({"__type": kind, "message": text}, status=400)
        for kind, text in (
            ("com.amazonaws.ecs#ClientException", "One."),
            ("ClientException", "Two."),
            ("InvalidParameterException", "One."),
        )
    )
    assert found_in([first], [same]) == []
    [found] = found_in([first], [other])
    assert (found.what, found.first, found.second) == (
        "outcome",
        "ClientException",
        "InvalidParameterException",
    )


def test_outcomes_are_told_apart_by_the_defect():
    """Two checks that one target lacks are two differences, though both are of one kind of answer."""
    kinds = set()
    for defect in ({"cpu": "1"}, {"memory": "x"}):
        twin = exchange({"service": service()}, id=1)
        bad = {**twin.request.members, **defect}
        refused = exchange({"__type": "ClientException"}, request=bad, status=400, id=2, twin=1)
        taken = exchange({"service": service()}, request=bad, id=2, twin=1)
        [found] = [each for each in found_in([twin, refused], [twin, taken]) if not each.timing]
        kinds.add(found.kind)
    assert len(kinds) == 2


def test_what_is_seen_of_a_deployment_is_a_matter_of_time():
    """Status, the deployment, older configurations, and the order of times are marked, and do not count."""
    first = {"service": {**service(), "status": {"statusCode": "DRAINING"}, "currentDeployment": "arn"}}
    second = {"service": {**service(), "status": {"statusCode": "INACTIVE"}}}
    found = found_in([exchange(first)], [exchange(second)])
    assert {each.path for each in found} == {"service.status.statusCode", "service.currentDeployment"}
    assert all(each.timing for each in found)


def test_only_the_same_steps_are_compared():
    """A Describe more on one side shifts nothing; races, lost answers and throttling are no evidence."""
    update, look = exchange({"service": service()}), exchange({}, request={"a": 1}, operation=model.DESCRIBE)
    lost = Exchange(id=3, request=update.request, failure=Failure(kind="timeout", message=""))
    slow = exchange({"__type": "ThrottlingException"}, status=400)
    race = Exchange(id=4, request=update.request, response=update.response, group=1)
    names = Names(), Names()
    pairs = paired([look, update, look, lost, slow, race], [look, look, race], names)
    assert [one.request.operation for one, _ in pairs] == [model.DESCRIBE] * 2


def test_a_case_is_translated_for_the_other_side():
    """What exists at one side is replaced by what exists at the other one, texts within texts included."""
    pairs = counterparts([["us-east-1"], ["sg-1", "sg-2"]], [["eu-west-1"], ["sg-9"]])
    assert translated({"a": ["arn:aws:ecs:us-east-1:1:x", "sg-2"], "n": 1}, pairs) == {
        "a": ["arn:aws:ecs:eu-west-1:1:x", "sg-9"],
        "n": 1,
    }


@given(
    st.lists(
        st.tuples(st.one_of(VALUES, st.fixed_dictionaries({"service": VALUES})), st.sampled_from([200, 400])),
        max_size=3,
    ),
    st.lists(st.tuples(VALUES, st.sampled_from([200, 400, 500])), max_size=3),
)
def test_whatever_targets_answer_nothing_raises(first, second):
    """Garbage is compared like anything else, and a side is no different from itself."""
    sides = [
        [
            exchange(json.dumps(value).encode("utf-8", "surrogatepass"), status=status)
            for value, status in side
        ]
        for side in (first, second)
    ]
    found_in(*sides)
    assert found_in(sides[0], sides[0]) == []


def test_what_a_target_says_is_inert_in_every_form():
    """Markup, escapes, bidirectional controls and lone surrogates act nowhere, and can be written."""
    evil = "<script>alert(1)</script>\x1b[31m\u202e\ud800"
    pairs = [(exchange({"service": service(cpu="256")}), exchange({"service": service(cpu=evil)}))]
    found = differences(pairs, (Names(), Names()))
    steps = [{"first": one.to_json(), "second": other.to_json()} for one, other in pairs]
    side = dict.fromkeys(("name", "kind", "endpoint", "region", "version", "started_at", "recording"), evil)
    finding = Finding(
        scenario=evil,
        case={evil: evil},
        shrunk=True,
        repeated=True,
        times=1,
        lead=found[0],
        differences=found,
        steps=steps,
    )
    comparison = Comparison(
        first=side,
        second={**side, "recording": ""},
        suite=dict.fromkeys(("version", "botocore", "effort", "seed"), evil),
        started_at="",
        finished_at="",
        complete=True,
        errors=[evil],
        cases=1,
        compared=1,
        not_compared={evil: 1},
        findings=[finding],
        timing=[],
        following=[],
    )
    for text in (render(comparison), summary(comparison, Path("out"))):
        assert not {"\x1b", "\u202e", "\ud800"} & {*text}
        text.encode()
    assert "<script" not in render(comparison)
    assert json.loads(as_document(comparison).encode())["errors"] == [evil]


# -- two targets ----------------------------------------------------------------------------------------


def compared(against, folder, *only, target="", seed=1):
    """What a comparison at smoke effort came to."""
    settings = RunSettings(target=target, effort="smoke", seed=seed, only=only, out=str(folder))
    return compare(settings, against, Progress())


def checked(comparison):
    """The comparison, whose document fits its schema and whose reports can be made."""
    document = json.loads(json.dumps(comparison.to_json()))
    jsonschema.validate(document, schema("differences"), cls=jsonschema.Draft202012Validator)
    assert "<script" not in render(comparison)
    return comparison


def test_the_reference_does_not_differ_from_itself(tmp_path):
    """A whole run at smoke effort finds no difference, leaves both recordings, and ends with 0."""
    done = express("run", "--against", "embedded", "--effort", "smoke", "--out", "out", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No difference between embedded (target) and embedded (against)" in done.stdout
    document = json.loads((tmp_path / "out" / "differences.json").read_bytes())
    assert document["complete"]
    assert document["compared"] > 500
    assert document["findings"] == []
    names = {path.relative_to(tmp_path / "out").as_posix() for path in (tmp_path / "out").rglob("*.*")}
    sides = {"target/recording.jsonl", "against/recording.jsonl"}
    assert names == {"differences.json", "differences.html", *sides}
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize(
    ("name", "only", "kind"),
    [
        ("update-resets-cpu", "preserve/cpu", "value"),
        ("exclusions-unchecked", "", "outcome"),
        ("updated-at-is-text", "", "value"),
        ("empty-arn-is-taken", "", "outcome"),
        ("update-drops-primary-container-aws-logs-configuration", "", "only-first"),
    ],
)
def test_a_planted_difference_is_shown_by_a_small_request(tmp_path, name, only, kind):
    """Each is found, shrunk to at most two optional members, and named with a requirement it concerns."""
    breaks = [only] if only else MUTANTS[name].breaks[:1]
    comparison = checked(compared(f"embedded:{name}", tmp_path / "out", *breaks))
    assert comparison.complete
    assert comparison.exit_code == 1
    finding = next(each for each in comparison.findings if breaks[0] in {c.id for c in each.concerns})
    assert finding.shrunk
    assert finding.repeated
    assert finding.lead.what == kind
    concern = next(each for each in finding.concerns if each.id == breaks[0])
    assert (concern.first, concern.second) == ("", "violated")
    assert len({*json.loads(finding.asked["body"])} & {*model.operation().optional}) <= 2
    told = summary(comparison, tmp_path)
    assert "≠ " in told
    assert breaks[0] in told


def test_what_takes_time_does_not_count(tmp_path):
    """With slow deployments a target is seen otherwise; what counts is only what it does otherwise.

    The profile shows no managed security group and no ingress path until later; neither counts.
    """
    comparison = checked(compared("embedded:rolling", tmp_path / "out", "reject-type/cpu"))
    assert comparison.timing
    assert [each.lead for each in comparison.findings] == []
    assert comparison.exit_code == 0


def test_both_recordings_can_be_judged(tmp_path):
    """What each side was sent is a recording like any other, of services that were all deleted."""
    checked(compared("embedded", tmp_path / "out", "semantics/only-service-arn"))
    for side in ("target", "against"):
        done = express("judge", tmp_path / "out" / side / "recording.jsonl", cwd=tmp_path)
        assert done.returncode == 0, done.stdout + done.stderr


# -- a recording ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def recording(tmp_path_factory):
    """The recording of a short run of the reference emulator."""
    folder = tmp_path_factory.mktemp("recorded")
    done = express(
        "run", "--effort", "smoke", "--seed", "2", "--only", "preserve/cpu", "--out", "run", cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return folder / "run" / "recording.jsonl"


def test_a_recording_does_not_differ_from_its_own_target(tmp_path, recording):
    """The recorded cases are sent again, whatever the seed, and are answered as they were."""
    comparison = checked(compared(str(recording), tmp_path / "out", seed=99))
    assert comparison.complete
    assert comparison.findings == []
    assert comparison.compared > 100
    assert comparison.second["recording"] == str(recording)


def test_a_recording_shows_the_smallest_case_that_differs(tmp_path, recording):
    """Nothing is shrunk, and one fault is one difference: the services are brought together after it."""
    comparison = checked(
        compared(str(recording.parent), tmp_path / "out", target="embedded:update-resets-cpu")
    )
    [finding] = comparison.findings
    assert not finding.shrunk
    assert finding.lead.path == "service.targetConfiguration.cpu"
    assert [(each.id, each.first, each.second) for each in finding.concerns] == [
        ("preserve/cpu", "violated", "")
    ]


def test_a_recording_that_broke_off_is_compared_as_far_as_it_goes(tmp_path, recording):
    """That it has no end, and what of it cannot be sent, is told; nothing is taken for no difference."""
    lines = recording.read_text(encoding="utf-8").splitlines()
    records = [from_json(json.loads(line)) for line in lines]
    kept = [record for record in records if not isinstance(record, Footer)]
    documents = [to_json(record) for record in kept]
    for document in documents:
        if document["kind"] == "case" and document["scenario"] == "full-updates":
            document["value"] = {"item": None, "value": {"members": 7}}
        elif document["kind"] == "case" and document["scenario"] == "presence":
            document["value"] = 7
    damaged = tmp_path / "damaged.jsonl"
    damaged.write_text("\n".join(json.dumps(each) for each in documents) + "\n", encoding="utf-8")
    comparison = checked(compared(str(damaged), tmp_path / "out"))
    assert any("broke off" in why for why in comparison.not_compared)
    assert any("full-updates" in error for error in comparison.errors)
    assert not comparison.complete


# -- the command line -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["--against", "nowhere"], 2, "There is no target 'nowhere'"),
        (["--against", "embedded", "--history", "past"], 2, "--history cannot be used with --against"),
        (["--against", "embedded", "-n", "2"], 2, "-n cannot be used with --against"),
        (["--against", "aws:eu-west-1", "--yes"], 2, ""),
        (["--against", "README.md"], 3, "is not a record of"),
        (["--against", "http://127.0.0.1:9"], 3, "does not answer"),
    ],
)
def test_what_cannot_be_compared_is_refused(tmp_path, words, code, said):
    """With a sentence, the documented exit code, and no traceback."""
    (tmp_path / "README.md").write_text("# No recording\n", encoding="utf-8")
    done = express("run", "--effort", "smoke", "--only", "preserve/cpu", *words, cwd=tmp_path)
    assert done.returncode == code, done.stdout + done.stderr
    assert told_cleanly(done)
    assert said in done.stderr
