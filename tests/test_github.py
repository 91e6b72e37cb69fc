"""What GitHub Actions shows of a run: a summary, annotations and outputs, and no command of a target's."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import sample_results as sample
from click.testing import CliRunner
from commands import COMMAND
from hypothesis import given
from hypothesis import strategies as st

from conformance.cli import main
from conformance.exceptions import TargetError
from conformance.reporting import github, terminal, write_all
from conformance.verdict import Verdict

ANNOTATING = {"error", "warning", "notice", "debug", "group", "endgroup", "echo", "stop-commands"}
CHANGING = {"add-mask", "add-matcher", "remove-matcher", "set-output", "set-env", "add-path", "save-state"}
COMMANDS = ANNOTATING | CHANGING
INJECTIONS = [
    "::error::owned",
    "  ::add-mask::a",
    "words and ##[set-output name=x]y",
    "##[stop-commands]token",
    "first\n::set-env name=PATH::/tmp",
    "first\r::warning title=a::b",
    "first\n\t ::group::g",
    "###[error]",
]


@dataclass
class Command:
    """A workflow command as the runner understands it."""

    name: str
    properties: dict[str, str]
    data: str


def unescaped(text, signs):
    """Text with these escapes undone; the percent sign comes last."""
    for sign in signs:
        text = text.replace(f"%{ord(sign):02X}", sign)
    return text.replace("%25", "%")


def understood(line):
    """The command in a line of the log by the rules of the runner (its class ActionCommand), or None.

    A command begins the line, spaces apart, with ``::``; or, in an older form, stands anywhere after ``##[``.
    """
    stripped = line.lstrip()
    if stripped.startswith("::") and (end := stripped.find("::", 2)) >= 0:
        name, _, rest = stripped[2:end].partition(" ")
        if name.lower() in COMMANDS:
            pairs = [pair.partition("=") for pair in rest.split(",") if pair]
            properties = {key.strip(): unescaped(value, "\r\n:,") for key, _, value in pairs}
            return Command(name, properties, unescaped(stripped[end + 2 :], "\r\n"))
    begin = line.find("##[")
    end = line.find("]", begin)
    if begin >= 0 and end >= 0 and (name := line[begin + 3 : end].partition(" ")[0]).lower() in COMMANDS:
        return Command(name, {}, line[end + 1 :])
    return None


def commands(log):
    """The commands in a log, whose lines end as .NET sees it."""
    return [found for line in re.split(r"\r\n|\r|\n", log) if (found := understood(line))]


def environment(folder):
    """What GitHub sets in a step, with its files in a folder."""
    names = ("GITHUB_STEP_SUMMARY", "GITHUB_OUTPUT")
    return {"GITHUB_ACTIONS": "true"} | {name: str(folder / name.lower()) for name in names}


def failing(number, verdict=Verdict.FAIL, **changes):
    """A run in which so many requirements have a verdict."""
    example = sample.preservation_example()
    listed = [
        sample.requirement(f"topic/r{each}", verdict, violated=1, counterexample=example, **changes)
        for each in range(number)
    ]
    return sample.results(requirements=tuple(listed))


@pytest.mark.parametrize("text", INJECTIONS)
def test_the_runner_would_understand_these(text):
    """The texts that the other tests inject are commands, unless something is done about it."""
    assert commands(text)
    assert not commands(github.inert_log(text, {"GITHUB_ACTIONS": "true"}))
    assert github.inert_log(text, {}) == text


@given(st.lists(st.sampled_from([":", "::", "#", "##[", "error", "]", " ", "\t", "\r", "\n", "\\", "a"])))
def test_no_text_holds_a_command(pieces):
    """Whatever a text is made of, the log has no command of it."""
    assert commands(github.inert_log("".join(pieces), {"GITHUB_ACTIONS": "true"})) == []


@given(st.text(), st.text())
def test_what_a_command_says_is_understood(title, message):
    """A command is one line; the runner reads one command from it, and nothing of its text acts."""
    (result,) = failing(1).requirements
    result = replace(result, id=title, title=message, counterexample=None)
    lines = github.annotation_commands(sample.results(requirements=(result,)))
    (found,) = commands("\n".join(lines))
    assert found.name == "error"
    assert found.properties.keys() == {"title"}
    assert "\n" not in found.properties["title"]


def test_text_is_escaped_and_understood_again():
    """Percent signs, colons, commas and line ends reach the reader as they are."""
    (result,) = failing(1).requirements
    result = replace(result, id="a: 100%, %0A", title="50%25: done, or not")
    (found,) = commands("\n".join(github.annotation_commands(sample.results(requirements=(result,)))))
    assert found.properties == {"title": "a: 100%, %0A"}
    first, second = found.data.split("\n")
    assert first == "50%25: done, or not"
    assert second == "observed: the scaling metric is absent from the next answer"


def test_failures_are_errors_and_doubts_are_warnings():
    """A known deviation is neither; an incomplete run, and a target without the operation, are errors."""
    example = sample.counterexample()
    results = sample.results(
        requirements=(
            sample.requirement("a/fails", Verdict.FAIL, counterexample=example),
            sample.requirement("a/known", Verdict.FAIL, known="issue 1", counterexample=example),
            sample.requirement("a/diverges", Verdict.DIVERGES, counterexample=example),
            sample.requirement("a/flaky", Verdict.FLAKY, note="1 of 3"),
            sample.requirement("a/passes", Verdict.PASS),
        )
    )
    found = commands("\n".join(github.annotation_commands(results)))
    told = [(each.name, each.properties["title"]) for each in found]
    assert told == [("error", "a/fails"), ("warning", "a/flaky"), ("warning", "a/diverges")]
    for changes in ({"complete": False}, {"target": replace(results.target, supported=False)}):
        changed = sample.results(requirements=(), **changes)
        (found,) = commands("\n".join(github.annotation_commands(changed)))
        assert found.name == "error"


@pytest.mark.parametrize(("verdict", "kind"), [(Verdict.FAIL, "error"), (Verdict.DIVERGES, "warning")])
def test_no_more_annotations_than_github_shows(verdict, kind):
    """Ten of a kind; where there are more, the last one says how many."""
    found = commands("\n".join(github.annotation_commands(failing(10, verdict))))
    assert len(found) == 10
    assert found[-1].properties["title"] == "topic/r9"
    found = commands("\n".join(github.annotation_commands(failing(14, verdict))))
    assert [each.name for each in found] == [kind] * 10
    assert found[-1].properties["title"] == "and 5 more"


def test_a_step_gets_its_summary_and_outputs(tmp_path):
    """Both are appended: a step may have written there before."""
    environ = environment(tmp_path)
    summary, outputs = tmp_path / "github_step_summary", tmp_path / "github_output"
    summary.write_text("before\n", encoding="utf-8")
    lines = github.tell(failing(1), tmp_path / "run", environ)
    assert [each.name for each in commands("\n".join(lines))] == ["error"]
    text = summary.read_text(encoding="utf-8")
    assert text.startswith("before\n### ✗ 1 requirement fails")
    assert str(tmp_path / "run" / "report.html") in text
    told = dict(line.split("=", 1) for line in outputs.read_text(encoding="utf-8").splitlines())
    assert told.keys() == {"folder", "report", "failures", "verdicts"}
    assert json.loads(told["verdicts"])["fail"] == 1


def test_elsewhere_nothing_is_written(tmp_path):
    """Outside of GitHub Actions the variables mean nothing."""
    environ = environment(tmp_path) | {"GITHUB_ACTIONS": ""}
    assert github.tell(failing(1), tmp_path, environ) == []
    assert list(tmp_path.iterdir()) == []
    assert github.complaint(TargetError("gone"), {}) == []


def test_a_summary_that_cannot_be_written_is_a_warning(tmp_path):
    """A full or unwritable file never fails a run."""
    environ = environment(tmp_path)
    summary = tmp_path / "github_step_summary"
    summary.write_bytes(b"x" * (github.SUMMARY_LIMIT - 100))
    (found,) = commands("\n".join(github.tell(sample.only(Verdict.PASS), tmp_path, environ)))
    assert (found.name, found.data[:26]) == ("warning", "The step's summary is full")
    assert summary.stat().st_size == github.SUMMARY_LIMIT - 100
    environ["GITHUB_STEP_SUMMARY"] = str(tmp_path)
    (found,) = commands("\n".join(github.tell(sample.only(Verdict.PASS), tmp_path, environ)))
    assert found.name == "warning"
    assert "cannot be written" in found.data


def test_an_output_is_one_line(tmp_path):
    """A folder's name cannot add an output of its own."""
    folder = tmp_path / "a\nfailures=0"
    told = github.outputs(failing(1), folder)
    assert all("\n" not in value for value in told.values())


