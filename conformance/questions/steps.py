"""What is sent for a question. A case is plain JSON; its ``do`` names one of the steps here.

Whatever differs from a valid update by a change is sent after that update was accepted, so that a refusal has
one reason, and costs next to nothing. The steps know nothing of answers.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

from conformance import model
from conformance.exceptions import BudgetError
from conformance.exchange import Exchange
from conformance.observation import (
    accepted,
    configurations,
    is_deploying,
    rejected,
    service_of,
)
from conformance.questions.question import Recipe
from conformance.scenarios.bench import Bench
from conformance.scenarios.protocol import raw_request
from conformance.scenarios.task_definitions import wrong_task_definition
from conformance.wire import awsjson
from strategies.baselines import baseline
from strategies.identities import MISSING, apply
from strategies.updates import TASK_DEFINITION

_ARN = "serviceArn"
_TWIN, _LATEST, _FLEXIBLE = "twin", "latest", "flexible"
_LOOKS, _PAUSE = 5, 0.5  # seconds
GONE = "(gone)"
"""Takes the place of a value: the member is left out."""


def play(bench: Bench, case: Recipe) -> None:
    """Send what a case says; nothing where the budget has no room for it.

    A budget that is spent in mid-case ends the case and not the scenario: what costs nothing is still asked.
    """
    if case.get("leave", 0) and bench.updates_left <= case["leave"] and case["do"] in _COSTING:
        return
    with suppress(BudgetError):
        _STEPS[case["do"]](bench, case)


def _members(bench: Bench) -> dict[str, Any]:
    return baseline(bench.pools)


def _twin(bench: Bench) -> Exchange | None:
    """The valid update that others differ from; None if the target does not accept it."""
    if _TWIN not in bench.notes:
        arn = bench.service()
        exchange = bench.observe(arn, _members(bench))
        if accepted(exchange):
            bench.notes[_TWIN] = bench.notes[_LATEST] = exchange
            if bench.settle(arn, exchange):
                del bench.notes[_LATEST]
    return bench.notes.get(_TWIN)


def _sent(bench: Bench, send: Callable[[], Exchange]) -> Exchange:
    """Send between two Describes; once more, where a deployment may be the reason of a refusal."""
    arn = bench.service()
    described = bench.describe(arn)
    exchange = send()
    if accepted(exchange) and is_deploying(described):
        bench.notes[_FLEXIBLE] = exchange
    if rejected(exchange) and is_deploying(described) and _FLEXIBLE not in bench.notes:
        latest = bench.notes.pop(_LATEST, None)
        if latest is not None and bench.settle(arn, latest):
            exchange = send()
    if accepted(exchange):
        bench.notes[_LATEST] = exchange
    bench.describe(arn)
    return exchange


def _vary(bench: Bench, case: Recipe) -> None:
    """The valid update with other values at some paths."""
    twin = _twin(bench)
    if twin is None:
        return
    members = _members(bench)
    for path, value in case["changes"].items():
        _put(members, path, value)
    _sent(bench, lambda: bench.update(bench.service(), members, twin=twin))


def _put(members: dict[str, Any], path: str, value: Any) -> None:
    *way, last = path.split(".")
    holder: Any = members
    for name in way:
        holder = holder.setdefault(name, {})
    if value == GONE:
        holder.pop(last, None)
    else:
        holder[last] = copy.deepcopy(value)


def _update(bench: Bench, case: Recipe) -> None:
    """A valid update with these members alone, of a service with known values."""
    if _twin(bench) is not None:
        _sent(bench, lambda: bench.update(bench.service(), case["members"]))


def _extend(bench: Bench, case: Recipe) -> None:
    """An update with these members alone, which may well be refused."""
    twin = _twin(bench)
    if twin is not None:
        members = {**case["members"], **{name: _members(bench)[name] for name in case.get("with", ())}}
        _sent(bench, lambda: bench.update(bench.service(), members, twin=twin))


def _task_definition(bench: Bench, case: Recipe) -> None:
    """An update to a task definition with a defect."""
    twin = _twin(bench)
    if twin is not None:
        wrong = wrong_task_definition(bench, case["variant"])
        _sent(bench, lambda: bench.update(bench.service(), {"taskDefinitionArn": wrong}, twin=twin))


def _there_and_back(bench: Bench, _case: Recipe) -> None:
    """To a customer's task definition, and back to a container."""
    twin = _twin(bench)
    if twin is None:
        return
    there = _sent(bench, lambda: bench.update(bench.service(), {"taskDefinitionArn": TASK_DEFINITION}))
    if accepted(there):
        _sent(bench, lambda: bench.update(bench.service(), _members(bench), twin=twin))


