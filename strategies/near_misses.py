"""Near misses: updates that are invalid by exactly one defect, each with its valid twin."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.baselines import baseline
from strategies.defects import DEFECTS
from strategies.domains import Domain, builds, choices, numbers
from strategies.plants import Defect
from strategies.pools import ANYWHERE, ValuePools
from strategies.updates import EXCLUDED_BY_TASK_DEFINITION, known_members, member_domain

__all__ = ["DEFECTS", "Defect", "near_misses"]

_VARIANTS = 255
_MORE_EXTRAS = 2


def near_misses(
    *, pools: ValuePools = ANYWHERE, defect: str | None = None, changes: int = 0
) -> st.SearchStrategy[dict[str, Any]]:
    """Updates with one defect, as ``{"defect": id, "path": ..., "members": ..., "twin": ...}``.

    The domain: all defects of :data:`DEFECTS`, or the given one, in all their variants. ``twin`` is the same
    request with the defect repaired, and valid. Beside the defective member, which may stand anywhere, both
    carry up to two valid members more than they must, the same ones: if the service applies those of an
    invalid update, it shows.

    Shrinks to the catalogue's first defect, its plainest variant, no further members than there must be, and
    the defective one last: whoever applies the members one after the other has then applied the others.

    Args:
        pools: the values that the target has.
        defect: one of :data:`DEFECTS`; any of them by default.
        changes: how many valid members beside the defective one have other values than the baseline, at
            least. As long as the update has members to choose from, that is.

    Raises:
        InvalidArgument: there is no such defect.
    """
    if defect is not None and defect not in DEFECTS:
        raise InvalidArgument(f"{defect!r} is not a defect; those are: {', '.join(DEFECTS)}.")
    chosen = list(DEFECTS.values()) if defect is None else [DEFECTS[defect]]
    known = baseline(pools) if changes else {}
    built = partial(_near_miss, changes, known)
    variant = numbers(minimum=0, maximum=_VARIANTS)
    return builds(built, choices(chosen), variant, *_carriers(pools, changes)).strategy()


def _carriers(pools: ValuePools, changes: int) -> tuple[Domain[Any], ...]:
    """A full update, to be cut down; the defect's place; how many more members to leave in, and which."""
    names = tuple(name for name in known_members() if name != "taskDefinitionArn")
    pick = numbers(minimum=0, maximum=255)
    more = numbers(minimum=0, maximum=_MORE_EXTRAS)
    return member_domain(names, pools), pick, more, *[pick] * (changes + _MORE_EXTRAS)


def _near_miss(
    changes: int,
    known: Mapping[str, Any],
    defect: Defect,
    variant: int,
    update: dict[str, Any],
    place: int,
    more: int,
    *picks: int,
) -> dict[str, Any]:
    members, twin = defect.plant(update, variant)
    at_fault = defect.path.partition(".")[0]
    least = changes - sum(name != at_fault and twin[name] != known.get(name) for name in twin)
    extras = _extras(update, members, known, picks[: max(0, least) + more])
    return {
        "defect": defect.id,
        "path": defect.path,
        "members": _placed({**members, **extras}, at_fault, place),
        "twin": {**twin, **copy.deepcopy(extras)},
    }


def _extras(
    update: dict[str, Any], taken: dict[str, Any], known: Mapping[str, Any], picks: Sequence[int]
) -> dict[str, Any]:
    """Further members that stay clear of the defect, and do not have the known value, one for each pick."""
    excluded = EXCLUDED_BY_TASK_DEFINITION if "taskDefinitionArn" in taken else ()
    left = [name for name in update if name not in taken and name not in excluded]
    left = [name for name in left if not known or update[name] != known.get(name, update[name])]
    return {name: update[name] for name in (left.pop(pick % len(left)) for pick in picks[: len(left)])}


def _placed(members: dict[str, Any], name: str, place: int) -> dict[str, Any]:
    """The members with one of them at a place counted from the end."""
    order = [other for other in members if other != name]
    order.insert(len(order) - place % (len(order) + 1), name)
    return {other: members[other] for other in order}
