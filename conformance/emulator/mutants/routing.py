"""A request that is not quite one for Update is taken for one, or Update is not known at times."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from conformance import model
from conformance.emulator.errors import unknown_operation
from conformance.emulator.mutants.mutant import Mutant, Proceed, mutant, named
from conformance.emulator.records import Members
from conformance.emulator.routing import PREFIX, Router
from conformance.emulator.validation import Rules

Line = tuple[str, str, str]
"""The method, the path and the target of a request."""


def _taken(name: str, words: str, question: str, instead: Callable[[str, str, str], Line]) -> Mutant:
    def fault(proceed: Proceed, _: Router, method: str, path: str, target: str) -> Any:
        return proceed(method, path, target) or proceed(*instead(method, path, target))

    sentence = f"A request {words} is taken for what it would be otherwise."
    return mutant(Router, "operation", f"protocol/{question}")(named(name, sentence, fault))


def _spelt_as_modelled(method: str, path: str, target: str) -> Line:
    wanted = model.target_header(model.OPERATION)
    return method, path, wanted if target.lower() == wanted.lower() else target


TAKEN = [
    _taken("any-method-will-do", "by another method", "method", lambda _, *rest: ("POST", *rest)),
    _taken("any-path-will-do", "to another path", "path", lambda method, _, target: (method, "/", target)),
    _taken("any-letter-case-will-do", "in another letter case", "target-case", _spelt_as_modelled),
    _taken(
        "any-prefix-will-do",
        "with the target of another service",
        "foreign-target",
        lambda method, path, target: (method, path, PREFIX + target.rpartition(".")[2]),
    ),
    _taken(
        "update-is-the-default",
        "for Update that does not say so",
        "no-target",
        lambda method, path, target: (method, path, target or model.target_header(model.OPERATION)),
    ),
]


@mutant(Rules, "update", "operation/supported")
def update_of_the_role_is_unknown(proceed: Proceed, _: Rules, request: Members) -> Any:
    """An update with executionRoleArn is answered as if there were no such operation."""
    if "executionRoleArn" in request:
        raise unknown_operation()
    return proceed(request)
