"""Authorisation: what the oracles say of hand-made streams, and runs with and without a second caller."""

from __future__ import annotations

from dataclasses import replace

import pytest
from commands import express, records, results, verdicts
from streams import ARN, CONFIG, REVISION_2, Stream, service

from conformance import model
from conformance.emulator.process import guarded
from conformance.exceptions import ConfigurationError
from conformance.requirement import Concern
from conformance.requirements import REQUIREMENTS, selected
from conformance.signing import BAD_SIGNATURE, EXPIRED_DATE, RESTRICTED, UNSIGNED, WRONG_WAYS
from conformance.targets import Settings
from conformance.targets.base import endpoint_at
from conformance.verdict import Verdict
from conformance.verdicts import verdict

CPU = {"cpu": "512"}
PLAIN = {"cpu": "256"}
SIGNATURE, KEY = "InvalidSignatureException", "UnrecognizedClientException"
TOKEN, DENIED = "MissingAuthenticationTokenException", "AccessDeniedException"


class Callers(Stream):
    """A stream in which an update and its way back were accepted, and others may ask for the same."""

    def __init__(self, *, twin=True):
        super().__init__()
        self.create()
        self.twin = self.update(CPU) if twin else self.refuse(CPU)
        self.settled = {**CONFIG, "serviceRevisionArn": "revision/3", "createdAt": 3000.5}
        self.update(PLAIN, self.settled)
        self.shown()

    def shown(self, *configurations, **members):
        """A Describe, of the configuration that is settled unless others are given."""
        return self.describe(*(configurations or [self.settled]), **members)

    def by(self, caller, answer, status=400, *, members=CPU, operation=model.OPERATION, twin=True):
        """A request of this caller; the answer is an error class, or a body."""
        body = {"__type": answer, "message": "no"} if isinstance(answer, str) else answer
        named = {"serviceArn": ARN, **members}
        sent = self.send(operation, named, body, status, twin=self.twin if twin else None)
        self.exchanges[-1] = replace(sent, request=replace(sent.request, caller=caller))
        return self

    def accepted(self, caller, revision="revision/4"):
        """An accepted update of this caller."""
        target = {**self.settled, **CPU, "serviceRevisionArn": revision, "createdAt": 4000.5}
        return self.by(caller, {"service": service(targetConfiguration=target)}, 200)

    def auth(self):
        """What was judged of authorisation."""
        return {id.partition("/")[2]: found for id, found in self.outcomes().items() if "auth/" in id}

    def said(self):
        """What was said of the open question."""
        return list(self.tally()["auth/signatures"].behaviours)


def checking():
    """A target that was seen to refuse unsigned requests."""
    return Callers().by(UNSIGNED, TOKEN)


@pytest.mark.parametrize("way", [way for way in WRONG_WAYS if way != UNSIGNED])
def test_a_refused_signature_is_as_it_should_be(way):
    """At a target that checks signatures, 4xx with any error class will do."""
    for code in (SIGNATURE, "AccessDenied", "Whatever"):
        found = checking().by(way, code, 403).auth()
        assert found[f"{way}-rejected"] == "ok"


def test_an_unsigned_request_is_judged_after_a_wrong_one():
    """That the target checks signatures is then shown by a request with a wrong one."""
    stream = Callers().by(BAD_SIGNATURE, SIGNATURE).by(UNSIGNED, TOKEN)
    assert stream.auth()["unsigned-rejected"] == "ok"
    assert "bad-signature-rejected" not in stream.auth()
    assert Callers().by(BAD_SIGNATURE, SIGNATURE).accepted(UNSIGNED).auth()["unsigned-rejected"] == "violated"


@pytest.mark.parametrize("way", [way for way in WRONG_WAYS if way != UNSIGNED])
def test_a_partial_check_at_most_diverges(way):
    """A target that checks some things and not others diverges; it does not fail."""
    tally = checking().accepted(way).tally()
    id = f"auth/{way}-rejected"
    assert tally[id].violated == 1
    assert verdict(REQUIREMENTS[id], tally[id]) is Verdict.DIVERGES


