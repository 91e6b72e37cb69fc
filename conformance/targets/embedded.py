"""The reference emulator, started for the run: it checks who calls, as AWS does."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib import metadata

from conformance import __version__
from conformance.emulator.process import guarded
from conformance.emulator.profiles import PROFILES
from conformance.emulator.variants import variant_named
from conformance.targets.base import Settings, endpoint_at
from conformance.wire import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """The reference emulator; the address, if any, names the mutant or profile to run instead."""

    address: str = ""
    settings: Settings
    kind: str = "embedded"

    @property
    def version(self) -> str:
        """The emulator is this suite's own, on top of moto."""
        return self.settings.version or f"{__version__}, on moto {metadata.version('moto')}"

    @contextmanager
    def connect(self) -> Iterator[Endpoint]:
        """Start it on a free port, and end it with the context.

        The credentials are those of its own two IAM users, whatever the settings say.

        Raises:
            ConfigurationError: there is no such mutant or profile.
        """
        if self.address:
            variant_named(self.address)
        profile = self.address if self.address in PROFILES else None
        mutant = None if profile else self.address or None
        with guarded(self.settings.region, mutant=mutant, profile=profile) as emulator:
            own, second = emulator.main, emulator.restricted
            yield replace(
                endpoint_at(emulator.endpoint, self.settings),
                access_key=own.access_key,
                secret_key=own.secret_key,
                token=None,
                restricted_access_key=second.access_key,
                restricted_secret_key=second.secret_key,
                restricted_token=None,
            )
