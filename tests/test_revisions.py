"""Revisions and time: the oracles on traffic made by hand, and deployments in flight."""

from __future__ import annotations

import pytest
from commands import express, results
from streams import ARN, CONFIG, REVISION_2, Stream

from conformance.emulator.process import running

PLACE, NAME = ARN.rsplit(":", 1)[0], "default/web"
PATH = {"healthCheckPath": "/"}
SECOND = {**CONFIG, **REVISION_2, **PATH}
THIRD = {**SECOND, "serviceRevisionArn": "revision/3", "createdAt": 3000.5, "cpu": "512"}


def updated(*shown, answer=SECOND, before=(CONFIG,), after=None, **service):
    """A Create, a Describe, an update, and the Describe after it."""
    stream = Stream()
    stream.create()
    stream.describe(*before)
    stream.update(PATH, answer, **service)
    stream.describe(*(shown or [answer]), **(after or {}))
    return stream


def outcome(stream, id):
    """What was found of one requirement: its worst outcome, or None."""
    return stream.outcomes().get(id)


@pytest.mark.parametrize(
    ("revision", "expected"),
    [
        (f"{PLACE}:service-revision/{NAME}/0670214419737168548", "ok"),
        (f"{PLACE}:service-revision/{NAME}/one", "ok"),
        (f"{PLACE}:service-revision/{NAME}/", "violated"),
        (f"{PLACE}:service-revision/{NAME}/1/2", "violated"),
        (f"{PLACE}:service-revision/default/api/1", "violated"),
        (f"{PLACE}:service-revision/1", "violated"),
        (f"{PLACE}:service/{NAME}/1", "violated"),
        (f"{PLACE.replace('us-east-1', 'eu-west-1')}:service-revision/{NAME}/1", "violated"),
        ("revision/1", None),
        (5, None),
    ],
)
def test_the_arn_of_a_revision_names_its_service(revision, expected):
    """Cluster and service are in it, then one id of any kind; what is no ARN is not judged here."""
    stream = updated(answer={**SECOND, "serviceRevisionArn": revision})
    assert outcome(stream, "revision/arn-names-service") == expected


def test_services_with_short_arns_are_not_judged():
    """The older form of a service's ARN has no cluster, so nothing is known of its revisions'."""
    short = f"{PLACE}:service/web"
    stream = Stream()
    stream.create(arn=short)
    stream.describe(arn=short)
    stream.update(PATH, {**SECOND, "serviceRevisionArn": f"{PLACE}:service-revision/1"}, arn=short)
    assert outcome(stream, "revision/arn-names-service") is None


@pytest.mark.parametrize(
    ("created", "former", "known", "expected"),
    [
        (2000.5, 1000.5, False, "ok"),
        (1000.5, 1000.5, False, "ok"),
        (999, 1000.5, False, "ok"),
        (998, 1000.5, False, "violated"),
        (998, 1000.5, True, None),
        ("998", 1000.5, False, None),
        (998, True, False, None),
        (998, None, False, None),
    ],
)
def test_a_revision_is_not_older_than_the_one_before(created, former, known, expected):
    """Two seconds are left for rounding and clocks; a revision that was known before is no new one."""
    before = {**CONFIG, "createdAt": former}
    answer = {**SECOND, "createdAt": created}
    if known:
        answer["serviceRevisionArn"] = CONFIG["serviceRevisionArn"]
    stream = updated(answer=answer, before=[before])
    assert outcome(stream, "revision/not-older-than-former") == expected


def test_the_order_of_active_configurations_means_nothing():
    """The newest of several revisions is found wherever it stands; nothing is held against any order."""
    for before in ([CONFIG, SECOND], [SECOND, CONFIG]):
        for shown in ([CONFIG, SECOND, THIRD], [THIRD, CONFIG, SECOND], [SECOND, THIRD, CONFIG]):
            stream = Stream()
            stream.create()
            stream.describe()
            stream.update(PATH, SECOND)
            stream.describe(*before)
            stream.update({"cpu": "512"}, THIRD)
            stream.describe(*shown)
            assert stream.against() == {}
            assert stream.tally()["revision/not-older-than-former"].judged == 2
    older = {**THIRD, "createdAt": 1500.5}
    stream = updated(answer=older, before=[CONFIG, SECOND])
    assert outcome(stream, "revision/not-older-than-former") == "violated"


@pytest.mark.parametrize(
    ("answer", "shown", "service", "expected"),
    [
        (2000.5, [SECOND, CONFIG], 1000.25, ("ok", "ok")),
        (999, [{**SECOND, "createdAt": 999}], 1000.25, ("ok", "ok")),
        (998, [SECOND], 1000.25, ("violated", "ok")),
        (2000.5, [SECOND, {**CONFIG, "createdAt": 998}], 1000.25, ("ok", "violated")),
        ("x", [{**SECOND, "createdAt": None}], 1000.25, (None, None)),
        (2000.5, [SECOND], "x", (None, None)),
        (2000.5, [SECOND], 1e999, (None, None)),
    ],
)
def test_a_revision_is_not_older_than_its_service(answer, shown, service, expected):
    """In the answer, and in the Describe after it; what is no timestamp is judged elsewhere."""
    stream = updated(
        *shown, answer={**SECOND, "createdAt": answer}, createdAt=service, after={"createdAt": service}
    )
    found = outcome(stream, "revision/created-at"), outcome(stream, "revision/created-at-in-describe")
    assert found == expected


