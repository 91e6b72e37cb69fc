"""The presence subsets: how they are counted, and which pairs of members interact."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace

import jsonschema
import pytest
import sample_results as sample
from sample_presence import MEMBERS, at, every
from streams import CONFIG, DEFINITION, REVISION_2, Stream

from conformance.exceptions import RecordingError
from conformance.judge import rejudge
from conformance.presence import Fate, Presence, bits, subset_of
from conformance.presence_pairs import LEAST, Corner, Effect, Interaction, pairs
from conformance.recording import Footer, Header
from conformance.results import Results
from conformance.schemas import schema
from conformance.tally import Tally


def judged(stream, only=None):
    """The presence subsets after a stream."""
    return stream.judged(only).tally.presence


def told(found):
    """By the two members: what their interactions are."""
    return {(pair.first, pair.second): pair.interactions for pair in found if pair.interactions}


class TestCounting:
    """From exchanges to the fates of subsets."""

    def test_an_update_that_keeps_all(self):
        """An accepted update after which Describe shows the rest as before has kept all that it can keep."""
        stream = Stream()
        stream.describe()
        stream.update({"healthCheckPath": "/x"})
        stream.describe({**CONFIG, **REVISION_2, "healthCheckPath": "/x"})
        found, subset = judged(stream), bits()["healthCheckPath"]
        assert (found.sent, found.accepted, found.described) == ({subset: 1}, {subset: 1}, {subset: 1})
        assert found.names(found.kept[subset]) == [
            name for name in bits() if name not in {"healthCheckPath", "taskDefinitionArn"}
        ]
        assert found.fate(subset) is Fate.KEPT

    def test_a_loss_names_the_member(self):
        """An update after which the health check path is another one has lost it, and kept the rest."""
        stream = Stream()
        stream.describe()
        stream.update({"taskRoleArn": CONFIG["taskRoleArn"]})
        stream.describe({**CONFIG, **REVISION_2, "healthCheckPath": "/"})
        found, subset = judged(stream), bits()["taskRoleArn"]
        assert found.names(found.lost[subset]) == ["healthCheckPath"]
        assert found.fate(subset) is Fate.LOST

    def test_a_loss_by_one_of_two(self):
        """Of two updates with no Describe between them, nobody knows which lost what was asked for."""
        stream = Stream()
        stream.create()
        stream.describe()
        stream.update({"healthCheckPath": "/x"})
        stream.update({"taskRoleArn": CONFIG["taskRoleArn"]}, {**CONFIG, "serviceRevisionArn": "revision/3"})
        stream.describe({**CONFIG, "serviceRevisionArn": "revision/3", "createdAt": 3000.5})
        assert "preserve/healthCheckPath" in stream.against()
        assert judged(stream).lost == {}

    def test_a_member_that_is_not_done(self):
        """An accepted update whose answer shows the old value has not been done."""
        stream = Stream()
        stream.describe()
        stream.update({"healthCheckPath": "/x"}, {**CONFIG, **REVISION_2})
        found, subset = judged(stream), bits()["healthCheckPath"]
        assert found.names(found.undone[subset]) == ["healthCheckPath"]
        assert found.fate(subset) is Fate.UNDONE

    @pytest.mark.parametrize(
        ("status", "code", "fate"),
        [
            (400, "InvalidParameterException", Fate.REFUSED),
            (500, "ServerException", Fate.FAULTED),
            (403, "AccessDeniedException", Fate.OPEN),
            (400, "ThrottlingException", Fate.OPEN),
        ],
    )
    def test_a_valid_update_that_is_refused(self, status, code, fate):
        """A refusal counts if it is about the request; one of the caller says nothing of the subset."""
        stream = Stream()
        stream.describe()
        stream.refuse({"healthCheckPath": "/x"}, code, status)
        assert judged(stream).fate(bits()["healthCheckPath"]) is fate

    def test_a_near_miss_is_refused_for_its_defect(self):
        """A refusal of a wrong value, or of a service that nobody described, says nothing of the subset."""
        stream = Stream()
        stream.refuse({"taskRoleArn": CONFIG["taskRoleArn"]})
        stream.describe()
        stream.refuse({"healthCheckPath": 5})
        found = judged(stream)
        assert {found.fate(bits()[name]) for name in ("healthCheckPath", "taskRoleArn")} == {Fate.OPEN}
        assert not found.refused

    def test_an_accepted_near_miss_says_nothing(self):
        """That a request with a wrong value was taken, and what it lost, is not held against its subset."""
        stream = Stream()
        stream.describe()
        stream.update({"taskRoleArn": 5})
        stream.describe({**CONFIG, **REVISION_2, "healthCheckPath": "/"})
        found = judged(stream)
        assert (found.accepted, found.lost, found.kept) == ({}, {}, {})

    @pytest.mark.parametrize("twin", [True, False])
    def test_an_exclusion_needs_its_twin(self, twin):
        """A combination that the documents exclude is refused for that only if its twin was accepted."""
        stream = Stream()
        stream.create()
        stream.register()
        stream.describe()
        good = stream.update({"cpu": "256"})
        stream.describe({**CONFIG, **REVISION_2})
        both = {"cpu": "256", "taskDefinitionArn": DEFINITION}
        stream.refuse(both, twin=good if twin else None)
        assert judged(stream).fate(subset_of(both)) is (Fate.EXCLUDED if twin else Fate.OPEN)

    def test_an_exclusion_that_is_accepted(self):
        """A combination that the documents exclude and the target takes is a breach."""
        stream = Stream()
        stream.create()
        stream.register()
        stream.describe()
        both = {"cpu": "256", "taskDefinitionArn": DEFINITION}
        stream.update(both)
        assert judged(stream).fate(subset_of(both)) is Fate.BREACHED

    def test_an_empty_update_may_be_accepted(self):
        """Whether an update may carry nothing is open: an acceptance counts, a refusal does not."""
        taken, refused = Stream(), Stream()
        taken.describe()
        taken.update({})
        refused.describe()
        refused.refuse({})
        assert [judged(stream).fate(0) for stream in (taken, refused)] == [Fate.ACCEPTED, Fate.OPEN]

    def test_races_do_not_count(self):
        """What becomes of an update at the same time as others is a matter of time."""
        stream = Stream()
        stream.describe()
        stream.update({"healthCheckPath": "/x"})
        stream.exchanges[-1] = replace(stream.exchanges[-1], group=1)
        stream.describe({**CONFIG, **REVISION_2})
        found = judged(stream)
        assert (found.sent, found.accepted, found.kept, found.lost) == ({}, {}, {}, {})

    def test_some_of_the_requirements(self):
        """A run that judges some requirements only knows what was sent, and not what became of it."""
        stream = Stream()
        stream.describe()
        stream.update({"healthCheckPath": "/x"})
        found = judged(stream, ["accept/every-valid-update"])
        assert (len(found.sent), found.accepted) == (1, {})

    def test_merging_has_no_order(self):
        """Parts of a run, put together in any order and after a journey as JSON, are the same."""
        parts = [
            every(lost=lambda s: 1 & ~s),
            every(refused=lambda s: s == 3),
            every(undone=lambda s: s & 4),
        ]
        forms = []
        for order in itertools.permutations(parts):
            total = Tally()
            for part in order:
                total.merge(Tally.from_json(json.loads(json.dumps(Tally(presence=part).to_json()))))
            forms.append(total.presence)
        assert all(form == forms[0] for form in forms)
        assert forms[0].sent == dict.fromkeys(range(64), 3)
        assert forms[0].fate(3) is Fate.REFUSED
        assert forms[0].fate(4) is Fate.LOST

    def test_an_accident_is_forgiven(self):
        """A fault of the target's is the fate of a subset only if it was never answered otherwise."""
        found = every(faulted=lambda subset: subset == 1)
        assert found.fate(1) is Fate.FAULTED
        found.count("accepted", 1)
        assert found.fate(1) is Fate.ACCEPTED


