"""Emulators by name: mutants, which are wrong in one way, and profiles, which are not."""

from __future__ import annotations

import difflib

from conformance.emulator.front import Parts
from conformance.emulator.mutants import MUTANTS, Mutant
from conformance.emulator.profiles import PROFILES, Profile
from conformance.emulator.records import Timing, steady_clock
from conformance.exceptions import ConfigurationError

Variant = Mutant | Profile
"""An emulator that is not the reference."""

VARIANTS: dict[str, Variant] = {**PROFILES, **MUTANTS}
"""All of them by name."""

assert len(VARIANTS) == len(PROFILES) + len(MUTANTS), "a mutant and a profile have one name"


def variant_named(name: str) -> Variant:
    """The mutant or the profile of a name.

    Raises:
        ConfigurationError: there is neither; the hint lists those with similar names.
    """
    if name in VARIANTS:
        return VARIANTS[name]
    close = difflib.get_close_matches(name, VARIANTS, n=5, cutoff=0.4)
    count = f"There are {len(PROFILES)} profiles and {len(MUTANTS)} mutants, none of a similar name."
    hint = f"Close names: {', '.join(close)}." if close else count
    raise ConfigurationError(f"There is no emulator {name!r}.", hint=hint)


def parts_of(variant: Variant | None) -> Parts:
    """What an emulator is made of; the reference's parts for none."""
    if variant is None:
        return Parts()
    return variant.parts if isinstance(variant, Profile) else Parts().with_part(variant.part)


def timing_of(variant: Variant | None) -> Timing:
    """How long things take in an emulator."""
    if not isinstance(variant, Profile):
        return Timing(clock=steady_clock())
    return Timing(
        drain_seconds=variant.drain_seconds,
        deployment_seconds=variant.deployment_seconds,
        removal_seconds=variant.removal_seconds,
        clock=steady_clock(),
    )
