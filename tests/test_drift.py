"""Another service model than the one of a recording or a baseline: what differs, and who says so."""

from __future__ import annotations

import copy
import gzip
import json
import os
import re
import stat
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import botocore
import jsonschema
import pytest
import yaml
from botocore.model import ServiceModel
from commands import COMMAND, express
from hypothesis import given
from hypothesis import strategies as st
from json_values import VALUES, paths, replaced

from conformance import baseline, fingerprint, model
from conformance.drift import drifted
from conformance.exceptions import RecordingError
from conformance.fingerprint import Fingerprint
from conformance.judge import rejudge
from conformance.model_change import Kind, Part
from conformance.recording import Header, Writer, read, to_json
from conformance.reporting import html, wording
from conformance.requirements import REQUIREMENTS
from conformance.schemas import schema

ROOT = Path(__file__).parent.parent
OLD = Path(__file__).parent / "formats" / "recording-1.jsonl"
VERSION = Path("ecs") / "2014-11-13"
INSTALLED = json.loads(
    gzip.decompress((Path(botocore.__file__).parent / "data" / VERSION / "service-2.json.gz").read_bytes())
)
UPDATE = "UpdateExpressGatewayServiceRequest"
CONTAINER = "ExpressGatewayContainer"
CONFIGURATION = "ExpressGatewayServiceConfiguration"
METRIC = "ExpressGatewayServiceScalingMetric"
PATH = f"{UPDATE}.healthCheckPath"
SECRET_TEXT = "<p>These words are AWS's own.</p>"


def edited(edit):
    """The installed model's document, edited: `edit(shapes, operations)`."""
    document = copy.deepcopy(INSTALLED)
    edit(document["shapes"], document["operations"])
    return document


def printed(edit=lambda *_: None):
    """The fingerprint of the edited model."""
    return fingerprint.fingerprint(ServiceModel(edited(edit), "ecs"))


def changes(edit, **ids):
    """What drifts from the installed model to the edited one."""
    return drifted(fingerprint.installed(), printed(edit), **ids)


def told(found):
    """The changes in short."""
    return [(each.kind.value, each.part.name, each.place, each.value) for each in found]


def add_member(shapes, _operations):
    """A new member that requests and answers have."""
    for name in (UPDATE, CONFIGURATION):
        shapes[name]["members"]["gpu"] = {"shape": "String", "documentation": SECRET_TEXT}


def remove_member(shapes, _operations):
    """A member less in the update's request."""
    del shapes[UPDATE]["members"]["memory"]


def require_member(shapes, _operations):
    """A member that has to be there now."""
    shapes[UPDATE]["required"].append("cpu")


def retype_member(shapes, _operations):
    """A member of another type."""
    shapes[UPDATE]["members"]["healthCheckPath"]["shape"] = "BoxedInteger"


def change_text(shapes, _operations):
    """Other words about a member."""
    shapes[UPDATE]["members"]["cpu"]["documentation"] = SECRET_TEXT


def change_text_of_operation(_shapes, operations):
    """Other words about the operation."""
    operations[model.OPERATION]["documentation"] = SECRET_TEXT


def change_text_of_shape(shapes, _operations):
    """Other words about a structure."""
    shapes[CONTAINER]["documentation"] = SECRET_TEXT


def add_error(shapes, operations):
    """An error that two operations declare."""
    shapes["TooManyGpusException"] = {"type": "structure", "members": {}, "exception": True}
    for name in (model.OPERATION, model.CREATE):
        operations[name]["errors"].append({"shape": "TooManyGpusException"})


def remove_error(_shapes, operations):
    """An error that the update does not declare any more."""
    errors = operations[model.OPERATION]["errors"]
    errors[:] = [error for error in errors if error["shape"] != "ServiceNotActiveException"]


def add_value(shapes, _operations):
    """A value more in an enumeration."""
    shapes[METRIC]["enum"].append("GPU")


def remove_value(shapes, _operations):
    """A value less."""
    shapes[METRIC]["enum"].remove("AVERAGE_CPU")


def add_range(shapes, _operations):
    """A range for port numbers, which the model does not have today."""
    shapes[CONTAINER]["members"]["containerPort"] = {"shape": "Port"}
    shapes["Port"] = {"type": "integer", "min": 1, "max": 65535}


