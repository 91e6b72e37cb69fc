"""Sending the smallest case of a run again: in a real account with the run's own care."""

from __future__ import annotations

import json
import signal
import subprocess
import time
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from commands import COMMAND, express, results, told_cleanly
from hostile import by_operation, http, says, serving
from rehearsals import ACCOUNT, configure, ecs, pasted, printed, services

from conformance import model
from conformance.budget import Budget, Meter
from conformance.emulator.process import running
from conformance.exceptions import BudgetError, ConfigurationError, RecordingError
from conformance.exchange import Exchange, Failure, Response
from conformance.redaction import HOME
from conformance.reporting.reproduce import with_reproductions
from conformance.results import Results
from conformance.scenarios import SCENARIOS
from conformance.scenarios.economical import ECONOMICAL
from conformance.scenarios.inventory import Surroundings
from conformance.suite.replaying import replay_case, replay_counterexample
from conformance.targets import Settings
from conformance.targets.embedded import Embedded
from conformance.wire import Endpoint, Wire, awsjson
from strategies.economical import parts

ID = "preserve/cpu"
MUTANT = "update-resets-cpu"
OURS = {"MOTO_ACCOUNT_ID": ACCOUNT}


@pytest.fixture(scope="module")
def faulty() -> Iterator[str]:
    """An account whose updates reset the CPU."""
    with running(mutant=MUTANT, environment=OURS) as url:
        yield url


@pytest.fixture(scope="module")
def repaired() -> Iterator[str]:
    """The same account, as it should be."""
    with running(environment=OURS) as url:
        yield url


@pytest.fixture(scope="module")
def run(faulty: str, repaired: str, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """A live run that found something; its folder, and what it printed."""
    folder = tmp_path_factory.mktemp("live")
    configure(folder, ("account", faulty), ("repaired", repaired))
    words = ("--target", "account", "--live", "--yes", "--effort", "smoke", "--only", ID, "--out", "o")
    done = express("run", *words, cwd=folder)
    assert done.returncode == 1, done.stdout + done.stderr
    return folder, done.stdout


# -- in a real account ----------------------------------------------------------------------------------


def test_the_printed_command_works_as_it_stands(run: tuple[Path, str], faulty: str) -> None:
    """With a person who takes the plan; every report prints the same command."""
    folder, told = run
    command = printed(told)
    assert command == f"express-conformance replay o {ID} --live"
    code, said = pasted(command, folder)
    assert code == 1, said
    assert "One service is created" in said
    assert f"{ID}: still failing. Expected cpu stays" in said
    assert services(faulty) == {}
    texts = {
        name: (folder / "o" / name).read_text(encoding="utf-8") for name in ("summary.md", "report.html")
    }
    texts |= {"junit.xml": "".join(ET.parse(folder / "o" / "junit.xml").getroot().itertext())}
    assert all(command in unescape(text) for text in texts.values())
    entry = next(each for each in results(folder / "o")["requirements"] if each["id"] == ID)
    assert entry["counterexample"]["scenario"] == ECONOMICAL.id
    assert entry["counterexample"]["reproduce"]["replay"] == command


def test_a_plan_that_nobody_takes_sends_nothing(run: tuple[Path, str], faulty: str) -> None:
    """Neither who says no, nor who is not there to be asked."""
    folder, told = run
    before = len(ecs(faulty).list_task_definitions()["taskDefinitionArns"])
    assert pasted(printed(told), folder, answer="n")[0] == 2
    done = express("replay", "o", ID, "--live", cwd=folder)
    assert (done.returncode, told_cleanly(done)) == (2, True)
    assert "nothing was sent" in done.stderr
    assert "--yes" in done.stderr
    assert "At most" in done.stdout
    assert len(ecs(faulty).list_task_definitions()["taskDefinitionArns"]) == before


def test_the_guard_stands_before_a_replay(run: tuple[Path, str], tmp_path: Path, faulty: str) -> None:
    """It needs --live, and an account and a Region that are allowed."""
    folder, _ = run
    (tmp_path / "o").symlink_to(folder / "o")
    configure(tmp_path, ("account", faulty))
    for words, why in (((), "--live"), (("--live", "--yes", "--target", "aws:eu-west-1"), "No account")):
        done = express("replay", "o", ID, *words, cwd=tmp_path)
        assert (done.returncode, told_cleanly(done)) == (2, True)
        assert why in done.stderr
    configure(tmp_path, ("account", faulty), accounts_allowed="111122223333")
    done = express("replay", "o", ID, "--live", "--yes", cwd=tmp_path)
    assert done.returncode == 2
    assert "not among those allowed" in done.stderr


def test_what_is_repaired_is_fixed(run: tuple[Path, str], repaired: str) -> None:
    """At another account, named by --target: one service is created there, and nothing of it is left."""
    folder, _ = run
    done = express("replay", "o", ID, "--target", "repaired", "--live", "--yes", cwd=folder)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"{ID}: fixed."), done.stderr
    assert services(repaired) == {}