def _update_as(bench: Bench, case: Recipe) -> None:
    """The valid update of something that is not the service."""
    twin = _twin(bench)
    if twin is not None:
        bench.update(apply(case["identity"], bench.service()), _members(bench), twin=twin)


def _describe_as(bench: Bench, case: Recipe) -> None:
    wrong = apply(case["identity"], bench.service())
    bench.send(model.DESCRIBE, {} if wrong is MISSING else {_ARN: wrong})


def _describe(bench: Bench, case: Recipe) -> None:
    bench.send(model.DESCRIBE, {_ARN: bench.service(), **case["members"]})


def _delete_as(bench: Bench, case: Recipe) -> None:
    """Delete what cannot be there: the name begins with that of the run's own service."""
    arn = f"{bench.service()}-unknown"
    wrong = apply(case["identity"], arn) if "identity" in case else arn
    bench.send(model.DELETE, {} if wrong is MISSING else {_ARN: wrong})


def _raw(bench: Bench, case: Recipe) -> None:
    twin = _twin(bench)
    if twin is not None:
        _sent(bench, lambda: bench.send_raw(raw_request(case["raw"], twin.request.members), twin=twin))


def _caller(bench: Bench, case: Recipe) -> None:
    """A Describe by somebody else."""
    if case["caller"] in bench.callers:
        request = awsjson(model.DESCRIBE, {_ARN: bench.service()})
        bench.send_raw(replace(request, caller=case["caller"]))


def _least(bench: Bench, _case: Recipe) -> None:
    """A service with as little as possible; what it has may be shown a moment later."""
    arn = bench.service("least", least=True)
    for _ in range(_LOOKS):
        if configurations(service_of(bench.describe(arn))):
            return
        time.sleep(_PAUSE)


def _create(bench: Bench, case: Recipe) -> None:
    """Create as little as possible, with these members changed."""
    changes: Mapping[str, Any] = case["changes"]
    if "taskDefinitionArn" in changes:
        changes = {**changes, "taskDefinitionArn": bench.task_definition()}
    bench.try_to_create(changes)


def _create_again(bench: Bench, case: Recipe) -> None:
    """Create under the name of a service that is there, with the same members or others."""
    if not bench.creates:
        return
    name = bench.new_name()
    first = bench.try_to_create({"serviceName": name})
    if accepted(first):
        bench.try_to_create({"serviceName": name, **case["changes"]}, twin=first)


def _life(bench: Bench, _case: Recipe) -> None:
    """Delete a service of its own while a deployment runs; then ask for all that a deleted one may refuse."""
    if not bench.creates:
        return
    arn, members = bench.service("mortal"), {"healthCheckPath": "/conformance/last"}
    twin = bench.observe(arn, members)
    bench.delete(arn)
    bench.update(arn, members, twin=twin)
    bench.describe(arn)
    bench.send(model.DELETE, {_ARN: arn})
    if bench.await_inactive(arn):
        bench.update(arn, members, twin=twin)
        bench.send(model.DELETE, {_ARN: arn})
    bench.describe(arn)


_STEPS: Mapping[str, Callable[[Bench, Recipe], None]] = {
    "vary": _vary,
    "update": _update,
    "extend": _extend,
    "task-definition": _task_definition,
    "there-and-back": _there_and_back,
    "update-as": _update_as,
    "describe-as": _describe_as,
    "describe": _describe,
    "delete-as": _delete_as,
    "raw": _raw,
    "caller": _caller,
    "create-least": _least,
    "create": _create,
    "create-again": _create_again,
    "life": _life,
}
# What costs an update wherever the target accepts it.
_COSTING = frozenset(
    {"vary", "update", "extend", "task-definition", "there-and-back", "update-as", "raw", "life"}
)