def add_structure(shapes, _operations):
    """A structure, and the member that has it."""
    shapes["Gpu"] = {"type": "structure", "members": {"kind": {"shape": "String"}}}
    shapes[CONTAINER]["members"]["gpu"] = {"shape": "Gpu"}


def elements_of_lists(shapes, _operations):
    """A list of something else."""
    shapes["StringList"]["member"]["shape"] = "BoxedInteger"


def remove_operation(_shapes, operations):
    """An operation less."""
    del operations[model.DELETE]


PLANTED = {
    add_member: [("new", "MEMBER", f"{CONFIGURATION}.gpu", ""), ("new", "MEMBER", f"{UPDATE}.gpu", "")],
    remove_member: [("gone", "MEMBER", f"{UPDATE}.memory", "")],
    require_member: [("changed", "REQUIRED", f"{UPDATE}.cpu", "")],
    retype_member: [("changed", "TYPE", f"{UPDATE}.healthCheckPath", "")],
    change_text: [("changed", "TEXT", f"{UPDATE}.cpu", "")],
    change_text_of_operation: [("changed", "TEXT", model.OPERATION, "")],
    change_text_of_shape: [("changed", "TEXT", CONTAINER, "")],
    add_error: [("new", "ERROR", "TooManyGpusException", "")],
    remove_error: [("gone", "ERROR", "ServiceNotActiveException", "")],
    add_value: [("new", "VALUE", METRIC, "GPU")],
    remove_value: [("gone", "VALUE", METRIC, "AVERAGE_CPU")],
    add_structure: [("new", "SHAPE", "Gpu", ""), ("new", "MEMBER", f"{CONTAINER}.gpu", "")],
    elements_of_lists: [("changed", "TYPE", "StringList[]", "")],
    remove_operation: [("gone", "OPERATION", model.DELETE, "")],
}


class TestChanges:
    """What is told of two models."""

    def test_no_change(self):
        """A model is equal to itself, read again from its document."""
        assert printed() == fingerprint.installed()
        assert changes(lambda *_: None) == []

    @pytest.mark.parametrize("edit", PLANTED, ids=lambda edit: edit.__name__)
    def test_what_is_planted_is_told(self, edit):
        """Each edit is told, with its place, and nothing else is."""
        found = [each for each in told(changes(edit)) if each[:2] != ("gone", "SHAPE")]
        assert found == PLANTED[edit]

    @pytest.mark.parametrize("edit", PLANTED, ids=lambda edit: edit.__name__)
    def test_the_other_way_round(self, edit):
        """What is new one way is gone the other way."""
        turned = {"new": "gone", "gone": "new", "changed": "changed"}
        there = told(changes(edit))
        back = told(drifted(printed(edit), fingerprint.installed()))
        assert sorted((turned[kind], *rest) for kind, *rest in there) == sorted(back)

    @pytest.mark.parametrize("edit", PLANTED, ids=lambda edit: edit.__name__)
    def test_no_text_is_repeated(self, edit):
        """Of a documentation text, neither the fingerprint nor a sentence has a word."""
        shown = json.dumps([printed(edit).to_json(), [each.to_json() for each in changes(edit)]])
        assert "AWS's own" not in shown
        assert "<p>" not in shown

    def test_a_range(self):
        """A constraint that comes is told with its shape, since the member has another one now."""
        found = changes(add_range)
        (retyped,) = [each for each in found if each.part is Part.TYPE]
        assert retyped.now == "integer (Port)"
        ranged = printed(add_range)
        (wider,) = drifted(ranged, printed(lambda s, o: (add_range(s, o), s["Port"].update(max=70_000))))
        assert wider.sentence.startswith("constraint max of Port has changed: 65535, now 70000 (")

    def test_line_breaks_are_no_change(self):
        """A text that is only wrapped otherwise is the same text."""

        def wrap(shapes, _operations):
            member = shapes[UPDATE]["members"]["cpu"]
            member["documentation"] = member["documentation"].replace(" ", "\n  ")

        assert changes(wrap) == []

    def test_other_operations_do_not_matter(self):
        """What the four operations do not reach may change."""

        def edit(shapes, operations):
            shapes["CreateServiceRequest"]["members"]["cpu"] = {"shape": "String"}
            operations["CreateService"]["documentation"] = "Other."

        assert changes(edit) == []

    @pytest.mark.parametrize(
        ("edit", "sentence"),
        [
            (add_error, "error TooManyGpusException is new (Create, Update)"),
            (remove_member, f"member {UPDATE}.memory is gone: string (String), optional (Update request)"),
            (
                require_member,
                f"presence of {UPDATE}.cpu has changed: optional, now required (Update request)",
            ),
            (change_text, f"text of {UPDATE}.cpu has changed (Update request)"),
            (
                retype_member,
                f"type of {PATH} has changed: string (String), now integer (BoxedInteger) (Update request)",
            ),
        ],
        ids=lambda value: getattr(value, "__name__", "sentence"),
    )
    def test_sentences(self, edit, sentence):
        """The words that people read."""
        assert changes(edit)[0].sentence == sentence

    def test_where_it_is_met(self):
        """A shape that several operations have is told with all of them."""
        (change,) = changes(add_value)
        assert change.where[0] == "Create request"
        assert {"Update request", "Update answer", "Describe answer"} <= set(change.where)
        assert change.sentence.endswith(
            "(requests of Create, Update; answers of Create, Update, Describe, Delete)"
        )