def passing_on(url: str) -> Any:
    """A script that passes everything on to an emulator."""
    wire = Wire(Endpoint(url=url))

    def forward(connection: Any, request: Any) -> bool:
        operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
        answer = wire.send(awsjson(operation, request.body)).response
        assert answer is not None
        connection.sendall(http(answer.body, status=answer.status))
        return True

    return forward


def test_an_emulator_can_be_sent_a_live_case(run: tuple[Path, str], tmp_path: Path) -> None:
    """In its own account: what the report has for the run's account is translated."""
    role = {"executionRoleArn": f"arn:aws:iam::{HOME}:role/x"}
    case = {"item": "x", "value": {"steps": [{"id": "x", "do": "update", "members": role, "leave": 99}]}}
    path = changed(run[0], tmp_path / "results.json", case=case)
    with running() as url, serving(by_operation({}, otherwise=passing_on(url))) as server:
        found = replay_counterexample(Results.read(path), ID, {"endpoint_url": server.url})
        bodies = [request.body for request in server.requests]
    assert found.exit_code == 0
    assert any(b"arn:aws:iam::123456789012:role/x" in body for body in bodies)
    assert not any(HOME.encode() in body for body in bodies)


def test_a_given_service_is_updated_and_given_back(run: tuple[Path, str], repaired: str) -> None:
    """With --service-arn nothing is created."""
    folder, _ = run
    role = f"arn:aws:iam::{ACCOUNT}:role/mine"
    client = ecs(repaired)
    made = client.create_express_gateway_service(
        serviceName="mine",
        infrastructureRoleArn=role,
        executionRoleArn=role,
        taskRoleArn=role,
        cpu="512",
        memory="1024",
        primaryContainer={
            "image": "nginx",
            "repositoryCredentials": {
                "credentialsParameter": f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:x-AbCdEf"
            },
        },
    )
    arn = made["service"]["serviceArn"]
    words = ("--target", "repaired", "--live", "--yes", "--service-arn", arn)
    done = express("replay", "o", ID, *words, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "No service is created" in done.stdout
    shown = client.describe_express_gateway_service(serviceArn=arn)["service"]["activeConfigurations"][0]
    assert (shown["cpu"], shown["primaryContainer"]["image"]) == ("512", "nginx")
    assert services(repaired) == {"mine": "ACTIVE"}
    client.delete_express_gateway_service(serviceArn=arn)


def test_too_small_a_budget_proves_nothing(run: tuple[Path, str], tmp_path: Path, repaired: str) -> None:
    """What could not be sent may be what fails: that is said, and the exit code is 3."""
    folder, _ = run
    (tmp_path / "o").symlink_to(folder / "o")
    configure(tmp_path, ("account", repaired), budget="accepted_updates = 2")
    done = express("replay", "o", ID, "--live", "--yes", cwd=tmp_path)
    assert (done.returncode, told_cleanly(done)) == (3, True)
    assert "not all of the case was sent" in done.stderr
    assert services(repaired) == {}


def test_a_replay_that_is_stopped_leaves_nothing(run: tuple[Path, str], tmp_path: Path) -> None:
    """SIGTERM ends it as Ctrl-C does."""
    folder, _ = run
    (tmp_path / "o").symlink_to(folder / "o")
    with running(environment=OURS, deployment_seconds=600) as url:
        configure(tmp_path, ("account", url))
        words = [*COMMAND, "replay", "o", ID, "--live", "--yes"]
        with subprocess.Popen(
            words, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            deadline = time.monotonic() + 200
            while not services(url) and time.monotonic() < deadline:
                time.sleep(0.2)
            assert services(url)
            process.send_signal(signal.SIGTERM)
            assert process.wait(300) == 3
        assert services(url) == {}


# -- what cannot be sent --------------------------------------------------------------------------------


def changed(folder: Path, out: Path, **example: Any) -> Path:
    """The run's results with something else in the place of its case."""
    document = results(folder / "o")
    entry = next(each for each in document["requirements"] if each["id"] == ID)
    entry["counterexample"].update(example)
    out.write_text(json.dumps(document), encoding="utf-8")
    return out


@pytest.mark.parametrize(
    ("example", "error", "why"),
    [
        ({"scenario": "of-yesterday"}, ConfigurationError, "this version has not"),
        ({"scenario": "service", "case": None}, ConfigurationError, "before or after all test cases"),
        ({"case": 7}, ConfigurationError, "no case to send"),
        ({"case": {"item": None, "value": {"steps": 7}}}, RecordingError, "cannot be sent"),
        ({"case": {"item": None, "value": 7}}, RecordingError, "cannot be sent"),
    ],
)
def test_a_case_that_cannot_be_sent_is_told(
    run: tuple[Path, str], tmp_path: Path, example: dict[str, Any], error: type[Exception], why: str
) -> None:
    """Of another version, damaged, or none at all: never a traceback."""
    path = changed(run[0], tmp_path / "results.json", **example)
    with running() as url, pytest.raises(error) as told:
        replay_counterexample(Results.read(path), ID, {"endpoint_url": url})
    assert why in str(told.value)
    assert told.value.hint  # type: ignore[attr-defined]


def test_nothing_of_a_case_is_left_for_others(
    run: tuple[Path, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In its run a step left some of the budget's updates for later ones; in a replay there are none."""
    members = {"healthCheckPath": "/x"}
    case = {"item": "x", "value": {"steps": [{"id": "x", "do": "update", "members": members, "leave": 99}]}}
    path = changed(run[0], tmp_path / "results.json", case=case)
    monkeypatch.chdir(run[0])
    options = {"target": "repaired", "live": True}
    found = replay_counterexample(Results.read(path), ID, options, agree=lambda _plan: True)
    assert found.text == f"{ID}: fixed."


def test_no_command_is_printed_for_what_is_no_case(run: tuple[Path, str], tmp_path: Path) -> None:
    """What was seen of the run's own service before all cases is not replayed."""
    path = changed(run[0], tmp_path / "results.json", case=None)
    found = with_reproductions(Results.read(path), saved_as="o")
    assert next(r for r in found.requirements if r.id == ID).counterexample.reproduce["replay"] is None


def test_the_options_of_the_run_are_printed_and_stay(run: tuple[Path, str]) -> None:
    """A report that is made again of the results shows them, too."""
    plain = Results.read(run[0] / "o")
    example = replace(next(r for r in plain.requirements if r.id == ID).counterexample, reproduce={})
    bare = replace(
        plain,
        target=replace(plain.target, region="eu-west-1"),
        requirements=tuple(
            replace(r, counterexample=example) if r.id == ID else r for r in plain.requirements
        ),
    )
    options = {"--profile": "", "--service-arn": "arn:a b"}
    first = with_reproductions(bare, saved_as="one", options=options)
    again = with_reproductions(first, saved_as="two")
    texts = [
        next(r for r in found.requirements if r.id == ID).counterexample.reproduce["replay"]
        for found in (first, again)
    ]
    ending = f"{ID} --region eu-west-1 --service-arn 'arn:a b' --live"
    assert texts == [f"express-conformance replay {name} {ending}" for name in ("one", "two")]


def test_a_target_without_the_operation_ends_with_4(run: tuple[Path, str]) -> None:
    """It is neither failing nor fixed there."""
    refusal = http({"__type": "UnknownOperationException", "message": "not here"}, status=400)
    listed = says(http({"clusterArns": []}))
    with serving(by_operation({"ListClusters": listed}, otherwise=says(refusal))) as server:
        done = express("replay", "o", ID, "--endpoint-url", server.url, cwd=run[0])
    assert (done.returncode, "does not have the operation" in done.stdout) == (4, True), done.stderr


def test_a_target_that_refuses_what_the_case_needs(run: tuple[Path, str]) -> None:
    """That is an error that says what to do, not a case that no longer concerns anything."""
    refusal = says(http({"__type": "AccessDeniedException", "message": "no"}, status=400))
    with (
        running() as url,
        serving(by_operation({model.CREATE: refusal}, otherwise=passing_on(url))) as server,
    ):
        done = express("replay", "o", ID, "--endpoint-url", server.url, cwd=run[0])
    assert (done.returncode, told_cleanly(done)) == (3, True)
    assert "did not create a service" in done.stderr
    assert "--service-arn" in done.stderr


# -- what came of it ------------------------------------------------------------------------------------


class Losing(Wire):
    """Loses every update after the first ones on the way."""

    def __init__(self, endpoint: Endpoint, answer: Response | Failure, after: int, **options: Any) -> None:
        super().__init__(endpoint, **options)
        self._answer, self._left = answer, after

    def send(self, request: Any, **options: Any) -> Exchange:
        """Send it, or say that it was lost."""
        if request.operation == model.OPERATION and self._left <= 0:
            lost = self._answer
            answered, failed = (lost, None) if isinstance(lost, Response) else (None, lost)
            return Exchange(
                id=options["id"], request=request, response=answered, failure=failed, tag=options["tag"]
            )
        self._left -= request.operation == model.OPERATION
        return super().send(request, **options)


STEPS = parts()["relations"][:4]


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Response(status=400, headers=(), body=b'{"__type":"ThrottlingException"}'), "was turned away"),
        (Failure(kind="timeout", message="no answer within 1 s"), "got no answer"),
        (Response(status=500, headers=(), body=b"{}"), "a fault of the target's"),
    ],
)
def test_what_is_lost_on_the_way_is_not_fixed(answer: Response | Failure, why: str) -> None:
    """A request of the case that the target did not look at may be the one that fails."""
    around = Surroundings(run="x", rate_pauses=())
    case = {"item": "relations", "value": {"part": "relations", "steps": STEPS}}
    with Embedded(address="", settings=Settings(name="embedded")).connect() as endpoint:
        whole = replay_case(ECONOMICAL, Wire(endpoint), around, case=case, requirement=ID)
        lossy = Losing(endpoint, answer, after=1)
        lost = replay_case(ECONOMICAL, lossy, around, case=case, requirement=ID)
    assert (whole.text, whole.exit_code) == (f"{ID}: fixed.", 0)
    assert lost.exit_code == 3
    assert why in lost.text


def test_a_budget_that_is_used_up_is_no_proof() -> None:
    """Be it that the wire refuses, or that the scenario leaves out what there is no update for."""
    case = {"item": "relations", "value": {"part": "relations", "steps": STEPS}}
    drawn = {"item": None, "value": {"members": {"cpu": "512", "memory": "1024"}}}
    with Embedded(address="", settings=Settings(name="embedded")).connect() as endpoint:
        for scenario, value in ((ECONOMICAL, case), (SCENARIOS["full-updates"], drawn)):
            meter = Meter(Budget(accepted_updates=1, requests_per_second=1e6))
            with pytest.raises(BudgetError):
                replay_case(
                    scenario, Wire(endpoint, meter=meter), Surroundings(run="x"), case=value, requirement=ID
                )
