"""Which test cases to send where accepted updates are dear: those that judge most for what they cost."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from math import inf


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A test case, or a part of one, that may be sent.

    Attributes:
        id: unique.
        judges: the ids of the requirements that it would judge.
        cost: the updates in it that would be accepted.
        needs: the ids of the candidates that must be sent before it.
    """

    id: str
    judges: frozenset[str]
    cost: int
    needs: tuple[str, ...] = ()


def choose(
    candidates: Sequence[Candidate], *, budget: int, judged: Collection[str] = (), seed: int = 0
) -> list[str]:
    """The ids of the candidates to send, in the order in which they were chosen.

    Greedy: again and again the candidate that, with all it needs, judges the most requirements which nothing
    judges yet, for each accepted update. That a larger budget judges no less, and that one dear candidate
    does not lose against many cheap ones, is made sure of: the best result of all smaller budgets stands, and
    that of the best single candidate. Without needs this judges at least about a third of what any choice
    could (Khuller, Moss and Naor, The budgeted maximum coverage problem, 1999).

    Args:
        candidates: to choose from; their ids are unique, and no two need each other.
        budget: of accepted updates.
        judged: the ids that are judged already, whatever is chosen.
        seed: decides between candidates that are equally good.
    """
    greedy = _Greedy(candidates, judged, seed)
    best, most = list[str](), 0
    # Where there is enough for everything, nothing can be better than to take all that adds something.
    enough = budget >= sum(candidate.cost for candidate in candidates)
    for limit in (budget,) if enough else range(budget + 1):
        for by_number in (False, True):
            chosen, number = greedy.chosen(limit, by_number=by_number)
            if number > most:
                best, most = chosen, number
    return best


def free_beside(candidates: Sequence[Candidate], chosen: Sequence[str]) -> list[str]:
    """The ids of the candidates that cost nothing more once the chosen ones are sent."""
    sent = {*chosen}
    found: list[str] = []
    for candidate in candidates:
        says = candidate.judges and not candidate.cost
        if says and candidate.id not in sent and sent.issuperset(candidate.needs):
            sent.add(candidate.id)
            found.append(candidate.id)
    return found


class _Greedy:
    """Greedy choices. Sets of requirements are numbers here, with a bit for each."""

    def __init__(self, candidates: Sequence[Candidate], judged: Collection[str], seed: int) -> None:
        known = {candidate.id: candidate for candidate in candidates}
        ids = sorted({id for candidate in candidates for id in candidate.judges}.difference(judged))
        bits = {id: 1 << place for place, id in enumerate(ids)}
        self._judges = {each.id: sum(bits[id] for id in each.judges if id in bits) for each in candidates}
        self._cost = {each.id: each.cost for each in candidates}
        self._groups = {id: _with_needs(known, id) for id in sorted(known, key=partial(_drawn, seed))}

    def chosen(self, budget: int, *, by_number: bool) -> tuple[list[str], int]:
        """What is chosen, and how many requirements it judges.

        Args:
            budget: of accepted updates.
            by_number: whether the first one is to judge the most, whatever it costs; else for each update.
        """
        chosen: dict[str, None] = {}
        judged, left = 0, budget
        while (best := self._best(chosen, judged, left, by_number=by_number and not chosen)) is not None:
            left -= sum(self._cost[id] for id in best)
            judged = self._with(judged, best)
            chosen.update(dict.fromkeys(best))
        return list(chosen), judged.bit_count()

    def _best(self, chosen: Collection[str], judged: int, left: int, *, by_number: bool) -> list[str] | None:
        """The candidate to choose next, after all that it needs; None if none adds anything."""
        best, found = (0.0, 0), None
        for group in self._groups.values():
            lacking = [id for id in group if id not in chosen]
            cost = sum(self._cost[id] for id in lacking)
            gain = self._with(judged, lacking).bit_count() - judged.bit_count()
            if gain and cost <= left:
                worth = gain if by_number else gain / cost if cost else inf
                if (worth, gain) > best:
                    best, found = (worth, gain), lacking
        return found

    def _with(self, judged: int, ids: Iterable[str]) -> int:
        for id in ids:
            judged |= self._judges[id]
        return judged


def _with_needs(known: Mapping[str, Candidate], id: str) -> list[str]:
    """A candidate after all that it needs."""
    found: list[str] = []
    for needed in known[id].needs:
        found += [other for other in _with_needs(known, needed) if other not in found]
    return [*found, id]


def _drawn(seed: int, id: str) -> bytes:
    """Something that is as if drawn, for each candidate and seed."""
    return hashlib.sha256(f"{seed}/{id}".encode()).digest()
