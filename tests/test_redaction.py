"""What is confidential stays out of everything that a run writes; the target still gets the real thing."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from commands import express, results
from hypothesis import given
from hypothesis import strategies as st

from conformance.emulator.process import running
from conformance.exchange import REDACTED, Response
from conformance.redaction import ACCESS_KEY, CALLER, EXAMPLE_ACCOUNTS, Redactor, accounts_in

HOME = "998877665544"
OTHER = "887766554433"
ARN = f"arn:aws:ecs:us-east-1:{HOME}:service/default/web"
ROLE = f"arn:aws:iam::{OTHER}:role/tasks"
ACCOUNTS = st.from_regex(r"[1-9][0-9]{11}", fullmatch=True).filter(lambda each: each not in EXAMPLE_ACCOUNTS)
# What a run is surrounded with here, and nobody else may see.
ENVIRONMENT = {"PASSWORD": "hunter2-and-more", "QUOTED": 'pass"word\\ with é', "SHORT": "qzx7"}
KEYS = {
    "aws_access_key_id": "AKIAPLANTED0SECRET00",
    "aws_secret_access_key": "planted/secret+key/of/somebody0000000000",
    "aws_session_token": "planted//session//token==",
}


def received(redactor: Redactor, body: Any) -> Any:
    """The body of an answer as it is kept."""
    sent = body if isinstance(body, bytes) else json.dumps(body).encode()
    return redactor.received(Response(status=200, body=sent)).json


# -- accounts ------------------------------------------------------------------------------------------


@given(st.lists(ACCOUNTS, min_size=1, max_size=5, unique=True))
def test_an_account_has_one_placeholder_and_comes_back(accounts):
    """Every account gets twelve digits of its own, the same each time; the target gets the true ones back."""
    redactor, arns = Redactor(), [f"arn:aws:iam::{account}:role/r" for account in accounts]
    first = [redactor.text(arn) for arn in arns]
    assert first == [redactor.text(arn) for arn in arns]
    assert len(set(first)) == len(set(accounts))
    assert not any(account in text for account in accounts for text in first)
    kept = redactor.sent(json.dumps(arns).encode())
    assert redactor.revealed(kept) == json.dumps(arns).encode()


@pytest.mark.parametrize("account", sorted(EXAMPLE_ACCOUNTS))
def test_example_accounts_stay(account):
    """The accounts that documentation and emulators use are nobody's."""
    text = f"arn:aws:ecs:us-east-1:{account}:service/default/web"
    assert Redactor().text(text) == text


def test_accounts_that_the_suite_makes_up_stay():
    """Such as those in ARNs of services elsewhere; also where the answer repeats them."""
    redactor, made_up = Redactor(), f"arn:aws:ecs:us-east-1:{OTHER}:service/default/web"
    assert redactor.revealed(made_up.encode()) == made_up.encode()
    assert redactor.sent(made_up.encode()) == made_up.encode()
    assert redactor.text(f"no {made_up} in {ARN}") == f"no {made_up} in {ARN.replace(HOME, '000011110001')}"


def test_accounts_are_numbered_alike_in_every_run():
    """The target's own account is number one, those configured follow, whatever the key."""
    for _ in range(2):
        redactor = Redactor(accounts=accounts_in([ROLE, ROLE]))
        assert redactor.text(ROLE) == ROLE.replace(OTHER, "000011110002")
        both = redactor.text(f"arn:aws:iam::{HOME}:role/x for {ARN}")
        assert both.count("000011110001") == 2
    assert Redactor(home=HOME).text(ARN) == ARN.replace(HOME, "000011110001")


def test_processes_of_one_run_agree_and_runs_do_not():
    """What cannot be numbered is made with the run's key, so that it cannot be guessed."""
    unknown = f"arn:aws:iam::{OTHER}:role/x"
    assert Redactor(key="k").text(unknown) == Redactor(key="k").text(unknown)
    assert Redactor().text(unknown) != Redactor().text(unknown)


