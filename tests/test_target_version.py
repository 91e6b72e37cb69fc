"""Which version was judged: as configured, as the suite knows, or as the target calls itself."""

from __future__ import annotations

from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import metadata
from threading import Thread

import jsonschema
import pytest
import sample_results as sample
from commands import express
from test_reports import Page

from conformance import __version__, configuration
from conformance.exceptions import ConfigurationError
from conformance.recording import Footer, Header, Writer, merge, read
from conformance.reporting import html
from conformance.results import Results
from conformance.schemas import schema


class Stub(BaseHTTPRequestHandler):
    """Answers every operation as one that there is not, and calls itself something odd."""

    protocol_version = "HTTP/1.1"
    server_version = "Odd/9"

    def version_string(self):
        """What stands in the header Server."""
        return f"{self.server_version} <b>{'x' * 200}"

    def do_POST(self):
        """Refuse."""
        self.rfile.read(int(self.headers["content-length"]))
        answer = b'{"__type": "UnknownOperationException"}'
        self.send_response(400)
        self.send_header("Content-Type", "application/x-amz-json-1.1")
        self.send_header("x-amzn-RequestId", "1")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_):
        """Say nothing."""


@pytest.fixture
def stub():
    """The URL of a server that has no operation at all."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Stub) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def _judged(tmp_path, stub, toml):
    (tmp_path / "express-conformance.toml").write_text(f'[targets.mine]\nendpoint_url = "{stub}"\n{toml}')
    done = express("run", "--target", "mine", "--out", "out", "--effort", "smoke", cwd=tmp_path)
    assert done.returncode == 4, done.stderr
    return Results.read(tmp_path / "out")


def test_a_configured_version_is_in_results_recording_and_report(tmp_path, stub):
    """What the owner says counts; the target is not asked."""
    results = _judged(tmp_path, stub, 'version = "4.2 <i>"')
    assert (results.target.version, results.target.server) == ("4.2 <i>", "")
    header = next(iter(read([tmp_path / "out" / "recording.jsonl"])))
    assert header.target["version"] == "4.2 <i>"
    assert "<dt>Version</dt><dd>4.2 &lt;i&gt;</dd>" in (tmp_path / "out" / "report.html").read_text()


def test_without_one_the_report_says_what_the_target_calls_itself(tmp_path, stub):
    """The header Server of its answers, cut; judging the recording again gives the same."""
    results = _judged(tmp_path, stub, "")
    assert results.target.version == ""
    assert results.target.server.startswith("Odd/9 <b>xxx")
    assert len(results.target.server) == 100
    assert "<dt>Answers as</dt><dd>Odd/9 &lt;b&gt;xxx" in (tmp_path / "out" / "report.html").read_text()
    express("judge", "out/recording.jsonl", "--out", "again", cwd=tmp_path)
    assert Results.read(tmp_path / "again").target == results.target


def test_the_embedded_target_knows_its_own():
    """It is this suite's, on top of moto; a configured version goes before."""
    named = {"mine": {"target": "embedded", "version": "7"}}
    assert (
        configuration.target("embedded", {}, named).version
        == f"{__version__}, on moto {metadata.version('moto')}"
    )
    assert configuration.target("mine", {}, named).version == "7"


@pytest.mark.parametrize("target", ["url:http://127.0.0.1:1", 'command:"x {port}"', "aws"])
def test_other_targets_know_what_is_configured(target):
    """Every kind of target takes the version from the configuration file, and has none without."""
    named = {"mine": {"target": target, "version": "7"}}
    assert configuration.target("mine", {}, named).version == "7"
    assert configuration.target(target, {}, named).version == ""


def test_a_version_is_a_text(tmp_path):
    """TOML's 4.2 is a number; 4.10 would be another one than its owner means."""
    path = tmp_path / "express-conformance.toml"
    path.write_text("[targets.mine]\nversion = 4.10\n")
    with pytest.raises(ConfigurationError, match="version must be a text"):
        configuration.target("mine", {}, configuration.load(path))


def test_older_documents_have_no_version():
    """Results without the two members are read, and their report has no such facts."""
    document = sample.results().to_json()
    del document["target"]["version"], document["target"]["server"]
    jsonschema.validate(document, schema("results"))
    results = Results.from_json(document)
    assert results == sample.results()
    assert not {"Version", "Answers as"} & set(Page(html.render(results)).text["dt"].split("\n"))
    named = replace(results, target=replace(results.target, version="4.2", server=sample.HOSTILE))
    jsonschema.validate(named.to_json(), schema("results"))
    assert Results.from_json(named.to_json()) == named
    assert "\x1b" not in html.render(named)


def test_a_merged_recording_has_the_header_that_knows_more(tmp_path):
    """The header that is given takes the place of those of the parts."""
    header = Header(target={"name": "a"}, suite={}, started_at="")
    for name in ("1", "2"):
        with Writer(tmp_path / name) as writer:
            writer.write(header)
    footer = Footer(finished_at="", complete=True)
    merge([tmp_path / "1", tmp_path / "2"], tmp_path / "all", footer, replace(header, target={"name": "b"}))
    assert [r.target["name"] for r in read([tmp_path / "all"]) if isinstance(r, Header)] == ["b"]
