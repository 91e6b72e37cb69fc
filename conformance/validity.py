"""Is a request valid? Re-derived from the request that was really sent, never from a generator's label.

Three answers are possible: it has defects; it has doubts (nobody knows what the real service makes of it,
so an oracle keeps silent); or it is valid.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

from conformance import model
from conformance.identification import identity_kind
from conformance.observation import Observation
from conformance.sizes import DIGITS, FARGATE, MEMORIES, offered

EXCLUDED_BY_TASK_DEFINITION = (
    "primaryContainer",
    "executionRoleArn",
    "taskRoleArn",
    "cpu",
    "memory",
    "cpuArchitecture",
)

_PORTS = range(1, 65536)
_PERCENT = {"AVERAGE_CPU", "AVERAGE_MEMORY"}
_PERCENTAGES = range(1, 101)
_REQUESTS = range(1, 65537)
_LONGEST_PATH, _LONGEST_IMAGE = 1024, 255
_IMAGE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/:-]*(@sha256:[0-9a-f]{64})?")
_USUAL_IMAGE = re.compile(
    r"([a-z0-9.-]+:\d+/)?[a-z0-9]+([._/-]+[a-z0-9]+)*(:\w[\w.-]{0,127})?(@sha256:[0-9a-f]{64})?", re.ASCII
)
_PATH = re.compile(r"/[A-Za-z0-9/_.~?=&%-]*")
_ROLE = re.compile(r"arn:[a-z-]+:iam::\d{12}:role/[\w+=,.@/-]+", re.ASCII)
_SECRET = re.compile(r"arn:[a-z-]+:(secretsmanager|ssm):[a-z0-9-]+:\d{12}:[\w/+=.@:-]+", re.ASCII)
_VARIABLE = re.compile(r"([A-Za-z_][A-Za-z0-9_]*)?")  # that it is not empty is a rule of its own
# How texts look about which no document leaves a question; of others nobody knows what a service makes.
_USUAL = {
    "primaryContainer.awsLogsConfiguration.logGroup": re.compile(r"[\w./#-]{1,512}", re.ASCII),
    "primaryContainer.awsLogsConfiguration.logStreamPrefix": re.compile(r"[\w.-]{1,256}", re.ASCII),
    "primaryContainer.repositoryCredentials.credentialsParameter": _SECRET,
    "primaryContainer.environment[].name": _VARIABLE,
    "primaryContainer.secrets[].name": _VARIABLE,
    "primaryContainer.secrets[].valueFrom": _SECRET,
    "networkConfiguration.securityGroups[]": re.compile("sg-[0-9a-z]{1,17}"),
    "networkConfiguration.subnets[]": re.compile("subnet-[0-9a-z]{1,17}"),
}
_INTEGERS = range(-(2**31), 2**31)
_MOST_TASKS = 1000
_LEAST_MAXIMUM = 1  # the lowest default of maxTaskCount that a document gives (CloudFormation)
_LARGEST = 50_000  # bytes; a task definition has 64 KiB


@dataclass(frozen=True, slots=True, order=True)
class Defect:
    """Why a request is invalid.

    Attributes:
        kind: ``type``, ``missing``, ``enum``, ``range``, ``format``, ``duplicate``, ``pair``, ``exclusion``,
            ``task-definition``, ``identity``, ``state`` or ``body``.
        path: the member, list elements as ``[]``; for ``identity``, ``state`` and ``task-definition``
            which of these.
    """

    kind: str
    path: str

    @property
    def id(self) -> str:
        """Kind and path in one."""
        return f"{self.kind}/{self.path}"


@dataclass(frozen=True, slots=True)
class Validity:
    """What is wrong with a request, and what cannot be known."""

    defects: tuple[Defect, ...]
    doubts: tuple[str, ...]

    @property
    def valid(self) -> bool:
        """Whether a conforming implementation must take it."""
        return not self.defects and not self.doubts


def validity(observation: Observation) -> Validity:
    """Classify the update request of an observation; once, also if the Describe after it comes later."""
    found = observation.notes.get(__name__)
    if found is None:
        found = observation.notes[__name__] = _validity(observation)
    return cast("Validity", found)


def _validity(observation: Observation) -> Validity:
    body = observation.exchange.request.json
    if not isinstance(body, dict):
        return Validity((Defect("body", "json"),), ())
    findings = set(_walk(body, ""))
    findings.update(f"the request is written in an odd way: {oddity}" for oddity in observation.oddities)
    if not any(isinstance(finding, Defect) and finding.kind == "type" for finding in findings):
        findings.update(_domain(observation))
    if len(observation.exchange.request.body) > _LARGEST:
        findings.add("the request is about as large as a task definition may be")
    if not observation.request.keys() - {"serviceArn"}:
        findings.add("whether an update may change nothing is not documented")
    findings.update(_exclusion(observation.request))
    findings.update(_identity(observation))
    defects = sorted(finding for finding in findings if isinstance(finding, Defect))
    doubts = sorted(finding for finding in findings if isinstance(finding, str))
    return Validity(tuple(defects), tuple(doubts))


Found = Defect | str


@cache
def _shapes() -> dict[str, model.Member]:
    return {member.path: member for member in model.operation().input}


@cache
def _required(parent: str) -> tuple[str, ...]:
    return tuple(member.name for member in _shapes().values() if member.parent == parent and member.required)


_JSON_TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "structure": (dict,),
    "list": (list,),
}


def _walk(value: Mapping[str, Any], parent: str) -> Iterator[Found]:
    """What the service model says of a structure's members."""
    for name, child in value.items():
        path = f"{parent}.{name}" if parent else name
        if child is None or path == "serviceArn":
            if parent and name not in _required(parent):
                yield f"{path} is null"
            continue
        member = _shapes().get(path)
        if member is None:
            yield f"member {path} is not in the service model"
        else:
            yield from _node(child, member)
    if parent:
        for name in _required(parent):
            if value.get(name) is None:
                yield Defect("missing", f"{parent}.{name}")


