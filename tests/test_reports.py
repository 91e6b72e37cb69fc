"""The files of a run: complete, readable by their readers, and inert whatever the target said."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from xml.etree import ElementTree as ET

import jsonschema
import pytest
import sample_results as sample
from commands import express

from conformance.exceptions import OutputError
from conformance.reporting import FORMATS, badge, html, junit, write_all
from conformance.reporting.inert import cut, one_line, visible
from conformance.reporting.page import anchors
from conformance.results import Results
from conformance.schemas import NAMES, schema
from conformance.verdict import Evidence, Verdict

VOID = {"meta", "link", "input", "br", "rect", "wbr"}
UNPRINTABLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufffe\ud800-\udfff]"
)


class Page(HTMLParser):
    """A parsed report: its elements, and the text of each kind of element."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.ids, self.links, self.attributes = [], [], [], []
        self.text = {}
        self.open = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        """Keep an element and its attributes."""
        self.tags.append(tag)
        self.attributes += attrs
        self.ids += [value for name, value in attrs if name == "id"]
        self.links += [value for name, value in attrs if name == "href"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        """Close the innermost element, which must be this one."""
        if tag not in VOID:
            assert tag == self.open.pop()

    def handle_data(self, data):
        """Keep the text of each kind of element."""
        if self.open:
            self.text[self.open[-1]] = self.text.get(self.open[-1], "") + data


@pytest.fixture(scope="module")
def report():
    """The report on the hostile sample, as text."""
    return html.render(sample.results(errors=(sample.HOSTILE,), drift=(sample.HOSTILE,)))


@pytest.fixture(scope="module")
def page(report):
    """The same report, parsed."""
    return Page(report)


class TestHtml:
    """The report."""

    def test_nothing_of_the_target_is_markup(self, report, page):
        """A target's markup is text: the only script is the page's own, and no element can load anything."""
        assert "<script>alert" not in report
        assert page.text["script"] == _asset("report.js")
        assert not {"img", "iframe", "object", "embed", "base"} & set(page.tags)
        assert not [
            name for name, _ in page.attributes if name.startswith("on") or name in {"src", "style", "srcset"}
        ]

    def test_nothing_of_the_target_acts_on_the_reader(self, report):
        """Control characters, escapes, bidirectional controls and surrogates are shown as code points."""
        assert not UNPRINTABLE.findall(report)
        assert "⟨U+202E⟩gnp.exe" in report
        assert "⟨U+001B⟩[31m" in report
        report.encode("utf-8")

    def test_links_go_to_the_web_or_to_the_page(self, page):
        """Every link within the page finds its place, and no other link has a scheme but that of the web."""
        inner = [link[1:] for link in page.links if link.startswith("#")]
        assert inner
        assert set(inner) <= set(page.ids)
        assert all(link.startswith(("#", "https://", "data:,")) for link in page.links)

    def test_ids_are_unique(self, page):
        """No element id occurs twice."""
        assert sorted(set(page.ids)) == sorted(page.ids)

    def test_every_requirement_can_be_linked_to(self, page):
        """Each requirement has one place on the page, named by its own id where that can be an anchor."""
        for result in sample.requirements()[:-1]:
            assert page.ids.count(result.id) == 1

    def test_elements_are_closed(self, page):
        """Every element that is opened is closed, in order."""
        assert page.open == []

    def test_headings_descend_one_level_at_a_time(self, page):
        """Headings skip no level on the way down, so that a screen reader's outline is whole."""
        levels = [int(tag[1]) for tag in page.tags if re.fullmatch("h[1-6]", tag)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(below <= above + 1 for above, below in pairwise(levels))

    def test_landmarks(self, page):
        """The page has one header, one main part and one footer, and says its language."""
        assert [page.tags.count(tag) for tag in ("header", "main", "footer")] == [1, 1, 1]
        assert ("lang", "en") in page.attributes

    def test_policy_allows_the_pages_own_style_and_script_only(self, page):
        """The content security policy names the hashes of the style sheet and script that are there."""
        policy = next(
            value for name, value in page.attributes if name == "content" and "default-src" in value
        )
        assert policy.startswith("default-src 'none'")
        for element in ("style", "script"):
            digest = base64.b64encode(hashlib.sha256(page.text[element].encode()).digest()).decode()
            assert f"{element}-src 'sha256-{digest}'" in policy

    def test_failures_come_first(self, report):
        """Sections go from what must be looked at to what may be."""
        ids = ["first", "known", "diverging", "flaky", "unexercised", "requirements", "drift", "scenarios"]
        places = [report.index(f'<h2 id="{id_}">') for id_ in ids]
        assert places == sorted(places)

    def test_verdicts_are_words(self, page):
        """Every verdict of the run is written out, so that its colour is never the only sign of it."""
        for verdict in Verdict:
            assert verdict.value in page.text["span"]

    def test_long_bodies_are_cut_with_a_note(self, report):
        """A body of 100,000 characters is cut, the report says so, and it stays small."""
        assert "Cut here: the first 20,000 of 100,000 characters are shown." in report
        assert "x" * 20_000 in report
        assert "x" * 20_001 not in report
        assert "Too long to paste (50,000 characters)" in report

    def test_bytes_that_are_no_text_are_shown(self, report):
        """A body that is not UTF-8 is shown with its undecodable bytes spelt out, and a note says so."""
        assert "\\xff⟨U+0000⟩\\xfe&lt;script&gt;" in report
        assert "Not UTF-8" in report

    def test_null_reproduction_is_said(self, report):
        """Where a tool cannot express the request, the report says so instead of leaving a gap."""
        assert "AWS CLI cannot express this request." in report

    @pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
    def test_contrast(self, theme):
        """Text and verdict colours have at least the contrast of WCAG AA, 4.5 to 1, on both grounds."""
        block = re.findall(r":root \{(.*?)\}", _asset("report.css"), re.DOTALL)[theme]
        colors = dict(re.findall(r"--([a-z-]+): (#[0-9a-f]+)", block))
        grounds = [colors.pop("ground"), colors.pop("raised")]
        colors.pop("line")
        assert len(colors) == 10
        for ground in grounds:
            for name, color in colors.items():
                assert _contrast(color, ground) >= 4.5, (name, ground)


class TestConclusion:
    """The sentence at the top of every report."""

    @pytest.mark.parametrize(
        ("results", "sentence"),
        [
            (sample.only(*[Verdict.PASS] * 3), "All 3 judged requirements hold."),
            (sample.only(Verdict.FAIL, Verdict.PASS), "1 requirement fails: topic/r0."),
            (
                sample.only(*[Verdict.FAIL] * 5),
                "5 requirements fail: topic/r0, topic/r1, topic/r2 and 2 more.",
            ),
            (
                sample.only(Verdict.NOT_EXERCISED),
                "Nothing was judged: no traffic of this run concerned",
            ),
            (
                sample.only(Verdict.PASS, Verdict.DIVERGES),
                "No requirement fails: 1 of 2 judged requirements hold.",
            ),
            (
                sample.only(Verdict.PASS, complete=False, errors=("The target stopped answering.",)),
                "This run is incomplete: The target stopped answering. What it shows is no statement",
            ),
            (
                sample.only(target=replace(sample.results().target, supported=False)),
                "This target does not have the operation UpdateExpressGatewayService.",
            ),
        ],
    )
    def test_conclusion(self, results, sentence):
        """The conclusion follows from the verdicts, and is never better than they are."""
        assert f"<span>{sentence}" in html.render(results)


class TestJunit:
    """The JUnit document."""

    @pytest.fixture
    def root(self):
        """The parsed document of the hostile sample."""
        return ET.fromstring(junit.render(sample.results(errors=(sample.HOSTILE,))))

    def test_one_case_per_requirement(self, root):
        """There is one suite per topic, one case per requirement, and one suite for the run itself."""
        suites = {suite.get("name"): suite for suite in root}
        assert set(suites) == {"run"} | {visible(r.topic) for r in sample.requirements()}
        assert len(list(root.iter("testcase"))) == len(sample.requirements()) + 1

    def test_totals(self, root):
        """The totals say what the cases are: two fail, four are skipped, one error of the run."""
        assert {name: root.get(name) for name in ("tests", "failures", "skipped", "errors")} == {
            "tests": "12",
            "failures": "2",
            "skipped": "4",
            "errors": "1",
        }

    def test_elements(self, root):
        """A failure tells expected and observed, a known deviation its reason, and a divergence passes."""
        cases = {case.get("name"): case for case in root.iter("testcase")}
        assert (
            "expected: the scaling metric stays" in cases["preservation/scaling-metric"].find("failure").text
        )
        assert "upstream issue 12" in cases["errors/unknown-service"].find("skipped").get("message")
        assert [child.tag for child in cases["response/range"]] == ["system-out"]
        assert [child.tag for child in cases["response/order"]] == ["system-out"]
        assert list(cases["errors/message"]) == []

    def test_unsupported_target_is_not_green(self):
        """A target without the operation makes one error, not an empty success."""
        unsupported = sample.only(
            Verdict.UNSUPPORTED, target=replace(sample.results().target, supported=False)
        )
        root = ET.fromstring(junit.render(unsupported))
        assert (root.get("errors"), root.get("skipped")) == ("1", "1")

    def test_incomplete_run_is_not_green(self):
        """A run that did not come to its end has an error even if nobody wrote one down."""
        root = ET.fromstring(junit.render(sample.only(Verdict.PASS, complete=False)))
        assert root.get("errors") == "1"


class TestBadge:
    """The shields.io endpoint document."""

    @pytest.mark.parametrize(
        ("results", "message", "color"),
        [
            (sample.only(*[Verdict.PASS] * 3), "3/3 pass", "brightgreen"),
            (
                sample.only(Verdict.PASS, Verdict.NOT_EXERCISED, Verdict.INFORMATIONAL),
                "1/1 pass",
                "brightgreen",
            ),
            (sample.only(Verdict.PASS, Verdict.DIVERGES), "1/2 pass", "yellowgreen"),
            (sample.only(Verdict.PASS, Verdict.FLAKY), "1/2 pass", "yellow"),
            (sample.only(Verdict.FAIL, Verdict.FAIL, Verdict.PASS), "2 fail", "red"),
            (sample.only(Verdict.NOT_EXERCISED), "nothing judged", "lightgrey"),
            (sample.only(Verdict.FAIL, complete=False), "incomplete", "orange"),
            (
                sample.only(target=replace(sample.results().target, supported=False), complete=False),
                "unsupported",
                "lightgrey",
            ),
            (
                sample.results(requirements=(sample.requirement("a/b", Verdict.FAIL, known="why"),)),
                "0/1 pass, 1 known",
                "yellow",
            ),
        ],
    )
    def test_badge(self, results, message, color):
        """The badge is green only if every judged requirement passes in a complete run."""
        assert json.loads(badge.render(results)) == {
            "schemaVersion": 1,
            "label": "UpdateExpressGatewayService",
            "message": message,
            "color": color,
        }


class TestDocument:
    """``results.json`` and its schema."""

    def test_schemas_are_printed(self, tmp_path):
        """`schema NAME` prints each of them; another name is wrong usage."""
        for name in NAMES:
            assert json.loads(express("schema", name, cwd=tmp_path).stdout) == schema(name)
        assert express("schema", "none", cwd=tmp_path).returncode == 2

    def test_schema_is_one(self):
        """The published schema is valid JSON Schema 2020-12."""
        jsonschema.Draft202012Validator.check_schema(schema("results"))

    def test_results_follow_the_schema(self):
        """What is written is what the schema describes, whatever the target said."""
        jsonschema.validate(json.loads(FORMATS["results.json"](sample.results())), schema("results"))

    @pytest.mark.parametrize(
        "spoil",
        [
            lambda document: document.update(more=1),
            lambda document: document["requirements"][0].update(verdict="passed"),
            lambda document: document["requirements"][0]["counterexample"]["exchanges"][0].update(
                role="other"
            ),
            lambda document: document["summary"].pop("pass"),
            lambda document: document["target"].pop("region"),
        ],
        ids=["field too many", "unknown verdict", "unknown role", "verdict missing", "field missing"],
    )
    def test_schema_refuses_what_is_not_written(self, spoil):
        """A field too many, a field too few or an unknown word is refused."""
        document = sample.results().to_json()
        spoil(document)
        with pytest.raises(jsonschema.ValidationError):
            jsonschema.validate(document, schema("results"))

    def test_schema_knows_every_word(self):
        """The schema's verdicts and evidence are the code's."""
        words = schema("results")["$defs"]
        assert words["verdict"]["enum"] == [verdict.value for verdict in Verdict]
        assert words["evidence"]["enum"] == [evidence.value for evidence in Evidence]

    def test_round_trip(self):
        """Results that are written and read again are the same."""
        text = FORMATS["results.json"](sample.results())
        assert Results.from_json(json.loads(text)) == sample.results()


class TestWriting:
    """Writing the files of a run."""

    def test_every_format_is_written(self, tmp_path):
        """A run leaves every format in its folder, readable as results again, and nothing else."""
        written = write_all(sample.results(), tmp_path / "reports" / "ministack")
        assert sorted(path.name for path in written) == sorted(FORMATS)
        assert sorted(written) == sorted((tmp_path / "reports" / "ministack").iterdir())
        assert Results.read(tmp_path / "reports" / "ministack") == sample.results()

    def test_writing_again_replaces(self, tmp_path):
        """A second run's files take the place of the first one's."""
        write_all(sample.results(), tmp_path)
        write_all(sample.only(Verdict.PASS), tmp_path)
        assert len(Results.read(tmp_path).requirements) == 1

    def test_a_reader_never_sees_a_part(self, tmp_path):
        """Who has the old file open goes on reading all of the old file, not the beginning of the new one."""
        write_all(sample.results(), tmp_path)
        with (tmp_path / "badge.json").open(encoding="utf-8") as old:
            write_all(sample.only(Verdict.PASS), tmp_path)
            assert json.load(old)["message"] == "2 fail"
        assert json.loads((tmp_path / "badge.json").read_text(encoding="utf-8"))["message"] == "1/1 pass"

    def test_unwritable_folder(self, tmp_path):
        """Where a file stands in the place of the folder, the error names the path and says what to do."""
        (tmp_path / "taken").write_text("", encoding="utf-8")
        with pytest.raises(OutputError, match=r"taken.*cannot be written.*--out"):
            write_all(sample.results(), tmp_path / "taken")

    def test_failed_write_leaves_nothing(self, tmp_path):
        """A write that fails leaves no half file behind."""
        (tmp_path / "results.json").mkdir()
        with pytest.raises(OutputError):
            write_all(sample.results(), tmp_path)
        assert [path.name for path in tmp_path.iterdir()] == ["results.json"]


class TestInert:
    """Making text inert."""

    def test_printing_text_stays(self):
        """Text that prints, and its lines, stay as they are."""
        assert visible("Grüße, 世界 ✓\n\tindented") == "Grüße, 世界 ✓\n\tindented"

    def test_all_that_does_not_print_is_spelt_out(self):
        """Nothing that does not print is left in the text, and each is named by its code point."""
        assert visible("\x1b[0m\r\x7f\u202e\u200d\ud800\xa0") == (
            "⟨U+001B⟩[0m⟨U+000D⟩⟨U+007F⟩⟨U+202E⟩⟨U+200D⟩⟨U+D800⟩⟨U+00A0⟩"
        )

    def test_cut_says_what_is_missing(self):
        """Text is cut only above the limit, and then the note tells how much there was."""
        assert cut("abc", 3) == ("abc", "")
        assert cut("abcd", 3) == ("abc", "Cut here: the first 3 of 4 characters are shown.")

    def test_one_line(self):
        """Many lines become one, no wider than asked for."""
        assert one_line("a\n b\tc", 0) == "a b c"
        assert one_line("abcdef", 4) == "abc…"

    def test_anchors_differ(self):
        """Different ids have different anchors even if what makes them differ cannot stand in one."""
        assert anchors(["a/b", "a/ b", "a/-b", "c"]) == {
            "a/b": "a/b",
            "a/ b": "a/-b",
            "a/-b": "a/-b-2",
            "c": "requirement/c",
        }


def _asset(name):
    return files("conformance.reporting").joinpath("templates", name).read_text(encoding="utf-8")


def _contrast(one, other):
    """The contrast ratio of WCAG 2 between two colours."""
    lighter, darker = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def _luminance(color):
    digits = color[1:] if len(color) == 7 else "".join(digit * 2 for digit in color[1:])
    channels = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
