"""What a target does where no document says what is right, in words."""

from __future__ import annotations

import pytest
import sample_results as sample

from conformance.reporting.semantics import chapters
from conformance.verdict import Evidence, Verdict


def told(*answers, **changes):
    """The chapters of a run with these open requirements: pairs of an id and its behaviours."""
    requirements = tuple(
        sample.requirement(id_, Verdict.INFORMATIONAL, Evidence.OPEN, behaviours=behaviours, **changes)
        for id_, behaviours in answers
    )
    return chapters(sample.results(requirements=requirements))


def sentences(*answers):
    """The sentences of all chapters as text."""
    return [sentence.text for chapter in told(*answers) for sentence in chapter.sentences]


def clearing(path, way, words, effect):
    """An id with the one behaviour that was seen."""
    return f"clear/{path}-{way}", {f"{words} for {path} is {effect}": 1}


def test_requirements_of_one_behaviour_make_one_sentence():
    """The members are named one after the other, each with its requirement."""
    (chapter,) = told(
        clearing("primaryContainer.environment", "empty-list", "an empty list", "accepted and clears it"),
        clearing("primaryContainer.secrets", "empty-list", "an empty list", "accepted and clears it"),
        clearing("primaryContainer.command", "empty-list", "an empty list", "accepted and clears it"),
    )
    (sentence,) = chapter.sentences
    assert sentence.text == "An empty list clears environment, secrets and command."
    assert [(part.text, part.id) for part in sentence.parts if part.id] == [
        ("environment", "clear/primaryContainer.environment-empty-list"),
        ("secrets", "clear/primaryContainer.secrets-empty-list"),
        ("command", "clear/primaryContainer.command-empty-list"),
    ]


@pytest.mark.parametrize(
    ("answers", "text"),
    [
        (
            [clearing("cpu", "empty-string", "an empty string", "refused with ClientException")],
            "An empty string for cpu is refused with ClientException.",
        ),
        (
            [
                clearing("a.x", "null", "null", "accepted and leaves it as it was"),
                clearing("a.y", "null", "null", "accepted and leaves it as it was"),
            ],
            "Null leaves x and y as they were.",
        ),
        (
            [
                clearing("a.x", "null", "null", "accepted and leaves it as it was"),
                clearing("b.x", "null", "null", "accepted and leaves it as it was"),
            ],
            "Null leaves a.x and b.x as they were.",
        ),
        (
            [
                ("merge/scalingTarget", {"a partial scalingTarget keeps all that it leaves out": 4}),
                ("merge/primaryContainer", {"a partial primaryContainer keeps all that it leaves out": 2}),
            ],
            "A partial scalingTarget or primaryContainer keeps all that it leaves out.",
        ),
        (
            [("merge/a.b", {"a a.b that is supplied replaces the whole list": 4})],
            "A supplied list replaces the one before: b.",
        ),
        (
            [
                ("protocol/method", {"an update sent by GET is answered with status 404": 1}),
                ("protocol/no-target", {"an update without a target is answered with status 404": 1}),
            ],
            "An update sent by GET or without a target is answered with status 404.",
        ),
        ([("semantics/t", {"targetConfiguration has all": 4})], "targetConfiguration has all."),
        ([("new/question", {"it is purple": 4})], "It is purple."),
    ],
)
def test_sentences(answers, text):
    """Each form of a behaviour makes a plain sentence; what has no known form is told as it is."""
    assert sentences(*answers) == [text]


def test_several_behaviours_are_told_with_numbers():
    """What is now so, now so is one sentence that begins with the most frequent, and is not folded."""
    update = "an update with the present values is accepted"
    assert sentences(
        ("semantics/same-values", {f"{update} and makes no new revision": 9, f"{update} and ignored": 1}),
        ("semantics/only-service-arn", {"an update with only serviceArn is accepted and ignored": 1}),
    ) == [
        "An update with only serviceArn is accepted and ignored.",
        (
            "An update with the present values is accepted and makes no new revision (9 of 10 times), "
            "or ignored (1 of 10 times)."
        ),
    ]


def test_members_that_are_kept_at_times_make_one_sentence():
    """How often each is kept is said member by member, structure by structure."""
    found = []
    for name, kept in (("x", 3), ("y", 1)):
        words = f"an update with a but no {name} {{}} the {name}"
        found.append((f"keep/a.{name}", {words.format("keeps"): kept, words.format("does not keep"): 1}))
    found.append(("keep/b.z", {"an update with b but no z keeps the z": 4}))
    assert sentences(*found) == [
        "An update of b that leaves out z keeps it.",
        "An update of a keeps only at times what it leaves out: x 3 of 4 times, y 1 of 2 times.",
    ]


def test_only_the_most_frequent_of_many_behaviours_are_listed():
    """The others are counted."""
    (text,) = sentences(("semantics/x", {f"a way {n}": n for n in range(1, 8)}))
    assert text.endswith("4 (4 of 28 times), or 3 other outcomes (6 times).")


def test_different_subjects_of_one_requirement_are_no_contradiction():
    """What was tried in two ways and came out alike is one sentence without numbers."""
    behaviours = {f"an update sent by {method} is answered with status 404": 2 for method in ("GET", "PUT")}
    assert sentences(("protocol/method", behaviours)) == [
        "An update sent by GET or sent by PUT is answered with status 404."
    ]


def test_only_open_questions_with_an_answer_are_told():
    """What is judged, and what nobody saw, has no chapter."""
    judged = sample.requirement("merge/a", Verdict.PASS, behaviours={"a partial a keeps it": 1})
    silent = sample.requirement("merge/b", Verdict.INFORMATIONAL, Evidence.OPEN)
    assert chapters(sample.results(requirements=(judged, silent))) == []


def test_chapters_come_in_their_order():
    """By theme, nested updates first, what has no theme last."""
    found = told(("x/y", {"a": 1}), ("auth/s", {"b": 1}), ("clear/a-null", {"c": 1}), ("keep/d.e", {"d": 1}))
    assert [chapter.id for chapter in found] == [
        "open-nested",
        "open-clearing",
        "open-callers",
        "open-others",
    ]


def test_hostile_behaviours_are_only_text():
    """Braces and patterns in an answer act on nothing."""
    hostile = "an empty list for {0}.{1} is refused with {way}\\1 " + sample.HOSTILE
    (text,) = sentences(("clear/{0}.{1}-empty-list", {hostile: 1}))
    assert text.startswith("An empty list for {1} is refused with {way}\\1 ")
