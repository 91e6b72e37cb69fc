"""What a target is: how to reach a system under test, and what it is known to have."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Protocol

import boto3
from botocore.credentials import RefreshableCredentials
from botocore.exceptions import BotoCoreError
from urllib3.exceptions import LocationParseError
from urllib3.util import Url, parse_url

from conformance.budget import Budget
from conformance.credentials import Keys, Renewed
from conformance.exceptions import ConfigurationError
from conformance.wire import Endpoint, Limits
from strategies.pools import ValuePools

# Suffixes of the names under which AWS serves its APIs, in all partitions.
_AWS_LABEL = "amazonaws"
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
        version: which version of the system it is, for the reports; empty if nobody says it.
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
        settle_seconds: how long a real account has for a deployment, or for a deleted service to be gone. By
            the developer guide a deployment bakes for six minutes or more, and its tasks have to start.
        live: whether a real account may be judged.
        accounts, regions: the accounts and Regions where it may.
        budget: what a run may cost at the most; None for no limit, which a real account never has.
    """

    name: str = ""
    version: str = ""
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
    settle_seconds: float = 900.0
    live: bool = False
    accounts: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    budget: Budget | None = None


class Target(Protocol):
    """How to reach a system under test.

    Attributes:
        kind: the word before the colon.
        settings: what is known of it.
        version: which version of the system it is; empty if that is not known.
    """

    @property
    def kind(self) -> str:
        """The word before the colon."""
        ...

    @property
    def settings(self) -> Settings:
        """What is known of it."""
        ...

    @property
    def version(self) -> str:
        """Which version of the system it is, as far as that is known without asking it."""
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
    host = host_of(url)
    if is_aws(host):
        raise ConfigurationError(
            f"{host} belongs to AWS; nothing was sent.", hint="Real accounts are judged with --target aws."
        )
    if looks_like_aws(host):
        raise ConfigurationError(
            f"{host} looks like AWS's, and is not; nothing was sent.",
            hint="If it is your own, give it another name, or its address.",
        )
    (key, secret, token), source = _own(settings)
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
        source=source,
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


def host_of(url: str) -> str:
    """The host of an endpoint's URL, in lower case, as the wire client will see it.

    Raises:
        ConfigurationError: it is no endpoint's URL.
    """
    return (_parsed(url).host or "").lower()


def looks_like_aws(host: str) -> bool:
    """Whether a host that is not AWS's could be taken for one of AWS's."""
    labels = host.lower().rstrip(".").split(".")
    return not is_aws(host) and any(
        get_close_matches(label, [_AWS_LABEL], n=1, cutoff=0.8) for label in labels
    )


def is_aws(host: str) -> bool:
    """Whether a host name is one of AWS's."""
    host = host.lower().rstrip(".")
    return any(host == suffix or host.endswith(f".{suffix}") for suffix in _AWS_SUFFIXES)


def _own(settings: Settings) -> tuple[Keys, Renewed | None]:
    """The credentials of the profile, or those of the settings; and where new ones come from."""
    if settings.profile:
        return profile_credentials(settings.profile)
    return Keys(settings.access_key, settings.secret_key), None


def _restricted(settings: Settings) -> Keys:
    """The second caller's credentials; empty texts if there is none."""
    if settings.restricted_profile:
        return profile_credentials(settings.restricted_profile)[0]
    if bool(settings.restricted_access_key) != bool(settings.restricted_secret_key):
        raise ConfigurationError(
            "Of the restricted caller's credentials one half is missing.",
            hint="Give restricted_access_key and restricted_secret_key, or restricted_profile.",
        )
    return Keys(settings.restricted_access_key, settings.restricted_secret_key)


def profile_credentials(name: str | None) -> tuple[Keys, Renewed | None]:
    """The credentials of a profile; without a name, those that the surroundings have.

    Returns:
        The keys of this moment, and where new ones come from if these expire.

    Raises:
        ConfigurationError: there are none.
    """
    which = f"The profile {name!r}" if name else "The environment"
    try:
        found = boto3.Session(profile_name=name).get_credentials()
        frozen = found.get_frozen_credentials() if found else None
    except BotoCoreError as error:
        raise ConfigurationError(
            f"{which} gives no credentials: {error}.",
            hint="`aws configure list-profiles` shows the profiles there are.",
        ) from error
    if frozen is None:
        raise ConfigurationError(
            f"{which} has no credentials.",
            hint=f"Set them with `aws configure --profile {name}`, or leave the profile out."
            if name
            else "Give --profile, or sign in: `aws sts get-caller-identity` must work.",
        )
    keys = Keys(frozen.access_key, frozen.secret_key, frozen.token)
    return keys, Renewed(found) if isinstance(found, RefreshableCredentials) else None