class TestRequirements:
    """Which requirements follow."""

    def test_new_ones(self):
        """A new member's requirements are those of today that were not there before."""
        before = [id for id in REQUIREMENTS if "memory" not in id]
        (change,) = drifted(
            printed(remove_member), fingerprint.installed(), before=before, after=REQUIREMENTS
        )
        assert change.kind is Kind.NEW
        assert {"preserve/memory", "reflect/memory", "reject-type/memory"} <= set(change.requirements)
        assert not [id for id in change.requirements if "memory" not in id]
        assert f"; {len(change.requirements)} requirements new: accept/memory" in change.with_consequence

    def test_missing_ones(self):
        """A member that is gone leaves requirements missing."""
        after = [id for id in REQUIREMENTS if "memory" not in id]
        (change,) = changes(remove_member, before=REQUIREMENTS, after=after)
        assert "preserve/memory" in change.requirements
        assert " missing: " in change.with_consequence

    def test_missing_ones_that_nobody_kept(self):
        """Where the old ids are not known, it is said in words."""
        (change,) = changes(remove_member, after=REQUIREMENTS)
        assert change.requirements == ()
        assert change.with_consequence.endswith("; what was required of it is not judged any more")

    def test_those_to_be_read_again(self):
        """Another text, type or value: who judges that member is named, and nobody beside."""
        (change,) = changes(change_text, before=REQUIREMENTS, after=REQUIREMENTS)
        assert {"preserve/cpu", "reject-pair/cpu-memory"} <= set(change.requirements)
        assert not [id for id in change.requirements if "cpuArchitecture" in id or id == "preserve/memory"]
        (valued,) = changes(add_value, before=REQUIREMENTS, after=REQUIREMENTS)
        assert "reject-enum/scalingTarget.autoScalingMetric" in valued.requirements
        assert "to be read again" in valued.consequence

    def test_all_of_a_structure(self):
        """With a structure go the requirements of all that is in it, and those of an error with the error."""

        def edit(shapes, _operations):
            del shapes[UPDATE]["members"]["scalingTarget"]

        after = [id for id in REQUIREMENTS if "scalingTarget" not in id]
        (change,) = changes(edit, before=REQUIREMENTS, after=after)
        assert {"preserve/scalingTarget", "reject-range/scalingTarget.maxTaskCount"} <= {*change.requirements}
        errors = [id for id in REQUIREMENTS if "ServiceNotActiveException" in id]
        after = [id for id in REQUIREMENTS if id not in errors]
        (change,) = changes(remove_error, before=REQUIREMENTS, after=after)
        assert errors
        assert set(change.requirements) == {id for id in errors if id.startswith("error/")}


