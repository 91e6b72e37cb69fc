"""Programs: sequences of commands about several services, written by state machines that send nothing.

A rule of such a machine appends one command to the program and changes the machine's idea of what there is
then. Services have names of their own in a program; whoever carries it out gives them ARNs. So a program is
plain JSON: it can be recorded, sent again, and shrunk by leaving commands out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from itertools import combinations
from typing import Any, ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, precondition, rule

from strategies.domains import Domain, builds, choices
from strategies.pools import ANYWHERE, ValuePools
from strategies.updates import EXCLUDED_BY_TASK_DEFINITION, TASK_DEFINITION, known_members, member_domain

HOME, SECOND = "home", "second"
"""The clusters of a program: that of the run, and another one."""
PLACES = ((HOME, "web"), (SECOND, "web"), (HOME, "api"))
"""Cluster and name of the services of a program."""

Update = dict[str, Any]
_SWITCH = "taskDefinitionArn"
_MOST_MEMBERS = 3
_AFTERLIFE = 3  # commands from the one that creates the only service again


def _drawn(attribute: str) -> st.SearchStrategy[Any]:
    """What a strategy draws that is an attribute of the machine."""
    return st.runner().flatmap(lambda machine: getattr(machine, attribute))


class Programs(RuleBasedStateMachine):
    """A state machine that writes a program.

    It draws beforehand how long the program is to be. For Hypothesis it is simpler to go on than to stop, so
    programs that all had the full length would not be shrunk where the simplest of these fails.

    Attributes:
        length: how many commands a program has at the most, but for those that come in pairs.
        program: the commands so far.
        planned: how many there are to be.
    """

    length: ClassVar[int] = 8

    def __init__(self) -> None:
        super().__init__()
        self.program: list[dict[str, Any]] = []
        self.planned = self.length

    @property
    def complete(self) -> bool:
        """Whether the program is as long as it was to be."""
        return len(self.program) >= self.planned

    @initialize(planned=_drawn("lengths"))
    def plan(self, planned: int) -> None:
        """How long the program is to be."""
        self.planned = planned

    @property
    def lengths(self) -> st.SearchStrategy[int]:
        """From half of the full length to that, which half of the programs have."""
        some = range((self.length + 1) // 2, self.length)
        return st.sampled_from([*some, *[self.length] * max(1, len(some))])

    @precondition(lambda self: self.complete)
    @rule()
    def rest(self) -> None:
        """Nothing more."""


class ServicePrograms(Programs):
    """Create, update, describe, delete and create again, for as many services as there are places.

    The domain: first there are two services, or the one that there is a place for. Every update is valid,
    whatever came before it, but for those of a deleted service, of which there are some. One service of a
    program is deleted and created again under its name at the most, for that takes as long as the target
    needs to let it go; towards the end of a program of one service that is what happens to it. One service at
    the most gets a customer's task definition, in a program of one service the one that was created again:
    less is known of it then.

    Shrinks to few commands about few services, whose updates have few members. A step is five choices at the
    most, since Hypothesis leaves out no more at a time.

    Attributes:
        places: where there may be services; the first ones are taken first.
        updates: the members of an update, and whether all other services are looked at before and after it.
        late_updates: the members of an update that comes too late, or none.
    """

    places: ClassVar[Sequence[tuple[str, str]]] = PLACES
    updates: ClassVar[st.SearchStrategy[tuple[Update, bool]]]
    late_updates: ClassVar[st.SearchStrategy[Update]]

    alive: Bundle[str] = Bundle("alive")
    deleted: Bundle[str] = Bundle("deleted")

    def __init__(self) -> None:
        super().__init__()
        self.created = 0
        self.recreated = False
        self.switched: set[str] = set()
        self.gone: set[str] = set()

    @property
    def due(self) -> bool:
        """Whether it is time to create the only service again."""
        late = len(self.program) >= self.planned - _AFTERLIFE
        return late and not self.complete and self.created == len(self.places) == 1 and not self.recreated

    @property
    def ready(self) -> bool:
        """Whether there are services enough for more than Create."""
        return self.created >= min(2, len(self.places)) and not self.due and not self.complete

    @property
    def changed(self) -> bool:
        """Whether the last commands, more than one, may have changed something without a look at it."""
        return {command["do"] for command in self.program[-2:]} <= {"update", "delete"}

    @property
    def updated(self) -> bool:
        """Whether the last command was an update of a service that is still there."""
        last = self.program[-1]
        return last["do"] == "update" and last["service"] not in self.gone

    def _do(self, what: str, service: str, **details: Any) -> None:
        self.program.append({"do": what, "service": service, **details})

    @precondition(lambda self: self.created < len(self.places) and not self.complete)
    @rule(target=alive, bare=st.sampled_from((True, True, False)))
    def create(self, bare: bool) -> str:
        """A service at the next place: with no more than lets it take any update, or with all members."""
        cluster, name = self.places[self.created]
        self.created += 1
        service = f"service-{self.created}"
        self._do("create", service, cluster=cluster, name=name, bare=bare)
        return service

    @precondition(lambda self: self.ready)
    @rule(service=alive, update=_drawn("updates"))
    def update(self, service: str, update: tuple[Update, bool]) -> None:
        """An update of some members."""
        self._update(service, *update)

    @precondition(lambda self: self.ready and self.updated)
    @rule(update=_drawn("updates"))
    def update_again(self, update: tuple[Update, bool]) -> None:
        """An update of the service that was updated last."""
        self._update(self.program[-1]["service"], *update)

    def _update(self, service: str, update: Update, watched: bool) -> None:
        # How a service leaves a customer's task definition is not documented.
        barred = EXCLUDED_BY_TASK_DEFINITION if service in self.switched else ()
        carried = {name: value for name, value in update.items() if name not in barred}
        if carried:
            self._do("update", service, members=carried, watched=watched)

    @precondition(lambda self: self.ready and not self.switched and _SWITCH in known_members())
    @precondition(lambda self: self.recreated or len(self.places) > 1)
    @rule(service=alive)
    def adopt(self, service: str) -> None:
        """An update to a task definition of the customer's."""
        self.switched.add(service)
        self._do("update", service, members={_SWITCH: TASK_DEFINITION}, watched=False)

    @precondition(lambda self: self.ready and self.changed)
    @rule(service=st.one_of(alive, deleted))
    def describe(self, service: str) -> None:
        """A look at a service, in whatever state."""
        self._do("describe", service)

    @precondition(lambda self: self.due or (self.ready and self.updated and self.created > 1))
    @precondition(lambda self: not self.recreated)
    @rule(service=alive)
    def recreate(self, service: str) -> None:
        """Delete a service, and create it once more as it was created before."""
        self.recreated = True
        self.switched.discard(service)
        self._do("recreate", service)

    @precondition(lambda self: self.ready and len(self.bundles["alive"]) > 1)
    @rule(target=deleted, service=consumes(alive), late=_drawn("late_updates"))
    def delete(self, service: str, late: Update) -> str:
        """Delete a service that is not the last one, perhaps with an update that comes too late."""
        self.gone.add(service)
        self._do("delete", service)
        if late:
            self._do("update", service, members=late, watched=False)
        return service


