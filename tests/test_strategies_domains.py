"""The domains of the members: limits reached on both sides, shrinking, refusal of impossible arguments."""

import pytest
from hypothesis import Phase, find, given, settings
from hypothesis.errors import InvalidArgument

from strategies import domains
from strategies.arns import credential_arns, role_arns, secret_references
from strategies.containers import commands, log_configurations, primary_containers, repository_credentials
from strategies.images import container_ports, health_check_paths, images
from strategies.networks import network_configurations
from strategies.pools import ValuePools
from strategies.scaling import scaling_targets
from strategies.sizes import excluded_memories
from strategies.variables import environments, secrets

FEW = settings(max_examples=100, database=None, deadline=None, derandomize=True)
FIND = settings(FEW, phases=[Phase.generate, Phase.shrink], max_examples=20_000)


@pytest.mark.parametrize(
    ("strategy", "simplest"),
    [
        (role_arns(), "arn:aws:iam::123456789012:role/role"),
        (
            role_arns(pools=ValuePools(account="1" * 12, partition="aws-cn")),
            f"arn:aws-cn:iam::{'1' * 12}:role/role",
        ),
        (secret_references(), "arn:aws:secretsmanager:us-east-1:123456789012:secret:app/a-AbCdEf"),
        (credential_arns(), "arn:aws:secretsmanager:us-east-1:123456789012:secret:registry/a-AbCdEf"),
        (images(), "nginx:latest"),
        (images(pools=ValuePools(images=("mine", "other"))), "mine"),
        (container_ports(), 80),
        (container_ports(min_value=9000, max_value=9100), 9000),
        (health_check_paths(), "/"),
        (commands(), ["run"]),
        (log_configurations(), {"logGroup": "/ecs/app", "logStreamPrefix": "app"}),
        (
            repository_credentials(pools=ValuePools(repository_credentials=("arn:x",))),
            {"credentialsParameter": "arn:x"},
        ),
        (environments(), [{"name": "A", "value": "x"}]),
        (environments(min_size=0), []),
        (secrets(pools=ValuePools(secrets=("arn:s",))), [{"name": "SECRET_A", "valueFrom": "arn:s"}]),
        (primary_containers(partial=True), {"image": "nginx:latest"}),
        (scaling_targets(partial=True), {"minTaskCount": 0}),
        (
            network_configurations(partial=True),
            {"subnets": ["subnet-00000000000000001", "subnet-00000000000000002"]},
        ),
        (
            network_configurations(pools=ValuePools(subnets=("s",), security_groups=("g",))),
            {"subnets": ["s"], "securityGroups": ["g"]},
        ),
    ],
)
def test_every_domain_shrinks_to_its_simplest_value(strategy, simplest):
    """Where any value does, the documented simplest one is found."""
    assert find(strategy, lambda _: True, settings=FIND) == simplest


@pytest.mark.parametrize(
    ("strategy", "reached"),
    [
        (container_ports(), lambda port: port == 1),
        (container_ports(), lambda port: port == 65535),
        (container_ports(), lambda port: port not in {80, 8080, 443} and 9999 < port < 60_000),
        (container_ports(max_value=10), lambda port: port == 10),
        (health_check_paths(), lambda path: len(path) == 1024),
        (health_check_paths(), lambda path: "?" in path),
        (images(), lambda image: len(image) == 255),
        (images(), lambda image: "@sha256:" in image),
        (images(), lambda image: ".dkr.ecr.us-east-1." in image),
        (images(), lambda image: ":" not in image),
        (role_arns(), lambda arn: "/service-role/" in arn),
        (role_arns(), lambda arn: len(arn.rpartition("/")[2]) == 64),
        (secret_references(), lambda arn: ":ssm:" in arn),
        (secret_references(), lambda arn: arn.endswith("::")),
        (environments(), lambda variables: any("漢" in variable["value"] for variable in variables)),
        (environments(), lambda variables: any(len(variable["value"]) == 1024 for variable in variables)),
        (environments(), lambda variables: len(variables) == 4),
        (secrets(), lambda drawn: len(drawn) == 3),
        (commands(), lambda words: len(words) == 3),
        (commands(min_size=0), lambda words: not words),
        (scaling_targets(), lambda target: target["autoScalingTargetValue"] == 1),
        (scaling_targets(), lambda target: target["autoScalingTargetValue"] == 100),
        (scaling_targets(), lambda target: target["minTaskCount"] == target["maxTaskCount"]),
        (scaling_targets(whole_range=True), lambda target: target["autoScalingTargetValue"] == 65536),
        (scaling_targets(whole_range=True), lambda target: target["minTaskCount"] == 20),
        (scaling_targets(whole_range=True), lambda target: target["maxTaskCount"] == 1),
        (network_configurations(), lambda network: len(network["subnets"]) == 4),
        (network_configurations(partial=True), lambda network: "subnets" not in network),
    ],
)
def test_limits_and_forms_are_reached(strategy, reached):
    """Values at the limits of a domain, and of each of its forms, are drawn."""
    assert reached(find(strategy, reached, settings=FIND))


