"""Requests written in odd ways: recognised by their bytes, judged by their own requirements only."""

import json

import pytest
from streams import ARN, CONFIG, HEADERS, OTHER, Stream, service

from conformance import model
from conformance.exchange import Exchange, Failure, Request, Response
from conformance.forms import BROKEN, compacted, has_charset, oddities, pairs, unknown_members
from conformance.observer import Observer
from conformance.requirement import Concern
from conformance.scenarios.protocol import raw_request
from conformance.validity import validity
from conformance.wire import awsjson
from strategies.raw import KINDS, raw_cases

MEMBERS = {"healthCheckPath": "/raw"}
BODY = {"serviceArn": ARN, **MEMBERS}
TEXT = json.dumps(BODY).encode()
TAGS = [{"key": "a", "value": "1"}]
REFUSAL = {"__type": "SerializationException", "message": "no"}
BEFORE = {**CONFIG, "serviceRevisionArn": "revision/3", "createdAt": 3000.5}
APPLIED = {**BEFORE, "serviceRevisionArn": "revision/4", "createdAt": 4000.5, **MEMBERS}
CASES = list(raw_cases())


def raw(body=TEXT, *, method="POST", path="/", **headers):
    """An update request with these bytes and other headers; an empty header is left out."""
    names = {"content_type": "Content-Type", "target": "X-Amz-Target"}
    changed = dict(awsjson(model.OPERATION, body).headers)
    changed.update({names[name]: value for name, value in headers.items()})
    sent = tuple((name, value) for name, value in changed.items() if value)
    operation = changed["X-Amz-Target"].rpartition(".")[2]
    return Request(operation=operation, method=method, path=path, headers=sent, body=body)


class Story(Stream):
    """A valid twin, an update back to other values, and then one raw request and what follows it."""

    def __init__(self, before=BEFORE, *, twin_accepted=True, **shown):
        super().__init__()
        self.shown = {"tags": TAGS, "infrastructureRoleArn": "role/infrastructure", **shown}
        self.create(members={"networkConfiguration": CONFIG["networkConfiguration"]})
        if twin_accepted:
            self.twin = self.update(MEMBERS)
            self.update({"healthCheckPath": before["healthCheckPath"]}, before)
        else:
            self.twin = self.refuse(MEMBERS)
        self.describe(before, **self.shown)

    def say(self, request, answer=REFUSAL, status=400, *, failure="", twin=True):
        """The raw request with its answer: a value in JSON, or a configuration that was taken."""
        content = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        exchange = Exchange(
            id=len(self.exchanges) + 1,
            request=request,
            response=None if failure else Response(status=status, headers=HEADERS, body=content),
            failure=Failure(kind=failure, message="made up") if failure else None,
            tag=self.tag,
            twin=self.twin.id if twin else None,
        )
        self.exchanges.append(exchange)
        return self

    def take(self, request, target=APPLIED):
        """The raw request is accepted."""
        return self.say(request, {"service": service(targetConfiguration=target)}, 200)

    def then(self, *configurations, **shown):
        """The Describe after it."""
        self.describe(*configurations, **{**self.shown, **shown})
        return self

    def of_protocol(self):
        """What is said under this topic."""
        return {id: outcome for id, outcome in self.outcomes().items() if id.startswith("protocol/")}

    def words(self, id):
        """How a question is answered."""
        return [*self.tally()[id].behaviours]


# -- how a request is recognised -------------------------------------------------------------------------


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['kind']}-{case['variant']}")
def test_what_the_strategy_writes_is_recognised_by_its_bytes(case):
    """An odd request has exactly the oddity of its kind; what means the same has none."""
    request = raw_request(case, BODY)
    odd = set() if KINDS[case["kind"]].meaning == "same" else {case["kind"]}
    assert oddities(request) == (set() if case["kind"] == "unknown-member" else odd)


