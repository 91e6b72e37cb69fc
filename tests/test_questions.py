"""Questions that no document answers: an answer is what the target does, and differs where targets differ."""

from __future__ import annotations

import json
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import nullcontext
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, cast

import jsonschema
import pytest
from commands import express, records, told_cleanly
from json_values import paths, replaced

from conformance import evidence
from conformance.budget import Budget
from conformance.emulator.process import running
from conformance.emulator.profiles import (
    PROFILES,
    accepting,
    answering,
    clearing,
    refusing,
    updating,
    wording,
)
from conformance.exchange import Exchange, Request, Response, Tag
from conformance.questions import QUESTIONS
from conformance.questions.answering import answers as found_in
from conformance.questions.answering import informed, open_ones
from conformance.questions.material import gathered
from conformance.questions.scenario import ASKED, ASKED_LAST, around, cases, script, share
from conformance.questions.steps import play
from conformance.recording import read
from conformance.reporting import answers as tables
from conformance.requirements import REQUIREMENTS
from conformance.scenarios import SCENARIOS
from conformance.scenarios.bench import Bench
from conformance.schemas import schema
from conformance.verdict import Evidence

ACCOUNT = "998877665544"
Answers = dict[str, Any]


def answers(folder: Path) -> Answers:
    """The answers of a run, by the ids of the questions."""
    document = json.loads((folder / "evidence.json").read_text(encoding="utf-8"))
    return {entry["id"]: entry for entry in document["questions"]}


