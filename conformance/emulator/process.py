"""The reference emulator as a child process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from threading import Thread
from typing import IO

from conformance.exceptions import TargetError

_LAST_LINES = 20


@contextmanager
def running(
    *,
    mutant: str | None = None,
    drain_seconds: float = 0.2,
    deployment_seconds: float = 0.0,
    host: str = "127.0.0.1",
    port: int = 0,
    environment: Mapping[str, str] | None = None,
    start_seconds: float = 60.0,
) -> Iterator[str]:
    """Run the emulator while the context lasts; gives its endpoint URL.

    Args:
        mutant: the name of the one fault to run with; none for the reference.
        drain_seconds: from Delete until a service is INACTIVE.
        deployment_seconds: how long a deployment is in flight.
        host: the address it listens on.
        port: its port; 0 takes any free one.
        environment: variables besides the present ones, for instance moto's ``INITIAL_NO_AUTH_ACTION_COUNT``.
        start_seconds: how long to wait for it to be ready.

    Raises:
        TargetError: it did not start, or had ended by the time the context was left.
    """
    command = [sys.executable, "-m", "conformance.emulator.server", "--exit-with-stdin"]
    command += ["--host", host, "--port", str(port)]
    command += ["--drain-seconds", str(drain_seconds), "--deployment-seconds", str(deployment_seconds)]
    command += ["--mutant", mutant] if mutant else []
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(  # noqa: S603 - our own module, and no shell
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            env={**os.environ, **(environment or {})},
        )
        try:
            yield _endpoint(process, complaints, start_seconds)
            if process.poll() is not None:
                raise _died(process, complaints)
        finally:
            _end(process)


def _endpoint(process: subprocess.Popen[bytes], complaints: IO[bytes], seconds: float) -> str:
    """The endpoint in the one line that the child prints."""
    lines: list[bytes] = []
    assert process.stdout is not None  # it is a pipe
    reader = Thread(target=lambda out: lines.append(out.readline()), args=(process.stdout,), daemon=True)
    reader.start()
    reader.join(seconds)
    try:
        return str(json.loads(lines[0])["endpoint"])
    except (IndexError, ValueError, KeyError) as error:
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
    """End the child and close its pipes."""
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()
