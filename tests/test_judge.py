"""From traffic to verdicts: counting, merging, the best counterexample, and what the numbers come to."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streams import ARN, CONFIG, REVISION_2, Stream

from conformance import judge as judging
from conformance import model
from conformance.exceptions import RecordingError
from conformance.exchange import Tag
from conformance.judge import Judge, rejudge
from conformance.presence import Presence
from conformance.recording import Case, Footer, Header, ScenarioEnd
from conformance.requirement import Concern, Oracle
from conformance.requirements import REQUIREMENTS
from conformance.results import RequirementResult, Results
from conformance.tally import Count, Tally
from conformance.verdict import OK, Evidence, Verdict, behaves, tolerated, violated
from conformance.verdicts import verdict

ID = "reflect/healthCheckPath"
NUMBERS = st.integers(0, 3)
RANKS = st.sampled_from([(False, 1), (True, 1)])
COUNTS = st.builds(
    Count,
    NUMBERS,
    NUMBERS,
    NUMBERS,
    NUMBERS,
    NUMBERS,
    st.dictionaries(st.sampled_from("xy"), st.integers(1, 3)).map(Counter),
    st.sets(st.sampled_from("st")),
    st.none(),
    violators=st.sets(st.sampled_from("st")),
)
EXAMPLES = st.tuples(RANKS, st.fixed_dictionaries({"expected": st.sampled_from("ab")}))
SUBSETS = st.dictionaries(NUMBERS, st.integers(1, 3), max_size=2)
PRESENCES = st.builds(
    Presence, st.just(("cpu", "memory")), sent=SUBSETS, refused=SUBSETS, kept=SUBSETS, lost=SUBSETS
)
TALLIES = st.builds(
    Tally,
    st.dictionaries(
        st.sampled_from(["a/a", "b/b"]),
        st.tuples(COUNTS, st.none() | EXAMPLES).map(
            lambda pair: pair[0] if pair[1] is None else replace(pair[0], rank=pair[1][0], example=pair[1][1])
        ),
    ),
    NUMBERS,
    NUMBERS,
    NUMBERS,
    NUMBERS,
    st.sets(st.sampled_from(["e", "f"])),
    presence=PRESENCES,
)


def merged(*tallies):
    """A new tally of all these; they stay as they are."""
    total = Tally()
    for tally in tallies:
        total.merge(Tally.from_json(json.loads(json.dumps(tally.to_json()))))
    return total


@given(TALLIES)
def test_a_tally_survives_json(tally):
    """A tally that travelled between processes is the same."""
    assert merged(tally) == tally


@given(TALLIES, TALLIES, TALLIES)
def test_tallies_add_up_in_any_order(one, two, three):
    """Merging is commutative and associative, also where two examples are equally good."""
    assert merged(one, two) == merged(two, one)
    assert merged(merged(one, two), three) == merged(one, merged(two, three))


def wrong(members, **tag):
    """The exchanges of an update whose path is not reflected."""
    stream = Stream(**tag)
    stream.create()
    stream.describe()
    stream.update({"healthCheckPath": "/", **members}, {**CONFIG, **REVISION_2, **members})
    return stream


def judged(*streams):
    """What one judge makes of several streams, each a case of its own."""
    judge = Judge()
    for stream in streams:
        judge.begin(Case(tag=stream.tag, value={"case": stream.tag.phase}))
        for exchange in stream.exchanges:
            judge.feed(exchange)
    assert judge.tally.errors == set()
    return judge.tally


def test_feeding_tells_what_is_violated():
    """Each exchange returns the ids that it violates, so that a search knows what it found."""
    judge = Judge()
    stream = wrong({})
    found = [judge.feed(exchange) for exchange in stream.exchanges]
    assert found == [[], [], [ID]]


def test_the_smallest_counterexample_wins():
    """Of several counterexamples that of the fewest members stays, then the shortest, in any order."""
    small, long = wrong({}), wrong({"taskRoleArn": CONFIG["taskRoleArn"]})
    for streams in ((small, long), (long, small)):
        example = judged(*streams).counts[ID].example
        assert example["exchanges"][-1]["request"]["body"] == small.exchanges[-1].request.body.decode()


def test_a_counterexample_with_a_service_of_its_own_wins():
    """A case that began with a fresh service proves more than a smaller one that did not."""
    small, fresh = wrong({}), wrong({"taskRoleArn": CONFIG["taskRoleArn"]}, phase="convict")
    example = judged(small, fresh).counts[ID].example
    assert example["shrunk"]
    assert example["case"] == {"case": "convict"}


def test_a_violation_wins_over_what_is_tolerated():
    """What violates is a better example than what is merely tolerated, however small that is."""
    absent = Stream()
    absent.describe()
    absent.update({"healthCheckPath": "/"}, {"serviceRevisionArn": "r/2"})
    bad = wrong({"taskRoleArn": CONFIG["taskRoleArn"]})
    count = judged(absent, bad).counts[ID]
    assert (count.tolerated, count.violated) == (1, 1)
    assert "it is '/ping'" in count.example["observed"]


def test_a_counterexample_shows_all_that_matters():
    """It holds the Describe before, the update, and the Describe after, by their roles, with the grade."""
    stream = wrong({})
    stream.describe({**CONFIG, **REVISION_2})
    example = judged(stream).counts["show/healthCheckPath"].example
    assert [exchange["role"] for exchange in example["exchanges"]] == ["before", "judged", "after"]
    assert example["expected"] == "activeConfigurations.healthCheckPath is '/'"
    assert example["observed"] == "it is '/ping'"


def test_only_what_was_asked_for_is_judged():
    """A judge that was asked for one requirement counts no other one."""
    judge = Judge([ID])
    for exchange in wrong({}).exchanges:
        judge.feed(exchange)
    assert set(judge.tally.counts) == {ID}


def test_updates_and_subsets_are_counted():
    """Exchanges, updates by outcome, failures and different presence subsets are counted."""
    stream = Stream()
    stream.describe()
    stream.update({"cpu": "256", "memory": None})
    stream.update({"cpu": "512"})
    stream.refuse({"memory": 5})
    stream.send(model.OPERATION, {"serviceArn": ARN}, b"", 302)
    stream.send(model.OPERATION, {"serviceArn": ARN}, failure="reset")
    tally = judged(stream)
    assert (tally.exchanges, tally.accepted, tally.rejected, tally.failures) == (6, 2, 2, 1)
    assert len(tally.presence.sent) == 3


def test_a_faulty_oracle_is_an_error_of_the_suite(monkeypatch):
    """An oracle that raises is told as an error, and is no verdict on the target."""

    def judge(_observation):
        yield ID, OK
        raise ZeroDivisionError

    oracle = Oracle(concern=Concern.ANSWER, requirements=(REQUIREMENTS[ID],), judge=judge)
    monkeypatch.setattr(judging, "ORACLES", (oracle,))
    judge = Judge()
    for exchange in wrong({}).exchanges:
        judge.feed(exchange)
    (error,) = judge.tally.errors
    assert ID in error
    assert judge.tally.counts[ID].violated == 0


CASES = [
    (Evidence.DOCUMENTED, Count(), Verdict.NOT_EXERCISED),
    (Evidence.OPEN, Count(), Verdict.NOT_EXERCISED),
    (Evidence.DOCUMENTED, Count(judged=2), Verdict.PASS),
    (Evidence.DOCUMENTED, Count(judged=2, tolerated=1), Verdict.DIVERGES),
    (Evidence.DOCUMENTED, Count(judged=2, violated=1), Verdict.FAIL),
    (Evidence.MODELLED, Count(judged=2, violated=1), Verdict.FAIL),
    (Evidence.PROTOCOL, Count(judged=2, violated=1), Verdict.FAIL),
    (Evidence.CHARTER, Count(judged=2, violated=1), Verdict.FAIL),
    (Evidence.OBSERVED, Count(judged=2, violated=1), Verdict.DIVERGES),
    (Evidence.INFERRED, Count(judged=2, violated=2), Verdict.DIVERGES),
    (Evidence.OPEN, Count(judged=2), Verdict.INFORMATIONAL),
    (Evidence.DOCUMENTED, Count(judged=9, violated=1, replays=2), Verdict.FLAKY),
    (Evidence.INFERRED, Count(judged=9, violated=1, replays=2), Verdict.FLAKY),
    (Evidence.DOCUMENTED, Count(judged=9, violated=2, replays=2, returned=1), Verdict.FAIL),
    (Evidence.DOCUMENTED, Count(judged=9, tolerated=2, replays=2), Verdict.DIVERGES),
]


@pytest.mark.parametrize(("evidence", "count", "expected"), CASES)
def test_verdicts(evidence, count, expected):
    """Only what is written down can fail, and only what came back on replay, if there was one."""
    assert verdict(replace(REQUIREMENTS[ID], evidence=evidence), count) is expected


def test_replays_are_counted_by_case():
    """A replay is about one requirement; a violation in it counts as returned."""
    replayed = wrong({}, phase="replay", requirement=ID)
    count = judged(wrong({}), replayed).counts[ID]
    assert (count.violated, count.replays, count.returned) == (2, 1, 1)
    good = Stream(phase="replay", requirement=ID)
    good.describe()
    good.update({"healthCheckPath": "/"})
    count = judged(wrong({}), good).counts[ID]
    assert (count.violated, count.replays, count.returned) == (1, 1, 0)


HEADER = Header(
    target={"name": "t", "kind": "url", "endpoint": "http://h", "region": "r"},
    suite={"version": "1", "botocore": "1", "hypothesis": "6", "seed": 7, "effort": "smoke"},
    started_at="now",
)
FOOTER = Footer(finished_at="then", complete=True)


def outcome(*records, footer=FOOTER, **options):
    """The results of a recording."""
    return rejudge([HEADER, *records, *([footer] if footer else [])], **options)


def result_of(results, id=ID) -> RequirementResult:
    """One requirement's result."""
    return next(entry for entry in results.requirements if entry.id == id)


