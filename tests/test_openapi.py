"""The OpenAPI document: valid, of the installed model, and as strict as AWS's documents are."""

from __future__ import annotations

import copy
import json

import pytest
from commands import express
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator

from conformance import model, openapi
from conformance.emulator.process import running
from conformance.wire import Endpoint, Wire, awsjson
from strategies.baselines import baseline
from strategies.defects import DEFECTS
from strategies.near_misses import near_misses
from strategies.pools import ValuePools
from strategies.updates import OPTIONAL, TASK_DEFINITION, full_updates, valid_updates

ARN = "arn:aws:ecs:us-east-1:123456789012:service/default/web"
TASKS = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:3"


def request_schema(**options):
    """What validates a request's body."""
    return Draft202012Validator(openapi.document(**options)["components"]["schemas"]["Update"])


def answer_schema(**options):
    """What validates an accepted update's answer."""
    return Draft202012Validator(openapi.document(**options)["components"]["schemas"]["UpdateAnswer"])


ANY = request_schema()
LIVE = request_schema(service_arn=ARN, task_definition_arn=TASKS)


def sent(update):
    """The body of an update."""
    named = {name: TASKS if value == TASK_DEFINITION else value for name, value in update.items()}
    return {"serviceArn": ARN, **named}


def whole_updates():
    """Every kind of valid update that the suite sends, those of the whole Fargate table too."""
    return valid_updates() | full_updates() | full_updates(whole_table=True) | st.just(baseline())


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"service_arn": ARN},
        {"service_arn": ARN, "task_definition_arn": TASKS},
        {"service_arn": ARN, "with_target": False},
        {"pools": ValuePools(roles=("arn:aws:iam::123456789012:role/a",), images=("nginx",))},
    ],
)
def test_it_is_an_openapi_document(options):
    """It is a valid OpenAPI 3.1 document, whatever it is about."""
    document = openapi.document(**options)
    assert list(OpenAPIV31SpecValidator(document).iter_errors()) == []
    json.dumps(document)


def test_a_broken_document_is_noticed():
    """The validator of this test would see a mistake."""
    document = copy.deepcopy(openapi.document())
    document["paths"]["/"]["post"]["responses"]["200"].pop("description")
    assert list(OpenAPIV31SpecValidator(document).iter_errors())


def test_the_operation_is_told_by_its_header():
    """There is one path, one method, one content type, and a header with one value."""
    document = openapi.document()
    assert list(document["paths"]) == ["/"]
    operation = document["paths"]["/"]["post"]
    (header,) = operation["parameters"]
    assert (header["name"], header["required"]) == ("X-Amz-Target", True)
    assert header["schema"]["const"] == model.target_header(model.OPERATION)
    assert list(operation["requestBody"]["content"]) == ["application/x-amz-json-1.1"]
    assert set(operation["responses"]) == {"200", "400", "500"}


def test_the_signature_is_declared():
    """Requests need one, unless who sends them adds it together with the operation's name."""
    document = openapi.document()
    ((name, scopes),) = document["paths"]["/"]["post"]["security"][0].items()
    assert scopes == []
    scheme = document["components"]["securitySchemes"][name]
    assert (scheme["type"], scheme["in"], scheme["name"]) == ("apiKey", "header", "Authorization")
    bare = openapi.document(with_target=False)
    assert "security" not in bare["paths"]["/"]["post"]
    assert "securitySchemes" not in bare["components"]


def test_it_has_the_members_of_the_installed_model():
    """Request and answer have every member that botocore has, and the request no other one."""
    schemas = openapi.document()["components"]["schemas"]
    assert set(schemas["Update"]["properties"]) == {"serviceArn", *OPTIONAL}
    assert schemas["Update"]["additionalProperties"] is False
    shape = model.service_model().operation_model(model.OPERATION).output_shape
    service = schemas["UpdateAnswer"]["properties"]["service"]
    assert set(service["properties"]) == set(shape.members["service"].members)


@settings(max_examples=150)
@given(whole_updates())
def test_every_valid_update_fits(update):
    """What the suite holds valid, the document does, too."""
    ANY.validate(sent(update))


@settings(max_examples=60)
@given(valid_updates() | full_updates())
def test_updates_that_fit_any_state_fit_with_a_service(update):
    """With a service, sizes are narrower: those that go with each other; all else is as wide."""
    assert update == {} or LIVE.is_valid(sent(update))


MODELLED = [id for id in DEFECTS if id.partition("/")[0] in {"type", "enum", "missing"}]


