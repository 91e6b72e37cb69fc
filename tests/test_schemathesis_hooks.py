"""schemathesis alone, with our document and our hooks; always in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from test_schemathesis import needs_schemathesis

from conformance import model, openapi
from conformance.emulator.process import guarded
from conformance.observation import service_of
from conformance.wire import Endpoint, Wire, awsjson
from strategies.baselines import baseline

ARN = "arn:aws:ecs:us-east-1:123456789012:service/default/web"
HOOKS = "conformance.suite.schemathesis_hooks"
pytestmark = needs_schemathesis


def st(folder: Path, emulator, *words: str, hooks: str = HOOKS) -> subprocess.CompletedProcess[str]:
    """Run schemathesis on the emulator, as the README says."""
    wire = Wire(
        Endpoint(
            url=emulator.endpoint,
            access_key=emulator.main.access_key,
            secret_key=emulator.main.secret_key,
        )
    )
    wire.send(awsjson("CreateCluster", {"clusterName": "default"}))
    role = "arn:aws:iam::123456789012:role/infrastructure"
    made = wire.send(awsjson(model.CREATE, {"infrastructureRoleArn": role, **baseline()}))
    wire.close()
    document = openapi.document(service_arn=service_of(made)["serviceArn"])
    (folder / "openapi.json").write_text(json.dumps(document), encoding="utf-8")
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AWS_")},
        "SCHEMATHESIS_HOOKS": hooks,
        "AWS_ACCESS_KEY_ID": emulator.main.access_key,
        "AWS_SECRET_ACCESS_KEY": emulator.main.secret_key,
    }
    command = [sys.executable, "-m", "schemathesis.cli", "run", "openapi.json", "--url", emulator.endpoint]
    command += ["--exclude-checks", "unsupported_method,ignored_auth", "--seed", "1", "--no-color", *words]
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False
    )


def test_the_reference_emulator_passes_and_a_mutant_does_not(tmp_path):
    """With the hooks there is no false alarm, and a fault that schemathesis can see is seen."""
    with guarded("us-east-1", mutant="image-unchecked") as emulator:
        done = st(tmp_path, emulator, "--phases", "coverage", "--max-failures", "1")
        assert done.returncode == 1, done.stdout
        assert "Schema-violating request accepted" in done.stdout
    with guarded("us-east-1") as emulator:
        done = st(tmp_path, emulator, "--phases", "coverage")
        assert done.returncode == 0, done.stdout
        assert "No issues found" in done.stdout
        # Without any hooks it can neither write the body nor sign the request.
        bare = st(tmp_path, emulator, "--phases", "fuzzing", "--max-examples", "5", hooks="json")
        assert bare.returncode != 0
        assert "Serialization not possible" in bare.stdout


_CASE = """
import json, sys
from types import SimpleNamespace as N
from conformance import openapi
from conformance.suite import schemathesis_hooks as hooks
document, cases = json.load(sys.stdin)
def sure(negative, headers, body):
    operation = N(schema=N(raw_schema=document))
    meta = N(generation=N(mode=N(is_negative=negative)))
    case = N(operation=operation, meta=meta, headers=headers, body=body, method="POST", path="/",
             media_type="application/x-amz-json-1.1")
    return hooks.is_sure(None, case)
json.dump([sure(*case) for case in cases], sys.stdout)
"""


def test_cases_are_kept_where_the_documents_are_sure():
    """Valid ones must be valid whatever the service has, invalid ones must be invalid for certain."""
    right = {"X-Amz-Target": model.target_header(model.OPERATION)}
    named = {"serviceArn": ARN}
    twice = [{"name": "A", "value": "x"}] * 2
    cases = {
        (False, "a path"): (right, {**named, "healthCheckPath": "/a"}, True),
        (False, "a name twice"): (
            right,
            {**named, "primaryContainer": {"image": "a", "environment": twice}},
            False,
        ),
        (False, "one size"): (right, {**named, "cpu": "1024"}, False),
        (False, "both sizes"): (right, {**named, "cpu": "1024", "memory": "4096"}, True),
        (True, "no path"): (right, {**named, "healthCheckPath": 5}, True),
        (True, "an unknown member"): (right, {**named, "healthCheckPath": "/a", "color": "red"}, False),
        (True, "an empty list"): (right, {**named, "networkConfiguration": {"subnets": []}}, False),
        (True, "another service"): (right, {"serviceArn": "x", "cpu": "1024"}, True),
        (True, "no object"): (right, [], True),
        (True, "no target"): ({}, {**named, "healthCheckPath": "/a"}, True),
    }
    asked = [[negative, headers, body] for (negative, _), (headers, body, _) in cases.items()]
    done = subprocess.run(
        [sys.executable, "-c", _CASE],
        input=json.dumps([openapi.document(service_arn=ARN), asked]),
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )
    found = dict(zip(cases, json.loads(done.stdout), strict=True))
    assert found == {key: wanted for key, (_, _, wanted) in cases.items()}


_SIGN = """
import sys
from requests import Request
from conformance.suite.schemathesis_hooks import Signature
draft = Request("POST", "http://127.0.0.1/", headers={"X-Amz-Target": "a.b", "Accept": "*/*"}, data=b"{}")
print(Signature()(draft.prepare()).headers["Authorization"])
"""


@pytest.mark.parametrize(
    ("named", "key"),
    [({}, "testing"), ({"AWS_ACCESS_KEY_ID": "AKIDX", "AWS_SECRET_ACCESS_KEY": "s"}, "AKIDX")],
)
def test_requests_are_signed_as_the_environment_says(named, key, tmp_path):
    """By the key that is named; ambient credentials that nobody named are not used."""
    (tmp_path / "credentials").write_text(
        "[default]\naws_access_key_id = AKIDAMBIENT\naws_secret_access_key = x\n", encoding="utf-8"
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-c", _SIGN],
        env={**clean, "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"), **named},
        capture_output=True,
        text=True,
        timeout=200,
        check=True,
    )
    assert f"Credential={key}/" in done.stdout
    assert "/us-east-1/ecs/aws4_request" in done.stdout
    assert "SignedHeaders=host;x-amz-date;x-amz-target" in done.stdout
