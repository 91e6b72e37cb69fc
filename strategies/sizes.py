"""CPU and memory of a task: the pairs that Fargate offers, and those that survive one-sided updates."""

from __future__ import annotations

from itertools import product

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.domains import choices

# Amazon ECS Developer Guide, "Troubleshoot Amazon ECS task definition invalid CPU or memory errors".
FARGATE: dict[str, tuple[str, ...]] = {
    "256": ("512", "1024", "2048"),
    "512": tuple(map(str, range(1024, 4096 + 1, 1024))),
    "1024": tuple(map(str, range(2048, 8192 + 1, 1024))),
    "2048": tuple(map(str, range(4096, 16384 + 1, 1024))),
    "4096": tuple(map(str, range(8192, 30720 + 1, 1024))),
    "8192": tuple(map(str, range(16384, 61440 + 1, 4096))),
    "16384": tuple(map(str, range(32768, 122880 + 1, 8192))),
}
"""The memory sizes (MiB) that Fargate offers for each CPU size (units), as the request writes them."""

STABLE_CPUS = ("1024", "2048")
"""CPU sizes that go with every memory size in :data:`STABLE_MEMORIES`."""

STABLE_MEMORIES = tuple(memory for memory in FARGATE["1024"] if memory in FARGATE["2048"])
"""Memory sizes that go with every CPU size in :data:`STABLE_CPUS`."""

FARGATE_PAIRS = tuple((cpu, memory) for cpu, memories in FARGATE.items() for memory in memories)
"""Every pair of the table, smallest first."""


def compatible_pairs() -> tuple[tuple[str, str], ...]:
    """The pairs of preservation traffic: a rectangle, closed under updates of one side alone.

    An update with ``cpu`` alone keeps the current ``memory`` and the other way round, and what a service does
    with an invalid result is not documented. So traffic that may send one side alone draws both sides from
    sizes that all go with each other: CPU 1024 or 2048 and memory 4096 to 8192, the memory sizes that the
    table has in both rows. From a pair of the rectangle, no sequence of such updates leads out of it.
    """
    return tuple(product(STABLE_CPUS, STABLE_MEMORIES))


def fargate_pairs(*, whole_table: bool = True) -> st.SearchStrategy[list[str]]:
    """Lists of a CPU size and a memory size that Fargate offers together.

    The domain is the table of the Amazon ECS Developer Guide, or :func:`compatible_pairs` alone. Shrinks to
    the smallest pair.
    """
    return choices(FARGATE_PAIRS if whole_table else compatible_pairs()).map(list).strategy()


def is_offered(cpu: str, memory: str) -> bool:
    """Whether Fargate offers this pair."""
    return memory in FARGATE.get(cpu, ())


def excluded_memories(cpu: str) -> tuple[str, ...]:
    """Memory sizes that the table does not have for this CPU size: below its row, above it, and inside.

    Raises:
        InvalidArgument: Fargate has no such CPU size.
    """
    if cpu not in FARGATE:
        raise InvalidArgument(f"Fargate has no CPU size {cpu!r}.")
    row = [int(memory) for memory in FARGATE[cpu]]
    outside = [row[0] // 2, row[-1] + 1024, row[0] + 1, row[-1] * 8]
    return tuple(str(memory) for memory in outside)
