"""Text from a target made inert: nothing in it can act on a terminal, a browser or an XML parser."""

from __future__ import annotations

import re

# Printable ASCII and line structure need no look; all else is asked for one by one.
_SUSPECT = re.compile(r"[^\n\t\x20-\x7e]")


def visible(text: str) -> str:
    """The text with everything that does not print replaced by a sign that does.

    Control characters (so also ANSI escapes), bidirectional controls, zero-width characters, exotic spaces
    and lone surrogates become ``⟨U+001B⟩``, which every font has. Line feeds and tabs stay.
    """
    return _SUSPECT.sub(_picture, text)


def one_line(text: str, width: int = 0) -> str:
    """The text on one line, cut to ``width`` characters if that is not zero."""
    line = " ".join(text.split())
    # What is shown is never shorter than what was said, so what is beyond the width need not be looked at.
    line = visible(line[: width + 1] if width else line)
    return f"{line[: width - 1]}…" if width and len(line) > width else line


def cut(text: str, limit: int) -> tuple[str, str]:
    """The first ``limit`` characters, and a note of what was left out; the note is empty if nothing was."""
    if len(text) <= limit:
        return text, ""
    return text[:limit], f"Cut here: the first {limit:,} of {len(text):,} characters are shown."


def in_part(text: str, limit: int = 4_000) -> str:
    """The text, visible, and cut with a note if it is longer than that; it can be longer when shown."""
    shown, note = cut(text, limit)
    return visible(f"{shown}… {note}" if note else shown)


def _picture(match: re.Match[str]) -> str:
    character = match.group()
    return character if character.isprintable() else f"⟨U+{ord(character):04X}⟩"
