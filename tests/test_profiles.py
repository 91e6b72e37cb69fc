"""The profiles: each does otherwise than the reference in every point that it claims, and is not accused."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest
from asking import Emulator
from commands import express, results, verdicts
from probes_of_answers import PROBES_OF_ANSWERS
from probes_of_requests import PROBES_OF_REQUESTS
from probes_of_the_wire import PROBES_OF_THE_WIRE

from conformance.emulator.process import running
from conformance.emulator.profiles import CHOICES, PROFILES
from conformance.emulator.variants import VARIANTS, variant_named
from conformance.exceptions import ConfigurationError

PATIENCE = 4  # times
SMOKE = ("--effort", "smoke", "--seed", "1")
PROBES = {**PROBES_OF_ANSWERS, **PROBES_OF_REQUESTS, **PROBES_OF_THE_WIRE}


@contextmanager
def reference_for(name: str) -> Iterator[Emulator]:
    """The reference, with the times of a profile: what differs is not for them."""
    profile = PROFILES[name]
    times = {"drain_seconds": profile.drain_seconds, "deployment_seconds": profile.deployment_seconds}
    with running(**times) as url:
        yield Emulator(url)


@contextmanager
def emulator_of(name: str) -> Iterator[Emulator]:
    """The emulator of a profile."""
    with running(profile=name) as url:
        yield Emulator(url, name)


def asked(emulator: Emulator, choice: str, index: int) -> Any:
    """The answer to a probe; what depends on the time is asked again where the machine was too slow."""
    found = None
    for _ in range(PATIENCE):
        found = PROBES[choice][0](emulator)
        if found == PROBES[choice][index]:
            break
    return found


def test_every_choice_is_made_by_a_profile() -> None:
    """No choice is without a profile that makes it, and none without a probe."""
    made = {choice.name for profile in PROFILES.values() for choice in profile.choices}
    assert made == {choice.name for choice in CHOICES.values()} == PROBES.keys()


def test_profiles_and_mutants_have_names_of_their_own() -> None:
    """Of either kind an emulator is found by its name; of a wrong name, the close ones are told."""
    assert variant_named("alternate") is PROFILES["alternate"]
    assert len({*VARIANTS}) == len(VARIANTS)
    with pytest.raises(ConfigurationError) as told:
        variant_named("alternat")
    assert "alternate" in told.value.hint
    with pytest.raises(ConfigurationError) as told:
        variant_named("update-reset-cpu")
    assert "update-resets-cpu" in told.value.hint


@pytest.mark.parametrize("name", PROFILES)
def test_a_profile_does_what_it_claims(name: str) -> None:
    """In each point the reference answers one way, and the profile another one."""
    choices = [choice.name for choice in PROFILES[name].choices]
    with reference_for(name) as reference, emulator_of(name) as other:
        found = {each: (asked(reference, each, 1), asked(other, each, 2)) for each in choices}
    assert found == {each: PROBES[each][1:] for each in choices}


# By profile: what is no `pass` there, by id or pattern, and why it is right that it is none. Nothing fails.
DIVERGES: dict[str, dict[str, str]] = {
    "alternate": {
        "envelope/error-type": "a namespace in __type is tolerated; version 1.1 writes the bare name",
        "reject/inactive-service": "another declared class than the documented one is tolerated",
        "reject/unknown-cluster": "likewise",
        "reject/unknown-service": "likewise; public reports show this one",
    },
    "lenient": {
        "protocol/malformed-*": "JSON with NaN is read; that what is no JSON is refused is inferred",
        "reflect/primaryContainer*": "variables are merged by name, which only users' reports deny",
        "reject-*": "limits, forms, sizes, names and JSON types: all inferred or observed, none documented",
        "reject/inactive-service": "another declared class than the documented one is tolerated",
        "reject/unknown-cluster": "likewise",
        "show/primaryContainer*": "as reflect/primaryContainer",
    },
    "rolling": {
        "revision/shown-by-describe": "at first no configuration is active; that there is one is observed",
    },
    "refused-while-deploying": {},
    "sparse": {
        "life-cycle/delete-answers-draining": "that Delete's answer shows the new status already is inferred",
        "task-definition/derived-container": "what was not asked for may be absent in targetConfiguration",
    },
    "terse": {
        "reflect/*": "targetConfiguration may be absent, and so may what was asked for",
        "revision/in-answer": "no document says that the answer names the revision",
        "task-definition/derived-container": "as reflect",
    },
    "stale-reads": {
        "atomic/*": "a Describe may show what was before; that a refusal changes nothing is inferred",
        "concurrency/*": "likewise; evidence for histories is inferred",
        "identity/ingress-endpoint": "likewise; observed",
        "keep/*": "likewise; observed and inferred",
        "life-cycle/*": "likewise; the status after a Delete may be that of before",
        "protocol/*-changes-nothing": "likewise; inferred",
        "relation/*": "likewise; inferred",
        "revision/*": "likewise; that the new revision shows at once is observed",
    },
    "rolled-back": {
        "atomic/*": "a deployment that fails sets back what a refusal did not touch; inferred",
        "concurrency/*": "what was set last is not what stays",
        "keep/*": "an update may start from what was before a deployment that failed",
        "preserve/*": "likewise, and tolerated where another active revision has the value",
        "protocol/*-changes-nothing": "a deployment that fails sets back what a broken body did not touch",
        "relation/*": "an update is not there any more; inferred",
        "revision/*": "the new revision may be gone before a Describe; observed",
    },
    "throttled": {},
    "aws-like": {
        "atomic/*": "as stale-reads: a Describe may show what was before",
        "concurrency/*": "likewise",
        "keep/*": "likewise",
        "life-cycle/*": "likewise",
        "protocol/*-changes-nothing": "likewise",
        "reject/unknown-service": "another declared class than the documented one; observed",
        "relation/*": "likewise",
        "revision/*": "likewise",
    },
    "unobserved": {
        "accept/every-valid-update": "a minimum of no task is only observed to be taken",
        "accept/scalingTarget*": "likewise",
        "keep/primaryContainer.*": "that a container is merged is observed or inferred, and not documented",
        "task-definition/derived-container": "that the container is derived is observed",
    },
}


@pytest.mark.parametrize("name", PROFILES)
def test_no_profile_is_accused(name: str, tmp_path: Path) -> None:
    """Nothing fails on a profile, and what diverges there is what has to."""
    done = express("run", "--target", f"embedded:{name}", *SMOKE, "--out", "run", cwd=tmp_path, seconds=600)
    assert done.returncode == 0, done.stdout + done.stderr
    document = results(tmp_path / "run")
    assert document["errors"] == []
    assert document["counts"]["updates_accepted"] > 50
    found = {entry["id"]: entry["verdict"] for entry in document["requirements"]}
    against = {id for id, verdict in found.items() if verdict in {"diverges", "flaky"}}
    assert "fail" not in found.values()
    assert [id for id in against if not any(fnmatchcase(id, pattern) for pattern in DIVERGES[name])] == []


def test_what_diverges_on_the_alternate_profile_is_listed(tmp_path: Path) -> None:
    """The list has nothing that would not come about: each entry of it diverges at smoke effort."""
    listed = DIVERGES["alternate"]
    only = [word for id in listed for word in ("--only", id)]
    done = express("run", "--target", "embedded:alternate", *SMOKE, *only, "--out", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert verdicts(tmp_path / "run") == dict.fromkeys(listed, "diverges")


def test_serve_takes_a_profile_or_a_mutant(tmp_path: Path) -> None:
    """A wrong name is told with the close ones, and so is it if both are given."""
    wrong = express("serve", "--profile", "alternat", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "alternate" in wrong.stderr
    both = express("serve", "--profile", "alternate", "--mutant", "update-resets-cpu", cwd=tmp_path)
    assert both.returncode == 2
    assert "either" in both.stderr
    target = express("run", "--target", "embedded:lenien", "--out", "run", cwd=tmp_path)
    assert target.returncode == 2
    assert "lenient" in target.stderr