def probed(folder: Path, *words: str | Path) -> Answers:
    """What a probe says."""
    done = express("probe", *words, "--out", folder / "out", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return answers(folder / "out")


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a whole probe of the reference emulator."""
    folder = tmp_path_factory.mktemp("reference")
    (folder / "said").write_text(
        express("probe", "--out", "out", "--markdown", "table.md", cwd=folder).stdout, encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def two(reference: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Answers, Answers]:
    """The answers of the reference emulator, and of one with other choices."""
    folder = tmp_path_factory.mktemp("alternate")
    return answers(reference / "out"), probed(folder, "--target", "embedded:alternate")


# -- the questions themselves ---------------------------------------------------------------------------


def test_questions_have_stable_ids() -> None:
    """They are in evidence files: whoever renames one breaks what reads them."""
    assert len(QUESTIONS) == 54
    for id, question in QUESTIONS.items():
        assert id == question.id
        assert set(id) <= {*"abcdefghijklmnopqrstuvwxyz-"}
        assert question.asks.endswith(("?", ".)"))


def test_every_question_informs_requirements() -> None:
    """No pattern is about nothing."""
    for question in QUESTIONS.values():
        assert informed(question)
        for pattern in question.informs:
            assert any(fnmatchcase(id, pattern) for id in REQUIREMENTS), (question.id, pattern)


def test_every_open_requirement_informs_a_question() -> None:
    """What requirements ask already is an answer, too, and is not asked twice; races are an answer alone."""
    wanted = {id for id, entry in REQUIREMENTS.items() if entry.evidence is Evidence.OPEN}
    assert wanted - set(open_ones(QUESTIONS)) == {"concurrency/answers"}


def test_every_question_can_be_asked_or_says_why_not() -> None:
    """By tries of its own, by what requirements need, by what there is anyway, or by hand."""
    by_hand = {id for id, question in QUESTIONS.items() if question.by_hand}
    assert by_hand == {
        "ordinary-service",
        "caller-without-permissions",
        "caller-without-task-definitions",
    }
    assert not any(QUESTIONS[id].tries for id in by_hand)


def test_what_is_free_comes_first() -> None:
    """Then one update for each question, before any question gets a second one."""
    order = cases(QUESTIONS, last=False)
    dear = [case for case in order if case.get("dear")]
    assert order[-len(dear) :] == dear
    first = [case["question"] for case in dear]
    assert len(set(first[: len(set(first))])) == len(set(first))
    assert [case["question"] for case in cases(QUESTIONS, last=True)] == ["task-definition-and-back"]


def test_cases_leave_updates_to_others() -> None:
    """Each says how many: what should be accepted more than what should not."""
    planned = script(QUESTIONS, Budget())
    leaves = {bool(e["value"].get("dear")): e["value"].get("leave") for e in planned[ASKED.id]}
    assert leaves == {True: 29 - share(Budget()) + 2, False: 29 - share(Budget()) + 2 - 6}
    assert script(QUESTIONS, Budget(accepted_updates=1))[ASKED.id][0]["value"].get("leave", 0) <= 2
    assert script(["timestamps"], Budget()) == {}


class Spent:
    """A bench whose budget is spent: whatever is asked of it is an error."""

    updates_left = 3


@pytest.mark.parametrize(
    ("case", "sent"),
    [
        ({"do": "vary", "changes": {}, "leave": 3}, False),
        ({"do": "vary", "changes": {}, "leave": 2}, True),
        ({"do": "vary", "changes": {}}, True),
        ({"do": "describe", "members": {}, "leave": 9}, True),
    ],
)
def test_nothing_is_sent_that_is_to_be_left(case: dict[str, Any], sent: bool) -> None:
    """What costs no update is sent in any case."""
    with pytest.raises(AttributeError) if sent else nullcontext():
        play(cast("Bench", Spent()), case)


def test_material_is_in_the_order_of_time() -> None:
    """A recording has one scenario after the other, though they may have run in another order."""
    exchange = Exchange(id=1, request=Request(operation="O"), response=Response(status=200), started=2.0)
    earlier = replace(exchange, started=1.0, tag=Tag(scenario="later-by-name"))
    assert gathered([exchange, earlier]).exchanges == [earlier, exchange]


def test_no_scenario_without_a_case() -> None:
    """A run that asks nothing has none at all; what nothing leads back from is at the end."""
    between = list(SCENARIOS.values())
    assert around(between, []) == between
    assert around(between, ["container-ports"])[0].id == ASKED.id
    assert [each.id for each in around(between, ["task-definition-and-back"])] == [*SCENARIOS, ASKED_LAST.id]


def test_no_delete_can_hit_what_exists() -> None:
    """What a Delete names begins with the name of the run's own service, or names no service at all."""
    tries = QUESTIONS["wrong-services-in-delete"].tries
    assert tries["unknown-name"] == {"do": "delete-as"}
    assert all(
        recipe.get("identity", {}).get("kind") != "unknown-name" and recipe["do"] == "delete-as"
        for recipe in tries.values()
    )


# -- the answers of targets -----------------------------------------------------------------------------


def test_the_reference_answers_nearly_all(reference: Path) -> None:
    """But for what no run can ask; and each answer says where it is shown."""
    found = answers(reference / "out")
    missing = {id for id, each in found.items() if not each["answered"]}
    assert missing == {"ordinary-service", "caller-without-task-definitions"}
    assert list(found) == list(QUESTIONS)
    known = {
        (entry["scenario"], entry["id"])
        for entry in records(reference / "out")
        if entry["kind"] == "exchange"
    }
    for each in found.values():
        assert each["reason"] if not each["answered"] else each["sentence"]
        shown = {(entry["scenario"], entry["id"]) for entry in each["exchanges"]}
        assert bool(shown) is each["answered"]
        assert shown <= known


def test_what_the_reference_takes_is_expected_to_cost(reference: Path) -> None:
    """Or a budget would be spent on it before more important things."""
    free = {
        (question.id, label)
        for question in QUESTIONS.values()
        for label, recipe in question.tries.items()
        if not recipe.get("dear") and recipe["do"] not in {"describe", "create", "create-again"}
    }
    for id, each in answers(reference / "out").items():
        for label, row in each["observation"].get("values", {}).items():
            if (id, label) in free:
                assert not row["accepted"], (id, label)


def value(*path: str) -> Callable[[Answers], Any]:
    """What stands at a path of an answer's observation."""

    def told(found: Answers) -> Any:
        here = found[path[0]]["observation"]
        for name in path[1:]:
            here = here.get(name) if isinstance(here, dict) else None
        return here

    return told


def forms(id: str, of: str, name: str = "forms") -> Callable[[Answers], Any]:
    """The forms that an answer counts of something."""
    return lambda found: sorted(found[id]["observation"][name][of])


def taken(id: str, label: str) -> Callable[[Answers], Any]:
    """Whether something was accepted, or else how it was refused."""

    def told(found: Answers) -> Any:
        row = found[id]["observation"]["values"][label]
        return row["accepted"] or row["error"]

    return told


NOTHING = ("update-of-nothing", "updates", "with nothing but serviceArn")
ALONE = ("update-of-one-member", "updates", "of scalingTarget alone")
LEFT_OUT = ("scaling-members-left-out", "members", "scalingTarget.autoScalingTargetValue")
SENT = ["bX", "AX", "aX", "BX", "_cX", "CX"]


@pytest.mark.parametrize(
    ("choice", "what", "here", "there"),
    [
        (answering.ClusterAsName, forms("cluster-form", "Describe", "clusters"), ["an ARN"], ["a name"]),
        (
            answering.TagsOnCreate,
            lambda found: "a value" in forms("tags-shown", "Create with tags", "created")(found),
            False,
            True,
        ),
        (
            answering.WholeSeconds,
            lambda found: forms("timestamps", "createdAt")(found) == ["a whole number"],
            False,
            True,
        ),
        (
            answering.EmptyLists,
            lambda found: "absent" in forms("absent-members", "primaryContainer.command in Describe")(found),
            True,
            False,
        ),
        (
            answering.ManagedGroupFirst,
            forms("managed-security-group", "Create", "groups"),
            ["another one last"],
            ["another one first"],
        ),
        (
            answering.PrivateIngress,
            lambda found: "accessType PRIVATE" in forms("ingress-shown", "Create")(found),
            False,
            True,
        ),
        (
            answering.VariablesAsSent,
            value("environment-order", "names", "letters of either case", "describe"),
            sorted(SENT),
            SENT,
        ),
        (updating.OtherDefaults, value("defaults", "values", "cpu"), "256", "1024"),
        (updating.OtherDefaults, value("defaults", "values", "healthCheckPath"), "/ping", "/"),
        (
            updating.StructuresReplaced,
            lambda found: sorted(value(*LEFT_OUT)(found)),
            ["kept"],
            ["changed to 60"],
        ),
        (updating.EmptyUpdateRefused, value(*NOTHING, "accepted"), 2, 0),
        (updating.TaskDefinitionKept, value(*ALONE, "new_task_definition"), ["yes"], ["no"]),
        (
            updating.UpdatedAtKept,
            lambda found: sorted(value("updated-at", "updated_at", "moved by an accepted update")(found)),
            ["yes"],
            ["no"],
        ),
        (updating.SizesConverted, taken("sizes", "'1 vCPU' with '2 GB'"), "InvalidParameterException", True),
        (
            clearing.EmptyRefused,
            lambda found: (
                "list for primaryContainer.command is refused" in found["lists-emptied"]["sentence"]
            ),
            False,
            True,
        ),
        (
            accepting.ShortNames,
            taken("wrong-services-in-update", "short-name"),
            "InvalidParameterException",
            True,
        ),
        (
            accepting.CreateIdempotent,
            taken("name-taken", "the same members"),
            "InvalidParameterException",
            True,
        ),
        (
            refusing.NotFoundIsInvalid,
            taken("wrong-services-in-update", "unknown-name"),
            "ServiceNotFoundException",
            "InvalidParameterException",
        ),
        (
            refusing.InvalidIsClient,
            taken("container-ports", "0"),
            "InvalidParameterException",
            "ClientException",
        ),
        (
            refusing.DeletedIsGone,
            lambda found: found["describe-after-delete"]["observation"]["courses"][0]["statuses"],
            ["DRAINING", "INACTIVE"],
            ["ResourceNotFoundException"],
        ),
        (
            refusing.UnknownMembersRefused,
            taken("members-unknown", "cluster"),
            True,
            "ValidationException",
        ),
        (
            wording.NamespacedErrors,
            lambda found: "with a namespace" in forms("error-form", "__type")(found),
            False,
            True,
        ),
    ],
)
def test_answers_are_what_a_profile_is_made_to_do(
    choice: type, what: Callable[[Answers], Any], here: Any, there: Any, two: tuple[Answers, Answers]
) -> None:
    """Of each choice that it makes otherwise than the reference, the answers say so."""
    assert choice in PROFILES["alternate"].chosen
    assert [what(found) for found in two] == [here, there]


@pytest.mark.parametrize(
    ("mutant", "question", "what", "here", "there"),
    [
        (
            "port-unchecked",
            "container-ports",
            taken("container-ports", "0"),
            "InvalidParameterException",
            True,
        ),
        (
            "unsigned-requests-are-served",
            "wrong-callers",
            taken("wrong-callers", "unsigned"),
            "MissingAuthenticationTokenException",
            True,
        ),
        (
            "environment-is-merged-by-name",
            "lists-supplied",
            lambda found: "merged into it by name" in found["lists-supplied"]["sentence"],
            False,
            True,
        ),
    ],
)
def test_answers_show_a_mutant(
    mutant: str,
    question: str,
    what: Callable[[Answers], Any],
    here: Any,
    there: Any,
    two: tuple[Answers, Answers],
    tmp_path: Path,
) -> None:
    """Nothing is taken for granted."""
    found = probed(tmp_path, "--target", f"embedded:{mutant}", "--question", question)
    assert list(found) == [question]
    assert (what(two[0]), what(found)) == (here, there)


# -- offline, and in words ------------------------------------------------------------------------------


def test_a_recording_gives_the_same_answers(reference: Path, tmp_path: Path) -> None:
    """To the byte; and it is asked of nobody."""
    done = express("probe", "--recording", reference / "out", "--out", "again", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    for name in ("evidence.json", "answers.md"):
        assert (tmp_path / "again" / name).read_bytes() == (reference / "out" / name).read_bytes()
    assert {path.name for path in (tmp_path / "again").iterdir()} == {"evidence.json", "answers.md"}


def test_the_file_follows_its_schema(two: tuple[Answers, Answers], reference: Path) -> None:
    """Whatever the answers are."""
    judged = jsonschema.Draft202012Validator(schema("evidence"), format_checker=jsonschema.FormatChecker())
    document = json.loads((reference / "out" / "evidence.json").read_bytes())
    for found in two:
        judged.validate({**document, "questions": list(found.values())})


GARBAGE = [None, True, 0, -1, 2**70, 1e300, "", "\ud800|`x`", "9" * 5000, [], {}, [None], {"": None}, ["x"]]


@pytest.mark.parametrize("seed", range(4))
def test_garbage_has_answers(seed: int, reference: Path) -> None:
    """Whatever a target says is data: it is told, and nothing of it breaks a reader."""
    draw = random.Random(seed)
    spoilt = []
    for record in read([reference / "out" / "recording.jsonl"]):
        document = record.response.json if isinstance(record, Exchange) and record.response else None
        if document is not None and draw.random() < 0.7:
            for _ in range(3):
                document = replaced(document, draw.choice(list(paths(document))), draw.choice(GARBAGE))
            response = replace(record.response, body=json.dumps(document).encode())
            spoilt.append(replace(record, response=response))
        else:
            spoilt.append(record)
    found = found_in(gathered(spoilt), recording="recording.jsonl", sha256="0" * 64)
    assert [each.id for each in found] == list(QUESTIONS)
    written = evidence.document([], found)
    assert written.encode()
    jsonschema.validate(json.loads(written), schema("evidence"))
    assert tables.told(found).encode()
    assert "\ud800" not in tables.markdown(found)


def test_the_answers_are_told(reference: Path) -> None:
    """On the terminal and as a table for an issue; both say what was not asked, and what to do."""
    said = (reference / "said").read_text(encoding="utf-8")
    assert "54 questions, 52 answered." in said
    assert "Not asked\n" in said
    assert 'cpu: "256"; memory: "512"' in said
    table = (reference / "table.md").read_text(encoding="utf-8")
    assert table == (reference / "out" / "answers.md").read_text(encoding="utf-8")
    rows = [line for line in table.splitlines() if line.startswith("| ") and "`" in line]
    assert len(rows) == len(QUESTIONS)
    assert all(row.replace("\\|", "").count("|") in {3, 4} for row in rows)
    assert "| Question | Why |" in table


def test_a_target_without_the_operation_answers_nothing(tmp_path: Path) -> None:
    """That is said of each question, and is no fault of the suite."""
    server = Path(sys.executable).with_name("moto_server")
    words = ("--target", f"command:{server} -p {{port}}", "--out", "out", "--question", "container-ports")
    done = express("probe", *words, cwd=tmp_path)
    assert done.returncode == 4
    assert "1 question, 0 answered." in done.stdout
    reason = answers(tmp_path / "out")["container-ports"]["reason"]
    assert reason == "The target does not have the operation."


def test_an_unknown_question_is_wrong_usage(tmp_path: Path) -> None:
    """Before anything is sent."""
    done = express("probe", "--question", "meaning-of-life", cwd=tmp_path)
    assert (done.returncode, told_cleanly(done)) == (2, True)
    assert "container-ports" in done.stderr


def test_no_recording_is_an_error(tmp_path: Path) -> None:
    """With what to give."""
    done = express("probe", "--recording", "nowhere", cwd=tmp_path)
    assert (done.returncode, told_cleanly(done)) == (3, True)


# -- in a real account ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The folder of a probe of what stands for a real account, and what was said before it began."""
    folder = tmp_path_factory.mktemp("live")
    times = {"deployment_seconds": 0.5, "drain_seconds": 0.2}
    with running(profile="aws-like", **times, environment={"MOTO_ACCOUNT_ID": ACCOUNT}) as url:
        lines = ["[targets.account]", 'target = "aws:us-east-1"', f'endpoint_url = "{url}"']
        lines += [f'accounts = ["{ACCOUNT}"]', 'regions = ["us-east-1"]']
        lines += ["[targets.account.budget]", "requests_per_second = 1000"]
        (folder / "express-conformance.toml").write_text("\n".join(lines), encoding="utf-8")
        done = express("probe", "--target", "account", "--live", "--yes", "--out", "out", cwd=folder)
        assert done.returncode == 0, done.stdout + done.stderr
        yield folder, done.stdout


def test_one_service_answers_most(live: tuple[Path, str]) -> None:
    """Within the default budget; what it has no room for says so, and what would help."""
    folder, said = live
    footer = records(folder / "out")[-1]
    assert footer["budget"]["accepted_updates"] <= 30
    assert footer["budget"]["creates"] == 1
    assert footer["budget"]["services_alive"] == 0
    found = answers(folder / "out")
    missing = {id: each["reason"] for id, each in found.items() if not each["answered"]}
    assert len(missing) <= 12
    for id in ("name-taken", "name-left-out", "container-or-task-definition"):
        assert "services_alive" in missing[id]
    assert "--restricted-profile" in missing["caller-without-permissions"]
    assert ACCOUNT not in (folder / "out" / "evidence.json").read_text(encoding="utf-8")
    assert "updates that are to be accepted" in said.partition("questions, ")[0]


def test_a_live_probe_sees_what_the_account_does(live: tuple[Path, str]) -> None:
    """Its one Create shows the defaults, which are those of the developer guide here."""
    assert updating.GuideDefaults in PROFILES["aws-like"].chosen
    found = answers(live[0] / "out")
    defaults = found["defaults"]["observation"]["values"]
    assert {name: defaults[name] for name in ("cpu", "memory", "healthCheckPath")} == {
        "cpu": "1024",
        "memory": "2048",
        "healthCheckPath": "/",
    }
    during = found["updates-during-a-deployment"]["observation"]
    assert during["accepted"]
    assert not during["refused"]
    assert refusing.UnknownServiceIsInvalid in PROFILES["aws-like"].chosen
    unknown = found["wrong-services-in-update"]["observation"]["values"]["unknown-name"]
    assert unknown["error"] == "InvalidParameterException"


def test_a_live_probe_is_evidence(live: tuple[Path, str], tmp_path: Path) -> None:
    """By which another target passes, or diverges; the answers in the file are in nobody's way."""
    path = live[0] / "out" / "evidence.json"
    done = express("judge", live[0] / "out", "--evidence", path, "--out", "again", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    document = json.loads((tmp_path / "again" / "results.json").read_text(encoding="utf-8"))
    observed = [entry for entry in document["requirements"] if entry["evidence"] == "observed"]
    assert len([entry for entry in observed if entry["note"].startswith("Observed of account")]) > 30


def test_a_plan_of_a_probe_sends_nothing(tmp_path: Path) -> None:
    """It tells what the probe would cost, questions included."""
    lines = ["[targets.account]", 'target = "aws:us-east-1"', 'endpoint_url = "http://127.0.0.1:9"']
    lines += [f'accounts = ["{ACCOUNT}"]', 'regions = ["us-east-1"]']
    (tmp_path / "express-conformance.toml").write_text("\n".join(lines), encoding="utf-8")
    done = express("probe", "--target", "account", "--question", "container-ports", "--plan", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert f"4  of questions: {ASKED.title}" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["express-conformance.toml"]


def test_a_target_that_refuses_during_deployments_is_not_misread(tmp_path: Path) -> None:
    """There a refusal may have the deployment for its reason: it is no answer to another question."""
    words = ("--target", "embedded:refused-while-deploying", "--question")
    found = probed(tmp_path, *words, "lists-emptied", "--question", "environment-lists")
    assert "is refused" not in found["lists-emptied"]["sentence"]
    rows = found["environment-lists"]["observation"]["values"]
    assert {label: row["accepted"] for label, row in rows.items()}["an empty value"] is True
    assert {row.get("error") for row in rows.values()} == {None, "InvalidParameterException"}
