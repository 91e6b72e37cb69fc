"""Updates: every drawn one is valid, the presence subsets are complete, sizes survive one-sided updates."""

import json
import re
from itertools import product

import pytest
from botocore.validate import ParamValidator
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies import updates
from strategies.baselines import baseline
from strategies.pools import ValuePools
from strategies.shapes import update_shape
from strategies.sizes import FARGATE, compatible_pairs, excluded_memories, fargate_pairs, is_offered
from strategies.updates import (
    EXCLUDED_BY_TASK_DEFINITION,
    OPTIONAL,
    TASK_DEFINITION,
    all_presence_subsets,
    conflicts,
    full_updates,
    known_members,
    members,
    optional_members,
    presence_subsets,
    projected,
    valid_updates,
)

FEW = settings(max_examples=200, database=None, deadline=None, derandomize=True)
FIND = settings(
    FEW,
    phases=[Phase.generate, Phase.shrink],
    max_examples=5000,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
POOLS = ValuePools(
    account="000000000001",
    region="eu-west-1",
    roles=("arn:aws:iam::000000000001:role/only",),
    images=("registry.example/app:1",),
    subnets=("subnet-a1", "subnet-b2"),
    security_groups=("sg-a1",),
    log_groups=("/there/is",),
    secrets=("arn:aws:ssm:eu-west-1:000000000001:parameter/there",),
    repository_credentials=("arn:aws:secretsmanager:eu-west-1:000000000001:secret:r-AbCdEf",),
)

ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/(?:[\w+=,.@-]+/)*[\w+=,.@-]{1,64}", re.ASCII)
IMAGE = re.compile(r"[\w.:/#-]+(@sha256:[0-9a-f]{64})?", re.ASCII)
SECRET = re.compile(
    r"arn:aws[a-z-]*:(secretsmanager:[a-z0-9-]+:\d{12}:secret|ssm:[a-z0-9-]+:\d{12}:parameter).+"
)
VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
OFFERED = {
    256: (512, 1024, 2048),
    512: range(1024, 4097, 1024),
    1024: range(2048, 8193, 1024),
    2048: range(4096, 16385, 1024),
    4096: range(8192, 30721, 1024),
    8192: range(16384, 61441, 4096),
    16384: range(32768, 122881, 8192),
}
PERCENTAGES = {"AVERAGE_CPU", "AVERAGE_MEMORY"}


def faults(update):
    """What is wrong with an update, by rules written here once more, apart from the strategies."""
    body = {"serviceArn": "arn:aws:ecs:us-east-1:123456789012:service/default/app", **update}
    report = ParamValidator().validate(body, update_shape())
    if report.has_errors():
        return [report.generate_report()]
    # Python's True is an int, to botocore as well. No member of the request is a boolean.
    found = [f"boolean {leaf}" for leaf in leaves(update) if isinstance(leaf, bool)]
    return found or [*container_faults(update.get("primaryContainer", {})), *top_faults(update)]


def top_faults(update):
    """The faults outside of the container."""
    for role in ("executionRoleArn", "taskRoleArn"):
        if role in update and not ROLE.fullmatch(update[role]):
            yield role
    path = update.get("healthCheckPath", "/")
    if not path.startswith("/") or len(path) > 1024:
        yield "healthCheckPath"
    if not fits(update.get("cpu", "1024"), update.get("memory", "4096")):
        yield "cpu and memory"
    if update.get("cpuArchitecture", "ARM64") not in {"X86_64", "ARM64"}:
        yield "cpuArchitecture"
    if conflicts(update):
        yield "conflict"
    scaling = update.get("scalingTarget", {})
    if not 0 <= scaling.get("minTaskCount", 0) <= scaling.get("maxTaskCount", 5):
        yield "task counts"
    metric = scaling.get("autoScalingMetric", "AVERAGE_CPU")
    if metric not in {*PERCENTAGES, "REQUEST_COUNT_PER_TARGET"}:
        yield "metric"
    if not 1 <= scaling.get("autoScalingTargetValue", 60) <= (100 if metric in PERCENTAGES else 65536):
        yield "target value"


def fits(cpu, memory):
    """Whether Fargate offers the pair, both written as plain digits."""
    return cpu.isdigit() and memory.isdigit() and int(memory) in OFFERED.get(int(cpu), ())


def container_faults(container):
    """The faults inside of the container."""
    image = container.get("image", "nginx")
    if len(image) > 255 or not IMAGE.fullmatch(image):
        yield "image"
    if not 1 <= container.get("containerPort", 80) <= 65535:
        yield "containerPort"
    variables = [variable["name"] for variable in container.get("environment", ())]
    secrets = [secret["name"] for secret in container.get("secrets", ())]
    names = variables + secrets
    if len(set(names)) < len(names) or not all(VARIABLE.fullmatch(name) for name in names):
        yield "names"
    if not all(SECRET.fullmatch(secret["valueFrom"]) for secret in container.get("secrets", ())):
        yield "valueFrom"


def leaves(value):
    """All scalars inside of a JSON value."""
    if isinstance(value, dict):
        value = list(value.values())
    if not isinstance(value, list):
        return [value]
    return [leaf for element in value for leaf in leaves(element)]


def test_optional_members_come_from_the_model():
    """The model's ten optional members are found, without serviceArn and without nested ones."""
    assert set(update_shape().members) - {"serviceArn"} == set(OPTIONAL)
    assert optional_members() == OPTIONAL == known_members()
    assert set(EXCLUDED_BY_TASK_DEFINITION) < set(OPTIONAL)


@FEW
@given(valid_updates())
def test_valid_updates_are_valid(update):
    """No drawn update breaks a rule, and it is the same after a round trip through JSON."""
    assert faults(update) == []
    assert json.loads(json.dumps(update)) == update


@FEW
@given(full_updates(), full_updates(whole_table=True))
def test_full_updates_are_valid_and_full(stable, whole):
    """A full update has every optional member but one, and all members inside of them."""
    for update in (stable, whole):
        assert faults(update) == []
        assert set(update) == set(OPTIONAL) - {"taskDefinitionArn"}
        assert set(update["primaryContainer"]) == set(update_shape().members["primaryContainer"].members)
        assert set(update["scalingTarget"]) == set(update_shape().members["scalingTarget"].members)
        assert len(update["networkConfiguration"]) == 2
        assert json.loads(json.dumps(update)) == update


@FEW
@given(full_updates(pools=POOLS))
def test_pools_are_kept_to(update):
    """Where the target has values, no other is drawn."""
    assert faults(update) == []
    assert update["executionRoleArn"] == update["taskRoleArn"] == POOLS.roles[0]
    container, network = update["primaryContainer"], update["networkConfiguration"]
    assert container["image"] == POOLS.images[0]
    assert container["awsLogsConfiguration"]["logGroup"] == POOLS.log_groups[0]
    assert container["repositoryCredentials"] == {"credentialsParameter": POOLS.repository_credentials[0]}
    assert {secret["valueFrom"] for secret in container["secrets"]} == set(POOLS.secrets)
    assert sorted(network["subnets"]) == list(POOLS.subnets)
    assert network["securityGroups"] == list(POOLS.security_groups)


def test_full_updates_shrink_to_the_simplest_values():
    """Without a reason for more, each member has its plainest value."""
    update = find(full_updates(), lambda _: True, settings=FIND)
    assert update["healthCheckPath"] == "/"
    assert update["primaryContainer"]["image"] == "nginx:latest"
    assert update["primaryContainer"]["environment"] == [{"name": "A", "value": "x"}]
    assert (update["cpu"], update["memory"]) == ("1024", "4096")


def test_members_shrink_by_themselves():
    """What a failure needs stays, and everything else becomes the simplest."""
    plain = find(full_updates(), lambda _: True, settings=FIND)
    needed = find(full_updates(), lambda update: update["cpuArchitecture"] == "ARM64", settings=FIND)
    assert needed == {**plain, "cpuArchitecture": "ARM64"}


def test_valid_updates_shrink_to_the_members_that_matter():
    """The simplest update is empty; one that needs a nested member has it and what the model requires."""
    assert find(valid_updates(), lambda _: True, settings=FIND) == {}
    with_port = find(
        valid_updates(), lambda u: u.get("primaryContainer", {}).get("containerPort", 80) > 80, settings=FIND
    )
    assert with_port == {"primaryContainer": {"image": "nginx:latest", "containerPort": 8080}}
    switched = find(valid_updates(), lambda update: "taskDefinitionArn" in update, settings=FIND)
    assert switched == {"taskDefinitionArn": TASK_DEFINITION}


@pytest.mark.parametrize(
    "path", ["containerPort", "awsLogsConfiguration", "command", "environment", "secrets"]
)
def test_nested_members_vary_in_presence(path):
    """A container is drawn with and without each of its optional members."""
    for present in (True, False):
        found = find(
            valid_updates(),
            lambda u, present=present: "primaryContainer" in u and (path in u["primaryContainer"]) == present,
            settings=FIND,
        )
        assert set(found) == {"primaryContainer"}


@pytest.mark.parametrize("name", ["scalingTarget", "networkConfiguration"])
def test_structures_are_never_empty(name):
    """A structure whose members are all optional is drawn with one of them, but not with none."""
    smallest = find(valid_updates(), lambda update: name in update, settings=FIND)
    assert len(smallest[name]) == 1

    @FEW
    @given(members([name], partial=True))
    def never_empty(update):
        assert update[name]

    never_empty()


def test_members_are_exactly_the_named_ones():
    """What is named is there, and nothing else."""
    names = ["memory", "taskDefinitionArn", "scalingTarget"]

    @FEW
    @given(members(names))
    def exactly(update):
        assert set(update) == set(names)

    exactly()
    assert find(members([]), lambda _: True, settings=FIND) == {}


def test_impossible_members_are_refused():
    """Unknown names, and one half of a pair from the whole table, are errors of the caller."""
    with pytest.raises(InvalidArgument, match="serviceArn"):
        members(["serviceArn"])
    with pytest.raises(InvalidArgument, match="both cpu and memory"):
        members(["cpu"], whole_table=True)
    with pytest.raises(InvalidArgument, match="nonsense"):
        valid_updates(names=["nonsense"])
    with pytest.raises(InvalidArgument, match="memory"):
        projected({"cpu": "1024"}, ["memory"])


def test_a_member_without_a_domain_takes_any_value_of_its_shape(monkeypatch):
    """A member of a newer model is drawn by its shape, where it is asked for, and is not called valid."""
    monkeypatch.delitem(updates._DOMAINS, "healthCheckPath")
    drawn = find(members(["healthCheckPath", "cpu"]), lambda u: len(u["healthCheckPath"]) == 1, settings=FIND)
    assert drawn == {"healthCheckPath": "0", "cpu": "1024"}
    with pytest.raises(InvalidArgument, match="not known"):
        valid_updates(names=["healthCheckPath"])


def test_named_valid_updates_have_no_others():
    """The caller can leave members out, for instance where a target has no task definition."""

    @FEW
    @given(valid_updates(names=["cpu", "memory"]))
    def only_named(update):
        assert set(update) <= {"cpu", "memory"}

    only_named()


def test_all_presence_subsets_are_enumerated_once():
    """Two to the power of the number of names, smallest first, each one sorted."""
    subsets = all_presence_subsets(OPTIONAL)
    assert len(subsets) == len(set(subsets)) == 2 ** len(OPTIONAL)
    assert subsets[0] == ()
    assert set(subsets[-1]) == set(OPTIONAL)
    assert [len(subset) for subset in subsets] == sorted(len(subset) for subset in subsets)
    assert all(list(subset) == sorted(subset) for subset in subsets)
    assert subsets == all_presence_subsets(tuple(reversed(OPTIONAL)))


def test_presence_subsets_shrink_to_the_names_that_matter():
    """The simplest subset is empty; a needed name stays alone."""
    assert find(presence_subsets(OPTIONAL), lambda _: True, settings=FIND) == []
    assert find(presence_subsets(OPTIONAL), lambda s: "cpu" in s, settings=FIND) == ["cpu"]
    full = find(presence_subsets(OPTIONAL[:5]), lambda s: len(s) == 5, settings=FIND)
    assert full == sorted(OPTIONAL[:5])


@FEW
@given(full_updates(), presence_subsets(OPTIONAL))
def test_projections_have_the_members_of_their_subset(update, subset):
    """A projection is valid unless its subset conflicts, and conflicts need a task definition."""
    part = projected(update, subset)
    assert sorted(part) == subset
    assert bool(faults(part)) == bool(conflicts(subset))
    if "taskDefinitionArn" not in subset:
        assert conflicts(subset) == ()


@FEW
@given(st.lists(st.one_of(members(["cpu"]), members(["memory"]), members(["cpu", "memory"])), max_size=8))
def test_sizes_survive_any_sequence_of_updates(sequence):
    """Whatever sides are sent in whatever order, Fargate offers the result."""
    state = {name: baseline()[name] for name in ("cpu", "memory")}
    for update in sequence:
        state.update(update)
        assert fits(state["cpu"], state["memory"])


def test_compatible_pairs_are_a_closed_rectangle():
    """Every CPU size goes with every memory size."""
    pairs = compatible_pairs()
    cpus, memories = {cpu for cpu, _ in pairs}, {memory for _, memory in pairs}
    assert set(pairs) == set(product(cpus, memories))
    assert all(fits(*pair) for pair in pairs)
    assert cpus == {"1024", "2048"}
    assert {int(memory) for memory in memories} == {4096, 5120, 6144, 7168, 8192}


@FEW
@given(st.lists(members(["scalingTarget"], partial=True), max_size=8))
def test_scaling_targets_survive_any_sequence_of_updates(sequence):
    """Partial scaling targets on top of each other are valid, whether absent members are kept or reset."""
    state = dict(baseline()["scalingTarget"])
    for update in sequence:
        state.update(update["scalingTarget"])
        assert faults({"scalingTarget": state}) == []


@pytest.mark.parametrize("pair", [["256", "512"], ["256", "2048"], ["16384", "122880"], ["4096", "30720"]])
def test_the_whole_table_is_reached(pair):
    """Pairs at the corners of the table are drawn."""
    assert find(fargate_pairs(), lambda drawn: drawn == pair, settings=FIND) == pair
    update = find(full_updates(whole_table=True), lambda u: [u["cpu"], u["memory"]] == pair, settings=FIND)
    assert faults(update) == []


def test_fargate_pairs_shrink_to_the_smallest():
    """The simplest pair is the first of the table."""
    assert find(fargate_pairs(), lambda _: True, settings=FIND) == ["256", "512"]
    assert find(fargate_pairs(whole_table=False), lambda _: True, settings=FIND) == ["1024", "4096"]


@pytest.mark.parametrize("cpu", list(FARGATE))
def test_excluded_memories_are_not_offered(cpu):
    """The near misses of a row of the table are not in the row."""
    assert not any(fits(cpu, memory) for memory in excluded_memories(cpu))


def test_the_table_is_the_documented_one():
    """All pairs of the table, and none beside it, are offered."""
    sizes = {str(size) for sizes in OFFERED.values() for size in sizes}
    for cpu, memory in product(map(str, OFFERED), sizes):
        assert is_offered(cpu, memory) == fits(cpu, memory)
    assert not is_offered("many", "much")


def test_the_baseline_shows_every_reset_and_mix_up():
    """The baseline is valid and full, no value is a documented default, and no two values are equal."""
    body = baseline()
    assert faults(body) == []
    assert set(body) == set(OPTIONAL) - {"taskDefinitionArn"}
    assert (body["cpu"], body["memory"]) in compatible_pairs()
    values = leaves(body)
    assert len(values) == len(set(values))
    assert body["cpu"] not in {"256", "1024"}
    assert body["memory"] not in {"512", "2048"}
    assert not {"/", "/ping", "ecs", "X86_64", "AVERAGE_CPU", 80, 1, 20, 60} & set(values)
    assert baseline() == body


def test_the_baseline_uses_the_pools():
    """At a target with pools, the baseline names what is there, even if that is only one."""
    body = baseline(POOLS)
    assert faults(body) == []
    assert body["executionRoleArn"] == body["taskRoleArn"] == POOLS.roles[0]
    assert body["networkConfiguration"]["subnets"] == list(POOLS.subnets)
