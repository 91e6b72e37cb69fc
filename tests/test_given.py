"""A service that the user gave is changed by a run, and given back what it had: also its secrets."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from commands import COMMAND, express, records, results, told_cleanly
from hostile import by_operation, http, serving
from rehearsals import ACCOUNT, configure, ecs, pasted, printed, services

from conformance import model
from conformance.budget import Budget, Meter
from conformance.emulator.process import running
from conformance.exceptions import BudgetError
from conformance.exchange import Response
from conformance.redaction import CALLER, HOME, Redactor
from conformance.suite.given_members import NOT_SHOWN, Given, additions, unlike
from conformance.wire import Endpoint, Wire, awsjson

ROLE = f"arn:aws:iam::{ACCOUNT}:role/mine"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:mine-AbCdEf"
# One is shorter than what is looked for everywhere, one is such as the suite makes up itself.
VALUES = {
    "SHORT": "pw-1",
    "LONG": "correct horse battery staple",
    "ODD": 'schön "gesagt" \\ ',
    "OURS": "first value",
}
CONTAINER = {
    "image": "nginx:1",
    "containerPort": 81,
    "environment": [{"name": name, "value": value} for name, value in VALUES.items()],
}
WHOLE = {**CONTAINER, "repositoryCredentials": {"credentialsParameter": SECRET}}
OURS = {"MOTO_ACCOUNT_ID": ACCOUNT}


@pytest.fixture(scope="module")
def account() -> Iterator[str]:
    """An account with a fault that a run finds."""
    with running(mutant="update-resets-cpu", environment=OURS) as url:
        yield url


def made(url: str, name: str, container: dict[str, Any], **more: Any) -> str:
    """A service of a user's; its ARN."""
    created = ecs(url).create_express_gateway_service(
        serviceName=name,
        infrastructureRoleArn=ROLE,
        executionRoleArn=ROLE,
        primaryContainer=container,
        tags=[{"key": "owner", "value": "jane.doe@example.com"}],
        **more,
    )
    return str(created["service"]["serviceArn"])


def configuration(url: str, arn: str) -> dict[str, Any]:
    """What the service has, without what every revision has anew."""
    shown = ecs(url).describe_express_gateway_service(serviceArn=arn)["service"]["activeConfigurations"]
    new = ("createdAt", "serviceRevisionArn", "taskDefinitionArn")
    newest = max(shown, key=lambda entry: entry["createdAt"])
    # To have none of something, and to have an empty list of it, is the same.
    newest["primaryContainer"] = {name: value for name, value in newest["primaryContainer"].items() if value}
    return {name: value for name, value in newest.items() if name not in new}


def written(folder: Path) -> str:
    """All that a run has written."""
    return "".join(path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file())


