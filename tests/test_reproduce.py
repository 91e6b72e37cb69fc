"""The texts to paste are run here: what reaches a server is compared with what was recorded."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import sample_results as sample

from conformance.model import OPERATION, content_type, target_header
from conformance.reporting import bodies, reproduce
from conformance.verdict import Verdict

REGION = "eu-west-1"
CREDENTIALS = {"AWS_ACCESS_KEY_ID": "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY": "secret", "NO_PROXY": "*"}

needs_curl = pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed")


class Recorder(ThreadingHTTPServer):
    """A server that keeps every request and answers with an empty service."""

    def __init__(self):
        super().__init__(("127.0.0.1", 0), RecordingHandler)
        self.requests = []
        self.endpoint = f"http://127.0.0.1:{self.server_port}"


class RecordingHandler(BaseHTTPRequestHandler):
    """Keeps method, path, headers and body."""

    def record(self):
        """Keep the request, then answer it."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        self.server.requests.append((self.command, self.path, headers, body))
        answer = b'{"service": {}}'
        self.send_response(200)
        self.send_header("Content-Type", content_type())
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer if self.command != "HEAD" else b"")

    do_POST = do_GET = do_PUT = do_HEAD = record  # noqa: N815  the names that the base class calls

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture(scope="module")
def recorder():
    """A recording server on a free port."""
    with Recorder() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def run_curl(recorder, exchange):
    """Paste the curl text into a shell; the one request that the server saw."""
    text = reproduce.curl(exchange, endpoint=recorder.endpoint, region=REGION)
    recorder.requests.clear()
    subprocess.run(["bash", "-n"], input=text.encode(), check=True)
    done = subprocess.run(
        ["bash", "-eo", "pipefail"],
        input=text.encode(),
        env=os.environ | CREDENTIALS,
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    (request,) = recorder.requests
    return request


def run_boto3(recorder, exchange, monkeypatch):
    """Run the boto3 text; the one request that the server saw."""
    text = reproduce.boto3(exchange, endpoint=recorder.endpoint, region=REGION)
    for name, value in CREDENTIALS.items():
        monkeypatch.setenv(name, value)
    recorder.requests.clear()
    exec(compile(text, "<boto3>", "exec"), {})
    (request,) = recorder.requests
    return request


def headers_without(name):
    """The usual headers but one."""
    return [header for header in sample.HEADERS if header[0].lower() != name]


@needs_curl
class TestCurl:
    """The curl text."""

    @pytest.mark.parametrize(
        "body",
        [
            b'{"serviceArn": "x"}',
            b"""{"a": "it's $HOME `id` !! \\" \\\\ %s"}""",
            b'{\n\t"a":\r\n 1}',
            "{'Grüße': '世界'}".encode(),
            b"@/etc/passwd",
            b"\xff\xfe\x00\x1b[31m\n",
            "\u202egnp.exe".encode(),
            b"",
            b"{",
            b"x" * 150_000 + b"'",
        ],
        ids=["json", "shell", "control", "utf8", "at", "binary", "bidi", "empty", "cut", "long"],
    )
    def test_body_is_exact(self, recorder, body):
        """Whatever the bytes, the server receives exactly these."""
        try:
            recorded = body.decode()
        except UnicodeDecodeError:
            recorded = body
        _, _, headers, received = run_curl(recorder, sample.exchange(recorded))
        assert received == body
        assert headers["content-length"] == str(len(body))

    def test_text_prints(self):
        """The text itself has no character that a terminal would act on."""
        text = reproduce.curl(sample.exchange("\x1b]0;x\x07\u202e"), endpoint="http://h", region=REGION)
        assert all(line.isprintable() for line in text.split("\n"))

    def test_headers(self, recorder, monkeypatch):
        """The recorded headers are sent; those of the old signature and connection are made anew."""
        monkeypatch.delenv("AWS_SESSION_TOKEN", raising=False)
        extra = [
            *sample.HEADERS,
            ["X-Quote", "it's"],
            ["X-Empty", ""],
            ["X-Amz-Security-Token", "(redacted)"],
        ]
        method, path, headers, _ = run_curl(recorder, sample.exchange("{}", headers=extra))
        assert (method, path) == ("POST", "/")
        assert headers["content-type"] == content_type()
        assert headers["x-amz-target"] == target_header(OPERATION)
        assert (headers["x-quote"], headers["x-empty"]) == ("it's", "")
        assert headers["host"] == recorder.endpoint.removeprefix("http://")
        assert headers["x-amz-date"] != dict(sample.HEADERS)["X-Amz-Date"]
        assert f"/{REGION}/ecs/aws4_request" in headers["authorization"]
        assert "x-amz-security-token" not in headers

    def test_session_token_comes_from_the_environment(self, recorder, monkeypatch):
        """A request that was sent with a session token is sent with today's."""
        monkeypatch.setenv("AWS_SESSION_TOKEN", "today")
        headers = [*sample.HEADERS, ["X-Amz-Security-Token", "(redacted)"]]
        assert (
            run_curl(recorder, sample.exchange("{}", headers=headers))[2]["x-amz-security-token"] == "today"
        )

    def test_unsigned_stays_unsigned(self, recorder):
        """A request that was sent without a signature is sent without one."""
        request = run_curl(recorder, sample.exchange("{}", headers=headers_without("authorization")))
        assert "authorization" not in request[2]

    def test_missing_content_type_stays_missing(self, recorder):
        """The Content-Type that curl adds does not take the place of one that was left out."""
        request = run_curl(recorder, sample.exchange("{}", headers=headers_without("content-type")))
        assert "content-type" not in request[2]

    @pytest.mark.parametrize("method", ["GET", "PUT", "HEAD"])
    def test_method_and_path(self, recorder, method):
        """Another method and a path that curl would tidy up arrive as they were recorded."""
        request = run_curl(recorder, sample.exchange("", method=method, path="/a/../b?x=[1]&y={z}"))
        assert request[:2] == (method, "/a/../b?x=[1]&y={z}")


VALID = {
    "serviceArn": sample.ARN,
    "scalingTarget": {"minTaskCount": 2},
    "primaryContainer": {"image": "it's \x1b ü"},
}
EXPRESSIBLE = [
    VALID,
    {"serviceArn": sample.ARN, "cpu": 256},
    {"serviceArn": sample.ARN, "cpu": None},
    {"cpu": ["x" * 300]},
    {"scalingTarget": {"minTaskCount": True, "maxTaskCount": 1.5}},
    {},
]
INEXPRESSIBLE = {
    "unknown member": '{"serviceArn": "x", "bogus": 1}',
    "string for a structure": '{"scalingTarget": "x"}',
    "string for a list": '{"networkConfiguration": {"subnets": "abc"}}',
    "duplicate member": '{"cpu": "256", "cpu": "512"}',
    "another spelling": '{"scalingTarget": {"minTaskCount": 1e2}}',
    "beyond a float": '{"scalingTarget": {"minTaskCount": 1e400}}',
    "no object": "[]",
    "no JSON": "{",
    "no text": b"\xff",
}


class TestBoto3:
    """The boto3 text."""

    @pytest.mark.parametrize("members", EXPRESSIBLE)
    def test_sends_the_same_request(self, recorder, members, monkeypatch):
        """The server receives the same JSON to the same operation, wrong types included."""
        _, _, headers, body = run_boto3(recorder, sample.exchange(json.dumps(members)), monkeypatch)
        assert json.dumps(json.loads(body), sort_keys=True) == json.dumps(members, sort_keys=True)
        assert headers["x-amz-target"] == target_header(OPERATION)
        assert f"/{REGION}/ecs/" in headers["authorization"]

    @pytest.mark.parametrize("body", INEXPRESSIBLE.values(), ids=INEXPRESSIBLE)
    def test_is_null_where_boto3_would_send_another_request(self, body):
        """A body that botocore cannot make has no boto3 text, and no AWS CLI text either."""
        exchange = sample.exchange(body)
        assert reproduce.boto3(exchange, endpoint="http://h", region=REGION) is None
        assert reproduce.aws(exchange, endpoint="http://h", region=REGION) is None

    @pytest.mark.parametrize(
        "request_",
        [
            {"path": "/elsewhere"},
            {"method": "GET"},
            {"operation": "NoSuchOperation"},
            {"headers": headers_without("authorization")},
            {"headers": headers_without("content-type")},
            {"headers": headers_without("x-amz-target")},
        ],
    )
    def test_is_null_where_more_than_the_body_is_unusual(self, request_):
        """A request with another path, method, operation or without a usual header has no boto3 text."""
        exchange = sample.exchange(json.dumps(VALID), **request_)
        assert reproduce.boto3(exchange, endpoint="http://h", region=REGION) is None


class TestAws:
    """The AWS CLI text."""

    def test_says_the_same(self):
        """The shell gives the CLI the operation, the endpoint, the region and the same JSON."""
        text = reproduce.aws(sample.exchange(json.dumps(VALID)), endpoint="http://h:1/", region=REGION)
        words = shlex.split(text.replace("\\\n", ""))
        assert words[:3] == ["aws", "ecs", "update-express-gateway-service"]
        options = dict(zip(words[3::2], words[4::2], strict=True))
        assert json.loads(options.pop("--cli-input-json")) == VALID
        assert options == {"--endpoint-url": "http://h:1/", "--region": REGION}

    @pytest.mark.parametrize("members", [{"serviceArn": "x", "cpu": 256}, {}, {"serviceArn": None}])
    def test_is_null_where_the_cli_would_refuse(self, members):
        """The CLI checks types and required members itself, so a request that breaks them has no CLI text."""
        assert reproduce.aws(sample.exchange(json.dumps(members)), endpoint="http://h", region=REGION) is None


class TestFilling:
    """Reproductions in results."""

    def test_every_counterexample_is_filled(self):
        """Every counterexample gets all four texts for its judged exchange; the rest stays."""
        filled = reproduce.with_reproductions(sample.results(), saved_as="reports/my target")
        texts = filled.requirements[0].counterexample.reproduce
        assert set(texts) == {"replay", "curl", "aws", "boto3"}
        assert texts["replay"] == "express-conformance replay 'reports/my target' preservation/scaling-metric"
        assert '"scalingTarget": {"minTaskCount": 2}' in texts["curl"]
        assert "http://127.0.0.1:4566/" in texts["curl"]
        assert filled.summary == sample.results().summary
        assert [r.id for r in filled.requirements] == [r.id for r in sample.results().requirements]

    def test_without_an_exchange_there_is_still_a_replay(self):
        """A counterexample without exchanges can only be replayed."""
        listed = (sample.requirement("a/b", Verdict.FAIL, counterexample=sample.counterexample()),)
        filled = reproduce.with_reproductions(sample.results(requirements=listed), saved_as="r")
        assert filled.requirements[0].counterexample.reproduce == {
            "replay": "express-conformance replay r a/b"
        }


class TestBodies:
    """Showing bodies."""

    @pytest.mark.parametrize("value", [{}, [], [[[]]], {"a": {}, "b": [1, {"c": [2, 3]}, "}{,:"]}, "x", 1.5])
    def test_indented_like_the_standard_library(self, value):
        """JSON is spread over lines as json.dumps would."""
        assert bodies.indented(json.dumps(value)) == json.dumps(value, indent=2)
        assert bodies.compact(json.dumps(value, indent=4)) == json.dumps(value)

    def test_evidence_is_not_altered(self):
        """Duplicate members, spellings of numbers and escapes survive the indentation."""
        assert bodies.pretty('{"a":1.00,"a":"\\u202e"}') == ('{\n  "a": 1.00,\n  "a": "\\u202e"\n}', "")

    @pytest.mark.parametrize("text", ["", "{", '{"a": NaN}', "[" * 100_000])
    def test_no_json_is_shown_as_it_is(self, text):
        """What is not JSON, or too deep to be read as such, is shown unchanged up to the limit."""
        assert bodies.pretty(text)[0] == text[: bodies.LIMIT]
