"""Property-based conformance tests for the Amazon ECS operation UpdateExpressGatewayService."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("ecs-express-conformance")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"

__all__ = ["__version__"]
