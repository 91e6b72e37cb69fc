"""``summary.md``: what a comment on a pull request says, and that no word of a target acts in it."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
import sample_results as sample
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from conformance.reporting import FORMATS
from conformance.reporting.markdown import LIMIT, code, prose, render, summary
from conformance.verdict import Evidence, Verdict

# GitHub's table and HTML come from the same rules as here; what it links by itself is looked for in the text.
READER = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
OWN_MARKUP = re.compile(r"</?details>|<summary>[\w ,()]+</summary>")
ACTS = re.compile(r"[@$]|(?<!&)#|://|www\.", re.IGNORECASE)
TRICKS = [
    sample.MARKUP,
    "`",
    "``` `` `",
    "` a `b",
    "| a | b |",
    "@everyone and #12, owner/repo#3",
    "[text](https://example.com) ![image](https://example.com/x.png)",
    "<https://example.com> https://example.com www.example.com someone@example.com",
    "</details></summary><h1>x</h1>",
    "<!-- hidden",
    "a\n# heading\n- item\n\n    code\n```\nfence",
    "*bold* _em_ ~~gone~~ \\* &lt; &#64;x &amp;",
    "\u202egnp.exe\u2066 a\u200bb\x1b[31m",
    "[x]: https://example.com",
    "$math$ $$x$$",
]


def tokens(text):
    """All tokens of a document, also those inside of others."""
    found = []
    for token in READER.parse(text):
        found += [token, *(token.children or [])]
    return found


def spoken(text):
    """The text outside of code, as a reader of the rendered document sees it."""
    return "".join(token.content for token in tokens(text) if token.type == "text")


def assert_inert(text):
    """Nothing in a document links, loads, mentions, refers, or is markup that is not the suite's own."""
    for token in tokens(text):
        assert token.type not in {"link_open", "image"}, token
        if token.type in {"html_block", "html_inline"}:
            assert OWN_MARKUP.sub("", token.content).strip() == ""
    assert not ACTS.search(spoken(text)), spoken(text)


def hostile(text, number=1):
    """A run of which every text is this one."""
    example = sample.counterexample(
        sample.exchange(text, answer=text),
        expected=text,
        observed=text,
        reproduce={"replay": text},
    )
    verdicts = [Verdict.FAIL, Verdict.DIVERGES, Verdict.FLAKY]
    listed = [
        sample.requirement(
            f"{text}/{verdict.value}{each}", verdict, title=text, note=text, counterexample=example
        )
        for each in range(number)
        for verdict in verdicts
    ]
    listed.append(sample.requirement(text, Verdict.FAIL, known=text, counterexample=example))
    listed.append(sample.requirement(f"{text}/fixed", Verdict.PASS, known=f"{text} fixed"))
    run = sample.results(requirements=tuple(listed), errors=(text,) * number, complete=False, started_at=text)
    return replace(
        run,
        target=replace(run.target, name=text, kind=text, endpoint=text),
        suite=replace(run.suite, version=text, botocore=text, effort=text),
    )


@pytest.mark.parametrize("text", TRICKS)
def test_no_word_of_a_target_acts(text):
    """Backticks, pipes, HTML, mentions, references, links and invisible signs are all just shown."""
    document = render(hostile(text))
    assert_inert(document)
    assert document.isprintable() or all(sign.isprintable() or sign == "\n" for sign in document)


@given(st.text(alphabet="`|@#<>!&;[]()*_~\\:/ \nwaW.-+=", max_size=30))
def test_no_composed_word_acts(text):
    """However such signs are combined, nothing acts, and the document keeps its parts."""
    document = render(hostile(text))
    assert_inert(document)
    assert sum(token.type == "table_open" for token in tokens(document)) == 1
    assert document.count("<details>") == document.count("</details>") == 4


@given(st.text(max_size=40))
def test_code_shows_what_it_was_given(text):
    """A code span has exactly the text, on one line."""
    found = [token.content for token in tokens(f"- {code(text)}") if token.type == "code_inline"]
    said = " ".join(text.split())
    if said.isprintable():
        assert found == ([said] if said else [])
    assert len(found) <= 1


@given(st.text(alphabet="`|@#<>!&;[]()*_~\\:/ wW.a", max_size=30))
def test_prose_shows_what_it_was_given(text):
    """A sentence is read as it was written."""
    document = f"### x {prose(text)}"
    shown = [t.content for t in tokens(document) if t.type in {"text", "code_inline"}]
    assert "".join(shown).rstrip() == f"x {' '.join(text.split())}".rstrip()
    assert_inert(document)


def test_it_says_what_matters_first():
    """The conclusion, the run, the counts, what fails with its evidence, then the rest."""
    text = render(sample.results())
    order = [
        "### ✗ 2 requirements fail: preservation/scaling-metric",
        "`ministack (url)` at `http://127.0.0.1:4566`",
        "effort standard · seed 7",
        "| ✗ fail | 3 |",
        "4,812 exchanges",
        "#### What fails",
        "**`preservation/scaling-metric`**",
        "- expected: `the scaling metric stays AVERAGE_CPU",
        "- observed: `the scaling metric is absent",
        "- request: `UpdateExpressGatewayService {",
        "Diverges (1)",
        "Flaky (1)",
        "Known deviations that still fail (1)",
        "Known deviations that are fixed (1)",
        "The whole report is `report.html`",
    ]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    assert "see it again: `replay it`" in text


def test_it_says_where_the_report_is():
    """A step's summary stands alone, so it names the path."""
    text = summary(sample.results(), report="reports/x/report.html")
    assert "The whole report: `reports/x/report.html`." in text


@pytest.mark.parametrize(
    ("run", "beginning"),
    [
        (sample.only(Verdict.PASS), "### ✓ "),
        (sample.only(Verdict.FAIL), "### ✗ "),
        (sample.only(Verdict.PASS, complete=False), "### ○ This run is incomplete"),
        (sample.only(Verdict.NOT_EXERCISED), "### ○ Nothing was judged"),
        (sample.only(Verdict.DIVERGES), "### ✓ No requirement fails"),
        (
            sample.only(target=replace(sample.results().target, supported=False)),
            "### ∅ This target does not have the operation",
        ),
    ],
)
def test_the_heading_has_the_sign_of_the_run(run, beginning):
    """Nothing that was not judged to its end has a check mark."""
    assert render(run).startswith(beginning)


def test_it_fits_into_a_comment():
    """However much there is to say, it is shorter than GitHub's limit, and says that it was cut."""
    texts = ["x" * 5_000, "⟨" * 5_000, "`" * 5_000, "|@#" * 2_000, "é" * 5_000]
    for text in texts:
        document = render(hostile(text, number=200))
        assert len(document.encode()) <= LIMIT < 65_536
        assert "**Cut here:**" in document
        assert document.endswith("The whole report is `report.html`, beside this file.\n")
        assert document.count("<details>") == document.count("</details>")
    assert "**Cut here:**" not in render(sample.results())


def test_many_failures_are_all_counted():
    """What is not listed is said to be missing."""
    listed = tuple(sample.requirement(f"a/r{n}", Verdict.FAIL, Evidence.CHARTER) for n in range(200))
    text = render(sample.results(requirements=listed))
    assert text.count("\n**`a/r") == 20
    assert "<summary>And these fail (180)</summary>" in text
    assert "and 130 more in the report" in text


def test_it_is_a_format():
    """Every run leaves it."""
    assert FORMATS["summary.md"](sample.results()) == render(sample.results())