def _node(value: Any, member: model.Member) -> Iterator[Found]:
    kinds = _JSON_TYPES.get(member.kind)
    if kinds is None:
        yield f"{member.path} is of a kind that only a newer service model has"
    elif not isinstance(value, kinds) or (isinstance(value, bool) and bool not in kinds):
        yield Defect("type", member.path)
    elif member.enum and value not in member.enum:
        yield Defect("enum", member.path)
    elif isinstance(value, int) and value not in _INTEGERS:
        yield f"{member.path} does not fit into 32 bits"
    elif isinstance(value, str) and member.path in _USUAL and not _USUAL[member.path].fullmatch(value):
        yield f"{member.path} is unusual"
    elif isinstance(value, dict):
        if not value:
            yield f"{member.path} is empty"
        yield from _walk(value, member.path)
    elif isinstance(value, list):
        yield from _elements(value, member)


def _elements(values: list[Any], member: model.Member) -> Iterator[Found]:
    if not values:
        yield f"{member.path} is empty"
    element = _shapes()[f"{member.path}[]"]
    for value in values:
        if value is None:
            yield f"an element of {member.path} is null"
        else:
            yield from _node(value, element)


def _domain(observation: Observation) -> Iterator[Found]:
    """What other documents say of the values; none of it is in the service model."""
    request, current = observation.request, observation.config_before
    if "taskDefinitionArn" not in request:
        yield from _sizes(request, current)
    shown = current.get("scalingTarget")
    yield from _scaling(request.get("scalingTarget") or {}, shown if isinstance(shown, dict) else {})
    yield from _container(request.get("primaryContainer") or {})
    yield from _container_context(request, current)
    path = request.get("healthCheckPath")
    if path == "":
        yield "healthCheckPath is empty"
    elif path is not None and not path.startswith("/"):
        yield Defect("format", "healthCheckPath")
    elif path is not None and len(path) > _LONGEST_PATH:
        yield Defect("range", "healthCheckPath")
    elif path is not None and not _PATH.fullmatch(path):
        yield "healthCheckPath has unusual characters"
    yield from _roles(observation)
    yield from _network(request.get("networkConfiguration") or {})


def _network(network: Mapping[str, Any]) -> Iterator[Found]:
    for name in ("subnets", "securityGroups"):
        values = network.get(name) or []
        if len({*values}) < len(values):
            yield f"networkConfiguration.{name} has an element twice"
    if len(network.get("subnets") or []) == 1:
        yield "one subnet cannot be in two Availability Zones"


