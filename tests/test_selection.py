"""The choice of cases where accepted updates are dear, and the cases among which it is made."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import chain, combinations
from pathlib import Path
from typing import Any

import pytest
from commands import express, results
from hypothesis import given
from hypothesis import strategies as st

from conformance.budget import Budget, Meter
from conformance.choice import Candidate, choose, free_beside
from conformance.emulator.process import running
from conformance.exchange import Exchange
from conformance.order import Order
from conformance.recording import Case
from conformance.requirements import REQUIREMENTS
from conformance.scenarios import FRUGAL, SCENARIOS
from conformance.scenarios.bench import Bench
from conformance.scenarios.economical import ECONOMICAL, cases
from conformance.scenarios.inventory import Surroundings
from conformance.suite.rehearsal import Forecast, Place, stage
from conformance.suite.replaying import replay_case
from conformance.suite.selection import Selection, select
from conformance.suite.settings import RunSettings
from conformance.survey import run_scenario
from conformance.targets import Settings
from conformance.targets.embedded import Embedded
from conformance.wire import Endpoint, Wire
from strategies.baselines import baseline
from strategies.economical import parts, whole_counterpart
from strategies.pools import ValuePools

ACCOUNT = "998877665544"
# What a run of standard effort judges at the embedded target, as measured; the rest needs faults of the
# target's own, real tasks, or a Region that lacks the feature.
STANDARD = 498
SHARE = 0.9

# -- the choice -----------------------------------------------------------------------------------------

IDS = [f"r{number}" for number in range(12)]


@st.composite
def candidates(draw: st.DrawFn, *, needing: bool = True) -> list[Candidate]:
    """A few candidates; some need earlier ones."""
    found: list[Candidate] = []
    for number in range(draw(st.integers(1, 9))):
        earlier = [each.id for each in found] if needing else []
        needs = draw(st.lists(st.sampled_from(earlier), max_size=2, unique=True)) if earlier else []
        judges = draw(st.frozensets(st.sampled_from(IDS), max_size=6))
        cost = draw(st.integers(0, 4))
        found.append(Candidate(id=f"c{number}", judges=judges, cost=cost, needs=tuple(needs)))
    return found


def judged(known: list[Candidate], chosen: list[str]) -> frozenset[str]:
    """What these would judge."""
    return frozenset().union(*(each.judges for each in known if each.id in chosen))


def cost(known: list[Candidate], chosen: list[str]) -> int:
    """What these would cost."""
    return sum(each.cost for each in known if each.id in chosen)


@given(candidates(), st.integers(0, 12), st.integers(0, 3))
def test_it_stays_within_the_budget(known: list[Candidate], budget: int, seed: int) -> None:
    """And chooses nothing twice, and nothing before what it needs."""
    chosen = choose(known, budget=budget, seed=seed)
    assert cost(known, chosen) <= budget
    assert len({*chosen}) == len(chosen)
    needs = {each.id: each.needs for each in known}
    for place, id in enumerate(chosen):
        assert {*needs[id]} <= {*chosen[:place]}


@given(candidates(), st.integers(0, 12), st.frozensets(st.sampled_from(IDS)))
def test_it_chooses_nothing_that_adds_nothing(
    known: list[Candidate], budget: int, before: frozenset[str]
) -> None:
    """Whatever is chosen judges something new, or something chosen later that does needs it."""
    chosen = choose(known, budget=budget, judged=before)
    by_id = {each.id: each for each in known}
    seen, waiting = {*before}, set[str]()
    for id in chosen:
        waiting.add(id)
        if by_id[id].judges - seen:
            seen |= by_id[id].judges
            waiting -= {id} | needed_by(by_id, id)
    assert not waiting


def needed_by(by_id: dict[str, Candidate], id: str) -> set[str]:
    """All that a candidate needs."""
    return {id, *chain.from_iterable(needed_by(by_id, needed) for needed in by_id[id].needs)}


@given(candidates(), st.integers(0, 11), st.integers(0, 3))
def test_more_budget_judges_no_less(known: list[Candidate], budget: int, seed: int) -> None:
    """It is monotone, which a greedy choice by itself is not."""
    less, more = (choose(known, budget=limit, seed=seed) for limit in (budget, budget + 1))
    assert len(judged(known, less)) <= len(judged(known, more))


def test_a_dear_alternative_does_not_mislead() -> None:
    """What is cheap only together is not given up for something that a little more budget can pay."""
    base = Candidate(id="base", judges=frozenset(), cost=2)
    three = [Candidate(id=id, judges=frozenset(id), cost=0, needs=("base",)) for id in "abc"]
    other = Candidate(id="other", judges=frozenset("de"), cost=3)
    for budget in (2, 3):
        assert {*choose([base, *three, other], budget=budget)} == {"base", "a", "b", "c"}


@given(candidates(), st.integers(0, 12), st.integers(0, 3))
def test_a_seed_says_it_all(known: list[Candidate], budget: int, seed: int) -> None:
    """The order in which candidates come does not matter."""
    assert choose(known, budget=budget, seed=seed) == choose(known[::-1], budget=budget, seed=seed)


@given(candidates(needing=False), st.integers(0, 12))
def test_it_is_not_far_from_the_best(known: list[Candidate], budget: int) -> None:
    """At least the proven share of what the best choice judges, found by trying all."""
    every = chain.from_iterable(combinations(known, size) for size in range(len(known) + 1))
    best = max(
        len(frozenset().union(*(each.judges for each in some)))
        for some in every
        if sum(each.cost for each in some) <= budget
    )
    assert len(judged(known, choose(known, budget=budget))) >= 0.316 * best


def test_it_is_better_than_chance() -> None:
    """On the average of many problems, and in nearly each of them."""
    draw, wins = random.Random(7), 0
    for _ in range(200):
        known = [
            Candidate(
                id=str(number),
                judges=frozenset(draw.sample(range(60), draw.randint(0, 9))),  # type: ignore[arg-type]
                cost=draw.randint(0, 3),
            )
            for number in range(40)
        ]
        left, random_ones = 10, list[str]()
        for each in draw.sample(known, len(known)):
            if each.cost <= left:
                left -= each.cost
                random_ones.append(each.id)
        wins += len(judged(known, choose(known, budget=10))) >= len(judged(known, random_ones))
    assert wins == 200


def test_what_is_free_goes_along() -> None:
    """Once what it needs is sent; but not what says nothing."""
    one = Candidate(id="one", judges=frozenset("a"), cost=1)
    free = Candidate(id="free", judges=frozenset("a"), cost=0, needs=("one",))
    mute = Candidate(id="mute", judges=frozenset(), cost=0)
    assert free_beside([one, free, mute], ["one"]) == ["free"]
    assert free_beside([one, free, mute], []) == []


# -- the cases ------------------------------------------------------------------------------------------


def test_they_are_plain_json() -> None:
    """So a recording and a report can hold them, and they can be replayed."""
    every = cases(ValuePools())
    assert json.loads(json.dumps(every)) == every
    for case in every:
        ids = [step["id"] for step in case["steps"]]
        assert len({*ids}) == len(ids)
        for place, step in enumerate(case["steps"]):
            assert {*step["needs"]} <= {*ids[:place]}


def test_whole_updates_differ_in_each_member() -> None:
    """Whatever a refused update applies then shows."""
    one, other = whole_counterpart(), baseline()
    assert one.keys() == other.keys()
    assert all(one[name] != other[name] for name in one)


def test_only_frugal_runs_have_them() -> None:
    """Elsewhere each request has a twin of its own."""
    assert ECONOMICAL.id in FRUGAL
    assert ECONOMICAL.id not in SCENARIOS
    assert ECONOMICAL not in RunSettings().scenarios


# What a target does that shows a change a moment later.
LATE = {"revision/shown-by-describe", "concurrency/linearizable"}


@pytest.mark.parametrize(
    ("profile", "deviates", "share"),
    [
        ("", set(), SHARE),
        ("alternate", set(), SHARE),
        # How much is refused while a deployment is in flight is a matter of time.
        ("refused-while-deploying", set(), 0.5),
        ("stale-reads", LATE, SHARE),
    ],
)
def test_nobody_is_accused(profile: str, deviates: set[str], share: float) -> None:
    """Neither the reference emulator nor those that decide otherwise what is open; and most is judged."""
    order = Order(effort="smoke", seed=1, known=tuple(REQUIREMENTS))
    with Embedded(address=profile, settings=Settings(name="embedded")).connect() as endpoint:
        outcome = run_scenario(ECONOMICAL, Wire(endpoint), Surroundings(run="x"), order, lambda _record: None)
    assert outcome.summary.error == ""
    assert {id for id, count in outcome.tally.counts.items() if count.violated} <= deviates
    assert sum(1 for count in outcome.tally.counts.values() if count.judged) > share * STANDARD


def test_where_a_deployment_is_in_the_way_it_is_waited_for() -> None:
    """Also that of the Create; what the budget has no wait for is told, and nobody is accused."""
    order = Order(effort="smoke", seed=1, known=tuple(REQUIREMENTS))
    around = Surroundings(run="x", frugal=True)
    meter = Meter(Budget(requests_per_second=1e6, settled_waits=1))
    with running(profile="refused-while-deploying", deployment_seconds=2) as url:
        wire = Wire(Endpoint(url=url), meter=meter)
        outcome = run_scenario(ECONOMICAL, wire, around, order, lambda _record: None)
    spent = meter.spent()
    assert (spent["settled_waits"], spent["accepted_updates"] > 0) == (1, True)
    assert "refused while a deployment was under way, with no wait left" in outcome.summary.error
    assert [id for id, count in outcome.tally.counts.items() if count.violated] == []


@pytest.fixture(scope="module")
def place() -> Place:
    """Somebody's account; the run has a placeholder for it."""
    around = Surroundings(run="x", pools=ValuePools(account="000011110001"), frugal=True)
    return Place(
        surroundings=around, region="eu-west-1", restricted=False, only=None, seed=1, budget=Budget()
    )


