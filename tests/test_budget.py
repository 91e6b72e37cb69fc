"""The ceilings of a budget: none can be passed, whatever is sent, and clean-up is never barred."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest
from hostile import http, says, serving

from conformance import model
from conformance.budget import Budget, Meter
from conformance.exceptions import BudgetError, ConfigurationError
from conformance.exchange import Exchange, Failure, Request, Response
from conformance.wire import Endpoint, Wire, awsjson

ARN = "arn:aws:ecs:us-east-1:123456789012:service/default/web"
ROOMY = Budget(requests_per_second=10**6)


class Time:
    """A clock that sleeping moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        """The time, in seconds."""
        return self.now

    def sleep(self, seconds: float) -> None:
        """Let it be later."""
        self.now += seconds


def metered(budget: Budget = ROOMY) -> tuple[Meter, Time]:
    """A meter and its clock."""
    clock = Time()
    return Meter(budget, clock=clock, sleep=clock.sleep), clock


def exchange(operation: str, status: int | None = 200, arn: str = ARN) -> Exchange:
    """What came of a request; without a status nobody knows."""
    body = f'{{"service": {{"serviceArn": "{arn}"}}}}'.encode()
    response = None if status is None else Response(status=status, body=body)
    request = Request(operation=operation, body=f'{{"serviceArn": "{arn}"}}'.encode())
    failure = Failure(kind="timeout", message="late") if status is None else None
    return Exchange(id=1, request=request, response=response, failure=failure)


def send(
    meter: Meter, operation: str, status: int | None = 200, arn: str = ARN, *, refusable: bool = False
) -> None:
    """What the wire does."""
    meter.admit(operation, refusable=refusable)
    meter.settle(exchange(operation, status, arn))


# -- updates --------------------------------------------------------------------------------------------


def test_accepted_updates_are_counted_and_refused_ones_are_not():
    """A refused update is free; one of which nobody knows, or that failed on the other side, is not."""
    meter, _ = metered(replace(ROOMY, accepted_updates=4))
    for status in (400, 200, 403, None, 500):
        send(meter, model.OPERATION, status)
    assert meter.spent()["accepted_updates"] == 3
    with pytest.raises(BudgetError, match="4 accepted updates"):
        meter.admit(model.OPERATION)


def test_the_last_update_is_kept_for_what_should_be_refused():
    """Near misses go on until one of them is accepted after all; then nothing goes on."""
    meter, _ = metered(replace(ROOMY, accepted_updates=2))
    send(meter, model.OPERATION)
    with pytest.raises(BudgetError):
        meter.admit(model.OPERATION)
    for _ in range(50):
        send(meter, model.OPERATION, 400, refusable=True)
    send(meter, model.OPERATION, 200, refusable=True)
    with pytest.raises(BudgetError):
        meter.admit(model.OPERATION, refusable=True)
    assert meter.spent()["accepted_updates"] == 2


def test_requests_under_way_count():
    """What is not answered yet may be accepted."""
    meter, _ = metered(replace(ROOMY, accepted_updates=3))
    meter.admit(model.OPERATION)
    meter.admit(model.OPERATION)
    with pytest.raises(BudgetError):
        meter.admit(model.OPERATION)
    meter.settle(exchange(model.OPERATION, 400))
    meter.admit(model.OPERATION)


@pytest.mark.parametrize(
    "operation", [model.DELETE, model.DESCRIBE, "ListServices", "DeregisterTaskDefinition"]
)
def test_looking_and_cleaning_up_are_never_barred(operation):
    """Whatever is spent."""
    meter, clock = metered(replace(ROOMY, accepted_updates=1, minutes=1))
    clock.now += 10**6
    meter.admit("CreateCluster")
    clock.now += 10**6
    with pytest.raises(BudgetError):
        meter.admit("CreateCluster")
    meter.admit(operation)


# -- services, time and money ---------------------------------------------------------------------------


def test_services_alive_and_creates():
    """A service counts until its Delete was accepted; one whose Create nobody heard of counts for ever."""
    meter, _ = metered(replace(ROOMY, services_alive=1, creates=3))
    send(meter, model.CREATE, 400)
    send(meter, model.CREATE)
    with pytest.raises(BudgetError, match="alive"):
        meter.admit(model.CREATE)
    send(meter, model.DELETE, 400)
    with pytest.raises(BudgetError, match="alive"):
        meter.admit(model.CREATE)
    send(meter, model.DELETE)
    send(meter, model.CREATE, None)
    with pytest.raises(BudgetError, match="alive"):
        meter.admit(model.CREATE)
    assert meter.spent()["creates"] == 2
    many, _ = metered(replace(ROOMY, services_alive=9, creates=1))
    send(many, model.CREATE)
    with pytest.raises(BudgetError, match="to create"):
        many.admit(model.CREATE)


def test_minutes():
    """From the first request on."""
    meter, clock = metered(replace(ROOMY, minutes=2))
    send(meter, model.OPERATION)
    clock.now += 119
    send(meter, model.OPERATION)
    clock.now += 1.1
    with pytest.raises(BudgetError, match="2 minutes"):
        meter.admit(model.OPERATION)


def test_dollars():
    """By the time that services exist, also those that are gone."""
    meter, clock = metered(replace(ROOMY, dollars=0.5, dollars_per_hour=1.0, minutes=10**6))
    send(meter, model.CREATE)
    clock.now += 1200
    send(meter, model.DELETE)
    clock.now += 36000
    send(meter, model.OPERATION)
    send(meter, model.CREATE)
    clock.now += 601
    with pytest.raises(BudgetError, match=r"0\.50 dollars"):
        meter.admit(model.OPERATION)
    assert meter.spent()["dollars"] == pytest.approx(0.5, abs=0.01)


def test_the_rate_of_requests():
    """A request waits for its turn, what cleans up too."""
    meter, clock = metered(Budget(requests_per_second=4))
    for _ in range(9):
        send(meter, model.DESCRIBE)
    assert clock.now - 100 == pytest.approx(2.0)


def test_settled_waits():
    """Only so many."""
    meter, _ = metered(replace(ROOMY, settled_waits=2))
    assert [meter.wait() for _ in range(4)] == [True, True, False, False]
    assert meter.spent()["settled_waits"] == 2


# -- the wire -------------------------------------------------------------------------------------------


def test_the_wire_sends_nothing_beyond_the_budget():
    """Not even from many threads at a time."""
    with serving(says(http({"service": {}}))) as server:
        wire = Wire(Endpoint(url=server.url), meter=Meter(replace(ROOMY, accepted_updates=8)))
        refused: list[BudgetError] = []

        def hammer() -> None:
            for _ in range(5):
                try:
                    wire.send(awsjson(model.OPERATION, {}))
                except BudgetError as error:
                    refused.append(error)

        threads = [threading.Thread(target=hammer) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        wire.close()
    assert len(server.requests) == 7
    assert len(refused) == 23


# -- what is configured ---------------------------------------------------------------------------------


def test_a_budget_is_read():
    """What is not said is as in a real account."""
    assert Budget.from_mapping({"accepted_updates": 5, "minutes": 1.5}) == Budget(
        accepted_updates=5, minutes=1.5
    )


@pytest.mark.parametrize("value", [0, -1, True, "5", None, 2.5, float("inf"), float("nan")])
def test_a_budget_that_means_nothing_is_refused(value):
    """Ceilings are positive, and whole where they count."""
    with pytest.raises(ConfigurationError, match="accepted_updates"):
        Budget.from_mapping({"accepted_updates": value})
    with pytest.raises(ConfigurationError, match="updates"):
        Budget.from_mapping({"updates": 5})
