"""The first line of a run's recording: who judges whom."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime

from conformance import fingerprint, model
from conformance.exchange import Exchange
from conformance.recording import Header
from conformance.redaction import Redactor
from conformance.results import TargetIdentity
from conformance.suite.settings import RunSettings
from conformance.wire import Endpoint

_LONGEST_SERVER = 100  # characters of what a target calls itself


def header_of(settings: RunSettings, endpoint: Endpoint, redactor: Redactor) -> Header:
    """The header of a run that begins now."""
    target = settings.resolved
    identity = TargetIdentity(
        name=redactor.text(target.settings.name),
        kind=target.kind,
        endpoint=redactor.text(endpoint.url),
        region=endpoint.region,
        version=redactor.text(target.version),
    )
    return Header(
        target=asdict(identity),
        suite=settings.identity(),
        started_at=now(),
        drift=tuple(model.drift()),
        model=fingerprint.installed().to_json(),
    )


def with_server(header: Header, exchange: Exchange) -> Header:
    """The header with what the target calls itself in an answer, where nobody says which version it is."""
    said = exchange.response.header("server") if exchange.response else None
    if not said or header.target["version"]:
        return header
    return replace(header, target={**header.target, "server": said[:_LONGEST_SERVER]})


def now() -> str:
    """The time, as recordings and results have it: RFC 3339, in UTC."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
