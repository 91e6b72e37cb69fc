"""The scenarios that ask: all tries of the questions, each a test case; what leads nowhere comes last."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import count
from operator import itemgetter
from typing import Any

from hypothesis import strategies as st

from conformance.budget import Budget
from conformance.questions import QUESTIONS
from conformance.questions.material import SCENARIO
from conformance.questions.question import Recipe
from conformance.questions.steps import play
from conformance.scenarios.scenario import Effort, Scenario, Value

LAST = f"{SCENARIO}-last"
_SHARE = 0.4
"""Of the accepted updates of a budget, the part that questions may use before requirements are asked."""
_SLACK = 6
"""So many more may be used by what should be refused, and is not."""

_ENDING = 2
"""A last case takes two updates, for a way and the way back; and where it begins, one has to be left beside
them, for the end of the service's life."""


def share(budget: Budget) -> int:
    """How many accepted updates of a budget are for the questions that have tries of their own."""
    return int(budget.accepted_updates * _SHARE)


def cases(chosen: Iterable[str], *, last: bool) -> list[Value]:
    """The test cases of the chosen questions, in the order in which they are best sent.

    First what should be refused and costs nothing, in the order of the questions. Then what costs an update:
    one for each question, then a second one for each that has two, and so on.
    """
    wanted = {*chosen}
    found: list[tuple[int, Value]] = []
    for question in QUESTIONS.values():
        if question.id in wanted and question.last is last:
            dear = count(1)
            for label, recipe in question.tries.items():
                case = {"question": question.id, "try": label, **recipe}
                found.append((next(dear) if case.get("dear") else 0, case))
    return [case for _, case in sorted(found, key=itemgetter(0))]


def script(chosen: Collection[str], budget: Budget) -> Mapping[str, Sequence[Value]]:
    """By scenario, the cases of a run with a budget; each says how many updates it has to leave to others."""
    last = cases(chosen, last=True)
    left = max(0, budget.accepted_updates - 1 - share(budget) + (_ENDING if last else 0))
    found = {SCENARIO: [_placed(case, left) for case in cases(chosen, last=False)]}
    found[LAST] = [_placed(case, _ENDING) for case in last]
    return {id: listed for id, listed in found.items() if listed}


def _placed(case: Value, left: int) -> Value:
    leave = left if case.get("dear") else max(0, left - _SLACK)
    return {"item": _name(case), "value": {**case, **({"leave": leave} if leave else {})}}


def _name(case: Recipe) -> str:
    return f"{case['question']}: {case['try']}"


def around(others: Iterable[Scenario], chosen: Collection[str]) -> list[Scenario]:
    """Other scenarios between those that ask these questions; none that would have no case."""
    first, last = (cases(chosen, last=each) for each in (False, True))
    before = [_scenario(ASKED, first)] if first else []
    after = [_scenario(ASKED_LAST, last)] if last else []
    return [*before, *others, *after]


def _scenario(scenario: Scenario, listed: Sequence[Value]) -> Scenario:
    by_name = {_name(case): case for case in listed}

    def items(_effort: Effort) -> Sequence[Any]:
        return tuple(by_name)

    return replace(scenario, items=items, strategy=lambda _pools, name: st.just(by_name[name]))


def _blank(id: str, title: str, order: int) -> Scenario:
    return Scenario(
        id=id,
        title=title,
        strategy=lambda _pools, _name: st.just({}),
        steps=play,
        cases={"smoke": 1, "standard": 1, "exhaustive": 1},
        exercises=("*",),
        order=order,
    )


ASKED = _blank(SCENARIO, "What no document answers, asked bit by bit.", 4)
ASKED_LAST = _blank(LAST, "What no document answers, and nothing may lead back from.", 95)
