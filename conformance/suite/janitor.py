"""Finds what runs left in an account, and deletes it: services, and what they and Express brought with them.

Everything that a run creates has a name that begins with ``Xc-`` and the run's id, from its first moment on.
What ECS makes for a service has not; it is noted before the service is deleted
(:mod:`conformance.suite.notes`). So a run that was killed, at whatever moment, has left nothing that cannot
be found.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from botocore.exceptions import EndpointConnectionError, HTTPClientError

from conformance.exceptions import TargetError
from conformance.observation import is_about_credentials
from conformance.suite import outlasting
from conformance.suite.account import ASKING, Account, code_of, in_short, is_gone, status_of
from conformance.suite.leftover_kinds import DRAINING, KINDS, SERVICE, Finder, Leftover, noted
from conformance.suite.managed import Managed, is_there, managed_by
from conformance.suite.notes import Noted, Notes
from conformance.suite.sharing import is_shared

# Observed: a service is INACTIVE after a minute, and what ECS made for it is gone in about ten.
_WAIT_SECONDS = 1200.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 15.0
_BY_NOTES = "what runs have noted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What was found, and where nobody could look.

    Attributes:
        found: services first.
        problems: one sentence for each kind that could not be looked for.
    """

    found: list[Leftover]
    problems: list[str]


def search(
    account: Account,
    *,
    run: str = "",
    older_than: float = 0.0,
    now: float | None = None,
    notes: Notes | None = None,
) -> Search:
    """Look for what runs left.

    Args:
        account: where.
        run: the id of the one run to look for; empty for all.
        older_than: seconds; a run is left alone as long as the youngest thing that it created is younger.
        now: the time, in epoch seconds.
        notes: what runs have noted there.

    Raises:
        TargetError: nobody answers.
    """
    everything: dict[tuple[str, str], Leftover] = {}
    problems = list(notes.problems) if notes else []
    finders: dict[str, Finder] = {**({_BY_NOTES: partial(noted, notes)} if notes else {}), **KINDS}
    for kind, finder in finders.items():
        try:
            for each in finder(account):
                everything.setdefault(each.key, each)
        except (EndpointConnectionError, HTTPClientError) as error:
            raise TargetError(f"The target does not answer: {in_short(error)}.") from error
        except ASKING as error:
            problems.append(f"Nobody could look for {kind}: {in_short(error)}.")
    found = [each for each in everything.values() if not run or each.run == run]
    too_young = _younger(found, (time.time() if now is None else now) - older_than) if older_than else set()
    kept = [each for each in found if each.run not in too_young]
    return Search(found=sorted(kept, key=lambda each: each.kind != SERVICE), problems=problems)


def _younger(found: Iterable[Leftover], moment: float) -> set[str]:
    """The runs that have created something since a moment: they may be under way."""
    return {each.run for each in found if each.created is not None and each.created > moment}


def note(account: Account, services: Iterable[tuple[str, str]], notes: Notes) -> list[str]:
    """Note what ECS made for services that are about to be deleted; a sentence where it does not tell.

    Args:
        account: where.
        services: the ARN of each, and its run.
        notes: where it is written down.
    """
    problems = []
    for arn, run in services:
        now = time.time()
        resources: tuple[Managed, ...] = ()
        try:
            resources = tuple(managed_by(account, arn, run=run, now=now))
        except ASKING as error:
            problems.append(f"What ECS made for {arn} is not known: {in_short(error)}.")
        known = {each.service for each in notes.services}
        if arn not in known or not notes.arns.issuperset(each.arn for each in resources):
            notes.add(Noted(service=arn, run=run, noted_at=now, resources=resources))
    return problems


