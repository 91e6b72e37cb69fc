"""The end of a deployment is waited for: with pauses, within a time, and within the budget."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from conformance import model
from conformance.budget import Budget, Meter
from conformance.emulator.process import running
from conformance.exchange import Exchange
from conformance.observation import configurations, service_of
from conformance.recording import Case
from conformance.scenarios.bench import Bench
from conformance.scenarios.inventory import Surroundings
from conformance.wire import Endpoint, Wire

ROOMY = Budget(requests_per_second=1000)


@contextmanager
def bench(
    seconds: float, *, deployment: float, budget: Budget | None = None
) -> Iterator[tuple[Bench, list[Exchange]]]:
    """A bench at an emulator whose deployments take so long; and what is sent."""
    sent: list[Exchange] = []

    def take(record: Exchange | Case) -> None:
        if isinstance(record, Exchange):
            sent.append(record)

    with running(deployment_seconds=deployment) as url:
        wire = Wire(Endpoint(url=url), meter=Meter(budget) if budget else None)
        made = Bench("settled", wire, Surroundings(run="0badcafe", settle_seconds=seconds), take)
        yield made, sent
        made.close()
        wire.close()


def test_a_deployment_is_waited_for() -> None:
    """Until its revision is the only active one; Describe is asked now and then, not all the time."""
    with bench(20.0, deployment=1.0) as (made, sent):
        arn = made.service()
        updated = made.update(arn, {"healthCheckPath": "/new"})
        before = len(sent)
        assert made.settle(arn, updated)
        looks = sent[before:]
    assert {exchange.request.operation for exchange in looks} == {model.DESCRIBE}
    assert 2 <= len(looks) <= 12
    revision = service_of(updated)["targetConfiguration"]["serviceRevisionArn"]
    assert service_of(looks[0])["currentDeployment"]
    assert "currentDeployment" not in service_of(looks[-1])
    assert [each["serviceRevisionArn"] for each in configurations(service_of(looks[-1]))] == [revision]


def test_a_deployment_that_never_ends_is_given_up() -> None:
    """After the time that there is for it."""
    with bench(0.5, deployment=3600.0) as (made, _):
        arn = made.service()
        assert not made.settle(arn, made.update(arn, {"healthCheckPath": "/new"}))


def test_a_service_that_is_not_there_is_not_waited_for() -> None:
    """Nor one that nobody may describe: some looks show that."""
    with bench(60.0, deployment=0.0) as (made, sent):
        arn = made.service()
        updated = made.update(arn, {"healthCheckPath": "/new"})
        before = len(sent)
        assert not made.settle("None", updated)
        assert len(sent) - before == 4


def test_a_body_that_only_the_target_reads_is_waited_for() -> None:
    """An accepted request may say in its own way which service it is about."""
    with bench(20.0, deployment=0.5) as (made, _):
        arn = made.service()
        updated = made.update(arn, {"healthCheckPath": "/new"})
        odd = replace(updated, request=replace(updated.request, body=b"\xef\xbb\xbf{}"))
        assert made.settle(arn, odd)


def test_a_later_update_is_the_end_of_an_earlier_one() -> None:
    """Its revision is never the only one then; that of the later update will do, if it stays."""
    with bench(20.0, deployment=0.0) as (made, sent):
        arn = made.service()
        earlier = made.update(arn, {"healthCheckPath": "/one"})
        made.update(arn, {"healthCheckPath": "/two"})
        before = len(sent)
        assert made.settle(arn, earlier)
        assert len(sent) - before == 4


def test_a_budget_allows_so_many_waits() -> None:
    """Then nothing is asked any more."""
    with bench(5.0, deployment=0.1, budget=replace(ROOMY, settled_waits=1)) as (made, sent):
        arn = made.service()
        assert made.settle(arn, made.update(arn, {"healthCheckPath": "/new"}))
        updated = made.update(arn, {"healthCheckPath": "/newer"})
        before = len(sent)
        assert not made.settle(arn, updated)
        assert len(sent) == before


def test_an_answer_without_a_revision_is_no_reason_to_fail() -> None:
    """Hostile answers have anything in the place of a configuration; any revision that stays will do."""
    with bench(2.0, deployment=0.0) as (made, _):
        arn = made.service()
        updated = made.update(arn, {"healthCheckPath": "/new"})
        assert updated.response is not None
        for body in (b"{}", b"[]", b'{"service": {"targetConfiguration": 5}}'):
            assert made.settle(arn, replace(updated, response=replace(updated.response, body=body)))
