"""The reports in a real browser: Debian's Chromium, driven by Playwright; accessibility judged by axe.

Without a Chromium on the machine these tests are skipped; ``.ci/run`` installs one.
"""

from __future__ import annotations

import shutil
from dataclasses import replace

import pytest
import sample_results as sample
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

from conformance import history
from conformance.history import KeptRun
from conformance.mutation import Fate, MutationResults, Trial
from conformance.reporting import compat, html, mutants
from conformance.reporting.reproduce import with_reproductions
from conformance.results import SuiteIdentity
from conformance.verdict import Verdict

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium: apt-get install chromium")
OPTIONS = ["--no-sandbox", "--disable-dev-shm-usage"]  # as root, in a container
ADDRESS = "http://localhost/report"
PHONE = {"width": 375, "height": 700}


def _mutants():
    trial = Trial(mutant="a", fault="A.", meant=("x/a",), fate=Fate.KILLED, killers=("x/a",), case={"a": 1})
    suite = SuiteIdentity(version="1", botocore="1", hypothesis="1", seed=0, effort="smoke")
    return MutationResults(suite=suite, started_at="", finished_at="", trials=(trial,), killable=("x/b",))


def _past(whole):
    """The history of a run: a good one, one that was interrupted, and this one."""
    other = sample.only(Verdict.PASS)
    days = ((1, True), (2, False))
    runs = [replace(other, started_at=f"2026-11-0{day}T03:00:00Z", complete=done) for day, done in days]
    return history.of(whole, [KeptRun(results=run, file=f"{run.started_at}.json") for run in runs])


@pytest.fixture(scope="module")
def pages():
    """The HTML of every kind of page, over runs that have everything."""
    whole = with_reproductions(sample.results(), saved_as="reports/x")
    return {
        "report": html.render(whole),
        "history": html.render(whole, history=_past(whole)),
        "compat": compat.render([whole, sample.only(Verdict.PASS), sample.only(Verdict.FAIL)]),
        "mutants": mutants.render(_mutants()),
    }


@pytest.fixture(scope="module")
def browser():
    """One browser for all tests."""
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=CHROMIUM, args=OPTIONS)
        yield found
        found.close()


@pytest.fixture
def opened(browser, pages):
    """Opens a page by its kind; its ``asked`` holds every address that the browser asked for."""
    contexts = []

    def opening(kind="report", *, at="", **options):
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.asked = []
        page.on("request", lambda request: page.asked.append(request.url))
        page.route("**/*", lambda route: route.fulfill(body=pages[kind], content_type="text/html"))
        page.goto(ADDRESS + at)
        return page

    yield opening
    for context in contexts:
        context.close()


KINDS = pytest.mark.parametrize("kind", ["report", "history", "compat", "mutants"])


@KINDS
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(opened, kind, scheme):
    """No violation of the accessibility rules that axe knows, with everything unfolded."""
    page = opened(kind, color_scheme=scheme, bypass_csp=True)
    page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


@KINDS
def test_it_fits_a_phone(opened, kind):
    """At a width of 375 pixels nothing stands out to the right, folded or not."""
    page = opened(kind, viewport=PHONE)
    for _ in range(2):
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
        page.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true })")


@KINDS
def test_it_needs_nobody_else(opened, kind):
    """The browser asks for the page and for nothing more."""
    page = opened(kind)
    assert page.asked == [ADDRESS]


def _shown(page):
    return page.locator("li.row:not([hidden])").count()


def test_the_filter_hides_verdicts(opened):
    """Without its box, no requirement of a verdict is left, and the numbers are said."""
    page = opened()
    every, passing = _shown(page), page.locator("li.row[data-verdict=pass]").count()
    page.uncheck("input[value=pass]")
    assert 0 < passing < every
    assert _shown(page) == every - passing
    assert page.inner_text("#shown") == f"{every - passing} of {every} shown"


