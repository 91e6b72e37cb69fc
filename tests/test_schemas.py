"""The published formats: what the suite writes follows its schemas, and old documents stay readable."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import jsonschema
import pytest
from click.testing import CliRunner
from commands import express, records

from conformance import evidence
from conformance.baseline import packaged
from conformance.changes import Kind, compare
from conformance.cli import main
from conformance.exceptions import RecordingError
from conformance.exchange import Exchange, Failure, Request, Response, Tag
from conformance.judge import rejudge
from conformance.recording import Case, Footer, Header, ScenarioEnd, read, to_json
from conformance.results import Results
from conformance.schemas import NAMES, check_version, schema
from conformance.verdict import Verdict

OLD = Path(__file__).parent / "formats"
RECORDING = OLD / "recording-1.jsonl"


def validator(name):
    """What judges documents by a schema, formats included."""
    return jsonschema.Draft202012Validator(schema(name), format_checker=jsonschema.FormatChecker())


def lines(path):
    """The objects of a recording's lines."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def documents():
    """Old documents with the schemas that they follow."""
    yield from (
        (path.name, path.name.partition("-")[0], json.loads(path.read_bytes())) for path in OLD.glob("*.json")
    )
    yield from (
        (f"line {number}", "recording", line) for number, line in enumerate(lines(RECORDING), start=1)
    )


@pytest.mark.parametrize("name", NAMES)
def test_each_schema_is_printed(name):
    """`schema NAME` prints a JSON Schema with an id of its own."""
    done = CliRunner().invoke(main, ["schema", name])
    assert done.exit_code == 0
    printed = json.loads(done.output)
    jsonschema.Draft202012Validator.check_schema(printed)
    assert printed["$id"] == f"urn:express-conformance:{name}:1"


@pytest.mark.parametrize(
    ("schema_name", "document"), [each[1:] for each in documents()], ids=[each[0] for each in documents()]
)
def test_old_documents_follow_todays_schemas(schema_name, document):
    """A schema of version 1 describes all that version 1 ever was."""
    validator(schema_name).validate(document)


