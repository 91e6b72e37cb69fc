"""Finds what runs left in an account, and deletes it: services, and what they and Express brought with them.

Everything that a run creates has a name that begins with ``Xc-`` and the run's id, from its first moment on:
so a run that was killed, at whatever moment, has left nothing that cannot be found.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from botocore.exceptions import BotoCoreError, ClientError, EndpointConnectionError, HTTPClientError
from botocore.parsers import ResponseParserError

from conformance.exceptions import TargetError
from conformance.suite.leftover_kinds import KINDS, SERVICE, Account, Leftover, is_gone, services

_WAIT_SECONDS = 1200.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 15.0
ASKING = (BotoCoreError, ClientError, ResponseParserError, KeyError, TypeError, ValueError)
"""What boto3 raises where something is refused, or is answered in another form than it ought to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was found, and where nobody could look.

    Attributes:
        found: in the order in which it has to be deleted.
        problems: one sentence for each kind that could not be looked for.
    """

    found: list[Leftover]
    problems: list[str]


def search(account: Account, *, run: str = "", older_than: float = 0.0, now: float | None = None) -> Search:
    """Look for what runs left.

    Args:
        account: where.
        run: the id of the one run to look for; empty for all.
        older_than: seconds; a run is left alone as long as the youngest thing that it created is younger.
        now: the time, in epoch seconds.

    Raises:
        TargetError: nobody answers.
    """
    found: list[Leftover] = []
    problems = []
    for kind, finder in KINDS.items():
        try:
            found += finder(account)
        except (EndpointConnectionError, HTTPClientError) as error:
            raise TargetError(f"The target does not answer: {in_short(error)}.") from error
        except ASKING as error:
            problems.append(f"Nobody could look for {kind}: {in_short(error)}.")
    found = [each for each in found if not run or each.run == run]
    too_young = _younger(found, (time.time() if now is None else now) - older_than) if older_than else set()
    return Search(found=[each for each in found if each.run not in too_young], problems=problems)


def _younger(found: Iterable[Leftover], moment: float) -> set[str]:
    """The runs that have created something since a moment: they may be under way."""
    return {each.run for each in found if each.created is not None and each.created > moment}


def delete(
    account: Account,
    found: Iterable[Leftover],
    tell: Callable[[str], None],
    *,
    seconds: float = _WAIT_SECONDS,
) -> list[str]:
    """Delete what was found, services first; what stands against it, a sentence for each.

    Express takes down what it made while a service drains, so the rest waits until the services are gone;
    what is gone by then is no problem.

    Args:
        account: where.
        found: what :func:`search` found.
        tell: told each thing that is deleted.
        seconds: how long to wait for services to be gone.
    """
    everything = list(found)
    first = [each for each in everything if each.kind == SERVICE]
    problems = [*_deleted(first, tell)]
    names = {each.name for each in first}
    if first and not _await(lambda: names.isdisjoint(each.name for each in services(account)), seconds):
        problems.append(f"Not all services are gone after {seconds:g} s; look again later.")
    return [*problems, *_deleted([each for each in everything if each.kind != SERVICE], tell)]


def _deleted(found: Iterable[Leftover], tell: Callable[[str], None]) -> Iterator[str]:
    for each in found:
        try:
            each.delete()
            tell(f"deleted: {each.kind} {each.name}")
        except ASKING as error:
            if not is_gone(error):
                yield f"The {each.kind} {each.name} is still there: {in_short(error)}."


def in_short(error: BaseException) -> str:
    """An error of boto3 in one line of at most 200 characters."""
    return " ".join(str(error).split())[:200].rstrip(".")


def _await(done: Callable[[], bool], seconds: float) -> bool:
    """Ask with growing pauses whether it is done."""
    deadline, pause = time.monotonic() + seconds, _FIRST_PAUSE
    while not done():
        if time.monotonic() >= deadline:
            return False
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return True
