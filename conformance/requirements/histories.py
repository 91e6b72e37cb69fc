"""What a concurrent history says: who asked for what and when, what came of it, and what was seen of it.

It holds no requirement. A history is read only as far as nothing else than concurrency can explain it: what
was before and after is known, and of a member all values that were asked for are known to be valid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

from conformance import model
from conformance.comparison import altered, contradicts, value_at
from conformance.exchange import Exchange
from conformance.observation import Observation, accepted, as_object, configurations, service_of
from conformance.sizes import offered
from conformance.validity import EXCLUDED_BY_TASK_DEFINITION, validity

Configuration = dict[str, Any]

_SWITCH = "taskDefinitionArn"
_SIZES = ("cpu", "memory")
# A proxy that gave up waiting says nothing of what became of the request.
_GAVE_UP = {408, 499}
# Times are recorded to the microsecond.
_ROUNDED = 2e-6
# Nobody would read a longer one, and it takes too long to look through.
_MOST_EXCHANGES = 100


class Fate(Enum):
    """What became of a request, as far as its answer says it."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "with unknown outcome"

    @classmethod
    def of(cls, exchange: Exchange) -> Fate:
        """What an answer says."""
        status = exchange.response.status if exchange.response else 0
        if accepted(exchange) and service_of(exchange):
            return cls.ACCEPTED
        refused = 400 <= status < 500 and status not in _GAVE_UP  # noqa: PLR2004  HTTP
        return cls.REFUSED if refused else cls.UNKNOWN


@dataclass(frozen=True, kw_only=True, eq=False)
class Update:
    """An update of a concurrent history.

    Attributes:
        members: the optional top-level members that it carries.
        valid: whether a conforming target must take it, were it alone.
        fate: what became of it.
        denied: the members that its own answer shows with other values.
    """

    exchange: Exchange
    members: dict[str, Any]
    valid: bool
    fate: Fate
    denied: frozenset[str]

    def set(self, name: str) -> bool:
        """Whether it certainly gave this member its value at some time."""
        return self.fate is Fate.ACCEPTED and name in self.members and name not in self.denied

    def may_set(self, name: str) -> bool:
        """Whether it may have given this member its value."""
        return self.fate is not Fate.REFUSED and name in self.members


@dataclass(frozen=True, kw_only=True, eq=False)
class Read:
    """A Describe of a concurrent history, and the configurations that it shows."""

    exchange: Exchange
    entries: tuple[Configuration, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class History:
    """What several clients did with one service at the same time.

    Attributes:
        exchanges: all of it, by start.
        updates: by start.
        reads: the Describes that show a configuration, by start.
        deletes: by start.
        before, after: the configurations that were shown before and after. A deployment may be in flight,
            and nobody says which of several revisions is the latest, so each of them may be it.
        members: those that can be judged, see the module.
    """

    exchanges: tuple[Exchange, ...]
    updates: tuple[Update, ...]
    reads: tuple[Read, ...]
    deletes: tuple[Exchange, ...]
    before: tuple[Configuration, ...]
    after: tuple[Configuration, ...]
    members: tuple[str, ...]

    @cached_property
    def is_stale(self) -> bool:
        """Whether the Describe after shows revisions of before only, and the updates were answered others.

        That is a Describe that lags behind, which is no matter of concurrency.
        """
        made = {revision_of(each.exchange) for each in self.updates if each.fate is Fate.ACCEPTED}
        before, after = (
            {str(entry.get("serviceRevisionArn")) for entry in entries}
            for entries in (self.before, self.after)
        )
        return bool(made) and "" not in made and after <= before and made.isdisjoint(before)

    def was(self, name: str, entry: Configuration) -> bool:
        """Whether a configuration shows a member as it may have been before."""
        found = value_at(entry, name)
        before = [value_at(each, name) for each in self.before]
        return any(value is None or found is None or not altered(name, value, found) for value in before)


def shows(entry: Configuration, name: str, value: Any) -> bool:
    """Whether a configuration shows a member with this value; what is absent contradicts nothing."""
    return not contradicts(name, value, value_at(entry, name))


def end_of(exchange: Exchange) -> float:
    """When it was answered, at the latest."""
    return exchange.started + exchange.elapsed + _ROUNDED


def revision_of(exchange: Exchange) -> str:
    """The service revision that an update was answered; empty if it was none."""
    revision = as_object(service_of(exchange).get("targetConfiguration")).get("serviceRevisionArn")
    return revision if isinstance(revision, str) else ""


@lru_cache(maxsize=8)
def history_of(observation: Observation) -> History:
    """The history of an observation."""
    exchanges, before = observation.history, _shown(observation.before)
    updates = tuple(_update(observation, each) for each in _of(model.OPERATION, exchanges))
    described = [Read(exchange=each, entries=_shown(each)) for each in _of(model.DESCRIBE, exchanges)]
    return History(
        exchanges=exchanges,
        updates=updates,
        reads=tuple(each for each in described if each.entries),
        deletes=_of(model.DELETE, exchanges),
        before=before,
        after=_shown(observation.after),
        members=tuple(_judged(observation, updates, before)),
    )


def race_of(observation: Observation) -> History | None:
    """The history, if nobody deleted the service, and its configuration was shown before and after."""
    if len(observation.history) > _MOST_EXCHANGES:
        return None
    history = history_of(observation)
    return history if history.before and history.after and not history.deletes else None


def _of(operation: str, exchanges: Iterable[Exchange]) -> tuple[Exchange, ...]:
    return tuple(each for each in exchanges if each.request.operation == operation)


def _shown(exchange: Exchange | None) -> tuple[Configuration, ...]:
    return tuple(configurations(service_of(exchange)))


def _update(observation: Observation, exchange: Exchange) -> Update:
    alone = Observation(
        exchange=exchange,
        service=observation.service,
        task_definitions=observation.task_definitions,
        before=observation.before,
    )
    members = {name: value for name, value in alone.request.items() if name in model.operation().optional}
    return Update(
        exchange=exchange,
        members=members,
        valid=validity(alone).valid,
        fate=Fate.of(exchange),
        denied=frozenset(name for name in members if not shows(alone.target, name, members[name])),
    )


def _judged(
    observation: Observation, updates: tuple[Update, ...], before: tuple[Configuration, ...]
) -> Iterator[str]:
    """The members of which it is known what these updates may lead to, whatever their order."""
    effective = [each for each in updates if each.fate is not Fate.REFUSED]
    doubtful = {_SWITCH, *(name for each in effective if not each.valid for name in each.members)}
    customer = observation.service.customer if observation.service else None
    if customer is not False or any(_SWITCH in each.members for each in effective):
        doubtful.update(EXCLUDED_BY_TASK_DEFINITION)
    if not _sizes_fit(effective, before):
        doubtful.update(_SIZES)
    asked = {name for each in updates for name in each.members}
    yield from sorted(asked - doubtful)


def _sizes_fit(updates: Iterable[Update], before: Iterable[Configuration]) -> bool:
    """Whether all sizes that may meet go with each other: else one may be made to fit the other."""
    known = [*before, *(each.members for each in updates)]
    cpus, memories = ([each[name] for each in known if name in each] for name in _SIZES)
    return all(offered(dict(zip(_SIZES, pair, strict=True))) for pair in product(cpus, memories))