class TestFingerprint:
    """What recordings carry."""

    def test_it_is_small(self):
        """It stands in every header."""
        assert len(json.dumps(fingerprint.installed().to_json(), separators=(",", ":"))) < 16_000

    def test_it_is_read_again(self):
        """Also through JSON, and with members that a later version may add."""
        document = json.loads(json.dumps(fingerprint.installed().to_json()))
        document["shapes"][UPDATE]["later"] = 1
        assert Fingerprint.from_json(document) == fingerprint.installed()

    def test_the_header_carries_it(self):
        """The header has it by its schema; without one nothing stands there."""
        bare = next(iter(read([OLD])))
        assert isinstance(bare, Header)
        assert "model" not in to_json(bare)
        whole = to_json(replace(bare, model=fingerprint.installed().to_json()))
        judged = jsonschema.Draft202012Validator(schema("recording"))
        judged.validate(whole)
        whole["model"]["shapes"][UPDATE]["text"] = "Words."
        assert not judged.is_valid(whole)

    def test_what_is_no_fingerprint_is_refused(self):
        """With a place."""
        document = fingerprint.installed().to_json()
        document["shapes"][UPDATE]["enum"] = [7]
        with pytest.raises(RecordingError, match=r"shapes\.UpdateExpressGatewayServiceRequest\.enum\.0"):
            Fingerprint.from_json(document)

    @given(st.sampled_from(sorted(paths(printed().to_json()), key=str)), VALUES)
    def test_an_edited_one_is_compared_or_refused(self, path, value):
        """Whatever a file holds, there is an answer."""
        document = replaced(printed().to_json(), path, value)
        try:
            found = Fingerprint.from_json(document)
        except RecordingError:
            return
        for change in drifted(found, fingerprint.installed(), after=REQUIREMENTS):
            assert change.with_consequence

    def test_one_that_explodes(self):
        """Shapes with many ways through them, or in a circle, come to an end."""
        shapes = {
            f"S{level}": {
                "type": "structure",
                "members": {f"m{n}": {"shape": f"S{level + 1}"} for n in "abcdefgh"},
            }
            for level in range(40)
        }
        shapes["S40"] = {"type": "structure", "members": {"m": {"shape": "S0"}}}
        bomb = {"operations": {model.OPERATION: {"input": "S0"}}, "shapes": shapes}
        assert drifted(Fingerprint.from_json(bomb), fingerprint.installed(), after=REQUIREMENTS)


def test_the_packaged_baseline_is_the_installed_model():
    """With the botocore that it is from, nothing has drifted; with another one the workflow tells."""
    kept = baseline.packaged()
    if kept.botocore != model.botocore_version():
        pytest.skip(f"the baseline is of botocore {kept.botocore}, installed is {model.botocore_version()}")
    assert drifted(kept.model, fingerprint.installed()) == []
    assert not set(kept.requirements or ()) - set(REQUIREMENTS), "write it again with `drift --write`"


def with_model(folder, edit):
    """The environment of a process whose botocore has the edited model."""
    place = folder / "models" / VERSION
    place.mkdir(parents=True, exist_ok=True)
    (place / "service-2.json").write_text(json.dumps(edited(edit)), encoding="utf-8")
    return {**os.environ, "AWS_DATA_PATH": str(folder / "models")}


