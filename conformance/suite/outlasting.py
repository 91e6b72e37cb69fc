"""What outlasts the service that ECS made it for: waited for, as ECS takes it down itself, and then deleted.

What others use is no leftover and is never deleted. A load balancer that nobody seems to use may be about to
get its next service; so it, its listener and its security group are deleted only where no Express service is
listed.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.suite.account import ASKING, Account, code_of, in_short, is_gone
from conformance.suite.managed import KINDS, Managed, is_there
from conformance.suite.sharing import SHARED, balancers_of, express_services, is_shared

_FIRST_PAUSE, _LONGEST_PAUSE = 0.2, 30.0
# Elastic Load Balancing lets go of a security group a while after the load balancer is deleted.
_RELEASE_SECONDS = 180.0
_IN_USE = {"DependencyViolation", "ResourceInUse", "ResourceInUseException"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long to wait for ECS to take down what it made.

    Attributes:
        seconds: after a service was deleted.
        since: when that was, in epoch seconds, by run.
    """

    seconds: float
    since: Mapping[str, float] = field(default_factory=dict)

    def ends(self, each: Managed) -> float:
        """When ECS has had its time; for what was found by its name or tag alone, it has had it already."""
        return max(each.noted_at, self.since.get(each.run, 0.0)) + self.seconds


class _Looking:
    """Looks for what ECS made, and remembers what it could not look for.

    Args:
        account: where.
        own: the ARNs of all of it.
    """

    def __init__(self, account: Account, own: Collection[str]) -> None:
        self._account, self._own = account, own
        self.problems: dict[str, str] = {}

    def outlasts(self, each: Managed) -> bool:
        """Whether something is there and is used by nobody else."""
        try:
            return is_there(self._account, each) and not is_shared(self._account, each, self._own)
        except ASKING as error:
            self.problems[each.arn] = f"Nobody could look for the {each.kind} {each.name}: {in_short(error)}."
            return False


def delete(
    account: Account,
    made: Sequence[Managed],
    patience: Patience,
    *,
    tell: Callable[[str], None],
    left: Callable[[str], None],
) -> list[str]:
    """Wait until what ECS made is gone, and delete what is not; what stands against it, a sentence for each.

    Args:
        account: where.
        made: what ECS made for services that are gone.
        patience: how long to wait.
        tell: told each thing that is deleted.
        left: told the name of each thing that was not gone in time.
    """
    looking = _Looking(account, {each.arn for each in made})
    outlasting = _awaited(looking, made, patience)
    for each in outlasting:
        left(f"{each.kind} {each.name}")
    problems = list(_removed(account, looking, outlasting, tell))
    return [*looking.problems.values(), *problems]


def _awaited(looking: _Looking, made: Sequence[Managed], patience: Patience) -> list[Managed]:
    """Ask with growing pauses; what is there when ECS has had its time."""
    pause, there = _FIRST_PAUSE, list(made)
    while True:
        there = [each for each in there if looking.outlasts(each)]
        if all(time.time() >= patience.ends(each) for each in there):
            return there
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)


def _removed(
    account: Account, looking: _Looking, outlasting: Sequence[Managed], tell: Callable[[str], None]
) -> Iterator[str]:
    order = list(KINDS)
    for each in sorted(outlasting, key=lambda each: order.index(each.kind)):
        if not looking.outlasts(each):  # it went with something before it
            continue
        try:
            if (
                each.kind in SHARED
                and any(balancers_of(account, each))
                and (others := express_services(account))
            ):
                yield (
                    f"The {each.kind} {each.name} is still there. Nobody uses it, but there are Express "
                    f"services ({len(others)}) that may be about to: delete it yourself if they are not."
                )
                continue
            _delete_patiently(account, each)
            tell(f"deleted: {each.kind} {each.name}")
        except ASKING as error:
            if not is_gone(error):
                yield f"The {each.kind} {each.name} is still there: {in_short(error)}."


def _delete_patiently(account: Account, each: Managed) -> None:
    """Delete something, also if what used it lets go of it only by and by."""
    deadline, pause = time.monotonic() + _RELEASE_SECONDS, _FIRST_PAUSE
    while True:
        try:
            KINDS[each.kind].delete(account, each)
        except ASKING as error:
            if code_of(error) not in _IN_USE or time.monotonic() >= deadline:
                raise
        else:
            return
        time.sleep(pause)
        pause = min(2 * pause, _LONGEST_PAUSE)
