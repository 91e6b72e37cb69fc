"""Requirements on requests at the same time, on histories made by hand: lost, torn, undone, and all legal."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from json_values import VALUES, paths, replaced
from races import OLD, PATH, ROLE_NOW, Race, shown
from streams import CONFIG, DEFINITION, Stream
from test_concurrent_reads import WHOLE, torn

from conformance import model
from conformance.requirements import REQUIREMENTS
from conformance.verdict import Verdict
from conformance.verdicts import verdict

A, B = {PATH: "/a"}, {PATH: "/b"}
ROLE = {"taskRoleArn": ROLE_NOW}
BOTH = {**A, **ROLE}


def disjoint(*after, first=None, second=None):
    """Two updates of two members, of which the Describe after shows this."""
    race = Race()
    first = first or (lambda race: race.sets(1, (0, 12), A))
    second = second or (lambda race: race.sets(2, (1, 15), ROLE))
    first(race)
    second(race)
    return race.after(*after)


# -- updates of different members ------------------------------------------------------------------------


def test_updates_that_both_survive():
    """Two accepted updates of two members that both show: nothing is against that."""
    verdicts = disjoint(shown(3, **BOTH)).verdicts()
    assert verdicts == {"disjoint-members": "ok", "linearizable": "ok", "answers": "ok"}


@pytest.mark.parametrize(
    "after", [shown(3, **ROLE), shown(2, **A), shown(3), CONFIG | {"serviceRevisionArn": "revision/3"}]
)
def test_a_lost_update(after):
    """An accepted update that does not show is lost, and no order of the requests explains it."""
    assert disjoint(after).wrong() == {"disjoint-members", "linearizable"}


def test_a_lost_update_is_a_short_history():
    """The report tells who set what from when to when, and what then showed."""
    assert disjoint(shown(3, **ROLE)).story("disjoint-members") == (
        f"client 1 set {PATH} to '/a' from 0 to 12 ms, accepted; "
        f"client 2 set taskRoleArn to '{ROLE_NOW}' from 1 to 15 ms, accepted; "
        f"then Describe shows {PATH} '{OLD}', as before"
    )


def test_many_updates_are_told_of_by_two():
    """Beside the update that was lost, the story has one other: one that was not."""
    race = Race()
    for client, members in enumerate([A, ROLE, {"memory": "1024"}, {"executionRoleArn": ROLE_NOW}], start=1):
        race.sets(client, (client, 10 + client), members)
    race.after(shown(5, **A, memory="1024", executionRoleArn=ROLE_NOW))
    assert race.wrong() == {"disjoint-members", "linearizable"}
    assert race.story("disjoint-members").count("client") == 2
    assert "client 2" in race.story("disjoint-members")


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "ClientException"),
        (400, "ServiceNotActiveException"),
        (409, "ConflictException"),
        (429, ""),
        (400, "ThrottlingException"),
        (403, "AccessDeniedException"),
    ],
)
def test_a_refused_update_is_not_missed(status, code):
    """A target may refuse an update that meets another one, for whatever reason; then it is not lost."""
    race = disjoint(shown(2, **A), second=lambda race: race.fails(2, (1, 15), ROLE, status, code))
    assert race.wrong() == set()
    assert "disjoint-members" not in race.verdicts()


@pytest.mark.parametrize("after", [shown(2, **A), shown(3, **BOTH)])
@pytest.mark.parametrize("status", [500, 502, 503, 408, 499, 302])
def test_what_has_no_clear_answer_may_have_been_done_or_not(status, after):
    """After a server's fault, or when a proxy gave up, nobody knows; both ends are right."""
    race = disjoint(after, second=lambda race: race.fails(2, (1, 15), ROLE, status, "Whatever"))
    assert race.wrong() == set()


@pytest.mark.parametrize("after", [shown(2, **A), shown(3, **BOTH)])
def test_an_update_without_an_answer_may_have_been_done_or_not(after):
    """The same for an update that was never answered."""
    assert disjoint(after, second=lambda race: race.hangs(2, (1, 30000), ROLE)).wrong() == set()


@pytest.mark.parametrize(
    "after",
    [
        [CONFIG, shown(3, **BOTH)],
        [shown(3, **BOTH), CONFIG],
        [shown(2, **A), shown(3, **BOTH), CONFIG],
        # Made before the others, and last to take effect.
        [shown(2, **BOTH), shown(3, **ROLE)],
        [{**shown(3, **BOTH), "createdAt": 1003}, {**shown(2, **A), "createdAt": 1003}],
    ],
)
def test_a_deployment_may_be_in_flight(after):
    """Several revisions may be shown, in any order, of whatever times: one of them holds everything."""
    assert disjoint(*after).wrong() == set()


