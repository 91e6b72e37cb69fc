"""Runs kept over time: what changed since the last one, since when something fails, and damaged files."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
import sample_results as sample
from commands import express, told_cleanly

from conformance import history
from conformance.changes import Kind
from conformance.exceptions import OutputError, RecordingError
from conformance.fitting import misfit
from conformance.history import KeptRun
from conformance.reporting import history as past
from conformance.reporting import html, kept_runs, terminal, write_all
from conformance.results import Results
from conformance.schemas import schema
from conformance.verdict import Evidence, Verdict

FAIL, PASS, FLAKY, UNSEEN = Verdict.FAIL, Verdict.PASS, Verdict.FLAKY, Verdict.NOT_EXERCISED


def run(day, *verdicts, target="mine", complete=True, version="0.1.0", seed=7, **details):
    """A run of a day of November, with these verdicts of ``topic/r0``, ``topic/r1`` and so on."""
    whole = sample.only(*verdicts, **details)
    return replace(
        whole,
        target=replace(whole.target, name=target),
        suite=replace(whole.suite, version=version, seed=seed),
        started_at=f"2026-11-{day:02}T03:00:00Z",
        finished_at=f"2026-11-{day:02}T03:00:40Z",
        complete=complete,
    )


def kept(*runs):
    """The runs as they are read from a folder."""
    return [KeptRun(results=history.abridged(each), file=f"{place}.json") for place, each in enumerate(runs)]


def days(found):
    """The days of the runs of a history."""
    return [each.began.day for each in found.runs]


class TestTimeline:
    """Which runs belong to a history."""

    def test_runs_of_one_target_up_to_now(self):
        """Other targets are left out, later runs are only counted, and the order is that of time."""
        others = kept(run(9, PASS), run(3, PASS), run(4, PASS, target="another"), run(1, PASS))
        found = history.of(run(5, PASS), others)
        assert (days(found), found.later) == ([1, 3, 5], 1)

    def test_a_recording_judged_again_is_one_run(self):
        """What was said of it last counts, and the run that is asked about is not its own past."""
        found = history.of(run(5, FAIL), kept(run(3, PASS), run(3, FAIL), run(5, PASS)))
        assert days(found) == [3, 5]
        assert found.runs[0].results.requirements[0].verdict is FAIL

    def test_it_is_compared_with_the_last_completed_run(self):
        """A run that was interrupted is in the history, but nothing is compared with it."""
        found = history.of(run(5, PASS), kept(run(3, FAIL), run(4, PASS, complete=False)))
        assert found.previous.began.day == 3
        assert [change.kind for change in found.changes.changes] == [Kind.FIXED]

    def test_without_a_past_there_is_nothing_to_compare_with(self):
        """The first run has no changes, and says so."""
        found = history.of(run(5, FAIL), [])
        assert found.changes is None
        assert "no earlier completed run" in past.in_short(found)[0]

    def test_what_the_catalogue_changed_is_apart(self):
        """Another evidence is no change of the target, whatever became of the verdict."""
        now = run(5, FAIL)
        entry = replace(now.requirements[0], evidence=Evidence.OBSERVED, verdict=Verdict.DIVERGES)
        found = history.of(replace(now, requirements=(entry,)), kept(run(3, FAIL)))
        assert [change.kind for change in found.changes.changes] == [Kind.CATALOGUE]


class TestOnset:
    """The first bad run."""

    def onset(self, *verdicts, **details):
        """The onset of r0 over runs with these verdicts; the last one is now."""
        runs = [run(day, verdict) for day, verdict in enumerate(verdicts, start=1)]
        runs = [replace(each, **details.get(f"on_{each.started_at[8:10]}", {})) for each in runs]
        (found,) = history.of(runs[-1], kept(*runs[:-1])).onsets
        return found

    @pytest.mark.parametrize(
        ("verdicts", "first", "good", "number"),
        [
            ((PASS, FAIL, FAIL), 2, 1, 2),
            ((FAIL, PASS, FAIL), 3, 2, 1),
            ((FAIL, FAIL, FAIL), 1, None, 3),
            ((PASS, FAIL, UNSEEN, FAIL), 2, 1, 2),
            ((PASS, UNSEEN, FAIL), 3, 1, 1),
            ((PASS, FAIL, FLAKY, FAIL), 2, 1, 2),
            ((Verdict.DIVERGES, FAIL), 2, 1, 1),
            ((FAIL, Verdict.INFORMATIONAL, FAIL), 3, 2, 1),
        ],
    )
    def test_of_a_row_of_verdicts(self, verdicts, first, good, number):
        """The earliest of the unbroken row; what says nothing neither begins nor ends it."""
        found = self.onset(*verdicts)
        assert found.first_bad.began.day == first
        assert (found.last_good.began.day if found.last_good else None) == good
        assert found.bad_runs == number

    def test_an_incomplete_run_is_no_good_run(self):
        """That it did not fail there is no evidence."""
        found = self.onset(PASS, FAIL, PASS, FAIL, on_03={"complete": False})
        assert (found.first_bad.began.day, found.last_good.began.day, found.bad_runs) == (2, 1, 2)

    def test_an_incomplete_run_can_be_a_bad_one(self):
        """What was violated there was violated; that the run was not completed is told."""
        found = self.onset(PASS, FAIL, FAIL, on_02={"complete": False})
        assert found.first_bad.began.day == 2
        assert "2026-11-02 03:00 UTC, which was not completed" in past.since_when(found)

    def test_what_differed_in_between_is_told(self):
        """The suite's version and the service model's, of the last good and the first bad run."""
        runs = [run(1, PASS), run(2, FAIL, version="0.2.0"), run(3, FAIL, version="0.3.0")]
        (found,) = history.of(runs[-1], kept(*runs[:-1])).onsets
        assert found.circumstances == ("Another suite version: 0.1.0, now 0.2.0.",)

    def test_requirements_of_one_onset_are_one_entry(self):
        """The latest first; known deviations are not told."""
        now = run(3, FAIL, FAIL, FAIL, FAIL)
        known = replace(now.requirements[3], known="issue 5")
        now = replace(now, requirements=(*now.requirements[:3], known))
        found = history.of(now, kept(run(1, PASS, PASS, PASS), run(2, FAIL, PASS, FAIL))).onsets
        assert [onset.ids for onset in found] == [("topic/r1",), ("topic/r0", "topic/r2")]

    def test_a_lost_operation_has_an_onset(self):
        """A target that has the operation no more: the run from which on it did not."""
        gone = run(2, Verdict.UNSUPPORTED)
        gone = replace(gone, target=replace(gone.target, supported=False))
        (found,) = history.of(gone, kept(run(1, PASS))).onsets
        assert found.last_good.began.day == 1


def scoped(run_, **scope):
    """The run with another effort, selection or kind of service."""
    return replace(run_, suite=replace(run_.suite, **scope))


OTHERS = [{"selection": "topic"}, {"effort": "exhaustive"}, {"given": True}]


class TestScope:
    """Runs of another effort, selection of requirements, or kind of service."""

    @pytest.mark.parametrize("scope", OTHERS)
    def test_it_is_compared_with_one_of_its_own_kind(self, scope):
        """A run of another kind in between changes nothing."""
        other = scoped(run(2, FAIL), **scope)
        found = history.of(run(3, PASS, PASS), kept(run(1, PASS, PASS), other))
        assert found.previous.began.day == 1
        assert {change.kind for change in found.changes.changes} == {Kind.SAME}

    @pytest.mark.parametrize("scope", OTHERS)
    def test_if_there_is_none_it_is_compared_in_what_both_have_judged(self, scope):
        """What only one of them was about is no change; what both were about is."""
        other = scoped(run(2, PASS, UNSEEN), **scope)
        found = history.of(run(3, FAIL, FAIL, FAIL), kept(other))
        assert [(change.id, change.kind) for change in found.changes.changes] == [("topic/r0", Kind.ADDED)]
        assert found.changes.circumstances
        assert "a run of another kind, in what both have judged" in past.in_short(found)[0]

    def test_a_narrow_run_says_nothing_of_the_rest(self):
        """A requirement that it was not about neither begins nor ends a row of bad runs."""
        narrow = scoped(run(2, PASS), selection="topic/r0")
        (found,) = history.of(run(3, PASS, FAIL), kept(run(1, PASS, FAIL), narrow)).onsets
        assert (found.first_bad.began.day, found.bad_runs) == (1, 2)

    @pytest.mark.parametrize(
        ("scope", "first", "good"),
        [
            ({"selection": "topic/r0"}, 3, 2),
            ({"effort": "exhaustive"}, 3, 2),
            ({"effort": "smoke"}, 1, None),
            ({"given": True}, 1, None),
            ({"effort": "of another version"}, 1, None),
        ],
    )
    def test_that_nothing_was_found_proves_something_only_where_as_much_was_sent(self, scope, first, good):
        """A good run of less traffic, or of another kind of service, does not end a row of bad ones."""
        standard = {"effort": "standard"}
        runs = [scoped(run(1, FAIL), **standard), scoped(run(2, PASS), **{**standard, **scope})]
        (found,) = history.of(scoped(run(3, FAIL), **standard), kept(*runs)).onsets
        assert found.first_bad.began.day == first
        assert (found.last_good.began.day if found.last_good else None) == good

    def test_a_bad_run_of_any_kind_is_a_bad_run(self):
        """What it violated was violated."""
        runs = [run(1, PASS), scoped(run(2, FAIL), effort="smoke", given=True)]
        (found,) = history.of(run(3, FAIL), kept(*runs)).onsets
        assert (found.first_bad.began.day, found.bad_runs) == (2, 2)

    @pytest.mark.parametrize("scope", OTHERS)
    def test_pictures_leave_it_out_and_the_table_has_it(self, scope):
        """Its numbers are no part of the trend, and its place stays empty."""
        other = scoped(run(2, FAIL), **scope)
        found = history.of(run(3, PASS, PASS, PASS), kept(run(1, PASS, PASS, PASS), other))
        trend = past.trend(found)
        assert [len(chart.dots) for chart in trend.charts] == [2] * len(trend.charts)
        assert [chart.most for chart in trend.charts[:1]] == ["0"]
        assert trend.charts[0].dots[1][0] > 2 * trend.charts[0].dots[0][0]
        assert len(trend.rows) == 3
        assert "not in the pictures" in trend.rows[1].remark
        assert "1 run of another effort, selection or kind of service stands in the table" in trend.lead
        assert trend.rows[0].remark == "this run"

    def test_a_run_knows_what_it_was_about(self, tmp_path):
        """Its results and its recording say so, and still do when it is judged again."""
        done = express("run", "--effort", "smoke", "--only", "show/cpu", "--out", "o", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        again = express("judge", "o", "--out", "again", cwd=tmp_path)
        assert again.returncode == 0, again.stderr
        for folder in ("o", "again"):
            suite = Results.read(tmp_path / folder).suite
            assert (suite.selection, suite.given) == ("show/cpu", False)


class TestFolder:
    """The files."""

    def test_a_kept_run_is_a_results_document(self, tmp_path):
        """By its schema; it is read again as it was written, without exchanges and citations."""
        path = kept_runs.keep(sample.results(), tmp_path)
        document = json.loads(path.read_text())
        jsonschema.validate(document, schema("results"), cls=jsonschema.Draft202012Validator)
        read = Results.read(path)
        assert read == history.abridged(sample.results())
        assert all(not r.counterexample.exchanges for r in read.requirements if r.counterexample)
        assert read.summary == sample.results().summary

    def test_names_sort_by_time_and_are_never_taken(self, tmp_path):
        """Whoever writes when: by name, the runs are in their order, and none is overwritten."""
        runs = [run(day, PASS) for day in (7, 3, 5, 3, 3)] * 4
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda each: kept_runs.keep(each, tmp_path), runs))
        names = sorted(path.name for path in tmp_path.iterdir())
        assert len(names) == 20
        assert [name[6:8] for name in names] == ["03"] * 12 + ["05"] * 4 + ["07"] * 4

    @pytest.mark.parametrize(
        "name", ["../../etc/passwd", "x" * 5_000, "\u00e9/\u202e\x00", ".", "a b"], ids=range(5)
    )
    def test_a_target_cannot_choose_the_place(self, name, tmp_path):
        """Whatever a target is called, its file is in the folder."""
        folder = tmp_path / "in" / "here"
        kept_runs.keep(run(1, PASS, target=name), folder)
        (path,) = [each for each in tmp_path.rglob("*") if each.is_file()]
        assert path.parent == folder
        assert re.fullmatch(r"20261101T030000Z_[A-Za-z0-9._-]{1,60}_[0-9a-f]{22}\.json", path.name)

    def test_what_is_damaged_is_left_out_and_told(self, tmp_path):
        """Each file is named with the reason; the good one counts, and nothing is changed or removed."""
        good = kept_runs.keep(run(1, FAIL), tmp_path)
        whole = json.loads(good.read_text())
        damaged = {
            "a.json": "",
            "b.json": '{"format": "express-conformance/results@1"',
            "c.json": "[" * 100_000,
            "d.json": json.dumps({**whole, "format": "express-conformance/results@99"}),
            "e.json": json.dumps({**whole, "started_at": "\x1b[31myesterday"}),
            "f.json": json.dumps({**whole, "requirements": ["x", 5, None]}),
            "g.json": json.dumps({**whole, "counts": {"exchanges": "many"}}),
            "h.json": json.dumps({**whole, "target": {**whole["target"], "name": ["mine"]}}),
            "i.json": json.dumps({**whole, "started_at": "0001-01-01T00:00:00+14:00"}),
            "j.json": json.dumps({**whole, "scenarios": [{**whole["scenarios"][0], "seconds": 1e999}]}),
        }
        for name, text in damaged.items():
            (tmp_path / name).write_text(text)
        (tmp_path / "k.json").write_bytes(b"\xff\xfe\x00")
        (tmp_path / "l.json").mkdir()
        (tmp_path / "notes.txt").write_text("mine")
        os.mkfifo(tmp_path / "m.json")
        before = sorted(path.name for path in tmp_path.iterdir())
        found, warnings = kept_runs.read(tmp_path)
        assert [each.file for each in found] == [good.name]
        assert len(warnings) == 6
        assert warnings[-1] == "8 more files were left out."
        assert "\x1b" not in "".join(warnings)
        assert sorted(path.name for path in tmp_path.iterdir()) == before

    def test_each_kind_of_damage_is_named(self, tmp_path):
        """The place that is not what it has to be stands in the warning."""
        whole = sample.results().to_json()
        whole["counts"]["exchanges"] = "many"
        (tmp_path / "x.json").write_text(json.dumps(whole))
        _, (warning,) = kept_runs.read(tmp_path)
        assert warning.startswith("x.json was left out: ")
        assert warning.endswith("document is damaged: counts.exchanges is not what it has to be.")

    def test_only_the_latest_are_read(self, tmp_path, monkeypatch):
        """A folder with very many files costs no more than its latest ones, and that is told."""
        monkeypatch.setattr(kept_runs, "_AT_MOST", 2)
        for day in (1, 2, 3):
            kept_runs.keep(run(day, PASS), tmp_path)
        found, warnings = kept_runs.read(tmp_path)
        assert sorted(each.began.day for each in found) == [2, 3]
        assert warnings == ["1 older file was not read; move them elsewhere."]

    def test_a_file_in_the_place_of_the_folder(self, tmp_path):
        """It is refused before anything else happens."""
        (tmp_path / "h").write_text("")
        with pytest.raises(OutputError, match="cannot be written"):
            kept_runs.prepare(str(tmp_path / "h"))

    def test_reports_are_there_before_the_run_is_kept(self, tmp_path):
        """If the folder is gone when the run ends, the results are not."""
        (tmp_path / "h").write_text("")
        with pytest.raises(OutputError) as caught:
            kept_runs.write(run(1, PASS), tmp_path / "o", str(tmp_path / "h"))
        assert "own files are written" in caught.value.hint
        assert Results.read(tmp_path / "o").complete

    def test_long_texts_do_not_fill_the_folder(self, tmp_path):
        """A requirement costs some kilobytes at most, and cut alike, two runs still compare as the same."""
        long = "y" * 1_000_000
        example = sample.counterexample(sample.exchange(long), expected=long, observed=long, case={"x": long})
        entry = sample.requirement(
            "a/b", FAIL, counterexample=example, note=long, behaviours={f"{n}{long}": 1 for n in range(200)}
        )
        runs = [run(day, PASS) for day in (1, 2)]
        runs = [replace(each, requirements=(entry,), errors=(long,)) for each in runs]
        path = kept_runs.keep(runs[0], tmp_path)
        assert path.stat().st_size < 300_000
        found = history.of(runs[1], kept_runs.read(tmp_path)[0])
        assert [change.kind for change in found.changes.changes] == [Kind.SAME]
        assert not Results.read(path).requirements[0].counterexample.has_case

    def test_a_time_that_is_none_is_refused(self, tmp_path):
        """A run without a time has no place in a history."""
        with pytest.raises(RecordingError, match="'yesterday' is no time"):
            kept_runs.write(replace(run(1, PASS), started_at="yesterday"), tmp_path, str(tmp_path / "h"))


@pytest.mark.parametrize(
    ("place", "changed"),
    [
        ("target.supported", lambda r: replace(r, target=replace(r.target, supported=1))),
        ("suite.seed", lambda r: replace(r, suite=replace(r.suite, seed=True))),
        ("suite.seed", lambda r: replace(r, suite=replace(r.suite, seed=2**80))),
        ("scenarios.1.seconds", lambda r: _scenario(r, seconds=float("nan"))),
        ("requirements.0.known", lambda r: _requirement(r, known=5)),
        ("requirements.0.behaviours.x", lambda r: _requirement(r, behaviours={"x": "y"})),
        ("requirements.0.exercised_by.0", lambda r: _requirement(r, exercised_by=(None,))),
        ("requirements.0.counterexample.observed", lambda r: _example(r, observed=None)),
        ("requirements.0.counterexample.exchanges.0", lambda r: _example(r, exchanges=["x"])),
        ("drift", lambda r: replace(r, drift="x")),
        (None, lambda r: r),
        (None, lambda r: _scenario(r, seconds=3)),
        (None, lambda r: _example(r, case=[{}, None, 5])),
    ],
    ids=range(13),
)
def test_a_misfit_is_found_in_its_place(place, changed):
    """The first value that does not have its declared type, by its path."""
    assert misfit(changed(sample.results()), Results) == place


def _scenario(results, **changes):
    first, second = results.scenarios
    return replace(results, scenarios=(first, replace(second, **changes)))


def _requirement(results, **changes):
    first, *rest = results.requirements
    return replace(results, requirements=(replace(first, **changes), *rest))


def _example(results, **changes):
    example = results.requirements[0].counterexample
    return _requirement(results, counterexample=replace(example, **changes))


class TestPictures:
    """What the report shows."""

    @pytest.fixture
    def found(self):
        """Five runs: two good ones, one interrupted, two bad ones."""
        runs = [run(1, PASS, PASS), run(2, PASS, PASS), run(3, PASS, complete=False), run(4, FAIL, PASS)]
        return history.of(run(5, FAIL, PASS), kept(*runs))

    def test_charts_say_in_words_what_they_draw(self, found):
        """First, last, least and most; the dot of the interrupted run is another one."""
        chart, *_ = past.trend(found).charts
        assert chart.words == "✗ fail over 5 runs: 0 in the first, 1 in the last; least 0, most 1"
        assert [complete for _, _, complete in chart.dots] == [True, True, False, True, True]
        heights = [y for _, y, _ in chart.dots]
        assert heights[0] == heights[2] > heights[3] == heights[4]

    def test_speed_is_exchanges_a_second(self, found):
        """Of the whole run; a run without a readable end has none."""
        assert found.current.rate == found.current.results.counts.exchanges / 40
        assert KeptRun(results=replace(run(1, PASS), finished_at="")).rate == 0

    def test_the_table_has_the_latest_run_first(self, found):
        """With what is to be known of it."""
        rows = past.trend(found).rows
        assert [row.began[:10] for row in rows] == [f"2026-11-{day:02}" for day in (5, 4, 3, 2, 1)]
        assert [row.remark for row in rows] == ["this run", "", "not completed", "", ""]
        assert all(len(row.cells) == len(past.COLUMNS) for row in rows)

    def test_a_long_history_is_cut_and_says_so(self):
        """The report draws the last sixty."""
        runs = [run(1 + n % 28, PASS, seed=n) for n in range(100)]
        trend = past.trend(history.of(run(29, PASS), kept(*runs)))
        assert len(trend.rows) == len(trend.charts[0].dots) == 60
        assert trend.lead == "101 runs of this target, of which the last 60 are shown."

    def test_the_report_has_both_sections(self, found):
        """What changed, and the history; a requirement that began to fail links to its details."""
        text = html.render(found.current.results, history=found)
        assert 'id="changes"' in text
        assert 'id="history"' in text
        since = text.partition('class="notes since"')[2].partition("</ul>")[0]
        assert "First bad run: 2026-11-04 03:00 UTC, 2 failing runs in a row." in since
        assert '<a href="#topic/r0">topic/r0</a>' in since
        assert text.count('class="partly"') == 4

    def test_a_report_without_them_has_neither(self):
        """No empty headings."""
        text = html.render(run(1, PASS))
        assert 'id="changes"' not in text
        assert 'id="history"' not in text

    def test_hostile_words_are_inert(self):
        """Names, warnings, observations and versions of a kept run are text."""
        whole = sample.results()
        old = replace(
            whole,
            started_at="2026-11-01T00:00:00Z",
            requirements=tuple(replace(r, verdict=PASS) for r in whole.requirements),
            suite=replace(whole.suite, version=sample.HOSTILE, effort=sample.MARKUP),
        )
        found = history.of(whole, [KeptRun(results=old, file=sample.HOSTILE)], [sample.HOSTILE])
        text = html.render(whole, history=found)
        told = terminal.summary(whole, out_dir=Path("o"), history=found)
        assert sample.MARKUP not in text
        for shown in (text, told):
            assert not {"\x1b", "\u202e", "\x00"} & {*shown}

    def test_the_summary_for_a_comment_tells_it(self, found, tmp_path):
        """What changed, and since when, as the page and the terminal say."""
        write_all(found.current.results, tmp_path, history=found)
        text = (tmp_path / "summary.md").read_text(encoding="utf-8")
        assert "#### History" in text
        assert "First bad run: 2026-11-04 03:00 UTC, 2 failing runs in a row." in text
        write_all(found.current.results, tmp_path)
        assert "#### History" not in (tmp_path / "summary.md").read_text(encoding="utf-8")

    def test_the_terminal_tells_it(self, found):
        """What changed, and since when."""
        told = " ".join(terminal.summary(found.current.results, out_dir=Path("o"), history=found).split())
        assert "Since 2026-11-04 03:00 UTC: No change: 2 requirements as before." in told
        assert "topic/r0: First bad run: 2026-11-04 03:00 UTC, 2 failing runs in a row." in told


ONLY = ("--effort", "smoke", "--seed", "1", "--only", "response-enum")


def test_a_run_is_kept_and_a_regression_is_named(tmp_path):
    """Run by run: the first has no past, and a fault names its first bad run."""
    (tmp_path / "h").mkdir()
    (tmp_path / "h/damaged.json").write_text("{")
    (tmp_path / "express-conformance.toml").write_text('[targets.mine]\ntarget = "embedded"\n')
    first = express("run", "--target", "mine", *ONLY, "--out", "a", "--history", "h", cwd=tmp_path)
    assert first.returncode == 0, first.stderr
    assert "no earlier completed run" in first.stdout
    assert "warning: damaged.json was left out" in first.stderr
    (tmp_path / "express-conformance.toml").write_text(
        '[targets.mine]\ntarget = "embedded:status-code-in-lower-case"\n'
    )
    second = express("run", "--target", "mine", *ONLY, "--out", "b", "--history", "h", cwd=tmp_path)
    assert second.returncode == 1, second.stderr
    assert "1 regression: response-enum/service.status.statusCode." in " ".join(second.stdout.split())
    assert "First bad run: " in second.stdout
    names = sorted(path.name for path in (tmp_path / "h").iterdir())
    assert (len(names), names[-1]) == (3, "damaged.json")
    assert 'id="history"' in (tmp_path / "b/report.html").read_text()
    again = express("judge", "b", "--out", "c", "--history", "h", cwd=tmp_path)
    assert again.returncode == 1, again.stderr
    assert len(list((tmp_path / "h").iterdir())) == 4
    many = express("report", *[f"h/{name}" for name in names[:2]], "-o", "many.html", cwd=tmp_path)
    assert many.returncode == 0, many.stderr


def test_report_against_another_run(tmp_path):
    """The section alone, for one run; for several it is a usage error."""
    for name, verdict in (("old", PASS), ("new", FAIL)):
        (tmp_path / f"{name}.json").write_text(json.dumps(run(1, verdict).to_json()))
    done = express("report", "new.json", "--against", "old.json", "-o", "x.html", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / "x.html").read_text()
    assert "1 regression: topic/r0." in text
    assert 'id="history"' not in text
    wrong = express("report", "new.json", "old.json", "--against", "old.json", "-o", "y.html", cwd=tmp_path)
    assert wrong.returncode == 2
    assert told_cleanly(wrong)


def test_an_unwritable_history_is_told_before_the_run(tmp_path):
    """Exit code 2, and nothing was recorded."""
    (tmp_path / "h").write_text("in the way")
    done = express("run", *ONLY, "--out", "o", "--history", "h", cwd=tmp_path)
    assert done.returncode == 2
    assert told_cleanly(done)
    assert "--history" in done.stderr
    assert not (tmp_path / "o/recording.jsonl").exists()


def test_the_front_door_of_pytest_has_it_too(tmp_path):
    """`--conformance-history` keeps the run, and pytest's summary says what changed."""
    command = [sys.executable, "-m", "pytest", "--pyargs", "conformance.suite", "-p", "no:cacheprovider"]
    options = ["--conformance-effort", "smoke", "--conformance-only", "response-enum"]
    places = ["--conformance-out", "o", "--conformance-history", "h"]
    done = subprocess.run(
        [*command, *options, *places], cwd=tmp_path, capture_output=True, text=True, check=False, timeout=400
    )
    assert done.returncode == 0, done.stdout
    assert "no earlier completed run" in done.stdout
    assert len(list((tmp_path / "h").iterdir())) == 1