@pytest.fixture(scope="module")
def chosen(place: Place) -> Iterator[tuple[Selection, Forecast]]:
    """What a run with the default budget would send, and how its rehearsal goes."""
    with stage(place) as emulator:
        selection = select(emulator)
        yield selection, emulator.forecast(selection.script)


def test_a_rehearsal_judges_nearly_all(chosen: tuple[Selection, Forecast]) -> None:
    """With at most 30 accepted updates of one service."""
    _, forecast = chosen
    assert len(forecast.judged) >= SHARE * STANDARD
    assert forecast.requests["accepted"] <= Budget().accepted_updates
    assert forecast.spent["creates"] == 1
    assert 1 <= forecast.spent["settled_waits"] <= Budget().settled_waits
    assert {id for id, count in forecast.tally.counts.items() if count.violated} == set()


def test_a_smaller_budget_chooses_less(place: Place, chosen: tuple[Selection, Forecast]) -> None:
    """But still what judges most."""
    small = replace(place, budget=Budget(accepted_updates=6))
    with stage(small) as emulator:
        forecast = emulator.forecast(select(emulator).script)
    assert forecast.requests["accepted"] <= 6
    assert STANDARD / 2 < len(forecast.judged) < len(chosen[1].judged)


def test_what_was_asked_for_comes_first(place: Place) -> None:
    """Cases that judge nothing of it are not sent."""
    few = replace(place, only=["preserve/cpu", "preserve/memory"], budget=Budget(accepted_updates=8))
    with stage(few) as emulator:
        forecast = emulator.forecast(select(emulator).script)
    assert {"preserve/cpu", "preserve/memory"} <= forecast.judged
    assert forecast.requests["accepted"] <= 3


