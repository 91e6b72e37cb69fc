"""Reports of enormous runs: whatever a target answers and however long a run is, a page stays small."""

from __future__ import annotations

from dataclasses import replace

import enormous
import pytest
import sample_results as sample
from markupsafe import Markup

from conformance.reporting import compat, html
from conformance.reporting.room import LARGEST, LEVELS, Room, fitted, gathered
from conformance.verdict import Verdict


def size(text):
    """Bytes, as the file has them."""
    return len(text.encode("utf-8"))


@pytest.fixture(scope="module")
def run():
    """One enormous run."""
    return enormous.results()


@pytest.fixture(scope="module")
def text(run):
    """Its report."""
    return html.render(run)


def test_the_report_of_an_enormous_run_stays_small(run, text):
    """Below 5 MB, and every requirement is in it, with its verdict and what it asks for."""
    assert size(text) <= LARGEST
    assert text.count('class="card ') + text.count('class="row"') >= len(run.requirements)
    assert all(f"<code>{result.id}</code>" in text for result in run.requirements)
    assert "300,000" in text


def test_what_is_cut_says_so_and_where_the_whole_stands(text):
    """Cases, lists, sentences and bodies: each cut has a note."""
    assert "This page is cut to stay below 5 MB" in text
    assert "The smallest case is not shown, which keeps this page small. It stands in results.json" in text
    assert "more, in results.json" in text
    assert "Cut here: the first " in text


def test_the_first_cases_are_whole(text):
    """What a reader looks at first has its evidence; the page gives its room to that."""
    first = text.partition('<details class="card')[2].partition('<details class="card')[0]
    assert "The smallest case is not shown" not in first
    assert "Judged: the request and its answer" in first


def test_seven_enormous_targets_side_by_side_stay_small(run):
    """The comparison shares its room among the targets, and has every requirement."""
    others = [replace(run, target=replace(run.target, name=f"target {number}")) for number in range(6)]
    text = compat.render([run, *others])
    assert size(text) <= LARGEST
    assert all(f"<code>{result.id}</code>" in text for result in run.requirements)
    assert "This page is cut to stay below 5 MB" in text


def test_an_ordinary_run_is_not_cut():
    """The limits are no news to a run of the usual size."""
    text = html.render(sample.results())
    assert "This page is cut" not in text
    assert "The smallest case is not shown" not in text


def test_a_long_name_of_a_target_is_no_multiple_of_the_page():
    """It stands in each cell of a comparison, cut."""
    runs = [enormous.results(words=10, body=100, name=f"{number}{'n' * 100_000}") for number in range(2)]
    assert size(compat.render(runs)) <= LARGEST


def test_pages_are_made_narrower_until_they_fit():
    """The first that fits is taken; if none does, the narrowest."""
    made = []

    def make(limits, wanted):
        made.append(limits)
        return gathered(["x" * (10 if limits is wanted else LARGEST + 1)], limits)

    assert size(fitted(lambda limits: make(limits, LEVELS[1]))) == 10
    assert made == list(LEVELS[:2])
    assert size(fitted(lambda limits: make(limits, None))) == LARGEST + 1
    assert made[2:] == list(LEVELS)


def test_room_is_given_to_those_who_come_first():
    """What fits is counted; after a few that did not, no more are tried."""
    room = Room(10)
    assert room.take(Markup("é" * 4))
    assert not room.take(Markup("xxx"))
    assert room.take(Markup("xx"))
    assert not room.is_open
    crowded = Room(10)
    for _ in range(2):
        assert crowded.is_open
        assert not crowded.take(Markup("x" * 11))
    assert not crowded.is_open


def test_verdicts_of_an_enormous_run(run):
    """The run is what it is said to be: nothing in it passes."""
    assert run.summary[Verdict.PASS.value] == 0
    assert len(run.requirements) > 500
