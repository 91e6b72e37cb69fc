"""Two runs compared: what regressed, what is fixed, and what only the suite changed."""

from __future__ import annotations

import json
from dataclasses import replace

import jsonschema
import pytest
import sample_results as sample

from conformance.changes import Kind, compare
from conformance.reporting.changes import as_json, as_markdown, as_text, conclusion
from conformance.results import Counterexample, RequirementResult
from conformance.schemas import schema
from conformance.verdict import Evidence, Verdict


def requirement(verdict=Verdict.PASS, id="preserve/cpu", **details):
    """A result of one requirement."""
    evidence = details.pop("evidence", Evidence.CHARTER)
    return RequirementResult(
        id=id, title="A sentence.", topic="preserve", evidence=evidence, verdict=verdict, **details
    )


def run(*requirements, **details):
    """A run with these results."""
    return replace(sample.only(Verdict.PASS), requirements=tuple(requirements), **details)


def seen(observed):
    """Evidence against a requirement."""
    return Counterexample(
        scenario="updates", case={}, shrunk=True, expected="2048", observed=observed, exchanges=[]
    )


@pytest.mark.parametrize(
    ("old", "new", "kind", "regression"),
    [
        (Verdict.PASS, Verdict.PASS, Kind.SAME, False),
        (Verdict.PASS, Verdict.FAIL, Kind.ADDED, True),
        (Verdict.NOT_EXERCISED, Verdict.FAIL, Kind.ADDED, True),
        (Verdict.PASS, Verdict.DIVERGES, Kind.ADDED, False),
        (Verdict.PASS, Verdict.FLAKY, Kind.ADDED, False),
        (Verdict.DIVERGES, Verdict.FAIL, Kind.CHANGED, True),
        (Verdict.FLAKY, Verdict.FAIL, Kind.CHANGED, True),
        (Verdict.FAIL, Verdict.FLAKY, Kind.CHANGED, False),
        (Verdict.FAIL, Verdict.FAIL, Kind.SAME, False),
        (Verdict.FAIL, Verdict.PASS, Kind.FIXED, False),
        (Verdict.DIVERGES, Verdict.PASS, Kind.FIXED, False),
        (Verdict.FAIL, Verdict.NOT_EXERCISED, Kind.CHANGED, False),
        (Verdict.PASS, Verdict.NOT_EXERCISED, Kind.CHANGED, False),
    ],
)
def test_what_became_of_a_requirement(old, new, kind, regression):
    """A requirement that nothing exercises any more is not fixed; only what newly fails is a regression."""
    changes = compare(run(requirement(old)), run(requirement(new)))
    assert [change.kind for change in changes.changes] == [kind]
    assert bool(changes.regressions) is regression
    assert changes.exit_code == (1 if regression else 0)


def test_what_the_owner_knows_is_no_regression():
    """A known deviation that fails newly is told, and does not count."""
    changes = compare(run(requirement()), run(requirement(Verdict.FAIL, known="tracked")))
    assert changes.changes[0].kind is Kind.ADDED
    assert changes.exit_code == 0
    assert "fail (known)" in as_text(changes)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ((), (requirement(Verdict.FAIL),)),
        ((requirement(Verdict.FAIL),), ()),
        ((requirement(Verdict.DIVERGES, evidence=Evidence.OBSERVED),), (requirement(Verdict.FAIL),)),
    ],
    ids=["new", "gone", "otherwise founded"],
)
def test_what_the_suite_changed_is_no_change_of_the_target(old, new):
    """A requirement that one run did not have, or that has other evidence now, is told apart."""
    changes = compare(run(*old), run(*new))
    assert [change.kind for change in changes.changes] == [Kind.CATALOGUE]
    assert changes.exit_code == 0


def test_another_answer_to_an_open_question_is_a_change():
    """What a target does where no document decides is compared in words, not in numbers."""

    def told(**behaviours):
        return run(requirement(Verdict.INFORMATIONAL, evidence=Evidence.OPEN, behaviours=behaviours))

    assert compare(told(kept=3), told(kept=9)).changes[0].kind is Kind.SAME
    assert compare(told(kept=3), told(reset=3)).changes[0].kind is Kind.CHANGED


def test_an_incomplete_run_is_never_green():
    """Exit code 3 where the new run was not completed, and 1 where that shows a regression already."""
    assert compare(run(requirement()), run(requirement(), complete=False)).exit_code == 3
    assert compare(run(requirement()), run(requirement(Verdict.FAIL), complete=False)).exit_code == 1


def test_an_operation_that_is_gone_is_one_regression():
    """A target that lost the operation is told so once; one that has it now is no failure."""
    without = run(requirement(Verdict.UNSUPPORTED, "operation/supported"))
    without = replace(without, target=replace(without.target, supported=False))
    full = run(requirement(), requirement(id="operation/supported"))
    lost = compare(full, without)
    assert (lost.exit_code, len(lost.changes)) == (1, 1)
    assert conclusion(lost) == "The target does not have the operation any more."
    assert compare(without, full).exit_code == 0


def test_circumstances_are_told():
    """Another effort, seed, model or target may be the reason of a change."""
    old = run(requirement())
    new = replace(old, suite=replace(old.suite, effort="smoke", botocore="9.9.9", seed=old.suite.seed + 1))
    told = " ".join(compare(old, new).circumstances)
    assert all(words in told for words in ("effort", "9.9.9", "seed"))
    assert compare(old, old).circumstances == ()


def test_both_sides_are_shown():
    """In every format: the id, both verdicts, and what was observed."""
    changes = compare(
        run(requirement()), run(requirement(Verdict.FAIL, violated=1, counterexample=seen("cpu is '256'")))
    )
    assert "1 regression: preserve/cpu." in as_text(changes)
    assert "✓ pass → ✗ fail  preserve/cpu" in as_text(changes)
    assert "cpu is '256'" in as_text(changes)
    assert "cpu is '256'" in as_markdown(changes)
    document = json.loads(as_json(changes))
    assert document["regressions"] == ["preserve/cpu"]
    assert document["counts"]["added"] == 1
    assert document["changes"][0]["new"]["observed"] == "cpu is '256'"


def test_the_document_follows_its_schema():
    """Over runs that have everything, and no change as well; what is not written is refused."""
    whole, good = sample.results(), run(requirement())
    validator = jsonschema.Draft202012Validator(schema("diff"))
    validator.check_schema(schema("diff"))
    for old, new in ((whole, good), (good, whole), (whole, whole)):
        document = json.loads(as_json(compare(old, new)))
        validator.validate(document)
        for name in document:
            assert not validator.is_valid({key: value for key, value in document.items() if key != name})
        assert not validator.is_valid({**document, "surplus": 1})


def test_nothing_from_a_target_acts():
    """Markup, links, mentions, table cells and escapes in what was observed stay text."""
    hostile = f"{sample.HOSTILE} | [x](http://x) @everyone `code` <b>"
    changes = compare(run(requirement()), run(requirement(Verdict.FAIL, counterexample=seen(hostile))))
    row = next(line for line in as_markdown(changes).splitlines() if "preserve/cpu" in line and "|" in line)
    assert row.count("|") == 5
    # In code, GitHub sees neither a mention nor an address.
    bare = row.replace("`@`", "").replace("`://`", "")
    assert not set("<[@`\x1b\u202e") & set(bare)
    assert "://" not in bare
    assert "\x1b" not in as_text(changes)
    assert as_json(changes).isascii()
