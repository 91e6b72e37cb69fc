"""ARNs of what an update may name: roles, secrets, parameters. All are made up unless a pool has them."""

from __future__ import annotations

from hypothesis import strategies as st

from strategies.domains import Domain, alternatives, builds, choices, texts
from strategies.pools import ANYWHERE, ValuePools

# IAM User Guide, "IAM and AWS STS quotas, name requirements": names of up to 64 of these, in paths.
_ROLE_PATHS = ("", "service-role/", "team-a/web/")
_ROLE_NAMES = ("role", "ecsTaskExecutionRole", "app_task+role=1,a.b@c-d", "r" * 64)
_NAMES = "abcdefghijklmnopqrstuvwxyz0123456789"

# Amazon ECS Developer Guide, "Pass Secrets Manager secrets through environment variables": after the secret's
# ARN may follow a JSON key, a version stage and a version id, each of them left out by writing nothing.
_SECRET_SUFFIXES = ("", ":username::", ":password:AWSCURRENT:", ":::01234567-89ab-cdef-0123-456789abcdef")


def role_arns(*, pools: ValuePools = ANYWHERE) -> st.SearchStrategy[str]:
    """ARNs of IAM roles.

    The domain is the ARN form of the IAM User Guide, "IAM identifiers", with and without a path, up to the
    longest name. Shrinks to the pool's first role, or to a short name without a path.
    """
    return role_arn_domain(pools).strategy()


def secret_references(*, pools: ValuePools = ANYWHERE) -> st.SearchStrategy[str]:
    """What a secret's ``valueFrom`` may hold.

    The domain is the full ARN of a Secrets Manager secret, with or without the parts that choose a JSON key
    and a version, or of a Systems Manager parameter (API reference, Secret). Short parameter names are left
    out: what a service returns for them is not documented. Shrinks to the ARN of a secret.
    """
    return secret_reference_domain(pools).strategy()


def credential_arns(*, pools: ValuePools = ANYWHERE) -> st.SearchStrategy[str]:
    """ARNs of secrets that hold the credentials of a private registry.

    The domain is the full ARN of a Secrets Manager secret (API reference,
    ExpressGatewayRepositoryCredentials). Shrinks to a short name.
    """
    return credential_arn_domain(pools).strategy()


def role_arn_domain(pools: ValuePools) -> Domain[str]:
    """The domain of :func:`role_arns`."""
    if pools.roles:
        return choices(pools.roles)
    prefix = f"arn:{pools.partition}:iam::{pools.account}:role/"
    return builds(
        lambda path, name: prefix + path + name,
        choices(_ROLE_PATHS),
        alternatives(choices(_ROLE_NAMES), texts(_NAMES)),
    )


def secret_reference_domain(pools: ValuePools) -> Domain[str]:
    """The domain of :func:`secret_references`."""
    if pools.secrets:
        return choices(pools.secrets)
    where = f"{pools.region}:{pools.account}"
    secret = f"arn:{pools.partition}:secretsmanager:{where}:secret:app/"
    parameter = f"arn:{pools.partition}:ssm:{where}:parameter/app/"
    forms = [(secret, f"-AbCdEf{suffix}") for suffix in _SECRET_SUFFIXES] + [(parameter, "")]
    return builds(lambda form, name: form[0] + name + form[1], choices(forms), texts(_NAMES))


def credential_arn_domain(pools: ValuePools) -> Domain[str]:
    """The domain of :func:`credential_arns`."""
    if pools.repository_credentials:
        return choices(pools.repository_credentials)
    prefix = f"arn:{pools.partition}:secretsmanager:{pools.region}:{pools.account}:secret:registry/"
    return texts(_NAMES).map(lambda name: f"{prefix}{name}-AbCdEf")
