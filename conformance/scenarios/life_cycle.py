"""Updates after Delete: while the service drains, and when it is inactive."""

from __future__ import annotations

from hypothesis import strategies as st

from conformance.scenarios.bench import Bench
from conformance.scenarios.scenario import Scenario, Value
from strategies.updates import members


def _update_after_delete(bench: Bench, case: Value) -> None:
    if not bench.creates:
        return
    arn = bench.service("mortal")
    twin = bench.observe(arn, case["members"])
    bench.delete(arn)
    bench.update(arn, case["members"], twin=twin)
    if bench.await_inactive(arn):
        bench.update(arn, case["members"], twin=twin)


LIFE_CYCLE = Scenario(
    id="life-cycle",
    title="Updates of a service that was deleted, while it drains and when it is inactive.",
    strategy=lambda pools, _item: st.fixed_dictionaries(
        {"members": members(["healthCheckPath"], pools=pools)}
    ),
    steps=_update_after_delete,
    cases={"smoke": 1, "standard": 5, "exhaustive": 25},
    exercises=("reject/inactive-service", "error/ServiceNotActiveException-*"),
    order=70,
)
