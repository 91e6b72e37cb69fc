"""What befalls an emulator: circumstances that are nobody's choice, and no fault in an answer either.

Any emulator can have them, be it the reference, a profile or a mutant. One field here is one option of its
server.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields, replace
from typing import Any, Self

from conformance.emulator.profiles import Profile
from conformance.emulator.records import MovableClock, Timing
from conformance.emulator.variants import Variant, timing_of
from conformance.exceptions import ConfigurationError


def _option(kind: Callable[[str], Any], help_text: str) -> Any:
    """An option that takes a value; without it, the emulator is as its profile has it."""
    return field(default=None, metadata={"type": kind, "help": help_text})


@dataclass(frozen=True, slots=True, kw_only=True)
class Conditions:
    """Circumstances of an emulator; None where its profile decides.

    Attributes:
        time_factor: how many times longer everything takes that takes time.
        clock_ahead: seconds that the service's clock is ahead of the machine's at first; negative if behind.
        role_seconds: from the first use of a role until it can be assumed.
        unknown_seconds: from Create until Describe knows the service.
        throttle_rate: changes that are taken in a second on average; reads are taken four times as often.
        throttle_share: share of the requests that are turned away at random, whatever their rate; below 1.
        credentials_last: requests after which an access key with its session token has expired; keys that
            begin with AKIA and come without a token never do.
        outage_after: requests after which the network is gone.
        outage_seconds: for how long.
        leaves_resources: what ECS made for a service stays when the service is gone.
    """

    time_factor: float | None = _option(float, "how many times longer everything takes that takes time")
    clock_ahead: float | None = _option(float, "seconds by which its clock is ahead; negative: behind")
    role_seconds: float | None = _option(float, "from the first use of a role until it can be assumed")
    unknown_seconds: float | None = _option(float, "from Create until Describe knows the service")
    throttle_rate: float | None = _option(float, "changes per second that are taken; 0: any number")
    throttle_share: float | None = _option(float, "share of requests that are turned away at random")
    credentials_last: int | None = _option(int, "requests after which credentials have expired")
    outage_after: int | None = _option(int, "requests after which the network is gone for a while")
    outage_seconds: float | None = _option(float, "how long the network is gone; 60 by default")
    leaves_resources: bool = field(
        default=False, metadata={"help": "what ECS made for a service stays when the service is gone"}
    )

    def __post_init__(self) -> None:
        if not math.isfinite(self.clock_ahead or 0.0):
            raise ConfigurationError(
                f"--clock-ahead is {self.clock_ahead}.",
                hint="Give seconds; negative for a clock that is behind.",
            )
        for each in fields(self):
            value = getattr(self, each.name)
            if each.name == "throttle_share" and value is not None and not 0 <= value < 1:
                raise ConfigurationError(f"{_flag(each.name)} is {value}.", hint="Give a share below 1.")
            if value is not None and each.name != "clock_ahead" and not value >= 0:
                raise ConfigurationError(f"{_flag(each.name)} is {value}.", hint="Give a number from 0 on.")

    @classmethod
    def of(cls, options: object) -> Self:
        """The conditions among the attributes of parsed options."""
        return cls(**{each.name: getattr(options, each.name) for each in fields(cls)})

    def words(self) -> Iterator[str]:
        """The options of the command line that say so."""
        for each in fields(self):
            value = getattr(self, each.name)
            if value is True:
                yield _flag(each.name)
            elif value is not None and value is not False:
                yield f"{_flag(each.name)}={value}"

    def timing(self, variant: Variant | None) -> Timing:
        """How long things take in an emulator under these conditions."""
        timing = timing_of(variant)
        factor = 1.0 if self.time_factor is None else self.time_factor
        scaled = {name: getattr(timing, name) * factor for name in _SCALED}
        given = {"role_seconds": self.role_seconds, "unknown_seconds": self.unknown_seconds}
        scaled |= {name: seconds for name, seconds in given.items() if seconds is not None}
        clock = MovableClock(self.clock_ahead or 0.0) if self.are_simulated(variant) else timing.clock
        return replace(timing, **scaled, clock=clock)

    def are_simulated(self, variant: Variant | None) -> bool:
        """Whether there is anything to do beside answering; if not, nothing stands before the service."""
        return self != Conditions() or (isinstance(variant, Profile) and variant.surroundings)

    def rate(self, variant: Variant | None) -> float:
        """How many changes are taken in a second; 0 for any number."""
        if self.throttle_rate is not None:
            return self.throttle_rate
        usual = variant.changes_per_second if isinstance(variant, Profile) else 0.0
        return usual / (self.time_factor or 1.0)


_SCALED = ("drain_seconds", "deployment_seconds", "later_seconds", "removal_seconds")


def _flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def declare(parser: argparse.ArgumentParser) -> None:
    """Add an option for each condition."""
    for each in fields(Conditions):
        details: dict[str, Any] = dict(each.metadata)
        if each.default is False:
            details["action"] = "store_true"
        parser.add_argument(_flag(each.name), **details)
