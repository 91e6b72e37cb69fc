"""The plain-language parts of the report pages: where they stand, and where they lead."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sample_results as sample
from test_reports import Page

from conformance.reporting import compat, html
from conformance.reporting.page import of
from conformance.verdict import Evidence, Verdict


@pytest.fixture(scope="module")
def run():
    """A run with a summary, an open question and a counterexample that has a table."""
    return sample.results()


def test_the_summary_stands_in_the_head(run):
    """Every sentence is in the header, with its verdict as a word and a place to read on that exists."""
    text = html.render(run)
    head = text[text.index("<header>") : text.index("</header>")]
    head = head[head.index('<ul class="summary">') :].partition("</ul>")[0]
    page = Page(text)
    statements = of(run).summary
    assert head.count("<li class=") == len(statements) > 3
    assert head.count('<span class="unseen">fail: </span>') >= 2
    places = [of(run).place_of(statement)[1] for statement in statements]
    assert {place for place in places if place} <= set(page.ids)
    assert all(f'href="#{place}"' in head for place in places if place)


def test_a_single_requirement_is_linked_itself(run):
    """A sentence about one requirement leads to its details, one about several to their topic."""
    page = of(run)
    places = {statement.ids: page.place_of(statement) for statement in page.summary if statement.ids}
    assert places[("errors/unknown-service",)] == ("errors/unknown-service", "errors/unknown-service")
    titles = {topic.id: topic.title for topic in page.topics}
    several = [place for ids, place in places.items() if len(ids) > 1]
    assert several
    assert all(titles[id_] == label for label, id_ in several)


def test_open_questions_have_a_section_that_leads_to_them(run):
    """What the target does is in words, with links to the requirements; hostile words are inert."""
    told = {"an empty list for a.b is accepted and clears it": 2}
    cleared = sample.requirement(
        "clear/a.b-empty-list", Verdict.INFORMATIONAL, Evidence.OPEN, behaviours=told
    )
    evil = sample.requirement("x/y", Verdict.INFORMATIONAL, Evidence.OPEN, behaviours={sample.HOSTILE: 1})
    text = html.render(replace(run, requirements=(*run.requirements, cleared, evil)))
    section = text[text.index('aria-labelledby="unsettled"') :].partition("</section>")[0]
    assert 'An empty list clears <a href="#clear/a.b-empty-list">b</a>.' in section
    assert 'href="#preservation/partial-scaling"' in section
    assert "A partial scalingTarget resets the metric (9 of 11 times)" in section
    assert "&lt;script&gt;" in section
    assert sample.MARKUP not in text
    assert set(Page(text).ids) >= {"clear/a.b-empty-list", "open-clearing", "open-others"}


def test_without_open_questions_there_is_no_section():
    """Nothing to say, no heading."""
    only = sample.only(Verdict.PASS, Verdict.FAIL)
    assert 'id="unsettled"' not in html.render(only)
    assert '-unsettled"' not in compat.render([only, only])


def test_the_comparison_of_targets_has_them_too(run):
    """Each target's part has its sentences and its behaviours, and no id comes twice."""
    text = compat.render([run, replace(run, target=replace(run.target, name="other"))])
    page = Page(text)
    assert text.count('<ul class="summary">') == 2
    assert text.count("A partial scalingTarget resets the metric (9 of 11 times)") == 2
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)


def test_the_table_says_by_word_and_sign(run):
    """What should not have changed is told apart by a sign and a word, and its cells name their column."""
    text = html.render(run)
    card = text[text.index('id="preservation/scaling-metric"') :].partition('<dl class="terms">')[0]
    row = next(row for row in card.split("<tr ") if "<wbr>autoScalingMetric" in row)
    assert '<span class="sign" aria-hidden="true">-</span> lost, though not asked for' in row
    assert 'data-label="Before"><code>&#34;AVERAGE_CPU&#34;</code>' in row
    assert row.count('<span class="quiet">absent</span>') == 2
