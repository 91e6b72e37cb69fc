"""The catalogue: every requirement is well formed, cited, of the right evidence, and follows the model."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import botocore
import pytest
from test_garbage import DOCUMENT, tell

from conformance import model
from conformance.exceptions import ConfigurationError
from conformance.requirement import Concern, Oracle
from conformance.requirements import ORACLES, REQUIREMENTS, selected
from conformance.verdict import Evidence

UPDATE = model.operation()
# The evidence of whole families, where it is one.
EVIDENCE = {
    "preserve": {Evidence.CHARTER},
    "accept": {Evidence.DOCUMENTED, Evidence.MODELLED},
    "reflect": {Evidence.MODELLED},
    "show": {Evidence.MODELLED},
    "response-type": {Evidence.MODELLED},
    "response-null": {Evidence.PROTOCOL},
    "response-enum": {Evidence.MODELLED},
    "response-required": {Evidence.MODELLED},
    "response-seconds": {Evidence.PROTOCOL},
    "reject-type": {Evidence.OBSERVED, Evidence.INFERRED},
    "reject-missing": {Evidence.MODELLED},
    "reject-enum": {Evidence.MODELLED},
    "reject-range": {Evidence.INFERRED},
    "reject-pair": {Evidence.INFERRED},
    "reject-format": {Evidence.INFERRED},
    "reject-duplicate": {Evidence.INFERRED},
    "exclusion": {Evidence.DOCUMENTED, Evidence.MODELLED},
    "error": {Evidence.DOCUMENTED},
    "atomic": {Evidence.INFERRED},
    "semantics": {Evidence.OPEN},
    "keep": {Evidence.OBSERVED, Evidence.INFERRED, Evidence.OPEN},
    "clear": {Evidence.OPEN},
    "merge": {Evidence.OPEN},
    "relation": {Evidence.INFERRED},
    "concurrency": {Evidence.INFERRED, Evidence.OPEN},
}


def test_there_are_enough():
    """The catalogue has at least 250 requirements."""
    assert len(REQUIREMENTS) >= 250


def test_ids_are_unique_over_all_oracles():
    """No two oracles carry a requirement of one id."""
    ids = [entry.id for oracle in ORACLES for entry in oracle.requirements]
    assert sorted(ids) == sorted(REQUIREMENTS)


@pytest.mark.parametrize("entry", REQUIREMENTS.values(), ids=list(REQUIREMENTS))
def test_requirements_are_well_formed(entry):
    """An id reads topic/name, the sentence is one, and every citation says where it stands."""
    assert re.fullmatch(r"[a-z][a-z0-9-]*/[A-Za-z][A-Za-z0-9.\[\]-]*", entry.id)
    assert entry.id.startswith(f"{entry.topic}/")
    assert re.fullmatch(r"[A-Z][^\n]+\.", entry.sentence)
    assert not entry.sentence.endswith("..")
    assert entry.citations
    for citation in entry.citations:
        assert citation.document
        assert citation.section
        assert citation.url.startswith("https://") or citation.document.startswith(
            ("Charter", "Amazon ECS service model")
        )
    assert not entry.unreached or entry.unreached.endswith(".")
    assert entry.evidence in EVIDENCE.get(entry.topic, set(Evidence))


@pytest.mark.parametrize("oracle", ORACLES, ids=lambda oracle: oracle.requirements[0].id)
def test_oracles_say_what_is_open(oracle):
    """Every oracle has a docstring of whole sentences."""
    assert oracle.judge.__doc__.strip().endswith(".")
    assert isinstance(oracle.concern, Concern)


def test_findings_are_in_the_catalogue():
    """Whatever an oracle finds is about a requirement that it carries."""
    assert {*tell(DOCUMENT).tally.counts} <= {*REQUIREMENTS}
    for oracle in ORACLES:
        assert isinstance(oracle, Oracle)


def test_charter_covers_every_optional_member():
    """For each optional member of the installed model there is a requirement that it is preserved."""
    assert {f"preserve/{name}" for name in UPDATE.optional} == {
        i for i in REQUIREMENTS if i.startswith("preserve/")
    }


@pytest.mark.parametrize("path", UPDATE.paths)
def test_each_request_member_has_its_requirements(path):
    """Each member of the request is accepted, reflected, shown, and refused with a wrong type."""
    member = next(member for member in UPDATE.input if member.path == path)
    assert {f"reflect/{path}", f"show/{path}", f"reject-type/{path}"} <= REQUIREMENTS.keys()
    assert (f"accept/{path}" in REQUIREMENTS) != member.required
    assert (f"reject-missing/{path}" in REQUIREMENTS) == member.required
    assert (f"reject-enum/{path}" in REQUIREMENTS) == bool(member.enum)


@pytest.mark.parametrize("member", UPDATE.output, ids=lambda member: member.path)
def test_each_response_member_has_its_requirements(member):
    """Each member of the answer has a type and is never null; the rest as its shape is."""
    path = member.path
    assert {f"response-type/{path}", f"response-null/{path}"} <= REQUIREMENTS.keys()
    assert (f"response-enum/{path}" in REQUIREMENTS) == bool(member.enum)
    assert (f"response-required/{path}" in REQUIREMENTS) == member.required
    assert (f"response-unknown/{path}" in REQUIREMENTS) == (member.kind == "structure")
    assert (f"response-seconds/{path}" in REQUIREMENTS) == (member.kind == "timestamp")


@pytest.mark.parametrize("error", UPDATE.errors, ids=lambda error: error.name)
def test_each_declared_error_has_its_requirements(error):
    """Each declared error comes with its status and a message."""
    assert {f"error/{error.name}-status", f"error/{error.name}-message"} <= REQUIREMENTS.keys()


def test_patterns_select():
    """An id, a topic and a shell pattern name requirements, each once and in order."""
    assert selected(["preserve/cpu"]) == ["preserve/cpu"]
    assert selected(["preserve"]) == sorted(f"preserve/{name}" for name in UPDATE.optional)
    assert selected(["preserve/c*", "preserve/cpu"]) == ["preserve/cpu", "preserve/cpuArchitecture"]
    assert set(selected(["*"])) == set(REQUIREMENTS)
    brackets = "response-type/service.targetConfiguration.ingressPaths[].endpoint"
    assert selected([brackets]) == [brackets]
    assert selected([]) == []


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [("presrve", "preserve"), ("preserve/cpus", "preserve/cpu"), ("zzzzzzzz", "express-conformance list")],
)
def test_a_pattern_that_names_nothing_is_refused(pattern, hint):
    """A misspelt pattern is a configuration error that says what was perhaps meant."""
    with pytest.raises(ConfigurationError) as caught:
        selected(["preserve", pattern])
    assert pattern in caught.value.message
    assert hint in caught.value.hint


EDITED = """
import json
from conformance import model
from conformance.requirements import REQUIREMENTS
from conformance.scenarios import SCENARIOS
from conformance.validity import validity
from strategies.updates import all_presence_subsets, known_members
print(json.dumps({
    "ids": sorted(REQUIREMENTS), "drift": model.drift(), "optional": model.operation().optional,
    "subsets": len(list(all_presence_subsets(known_members()))), "scenarios": len(SCENARIOS),
}))
"""


def with_model(tmp_path, edit):
    """What the suite says of itself, in a process whose botocore has an edited service model."""
    folder = tmp_path / "ecs" / "2014-11-13"
    folder.mkdir(parents=True)
    installed = Path(botocore.__file__).parent / "data" / "ecs" / "2014-11-13" / "service-2.json.gz"
    document = json.loads(gzip.decompress(installed.read_bytes()))
    edit(document["shapes"])
    (folder / "service-2.json").write_text(json.dumps(document))
    done = subprocess.run(
        [sys.executable, "-c", EDITED],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "AWS_DATA_PATH": str(tmp_path)},
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_model_as_old_as_the_page(tmp_path):
    """Without cpuArchitecture all loads, nothing names that member, and nothing drifts from the page."""

    def edit(shapes):
        for shape in shapes.values():
            shape.get("members", {}).pop("cpuArchitecture", None)

    found = with_model(tmp_path, edit)
    assert "cpuArchitecture" not in found["optional"]
    assert not [id for id in found["ids"] if "cpuArchitecture" in id]
    assert found["subsets"] == 512
    assert found["drift"] == []
    assert len(found["ids"]) >= 250


def test_a_newer_model(tmp_path):
    """Members and errors of every kind that a newer model brings have requirements at once, and are drift."""

    def edit(shapes):
        kinds = ("boolean", "long", "double", "map", "timestamp")
        for kind in kinds:
            shapes[f"New{kind}"] = {"type": kind}
        shapes["Newmap"].update(key={"shape": "String"}, value={"shape": "String"})
        new = {f"new{kind}": {"shape": f"New{kind}"} for kind in kinds}
        for name in ("UpdateExpressGatewayServiceRequest", "ExpressGatewayServiceConfiguration"):
            shapes[name]["members"].update(new)

    found = with_model(tmp_path, edit)
    for kind in ("boolean", "long", "double", "map", "timestamp"):
        assert f"preserve/new{kind}" in found["ids"]
        assert f"response-type/service.targetConfiguration.new{kind}" in found["ids"]
        assert any(f"new{kind}" in sentence for sentence in found["drift"])