def run_with(folder, edit, *words):
    """A command in a process with the edited model."""
    return subprocess.run(
        [*COMMAND, *map(str, words)],
        cwd=folder,
        env=with_model(folder, edit),
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


def recorded(path, **changed):
    """The old recording, with another header."""
    first, *rest = read([OLD])
    with Writer(path) as writer:
        for record in [replace(first, **changed), *rest]:
            writer.write(record)
    return path


class TestCommand:
    """`express-conformance drift`."""

    def test_nothing_has_changed(self, tmp_path):
        """Against what it wrote itself, and against a recording with the model."""
        assert express("drift", "--write", "kept.json", cwd=tmp_path).returncode == 0
        recorded(tmp_path / "recording.jsonl", model=fingerprint.installed().to_json())
        for since in ("kept.json", "recording.jsonl", "."):
            done = express("drift", since, cwd=tmp_path)
            assert done.returncode == 0, done.stderr
            assert "no change" in done.stdout

    def test_a_change_is_told(self, tmp_path):
        """With exit code 1: in words, and as JSON."""
        assert express("drift", "--write", "kept.json", cwd=tmp_path).returncode == 0
        done = run_with(tmp_path, add_member, "drift", "kept.json")
        assert done.returncode == 1, done.stderr
        assert f"member {UPDATE}.gpu is new: string (String), optional (Update request)" in done.stdout
        assert "new: accept/gpu" in done.stdout
        done = run_with(tmp_path, remove_member, "drift", "kept.json", "--json")
        assert done.returncode == 1
        (change,) = json.loads(done.stdout)["changes"]
        assert change["kind"] == "gone"
        assert "preserve/memory" in change["requirements"]

    def test_a_recording_with_its_results(self, tmp_path):
        """The results beside a recording say which requirements there were."""
        recorded(tmp_path / "recording.jsonl", model=fingerprint.installed().to_json())
        assert express("judge", ".", cwd=tmp_path).returncode == 1
        done = run_with(tmp_path, remove_member, "drift", ".")
        assert done.returncode == 1, done.stderr
        assert "missing: accept/memory" in done.stdout

    def test_an_old_recording_says_so(self, tmp_path):
        """Without a fingerprint there is no answer, and never a green one."""
        done = express("drift", OLD, cwd=tmp_path)
        assert done.returncode == 3
        assert (
            "does not hold the service model that it was made with; it was botocore 1.44.5's" in done.stderr
        )
        assert "drift --write" in done.stderr

    @pytest.mark.parametrize(
        ("content", "said"),
        [
            ("", "is empty"),
            ("{}", "no baseline"),
            ('{"format": "express-conformance/model@2"}', "Upgrade"),
            ('{"format": "express-conformance/model@1", "requirements": [], "botocore": "1"}', "damaged"),
            ("[1]", "not a record"),
            ("Hello", "not a record"),
        ],
    )
    def test_other_files_are_refused(self, tmp_path, content, said):
        """In one line, with a hint."""
        (tmp_path / "x.json").write_text(content, encoding="utf-8")
        done = express("drift", "x.json", cwd=tmp_path)
        assert done.returncode == 3
        assert said in done.stderr
        assert "Traceback" not in done.stderr

    def test_writing_compares_nothing(self, tmp_path):
        """Both at once are refused."""
        done = express("drift", "a.json", "--write", "b.json", cwd=tmp_path)
        assert done.returncode == 2
        assert not list(tmp_path.iterdir())


class TestJudge:
    """A recording is judged by another model than it was made with."""

    def test_the_same_model(self, tmp_path):
        """Nothing is said."""
        path = recorded(tmp_path / "r.jsonl", model=fingerprint.installed().to_json())
        assert rejudge(read([path])).model_drift == ()

    def test_another_model(self, tmp_path):
        """The results have it, and the report shows it, in its head and in what."""
        path = recorded(tmp_path / "r.jsonl", model=printed(remove_member).to_json())
        results = rejudge(read([path]))
        (sentence,) = results.model_drift
        assert sentence.startswith(f"member {UPDATE}.memory is new")
        assert "accept/memory" in sentence
        assert any("another service model" in remark for remark in wording.remarks(results))
        page = html.render(results)
        assert f"member {UPDATE}.memory is new" in page
        assert "differs from the one that this run was recorded with" in page

    def test_an_old_recording(self, tmp_path):
        """Without a fingerprint, and of another botocore, it says that nobody knows what differs."""
        first = next(iter(read([OLD])))
        path = recorded(tmp_path / "r.jsonl", suite={**first.suite, "botocore": "1.42.0"})
        (sentence,) = rejudge(read([path])).model_drift
        assert "botocore 1.42.0" in sentence
        assert "not known" in sentence

    def test_a_damaged_fingerprint(self, tmp_path):
        """It is refused like any damage."""
        path = recorded(tmp_path / "r.jsonl", model={"shapes": 7})
        with pytest.raises(RecordingError, match="fingerprint"):
            rejudge(read([path]))

    def test_a_run_records_its_model(self, tmp_path):
        """What a run leaves can be compared later, and has not drifted."""
        done = express(
            "run", "--effort", "smoke", "--seed", "1", "--only", "auth", "--out", "x", cwd=tmp_path
        )
        assert done.returncode == 0, done.stderr
        header = next(iter(read([tmp_path / "x" / "recording.jsonl"])))
        assert Fingerprint.from_json(header.model) == fingerprint.installed()
        done = run_with(tmp_path, remove_error, "drift", "x")
        assert done.returncode == 1
        assert "error ServiceNotActiveException is gone (Update)" in done.stdout


WORKFLOW = yaml.safe_load((ROOT / ".github" / "workflows" / "drift.yml").read_text(encoding="utf-8"))
JOBS = WORKFLOW["jobs"]
GH = """#!/bin/sh
echo "$@" >> calls
case "$2" in list) printf '%s' "$FOUND";; *) cat body.md >> bodies;; esac
"""


def step(job, name):
    """The script of a step."""
    return next(each["run"] for each in JOBS[job]["steps"] if each.get("name") == name)


def tool(folder, name, script):
    """A program that stands in for another one."""
    path = folder / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(script, encoding="utf-8")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def shell(folder, script, **environment):
    """A step as a runner would run it."""
    path = f"{folder / 'bin'}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c", script],
        cwd=folder,
        env={**os.environ, **environment, "PATH": path},
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )


