"""Programs over several services: drawn by a state machine, carried out, recorded, shrunk and replayed."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace
from itertools import pairwise

import pytest
from commands import express, records, results, verdicts

from conformance.emulator.process import running
from conformance.exchange import Exchange
from conformance.exploring import Abandon, ViolationError, explore, shorten
from conformance.scenarios import SCENARIOS
from conformance.scenarios.inventory import Surroundings
from conformance.survey import Order, run_scenario
from conformance.wire import Endpoint, Wire, awsjson
from strategies.pools import ANYWHERE
from strategies.programs import PLACES, service_programs
from strategies.updates import EXCLUDED_BY_TASK_DEFINITION, OPTIONAL

STATEFUL = SCENARIOS["stateful"]
# What a person would write to show a fault.
_SMALL = 4


def programs(size, *, seed=1, most=30):
    """The programs that are drawn for a size."""
    found = []
    machine = STATEFUL.strategy(ANYWHERE, size)
    explore(machine, lambda case: found.append(case["program"]), seed=seed, most=most)
    return found


SIZES = STATEFUL.items("standard")


@pytest.fixture(scope="module")
def emulator():
    """One reference emulator for several runs."""
    with running() as url:
        yield url


def run(url, *, seed=1, only=None, run_id="test", effort="smoke"):
    """What one run of the scenario sent, and what it came to."""
    sent = []
    wire = Wire(Endpoint(url=url))
    order = Order(effort=effort, seed=seed, only=only)
    outcome = run_scenario(STATEFUL, wire, Surroundings(run=run_id), order, sent.append)
    wire.close()
    return sent, outcome


# -- the programs ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", SIZES, ids=str)
def test_programs_are_valid(size):
    """Commands are about services that there are, updates are never empty, and names are never taken."""
    for program in programs(size):
        assert json.loads(json.dumps(program)) == program
        assert len(program) <= size["length"] + sum(c["do"] == "delete" for c in program)
        alive, deleted, places = set(), set(), set()
        for command in program:
            service = command["service"]
            match command["do"]:
                case "create":
                    place = (command["cluster"], command["name"])
                    assert service not in alive | deleted
                    assert place in PLACES[: size["services"]]
                    assert place not in places
                    places.add(place)
                    alive.add(service)
                case "update":
                    assert service in alive | deleted
                    assert command["members"].keys() <= {*OPTIONAL}
                    assert command["members"]
                case "describe":
                    assert service in alive | deleted
                case "delete":
                    alive.remove(service)
                    deleted.add(service)
                case "recreate":
                    assert service in alive
                case other:
                    pytest.fail(f"no command: {other}")


def test_a_service_with_a_task_definition_keeps_it():
    """After a switch no update carries what may lead back, until the service is created again."""
    seen = Counter()
    for program in programs(SIZES[-1], most=60):
        switched = set()
        for command in program:
            if command["do"] == "recreate":
                switched.discard(command["service"])
            if command["do"] == "delete":
                switched.discard(command["service"])
            elif command["do"] == "update":
                if command["service"] in switched:
                    seen["after"] += 1
                    assert not command["members"].keys() & {*EXCLUDED_BY_TASK_DEFINITION}
                if "taskDefinitionArn" in command["members"]:
                    switched.add(command["service"])
    assert seen["after"]


def test_programs_reach_all_that_matters():
    """Every command occurs, and updates in a row, of namesakes, watched and of deleted services."""
    seen = Counter()
    for program in [program for size in SIZES for program in programs(size)]:
        seen.update(command["do"] for command in program)
        kinds = [(command["do"], command["service"]) for command in program]
        seen["quick"] += any(one == two and one[0] == "update" for one, two in pairwise(kinds))
        seen["namesakes"] += {("update", "service-1"), ("update", "service-2")} <= {*kinds}
        seen["watched"] += any(command.get("watched") for command in program)
        seen["bare"] += any(command.get("bare") for command in program)
        gone = [service for do, service in kinds if do == "delete"]
        last = {service: do for do, service in kinds}
        seen["late"] += any(last[service] == "update" for service in gone)
    wanted = {"create", "update", "describe", "delete", "recreate"}
    assert all(seen[kind] >= 5 for kind in {*wanted, "quick", "namesakes", "watched", "bare", "late"}), seen


def test_a_lonely_service_is_created_twice():
    """Most programs about one service see it created again, once."""
    drawn = programs({"services": 1, "length": 8})
    assert sum(any(c["do"] == "recreate" for c in program) for program in drawn) > len(drawn) / 2
    for program in drawn:
        assert [command["do"] for command in program].count("recreate") <= 1


def test_a_seed_repeats_programs():
    """The same seed draws the same programs, another one others."""
    first, again, other = (programs(SIZES[-1], seed=seed) for seed in (5, 5, 6))
    assert first == again != other


# -- exploring -------------------------------------------------------------------------------------------


def shrunk(fails, *, length=16):
    """The smallest program that fails, and all that were tried until it was found."""
    tried = []

    def case(value):
        tried.append(value["program"])
        if fails(value["program"]):
            raise ViolationError

    with pytest.raises(ViolationError):
        explore(service_programs(length=length), case, seed=1, most=200, shrink=True)
    smallest = [tried[-1]]

    def still_fails(value):
        smallest.extend([value["program"]] if fails(value["program"]) else [])
        return fails(value["program"])

    shorten({"program": tried[-1]}, still_fails)
    return smallest[-1], tried


def test_what_is_left_out_of_a_program_is_commands_and_then_members():
    """Of commands and members that nothing depends on none is left, and no update without members."""
    seen = []

    def fails(value):
        named = [{*command.get("members", ())} for command in value["program"]]
        found = any("cpu" in names for names in named)
        seen.extend([value["program"]] if found else [])
        assert set() not in named
        return found

    update = {"do": "update", "members": {"memory": "1", "cpu": "2", "taskRoleArn": "3"}}
    shorten({"program": [{**update, "members": {"memory": "4"}}, update]}, fails)
    assert seen[-1] == [{"do": "update", "members": {"cpu": "2"}}]


def test_programs_shrink():
    """A fault that three commands show comes down to those."""
    program, tried = shrunk(lambda program: sum(c["do"] == "update" for c in program) >= 3)
    assert [command["do"] for command in program] == ["update", "update", "update"]
    assert max(len(command.get("members", ())) for command in program) == 1
    assert all(tried)  # a program that Hypothesis broke off was not run


def test_a_fault_in_an_update_shrinks_to_its_member():
    """The other members of the update go."""
    program, _ = shrunk(
        lambda program: any(c["do"] == "update" and "healthCheckPath" in c["members"] for c in program)
    )
    assert [command["do"] for command in program] == ["update"]
    assert program[-1]["members"].keys() == {"healthCheckPath"}


def test_other_errors_end_the_search():
    """An error of the suite's is no failing test case: it comes out at once, and nothing is shrunk."""
    tried = []

    def case(value):
        tried.append(value)
        raise KeyError("x")

    with pytest.raises(Abandon) as caught:
        explore(service_programs(), case, seed=1, most=10, shrink=True)
    assert isinstance(caught.value.error, KeyError)
    assert len(tried) == 1