def test_an_account_is_found_wherever_it_stands():
    """Once known, an id is replaced in plain text, registries and headers; not in a longer number."""
    redactor = Redactor(home=HOME)
    text = f"{HOME}.dkr.ecr.us-east-1.amazonaws.com/a for {HOME}, not 1{HOME}"
    kept = redactor.text(text)
    assert kept == "000011110001.dkr.ecr.us-east-1.amazonaws.com/a for 000011110001, not 1" + HOME
    assert HOME not in str(redactor.headers([("X-Account", HOME)]))


def test_what_only_looks_like_a_placeholder_is_sent_as_it_is():
    """Ids that the suite makes up are long numbers, too."""
    redactor = Redactor(home=HOME, accounts=[OTHER])
    for text in (b"subnet-00000000000000002", b"sg-00000000011110001", b"1000011110001"):
        assert redactor.revealed(text) == text


def test_a_placeholder_is_no_account():
    """What is redacted already stays as it is."""
    text = "arn:aws:iam::000011110002:role/x"
    assert Redactor().text(text) == text


def test_a_target_cannot_fill_the_memory():
    """Of ever new accounts and values only so many are remembered, and the values stay out all the same."""
    redactor = Redactor(values=True)
    for number in range(600):
        kept = received(
            redactor, {"value": f"secret value {number}", "x": f"arn:aws:iam::{10**11 + number}:r/x"}
        )
        assert kept["value"].startswith("redacted-")
    assert len(redactor._originals) <= 500


# -- credentials and callers ---------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Authorization", "authorization", "X-AMZ-SECURITY-TOKEN", "Set-Cookie"])
def test_headers_with_credentials_are_emptied(name):
    """In any letter case; others keep their values."""
    assert Redactor().headers([(name, "secret"), ("Host", "h")]) == ((name, REDACTED), ("Host", "h"))


def test_credentials_are_removed_wherever_they_occur():
    """Secret keys, tokens, access keys, and what a request alone has, in headers and bodies."""
    redactor = Redactor(credentials=["planted-secret", "testing"])
    body = b'{"message": "planted-secret testing AKIAABCDEFGHIJKLMNOP sig"}'
    answer = Response(status=403, headers=(("X", "a planted-secret sig b"),), body=body)
    kept = redactor.received(answer, quotable=["sig"])
    assert kept.json == {"message": f"{REDACTED} testing {ACCESS_KEY} {REDACTED}"}
    assert kept.headers == (("X", f"a {REDACTED} {REDACTED} b"),)
    assert kept.status == 403


@pytest.mark.parametrize(
    "who",
    [
        f"arn:aws:sts::{HOME}:assumed-role/ci/jane.doe@example.com",
        f"arn:aws:iam::{HOME}:user/team/jane.doe",
        f"arn:aws:sts::{HOME}:federated-user/jane.doe",
    ],
)
def test_who_called_is_not_told(who):
    """The message of a refusal names the caller: an account and often a person."""
    kept = Redactor().text(f"User: {who} is not authorized to perform: ecs:Update")
    assert "jane" not in kept
    assert HOME not in kept
    assert f"{CALLER} is not authorized" in kept


# -- values --------------------------------------------------------------------------------------------


def test_what_the_suite_made_up_is_shown():
    """A value of a request is the suite's own, also where an answer repeats it; others are the user's."""
    redactor = Redactor(values=True)
    redactor.sent(b'{"environment": [{"name": "A", "value": "made up"}]}')
    kept = received(redactor, {"environment": [{"value": "made up"}, {"name": "B", "value": "the user's"}]})
    assert kept["environment"][0]["value"] == "made up"
    assert kept["environment"][1]["value"].startswith("redacted-")


@given(st.text(st.characters(codec="utf-8"), min_size=1, max_size=30), st.booleans())
def test_a_value_comes_back_to_its_target(value, ascii_only):
    """However it is escaped: what is kept has one placeholder for it, and the target gets it back."""
    redactor = Redactor(values=True)
    body = json.dumps({"environment": [{"value": value}]}, ensure_ascii=ascii_only).encode()
    placeholder = received(redactor, body)["environment"][0]["value"]
    assert placeholder.startswith("redacted-")
    assert received(redactor, body)["environment"][0]["value"] == placeholder
    sent = redactor.revealed(json.dumps({"environment": [{"value": placeholder}]}).encode())
    assert json.loads(sent) == {"environment": [{"value": value}]}
    assert redactor.sent(sent) == redactor.sent(redactor.revealed(sent))


