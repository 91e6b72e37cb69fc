"""What only the service model says: of the update, and of its neighbours as far as an update depends on it.

The texts of the model that the API page has, too, are sentences of the page.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.ledger import shapes
from conformance.ledger.excuses import CONTRADICTED, CREATION, OTHER_OPERATION, REAL_TASKS, THE_ACCOUNT
from conformance.ledger.sentence import Sentence, Written, stated
from conformance.model import Operation
from conformance.requirements.citations import service_model

_WIRE: tuple[Written, ...] = (
    (
        "target",
        "A request is posted to / and names the operation in X-Amz-Target.",
        ("operation/supported",),
    ),
    (
        "protocol",
        "The operation speaks AWS JSON 1.1.",
        ("envelope/content-type", "envelope/error-type", "protocol/*", "boto3/*"),
    ),
)
_ARCHITECTURE: tuple[Written, ...] = (
    (
        "meaning",
        "cpuArchitecture is the architecture on which the tasks run.",
        ("reflect/cpuArchitecture", "show/cpuArchitecture"),
    ),
    ("kept", "Without it, the service keeps its architecture.", ("preserve/cpuArchitecture",)),
    ("new-deployment", "A change of it starts a new deployment.", ("revision/new-for-each-change",)),
    ("tasks-replaced", "That deployment replaces the running tasks.", REAL_TASKS),
    ("image", "The image must be one for that architecture.", REAL_TASKS),
    ("linux", "The tasks' operating system is always LINUX.", REAL_TASKS),
    ("exclusion", "It cannot be given with taskDefinitionArn.", ("exclusion/cpuArchitecture",)),
    (
        "not-always-returned",
        "It is not returned for a customer's task definition that names none.",
        "That more is shown than is documented harms nobody; where it is shown, its value is judged.",
    ),
    (
        "by-revision",
        "Service revisions may have different architectures.",
        ("show/cpuArchitecture",),
    ),
)
_SHAPES: Mapping[str, tuple[Written, ...]] = {
    "ExpressGatewayContainer": (
        ("traffic", "The main container receives the load balancer's traffic.", REAL_TASKS),
        ("image-only", "Nothing but the image must be given.", ("accept/primaryContainer",)),
        ("defaults", "Whatever else is left out has a sensible default.", CREATION),
        ("image", "image is what the container is started from.", ("*/primaryContainer.image",)),
        (
            "image-form",
            "An image is named by its repository with a tag or a digest.",
            ("accept/primaryContainer", "reject-format/primaryContainer.image"),
        ),
        ("image-registry", "An image may be in any registry that the execution role can read.", THE_ACCOUNT),
        ("port", "containerPort is the port that receives traffic.", ("*/primaryContainer.containerPort",)),
        ("port-default", "containerPort is 80 unless it is given.", CREATION),
        ("command", "command is passed to the container.", ("*/primaryContainer.command",)),
        ("environment", "environment is passed to the container.", ("*/primaryContainer.environment",)),
        ("secrets", "secrets are passed to the container.", ("*/primaryContainer.secrets",)),
        ("at-run-time", "The container has all of these when it runs.", REAL_TASKS),
    ),
    "ExpressGatewayServiceAwsLogsConfiguration": (
        (
            "meaning",
            "logGroup and logStreamPrefix say where the container's logs go.",
            ("reflect/primaryContainer.awsLogsConfiguration*", "show/primaryContainer.awsLogsConfiguration*"),
        ),
        ("delivery", "The container's logs arrive there.", REAL_TASKS),
        (
            "prefix-default",
            "logStreamPrefix is ecs unless it is given.",
            "The same shape requires it, so there is no update that leaves it out.",
        ),
    ),
    "ExpressGatewayRepositoryCredentials": (
        (
            "meaning",
            "credentialsParameter is the ARN of the secret with the registry's credentials.",
            (
                "reflect/primaryContainer.repositoryCredentials*",
                "show/primaryContainer.repositoryCredentials*",
            ),
        ),
    ),
    "KeyValuePair": (
        (
            "meaning",
            "An element of environment is a variable's name and value.",
            ("reflect/primaryContainer.environment", "reject-format/primaryContainer.environment*"),
        ),
    ),
    "Secret": (
        ("meaning", "A secret has a name and a place.", ("reflect/primaryContainer.secrets",)),
        ("place", "The place is the ARN of a secret or of a parameter, or a parameter's name.", THE_ACCOUNT),
    ),
    "ExpressGatewayServiceNetworkConfiguration": (
        ("default-vpc", "By default, subnets and security groups of the default VPC are used.", CREATION),
        (
            "meaning",
            "securityGroups and subnets are the ids of those of the service.",
            ("reflect/networkConfiguration.*", "show/networkConfiguration.*"),
        ),
    ),
    "ExpressGatewayScalingTarget": (
        ("scaling", "The number of running tasks follows the demand.", REAL_TASKS),
        (
            "meaning",
            "The number of tasks has a minimum and a maximum, the metric has a target value.",
            ("reflect/scalingTarget.*", "show/scalingTarget.*", "reject-range/scalingTarget.*"),
        ),
        ("metric-default", "The metric is CPU utilisation unless it is given.", CREATION),
        ("value-default", "The target value is 60 unless it is given.", CREATION),
    ),
    "UpdatedExpressGatewayService": (
        ("serviceArn", "serviceArn is the ARN of the updated service.", ("identity/service-arn",)),
        ("cluster", "cluster is the updated service's.", ("identity/cluster", "semantics/cluster-form")),
        ("serviceName", "serviceName is the updated service's.", ("identity/service-name",)),
        ("status", "status is the updated service's.", ("identity/status-active",)),
        (
            "targetConfiguration",
            "targetConfiguration is what the service is being updated to.",
            ("reflect/*", "preserve/*", "revision/in-answer", "semantics/target-configuration"),
        ),
        (
            "createdAt",
            "createdAt is when the service was created.",
            ("identity/created-at", "identity/created-at-in-describe"),
        ),
        ("updatedAt", "updatedAt is when it was last updated.", ("semantics/updated-at", "atomic/updatedAt")),
    ),
    "ExpressGatewayServiceStatus": (
        (
            "reason",
            "statusReason says why the status is what it is.",
            "No document says what it must say; its type is judged where it is shown.",
        ),
    ),
    "ExpressGatewayServiceConfiguration": (
        (
            "revision",
            "It is one revision of the service, with all of its settings.",
            ("show/*", "semantics/target-configuration"),
        ),
        (
            "serviceRevisionArn",
            "serviceRevisionArn is the revision's ARN.",
            (
                *("revision/in-answer", "revision/shown-by-describe"),
                *("revision/arn-names-service", "revision/immutable"),
            ),
        ),
        (
            "taskDefinitionArn",
            "taskDefinitionArn is there for every Express service, managed or not.",
            ("revision/task-definition",),
        ),
        ("ingressPaths", "ingressPaths are the ways into the revision.", ("identity/ingress-endpoint",)),
        (
            "createdAt",
            "createdAt is when the revision was created.",
            ("revision/created-at", "revision/created-at-in-describe", "revision/not-older-than-former"),
        ),
    ),
    "IngressPathSummary": (("access", "The endpoint can be reached as its access type says.", REAL_TASKS),),
}
_NEIGHBOURS: Mapping[str, tuple[Written, ...]] = {
    "CreateExpressGatewayService": (
        (
            "health-check-path",
            "A health check path begins with a slash and may have a query.",
            ("accept/healthCheckPath", "reject-format/healthCheckPath"),
        ),
        (
            "service-name",
            "The name is part of the ARN and never changes.",
            ("identity/service-name", "identity/service-arn"),
        ),
        (
            "name-form",
            "The name is unique in the cluster and of limited form.",
            ("identity/arn-of-its-own", "identity/same-name-in-another-cluster"),
        ),
        ("cluster", "The cluster is the default one unless another is named.", CREATION),
        ("tags", "A service has up to 50 tags from its creation.", ("identity/tags",)),
        ("size-default", "cpu and memory have defaults.", CONTRADICTED),
        ("path-default", "The health check path has a default.", CONTRADICTED),
        ("architecture-default", "The architecture is X86_64 unless it is given.", CREATION),
        ("permissions", "The two roles allow what ECS does with them.", THE_ACCOUNT),
        ("infrastructure", "Load balancers, security groups and scaling are set up.", REAL_TASKS),
    ),
    "DescribeExpressGatewayService": (
        (
            "details",
            "Describe shows the service with its active revisions and endpoints.",
            ("show/*", "revision/shown-by-describe"),
        ),
        ("readonly", "Describe changes nothing.", ("identity/other-service-untouched",)),
        ("tags", "Describe shows the tags if it is asked for them.", ("identity/tags",)),
        (
            "infrastructure-role",
            "Describe shows the infrastructure role.",
            ("identity/infrastructure-role",),
        ),
        (
            "active-configurations",
            "A service may have several active configurations.",
            ("revision/shown-by-describe", "semantics/active-configurations"),
        ),
        (
            "deployment",
            "currentDeployment is the deployment that is under way.",
            "Nothing says when a deployment ends, so it may be there and it may be absent.",
        ),
    ),
    "DeleteExpressGatewayService": (
        ("draining", "A service that is deleted drains and starts no tasks.", REAL_TASKS),
        (
            "for-good",
            "A deletion cannot be undone.",
            (
                *("reject/inactive-service", "life-cycle/never-active-again", "life-cycle/inactive-for-good"),
                "concurrency/update-against-delete",
            ),
        ),
        ("resources", "All resources of the service are removed.", REAL_TASKS),
        ("back-up", "Important data should be kept elsewhere before.", OTHER_OPERATION),
    ),
}


def sentences(operation: Operation) -> Iterator[Sentence]:
    """The wire, the parameters and shapes of the update, then the neighbours."""
    yield from stated("model/wire", service_model("metadata"), *_WIRE)
    if "cpuArchitecture" in operation.optional:
        source = service_model("UpdateExpressGatewayServiceRequest.cpuArchitecture")
        yield from stated("model/cpuArchitecture", source, *_ARCHITECTURE)
    for member in operation.input:
        if not member.parent:
            yield from _off_page(shapes.parameter(member))
    for name, written in _SHAPES.items():
        yield from stated(f"model/{name}", service_model(name), *written)
    for made in shapes.FAMILIES:
        yield from _off_page(made(operation))
    for error in operation.errors:
        yield from _off_page(shapes.error_form(error))
    for name, written in _NEIGHBOURS.items():
        yield from stated(f"model/{name}", service_model(name), *written)


def _off_page(made: Iterator[Sentence]) -> Iterator[Sentence]:
    return (entry for entry in made if not entry.on_page)
