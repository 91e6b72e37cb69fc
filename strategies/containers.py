"""The primary container: commands, log configuration, registry credentials, and all of it together."""

from __future__ import annotations

import string
from typing import Any

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.arns import credential_arn_domain
from strategies.domains import Domain, alternatives, choices, lists, records, texts
from strategies.images import image_domain, port_domain
from strategies.pools import ANYWHERE, ValuePools
from strategies.variables import environment_domain, secret_domain

_WORDS = ("run", "--port=8080", "-c", "echo ready; exec app", "/usr/bin/app", "é")
# CloudWatch Logs API reference, CreateLogGroup: up to 512 of letters, digits and "_-/.#".
_LOG_GROUPS = ("/ecs/app", "/aws/ecs/default/app-5fdb", "app_1.logs#a", "g" * 512)
_PREFIXES = ("app", "ecs", "web_1.a-b", "p" * 64)
_NAME = string.ascii_lowercase + string.digits + "-_"


def commands(*, min_size: int = 1, max_size: int = 3) -> st.SearchStrategy[list[str]]:
    """Commands as lists of words.

    The domain is printable, non-empty words. Shrinks to the fewest words, ``run``.

    Raises:
        InvalidArgument: the sizes are impossible.
    """
    if not 0 <= min_size <= max_size or not max_size:
        raise InvalidArgument(f"Commands of {min_size} to {max_size} words.")
    return command_domain(min_size, max_size).strategy()


def log_configurations(*, pools: ValuePools = ANYWHERE) -> st.SearchStrategy[dict[str, str]]:
    """Log configurations with a group and a stream prefix, both of which the service model requires.

    The domain is log group names of CloudWatch Logs, and prefixes without the separators ``:``, ``*`` and
    ``/``. Shrinks to the pool's first group, or to ``/ecs/app``, and the prefix ``app``.
    """
    return log_domain(pools).strategy()


def repository_credentials(*, pools: ValuePools = ANYWHERE) -> st.SearchStrategy[dict[str, str]]:
    """Credentials of a private registry, by the ARN of their secret.

    The domain is that of :func:`strategies.arns.credential_arns`, and it shrinks alike.
    """
    return credential_domain(pools).strategy()


def primary_containers(
    *, pools: ValuePools = ANYWHERE, partial: bool = False
) -> st.SearchStrategy[dict[str, Any]]:
    """Primary containers with all their members or, if partial, with the image and any of the others.

    The domain is the shape ExpressGatewayContainer of the API reference, its members drawn from the domains
    of this package. Shrinks to the simplest member values and, if partial, to the image alone.
    """
    return container_domain(pools, partial=partial).strategy()


def command_domain(min_size: int = 1, max_size: int = 3) -> Domain[list[str]]:
    """The domain of :func:`commands`."""
    word = alternatives(choices(_WORDS), texts(string.ascii_letters))
    return lists(word, min_size=min_size, max_size=max_size)


def log_domain(pools: ValuePools) -> Domain[dict[str, str]]:
    """The domain of :func:`log_configurations`."""
    made_up = alternatives(choices(_LOG_GROUPS), texts(_NAME))
    return records(
        {
            "logGroup": choices(pools.log_groups) if pools.log_groups else made_up,
            "logStreamPrefix": alternatives(choices(_PREFIXES), texts(_NAME)),
        }
    )


def credential_domain(pools: ValuePools) -> Domain[dict[str, str]]:
    """The domain of :func:`repository_credentials`."""
    return records({"credentialsParameter": credential_arn_domain(pools)})


def container_domain(pools: ValuePools, *, partial: bool = False) -> Domain[dict[str, Any]]:
    """The domain of :func:`primary_containers`."""
    image = {"image": image_domain(pools)}
    others: dict[str, Domain[Any]] = {
        "containerPort": port_domain(),
        "awsLogsConfiguration": log_domain(pools),
        "repositoryCredentials": credential_domain(pools),
        "command": command_domain(),
        "environment": environment_domain(),
        "secrets": secret_domain(pools),
    }
    return records(image, others) if partial else records({**image, **others})
