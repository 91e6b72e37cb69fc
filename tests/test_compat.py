"""One report over many targets: what they differ in, links to the evidence, and nothing that acts."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
import sample_results as sample
from commands import express

from conformance.reporting import compat
from conformance.reporting.reproduce import with_reproductions
from conformance.verdict import Verdict


def run(name, **verdicts):
    """A run of one target, with these verdicts by the last part of a requirement's id."""
    requirements = tuple(
        sample.requirement(f"topic/{id}", verdict, counterexample=None) for id, verdict in verdicts.items()
    )
    whole = sample.only(Verdict.PASS)
    return replace(whole, target=replace(whole.target, name=name), requirements=requirements)


class Page(HTMLParser):
    """The ids, the links and the rows of a page."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.scripts = [], [], 0
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        """Collect what an element says of itself."""
        given = dict(attrs)
        self.ids += [given["id"]] if "id" in given else []
        self.links += [given["href"]] if tag == "a" else []
        self.scripts += tag == "script"


def differing(text):
    """The ids in the matrix of differences, in its order."""
    section = text.partition('id="differences"')[2].partition('id="topics"')[0]
    return re.findall(r"<code>(topic/[a-z]+)</code>", section)


def test_differences_come_first_and_worst_first():
    """Only what two judged targets have different verdicts on; not exercised is no difference."""
    runs = [
        run("one", a=Verdict.PASS, b=Verdict.PASS, c=Verdict.PASS, d=Verdict.PASS),
        run("two", a=Verdict.PASS, b=Verdict.DIVERGES, c=Verdict.FAIL, d=Verdict.NOT_EXERCISED),
    ]
    text = compat.render(runs)
    assert differing(text) == ["topic/c", "topic/b"]
    assert "2 of 2 targets have the operation; 1 of these fail nothing;" in text
    assert "they differ in 2 requirements." in text


def test_a_requirement_that_a_run_did_not_have_is_no_verdict():
    """A run of an older suite has an empty cell there, which says so in words."""
    text = compat.render([run("one", a=Verdict.PASS), run("two", a=Verdict.PASS, b=Verdict.FAIL)])
    assert "not in this run" in text
    assert differing(text) == []


def test_a_target_without_the_operation_is_a_column():
    """It counts among the targets and differs from nobody."""
    without = replace(run("none", supported=Verdict.UNSUPPORTED), counts=sample.only(Verdict.PASS).counts)
    without = replace(without, target=replace(without.target, supported=False))
    text = compat.render([run("one", a=Verdict.FAIL), without])
    assert "1 of 2 targets have the operation; 0 of these fail nothing." in text


def test_shares_leave_out_what_was_not_judged():
    """Of three requirements of a topic, one holds, one fails, and one was not exercised."""
    found = run("one", a=Verdict.PASS, b=Verdict.FAIL, c=Verdict.NOT_EXERCISED)
    text = compat.render([found, run("two", a=Verdict.NOT_EXERCISED)])
    shares = re.findall(
        r'<span class="share ([a-z-]+)"><span class="unseen">(.+?): .+?</span> ([^<]+)</sp', text
    )
    assert shares == [("fail", "one", "1/2"), ("not-exercised", "two", "none")]


def heads(text):
    """What the columns of the differences are headed with: the full name, the short one, the number."""
    table = text.partition('id="differences"')[2].partition("<tbody>")[0]
    return re.findall(r'unseen">(.+?), column </span><bdi [^>]+>(.+?)</bdi> (\d+)</a>', table)


def test_columns_are_headed_with_names():
    """With what tells a target from others; the whole name is there for those who do not see it turned."""
    names = [
        "embedded",
        "embedded:alternate",
        "url:http://127.0.0.1:4566/",
        "command:/opt/bin/moto_server -p {port}",
        "command:/usr/bin/moto_server -p {port}",
        "nightly",
        "embedded:an-emulator-with-a-very-long-name",
        "command:",
    ]
    runs = [run(name, a=Verdict.PASS if number else Verdict.FAIL) for number, name in enumerate(names)]
    found = heads(compat.render(runs))
    assert [name for name, _, _ in found] == names
    assert [short for _, short, _ in found] == [
        "embedded",
        "alternate",
        "127.0.0.1:4566",
        "command:/opt/bin/moto_s…",
        "command:/usr/bin/moto_s…",
        "nightly",
        "an-emulator-with-a-very…",
        "command:",
    ]
    assert [number for _, _, number in found] == [str(number) for number in range(1, 9)]


def test_columns_of_one_target_are_headed_with_times():
    """Two nights of one target have one name, and the times differ."""
    runs = [run("mine", a=verdict) for verdict in (Verdict.PASS, Verdict.FAIL)]
    later = replace(runs[1], started_at="2026-11-24T03:41:10Z")
    assert [short for _, short, _ in heads(compat.render([runs[0], later]))] == [
        "2026-11-23 03:41 UTC",
        "2026-11-24 03:41 UTC",
    ]


def test_every_cell_says_its_target_and_its_verdict():
    """In words, and a topic says in how many requirements targets differ."""
    text = compat.render([run("one", a=Verdict.PASS), run("two", a=Verdict.FAIL)])
    table = text.partition('id="differences"')[2].partition("</table>")[0]
    assert re.findall(r'<td class="[a-z]+"><[^>]+ title="([^"]+)"', table) == ["one: pass", "two: fail"]
    assert '<span class="count">1 differ</span>' in text


def test_two_runs_of_one_target_are_told_apart():
    """By the times at which they began."""
    text = compat.render([sample.only(Verdict.PASS), sample.only(Verdict.FAIL)])
    name = sample.only(Verdict.PASS).target.name
    assert text.count(f"<bdi>{name}, 20") == 4


@pytest.fixture(scope="module")
def hostile():
    """The page over a run that has everything, twice, and a good one."""
    whole = with_reproductions(sample.results(), saved_as="reports/x")
    return compat.render([whole, whole, run("good", a=Verdict.PASS)])


def test_ids_are_unique_and_links_lead_somewhere(hostile):
    """Every sign that is a link leads to the evidence of its own target."""
    page = Page(hostile)
    assert len(page.ids) == len({*page.ids})
    inner = {link.removeprefix("#") for link in page.links if link.startswith("#")}
    assert inner <= {*page.ids}
    assert any(link.startswith("target-2/") for link in inner)


def test_nothing_of_a_target_acts(hostile):
    """No script, no markup of the target's, and nothing that does not print."""
    assert Page(hostile).scripts == 0
    assert sample.MARKUP not in hostile
    assert not {"\x1b", "\u202e", "\x00"} & {*hostile}


