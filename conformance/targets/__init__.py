"""Targets: `kind:address` texts, and names from ``express-conformance.toml``.

A new kind is one module and one line in :data:`KINDS`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from typing import Any

from conformance.exceptions import ConfigurationError
from conformance.targets.aws import Aws
from conformance.targets.base import Settings, Target
from conformance.targets.command import Command
from conformance.targets.embedded import Embedded
from conformance.targets.url import Url

__all__ = ["KINDS", "Settings", "Target", "parse"]

KINDS: Mapping[str, Callable[..., Target]] = {
    "embedded": Embedded,
    "url": Url,
    "command": Command,
    "aws": Aws,
}


def parse(text: str, settings: Settings, named: Mapping[str, Any] | None = None) -> Target:
    """The target that a text means: `kind`, `kind:address`, or a bare URL.

    Raises:
        ConfigurationError: the text means no target.
    """
    if text.startswith(("http://", "https://")):
        text = f"url:{text}"
    kind, _, address = text.partition(":")
    if kind not in KINDS and re.fullmatch(r"\d+(/.*)?", address):
        raise ConfigurationError(f"There is no target {text!r}.", hint=f"Did you mean http://{text}?")
    if kind not in KINDS:
        known = [*KINDS, *(named or {})]
        close = get_close_matches(kind, known, n=1)
        raise ConfigurationError(
            f"There is no target {text!r}.",
            hint=f"Did you mean {close[0]}?" if close else f"Targets are: {', '.join(known)}.",
        )
    return KINDS[kind](address=_unquoted(address), settings=settings)


def _unquoted(address: str) -> str:
    """The address without the quotes that `command:"..."` is written with."""
    quoted = len(address) > 1 and address[0] == address[-1] and address[0] in "\"'"
    return address[1:-1] if quoted else address
