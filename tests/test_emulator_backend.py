"""The rules of the reference emulator, without HTTP and moto, under a clock that the tests move."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from emulator_neighbours import CREATE, CUSTOMER, MAIN, PLACE, ROLE, Around, Clock

from conformance import model
from conformance.emulator.backend import KEPT_TASK_DEFINITIONS, Backend
from conformance.emulator.errors import Refusal
from conformance.emulator.front import Front
from conformance.emulator.records import Timing


@pytest.fixture
def clock():
    """The time."""
    return Clock()


@pytest.fixture
def around():
    """Everything else in the account."""
    return Around()


@pytest.fixture
def backend(clock, around):
    """A backend whose deployments take ten seconds and whose services drain in twenty."""
    timing = Timing(drain_seconds=20, deployment_seconds=10, clock=clock)
    return Front(timing=timing).backend(PLACE, around)


@pytest.fixture
def arn(backend, clock):
    """A service whose first deployment is over."""
    arn = backend.create(CREATE)["service"]["serviceArn"]
    clock.now += 60
    return arn


def describe(backend: Backend, arn: str, **members):
    """The service as Describe shows it."""
    return backend.describe({"serviceArn": arn, **members})["service"]


def update(backend: Backend, arn: str, **members):
    """The target configuration that Update answers."""
    return backend.update({"serviceArn": arn, **members})["service"]["targetConfiguration"]


def refusal(call, **members):
    """The class that a request is refused with."""
    with pytest.raises(Refusal) as refused:
        call(members)
    return refused.value.code


def test_defaults_are_those_of_the_api_page(backend):
    """A service of a container and roles alone has 256/512, /ping, port 80, one to twenty tasks at 60 %."""
    shown = backend.create(CREATE)["service"]["activeConfigurations"][0]
    assert (shown["cpu"], shown["memory"], shown["cpuArchitecture"]) == ("256", "512", "X86_64")
    assert shown["healthCheckPath"] == "/ping"
    assert shown["primaryContainer"]["containerPort"] == 80
    assert shown["primaryContainer"]["awsLogsConfiguration"]["logStreamPrefix"] == "ecs"
    assert shown["scalingTarget"] == {
        "minTaskCount": 1,
        "maxTaskCount": 20,
        "autoScalingMetric": "AVERAGE_CPU",
        "autoScalingTargetValue": 60,
    }
    assert shown["networkConfiguration"]["subnets"] == ["subnet-1", "subnet-2"]


def test_a_service_without_name_gets_a_unique_one(backend):
    """Two creations without serviceName and with one image make two services named after the image."""
    request = {**CREATE, "primaryContainer": {"image": "public.ecr.aws/team/shop.api:2"}}
    del request["serviceName"]
    names = {backend.create(request)["service"]["serviceName"] for _ in range(2)}
    assert len(names) == 2
    assert all(name.startswith("shop-api-") for name in names)


def test_create_without_cluster_uses_default(backend, around):
    """Leaving cluster out means the cluster ``default``, which need not exist before."""
    request = {name: value for name, value in CREATE.items() if name != "cluster"}
    assert backend.create(request)["service"]["cluster"] == PLACE.arn("cluster/default")
    assert "default" in around.clusters


def test_omitted_members_are_kept(backend, arn):
    """An update changes what it gives and nothing else, at the top and inside structures."""
    before = update(
        backend,
        arn,
        cpu="512",
        memory="2048",
        primaryContainer={
            "image": "nginx:2",
            "command": ["run"],
            "environment": [{"name": "A", "value": "1"}],
        },
        scalingTarget={"maxTaskCount": 4},
        networkConfiguration={"securityGroups": ["sg-1"]},
    )
    after = update(backend, arn, memory="1024", primaryContainer={"image": "nginx:3", "containerPort": 8080})
    expected = {**before, "memory": "1024"}
    expected["primaryContainer"] = {**before["primaryContainer"], "image": "nginx:3", "containerPort": 8080}
    for fresh in ("serviceRevisionArn", "taskDefinitionArn", "createdAt"):
        assert after.pop(fresh)
        del expected[fresh]
    assert after == expected


def test_lists_are_replaced_and_emptied(backend, arn):
    """A given list replaces the one there was; an empty one clears it."""
    container = {
        "image": "nginx",
        "environment": [{"name": "B"}, {"name": "A", "value": ""}],
        "command": ["x"],
    }
    shown = update(backend, arn, primaryContainer=container)["primaryContainer"]
    assert [variable["name"] for variable in shown["environment"]] == ["A", "B"]
    cleared = {"image": "nginx", "environment": [{"name": "C"}], "command": []}
    shown = update(backend, arn, primaryContainer=cleared)["primaryContainer"]
    assert shown["environment"] == [{"name": "C"}]
    assert shown["command"] == []


def test_every_update_makes_a_revision_and_a_task_definition(backend, arn, clock):
    """Even an update that gives nothing has a revision and task definition of its own; createdAt stays."""
    created = describe(backend, arn)
    clock.now += 5.25
    answer = backend.update({"serviceArn": arn})["service"]
    assert answer["updatedAt"] == created["updatedAt"] + 65.25
    assert answer["createdAt"] == created["createdAt"]
    before, after = created["activeConfigurations"][0], answer["targetConfiguration"]
    assert before["serviceRevisionArn"] != after["serviceRevisionArn"]
    assert before["taskDefinitionArn"] == PLACE.arn("task-definition/shop-web:1")
    assert after["taskDefinitionArn"] == PLACE.arn("task-definition/shop-web:2")


def test_superseded_task_definitions_are_forgotten(backend, arn, around):
    """Only the newest managed task definitions stay, so that memory does not grow with updates."""
    for _ in range(50):
        update(backend, arn)
    assert (
        sum(definition is not None for definition in around.definitions.values()) <= KEPT_TASK_DEFINITIONS + 1
    )


def test_a_deployment_shows_while_it_is_in_flight(backend, arn, clock):
    """Target and settled revision are both active until the deployment is over; then the target alone."""
    settled = describe(backend, arn)["activeConfigurations"][0]
    assert "currentDeployment" not in describe(backend, arn)
    for path in ("/1", "/2"):
        update(backend, arn, healthCheckPath=path)
        clock.now += 5
    in_flight = describe(backend, arn)
    assert in_flight["currentDeployment"].startswith(PLACE.arn("service-deployment/shop/web/"))
    assert [each["healthCheckPath"] for each in in_flight["activeConfigurations"]] == ["/2", "/ping"]
    assert in_flight["activeConfigurations"][1] == settled
    clock.now += 5
    assert [each["healthCheckPath"] for each in describe(backend, arn)["activeConfigurations"]] == ["/2"]
    assert "currentDeployment" not in describe(backend, arn)


def test_a_service_lives_and_drains_and_is_inactive(backend, arn, clock):
    """ACTIVE, DRAINING, INACTIVE; in the last two it can be described and not changed."""
    assert backend.delete({"serviceArn": arn})["service"]["status"] == {"statusCode": "DRAINING"}
    for status in ("DRAINING", "INACTIVE"):
        assert describe(backend, arn)["status"] == {"statusCode": status}
        assert refusal(backend.update, serviceArn=arn) == "ServiceNotActiveException"
        assert refusal(backend.delete, serviceArn=arn) == "ServiceNotActiveException"
        clock.now += 20
    assert describe(backend, arn)["activeConfigurations"] == []


def test_a_name_is_free_again_when_its_service_is_inactive(backend, arn, clock):
    """Create refuses the name of an ACTIVE and of a DRAINING service and takes that of an INACTIVE one."""
    first = describe(backend, arn)
    assert refusal(backend.create, **CREATE) == "InvalidParameterException"
    backend.delete({"serviceArn": arn})
    assert refusal(backend.create, **CREATE) == "InvalidParameterException"
    clock.now += 20
    second = backend.create(CREATE)["service"]
    assert second["serviceArn"] == arn
    assert second["status"] == {"statusCode": "ACTIVE"}
    assert second["createdAt"] > first["createdAt"]


def test_tags_come_when_they_are_asked_for(backend):
    """Tags given to Create are in Describe with include TAGS, and in no other answer."""
    tags = [{"key": "team", "value": "shop"}]
    created = backend.create({**CREATE, "tags": tags})["service"]
    assert "tags" not in created
    assert "tags" not in describe(backend, created["serviceArn"], include=[])
    assert describe(backend, created["serviceArn"], include=["TAGS"])["tags"] == tags


@pytest.fixture
def customer(around):
    """The ARN of a customer's task definition."""
    return around.register({"family": "customer", **CUSTOMER})