def test_verdicts_are_words_too(hostile):
    """A sign is never alone: its word stands beside it, for those who see neither sign nor colour."""
    marks = re.findall(r'aria-hidden="true">[^<]</span><span class="unseen">([a-z-]+)</span>', hostile)
    assert {"fail", "pass", "diverges"} <= {*marks}


def test_the_commands(tmp_path):
    """`report` writes one page over one run or many, and `diff` ends with 1 at a regression."""
    for name, target in (("good", "embedded"), ("bad", "embedded:status-code-in-lower-case")):
        express(
            "run", "--target", target, "--effort", "smoke", "--only", "response-enum", "--seed", "1",
            "--out", name, cwd=tmp_path,
        )  # fmt: skip
    assert express("report", "good", "-o", "one.html", cwd=tmp_path).returncode == 0
    assert express("report", "good", "bad/results.json", "-o", "new/two.html", cwd=tmp_path).returncode == 0
    assert "Conformance report" in (tmp_path / "one.html").read_text()
    assert "Compatibility report" in (tmp_path / "new/two.html").read_text()
    assert express("diff", "bad", "good", cwd=tmp_path).returncode == 0
    worse = express("diff", "good", "bad", "--format", "markdown", "-o", "diff.md", cwd=tmp_path)
    assert (worse.returncode, worse.stdout) == (1, "")
    assert "statusCode" in (tmp_path / "diff.md").read_text()
    missing = express("diff", "good", "nowhere", cwd=tmp_path)
    assert missing.returncode == 3
    assert "Traceback" not in missing.stderr
