"""Everything that can go wrong in a run, by the step in which it can.

================================  ==========================================================
Step                              Exception
================================  ==========================================================
read options and configuration    :class:`ConfigurationError` (exit 2)
read the installed service model  :class:`ModelError` (exit 2)
start or reach the target         :class:`TargetError` (exit 3)
send and receive                  none: a transport failure is recorded in the exchange;
                                  too many in a row end in :class:`TargetError`
create what a scenario needs      :class:`SetupError` (the scenario's error; exit 3)
stay within the budget            :class:`BudgetError` (what is left is not exercised)
run another tool                  :class:`ToolError` (the run is incomplete; exit 3)
read a recording or results       :class:`RecordingError` (exit 3)
write the output folder           :class:`OutputError` (exit 2)
================================  ==========================================================

A deviation of the target is never an exception of ours: it is a verdict.
"""

from __future__ import annotations


class ConformanceError(Exception):
    """Base of all errors that a user can meet.

    Attributes:
        message: what happened, in one line.
        hint: what to do next, in one line; empty if there is nothing to say.
        exit_code: the documented exit code of the command line.
    """

    exit_code = 3

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} {self.hint}".rstrip()


class ConfigurationError(ConformanceError):
    """An option, an id, a target or a configuration file is not usable."""

    exit_code = 2


class ModelError(ConformanceError):
    """The installed botocore does not have what the suite needs."""

    exit_code = 2


class OutputError(ConformanceError):
    """The output folder cannot be written."""

    exit_code = 2


class TargetError(ConformanceError):
    """The target cannot be started or reached, or stopped answering."""


class SetupError(ConformanceError):
    """The target refused what a scenario needs before it can begin."""


class BudgetError(ConformanceError):
    """A ceiling of the budget stands against a request; its message goes on after "Not sent:"."""


class ToolError(ConformanceError):
    """Another program that makes traffic failed, or hangs."""


class RecordingError(ConformanceError):
    """A recording or a results file is damaged, incomplete or of another format."""
