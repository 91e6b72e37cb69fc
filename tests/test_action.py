"""The GitHub Action at the root of the repository: its shell steps really run, as a runner would run them."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from commands import results

from conformance.cli import main
from conformance.emulator.process import running
from conformance.scenarios import EFFORTS

ROOT = Path(__file__).parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
STEPS = {step.get("id", step.get("name")): step for step in ACTION["runs"]["steps"]}
EXPRESSION = re.compile(r"\$\{\{\s*(.*?)\s*\}\}")
QUICK = "auth"  # few requests
HOSTILE = "$(touch owned) `touch owned` \"; touch owned; ' && touch owned"


@dataclass
class Ran:
    """What a step left: its exit code, what it printed, its outputs and its summary."""

    code: int
    printed: str
    outputs: dict[str, str]
    summary: str


def expressions():
    """Every expression of the action, wherever it stands."""
    return EXPRESSION.findall((ROOT / "action.yml").read_text(encoding="utf-8"))


def ran(folder, step, *, bin_folder=None, **inputs):
    """Run a shell step with these inputs, the others by default, in the environment that GitHub gives."""
    given = {name: entry["default"] for name, entry in ACTION["inputs"].items()}
    given.update({name.replace("_", "-"): value for name, value in inputs.items()})
    context = {f"inputs.{name}": value for name, value in given.items()} | {
        "github.action_path": str(ROOT),
        "runner.temp": str(folder / "temp"),
        "steps.python.outputs.python-path": sys.executable,
    }
    assert set(inputs) <= {name.replace("-", "_") for name in ACTION["inputs"]}
    files = {name: folder / name.lower() for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for path in files.values():
        path.write_text("", encoding="utf-8")
    evaluated = {
        name: EXPRESSION.sub(lambda match: context[match[1]], value) for name, value in step["env"].items()
    }
    environment = {**os.environ, **evaluated, "GITHUB_ACTIONS": "true"}
    environment |= {name: str(path) for name, path in files.items()}
    environment["PATH"] = f"{bin_folder}:{os.environ['PATH']}" if bin_folder else os.environ["PATH"]
    script = folder / "step.sh"
    script.write_text(step["run"], encoding="utf-8")
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", script],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    lines = files["GITHUB_OUTPUT"].read_text(encoding="utf-8").splitlines()
    return Ran(
        done.returncode,
        done.stdout + done.stderr,
        dict(line.split("=", 1) for line in lines),
        files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8"),
    )


@pytest.fixture
def installed(tmp_path):
    """A folder in which the suite is installed where the action installs it."""
    folder = tmp_path / "temp" / "express-conformance" / "bin"
    folder.mkdir(parents=True)
    program = folder / "express-conformance"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m conformance "$@"\n', encoding="utf-8")
    program.chmod(0o755)
    return tmp_path


@pytest.fixture(scope="module")
def faulty():
    """A served emulator with one fault."""
    with running(mutant="described-date-is-text") as url:
        yield url


def test_every_input_is_used_and_every_used_one_declared():
    """No input is a promise without effect, and none is misspelt."""
    used = {name for text in expressions() for name in re.findall(r"inputs\.([\w-]+)", text)}
    assert used == set(ACTION["inputs"])
    for name, entry in ACTION["inputs"].items():
        assert entry["description"], name
        assert isinstance(entry["default"], str), f"{name}: an input is text"
    assert ACTION["inputs"]["effort"]["default"] in EFFORTS


def test_nothing_is_written_into_a_script():
    """What an input holds reaches the shell as a variable: no expression stands in a script."""
    for step in STEPS.values():
        assert "${{" not in step.get("run", "")


def test_every_output_is_one_that_a_step_sets(installed):
    """The outputs are those of the steps, and the judging step sets all of its own."""
    wanted = {}
    for entry in ACTION["outputs"].values():
        assert entry["description"]
        step, name = re.fullmatch(r"\$\{\{ steps\.(\w+)\.outputs\.([\w-]+) \}\}", entry["value"]).groups()
        wanted.setdefault(step, set()).add(name)
    assert wanted.keys() <= STEPS.keys()
    (installed / "my known.toml").write_text("", encoding="utf-8")
    named = {"known": "my known.toml", "out": "my reports"}
    done = ran(installed, STEPS["judge"], effort="smoke", only=QUICK, seed="1", **named)
    assert done.code == 0, done.printed
    assert done.outputs.keys() == wanted["judge"]


@pytest.mark.parametrize("path", [ROOT / "action.yml", *WORKFLOWS], ids=lambda path: path.name)
def test_other_actions_are_pinned(path):
    """What others publish is named by the hash of a commit, with its version beside it."""
    uses = re.findall(r"uses: (\S+)(.*)", path.read_text(encoding="utf-8"))
    assert uses
    for action, comment in uses:
        assert action == "./" or re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action), action
        assert action == "./" or re.fullmatch(r" # v\d+\.\d+\.\d+", comment), action


def test_the_workflows_give_the_action_what_it_has():
    """Where the workflows use it, they name inputs and outputs that exist."""
    names = set()
    for path in WORKFLOWS:
        text = path.read_text(encoding="utf-8")
        for job in yaml.safe_load(text)["jobs"].values():
            for step in job["steps"]:
                if step.get("uses") == "./":
                    names.add(step["id"])
                    assert step.get("with", {}).keys() <= ACTION["inputs"].keys()
        for step, output in re.findall(r"steps\.(\w+)\.outputs\.([\w-]+)", text):
            assert step not in names or output in ACTION["outputs"]
    assert names


def test_its_options_are_those_of_the_command():
    """Every option that the script names is one of `run`."""
    known = {name for option in main.commands["run"].params for name in option.opts}
    named = set(re.findall(r"(?<![\w-])--[a-z-]+", STEPS["judge"]["run"]))
    assert len(named) >= 8
    assert named <= known


def test_an_endpoint_is_judged(installed, faulty):
    """A failure fails the step, is annotated, and stands in the summary and the outputs."""
    done = ran(
        installed,
        STEPS["judge"],
        endpoint_url=faulty,
        effort="smoke",
        seed="1",
        only="boto3/describe\nboto3/answer\n",
        args="--region\neu-west-1",
    )
    assert (done.code, done.outputs["exit-code"]) == (1, "1"), done.printed
    assert "::error title=boto3/describe::" in done.printed
    assert done.summary.startswith("### ✗ 1 requirement fails: boto3/describe")
    assert json.loads(done.outputs["verdicts"])["fail"] == 1
    assert done.outputs["failures"] == "1"
    assert (installed / done.outputs["report"]).is_file()
    found = results(installed / done.outputs["folder"])
    assert [entry["id"] for entry in found["requirements"]] == ["boto3/answer", "boto3/describe"]
    assert found["target"]["region"] == "eu-west-1"


def test_a_workflow_can_go_on_after_a_failure(installed, faulty):
    """With fail-on: errors, verdicts fail nothing, but wrong usage does."""
    chosen = {"effort": "smoke", "seed": "1", "only": "boto3/describe", "fail_on": "errors"}
    done = ran(installed, STEPS["judge"], endpoint_url=faulty, **chosen)
    assert (done.code, done.outputs["exit-code"]) == (0, "1")
    done = ran(installed, STEPS["judge"], endpoint_url=faulty, **{**chosen, "only": "no/such"})
    assert (done.code, done.outputs["exit-code"]) == (2, "2")
    assert "::error title=express-conformance::No requirement is called" in done.printed


def test_a_wrong_way_to_fail_is_refused(installed):
    """A misspelt fail-on does not turn failures green."""
    done = ran(installed, STEPS["judge"], fail_on="never")
    assert (done.code, done.outputs) == (2, {"exit-code": "2"})


@pytest.mark.parametrize("name", ["endpoint_url", "target", "effort", "only", "known", "args", "out", "seed"])
def test_inputs_are_never_scripts(installed, name):
    """Whatever an input holds, the shell does not run it."""
    done = ran(installed, STEPS["judge"], **{"effort": "smoke", "only": QUICK, name: HOSTILE})
    assert done.code in {0, 2}, done.printed
    assert not (installed / "owned").exists()


def test_the_summary_leads_to_the_report(tmp_path):
    """Where the folder was uploaded, the summary of the job has a link to it."""
    step = STEPS["Say where the report is"]
    done = ran(tmp_path, {**step, "env": {"URL": "https://github.com/o/r/actions/runs/1/artifacts/2"}})
    assert done.code == 0, done.printed
    assert done.summary.endswith("(https://github.com/o/r/actions/runs/1/artifacts/2)\n")


def test_it_is_installed_from_its_own_checkout(tmp_path):
    """The installing step makes a virtual environment and installs the folder that the action is in."""
    fakes = tmp_path / "fakes"
    fakes.mkdir()
    python = fakes / "python"
    python.write_text(
        '#!/bin/sh\necho "$@"\n[ "$2" = venv ] && mkdir -p "$3/bin" && cp "$0" "$3/bin/python" || true\n',
        encoding="utf-8",
    )
    python.chmod(0o755)
    step = {**STEPS["Install the suite"]}
    step["env"] = {**step["env"], "PYTHON": str(python)}
    done = ran(tmp_path, step)
    assert done.code == 0, done.printed
    first, second = done.printed.splitlines()
    assert first == f"-m venv {tmp_path}/temp/express-conformance"
    assert second.startswith("-m pip install")
    assert second.endswith(f" {ROOT}")
