"""Near misses: updates that are invalid by exactly one defect, each with its valid twin."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.defects import DEFECTS
from strategies.domains import Domain, builds, choices, numbers
from strategies.plants import Defect
from strategies.pools import ANYWHERE, ValuePools
from strategies.updates import EXCLUDED_BY_TASK_DEFINITION, known_members, member_domain

__all__ = ["DEFECTS", "Defect", "near_misses"]

_VARIANTS = 255
_MOST_EXTRAS = 2


def near_misses(
    *, pools: ValuePools = ANYWHERE, defect: str | None = None
) -> st.SearchStrategy[dict[str, Any]]:
    """Updates with one defect, as ``{"defect": id, "path": ..., "members": ..., "twin": ...}``.

    The domain: all defects of :data:`DEFECTS`, or the given one, in all their variants. ``twin`` is the same
    request with the defect repaired, and valid. Both may carry up to two further valid members, the same
    ones: if the service applies those of an invalid update, it shows.

    Shrinks to the catalogue's first defect, its plainest variant, and no further members.

    Raises:
        InvalidArgument: there is no such defect.
    """
    if defect is not None and defect not in DEFECTS:
        raise InvalidArgument(f"{defect!r} is not a defect; those are: {', '.join(DEFECTS)}.")
    chosen = list(DEFECTS.values()) if defect is None else [DEFECTS[defect]]
    return builds(
        _near_miss, choices(chosen), numbers(minimum=0, maximum=_VARIANTS), *_carriers(pools)
    ).strategy()


def _carriers(pools: ValuePools) -> tuple[Domain[Any], ...]:
    """A full update, to be cut down, and which of its members to leave in as further ones."""
    names = tuple(name for name in known_members() if name != "taskDefinitionArn")
    pick = numbers(minimum=0, maximum=255)
    return member_domain(names, pools), numbers(minimum=0, maximum=_MOST_EXTRAS), pick, pick


def _near_miss(defect: Defect, variant: int, update: dict[str, Any], *extras: int) -> dict[str, Any]:
    members, twin = defect.plant(update, variant)
    more = _extras(update, members, extras)
    return {
        "defect": defect.id,
        "path": defect.path,
        "members": {**members, **more},
        "twin": {**twin, **copy.deepcopy(more)},
    }


def _extras(update: dict[str, Any], taken: dict[str, Any], draws: Sequence[int]) -> dict[str, Any]:
    """As many further members as the first draw says, by the other draws, that stay clear of the defect."""
    excluded = EXCLUDED_BY_TASK_DEFINITION if "taskDefinitionArn" in taken else ()
    left = [name for name in update if name not in taken and name not in excluded]
    count, *picks = draws
    return {name: update[name] for name in (left.pop(pick % len(left)) for pick in picks[:count])}
