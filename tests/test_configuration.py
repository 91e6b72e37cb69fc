"""``express-conformance.toml``: what it says, and what is told of a mistake."""

from __future__ import annotations

import pytest

from conformance.configuration import load, target
from conformance.exceptions import ConfigurationError
from conformance.targets import Settings
from conformance.targets.aws import Aws
from conformance.wire import Limits
from strategies.pools import ValuePools

WHOLE = """
[targets.mine]
target = "url:http://localhost:4566"
region = "eu-west-1"
access_key = "k"
secret_key = "s"
cluster = "c"
infrastructure_role = "r"
service_arn = "a"
known = "known.toml"
start_seconds = 3
[targets.mine.limits]
read_timeout = 1.5
max_body_bytes = 1000
[targets.mine.values]
subnets = ["subnet-1", "subnet-2"]
account = "210987654321"
[targets.bare]
endpoint_url = "http://localhost:1"
"""


def written(tmp_path, text):
    """A configuration file with this text."""
    path = tmp_path / "express-conformance.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(function, *arguments):
    """What is said of a configuration that cannot be used."""
    with pytest.raises(ConfigurationError) as caught:
        function(*arguments)
    assert caught.value.exit_code == 2
    assert "\n" not in caught.value.message
    return str(caught.value)


def test_a_named_target_has_all_that_its_entry_says(tmp_path):
    """Every setting of an entry reaches the target; what it leaves out has its default."""
    found = target("mine", {}, load(written(tmp_path, WHOLE)))
    settings = found.settings
    assert (found.kind, found.address) == ("url", "http://localhost:4566")
    assert (settings.name, settings.region, settings.cluster) == ("mine", "eu-west-1", "c")
    assert (settings.access_key, settings.secret_key, settings.profile) == ("k", "s", "")
    assert (settings.infrastructure_role, settings.service_arn, settings.known) == ("r", "a", "known.toml")
    assert settings.start_seconds == 3
    assert settings.limits == Limits(read_timeout=1.5, max_body_bytes=1000)
    assert (settings.pools.subnets, settings.pools.account) == (("subnet-1", "subnet-2"), "210987654321")


def test_an_entry_without_a_target_is_its_endpoint(tmp_path):
    """An entry that names an endpoint alone is a URL target."""
    found = target("bare", {}, load(written(tmp_path, WHOLE)))
    with found.connect() as endpoint:
        assert endpoint.url == "http://localhost:1"


def test_the_command_line_wins(tmp_path):
    """What the command line gives replaces the entry's setting; an empty text gives nothing."""
    given = {"region": "us-west-2", "service_arn": ""}
    settings = target("mine", given, load(written(tmp_path, WHOLE))).settings
    assert (settings.region, settings.service_arn) == ("us-west-2", "a")


def test_a_target_that_is_not_in_the_file():
    """Any other target is what its text says, with defaults, and is called by its text."""
    found = target("url:http://localhost:1", {"region": "eu-west-1"}, {})
    pools = ValuePools(region="eu-west-1")
    assert found.settings == Settings(name="url:http://localhost:1", region="eu-west-1", pools=pools)


@pytest.mark.parametrize(
    ("region", "partition"),
    [("cn-north-1", "aws-cn"), ("us-gov-west-1", "aws-us-gov"), ("eu-west-1", "aws"), ("mars-1", "aws")],
)
def test_made_up_values_are_of_the_region(region, partition):
    """ARNs that nobody configured name the target's Region and its partition; what is configured stays."""
    found = target("mine", {"region": region}, {"mine": {"target": "url:http://localhost:1"}})
    assert (found.settings.pools.region, found.settings.pools.partition) == (region, partition)
    configured = {"target": "url:http://localhost:1", "values": {"partition": "aws-iso", "account": "1" * 12}}
    pools = target("mine", {"region": region}, {"mine": configured}).settings.pools
    assert (pools.region, pools.partition, pools.account) == (region, "aws-iso", "1" * 12)


