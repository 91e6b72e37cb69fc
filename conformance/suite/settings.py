"""What a run is asked to do, checked before anything is sent."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from functools import cached_property
from pathlib import Path
from typing import Any

import hypothesis

from conformance import __version__, configuration, model
from conformance.exceptions import ConfigurationError
from conformance.requirements import selected
from conformance.results import SuiteIdentity
from conformance.scenarios import EFFORTS, SCENARIOS, Effort, Scenario
from conformance.scenarios.inventory import Surroundings
from conformance.targets import Target

_SEEDS = 2**32
REPORTS = "reports"


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """What a run is asked to do.

    Attributes:
        target: `kind:address`, a URL, or a name of the configuration file; empty for the embedded one.
        endpoint_url, region, profile, service_arn: override what is configured; empty for that.
        effort: how much traffic.
        seed: of all that is drawn.
        only: patterns of requirement ids to judge; empty for all.
        known: path of the known deviations; empty for those of the target, if any.
        out: the output folder; empty for one under ``reports/`` that is named after the target.
        run: the run's id, part of the name of all that it creates.

    Raises:
        ConfigurationError: something of this is not usable.
    """

    target: str = ""
    endpoint_url: str = ""
    region: str = ""
    profile: str = ""
    service_arn: str = ""
    effort: Effort = "standard"
    seed: int = field(default_factory=lambda: secrets.randbelow(_SEEDS))
    only: tuple[str, ...] = ()
    known: str = ""
    out: str = ""
    run: str = field(default_factory=lambda: secrets.token_hex(4))

    def __post_init__(self) -> None:
        if self.effort not in EFFORTS:
            raise ConfigurationError(
                f"There is no effort {self.effort!r}.", hint=f"Efforts are: {', '.join(EFFORTS)}."
            )
        if not 0 <= self.seed < _SEEDS:
            raise ConfigurationError(f"The seed {self.seed} is not between 0 and {_SEEDS - 1}.")
        _ = (self.resolved, self.chosen, self.deviations)

    @cached_property
    def resolved(self) -> Target:
        """The target, with what the configuration file says of it."""
        text = self.target or (f"url:{self.endpoint_url}" if self.endpoint_url else "embedded")
        overrides = {
            "endpoint_url": self.endpoint_url,
            "region": self.region,
            "profile": self.profile,
            "service_arn": self.service_arn,
        }
        return configuration.target(text, overrides, configuration.load(Path(configuration.FILE)))

    @cached_property
    def chosen(self) -> list[str] | None:
        """The ids of the requirements to judge; None for all."""
        return selected(self.only) if self.only else None

    @cached_property
    def deviations(self) -> dict[str, str]:
        """The ids of the known deviations, with their reasons."""
        return deviations_in(self.known or self.resolved.settings.known)

    @property
    def folder(self) -> Path:
        """The output folder."""
        return Path(self.out) if self.out else Path(REPORTS) / self.label

    @property
    def label(self) -> str:
        """The target's name, fit for a folder."""
        name = re.sub(r"^(url|command):(https?://)?", "", self.resolved.settings.name)
        return re.sub(r"[^\w.-]+", "-", name).strip("-.")[:60] or "target"

    @property
    def scenarios(self) -> list[Scenario]:
        """The scenarios to run: all, or those that are meant for the chosen requirements."""
        if self.chosen is None:
            return list(SCENARIOS.values())
        wanted = set(self.chosen)
        return [s for s in SCENARIOS.values() if wanted & set(selected(s.exercises))]

    def surroundings(self) -> Surroundings:
        """What the run gives to its scenarios."""
        settings = self.resolved.settings
        return Surroundings(
            run=self.run,
            pools=settings.pools,
            cluster=settings.cluster,
            infrastructure_role=settings.infrastructure_role,
            service_arn=settings.service_arn,
        )

    def identity(self) -> dict[str, Any]:
        """The suite's identity as it stands in recordings and results."""
        return asdict(
            SuiteIdentity(
                version=__version__,
                botocore=model.botocore_version(),
                hypothesis=hypothesis.__version__,
                seed=self.seed,
                effort=self.effort,
            )
        )

    def to_json(self) -> dict[str, Any]:
        """The settings as JSON, for worker processes."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> RunSettings:
        """Read what :meth:`to_json` wrote."""
        return cls(**{**document, "only": tuple(document["only"])})


def deviations_in(path: str) -> dict[str, str]:
    """The known deviations of a file, by requirement id, with their reasons; none if the path is empty.

    Raises:
        ConfigurationError: the file cannot be read, or names what is no requirement.
    """
    listed = configuration.known_deviations(Path(path)) if path else {}
    return {id: reason for pattern, reason in listed.items() for id in selected([pattern])}
