"""Image references, container ports and health check paths."""

from __future__ import annotations

import string

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.domains import Domain, alternatives, builds, choices, numbers, texts
from strategies.pools import ANYWHERE, ValuePools

MAX_IMAGE = 255
"""Characters of the longest image reference (API reference, ContainerDefinition, image)."""

MAX_PORT = 65535
"""The highest port (Elastic Load Balancing API reference, TargetDescription, Port)."""

MAX_PATH = 1024
"""Characters of the longest path (Elastic Load Balancing, CreateTargetGroup, HealthCheckPath)."""

_LOWER = string.ascii_lowercase + string.digits
_REPOSITORIES = ("nginx", "library/nginx", "team-a/web_app", "public.ecr.aws/nginx/nginx")
_TAGS = ("latest", "1.27", "v2.0.0-rc.1_build.7", "T" * 128)
_PORTS = (80, 8080, 1, MAX_PORT, 443, 3000, 5000, 1024, MAX_PORT - 1)
_PATHS = ("/", "/ping", "/health", "/api/v1/health", "/healthz?deep=1&x=y", "/a-b_c.d~e", "/" + "p" * 1023)
# RFC 3986, "path": what needs no escape, and a service hands back as it came.
_PATH_CHARACTERS = _LOWER + string.ascii_uppercase + "-._~/"


def images(*, pools: ValuePools = ANYWHERE) -> st.SearchStrategy[str]:
    """Image references by tag, by digest and by neither.

    The domain is ``repository``, ``repository:tag`` and ``repository@sha256:digest`` of up to 255 characters
    (API reference, ContainerDefinition, image), in public registries and in the target's own. Shrinks to the
    pool's first image, or to ``nginx:latest``.
    """
    return image_domain(pools).strategy()


def container_ports(*, min_value: int = 1, max_value: int = MAX_PORT) -> st.SearchStrategy[int]:
    """Ports that a container can listen on.

    The domain is 1 to 65535, the ports of a load balancer's target. Shrinks to 80, the documented default,
    or to the lowest port where 80 is excluded.

    Raises:
        InvalidArgument: the limits are not ports, or leave none.
    """
    if not 1 <= min_value <= max_value <= MAX_PORT:
        raise InvalidArgument(f"No ports from {min_value} to {max_value}: 1 to {MAX_PORT} are.")
    return port_domain(min_value, max_value).strategy()


def health_check_paths() -> st.SearchStrategy[str]:
    """Paths that a load balancer can ask for.

    The domain is a slash and up to 1,023 further characters that a URI's path or query may hold unescaped.
    Shrinks to ``/``.
    """
    return path_domain().strategy()


def image_domain(pools: ValuePools) -> Domain[str]:
    """The domain of :func:`images`."""
    if pools.images:
        return choices(pools.images)
    own = f"{pools.account}.dkr.ecr.{pools.region}.amazonaws.com/app"
    longest = "team/" + "a" * (MAX_IMAGE - len("team/:latest")) + ":latest"
    repository = choices((*_REPOSITORIES, own))
    by_tag = builds("{}:{}".format, repository, _tags())
    by_digest = builds("{}@sha256:{:064x}".format, repository, numbers(minimum=0, maximum=2**16 - 1))
    return alternatives(by_tag, alternatives(by_digest, choices((*_REPOSITORIES, longest))))


def port_domain(min_value: int = 1, max_value: int = MAX_PORT) -> Domain[int]:
    """The domain of :func:`container_ports`."""
    usual = [port for port in _PORTS if min_value <= port <= max_value]
    return alternatives(
        choices(usual or [min_value]),
        numbers(minimum=min_value, maximum=max_value),
    )


def path_domain() -> Domain[str]:
    """The domain of :func:`health_check_paths`."""
    return alternatives(choices(_PATHS), texts(_PATH_CHARACTERS, width=3).map("/".__add__))


def _tags() -> Domain[str]:
    return alternatives(choices(_TAGS), texts(_LOWER))