IMPOSSIBLE = {
    "a port of 0": lambda: container_ports(min_value=0),
    "a port of 65536": lambda: container_ports(max_value=65536),
    "ports in the wrong order": lambda: container_ports(min_value=9, max_value=8),
    "words in the wrong order": lambda: commands(min_size=2, max_size=1),
    "only empty commands": lambda: commands(min_size=0, max_size=0),
    "too many variables": lambda: environments(max_size=100),
    "secrets in the wrong order": lambda: secrets(min_size=3, max_size=2),
    "no such CPU size": lambda: excluded_memories("1"),
    "no choices": lambda: domains.choices(()),
    "numbers in the wrong order": lambda: domains.numbers(minimum=1, maximum=0),
    "no values to select": lambda: domains.selections((), min_size=0, max_size=1),
}


@pytest.mark.parametrize("make", IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_impossible_arguments_are_refused(make):
    """An argument that leaves no value is an error of the caller, found before anything is drawn."""
    with pytest.raises(InvalidArgument):
        make()


def test_texts_are_numbered_from_the_shortest():
    """Each code is another text, in the order of length and then of the alphabet."""
    domain = domains.texts("ab", width=1)
    drawn = [domain.decode(bytes([number])) for number in range(256)]
    assert drawn[:7] == ["a", "b", "aa", "ab", "ba", "bb", "aaa"]
    assert len(set(drawn)) == 256


def test_large_choices_take_two_bytes():
    """More values than one byte can number are all reached."""
    domain = domains.choices(range(1000))
    assert domain.width == 2
    assert {domain.decode(number.to_bytes(2, "big")) for number in range(1000)} == set(range(1000))


def test_values_are_made_anew():
    """Two draws share no list or dict, so nobody can spoil another test case."""
    domain = domains.records({"list": domains.lists(domains.choices("a"), min_size=1, max_size=1)})
    first, second = domain.decode(bytes(domain.width)), domain.decode(bytes(domain.width))
    first["list"].append("spoiled")
    assert second == {"list": ["a"]}


@FEW
@given(environments(min_size=2), secrets(min_size=2), network_configurations())
def test_elements_differ(variables, drawn_secrets, network):
    """Names are unique, and no variable is called like a secret; subnets and groups are unique."""
    names = [element["name"] for element in variables + drawn_secrets]
    assert len(names) == len(set(names)) >= 4
    for ids in network.values():
        assert len(ids) == len(set(ids))


def test_pools_are_read_from_a_mapping():
    """Strings and lists of strings become pools that can be hashed; what is absent has its default."""
    pools = ValuePools.from_mapping({"account": "000000000000", "subnets": ["a", "b"], "roles": ()})
    assert pools == ValuePools(account="000000000000", subnets=("a", "b"))
    assert hash(pools) == hash(ValuePools.from_mapping({"account": "000000000000", "subnets": ["a", "b"]}))
    assert ValuePools.from_mapping({}) == ValuePools()


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ({"subnet": ["a"]}, "subnet.*The pools are: account.*subnets"),
        ({"subnets": "a"}, "'subnets' must be a list"),
        ({"subnets": [1]}, "'subnets' must be a list"),
        ({"images": [""]}, "'images' must be a list"),
        ({"account": 123456789012}, "'account' must be a non-empty string"),
        ({"region": ""}, "'region' must be a non-empty string"),
        ({"roles": None}, "'roles' must be a list"),
    ],
)
def test_unusable_pools_are_explained(mapping, message):
    """A typing error in a configuration file is answered with what is expected there."""
    with pytest.raises(ValueError, match=message):
        ValuePools.from_mapping(mapping)
