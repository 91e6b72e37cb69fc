"""The ledger: every sentence is carried or excused, and whatever the model brings has its sentences."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import botocore
import pytest
import sample_results as sample
from commands import express
from test_reports import Page

from conformance import model
from conformance.ledger import SENTENCES, Sentence, errors, parameters, uncovered
from conformance.reporting import html
from conformance.reporting.sentences import of_the_page
from conformance.requirements import REQUIREMENTS, selected
from conformance.requirements.citations import page
from conformance.verdict import Verdict

UPDATE = model.operation()
IDS = [entry.id for entry in SENTENCES]
MODEL = Path(botocore.__file__).parent / "data" / "ecs" / "2014-11-13" / "service-2.json.gz"
HEADINGS = [
    "Description",
    "Request Syntax",
    "Request Parameters",
    "Response Syntax",
    "Response Elements",
    "Errors",
]


def run_of(**verdicts):
    """A run of these requirements, `preserve_cpu` for preserve/cpu, with these verdicts."""
    found = [sample.requirement(id.replace("_", "/"), verdict) for id, verdict in verdicts.items()]
    return sample.results(requirements=tuple(found))


def row_of(id, results):
    """The row of a sentence in the report on a run."""
    return next(row for part in of_the_page(results) for row in part.rows if row.sentence.id == id)


@pytest.mark.parametrize("entry", SENTENCES, ids=IDS)
def test_sentences_are_carried_or_excused(entry):
    """A sentence has an id, a source and words, and either requirements that exist or an excuse."""
    assert re.fullmatch(r"(page|model)(/[\w.\[\]-]+){2,3}", entry.id)
    assert entry.source.document
    assert entry.source.section
    assert re.fullmatch(r"[^\n]+[^.]\.", entry.text)
    assert bool(entry.carried_by) != bool(entry.excuse)
    assert not entry.excuse or re.fullmatch(r"[A-Z][^\n]+[^.]\.", entry.excuse)
    for pattern in entry.carried_by:
        assert selected([pattern])
    assert bool(entry.requirements()) == bool(entry.carried_by)


@pytest.mark.parametrize(("carried_by", "excuse"), [((), ""), (("preserve",), "Nobody can see it.")])
def test_a_sentence_is_never_both_or_neither(carried_by, excuse):
    """What is neither carried nor excused, or both, cannot be written down."""
    with pytest.raises(ValueError, match="either carried or excused"):
        Sentence(id="page/x/y", source=page("x"), text="Text.", carried_by=carried_by, excuse=excuse)


def test_ids_are_unique():
    """No two sentences have one id."""
    assert len(set(IDS)) == len(IDS)


def test_sentences_are_in_our_words():
    """No run of eight words is one of the service model's documentation."""
    document = json.loads(gzip.decompress(MODEL.read_bytes()))
    texts = json.dumps([document["shapes"], document["operations"]])
    theirs = " ".join(re.findall(r"\w+", re.sub(r"<[^>]*>", " ", texts).lower()))
    for entry in SENTENCES:
        words = re.findall(r"\w+", f"{entry.text} {entry.excuse}".lower())
        runs = (" ".join(words[start : start + 8]) for start in range(len(words) - 7))
        assert not [run for run in runs if run in theirs], entry.id


def test_the_page_comes_first_and_in_its_order():
    """The sentences of the API page stand under its headings, in their order, before those of the model."""
    on_page = [entry.on_page for entry in SENTENCES]
    assert on_page == sorted(on_page, reverse=True)
    assert list(dict.fromkeys(entry.heading for entry in SENTENCES if entry.on_page)) == HEADINGS
    named = [
        entry.source.section.partition(", ")[2]
        for entry in SENTENCES
        if entry.on_page and entry.heading in {"Request Parameters", "Errors"}
    ]
    assert list(dict.fromkeys(filter(None, named))) == [
        *sorted(model.PAGE_REQUEST),
        *sorted(model.PAGE_ERRORS),
    ]


def test_the_page_is_written_by_hand():
    """Each parameter and each error of the API page has sentences of its own, beside the generated ones."""
    assert set(parameters.WRITTEN) == model.PAGE_REQUEST
    assert set(errors.WRITTEN) == model.PAGE_ERRORS
    assert all(parameters.WRITTEN.values())
    assert all(errors.WRITTEN.values())


@pytest.mark.parametrize("member", UPDATE.input, ids=lambda member: member.path)
def test_each_request_member_has_sentences(member):
    """A request member has a sentence on its type; it is one of the page if the page shows the member."""
    place = "page" if member.path in model.PAGE_REQUEST_PATHS else "model"
    if member.parent:
        assert f"{place}/request/{member.path}" in IDS
        presence = {"required", "optional"} if member.name != "[]" else set()
        found = {part for part in ("required", "optional") if f"model/request/{member.path}/{part}" in IDS}
        assert len(found) == bool(presence)
    else:
        assert f"{place}/{member.path}/type" in IDS
        assert f"{place}/{member.path}/{'required' if member.required else 'optional'}" in IDS
    assert (f"model/request/{member.path}/values" in IDS) == bool(member.enum)


