"""A plan of requests in which each accepted update serves many: for targets where accepted updates are dear.

A part is a list of steps about one service. A step is plain JSON: what to send, under which ``id``, and which
earlier steps of the part it ``needs``. A step that names another one by ``of`` is that update in another
form, or with one defect; ``other`` is whichever of two whole updates the service does not have at the moment,
so that whatever is applied shows. Of a step that may well be refused, ``about`` names the one requirement
that it is sent for.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any

from strategies.baselines import baseline
from strategies.defects import DEFECTS
from strategies.identities import IDENTITIES
from strategies.nested import clearings, counterpart
from strategies.pools import ANYWHERE, ValuePools
from strategies.raw import KINDS
from strategies.shapes import update_nodes
from strategies.sizes import STABLE_CPUS, STABLE_MEMORIES
from strategies.updates import EXCLUDED_BY_TASK_DEFINITION, OPTIONAL, TASK_DEFINITION

Step = dict[str, Any]
OTHER = "other"
"""Stands for the one of the updates ``one`` and ``two`` that is not in force."""
WRONG_TASK_DEFINITIONS = ("main-container", "single-port-mapping", "port-name", "fargate", "unknown")
_SWITCH = "taskDefinitionArn"
_PAIR = ("one", "two")
_FOREIGN = "999999999999"
# The second wrong caller is the witness that signatures are checked at all; the third one is judged by it.
_CALLERS = (
    *("bad-signature", "unsigned", "bad-signature-again", "unknown-key", "expired-date"),
    *("wrong-region", "wrong-service", "restricted"),
)
# No service model has it, so the update around it is refused, whatever else it asks for.
_REFUSED = {"autoScalingMetric": "NO_SUCH_METRIC"}
# What AWS's pages call the default: a member that is reset to it must be seen.
_DEFAULT_MEMORIES = ("512", "2048")
_UNKNOWN = ("cluster", "serviceName", "infrastructureRoleArn", "tags")


def whole_counterpart(pools: ValuePools = ANYWHERE) -> dict[str, Any]:
    """An update with all members of :func:`strategies.baselines.baseline`, each with another value.

    As far as the pools have another one, that is. With the baseline's it may be mixed in any way.
    """
    known = baseline(pools)
    roles = pools.roles or tuple(
        f"arn:{pools.partition}:iam::{pools.account}:role/counterpart-{name}"
        for name in ("task", "execution")
    )
    taken = {*_DEFAULT_MEMORIES, known.get("memory")}
    plain = {
        "executionRoleArn": roles[-1],
        "healthCheckPath": "/counterpart/health",
        "taskRoleArn": roles[0],
        "cpu": next(cpu for cpu in STABLE_CPUS if cpu != known.get("cpu")),
        "memory": next(size for size in STABLE_MEMORIES if size not in taken),
        "cpuArchitecture": _other_enum("cpuArchitecture", known.get("cpuArchitecture")),
    }
    whole = {**plain, **counterpart(pools)}
    return {name: whole[name] for name in OPTIONAL if name in known and name in whole}


def _other_enum(path: str, known: Any) -> Any:
    enum = next((node.enum for node in update_nodes() if node.path == path), ())
    return next((value for value in enum if value != known), known)


def parts(pools: ValuePools = ANYWHERE) -> Mapping[str, list[Step]]:
    """The parts by name, in the order in which they are best sent; each can be sent alone.

    Every step of a part is valid JSON with at least ``id``, ``do`` and ``needs``.
    """
    return {
        "refusals": list(_refusals(pools)),
        "relations": list(_relations(pools)),
        "race": list(_race(pools)),
        "task-definition": list(_task_definition(pools)),
    }


def _step(id: str, do: str, *, needs: tuple[str, ...] = (), **rest: Any) -> Step:
    return {"id": id, "do": do, "needs": list(needs), **rest}


# -- everything that is to be refused, after two whole updates -------------------------------------------


def _refusals(pools: ValuePools) -> Iterator[Step]:
    yield _step("one", "update", members=whole_counterpart(pools))
    yield _step("two", "update", members=baseline(pools), needs=("one",))
    for defect in DEFECTS.values():
        if defect.path != _SWITCH and not defect.id.startswith("exclusion/"):
            yield _step(f"near-miss/{defect.id}", "near-miss", defect=defect.id, of=OTHER, needs=_PAIR)
    yield _step("excluded", "extend", members={_SWITCH: TASK_DEFINITION}, of=OTHER, needs=_PAIR)
    for kind, identity in IDENTITIES.items():
        recipe = {"kind": kind, "token": copy.deepcopy(identity.tokens[0])}
        yield _step(f"identity/{kind}", "identity", identity=recipe, of=OTHER, needs=_PAIR)
    for name in ("executionRoleArn", "taskRoleArn"):
        yield _step(f"foreign/{name}", "foreign-role", name=name, account=_FOREIGN, of=OTHER, needs=_PAIR)
    before: tuple[str, ...] = _PAIR
    for caller in _CALLERS:
        name = caller.removesuffix("-again")
        yield _step(f"caller/{caller}", "caller", caller=name, of=OTHER, needs=before)
        before = (*before, f"caller/{caller}") if len(before) < len(_PAIR) + 2 else before
    # By null last: right after another way there would be nothing left to clear.
    for path, way in sorted(clearings(), key=lambda pair: pair[1] == "null"):
        if path != _SWITCH:
            id = f"clear/{path}-{way}"
            yield _step(id, "clear", path=path, way=way, about=id, of=OTHER, needs=_PAIR)
    yield from _raw("open")
    # What cannot be read at all is last: the next accepted update shows that the target goes on answering.
    yield from _raw("none")


def _raw(meaning: str) -> Iterator[Step]:
    """One request of each kind that has this meaning."""
    for kind in KINDS.values():
        if kind.meaning == meaning or (meaning == "open" and kind.name == "charset-spelling"):
            raw = {"kind": kind.name, "variant": kind.variants[0]}
            yield _step(f"raw/{kind.name}", "raw", raw=raw, of=OTHER, needs=_PAIR)


# -- updates that have something in common, each of which says several things ----------------------------


def _relations(pools: ValuePools) -> Iterator[Step]:
    known, other = baseline(pools), whole_counterpart(pools)
    network, scaling = "networkConfiguration", "scalingTarget"
    first = {
        "healthCheckPath": "/conformance/first",
        "memory": other["memory"],
        scaling: {name: other[scaling][name] for name in ("autoScalingMetric", "autoScalingTargetValue")},
    }
    second = {
        "primaryContainer": {"image": other["primaryContainer"]["image"]},
        network: {"subnets": other[network]["subnets"]},
    }
    third = {
        scaling: {name: other[scaling][name] for name in ("minTaskCount", "maxTaskCount")},
        network: {"securityGroups": other[network]["securityGroups"]},
    }
    both = {**first, **second}
    back = {name: known[name] for name in both}
    chain: list[str] = []
    steps = (
        _step("parts", "update", members=third),
        _step("start", "update", members=back),
        _step("first", "update", members=first),
        _step("second", "update", members=second),
        _step("back", "update", members=back),
        _step("back-again", "update", members=back),
        _step("both", "update", members=both),
        _step("back-charset", "raw", raw={"kind": "charset", "variant": "utf-8"}, of="back"),
        _step("second-first", "update", members=second),
        _step("first-second", "update", members=first),
        _step("back-reordered", "raw", raw={"kind": "member-order", "variant": "reversed"}, of="back"),
        _step("both-spaced", "raw", raw={"kind": "white-space", "variant": "indented"}, of="both"),
        _step("back-null", "extend", members={"cpu": None}, of="back"),
        _step("both-unknown", "unknown", names=list(_UNKNOWN), of="both"),
        _step("both-boto3", "boto3", of="both"),
    )
    for step in steps:
        yield {**step, "needs": chain[-1:]}
        chain.append(step["id"])
    yield _step("boto3-error", "boto3", of="back", unknown=True, needs=("back",))
    yield _step("nothing", "update", members={}, about="semantics/only-service-arn")


def _race(pools: ValuePools) -> Iterator[Step]:
    """One race that is about everything: clients with members of their own and a common one, and a look."""
    other = whole_counterpart(pools)
    clients: list[list[Any]] = [
        [{"healthCheckPath": "/conformance/rival-1", "cpu": other["cpu"]}],
        [{"healthCheckPath": "/conformance/rival-2", "memory": other["memory"]}],
        [
            {
                "healthCheckPath": "/conformance/rival-3",
                "scalingTarget": {"autoScalingMetric": "NO_SUCH_METRIC"},
            }
        ],
        ["describe", "describe", "describe"],
    ]
    yield _step("race", "race", clients=clients)


def _task_definition(pools: ValuePools) -> Iterator[Step]:
    """The last part: nothing is known to lead back from a customer's task definition."""
    switch = {_SWITCH: TASK_DEFINITION, "healthCheckPath": "/conformance/task-definition"}
    yield _step("switch", "update", members=switch)
    yield _step("kept", "update", members={"healthCheckPath": "/conformance/kept"}, needs=("switch",))
    needs = ("switch", "kept")
    yield _step("type", "extend", members={_SWITCH: 0}, of="switch", needs=needs)
    for variant in WRONG_TASK_DEFINITIONS:
        yield _step(f"wrong/{variant}", "task-definition", variant=variant, of="switch", needs=needs)
    whole = whole_counterpart(pools)
    for name in EXCLUDED_BY_TASK_DEFINITION:
        if name in whole:
            members = {name: whole[name]}
            yield _step(f"exclusion/{name}", "extend", members=members, of="switch", needs=needs)
    yield _step("clear", "extend", members={_SWITCH: ""}, of="switch", needs=needs)