def test_exit_codes():
    """0 without a failure, 1 with one that is not known, 3 without an end, 4 without the operation."""
    bad = wrong({}).exchanges
    assert outcome().exit_code == 0
    assert outcome(*bad).exit_code == 1
    assert outcome(*bad, known={ID: "reason"}).exit_code == 0
    assert outcome(*bad, footer=None).exit_code == 3
    assert outcome(*bad, footer=replace(FOOTER, complete=False)).exit_code == 3
    assert outcome(*bad, footer=replace(FOOTER, supported=False)).exit_code == 4


def test_a_known_deviation_keeps_its_verdict():
    """A known deviation still fails, with its reason beside it."""
    entry = result_of(outcome(*wrong({}).exchanges, known={ID: "because"}))
    assert (entry.verdict, entry.known) == (Verdict.FAIL, "because")


def test_an_unsupported_operation_is_one_finding():
    """A target without the operation has one requirement in its results, and no hundreds of failures."""
    results = outcome(*wrong({}).exchanges, footer=replace(FOOTER, supported=False))
    assert [(entry.id, entry.verdict) for entry in results.requirements] == [
        ("operation/supported", Verdict.UNSUPPORTED)
    ]


def test_results_hold_every_requirement_and_survive_json():
    """What was not exercised is listed and says why; the document reads back as the same results."""
    results = outcome(*wrong({}).exchanges, ScenarioEnd(summary={"id": "s", "title": "S"}))
    assert {entry.id for entry in results.requirements} == set(REQUIREMENTS)
    assert all(entry.note for entry in results.requirements if entry.verdict is Verdict.NOT_EXERCISED)
    document = json.loads(json.dumps(results.to_json()))
    assert Results.from_json(document).to_json() == document
    assert [scenario.id for scenario in results.scenarios] == ["s"]


