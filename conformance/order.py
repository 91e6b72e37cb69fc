"""How a scenario is to be run."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

from conformance.exploring import Value
from conformance.scenarios import Effort
from conformance.tally import Tally

Measure = Callable[[Value, int, frozenset[str]], None]
"""Told of a test case, the number of its accepted updates, and the ids of what it judged."""

# Topics of which a violation leaves the service what its requests say; any other one may have spoilt it.
_HARMLESS = (
    "boto3/",
    "envelope/",
    "error/",
    "ingress/",
    "operation/",
    "response-",
    "revision/",
    "semantics/",
)
# Topics of which a violation is seen in what the service has afterwards: from there on, that is what it has.
_DESCRIBED = ("keep/", "merge/", "preserve/", "reflect/", "show/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """How a scenario is to be run.

    Attributes:
        effort: the size of the budget.
        seed: of the whole run; each scenario derives its own from it.
        only: the ids to judge; None for all.
        known: the ids of known deviations: counted, never shrunk, and seldom a reason for a new service.
        convicted: ids that earlier scenarios of this process convicted already.
        enough: asked after each test case of a survey whether what was seen will do; then it ends early.
        script: by scenario, the cases to send instead of drawing any, for sources and for scenarios that
            probe apart; then nothing is searched for either: a case that violates a requirement is replayed
            where the budget has room for it, and stands.
        measure: told of each test case how many updates in it were accepted, and what it judged.
    """

    effort: Effort
    seed: int
    only: Collection[str] | None = None
    known: Collection[str] = ()
    convicted: set[str] = field(default_factory=set)
    enough: Callable[[Tally], bool] | None = None
    script: Mapping[str, Sequence[Value]] | None = None
    measure: Measure | None = None


def spoils(id: str, *, known: bool) -> bool:
    """Whether a service is given up for a violation; for a known one, which may be frequent, seldom."""
    return not id.startswith((*_HARMLESS, *_DESCRIBED) if known else _HARMLESS)
