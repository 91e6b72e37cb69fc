"""The reference emulator, started for the run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from conformance.emulator.mutants import mutant_named
from conformance.emulator.process import running
from conformance.targets.base import Settings, endpoint_at
from conformance.wire import Endpoint


@dataclass(frozen=True, slots=True, kw_only=True)
class Embedded:
    """The reference emulator; the address, if any, names the mutant to run instead."""

    address: str = ""
    settings: Settings
    kind: str = "embedded"

    @contextmanager
    def connect(self) -> Iterator[Endpoint]:
        """Start it on a free port, and end it with the context.

        Raises:
            ConfigurationError: there is no such mutant.
        """
        if self.address:
            mutant_named(self.address)
        with running(mutant=self.address or None) as url:
            yield endpoint_at(url, self.settings)