def test_an_incomplete_recording_says_so():
    """Without its last line, a recording is judged, and its results are incomplete for a reason."""
    results = outcome(*wrong({}).exchanges, footer=None)
    assert not results.complete
    assert results.errors == ("The recording has no last line.",)
    assert result_of(results).verdict is Verdict.FAIL


@pytest.mark.parametrize(
    "records",
    [
        [],
        [replace(HEADER, target={})],
        [replace(HEADER, suite={**HEADER.suite, "more": 1})],
        [replace(HEADER, suite={**HEADER.suite, "seed": "x"})],
        [HEADER, ScenarioEnd(summary={"id": "s"})],
        [HEADER, ScenarioEnd(summary={"id": "s", "title": 5})],
    ],
)
def test_a_recording_of_another_form_is_refused(records):
    """A header or a summary of another form is refused, with a hint."""
    with pytest.raises(RecordingError) as caught:
        rejudge([*records, FOOTER])
    assert caught.value.hint


def test_scenarios_are_observed_apart():
    """What one scenario described is not known in the next one."""
    first, second = Stream("one"), Stream("two")
    first.describe()
    second.update({"cpu": "512"}, {**CONFIG, **REVISION_2, "cpu": "512", "healthCheckPath": "/x"})
    second.describe({**CONFIG, **REVISION_2, "cpu": "512", "healthCheckPath": "/x"})
    assert not {id for id in judged(first, second).counts if id.startswith("preserve/")}
    assert first.tag != Tag()


