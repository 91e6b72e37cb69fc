"""The linearisability checker: textbook histories, and a brute-force oracle for small ones."""

from __future__ import annotations

import math
from itertools import combinations, permutations

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from conformance.linearizability import Operation, by_object, is_linearizable, judged_by_object, shortened


def register(state, action):
    """A register: ``("w", value)`` sets it, ``("r", value)`` has seen that value."""
    kind, value = action
    if kind == "w":
        return (value,)
    return (state,) if state == value else ()


def queue(state, action):
    """A first-in, first-out queue: ``("e", value)`` puts one in, ``("d", value)`` took that one out."""
    kind, value = action
    if kind == "e":
        return ((*state, value),)
    return (state[1:],) if state[:1] == (value,) else ()


def coin(state, action):
    """A model with a choice: a toss leads to heads or tails, and a look has seen one of them."""
    return ("heads", "tails") if action == "toss" else (state,) if action == state else ()


def history(*operations):
    """Operations from ``(kind, value, start, end)``; what nobody knows the end of, nobody is certain of.

    A negative end is one by which it took effect, or never did.
    """
    return [
        Operation(
            action=(kind, value),
            start=start,
            end=math.inf if end is None else abs(end),
            certain=end is not None and end >= 0,
        )
        for kind, value, start, end in operations
    ]


# The four points that Herlihy and Wing, 1990, make with their figure 1, a queue's histories.
QUEUES = {
    "H1: overlapping enqueues may take effect either way": (
        [("e", "x", 0, 4), ("e", "y", 1, 3), ("d", "y", 5, 7), ("d", "x", 6, 8), ("e", "z", 9, 10)],
        True,
    ),
    "H2: y was put in after x, and is taken out before it": (
        [("e", "x", 0, 1), ("e", "y", 2, 4), ("d", "y", 5, 6)],
        False,
    ),
    "H3: x is taken out while it is being put in": ([("e", "x", 0, 4), ("d", "x", 1, 3)], True),
    "H4: y is taken out twice": (
        [("e", "x", 0, 2), ("e", "y", 1, 3), ("d", "y", 4, 6), ("d", "y", 5, 7)],
        False,
    ),
}
REGISTERS = {
    "nothing happened": ([], True),
    "a write is seen": ([("w", 1, 0, 1), ("r", 1, 2, 3)], True),
    "a write is not seen": ([("w", 1, 0, 1), ("r", 0, 2, 3)], False),
    "a write that overlaps need not be seen": ([("w", 1, 0, 3), ("r", 0, 1, 2)], True),
    "a write that overlaps may be seen": ([("w", 1, 0, 3), ("r", 1, 1, 2)], True),
    "ending as another one starts is overlapping": ([("w", 1, 0, 2), ("r", 0, 2, 3)], True),
    "new, then old, one after the other": ([("w", 1, 0, 9), ("r", 1, 1, 2), ("r", 0, 3, 4)], False),
    "new, then old, overlapping": ([("w", 1, 0, 9), ("r", 1, 1, 4), ("r", 0, 3, 5)], True),
    "a value that nobody wrote": ([("w", 1, 0, 1), ("r", 2, 2, 3)], False),
    "the later write wins": ([("w", 1, 0, 1), ("w", 2, 2, 3), ("r", 1, 4, 5)], False),
    "of overlapping writes either wins": ([("w", 1, 0, 2), ("w", 2, 1, 3), ("r", 1, 4, 5)], True),
    "of overlapping writes one wins for all": (
        [("w", 1, 0, 2), ("w", 2, 1, 3), ("r", 1, 4, 6), ("r", 2, 5, 7), ("r", 1, 8, 9)],
        False,
    ),
    "readers that overlap see writes in two orders": (
        [("w", 1, 0, 9), ("w", 2, 0, 9), ("r", 1, 1, 2), ("r", 2, 3, 4), ("r", 1, 5, 6)],
        False,
    ),
    "without an answer, seen late": ([("w", 1, 0, None), ("r", 0, 5, 6), ("r", 1, 7, 8)], True),
    "without an answer, never seen": ([("w", 1, 0, None), ("r", 0, 5, 6), ("r", 0, 7, 8)], True),
    "without an answer, seen before it was sent": ([("r", 1, 0, 1), ("w", 1, 2, None)], False),
    "without an answer, seen and gone": ([("w", 1, 0, None), ("r", 1, 5, 6), ("r", 0, 7, 8)], False),
    "perhaps, and by then, seen later": ([("w", 1, 0, -2), ("r", 0, 3, 4), ("r", 1, 5, 6)], False),
    "perhaps, and by then, seen at once": ([("w", 1, 0, -2), ("r", 1, 3, 4)], True),
    "perhaps, and not": ([("w", 1, 0, -2), ("r", 0, 3, 4)], True),
    "without an answer, over what came after it": (
        [("w", 1, 0, None), ("w", 2, 1, 2), ("r", 2, 3, 4), ("r", 1, 5, 6)],
        True,
    ),
}


@pytest.mark.parametrize("name", QUEUES)
def test_queues_of_the_textbook(name):
    """What the paper that defined the word says of a queue: overlapping is free, what came first is first."""
    operations, expected = QUEUES[name]
    assert is_linearizable(history(*operations), (), queue) is expected


@pytest.mark.parametrize("name", REGISTERS)
def test_registers(name):
    """A register's histories, each of which makes one point."""
    operations, expected = REGISTERS[name]
    assert is_linearizable(history(*operations), 0, register) is expected