def delete(
    account: Account,
    found: Iterable[Leftover],
    tell: Callable[[str], None],
    *,
    seconds: float | None = None,
    notes: Notes | None = None,
    left: Callable[[str], None] = lambda _name: None,
) -> list[str]:
    """Delete what was found, services first; what stands against it, a sentence for each.

    Express takes down what it made after a service is gone, so that is waited for; what is gone by then is no
    problem, nor is what others use. The rest waits for both.

    Args:
        account: where.
        found: what :func:`search` found.
        tell: told each thing that is deleted.
        seconds: how long to wait for services to be gone, and then for what ECS made for them.
        notes: where what ECS made is noted before its service is deleted; by default, nowhere.
        left: told the name of each thing that ECS ought to have taken down, and has not.

    Raises:
        TargetError: the credentials are not taken any more.
    """
    everything, patience = list(found), _WAIT_SECONDS if seconds is None else seconds
    notes = notes or Notes([], account.endpoint)
    first = [each for each in everything if each.kind == SERVICE]
    problems = note(account, ((each.arn, each.run) for each in first), notes)
    problems += _deleted([each for each in first if each.status != DRAINING], tell)
    staying = _staying(account, first, patience)
    problems += [_stays(arn, status, notes, patience) for arn, status in staying.items()]
    gone = {each.arn for each in first} - staying.keys()
    made = [each.managed for each in everything if each.managed]
    made += [made for each in notes.services if each.service in gone for made in each.resources]
    since = {each.run: each.noted_at for each in notes.services} | {each.run: time.time() for each in first}
    outlasting_problems = outlasting.delete(
        account,
        [each for each in {each.arn: each for each in made}.values() if each.service not in staying],
        outlasting.Patience(seconds=patience, since=since),
        tell=tell,
        left=left,
    )
    rest = [each for each in everything if each.kind != SERVICE and each.managed is None]
    return [*problems, *outlasting_problems, *_deleted(rest, tell)]


def _deleted(found: Iterable[Leftover], tell: Callable[[str], None]) -> Iterator[str]:
    for each in found:
        try:
            each.delete()
            tell(f"deleted: {each.kind} {each.name}")
        except ASKING as error:
            if not is_gone(error):
                yield f"The {each.kind} {each.name} is still there: {in_short(error)}."


def _staying(account: Account, services: Iterable[Leftover], seconds: float) -> dict[str, str]:
    """Wait for services to be gone; the statuses of those that are not, by their ARNs.

    Raises:
        TargetError: the credentials are not taken any more.
    """
    deadline, pause = time.monotonic() + seconds, _FIRST_PAUSE
    statuses = {each.arn: each.status for each in services}
    while statuses:
        statuses = {arn: status for arn in statuses if (status := _status(account, arn))}
        if not statuses or time.monotonic() >= deadline:
            break
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
    return statuses


def _status(account: Account, arn: str) -> str:
    """The status of a service; empty if it is gone.

    Raises:
        TargetError: the credentials are not taken: nobody would ever be told.
    """
    try:
        return status_of(account.express_service(arn))
    except ASKING as error:
        if is_about_credentials(code_of(error)):
            raise TargetError(
                f"The target does not take the credentials: {code_of(error)}.",
                hint="Sign in again, for instance with `aws sso login`.",
            ) from error
        return f"there, as far as is known ({in_short(error)})"


def _stays(arn: str, status: str, notes: Notes, seconds: float) -> str:
    """What is said of a service that is not gone: with it stays what ECS made for it."""
    names = [
        f"{each.kind} {each.name}"
        for noted in notes.services
        if noted.service == arn
        for each in noted.resources
    ]
    with_it = f" With it stays what ECS made for it: {', '.join(dict.fromkeys(names))}." if names else ""
    return (
        f"The service {arn} is still {status} after {seconds:g} s; ECS needs its infrastructure role to take "
        f"it down. Look again later.{with_it}"
    )


def close(account: Account, notes: Notes) -> None:
    """Drop the notes on services of which nothing is left."""
    gone, own = [], notes.arns
    for each in notes.services:
        try:
            if not account.express_service(each.service) and not any(
                is_there(account, made) and not is_shared(account, made, own) for made in each.resources
            ):
                gone.append(each.service)
        except ASKING:
            continue
    notes.forget(gone)
