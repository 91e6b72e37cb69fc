"""What a run is asked to do, checked before anything is sent."""

from __future__ import annotations

import re
import secrets
import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import hypothesis

from conformance import __version__, configuration, evidence, model
from conformance.budget import Budget, Meter
from conformance.deviations import Known, known_in
from conformance.evidence import Observed
from conformance.exceptions import ConfigurationError
from conformance.questions import scenario as asking
from conformance.redaction import Redactor, accounts_in
from conformance.requirements import selected
from conformance.results import Results, SuiteIdentity
from conformance.scenarios import EFFORTS, FRUGAL, SCENARIOS, Effort, Scenario
from conformance.scenarios.inventory import Surroundings
from conformance.suite.sources import CHECKS, SOURCES
from conformance.targets import Settings, Target
from conformance.wire import BACKOFF, Endpoint, Wire

_SEEDS = 2**32
_PROBE_SECONDS = 1.0
# The patience of a run in a real account: longer than a minute without a network, and than a new role needs.
_LIVE: Mapping[str, Any] = {
    "rate_pauses": (*BACKOFF, 3.0, 6.0, 12.0),
    "network_pauses": (1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 30.0),
    "role_pauses": (2.0, 4.0, 8.0, 15.0, 15.0, 15.0),
}
REPORTS = "reports"


