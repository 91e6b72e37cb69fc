"""The command line, a thin face over the session, the judge and the reports: a module for a few commands."""

from __future__ import annotations

from conformance.cli import catalogue, comparing, emulating, judging
from conformance.cli.app import main

__all__ = ["catalogue", "comparing", "emulating", "judging", "main"]