def test_the_search_unfolds_what_it_finds(opened):
    """Words of an id leave that requirement alone, in an unfolded topic."""
    page = opened()
    wanted = page.locator("li.row .title code").first.text_content()
    page.fill("#words", wanted)
    assert page.locator("li.row:not([hidden]) .title code").all_text_contents() == [wanted]
    assert page.locator("li.row:not([hidden])").is_visible()
    page.fill("#words", "nothing has this name")
    assert _shown(page) == 0


def test_a_deep_link_unfolds_its_requirement(opened):
    """The address of a requirement shows its details, wherever they are folded away."""
    anchors = opened().locator(".body[id]").evaluate_all("all => all.map(each => each.id)")
    assert len(anchors) > 3
    for anchor in (anchors[0], anchors[-1]):
        page = opened(at=f"#{anchor}")
        assert page.locator(f'[id="{anchor}"]').is_visible()


def test_a_command_is_copied(opened):
    """The button puts the command into the clipboard, as it stands there, and says so."""
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    page.locator("details.card").first.evaluate("card => { card.open = true }")
    frame = page.locator(".copying").first
    frame.evaluate("each => { each.closest('details').open = true }")
    frame.locator("button").click()
    frame.get_by_text("Copied").wait_for()
    assert page.evaluate("navigator.clipboard.readText()") == frame.locator("pre").text_content()


def test_the_keyboard_unfolds(opened):
    """A fold that has the focus opens with the Enter key."""
    page = opened()
    topic = page.locator("details.topic").first
    topic.locator("summary").first.focus()
    page.keyboard.press("Enter")
    assert topic.evaluate("each => each.open")


def test_paper_has_what_is_folded_and_no_controls(opened):
    """In print, what is folded away on the screen is there, and the filter is not."""
    page = opened()
    line = page.locator("li.row .line").last
    assert not line.evaluate("each => each.checkVisibility()")
    page.emulate_media(media="print")
    assert line.evaluate("each => each.checkVisibility()")
    assert not page.locator("#filter").is_visible()
    assert page.pdf().startswith(b"%PDF")


@pytest.mark.parametrize("viewport", [PHONE, {"width": 1200, "height": 700}], ids=["phone", "screen"])
def test_heads_of_columns_stay_in_sight(opened, viewport):
    """The names of the targets are seen beside the last requirement of a long matrix, on a phone as well."""
    page = opened("compat", viewport=viewport)
    frame = page.locator(".frame").first
    last = frame.locator("tbody tr").last
    frame.locator("tbody").evaluate(
        "body => { for (let i = 0; i < 40; i++) body.append(body.rows[0].cloneNode(true)) }"
    )
    last.evaluate("row => row.scrollIntoView({ block: 'end' })")
    head = frame.locator("thead th").nth(1)
    assert 0 <= head.bounding_box()["y"] < last.bounding_box()["y"] < viewport["height"]


def test_a_picture_of_the_history_has_words(opened):
    """Every chart says what it shows."""
    page = opened("history")
    words = page.locator(".chart svg").evaluate_all("all => all.map(each => each.getAttribute('aria-label'))")
    assert len(words) >= 4
    assert all("over 3 runs: " in each for each in words)


def test_dark_is_dark(opened):
    """The page follows the scheme of the system."""
    grounds = {
        scheme: opened(color_scheme=scheme).evaluate("getComputedStyle(document.body).backgroundColor")
        for scheme in ("light", "dark")
    }
    assert grounds == {"light": "rgb(255, 255, 255)", "dark": "rgb(20, 23, 28)"}


def test_without_javascript_all_is_there(opened):
    """No filter then, and everything can be unfolded by hand."""
    page = opened(java_script_enabled=False)
    assert not page.locator("#filter").is_visible()
    topic = page.locator("details.topic").first
    topic.locator("summary").first.click()
    assert topic.locator("li.row").first.is_visible()
