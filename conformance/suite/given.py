"""A service that the user gave: seen before it is changed, and in the end given back what it had.

What it had is kept in memory alone, with placeholders for confidential values; the wire turns them back on
sending. So nothing of it is written, and what was killed outright cannot be given back by a later run.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from conformance.exceptions import BudgetError, ConfigurationError, ConformanceError, SetupError
from conformance.exchange import Exchange
from conformance.judge import Judge
from conformance.observation import accepted, is_deploying, newest_configuration, rejected, service_of
from conformance.recording import Case, Header, Writer
from conformance.redaction import Redactor
from conformance.reporting.wording import plural
from conformance.scenarios.bench import Bench, status_of
from conformance.scenarios.inventory import Surroundings
from conformance.suite.given_members import Given, additions, unlike
from conformance.suite.live import OwnService, take_down
from conformance.suite.settings import RunSettings
from conformance.tally import Tally
from conformance.wire import Endpoint, Wire

NAME = "given"
"""In the names of part files, and in exchanges, where a scenario has its id."""

# Describe may show a new revision late, and the end of a deployment by minutes.
_LOOKS = 5
_TRIES = 3


class GivenService:
    """A service that a run changes, and gives back.

    Args:
        wire: to the target.
        surroundings: what the run gives to its scenarios.
        folder: of the part files.
        header: of each part file.
        redactor: of the wire.

    Attributes:
        arn: of the service.
        remarks: what the service has that it had not, and no update takes away, in a sentence; and the like.
    """

    def __init__(
        self, wire: Wire, surroundings: Surroundings, folder: Path, header: Header, redactor: Redactor
    ) -> None:
        self.arn = surroundings.service_arn
        self.remarks: list[str] = []
        self._wire, self._surroundings, self._redactor = wire, surroundings, redactor
        self._folder, self._header = folder, header
        self._tally = Tally()
        self._judge = Judge()
        self._writer: Writer | None = None
        self._bench = Bench(NAME, wire, surroundings, self._take)
        self._given: Given | None = None
        self._patient = True
        if wire.meter is not None:
            wire.meter.hold()

    @property
    def tally(self) -> Tally:
        """What was seen of the service before and after all scenarios."""
        return self._tally

    # -- in the beginning --------------------------------------------------------------------------------

    def create(self) -> str:
        """See what the service has; its ARN.

        Raises:
            SetupError: a real account's service could not be given back; nothing was changed.
        """
        with self._recorded("00"):
            described = self._bench.describe(self.arn)
        had = newest_configuration(service_of(described))
        given = Given.of(had, service_of(described))
        lost = self._redactor.unknown_in(given.text)
        if not accepted(described):
            self._object("it cannot be described")
        elif not had:
            self._object("its configuration is not shown")
        elif lost:
            self._object(f"{plural(lost, 'value')} of it cannot be kept apart from what is confidential")
        else:
            self._given = given
        return self.arn

    def _object(self, why: str) -> None:
        """Somebody's service is not touched then; at an emulator it is only told."""
        if self._surroundings.frugal:
            raise SetupError(
                f"The service {self.arn} could not be given back what it has: {why}. Nothing was changed.",
                hint="Give another one, or leave --service-arn out: then the run creates its own.",
            )
        self.remarks.append(f"The service {self.arn} is not given back what it had: {why}.")

    # -- in the end --------------------------------------------------------------------------------------

    def delete(self, *, last: bool = False) -> str:
        """Give it back what it had, once; what stands against that, in a sentence, or nothing.

        Args:
            last: whether there is time to wait until the deployment is over.
        """
        given, self._given = self._given, None
        if given is None:
            return ""
        if self._wire.meter is not None:
            self._wire.meter.release()
        try:
            with self._recorded("99"):
                left = self._give_back(given, wait=last)
        except ConformanceError as error:
            return f"The service {self.arn} may not have back what it had: {error}"
        added = additions(left, given.members)
        lost = [path for path in left if path not in added]
        told = [f"The service {self.arn} has not back what it had in: {', '.join(lost)}."] if lost else []
        more = f"The service {self.arn} had no {', '.join(added)}, and no update took it away again."
        if added and self._surroundings.frugal:
            told.append(more)
        elif added:
            self.remarks.append(more)
        return " ".join(told)

    def _give_back(self, given: Given, *, wait: bool) -> list[str]:
        """Update the service until it has what it had; the members in which it has not, by their paths."""
        described = self._bench.describe(self.arn)
        if accepted(described) and status_of(described) not in {"", "ACTIVE"}:
            raise SetupError(f"it is {status_of(described)}.")
        left = unlike(given, newest_configuration(service_of(described)), self._groups)
        with suppress(BudgetError):
            for members in given.requests(left) if left else ():
                found = self._tried(given, members, wait=wait)
                if found is not None:
                    left = found
                    break
            emptied = given.emptied(left)
            found = self._tried(given, emptied, wait=wait) if emptied else None
            left = left if found is None else found
        return left

    @property
    def _groups(self) -> tuple[str, ...]:
        return self._surroundings.pools.security_groups

    def _tried(self, given: Given, members: Mapping[str, Any], *, wait: bool) -> list[str] | None:
        """Update it: in what it is still unlike, or None where that was refused."""
        exchange = self._updated(members)
        if rejected(exchange):
            return None
        return unlike(given, self._shown(exchange, wait=wait), self._groups)

    def _updated(self, members: Mapping[str, Any]) -> Exchange:
        """Update it; again where nobody knows what became of it, or a deployment may have been in the way."""
        for _ in range(_TRIES):
            exchange = self._bench.update(self.arn, members)
            if rejected(exchange) and self._patient and self._is_deploying():
                self._patient = False
                self._await_quiet()
            elif accepted(exchange) or rejected(exchange):
                break
        return exchange

    def _is_deploying(self) -> bool:
        return is_deploying(self._bench.describe(self.arn))

    def _await_quiet(self) -> None:
        """Wait until no deployment is under way, with growing pauses."""
        seconds = self._surroundings.settle_seconds
        deadline, pause = time.monotonic() + seconds, min(1.0, seconds / 64)
        while time.monotonic() < deadline and self._is_deploying():
            time.sleep(pause)
            pause = min(2 * pause, seconds / 8)

    def _shown(self, updated: Exchange, *, wait: bool) -> dict[str, Any]:
        """The configuration that Describe shows after the update; if it may wait, after its deployment."""
        if wait and accepted(updated) and self._surroundings.frugal:
            self._bench.settle(self.arn, updated)
        target = service_of(updated).get("targetConfiguration")
        revision = target.get("serviceRevisionArn") if isinstance(target, dict) else None
        latest = revision if isinstance(revision, str) else ""
        for look in range(_LOOKS):
            service = service_of(self._bench.describe(self.arn))
            if found := newest_configuration(service, latest):
                return found
            time.sleep(self._surroundings.settle_seconds / 2 ** (_LOOKS + 3 - look))
        return newest_configuration(service)

    # -- what is kept of it ------------------------------------------------------------------------------

    @contextmanager
    def _recorded(self, place: str) -> Iterator[None]:
        """Record what happens meanwhile in a part file of its own, and judge it as what stands there is."""
        self._judge = Judge()
        with Writer(self._folder / f"{place}-{NAME}.jsonl") as self._writer:
            self._writer.write(self._header)
            try:
                yield
            finally:
                self._tally.merge(self._judge.tally)

    def _take(self, record: Exchange | Case) -> None:
        if self._writer is not None:
            self._writer.write(record)
        if isinstance(record, Exchange):
            self._judge.feed(record)


