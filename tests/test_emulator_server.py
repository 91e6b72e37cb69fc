"""The reference emulator as users meet it: its own process, real HTTP, boto3 with its defaults."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import uuid
from contextlib import closing

import boto3
import pytest
import urllib3
from botocore.exceptions import ClientError

from conformance import model
from conformance.emulator.process import running
from conformance.exceptions import TargetError

ROLE = "arn:aws:iam::123456789012:role/"
SCOPE = "AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/ecs/aws4_request"
HEADERS = {
    "Authorization": f"AWS4-HMAC-SHA256 Credential={SCOPE}, SignedHeaders=host, Signature=0",
    "Content-Type": "application/x-amz-json-1.1",
}


@pytest.fixture(scope="module")
def endpoint():
    """A running emulator."""
    with running() as url:
        yield url


@pytest.fixture(scope="module")
def ecs(endpoint):
    """A boto3 client of it, with one cluster there."""
    client = boto3_client("ecs", endpoint)
    client.create_cluster(clusterName="shop")
    return client


@pytest.fixture
def service(ecs):
    """A fresh service, as Create answers it."""
    return create(ecs)


def boto3_client(name, endpoint, key="AKIAIOSFODNN7EXAMPLE", secret="secret"):
    """A client as anybody would make it."""
    return boto3.client(
        name,
        endpoint_url=endpoint,
        region_name="us-east-1",
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )


def create(ecs, **members):
    """A service with a name of its own."""
    return ecs.create_express_gateway_service(
        cluster="shop",
        serviceName=f"web-{uuid.uuid4().hex[:8]}",
        infrastructureRoleArn=f"{ROLE}infrastructure",
        executionRoleArn=f"{ROLE}execution",
        primaryContainer={"image": "nginx:1"},
        **members,
    )["service"]


def post(endpoint, body, *, operation=model.OPERATION, headers=None):
    """One raw exchange."""
    target = {"X-Amz-Target": model.target_header(operation)}
    return urllib3.request("POST", endpoint, body=body, headers={**HEADERS, **target, **(headers or {})})


def code(call, **members):
    """The code of the error that boto3 raises."""
    with pytest.raises(ClientError) as refused:
        call(**members)
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert refused.value.response["ResponseMetadata"]["RequestId"]
    return refused.value.response["Error"]["Code"]


def test_a_service_lives_its_life_through_boto3(ecs, service):
    """Create, update, describe and delete work through boto3, whose own model reads every answer."""
    arn = service["serviceArn"]
    updated = ecs.update_express_gateway_service(serviceArn=arn, cpu="512", memory="1024")["service"]
    assert updated["createdAt"] == service["createdAt"]
    assert updated["targetConfiguration"]["primaryContainer"]["image"] == "nginx:1"
    described = ecs.describe_express_gateway_service(serviceArn=arn)["service"]
    assert described["activeConfigurations"] == [updated["targetConfiguration"]]
    deleted = ecs.delete_express_gateway_service(serviceArn=arn)["service"]
    assert deleted["status"]["statusCode"] == "DRAINING"
    assert code(ecs.update_express_gateway_service, serviceArn=arn) == "ServiceNotActiveException"


def test_managed_task_definitions_are_real(ecs, service):
    """The task definition that an update answers is one that DescribeTaskDefinition has."""
    arn = service["serviceArn"]
    answer = ecs.update_express_gateway_service(
        serviceArn=arn,
        taskRoleArn=f"{ROLE}task",
        primaryContainer={"image": "nginx:2", "environment": [{"name": "A", "value": "1"}]},
    )
    target = answer["service"]["targetConfiguration"]
    found = ecs.describe_task_definition(taskDefinition=target["taskDefinitionArn"])["taskDefinition"]
    assert (found["cpu"], found["memory"], found["taskRoleArn"]) == ("256", "512", f"{ROLE}task")
    assert found["containerDefinitions"][0]["name"] == "Main"
    assert found["containerDefinitions"][0]["image"] == "nginx:2"
    assert found["family"] == f"shop-{service['serviceName']}"


def test_a_customer_task_definition_of_the_account_can_be_used(ecs, service):
    """A task definition registered through moto is found, and what it says is shown."""
    registered = ecs.register_task_definition(
        family="customer",
        cpu="512",
        memory="1024",
        requiresCompatibilities=["FARGATE"],
        runtimePlatform={"cpuArchitecture": "ARM64"},
        containerDefinitions=[
            {
                "name": "Main",
                "image": "customer:1",
                "portMappings": [{"containerPort": 8080, "name": "http", "protocol": "tcp"}],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": {"awslogs-group": "g", "awslogs-stream-prefix": "p"},
                },
            }
        ],
    )["taskDefinition"]["taskDefinitionArn"]
    answer = ecs.update_express_gateway_service(
        serviceArn=service["serviceArn"], taskDefinitionArn=registered
    )
    target = answer["service"]["targetConfiguration"]
    assert target["taskDefinitionArn"] == registered
    assert (target["cpu"], target["memory"], target["cpuArchitecture"]) == ("512", "1024", "ARM64")
    container = target["primaryContainer"]
    assert (container["image"], container["containerPort"]) == ("customer:1", 8080)
    assert container["awsLogsConfiguration"] == {"logGroup": "g", "logStreamPrefix": "p"}


def test_the_neighbours_see_an_express_service(ecs, service):
    """DescribeServices and ListServices show it, in its status, and its cluster cannot be deleted."""
    name, arn = service["serviceName"], service["serviceArn"]
    target = ecs.update_express_gateway_service(serviceArn=arn)["service"]["targetConfiguration"]
    (seen,) = ecs.describe_services(cluster="shop", services=[name])["services"]
    assert (seen["serviceArn"], seen["status"]) == (arn, "ACTIVE")
    assert seen["resourceManagementType"] == "ECS"
    assert seen["taskDefinition"] == target["taskDefinitionArn"]
    assert arn in ecs.list_services(cluster="shop")["serviceArns"]
    assert code(ecs.delete_cluster, cluster="shop") == "ClusterContainsServicesException"
    ecs.delete_express_gateway_service(serviceArn=arn)
    (seen,) = ecs.describe_services(cluster="shop", services=[name])["services"]
    assert seen["status"] == "DRAINING"


def test_tags_are_shared_with_the_tag_operations(ecs):
    """Tags given to Create can be changed by TagResource and UntagResource, and Describe shows the result."""
    arn = create(ecs, tags=[{"key": "team", "value": "shop"}, {"key": "old", "value": "1"}])["serviceArn"]
    ecs.tag_resource(resourceArn=arn, tags=[{"key": "new", "value": "2"}])
    ecs.untag_resource(resourceArn=arn, tagKeys=["old"])
    expected = {"team": "shop", "new": "2"}
    shown = ecs.describe_express_gateway_service(serviceArn=arn, include=["TAGS"])["service"]["tags"]
    assert {tag["key"]: tag["value"] for tag in shown} == expected
    assert "tags" not in ecs.describe_express_gateway_service(serviceArn=arn)["service"]
    listed = ecs.list_tags_for_resource(resourceArn=arn)["tags"]
    assert {tag["key"]: tag["value"] for tag in listed} == expected


def test_an_ordinary_service_is_no_express_service(ecs):
    """The ARN of a service that CreateService made is refused by all operations on Express services."""
    ordinary = ecs.create_service(cluster="shop", serviceName="ordinary", desiredCount=0)["service"]
    for call in (ecs.update_express_gateway_service, ecs.describe_express_gateway_service):
        assert code(call, serviceArn=ordinary["serviceArn"]) == "InvalidParameterException"


def test_regions_are_apart(endpoint, service):
    """A service is known in its own Region only, and an ARN of another Region is not valid there."""
    elsewhere = boto3.client(
        "ecs",
        endpoint_url=endpoint,
        region_name="eu-west-1",
        aws_access_key_id="AKIAIOSFODNN7EXAMPLE",
        aws_secret_access_key="secret",
    )
    arn = service["serviceArn"]
    assert code(elsewhere.describe_express_gateway_service, serviceArn=arn) == "InvalidParameterException"
    there = arn.replace("us-east-1", "eu-west-1")
    assert code(elsewhere.describe_express_gateway_service, serviceArn=there) == "ClusterNotFoundException"


def test_other_services_of_moto_answer_on_the_same_port(endpoint):
    """STS is there, as a client that looks up its account needs it."""
    assert boto3_client("sts", endpoint).get_caller_identity()["Account"] == "123456789012"


def test_a_connection_is_kept(endpoint, service):
    """Any number of requests go over one connection, errors and unknown operations included."""
    pool = urllib3.connection_from_url(endpoint, maxsize=1)
    describe = json.dumps({"serviceArn": service["serviceArn"]})
    statuses = []
    for operation, body in [(model.DESCRIBE, describe), (model.OPERATION, "{"), ("Nothing", "{}")] * 5:
        headers = {**HEADERS, "X-Amz-Target": model.target_header(operation)}
        statuses.append(pool.request("POST", "/", body=body, headers=headers).status)
    assert statuses == [200, 400, 400] * 5
    assert pool.num_connections == 1


def test_every_answer_has_an_id_of_its_own(endpoint, service):
    """Answers and errors carry awsJson's content type and a request id that is a UUID and never the same."""
    answers = [post(endpoint, json.dumps({"serviceArn": service["serviceArn"]})) for _ in range(2)]
    answers += [post(endpoint, "{}"), post(endpoint, "{}", operation="Nothing")]
    assert [answer.status for answer in answers] == [200, 200, 400, 400]
    assert {answer.headers["Content-Type"] for answer in answers} == {"application/x-amz-json-1.1"}
    assert len({uuid.UUID(answer.headers["x-amzn-RequestId"]) for answer in answers}) == len(answers)