def test_a_customer_task_definition_says_what_runs(backend, arn, customer):
    """Roles, sizes and container come from it, the rest stays, and no architecture is made up."""
    shown = update(backend, arn, taskDefinitionArn=customer)
    assert shown["taskDefinitionArn"] == customer
    assert (shown["cpu"], shown["memory"], shown["taskRoleArn"]) == ("512", "1024", f"{ROLE}customer")
    assert "executionRoleArn" not in shown
    assert "cpuArchitecture" not in shown
    assert shown["primaryContainer"] == {
        "image": "customer:1",
        "containerPort": 8080,
        "environment": [{"name": "A", "value": "1"}],
    }
    assert shown["healthCheckPath"] == "/ping"


def test_a_service_stays_with_its_customer_task_definition(backend, arn, customer):
    """An update of what no task definition says leaves the customer's one in place."""
    update(backend, arn, taskDefinitionArn=customer)
    shown = update(backend, arn, healthCheckPath="/up", scalingTarget={"minTaskCount": 0})
    assert (shown["taskDefinitionArn"], shown["healthCheckPath"]) == (customer, "/up")


def test_a_service_leaves_its_customer_task_definition(backend, arn, customer):
    """An update of what a task definition says makes it managed again and keeps the rest of what was said."""
    update(backend, arn, taskDefinitionArn=customer)
    shown = update(backend, arn, primaryContainer={"image": "nginx:9"})
    assert shown["taskDefinitionArn"] == PLACE.arn("task-definition/shop-web:2")
    assert (shown["cpu"], shown["cpuArchitecture"]) == ("512", "X86_64")
    assert (shown["primaryContainer"]["image"], shown["primaryContainer"]["containerPort"]) == (
        "nginx:9",
        8080,
    )


