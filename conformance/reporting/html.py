"""``report.html``: one file, no network, no need of JavaScript; what a target said is shown inert."""

from __future__ import annotations

import base64
import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from conformance.changes import Changes
from conformance.history import History
from conformance.model import OPERATION
from conformance.reporting import casediff, page, presence_words, wording
from conformance.reporting import history as past
from conformance.reporting.bodies import pretty
from conformance.reporting.inert import cut, visible
from conformance.reporting.room import LEVELS, Limits, Room, fitted, gathered
from conformance.results import Results

_LONGEST_COMMAND = 20_000  # characters; who pastes more than that is better served by `replay`


def render(results: Results, *, changes: Changes | None = None, history: History | None = None) -> str:
    """The report on one target.

    Args:
        results: the run.
        changes: the run compared with another one; that of the history if there is one.
        history: the runs of the target up to this one.
    """
    found = changes or (history.changes if history else None)
    values: dict[str, Any] = {
        "page": page.of(results),
        "results": results,
        "changed": past.difference(found) if found else None,
        "past": past.trend(history) if history else None,
        "past_columns": past.COLUMNS,
    }
    return fitted(lambda limits: fill("report.html.j2", limits, **values))


def fill(template: str, limits: Limits = LEVELS[0], *, pages: int = 1, **values: Any) -> str:
    """A page made of one of this package's templates; every text in the values is shown inert.

    Args:
        template: its name.
        limits: what it shows at most.
        pages: how many such pages share the room for evidence.
        values: what the template names.

    Raises:
        TooLarge: it would be larger than a page may be, and there are narrower limits.
    """
    room = Room(limits.evidence // pages)
    made = _environment().get_template(template).generate(limits=limits, room=room, **values)
    return gathered(made, limits)


@cache
def _environment() -> Environment:
    """Jinja with escaping on; every printed value is made inert first, so that no template can forget it."""
    environment = Environment(
        loader=PackageLoader("conformance.reporting"),
        autoescape=True,
        finalize=_inert,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    style, script = _asset("report.css"), _asset("report.js")
    environment.globals.update(
        operation=OPERATION,
        style=style,
        script=script,
        policy=_policy(style, script),
        faces=wording.FACES,
        evidence=wording.EVIDENCE,
        exit_codes=wording.EXIT_CODES,
        shown_first=page.SHOWN_FIRST,
        differences=casediff.tables,
        longest_command=_LONGEST_COMMAND,
        cell=presence_words.CELL,
    )
    environment.filters.update(
        pretty=pretty,
        shortened=_shortened,
        as_json=_as_json,
        web_address=_web_address,
        seconds=wording.seconds,
        span=wording.span,
        plural=wording.plural,
    )
    return environment


def _inert(value: Any) -> Any:
    """Only our own templates make Markup; every other string may come from a target."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return visible(value)
    return value


def _asset(name: str) -> Markup:
    text = files("conformance.reporting").joinpath("templates", name).read_text(encoding="utf-8")
    return Markup(text)  # noqa: S704  a file of this package


def _policy(style: str, script: str) -> str:
    """A content security policy: nothing runs or loads but the page's own style sheet and script."""
    return (
        f"default-src 'none'; img-src data:; style-src '{_hash(style)}'; script-src '{_hash(script)}';"
        " base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode("utf-8")).digest()).decode("ascii")


def _web_address(url: str) -> bool:
    """Whether a link may point there; anything but the web would be a way to run something."""
    return url.startswith(("https://", "http://"))


@pass_context
def _shortened(context: Context, text: str) -> str:
    """A sentence of bearable length, counted as it will be shown: what does not print grows."""
    limit = context["limits"].sentence
    grown = len(visible(text[:limit])) / limit
    shown, note = cut(text, int(limit / grown) if grown > 1 else limit)
    return f"{shown}… {note}" if note else shown


def _as_json(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False)