def leaked(text: str) -> list[str]:
    """The user's values in a text."""
    forms = {
        value: {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
        for value in VALUES.values()
    }
    found = [
        value
        for value, spelled in forms.items()
        if value != "first value" and any(form in text for form in spelled)
    ]
    return [*found, *(each for each in (ACCOUNT, "jane.doe") if each in text)]


# -- in a real account ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def run(account: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A live run on a given service, with what it had before and after."""
    folder = tmp_path_factory.mktemp("given")
    arn = made(account, "mine", WHOLE, taskRoleArn=ROLE, cpu="512", memory="1024")
    before = configuration(account, arn)
    configure(folder, ("account", account), budget="accepted_updates = 3")
    words = (
        "--target",
        "account",
        "--live",
        "--yes",
        "--effort",
        "smoke",
        "--only",
        "preserve",
        "--out",
        "o",
    )
    done = express("run", *words, "--service-arn", arn, cwd=folder)
    return {
        "folder": folder,
        "arn": arn,
        "before": before,
        "after": configuration(account, arn),
        "done": done,
    }


def test_the_service_has_back_what_it_had(run: dict[str, Any], account: str) -> None:
    """Every member of it, its secrets among them; nothing was created or deleted."""
    assert run["done"].returncode == 1, run["done"].stdout + run["done"].stderr
    assert run["after"] == run["before"]
    document = results(run["folder"] / "o")
    assert document["complete"]
    assert document["errors"] == []
    updates = [each for each in records(run["folder"] / "o") if each["kind"] == "exchange"]
    operations = {each["request"]["operation"] for each in updates}
    assert not operations & {model.CREATE, model.DELETE}
    assert services(account)["mine"] == "ACTIVE"


def test_an_update_was_kept_for_it(run: dict[str, Any]) -> None:
    """The run has used up the others, and has stayed within its budget."""
    document = results(run["folder"] / "o")
    assert document["budget"]["accepted_updates"] == 2  # the third is for what should be refused
    exchanges = [each for each in records(run["folder"] / "o") if each["kind"] == "exchange"]
    last = [each for each in exchanges if each["request"]["operation"] == model.OPERATION][-1]
    assert last["scenario"] == "given"
    assert last["response"]["status"] == 200
    assert exchanges[-1]["request"]["operation"] == model.DESCRIBE


def test_its_secrets_were_sent_and_never_written(run: dict[str, Any]) -> None:
    """What is given back stands in the recording as placeholders, however short it is."""
    text = written(run["folder"] / "o") + run["done"].stderr
    assert leaked(text) == []
    sent = [each for each in records(run["folder"] / "o") if each.get("scenario") == "given"]
    bodies = [each["request"]["body"] for each in sent if each["request"]["operation"] == model.OPERATION]
    assert bodies
    assert all(body.count("redacted-") == len(VALUES) for body in bodies)


def test_the_plan_tells_it(run: dict[str, Any]) -> None:
    """No service is created, and one update is kept."""
    said = run["done"].stdout
    assert re.search(r"^ +0  to create a service$", said, re.MULTILINE)
    assert "kept to give" in said


def test_a_given_service_is_replayed_with(run: dict[str, Any], account: str) -> None:
    """By the command as it was printed, without the account; and the service has back what it had again."""
    command = printed(run["done"].stdout)
    assert f"--service-arn arn:aws:ecs:us-east-1:{HOME}:service/default/mine --live" in command
    code, said = pasted(command, run["folder"])
    assert code == 1, said
    assert configuration(account, run["arn"]) == run["before"]


def test_what_no_update_takes_away_is_named(account: str, tmp_path: Path) -> None:
    """A service that had no task role has one afterwards: in a real account that fails the run."""
    arn = made(account, "least", {"image": "nginx"})
    before = configuration(account, arn)
    configure(tmp_path, ("account", account))
    words = (
        "--target",
        "account",
        "--live",
        "--yes",
        "--effort",
        "smoke",
        "--only",
        "preserve",
        "--out",
        "o",
    )
    done = express("run", *words, "--service-arn", arn, cwd=tmp_path)
    after = configuration(account, arn)
    assert done.returncode == 3
    assert told_cleanly(done)
    added = "had no taskRoleArn, and no update took it away again."
    assert added in " ".join(done.stderr.split())
    assert {name for name in {*before, *after} if before.get(name) != after.get(name)} == {"taskRoleArn"}


def test_what_cannot_be_given_back_is_not_touched(account: str, tmp_path: Path) -> None:
    """A service that Describe does not show, or does not show whole: no update is sent."""
    configure(tmp_path, ("account", account))
    words = (
        "--target",
        "account",
        "--live",
        "--yes",
        "--effort",
        "smoke",
        "--only",
        "preserve/cpu",
        "--out",
        "o",
    )
    held = made(account, "held", {**CONTAINER, "command": ["--key", "AKIAABCDEFGHIJKLMNOP"]})
    for arn, why in ((held.replace("held", "nowhere"), "cannot be described"), (held, "1 value")):
        done = express("run", *words, "--service-arn", arn, cwd=tmp_path)
        assert (done.returncode, told_cleanly(done)) == (3, True)
        assert why in done.stderr
        assert "Nothing was changed" in done.stderr
        sent = [each for each in records(tmp_path / "o") if each["kind"] == "exchange"]
        updates = [each for each in sent if each["request"]["operation"] == model.OPERATION]
        assert all(each["request"]["body"] == "{}" for each in updates)  # does the target have the operation?


# -- elsewhere ------------------------------------------------------------------------------------------


def test_a_run_that_is_stopped_gives_it_back(tmp_path: Path) -> None:
    """SIGTERM in the middle of a run at an emulator."""
    with running(environment=OURS) as url:
        arn = made(url, "mine", WHOLE, taskRoleArn=ROLE)
        before = configuration(url, arn)
        words = ["run", "--endpoint-url", url, "--service-arn", arn, "--only", "preserve", "--out", "o"]
        with subprocess.Popen([*COMMAND, *words], cwd=tmp_path, stdout=subprocess.DEVNULL) as process:
            deadline = time.monotonic() + 200
            while configuration(url, arn) == before and time.monotonic() < deadline:
                time.sleep(0.1)
            process.send_signal(signal.SIGTERM)
            assert process.wait(300) == 3
        assert configuration(url, arn) == before
    assert "The run was interrupted." in results(tmp_path / "o")["errors"]


def test_the_printed_command_finds_the_service_elsewhere(account: str, tmp_path: Path) -> None:
    """At an emulator, too, where nobody says which account the report's placeholder stands for."""
    arn = made(account, "elsewhere", WHOLE, taskRoleArn=ROLE, cpu="512", memory="1024")
    before = configuration(account, arn)
    (tmp_path / "express-conformance.toml").write_text(
        f'[targets.mine]\ntarget = "url:{account}"\nvalues.account = "{ACCOUNT}"\n', encoding="utf-8"
    )
    words = ("--target", "mine", "--service-arn", arn, "--effort", "smoke", "--only", "preserve/cpu")
    done = express("run", *words, "--out", "o", cwd=tmp_path)
    command = printed(done.stdout)
    assert command.endswith(f"--service-arn {arn.replace(ACCOUNT, HOME)}")
    code, said = pasted(command, tmp_path)
    assert code == 1, said
    assert configuration(account, arn) == before


def test_a_comparison_gives_it_back(tmp_path: Path) -> None:
    """With --against, the first target's service is as it was."""
    with running(environment=OURS) as url:
        arn = made(url, "mine", WHOLE, taskRoleArn=ROLE)
        before = configuration(url, arn)
        words = ("--endpoint-url", url, "--service-arn", arn, "--against", "embedded", "--effort", "smoke")
        express("run", *words, "--only", "show/cpu", "--out", "o", cwd=tmp_path, seconds=400)
        changes = [each for each in records(tmp_path / "o" / "target") if each["kind"] == "exchange"]
        assert any(each["request"]["operation"] == model.OPERATION for each in changes)
        assert configuration(url, arn) == before


def test_a_service_that_is_not_what_it_was_fails_the_run(tmp_path: Path) -> None:
    """Where the target refuses to take it back, the members are named and the exit code is 3."""
    with running(environment=OURS) as url:
        arn = made(url, "mine", WHOLE, taskRoleArn=ROLE)
        wire = Wire(Endpoint(url=url))

        def forward(connection: Any, request: Any) -> bool:
            operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
            if operation == model.OPERATION and b"nginx:1" in request.body:
                refusal = {"__type": "InvalidParameterException", "message": "no way back"}
                connection.sendall(http(refusal, status=400, headers={"x-amzn-requestid": "1"}))
                return True
            answer = wire.send(awsjson(operation, request.body)).response
            assert answer is not None
            connection.sendall(http(answer.body, status=answer.status, headers={"x-amzn-requestid": "1"}))
            return True

        with serving(by_operation({}, otherwise=forward)) as server:
            words = ("--endpoint-url", server.url, "--service-arn", arn, "--effort", "smoke")
            done = express("run", *words, "--only", "preserve/cpu", "--out", "o", cwd=tmp_path)
    assert done.returncode == 3, done.stdout
    document = results(tmp_path / "o")
    assert not document["complete"]
    (told,) = [error for error in document["errors"] if "has not back what it had in" in error]
    assert "primaryContainer.image" in told
    assert leaked(written(tmp_path / "o")) == []


# -- the parts ------------------------------------------------------------------------------------------


SERVICE = {"cluster": "arn:aws:ecs:us-east-1:1:cluster/default", "serviceName": "web"}
MANAGED = "arn:aws:ecs:us-east-1:1:task-definition/default-web:3"
HAD = {
    "executionRoleArn": "r",
    "cpu": "512",
    "taskDefinitionArn": MANAGED,
    "primaryContainer": {"image": "i", "environment": [{"name": "A", "value": "1"}]},
    "networkConfiguration": {"subnets": ["s1", "s2"], "securityGroups": ["g1"]},
    "serviceRevisionArn": "x",
}


def test_what_is_unlike_is_named_by_its_path() -> None:
    """Order, managed groups and revisions do not count; what was added does."""
    given = Given.of(HAD, SERVICE)
    now = {
        **HAD,
        "serviceRevisionArn": "y",
        "taskDefinitionArn": MANAGED.replace(":3", ":9"),
        "networkConfiguration": {"subnets": ["s2", "s1"], "securityGroups": ["g1", "managed"]},
    }
    assert unlike(given, now, ()) == []
    assert unlike(given, now, ("managed",)) == ["networkConfiguration.securityGroups"]
    worse = {**now, "cpu": "256", "taskRoleArn": "t", "primaryContainer": {"image": "i", "command": ["c"]}}
    left = unlike(given, worse, ())
    named = {"cpu", "primaryContainer.environment", "primaryContainer.command", "taskRoleArn"}
    assert (len(left), set(left)) == (4, named)
    assert set(additions(left, given.members)) == {"primaryContainer.command", "taskRoleArn"}
    assert unlike(given, {}, ()) == [NOT_SHOWN]
    assert additions([NOT_SHOWN], given.members) == []


def test_an_update_that_gives_back_says_what_was_there() -> None:
    """First with empty lists for what was added, then without; a managed task definition is never named."""
    given = Given.of(HAD, SERVICE)
    first, second, third = given.requests(["primaryContainer.command", "taskRoleArn"])
    assert first["primaryContainer"] == {**HAD["primaryContainer"], "command": []}  # type: ignore[dict-item]
    assert second["primaryContainer"] == HAD["primaryContainer"]
    assert "securityGroups" not in third["networkConfiguration"]
    assert not {"taskDefinitionArn", "serviceRevisionArn", "taskRoleArn"} & {*first, *second, *third}
    assert given.emptied(["primaryContainer.command"]) == {}
    assert given.emptied(["taskRoleArn"])["taskRoleArn"] == ""


def test_a_task_definition_of_a_customers_is_named() -> None:
    """And then nothing that it says."""
    own = "arn:aws:ecs:us-east-1:1:task-definition/mine:3"
    given = Given.of({**HAD, "taskDefinitionArn": own}, SERVICE)
    assert given.customer
    (members, *_) = given.requests(["primaryContainer.command"])
    assert members == {"taskDefinitionArn": own, "networkConfiguration": HAD["networkConfiguration"]}
    assert "taskDefinitionArn" in unlike(given, HAD, ())


def test_a_budget_keeps_what_is_held() -> None:
    """One accepted update and one wait are kept until the end, and time and money do not matter there."""
    clock = iter(range(1, 10**9, 3600))
    meter = Meter(
        Budget(accepted_updates=3, settled_waits=1, requests_per_second=1e6),
        clock=lambda: float(next(clock)),
        sleep=lambda _seconds: None,
    )
    meter.hold()
    assert not meter.wait()
    meter.admit(model.OPERATION)
    assert meter.updates_left() == 0
    meter.budget = Budget(
        accepted_updates=3, settled_waits=1, requests_per_second=1e6, minutes=1e6, dollars=1e6
    )
    meter.admit(model.OPERATION, refusable=True)
    with pytest.raises(BudgetError, match="accepted updates"):
        meter.admit(model.OPERATION, refusable=True)
    meter.budget = Budget(accepted_updates=3, settled_waits=1, requests_per_second=1e6)
    with pytest.raises(BudgetError, match="minutes"):
        meter.admit(model.OPERATION)
    meter.release()
    assert meter.wait()
    meter.admit(model.OPERATION)
    with pytest.raises(BudgetError, match="accepted updates"):
        meter.admit(model.OPERATION)


def test_a_value_that_is_given_back_is_nobodys_but_its_owners() -> None:
    """It is kept as a placeholder in the request as well, and stays one in what is answered later."""
    redactor = Redactor(values=True)
    answer = Response(status=200, headers=(), body=b'{"environment": [{"name": "A", "value": "pw"}]}')
    kept = redactor.received(answer).body
    placeholder = json.loads(kept)["environment"][0]["value"]
    sent = redactor.revealed(kept)
    assert sent == answer.body
    assert redactor.sent(sent) == kept
    assert redactor.received(answer).body == kept
    assert redactor.unknown_in(kept.decode()) == 0
    assert redactor.unknown_in(f"redacted-0123456789ab {CALLER} {placeholder}") == 2
