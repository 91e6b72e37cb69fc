"""A target that lacks what some scenarios need is judged as far as it goes."""

from __future__ import annotations

from pathlib import Path

import boto3
import pytest
from commands import express, records, results, told_cleanly, verdicts
from hostile import by_operation, http, says, serving

from conformance.emulator.process import running
from conformance.wire import Endpoint, Wire, awsjson

_REFUSAL = says(http({"__type": "UnknownOperationException", "message": "not here"}, status=400))


def _without(url: str, *operations: str):
    """A server that passes everything on to an emulator, but for some operations that it does not have."""
    wire = Wire(Endpoint(url=url))

    def forward(connection, request):
        operation = request.headers.get("x-amz-target", "").rpartition(".")[2]
        answer = wire.send(awsjson(operation, request.body)).response
        headers = {name: value for name, value in answer.headers if name.lower().startswith("x-amzn")}
        connection.sendall(http(answer.body, status=answer.status, headers=headers))
        return True

    return by_operation(dict.fromkeys(operations, _REFUSAL), otherwise=forward)


def test_without_task_definitions_the_rest_is_judged(tmp_path: Path) -> None:
    """A target that registers no task definitions is judged on all else, and the lack is told once."""
    with running() as url, serving(_without(url, "RegisterTaskDefinition")) as server:
        done = express("run", "--endpoint-url", server.url, "--effort", "smoke", "--out", "o", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    found, errors = verdicts(tmp_path / "o"), results(tmp_path / "o")["errors"]
    assert found["preserve/cpu"] == found["reject-type/cpu"] == "pass"
    assert found["exclusion/cpu"] == found["task-definition/fargate"] == "not-exercised"
    assert all("did not register a task definition" in error for error in errors)
    asked = [
        r for r in records(tmp_path / "o") if "RegisterTask" in r.get("request", {}).get("operation", "")
    ]
    lacking = [scenario for scenario in results(tmp_path / "o")["scenarios"] if scenario["error"]]
    assert 0 < len(errors) < len(lacking)
    assert len(asked) <= 2 * len(lacking) + 6


def test_a_target_that_creates_nothing_is_not_green(tmp_path: Path) -> None:
    """Where no service can be created nothing can be judged: exit code 3, and what to do."""
    with running() as url, serving(_without(url, "CreateExpressGatewayService")) as server:
        done = express("run", "--endpoint-url", server.url, "--effort", "smoke", "--out", "o", cwd=tmp_path)
    assert done.returncode == 3, done.stdout + done.stderr
    assert told_cleanly(done)
    assert "--service-arn" in done.stderr
    assert not results(tmp_path / "o")["complete"]


@pytest.mark.parametrize("missing", ["CreateExpressGatewayService", ""])
def test_a_given_service_is_judged_without_create(missing: str, tmp_path: Path) -> None:
    """With --service-arn nothing is created or deleted, and updates of that service are judged."""
    with running() as url:
        client = boto3.client(
            "ecs",
            endpoint_url=url,
            region_name="us-east-1",
            aws_access_key_id="testing",
            aws_secret_access_key="testing",
        )
        role = "arn:aws:iam::123456789012:role/any"
        created = client.create_express_gateway_service(
            infrastructureRoleArn=role, executionRoleArn=role, primaryContainer={"image": "nginx"}
        )
        arn = created["service"]["serviceArn"]
        with serving(_without(url, missing)) as server:
            words = ("--endpoint-url", server.url, "--service-arn", arn, "--effort", "smoke", "--out", "o")
            done = express("run", *words, cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    found = verdicts(tmp_path / "o")
    assert found["preserve/cpu"] == found["accept/cpu"] == "pass"
    operations = {r["request"]["operation"] for r in records(tmp_path / "o") if r["kind"] == "exchange"}
    assert not operations & {"CreateExpressGatewayService", "DeleteExpressGatewayService"}
