"""What all tests of the suite share: Hypothesis draws the same cases on every machine."""

from __future__ import annotations

import os
import signal

from hypothesis import HealthCheck, settings

settings.register_profile(
    "suite", deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("suite")

# Who starts the tests in the background has interrupts ignored, and so would every run that a test starts.
signal.signal(signal.SIGINT, signal.default_int_handler)

# In a step of GitHub Actions, the runs that tests start would tell of their failures in its summary.
for name in ("GITHUB_ACTIONS", "GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
    os.environ.pop(name, None)