# -- the run --------------------------------------------------------------------------------------------


def exchanges(endpoint: Any, script: dict[str, list[Any]], meter: Meter) -> list[Exchange | Case]:
    """What a scripted run sends to a service of its own."""
    wire, sent = Wire(endpoint, meter=meter), list[Any]()
    around = Surroundings(run="x", frugal=True)
    arn = Bench("made", wire, around, lambda _record: None).service()
    order = Order(effort="smoke", seed=1, script=script)
    run_scenario(ECONOMICAL, wire, replace(around, service_arn=arn), order, sent.append)
    return sent


def phases(records: list[Exchange | Case]) -> list[str]:
    """In which phase each case was run."""
    return [record.tag.phase for record in records if isinstance(record, Case)]


@pytest.mark.parametrize(("updates", "expected"), [(30, ["survey", "replay"]), (3, ["survey"])])
def test_no_search_follows_a_violation(updates: int, expected: list[str]) -> None:
    """A case is replayed where the budget has room for all of it, and never made smaller."""
    steps = parts()["relations"][:4]
    script = {ECONOMICAL.id: [{"item": "relations", "value": {"part": "relations", "steps": steps}}]}
    with Embedded(address="update-resets-cpu", settings=Settings(name="embedded")).connect() as endpoint:
        records = exchanges(
            endpoint, script, Meter(Budget(accepted_updates=updates, requests_per_second=1e6))
        )
    assert phases(records) == expected