FORMS = [
    (raw(), set()),
    (raw(b'{"a": {"b": 1, "b": 2}}'), {"duplicate-names"}),
    (raw(b'[{"b": 1, "b": 2}]'), {"not-an-object"}),
    (raw(b'{"a": [{"b": 1, "b": 2}]}'), {"duplicate-names"}),
    (raw(b'{"a": "[[[[[[" }'), set()),
    (raw(b'{"a": ' + b"[" * 101 + b"]" * 101 + b"}"), {"deep-nesting"}),
    (raw(b'{"a": ' + b"[" * 90 + b"]" * 90 + b"}"), set()),
    (raw(b'{"a": Infinity}'), {"malformed"}),
    (raw(b'{"a": 01}'), {"malformed"}),
    (raw(b'{"a"'), {"truncated"}),
    (raw(b'{"a": "b\\'), {"truncated"}),
    (raw(b"{} {}"), {"trailing-data"}),
    (raw(b'\xef\xbb\xbf{"a": 1}'), {"byte-order-mark"}),
    (raw(b"\xef\xbb\xbf"), {"byte-order-mark", "empty"}),
    (raw(b'{"a": "\xff"}'), {"invalid-utf-8"}),
    (raw(b'{"a": "\xff}'), {"truncated"}),
    (raw(b'{"CPU": "256"}'), {"letter-case"}),
    (raw(b'{"CPUs": "256"}'), set()),
    (raw(TEXT, content_type="application/x-amz-json-1.1;charset=utf-8"), set()),
    (raw(TEXT, content_type="application/x-amz-json-1.1; charset=latin-1"), {"content-type"}),
    (raw(TEXT, content_type="application/x-amz-json-1.1; version=2"), {"content-type"}),
    (raw(TEXT, content_type=""), {"no-content-type"}),
    (raw(TEXT, target=""), {"no-target"}),
    (raw(TEXT, target=model.OPERATION), {"foreign-target"}),
    (raw(TEXT, target=model.target_header("ListClusters")), {"foreign-target"}),
    (raw(TEXT, target=model.target_header("Update")), {"unknown-operation"}),
    (raw(b"", method="PUT"), {"method", "empty"}),
    (raw(path=""), set()),
    (Request(operation=model.OPERATION, body=TEXT), set()),
]


@pytest.mark.parametrize(("request_", "expected"), FORMS)
def test_forms(request_, expected):
    """Every oddity is read from method, path, headers and bytes; what was not recorded counts as right."""
    assert oddities(request_) == expected


def test_the_parts_of_a_body():
    """Members are read in their order, twice where they come twice; white space in texts is significant."""
    assert pairs(b'{"a": 1, "a": 2}') == [("a", 1), ("a", 2)]
    assert pairs(b"[]") == pairs(b"{") == []
    assert compacted(b'{ "a b" :\n [1 , "\\" "]}') == b'{"a b":[1,"\\" "]}'
    assert unknown_members({"cpu": 1, "tags": []}) == ["tags"]
    assert has_charset(raw(content_type="application/x-amz-json-1.1; charset=utf-8"))
    assert not has_charset(raw(content_type="application/x-amz-json-1.1; charset=UTF-8"))


# -- what the observer makes of it -----------------------------------------------------------------------


def test_an_odd_request_is_shown_to_nobody_else():
    """It is no answer or change of an ordinary update, but one of its own kind, with all that was known."""
    story = Story().say(raw(b"{")).then(BEFORE)
    observer = Observer()
    found = [pair for exchange in story.exchanges for pair in observer.feed(exchange)]
    about, (odd, change) = zip(*found[-2:], strict=True)
    assert about == (Concern.ODD, Concern.ODD_CHANGE)
    assert odd.oddities == {"truncated"} <= BROKEN
    assert odd.service.arn == ARN
    assert odd.before is story.exchanges[-3]
    assert odd.twin is story.twin
    assert change.after is story.exchanges[-1]
    assert not validity(odd).valid


def test_a_request_that_names_nothing_is_linked_by_its_twin():
    """Without a target only the twin says that it was meant as an update; without a twin it says nothing."""
    story = Story().say(raw(target="")).then()
    assert story.of_protocol().keys() >= {"protocol/no-target"}
    alone = Story().say(raw(target=""), twin=False).then()
    assert alone.of_protocol() == {}


def test_after_an_odd_request_nothing_is_known():
    """It may have changed any service: no Describe of before counts any more, of none of them."""
    story = Story()
    story.describe(arn=OTHER)
    story.say(raw(TEXT + b"}"))
    story.update(MEMBERS, APPLIED)
    assert story.answer().before is None
    story.describe({**CONFIG, "cpu": "512"}, arn=OTHER)
    assert story.against() == {}


