"""A concurrent history in words: short enough that a person sees what went wrong. It holds no requirement."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from conformance.comparison import value_at
from conformance.exchange import Exchange
from conformance.requirements.histories import Configuration, Fate, History, Read, Update

_LONGEST = 60  # characters of one value in a sentence


def told(
    history: History, names: Collection[str], exchanges: Iterable[Exchange], *, about: Collection[str] = ()
) -> str:
    """What happened to these members in these exchanges, and what they are then and were before.

    Args:
        history: all that happened.
        names: the members to tell of.
        exchanges: those to tell of.
        about: the members whose values then and before matter; by default all of them.
    """
    before, after = (shown(about or names, entries) for entries in (history.before, history.after))
    then = f"{after}, as before" if after == before else f"{after} (before: {before})"
    return "; ".join([*_steps(history, names, exchanges), f"then Describe shows {then}"])


def told_with_status(history: History, exchanges: Iterable[Exchange], status: str) -> str:
    """What happened to the service in these exchanges, and what status it has then."""
    chosen = list(exchanges)
    names = sorted({name for each in history.updates if each.exchange in chosen for name in each.members})
    return "; ".join([*_steps(history, names, chosen), f"then Describe shows the service {status}"])


def _steps(history: History, names: Collection[str], exchanges: Iterable[Exchange]) -> list[str]:
    chosen = {each.id for each in exchanges}
    steps: list[Update | Read | Exchange] = [*history.updates, *history.reads, *history.deletes]
    told = sorted((_start(each), _line(history, names, each)) for each in steps)
    return [line for (_, id_), line in told if id_ in chosen]


def _start(step: Update | Read | Exchange) -> tuple[float, int]:
    exchange = step if isinstance(step, Exchange) else step.exchange
    return exchange.started, exchange.id


def _line(history: History, names: Collection[str], step: Update | Read | Exchange) -> str:
    if isinstance(step, Exchange):
        answered = Fate.of(step).value
        return f"client {step.client} deleted the service {when(history, step)}, {answered}"
    who, time = f"client {step.exchange.client}", when(history, step.exchange)
    if isinstance(step, Read):
        return f"{who} saw {shown(names, step.entries)} {time}"
    set_ = [f"{name} to {brief(step.members[name])}" for name in names if name in step.members]
    return f"{who} set {' and '.join(set_)} {time}, {step.fate.value}"


def when(history: History, exchange: Exchange) -> str:
    """From when to when an exchange took, since the first request of the history."""
    start = exchange.started - history.exchanges[0].started
    return f"from {start * 1000:.0f} to {(start + exchange.elapsed) * 1000:.0f} ms"


def shown(names: Collection[str], entries: Iterable[Configuration]) -> str:
    """These members as a Describe shows them, which may be several revisions."""
    found = [" and ".join(f"{name} {brief(value_at(entry, name))}" for name in names) for entry in entries]
    return ", or ".join(dict.fromkeys(found))


def brief(value: Any) -> str:
    """A value in a sentence."""
    text = "nothing" if value is None else repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