def test_programs_can_be_explored_while_an_exception_is_handled():
    """Whether a program is complete is told by its own exceptions, not by those of others."""
    tried = []
    try:
        {}["x"]
    except KeyError:
        explore(service_programs(), tried.append, seed=1, most=5)
    assert len(tried) == 5


# -- the traffic -----------------------------------------------------------------------------------------


def test_namesakes_are_in_two_clusters(emulator):
    """Services of one name in a program have one name at the target, in the run's cluster and in another."""
    sent, outcome = run(emulator, run_id="names")
    assert not outcome.summary.error
    creates = [
        r.request.members for r in sent if isinstance(r, Exchange) and "CreateExpress" in r.request.operation
    ]
    assert all(create["serviceName"].startswith("Xc-names-") for create in creates)
    clusters = {}
    for create in creates:
        clusters.setdefault(create["serviceName"], set()).add(create.get("cluster"))
    assert {None, "Xc-names-stateful"} in clusters.values()


def test_everything_is_cleaned_up(emulator):
    """At the end all services are deleted, and so is the second cluster."""
    sent, _ = run(emulator, run_id="clean")
    exchanges = [record for record in sent if isinstance(record, Exchange)]
    by_operation = Counter(exchange.request.operation for exchange in exchanges)
    assert by_operation["CreateExpressGatewayService"] == by_operation["DeleteExpressGatewayService"]
    assert by_operation["CreateCluster"] == 1
    assert exchanges[-1].request.operation == "DeleteCluster"
    assert exchanges[-1].response.status == 200


