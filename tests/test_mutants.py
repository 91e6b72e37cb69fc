"""The suite under test: mutants are killed by the requirements meant for them, and the score says so.

All of them are judged by ``express-conformance mutants``, which CI runs; here stand a few of each kind.
"""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from commands import express

from conformance.emulator.mutants import MUTANTS
from conformance.mutation import Fate, MutationResults, Trial, told_apart
from conformance.reporting import mutants as report
from conformance.requirements import REQUIREMENTS
from conformance.results import SuiteIdentity

# A fault of each kind of part, one with many faces, and one that is no fault but another choice.
SAMPLE = (
    "update-resets-cpu",
    "status-code-in-lower-case",
    "all-lists-null",
    "port-unchecked",
    "cluster-is-shown-by-its-name",
)
SUITE = SuiteIdentity(version="1", botocore="1", hypothesis="1", seed=0, effort="smoke")
KILLED = Trial(mutant="a", fault="A.", meant=("x/a",), fate=Fate.KILLED, killers=("x/a",), others=("x/c",))


def made(
    *trials: Trial, killable: tuple[str, ...] = (), false_kills: tuple[str, ...] = ()
) -> MutationResults:
    """Results with these trials."""
    return MutationResults(
        suite=SUITE, started_at="", finished_at="", trials=trials, killable=killable, false_kills=false_kills
    )


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder and the output of a mutation run over the sample."""
    folder = tmp_path_factory.mktemp("mutants")
    done = express("mutants", *SAMPLE, "-n", "2", "--effort", "smoke", "--out", "m", cwd=folder, seconds=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "m", done.stdout


def test_every_mutant_names_requirements_that_there_are() -> None:
    """A mutant breaks at least one requirement, and only ones of the catalogue."""
    for mutant in MUTANTS.values():
        assert mutant.breaks
        assert set(mutant.breaks) <= REQUIREMENTS.keys(), mutant.name


def test_there_are_mutants_of_every_topic() -> None:
    """At least 120 mutants, and at least one for each topic of requirements that a target can violate."""
    broken = {REQUIREMENTS[id].topic for mutant in MUTANTS.values() for id in mutant.breaks}
    assert len(MUTANTS) >= 120
    assert {entry.topic for entry in REQUIREMENTS.values() if not entry.unreached} - broken <= {"operation"}


def test_mutants_are_killed_by_their_own_requirements(judged: tuple[Path, str]) -> None:
    """Each is told with its killer; the last line is the score, and the case is one of few members."""
    folder, said = judged
    document = json.loads((folder / "mutants.json").read_text())
    assert said.strip().splitlines()[-1] == "Mutation score: 100.0 %, 5 of 5 mutants killed."
    assert [entry["fate"] for entry in document["mutants"]] == ["killed"] * len(SAMPLE)
    assert all(set(e["killers"]) == set(MUTANTS[e["mutant"]].breaks) for e in document["mutants"])
    assert all((entry["members"] or 0) <= 2 for entry in document["mutants"])
    assert "update-resets-cpu" in document["matrix"]["preserve/cpu"]


def test_the_page_shows_them(judged: tuple[Path, str]) -> None:
    """The page needs no script and no network, and has every mutant and its requirements."""
    page = (judged[0] / "mutants.html").read_text()
    assert "<script" not in page
    assert not re.search(r"""(src|href)=["'](?!#|data:)""", page)
    assert all(name in page for name in SAMPLE)


def test_an_unknown_mutant_is_told(tmp_path: Path) -> None:
    """A misspelt name is a mistake of the user, who is shown the close ones."""
    done = express("mutants", "update-reset-cpu", cwd=tmp_path)
    assert done.returncode == 2
    assert "update-resets-cpu" in done.stderr


@pytest.mark.parametrize(
    ("results", "code"),
    [
        (made(KILLED), 0),
        (made(KILLED, killable=("x/a", "x/c")), 0),
        (made(KILLED, killable=("x/a", "x/b")), 1),
        (made(KILLED, false_kills=("x/a",)), 1),
        (made(KILLED, replace(KILLED, mutant="b", fate=Fate.SURVIVED)), 1),
        (made(KILLED, replace(KILLED, mutant="b", fate=Fate.KILLED_BY_ANOTHER)), 1),
        (made(KILLED, replace(KILLED, mutant="b", fate=Fate.EQUIVALENT, note="same")), 0),
        (made(KILLED, replace(KILLED, mutant="b", fate=Fate.ERROR, note="broken")), 3),
    ],
)
def test_what_fails_a_mutation_run(results: MutationResults, code: int) -> None:
    """A survivor, one that another requirement kills, an idle requirement, or a false kill."""
    assert results.exit_code == code


def test_the_score_is_about_mutants_that_can_be_told_from_the_reference() -> None:
    """Equivalent ones do not count; one killed by another requirement only is not killed."""
    others = [replace(KILLED, mutant=fate.value, fate=fate) for fate in Fate if fate is not Fate.KILLED]
    results = made(KILLED, *others)
    assert (results.counted, results.score) == (4, 25.0)
    assert report.score(results) == "Mutation score: 25.0 %, 1 of 4 mutants killed."


def test_a_requirement_that_kills_nothing_is_told(tmp_path: Path) -> None:
    """The end of the run names it, and so do both files."""
    results = made(KILLED, killable=("x/a", "x/idle"), false_kills=("x/false",))
    assert results.matrix == {"x/a": ["a"], "x/c": ["a"]}
    report.write(results, tmp_path)
    for text in (report.summary(results, tmp_path), report.render(results)):
        assert "x/idle" in text
        assert "x/false" in text
    assert json.loads((tmp_path / "mutants.json").read_text())["idle"] == ["x/idle"]


def test_an_open_question_is_told_apart_by_its_words() -> None:
    """Words that the reference has, too, tell nothing; nothing at all does not either."""
    assert told_apart({"it is refused": 1}, ["it is taken"])
    assert not told_apart({"it is taken": 3}, ["it is taken", "it is refused"])
    assert not told_apart({}, ["it is taken"])