def test_letting_unsigned_requests_through_fails():
    """A target that checks signatures, but not whether there is one, fails."""
    tally = Callers().by(BAD_SIGNATURE, SIGNATURE).accepted(UNSIGNED).tally()
    id = "auth/unsigned-rejected"
    assert verdict(REQUIREMENTS[id], tally[id]) is Verdict.FAIL


def test_a_target_that_checks_nothing_gets_one_finding():
    """Whoever comes may update: that is said once, and nothing is held against the target."""
    stream = Callers()
    for way in (BAD_SIGNATURE, UNSIGNED, *WRONG_WAYS):
        stream.accepted(way)
        stream.shown()
    assert stream.auth() == {"signatures": "ok"}
    assert stream.said() == ["an unsigned update is accepted: signatures are not checked"]


@pytest.mark.parametrize(
    ("code", "status"),
    [("UnknownOperationException", 400), ("", 404), ("InvalidParameterException", 400), ("Throttling", 429)],
)
def test_a_header_that_is_needed_to_find_the_service_is_no_check(code, status):
    """An unsigned request may be refused for another reason than that; then nothing is judged after it."""
    stream = Callers().by(UNSIGNED, code, status).accepted(BAD_SIGNATURE).accepted(EXPIRED_DATE)
    assert not {id for id in stream.auth() if id.endswith("-rejected")}


@pytest.mark.parametrize(
    ("unsigned", "wrong", "words"),
    [
        (False, False, "an unsigned update is refused, and one with a wrong signature is, too"),
        (True, False, "an unsigned update is accepted, one with a wrong signature is refused"),
        (False, True, "an unsigned update is refused, one with a wrong signature is accepted"),
    ],
)
def test_what_is_checked_is_said_in_words(unsigned, wrong, words):
    """Whether the target checks signatures is told by an unsigned update and one with a wrong signature."""
    stream = Callers()
    for caller, taken in ((BAD_SIGNATURE, wrong), (UNSIGNED, unsigned)):
        stream = stream.accepted(caller) if taken else stream.by(caller, SIGNATURE)
    assert stream.said() == [words]


def test_an_error_without_a_class_is_tolerated():
    """A refusal without an error class is none of a JSON service, but a refusal."""
    assert checking().by(EXPIRED_DATE, {}, 403).auth()["expired-date-rejected"] == "tolerated"


@pytest.mark.parametrize("status", [302, 500])
def test_a_fault_is_no_refusal(status):
    """A caller who signs wrongly is told so; a redirect or a fault of the server's tells something else."""
    assert (
        checking().by(EXPIRED_DATE, "InternalFailure", status).auth()["expired-date-rejected"] == "violated"
    )


def silent(stream):
    """Whether nothing was judged but what is open."""
    return not stream.auth().keys() - {"signatures"}


def test_without_an_accepted_twin_nothing_is_judged():
    """What the run's own caller may not do either says nothing of other callers."""
    for caller in (*WRONG_WAYS, RESTRICTED):
        refused = Callers(twin=False).by(UNSIGNED, TOKEN).by(BAD_SIGNATURE, SIGNATURE)
        assert silent(refused.by(caller, DENIED))
        assert silent(Callers().by(UNSIGNED, TOKEN, twin=False).by(caller, DENIED, twin=False))
        assert silent(Callers().by(caller, DENIED, members={"cpu": "1024"}))


def test_throttling_and_silence_are_no_answers():
    """A request that was refused for the rate, or not answered, says nothing of its caller."""
    stream = checking()
    known = stream.auth()
    stream.by(EXPIRED_DATE, "ThrottlingException").by(RESTRICTED, "ThrottlingException", 429)
    stream.exchanges.append(replace(stream.by(EXPIRED_DATE, "").exchanges.pop(), response=None))
    assert stream.auth() == known


