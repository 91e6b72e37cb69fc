"""Is a concurrent history linearisable? A sound and complete decision, generic over a sequential model.

A history is linearisable if its operations can be put into one order in which each of them takes effect at a
point between its start and its end, and which the model allows (Herlihy and Wing, "Linearizability: a
correctness condition for concurrent objects", ACM TOPLAS 12(3), 1990). The search is the one of Wing and Gong
("Testing and verifying concurrent objects", JPDC 17, 1993) with the memory of Lowe ("Testing for
linearizability", Concurrency and Computation 29(4), 2017): a set of operations that leads to a state is gone
into once, in whatever order it got there. By Theorem 1 of Herlihy and Wing, locality, a history is
linearisable exactly if the history of each object is, so objects are searched one by one.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

ActionT = TypeVar("ActionT")
StateT = TypeVar("StateT", bound=Hashable)

Step = Callable[[StateT, ActionT], Iterable[StateT]]
"""The model: the states that an action may lead to from a state; none if it cannot happen there."""

# A history of a few clients has some hundreds of configurations; thousands of requests that all overlap have
# more than anybody can look at.
MOST_CONFIGURATIONS = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation(Generic[ActionT]):
    """What one client asked for and was answered.

    Attributes:
        action: the request and its answer, as the model reads them.
        start: when it was sent, in any unit.
        end: until when it took effect, if it did: when the answer was there; infinity if nobody knows.
        certain: whether it took effect; otherwise it may have, or never.
        object: what it is about.
    """

    action: ActionT
    start: float
    end: float = math.inf
    certain: bool = True
    object: Hashable = None


def is_linearizable(
    operations: Iterable[Operation[ActionT]],
    initial: StateT,
    step: Step[StateT, ActionT],
    *,
    most: int = MOST_CONFIGURATIONS,
) -> bool | None:
    """Whether the history of one object is linearisable; None if that takes too long to find out.

    One operation precedes another one if it ended before that one started; at the same instant, they overlap.

    Args:
        operations: the history, in any order.
        initial: the object's state before it.
        step: the sequential model.
        most: how many configurations to look at before giving up.
    """
    history = sorted(operations, key=lambda each: each.start)
    # Sets of operations as the bits of integers. One that may never have taken effect stands in nobody's way,
    # but once another one that began after its end is there, it is too late for it.
    earlier = [_set(e.certain and e.end < each.start for e in history) for each in history]
    later = [_set(each.end < e.start for e in history) for each in history]
    needed = _set(each.certain for each in history)
    todo = [(0, initial)]
    seen = {*todo}
    while todo:
        done, state = todo.pop()
        if done & needed == needed:
            return True
        if len(seen) > most:
            return None
        for number, each in enumerate(history):
            if done >> number & 1 or earlier[number] & ~done or later[number] & done:
                continue
            for after in step(state, each.action):
                configuration = (done | 1 << number, after)
                if configuration not in seen:
                    seen.add(configuration)
                    todo.append(configuration)
    return False


def _set(members: Iterable[bool]) -> int:
    return sum(1 << number for number, is_member in enumerate(members) if is_member)


def by_object(operations: Iterable[Operation[ActionT]]) -> dict[Hashable, list[Operation[ActionT]]]:
    """The histories of the single objects, which can be judged one by one."""
    found: defaultdict[Hashable, list[Operation[ActionT]]] = defaultdict(list)
    for each in operations:
        found[each.object].append(each)
    return dict(found)


def judged_by_object(
    operations: Iterable[Operation[ActionT]],
    initial: Mapping[Hashable, StateT],
    step: Step[StateT, ActionT],
) -> dict[Hashable, bool | None]:
    """For each object, whether its history is linearisable, as :func:`is_linearizable` has it."""
    histories = by_object(operations)
    return {name: is_linearizable(history, initial[name], step) for name, history in histories.items()}


def shortened(
    operations: Sequence[Operation[ActionT]],
    initial: StateT,
    step: Step[StateT, ActionT],
    *,
    is_read: Callable[[ActionT], bool],
) -> list[Operation[ActionT]]:
    """A history that is not linearisable, without the reads that it takes none of to see that.

    Whatever order explains a history explains it without one of its reads, too; so what cannot be explained
    without it is as much of a proof. That does not hold for writes.
    """
    kept = list(operations)
    for each in operations:
        fewer = [other for other in kept if other is not each]
        if is_read(each.action) and is_linearizable(fewer, initial, step) is False:
            kept = fewer
    return kept
