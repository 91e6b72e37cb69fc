"""How old a run is when it is told: said everywhere, and marked where it is old evidence."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import pytest
import sample_results as sample
from click.testing import CliRunner

from conformance import age
from conformance.age import as_of
from conformance.changes import compare
from conformance.cli import main
from conformance.reporting import changes, compat, html, markdown, terminal, wording
from conformance.results import Results
from conformance.schemas import schema
from conformance.verdict import Verdict

OLD = Path(__file__).parent / "formats" / "recording-1.jsonl"
STARTED = datetime(2026, 11, 23, 3, 41, 10, tzinfo=UTC)  # of the sample
OLD_WORDS = "old evidence, more than 90 days"


def told(**after):
    """The sample run, told so much later."""
    return as_of(sample.only(Verdict.PASS), STARTED + timedelta(**after))


class TestWords:
    """What is said."""

    @pytest.mark.parametrize("after", [{"seconds": 0}, {"hours": 23}, {"days": -3}])
    def test_a_fresh_run(self, after):
        """What is not a day old, or is of the future, has no age, and is the same results."""
        assert told(**after) == sample.only(Verdict.PASS)
        assert age.sentence(told(**after)) == age.mark(told(**after)) == ""
        assert not age.is_old(told(**after))

    def test_some_days(self):
        """After a day it is told, with both dates, so that the sentence stays true in a file."""
        assert age.sentence(told(days=1)) == "Recorded 1 day ago, on 2026-11-23, as of 2026-11-24."
        assert age.sentence(told(days=89, hours=23)).startswith("Recorded 89 days ago, on 2026-11-23, ")
        assert age.mark(told(days=12)) == "12 days"

    @pytest.mark.parametrize(("after", "old"), [({"days": 90}, False), ({"days": 90, "seconds": 1}, True)])
    def test_the_limit(self, after, old):
        """Old evidence is what is older than ninety days."""
        results = told(**after)
        assert age.is_old(results) == old
        assert (OLD_WORDS in age.sentence(results)) == old
        assert ("old evidence" in age.mark(results)) == old

    @pytest.mark.parametrize(
        "started", ["", "yesterday", "2026-13-01T00:00:00Z", "0001-01-01T00:00:00+23:59"]
    )
    def test_times_that_cannot_be_read(self, started):
        """They have no age."""
        results = replace(sample.only(Verdict.PASS), started_at=started)
        assert as_of(results, STARTED) == results

    def test_another_time_zone(self):
        """A moment is a moment."""
        results = replace(sample.only(Verdict.PASS), started_at="2026-11-22T20:41:10-07:00")
        assert age.days(as_of(results, STARTED + timedelta(days=2))) == 2

    def test_told_again(self):
        """What was judged late and is told still later is as old as it is then."""
        again = as_of(told(days=10), STARTED + timedelta(days=100))
        assert age.days(again) == 100
        assert age.is_old(again)


class TestReports:
    """Where it is said."""

    @pytest.mark.parametrize(
        "render",
        [
            html.render,
            markdown.render,
            lambda results: terminal.summary(results, out_dir=Path("x")),
            lambda results: compat.render([results, sample.only(Verdict.FAIL)]),
        ],
        ids=["html", "markdown", "terminal", "compat"],
    )
    def test_every_report(self, render):
        """The age stands in each; nothing stands there for a fresh run."""
        shown = " ".join(render(told(days=94)).split())
        assert "Recorded 94 days ago" in shown
        assert OLD_WORDS in shown
        assert "Recorded 7 days ago" in render(told(days=7))
        assert OLD_WORDS not in render(told(days=7))
        assert "Recorded" not in render(told(hours=7))

    def test_it_comes_first(self):
        """In the head of the report nothing stands before it; the facts have it, too."""
        results = told(days=94)
        assert wording.remarks(results)[0].startswith("Recorded 94 days ago")
        assert "<dt>Age</dt><dd>94 days: old evidence</dd>" in html.render(results)

    def test_the_list_of_targets(self):
        """Where many are compared, the old one is marked beside its name, before any detail."""
        page = compat.render([told(days=94), sample.only(Verdict.FAIL)])
        assert OLD_WORDS in page[: page.index('id="differences"')]

    def test_only_what_is_old_stands_out(self):
        """The mark is strong; a run of some days is only told."""
        for render in (html.render, lambda results: compat.render([results, results])):
            assert "<strong>Recorded 94 days ago" in render(told(days=94))
            assert "<strong>Recorded" not in render(told(days=7))

    @pytest.mark.parametrize("form", changes.FORMATS)
    def test_two_runs(self, form):
        """A run compared with an old transcript says so in every form."""
        found = compare(told(days=94), sample.only(Verdict.FAIL))
        shown = " ".join(changes.FORMATS[form](found).replace("\\", "").split())
        assert "The old run: recorded 94 days ago, on 2026-11-23, as of 2027-02-25." in shown
        assert OLD_WORDS in shown
        assert "The new run: recorded" not in shown


class TestResults:
    """The results document."""

    def test_it_is_kept(self):
        """The moment stands in the document, by its schema, and is read again."""
        document = told(days=94).to_json()
        jsonschema.validate(document, schema("results"))
        assert Results.from_json(json.loads(json.dumps(document))) == told(days=94)

    def test_older_documents(self):
        """Without it they are read as ever."""
        document = told(days=94).to_json()
        del document["as_of"], document["model_drift"]
        assert Results.from_json(document) == sample.only(Verdict.PASS)


class TestCommands:
    """The commands ask the clock."""

    @pytest.fixture
    def later(self, monkeypatch):
        """Lets the commands run so many days after a moment."""

        def set_clock(started, days):
            class Clock(datetime):
                @classmethod
                def now(cls, tz=None):
                    return started.astimezone(tz) + timedelta(days=days)

            monkeypatch.setattr(age, "datetime", Clock)

        return set_clock

    def test_judge(self, tmp_path, later):
        """`judge` says how old the recording is, and keeps it in its files."""
        later(datetime(2026, 11, 23, 13, 33, 24, 590_000, tzinfo=UTC), 94)
        done = CliRunner().invoke(main, ["judge", str(OLD), "--out", str(tmp_path)])
        assert done.exit_code == 1
        assert "Recorded 94 days ago, on 2026-11-23, as of 2027-02-25. That is old evidence" in done.output
        assert age.days(Results.read(tmp_path)) == 94
        assert OLD_WORDS in (tmp_path / "report.html").read_text(encoding="utf-8")

    def test_report_and_diff(self, tmp_path, later):
        """So do `report`, over one run or many, and `diff`."""
        for name, verdict in [("a", Verdict.PASS), ("b", Verdict.FAIL)]:
            text = json.dumps(sample.only(verdict).to_json())
            (tmp_path / f"{name}.json").write_text(text, encoding="utf-8")
        later(STARTED, 94)
        a, b, page = (str(tmp_path / name) for name in ("a.json", "b.json", "x.html"))
        for words in ([a], [a, b], [a, "--against", b]):
            assert CliRunner().invoke(main, ["report", *words, "-o", page]).exit_code == 0
            assert OLD_WORDS in Path(page).read_text(encoding="utf-8")
        said = " ".join(CliRunner().invoke(main, ["diff", a, b]).output.split())
        assert "The old run: recorded 94 days ago" in said
        assert "The new run: recorded 94 days ago" in said