def test_numbers_on_the_wire_are_numbers(endpoint, service):
    """Timestamps are JSON numbers, cpu and memory are strings."""
    answer = json.loads(post(endpoint, json.dumps({"serviceArn": service["serviceArn"]})).data)["service"]
    assert isinstance(answer["updatedAt"], float)
    assert isinstance(answer["targetConfiguration"]["cpu"], str)


HOSTILE = {
    "not JSON": b"{",
    "no object": b"[]",
    "null": b"null",
    "not UTF-8": b'{"serviceArn":"\xff"}',
    "UTF-16": '{"serviceArn":"x"}'.encode("utf-16"),
    "with BOM": b"\xef\xbb\xbf{}",
    "deep": b"[" * 200_000,
    "deep objects": b'{"a":' * 100_000 + b"1" + b"}" * 100_000,
    "NaN": b'{"x":NaN}',
    "long number": b'{"x":' + b"9" * 10_000 + b"}",
    "two documents": b"{}{}",
    "number for string": b'{"serviceArn":1}',
    "string for number": b'{"primaryContainer":{"image":"x","containerPort":"80"}}',
    "large number": b'{"primaryContainer":{"image":"x","containerPort":4294967376}}',
    "fraction": b'{"primaryContainer":{"image":"x","containerPort":80.5}}',
    "true": b'{"primaryContainer":{"image":"x","containerPort":true}}',
    "scalar for list": b'{"networkConfiguration":{"subnets":"x"}}',
    "list for structure": b'{"scalingTarget":[]}',
    "string for structure": b'{"scalingTarget":"x"}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_body_is_a_serialization_error(endpoint, body):
    """Whatever the body is, the answer is a 400 in awsJson and never a page of HTML."""
    answer = post(endpoint, body)
    assert answer.status == 400
    assert json.loads(answer.data)["__type"] == "SerializationException"


def test_bodies_that_are_not_hostile(endpoint, service):
    """Null is absent, unknown members are ignored, surrogates are text, Content-Types are not looked at."""
    body = {
        "serviceArn": service["serviceArn"],
        "cpu": None,
        "cluster": "other",
        "healthCheckPath": "/\ud800",
    }
    for kind in (
        "application/x-amz-json-1.1; charset=utf-8",
        "application/x-www-form-urlencoded",
        "text/html",
    ):
        answer = post(endpoint, json.dumps(body), headers={"Content-Type": kind})
        assert answer.status == 200
        assert json.loads(answer.data)["service"]["targetConfiguration"]["healthCheckPath"] == "/\ud800"


@pytest.mark.parametrize(
    "line",
    ["Content-Length: x", "Content-Length: -1", "Content-Length: 99999999999", "Transfer-Encoding: chunked"],
)
def test_a_length_that_cannot_be_is_a_serialization_error(endpoint, line):
    """A body that cannot arrive as announced is answered with a 400, and the connection is closed."""
    host, port = endpoint.removeprefix("http://").split(":")
    target = f"X-Amz-Target: {model.target_header(model.OPERATION)}"
    head = f"POST / HTTP/1.1\r\nHost: x\r\n{target}\r\n{line}\r\n\r\nzz\r\n"
    with closing(socket.create_connection((host, int(port)), timeout=5)) as connection:
        connection.sendall(head.encode())
        answer = b"".join(iter(lambda: connection.recv(65536), b""))
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"SerializationException" in answer


@pytest.mark.parametrize("authorization", ["AWS4", "AWS4-HMAC-SHA256 Credential=x/y", "Bearer x", ""])
def test_a_garbled_signature_is_no_crash(endpoint, authorization):
    """What moto cannot make sense of in an Authorization header is a client's mistake."""
    answer = post(endpoint, "{}", headers={"Authorization": authorization})
    assert answer.status == 400
    assert json.loads(answer.data)["__type"]


@pytest.mark.parametrize(
    ("method", "path", "target"),
    [
        ("POST", "/", "AmazonEC2ContainerServiceV20141113.SetupClass"),
        ("POST", "/", "AmazonEC2ContainerServiceV20141113.updateexpressgatewayservice"),
        ("POST", "/", "AmazonEC2ContainerServiceV20141113."),
        ("POST", "/x", model.target_header(model.OPERATION)),
        ("GET", "/", model.target_header(model.OPERATION)),
        ("POST", "/", None),
    ],
)
def test_an_unknown_operation_is_answered_as_such(endpoint, method, path, target):
    """A request to ECS that names no operation is answered with 400 UnknownOperationException."""
    headers = {**HEADERS, **({"X-Amz-Target": target} if target else {})}
    answer = urllib3.request(method, endpoint + path, body=b"{}", headers=headers)
    assert answer.status == 400
    assert json.loads(answer.data)["__type"] == "UnknownOperationException"


def test_policies_of_moto_iam_hold():
    """With IAM on, a user may do what a policy allows on the service that it names, and nothing else."""
    with running(environment={"INITIAL_NO_AUTH_ACTION_COUNT": "6"}) as endpoint:
        iam, ecs = boto3_client("iam", endpoint), boto3_client("ecs", endpoint)
        ecs.create_cluster(clusterName="shop")
        service = create(ecs)["serviceArn"]
        other = create(ecs)["serviceArn"]
        iam.create_user(UserName="deployer")
        key = iam.create_access_key(UserName="deployer")["AccessKey"]
        allowed = {"Effect": "Allow", "Action": "ecs:UpdateExpressGatewayService", "Resource": service}
        # Express registers a task definition in the name of whoever calls.
        needed = {"Effect": "Allow", "Action": ["ecs:*TaskDefinition", "iam:PassRole"], "Resource": "*"}
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allowed, needed]})
        iam.put_user_policy(UserName="deployer", PolicyName="p", PolicyDocument=policy)
        mine = boto3_client("ecs", endpoint, key["AccessKeyId"], key["SecretAccessKey"])
        assert mine.update_express_gateway_service(serviceArn=service)["service"]["serviceArn"] == service
        assert code(mine.update_express_gateway_service, serviceArn=other) == "AccessDeniedException"
        assert code(mine.describe_express_gateway_service, serviceArn=service) == "AccessDeniedException"
        wrong = boto3_client("ecs", endpoint, key["AccessKeyId"], "wrong")
        assert code(wrong.update_express_gateway_service, serviceArn=service) == "InvalidSignatureException"
        unknown = boto3_client("ecs", endpoint, "AKIAUNKNOWNUNKNOWN00", "x")
        assert (
            code(unknown.update_express_gateway_service, serviceArn=service) == "UnrecognizedClientException"
        )


def test_an_unknown_mutant_is_a_usage_error():
    """The process ends with code 2 and shows the names that are close."""
    with pytest.raises(TargetError) as failed, running(mutant="update-reset-cpu"):
        pass
    assert "code 2" in failed.value.message
    assert "update-resets-cpu" in failed.value.hint


def test_a_child_ends_with_its_parents_pipe():
    """With --exit-with-stdin, closing standard input ends the process cleanly, so that none is left over."""
    command = [
        sys.executable,
        "-m",
        "conformance.emulator.server",
        "--exit-with-stdin",
        "--mutant",
        "no-request-id",
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        endpoint = json.loads(process.stdout.readline())["endpoint"]
        assert "x-amzn-RequestId" not in post(endpoint, "{}").headers
        process.stdin.close()
        assert process.wait(timeout=10) == 0
