"""Known deviations: what an implementer knows to be wrong, with the reason, so that only news fails a run.

The file is TOML and the implementer's own::

    [[deviation]]
    id = "response-unknown/service"      # or a topic, or a pattern such as "reject-type/*"
    reason = "we return tags"
    expires = 2027-01-31                 # optional: from the day after on, it counts again
    issue = "https://example.com/issues/12"   # optional
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from conformance.exceptions import ConfigurationError, OutputError
from conformance.requirements import selected
from conformance.results import RequirementResult, Results
from conformance.verdict import Verdict

_KEYS = {"id", "reason", "expires", "issue"}
_HINT = 'Each [[deviation]] needs the texts id and reason; "expires" (a date) and "issue" are optional.'
_REASON = "say why"
_HEAD = "# Known deviations: what fails here does not fail a run. Say why in `reason`.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deviation:
    """One entry of the file.

    Attributes:
        pattern: an id, a topic, or a pattern of ids.
        reason: why it is known.
        expires: the last day on which it counts as known; None for ever.
        issue: where it is tracked; empty if nowhere.
    """

    pattern: str
    reason: str
    expires: date | None = None
    issue: str = ""

    @property
    def words(self) -> str:
        """The reason as reports show it."""
        until = f"until {self.expires.isoformat()}" if self.expires else ""
        more = ", ".join(filter(None, (self.issue, until)))
        return f"{self.reason} ({more})" if more else self.reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known on a given day.

    Attributes:
        reasons: the words of the entry that names a requirement, by the requirement's id.
        warnings: entries that name nothing, or have expired; one sentence each.
    """

    reasons: Mapping[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def known_in(path: str, today: date | None = None) -> Known:
    """What a file says that is known; nothing if the path is empty.

    Raises:
        ConfigurationError: the file cannot be read, or is of another form.
    """
    today = today or datetime.now(UTC).date()
    reasons: dict[str, str] = {}
    warnings = []
    for deviation in read(Path(path)) if path else ():
        if deviation.expires is not None and deviation.expires < today:
            warnings.append(f"{path}: {deviation.pattern} expired on {deviation.expires}; it counts again.")
            continue
        try:
            reasons |= dict.fromkeys(selected([deviation.pattern]), deviation.words)
        except ConfigurationError as error:
            warnings.append(f"{path}: {error.message} {error.hint}".strip())
    return Known(reasons=reasons, warnings=tuple(warnings))


def read(path: Path) -> list[Deviation]:
    """The entries of a file.

    Raises:
        ConfigurationError: the file cannot be read, or is of another form.
    """
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"The known deviations {path} cannot be read: {error}.", hint=_HINT
        ) from error
    entries = document.pop("deviation", [])
    if document or not isinstance(entries, list):
        names = ", ".join(document) or "deviation"
        raise ConfigurationError(f"{path}: {names} is no list of [[deviation]].", hint=_HINT)
    return [_entry(path, entry) for entry in entries]


def _entry(path: Path, entry: Any) -> Deviation:
    expires = entry.get("expires") if isinstance(entry, dict) else None
    texts = isinstance(entry, dict) and all(
        isinstance(entry.get(key, ""), str) for key in ("id", "reason", "issue")
    )
    dated = expires is None or (isinstance(expires, date) and not isinstance(expires, datetime))
    if not texts or not dated or not entry.get("id") or not entry.get("reason") or entry.keys() - _KEYS:
        raise ConfigurationError(f"{path}: this [[deviation]] is not usable: {entry!r}.", hint=_HINT)
    return Deviation(
        pattern=entry["id"], reason=entry["reason"], expires=expires, issue=entry.get("issue", "")
    )


def add(results: Results, path: Path) -> int:
    """Add what deviates in a run, and is not known yet, to a file that is made if need be; how many.

    Raises:
        ConfigurationError: the file is there and is of another form.
        OutputError: the file cannot be written.
    """
    listed = _listed(path) if path.exists() else set()
    news = [result for result in results.requirements if _deviates(result) and result.id not in listed]
    text = path.read_text(encoding="utf-8") if path.exists() else _HEAD
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join([text, *_lines(news)]), encoding="utf-8", newline="\n")
    except OSError as error:
        raise OutputError(
            f"{path} cannot be written: {error.strerror or error}.", hint="Give another file."
        ) from error
    return len(news)


def _listed(path: Path) -> set[str]:
    """The ids that a file names, also those of expired entries: they are not to be listed twice."""
    named = {deviation.pattern for deviation in read(path)}
    return named | known_in(str(path), date.min).reasons.keys()


def _deviates(result: RequirementResult) -> bool:
    return result.verdict in {Verdict.FAIL, Verdict.DIVERGES}


def _lines(news: Iterable[RequirementResult]) -> Iterable[str]:
    for result in news:
        title = "".join(character for character in result.title if character.isprintable())
        # What JSON writes of a text without lone surrogates, TOML reads as that text.
        yield f"\n# {result.verdict.value}: {title}\n"
        yield f"[[deviation]]\nid = {json.dumps(result.id)}\nreason = {json.dumps(_REASON)}\n"
