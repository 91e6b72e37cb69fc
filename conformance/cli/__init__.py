"""The command line, a thin face over the session, the judge and the reports: a module for a few commands."""

from __future__ import annotations

from conformance.cli import (
    accounts,
    catalogue,
    comparing,
    drifting,
    emulating,
    judging,
    planning,
    probing,
    replaying,
)
from conformance.cli.app import main

__all__ = [
    "accounts",
    "catalogue",
    "comparing",
    "drifting",
    "emulating",
    "judging",
    "main",
    "planning",
    "probing",
    "replaying",
]