def test_another_test_case_shows_nothing_of_this_one():
    """That the target checks signatures has to be seen in the same test case."""
    stream = checking().accepted(EXPIRED_DATE)
    assert stream.auth()["expired-date-rejected"] == "violated"
    stream.exchanges[-1] = replace(stream.exchanges[-1], tag=replace(stream.tag, case=2))
    assert "expired-date-rejected" not in stream.auth()


@pytest.mark.parametrize(("caller", "name"), [(EXPIRED_DATE, "refused-caller"), (RESTRICTED, "denied")])
def test_a_refused_caller_changes_nothing(caller, name):
    """After a refusal Describe shows what it showed before: every revision and every member."""
    id, code = f"{name}-changes-nothing", DENIED if caller == RESTRICTED else SIGNATURE
    kept = checking()
    kept.shown()
    kept.by(caller, code).shown()
    assert kept.auth()[id] == "ok"
    applied = checking()
    applied.shown()
    applied.by(caller, code).shown({**applied.settled, **CPU, "serviceRevisionArn": "r/4", "createdAt": 5e3})
    assert applied.auth()[id] == "violated"
    edited = checking()
    edited.shown()
    edited.by(caller, code).shown({**edited.settled, **CPU})
    assert edited.auth()[id] == "violated"


def test_an_accepted_or_unknown_change_is_not_judged():
    """Where the update was taken, or nobody knows what was before it, nothing can be said."""
    stream = Callers().accepted(EXPIRED_DATE)
    stream.shown({**stream.settled, **CPU, **REVISION_2})
    assert silent(stream)
    unknown = Callers()
    unknown.update(PLAIN, unknown.settled)
    unknown.by(EXPIRED_DATE, SIGNATURE).shown()
    assert "refused-caller-changes-nothing" not in unknown.auth()


def test_a_stale_read_is_no_change():
    """A Describe that shows an older revision, before or after, or none at all, proves nothing."""
    old = {**CONFIG, **REVISION_2, **CPU}
    for first, second in (([], [old]), ([old], []), ([CONFIG], [])):
        stream = Callers()
        stream.shown(*first)
        stream.by(EXPIRED_DATE, SIGNATURE).shown(*second)
        assert "refused-caller-changes-nothing" not in stream.auth()
    empty = Callers()
    empty.shown()
    empty.by(EXPIRED_DATE, SIGNATURE).send(model.DESCRIBE, {"serviceArn": ARN}, {"service": service()})
    assert "refused-caller-changes-nothing" not in empty.auth()


def test_without_the_last_revision_nothing_is_judged():
    """Where the update's answer does not say which revision it made, a Describe may be older than it."""
    stream = Callers()
    stream.update(PLAIN, {})
    stream.shown()
    stream.by(EXPIRED_DATE, SIGNATURE).shown({**stream.settled, **CPU})
    assert "refused-caller-changes-nothing" not in stream.auth()


def test_a_service_may_move_by_itself_meanwhile():
    """A managed security group that appears, or an endpoint, is no caller's doing."""
    stream = checking()
    stream.shown()
    network = {**CONFIG["networkConfiguration"], "securityGroups": ["sg-1", "sg-managed"]}
    stream.by(EXPIRED_DATE, SIGNATURE)
    stream.shown({**stream.settled, "networkConfiguration": network, "ingressPaths": []})
    assert stream.auth()["refused-caller-changes-nothing"] == "ok"


@pytest.mark.parametrize("caller", [UNSIGNED, RESTRICTED])
def test_a_refusal_shows_no_service(caller):
    """An error holds no `service`; a null is none."""
    for body, found in (({"service": service()}, "violated"), ({"service": None}, "ok"), ([], "ok")):
        assert Callers().by(caller, body, 403).auth()["refused-answer-shows-nothing"] == found


