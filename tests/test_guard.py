"""The guard before a real account: whatever could go wrong is ruled out before ECS hears anything."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from commands import express, results, told_cleanly
from hostile import http, says, serving

from conformance import model
from conformance.emulator.process import running
from conformance.exceptions import ConfigurationError
from conformance.targets import Settings, aws, base, parse
from conformance.targets.base import is_aws, looks_like_aws

ACCOUNT = "998877665544"
IDENTITY = http(
    b"""<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
    <Arn>arn:aws:iam::998877665544:user/me</Arn><UserId>AIDA</UserId><Account>998877665544</Account>
    </GetCallerIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata>
    </GetCallerIdentityResponse>""",
    headers={"Content-Type": "text/xml"},
)
ALLOWED = Settings(
    name="account",
    live=True,
    accounts=(ACCOUNT,),
    regions=("us-east-1",),
    endpoint_url="http://127.0.0.1:1",
    access_key="AKIAOFNOBODY00000000",
)


def refused(settings: Settings, address: str = "us-east-1") -> str:
    """Why this is not connected to."""
    target = parse(f"aws:{address}", settings)
    with pytest.raises(ConfigurationError) as told, target.connect():
        pass
    assert "nothing was sent" in told.value.message
    assert told.value.hint
    return told.value.message


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECS", "AWS_ENDPOINT_URL_STS", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)


# -- what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"live": False}, "with --live only"),
        ({"accounts": ()}, "No account is allowed"),
        ({"regions": ()}, "Region us-east-1 is not allowed"),
        ({"regions": ("us-west-2",)}, "Region us-east-1 is not allowed"),
    ],
)
def test_who_means_it_says_so(change: dict[str, Any], why: str) -> None:
    """Neither --live nor an allowed account nor an allowed Region can be left out; not even STS is asked."""
    with serving(says(IDENTITY)) as server:
        assert why in refused(replace(ALLOWED, endpoint_url=server.url, **change))
        assert server.requests == []


@pytest.mark.parametrize("name", ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECS", "AWS_ENDPOINT_URL_STS"])
def test_no_variable_leads_elsewhere(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever it points to."""
    for url in ("https://ecs.us-east-1.amazonaws.com", "http://localhost:4566"):
        monkeypatch.setenv(name, url)
        assert name in refused(ALLOWED)


def test_an_account_that_is_not_allowed_is_never_asked() -> None:
    """STS is asked whose the credentials are; ECS is not asked anything."""
    with serving(*[says(IDENTITY)] * 3) as server:
        why = refused(replace(ALLOWED, endpoint_url=server.url, accounts=("111122223333",)))
        assert ACCOUNT in why
        assert [b"GetCallerIdentity" in request.body for request in server.requests] == [True]


def test_an_account_that_is_allowed_is_connected_to() -> None:
    """And the endpoint knows which one it is."""
    with serving(says(IDENTITY)) as server:
        target = parse("aws:us-east-1", replace(ALLOWED, endpoint_url=server.url))
        with target.connect() as endpoint:
            assert (endpoint.account, endpoint.url) == (ACCOUNT, server.url)


@pytest.mark.parametrize("answer", [http(b"no", status=403), http({"Account": ACCOUNT})])
def test_an_sts_that_does_not_say_it_ends_the_matter(answer: bytes) -> None:
    """An account that nobody knows is not allowed."""
    with serving(*[says(answer)] * 4) as server:
        assert refused(replace(ALLOWED, endpoint_url=server.url))


@pytest.mark.parametrize(
    "host",
    [
        "ecs.us-east-1.amazonaws.com.evil.example",
        "ecs.us-east-1.amaz0naws.com",
        "ecs.us-east-1.amazon-aws.com",
        "ecs-us-east-1.AMAZONAWS.co",
        "amazonaws",
    ],
)
@pytest.mark.parametrize("kind", ["url", "aws"])
def test_a_look_alike_gets_nothing(host: str, kind: str) -> None:
    """A host that could be taken for AWS's is refused, whatever kind of target it is said to be."""
    assert looks_like_aws(host)
    target = parse(
        f"url:https://{host}" if kind == "url" else "aws", replace(ALLOWED, endpoint_url=f"https://{host}")
    )
    with pytest.raises(ConfigurationError, match="looks like AWS's"), target.connect():
        pass


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost.localstack.cloud", "moto.example.com", "127.0.0.1", "aws-mock", "ecs.local"],
)
def test_other_hosts_look_like_nobodys(host: str) -> None:
    """Emulators may have aws in their names."""
    assert not looks_like_aws(host)


def test_awss_own_hosts_are_no_look_alikes() -> None:
    """They have their own refusal."""
    assert is_aws("ecs.us-east-1.amazonaws.com")
    assert not looks_like_aws("ecs.us-east-1.amazonaws.com")


# -- at AWS itself --------------------------------------------------------------------------------------


@pytest.fixture
def nobody_asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """AWS's hosts without AWS: STS says who it is, and is noted."""
    asked: list[str] = []

    def account(endpoint: Any) -> str:
        asked.append(endpoint.access_key)
        return ACCOUNT

    monkeypatch.setattr(aws, "_account", account)
    return asked


REAL = replace(
    ALLOWED,
    endpoint_url="",
    infrastructure_role=f"arn:aws:iam::{ACCOUNT}:role/infrastructure",
    pools=replace(
        ALLOWED.pools,
        roles=(f"arn:aws:iam::{ACCOUNT}:role/tasks",),
        images=("public.ecr.aws/nginx/nginx:1.27",),
        subnets=("subnet-1", "subnet-2"),
    ),
)