LIVE = {
    "target": "aws:eu-west-1",
    "values": {"images": ["nginx"], "subnets": ["subnet-anywhere"]},
    "regional_values": {"eu-west-1": {"subnets": ["subnet-e"]}, "us-east-1": {"subnets": ["subnet-u"]}},
}


@pytest.mark.parametrize(
    ("given", "region", "subnet"),
    [("", "eu-west-1", "e"), ("us-east-1", "us-east-1", "u"), ("us-west-2", "us-west-2", "anywhere")],
)
def test_each_region_has_values_of_its_own(given, region, subnet):
    """What one Region has goes before what is said of all; the command line's Region before the address's."""
    found = target("live", {"region": given}, {"live": LIVE})
    assert isinstance(found, Aws)
    assert (found.region, found.settings.region, found.settings.pools.region) == (region, region, region)
    assert (found.settings.pools.images, found.settings.pools.subnets) == (("nginx",), (f"subnet-{subnet}",))


def test_no_file_is_no_target(tmp_path):
    """Without a file there are no named targets; an empty file has none either."""
    assert load(tmp_path / "none.toml") == {}
    assert load(written(tmp_path, "")) == {}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("[targets", "not valid TOML"),
        ("\ufefftargets = 1", "not valid TOML"),
        (b"\xff", "cannot be read"),
        ("[target.mine]", "Did you mean targets?"),
        ("targets = 5", "must hold tables"),
        ("targets.mine = 5", "must hold tables"),
        ("[targets.mine]\nregon = 'x'", "Did you mean region?"),
        ("[targets.mine]\nzzz = 'x'", "Known are: access_key"),
        ("[targets.mine]\nlimit = {}", "Did you mean limits?"),
    ],
)
def test_a_broken_file_is_told(tmp_path, text, words):
    """A file that is no TOML, or that says what means nothing, is refused with its name and a suggestion."""
    path = written(tmp_path, text)
    said = refused(load, path)
    assert words in said
    assert str(path) in said


def test_a_folder_is_no_file(tmp_path):
    """A folder in the file's place is refused."""
    assert "cannot be read" in refused(load, tmp_path)


@pytest.mark.parametrize(
    ("entry", "words"),
    [
        ({"region": 5}, "targets.mine.region must be a text"),
        ({"target": []}, "targets.mine.target must be a text"),
        ({"limits": 5}, "targets.mine.limits must be a table"),
        ({"limits": {"read_timeot": 5}}, "Did you mean read_timeout?"),
        ({"limits": {"read_timeout": "5"}}, "not a positive number"),
        ({"limits": {"read_timeout": 0}}, "not a positive number"),
        ({"limits": {"read_timeout": True}}, "not a positive number"),
        ({"limits": {"read_timeout": float("inf")}}, "not a positive number"),
        ({"start_seconds": float("nan")}, "not a positive number"),
        ({"start_seconds": -1}, "not a positive number"),
        ({"values": 5}, "targets.mine.values"),
        ({"values": []}, "targets.mine.values"),
        ({"values": {"subnet": []}}, "subnets"),
        ({"values": {"subnets": "subnet-1"}}, "list of non-empty strings"),
        ({"values": {"account": ""}}, "non-empty string"),
        ({"regional_values": 5}, "targets.mine.regional_values must be a table"),
        ({"regional_values": {"eu-west-1": 5}}, "targets.mine.regional_values.eu-west-1 must be a table"),
        (
            {"regional_values": {"eu-west-1": {"subnets": ""}}},
            "targets.mine.regional_values.eu-west-1: The pool",
        ),
        ({"target": "nowhere"}, "There is no target"),
    ],
)
def test_a_wrong_entry_is_told(entry, words):
    """A value of another type, or out of range, is refused with its place."""
    assert words in refused(target, "mine", {}, {"mine": entry})