def test_grades_are_fit_for_a_report():
    """What a grade says is bounded, and without what no file can hold."""
    for grade in (violated("\ud800", "x" * 10_000), tolerated("\ud800", "x" * 10_000)):
        assert grade.expected == "\\ud800"
        assert len(grade.observed) == 2000
    assert behaves("\udfff").behaviour == "\\udfff"


# -- faults of the target's own ----------------------------------------------------------------------------


def crashing(phase="survey", requirement=""):
    """A valid update that is answered with a fault, in a case of that kind."""
    stream = Stream(phase=phase, requirement=requirement)
    stream.create()
    stream.describe()
    stream.refuse({"healthCheckPath": "/new"}, "ServerException", 500)
    return stream


CRASHES = "accept/healthCheckPath"
FAULT = "envelope/no-server-fault"


def after(*cases):
    """What was seen of all requirements in these cases."""
    judge = Judge()
    for number, stream in enumerate(cases, start=1):
        tag = replace(stream.tag, case=number)
        judge.begin(Case(tag=tag, value={"made": number}))
        for exchange in stream.exchanges:
            judge.feed(replace(exchange, tag=tag))
    return judge.tally.counts


def verdicts_after(*cases, complete=True):
    """The verdicts on a fault, by the requirement about faults and by another one."""
    counts = after(*cases)
    return [verdict(REQUIREMENTS[id], counts[id], complete=complete).value for id in (CRASHES, FAULT)]


def fine():
    """The same, and all is well."""
    stream = Stream(phase="replay", requirement=CRASHES)
    stream.create()
    stream.describe()
    stream.update({"healthCheckPath": "/new"})
    return stream


def test_a_fault_counts_if_it_comes_back_each_time():
    """Five replays in a row confirm it; one that goes well among them does not."""
    replays = {id: [crashing("replay", id)] * 5 for id in (CRASHES, FAULT)}
    every = [*replays[CRASHES], *replays[FAULT]]
    assert verdicts_after(crashing(), *every) == ["fail", "fail"]
    assert verdicts_after(crashing(), *replays[CRASHES]) == ["fail", "fail"]
    mixed = [*replays[CRASHES][:4], fine(), *replays[CRASHES][:4]]
    assert verdicts_after(crashing(), *mixed)[0] == "pass"
    assert after(crashing(), *mixed)[CRASHES].returned == 8


def test_a_fault_that_does_not_come_back_is_told_once():
    """For the requirement about faults it is flaky; to others it says nothing."""
    assert (
        verdicts_after(crashing(), crashing("replay", FAULT), Stream("made", "replay", FAULT))[1] == "flaky"
    )
    assert verdicts_after(crashing(), Stream("made", "replay", CRASHES))[0] == "not-exercised"


def test_a_fault_that_was_not_tried_again_stands_if_the_run_is_complete():
    """Known deviations are not replayed; of a run that broke off nobody knows what would have come back."""
    assert verdicts_after(crashing()) == ["fail", "fail"]
    assert verdicts_after(crashing(), complete=False) == ["not-exercised", "flaky"]


def test_faults_at_other_places_do_not_confirm_each_other():
    """Accidents may happen in each replay; it has to be the same request of the case that fails."""
    shifted = []
    for number in range(6):
        stream = Stream(phase="replay", requirement=CRASHES)
        stream.create()
        for _ in range(number + 1):
            stream.describe()
        stream.refuse({"healthCheckPath": "/new"}, "ServerException", 500)
        shifted.append(stream)
    counts = after(crashing(), *shifted)
    assert (counts[CRASHES].returned, counts[CRASHES].streak) == (6, 1)


def test_a_fault_in_a_case_about_another_requirement_says_nothing():
    """Nobody would try it again."""
    counts = after(crashing("convict", "preserve/cpu"), crashing("replay", "preserve/cpu"))
    assert (counts[CRASHES].judged, counts[FAULT].violated) == (0, 0)
