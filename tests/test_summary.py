"""The plain-language summary: it says what the verdicts say, and never more."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sample_results as sample

from conformance.reporting.summary import statements
from conformance.reporting.themes import OTHER, listed, theme_of
from conformance.requirements import REQUIREMENTS
from conformance.results import RequirementResult
from conformance.verdict import Evidence, Verdict


def whole(changes=None, **run):
    """A run of the whole catalogue that passes, but for these requirements."""
    changes = changes or {}
    results = []
    for id_, entry in REQUIREMENTS.items():
        verdict = Verdict.INFORMATIONAL if entry.evidence is Evidence.OPEN else Verdict.PASS
        fields = {"verdict": verdict, "judged": 3, **changes.get(id_, {})}
        result = RequirementResult(
            id=id_, title=entry.sentence, topic=entry.topic, evidence=entry.evidence, **fields
        )
        results.append(result)
    return sample.results(requirements=tuple(results), **run)


def failing(*ids, verdict=Verdict.FAIL, **more):
    """These requirements with another verdict."""
    return {id_: {"verdict": verdict, "violated": 1, **more} for id_ in ids}


def texts(results):
    """The sentences alone."""
    return [statement.text for statement in statements(results)]


def saying(results, part):
    """The one sentence that has this part."""
    (found,) = [statement for statement in statements(results) if part in statement.text]
    return found


def test_every_topic_has_a_theme():
    """No requirement of the catalogue is left to the theme for what is not known."""
    assert [
        id_
        for id_, e in REQUIREMENTS.items()
        if e.evidence is not Evidence.OPEN and theme_of(id_, e.topic) is OTHER
    ] == []


def test_a_run_that_passes_is_green_throughout():
    """One sentence for each main theme, one for the others, and no reservation."""
    found = statements(whole())
    assert {statement.tone for statement in found} == {Verdict.PASS}
    assert "An update keeps everything it does not name." in texts(whole())
    assert "Callers without permission are refused." in texts(whole())
    assert not [text for text in texts(whole()) if "judged" in text]
    assert 8 <= len(found) <= 10


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        (["preserve/cpu"], "An update that leaves out cpu does not keep it."),
        (["preserve/cpu", "preserve/memory"], "An update that leaves out cpu or memory does not keep it."),
        (
            ["preserve/cpu", "preserve/memory", "preserve/taskRoleArn", "preserve/scalingTarget"],
            "An update does not keep 4 of the members that it leaves out.",
        ),
        (
            ["error/ClientException-status", "error/ClientException-message"],
            "1 error class differs from the page.",
        ),
        (
            ["error/ClientException-status", "error/ServerException-status", "envelope/request-id"],
            "2 error classes differ from the page, and 1 rule on the form of answers does not hold.",
        ),
        (
            [
                "response-type/service.cluster",
                "response-null/service.cluster",
                "response-type/service.status",
            ],
            "Answers have the documented shapes, but for 2 members.",
        ),
        (["accept/cpu"], "A valid update with cpu is refused."),
        (["accept/every-valid-update"], "Some valid updates are refused."),
        (["reflect/cpu"], "The answer does not show cpu as an update asked for."),
        (
            ["show/primaryContainer", "show/primaryContainer.image"],
            "Describe does not show primaryContainer as an update asked for.",
        ),
        (["auth/unsigned-rejected"], "Not refused: updates without a signature."),
        (["auth/denied-class"], "Callers without permission are refused in another way than documented."),
        (["identity/tags"], "Not so: “An update does not change the service's tags.”."),
    ],
)
def test_what_fails_is_said_in_words(ids, text):
    """A theme with failures has a sentence about these, and none that it holds."""
    found = saying(whole(failing(*ids)), text)
    assert found.text == text
    assert found.tone is Verdict.FAIL
    assert found.ids == tuple(id_ for id_ in REQUIREMENTS if id_ in ids)
    assert found.topics
    holding = {statement.text for statement in statements(whole())} - set(texts(whole(failing(*ids))))
    assert len(holding) == 1


def test_accepted_and_otherwise_answered_requests_are_told_apart():
    """Only an invalid request that was answered with success is said to be accepted."""
    taken = sample.counterexample(sample.exchange("{}", answer=sample.service(), status=200))
    other = sample.counterexample(sample.exchange("{}", status=500))
    changes = failing("reject/missing-arn", counterexample=taken) | failing(
        "exclusion/cpu", counterexample=taken
    )
    changes |= failing("reject/unknown-service", counterexample=other)
    text = saying(whole(changes), "invalid request").text
    assert (
        text
        == "2 kinds of invalid request are accepted, and 1 kind of invalid request is not refused as due."
    )


def test_kinds_of_deviation_are_told_apart():
    """Known, diverging, tolerated and flaky requirements have words of their own."""
    changes = failing("preserve/cpu")
    changes |= failing("preserve/memory", known="upstream 12")
    changes |= failing("atomic/cpu", verdict=Verdict.DIVERGES)
    changes |= {"reflect/cpu": {"verdict": Verdict.DIVERGES, "tolerated": 2}}
    changes |= failing("preserve/taskRoleArn", verdict=Verdict.FLAKY)
    run = whole(changes)
    assert saying(run, "leaves out cpu").tone is Verdict.FAIL
    assert saying(run, "leaves out memory").text.endswith(" (known deviation).")
    assert saying(run, "all the same").text.endswith(" (no failure: no document forbids it).")
    assert saying(run, "The answer does not").text.endswith(" (tolerated, no failure).")
    flaky = saying(run, "leaves out taskRoleArn")
    assert flaky.text.endswith(" (not each time it was tried).")
    assert flaky.tone is Verdict.FLAKY


def test_what_was_not_exercised_is_not_said_to_hold():
    """A theme that nothing exercised is listed as not judged, and one in part says how far."""
    skipped = {"verdict": Verdict.NOT_EXERCISED, "judged": 0}
    auth = {id_: skipped for id_ in REQUIREMENTS if id_.startswith("auth/")}
    some = dict.fromkeys(("preserve/cpu", "preserve/memory"), skipped)
    run = whole(auth | some)
    assert saying(run, "Not judged").text == "Not judged: permission."
    assert saying(run, "Not judged").tone is Verdict.NOT_EXERCISED
    assert saying(run, "does not name").text == (
        "An update keeps everything it does not name, as far as judged (8 of 10)."
    )
    assert "Callers without permission are refused." not in texts(run)


def test_signatures_alone_say_nothing_of_permission():
    """Without a second caller, the sentence is about signatures."""
    denied = [id_ for id_ in REQUIREMENTS if id_.startswith("auth/denied")]
    run = whole({id_: {"verdict": Verdict.NOT_EXERCISED, "judged": 0} for id_ in denied})
    assert saying(run, "signature").text.startswith("Updates without a valid signature are refused (callers ")


def test_hardly_judged_is_not_green():
    """Where less than half of a theme was judged, what holds has not the tone of a pass."""
    ids = [id_ for id_ in REQUIREMENTS if id_.startswith("preserve/")][1:]
    run = whole({id_: {"verdict": Verdict.NOT_EXERCISED, "judged": 0} for id_ in ids})
    assert saying(run, "(1 of 10)").tone is Verdict.NOT_EXERCISED


def test_a_run_of_a_few_requirements_does_not_look_like_a_whole_one():
    """What the run left out is known from the catalogue."""
    run = whole()
    run = replace(run, requirements=tuple(r for r in run.requirements if r.id == "preserve/cpu"))
    assert texts(run) == [
        "An update keeps everything it does not name, as far as judged (1 of 10).",
        "Nothing else was judged.",
    ]
    assert {statement.tone for statement in statements(run)} == {Verdict.NOT_EXERCISED}
    assert texts(replace(run, requirements=())) == ["Nothing was judged."]


def test_a_target_without_the_operation_has_its_own_words():
    """One sentence, whatever the requirements say."""
    run = whole()
    (found,) = statements(replace(run, target=replace(run.target, supported=False)))
    assert found.tone is Verdict.UNSUPPORTED
    assert "does not exist; nothing was judged" in found.text


def test_an_incomplete_run_has_its_own_words():
    """It says so first, and nothing in it is green; failures stay failures."""
    found = statements(whole(failing("preserve/cpu"), complete=False))
    assert found[0].text.startswith("The run did not come to its end")
    assert {statement.tone for statement in found} == {Verdict.NOT_EXERCISED, Verdict.FAIL}


def test_unknown_topics_are_not_lost():
    """Requirements that no theme knows are told of as they are."""
    found = statements(sample.results())
    assert [s for s in found if "preservation/scaling-metric" in s.ids and s.tone is Verdict.FAIL]
    assert [s for s in found if "(known deviation)" in s.text]


def test_lists_read_as_sentences():
    """Commas, and a conjunction before the last."""
    assert listed(["a"]) == "a"
    assert listed(["a", "b"], "or") == "a or b"
    assert listed(["a", "b", "c"]) == "a, b and c"
