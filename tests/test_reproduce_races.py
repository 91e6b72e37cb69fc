"""The texts to paste of a case of several clients send all of it; and the report tells who sent what when."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from races import PATH, Race, shown
from streams import ARN, CONFIG, Stream
from test_reproduce import CREDENTIALS, REGION, Recorder, needs_curl

from conformance import model
from conformance.judge import rejudge
from conformance.recording import Footer, Header
from conformance.reporting import html, reproduce
from conformance.requirement import Concern


@pytest.fixture
def recorder():
    """A server that keeps what it receives."""
    with Recorder() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def clients_of(race):
    """The exchanges of a race as a counterexample has them."""
    (found,) = race.observations(Concern.HISTORY)
    headers = (("X-Amz-Target", ""), ("Authorization", "(redacted)"), ("Content-Type", model.content_type()))
    links = []
    for role, each in found.links:
        target = ("X-Amz-Target", model.target_header(each.request.operation))
        request = replace(each.request, headers=(target, *headers[1:]))
        links.append({"role": role, **replace(each, request=request).to_json()})
    return reproduce._clients(links)


@pytest.fixture
def pasted():
    """Two clients, of which one sends two requests."""
    race = Race()
    race.sets(1, (0, 12), {PATH: "/a"})
    race.sees(1, (13, 14), CONFIG)
    race.sets(2, (1, 15), {"memory": "1024"})
    return clients_of(race.after(shown(3)))


def received(server):
    """Operation and body of what a server received, in any order."""
    requests = sorted(server.requests, key=lambda request: request[3])
    return [(headers["x-amz-target"].partition(".")[2], body) for _, _, headers, body in requests]


EXPECTED = [
    ("UpdateExpressGatewayService", b'{"serviceArn": "%s", "healthCheckPath": "/a"}' % ARN.encode()),
    ("DescribeExpressGatewayService", b'{"serviceArn": "%s", "include": ["TAGS"]}' % ARN.encode()),
    ("UpdateExpressGatewayService", b'{"serviceArn": "%s", "memory": "1024"}' % ARN.encode()),
]


@needs_curl
def test_a_race_in_a_shell(recorder, pasted):
    """The curl text sends the requests of all clients, to the byte, and waits for them."""
    text = reproduce.curl_together(pasted, endpoint=recorder.endpoint, region=REGION)
    subprocess.run(
        ["bash"], input=text.encode(), env=os.environ | CREDENTIALS, check=True, capture_output=True
    )
    assert received(recorder) == EXPECTED
    assert text.count(") &\n") == 2


def test_a_race_in_python(recorder, pasted):
    """The boto3 text does the same, with a thread for each client."""
    text = reproduce.boto3_together(pasted, endpoint=recorder.endpoint, region=REGION)
    subprocess.run(
        [sys.executable, "-c", text], env=os.environ | CREDENTIALS, check=True, capture_output=True
    )
    assert [(name, body) for name, body in received(recorder)] == EXPECTED


def test_a_race_in_the_aws_cli(pasted):
    """The AWS CLI's commands run beside each other, too; without one of them there is no race."""
    text = reproduce.aws_together(pasted, endpoint="http://e", region=REGION)
    assert text.count("aws ecs") == 3
    assert text.endswith("wait")
    subprocess.run(["bash", "-n"], input=text.encode(), check=True)
    pasted[1][0]["request"]["body"] = '{"memory": 1024}'
    assert reproduce.aws_together(pasted, endpoint="http://e", region=REGION) is None
    assert reproduce.boto3_together(pasted, endpoint="http://e", region=REGION) is not None
    pasted[1][0]["request"]["body"] = "{"
    assert reproduce.boto3_together(pasted, endpoint="http://e", region=REGION) is None


def test_what_was_sent_alone_is_reproduced_alone():
    """Without several clients there is nothing to send together."""
    stream = Stream()
    stream.describe()
    assert reproduce._clients([each.to_json() for each in stream.exchanges]) == []


def test_the_report_tells_who_sent_what_when():
    """In the order of time, each request of a race has its client and its span."""
    race = Race(scenario="concurrency", phase="convict", requirement="concurrency/disjoint-members")
    race.sets(1, (3, 15), {PATH: "/a"})
    race.sets(2, (0, 12), {"memory": "1024"})
    race.after(shown(3, memory="1024"))
    identity = {"name": "t", "kind": "url", "endpoint": "http://e", "region": REGION}
    suite = {"version": "1", "botocore": "1", "hypothesis": "1", "seed": 1, "effort": "smoke"}
    header = Header(target=identity, suite=suite, started_at="2026-01-01T00:00:00Z")
    results = rejudge([header, *race.exchanges, Footer(finished_at="2026-01-01T00:00:01Z", complete=True)])
    page = html.render(reproduce.with_reproductions(results, saved_as="out"))
    card = page[page.index('id="concurrency/disjoint-members"') :]
    card = card[: card.index('id="concurrency/linearizable"')]
    places = [
        card.index(f"<strong>{words}</strong>")
        for words in ("Client 2, from 0 to 12 ms", "Client 1, from 3 to 15 ms")
    ]
    assert places == sorted(places)
    assert "as far as the race came out the same way" in card
    assert "the requests of all clients" in card
    assert "the judged request" not in card