def test_a_real_recording_follows_its_schema(tmp_path):
    """Every line of a run with all kinds of traffic, and of one that broke off."""
    done = express("run", "--effort", "smoke", "--seed", "1", "--only", "boto3", "--out", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    judged = validator("recording")
    written = records(tmp_path / "run")
    for line in written:
        judged.validate(line)
    assert {line["kind"] for line in written} == {"header", "case", "exchange", "scenario", "footer"}


def test_every_record_follows_the_schema():
    """All that a record can have: failures, twins, histories, callers, bytes that are no UTF-8."""
    request = Request(operation="O", headers=(("a", "b"),), body=b"\xff", caller="stranger")
    tag = Tag(scenario="s", case=1, phase="convict", requirement="a/b")
    written = [
        Header(
            target={"name": "t", "kind": "url", "endpoint": "u", "region": "r", "supported": True},
            suite={"version": "1", "botocore": "1", "hypothesis": "6", "seed": 7, "effort": "smoke"},
            started_at="2026-01-01T00:00:00Z",
        ),
        Case(tag=tag, value=None),
        Exchange(id=1, request=request, response=Response(status=200), tag=tag, twin=0, group=1, client=2),
        Exchange(id=2, request=request, failure=Failure(kind="too-large", message="m"), tag=Tag()),
        ScenarioEnd(summary={"id": "s", "title": "", "cases": 0, "exchanges": 0, "seconds": 0, "error": ""}),
        Footer(finished_at="2026-01-01T00:00:01.5Z", complete=False, errors=("e",)),
    ]
    for record in written:
        validator("recording").validate(to_json(record))


def broken():
    """Lines that no recording has: each is a good one with one thing wrong."""
    by_kind = {line["kind"]: line for line in lines(RECORDING)}
    wrong = {
        "header": [
            {"format": "express-conformance/recording@2"},
            {"drift": "no"},
            {"started_at": "yesterday"},
        ],
        "case": [{"phase": "dream"}, {"case": "1"}, {"requirement": ""}, {"extra": 1}],
        "exchange": [
            {"kind": "other"},
            {"failure": {"kind": "reset", "message": "both"}},
            {"response": {"status": "200", "headers": [], "body": ""}},
            {"response": {"status": 200, "headers": [["one"]], "body": ""}},
            {"response": {"status": 200, "headers": [], "body": {"base64": 1}}},
            {"response": {"status": 200, "headers": [], "body": None}},
            {"group": 1},
            {"elapsed": -1},
            {"request": {}},
        ],
        "scenario": [{"cases": -1}, {"seconds": "1"}],
        "footer": [{"complete": "yes"}, {"errors": [1]}],
    }
    for kind, changes in wrong.items():
        for change in changes:
            yield by_kind[kind] | change
        for name in ("kind", *[name for name in by_kind[kind] if name not in {"kind", "tool"}]):
            yield {key: value for key, value in by_kind[kind].items() if key != name}


def test_broken_lines_are_refused():
    """A schema that takes anything describes nothing."""
    judged = validator("recording")
    found = [line for line in broken() if judged.is_valid(line)]
    assert found == []
    assert len(list(broken())) > 40


@pytest.mark.parametrize(
    "change",
    [
        {"message": "1 fails"},
        {"message": ""},
        {"color": "pink"},
        {"schemaVersion": 2},
        {"label": ""},
        {"style": "x"},
    ],
)
def test_broken_badges_are_refused(change):
    """A badge has a known message, a known colour, and nothing more."""
    good = json.loads((OLD / "badge-1.json").read_bytes())
    assert validator("badge").is_valid(good)
    assert not validator("badge").is_valid(good | change)


def broken_documents():
    """Old documents, each with one thing wrong: the name of its schema, and the document."""
    wrong = {
        "evidence-1-questions": [
            {"format": "express-conformance/evidence@2"},
            {"observed": [{}]},
            {"questions": [{"id": "x"}]},
            {"more": 1},
        ],
        "drift-1": [{"old": {}}, {"changes": [{"kind": "new"}]}, {"format": "express-conformance/drift@2"}],
        "model-1": [{"botocore": ""}, {"model": {"operations": {}}}, {"requirements": "all"}],
        "differences-1": [{"first": {}}, {"cases": -1}, {"findings": [{}]}],
    }
    for name, changes in wrong.items():
        document = json.loads((OLD / f"{name}.json").read_bytes())
        yield from ((name, document | change) for change in changes)
        required = schema(name.partition("-")[0])["required"]
        yield from (
            (name, {key: value for key, value in document.items() if key != gone}) for gone in required
        )


def broken_answers():
    """Answers that no evidence file has."""
    document = json.loads((OLD / "evidence-1-questions.json").read_bytes())
    said = next(each for each in document["questions"] if each["answered"])
    silent = next(each for each in document["questions"] if not each["answered"])
    wrong = (
        (said, {"sentence": ""}),
        (said, {"observation": {}}),
        (said, {"id": "Not Kebab"}),
        (said, {"exchanges": [{"scenario": "questions"}]}),
        (silent, {"reason": ""}),
        (silent, {"observation": {"values": {}}}),
        (silent, {"answered": "no"}),
        (said, {"observation": {"behaviours": {"a/b": {"words": 0}}}}),
    )
    yield from (document | {"questions": [each | change]} for each, change in wrong)


def test_broken_documents_are_refused():
    """By the schemas of evidence, drift, baselines and differences."""
    found = [name for name, each in broken_documents() if validator(name.partition("-")[0]).is_valid(each)]
    assert found == []
    assert not [each for each in broken_answers() if validator("evidence").is_valid(each)]


def test_an_old_baseline_is_read():
    """What has changed since is told."""
    done = CliRunner().invoke(main, ["drift", str(OLD / "model-1.json"), "--json"])
    assert done.exit_code == 1
    printed = json.loads(done.output)
    validator("drift").validate(printed)
    assert "operation CreateExpressGatewayService is new" in [each["sentence"] for each in printed["changes"]]


def test_todays_baseline_follows_its_schema(tmp_path):
    """The packaged one, and what `drift --write` makes."""
    path = tmp_path / "model.json"
    assert CliRunner().invoke(main, ["drift", "--write", str(path)]).exit_code == 0
    validator("model").validate(json.loads(path.read_bytes()))
    validator("model").validate(packaged().to_json())


def test_old_evidence_is_read():
    """With its answers, if it has any."""
    assert len(evidence.read(OLD / "evidence-1.json")) == 3
    assert evidence.answers(OLD / "evidence-1.json") == ()
    answered = {each.id: each.answered for each in evidence.answers(OLD / "evidence-1-questions.json")}
    assert answered["container-ports"]
    assert not answered["ordinary-service"]


def test_old_results_are_read():
    """The results of a run of long ago have their verdicts, their counterexample, and their exit code."""
    results = Results.read(OLD / "results-1.json")
    assert results.exit_code == 1
    assert [each.id for each in results.failures] == ["preserve/cpu"]
    (failure,) = results.failures
    assert failure.counterexample.observed == "targetConfiguration.cpu is '256'"
    validator("results").validate(results.to_json())


def test_old_results_are_compared():
    """`diff` tells what became of a target since, as it did then."""
    changes = compare(Results.read(OLD / "results-1-reference.json"), Results.read(OLD / "results-1.json"))
    assert [each.id for each in changes.of_kind(Kind.ADDED)] == ["preserve/cpu"]
    then = json.loads((OLD / "diff-1.json").read_bytes())
    assert changes.to_json() | {"circumstances": []} == then | {"circumstances": []}


def test_an_old_recording_is_judged():
    """Today's requirements judge what was recorded then."""
    results = rejudge(read([RECORDING]))
    assert results.complete
    assert [each.id for each in results.failures] == ["preserve/cpu"]
    assert results.summary[Verdict.PASS.value] > 100


def optional_paths(name):
    """Where a results document may leave a member out: schema path and member."""
    definitions = schema("results")["$defs"]
    return sorted(set(definitions[name]["properties"]) - set(definitions[name]["required"]))


@pytest.mark.parametrize("name", ["requirement", "scenario"])
def test_missing_optional_members_are_defaulted(name):
    """What the schema does not require may be missing, as in documents from before it was there."""
    document = json.loads((OLD / "results-1.json").read_bytes())
    whole = Results.from_json(document)
    for member in optional_paths(name):
        bare = copy.deepcopy(document)
        for entry in bare[f"{name}s"]:
            entry.pop(member, None)
        found = Results.from_json(bare)
        assert found.exit_code == whole.exit_code, member
    bare = {key: value for key, value in document.items() if key in schema("results")["required"]}
    assert Results.from_json(bare).summary == whole.summary


@pytest.mark.parametrize("words", [("diff",), ("report", "-o", "x.html")])
def test_newer_results_ask_for_an_upgrade(tmp_path, words):
    """Of a format that does not exist yet, the reader says so and what to do."""
    document = json.loads((OLD / "results-1.json").read_bytes()) | {"format": "express-conformance/results@2"}
    newer = tmp_path / "results.json"
    newer.write_text(json.dumps(document), encoding="utf-8")
    done = CliRunner().invoke(main, [words[0], str(newer), str(newer), *words[1:]])
    assert done.exit_code == 3
    assert f"error: {newer}: The document has the format express-conformance/results@2" in done.output
    assert "Upgrade express-conformance" in done.output


def test_a_newer_recording_asks_for_an_upgrade(tmp_path):
    """So does `judge`, which writes nothing then."""
    header, *rest = lines(RECORDING)
    header["format"] = "express-conformance/recording@12"
    newer = tmp_path / "recording.jsonl"
    newer.write_text("\n".join(map(json.dumps, [header, *rest])), encoding="utf-8")
    done = CliRunner().invoke(main, ["judge", str(newer)])
    assert done.exit_code == 3
    assert "recording@12" in done.output
    assert "Upgrade express-conformance" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["recording.jsonl"]


@pytest.mark.parametrize(
    "found", [None, 7, "", "x", "express-conformance/diff@2", "a/b@x", ["a/b@2"], "a/b@1"]
)
def test_only_another_version_asks_for_an_upgrade(found):
    """What is no document of the kind at all is for the reader to refuse."""
    check_version(found, "a/b@1")


def test_another_version_is_refused():
    """Newer or older: only the known one is read."""
    for found in ("a/b@2", "a/b@0", "a/b@99999999999999999999"):
        with pytest.raises(RecordingError, match="reads a/b@1"):
            check_version(found, "a/b@1")


def test_the_examples_stay_small():
    """They are examples, and every clone has them."""
    assert sum(path.stat().st_size for path in OLD.iterdir()) < 100_000
