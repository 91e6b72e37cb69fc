"""What the emulator's backend needs around it, without moto: neighbours, a clock, a first request."""

from __future__ import annotations

from conformance.emulator.records import Place

PLACE = Place(account="123456789012", region="us-east-1", partition="aws")
ROLE = "arn:aws:iam::123456789012:role/"
CREATE = {
    "serviceName": "web",
    "cluster": "shop",
    "infrastructureRoleArn": f"{ROLE}infrastructure",
    "executionRoleArn": f"{ROLE}execution",
    "primaryContainer": {"image": "nginx:1"},
}
MAIN = {
    "name": "Main",
    "image": "customer:1",
    "portMappings": [{"containerPort": 8080, "name": "http"}],
    "environment": [{"name": "A", "value": "1"}],
}
CUSTOMER = {
    "containerDefinitions": [{"name": "side", "image": "proxy"}, MAIN],
    "requiresCompatibilities": ["FARGATE"],
    "cpu": "512",
    "memory": "1024",
    "taskRoleArn": f"{ROLE}customer",
}


class Around:
    """Neighbours in a dictionary or two."""

    def __init__(self):
        self.clusters = {"shop"}
        self.ordinary = set()
        self.definitions = {}
        self.given_tags = {}

    def has_cluster(self, name):
        """Whether it is in the set."""
        return name in self.clusters

    def create_default_cluster(self):
        """Put it into the set."""
        self.clusters.add("default")

    def has_ordinary_service(self, cluster, name):
        """Whether it is in the set."""
        return (cluster, name) in self.ordinary

    def task_definition(self, family, revision):
        """What was registered."""
        return self.definitions.get(PLACE.arn(f"task-definition/{family}:{revision or 1}"))

    def register(self, definition):
        """Count revisions from one."""
        revision = 1 + sum(f"/{definition['family']}:" in arn for arn in self.definitions)
        arn = PLACE.arn(f"task-definition/{definition['family']}:{revision}")
        self.definitions[arn] = {**definition, "taskDefinitionArn": arn}
        return arn

    def forget(self, task_definition_arn):
        """Keep the number, drop the rest."""
        self.definitions[task_definition_arn] = None

    def default_subnets(self):
        """Two."""
        return ["subnet-1", "subnet-2"]

    def announce(self, service, tags):
        """Note the tags."""
        self.given_tags[service.arn] = tags

    def tags(self, service):
        """The tags noted."""
        return self.given_tags[service.arn]


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self):
        self.now = 1_800_000_000.0

    def __call__(self):
        """The time."""
        return self.now