def test_a_valid_request_in_odd_form_is_not_valid():
    """Whoever asks about the validity of an odd request hears of doubts."""
    observations = Story().take(raw(content_type="text/plain")).observations(Concern.ODD)
    assert any("content-type" in doubt for doubt in validity(observations[0]).doubts)


ODD = [case for case in CASES if KINDS[case["kind"]].meaning != "same" and case["kind"] != "unknown-member"]


@pytest.mark.parametrize("case", ODD, ids=lambda case: f"{case['kind']}-{case['variant']}")
@pytest.mark.parametrize("shown", [BEFORE, {**APPLIED, "cpu": "512"}], ids=["kept", "changed"])
@pytest.mark.parametrize("answer", ["taken", "page", "nothing"])
def test_nobody_else_accuses_because_of_an_odd_request(case, shown, answer):
    """Whatever a target makes of an odd request, only the requirements about it can be violated."""
    story, request = Story(), raw_request(case, BODY)
    if answer == "taken":
        story.take(request, {**APPLIED, "cpu": "512"})
    elif answer == "page":
        story.say(request, b"<html>", 200)
    else:
        story.say(request, failure="reset")
    story.then(shown)
    story.update(MEMBERS, {**shown, **MEMBERS, "serviceRevisionArn": "revision/5", "createdAt": 5000.5})
    assert {id for id in story.against() if not id.startswith("protocol/")} == set()


# -- what is said of it ----------------------------------------------------------------------------------

SAME = {
    "protocol/charset": raw(content_type="application/x-amz-json-1.1; charset=utf-8"),
    "protocol/charset-spelling": raw(content_type='application/x-amz-json-1.1; charset="UTF-8"'),
    "protocol/white-space": raw(json.dumps(BODY, indent=1).encode()),
    "protocol/member-order": raw(json.dumps({**MEMBERS, "serviceArn": ARN}).encode()),
    "protocol/null-member-accepted": raw(json.dumps({**BODY, "cpu": None}).encode()),
}


@pytest.mark.parametrize("id", SAME)
def test_the_same_request_is_accepted(id):
    """What means the same as the twin is accepted as the twin was; a refusal is held against the target."""
    assert Story().take(SAME[id]).of_protocol()[id] == "ok"
    assert Story().say(SAME[id]).of_protocol()[id] == "violated"
    assert Story().say(SAME[id], b"", 415).of_protocol()[id] == "violated"


@pytest.mark.parametrize("id", SAME)
def test_nothing_is_said_where_the_refusal_may_be_about_something_else(id):
    """Without an accepted twin, while a deployment is in flight, when throttled: nobody is blamed."""
    assert id not in Story(twin_accepted=False).say(SAME[id]).of_protocol()
    assert id not in Story().say(SAME[id], twin=False).of_protocol()
    assert id not in Story(currentDeployment="deployment").say(SAME[id]).of_protocol()
    assert id not in Story().say(SAME[id], {"__type": "ThrottlingException"}).of_protocol()
    assert id not in Story().say(SAME[id], {"__type": "AccessDeniedException"}).of_protocol()
    assert id not in Story().say(SAME[id], failure="timeout").of_protocol()


def test_requests_that_differ_in_more_are_not_compared():
    """A charset, white space or another order counts only where nothing else differs from the twin."""
    other = {**BODY, "cpu": "512"}
    for request in (
        raw(json.dumps(other).encode(), content_type="application/x-amz-json-1.1; charset=utf-8"),
        raw(json.dumps(other, indent=1).encode()),
        raw(json.dumps({**MEMBERS, "cpu": "512", "serviceArn": ARN}).encode()),
        raw(json.dumps({**other, "memory": None}).encode()),
    ):
        assert Story().say(request).of_protocol() == {}


def test_escapes_are_not_white_space():
    """A body that differs by an escape is another question than white space."""
    assert Story().say(raw(TEXT.replace(b"/raw", b"\\/raw"))).of_protocol() == {}


def test_a_null_member_keeps_its_value():
    """A null is no value: what the member was it stays, in the answer and in Describe."""
    id, request = "protocol/null-member-absent", raw(json.dumps({**BODY, "cpuArchitecture": None}).encode())
    assert Story().take(request).then(APPLIED).of_protocol()[id] == "ok"
    reset = {**APPLIED, "cpuArchitecture": "X86_64"}
    assert Story().take(request, reset).then(reset).of_protocol()[id] == "violated"
    other = {**APPLIED, "taskRoleArn": "role/other"}
    assert Story().take(request, other).then(other).of_protocol()[id] == "ok"


