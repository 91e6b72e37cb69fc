"""Several clients at once: how their requests are drawn and sent."""

from __future__ import annotations

import threading
import time

import pytest
from hypothesis import find, given, settings
from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument
from races import PATH
from streams import ARN
from test_reproduce import CREDENTIALS, REGION, needs_curl, recorder  # noqa: F401  a fixture

from conformance import model
from conformance.emulator.process import running
from conformance.exceptions import TargetError
from conformance.exchange import Exchange, Failure, Response, Tag
from conformance.recording import Case
from conformance.scenarios import SCENARIOS
from conformance.scenarios.bench import Bench
from conformance.scenarios.clients import sent_together
from conformance.scenarios.inventory import Surroundings
from conformance.wire import Endpoint, Wire, awsjson
from strategies.baselines import baseline
from strategies.pools import ValuePools
from strategies.rivals import disjoint_updates, rival_updates
from strategies.updates import known_members

UPDATE = (model.OPERATION, {"serviceArn": ARN, PATH: "/a"})
READ = (model.DESCRIBE, {"serviceArn": ARN})
DELETE = (model.DELETE, {"serviceArn": ARN})


class Line:
    """Stands for a wire: answers at once, or fails, and can wait until several callers are there."""

    def __init__(self, *, callers=0, fails=(), error=None):
        self.meeting = threading.Barrier(callers) if callers else None
        self.fails, self.error = fails, error
        self.threads = set()
        self.first = 0

    def send(self, request, *, id=0, tag=None, twin=None, **_options):
        """Answer one request."""
        clients = [thread for thread in threading.enumerate() if thread.name.startswith("client ")]
        self.first = self.first or len(clients)
        self.threads.add(threading.current_thread())
        if self.meeting:
            self.meeting.wait(10)
        if self.error:
            raise self.error
        failed = id in self.fails
        return Exchange(
            id=id,
            request=request,
            response=None if failed else Response(status=200, body=b"{}"),
            failure=Failure(kind="timeout", message="no answer within 1 s") if failed else None,
            started=time.monotonic(),
            tag=tag or Tag(),
            twin=twin,
        )


def bench(line, records):
    """A bench on such a line, within a case."""
    made = Bench("made", line, Surroundings(run="r", service_arn=ARN), records.append)
    made.begin(Case(tag=Tag(scenario="made", case=1), value={}), fresh=False)
    records.clear()
    return made


# -- sending ---------------------------------------------------------------------------------------------


def test_clients_send_at_the_same_time():
    """All clients are under way at once, each in a thread of its own."""
    line = Line(callers=4)
    exchanges = sent_together(line, [[READ]] * 4, tag=Tag(), first=1)
    assert [each.client for each in exchanges] == [1, 2, 3, 4]
    assert len(line.threads) == 4
    assert threading.current_thread() not in line.threads


def test_nobody_sends_before_all_are_there():
    """When the first request leaves, every client is ready to send its own."""
    line = Line()
    sent_together(line, [[READ]] * 8, tag=Tag(), first=1)
    assert line.first == 8


def test_a_burst_is_recorded_by_client_and_step():
    """Ids, order, group and client do not depend on who was quicker; the records come from one thread."""
    records, threads = [], set()
    made = bench(Line(), records)
    made._sink = lambda record: (records.append(record), threads.add(threading.current_thread()))
    before = made.sent
    made.burst([[UPDATE, READ], [READ, READ], [UPDATE]])
    made.burst([[READ]])
    assert [each.id - before for each in records] == [1, 2, 3, 4, 5, 6]
    assert [(each.group, each.client) for each in records] == [(1, 1), (1, 1), (1, 2), (1, 2), (1, 3), (2, 1)]
    assert [each.tag.case for each in records] == [1] * 6
    assert made.sent - before == 6
    assert threads == {threading.current_thread()}


def test_a_client_without_an_answer_is_done():
    """It sends nothing more, and the others go on; nobody waits for all that it would have sent."""
    records = []
    bench(Line(fails={1}), records).burst([[UPDATE, READ, READ], [READ, READ]])
    assert [(each.id, each.client) for each in records] == [(1, 1), (4, 2), (5, 2)]


def test_a_target_that_stops_answering_is_told():
    """After several requests in a row without an answer the run ends, with all of them recorded."""
    records = []
    made = bench(Line(fails=range(99)), records)
    made.burst([[READ, READ]] * 3)
    assert len(records) == 3
    with pytest.raises(TargetError, match="stopped answering: no answer within 1 s"):
        made.burst([[READ]] * 3)
    assert len(records) == 6


