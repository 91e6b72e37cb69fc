"""What a target is: how to reach a system under test, and what it is known to have."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Protocol

import boto3
from botocore.exceptions import BotoCoreError
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from conformance.exceptions import ConfigurationError
from conformance.wire import Endpoint, Limits
from strategies.pools import ValuePools

# Suffixes of the names under which AWS serves its APIs, in all partitions.
_AWS_SUFFIXES = (
    "amazonaws.com",
    "amazonaws.com.cn",
    "amazonaws.eu",
    "amazonwebservices.com.cn",
    "amazonwebservices.eu",
    "api.aws",
    "on.aws",
    "aws.dev",
    "aws.ic.gov",
    "c2s.ic.gov",
    "aws.hci.ic.gov",
    "csp.hci.ic.gov",
    "aws.scloud",
    "sc2s.sgov.gov",
    "adc-e.uk",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What a configuration file and the command line say of a target, whatever its kind.

    Attributes:
        name: what reports call it.
        region: the region that requests are signed for.
        profile: the AWS profile whose credentials to sign with; empty for the dummy credentials that
            emulators take. Ambient credentials are never sent to an endpoint by themselves.
        access_key, secret_key: credentials to sign with, if there is no profile.
        restricted_profile: the AWS profile of a second caller, whom a policy lets describe Express services
            and not update them. With it, a run also judges how the target denies an update.
        restricted_access_key, restricted_secret_key: the second caller's credentials, if there is no profile.
        endpoint_url: the endpoint, where the address does not say it.
        cluster: the cluster to create services in; empty for the default one.
        infrastructure_role: for Create; empty for any.
        service_arn: the one service to update, at a target without Create.
        known: path of the file of known deviations; empty for none.
        pools: the values that exist at the target.
        limits: what one exchange may cost.
        start_seconds: how long a command may take to answer.
    """

    name: str = ""
    region: str = "us-east-1"
    profile: str = ""
    access_key: str = "testing"
    secret_key: str = field(default="testing", repr=False)
    restricted_profile: str = ""
    restricted_access_key: str = ""
    restricted_secret_key: str = field(default="", repr=False)
    endpoint_url: str = ""
    cluster: str = ""
    infrastructure_role: str = ""
    service_arn: str = ""
    known: str = ""
    pools: ValuePools = field(default_factory=ValuePools)
    limits: Limits = field(default_factory=Limits)
    start_seconds: float = 60.0


class Target(Protocol):
    """How to reach a system under test.

    Attributes:
        kind: the word before the colon.
        settings: what is known of it.
    """

    @property
    def kind(self) -> str:
        """The word before the colon."""
        ...

    @property
    def settings(self) -> Settings:
        """What is known of it."""
        ...

    def connect(self) -> AbstractContextManager[Endpoint]:
        """Reach the target for as long as the context lasts.

        Raises:
            ConfigurationError: it must not, or cannot, be reached as configured.
            TargetError: it does not start or answer.
        """
        ...


def endpoint_at(url: str, settings: Settings) -> Endpoint:
    """The endpoint at a URL that is not AWS's.

    Raises:
        ConfigurationError: the URL is none, or is AWS's, or the profile has no credentials.
    """
    host = _parsed(url).host or ""
    if is_aws(host):
        raise ConfigurationError(
            f"{host} belongs to AWS; nothing was sent.",
            hint="Real accounts are judged with --target aws, once that is enabled.",
        )
    key, secret, token = _own(settings)
    second_key, second_secret, second_token = _restricted(settings)
    if second_key == key:
        raise ConfigurationError(
            f"The restricted caller of {settings.name or url!r} is the run's own caller.",
            hint="It has to be another one, who may describe Express services and not update them.",
        )
    return Endpoint(
        url=url,
        region=settings.region,
        access_key=key,
        secret_key=secret,
        token=token,
        restricted_access_key=second_key,
        restricted_secret_key=second_secret,
        restricted_token=second_token,
    )


def _parsed(url: str) -> Url:
    """The URL's parts as the wire client will see them: another parser might see another host."""
    try:
        parts = parse_url(url)
    except LocationParseError:
        parts = Url()
    host, extras = parts.host or "", (parts.query, parts.fragment, parts.auth)
    plain = host.isascii() and "\\" not in url and extras == (None, None, None)
    if parts.scheme not in {"http", "https"} or not host or not plain:
        raise ConfigurationError(
            f"{url!r} is no endpoint URL.", hint="Write it as http://HOST:PORT or https://HOST:PORT."
        )
    return parts


def is_aws(host: str) -> bool:
    """Whether a host name is one of AWS's."""
    host = host.lower().rstrip(".")
    return any(host == suffix or host.endswith(f".{suffix}") for suffix in _AWS_SUFFIXES)


_Keys = tuple[str, str, str | None]


def _own(settings: Settings) -> _Keys:
    """The credentials of the profile, or those of the settings."""
    if settings.profile:
        return _profile(settings.profile)
    return settings.access_key, settings.secret_key, None


def _restricted(settings: Settings) -> _Keys:
    """The second caller's credentials; empty texts if there is none."""
    if settings.restricted_profile:
        return _profile(settings.restricted_profile)
    if bool(settings.restricted_access_key) != bool(settings.restricted_secret_key):
        raise ConfigurationError(
            "Of the restricted caller's credentials one half is missing.",
            hint="Give restricted_access_key and restricted_secret_key, or restricted_profile.",
        )
    return settings.restricted_access_key, settings.restricted_secret_key, None


def _profile(name: str) -> _Keys:
    try:
        found = boto3.Session(profile_name=name).get_credentials()
        frozen = found.get_frozen_credentials() if found else None
    except BotoCoreError as error:
        raise ConfigurationError(
            f"The profile {name!r} gives no credentials: {error}.",
            hint="`aws configure list-profiles` shows the profiles there are.",
        ) from error
    if frozen is None:
        raise ConfigurationError(
            f"The profile {name!r} has no credentials.",
            hint=f"Set them with `aws configure --profile {name}`, or leave the profile out.",
        )
    return frozen.access_key, frozen.secret_key, frozen.token
