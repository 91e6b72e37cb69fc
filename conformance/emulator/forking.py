"""The reference emulator as a fork of a process that has loaded it, which saves the seconds that moto takes.

Only for a process of one thread whose work is to start one emulator after the other.
"""

from __future__ import annotations

import json
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, NoReturn

from conformance.exceptions import TargetError

_GRACE = 5.0  # seconds between the request to end and the order
_STEP = 0.01
_loaded = False


def preload() -> None:
    """Load the emulator, so that from now on this process starts its emulators as forks, where it can."""
    global _loaded  # noqa: PLW0603  a property of the process
    if hasattr(os, "fork"):
        import conformance.emulator.server  # noqa: F401, PLC0415  it takes seconds, and only here it pays

        _loaded = True


def is_preloaded() -> bool:
    """Whether emulators are to be started as forks."""
    return _loaded


@contextmanager
def forked(arguments: Sequence[str], start_seconds: float) -> Iterator[dict[str, Any]]:
    """Run the server with these arguments while the context lasts; gives what it announces.

    Raises:
        TargetError: it did not start, or had ended by the time the context was left.
    """
    (alive, hold), (heard, said) = os.pipe(), os.pipe()
    pid = os.fork()
    if not pid:
        os.close(hold)
        os.close(heard)
        _serve(arguments, alive, said)
    os.close(alive)
    os.close(said)
    try:
        yield _announced(heard, start_seconds)
        if os.waitpid(pid, os.WNOHANG)[0]:
            raise TargetError("The reference emulator has ended.")
    finally:
        os.close(hold)
        os.close(heard)
        _end(pid)


def _serve(arguments: Sequence[str], alive: int, said: int) -> NoReturn:
    """The child: serve until the parent lets go, and never return into its code."""
    from conformance.emulator import server  # noqa: PLC0415  loaded already

    code = 3
    try:
        os.dup2(alive, 0)
        sys.stdout = os.fdopen(said, "w", encoding="utf-8")
        code = server.main(["--exit-with-stdin", *arguments])
    except BaseException:  # noqa: BLE001  what goes wrong in here must not run on as the parent
        traceback.print_exc()
    finally:
        os._exit(code)


def _announced(heard: int, seconds: float) -> dict[str, Any]:
    """What the child says in the one line that it prints."""
    line, deadline = b"", time.monotonic() + seconds
    while not line.endswith(b"\n"):
        ready, _, _ = select.select([heard], [], [], max(0.0, deadline - time.monotonic()))
        block = os.read(heard, 4096) if ready else b""
        if not block:
            raise TargetError("The reference emulator did not start.", hint="It said why above.")
        line += block
    return dict(json.loads(line))


def _end(pid: int) -> None:
    """End the child, if it has not ended already."""
    deadline = time.monotonic() + _GRACE
    with suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGTERM)
        while not os.waitpid(pid, os.WNOHANG)[0]:
            if time.monotonic() > deadline:
                os.kill(pid, signal.SIGKILL)
            time.sleep(_STEP)
