"""``badge.svg``: the badge as a picture of its own, for where shields.io cannot reach ``badge.json``."""

from __future__ import annotations

from html import escape

from conformance.model import OPERATION
from conformance.reporting.badge import message
from conformance.reporting.inert import one_line
from conformance.results import Results

# The colours of shields.io by name, dark enough for white text on them (WCAG AA, 4.5 to 1).
COLORS = {
    "brightgreen": "#2d7a0e",
    "yellowgreen": "#5d6f12",
    "yellow": "#826800",
    "orange": "#b34a08",
    "red": "#c13126",
    "lightgrey": "#666666",
}
LABEL_COLOR = "#4a4a4a"
TEXT_COLOR = "#ffffff"
_NARROW = frozenset("ijlI.,:;|!'/ ft")
_WIDE = frozenset("mwMW%@")
_PADDING = 6
_HEIGHT = 20


def render(results: Results) -> str:
    """The badge as SVG: no font, no script and no picture from elsewhere."""
    text, color = message(results)
    return picture(OPERATION, text, COLORS[color])


def picture(label: str, message: str, color: str) -> str:
    """A flat badge: a label on grey, and a message on a colour.

    Args:
        label: what is judged, on one line.
        message: the result, on one line.
        color: of the message's side, as CSS has it.
    """
    label, message = one_line(label), one_line(message)
    left, right = (_width(text) + 2 * _PADDING for text in (label, message))
    label, message = escape(label), escape(message)
    name, size = f"{label}: {message}", f'width="{left + right}" height="{_HEIGHT}"'
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-label="{name}">',
            f"  <title>{name}</title>",
            f'  <rect width="{left + right}" height="{_HEIGHT}" rx="3" fill="{LABEL_COLOR}"/>',
            f'  <path d="M{left} 0h{right - 3}a3 3 0 0 1 3 3v14a3 3 0 0 1-3 3H{left}z" fill="{color}"/>',
            f'  <g fill="{TEXT_COLOR}" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">',
            _text(label, x=_PADDING, width=left - 2 * _PADDING),
            _text(message, x=left + _PADDING, width=right - 2 * _PADDING),
            "  </g>",
            "</svg>",
            "",
        ]
    )


def _text(text: str, *, x: int, width: int) -> str:
    """Text that takes the width it was measured for, whatever font there is."""
    return f'    <text x="{x}" y="14" textLength="{width}" lengthAdjust="spacingAndGlyphs">{text}</text>'


def _width(text: str) -> int:
    """About how wide a text is in Verdana at 11 pixels."""
    return round(sum(4.2 if sign in _NARROW else 10.5 if sign in _WIDE else 7.0 for sign in text))