def test_a_model_may_have_a_choice():
    """An action that may lead to several states is linearisable if one of them fits."""
    toss = Operation(action="toss", start=0, end=1)
    heads, tails = (Operation(action=side, start=2, end=3) for side in ("heads", "tails"))
    assert is_linearizable([toss, heads], "none", coin)
    assert is_linearizable([toss, tails], "none", coin)
    assert is_linearizable([toss, heads, tails], "none", coin) is False


def orders(operations):
    """Every order of all that certainly took effect and some of the rest, that the times allow."""
    certain = [each for each in operations if each.certain]
    others = [each for each in operations if not each.certain]
    for size in range(len(others) + 1):
        for some in combinations(others, size):
            for order in permutations([*certain, *some]):
                if all(not later.end < earlier.start for earlier, later in combinations(order, 2)):
                    yield order


def explained(order, initial, step):
    """Whether the model allows this order of operations."""
    states = {initial}
    for each in order:
        states = {after for state in states for after in step(state, each.action)}
    return bool(states)


TIMES = st.tuples(st.integers(0, 8), st.integers(0, 5))


@st.composite
def histories(draw, kinds, most=5):
    """Small histories of a few values, with any overlap, and with answers that are missing."""
    made = []
    for _ in range(draw(st.integers(0, most))):
        start, length = draw(TIMES)
        end = draw(st.sampled_from([start + length] * 4 + [None, -start - length - 1]))
        kind, value = draw(st.sampled_from(kinds)), draw(st.integers(0, 2))
        made.append((kind, value, start, end))
    return history(*made)


@settings(max_examples=600)
@given(histories("wr"))
def test_registers_agree_with_all_permutations(operations):
    """The search says what trying every order says."""
    expected = any(explained(order, 0, register) for order in orders(operations))
    event(f"linearisable: {expected}")
    assert is_linearizable(operations, 0, register) is expected


@settings(max_examples=400)
@given(histories("ed"))
def test_queues_agree_with_all_permutations(operations):
    """The same for a model whose states tell more than the last write."""
    expected = any(explained(order, (), queue) for order in orders(operations))
    event(f"linearisable: {expected}")
    assert is_linearizable(operations, (), queue) is expected


@given(histories("wr"), st.randoms())
def test_the_order_of_the_list_says_nothing(operations, random):
    """A history is a set: only its times count."""
    shuffled = random.sample(operations, len(operations))
    assert is_linearizable(shuffled, 0, register) is is_linearizable(operations, 0, register)


@given(
    st.lists(st.tuples(st.sampled_from("ab"), histories("wr", most=2)), max_size=2, unique_by=lambda p: p[0])
)
def test_locality(pairs):
    """Objects are linearisable one by one exactly if they are together (Herlihy and Wing, theorem 1)."""
    operations = [
        Operation(
            action=(name, each.action), start=each.start, end=each.end, certain=each.certain, object=name
        )
        for name, one in pairs
        for each in one
    ]

    def both(state, action):
        values, (name, inner) = dict(state), action
        return [tuple(sorted({**values, name: after}.items())) for after in register(values[name], inner)]

    def one(state, action):
        return register(state, action[1])

    apart = judged_by_object(operations, {"a": 0, "b": 0}, one)
    together = is_linearizable(operations, (("a", 0), ("b", 0)), both)
    assert (False not in apart.values()) is together


def test_by_object():
    """Each object has its own history, in the order of the list."""
    operations = [Operation(action=n, start=0, object=n % 2) for n in range(4)]
    assert {name: [e.action for e in each] for name, each in by_object(operations).items()} == {
        0: [0, 2],
        1: [1, 3],
    }


def test_memory_makes_it_feasible():
    """Sixteen writes at once have 10^13 orders, and are judged nevertheless."""
    writes = [("w", n, 0, 10) for n in range(16)]
    reads = [("r", n, 11 + n, 12 + n) for n in range(2)]
    assert is_linearizable(history(*writes, ("r", 3, 11, 12)), -1, register) is True
    assert is_linearizable(history(*writes[:10], *reads), -1, register) is False


def test_it_gives_up_in_time():
    """A history that takes too long is neither linearisable nor not."""
    writes = [("w", n, 0, 10) for n in range(40)]
    operations = history(*writes, ("r", 0, 11, 12), ("r", 1, 13, 14))
    assert is_linearizable(operations, -1, register, most=1000) is None


def test_a_history_is_cut_down_to_what_proves():
    """Reads that the proof does not need are left out; writes stay, since a read of one needs it."""
    operations = history(
        ("w", 1, 0, 1), ("r", 1, 2, 3), ("r", 1, 4, 5), ("w", 2, 6, 7), ("r", 1, 8, 9), ("r", 2, 10, 11)
    )
    kept = shortened(operations, 0, register, is_read=lambda action: action[0] == "r")
    assert [each.action for each in kept] == [("w", 1), ("w", 2), ("r", 1)]
    assert kept[-1].start == 8


@given(histories("wr"))
def test_what_is_cut_down_still_proves(operations):
    """A history that is not linearisable stays so, and has no read that could be left out."""
    if is_linearizable(operations, 0, register) is not False:
        return
    kept = shortened(operations, 0, register, is_read=lambda action: action[0] == "r")
    assert is_linearizable(kept, 0, register) is False
    for each in kept:
        if each.action[0] == "r":
            assert is_linearizable([e for e in kept if e is not each], 0, register) is True
