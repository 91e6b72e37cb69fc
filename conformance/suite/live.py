"""What a run in a real account has beside any other: one service of its own, and nothing left in the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from conformance.exceptions import BudgetError, ConfigurationError, ConformanceError, TargetError
from conformance.exchange import Exchange
from conformance.judge import Judge
from conformance.observation import accepted, error_code, refuses_credentials, rejected
from conformance.recording import Case, Header, Writer
from conformance.scenarios.bench import Bench, status_of
from conformance.scenarios.inventory import Surroundings
from conformance.scenarios.patience import pause
from conformance.suite import janitor
from conformance.suite.account import Account
from conformance.suite.notes import Notes
from conformance.suite.settings import RunSettings
from conformance.tally import Tally
from conformance.wire import Endpoint, Wire

NAME = "service"
"""In the names of services and part files, where a scenario has its id."""

# Asked for right before the service is deleted, and again when it is: then it must be refused.
_LAST_UPDATE = {"healthCheckPath": "/conformance/last"}
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
# Each of boto3's own attempts beside them lasts for half a minute.
_NETWORK_PAUSES = (15.0, 30.0)


def check_confirmed(settings: RunSettings) -> None:
    """Somebody has seen what would be sent to a real account, and has agreed.

    Raises:
        ConfigurationError: nobody has.
    """
    if settings.is_live and not settings.confirmed:
        raise ConfigurationError(
            "The plan was not confirmed; nothing was sent.",
            hint="See it with `express-conformance plan`, and run with --yes.",
        )


class OwnService:
    """A service that a run creates first and deletes last; what it takes is recorded and judged as all else.

    Args:
        wire: to the target.
        surroundings: what the run gives to its scenarios.
        folder: of the part files.
        header: of each part file.
        watch: told of each exchange.

    Attributes:
        arn: of the service, from its creation on.
        folder: of the part files.
    """

    def __init__(
        self,
        wire: Wire,
        surroundings: Surroundings,
        folder: Path,
        header: Header,
        *,
        watch: Callable[[Exchange], None] = lambda _exchange: None,
    ) -> None:
        self.folder, self._header = folder, header
        self._seconds, self._least = surroundings.gone_seconds, surroundings.least
        self._watch = watch
        self._judge = Judge()
        self._sink: Callable[[Exchange | Case], None] = lambda _record: None
        self._bench = Bench(NAME, wire, surroundings, self._take)
        self.arn = ""

    @property
    def tally(self) -> Tally:
        """What was seen of the service's own life."""
        return self._judge.tally

    def create(self) -> str:
        """Create it; its ARN. A run that asks for defaults gives it as little as Create takes.

        Raises:
            SetupError: the target refused to.
            BudgetError: the budget does.
        """
        with self._recorded("00"):
            self.arn = self._bench.service(least=self._least)
            if self._least:
                self._bench.describe(self.arn)
        return self.arn

    def delete(self, *, clock: Callable[[], float] = time.monotonic, last: bool = False) -> str:
        """Delete it and wait until it is gone; what stands against that, in a sentence, or nothing.

        Describe is asked with growing pauses: AWS takes minutes.

        Args:
            clock: in seconds.
            last: whether to ask before and after for an update, which a deleted service must refuse.

        Raises:
            TargetError: nobody answers, or the credentials are not taken.
        """
        if not self.arn:
            return ""
        with self._recorded("99"):
            twin = self._updated() if last else None
            self._bench.close()
            if twin is not None:
                self._updated(twin)
            deadline, wait, status = clock() + self._seconds, _FIRST_PAUSE, ""
            while clock() < deadline:
                exchange = self._bench.describe(self.arn)
                _check_known(exchange)
                status = status_of(exchange) or status
                if status == "INACTIVE" or _is_unknown(exchange):
                    if twin is not None and accepted(exchange):
                        self._updated(twin)
                    self.arn = ""
                    return ""
                pause(wait)
                wait = min(2 * wait, _LONGEST_PAUSE)
        return f"The service {self.arn} is still {status or 'there'} {self._seconds:g} s after its Delete."

    def _updated(self, twin: Exchange | None = None) -> Exchange | None:
        """The last update, or the same again after it; None where it was not accepted, or is not allowed."""
        with suppress(BudgetError):
            exchange = self._bench.observe(self.arn, _LAST_UPDATE, twin=twin)
            return exchange if accepted(exchange) else None
        return None

    @contextmanager
    def _recorded(self, place: str) -> Iterator[None]:
        """Record what happens meanwhile in a part file of its own; the place says where among the parts."""
        with Writer(self.folder / f"{place}-{NAME}.jsonl") as writer:
            writer.write(self._header)
            self._sink = writer.write
            yield

    def _take(self, record: Exchange | Case) -> None:
        self._sink(record)
        if isinstance(record, Exchange):
            self._judge.feed(record)
            self._watch(record)