@pytest.mark.parametrize("defect", MODELLED)
@settings(max_examples=3)
@given(data=st.data())
def test_a_body_with_a_modelled_defect_does_not_fit(defect, data):
    """A wrong type, an unknown value of an enumeration and a missing member are against the schema."""
    case = data.draw(near_misses(defect=defect))
    assert ANY.is_valid(sent(case["twin"]))
    assert not ANY.is_valid(sent(case["members"]))


@pytest.mark.parametrize(
    "members",
    [
        {"cpu": "256", "memory": "4096"},
        {"cpu": "256", "taskDefinitionArn": TASKS},
        {"healthCheckPath": "ping"},
        {"healthCheckPath": "/" + "p" * 1024},
        {"executionRoleArn": "arn:aws:s3:::bucket"},
        {"primaryContainer": {"image": "UPPER CASE"}},
        {"primaryContainer": {"image": "nginx", "containerPort": 65536}},
        {"scalingTarget": {"autoScalingMetric": "AVERAGE_CPU", "autoScalingTargetValue": 101}},
        {"scalingTarget": {"autoScalingTargetValue": 0}},
        {"networkConfiguration": {"subnets": []}},
        {"tags": []},
    ],
)
def test_values_are_those_of_the_documents(members):
    """Pairs of sizes, what goes without a task definition, paths, ARNs, ports and targets are checked."""
    assert not ANY.is_valid(sent(members))


def test_the_service_is_the_only_one():
    """With a service no other one can be named or answered, and a task definition only if there is one."""
    other = ARN.replace("web", "app")
    assert LIVE.is_valid({"serviceArn": ARN, "cpu": "1024"})
    assert not LIVE.is_valid({"serviceArn": other, "cpu": "1024"})
    assert LIVE.is_valid({"serviceArn": ARN, "taskDefinitionArn": TASKS})
    assert not request_schema(service_arn=ARN).is_valid({"serviceArn": ARN, "taskDefinitionArn": TASKS})
    answer = answer_schema(service_arn=ARN)
    assert answer.is_valid({"service": {"serviceArn": ARN}})
    assert not answer.is_valid({"service": {"serviceArn": other}})
    assert answer_schema().is_valid({"service": {"serviceArn": other}})


def test_pools_are_the_only_values():
    """What exists at the target is all that is named."""
    role = "arn:aws:iam::123456789012:role/a"
    schema = request_schema(pools=ValuePools(roles=(role,), subnets=("subnet-1",)))
    assert schema.is_valid(sent({"taskRoleArn": role, "networkConfiguration": {"subnets": ["subnet-1"]}}))
    assert not schema.is_valid(sent({"taskRoleArn": role + "b"}))


def test_the_reference_emulator_answers_as_documented():
    """What the emulator answers to a valid and to an invalid update fits the answers' schemas."""
    with running() as url:
        wire = Wire(Endpoint(url=url))
        role = "arn:aws:iam::123456789012:role/infrastructure"
        wire.send(awsjson("CreateCluster", {"clusterName": "default"}))
        made = wire.send(awsjson(model.CREATE, {"infrastructureRoleArn": role, **baseline()}))
        arn = made.response.json["service"]["serviceArn"]
        good = wire.send(awsjson(model.OPERATION, {"serviceArn": arn, "healthCheckPath": "/a"}))
        bad = wire.send(awsjson(model.OPERATION, {"serviceArn": arn, "healthCheckPath": 5}))
        wire.close()
    answer_schema(service_arn=arn).validate(good.response.json)
    errors = openapi.document()["components"]["schemas"]["Error"]
    Draft202012Validator(errors).validate(bad.response.json)
    assert not Draft202012Validator(errors).is_valid(good.response.json)


def test_the_command_writes_it(tmp_path):
    """`openapi` writes the document to standard output or to a file, about a service if one is given."""
    shown = express("openapi", cwd=tmp_path)
    assert (shown.returncode, json.loads(shown.stdout)) == (0, openapi.document())
    written = express("openapi", "--service-arn", ARN, "-o", "api.json", cwd=tmp_path)
    assert (written.returncode, written.stdout) == (0, "")
    document = json.loads((tmp_path / "api.json").read_text(encoding="utf-8"))
    assert document == openapi.document(service_arn=ARN)
    assert openapi.live_service(document) == ARN


@pytest.mark.parametrize(
    "words", [("--service-arn", "web"), ("-o", "/dev/null/api.json"), ("--service-arn", f"{ARN} ")]
)
def test_wrong_usage_of_the_command_is_told(words, tmp_path):
    """A name in the place of an ARN, and a file that cannot be written, end with exit code 2 and a hint."""
    done = express("openapi", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("error: ")
    assert len(done.stderr.splitlines()) == 2
