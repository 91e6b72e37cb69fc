"""What was observed of the real service takes the place of what was open; it never makes anything fail."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
import sample_results as sample
from commands import express, results, told_cleanly

from conformance import evidence
from conformance.evidence import FORMAT, Answer, Observed, Reference
from conformance.exceptions import ConfigurationError
from conformance.results import RequirementResult
from conformance.verdict import Evidence, Verdict

KEEPS, CLEARS = "a partial update keeps the others", "a partial update clears the others"
SEEN = Observed(
    id="merge/scalingTarget",
    behaviours=(KEEPS,),
    judged=3,
    target="account",
    region="eu-west-1",
    observed_at="2026-11-01T02:03:04.000Z",
    recording="recording.jsonl",
    sha256="0" * 64,
)
OPEN = RequirementResult(
    id="merge/scalingTarget",
    title="A partial scalingTarget is told.",
    topic="merge",
    evidence=Evidence.OPEN,
    verdict=Verdict.INFORMATIONAL,
    judged=5,
    behaviours={KEEPS: 5},
)


def judged(result: RequirementResult, observed: Observed | None = SEEN) -> RequirementResult:
    """The requirement as it is with this evidence."""
    whole = replace(sample.results(), requirements=(result,))
    return evidence.applied(whole, {observed.id: observed} if observed else {}).requirements[0]


def test_who_does_what_was_observed_passes() -> None:
    """And the report says who observed it, when, and where."""
    found = judged(OPEN)
    assert (found.verdict, found.evidence, found.violated) == (Verdict.PASS, Evidence.OBSERVED, 0)
    assert found.note == f"Observed of account, eu-west-1, 2026-11-01, recording.jsonl: “{KEEPS}”."


@pytest.mark.parametrize(("behaviours", "violated"), [({CLEARS: 2}, 2), ({CLEARS: 2, KEEPS: 3}, 2)])
def test_who_does_otherwise_diverges(behaviours: dict[str, int], violated: int) -> None:
    """Also now and then; it does not fail, as an observation is no document."""
    found = judged(replace(OPEN, behaviours=behaviours))
    assert (found.verdict, found.violated) == (Verdict.DIVERGES, violated)


def test_several_behaviours_may_have_been_observed() -> None:
    """Then each of them will do."""
    either = replace(SEEN, behaviours=(CLEARS, KEEPS))
    assert judged(replace(OPEN, behaviours={CLEARS: 2}), either).verdict is Verdict.PASS


def test_what_was_not_exercised_stays_so() -> None:
    """There is nothing to compare with, but it says what is known."""
    found = judged(replace(OPEN, verdict=Verdict.NOT_EXERCISED, behaviours={}, judged=0, note="No traffic."))
    assert (found.verdict, found.evidence) == (Verdict.NOT_EXERCISED, Evidence.OBSERVED)
    assert found.note.startswith("No traffic. Observed of account")


def test_without_evidence_nothing_changes() -> None:
    """Nor does what is documented, whatever a file says."""
    documented = replace(OPEN, evidence=Evidence.DOCUMENTED, verdict=Verdict.FAIL)
    assert judged(OPEN, None) == OPEN
    assert judged(OPEN, replace(SEEN, id="merge/other")) == OPEN
    assert judged(documented) == documented


def test_evidence_survives_its_file(tmp_path: Path) -> None:
    """Written and read, it is the same."""
    (tmp_path / "e.json").write_text(evidence.document([SEEN]), encoding="utf-8")
    assert evidence.read(tmp_path / "e.json") == {SEEN.id: SEEN}


ANSWER = Answer(
    id="container-ports",
    theme="numbers",
    asks="Which ports?",
    informs=("reject-range/primaryContainer.containerPort-below",),
    answered=True,
    observation={"values": {"0": {"accepted": False, "status": 400, "error": "E", "message": ""}}},
    sentence="Refused with E: 0.",
    exchanges=(Reference(scenario="questions", id=7),),
    target="account",
    region="eu-west-1",
    observed_at="2026-11-01T02:03:04.000Z",
    recording="recording.jsonl",
    sha256="0" * 64,
)


def test_answers_survive_their_file(tmp_path: Path) -> None:
    """Beside what was observed, and in their order; they change nothing of that."""
    other = replace(ANSWER, id="a-later-one", answered=False, observation={}, sentence="", reason="No.")
    (tmp_path / "e.json").write_text(evidence.document([SEEN], [ANSWER, other]), encoding="utf-8")
    assert evidence.answers(tmp_path / "e.json") == (ANSWER, other)
    assert evidence.read(tmp_path / "e.json") == {SEEN.id: SEEN}


def test_a_file_from_before_there_were_questions_is_read() -> None:
    """It has no answers, and what it has counts as ever."""
    path = Path(__file__).parent / "formats" / "evidence-1.json"
    assert "questions" not in json.loads(path.read_bytes())
    assert evidence.answers(path) == ()
    assert evidence.read(path)["merge/scalingTarget"].judged == 2


def test_a_doubtful_behaviour_is_no_evidence(tmp_path: Path) -> None:
    """Where something else may have been its reason, it is left out; and with it what told nothing else."""
    (tmp_path / "r").write_bytes(b"")
    both = replace(OPEN, behaviours={KEEPS: 2, CLEARS: 1})
    whole = replace(sample.results(), requirements=(both,))
    (found,) = evidence.from_results(whole, tmp_path / "r", doubtful={OPEN.id: {CLEARS}})
    assert found.behaviours == (KEEPS,)
    assert evidence.from_results(whole, tmp_path / "r", doubtful={OPEN.id: {CLEARS, KEEPS}}) == []
    assert len(evidence.from_results(whole, tmp_path / "r")[0].behaviours) == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "{}",
        "[" * 100_000,
        json.dumps({"format": "express-conformance/evidence@2", "observed": []}),
        json.dumps({"format": FORMAT, "observed": 5}),
        json.dumps({"format": FORMAT, "observed": [{"id": "x"}]}),
        evidence.document([SEEN]).replace("3", '"3"'),
        evidence.document([SEEN]).replace('"judged"', '"more": 1, "judged"'),
        evidence.document([SEEN], [ANSWER]).replace("true", '"yes"'),
        evidence.document([SEEN], [ANSWER]).replace('"theme"', '"topic"'),
        evidence.document([SEEN], [ANSWER]).replace('"id": 7', '"id": "7"'),
        json.dumps({"format": FORMAT, "observed": [], "questions": [None]}),
        json.dumps({"format": FORMAT, "observed": [], "questions": 1}),
    ],
)
def test_what_is_no_evidence_is_refused(text: str, tmp_path: Path) -> None:
    """With what to do next."""
    (tmp_path / "e.json").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as told:
        evidence.read(tmp_path / "e.json")
    assert "probe" in told.value.hint


def test_a_missing_file_is_wrong_usage(tmp_path: Path) -> None:
    """Before anything is sent."""
    done = express("run", "--evidence", "none.json", cwd=tmp_path)
    assert (done.returncode, told_cleanly(done)) == (2, True)


def test_a_probe_settles_what_was_open(tmp_path: Path) -> None:
    """What one emulator does is evidence, by which the same one passes and another one diverges."""
    only = ("--only", "clear/primaryContainer.command-*", "--only", "semantics/only-service-arn")
    done = express("probe", *only, "--out", "asked", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    path = tmp_path / "asked" / "evidence.json"
    found = evidence.read(path)
    assert "semantics/only-service-arn" in found
    again = express("judge", "asked", "--evidence", path, "--out", "again", cwd=tmp_path)
    assert again.returncode == 0
    verdicts = {entry["id"]: entry["verdict"] for entry in results(tmp_path / "again")["requirements"]}
    assert {verdicts[id] for id in found} == {"pass"}
    words = ("run", "--target", "embedded:alternate", "--effort", "smoke", "--evidence", path, "--out", "o")
    other = express(*words, *only, cwd=tmp_path)
    assert other.returncode == 0, other.stdout
    assert results(tmp_path / "o")["summary"]["diverges"] >= 1
    assert results(tmp_path / "o")["summary"]["informational"] == 0
