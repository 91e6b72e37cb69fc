"""The main job, end to end: the embedded emulator is judged by the command line."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jsonschema
import pytest
from commands import express, judgement, records, results, verdicts

from conformance.emulator.process import running
from conformance.reporting import FORMATS
from conformance.requirements import REQUIREMENTS, selected
from conformance.scenarios import SCENARIOS, Scenario
from conformance.schemas import schema


@pytest.fixture(scope="module")
def standard(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One run at standard effort."""
    folder = tmp_path_factory.mktemp("standard")
    done = express("run", "--seed", "1", "--out", "run", cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "run"


@pytest.fixture(scope="module")
def emulator() -> Iterator[str]:
    """One reference emulator for several runs."""
    with running() as url:
        yield url


def _sent(folder: Path) -> list[str]:
    """What a run sent, without what differs between any two runs: their ids, and how often they looked.

    How often a deleted service is described until it is inactive is a matter of time.
    """
    lines = []
    for record in records(folder):
        if record["kind"] == "exchange":
            body = record["request"]["body"]
            if isinstance(body, dict):  # no UTF-8
                body = base64.b64decode(body["base64"]).decode("latin-1")
            body = re.sub(r"Xc-[0-9a-f]{8}|xc-[0-9a-f]{8}", "RUN", body)
            body = re.sub(r'("express-conformance-run", *"value": *)"[0-9a-f]{8}"', r"\1RUN", body)
            line = f"{record['scenario']} {record['request']['operation']} {body}"
            lines += [] if lines[-1:] == [line] else [line]
    return lines


def test_every_requirement_passes_on_the_reference_emulator(standard: Path) -> None:
    """At least 250 requirements pass or describe; only what cannot be reached is not exercised."""
    found = verdicts(standard)
    assert len(found) == len(REQUIREMENTS) >= 250
    assert set(found.values()) <= {"pass", "informational", "not-exercised"}
    unreached = {id for id, verdict in found.items() if verdict == "not-exercised"}
    assert unreached == {id for id, entry in REQUIREMENTS.items() if entry.unreached}


def test_all_presence_subsets_are_sent(standard: Path) -> None:
    """Each of the 1,024 subsets of the ten optional members is sent at standard effort."""
    assert results(standard)["counts"]["presence_subsets"] == 1024


def test_a_run_leaves_all_its_files(standard: Path) -> None:
    """The recording and one file of each format are there, and nothing else, also not beside them."""
    names = {path.name for path in standard.iterdir()}
    assert names == {"recording.jsonl", *FORMATS}
    assert names >= {"recording.jsonl", "results.json", "report.html", "junit.xml", "badge.json"}
    assert [path.name for path in standard.parent.iterdir() if path.name.startswith(".")] == []


def test_the_results_fit_their_schema(standard: Path) -> None:
    """results.json is what its published JSON Schema says."""
    jsonschema.validate(results(standard), schema("results"), cls=jsonschema.Draft202012Validator)


def test_a_scenario_exercises_what_it_is_meant_for(standard: Path) -> None:
    """Each requirement is exercised by at least one of the scenarios that say so, if any does."""
    by_id = {entry["id"]: set(entry["exercised_by"]) for entry in results(standard)["requirements"]}

    assert not any("" in scenarios for scenarios in by_id.values())

    def meant(scenario: Scenario) -> set[str]:
        return set(selected(scenario.exercises))

    for id, entry in REQUIREMENTS.items():
        scenarios = {s.id for s in SCENARIOS.values() if id in meant(s)}
        assert scenarios, f"no scenario is meant for {id}"
        assert entry.unreached or scenarios & by_id[id], id


def test_judging_the_recording_gives_the_same_bytes(standard: Path) -> None:
    """What was judged live and what is judged from the file is the same to the byte."""
    done = express("judge", standard / "recording.jsonl", "--out", "again", cwd=standard.parent)
    assert done.returncode == 0
    assert judgement(standard.parent / "again") == judgement(standard)
    assert results(standard.parent / "again")["counts"] == results(standard)["counts"]


def test_services_are_deleted_at_the_end(standard: Path) -> None:
    """Whatever a run created it deleted."""
    created, deleted = set(), set()
    for record in records(standard):
        operation = record.get("request", {}).get("operation")
        if operation == "CreateExpressGatewayService":
            created.add(re.search(r'"serviceArn": ?"([^"]+)"', record["response"]["body"])[1])
        elif operation == "DeleteExpressGatewayService":
            deleted.add(re.search(r'"serviceArn": ?"([^"]+)"', record["request"]["body"])[1])
    assert created == deleted
    assert created


def test_a_seed_repeats_a_run(emulator: str, tmp_path: Path) -> None:
    """With one seed two runs send the same requests in the same order; with another one, others."""
    for name, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        express(
            "run",
            "--endpoint-url",
            emulator,
            "--effort",
            "smoke",
            "--seed",
            seed,
            "--out",
            name,
            cwd=tmp_path,
        )
    assert _sent(tmp_path / "a") == _sent(tmp_path / "b") != _sent(tmp_path / "c")


def test_workers_find_what_one_process_finds(emulator: str, tmp_path: Path) -> None:
    """With -n 2 every requirement is judged as often, and with the same verdict, as without."""
    common = ("--endpoint-url", emulator, "--effort", "smoke", "--seed", "5")
    assert express("run", *common, "--out", "one", cwd=tmp_path).returncode == 0
    assert express("run", *common, "--out", "two", "-n", "2", cwd=tmp_path).returncode == 0
    assert judgement(tmp_path / "one") == judgement(tmp_path / "two")
    assert _sent(tmp_path / "one") == _sent(tmp_path / "two")


def test_two_runs_side_by_side_do_not_disturb_each_other(emulator: str, tmp_path: Path) -> None:
    """Two runs at the same time on one emulator judge what one run alone judges."""
    common = ("--endpoint-url", emulator, "--effort", "smoke", "--seed", "5")
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(express, "run", *common, "--out", name, cwd=tmp_path) for name in ("a", "b")]
        assert [run.result().returncode for run in runs] == [0, 0]
    assert judgement(tmp_path / "a") == judgement(tmp_path / "b")
    assert _sent(tmp_path / "a") == _sent(tmp_path / "b")


def test_only_what_is_asked_for_is_judged(emulator: str, tmp_path: Path) -> None:
    """--only takes a topic; the results hold its requirements alone."""
    done = express(
        "run",
        "--endpoint-url",
        emulator,
        "--effort",
        "smoke",
        "--only",
        "exclusion",
        "--out",
        "o",
        cwd=tmp_path,
    )
    assert done.returncode == 0
    assert set(verdicts(tmp_path / "o")) == set(selected(["exclusion"]))
    assert set(verdicts(tmp_path / "o").values()) == {"pass"}
