"""All that can be asked of one service with few accepted updates, each the valid twin of many refused ones.

It is for targets where accepted updates are dear, and runs only there: elsewhere every request has a twin of
its own, which makes for smaller counterexamples.
"""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from conformance import model
from conformance.exchange import Exchange
from conformance.observation import (
    accepted,
    as_object,
    configurations,
    fate_unknown,
    is_deploying,
    rejected,
    service_of,
)
from conformance.scenarios.bench import Bench
from conformance.scenarios.protocol import raw_request
from conformance.scenarios.scenario import Effort, Scenario, Value
from conformance.scenarios.task_definitions import wrong_task_definition
from conformance.signing import BAD_SIGNATURE, RESTRICTED, UNSIGNED
from conformance.wire import awsjson
from strategies import raw_bodies
from strategies.defects import DEFECTS
from strategies.economical import OTHER, Step, parts
from strategies.identities import apply
from strategies.nested import EMPTY
from strategies.pools import ValuePools

_ARN = "serviceArn"
# Seconds between an update and the Describe after it.
_FIRST_PAUSE, _LONGEST_PAUSE = 0.25, 8.0
Done = Callable[[Step], None]


class _Stage:
    """One service, and the updates of a part that were sent, by the ids of their steps."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._arn = bench.service()
        self._sent: dict[str, Exchange] = {}
        self._in_force = ""
        self._pause = 0.0
        self._let_in: dict[str, bool] = {}
        self._latest: Exchange | None = None

    def perform(self, step: Step) -> None:
        """Carry out one step between two Describes.

        One whose twin was not sent is passed over, and one that the budget has more important things for.
        """
        if self._bench.updates_left <= step.get("leave", 0):
            return
        of = step.get("of", "")
        name = self._other() if of == OTHER else of
        if of and name not in self._sent:
            return
        self._bench.look(self._arn)
        send: Callable[[Step, Any], Exchange | None] = getattr(self, "_" + step["do"].replace("-", "_"))
        exchange = send(step, self._sent.get(name))
        if exchange is None:
            return
        self._look_after(exchange)
        if not of:
            self._sent[step["id"]] = exchange
        if accepted(exchange):
            self._in_force, self._latest = name or step["id"], exchange

    def settle(self) -> None:
        """See what the service has when the last deployment is over, if the budget has time for that."""
        if self._latest is not None:
            self._bench.settle(self._arn, self._latest)

    def _other(self) -> str:
        """Which of the pair is not in force; the other one, where only that was accepted."""
        first, second = ("two", "one") if self._in_force == "one" else ("one", "two")
        return first if accepted(self._sent.get(first)) else second

    def _look_after(self, exchange: Exchange) -> None:
        """Describe the service; a moment later, if Describe was seen to be late, and later each time."""
        if accepted(exchange):
            time.sleep(self._pause)
        described = service_of(self._bench.describe(self._arn))
        revision = as_object(service_of(exchange).get("targetConfiguration")).get("serviceRevisionArn")
        shown = [entry.get("serviceRevisionArn") for entry in configurations(described)]
        if isinstance(revision, str) and described and revision not in shown:
            self._pause = min(max(_FIRST_PAUSE, 2 * self._pause), _LONGEST_PAUSE)

    def _update(self, step: Step, _twin: None) -> Exchange:
        """A valid update; once more where nobody knows what came of it, or a deployment may be in its way."""
        exchange = self._bench.update(self._arn, step["members"])
        if fate_unknown(exchange):
            self._bench.describe(self._arn)
            exchange = self._bench.update(self._arn, step["members"])
        if rejected(exchange):
            exchange = self._after_deployment(step, exchange)
        return exchange

    def _after_deployment(self, step: Step, refused: Exchange) -> Exchange:
        """The update once more, when the deployment is over that may be in its way: also that of Create."""
        shown = is_deploying(self._bench.describe(self._arn))
        exchange = refused
        if (shown or self._latest is not None) and self._bench.settle(self._arn, self._latest or refused):
            exchange = self._bench.update(self._arn, step["members"])
        if shown and rejected(exchange):
            self._bench.refused_while_deploying()
        return exchange

    def _again(self, members: Mapping[str, Any], twin: Exchange) -> Exchange:
        """The twin's update with other members."""
        return self._bench.update(self._arn, members, twin=twin)

    def _near_miss(self, step: Step, twin: Exchange) -> Exchange:
        members = _members(twin)
        wrong, _ = DEFECTS[step["defect"]].plant(members, 0)
        return self._again({**members, **wrong}, twin)

    def _extend(self, step: Step, twin: Exchange) -> Exchange:
        return self._again({**_members(twin), **step["members"]}, twin)

    def _task_definition(self, step: Step, twin: Exchange) -> Exchange:
        wrong = {"taskDefinitionArn": wrong_task_definition(self._bench, step["variant"])}
        return self._again({**_members(twin), **wrong}, twin)

    def _foreign_role(self, step: Step, twin: Exchange) -> Exchange:
        members = _members(twin)
        role = members[step["name"]].split(":")
        role[4] = step["account"]
        return self._again({**members, step["name"]: ":".join(role)}, twin)

    def _clear(self, step: Step, twin: Exchange) -> Exchange:
        members = _members(twin)
        holder, path = members, step["path"].split(".")
        for name in path[:-1]:
            holder = holder[name]
        holder[path[-1]] = copy.deepcopy(EMPTY[step["way"]])
        return self._again(members, twin)

    def _unknown(self, step: Step, twin: Exchange) -> Exchange:
        body: Mapping[str, Any] = twin.request.members
        for name in step["names"]:
            body = json.loads(raw_bodies.extended(name, body))
        return self._bench.send(model.OPERATION, body, twin=twin)

    def _identity(self, step: Step, twin: Exchange) -> Exchange:
        return self._bench.update(apply(step["identity"], self._arn), _members(twin), twin=twin)

    def _raw(self, step: Step, twin: Exchange) -> Exchange:
        return self._bench.send_raw(raw_request(step["raw"], twin.request.members), twin=twin)

    def _caller(self, step: Step, twin: Exchange) -> Exchange | None:
        """None where nobody is kept out: what else is let in then says nothing more."""
        caller = step["caller"]
        if caller not in self._bench.callers or all(map(self._let_in.get, (UNSIGNED, BAD_SIGNATURE))):
            return None
        if caller == RESTRICTED:
            self._bench.send_raw(replace(awsjson(model.DESCRIBE, {_ARN: self._arn}), caller=caller))
        exchange = self._bench.send_raw(
            replace(awsjson(model.OPERATION, twin.request.body), caller=caller), twin=twin
        )
        self._let_in[caller] = accepted(exchange)
        return exchange

    def _boto3(self, step: Step, twin: Exchange) -> Exchange | None:
        unknown = {_ARN: f"{self._arn}-unknown"} if step.get("unknown") else {}
        return self._bench.boto3.update({**twin.request.members, **unknown}, twin=twin)

    def _race(self, step: Step, _twin: None) -> Exchange:
        def call(entry: Any) -> tuple[str, Mapping[str, Any]]:
            if isinstance(entry, dict):
                return model.OPERATION, {_ARN: self._arn, **entry}
            return model.DESCRIBE, {_ARN: self._arn}

        return self._bench.burst([[call(entry) for entry in client] for client in step["clients"]])[0]


def _members(twin: Exchange) -> dict[str, Any]:
    return {name: copy.deepcopy(value) for name, value in twin.request.members.items() if name != _ARN}


def play(bench: Bench, case: Value, done: Done = lambda _step: None) -> None:
    """Carry out the steps of a case; each is told when it is done."""
    stage = _Stage(bench)
    for step in case["steps"]:
        stage.perform(step)
        done(step)
    stage.settle()


def cases(pools: ValuePools) -> Sequence[Value]:
    """All there is to send: one case for each part."""
    return [{"part": name, "steps": steps} for name, steps in parts(pools).items()]


def _names(_effort: Effort) -> Sequence[str]:
    return tuple(parts())


ECONOMICAL = Scenario(
    id="economical",
    title="Everything about one service, with updates that are each the valid twin of many refused ones.",
    strategy=lambda pools, name: st.just({"part": name, "steps": parts(pools)[name]}),
    steps=play,
    items=_names,
    cases={"smoke": 1, "standard": 1, "exhaustive": 1},
    exercises=("*",),
    frugal=True,
    order=5,
)
