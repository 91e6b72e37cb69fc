"""The scenarios of nested updates: complete, from known values, and small."""

from __future__ import annotations

import pytest
from streams import ROLE

from conformance import model
from conformance.emulator.process import running
from conformance.exchange import Exchange
from conformance.observation import accepted, service_of
from conformance.observer import Observer
from conformance.requirement import Concern
from conformance.requirements import REQUIREMENTS
from conformance.scenarios import SCENARIOS
from conformance.scenarios.inventory import Surroundings
from conformance.survey import Order, run_scenario
from conformance.wire import Endpoint, Wire, awsjson
from strategies.baselines import baseline
from strategies.nested import clearings, member_subsets, structures, value_at


def recorded(url, id, effort="standard", **surroundings):
    """What a scenario sends to the reference emulator, and what comes of it."""
    records, wire = [], Wire(Endpoint(url=url))
    order, around = Order(effort=effort, seed=1), Surroundings(run="test", **surroundings)
    outcome = run_scenario(SCENARIOS[id], wire, around, order, records.append)
    wire.close()
    assert not outcome.summary.error
    return [record for record in records if isinstance(record, Exchange)], outcome


@pytest.fixture(scope="module")
def emulator():
    """One reference emulator for all scenarios."""
    with running() as url:
        yield url


@pytest.fixture(scope="module")
def given_service(emulator):
    """The ARN of a service that somebody else created."""
    wire = Wire(Endpoint(url=emulator))
    roles = {"infrastructureRoleArn": ROLE, "executionRoleArn": ROLE}
    container = {"primaryContainer": {"image": "nginx:1"}}
    created = wire.send(awsjson(model.CREATE, {"serviceName": "given", **roles, **container}), id=0)
    wire.close()
    return service_of(created)["serviceArn"]


@pytest.fixture(scope="module")
def subsets(emulator):
    """The scenario of the presence subsets, at standard effort."""
    return recorded(emulator, "nested-subsets")


@pytest.fixture(scope="module")
def clearing(emulator):
    """The scenario of the clearings, at standard effort."""
    return recorded(emulator, "clearing")


def changes(exchanges):
    """The accepted updates, each with the configuration before."""
    observer = Observer()
    found = [pair for exchange in exchanges for pair in observer.feed(exchange)]
    return [each for concern, each in found if concern is Concern.CHANGE and each.accepted]


def test_every_presence_subset_of_every_structure_is_sent(subsets):
    """Each subset is sent once, with values that the service does not have, and all are accepted."""
    sent = []
    for change in changes(subsets[0]):
        ((top, value),) = [pair for pair in change.request.items() if pair[0] != "serviceArn"]
        sent.append((top, frozenset(value)))
        for name, part in value.items():
            found = value_at(change.config_before, f"{top}.{name}")
            assert found != part, (top, name)
    required = {"primaryContainer": {"image"}}
    expected = {
        (top, frozenset({*subset, *required.get(top, ())}))
        for top in structures()
        for subset in member_subsets(top)
    }
    assert set(sent) == expected
    assert len(sent) == len(expected)


def test_every_member_is_known_before_each_subset(subsets):
    """No member has a default value before an update: whatever an update resets, it shows."""
    for change in changes(subsets[0]):
        scaling = change.config_before["scalingTarget"]
        assert scaling["autoScalingMetric"] != "AVERAGE_CPU"
        assert scaling["autoScalingTargetValue"] in {71, 37}
        assert set(change.config_before["primaryContainer"]) == set(baseline()["primaryContainer"])
        assert change.config_before["primaryContainer"]["containerPort"] != 80


def test_what_an_update_resets_is_given_back():
    """At a target that resets members, each subset begins with known values again."""
    with running(mutant="update-drops-scaling-target-auto-scaling-metric") as url:
        exchanges, outcome = recorded(url, "nested-subsets")
    partial = [change for change in changes(exchanges) if "scalingTarget" in change.request]
    metrics = {change.config_before["scalingTarget"]["autoScalingMetric"] for change in partial}
    assert metrics == {"AVERAGE_MEMORY", "REQUEST_COUNT_PER_TARGET", "AVERAGE_CPU"}
    restored = [change.request["scalingTarget"] for change in partial if _is_reset(change)]
    assert restored == [baseline()["scalingTarget"]] * len(restored) != []
    said = "a partial scalingTarget does not keep its autoScalingMetric"
    assert said in outcome.tally.counts["merge/scalingTarget"].behaviours


def _is_reset(change):
    return change.config_before["scalingTarget"]["autoScalingMetric"] == "AVERAGE_CPU"


def test_each_omitted_member_is_judged(subsets):
    """A member is judged as often as there are subsets without it."""
    counts = subsets[1].tally.counts
    assert counts["keep/primaryContainer.secrets"].judged == 32
    assert counts["keep/scalingTarget.maxTaskCount"].judged == 7
    assert counts["keep/networkConfiguration.subnets"].judged == 1
    assert counts["merge/primaryContainer"].judged == 63
    assert all(not count.violated and not count.tolerated for count in counts.values())


def test_every_way_to_clear_is_described(clearing):
    """Each way to clear each member is described once; twins are accepted, and nothing is held against it."""
    exchanges, outcome = clearing
    counts = outcome.tally.counts
    described = {id: count for id, count in counts.items() if id.startswith("clear/")}
    assert described.keys() == {f"clear/{path}-{way}" for path, way in clearings()}
    assert described.keys() == {id for id in REQUIREMENTS if id.startswith("clear/")}
    assert all(len(count.behaviours) == 1 for count in described.values())
    assert all(not count.violated and not count.tolerated for count in counts.values())
    by_id = {exchange.id: exchange for exchange in exchanges}
    assert all(accepted(by_id[exchange.twin]) for exchange in exchanges if exchange.twin)


def test_clearing_begins_with_known_values(clearing):
    """Before an update clears a member, its whole structure has the baseline's values."""
    cleared = [change for change in changes(clearing[0]) if change.exchange.twin]
    assert len(cleared) >= 15
    for change in cleared:
        (top,) = change.request.keys() - {"serviceArn"}
        for name in baseline()[top]:
            assert value_at(change.config_before, f"{top}.{name}") is not None


@pytest.mark.parametrize("id", ["nested-subsets", "clearing", "lists"])
def test_a_given_service_is_enough(id, emulator, given_service):
    """Where there is one service that is given, the scenarios do with that."""
    exchanges, outcome = recorded(emulator, id, "smoke", service_arn=given_service)
    operations = {exchange.request.operation for exchange in exchanges}
    assert operations - {"RegisterTaskDefinition"} == {model.OPERATION, model.DESCRIBE}
    assert outcome.tally.accepted > 1
    assert outcome.tally.counts["preserve/healthCheckPath"].judged


def test_the_traffic_is_small(emulator, subsets, clearing):
    """All of it together is at most 400 exchanges at standard effort, and every list is in it."""
    lists, outcome = recorded(emulator, "lists")
    assert len(subsets[0]) + len(clearing[0]) + len(lists) <= 400
    merged = {id for id in outcome.tally.counts if id.startswith("merge/") and "." in id}
    assert merged == {f"merge/{path}" for path in SCENARIOS["lists"].items("standard")}
