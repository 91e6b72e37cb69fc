"""What a killed run left at its target: found in its part files, and deleted by the next run there."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from conformance import model
from conformance.exceptions import RecordingError
from conformance.exchange import Exchange, Tag
from conformance.observation import accepted, service_of
from conformance.recording import Header, read
from conformance.wire import Wire, awsjson

_LIST_CLUSTERS = "ListClusters"


def delete_leftovers(parts: Path, wire: Wire) -> list[str]:
    """Delete the services that unfinished parts created at this endpoint; returns their ARNs.

    A part that cannot be read is passed over: nobody knows then what it created.
    """
    deleted: list[str] = []
    for path in sorted(parts.glob("*.jsonl")):
        with suppress(RecordingError):
            left = _left(path, wire.endpoint.url)
            if left and not deleted:
                # What was recorded has a placeholder for the account; the answer shows what it stands for.
                wire.send(awsjson(_LIST_CLUSTERS, {}), tag=Tag(phase="setup"))
            for arn in left:
                wire.send(awsjson(model.DELETE, {"serviceArn": arn}), tag=Tag(phase="setup"))
                deleted.append(arn)
    return deleted


def _left(path: Path, url: str) -> list[str]:
    """The ARNs of the services that a part created and did not delete, if it is about this endpoint."""
    alive: dict[str, None] = {}
    for record in read([path]):
        if isinstance(record, Header) and record.target.get("endpoint") != url:
            return []
        if isinstance(record, Exchange) and accepted(record):
            if record.request.operation == model.CREATE:
                arn = service_of(record).get("serviceArn")
                alive.update({arn: None} if isinstance(arn, str) else {})
            elif record.request.operation == model.DELETE:
                alive.pop(str(record.request.members.get("serviceArn")), None)
    return list(alive)
