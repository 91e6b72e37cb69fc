"""Targets: what a text means, how each kind is reached, and what is never sent anywhere."""

from __future__ import annotations

import json
import os
import socket
import sys
import time
from contextlib import nullcontext
from pathlib import Path

import botocore
import pytest
from hostile import http, says, serving

from conformance.exceptions import ConfigurationError, TargetError
from conformance.targets import KINDS, Settings, parse
from conformance.targets import command as command_module
from conformance.targets.base import endpoint_at, is_aws

SETTINGS = Settings(name="t", start_seconds=10)
LISTEN = "import socket, sys, time; s = socket.create_server(('127.0.0.1', int(sys.argv[1])));"
SERVER = f'{sys.executable} -c "{LISTEN} print(41); time.sleep(60)" {{port}}'


def refused(text, error=ConfigurationError, **settings):
    """What is said of a target that cannot be used."""
    with pytest.raises(error) as caught, parse(text, Settings(**settings)).connect():
        pytest.fail("the target was reached")
    assert caught.value.message.endswith(".")
    assert "\n" not in caught.value.message
    return caught.value


def address_of(kind, url):
    """An address for a target of each kind."""
    return {"embedded": "", "url": url, "command": SERVER, "aws": "eu-west-1"}[kind]


@pytest.mark.parametrize("kind", KINDS)
def test_the_contract(kind):
    """A target knows its kind and settings, and gives an endpoint or an error of ours; twice alike."""
    with serving(says(http({}))) as server:
        target = parse(f"{kind}:{address_of(kind, server.url)}", SETTINGS)
        assert (target.kind, target.settings) == (kind, SETTINGS)
        refuses = (
            pytest.raises(ConfigurationError, match="nothing was sent") if kind == "aws" else nullcontext()
        )
        for _ in range(2):
            with refuses, target.connect() as endpoint:
                assert endpoint.url.startswith("http://127.0.0.1:")
                assert endpoint.region == "us-east-1"
                # The emulator checks who calls, so its callers are its own.
                assert (endpoint.access_key == "testing") == (kind != "embedded")
        assert not server.requests


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("", "Targets are"),
        ("embeded", "embedded"),
        ("mime", "mine"),
        ("localhost:4566", "http://localhost:4566"),
        ("ftp://localhost", "Targets are"),
    ],
)
def test_a_text_that_means_no_target(text, hint):
    """An unknown kind is refused, with what was perhaps meant."""
    with pytest.raises(ConfigurationError) as caught:
        parse(text, SETTINGS, {"mine": {}})
    assert hint in caught.value.hint


@pytest.mark.parametrize("text", ["aws", "aws:eu-west-1"])
def test_a_real_account_is_refused(text):
    """Nothing is sent to a real account that nobody allowed, whatever the credentials are."""
    error = refused(text)
    assert "nothing was sent" in error.message
    assert "plan" in error.hint


AWS = [
    "https://ecs.us-east-1.amazonaws.com",
    "HTTPS://ECS.us-east-1.AMAZONAWS.COM.",
    "https://ecs.us-east-1.amazonaws.com:443/",
    "http://amazonaws.com",
    "https://ecs.cn-north-1.amazonaws.com.cn",
    "https://ecs.eusc-de-east-1.amazonaws.eu",
    "https://ecs.us-east-1.api.aws",
    "https://ecs.us-iso-east-1.c2s.ic.gov",
]


@pytest.mark.parametrize("url", AWS)
def test_aws_is_no_url_target(url):
    """An endpoint of AWS is refused as a URL, however it is written; nothing is sent."""
    assert "belongs to AWS" in refused(f"url:{url}").message
    assert "belongs to AWS" in refused(url if url.startswith("http") else f"url:{url}").message
    assert "belongs to AWS" in refused("command:server", endpoint_url=url).message


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:4566",
        "http://[::1]:4566",
        "https://ecs.localhost.localstack.cloud:4566/prefix",
    ],
)
def test_other_hosts_are_allowed(url):
    """A host that only looks like AWS's is one like any other."""
    with parse(url, SETTINGS).connect() as endpoint:
        assert endpoint.url == url


@pytest.mark.parametrize(
    "url",
    [
        "localhost:4566",
        "ftp://localhost",
        "http://",
        "http://localhost:99999",
        "http://localhost:port",
        "http://[::1",
        "http://local host",
        "http://user:secret@localhost",
        "http://localhost@ecs.us-east-1.amazonaws.com",
        "http://localhost/?a=b",
        "http://localhost/#a",
        "http://ecs.us-east-1.amazonaws.com\\@localhost",
        "http://ecs.us-east-1.amazonaws.com\\x",
        "http://ecs.us-east-1.amazonaws\u3002com",
    ],
)
def test_what_is_no_url(url):
    """A URL that two parsers could read in two ways, or that holds more than an address, is refused."""
    error = refused(f"url:{url}")
    assert "http://HOST:PORT" in error.hint


def test_no_url_at_all():
    """A URL target without a URL is refused."""
    assert "no URL" in refused("url:").message


