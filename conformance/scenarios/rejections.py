"""Updates that must be refused: near misses, wrong identities, foreign roles; each after its valid twin."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import strategies as st

from conformance.scenarios.bench import Bench
from conformance.scenarios.scenario import Effort, Scenario, Value
from strategies.baselines import baseline
from strategies.identities import IDENTITIES, apply, identities
from strategies.near_misses import DEFECTS, near_misses
from strategies.pools import ValuePools
from strategies.updates import members


def _near_miss(bench: Bench, case: Value) -> None:
    arn = bench.service("customer" if "taskDefinitionArn" in case["twin"] else "main")
    twin = bench.observe(arn, case["twin"])
    bench.observe(arn, case["members"], twin=twin)


NEAR_MISSES = Scenario(
    id="near-misses",
    title="Updates that are invalid by exactly one defect, each after its valid twin.",
    strategy=lambda pools, defect: near_misses(pools=pools, defect=defect),
    items=lambda _effort: tuple(DEFECTS),
    steps=_near_miss,
    cases={"smoke": 1, "standard": 6, "exhaustive": 40},
    exercises=("reject-*", "exclusion", "error", "envelope"),
    order=50,
)


def _kinds(_effort: Effort) -> Sequence[str]:
    return tuple(IDENTITIES)


def _wrong_identities(pools: ValuePools, kind: str | None) -> st.SearchStrategy[Value]:
    return st.fixed_dictionaries(
        {"identity": identities(kind), "members": members(["healthCheckPath"], pools=pools)}
    )


def _wrong_identity(bench: Bench, case: Value) -> None:
    arn = bench.service()
    twin = bench.observe(arn, case["members"])
    bench.update(apply(case["identity"], arn), case["members"], twin=twin)
    bench.describe(arn)


WRONG_IDENTITIES = Scenario(
    id="wrong-identities",
    title="Updates of unknown and foreign services and of what is no service, each after its valid twin.",
    strategy=_wrong_identities,
    items=_kinds,
    steps=_wrong_identity,
    cases={"smoke": 1, "standard": 9, "exhaustive": 30},
    exercises=("reject", "semantics/short-name", "semantics/unknown-service-class", "error"),
    order=45,
)


def _foreign_roles(pools: ValuePools, name: str) -> st.SearchStrategy[Value]:
    role = str(baseline(pools)[name])
    accounts = st.sampled_from(("999999999999", "100000000001"))
    return accounts.map(lambda account: {"members": {name: _moved(role, account)}})


def _moved(role: str, account: str) -> str:
    parts = role.split(":")
    parts[4] = account
    return ":".join(parts)


def _update(bench: Bench, case: Value) -> None:
    bench.observe(bench.service(), case["members"])


FOREIGN_ROLES = Scenario(
    id="foreign-roles",
    title="Updates with a role of another account, which the caller cannot pass.",
    strategy=_foreign_roles,
    items=lambda _effort: ("executionRoleArn", "taskRoleArn"),
    steps=_update,
    cases={"smoke": 1, "standard": 4, "exhaustive": 10},
    exercises=("error/AccessDeniedException-*",),
    order=60,
)