class TestDocument:
    """The subsets in ``results.json``."""

    def test_what_was_not_counted_is_not_there(self):
        """A run of some requirements, or of a target without the operation, has no subsets; any other has."""
        stream = Stream()
        stream.describe()
        stream.update({"healthCheckPath": "/x"})
        suite = {"version": "1", "botocore": "1", "hypothesis": "1", "seed": 0, "effort": "smoke"}
        target = {"name": "t", "kind": "url", "endpoint": "http://t", "region": "us-east-1"}
        header = Header(target=target, suite=suite, started_at="2026-01-01T00:00:00Z")
        footer = Footer(finished_at="2026-01-01T00:00:01Z", complete=True)
        records = [header, *stream.exchanges]
        assert rejudge([*records, footer]).presence.members == tuple(bits())
        assert rejudge([*records, footer], only=["preserve/cpu"]).presence == Presence()
        assert rejudge([*records, replace(footer, supported=False)]).presence == Presence()

    def test_it_comes_back(self):
        """What is written follows the schema and is read again as it was."""
        results = sample.results(presence=every(lost=lambda s: 1 & ~s, excluded=lambda s: s > 60))
        document = json.loads(json.dumps(results.to_json()))
        jsonschema.validate(document, schema("results"))
        assert document["presence"]["accepted"]["110000"] == 1
        assert document["presence"]["lost"]["010000"] == "100000"
        assert Results.from_json(document) == results

    def test_an_old_document(self):
        """A document that does not have them is one of a run that did not count them."""
        document = sample.results(presence=Presence()).to_json()
        assert document.pop("presence") is None
        jsonschema.validate(document, schema("results"))
        assert Results.from_json(document).presence == Presence()

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda found: found["sent"].update({"1": 4}),
            lambda found: found["sent"].update({"00000x": 4}),
            lambda found: found["kept"].update({"000001": "1"}),
            lambda found: found["sent"].update({"000001": "many"}),
            lambda found: found.update(accepted=[1]),
            lambda found: found.pop("undone"),
        ],
        ids=["too short", "no bit", "marks too short", "no number", "no object", "field missing"],
    )
    def test_a_damaged_document(self, spoil):
        """A subset of another length, a count that is none, or a part that is missing is told, not shown."""
        document = sample.results(presence=every()).to_json()
        spoil(document["presence"])
        with pytest.raises(RecordingError):
            Results.from_json(document)