@pytest.mark.parametrize(
    ("shown", "expected"),
    [(1000.25, "ok"), (1000, "ok"), (1000.2502, "ok"), (2000, "violated"), ("x", "violated"), (None, None)],
)
def test_describe_keeps_the_creation_date(shown, expected):
    """Rounded to a second or a millisecond it is the same date; where it is absent there is none."""
    assert outcome(updated(after={"createdAt": shown}), "identity/created-at-in-describe") == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"statusCode": "ACTIVE", "statusReason": "r"}, "ok"),
        ({"statusCode": "DRAINING"}, "violated"),
        ({}, None),
        (None, None),
        ([], None),
    ],
)
def test_describe_shows_the_service_active(status, expected):
    """A service that was active stays so through an update, also in the Describe after it."""
    assert outcome(updated(after={"status": status}), "identity/status-active-in-describe") == expected


def test_a_service_that_was_not_active_is_not_judged():
    """Of a service with another status before, nothing is expected."""
    stream = Stream()
    stream.describe(status={"statusCode": "DRAINING"})
    stream.update(PATH, SECOND)
    stream.describe(SECOND, status={"statusCode": "DRAINING"})
    assert outcome(stream, "identity/status-active-in-describe") is None
    stream = Stream()
    stream.describe()
    stream.delete()
    stream.update(PATH, SECOND)
    stream.describe(SECOND, status={"statusCode": "DRAINING"})
    assert outcome(stream, "identity/status-active-in-describe") is None


NETWORK, CONTAINER = SECOND["networkConfiguration"], SECOND["primaryContainer"]


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        ({}, "ok"),
        ({"cpu": "512"}, "violated"),
        ({"cpu": 256}, "violated"),
        ({"createdAt": 2001.5}, "violated"),
        ({"createdAt": 2000}, "ok"),
        ({"taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/x:9"}, "violated"),
        ({"primaryContainer": {**CONTAINER, "containerPort": 81}}, "violated"),
        ({"primaryContainer": {**CONTAINER, "environment": CONTAINER["environment"][:1]}}, "violated"),
        ({"primaryContainer": {**CONTAINER, "environment": CONTAINER["environment"][::-1]}}, "ok"),
        ({"primaryContainer": {**CONTAINER, "command": []}}, "ok"),
        ({"primaryContainer": {"image": "nginx:1"}}, "ok"),
        ({"networkConfiguration": {**NETWORK, "securityGroups": ["sg-1", "sg-managed"]}}, "ok"),
        ({"networkConfiguration": {**NETWORK, "securityGroups": ["sg-2"]}}, "violated"),
        ({"networkConfiguration": {"subnets": [], "securityGroups": []}}, "ok"),
        ({"scalingTarget": None}, "ok"),
        ({"ingressPaths": [{"accessType": "PUBLIC", "endpoint": "other"}]}, "ok"),
        ({"cpuArchitecture": []}, "ok"),
        ({"cpuArchitecture": "X86_64"}, "violated"),
    ],
)
def test_a_revision_is_immutable(shown, expected):
    """What the answer and Describe both show of it is one thing; what only one shows is no contradiction."""
    assert outcome(updated({**SECOND, **shown}), "revision/immutable") == expected


@pytest.mark.parametrize("edited", [False, True])
def test_an_older_revision_stays_what_it_was(edited):
    """A revision that Describe showed before the update before is compared, wherever it stands."""
    stream = Stream()
    stream.create()
    stream.describe()
    stream.update(PATH, SECOND)
    stream.describe(SECOND)
    stream.refuse({"healthCheckPath": "x"})
    stream.describe(SECOND)
    stream.update({"cpu": "512"}, THIRD)
    stream.describe(THIRD, {**CONFIG, "cpu": "512"} if edited else CONFIG, SECOND)
    assert outcome(stream, "revision/immutable") == ("violated" if edited else "ok")


def test_a_revision_that_is_seen_once_proves_nothing():
    """Without a second showing there is nothing to compare, nor after an update of unknown outcome."""
    stream = updated(THIRD, answer={**SECOND, "serviceRevisionArn": None})
    assert outcome(stream, "revision/immutable") is None
    stream = Stream()
    stream.create()
    stream.describe()
    stream.refuse(PATH, "ServerException", 500)
    stream.describe({**CONFIG, "cpu": "512"})
    assert outcome(stream, "revision/immutable") is None


@pytest.mark.parametrize(
    ("shown", "words"),
    [
        ([SECOND], "after an update, Describe shows one active configuration"),
        (
            [SECOND, CONFIG],
            "after an update, Describe may show several configurations, the newest as the first one",
        ),
        (
            [CONFIG, SECOND],
            "after an update, Describe may show several configurations, the newest further down",
        ),
        ([CONFIG, {**SECOND, "createdAt": CONFIG["createdAt"]}], None),
    ],
)
def test_the_order_is_described(shown, words):
    """How many configurations are shown, and where the newest one stands, is told and not judged."""
    tally = updated(*shown).tally()
    found = tally["semantics/active-configurations"].behaviours if words else {}
    assert list(found) == ([words] if words else [])
    assert words or "semantics/active-configurations" not in tally


@pytest.mark.parametrize(
    "options", [{"deployment_seconds": 0.03}, {"mutant": "former-revision-stays-and-comes-first"}]
)
def test_several_active_configurations_are_held_against_nobody(options, tmp_path):
    """Deployments in flight, and older revisions in front of newer ones, give no fail and no divergence."""
    with running(**options) as url:
        done = express("run", "--endpoint-url", url, "--effort", "smoke", "--out", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    summary = results(tmp_path / "run")["summary"]
    assert summary["fail"] == summary["diverges"] == summary["flaky"] == 0
    described = [entry for entry in results(tmp_path / "run")["requirements"] if "active-conf" in entry["id"]]
    assert any("several" in words for entry in described for words in entry["behaviours"])