@pytest.mark.parametrize(
    ("code", "found"),
    [
        (DENIED, "ok"),
        ("ClientException", "tolerated"),
        ("AccessDenied", "tolerated"),
        ("NotAuthorized", "tolerated"),
        ("UnauthorizedOperation", "tolerated"),
        ("InvalidParameterException", "violated"),
        ("ServiceNotFoundException", "violated"),
        ("", "violated"),
    ],
)
def test_who_is_denied_is_told_so(code, found):
    """AccessDeniedException is the documented class; other words for it are tolerated."""
    stream = Callers().by(RESTRICTED, code)
    assert stream.auth()["denied-class"] == found
    assert stream.auth()["denied-rejected"] == "ok"
    assert ("denied-status" in stream.auth()) == (code == DENIED)


@pytest.mark.parametrize(
    ("status", "found"), [(400, "ok"), (401, "tolerated"), (403, "tolerated"), (404, "violated")]
)
def test_the_status_of_a_denial(status, found):
    """400 by the API page; the statuses that the guide gives for all services are tolerated."""
    assert Callers().by(RESTRICTED, DENIED, status).auth()["denied-status"] == found


def test_credentials_that_are_not_valid_are_no_denial():
    """If the second caller's credentials are refused, nothing is known of its permissions; else it may be."""
    assert silent_but_refused(Callers().by(RESTRICTED, KEY))
    described = {"service": service(activeConfigurations=[CONFIG])}
    known = Callers().by(RESTRICTED, described, 200, members={}, operation=model.DESCRIBE, twin=False)
    assert known.by(RESTRICTED, KEY).auth()["denied-class"] == "tolerated"
    unknown = Callers().by(RESTRICTED, KEY, members={}, operation=model.DESCRIBE, twin=False)
    assert silent_but_refused(unknown.by(RESTRICTED, KEY))


def silent_but_refused(stream):
    """Whether nothing was said of a denial."""
    return not any(id.startswith("denied-") for id in stream.auth())


def test_an_allowed_update_of_the_restricted_caller():
    """It is held against a target that checks signatures, is open at AWS, and says nothing elsewhere."""
    assert checking().accepted(RESTRICTED).auth()["denied-rejected"] == "violated"
    assert silent(Callers().accepted(RESTRICTED))
    count = checking().accepted(RESTRICTED).tally()["auth/denied-rejected"]
    entry = REQUIREMENTS["auth/denied-rejected"]
    assert verdict(entry, count, "url") is Verdict.FAIL
    assert verdict(entry, count, "aws") is Verdict.INFORMATIONAL


def test_a_describe_of_another_caller_leaves_what_is_known():
    """It changes nothing, so the update after it is still judged by the Describe before it."""
    stream = Callers().by(RESTRICTED, {"service": {}}, 200, members={}, operation=model.DESCRIBE, twin=False)
    stream.by(RESTRICTED, DENIED).shown()
    assert stream.auth()["denied-changes-nothing"] == "ok"


def test_no_other_oracle_sees_another_callers_update():
    """What a restricted caller is answered is judged by the requirements on authorisation alone."""
    own = Callers()
    before = own.outcomes()
    own.by(UNSIGNED, {"nonsense": 1}, 500).by(RESTRICTED, "NoSuchError", 418)
    assert {id for id in own.outcomes() if id not in before} <= set(selected(["auth"]))
    assert own.observations(Concern.CALLER)[-1].others == (own.exchanges[-2],)


@pytest.mark.parametrize(
    "garbage", [None, [], "x", 7, {"service": []}, {"service": "x"}, {"__type": 5}, b"\xff"]
)
def test_garbage_is_judged_without_a_fault(garbage):
    """Whatever a target answers to other callers, no oracle fails."""
    stream = checking()
    stream.shown()
    for caller in (BAD_SIGNATURE, *WRONG_WAYS, RESTRICTED):
        for status in (200, 400, 500):
            stream.by(caller, garbage if garbage is not None else {}, status)
            stream.send(model.DESCRIBE, {"serviceArn": ARN}, garbage)
    stream.judged()


# -- the second caller of other targets ----------------------------------------------------------------------


