"""What Describe shows while other clients update: each member as it was last set, and never half a revision.

How well this is founded is said in :mod:`conformance.requirements.concurrency`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations

from conformance.comparison import altered, overlap, value_at
from conformance.exchange import Exchange
from conformance.linearizability import Operation, judged_by_object, shortened
from conformance.observation import Observation
from conformance.requirement import Concern, requirement
from conformance.requirements.citations import page
from conformance.requirements.concurrency import LINEARIZABILITY, OPEN_AT
from conformance.requirements.histories import (
    Configuration,
    Fate,
    History,
    Read,
    Update,
    end_of,
    race_of,
    revision_of,
    shows,
)
from conformance.requirements.telling import brief, told, when
from conformance.verdict import OK, Evidence, Grade, violated

_REVISIONS = page("Description: a new service revision with updated configuration")
_BEFORE = -1  # in the place of the number of an update


@requirement(
    "concurrency/linearizable",
    "Each member is set and shown as if the requests had come one after the other, within their times.",
    evidence=Evidence.INFERRED,
    citations=(LINEARIZABILITY, page("Request Parameters")),
    concern=Concern.HISTORY,
    open_at=OPEN_AT,
)
def members_are_linearizable(observation: Observation) -> Iterator[Grade]:
    """Judges each member by itself, with all Describes of the history and the one after it.

    An update without an answer, or answered with a server's fault, may take effect at any time after its
    start, or never; and so may a refused one, of which another requirement tells.
    """
    history = race_of(observation)
    if history is None:
        return
    written = [name for name in history.members if any(each.may_set(name) for each in history.updates)]
    accesses = [each for name in written for each in _accesses(history, name)]
    verdicts = judged_by_object(accesses, dict.fromkeys(written, _BEFORE), _register)
    wrong = [name for name in written if verdicts[name] is False]
    if wrong:
        yield _disordered(history, wrong[0])
    elif True in verdicts.values():
        yield OK


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Access:
    """What one exchange did to a member: it set it, as the update of that number, or it showed it.

    Attributes:
        written: the number of the update.
        read: the numbers of the updates whose value is shown; a Describe may show several revisions.
    """

    exchange: Exchange | None
    written: int | None = None
    read: frozenset[int] = frozenset()


def _register(state: int, access: _Access) -> Iterable[int]:
    """A member as a register; its state is the number of the update that set it."""
    if access.written is not None:
        return (access.written,)
    return (state,) if state in access.read else ()


def _accesses(history: History, name: str) -> Iterator[Operation[_Access]]:
    """What happened to one member, with the Describe after everything else at the end."""
    for number, each in enumerate(history.updates):
        if name not in each.members:
            continue
        action, start = _Access(exchange=each.exchange, written=number), each.exchange.started
        if each.set(name):
            yield Operation(action=action, start=start, end=end_of(each.exchange), object=name)
        else:
            yield Operation(action=action, start=start, certain=False, object=name)
    for read in history.reads:
        action = _Access(exchange=read.exchange, read=_shown(history, name, read.entries))
        yield Operation(action=action, start=read.exchange.started, end=end_of(read.exchange), object=name)
    # It was sent when all others had been answered; what had no answer may come later still.
    last = _Access(exchange=None, read=_shown(history, name, history.after))
    yield Operation(action=last, start=max(map(end_of, history.exchanges)) + 1, object=name)


def _shown(history: History, name: str, entries: Iterable[Configuration]) -> frozenset[int]:
    """The numbers of the updates whose value of a member is shown."""
    found: set[int] = set()
    for entry in entries:
        for number, each in enumerate(history.updates):
            if name in each.members and shows(entry, name, each.members[name]):
                found.add(number)
        if history.was(name, entry):
            found.add(_BEFORE)
    return frozenset(found)


def _disordered(history: History, name: str) -> Grade:
    kept = shortened(list(_accesses(history, name)), _BEFORE, _register, is_read=_may_be_left_out)
    exchanges = [each.action.exchange for each in kept if each.action.exchange is not None]
    expected = "an order of these requests in which every Describe shows what was set last"
    return violated(expected, told(history, [name], exchanges))


def _may_be_left_out(access: _Access) -> bool:
    return access.written is None and access.exchange is not None


@requirement(
    "concurrency/torn-read",
    "A Describe while updates are under way never shows a mixture of two revisions.",
    evidence=Evidence.INFERRED,
    citations=(_REVISIONS, LINEARIZABILITY),
    concern=Concern.HISTORY,
    open_at=OPEN_AT,
)
def reads_are_not_torn(observation: Observation) -> Iterator[Grade]:
    """Judges each configuration that is shown, and not which one: that is for another requirement.

    Two views of one service revision agree on the members that the updates set; what one of them lacks may
    be filled in later. And some of the updates, in some order, lead to each configuration that is shown.
    """
    history = race_of(observation)
    if history is None or not history.reads or not history.members:
        return
    found = next(_contradictions(history), None) or next(_mixtures(history), None)
    yield found or OK


def _contradictions(history: History) -> Iterator[Grade]:
    """Views of one revision that differ; none where the target does not make a revision of each update."""
    if _made(history) is None:
        return
    views: dict[str, list[tuple[str, Configuration]]] = {}
    for words, entries in _views(history):
        for entry in entries:
            arn = entry.get("serviceRevisionArn")
            if isinstance(arn, str):
                views.setdefault(arn, []).append((words, entry))
    for arn, seen in views.items():
        for (words, one), (others, other) in combinations(_different(history, seen), 2):
            for name in history.members:
                if _differ(name, one, other):
                    first, second = brief(value_at(one, name)), brief(value_at(other, name))
                    yield violated(
                        f"one {name} in service revision {arn.rpartition('/')[2]}",
                        f"{words} it shows {first}; {others} it shows {second}",
                    )


def _made(history: History) -> set[str] | None:
    """The revisions that the updates made; None if they are not known, or not one for each of them."""
    accepted = [each for each in history.updates if each.fate is Fate.ACCEPTED]
    made = {revision_of(each.exchange) for each in accepted}
    told_apart = len(made) == len(accepted) and "" not in made and made.isdisjoint(_known(history))
    return made if told_apart else None


def _known(history: History) -> set[str]:
    return {str(entry.get("serviceRevisionArn")) for entry in history.before}


def _views(history: History) -> Iterator[tuple[str, tuple[Configuration, ...]]]:
    yield "before", history.before
    for read in history.reads:
        yield f"to client {read.exchange.client}, {when(history, read.exchange)},", read.entries
    yield "after", history.after


def _different(history: History, views: list[tuple[str, Configuration]]) -> list[tuple[str, Configuration]]:
    """One view of each kind."""
    kinds = {
        repr([value_at(entry, name) for name in history.members]): (words, entry) for words, entry in views
    }
    return list(kinds.values())


def _differ(name: str, one: Configuration, other: Configuration) -> bool:
    first, second = value_at(one, name), value_at(other, name)
    if first is None or second is None:
        return False
    return altered(name, overlap(first, second), second)


def _mixtures(history: History) -> Iterator[Grade]:
    """Configurations to which no updates lead, in whatever order.

    A revision that is neither of before nor of one of the updates may be older than the history.
    """
    made = _made(history)
    for read in history.reads:
        for entry in read.entries:
            if made is not None and str(entry.get("serviceRevisionArn")) not in made | _known(history):
                continue
            if left := _unexplained(history, entry):
                yield _torn(history, read, left)


def _unexplained(history: History, entry: Configuration) -> list[str]:
    """The members that no order of the updates explains together; none if all are explained.

    Looked at from the last update backwards: it may be any one whose every value is shown; before it any one
    whose every other value is shown; and so on, until what is left is as it was before. To take an update
    that fits is never wrong, since it leaves fewer members to be explained.
    """
    left = {*history.members}
    parts = [part for each in history.updates for part in _parts(each, left)]
    while True:
        fitting = [
            part
            for part in parts
            if part.keys() & left and _fits({n: part[n] for n in part.keys() & left}, entry)
        ]
        if not fitting:
            return sorted(name for name in left if not history.was(name, entry))
        left -= fitting[0].keys()


def _parts(update: Update, names: set[str]) -> list[Configuration]:
    """What an update does at once: all of it. If it is not known that it took effect, any part of it."""
    members = {name: value for name, value in update.members.items() if name in names}
    if all(update.set(name) for name in members):
        return [members]
    return [{name: value} for name, value in members.items()]


def _fits(members: Configuration, entry: Configuration) -> bool:
    return all(shows(entry, name, value) for name, value in members.items())


def _torn(history: History, read: Read, left: list[str]) -> Grade:
    """The members that do not go together: those left over, and those that were set with them."""
    together = [each for each in history.updates if {*each.members} & {*left}]
    names = sorted({name for each in together for name in each.members if name in history.members})
    expected = "a configuration that some of these updates lead to, one after the other"
    return violated(expected, told(history, names, [*(e.exchange for e in together), read.exchange]))