def service_programs(
    *, pools: ValuePools = ANYWHERE, places: Sequence[tuple[str, str]] = PLACES, length: int = 8
) -> type[ServicePrograms]:
    """A machine for :class:`ServicePrograms` of that length, at these places, with values of these pools."""
    updates = _updates(pools)
    late = builds(lambda update, sent: update if sent else {}, updates, choices((False, True)))
    watched = builds(lambda update, seen: (update, seen), updates, choices((False, True)))
    attributes = {"updates": watched.strategy(), "late_updates": late.strategy()}
    return type("ServicePrograms", (ServicePrograms,), {"places": places, "length": length, **attributes})


@cache
def _updates(pools: ValuePools) -> Domain[Update]:
    """Updates of up to three members or of all; the simplest is that of the first one.

    What the values are matters less than that they differ: a number stands for one value of each member.
    """
    names = [name for name in known_members() if name != _SWITCH]
    some = [subset for size in range(1, _MOST_MEMBERS + 1) for subset in combinations(names, size)]
    subsets = (*some, tuple(names))

    def build(subset: tuple[str, ...], variant: int) -> Update:
        return {name: value for name in subset for name, value in _variant(name, variant, pools).items()}

    return builds(build, choices(subsets), choices(range(256)))


def _variant(name: str, number: int, pools: ValuePools) -> Update:
    """An update of one member, with the value of a number; that of 0 is the simplest one."""
    domain = member_domain((name,), pools, True)
    seed = hashlib.shake_256(f"{number}/{name}".encode()).digest(domain.width)
    return domain.decode(seed if number else bytes(domain.width))
