"""When the network or the credentials are gone, a run waits where it may, and ends where it must."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import accumulate, chain, repeat
from typing import Any

import pytest

from conformance import model
from conformance.emulator.conditions import Conditions
from conformance.emulator.process import running
from conformance.exceptions import SetupError, TargetError
from conformance.exchange import Exchange, Failure, Request, Response, Tag
from conformance.scenarios import patience
from conformance.scenarios.bench import Bench
from conformance.scenarios.inventory import Surroundings
from conformance.wire import BACKOFF, Endpoint, Wire

ARN = "arn:aws:ecs:us-east-1:123456789012:service/default/web"
PAUSES = (1.0, 2.0, 4.0)
FINE = Response(status=200, body=b"{}")
EXPIRED = Response(status=400, body=b'{"__type": "ExpiredTokenException"}')
NO_ROLE = Response(
    status=400, body=b'{"__type": "AccessDeniedException", "message": "Cannot assume role arn:x."}'
)
TURNED_AWAY = Response(status=400, body=b'{"__type": "ThrottlingException"}')
GONE = Failure(kind="connect", message="refused")
LOST = Failure(kind="reset", message="reset")


class Line:
    """Stands for a wire, and has an answer or a failure for each request."""

    meter = None

    def __init__(self, answers: Iterable[Response | Failure]) -> None:
        self.answers: Iterator[Response | Failure] = chain(answers, repeat(FINE))
        self.sent = 0

    def send(self, request: Request, *, id: int = 0, tag: Tag | None = None, **_options: Any) -> Exchange:
        """The next answer."""
        self.sent += 1
        answer = next(self.answers)
        blank = Exchange(id=id, request=request, tag=tag or Tag())
        return replace(blank, **{"response" if isinstance(answer, Response) else "failure": answer})


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that were waited for, without waiting."""
    pauses: list[float] = []
    monkeypatch.setattr(patience.time, "sleep", pauses.append)
    return pauses


def bench(answers: Iterable[Response | Failure], pauses: tuple[float, ...] = PAUSES) -> tuple[Bench, Line]:
    """A bench on such a line."""
    line: Any = Line(answers)
    return Bench(
        "made", line, Surroundings(run="r", service_arn=ARN, network_pauses=pauses), lambda _: None
    ), line


def update(made: Bench, *, times: int) -> None:
    """Several updates."""
    for _ in range(times):
        made.update(ARN, {})


def test_a_network_that_comes_back_is_waited_for(waited: list[float]) -> None:
    """With growing pauses, each about as long as it says; then all goes on."""
    made, line = bench([GONE, GONE, GONE])
    assert made.update(ARN, {}).response == FINE
    assert line.sent == 4
    for pause, meant in zip(waited, PAUSES, strict=True):
        assert 0.5 * meant <= pause <= 1.5 * meant


def test_a_network_that_stays_away_ends_the_run(waited: list[float]) -> None:
    """After the last pause it is as with any target that is gone."""
    made, line = bench(repeat(GONE))
    for _ in range(2):
        with pytest.raises(TargetError, match="stopped answering"):
            update(made, times=5)
    assert len(waited) <= 2 * 5 * len(PAUSES)
    assert line.sent <= 2 * 5 * (1 + len(PAUSES))


def test_an_emulator_that_is_gone_is_not_waited_for(waited: list[float]) -> None:
    """Without pauses nothing is sent twice."""
    made, line = bench([GONE], pauses=())
    assert made.update(ARN, {}).failure == GONE
    assert (line.sent, waited) == (1, [])


@pytest.mark.parametrize("answer", [LOST, Failure(kind="timeout", message="late"), Response(status=503)])
def test_what_may_have_happened_is_not_sent_again(answer: Response | Failure, waited: list[float]) -> None:
    """A connection that broke may have carried the request."""
    made, line = bench([answer])
    made.update(ARN, {})
    assert (line.sent, waited) == (1, [])


def test_pauses_differ(waited: list[float]) -> None:
    """Clients that were turned away together do not come again together."""
    for _ in range(3):
        made, _line = bench([TURNED_AWAY])
        made.update(ARN, {})
    assert len(set(waited)) == 3