def test_no_revision_of_several_holds_everything():
    """With several revisions in flight an update is lost if none of them holds all."""
    assert disjoint(shown(2, **A), shown(3, **ROLE)).wrong() == {"disjoint-members"}


def test_a_describe_that_lags_behind_loses_nothing():
    """A Describe that shows none of the new revisions says nothing of what was lost; it is out of order."""
    assert disjoint(CONFIG).wrong() == {"linearizable"}


def test_no_deviation_by_form():
    """Managed groups, sorted variables and defaults that come late are no loss."""
    network = {"networkConfiguration": {"subnets": ["subnet-8", "subnet-9"], "securityGroups": ["sg-9"]}}
    variables = [{"name": "B", "value": "2"}, {"name": "A", "value": "1"}]
    container = {"primaryContainer": {"image": "nginx:2", "environment": variables}}
    race = Race()
    race.sets(1, (0, 12), network)
    race.sets(2, (1, 15), container)
    subnets = {"subnets": ["subnet-9", "subnet-8"], "securityGroups": ["sg-managed", "sg-9"]}
    filled = {"image": "nginx:2", "environment": variables[::-1], "containerPort": 80, "command": []}
    race.after(shown(3, networkConfiguration=subnets, primaryContainer=filled))
    assert race.wrong() == set()
    assert race.verdicts()["disjoint-members"] == "ok"


SILENT = {
    "nobody knows what was before": lambda race: race.exchanges.pop(1),
    "one client only": lambda race: race.exchanges.pop(3),
    "no Describe after": lambda race: race.exchanges.pop(),
}


@pytest.mark.parametrize("why", SILENT)
def test_silence(why):
    """Without what must be known, a history says nothing of lost updates."""
    race = disjoint(shown(3))
    SILENT[why](race)
    assert "disjoint-members" not in race.verdicts()


def test_values_that_nobody_knows_the_meaning_of():
    """A value whose form is in doubt may come back as another one, so its member is not judged."""
    odd = {PATH: "/ä ü"}
    race = disjoint(shown(3, **ROLE), first=lambda race: race.sets(1, (0, 12), odd, shown(2, **odd)))
    assert race.verdicts() == {"linearizable": "ok"}


def test_sizes_that_may_be_made_to_fit():
    """A memory that does not go with a cpu set at the same time may be changed, and is not judged."""
    race = Race()
    race.sets(1, (0, 12), {"cpu": "512"})
    race.sets(2, (1, 15), {"memory": "2048"})
    assert race.after(shown(3, cpu="512", memory="1024")).wrong() == set()


def test_a_customers_task_definition():
    """What a customer's task definition replaces is not judged while one comes or goes."""
    race = Race()
    race.register()
    race.exchanges.insert(0, race.exchanges.pop())
    race.sets(1, (0, 12), {"taskDefinitionArn": DEFINITION})
    race.sets(2, (1, 15), ROLE)
    race.sets(3, (1, 16), A)
    race.after(shown(4, taskDefinitionArn=DEFINITION))
    assert race.wrong() == {"linearizable"}
    assert PATH in race.story("linearizable")
    unknown = Race(members={"taskDefinitionArn": DEFINITION})
    unknown.sets(1, (0, 12), ROLE)
    unknown.sets(2, (1, 15), {"executionRoleArn": ROLE_NOW})
    assert unknown.after(shown(3)).verdicts() == {}


def test_an_update_that_does_not_even_answer_its_value():
    """What an update's own answer denies is a fault of that update alone, told elsewhere."""
    race = disjoint(shown(3, **ROLE), first=lambda race: race.sets(1, (0, 12), A, shown(2)))
    assert race.wrong() == set()


def test_a_deleted_service_is_not_judged():
    """Updates of a service that was deleted before are another matter."""
    race = Race()
    race.exchanges.insert(1, race.delete())
    race.exchanges.pop()
    race.sets(1, (0, 12), A)
    race.sets(2, (1, 15), ROLE)
    assert race.after(shown(3)).verdicts() == {}


# -- updates of the same member --------------------------------------------------------------------------


def rivals(*after, second=None):
    """Two updates of one member, of which the Describe after shows this."""
    race = Race()
    race.sets(1, (0, 12), A)
    (second or (lambda race: race.sets(2, (1, 15), B)))(race)
    return race.after(*after)


