"""Updates by callers whom a target should refuse: signed wrongly, or not allowed by any policy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from conformance import model
from conformance.exchange import Exchange
from conformance.observation import accepted
from conformance.scenarios.bench import Bench
from conformance.scenarios.scenario import Effort, Scenario, Value
from conformance.signing import BAD_SIGNATURE, RESTRICTED, UNSIGNED, WRONG_WAYS
from conformance.wire import awsjson
from strategies.baselines import baseline
from strategies.pools import ValuePools
from strategies.updates import members

_EVERYONE = (*WRONG_WAYS, RESTRICTED)


def _all(_effort: Effort) -> Sequence[list[str]]:
    return [list(_EVERYONE)]


def _cases(pools: ValuePools, callers: list[str] | None) -> st.SearchStrategy[Value]:
    """One caller of these, or of all."""
    one = st.sampled_from(callers or _EVERYONE)
    update = members(["healthCheckPath"], pools=pools)
    return st.fixed_dictionaries({"members": update, "callers": one.map(lambda caller: [caller])})


def _send(bench: Bench, case: Value) -> None:
    """Two valid updates in turn; whoever is to be refused asks for the one that is not so already."""
    arn = bench.service()
    back = {name: value for name, value in baseline(bench.pools).items() if name in case["members"]}
    bodies = [{"serviceArn": arn, **update} for update in (case["members"], back)]
    twins = [bench.update(arn, update) for update in (case["members"], back)]
    if not all(map(accepted, twins)):
        return
    bench.describe(arn)
    wanted, answers = 0, dict[str, Exchange]()
    for caller in _with_witnesses(case["callers"]):
        if caller not in bench.callers or (caller in WRONG_WAYS and _anybody_may(answers)):
            continue
        if caller == RESTRICTED:
            _as(bench, caller, model.DESCRIBE, {"serviceArn": arn})
        answers[caller] = _as(bench, caller, model.OPERATION, bodies[wanted], twins[wanted])
        bench.describe(arn)
        if accepted(answers[caller]):
            wanted = 1 - wanted


def _with_witnesses(callers: Sequence[str]) -> Iterator[str]:
    """The callers, each after another one who shows whether the target checks signatures at all."""
    sent = set()
    for caller in callers:
        witness = BAD_SIGNATURE if caller == UNSIGNED else UNSIGNED
        if witness not in sent:
            yield witness
        yield caller
        sent |= {witness, caller}


def _anybody_may(answers: dict[str, Exchange]) -> bool:
    """Whether the target is seen to check no signatures: then other wrong ones say nothing more."""
    return all(accepted(answers.get(caller)) for caller in (UNSIGNED, BAD_SIGNATURE))


def _as(
    bench: Bench, caller: str, operation: str, body: dict[str, Any], twin: Exchange | None = None
) -> Exchange:
    return bench.send_raw(replace(awsjson(operation, body), caller=caller), twin=twin)


AUTHORISATION = Scenario(
    id="authorisation",
    title="Updates signed wrongly and by a caller without permission, each after its valid twin.",
    strategy=_cases,
    items=_all,
    place=lambda case, callers: {**case, "callers": callers},
    steps=_send,
    cases={"smoke": 1, "standard": 9, "exhaustive": 40},
    exercises=("auth",),
    order=65,
)