def test_a_case_can_be_replayed() -> None:
    """On a service of its own, as any other scenario's."""
    case = {"item": "refusals", "value": cases(ValuePools())[0]}
    with Embedded(address="update-resets-cpu", settings=Settings(name="embedded")).connect() as endpoint:
        case["value"] = {"part": "relations", "steps": parts()["relations"][:4]}
        replay = replay_case(
            ECONOMICAL, Wire(endpoint), Surroundings(run="x"), case=case, requirement="preserve/cpu"
        )
    assert replay.exit_code == 1


def test_an_update_that_surprises_costs_the_least() -> None:
    """Where more is accepted than expected, steps that judge little make room for those that judge more."""
    steps = [
        {"id": "one", "do": "update", "members": {"healthCheckPath": "/one"}},
        {"id": "less", "do": "update", "members": {"healthCheckPath": "/less"}, "leave": 2},
        {"id": "two", "do": "update", "members": {"healthCheckPath": "/two"}},
        {"id": "three", "do": "update", "members": {"healthCheckPath": "/three"}},
    ]
    script = {ECONOMICAL.id: [{"item": "x", "value": {"part": "x", "steps": steps}}]}
    with Embedded(address="", settings=Settings(name="embedded")).connect() as endpoint:
        for updates, among in ((5, True), (4, False)):
            meter = Meter(Budget(accepted_updates=updates, requests_per_second=1e6))
            asked = [
                str(record.request.members.get("healthCheckPath"))
                for record in exchanges(endpoint, script, meter)
                if isinstance(record, Exchange) and "healthCheckPath" in record.request.members
            ]
            assert asked == ["/one", *(["/less"] if among else []), "/two", "/three"]


def test_the_whole_way(tmp_path: Path) -> None:
    """A run in an account judges nine tenths of what standard effort does, within the default budget.

    Takes about a quarter of a minute: it is chosen, rehearsed and run.
    """
    with running(environment={"MOTO_ACCOUNT_ID": ACCOUNT}) as url:
        lines = ["[targets.account]", 'target = "aws:us-east-1"', f'endpoint_url = "{url}"']
        lines += [f'accounts = ["{ACCOUNT}"]', 'regions = ["us-east-1"]']
        lines += ["[targets.account.budget]", "requests_per_second = 1000"]
        (tmp_path / "express-conformance.toml").write_text("\n".join(lines), encoding="utf-8")
        words = ("--target", "account", "--live", "--yes", "--seed", "1", "--out", "o")
        done = express("run", *words, cwd=tmp_path, seconds=300)
    assert done.returncode == 0, done.stdout + done.stderr
    document = results(tmp_path / "o")
    seen = [entry["id"] for entry in document["requirements"] if entry["judged"]]
    spent = document["budget"]
    assert len(seen) >= SHARE * STANDARD
    assert document["counts"]["updates_accepted"] <= spent["accepted_updates"] <= 30
    assert (spent["creates"], spent["services_alive"]) == (1, 0)
    assert 1 <= spent["settled_waits"] <= 3
    notes = {entry["note"] for entry in document["requirements"] if not entry["judged"]}
    assert "Not sent: the budget had no room for it beside what judges more." in notes
