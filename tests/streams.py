"""Streams of exchanges made by hand: what a target might have said."""

from __future__ import annotations

import json
from typing import Any

from conformance import model
from conformance.exchange import Exchange, Failure, Request, Response, Tag
from conformance.judge import Judge
from conformance.observer import Observer
from conformance.recording import Case
from conformance.requirement import Concern
from conformance.verdict import Verdict
from conformance.verdicts import verdict
from conformance.wire import awsjson

ACCOUNT = "123456789012"
ARN = f"arn:aws:ecs:us-east-1:{ACCOUNT}:service/default/web"
OTHER = f"arn:aws:ecs:us-east-1:{ACCOUNT}:service/default/api"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/r"
DEFINITION = f"arn:aws:ecs:us-east-1:{ACCOUNT}:task-definition/own:1"
SECRET = f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:s-AbCdEf"
CONFIG: dict[str, Any] = {
    "serviceRevisionArn": "revision/1",
    "createdAt": 1000.5,
    "taskDefinitionArn": "arn:aws:ecs:us-east-1:123456789012:task-definition/default-web:1",
    "executionRoleArn": f"{ROLE}/execution",
    "taskRoleArn": f"{ROLE}/task",
    "cpu": "256",
    "memory": "512",
    "cpuArchitecture": "ARM64",
    "healthCheckPath": "/ping",
    "primaryContainer": {
        "image": "nginx:1",
        "containerPort": 80,
        "environment": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}],
    },
    "networkConfiguration": {"subnets": ["subnet-1", "subnet-2"], "securityGroups": ["sg-1"]},
    "scalingTarget": {
        "minTaskCount": 1,
        "maxTaskCount": 3,
        "autoScalingMetric": "AVERAGE_CPU",
        "autoScalingTargetValue": 60,
    },
    "ingressPaths": [{"accessType": "PUBLIC", "endpoint": "we-1.ecs.us-east-1.on.aws"}],
}
REVISION_2 = {"serviceRevisionArn": "revision/2", "createdAt": 2000.5}
HEADERS = (("Content-Type", "application/x-amz-json-1.1"), ("x-amzn-RequestId", "id"))


def service(arn=ARN, **members):
    """A service as the target would show it."""
    shown = {
        "serviceArn": arn,
        "serviceName": arn.rpartition("/")[2],
        "cluster": "default",
        "status": {"statusCode": "ACTIVE"},
        "createdAt": 1000.25,
        "updatedAt": 1000.25,
    }
    return {**shown, **members}


class Stream:
    """Exchanges one after the other, of one scenario."""

    def __init__(self, scenario="made", phase="survey", requirement=""):
        self.exchanges: list[Exchange] = []
        self.tag = Tag(scenario=scenario, case=1, phase=phase, requirement=requirement)

    def send(self, operation, body, answer=None, status=200, *, twin=None, failure="", headers=HEADERS):
        """Add an exchange; the answer is bytes, or a JSON value."""
        raw = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
        request = awsjson(operation, body)
        exchange = Exchange(
            id=len(self.exchanges) + 1,
            request=Request(operation=operation, headers=request.headers, body=request.body),
            response=None if failure else Response(status=status, headers=headers, body=raw),
            failure=Failure(kind=failure, message="made up") if failure else None,
            tag=self.tag,
            twin=twin.id if twin else None,
        )
        self.exchanges.append(exchange)
        return exchange

    def create(self, arn=ARN, members=None):
        """An accepted Create."""
        return self.send(model.CREATE, members or {}, {"service": service(arn)})

    def describe(self, *configurations, arn=ARN, **members):
        """A Describe that shows these configurations; the plain one if none is given."""
        shown = service(arn, activeConfigurations=list(configurations or [CONFIG]), **members)
        return self.send(model.DESCRIBE, {"serviceArn": arn, "include": ["TAGS"]}, {"service": shown})

    def update(self, members, target=None, *, arn=ARN, twin=None, **answer):
        """An accepted Update; its targetConfiguration is a new revision with the request's members."""
        if target is None:
            target = {**CONFIG, **REVISION_2, **members}
        shown = service(arn, targetConfiguration=target, **answer)
        return self.send(model.OPERATION, {"serviceArn": arn, **members}, {"service": shown}, twin=twin)

    def refuse(self, members, code="InvalidParameterException", status=400, *, arn=ARN, twin=None):
        """A refused Update."""
        body = {"__type": code, "message": "no"}
        return self.send(model.OPERATION, {"serviceArn": arn, **members}, body, status, twin=twin)

    def delete(self, arn=ARN):
        """An accepted Delete."""
        return self.send(model.DELETE, {"serviceArn": arn}, {"service": service(arn)})

    def register(self, body=None, arn=DEFINITION, **seen):
        """An accepted RegisterTaskDefinition."""
        port = {"containerPort": 80, "name": "web"}
        main = {"name": "Main", "image": "own:1", "portMappings": [port]}
        plain = {"requiresCompatibilities": ["FARGATE"], "containerDefinitions": [main]}
        registered = {"taskDefinition": {"taskDefinitionArn": arn, **seen}}
        return self.send(model.REGISTER_TASK_DEFINITION, plain if body is None else body, registered)

    def observations(self, concern=None):
        """What an observer makes of the stream."""
        observer = Observer()
        found = [pair for exchange in self.exchanges for pair in observer.feed(exchange)]
        return [observation for about, observation in found if concern in {None, about}]

    def answer(self):
        """The last update, as an observation."""
        return self.observations(Concern.ANSWER)[-1]

    def judged(self, only=None):
        """A judge that has seen the stream."""
        judge = Judge(only)
        judge.begin(Case(tag=self.tag, value={"made": True}))
        for exchange in self.exchanges:
            judge.feed(exchange)
        assert judge.tally.errors == set()
        return judge

    def tally(self):
        """What was seen of each requirement."""
        return self.judged().tally.counts

    def outcomes(self):
        """For each requirement that was judged: ``ok``, ``tolerated`` or ``violated``, the worst of them."""
        return {
            id: "violated" if count.violated else "tolerated" if count.tolerated else "ok"
            for id, count in self.tally().items()
        }

    def against(self):
        """The ids of the requirements that were violated or tolerated."""
        return {id: outcome for id, outcome in self.outcomes().items() if outcome != "ok"}


def fails(entry, count):
    """Whether a requirement fails on this count."""
    return verdict(entry, count) is Verdict.FAIL