def test_an_unknown_operation_is_no_success():
    """A success is held against the target, any error is fine, and which one is told in words."""
    request = raw(target=model.target_header("UpdateEverything"))
    story = Story().say(request, {"__type": "UnknownOperationException"})
    assert story.of_protocol()["protocol/unknown-operation"] == "ok"
    assert story.words("protocol/unknown-operation-class") == [
        "an unknown operation is answered with status 400 and UnknownOperationException"
    ]
    assert Story().say(request, b"", 404).of_protocol()["protocol/unknown-operation"] == "ok"
    assert Story().say(request, {}, 200).of_protocol()["protocol/unknown-operation"] == "violated"
    assert "protocol/unknown-operation" not in Story(twin_accepted=False).say(request, {}, 200).of_protocol()
    assert "protocol/unknown-operation" not in Story().say(request, b"", 429).of_protocol()


BROKEN_BODIES = {
    "malformed": b"{'a': 1}",
    "truncated": TEXT[:-1],
    "empty": b"",
    "not-an-object": b"[" + TEXT + b"]",
}


@pytest.mark.parametrize("kind", BROKEN_BODIES)
def test_a_broken_body_is_refused_and_changes_nothing(kind):
    """A refusal that leaves the service alone is fine; a success, a fault or a change is not."""
    request = raw(BROKEN_BODIES[kind])
    rejected, unchanged = f"protocol/{kind}-rejected", f"protocol/{kind}-changes-nothing"
    assert Story().say(request).then(BEFORE).of_protocol() == {rejected: "ok", unchanged: "ok"}
    assert Story().say(request, b"", 413).then(BEFORE).of_protocol()[rejected] == "ok"
    assert Story().say(request, b"<html>", 500).of_protocol()[rejected] == "violated"
    assert Story().say(request, {}, 200).then(BEFORE).of_protocol() == {rejected: "violated", unchanged: "ok"}
    assert Story().take(request).then(APPLIED).of_protocol() == {rejected: "violated", unchanged: "violated"}
    assert Story().say(request).then(APPLIED).of_protocol() == {rejected: "ok", unchanged: "violated"}


@pytest.mark.parametrize("kind", BROKEN_BODIES)
def test_of_a_broken_body_nothing_is_said_without_its_twin(kind):
    """Without an accepted twin, without an answer, and of a refused caller, nothing is said."""
    request = raw(BROKEN_BODIES[kind])
    assert Story(twin_accepted=False).say(request, {}, 200).then(BEFORE).of_protocol() == {}
    assert Story().say(request, {}, 200, twin=False).of_protocol() == {}
    assert Story().say(request, b"", 503).of_protocol() == {}
    assert f"protocol/{kind}-rejected" not in Story().say(request, failure="reset").of_protocol()


def test_a_request_with_two_oddities_is_not_judged():
    """Which of two oddities a refusal is about nobody can tell."""
    assert Story().say(raw(b"", method="GET"), {}, 200).then(BEFORE).of_protocol() == {}


def test_the_target_answers_after_a_broken_body():
    """The next valid update is accepted; only the first one after it counts."""
    id = "protocol/answers-afterwards"
    fine = Story().say(raw(b"{")).then(BEFORE)
    fine.update(MEMBERS)
    assert fine.of_protocol()[id] == "ok"
    dead = Story().say(raw(b"{")).then(BEFORE)
    dead.refuse(MEMBERS, "InternalFailure", 500)
    assert dead.of_protocol()[id] == "violated"
    assert dead.judged().tally.counts[id].example["exchanges"][-2]["role"] == "cause"
    later = Story().say(raw(b"{")).then(BEFORE)
    later.update(MEMBERS)
    later.refuse(MEMBERS, "InternalFailure", 500)
    assert later.of_protocol()[id] == "ok"
    never = Story()
    never.update(MEMBERS)
    assert id not in never.of_protocol()