@dataclass(frozen=True, kw_only=True)
class RunSettings:
    """What a run is asked to do.

    Attributes:
        target: `kind:address`, a URL, or a name of the configuration file; empty for the embedded one.
        endpoint_url, region, profile, restricted_profile, service_arn: override what is configured; empty for
            that.
        effort: how much traffic.
        seed: of all that is drawn.
        only: patterns of requirement ids to judge; empty for all.
        known: path of the known deviations; empty for those of the target, if any.
        strict_known: whether a known deviation that is fixed fails the run.
        write_known: path of a file to add what deviates to; empty for none.
        probe_ingress: whether to ask a service's own endpoint once a second while it is updated.
        sources: further sources of traffic: names of :data:`conformance.suite.sources.SOURCES`.
        out: the output folder; empty for one under ``reports/`` that is named after the target.
        history: the folder that keeps this run beside earlier ones; empty for none.
        run: the run's id, part of the name of all that it creates.
        evidence: path of a file with what was observed of open requirements; empty for none.
        questions: the ids of the questions to ask, too: names of :data:`conformance.questions.QUESTIONS`.
        live: whether a real account may be judged.
        confirmed: whether the plan for a real account was shown, and taken.
        redaction_key: what placeholders without a number are made with; it is never written.

    Raises:
        ConfigurationError: something of this is not usable.
    """

    target: str = ""
    endpoint_url: str = ""
    region: str = ""
    profile: str = ""
    restricted_profile: str = ""
    service_arn: str = ""
    effort: Effort = "standard"
    seed: int = field(default_factory=lambda: secrets.randbelow(_SEEDS))
    only: tuple[str, ...] = ()
    known: str = ""
    strict_known: bool = False
    write_known: str = ""
    probe_ingress: bool = False
    sources: tuple[str, ...] = ()
    out: str = ""
    history: str = ""
    run: str = field(default_factory=lambda: secrets.token_hex(4))
    evidence: str = ""
    questions: tuple[str, ...] = ()
    live: bool = False
    confirmed: bool = False
    redaction_key: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)

    def __post_init__(self) -> None:
        if self.effort not in EFFORTS:
            raise ConfigurationError(
                f"There is no effort {self.effort!r}.", hint=f"Efforts are: {', '.join(EFFORTS)}."
            )
        if not 0 <= self.seed < _SEEDS:
            raise ConfigurationError(f"The seed {self.seed} is not between 0 and {_SEEDS - 1}.")
        self._check_sources()
        _ = (self.resolved, self.chosen, self.known_deviations, self.observed)
        if not self.scenarios:
            raise ConfigurationError(
                f"Nothing would be sent for {', '.join(self.only)}.",
                hint="Requirements on real tasks need --probe-ingress.",
            )

    def _check_sources(self) -> None:
        for name in self.sources:
            if name not in SOURCES:
                raise ConfigurationError(
                    f"There is no source of traffic {name!r}.", hint=f"Sources are: {', '.join(SOURCES)}."
                )
            CHECKS[name]()

    @cached_property
    def resolved(self) -> Target:
        """The target, with what the configuration file says of it."""
        text = self.target or (f"url:{self.endpoint_url}" if self.endpoint_url else "embedded")
        overrides: dict[str, str | bool] = {
            "endpoint_url": self.endpoint_url,
            "region": self.region,
            "profile": self.profile,
            "restricted_profile": self.restricted_profile,
            "service_arn": self.service_arn,
            "live": self.live,
        }
        return configuration.target(text, overrides, configuration.load(Path(configuration.FILE)))

    @cached_property
    def chosen(self) -> list[str] | None:
        """The ids of the requirements to judge; None for all."""
        return selected(self.only) if self.only else None

    @cached_property
    def known_deviations(self) -> Known:
        """What is known to deviate."""
        return known_in(self.known or self.resolved.settings.known)

    @cached_property
    def observed(self) -> Mapping[str, Observed]:
        """What was observed of open requirements."""
        return evidence.read(Path(self.evidence)) if self.evidence else {}

    @property
    def deviations(self) -> Mapping[str, str]:
        """The ids of the known deviations, with their reasons."""
        return self.known_deviations.reasons

    def exit_code(self, results: Results) -> int:
        """The exit code of these results, by these settings."""
        return exit_code(results, strict=self.strict_known)

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
        """The scenarios to run, sources last: all, or those that are meant for the chosen requirements."""
        every = [s for s in SCENARIOS.values() if self.probe_ingress or not s.probes]
        every = [*FRUGAL.values(), *every] if self.is_live else every
        every = asking.around(every, self.questions)
        asked = [SOURCES[name] for name in self.sources]
        if self.chosen is None:
            return [*every, *asked]
        wanted = set(self.chosen)
        return [*(s for s in every if wanted & set(selected(s.exercises))), *asked]

    @property
    def budget(self) -> Budget | None:
        """What the run may cost; a real account has a budget, whether one is configured or not."""
        default = Budget() if self.is_live else None
        return self.resolved.settings.budget or default

    @property
    def is_live(self) -> bool:
        """Whether a real account is judged, or a rehearsal for one."""
        return self.resolved.kind == "aws"

    @property
    def cleanup(self) -> str:
        """The command line that deletes what this run has left."""
        options = {
            "--target": self.target,
            "--endpoint-url": self.endpoint_url,
            "--region": self.region,
            "--profile": self.profile,
        }
        given = [f"{option} {shlex.quote(value)}" for option, value in options.items() if value]
        words = [*given, *["--live"] * self.live, f"--run {self.run}", "--older-than 0"]
        words += [f"--from {shlex.quote(self.out)}"] if self.out else []
        return " ".join(["express-conformance cleanup", *words])

    def reaching(self, redactor: Redactor) -> dict[str, str]:
        """The options by which another command reaches the same target, as a report may show them."""
        elsewhere = self.target and self.endpoint_url
        return {
            "--target": self.target if elsewhere else "",
            "--endpoint-url": self.endpoint_url if elsewhere else "",
            "--region": self.region,
            "--profile": self.profile,
            "--restricted-profile": self.restricted_profile,
            "--service-arn": redactor.text(self.service_arn),
        }

    def redactor(self, endpoint: Endpoint) -> Redactor:
        """What keeps everything confidential out of what the run writes; alike in all of its processes."""
        settings = self.resolved.settings
        return Redactor(
            credentials=endpoint.secrets,
            home=endpoint.account or next(accounts_in([settings.service_arn]), settings.pools.account),
            accounts=accounts_in(_configured(settings)),
            values=bool(settings.service_arn),
            key=self.redaction_key,
        )

    def wire(self, endpoint: Endpoint, redactor: Redactor) -> Wire:
        """The wire of a process of this run."""
        meter = Meter(self.budget) if self.budget else None
        return Wire(endpoint, self.resolved.settings.limits, redactor, meter)

    def surroundings(self, endpoint: Endpoint, redactor: Redactor) -> Surroundings:
        """What the run gives to its scenarios: with placeholders, as all that they see."""
        settings = self.resolved.settings
        seconds = settings.settle_seconds
        patience = {"settle_seconds": seconds, "gone_seconds": seconds, **_LIVE} if self.is_live else {}
        place: dict[str, Any] = {"account": endpoint.account} if endpoint.account else {}
        return Surroundings(
            run=self.run,
            pools=replace(settings.pools, **place).mapped(redactor.text),
            cluster=redactor.text(settings.cluster),
            infrastructure_role=redactor.text(settings.infrastructure_role),
            service_arn=redactor.text(settings.service_arn),
            probe_seconds=_PROBE_SECONDS if self.probe_ingress else 0.0,
            frugal=self.is_live,
            least=bool(self.questions),
            **patience,
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
                selection=" ".join(sorted(self.only)),
                given=bool(self.resolved.settings.service_arn),
            )
        )

    def to_json(self) -> dict[str, Any]:
        """The settings as JSON, for worker processes."""
        return {entry.name: getattr(self, entry.name) for entry in fields(self)}

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> RunSettings:
        """Read what :meth:`to_json` wrote."""
        lists = {name: tuple(document[name]) for name in ("only", "sources", "questions")}
        return cls(**{**document, **lists})


def _configured(settings: Settings) -> Iterator[str]:
    """Whatever is configured and may name an account."""
    yield from (settings.cluster, settings.infrastructure_role)
    yield from settings.pools.texts()


def exit_code(results: Results, *, strict: bool) -> int:
    """The exit code of results; if strict, a known deviation that is fixed fails, too."""
    return results.exit_code or int(strict and bool(results.fixed))