def _roles(observation: Observation) -> Iterator[Found]:
    account = observation.service.arn.split(":")[4:5] if observation.service else []
    for name in ("executionRoleArn", "taskRoleArn"):
        role = observation.request.get(name)
        if role == "":
            yield f"{name} is empty"
        elif role is not None and not _ROLE.fullmatch(role):
            yield Defect("format", name)
        elif role is not None and role.split(":")[4:5] != account:
            yield f"{name} is of another account"


def _sizes(request: Mapping[str, Any], current: Mapping[str, Any]) -> Iterator[Found]:
    """CPU and memory, each alone and as a pair; an omitted one has its current value.

    A service whose current pair is no valid one may refuse any update, so then there is a doubt too.
    """
    for name, known in (("cpu", set(FARGATE)), ("memory", MEMORIES)):
        text = request.get(name)
        if text is not None and not DIGITS.fullmatch(text):
            yield f"{name} is not written in plain digits"
            return
        if text is not None and int(text) not in known:
            yield Defect("pair", name)
            return
    touched = request.keys() & {"cpu", "memory"}
    fits = offered({**current, **request})
    if fits is None and touched:
        yield "the current cpu or memory is unknown"
    elif fits is False:
        both = len(touched) > 1
        yield Defect("pair", "cpu-memory") if both else "cpu and memory do not fit with the current ones"


def _scaling(wanted: Mapping[str, Any], current: Mapping[str, Any]) -> Iterator[Found]:
    names = ("minTaskCount", "maxTaskCount")
    negative = [name for name in names if (wanted.get(name) or 0) < 0]
    yield from (Defect("range", f"scalingTarget.{name}") for name in negative)
    if wanted.get("maxTaskCount") == 0:
        yield "whether there may be no task at all is not documented"
    elif any((wanted.get(name) or 0) > _MOST_TASKS for name in names):
        yield "so many tasks may be beyond the account's quotas"
    elif not negative:
        yield from _counts([wanted.get(name) for name in names], [current.get(name) for name in names])
    yield from _goal(wanted, current)


def _counts(wanted: list[Any], current: list[Any]) -> Iterator[Found]:
    """The minimum is not above the maximum; an omitted one has its current value, or the default."""
    if wanted == [None, None]:
        return
    low, high = (new if new is not None else old for new, old in zip(wanted, current, strict=True))
    if not isinstance(low, int) or not isinstance(high, int):
        yield "the current task counts are unknown"
    elif None not in wanted:
        if low > high:
            yield Defect("range", "scalingTarget.minTaskCount-maxTaskCount")
    elif low > high or (wanted[1] is None and low > _LEAST_MAXIMUM):
        yield "minTaskCount and maxTaskCount may not fit, whatever becomes of the omitted one"


def _goal(wanted: Mapping[str, Any], current: Mapping[str, Any]) -> Iterator[Found]:
    """The target value fits the metric: percentages to 100, requests to 65,536."""
    metric = wanted.get("autoScalingMetric")
    goal = wanted.get("autoScalingTargetValue")
    if goal is None and metric is None:
        return
    if goal is None:
        kept = current.get("autoScalingTargetValue")
        if metric in _PERCENT and (not isinstance(kept, int) or kept not in _PERCENTAGES):
            yield "the current target value may not fit the metric"
    elif goal not in _REQUESTS or (metric in _PERCENT and goal not in _PERCENTAGES):
        yield Defect("range", "scalingTarget.autoScalingTargetValue")
    elif metric is None and goal not in _PERCENTAGES:
        yield "the target value may not fit the current metric"


def _container(container: Mapping[str, Any]) -> Iterator[Found]:
    prefix = "primaryContainer."
    image, port = container.get("image"), container.get("containerPort")
    if image is not None and (len(image) > _LONGEST_IMAGE or not _IMAGE.fullmatch(image)):
        yield Defect("format", f"{prefix}image")
    elif image is not None and not _USUAL_IMAGE.fullmatch(image):
        yield f"{prefix}image is unusual"
    if port is not None and port not in _PORTS:
        yield Defect("range", f"{prefix}containerPort")
    for name in ("environment", "secrets"):
        names = _names(container, name)
        if "" in names:
            yield Defect("format", f"{prefix}{name}[].name")
        if None in names and name == "environment":
            yield f"an element of {prefix}{name} has no name"
        if len(set(names)) < len(names):
            yield Defect("duplicate", f"{prefix}{name}[].name")
    if not all(_is_plain(entry.get("value")) for entry in container.get("environment") or () if entry):
        yield f"an element of {prefix}environment has no value, or an unusual one"
    if not all(_is_plain(word) for word in container.get("command") or ()):
        yield f"{prefix}command has an unusual element"