def test_an_error_is_annotated():
    """What ends a command is an annotation, too, whatever it quotes."""
    (line,) = github.complaint(TargetError("no\n::error::x", hint="Look: there."), {"GITHUB_ACTIONS": "true"})
    (found,) = commands(line)
    assert (found.name, found.data) == ("error", "no\n::error::x Look: there.")


def hostile_run():
    """Results whose texts become commands when a terminal wraps them, or as they are."""
    words = "w" * 80 + " "
    texts = [f"{words[: 60 + shift]} ::error::owned{shift} ##[add-mask]x" for shift in range(20)]
    example = sample.counterexample(sample.exchange('{"cpu": "##[error]x"}', answer="::error::x"))
    listed = tuple(
        sample.requirement(
            f"topic/r{number}",
            Verdict.FAIL if number < 10 else Verdict.DIVERGES,
            title=text,
            counterexample=replace(example, expected=text, observed=text),
        )
        for number, text in enumerate(texts)
    )
    return sample.results(requirements=listed, errors=("##[error]x", *texts), complete=False)


def test_the_terminal_summary_holds_no_command(tmp_path):
    """Without care a wrapped line of a target's words is a command; what is printed in a step is not."""
    text = terminal.summary(hostile_run(), out_dir=tmp_path)
    assert len(commands(text)) >= 10
    assert commands(github.inert_log(text, {"GITHUB_ACTIONS": "true"})) == []


