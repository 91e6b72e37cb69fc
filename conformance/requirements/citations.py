"""The documents that requirements cite; their sentences are paraphrased, never copied."""

from __future__ import annotations

from conformance.model import API_PAGE
from conformance.requirement import Citation

_AWS = "https://docs.aws.amazon.com/AmazonECS/latest"
_TERRAFORM = "https://github.com/hashicorp/terraform-provider-aws/issues"
_SMITHY_TESTS = "https://github.com/smithy-lang/smithy/tree/main/smithy-aws-protocol-tests/model/awsJson1_1"


def page(section: str) -> Citation:
    """The API page of the operation."""
    document = "Amazon ECS API Reference, UpdateExpressGatewayService"
    return Citation(document=document, section=section, url=API_PAGE)


def service_model(section: str) -> Citation:
    """The service model that the installed botocore carries."""
    return Citation(document="Amazon ECS service model (botocore, ecs/2014-11-13)", section=section)


def protocol(section: str) -> Citation:
    """The protocol specification."""
    return Citation(
        document="Smithy, AWS JSON 1.1 protocol",
        section=section,
        url="https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html",
    )


def protocol_test(section: str) -> Citation:
    """One of Smithy's protocol conformance tests, by its id."""
    return Citation(document="Smithy protocol tests, awsJson1_1", section=section, url=_SMITHY_TESTS)


def guide(section: str, page_name: str) -> Citation:
    """A page of the developer guide."""
    return Citation(
        document="Amazon ECS Developer Guide", section=section, url=f"{_AWS}/developerguide/{page_name}.html"
    )


def common_errors() -> Citation:
    """The errors that every operation may answer with."""
    return Citation(
        document="Amazon ECS API Reference",
        section="Common Error Types",
        url=f"{_AWS}/APIReference/CommonErrors.html",
    )


def terraform(number: int, section: str) -> Citation:
    """A public report of what the real service did."""
    return Citation(
        document="terraform-provider-aws, public issue", section=section, url=f"{_TERRAFORM}/{number}"
    )


CHARTER = Citation(
    document="Charter of this suite",
    section="an update preserves the fields that the request leaves out",
)
WORKSHOP = Citation(
    document="aws-samples/java-on-aws, workshop scripts",
    section="infra/scripts/deploy/java-spring-ai-agents/6-ecs.sh: updates only image and environment",
    url="https://github.com/aws-samples/java-on-aws",
)
SERIALIZATION = Citation(
    document="aws-cdk-cli, public issue",
    section="ECS answers a text in the place of an integer with SerializationException",
    url="https://github.com/aws/aws-cdk-cli/issues/973",
)
