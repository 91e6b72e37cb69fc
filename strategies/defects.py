"""The catalogue of defects: each makes a valid update invalid in exactly one place.

Where the service model states what is valid (types, required members, enumerations), the defects are derived
from the installed model, so that a newer one brings its own. The others are listed here, with the document
that they are taken from, or with the admission that none settles them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from strategies.images import MAX_IMAGE, MAX_PATH, MAX_PORT
from strategies.plants import Defect, Plant, Prepare, Update, Wrong, adding, one_of, removing, replacing
from strategies.pools import ANYWHERE
from strategies.scaling import MAX_PERCENT, MAX_REQUESTS, REQUESTS, metrics
from strategies.shapes import Node, update_nodes, wrong_values
from strategies.sizes import excluded_memories
from strategies.updates import EXCLUDED_BY_TASK_DEFINITION, known_members, member_domain


def _modelled() -> Iterator[Defect]:
    """What the service model rules out: types, absent required members, unknown enumeration values."""
    for node in update_nodes():
        yield _type(node)
    for node in update_nodes():
        if node.required:
            yield Defect(
                id=f"missing/{node.path}",
                path=node.path,
                sentence=f"{node.path} is required where the structure around it is present.",
                evidence="modelled: required by the service model",
                plant=removing(node.path),
            )
    for node in update_nodes():
        if node.enum:
            yield _enum(node)


def _type(node: Node) -> Defect:
    return Defect(
        id=f"type/{node.path}",
        path=node.path,
        sentence=f"{node.path} has the type {node.kind}.",
        evidence="modelled: the type in the service model, as awsJson1_1 maps it to JSON",
        plant=replacing(node.path, one_of(*wrong_values(node.kind))),
    )


def _enum(node: Node) -> Defect:
    return Defect(
        id=f"enum/{node.path}",
        path=node.path,
        sentence=f"{node.path} is one of {', '.join(node.enum)}.",
        evidence="modelled: an enumeration of the service model",
        plant=replacing(node.path, one_of("UNKNOWN", node.enum[0].lower(), f"{node.enum[0]} ")),
    )


_PORT = "primaryContainer.containerPort"
_MINIMUM, _MAXIMUM = "scalingTarget.minTaskCount", "scalingTarget.maxTaskCount"
_TARGET = "scalingTarget.autoScalingTargetValue"


def _ranges() -> Iterator[Defect]:
    """What lies just outside of a range; the service model has no ranges."""
    port = "inferred: Elastic Load Balancing API reference, TargetDescription, Port"
    count = "inferred: a number of tasks"
    target = "inferred: percentages of use, and a positive number of requests"
    per_target = 'documented: Developer Guide, "Resources created by Express Mode services", for the console'
    rows: tuple[tuple[str, str, str, str, Plant], ...] = (
        (_PORT, "below", "A port is at least 1.", port, replacing(_PORT, one_of(0, -1))),
        (
            _PORT,
            "above",
            f"A port is at most {MAX_PORT}.",
            port,
            replacing(_PORT, one_of(MAX_PORT + 1, 2**31 - 1)),
        ),
        (_MINIMUM, "below", "A task count is not negative.", count, replacing(_MINIMUM, one_of(-1))),
        (_MAXIMUM, "below", "A task count is not negative.", count, replacing(_MAXIMUM, one_of(-1))),
        (
            _MINIMUM,
            "above-maximum",
            "The minimum is not above the maximum.",
            count,
            replacing(_MINIMUM, lambda members, _: members["scalingTarget"]["maxTaskCount"] + 1),
        ),
        (_TARGET, "below", "A target value is at least 1.", target, replacing(_TARGET, one_of(0, -1))),
        (
            _TARGET,
            "above-percent",
            f"The target of a percentage is at most {MAX_PERCENT}.",
            target,
            replacing(_TARGET, one_of(MAX_PERCENT + 1, 1000), prepare=_percentages),
        ),
        (
            _TARGET,
            "above-requests",
            f"The target of the request count is at most {MAX_REQUESTS}.",
            per_target,
            replacing(_TARGET, one_of(MAX_REQUESTS + 1, 2**31 - 1), prepare=_requests),
        ),
    )
    for path, word, sentence, evidence, plant in rows:
        yield Defect(id=f"range/{path}-{word}", path=path, sentence=sentence, evidence=evidence, plant=plant)


def _percentages(members: Update, variant: int) -> None:
    percentages = [metric for metric in metrics() if metric != REQUESTS]
    members["scalingTarget"]["autoScalingMetric"] = percentages[variant // 2 % len(percentages)]


def _requests(members: Update, _variant: int) -> None:
    members["scalingTarget"]["autoScalingMetric"] = REQUESTS


_IMAGE = "primaryContainer.image"
# Neither an ARN of a role nor, as in a task definition, a name of one.
_NO_ROLES = ("not a role!", "arn:aws:iam::123:role/short-account", "arn:aws:s3:::bucket", "arn:aws:iam")


def _formats() -> Iterator[Defect]:
    """Texts that do not have the documented form, and pairs that do not go together."""
    role = "inferred: documented as the ARN of a role; IAM User Guide, IAM identifiers"
    path = "documented: API reference, UpdateExpressGatewayService, healthCheckPath"
    path_size = "inferred: Elastic Load Balancing API reference, CreateTargetGroup, HealthCheckPath"
    image = "inferred: API reference, ContainerDefinition, image"
    size = "inferred: Developer Guide, task CPU and memory sizes on Fargate"
    no_slash, long_path = one_of("health", "health/", " /health"), one_of("/" + "p" * MAX_PATH)
    rows: tuple[tuple[str, str, str, str, Wrong], ...] = (
        ("executionRoleArn", "", "A role is given by its ARN.", role, one_of(*_NO_ROLES)),
        ("taskRoleArn", "", "A role is given by its ARN.", role, one_of(*_NO_ROLES)),
        ("healthCheckPath", "-slash", "A health check path starts with a slash.", path, no_slash),
        ("healthCheckPath", "-long", f"A path has at most {MAX_PATH} characters.", path_size, long_path),
        (_IMAGE, "-empty", "An image reference is not empty.", image, one_of("")),
        (
            _IMAGE,
            "-syntax",
            "An image reference has letters, digits, and -_:./#@ only.",
            image,
            one_of("nginx:la test", "nginx latest!", "nginx:{latest}"),
        ),
        (
            _IMAGE,
            "-long",
            f"An image reference has at most {MAX_IMAGE} characters.",
            image,
            one_of("a" * (MAX_IMAGE + 1)),
        ),
        ("cpu", "", "CPU is a size that Fargate has.", size, one_of("0", "1000", "-1024", "many")),
        ("memory", "", "Memory is a size that Fargate has.", size, one_of("0", "1000", "-4096", "much")),
    )
    for where, word, sentence, evidence, wrong in rows:
        keep = ("cpu", "memory") if where in {"cpu", "memory"} else ()
        plant = replacing(where, wrong, keep=keep)
        yield Defect(
            id=f"format/{where}{word}", path=where, sentence=sentence, evidence=evidence, plant=plant
        )
    yield Defect(
        id="pair/cpu-memory",
        path="memory",
        sentence="Fargate offers this memory size with this CPU size.",
        evidence="inferred: Developer Guide, task CPU and memory sizes; task definitions enforce it",
        plant=replacing("memory", _no_partner, keep=("cpu",)),
    )


def _no_partner(members: Update, variant: int) -> str:
    memories = excluded_memories(members["cpu"])
    return memories[variant % len(memories)]


_VARIABLE, _SECRET = "primaryContainer.environment[].name", "primaryContainer.secrets[].name"


def _names() -> Iterator[Defect]:
    """Names of variables and secrets that are empty or repeated."""
    observed = "observed: RegisterTaskDefinition answers ClientException"
    yield Defect(
        id=f"empty/{_VARIABLE}",
        path=_VARIABLE,
        sentence="The name of an environment variable is not empty.",
        evidence=observed,
        plant=replacing(_VARIABLE, one_of("")),
    )
    yield Defect(
        id=f"duplicate/{_VARIABLE}",
        path=_VARIABLE,
        sentence="Each environment variable has a name of its own.",
        evidence="open: no AWS document says what a repeated name does",
        plant=replacing(_VARIABLE, _first_name("environment"), prepare=_two("environment", "value")),
    )
    yield Defect(
        id=f"duplicate/{_SECRET}",
        path=_SECRET,
        sentence="Each secret has a name of its own.",
        evidence=observed,
        plant=replacing(_SECRET, _first_name("secrets"), prepare=_two("secrets", "valueFrom")),
    )


def _first_name(name: str) -> Wrong:
    return lambda members, _variant: members["primaryContainer"][name][0]["name"]


def _two(name: str, key: str) -> Prepare:
    """Makes a list have a second element, with the first one's value and another name."""

    def prepare(members: Update, _variant: int) -> None:
        elements = members["primaryContainer"][name]
        if len(elements) == 1:
            elements.append({"name": f"{elements[0]['name'][:100]}_2", key: elements[0][key]})

    return prepare


def _exclusions() -> Iterator[Defect]:
    """Members that may not stand beside a task definition."""
    for name in EXCLUDED_BY_TASK_DEFINITION:
        yield Defect(
            id=f"exclusion/{name}",
            path=name,
            sentence=f"{name} is not given together with taskDefinitionArn.",
            evidence="documented: API reference, UpdateExpressGatewayService, taskDefinitionArn",
            plant=adding(name),
        )


def _catalogue() -> Iterator[Defect]:
    """All defects that fit the installed service model and the updates that this package makes."""
    domain = member_domain(known_members(), ANYWHERE)
    simplest = domain.decode(bytes(domain.width))
    modelled = {node.path for node in update_nodes()}
    for source in (_modelled, _ranges, _formats, _names, _exclusions):
        yield from (defect for defect in source() if defect.path in modelled and _fits(defect, simplest))


def _fits(defect: Defect, update: Update) -> bool:
    """Whether the defect has a place in the update: not where only a newer model has the structure around."""
    try:
        defect.plant(update, 0)
    except LookupError:
        return False
    return True


DEFECTS: Mapping[str, Defect] = {defect.id: defect for defect in _catalogue()}
"""Every defect by its id; the ids that the model brings come first, in the model's order."""