@pytest.mark.parametrize(
    "fault",
    [
        {"containerDefinitions": [{**MAIN, "name": "main"}]},
        {"containerDefinitions": [{**MAIN, "portMappings": []}]},
        {"containerDefinitions": [{**MAIN, "portMappings": [{"containerPort": 80}]}]},
        {
            "containerDefinitions": [
                {**MAIN, "portMappings": [*MAIN["portMappings"], {"containerPort": 1, "name": "x"}]}
            ]
        },
        {
            "containerDefinitions": [
                {**MAIN, "portMappings": [{**MAIN["portMappings"][0], "protocol": "udp"}]}
            ]
        },
        {"requiresCompatibilities": ["EC2"]},
    ],
    ids=["no Main", "no port", "no port name", "two ports", "udp", "no FARGATE"],
)
def test_an_unfit_task_definition_is_refused(backend, arn, around, fault):
    """A task definition needs Main with a single named TCP port, and FARGATE."""
    unfit = around.register({"family": "unfit", **CUSTOMER, **fault})
    assert refusal(backend.update, serviceArn=arn, taskDefinitionArn=unfit) == "InvalidParameterException"


@pytest.mark.parametrize(
    "member",
    [
        {"primaryContainer": {"image": "nginx"}},
        {"executionRoleArn": f"{ROLE}x"},
        {"taskRoleArn": f"{ROLE}x"},
        {"cpu": "512"},
        {"memory": "1024"},
        {"cpuArchitecture": "ARM64"},
    ],
    ids=lambda member: next(iter(member)),
)
def test_a_task_definition_excludes_what_it_says(backend, arn, customer, member):
    """TaskDefinitionArn cannot be given together with any member that a task definition has."""
    assert refusal(backend.update, serviceArn=arn, taskDefinitionArn=customer, **member) == (
        "InvalidParameterException"
    )