def test_the_restricted_callers_credentials():
    """They come from the settings; half of them, or the run's own, are refused."""
    given = {"restricted_access_key": "second", "restricted_secret_key": "s3cret"}
    endpoint = endpoint_at("http://localhost", Settings(**given))
    assert (endpoint.restricted_access_key, endpoint.restricted_secret_key) == ("second", "s3cret")
    assert "s3cret" not in repr(Settings(**given)) + repr(endpoint)
    for wrong in ({"restricted_access_key": "a"}, {"restricted_secret_key": "a"}):
        with pytest.raises(ConfigurationError, match="one half is missing"):
            endpoint_at("http://localhost", Settings(**wrong))
    with pytest.raises(ConfigurationError, match="own caller"):
        endpoint_at("http://localhost", Settings(**given, access_key="second"))


def test_a_second_profile_is_used(tmp_path):
    """With --restricted-profile a run at another target judges denials; nothing secret is recorded."""
    with guarded("us-east-1") as emulator:
        keys = {"main": emulator.main, "second": emulator.restricted}
        lines = [
            f"[{name}]\naws_access_key_id={k.access_key}\naws_secret_access_key={k.secret_key}\n"
            for name, k in keys.items()
        ]
        (tmp_path / "credentials").write_text("".join(lines))
        common = (
            "--only",
            "auth",
            "--effort",
            "smoke",
            "--profile",
            "main",
            "--restricted-profile",
            "second",
        )
        credentials = f"AWS_SHARED_CREDENTIALS_FILE={tmp_path / 'credentials'}"
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv(*credentials.split("=", 1))
            for out, more in (("one", ()), ("two", ("-n", "2"))):
                done = express(
                    "run", "--endpoint-url", emulator.endpoint, *common, *more, "--out", out, cwd=tmp_path
                )
                assert done.returncode == 0, done.stdout + done.stderr
                assert set(verdicts(tmp_path / out).values()) == {"pass", "informational"}
                kept = (tmp_path / out / "recording.jsonl").read_text()
                assert not [k for k in keys.values() if k.secret_key in kept or k.access_key in kept]


def test_without_a_second_caller_the_report_says_how_to_have_one(tmp_path):
    """What it takes a second caller for is not exercised, and the note says what to configure."""
    with guarded("us-east-1") as emulator:
        entry = [
            "[targets.mine]",
            f'target = "{emulator.endpoint}"',
            f'access_key = "{emulator.main.access_key}"',
            f'secret_key = "{emulator.main.secret_key}"',
        ]
        (tmp_path / "express-conformance.toml").write_text("\n".join(entry))
        done = express(
            "run", "--target", "mine", "--only", "auth", "--effort", "smoke", "--out", "o", cwd=tmp_path
        )
    assert done.returncode == 0, done.stdout + done.stderr
    notes = {
        e["id"]: e["note"] for e in results(tmp_path / "o")["requirements"] if e["verdict"] == "not-exercised"
    }
    assert set(notes) == {id for id in selected(["auth"]) if "/denied-" in id}
    assert all("restricted_profile" in note for note in notes.values())


def test_a_server_that_checks_nothing_gets_one_finding(tmp_path):
    """A command target that lets anybody in: one informational finding, nothing else, and little traffic."""
    command = "python -m conformance.emulator.server --port {port}"
    done = express(
        "run",
        "--target",
        f"command:{command}",
        "--only",
        "auth",
        "--effort",
        "smoke",
        "--out",
        "o",
        cwd=tmp_path,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found = verdicts(tmp_path / "o")
    assert {id for id, verdict in found.items() if verdict != "not-exercised"} == {"auth/signatures"}
    assert found["auth/signatures"] == "informational"
    entry = next(e for e in results(tmp_path / "o")["requirements"] if e["id"] == "auth/signatures")
    assert list(entry["behaviours"]) == ["an unsigned update is accepted: signatures are not checked"]
    callers = [r["request"].get("caller") for r in records(tmp_path / "o") if r["kind"] == "exchange"]
    assert {caller for caller in callers if caller} == {UNSIGNED, BAD_SIGNATURE}
