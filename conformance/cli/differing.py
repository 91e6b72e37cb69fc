"""What `run --against` does: in what two targets differ, which is no verdict on either."""

from __future__ import annotations

import os
import re
import signal
from dataclasses import replace
from pathlib import Path

from conformance.cli.app import say
from conformance.cli.running import interrupt
from conformance.exceptions import ConfigurationError
from conformance.reporting import differences
from conformance.reporting.progress import Progress
from conformance.suite.comparing import FOLDERS, compare
from conformance.suite.settings import REPORTS, RunSettings

# Options that are about verdicts, or about a traffic that two targets cannot have alike.
_VERDICTS = {
    "known": "--known",
    "strict_known": "--strict-known",
    "write_known": "--write-known",
    "history": "--history",
    "sources": "--with",
    "probe_ingress": "--probe-ingress",
    "evidence": "--evidence",
}


def run_against(settings: RunSettings, against: str, workers: int) -> int:
    """Compare two targets, write what differs, and show it; the exit code.

    Raises:
        ConfigurationError: an option has no meaning here.
        ConformanceError: a side cannot be reached.
    """
    given = [option for name, option in _VERDICTS.items() if getattr(settings, name)]
    if given := [*given, *(["-n"] if workers else [])]:
        raise ConfigurationError(
            f"{', '.join(given)} cannot be used with --against.",
            hint="A comparison gives no verdicts, and sends every case to both sides in turn.",
        )
    if not settings.out:
        settings = replace(settings, out=str(Path(REPORTS) / _label(settings, against)))
    # Or Hypothesis would leave a folder of its own where the user stands.
    storage = settings.folder.resolve() / FOLDERS[0] / "parts" / "hypothesis"
    os.environ.setdefault("HYPOTHESIS_STORAGE_DIRECTORY", str(storage))
    signal.signal(signal.SIGTERM, interrupt)
    comparison = compare(settings, against, Progress())
    differences.write(comparison, settings.folder)
    say(differences.summary(comparison, settings.folder))
    say(f"Exit code {comparison.exit_code}: {_MEANINGS[comparison.exit_code]}")
    return comparison.exit_code


def _label(settings: RunSettings, against: str) -> str:
    other = re.sub(r"[^\w.-]+", "-", against.removesuffix("recording.jsonl")).strip("-.")[-60:]
    return f"{settings.label}-against-{other or 'recording'}"


_MEANINGS = {
    0: "no difference but such as may be a matter of time.",
    1: "the two differ.",
    3: "the comparison was not completed.",
}
