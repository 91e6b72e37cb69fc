"""Updates that are written in other ways than a client writes them: bytes, headers, method and path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import strategies as st

from conformance import model
from conformance.exchange import Request
from conformance.observation import accepted
from conformance.scenarios.bench import Bench
from conformance.scenarios.scenario import Effort, Scenario, Value
from conformance.wire import awsjson
from strategies.baselines import baseline
from strategies.pools import ValuePools
from strategies.raw import KINDS, apply, raw_cases
from strategies.updates import members

_TARGET = "X-Amz-Target"
_MOST = 13  # raw requests that share one pair of twins


def _groups(effort: Effort) -> Sequence[list[dict[str, str]]]:
    """All variants of all kinds, a few at a time; at smoke effort the first variant of each kind."""
    every = [case for case in raw_cases() if effort != "smoke" or case["variant"] == _first(case["kind"])]
    return [every[start : start + _MOST] for start in range(0, len(every), _MOST)]


def _first(kind: str) -> str:
    return KINDS[kind].variants[0]


def _cases(pools: ValuePools, group: list[dict[str, str]] | None) -> st.SearchStrategy[Value]:
    """One raw request of a group, or of all."""
    one = st.sampled_from(group or list(raw_cases()))
    return st.fixed_dictionaries(
        {"members": members(["healthCheckPath"], pools=pools), "raw": one.map(lambda case: [dict(case)])}
    )


def _send(bench: Bench, case: Value) -> None:
    """Two valid updates in turn; each raw request is one of them, and asks for what is not so already."""
    arn = bench.service()
    back = {name: value for name, value in baseline(bench.pools).items() if name in case["members"]}
    bodies = [{"serviceArn": arn, **update} for update in (case["members"], back)]
    twins = [bench.update(arn, update) for update in (case["members"], back)]
    bench.describe(arn)
    wanted = 0
    for raw in case["raw"]:
        exchange = bench.send_raw(raw_request(raw, bodies[wanted]), twin=twins[wanted])
        bench.describe(arn)
        if accepted(exchange):
            wanted = 1 - wanted
    bench.update(arn, case["members"])


def raw_request(case: Mapping[str, str], body: Mapping[str, Any]) -> Request:
    """The ordinary request for a body, written in the case's way."""
    raw = apply(case, body)
    headers = {**dict(awsjson(model.OPERATION, body).headers), **raw.headers}
    return Request(
        operation=(headers.get(_TARGET) or "").rpartition(".")[2],
        method=raw.method,
        path=raw.path,
        headers=tuple((name, value) for name, value in headers.items() if value is not None),
        body=raw.body,
    )


PROTOCOL = Scenario(
    id="protocol",
    title="Updates written in other ways than a client writes them, each after its valid twin.",
    strategy=_cases,
    items=_groups,
    place=lambda case, group: {**case, "raw": group},
    steps=_send,
    cases={"smoke": 1, "standard": 2, "exhaustive": 10},
    exercises=("protocol",),
    order=55,
)
