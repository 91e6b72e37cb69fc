"""Updates for several clients at the same moment: of disjoint members, or of the same ones."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.baselines import baseline
from strategies.pools import ANYWHERE, ValuePools
from strategies.updates import known_members, members

Updates = list[dict[str, Any]]

# Members whose values come from a pool, which may have one value only.
_POOLED = {"executionRoleArn", "taskRoleArn", "primaryContainer", "networkConfiguration"}


def disjoint_updates(
    *, pools: ValuePools = ANYWHERE, min_size: int = 2, max_size: int = 4
) -> st.SearchStrategy[Updates]:
    """Updates of one top-level member each, no two of the same one.

    The domain: any members but ``taskDefinitionArn``, which excludes others. Their values differ from those
    of :func:`strategies.baselines.baseline`, so that it shows if one is lost; those of pools usually do.

    Shrinks to as few updates as may be, of the simplest values of the first members in the order of the API
    reference.

    Raises:
        InvalidArgument: there are fewer members than updates.
    """
    names = [name for name in known_members() if name != "taskDefinitionArn"]
    if max_size > len(names):
        raise InvalidArgument(f"There are {len(names)} members for {max_size} updates.")
    chosen = st.lists(st.sampled_from(names), unique=True, min_size=min_size, max_size=max_size)
    return chosen.flatmap(lambda names: st.tuples(*(_changed(name, pools) for name in names)).map(list))


def rival_updates(
    names: Sequence[str], *, pools: ValuePools = ANYWHERE, min_size: int = 2, max_size: int = 4
) -> st.SearchStrategy[Updates]:
    """Updates of the same top-level members, so that a value tells whose it is.

    The domain: updates with exactly these members, of which none equals the one in another update, or the
    one in :func:`strategies.baselines.baseline`.

    Shrinks to as few updates as may be, of simple values.

    Raises:
        InvalidArgument: a name is not an optional member, or a pool may leave it too few values.
    """
    if pooled := _POOLED.intersection(names):
        raise InvalidArgument(f"A pool may have too few values for {sorted(pooled)}.")
    known = baseline(pools)
    return st.lists(
        members(names, pools=pools).filter(lambda update: not _repeats(update, known)),
        min_size=min_size,
        max_size=max_size,
        unique_by=tuple(_part(name) for name in names),
    )


def _changed(name: str, pools: ValuePools) -> st.SearchStrategy[dict[str, Any]]:
    """Updates of a member to another value than the baseline's, unless a pool may leave it no other one."""
    every = members([name], pools=pools)
    return every if name in _POOLED else every.filter(lambda update: not _repeats(update, baseline(pools)))


def _repeats(update: Mapping[str, Any], known: Mapping[str, Any]) -> bool:
    return any(value == known.get(name) for name, value in update.items())


def _part(name: str) -> Callable[[Mapping[str, Any]], str]:
    """What an update's value is told by: its JSON text."""
    return lambda update: json.dumps(update[name], sort_keys=True)