def _names(container: Mapping[str, Any], name: str) -> list[Any]:
    return [entry.get("name") for entry in _list(container, name) if isinstance(entry, dict)]


def _is_plain(text: Any) -> bool:
    """Whether it is a text of which nothing can be stripped, folded or taken for none."""
    return isinstance(text, str) and bool(text) and text.isprintable() and text == text.strip()


def _container_context(request: Mapping[str, Any], current: Mapping[str, Any]) -> Iterator[Found]:
    """What the container needs of the rest; an omitted member has its current value."""
    wanted, present = request.get("primaryContainer") or {}, current.get("primaryContainer")
    merged = {**(present if isinstance(present, dict) else {}), **wanted}
    variables = _names(merged, "environment")
    if wanted and any(name in variables for name in _names(merged, "secrets")):
        yield "a variable and a secret have one name"
    role = request.get("executionRoleArn") or current.get("executionRoleArn")
    if wanted.get("secrets") and current and not role:
        yield "secrets may need an execution role"


def _exclusion(request: Mapping[str, Any]) -> Iterator[Found]:
    if "taskDefinitionArn" in request:
        for name in EXCLUDED_BY_TASK_DEFINITION:
            if name in request and name in _shapes():
                yield Defect("exclusion", name)


def _identity(observation: Observation) -> Iterator[Found]:
    """Which service the request names, judged by the ARNs that the target itself returned."""
    arn, facts = observation.exchange.request.members.get("serviceArn"), observation.service
    if facts is None:
        kind = identity_kind(arn, tuple(observation.services))
        # Without a twin nobody says that the name was made up: a service may be older than the recording.
        unknown = not kind or (kind in {"unknown-service", "unknown-cluster"} and observation.twin is None)
        yield "whether the target has this service is unknown" if unknown else Defect("identity", kind)
        return
    if facts.deleted:
        yield Defect("state", "deleted")
    if "taskDefinitionArn" in observation.request:
        if isinstance(observation.request["taskDefinitionArn"], str):
            yield from _task_definition(observation, observation.request["taskDefinitionArn"])
    elif facts.customer is not False and observation.request.keys() & set(EXCLUDED_BY_TASK_DEFINITION):
        yield "how to leave a customer's task definition is not documented"


def _task_definition(observation: Observation, arn: str) -> Iterator[Found]:
    """What the API page asks of a customer's task definition, read from how it was registered."""
    registered = observation.task_definitions.get(arn)
    if registered is None:
        families = {other.rpartition(":")[0] for other in observation.task_definitions}
        known = arn.rpartition(":")[0] in families
        yield Defect("task-definition", "unknown") if known else "nobody saw the task definition registered"
        return
    if "FARGATE" not in _list(registered, "requiresCompatibilities"):
        fits = "FARGATE" in _list(registered, "compatibilities")
        yield "the task definition may fit Fargate" if fits else Defect("task-definition", "fargate")
    containers = [entry for entry in _list(registered, "containerDefinitions") if isinstance(entry, dict)]
    main = next((container for container in containers if container.get("name") == "Main"), None)
    if main is None:
        yield Defect("task-definition", "main-container")
        return
    every = [port for port in _list(main, "portMappings") if isinstance(port, dict)]
    ports = [port for port in every if port.get("protocol") in {None, "tcp"}]
    if len(ports) != 1:
        yield Defect("task-definition", "single-port-mapping")
        return
    if len(every) != 1:
        yield "the container has ports of other protocols, too"
    if ports[0].get("name") is None:
        yield Defect("task-definition", "port-name")
    elif ports[0].get("containerPort") is None:
        yield Defect("task-definition", "container-port")


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    return value if isinstance(value, list) else []