CONTAINER_FAULTS = {
    "no image": {},
    "empty image": {"image": ""},
    "long image": {"image": "x" * 256},
    "image with space": {"image": "a b"},
    "short digest": {"image": "a@sha256:00"},
    "port 0": {"image": "x", "containerPort": 0},
    "port 65536": {"image": "x", "containerPort": 65536},
    "half a log configuration": {"image": "x", "awsLogsConfiguration": {"logGroup": "g"}},
    "empty log group": {"image": "x", "awsLogsConfiguration": {"logGroup": "", "logStreamPrefix": "p"}},
    "empty credentials": {"image": "x", "repositoryCredentials": {"credentialsParameter": ""}},
    "nameless variable": {"image": "x", "environment": [{"value": "1"}]},
    "blank variable": {"image": "x", "environment": [{"name": "", "value": "1"}]},
    "variable twice": {"image": "x", "environment": [{"name": "A"}, {"name": "A"}]},
    "secret from nowhere": {"image": "x", "secrets": [{"name": "A"}]},
    "secret twice": {"image": "x", "secrets": [{"name": "A", "valueFrom": "v"}] * 2},
}
FAULTS = {
    **{name: {"primaryContainer": container} for name, container in CONTAINER_FAULTS.items()},
    "no pair for cpu": {"cpu": "1024"},
    "unknown cpu": {"cpu": "300", "memory": "512"},
    "cpu with unit": {"cpu": "1 vCPU", "memory": "2048"},
    "leading zero": {"cpu": "0256"},
    "empty memory": {"memory": ""},
    "unknown architecture": {"cpuArchitecture": "arm64"},
    "relative path": {"healthCheckPath": "ping"},
    "empty path": {"healthCheckPath": ""},
    "long path": {"healthCheckPath": "/" + "x" * 1024},
    "role is a user": {"taskRoleArn": "arn:aws:iam::123456789012:user/x"},
    "empty role": {"executionRoleArn": ""},
    "negative count": {"scalingTarget": {"minTaskCount": -1}},
    "no room": {"scalingTarget": {"minTaskCount": 0, "maxTaskCount": 0}},
    "min above present max": {"scalingTarget": {"minTaskCount": 21}},
    "101 percent": {"scalingTarget": {"autoScalingTargetValue": 101}},
    "no requests": {
        "scalingTarget": {"autoScalingMetric": "REQUEST_COUNT_PER_TARGET", "autoScalingTargetValue": 0}
    },
    "unknown metric": {"scalingTarget": {"autoScalingMetric": "CPUUtilization"}},
    "empty subnet": {"networkConfiguration": {"subnets": [""]}},
    "task definition is a family": {"taskDefinitionArn": "customer"},
    "revision 0": {"taskDefinitionArn": PLACE.arn("task-definition/x:0")},
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_refused_update_leaves_no_trace(backend, arn, fault):
    """An update that is invalid in one way is refused, and the valid member beside it has no effect."""
    before = describe(backend, arn)
    request = {"serviceArn": arn, "networkConfiguration": {"securityGroups": ["sg-9"]}, **fault}
    assert refusal(backend.update, **request) == "InvalidParameterException"
    assert describe(backend, arn) == before


LAST_VALID = {
    "largest size": {"cpu": "16384", "memory": "122880"},
    "longest path": {"healthCheckPath": "/" + "x" * 1023},
    "path with query": {"healthCheckPath": "/ping?format=json"},
    "longest image": {"primaryContainer": {"image": "x" * 255}},
    "digest": {"primaryContainer": {"image": "x/y@sha256:" + "0" * 64}},
    "highest port": {"primaryContainer": {"image": "x", "containerPort": 65535}},
    "lowest counts": {"scalingTarget": {"minTaskCount": 0, "maxTaskCount": 1}},
    "all percents": {"scalingTarget": {"autoScalingTargetValue": 100}},
    "most requests": {
        "scalingTarget": {"autoScalingMetric": "REQUEST_COUNT_PER_TARGET", "autoScalingTargetValue": 65536}
    },
    "empty structures": {"scalingTarget": {}, "networkConfiguration": {}},
    "role with signs": {"taskRoleArn": f"{ROLE}with/path/and+signs=,.@-_"},
}


@pytest.mark.parametrize("members", LAST_VALID.values(), ids=LAST_VALID)
def test_the_last_valid_values_are_taken(backend, arn, members):
    """What is just inside a limit is accepted and shown as it was given."""
    shown = update(backend, arn, **members)
    for name, value in members.items():
        assert shown[name] == ({**shown[name], **value} if isinstance(value, dict) else value)


@pytest.mark.parametrize(
    ("arn_of", "classes"),
    [
        (PLACE.arn("service/shop/none"), "ServiceNotFoundException ResourceNotFoundException"),
        (PLACE.arn("service/none/web"), "ClusterNotFoundException"),
        (PLACE.arn("service/shop/ordinary"), "InvalidParameterException"),
        (PLACE.arn("service/web"), "InvalidParameterException"),
        (PLACE.arn("cluster/shop"), "InvalidParameterException"),
        (PLACE.arn("service/shop/web\n"), "InvalidParameterException"),
        ("web", "InvalidParameterException"),
        ("", "InvalidParameterException"),
        *[
            (arn, "InvalidParameterException")
            for arn in (
                "arn:aws:ecs:us-east-1:210987654321:service/shop/web",
                "arn:aws:ecs:eu-west-1:123456789012:service/shop/web",
                "arn:aws-cn:ecs:us-east-1:123456789012:service/shop/web",
                "arn:aws:ec2:us-east-1:123456789012:service/shop/web",
            )
        ],
    ],
)
def test_an_arn_must_lead_to_a_service(backend, arn, around, arn_of, classes):
    """Each operation answers the class that it declares for what an ARN fails to name."""
    around.ordinary.add(("shop", "ordinary"))
    assert describe(backend, arn)["serviceName"] == "web"
    assert refusal(backend.update, serviceArn=arn_of) == classes.split()[0]
    assert refusal(backend.delete, serviceArn=arn_of) == classes.split()[0]
    assert refusal(backend.describe, serviceArn=arn_of) == classes.split()[-1]


BAD_CREATIONS = {
    "nothing to run": {"primaryContainer": None},
    "no infrastructure role": {"infrastructureRoleArn": None},
    "name with space": {"serviceName": "no spaces"},
    "long name": {"serviceName": "x" * 256},
    "cluster with space": {"cluster": "no spaces"},
    "cluster of another account": {"cluster": "arn:aws:ecs:us-east-1:210987654321:cluster/shop"},
    "unknown cluster": {"cluster": "none", "expected": "ClusterNotFoundException"},
    "foreign role": {
        "executionRoleArn": "arn:aws:iam::210987654321:role/x",
        "expected": "AccessDeniedException",
    },
    "name of an ordinary service": {"serviceName": "ordinary"},
    "unknown task definition": {
        "taskDefinitionArn": PLACE.arn("task-definition/x:1"),
        "primaryContainer": None,
        "executionRoleArn": None,
        "expected": "ClientException",
    },
    "reserved tag": {"tags": [{"key": "AWS:x"}]},
    "empty tag": {"tags": [{"key": ""}]},
    "tag with star": {"tags": [{"key": "x", "value": "*"}]},
    "tag twice": {"tags": [{"key": "x"}, {"key": "x"}]},
    "too many tags": {"tags": [{"key": str(number)} for number in range(51)]},
}


@pytest.mark.parametrize("members", BAD_CREATIONS.values(), ids=BAD_CREATIONS)
def test_a_refused_creation_makes_nothing(backend, around, members):
    """A creation that is invalid in one way is refused and leaves no service and no task definition."""
    around.ordinary.add(("shop", "ordinary"))
    request = {name: value for name, value in {**CREATE, **members}.items() if value is not None}
    expected = request.pop("expected", "InvalidParameterException")
    assert refusal(backend.create, **request) == expected
    assert backend.services == {}
    assert around.definitions == {}


def test_concurrent_updates_of_different_members_are_all_kept(backend, arn):
    """Of updates at the same time that change different members, none is lost."""
    changes = [
        {"healthCheckPath": "/x"},
        {"taskRoleArn": f"{ROLE}t"},
        {"scalingTarget": {"minTaskCount": 2}},
        {"networkConfiguration": {"subnets": ["subnet-9"]}},
        {"primaryContainer": {"image": "nginx:7"}},
    ]
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(lambda change: update(backend, arn, **change), changes * 20))
    shown = describe(backend, arn)["activeConfigurations"][0]
    assert (shown["healthCheckPath"], shown["taskRoleArn"]) == ("/x", f"{ROLE}t")
    assert shown["scalingTarget"]["minTaskCount"] == 2
    assert shown["networkConfiguration"]["subnets"] == ["subnet-9"]
    assert shown["primaryContainer"]["image"] == "nginx:7"


def test_answers_have_modelled_members_only(backend, arn, customer):
    """No answer has a member that its shape has not, at any depth, and none is null."""
    update(backend, arn, taskDefinitionArn=customer)
    answers = {
        model.OPERATION: backend.update({"serviceArn": arn}),
        model.DESCRIBE: backend.describe({"serviceArn": arn, "include": ["TAGS"]}),
        model.DELETE: backend.delete({"serviceArn": arn}),
    }
    for operation, answer in answers.items():
        known = {member.path for member in model.operation(operation).output}
        assert set(paths(answer)) <= known


def paths(value, path=""):
    """The paths of all members and elements in a value."""
    assert value is not None
    items = value.items() if isinstance(value, dict) else ()
    for name, child in items:
        child_path = f"{path}.{name}" if path else name
        yield child_path
        yield from paths(child, child_path)
    for child in value if isinstance(value, list) else ():
        yield f"{path}[]"
        yield from paths(child, f"{path}[]")