def test_every_partition_is_aws():
    """The domain names of all partitions that botocore knows belong to AWS."""
    data = Path(botocore.__file__).parent / "data"
    partitions = json.loads((data / "partitions.json").read_text())["partitions"]
    suffixes = {
        entry["outputs"][name] for entry in partitions for name in ("dnsSuffix", "dualStackDnsSuffix")
    }
    assert len(suffixes) > 8
    assert [suffix for suffix in suffixes if not is_aws(f"ecs.region.{suffix}")] == []


def test_ambient_credentials_are_not_sent(monkeypatch):
    """Credentials of the environment are not those of an endpoint that did not ask for them."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAREAL")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "real")
    endpoint = endpoint_at("http://localhost", SETTINGS)
    assert (endpoint.access_key, endpoint.token) == ("testing", None)


@pytest.fixture
def profiles(tmp_path, monkeypatch):
    """A configuration of the AWS CLI with one profile that has credentials and one that has none."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    config = "[profile full]\naws_access_key_id = AKIAFULL\naws_secret_access_key = s\n[profile bare]\n"
    (tmp_path / "config").write_text(f"{config}region = eu-west-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "config"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


@pytest.mark.usefixtures("profiles")
def test_profiles():
    """The credentials of a profile are used; one without any, or that is not there, is refused."""
    assert endpoint_at("http://localhost", Settings(profile="full")).access_key == "AKIAFULL"
    second = endpoint_at("http://localhost", Settings(restricted_profile="full"))
    assert (second.access_key, second.restricted_access_key) == ("testing", "AKIAFULL")
    for option in ("profile", "restricted_profile"):
        assert "'bare' has no credentials" in refused("http://localhost", **{option: "bare"}).message
    error = refused("http://localhost", profile="none")
    assert "'none'" in error.message
    assert "list-profiles" in error.hint


def test_secrets_are_not_printed():
    """Neither settings nor endpoints show their secret key."""
    settings = Settings(secret_key="s3cret")
    assert "s3cret" not in repr(settings) + repr(endpoint_at("http://localhost", settings))


def script(text):
    """A command that runs a Python script."""
    return f'command:{sys.executable} -c "{text}" {{port}}'


def is_free(port):
    """Whether nobody listens at a port, once those that were just killed are gone."""
    for _ in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return True
        time.sleep(0.02)
    return False


def test_a_command_is_started_and_stopped():
    """The port of a command is in its words and in PORT; with the context it ends, its children too."""
    fork = f"{LISTEN} import os; assert os.environ['PORT'] == sys.argv[1]; os.fork(); time.sleep(60)"
    with parse(script(fork), SETTINGS).connect() as endpoint:
        port = int(endpoint.url.rpartition(":")[2])
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    assert is_free(port)


def test_a_command_that_ignores_its_end(monkeypatch):
    """A server that does not end when asked to is killed."""
    monkeypatch.setattr(command_module, "_STOP_SECONDS", 0.2)
    stubborn = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); {LISTEN} time.sleep(60)"
    with parse(script(stubborn), SETTINGS).connect() as endpoint:
        port = int(endpoint.url.rpartition(":")[2])
    assert is_free(port)


def test_a_command_that_dies_at_once():
    """The code of a command that dies, and its last output, are told."""
    error = refused(script("print('no licence'); raise SystemExit(7)"), TargetError)
    assert "code 7" in error.message
    assert "no licence" in error.hint


def test_a_command_that_dies_later():
    """A command that dies while it is judged is told with its last output, in place of what followed."""
    target = parse(script(f"{LISTEN} s.accept(); s.accept(); print('out of memory')"), SETTINGS)

    def judge():
        with target.connect() as endpoint:
            port = int(endpoint.url.rpartition(":")[2])
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            time.sleep(0.3)
            raise TargetError("it does not answer.")

    with pytest.raises(TargetError) as caught:
        judge()
    assert "code 0" in caught.value.message
    assert "out of memory" in caught.value.hint


def test_a_command_that_never_listens():
    """The patience with a command is limited."""
    error = refused(
        script("import time; print('starting', flush=True); time.sleep(60)"), TargetError, start_seconds=0.5
    )
    assert "did not listen" in error.message
    assert "starting" in error.hint


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("command:server", "Where the command"),
        ("command:", "empty"),
        ("command:server 'unclosed {port}", "cannot be read"),
        ("command:/no/such/program {port}", "cannot be started"),
    ],
)
def test_commands_that_cannot_be(command, words):
    """A command that does not say where it listens, or that cannot be started, is refused."""
    assert words in refused(command).message


def test_a_command_at_a_given_endpoint():
    """A command without a port listens where it is said to."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    command = f'command:"{SERVER.replace("{port}", str(port))}"'
    settings = Settings(endpoint_url=f"http://127.0.0.1:{port}", start_seconds=10)
    with parse(command, settings).connect() as endpoint:
        assert endpoint.url == settings.endpoint_url