def test_a_given_service_is_left_alone(emulator):
    """Where services cannot be created, programs send nothing; it was described, and given known values."""
    wire = Wire(Endpoint(url=emulator))
    sent = []
    around = Surroundings(run="given", service_arn="arn:aws:ecs:us-east-1:123456789012:service/default/web")
    run_scenario(STATEFUL, wire, around, Order(effort="smoke", seed=1), sent.append)
    wire.close()
    exchanges = [record for record in sent if isinstance(record, Exchange)]
    assert [exchange.tag.phase for exchange in exchanges] == ["setup", "setup"]


class Refusing(Wire):
    """A way to a target that creates no clusters."""

    def send(self, request, **options):
        """Ask for something that there is not, in the place of a cluster."""
        if request.operation != "CreateCluster":
            return super().send(request, **options)
        return replace(super().send(awsjson("CreateNothing", {}), **options), request=request)


def test_a_second_cluster_that_is_refused_is_a_lack(emulator):
    """Without a second cluster the programs that need one are skipped, and the others are judged."""
    wire, sent = Refusing(Endpoint(url=emulator)), []
    outcome = run_scenario(
        STATEFUL, wire, Surroundings(run="lack"), Order(effort="smoke", seed=1), sent.append
    )
    wire.close()
    assert "did not create a second cluster" in outcome.summary.error
    assert not outcome.fatal
    asked = [r for r in sent if isinstance(r, Exchange) and r.request.operation == "CreateCluster"]
    assert len(asked) == 1
    assert outcome.tally.counts["life-cycle/nothing-inherited"].judged


@pytest.mark.parametrize(
    ("mutant", "id"),
    [
        ("update-touches-the-same-name-in-another-cluster", "identity/same-name-in-another-cluster"),
        ("recreated-service-inherits", "life-cycle/nothing-inherited"),
    ],
)
def test_a_fault_gives_a_small_program_that_can_be_replayed(mutant, id, tmp_path):
    """A planted fault comes down to at most four commands; replay sees it again, and its absence."""
    with running(mutant=mutant) as url:
        common = ("--endpoint-url", url, "--effort", "smoke", "--seed", "7", "--only", id)
        done = express("run", *common, "--out", "run", cwd=tmp_path)
        assert done.returncode in {0, 1}, done.stderr
        found = next(r for r in results(tmp_path / "run")["requirements"] if r["id"] == id)
        program = found["counterexample"]["case"]["value"]["program"]
        assert len(program) <= _SMALL, program
        assert found["counterexample"]["shrunk"]
        replay = ("replay", tmp_path / "run" / "results.json", id, "--endpoint-url")
        still = express(*replay, url, cwd=tmp_path)
        assert still.returncode == 1, still.stdout + still.stderr
    with running() as url:
        fixed = express(*replay, url, cwd=tmp_path)
        assert fixed.returncode == 0, fixed.stdout + fixed.stderr


def test_a_recording_of_programs_is_judged_alike(emulator, tmp_path):
    """Programs are recorded as cases; -n 2 and a second judgement find what one process found."""
    common = ("--endpoint-url", emulator, "--effort", "smoke", "--seed", "3", "--only", "life-cycle")
    assert express("run", *common, "--out", "one", cwd=tmp_path).returncode == 0
    assert express("run", *common, "--out", "two", "-n", "2", cwd=tmp_path).returncode == 0
    assert (
        express("judge", tmp_path / "one" / "recording.jsonl", "--out", "again", cwd=tmp_path).returncode == 0
    )
    assert verdicts(tmp_path / "one").items() <= verdicts(tmp_path / "again").items()
    assert verdicts(tmp_path / "one") == verdicts(tmp_path / "two")
    cases = [record for record in records(tmp_path / "one") if record["kind"] == "case"]
    drawn = [record for record in cases if record["scenario"] == "stateful"]
    assert len(drawn) == sum(STATEFUL.cases["smoke"] for _ in STATEFUL.items("smoke"))
    assert all(record["value"]["value"].keys() == {"program"} for record in drawn)
