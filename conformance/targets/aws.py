"""A real account. Until its guard, plan, budget and clean-up are built, nothing is sent to one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from conformance.exceptions import ConfigurationError
from conformance.targets.base import Settings
from conformance.wire import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Aws:
    """The account of the credentials in use; the address, if any, is the region."""

    address: str = ""
    settings: Settings
    kind: str = "aws"

    @contextmanager
    def connect(self) -> Iterator[Endpoint]:
        """Refuse.

        Raises:
            ConfigurationError: always.
        """
        region = self.address or self.settings.region
        raise ConfigurationError(
            f"Judging a real account ({region}) is not enabled in this version; nothing was sent.",
            hint="Judge an emulator with --endpoint-url, or a recording with `express-conformance judge`.",
        )
        yield  # makes this a generator, as the context manager needs