@pytest.mark.parametrize("after", [shown(2, **A), shown(3, **B), [CONFIG, shown(3, **B)], shown(9, **A)])
def test_either_write_may_win(after):
    """Of updates of one member at the same time either may be the last."""
    verdicts = rivals(*(after if isinstance(after, list) else [after])).verdicts()
    assert verdicts == {"same-member": "ok", "linearizable": "ok", "answers": "ok"}


@pytest.mark.parametrize("value", [OLD, "/c", "/ab"])
def test_neither_write_wins(value):
    """A value that neither asked for, be it the old one, is none of the writes."""
    race = rivals(shown(3, **{PATH: value}))
    assert race.wrong() == {"same-member", "linearizable"}
    assert f"then Describe shows {PATH} '{value}'" in race.story("same-member")


def test_if_all_are_refused_the_old_value_stays():
    """Where no update was accepted, the member is what it was."""
    race = Race()
    race.fails(1, (0, 12), A)
    race.fails(2, (1, 15), B)
    race.after(CONFIG)
    assert race.wrong() == set()


@pytest.mark.parametrize("value", ["/a", "/b", OLD])
def test_updates_without_answers_may_win_or_not(value):
    """Where nobody knows what was accepted, each value is possible."""
    race = Race()
    race.hangs(1, (0, 12), A)
    race.hangs(2, (1, 15), B)
    assert race.after(shown(2, **{PATH: value})).verdicts() == {
        "same-member": "ok",
        "linearizable": "ok",
        "answers": "ok",
    }


# -- refused ---------------------------------------------------------------------------------------------


def refused(*reads, after, members=B):
    """One update that is accepted and one that is refused, and what is shown meanwhile."""
    race = Race()
    race.sets(1, (0, 12), A)
    race.fails(2, (1, 15), members)
    for configuration in reads:
        race.sees(3, (2, 30), configuration)
    return race.after(after)


def test_a_refused_update_leaves_no_trace():
    """Nothing shows of it, meanwhile or after."""
    assert refused(CONFIG, after=shown(2, **A)).verdicts()["refused-changes-nothing"] == "ok"


@pytest.mark.parametrize(
    ("reads", "after"),
    [([], shown(3, **B)), ([shown(3, **B)], shown(2, **A)), ([shown(2, **A)], shown(3, **B))],
)
def test_a_refused_update_that_shows(reads, after):
    """A value that only a refused update asked for shows: that is what is told, and nothing else."""
    race = refused(*reads, after=after)
    assert race.wrong() == {"refused-changes-nothing"}
    assert "client 2 set healthCheckPath to '/b' from 1 to 15 ms, refused" in race.story(
        "refused-changes-nothing"
    )


def test_a_refused_update_applied_in_part():
    """The same if only the valid one of its members is applied."""
    broken = {**B, "scalingTarget": {"autoScalingMetric": "NO_SUCH_METRIC"}}
    assert refused(after=shown(3, **B), members=broken).wrong() == {"refused-changes-nothing"}
    assert refused(after=shown(2, **A), members=broken).wrong() == set()


@pytest.mark.parametrize("members", [A, {PATH: OLD}, {"memory": "512"}, {"cpuArchitecture": "ARM64"}])
def test_a_refused_value_that_is_there_for_another_reason(members):
    """A value that another update asked for, or that was there before, is no trace."""
    race = refused(CONFIG, after=shown(2, **A), members=members)
    assert race.verdicts()["refused-changes-nothing"] == "ok"


def test_a_member_that_was_not_shown_before():
    """What was not shown before may be filled in, and is no trace."""
    bare = {name: value for name, value in CONFIG.items() if name != "taskRoleArn"}
    race = Race(bare)
    race.sets(1, (0, 12), A)
    race.fails(2, (1, 15), ROLE)
    assert race.after(shown(2, **A, **ROLE)).wrong() == set()


# -- against a Delete ------------------------------------------------------------------------------------


def deletion(*updates, status="DRAINING", accepted=True):
    """A Delete from 5 to 10 ms, and updates."""
    race = Race()
    race.deletes(1, (5, 10), accepted=accepted)
    for client, (start, end, fate) in enumerate(updates, start=2):
        (race.sets if fate else race.fails)(client, (start, end), A)
    return race.after(shown(2, **A), status=status)


@pytest.mark.parametrize("status", ["DRAINING", "INACTIVE"])
@pytest.mark.parametrize(
    "update", [(0, 4, True), (0, 7, True), (6, 20, True), (6, 20, False), (11, 12, False)]
)
def test_an_update_may_meet_a_delete(update, status):
    """It is accepted or refused while the two overlap, and refused after the Delete's answer."""
    assert deletion(update, status=status).verdicts() == {"update-against-delete": "ok"}