def _check_known(exchange: Exchange) -> None:
    """Ask no further where nobody is told.

    Raises:
        TargetError: the target does not take the credentials.
    """
    if refuses_credentials(exchange):
        raise TargetError(f"The target does not take the credentials: {error_code(exchange)}.")


def _is_unknown(exchange: Exchange) -> bool:
    """Whether a Describe was refused because there is no such service, and not because of who asked."""
    return rejected(exchange) and "Denied" not in error_code(exchange)


def take_down(own: OwnService | None, endpoint: Endpoint, settings: RunSettings, *, last: bool) -> list[str]:
    """Delete a live run's service, and whatever else it has; a sentence for each thing that stays, or may.

    What ECS made for the service is noted in the run's folder before that, for a run that is killed
    meanwhile. Whatever goes wrong, the run goes on to its reports.

    Args:
        own: the service; None if the run has created none.
        endpoint: of the account.
        settings: the run's.
        last: whether to ask for an update before and after, which a deleted service must refuse.
    """
    account, notes, run = Account(endpoint), Notes([settings.folder], endpoint), settings.run
    problems = []
    try:
        stays = ""
        if own is not None and own.arn:
            # What was recorded has a placeholder for the account.
            arn = account.arn("ecs", own.arn.split(":", 5)[-1])
            problems += janitor.note(account, [(arn, run)], notes)
            stays = own.delete(last=last)
            problems += [stays] if stays else []
        problems += _clean_up_patiently(account, run, notes, seconds=0.0 if stays else None)
    except ConformanceError as error:
        what = f"The service {own.arn}" if own is not None and own.arn else f"Something of run {run}"
        problems.append(f"{what} may still be there, for clean-up broke off: {error}")
    told = [f"When that is over, delete what is left: `{settings.cleanup}`."]
    return [*problems, *told] if problems else []


def _clean_up_patiently(account: Account, run: str, notes: Notes, *, seconds: float | None) -> list[str]:
    """Clean up, again and again while nobody answers."""
    for wait in _NETWORK_PAUSES:
        try:
            return _clean_up(account, run, notes, seconds=seconds)
        except TargetError:
            pause(wait)
    return _clean_up(account, run, notes, seconds=seconds)


def _clean_up(account: Account, run: str, notes: Notes, *, seconds: float | None) -> list[str]:
    """Delete whatever a run still has in its account; a sentence for each thing that stays, or may."""
    looked = janitor.search(account, run=run, notes=notes)
    late: list[str] = []
    problems = []
    if looked.found:
        problems += janitor.delete(
            account, looked.found, lambda _deleted: None, seconds=seconds, notes=notes, left=late.append
        )
    left = janitor.search(account, run=run, notes=notes).found if looked.found else []
    janitor.close(account, notes)
    names = ", ".join(f"{each.kind} {each.name}" for each in left)
    if late:
        problems.append(f"ECS has not taken down what it made for the run's service: {', '.join(late)}.")
    if left:
        problems.append(f"Left behind: {names}.")
    return [*looked.problems, *problems]