class TestWorkflow:
    """The weekly workflow."""

    def test_it_may_little(self):
        """It runs weekly, on no pull request; who installs may not write, and who writes installs nothing."""
        triggers = WORKFLOW[True]  # YAML reads `on` as true
        assert set(triggers) == {"schedule", "workflow_dispatch"}
        assert WORKFLOW["permissions"] == {"contents": "read"}
        writing = {name: job["permissions"] for name, job in JOBS.items() if "permissions" in job}
        assert writing == {"issue": {"issues": "write"}}
        assert all("uses" not in each and "pip" not in each["run"] for each in JOBS["issue"]["steps"])
        scripts = [each.get("run", "") for job in JOBS.values() for each in job["steps"]]
        assert not [script for script in scripts if "${{" in script]

    @pytest.mark.parametrize("code", [0, 1])
    def test_what_it_compares(self, tmp_path, code):
        """The output has the exit code and all that was told."""
        tool(tmp_path, "express-conformance", f"#!/bin/sh\necho 'a\nb=c'\nexit {code}\n")
        done = shell(tmp_path, step("model", "Compare"), GITHUB_OUTPUT=str(tmp_path / "out"))
        assert done.returncode == 0, done.stderr
        written = (tmp_path / "out").read_text(encoding="utf-8")
        assert re.fullmatch(rf"code={code}\ntold<<(end-\w+)\na\nb=c\n\n\1\n", written)

    def test_a_fault_fails(self, tmp_path):
        """What is no drift, such as a broken installation, is no reason for an issue."""
        tool(tmp_path, "express-conformance", "#!/bin/sh\nexit 3\n")
        assert shell(tmp_path, step("model", "Compare"), GITHUB_OUTPUT=str(tmp_path / "out")).returncode != 0

    @pytest.mark.parametrize("found", ["", "17"])
    def test_one_issue(self, tmp_path, found):
        """An issue that is open is written anew; else one is opened. What is told cannot act."""
        tool(tmp_path, "gh", GH)
        said = "$(touch owned) `touch owned`\n```\nmember x is new"
        done = shell(
            tmp_path, step("issue", "Tell"), TITLE="The service model has changed", TOLD=said, FOUND=found
        )
        assert done.returncode == 0, done.stderr
        listed, acted = (tmp_path / "calls").read_text(encoding="utf-8").splitlines()
        assert listed.startswith("issue list --app github-actions --state open")
        assert acted.startswith("issue edit 17" if found else "issue create --title The service model")
        assert said in (tmp_path / "bodies").read_text(encoding="utf-8")
        assert not (tmp_path / "owned").exists()

    def test_its_command_is_known(self):
        """The command that the issue names works from the root of the repository."""
        named = re.search(r"`express-conformance (drift --write (\S+))`", step("issue", "Tell"))
        assert named
        assert (ROOT / named[2]).is_file()
