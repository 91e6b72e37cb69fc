"""What a run saw of each requirement, in numbers that add up in any order."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(slots=True)
class Count:
    """What was seen of one requirement.

    Attributes:
        replays: how many replays were about it.
        returned: how many observations of replays violated it.
        scenarios: whose traffic concerned it.
        example: the smallest observation against it, as a :class:`Counterexample` in JSON.
        rank: how the example compares with others; the smallest wins.
        violators: whose traffic violated it.
    """

    judged: int = 0
    tolerated: int = 0
    violated: int = 0
    replays: int = 0
    returned: int = 0
    behaviours: Counter[str] = field(default_factory=Counter)
    scenarios: set[str] = field(default_factory=set)
    example: dict[str, Any] | None = None
    rank: tuple[Any, ...] = ()
    violators: set[str] = field(default_factory=set)

    def merge(self, other: Count) -> None:
        """Add what another count saw."""
        for name in ("judged", "tolerated", "violated", "replays", "returned"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.behaviours += other.behaviours
        self.scenarios |= other.scenarios
        self.violators |= other.violators
        if other.example is not None and (self.example is None or other._order() < self._order()):
            self.example, self.rank = other.example, other.rank

    def _order(self) -> tuple[Any, ...]:
        """The rank, and for examples of one rank an order of their own, so that merging has none."""
        return (self.rank, json.dumps(self.example, sort_keys=True))

    def to_json(self) -> dict[str, Any]:
        """The count as JSON."""
        return {
            "numbers": [self.judged, self.tolerated, self.violated, self.replays, self.returned],
            "behaviours": dict(self.behaviours),
            "scenarios": sorted(self.scenarios),
            "violators": sorted(self.violators),
            "example": self.example,
            "rank": list(self.rank),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Count:
        """Read what :meth:`to_json` wrote."""
        judged, tolerated, violated, replays, returned = document["numbers"]
        return cls(
            judged,
            tolerated,
            violated,
            replays,
            returned,
            Counter(document["behaviours"]),
            set(document["scenarios"]),
            document["example"],
            tuple(document["rank"]),
            set(document["violators"]),
        )


@dataclass(slots=True)
class Tally:
    """What was seen of all requirements, and what was sent."""

    counts: defaultdict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    exchanges: int = 0
    accepted: int = 0
    rejected: int = 0
    failures: int = 0
    subsets: set[int] = field(default_factory=set)
    errors: set[str] = field(default_factory=set)

    def merge(self, other: Tally) -> None:
        """Add what another tally saw; the order of merging does not matter."""
        for id, count in other.counts.items():
            self.counts[id].merge(count)
        for name in ("exchanges", "accepted", "rejected", "failures"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.subsets |= other.subsets
        self.errors |= other.errors

    def to_json(self) -> dict[str, Any]:
        """The tally as JSON, to travel between processes."""
        return {
            "counts": {id: count.to_json() for id, count in self.counts.items()},
            "numbers": [self.exchanges, self.accepted, self.rejected, self.failures],
            "subsets": sorted(self.subsets),
            "errors": sorted(self.errors),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Tally:
        """Read what :meth:`to_json` wrote."""
        exchanges, accepted, rejected, failures = document["numbers"]
        entries = {id: Count.from_json(entry) for id, entry in document["counts"].items()}
        counts = defaultdict(Count, entries)
        subsets, errors = set(document["subsets"]), set(document["errors"])
        return cls(counts, exchanges, accepted, rejected, failures, subsets, errors)