def test_aws_gets_no_dummy_credentials(nobody_asked: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """At AWS only a profile or the surroundings sign, never what emulators take."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAFROMSURROUNDINGS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with parse("aws:us-east-1", REAL).connect() as endpoint:
        assert endpoint.url == "https://ecs.us-east-1.amazonaws.com"
        assert endpoint.access_key == "AKIAFROMSURROUNDINGS"
    assert nobody_asked == ["AKIAFROMSURROUNDINGS"]


def test_an_emulator_gets_no_ambient_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the surroundings have is not sent to a host that is not AWS's, not even in a rehearsal."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIAFROMSURROUNDINGS")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    with serving(says(IDENTITY)) as server:
        for kind in ("aws:us-east-1", f"url:{server.url}"):
            with parse(kind, replace(ALLOWED, endpoint_url=server.url)).connect() as endpoint:
                assert endpoint.access_key == ALLOWED.access_key
        assert all("SURROUNDINGS" not in str(request.headers) for request in server.requests)


@pytest.mark.parametrize(
    "url",
    [
        "http://ecs.us-east-1.amazonaws.com",
        "https://ecs.us-west-2.amazonaws.com",
        "https://s3.amazonaws.com",
    ],
)
def test_an_address_of_aws_must_be_the_right_one(url: str, nobody_asked: list[str]) -> None:
    """HTTPS, and in the Region that was allowed."""
    assert "no HTTPS endpoint" in refused(replace(REAL, endpoint_url=url))
    assert nobody_asked == []


@pytest.mark.parametrize("name", ["infrastructure_role", "roles", "images", "subnets"])
def test_nothing_is_made_up_in_a_real_account(name: str, nobody_asked: list[str]) -> None:
    """What the account has must be configured."""
    empty: Any = "" if name == "infrastructure_role" else ()
    lacking = (
        replace(REAL, infrastructure_role=empty)
        if name == "infrastructure_role"
        else replace(REAL, pools=replace(REAL.pools, **{name: empty}))
    )
    assert name in refused(lacking)
    assert nobody_asked == []


def test_without_credentials_nothing_happens(
    nobody_asked: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The surroundings have none: a clear error."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    with pytest.raises(ConfigurationError, match="has no credentials"), parse("aws", REAL).connect():
        pass
    assert nobody_asked == []
    assert base.is_aws("ecs.us-east-1.amazonaws.com")


# -- the command ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def account() -> Iterator[str]:
    """An emulator in an account that is somebody's."""
    with running(environment={"MOTO_ACCOUNT_ID": ACCOUNT}) as url:
        yield url


def configured(folder: Path, url: str, *more: str) -> None:
    """A target that stands for a real account."""
    lines = [
        "[targets.account]",
        'target = "aws:us-east-1"',
        f'endpoint_url = "{url}"',
        f'accounts = ["{ACCOUNT}"]',
        'regions = ["us-east-1"]',
        "[targets.account.budget]",
        "requests_per_second = 1000",
        *more,
    ]
    (folder / "express-conformance.toml").write_text("\n".join(lines), encoding="utf-8")


def test_a_plan_that_nobody_took_sends_nothing(account: str, tmp_path: Path) -> None:
    """Without a terminal to ask, --yes is needed; what is told says how to go on."""
    configured(tmp_path, account)
    done = express("run", "--target", "account", "--live", "--out", "o", cwd=tmp_path)
    assert (done.returncode, told_cleanly(done)) == (2, True)
    assert "--yes" in done.stderr
    assert not (tmp_path / "o" / "recording.jsonl").exists()


def test_several_workers_have_no_common_budget(account: str, tmp_path: Path) -> None:
    """So a live run is one process."""
    configured(tmp_path, account)
    done = express("run", "--target", "account", "--live", "--yes", "-n", "2", "--out", "o", cwd=tmp_path)
    assert (done.returncode, told_cleanly(done)) == (2, True)
    assert "Leave out -n" in done.stderr


def test_a_rehearsal_stays_within_its_budget(account: str, tmp_path: Path) -> None:
    """One service of its own, no more updates than allowed, and what it did not send says why."""
    configured(tmp_path, account, "accepted_updates = 6")
    words = (
        "--target",
        "account",
        "--live",
        "--yes",
        "--effort",
        "smoke",
        "--only",
        "preserve",
        "--only",
        "show",
    )
    done = express("run", *words, "--out", "o", cwd=tmp_path)
    document = results(tmp_path / "o")
    assert done.returncode == 0, done.stdout + done.stderr
    assert document["counts"]["updates_accepted"] == document["budget"]["accepted_updates"] <= 5
    assert document["budget"]["services_alive"] == 0
    lines = (tmp_path / "o" / "recording.jsonl").read_text(encoding="utf-8").splitlines()
    operations = [json.loads(line)["request"]["operation"] for line in lines if '"kind":"exchange"' in line]
    assert operations.count(model.CREATE) == operations.count(model.DELETE) == 1
    assert any(scenario["stopped"] for scenario in document["scenarios"])
    notes = {entry["note"] for entry in document["requirements"] if entry["verdict"] == "not-exercised"}
    assert "Not sent: the budget had no room for it beside what judges more." in notes
    assert ACCOUNT not in "".join(lines)
