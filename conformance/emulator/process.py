"""The reference emulator as a child process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import IO, Any

from conformance.emulator import forking
from conformance.emulator.conditions import Conditions
from conformance.exceptions import TargetError

_LAST_LINES = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """The credentials of an IAM user."""

    access_key: str
    secret_key: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """An emulator that checks its callers.

    Attributes:
        endpoint: its URL.
        administrator: a user who may do anything, also create users.
        main: a user who may do anything with ECS and with what it makes.
        restricted: a user who may look at ECS only.
    """

    endpoint: str
    administrator: Keys
    main: Keys
    restricted: Keys


@contextmanager
def running(
    *,
    mutant: str | None = None,
    profile: str | None = None,
    drain_seconds: float | None = None,
    deployment_seconds: float | None = None,
    conditions: Conditions | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    environment: Mapping[str, str] | None = None,
    start_seconds: float = 60.0,
) -> Iterator[str]:
    """Run the emulator while the context lasts; gives its endpoint URL.

    Args:
        mutant: the name of the one fault to run with; none for the reference.
        profile: the name of the other choices to run with; none for the reference's.
        drain_seconds: from Delete until a service is INACTIVE; by default what the profile has, or 0.2.
        deployment_seconds: how long a deployment is in flight; by default what the profile has, or 0. Both
            times may be ``inf``.
        conditions: what befalls it; by default nothing that its profile does not bring along.
        host: the address it listens on.
        port: its port; 0 takes any free one.
        environment: variables besides the present ones, for instance moto's ``INITIAL_NO_AUTH_ACTION_COUNT``.
        start_seconds: how long to wait for it to be ready.

    Raises:
        TargetError: it did not start, or had ended by the time the context was left.
    """
    options = {
        "--host": host,
        "--port": port,
        "--mutant": mutant,
        "--profile": profile,
        "--drain-seconds": drain_seconds,
        "--deployment-seconds": deployment_seconds,
    }
    with _child(options, conditions, environment or {}, start_seconds) as announced:
        yield announced["endpoint"]


@contextmanager
def guarded(
    region: str,
    *,
    mutant: str | None = None,
    profile: str | None = None,
    drain_seconds: float | None = None,
    deployment_seconds: float | None = None,
    conditions: Conditions | None = None,
    account: str = "",
    trail: str = "",
    start_seconds: float = 60.0,
) -> Iterator[Guarded]:
    """Run an emulator that checks signatures and IAM policies while the context lasts.

    Args:
        region: the Region whose endpoint it is; it serves no other one.
        mutant: the name of the one fault to run with; none for the reference.
        profile: the name of the other choices to run with; none for the reference's.
        drain_seconds: from Delete until a service is INACTIVE; by default what the profile has, or 0.2.
        deployment_seconds: how long a deployment is in flight; by default what the profile has, or 0.
        conditions: what befalls it; by default nothing that its profile does not bring along.
        account: the account that it is; by default moto's own.
        trail: the file to write down in which permissions callers ask for, a line of JSON each: ``caller``,
            ``action``, ``resource``, ``context`` and ``allowed``; empty for none.
        start_seconds: how long to wait for it to be ready.

    Raises:
        TargetError: it did not start, or had ended by the time the context was left.
    """
    options = {
        "--guard": region,
        "--trail": trail or None,
        "--mutant": mutant,
        "--profile": profile,
        "--drain-seconds": drain_seconds,
        "--deployment-seconds": deployment_seconds,
    }
    environment = {"MOTO_ACCOUNT_ID": account} if account else {}
    with _child(options, conditions, environment, start_seconds) as announced:
        callers = {name: Keys(**keys) for name, keys in announced["callers"].items()}
        yield Guarded(endpoint=announced["endpoint"], **callers)


@contextmanager
def _child(
    options: Mapping[str, Any],
    conditions: Conditions | None,
    environment: Mapping[str, str],
    start_seconds: float,
) -> Iterator[dict[str, Any]]:
    """Run the server with these options while the context lasts; gives what it announces."""
    given = {option: value for option, value in options.items() if value is not None}
    arguments = [word for option, value in given.items() for word in (option, str(value))]
    arguments += (conditions or Conditions()).words()
    if forking.is_preloaded() and not environment:
        with forking.forked(arguments, start_seconds) as announced:
            yield announced
        return
    command = [sys.executable, "-m", "conformance.emulator.server", "--exit-with-stdin", *arguments]
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(  # noqa: S603 - our own module, and no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env={**os.environ, **environment},
        )
        try:
            yield _announced(process, complaints, start_seconds)
            if process.poll() is not None:
                raise _died(process, complaints)
        finally:
            _end(process)


def _announced(process: subprocess.Popen[bytes], complaints: IO[bytes], seconds: float) -> dict[str, Any]:
    """What the child says in the one line that it prints."""
    lines: list[bytes] = []
    assert process.stdout is not None  # it is a pipe
    reader = Thread(target=lambda out: lines.append(out.readline()), args=(process.stdout,), daemon=True)
    reader.start()
    reader.join(seconds)
    try:
        return dict(json.loads(lines[0]))
    except (IndexError, ValueError, TypeError) as error:
        raise _died(process, complaints) from error


def _died(process: subprocess.Popen[bytes], complaints: IO[bytes]) -> TargetError:
    """The error that tells how the child ended and what it said last."""
    _end(process)
    complaints.seek(0)
    said = complaints.read().decode(errors="replace").splitlines()[-_LAST_LINES:]
    return TargetError(
        f"The reference emulator ended with code {process.returncode}.",
        hint="It said: " + ("\n".join(said) or "nothing."),
    )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End the child and close its pipes. It has nothing to save, and an end in peace takes half a second."""
    process.kill()
    process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
