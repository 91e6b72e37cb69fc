"""A real account, behind a guard: nothing is sent to ECS before everything that could go wrong is ruled out.

With an endpoint that is not AWS's the same guard stands before a *rehearsal*: so the way into a real account
can be walked, and tested, without one.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from conformance.credentials import Keys
from conformance.exceptions import ConfigurationError
from conformance.targets.base import Settings, endpoint_at, host_of, is_aws, profile_credentials
from conformance.wire import Endpoint

# What botocore would let decide where STS is; a guard cannot leave that to the surroundings.
_ENDPOINT_VARIABLES = ("AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_ECS", "AWS_ENDPOINT_URL_STS")
_STS = Config(
    ignore_configured_endpoint_urls=True,
    connect_timeout=5,
    read_timeout=10,
    retries={"total_max_attempts": 3, "mode": "standard"},
)
# What cleans up tries for longer: throttled requests, and a network that is gone for half a minute.
_LATER = _STS.merge(Config(retries={"total_max_attempts": 8, "mode": "standard"}))
_NOTHING_SENT = "nothing was sent to ECS"


@dataclass(frozen=True, slots=True, kw_only=True)
class Aws:
    """The account of the credentials in use; the address, if any, is the Region."""

    address: str = ""
    settings: Settings
    kind: str = "aws"

    @property
    def version(self) -> str:
        """The version that the configuration says."""
        return self.settings.version

    @property
    def region(self) -> str:
        """The Region to judge."""
        return self.address or self.settings.region

    @contextmanager
    def connect(self) -> Iterator[Endpoint]:
        """Pass the guard, or raise; only STS is asked.

        Raises:
            ConfigurationError: something speaks against it; its message says what, and what to do.
        """
        self._check_intent()
        self._check_surroundings()
        endpoint = self._endpoint()
        account = _account(replace(endpoint, source=None))
        if account not in self.settings.accounts:
            raise ConfigurationError(
                f"The credentials are those of account {account}, which is not among those allowed; "
                f"{_NOTHING_SENT}.",
                hint=f"If it is meant, put it into `accounts` of {self._where}.",
            )
        if endpoint.source is not None:
            endpoint.source.check_with(partial(_another, endpoint, account))
        yield replace(endpoint, account=account)

    @property
    def _is_rehearsal(self) -> bool:
        url = self.settings.endpoint_url
        return bool(url) and not is_aws(host_of(url))

    @property
    def _where(self) -> str:
        return f"targets.{self.settings.name} in express-conformance.toml"

    def _check_intent(self) -> None:
        """Whoever judges an account has said so, and has said which one and where."""
        settings = self.settings
        if not settings.live:
            raise ConfigurationError(
                f"A real account is judged with --live only; {_NOTHING_SENT}.",
                hint="`express-conformance plan` shows what would be sent, and what it would cost.",
            )
        if not settings.accounts:
            raise ConfigurationError(
                f"No account is allowed; {_NOTHING_SENT}.",
                hint=f'Write accounts = ["111122223333"] into {self._where}.',
            )
        if self.region not in settings.regions:
            raise ConfigurationError(
                f"The Region {self.region} is not allowed; {_NOTHING_SENT}.",
                hint=f'Write regions = ["{self.region}"] into {self._where}.',
            )

    def _check_values(self) -> None:
        """Whether the run knows what exists in the account: nothing may be made up there."""
        settings, pools = self.settings, self.settings.pools
        wanted = {
            "infrastructure_role": settings.infrastructure_role,
            "values.roles": pools.roles,
            "values.images": pools.images,
            "values.subnets": pools.subnets,
        }
        missing = [name for name, value in wanted.items() if not value]
        if missing:
            raise ConfigurationError(
                f"What exists in the account is not known: {', '.join(missing)}; {_NOTHING_SENT}.",
                hint=f"Write it into {self._where}; what only {self.region} has, such as subnets, best into "
                f"targets.{self.settings.name}.regional_values.{self.region}.",
            )

    def _check_surroundings(self) -> None:
        """No variable may lead a request elsewhere than where this target says."""
        for name in _ENDPOINT_VARIABLES:
            if os.environ.get(name):
                raise ConfigurationError(
                    f"The environment variable {name} is set; {_NOTHING_SENT}.",
                    hint="Unset it, or judge that endpoint with --endpoint-url.",
                )

    def _endpoint(self) -> Endpoint:
        """The address, and the credentials that belong to an address of that kind."""
        settings = replace(self.settings, region=self.region)
        if self._is_rehearsal:
            return endpoint_at(settings.endpoint_url, settings)
        url = settings.endpoint_url or _client("ecs", self.region).meta.endpoint_url
        if not url.startswith("https://") or self.region not in host_of(url):
            raise ConfigurationError(
                f"{url} is no HTTPS endpoint of ECS in {self.region}; {_NOTHING_SENT}.",
                hint="Leave endpoint_url out: the Region's own endpoint is used.",
            )
        self._check_values()
        (key, secret, token), source = profile_credentials(settings.profile or None)
        return Endpoint(
            url=url, region=self.region, access_key=key, secret_key=secret, token=token, source=source
        )


def _account(endpoint: Endpoint) -> str:
    """The account that the credentials belong to, as STS says."""
    try:
        return str(client_at(endpoint, "sts").get_caller_identity()["Account"])
    except (BotoCoreError, ClientError, ResponseParserError, KeyError, TypeError) as error:
        why = " ".join(str(error).split())[:200]
        raise ConfigurationError(
            f"STS does not say whose the credentials are ({why}); {_NOTHING_SENT}.",
            hint="`aws sts get-caller-identity` must work with the same profile.",
        ) from error


def _another(endpoint: Endpoint, account: str, keys: Keys) -> str:
    """What speaks against keys that came in the place of those that passed the guard."""
    key, secret, token = keys
    found = replace(endpoint, source=None, access_key=key, secret_key=secret, token=token)
    return "" if _account(found) == account else "the new ones are those of another account"


def client_at(endpoint: Endpoint, service: str) -> Any:
    """A boto3 client of a service in the same account and Region, for what the suite does beside judging.

    The services of an emulator are all at its one address; those of AWS each have their own.
    """
    return _client(
        service,
        endpoint.region,
        endpoint_url=None if is_aws(host_of(endpoint.url)) else endpoint.url,
        config=_STS if service == "sts" else _LATER,
        **_session_of(endpoint),
    )


def _session_of(endpoint: Endpoint) -> dict[str, Any]:
    """The credentials of an endpoint, as options of a client; those that are renewed, as a session."""
    if endpoint.source is not None:
        session = botocore.session.Session()
        session._credentials = endpoint.source  # noqa: SLF001  botocore has no other way
        return {"botocore_session": session}
    return {
        "aws_access_key_id": endpoint.access_key,
        "aws_secret_access_key": endpoint.secret_key,
        "aws_session_token": endpoint.token,
    }


def _client(
    service: str, region: str, *, botocore_session: Any = None, config: Config = _STS, **options: Any
) -> Any:
    given: Mapping[str, Any] = {name: value for name, value in options.items() if value is not None}
    try:
        session = boto3.Session(botocore_session=botocore_session)
        return session.client(service, region_name=region, config=config, **given)
    except (BotoCoreError, ValueError) as error:
        raise ConfigurationError(f"{service} in {region!r} cannot be asked: {error}.") from error
