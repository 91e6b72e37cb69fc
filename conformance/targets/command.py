"""A server that is started for the run: start, wait until it answers, judge, stop."""

from __future__ import annotations

import os
import shlex
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import IO
from urllib.parse import urlsplit

from conformance.exceptions import ConfigurationError, TargetError
from conformance.targets.base import Settings, endpoint_at
from conformance.wire import Endpoint

_PORT = "{port}"
_LAST_LINES = 15
_STOP_SECONDS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command that starts a server in the foreground.

    ``{port}`` in it is replaced by a free port, which is also in the environment variable ``PORT``; a command
    without it listens where ``--endpoint-url`` says.
    """

    address: str
    settings: Settings
    kind: str = "command"

    @property
    def version(self) -> str:
        """The version that the configuration says."""
        return self.settings.version

    @contextmanager
    def connect(self) -> Iterator[Endpoint]:
        """Start the server, wait until it takes connections, and end it with the context."""
        words = _words(self.address)
        port, url = _free_port(), self.settings.endpoint_url
        if not url:
            if _PORT not in self.address:
                raise ConfigurationError(
                    f"Where the command {self.address!r} listens is not known.",
                    hint="Put {port} into the command, or give --endpoint-url.",
                )
            url = f"http://127.0.0.1:{port}"
        endpoint = endpoint_at(url, self.settings)
        with tempfile.TemporaryFile() as output:
            process = _start([word.replace(_PORT, str(port)) for word in words], port, output)
            try:
                _await(process, url, self.settings.start_seconds, output)
                yield endpoint
                if process.poll() is not None:
                    raise _ended(process, output)
            except TargetError as error:
                if process.poll() is not None:
                    raise _ended(process, output) from error
                raise
            finally:
                _stop(process)


def _words(command: str) -> list[str]:
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise ConfigurationError(f"The command {command!r} cannot be read: {error}.") from error
    if not words:
        raise ConfigurationError(
            "The target's command is empty.", hint='Write command:"SERVER --port {port}".'
        )
    return words


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _start(words: list[str], port: int, output: IO[bytes]) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603  the user's own command, without a shell
            words,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, "PORT": str(port)},
            start_new_session=True,
        )
    except OSError as error:
        raise ConfigurationError(
            f"{words[0]!r} cannot be started: {error.strerror or error}.", hint="Is it installed and on PATH?"
        ) from error


def _await(process: subprocess.Popen[bytes], url: str, seconds: float, output: IO[bytes]) -> None:
    """Wait until something listens at the URL."""
    parts = urlsplit(url)
    address = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise _ended(process, output)
        with suppress(OSError), socket.create_connection(address, timeout=1):
            return
        time.sleep(0.05)
    raise TargetError(
        f"The command did not listen at {url} within {seconds:g} s.", hint=f"It said: {_said(output)}"
    )


def _ended(process: subprocess.Popen[bytes], output: IO[bytes]) -> TargetError:
    return TargetError(f"The command ended with code {process.returncode}.", hint=f"It said: {_said(output)}")


def _said(output: IO[bytes]) -> str:
    output.seek(0)
    lines = output.read().decode("utf-8", "replace").splitlines()[-_LAST_LINES:]
    return "\n  ".join(["", *lines]) if lines else "nothing."


def _stop(process: subprocess.Popen[bytes]) -> None:
    """End the whole session that the command began, its children too."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(timeout=_STOP_SECONDS)
            if number is signal.SIGTERM:
                continue
            return