class TestPairs:
    """Which two members interact."""

    def test_nothing_wrong(self):
        """Where nothing deviates nothing interacts, and every pair could be compared."""
        found = pairs(every())
        assert told(found) == {}
        assert {(pair.compared, pair.accepted) for pair in found} == {(16, 16)}
        assert len(found) == 15

    def test_refused_together(self):
        """A target that refuses a with b, and each without the other not, has one interaction."""
        found = pairs(every(refused=lambda s: s & 3 == 3))
        assert told(found) == {("a", "b"): (Interaction(Effect("refused"), Corner.BOTH, 16, 16),)}
        assert (found[0].accepted, found[0].refused) == (0, 16)

    def test_one_needs_the_other(self):
        """A target that refuses c unless d is there has one interaction."""
        found = pairs(every(refused=lambda s: s & at("c") and not s & at("d")))
        assert told(found) == {("c", "d"): (Interaction(Effect("refused"), Corner.FIRST, 16, 16),)}

    def test_one_loses_the_other(self):
        """A target that loses b when a is there and b is not has one interaction."""
        found = pairs(every(lost=lambda s: at("b") if s & at("a") and not s & at("b") else 0))
        assert told(found) == {("a", "b"): (Interaction(Effect("lost", "b"), Corner.FIRST, 16, 16),)}

    def test_one_saves_the_other(self):
        """A target that loses e, unless f is there, has one interaction: with neither of them e is lost."""
        found = pairs(every(lost=lambda s: at("e") if not s & at("e", "f") else 0))
        assert told(found) == {("e", "f"): (Interaction(Effect("lost", "e"), Corner.NEITHER, 16, 16),)}

    def test_one_spoils_the_other(self):
        """A target that does not do a when b is there has one interaction."""
        found = pairs(every(undone=lambda s: at("a") if s & 3 == 3 else 0))
        assert told(found) == {("a", "b"): (Interaction(Effect("undone", "a"), Corner.BOTH, 16, 16),)}

    def test_a_fault_of_two(self):
        """A target that answers a with b with status 500 has one interaction."""
        found = pairs(every(faulted=lambda s: s & 3 == 3))
        assert told(found) == {("a", "b"): (Interaction(Effect("faulted"), Corner.BOTH, 16, 16),)}

    def test_two_lose_a_third(self):
        """If a with b loses c, all three pairs of them interact, and no other."""
        found = told(pairs(every(lost=lambda s: at("c") if s & 7 == 3 else 0)))
        assert {two: each[0].corner for two, each in found.items()} == {
            ("a", "b"): Corner.BOTH,
            ("a", "c"): Corner.FIRST,
            ("b", "c"): Corner.FIRST,
        }
        assert {(each[0].seen, each[0].of) for each in found.values()} == {(8, 16)}

    @pytest.mark.parametrize(
        "faults",
        [
            {"refused": lambda s: s & 1},
            {"lost": lambda s: 1 & ~s},
            {"undone": lambda s: 1 & s},
            {"refused": lambda s: s & 3},
            {"lost": lambda s: 3 & ~s},
        ],
        ids=["refused alone", "lost alone", "not done alone", "two refused alone", "two lost alone"],
    )
    def test_what_one_member_does_is_no_interaction(self, faults):
        """A fault of one member, or of two that each have it alone, interacts with nothing."""
        assert told(pairs(every(**faults))) == {}

    def test_what_hangs_on_values_is_no_interaction(self):
        """A fault that comes and goes, here by a hash of the subset, interacts with nothing."""
        for number in range(12):
            scattered = every(
                MEMBERS + tuple("ghij"),
                lost=lambda s, n=number: at("e") if hash((s, n)) % 3 == 0 and not s & at("e") else 0,
            )
            assert told(pairs(scattered)) == {}

    def test_what_is_rare_is_no_interaction(self):
        """A fault in four subsets of a thousand, all with a and without b and e, interacts with nothing."""
        rare = {at("a", *more) for more in ("c", "df", "cd", "f")}
        found = every(MEMBERS + tuple("ghij"), lost=lambda s: at("e") if s in rare else 0)
        assert told(pairs(found)) == {}

    def test_what_is_not_judged_is_not_compared(self):
        """Where nobody can say whether a is kept, such as beside f, nothing follows: f does not save a."""
        found = every(lost=lambda s: 1 & ~s)
        for subset in [each for each in found.lost if each & at("f")]:
            del found.lost[subset]
        assert told(pairs(found)) == {}
        assert told(pairs(every(lost=lambda s: 1 & ~s if not s & at("f") else 0)))

    def test_what_is_not_sent_is_not_compared(self):
        """Where a was never sent without b, that both get a fault is no interaction."""
        found = every(faulted=lambda s: s & 3 == 3)
        for subset in [each for each in found.accepted if each & 3 == 1]:
            del found.accepted[subset]
        assert told(pairs(found)) == {}

    def test_few_subsets_say_nothing(self):
        """With fewer than four comparisons nothing is said of two members."""
        found = Presence(MEMBERS)
        for subset in (0, 1, 2):
            for more in (0, 4, 8, 16)[: LEAST - 1]:
                found.count("accepted", subset | more)
                found.count("refused", 3 | more)
        assert told(pairs(found)) == {}
        for subset, which in ((16, "accepted"), (17, "accepted"), (18, "accepted"), (19, "refused")):
            found.count(which, subset)
        assert [*told(pairs(found))] == [("a", "b")]

    def test_what_is_accepted_and_refused_is_not_compared(self):
        """A subset that was accepted at one time and refused at another says nothing of its members."""
        found = every(refused=lambda s: s & 3 == 3)
        for subset in [each for each in found.refused if each & 3 == 3]:
            found.count("accepted", subset)
        assert told(pairs(found)) == {}

    def test_documented_exclusions(self):
        """Two members that the documents exclude from one update are marked so; what was taken is counted."""
        excluded = every(excluded=lambda s: s & 3 == 3)
        pair = pairs(excluded, switch="b", excludes={"a", "c"})[0]
        assert (pair.exclusive, pair.excluded, pair.breached, pair.interactions) == (True, 16, 0, ())
        breached = pairs(every(breached=lambda s: s & 3 == 3), switch="b", excludes={"a"})
        assert [(pair.exclusive, pair.breached) for pair in breached[:2]] == [(True, 16), (False, 8)]
