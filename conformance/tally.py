"""What a run saw of each requirement, in numbers that add up in any order."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.presence import Presence


@dataclass(slots=True)
class Count:
    """What was seen of one requirement.

    Attributes:
        replays: how many replays there were of it: those about it, and others that violated it.
        returned: how many of these violated it.
        scenarios: whose traffic concerned it.
        example: the smallest observation against it, as a :class:`Counterexample` in JSON.
        rank: how the example compares with others; the smallest wins.
        violators: whose traffic violated it.
        faults: how many of the violations were answered with a fault of the target's own (status 5xx).
        streak: in how many replays in a row the same request of the case violated it by a fault.
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
    faults: int = 0
    streak: int = 0

    @property
    def only_faults(self) -> bool:
        """Whether all that speaks against it are faults, of which each may have been an accident."""
        return 0 < self.violated == self.faults

    def merge(self, other: Count) -> None:
        """Add what another count saw."""
        for name in ("judged", "tolerated", "violated", "replays", "returned", "faults"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.streak = max(self.streak, other.streak)
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
            "faults": [self.faults, self.streak],
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
        faults, streak = document["faults"]
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
            faults,
            streak,
        )


@dataclass(slots=True)
class Tally:
    """What was seen of all requirements, and what was sent.

    Attributes:
        elsewhere: how often something else answered in the target's place, by what it answered.
        presence: what became of each presence subset of the optional members.
    """

    counts: defaultdict[str, Count] = field(default_factory=lambda: defaultdict(Count))
    exchanges: int = 0
    accepted: int = 0
    rejected: int = 0
    failures: int = 0
    errors: set[str] = field(default_factory=set)
    elsewhere: Counter[str] = field(default_factory=Counter)
    presence: Presence = field(default_factory=Presence)

    def merge(self, other: Tally) -> None:
        """Add what another tally saw; the order of merging does not matter."""
        for id, count in other.counts.items():
            self.counts[id].merge(count)
        for name in ("exchanges", "accepted", "rejected", "failures"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.errors |= other.errors
        self.elsewhere += other.elsewhere
        self.presence.merge(other.presence)

    def to_json(self) -> dict[str, Any]:
        """The tally as JSON, to travel between processes."""
        return {
            "counts": {id: count.to_json() for id, count in self.counts.items()},
            "numbers": [self.exchanges, self.accepted, self.rejected, self.failures],
            "errors": sorted(self.errors),
            "elsewhere": dict(self.elsewhere),
            "presence": self.presence.to_json(),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Tally:
        """Read what :meth:`to_json` wrote."""
        exchanges, accepted, rejected, failures = document["numbers"]
        entries = {id: Count.from_json(entry) for id, entry in document["counts"].items()}
        counts = defaultdict(Count, entries)
        errors, elsewhere = set(document["errors"]), Counter(document["elsewhere"])
        presence = Presence.from_json(document["presence"])
        return cls(counts, exchanges, accepted, rejected, failures, errors, elsewhere, presence)