def test_a_long_value_is_found_in_messages():
    """An error that quotes a value is redacted as the value is."""
    redactor = Redactor(values=True)
    placeholder = received(redactor, {"value": "hunter2-and-more"})["value"]
    assert received(redactor, {"message": "bad hunter2-and-more"}) == {"message": f"bad {placeholder}"}


@given(st.binary(max_size=200))
def test_bytes_of_any_kind_are_kept(body):
    """What has nothing confidential is kept to the byte."""
    assert Redactor(values=True).received(Response(status=200, body=body)).body == body or b"value" in body


# -- a run ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    """An emulator in an account that is somebody's."""
    with running(environment={"MOTO_ACCOUNT_ID": HOME}) as url:
        yield url


@pytest.fixture
def service(target: str) -> str:
    """A service with values of its user's; its ARN."""
    client = boto3.client(
        "ecs", endpoint_url=target, region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b"
    )
    client.create_cluster(clusterName="default")
    variables = [{"name": name, "value": value} for name, value in ENVIRONMENT.items()]
    made = client.create_express_gateway_service(
        infrastructureRoleArn=f"arn:aws:iam::{HOME}:role/infrastructure",
        executionRoleArn=f"arn:aws:iam::{HOME}:role/execution",
        primaryContainer={"image": "nginx", "environment": variables},
        tags=[{"key": "owner", "value": "jane.doe@example.com"}],
    )
    return str(made["service"]["serviceArn"])


def planted(folder: Path, service: str) -> None:
    """Put the confidential values where a user has them: in profiles and in the configuration."""
    profile = "\n".join(["[planted]", *(f"{name} = {value}" for name, value in KEYS.items())])
    (folder / "credentials").write_text(profile, encoding="utf-8")
    (folder / "express-conformance.toml").write_text(
        f"""
        [targets.mine]
        profile = "planted"
        service_arn = "{service}"
        [targets.mine.values]
        roles = ["arn:aws:iam::{HOME}:role/one", "arn:aws:iam::{HOME}:role/two"]
        secrets = ["arn:aws:secretsmanager:us-east-1:{OTHER}:secret:db-AbCdEf"]
        """,
        encoding="utf-8",
    )


def leaked(text: str) -> list[str]:
    """The confidential values that stand in a text, in any of their spellings."""
    values = [*ENVIRONMENT.values(), *KEYS.values(), HOME, OTHER, "jane.doe"]
    spelled = {
        value: {value, json.dumps(value)[1:-1], json.dumps(value, ensure_ascii=False)[1:-1]}
        for value in values
    }
    return [value for value, forms in spelled.items() if any(form in text for form in forms)]


def test_nothing_confidential_is_written(target, service, tmp_path, monkeypatch):
    """A run over a user's own service: none of its files, and nothing that it prints, has a planted value."""
    planted(tmp_path, service)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "credentials"))
    out = tmp_path / "out"
    only = ("--only", "preserve", "--only", "reflect", "--only", "reject-type/cpu", "--only", "boto3")
    words = ("--target", "mine", "--endpoint-url", target, "--effort", "smoke", "--out", out, *only)
    done = express("run", *words, cwd=tmp_path)
    assert results(out)["counts"]["updates_accepted"] > 10
    assert done.returncode == 0, done.stdout
    again = express("judge", out / "recording.jsonl", "--out", tmp_path / "judged", cwd=tmp_path)
    told = [done.stdout + done.stderr + again.stdout + again.stderr]
    written = [path for path in tmp_path.rglob("*") if path.is_file() and path.parent != tmp_path]
    assert len(written) >= 9
    told += [path.read_text(encoding="utf-8") for path in written]
    assert [leaked(text) for text in told] == [[]] * len(told)
    recording = (out / "recording.jsonl").read_text(encoding="utf-8")
    assert service.replace(HOME, "000011110001") in recording
    assert recording.count("redacted-") >= len(ENVIRONMENT)
