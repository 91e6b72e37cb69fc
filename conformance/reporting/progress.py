"""Live progress on a terminal; nothing at all where there is none."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from time import monotonic
from typing import Concatenate, ParamSpec, TypeAlias

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from conformance.reporting.inert import one_line
from conformance.reporting.wording import seconds

_P = ParamSpec("_P")
_Method: TypeAlias = "Callable[Concatenate[Progress, _P], None]"


def _harmless(method: _Method[_P]) -> _Method[_P]:
    """A method that goes quiet for good instead of raising: a decoration must not end a run."""

    @wraps(method)
    def guarded(self: Progress, /, *args: _P.args, **kwargs: _P.kwargs) -> None:
        if self._broken:
            return
        try:
            method(self, *args, **kwargs)
        except Exception:  # noqa: BLE001  whatever a terminal does, the run goes on
            self._broken = True

    return guarded


class Progress:
    """How far a run has come: scenarios done, exchanges per second, violations so far, time left.

    Every method is safe to call from a pytest hook, in any order, any number of times.
    """

    def __init__(self, *, console: Console | None = None) -> None:
        """Show on this console, by default the standard error stream, if it is a terminal."""
        self._broken = False
        self._console = console
        self._bar: Bar | None = None
        self._task = TaskID(0)
        self._total = 0
        self._started = 0.0
        self._done: set[str] = set()
        self._running: list[str] = []
        self._exchanges: dict[str, int] = {}
        self._violations: dict[str, int] = {}

    @_harmless
    def start(self, total_scenarios: int, target_name: str) -> None:
        """Begin; shows nothing if the console is no terminal."""
        console = self._console or Console(stderr=True)
        if self._bar is not None or not console.is_terminal:
            return
        self._total, self._started = total_scenarios, monotonic()
        self._bar = Bar(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TextColumn("{task.fields[state]}", markup=False),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            redirect_stdout=False,  # pytest owns these streams
            redirect_stderr=False,
        )
        self._task = self._bar.add_task(one_line(target_name, 40), total=total_scenarios, state="")
        self._bar.start()

    @_harmless
    def scenario_started(self, scenario_id: str) -> None:
        """A scenario begins."""
        if scenario_id not in self._running:
            self._running.append(scenario_id)
        self._show()

    @_harmless
    def tick(self, scenario_id: str, exchanges: int, violations: int) -> None:
        """The scenario's exchanges and violations so far; totals, so that a tick may be lost or repeated."""
        self._exchanges[scenario_id] = exchanges
        self._violations[scenario_id] = violations
        self._show()

    @_harmless
    def scenario_finished(
        self, scenario_id: str, *, exchanges: int | None = None, violations: int | None = None
    ) -> None:
        """A scenario has ended, with its final totals if the caller has them."""
        if exchanges is not None:
            self._exchanges[scenario_id] = exchanges
        if violations is not None:
            self._violations[scenario_id] = violations
        self._done.add(scenario_id)
        self._running = [running for running in self._running if running != scenario_id]
        self._show()

    @_harmless
    def stop(self) -> None:
        """Take the progress off the screen."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _show(self) -> None:
        if self._bar is not None:
            self._bar.update(self._task, completed=len(self._done), state=self._state())

    def _state(self) -> str:
        """For instance ``412 exchanges/s · 2 violations · about 20 s left · updates/presence``."""
        spent = monotonic() - self._started
        exchanges, violations = sum(self._exchanges.values()), sum(self._violations.values())
        parts = [f"{exchanges / spent:,.0f} exchanges/s" if spent > 0 else "", f"{violations:,} violations"]
        if 0 < len(self._done) < self._total:
            parts.append(f"about {seconds(spent / len(self._done) * (self._total - len(self._done)))} left")
        parts += self._running[-1:]
        return one_line(" · ".join(filter(None, parts)))