def test_two_that_were_turned_away_together_come_back_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """However long both are turned away: their attempts are never at the same moment again."""
    moments: list[list[float]] = []
    for _ in range(2):
        pauses: list[float] = []
        monkeypatch.setattr(patience.time, "sleep", pauses.append)
        made, _line = bench([TURNED_AWAY] * len(BACKOFF))
        made.update(ARN, {})
        moments.append(list(accumulate(pauses)))
    one, other = moments
    assert len(one) == len(other) == len(BACKOFF)
    assert all(abs(here - there) > 1e-6 for here, there in zip(one, other, strict=True))
    assert max(one[-1], other[-1]) <= 1.5 * sum(BACKOFF)


def test_a_question_is_asked_again(waited: list[float]) -> None:
    """It changes nothing, so it does not matter whether it arrived: a Describe waits for the network."""
    made, line = bench([LOST, GONE, Failure(kind="timeout", message="late")])
    assert made.describe(ARN).response == FINE
    assert (line.sent, len(waited)) == (4, 3)


def test_two_faults_have_pauses_of_their_own(waited: list[float]) -> None:
    """A network that comes and goes among throttled answers does not take away the patience with those."""
    made, line = bench([TURNED_AWAY, GONE, TURNED_AWAY, GONE, TURNED_AWAY])
    assert made.update(ARN, {}).response == FINE
    assert line.sent == 6
    meant = [BACKOFF[0], PAUSES[0], BACKOFF[1], PAUSES[1], BACKOFF[2]]
    assert all(0.5 * one <= pause <= 1.5 * one for pause, one in zip(waited, meant, strict=True))


def test_what_was_lost_is_told_where_answers_are_dear(waited: list[float]) -> None:
    """In clauses, each way with its number; elsewhere there are retries enough."""
    line: Any = Line([LOST, *[NO_ROLE] * 2, FINE])
    around = Surroundings(run="r", service_arn=ARN, role_pauses=(1.0,), frugal=True)
    made = Bench("made", line, around, lambda _: None)
    update(made, times=3)
    assert made.lost == (
        "1 request got no answer, 1 valid request was refused because a role cannot be assumed"
    )
    assert len(waited) == 1
    usual, _line = bench([LOST], pauses=())
    update(usual, times=1)
    assert usual.lost == ""


def test_a_role_that_stays_unknown_is_waited_for_once(waited: list[float]) -> None:
    """Whoever uses it again is refused at once; a wrong role of a twin is the point of its case."""
    line: Any = Line(repeat(NO_ROLE))
    made = Bench("made", line, Surroundings(run="r", service_arn=ARN, role_pauses=(1.0, 2.0)), lambda _: None)
    twin = made.update(ARN, {})
    assert line.sent == 3
    made.update(ARN, {})
    made.update(ARN, {}, twin=twin)
    assert (line.sent, len(waited)) == (5, 2)


def test_expired_credentials_end_the_run(waited: list[float]) -> None:
    """Nothing can be learned with them; what is left can be cleaned up with new ones."""
    made, line = bench([FINE, *[EXPIRED] * 9])
    with pytest.raises(TargetError, match="no longer takes the credentials: ExpiredTokenException") as told:
        update(made, times=9)
    assert line.sent == 6
    assert "Sign in again" in told.value.hint
    assert waited == []


def test_one_refusal_is_no_expiry(waited: list[float]) -> None:
    """A target may say so now and then."""
    made, line = bench([EXPIRED, EXPIRED, FINE] * 5)
    for _ in range(15):
        made.update(ARN, {})
    assert (line.sent, waited) == (15, [])


def test_a_new_role_is_waited_for() -> None:
    """It is not known everywhere at once; a Create that was refused for it is sent again."""
    with running(conditions=Conditions(role_seconds=1.0)) as url:
        wire = Wire(Endpoint(url=url))
        sent: list[Any] = []
        around = Surroundings(run="0badcafe", role_pauses=(0.2, 0.4, 0.8, 1.6))
        made = Bench("made", wire, around, sent.append)
        assert "Xc-0badcafe" in made.service()
        made.close()
        wire.close()
    creates = [each for each in sent if each.request.operation == model.CREATE]
    assert 2 <= len(creates) <= 5
    assert [each.response.status for each in creates] == [400] * (len(creates) - 1) + [200]


def test_a_role_that_stays_unknown_is_given_up() -> None:
    """After the last pause, with what the target said."""
    with running(conditions=Conditions(role_seconds=3600.0)) as url:
        wire = Wire(Endpoint(url=url))
        made = Bench("made", wire, Surroundings(run="r", role_pauses=(0.1, 0.1)), lambda _record: None)
        with pytest.raises(SetupError, match="Cannot assume role"):
            made.service()
        wire.close()
