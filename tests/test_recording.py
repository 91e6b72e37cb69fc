"""Recordings: what was written is read again, and what is damaged never looks whole."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from json_values import VALUES, paths, replaced

from conformance.exceptions import OutputError, RecordingError
from conformance.exchange import Exchange, Failure, Request, Response, Tag
from conformance.judge import rejudge
from conformance.recording import (
    FORMAT,
    Case,
    Footer,
    Header,
    ScenarioEnd,
    Writer,
    merge,
    parts,
    read,
    to_json,
)

HEADER = Header(
    target={"name": "t", "kind": "url", "endpoint": "http://h", "region": "us-east-1"},
    suite={"version": "1", "botocore": "1", "hypothesis": "6", "seed": 7, "effort": "smoke"},
    started_at="2026-01-01T00:00:00Z",
    drift=("one", "two"),
)
EXCHANGE = Exchange(
    id=1,
    request=Request(operation="UpdateExpressGatewayService", body='{"serviceArn": "é😀"}'.encode()),
    response=Response(status=200, headers=(("Content-Type", "é"),), body=b"\xff\x00"),
    tag=Tag(scenario="s", case=1),
)
LOST = Exchange(id=2, request=Request(operation="O"), failure=Failure(kind="reset", message="gone"))
CASE = Case(tag=Tag(scenario="s", case=1, phase="convict", requirement="a/b"), value={"x": ["é", "\ud800"]})
END = ScenarioEnd(summary={"id": "s", "title": "S", "cases": 1, "exchanges": 2, "seconds": 0.5, "error": ""})
FOOTER = Footer(finished_at="2026-01-01T00:01:00Z", complete=True, errors=("é",))
RECORDS = [HEADER, CASE, EXCHANGE, LOST, END, FOOTER]


def recorded(path, records=RECORDS):
    """A recording of these records."""
    with Writer(path) as writer:
        for record in records:
            writer.write(record)
    return path


def refused(path):
    """What reading a file is refused with."""
    with pytest.raises(RecordingError) as caught:
        list(read([path]))
    assert caught.value.hint
    return str(caught.value)


def test_records_are_read_as_they_were_written(tmp_path):
    """All kinds of record survive, in their order, with whatever texts and bytes they hold."""
    assert list(read([recorded(tmp_path / "new" / "r.jsonl")])) == RECORDS


def test_every_line_is_a_json_object(tmp_path):
    """A recording is JSON Lines in UTF-8."""
    lines = recorded(tmp_path / "r.jsonl").read_text(encoding="utf-8").split("\n")
    assert [json.loads(line)["kind"] for line in lines[:-1]] == [
        "header",
        "case",
        "exchange",
        "exchange",
        "scenario",
        "footer",
    ]
    assert lines[-1] == ""


def test_a_truncated_recording_is_readable_and_has_no_footer(tmp_path):
    """Cut at any byte after the header, the whole lines are read, and no footer is made up."""
    content = recorded(tmp_path / "r.jsonl").read_bytes()
    cut = tmp_path / "cut.jsonl"
    for length in range(content.index(b"\n") + 1, len(content) - 1):
        cut.write_bytes(content[:length])
        found = list(read([cut]))
        assert found == RECORDS[: len(found)]
        assert len(found) >= content[:length].count(b"\n")
        assert FOOTER not in found
    assert not rejudge(found).complete


FOREIGN = {
    "empty": b"",
    "blank": b"\n",
    "binary": bytes(range(256)),
    "text": b"Hello, world\n",
    "html": b"<html></html>",
    "number": b"1\n",
    "list": b"[1]\n",
    "text in JSON": b'"kind"\n',
    "other JSON": b'{"log": {"entries": []}}\n',
    "deep": b"[" * 100_000,
    "results": b'{"format": "express-conformance/results@1"}\n',
    "other version": json.dumps({**to_json(HEADER), "format": "express-conformance/recording@2"}).encode(),
    "cut header": json.dumps(to_json(HEADER)).encode()[:-9],
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_is_no_recording_is_refused(name, tmp_path):
    """Whatever a file holds that is no recording, it is refused in one line, with a hint."""
    path = tmp_path / "r.jsonl"
    path.write_bytes(FOREIGN[name])
    said = refused(path)
    assert str(path) in said
    assert "\n" not in said
    assert len(said) < 500 + len(str(path))


def test_the_other_version_is_named(tmp_path):
    """Of a recording of another version, that version and ours are told."""
    path = tmp_path / "r.jsonl"
    path.write_bytes(FOREIGN["other version"])
    said = refused(path)
    assert "recording@2" in said
    assert FORMAT in said


def test_a_recording_begins_with_its_header(tmp_path):
    """Exchanges without a header before them are no recording."""
    assert "header" in refused(recorded(tmp_path / "r.jsonl", [EXCHANGE, FOOTER]))


def test_a_damaged_line_in_the_middle_is_refused(tmp_path):
    """Only the last line may be damaged; of any other one, its number is told."""
    path = recorded(tmp_path / "r.jsonl")
    lines = path.read_bytes().split(b"\n")
    path.write_bytes(b"\n".join([*lines[:2], lines[2][:-5], *lines[3:]]))
    assert "line 3" in refused(path)


def test_a_file_that_cannot_be_read(tmp_path):
    """A missing file is refused like a damaged one."""
    assert "No such file" in refused(tmp_path / "none.jsonl")


LINES = [to_json(record) for record in RECORDS]


@given(st.sampled_from(sorted(paths(LINES), key=str)), VALUES)
def test_an_edited_recording_is_judged_or_refused(tmp_path_factory, path, value):
    """With any value in the place of any other one, judging ends in results or in a recording error."""
    document = replaced(LINES, path, value)
    lines = [json.dumps(line).replace("Infinity", "1e999") for line in document] if path else ["{}"]
    file = tmp_path_factory.getbasetemp() / "edited.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    try:
        results = rejudge(read([file]))
    except RecordingError:
        return
    assert not any("oracle" in error for error in results.errors)
    json.dumps(results.to_json()).encode()


def test_parts_are_found(tmp_path):
    """A recording is a file, the one in a run's folder, or the parts that a killed run left there."""
    part_files = [recorded(tmp_path / "parts" / name, [HEADER]) for name in ("01-a.jsonl", "02-b.jsonl")]
    assert parts(tmp_path) == part_files
    whole = recorded(tmp_path / "recording.jsonl")
    assert parts(tmp_path) == [whole]
    assert parts(whole) == [whole]
    with pytest.raises(RecordingError) as caught:
        parts(tmp_path / "none")
    assert caught.value.hint


