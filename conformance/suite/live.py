"""What a run in a real account has beside any other: one service of its own, and nothing left in the end."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from conformance.exceptions import BudgetError, ConfigurationError, ConformanceError
from conformance.exchange import Exchange
from conformance.judge import Judge
from conformance.observation import accepted, fate_unknown
from conformance.recording import Case, Header, Writer
from conformance.scenarios.bench import Bench, status_of
from conformance.scenarios.inventory import Surroundings
from conformance.suite import janitor
from conformance.suite.leftover_kinds import Account
from conformance.suite.settings import RunSettings
from conformance.tally import Tally
from conformance.wire import Endpoint, Wire

NAME = "service"
"""In the names of services and part files, where a scenario has its id."""

# Asked for right before the service is deleted, and again when it is: then it must be refused.
_LAST_UPDATE = {"healthCheckPath": "/conformance/last"}
_GONE_SECONDS = 900.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0


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
        self._folder, self._header = folder, header
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
        """Create it; its ARN.

        Raises:
            SetupError: the target refused to.
            BudgetError: the budget does.
        """
        with self._recorded("00"):
            self.arn = self._bench.service()
        return self.arn

    def delete(self, *, clock: Callable[[], float] = time.monotonic, last: bool = False) -> str:
        """Delete it and wait until it is gone; what stands against that, in a sentence, or nothing.

        Describe is asked with growing pauses: AWS takes minutes.

        Args:
            clock: in seconds.
            last: whether to ask before and after for an update, which a deleted service must refuse.
        """
        if not self.arn:
            return ""
        with self._recorded("99"):
            twin = self._updated() if last else None
            self._bench.close()
            if twin is not None:
                self._updated(twin)
            deadline, pause, status = clock() + _GONE_SECONDS, _FIRST_PAUSE, "there"
            while clock() < deadline:
                exchange = self._bench.describe(self.arn)
                status = status_of(exchange)
                if status == "INACTIVE" or not (accepted(exchange) or fate_unknown(exchange)):
                    if twin is not None and accepted(exchange):
                        self._updated(twin)
                    return ""
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE)
        return f"The service {self.arn} is still {status}; delete it with `express-conformance cleanup`."

    def _updated(self, twin: Exchange | None = None) -> Exchange | None:
        """The last update, or the same again after it; None where it was not accepted, or is not allowed."""
        with suppress(BudgetError):
            exchange = self._bench.observe(self.arn, _LAST_UPDATE, twin=twin)
            return exchange if accepted(exchange) else None
        return None

    @contextmanager
    def _recorded(self, place: str) -> Iterator[None]:
        """Record what happens meanwhile in a part file of its own; the place says where among the parts."""
        with Writer(self._folder / f"{place}-{NAME}.jsonl") as writer:
            writer.write(self._header)
            self._sink = writer.write
            yield

    def _take(self, record: Exchange | Case) -> None:
        self._sink(record)
        if isinstance(record, Exchange):
            self._judge.feed(record)
            self._watch(record)


def take_down(own: OwnService, endpoint: Endpoint, run: str, *, last: bool) -> list[str]:
    """Delete a live run's service, and whatever else it has; a sentence for each thing that stays, or may.

    Whatever goes wrong, the run goes on to its reports.
    """
    problems = []
    try:
        problems += [problem for problem in [own.delete(last=last)] if problem]
        problems += _clean_up(endpoint, run)
    except ConformanceError as error:
        problems.append(f"Clean-up broke off: {error} See what is left with `express-conformance cleanup`.")
    return problems


def _clean_up(endpoint: Endpoint, run: str) -> list[str]:
    """Delete whatever a run still has in its account; a sentence for each thing that stays, or may."""
    account = Account(endpoint)
    looked = janitor.search(account, run=run)
    problems = janitor.delete(account, looked.found, lambda _deleted: None) if looked.found else []
    left = janitor.search(account, run=run).found if looked.found else []
    names = ", ".join(f"{each.kind} {each.name}" for each in left)
    told = [f"Left behind: {names}. Delete it with `express-conformance cleanup`."] if left else []
    return [*looked.problems, *problems, *told]