def test_a_service_that_comes_back():
    """After an accepted Delete a service is not ACTIVE, whatever else was accepted."""
    race = deletion((0, 20, True), status="ACTIVE")
    assert race.wrong() == {"update-against-delete"}
    assert race.story("update-against-delete") == (
        f"client 2 set {PATH} to '/a' from 0 to 20 ms, accepted; "
        "client 1 deleted the service from 5 to 10 ms, accepted; then Describe shows the service ACTIVE"
    )


def test_an_update_that_came_too_late():
    """An update that began after the Delete's answer is not accepted."""
    assert deletion((11, 14, True)).wrong() == {"update-against-delete"}
    assert deletion((10, 14, True)).wrong() == set(), "in that very moment they overlap"


def test_a_refused_delete_says_nothing():
    """A service whose Delete was refused stays, and is updated."""
    assert deletion((11, 14, True), status="ACTIVE", accepted=False).verdicts() == {}


def test_a_delete_alone_is_no_race():
    """Without an update there is nothing to judge here."""
    assert deletion().verdicts() == {}


# -- how they are answered -------------------------------------------------------------------------------


def test_the_answers_are_told_in_words():
    """That updates at the same time are accepted, or how they are refused, is open and told."""

    def behaviours(race):
        return list(race.tally()["concurrency/answers"].behaviours)

    assert behaviours(disjoint(shown(3, **BOTH))) == ["valid updates at the same time are all accepted"]
    race = disjoint(shown(2, **A), second=lambda race: race.fails(2, (1, 15), ROLE))
    assert behaviours(race) == [
        "of valid updates at the same time, some are accepted; others: ClientException"
    ]
    race = disjoint(shown(2, **A), second=lambda race: race.hangs(2, (1, 15), ROLE))
    assert behaviours(race) == ["of valid updates at the same time, some are accepted; others: no answer"]


# -- all of them -----------------------------------------------------------------------------------------

IDS = [id for id in REQUIREMENTS if id.startswith("concurrency/")]


@pytest.mark.parametrize("id", IDS)
def test_a_real_account_is_never_accused(id):
    """No document founds any of this at a real account: there it is informational."""
    tally = disjoint(shown(3)).tally()
    tally[id].judged = tally[id].violated = 1
    assert verdict(REQUIREMENTS[id], tally[id], "aws") is Verdict.INFORMATIONAL
    if id != "concurrency/answers":
        assert verdict(REQUIREMENTS[id], tally[id], "url") is Verdict.DIVERGES


def test_what_a_history_is_judged_by_does_not_depend_on_its_length():
    """Hundreds of requests at once are not looked through."""
    race = Race()
    for number in range(101):
        race.sets(number, (0, 10), {PATH: f"/{number}"})
    assert race.after(shown(3)).verdicts() == {}


def _story():
    race = torn(*WHOLE[:2])
    race.fails(4, (2, 5), {PATH: "/d"})
    race.exchanges.insert(-1, race.exchanges.pop())
    return race.exchanges


DOCUMENT = [each.to_json() for each in _story()]
BODIES = [[json.loads(each["request"]["body"]), json.loads(each["response"]["body"])] for each in DOCUMENT]
EDITS = st.lists(st.tuples(st.sampled_from(sorted(paths(BODIES), key=str)), VALUES), min_size=1, max_size=3)


@given(EDITS, st.booleans())
@example([((2, 1, "service", "targetConfiguration", "serviceRevisionArn"), [])], False)
@example([((4, 1, "service", "activeConfigurations", 0, "serviceRevisionArn"), {})], False)
@example([((1, 1, "service", "activeConfigurations", 0, "cpu"), [])], False)
@example([((3, 0, "taskRoleArn"), 10**400)], False)
def test_no_garbage_makes_an_oracle_fail(edits, deleted):
    """Any JSON value anywhere in a history's requests and answers is judged without a fault of the suite."""
    bodies = BODIES
    for path, value in edits:
        if len(path) > 2 and path in {*paths(bodies)}:
            bodies = replaced(bodies, path, value)
    stream = Stream()
    for document, (members, answer) in zip(DOCUMENT, bodies, strict=True):
        operation = document["request"]["operation"]
        if deleted and document.get("client") == 4:
            operation = model.DELETE
        raw = [json.dumps(each).replace("Infinity", "1e999").encode() for each in (members, answer)]
        exchange = stream.send(operation, raw[0], raw[1], document["response"]["status"])
        for name in ("group", "client", "started", "elapsed"):
            if name in document:
                object.__setattr__(exchange, name, document[name])
    assert stream.judged().tally.errors == set()
