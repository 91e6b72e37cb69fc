"""A running emulator, asked over HTTP without a client in between."""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import count
from typing import Any

import urllib3

from conformance import model

ROLE = "arn:aws:iam::123456789012:role/"
_SCOPE = "AKIAIOSFODNN7EXAMPLE/20260101/us-east-1/ecs/aws4_request"
_SIGNED = f"AWS4-HMAC-SHA256 Credential={_SCOPE}, SignedHeaders=host, Signature=0"


@dataclass
class Answer:
    """An HTTP response."""

    status: int
    headers: list[tuple[str, str]]
    text: str

    @property
    def document(self) -> dict[str, Any]:
        """The JSON in it."""
        return json.loads(self.text)

    @property
    def service(self) -> dict[str, Any]:
        """The service in it."""
        return self.document["service"]

    @property
    def target(self) -> dict[str, Any]:
        """The configuration to which an update leads."""
        return self.service["targetConfiguration"]

    @property
    def outcome(self) -> str:
        """What became of the request, in a word."""
        return "accepted" if self.status == 200 else str(self.document["__type"]).rpartition("#")[2]


class Emulator:
    """A running emulator, and what the probes ask of it."""

    names = count(1)

    def __init__(self, url: str, profile: str | None = None) -> None:
        self.url = url
        self.profile = profile
        self.pool = urllib3.PoolManager()

    def call(self, operation: str, body: Any, method: str = "POST", **headers: str | None) -> Answer:
        """Send one request; headers are given with underscores."""
        sent: dict[str, str | None] = {
            "Authorization": _SIGNED,
            "Content-Type": model.content_type(),
            "X-Amz-Target": model.target_header(operation),
            **{name.replace("_", "-"): value for name, value in headers.items()},
        }
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        kept = {name: value for name, value in sent.items() if value is not None}
        response = self.pool.request(method, self.url + "/", body=raw, headers=kept)
        return Answer(response.status, list(response.headers.items()), response.data.decode())

    def create(self, **members: Any) -> Answer:
        """Create a service in the cluster ``default``."""
        body = {
            "serviceName": f"web-{next(self.names)}",
            "infrastructureRoleArn": f"{ROLE}infrastructure",
            "executionRoleArn": f"{ROLE}execution",
            "primaryContainer": {"image": "nginx:1"},
        }
        return self.call(model.CREATE, {**body, **members})

    def service(self, **members: Any) -> str:
        """The ARN of a service."""
        return self.create(**members).service["serviceArn"]

    def update(self, arn: str | None = None, **members: Any) -> Answer:
        """Update a service, a new one if none is given."""
        return self.call(model.OPERATION, {"serviceArn": arn or self.service(), **members})

    def describe(self, arn: str, *include: str) -> Answer:
        """Describe a service."""
        return self.call(model.DESCRIBE, {"serviceArn": arn, "include": list(include)})

    def delete(self, arn: str) -> Answer:
        """Delete a service."""
        return self.call(model.DELETE, {"serviceArn": arn})

    def shown(self, arn: str) -> dict[str, Any]:
        """The configuration of a service with one."""
        return self.describe(arn).service["activeConfigurations"][0]

    def definition(self) -> str:
        """The ARN of a customer's task definition."""
        port = {"containerPort": 8080, "name": "web"}
        body = {
            "family": f"own-{next(self.names)}",
            "containerDefinitions": [{"name": "Main", "image": "own:1", "portMappings": [port]}],
            "requiresCompatibilities": ["FARGATE"],
            "cpu": "512",
            "memory": "1024",
        }
        return self.call("RegisterTaskDefinition", body).document["taskDefinition"]["taskDefinitionArn"]

    def ordinary(self) -> str:
        """The ARN of a service that is no Express service."""
        body = {"serviceName": f"plain-{next(self.names)}", "taskDefinition": self.definition()}
        self.service()  # so that there is a cluster
        return self.call("CreateService", body).document["service"]["serviceArn"]