def test_a_fault_in_a_thread_is_not_lost():
    """What goes wrong in a client's thread is raised where the burst was asked for."""
    with pytest.raises(RuntimeError, match="a fault"):
        sent_together(Line(error=RuntimeError("a fault")), [[READ], [READ]], tag=Tag(), first=1)


def test_a_deleted_service_is_not_given_out_again():
    """After a burst with a Delete that was sent, the scenario's next service is a new one."""
    with running() as url:
        wire, records = Wire(Endpoint(url=url)), []
        made = Bench("made", wire, Surroundings(run="r"), records.append)
        first = made.service()
        made.burst([[(model.DELETE, {"serviceArn": first})], [(model.DESCRIBE, {"serviceArn": first})]])
        assert made.service() != first
        made.close()
        wire.close()
    assert [each.request.operation for each in records].count(model.DELETE) == 2


def test_the_times_of_a_burst_overlap():
    """Over a real wire, requests of several clients have times that can be compared, and that overlap."""
    with running() as url:
        wire, records = Wire(Endpoint(url=url)), []
        made = Bench("made", wire, Surroundings(run="r"), records.append)
        arn = made.service()
        began = time.time()
        found = [made.burst([[(model.DESCRIBE, {"serviceArn": arn})] * 3] * 4) for _ in range(5)]
        made.close()
        wire.close()
    for burst in found:
        spans = [(each.started, each.started + each.elapsed) for each in burst]
        assert all(began - 1 < start < end < time.time() + 1 for start, end in spans)
        for earlier, later in ((0, 1), (1, 2)):  # of one client
            assert spans[earlier][1] <= spans[later][0]
    assert any(
        one.started < other.started + other.elapsed and other.started < one.started + one.elapsed
        for burst in found
        for one in burst
        for other in burst
        if one.client < other.client
    )


def test_a_clock_that_is_set_does_not_move_the_times(monkeypatch):
    """In mid-run only the monotonic clock counts: what came later has a later time."""
    wire = Wire(Endpoint(url="http://127.0.0.1:9"))
    first = wire.send(awsjson(*READ))
    monkeypatch.setattr(time, "time", lambda: 0.0)
    second = wire.send(awsjson(*READ))
    wire.close()
    assert 0 <= second.started - first.started - first.elapsed < 60
    assert first.started > 1e9


# -- drawing ---------------------------------------------------------------------------------------------

NARROW = ValuePools(
    roles=("arn:aws:iam::123456789012:role/one",),
    images=("nginx:1",),
    subnets=("subnet-1",),
    security_groups=("sg-1",),
)


@settings(max_examples=50)
@given(st.sampled_from([ValuePools(), NARROW]).flatmap(lambda pools: disjoint_updates(pools=pools)))
def test_disjoint_updates(updates):
    """Two to four updates of one member each, all different, none of them excluding others."""
    names = [name for update in updates for name in update]
    assert 2 <= len(updates) == len(names) == len(set(names)) <= 4
    assert set(names) <= set(known_members()) - {"taskDefinitionArn"}
    for update in updates:
        for name in {"cpu", "memory", "healthCheckPath", "scalingTarget"} & {*update}:
            assert update[name] != baseline()[name]


@settings(max_examples=50)
@given(rival_updates([PATH, "memory"]))
def test_rival_updates(updates):
    """Each has both members, and no value is that of another one or of the baseline."""
    assert 2 <= len(updates) <= 4
    for name in (PATH, "memory"):
        values = [update[name] for update in updates]
        assert len({*values, baseline()[name]}) == len(values) + 1


def test_what_cannot_be_drawn_is_refused():
    """Too many clients for the members there are, and members of which a pool may have one value."""
    with pytest.raises(InvalidArgument, match="members for 99 updates"):
        disjoint_updates(max_size=99)
    with pytest.raises(InvalidArgument, match="taskRoleArn"):
        rival_updates(["taskRoleArn"])


def test_the_simplest_rivals():
    """They shrink to two updates of two simple values."""
    assert find(rival_updates([PATH]), lambda _: True) == [{PATH: "/"}, {PATH: "/ping"}]
    assert len(find(disjoint_updates(), lambda _: True)) == 2


@pytest.mark.parametrize("item", SCENARIOS["concurrency"].items("smoke"))
def test_the_scenario_without_create(item):
    """At a target with one given service the scenario does what can be done, and deletes nothing."""
    scenario = SCENARIOS["concurrency"]
    case = find(scenario.strategy(ValuePools(), item), lambda _: True)
    records = []
    made = bench(Line(), records)
    scenario.steps(made, case)
    operations = {each.request.operation for each in records}
    assert model.DELETE not in operations
    assert model.CREATE not in operations
    assert (model.OPERATION in operations) == (item != "update-delete")