Held = OwnService | GivenService
"""The one service of a run that has one."""


def held(
    settings: RunSettings,
    wire: Wire,
    surroundings: Surroundings,
    folder: Path,
    header: Header,
    redactor: Redactor,
) -> Held | None:
    """The service that a run keeps from its beginning to its end: given, or its own in a real account."""
    if surroundings.service_arn:
        return GivenService(wire, surroundings, folder, header, redactor)
    return OwnService(wire, surroundings, folder, header) if settings.is_live else None


def begun(service: Held | None, surroundings: Surroundings) -> Surroundings:
    """What the run gives to its scenarios, now that its service, if it has one, is there.

    Raises:
        ConformanceError: it could not be created, or could not be given back.
    """
    return surroundings if service is None else replace(surroundings, service_arn=service.create())


def leave(
    service: Held, endpoint: Endpoint, settings: RunSettings, *, last: bool
) -> tuple[list[str], list[str]]:
    """Delete the run's own service, or give back the one that it was given.

    Returns:
        A sentence for each thing that stays, or may; and what else is to be told.
    """
    if isinstance(service, OwnService):
        return take_down(service, endpoint, settings, last=last), []
    problems = [problem for problem in [service.delete(last=last)] if problem]
    if settings.is_live:
        problems += take_down(None, endpoint, settings, last=last)
    return problems, service.remarks


@contextmanager
def as_it_was(
    settings: RunSettings,
    wire: Wire,
    surroundings: Surroundings,
    folder: Path,
    header: Header,
    redactor: Redactor,
) -> Iterator[None]:
    """What is done meanwhile to a given service, if there is one, is undone.

    Raises:
        SetupError: it has not back what it had.
    """
    service = held(settings, wire, surroundings, folder, header, redactor)
    begun(service, surroundings)
    try:
        yield
    finally:
        problem = service.delete(last=True) if service else ""
    if problem:
        raise SetupError(problem)


def check_workers(workers: int, settings: RunSettings) -> None:
    """Several processes would undo each other's updates of the one service, and accuse the target of it.

    Raises:
        ConfigurationError: there are several, and one service only.
    """
    if workers > 1 and (settings.resolved.settings.service_arn or settings.budget):
        raise ConfigurationError(
            f"One service, or one budget, is not for {workers} workers at a time.", hint="Leave out -n."
        )
