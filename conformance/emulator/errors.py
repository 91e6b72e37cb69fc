"""The errors that the four operations answer with, as Python sees them.

Names and statuses are those of the API pages: 400 for everything but ServerException. Messages are the ones
that public issue trackers quote from the real service, and plain sentences where they quote none.
"""

from __future__ import annotations


class Refusal(Exception):  # noqa: N818 - it is an answer of the emulator, not an error of ours
    """A request that is answered with an error.

    Attributes:
        code: the shape name that ``__type`` carries.
        message: a sentence for people.
        status: the HTTP status.
    """

    def __init__(self, code: str, message: str, *, status: int = 400) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.status = status


def invalid(message: str) -> Refusal:
    """A parameter that is not valid."""
    return Refusal("InvalidParameterException", message)


def client_error(message: str) -> Refusal:
    """A mistake of the client outside the parameters' own syntax."""
    return Refusal("ClientException", message)


def access_denied(message: str) -> Refusal:
    """Somebody may not do what the request asks for."""
    return Refusal("AccessDeniedException", message)


def cluster_not_found() -> Refusal:
    """The cluster does not exist; the message is that of every other ECS operation."""
    return Refusal("ClusterNotFoundException", "Cluster not found.")


def service_not_found() -> Refusal:
    """Update and Delete declare this class for a service that does not exist."""
    return Refusal("ServiceNotFoundException", "Service not found.")


def resource_not_found() -> Refusal:
    """Describe declares this class, and not ServiceNotFoundException."""
    return Refusal("ResourceNotFoundException", "Resource not found.")


def not_active(status_code: str) -> Refusal:
    """A deleted service can be neither updated nor deleted again.

    Both messages are matched by the Terraform provider (express_gateway_service.go).
    """
    messages = {
        "DRAINING": "Service is in DRAINING status.",
        "INACTIVE": "Cannot perform this operation on a service in INACTIVE status.",
    }
    return Refusal("ServiceNotActiveException", messages[status_code])


def serialization(message: str) -> Refusal:
    """A body that is not what the protocol asks for, refused before the operation sees it."""
    return Refusal("SerializationException", message)


def unknown_operation() -> Refusal:
    """The target header names no operation of the service."""
    return Refusal("UnknownOperationException", "The requested operation is not supported.")


def server_error() -> Refusal:
    """A mistake of the emulator itself."""
    return Refusal("ServerException", "Service Unavailable. Please try again later.", status=500)