@pytest.mark.parametrize("member", UPDATE.output, ids=lambda member: member.path)
def test_each_response_member_has_sentences(member):
    """A member of the answer has a sentence on its type, and on whatever else its shape says."""
    place = "page" if member.path in model.PAGE_RESPONSE_PATHS else "model"
    assert f"{place}/response/{member.path}" in IDS
    assert (f"model/response/{member.path}/values" in IDS) == bool(member.enum)
    assert (f"model/response/{member.path}/required" in IDS) == member.required
    assert (f"model/response/{member.path}/unix-time" in IDS) == (member.kind == "timestamp")


@pytest.mark.parametrize("error", UPDATE.errors, ids=lambda error: error.name)
def test_each_declared_error_has_sentences(error):
    """A declared error has sentences on its message and its status."""
    place = "page" if error.name in model.PAGE_ERRORS else "model"
    assert {f"{place}/{error.name}/message", f"{place}/{error.name}/status"} <= set(IDS)


def test_whatever_the_installed_model_brings_is_covered():
    """Every member and every error of the installed service model has requirements."""
    assert uncovered(UPDATE) == []


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({"input": [model.Member(path="colour", kind="string")]}, "preserve/colour"),
        ({"input": [model.Member(path="colour", kind="string", required=True)]}, "reject-missing/colour"),
        ({"input": [model.Member(path="scalingTarget.step", kind="integer")]}, "accept/scalingTarget.step"),
        ({"input": [model.Member(path="cpu", kind="string", enum=("256",))]}, "reject-enum/cpu"),
        ({"output": [model.Member(path="service.colour", kind="string")]}, "response-type/service.colour"),
        (
            {"output": [model.Member(path="service.cluster", kind="string", required=True)]},
            "response-required/service.cluster",
        ),
        ({"errors": [model.DeclaredError(name="TooLate", status=400)]}, "error/TooLate-status"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_no_requirement_covers_is_told(change, missing):
    """A member or error without a requirement is named, with the requirement that it lacks."""
    ((part, new),) = change.items()
    operation = replace(UPDATE, **{part: (*getattr(UPDATE, part), *new)})
    told = uncovered(operation)
    assert any(line.endswith(f"no requirement is called {missing}") for line in told)
    names = {each.path if part != "errors" else each.name for each in new}
    assert all(any(name in line for name in names) for line in told)


TOLD = """
import json
from conformance import model
from conformance.ledger import SENTENCES, uncovered
print(json.dumps({
    "ids": [entry.id for entry in SENTENCES], "drift": model.drift(),
    "uncovered": uncovered(model.operation()),
    "unnamed": [entry.id for entry in SENTENCES if not all(entry.carriers().values())],
}))
"""


def with_model(tmp_path, edit):
    """What the ledger says in a process whose botocore has an edited service model."""
    folder = tmp_path / "ecs" / "2014-11-13"
    folder.mkdir(parents=True)
    document = json.loads(gzip.decompress(MODEL.read_bytes()))
    edit(document)
    (folder / "service-2.json").write_text(json.dumps(document))
    done = subprocess.run(
        [sys.executable, "-c", TOLD],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "AWS_DATA_PATH": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_newer_model_brings_its_sentences(tmp_path):
    """A member at any depth and an error that the page lacks have sentences at once, and are drift."""

    def edit(document):
        shapes = document["shapes"]
        shapes["UpdateExpressGatewayServiceRequest"]["members"]["colour"] = {"shape": "String"}
        shapes["ExpressGatewayScalingTarget"]["members"]["step"] = {"shape": "BoxedInteger"}
        shapes["TooLate"] = {"type": "structure", "members": {}, "exception": True}
        document["operations"][model.OPERATION]["errors"].append({"shape": "TooLate"})

    found = with_model(tmp_path, edit)
    answer = "service.targetConfiguration.scalingTarget.step"
    assert {
        *("model/colour/type", "model/colour/optional", "model/request/scalingTarget.step"),
        *(f"model/response/{answer}", "model/TooLate/message", "model/TooLate/status"),
    } <= set(found["ids"])
    assert found["uncovered"] == found["unnamed"] == []
    for what in ("request member colour", "request member scalingTarget.step", answer, "error TooLate"):
        assert any(f"{what}: in botocore" in line for line in found["drift"]), what


def test_a_newer_model_can_be_uncovered(tmp_path):
    """A member that the catalogue makes no requirement for is told: here, one more required parameter."""

    def edit(document):
        request = document["shapes"]["UpdateExpressGatewayServiceRequest"]
        request["members"]["colour"] = {"shape": "String"}
        request["required"].append("colour")

    found = with_model(tmp_path, edit)
    assert found["uncovered"] == ["model/colour/required: no requirement is called reject-missing/colour"]
    assert found["unnamed"] == ["model/colour/required"]


def test_a_model_as_old_as_the_page(tmp_path):
    """Without cpuArchitecture no sentence is about it, and all others still name requirements."""

    def edit(document):
        for shape in document["shapes"].values():
            shape.get("members", {}).pop("cpuArchitecture", None)

    found = with_model(tmp_path, edit)
    assert not [id for id in found["ids"] if "cpuArchitecture" in id]
    assert found["unnamed"] == found["drift"] == []


class TestCommand:
    """``express-conformance list --sentences``."""

    def test_all_are_listed_in_order(self, tmp_path):
        """Each sentence is printed once, in order, with what carries or excuses it; the totals are last."""
        done = express("list", "--sentences", cwd=tmp_path)
        assert done.returncode == 0, done.stderr
        assert re.findall(r"^  ((?:page|model)/\S+)$", done.stdout, re.MULTILINE) == IDS
        assert f"reflect/* ({len(selected(['reflect/*']))})" in done.stdout
        excused = sum(bool(entry.excuse) for entry in SENTENCES)
        assert done.stdout.count("    excused: ") == excused
        assert all(f"drift: {line}" in done.stdout for line in model.drift())
        carried = len(IDS) - excused
        assert done.stdout.endswith(f"\n{len(IDS)} sentences: {carried} carried, {excused} excused.\n")

    def test_json(self, tmp_path):
        """As JSON, each pattern stands with the ids that it names."""
        entries = json.loads(express("list", "--sentences", "--json", cwd=tmp_path).stdout)
        assert [entry["id"] for entry in entries] == IDS
        for entry in entries:
            assert bool(entry["carried_by"]) != bool(entry["excuse"])
            assert all(set(ids) <= set(REQUIREMENTS) and ids for ids in entry["carried_by"].values())

    def test_of_a_requirement(self, tmp_path):
        """With a requirement, the sentences that it carries are listed; a misspelt one is told."""
        done = express("list", "--sentences", "exclusion/cpu", cwd=tmp_path)
        assert "  page/taskDefinitionArn/exclusion\n" in done.stdout
        assert "page/cpu/type" not in done.stdout
        assert express("list", "--sentences", "exclusoin", cwd=tmp_path).returncode == 2


class TestReport:
    """The section of the report."""

    def test_the_worst_verdict_counts(self):
        """A sentence has the worst verdict of its requirements, and links to those that have it."""
        results = run_of(
            accept_cpu=Verdict.PASS, preserve_cpu=Verdict.FAIL, **{"reject-type_cpu": Verdict.INFORMATIONAL}
        )
        row = row_of("page/cpu/optional", results)
        assert row.verdict is Verdict.FAIL
        assert row.deciding == ["preserve/cpu"]
        assert row_of("page/cpu/type", results).verdict is Verdict.INFORMATIONAL

    def test_excused_and_absent(self):
        """What is excused, or was not in the run, has no verdict, and the report says which of the two."""
        results = run_of(preserve_cpu=Verdict.PASS)
        assert row_of("page/description/zero-downtime", results).verdict is None
        report = html.render(results)
        assert "</span> excused</span>" in report
        assert "</span> not in this run</span>" in report
        assert row_of("page/cpu/optional", results).deciding == []

    def test_the_page_stays_whole(self):
        """Elements are closed, ids unique, links lead somewhere, and headings are those of the API page."""
        verdicts = dict.fromkeys(REQUIREMENTS, Verdict.DIVERGES)
        found = tuple(sample.requirement(id, verdict) for id, verdict in verdicts.items())
        report = html.render(sample.results(requirements=found))
        page_ = Page(report)
        assert page_.open == []
        assert sorted(set(page_.ids)) == sorted(page_.ids)
        assert {link[1:] for link in page_.links if link.startswith("#")} <= set(page_.ids)
        places = [report.index(f"<h3>{heading}</h3>") for heading in HEADINGS]
        assert places == sorted(places)
        assert report.count('<li class="sentence">') == sum(entry.on_page for entry in SENTENCES)

    @pytest.mark.parametrize(
        "results",
        [
            sample.results(),
            replace(
                run_of(operation_supported=Verdict.UNSUPPORTED),
                target=replace(sample.results().target, supported=False),
            ),
        ],
        ids=["none judged", "unsupported"],
    )
    def test_without_verdicts_there_is_no_section(self, results):
        """A run that judged no sentence of the page shows none."""
        assert of_the_page(results) == []
        assert 'id="sentences"' not in html.render(results)
