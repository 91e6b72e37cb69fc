"""Runs another program that makes requests: in a process of its own, through a relay, within a budget."""

from __future__ import annotations

import os
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from conformance.exceptions import ToolError
from conformance.exchange import Request, Response
from conformance.suite.relay import Answer, Relay

_POLL = 0.2  # seconds
_LAST_LINES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """What a run of a tool may cost.

    Attributes:
        examples: how many cases it is asked to draw; it may have others that it enumerates.
        cases: how many requests are sent at most.
        seconds: how long it may take.
        silence: seconds without a request after which it counts as hanging.
    """

    examples: int
    cases: int
    seconds: float
    silence: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tool:
    """A program that makes requests.

    Attributes:
        name: what errors call it.
        command: makes its command line from the relay's URL.
        folder: where it runs.
        environment: variables besides the present ones, of which it gets none that is about AWS.
        well: exit codes that are no error.
    """

    name: str
    command: Callable[[str], Sequence[str]]
    folder: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    well: frozenset[int] = frozenset({0})


def let_send(tool: Tool, budget: Budget, answer: Answer) -> None:
    """Let a tool send until it is done or has spent its budget; then it is ended.

    Args:
        tool: the program.
        budget: what it may cost.
        answer: sends a request on; called in this thread, and never for two requests at a time.

    Raises:
        ToolError: it failed, or hangs.
        Exception: whatever answering raised.
    """
    watch = _Watch(budget, answer)
    with closing(Relay(watch)) as relay, _running(tool, relay.url) as (process, said):
        while process.poll() is None:
            relay.serve(_POLL)
            if watch.is_spent():
                return
            if watch.is_silent():
                raise _fault(f"{tool.name} sent nothing for {budget.silence:g} s", said)
        if process.returncode not in tool.well:
            raise _fault(f"{tool.name} ended with code {process.returncode}", said)
        if not watch.sent:
            raise _fault(f"{tool.name} sent nothing", said)


class _Watch:
    """Answers requests, and knows how many there were and when the last one was."""

    def __init__(self, budget: Budget, answer: Answer) -> None:
        self.sent = 0
        self._budget = budget
        self._answer = answer
        self._started = self._heard = time.monotonic()

    def __call__(self, request: Request) -> Response | None:
        self.sent += 1
        try:
            return self._answer(request)
        finally:
            self._heard = time.monotonic()

    def is_spent(self) -> bool:
        """Whether the tool has done enough."""
        late = time.monotonic() - self._started > self._budget.seconds
        return self.sent >= self._budget.cases or (late and self.sent > 0)

    def is_silent(self) -> bool:
        """Whether nothing came for too long."""
        return time.monotonic() - self._heard > self._budget.silence


@contextmanager
def _running(tool: Tool, url: str) -> Iterator[tuple[subprocess.Popen[bytes], IO[bytes]]]:
    """Run the tool while the context lasts; gives the process and the file of what it says."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    direct = {"NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603  a command of ours, and no shell
            tool.command(url),
            cwd=tool.folder,
            env={**ours, **direct, **tool.environment},
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # whoever interrupts the run interrupts us, and we end the tool
        )
        try:
            yield process, said
        finally:
            process.kill()
            process.wait()


def _fault(what: str, said: IO[bytes]) -> ToolError:
    said.seek(0)
    lines = said.read().decode(errors="replace").strip().splitlines()[-_LAST_LINES:]
    return ToolError(f"{what}.", hint="It said: " + ("\n".join(lines) or "nothing."))
