"""Runs a session to its end; the commands that judge a target all begin here."""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click
import pytest

from conformance.cli.app import say
from conformance.exceptions import TargetError
from conformance.reporting.progress import Progress
from conformance.results import Results
from conformance.suite import planning
from conformance.suite.runner import parts_folder
from conformance.suite.selection import Selection
from conformance.suite.session import SESSION, RunSession
from conformance.suite.settings import RunSettings

_INI = Path(__file__).parent.parent / "suite" / "pytest.ini"


def finished(settings: RunSettings, workers: int = 0) -> tuple[RunSession, Results]:
    """A session that has run, and what it came to; its files are written.

    Raises:
        ConformanceError: it could not be begun, or not be completed.
    """
    # Or Hypothesis would leave a folder of its own where the user stands.
    storage = parts_folder(settings).resolve() / "hypothesis"
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(storage))
    settings, selection = _agreed(settings)
    session = RunSession(settings, Progress())
    session.selection = selection
    signal.signal(signal.SIGTERM, interrupt)
    pytest.main(_pytest_arguments(workers), plugins=[_Registering(session)])
    if session.error is not None:
        for line in session.staying:
            say(f"error: {line}", err=True)
        raise session.error
    if session.results is None:
        raise TargetError("The run ended before it began.", hint="Is the installation whole?")
    return session, session.results


def _agreed(settings: RunSettings) -> tuple[RunSettings, Selection | None]:
    """Show the plan for a real account, and ask whether to take it; without a terminal that takes --yes.

    Raises:
        ConfigurationError: something speaks against sending anything there.
    """
    asked = sys.stdin.isatty()
    if not settings.is_live or not (settings.confirmed or asked):
        return settings, None
    with settings.resolved.connect() as endpoint:
        plan = planning.plan(settings, endpoint)
    say(planning.told(plan))
    agreed = settings.confirmed or click.confirm("Go on?")
    return replace(settings, confirmed=agreed), plan.selection


def interrupt(_number: int, _frame: FrameType | None) -> NoReturn:
    """End as Ctrl-C does: what was begun is taken down."""
    raise KeyboardInterrupt


def _pytest_arguments(workers: int) -> list[str]:
    # Without its reporter pytest says nothing: the summary is ours. Without capture the progress is seen.
    quiet = ["-p", "no:terminalreporter", "--capture=no"]
    arguments = ["-c", str(_INI), *quiet, "--pyargs", "conformance.suite"]
    return [*arguments, "-n", str(workers)] if workers else arguments


class _Registering:
    """Registers the session before the plugin would make one of its own."""

    def __init__(self, session: RunSession) -> None:
        self._session = session

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: pytest.Config) -> None:
        """Called by pytest when it begins."""
        config.pluginmanager.register(self._session, SESSION)