def test_parts_of_a_killed_run_are_read_together(tmp_path):
    """One part may be cut off within its header, or hold nothing at all; the others are still read."""
    first = recorded(tmp_path / "parts" / "1.jsonl", [HEADER, EXCHANGE])
    empty, begun = tmp_path / "parts" / "2.jsonl", tmp_path / "parts" / "3.jsonl"
    empty.write_bytes(b"")
    begun.write_bytes(first.read_bytes()[:20])
    last = recorded(tmp_path / "parts" / "4.jsonl", [HEADER, LOST])
    assert list(read([first, empty, begun, last])) == [HEADER, EXCHANGE, HEADER, LOST]


def test_merging_keeps_one_header_and_adds_the_footer(tmp_path):
    """Parts are joined in their order, under the first header, and end with the given footer."""
    sources = [
        recorded(tmp_path / "1.jsonl", [HEADER, CASE, EXCHANGE, END]),
        recorded(tmp_path / "2.jsonl", [HEADER, LOST]),
    ]
    into = tmp_path / "out" / "recording.jsonl"
    merge(sources, into, FOOTER)
    assert list(read([into])) == [HEADER, CASE, EXCHANGE, END, LOST, FOOTER]


def test_an_unwritable_place_is_told(tmp_path):
    """A folder where a file stands cannot be written, which is the user's to repair."""
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError) as caught:
        Writer(tmp_path / "file" / "recording.jsonl")
    assert caught.value.hint
    assert caught.value.exit_code == 2


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a disk that is always full")  # noqa: PTH110
def test_a_full_disk_is_told(tmp_path):
    """A disk that fills up during the run is told like a folder that cannot be written."""
    (tmp_path / "r.jsonl").symlink_to("/dev/full")
    with pytest.raises(OutputError, match="No space left"), Writer(tmp_path / "r.jsonl") as writer:
        writer.write(HEADER)
