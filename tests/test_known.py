"""Known deviations: what a file of them says, what is told of a mistake, and what becomes of a run."""

from __future__ import annotations

from datetime import date

import pytest
from commands import express, results
from sample_results import results as sample

from conformance.deviations import Deviation, add, known_in, read
from conformance.exceptions import ConfigurationError, OutputError
from conformance.suite.settings import exit_code
from conformance.verdict import Verdict

TODAY = date(2026, 11, 23)
ENTRY = "[[deviation]]\nid = {id!r}\nreason = 'because'\n"


def written(folder, text):
    """A file with this text."""
    path = folder / "known.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def test_an_entry_has_all_that_it_says(tmp_path):
    """Pattern and reason are needed; a date and an issue are read where they are given."""
    text = "[[deviation]]\nid = 'show/*'\nreason = 'later'\nexpires = 2027-01-31\nissue = 'https://x/1'\n"
    entries = read(written(tmp_path, text + ENTRY.format(id="a/b")))
    assert entries == [
        Deviation(pattern="show/*", reason="later", expires=date(2027, 1, 31), issue="https://x/1"),
        Deviation(pattern="a/b", reason="because"),
    ]
    assert [entry.words for entry in entries] == ["later (https://x/1, until 2027-01-31)", "because"]
    assert read(written(tmp_path, "")) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[[deviation", "cannot be read"),
        (b"\xff", "cannot be read"),
        ("[[deviations]]\nid = 'a'\nreason = 'b'", "deviations"),
        ("[[deviation]]\nid = 'a'", "id and reason"),
        ("[[deviation]]\nid = 'a'\nreason = ''", "id and reason"),
        ("[[deviation]]\nid = 5\nreason = 'b'", "id and reason"),
        ("[[deviation]]\nid = 'a'\nreason = 'b'\nexpire = 2026-01-01", "id and reason"),
        ("[[deviation]]\nid = 'a'\nreason = 'b'\nexpires = '2026-01-01'", "id and reason"),
        ("[[deviation]]\nid = 'a'\nreason = 'b'\nexpires = 2026-01-01T00:00:00", "id and reason"),
        ("[[deviation]]\nid = 'a'\nreason = 'b'\nissue = 12", "id and reason"),
        ("deviation = 'a'", "id and reason"),
        ("deviation = ['a']", "id and reason"),
    ],
)
def test_broken_files_are_told(tmp_path, text, words):
    """A file of another form is refused, and never read as if it were empty."""
    with pytest.raises(ConfigurationError) as error:
        read(written(tmp_path, text))
    assert words in f"{error.value.message} {error.value.hint}"


def test_a_missing_file_is_told(tmp_path):
    """A file that was named has to be there."""
    with pytest.raises(ConfigurationError, match="cannot be read"):
        known_in(str(tmp_path / "none.toml"))


def test_an_entry_may_name_many(tmp_path):
    """A topic or a pattern names all of its requirements; one that names none is warned about."""
    path = written(tmp_path, "".join(ENTRY.format(id=id) for id in ("reject-type", "preserve/c*", "nothing")))
    known = known_in(str(path), TODAY)
    assert known.reasons["reject-type/cpu"] == known.reasons["preserve/cpu"] == "because"
    assert "preserve/memory" not in known.reasons
    assert len(known.warnings) == 1
    assert "nothing" in known.warnings[0]


@pytest.mark.parametrize(("day", "counts"), [("2026-11-23", False), ("2026-11-22", True)])
def test_an_expired_entry_counts_again(tmp_path, day, counts):
    """An entry holds on its last day; from the next one on it is warned about, and known no more."""
    path = written(tmp_path, ENTRY.format(id="preserve/cpu") + f"expires = {day}\n")
    known = known_in(str(path), TODAY)
    assert (not known.reasons) is bool(known.warnings) is counts


def test_what_deviates_is_added_once(tmp_path):
    """A file begins with all that deviates; what it has already, its comments too, stays as it is."""
    found, path = sample(), tmp_path / "new" / "known.toml"
    deviating = {r.id for r in found.requirements if r.verdict in {Verdict.FAIL, Verdict.DIVERGES}}
    assert add(found, path) == len(deviating) > 1
    assert {entry.pattern for entry in read(path)} == deviating
    path.write_text(path.read_text() + "# mine\n")
    before = path.read_text()
    assert add(found, path) == 0
    assert path.read_text() == before


def test_a_file_that_cannot_be_written_is_told(tmp_path):
    """A folder in the place of the file is an error with a hint."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        add(sample(), tmp_path / "file" / "known.toml")


def test_a_reason_is_fixed_with_the_last_of_its_requirements():
    """One reason for several requirements counts as fixed when none of them deviates any more."""
    found = sample()
    fixed = {result.id for result in found.fixed}
    known = {r.known for r in found.requirements if r.verdict in {Verdict.FAIL, Verdict.DIVERGES}} - {None}
    passing = [r for r in found.requirements if r.verdict is Verdict.PASS and r.known is not None]
    assert fixed == {r.id for r in passing if r.known not in known}


def test_a_run_with_fixed_deviations(tmp_path):
    """What is known and passes is told; with --strict-known, and only with it, the run fails."""
    written(tmp_path, ENTRY.format(id="preserve/cpu") + ENTRY.format(id="no/such"))
    common = ("run", "--effort", "smoke", "--only", "preserve/cpu", "--known", "known.toml")
    done = express(*common, "--out", "a", cwd=tmp_path)
    assert done.returncode == 0
    assert "warning: known.toml: No requirement is called 'no/such'" in done.stderr
    assert "1 known deviation is fixed" in done.stdout
    strict = express(*common, "--strict-known", "--out", "b", cwd=tmp_path)
    assert strict.returncode == 1
    assert "--strict-known" in strict.stdout
    judged = express("judge", "b", "--known", "known.toml", "--strict-known", cwd=tmp_path)
    assert judged.returncode == 1


def test_a_run_writes_what_deviates(tmp_path):
    """--write-known makes a file with which the same run passes."""
    target = ("--target", "embedded:update-resets-cpu", "--effort", "smoke", "--only", "preserve/cpu")
    first = express("run", *target, "--write-known", "known.toml", "--out", "a", cwd=tmp_path)
    assert first.returncode == 1
    assert read(tmp_path / "known.toml") == [Deviation(pattern="preserve/cpu", reason="say why")]
    again = express("run", *target, "--known", "known.toml", "--out", "b", cwd=tmp_path)
    assert again.returncode == 0
    entry = results(tmp_path / "b")["requirements"][0]
    assert (entry["verdict"], entry["known"]) == ("fail", "say why")


def test_what_is_known_costs_little(tmp_path):
    """Where nearly every case shows known deviations, hardly more is sent than where none does."""
    wrong = "embedded:update-replaces-the-configuration"
    written(tmp_path, ENTRY.format(id="preserve") + ENTRY.format(id="relation"))
    common = ("run", "--effort", "smoke", "--only", "preserve", "--known", "known.toml", "--seed", "1")
    for name, target in (("clean", "embedded"), ("known", wrong)):
        assert express(*common, "--target", target, "--out", name, cwd=tmp_path).returncode == 0
    clean, known = (results(tmp_path / name) for name in ("clean", "known"))
    assert known["summary"]["fail"] > 5
    assert known["counts"]["exchanges"] <= 1.3 * clean["counts"]["exchanges"]


def test_strictness_never_hides_another_exit_code():
    """An incomplete run stays one, and a failure stays a failure."""
    assert exit_code(sample(), strict=True) == sample().exit_code