def test_what_a_command_prints_holds_only_its_own(tmp_path):
    """`diff` prints hostile results in each format: no line acts, and the JSON is the same document."""
    write_all(hostile_run(), tmp_path / "new")
    write_all(sample.only(Verdict.PASS), tmp_path / "old")
    plain, inert = {}, {}
    for form in ("text", "json", "markdown"):
        words = ["diff", str(tmp_path / "old"), str(tmp_path / "new"), "--format", form]
        plain[form] = CliRunner().invoke(main, words, env={"GITHUB_ACTIONS": ""}).stdout
        inert[form] = CliRunner().invoke(main, words, env={"GITHUB_ACTIONS": "true"}).stdout
        own = [each for each in commands(inert[form]) if "owned" in each.data or each.name == "add-mask"]
        assert own == []
    assert commands(plain["text"])
    assert commands(plain["json"])
    assert json.loads(inert["json"]) == json.loads(plain["json"])


def test_judging_in_a_step(tmp_path):
    """`judge` prints annotations after its summary, once, and writes the step's files; elsewhere not."""
    recording = str(Path(__file__).parent / "formats" / "recording-1.jsonl")
    environ = {key: value for key, value in os.environ.items() if not key.startswith("GITHUB_")}
    done = {}
    for name, extra in {"step": environment(tmp_path), "elsewhere": {}}.items():
        done[name] = subprocess.run(
            [*COMMAND, "judge", recording, "--out", str(tmp_path / name)],
            env=environ | extra,
            capture_output=True,
            text=True,
            check=False,
            timeout=400,
        )
        assert done[name].returncode == 1
    (found,) = commands(done["step"].stdout)
    assert (found.name, found.properties["title"]) == ("error", "preserve/cpu")
    assert commands(done["elsewhere"].stdout) == []
    text = (tmp_path / "github_step_summary").read_text(encoding="utf-8")
    assert text.count("### ✗ 1 requirement fails") == 1


def test_judging_what_broke_off_is_annotated_once(tmp_path):
    """By the command's error, which says what to do; a run that broke off is told by its annotation."""
    whole = (Path(__file__).parent / "formats" / "recording-1.jsonl").read_text(encoding="utf-8")
    cut = tmp_path / "recording.jsonl"
    cut.write_text("\n".join(whole.splitlines()[:-1]) + "\n", encoding="utf-8")
    done = subprocess.run(
        [*COMMAND, "judge", str(cut), "--out", str(tmp_path / "out")],
        env=os.environ | environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 3
    said = [each.data for each in commands(done.stdout) if each.properties["title"] != "preserve/cpu"]
    assert len(said) == 1
    assert "is incomplete" in said[0]
    unfinished = replace(sample.only(Verdict.PASS), complete=False)
    environ = environment(tmp_path)
    assert len(commands("\n".join(github.tell(unfinished, tmp_path, environ)))) == 1


@pytest.mark.parametrize("workers", [(), ("-n", "2")])
def test_pytest_in_a_step(tmp_path, workers):
    """Where pytest is the face, the controller alone tells, and tells once."""
    words = ["--pyargs", "conformance.suite", "--conformance-target", "embedded:described-date-is-text"]
    words += ["--conformance-effort", "smoke", "--conformance-only", "boto3", *workers]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", *words, "--conformance-out", "run"],
        cwd=tmp_path,
        env=os.environ | environment(tmp_path),
        capture_output=True,
        text=True,
        check=False,
        timeout=400,
    )
    assert done.returncode == 1, done.stdout
    found = [each for each in commands(done.stdout) if each.name == "error"]
    assert [each.properties["title"] for each in found] == ["boto3/describe"]
    text = (tmp_path / "github_step_summary").read_text(encoding="utf-8")
    assert text.count("### ✗ 1 requirement fails") == 1


def test_an_error_of_a_run_is_inert(tmp_path):
    """A command's error quotes a file's words; in a step they do not act."""
    (tmp_path / "results.json").write_text('{"format": "x"}', encoding="utf-8")
    name = tmp_path / "##[error]x"
    name.mkdir()
    done = CliRunner().invoke(main, ["diff", str(name), str(name)], env={"GITHUB_ACTIONS": "true"})
    assert done.exit_code == 3
    (found,) = commands(done.output)
    assert found.properties == {"title": "express-conformance"}


def test_the_tests_tell_nothing():
    """The tests may run in a step themselves; its summary is not theirs."""
    assert not {"GITHUB_ACTIONS", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"} & os.environ.keys()