@pytest.mark.parametrize(
    ("name", "shown", "same", "other"),
    [
        ("tags", {}, {"tags": [*TAGS, {"key": "aws:x", "value": "y"}]}, {"tags": []}),
        ("cluster", {}, {"cluster": "arn:aws:ecs:us-east-1:1:cluster/default"}, {"cluster": "other"}),
        ("serviceName", {}, {}, {"serviceName": "other"}),
        ("infrastructureRoleArn", {}, {}, {"infrastructureRoleArn": "role/other"}),
    ],
)
def test_members_of_create_change_nothing(name, shown, same, other):
    """Accepted or refused, an update with a member of Create leaves the service's own one alone."""
    id, request = f"protocol/{name}-stays", raw(json.dumps({**BODY, name: "x"}).encode())
    assert Story(**shown).take(request).then(APPLIED, **same).of_protocol()[id] == "ok"
    assert Story(**shown).take(request).then(APPLIED, **other).of_protocol()[id] == "violated"
    assert Story(**shown).say(request).then(BEFORE, **other).of_protocol()[id] == "violated"
    assert id not in Story().take(raw(json.dumps(BODY).encode())).then(APPLIED, **other).of_protocol()


def test_unknown_members_are_described():
    """Whether an unknown member is ignored or refused is told in words, where it is all that is new."""
    request = raw(json.dumps({**BODY, "unheardOf": 1}).encode())
    id = "protocol/unknown-member"
    assert Story().take(request).words(id) == ["an update with an unknown member is accepted"]
    assert Story().say(request).words(id) == [
        "an update with an unknown member is refused with SerializationException"
    ]
    assert id not in Story(twin_accepted=False).take(request).of_protocol()


def nested(levels):
    """The update with a member nested so deep."""
    return raw(TEXT[:-1] + b', "x": ' + b"[" * levels + b"]" * levels + b"}")


QUESTIONS = [
    ("byte-order-mark", raw(b"\xef\xbb\xbf" + TEXT), "an update with a byte order mark"),
    ("content-type", raw(content_type="text/plain"), "an update with the content type 'text/plain'"),
    ("deep-nesting", nested(200), "an update with a value nested hundreds of levels deep"),
    ("deep-nesting", nested(5000), "an update with a value nested thousands of levels deep"),
    (
        "foreign-target",
        raw(target=f"Other.{model.OPERATION}"),
        "an update with the target of another service",
    ),
    ("large-body", raw(TEXT + b" " * 600_000), "a very large update"),
    (
        "letter-case",
        raw(TEXT.replace(b"health", b"Health")),
        "an update with a member in another letter case",
    ),
    ("method", raw(method="PUT"), "an update sent by PUT"),
    ("no-content-type", raw(content_type=""), "an update without a content type"),
    ("path", raw(path="/x"), "an update sent to another path than /"),
    ("path", raw(path="/?x"), "an update sent with a query"),
    ("trailing-data", raw(TEXT + b"x"), "an update with data after its body"),
]


@pytest.mark.parametrize(("name", "request_", "words"), QUESTIONS)
def test_open_questions_are_answered_in_words(name, request_, words):
    """What no document settles is described: applied, ignored, refused, or not answered at all."""
    id = f"protocol/{name}"
    assert Story().take(request_).words(id) == [f"{words} is accepted and applied"]
    assert Story().take(request_, {**BEFORE, "serviceRevisionArn": "revision/4"}).words(id) == [
        f"{words} is accepted and ignored"
    ]
    assert Story(APPLIED).take(request_).words(id) == [f"{words} is accepted"]
    assert Story().say(request_, {}, 200).words(id) == [f"{words} is accepted"]
    assert Story().say(request_).words(id) == [
        f"{words} is answered with status 400 and SerializationException"
    ]
    assert Story().say(request_, b"", 405).words(id) == [f"{words} is answered with status 405"]
    assert Story().say(request_, failure="reset").words(id) == [f"{words} gets no answer (reset)"]
    assert id not in Story(twin_accepted=False).take(request_).of_protocol()


@pytest.mark.parametrize(("value", "which"), [("/1", "first"), ("/2", "last")])
def test_which_of_two_values_counts(value, which):
    """Of a member that comes twice, the answer says which value was taken."""
    body = json.dumps({"serviceArn": ARN})[:-1] + ', "healthCheckPath": "/1", "healthCheckPath": "/2"}'
    story = Story().take(raw(body.encode()), {**APPLIED, "healthCheckPath": value})
    words = f"an update with a member twice is accepted, and the {which} one counts"
    assert story.words("protocol/duplicate-names") == [words]
