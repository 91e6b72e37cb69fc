"""An endpoint that is already there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from conformance.exceptions import ConfigurationError
from conformance.targets.base import Settings, endpoint_at
from conformance.wire import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Url:
    """An endpoint at a URL that is not AWS's."""

    address: str
    settings: Settings
    kind: str = "url"

    @property
    def version(self) -> str:
        """The version that the configuration says."""
        return self.settings.version

    @contextmanager
    def connect(self) -> Iterator[Endpoint]:
        """Nothing to start; whether it answers is seen by the first request."""
        url = self.address or self.settings.endpoint_url
        if not url:
            raise ConfigurationError(
                "The target has no URL.", hint="Write url:http://HOST:PORT, or give --endpoint-url."
            )
        yield endpoint_at(url, self.settings)
