"""Recordings: all that was sent and received, as JSON Lines.

The first line is a header, the last one a footer. Between them stand cases (the drawn values), their
exchanges, and a summary for each scenario. A recording without its footer, or with one that says so, is
incomplete: it can be read, but never looks like a finished run.
"""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Self, cast

from conformance.exceptions import OutputError, RecordingError
from conformance.exchange import Exchange, Tag
from conformance.schemas import check_version

FORMAT = "express-conformance/recording@1"
_HINT = "Give the recording.jsonl that a run of this suite wrote."


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The first line: who judged whom, and by which service model.

    Attributes:
        drift: how the service model differed from the API page, one sentence each.
        model: the service model's :class:`~conformance.fingerprint.Fingerprint`; empty where nobody kept it.
    """

    target: Mapping[str, Any]
    suite: Mapping[str, Any]
    started_at: str
    drift: tuple[str, ...] = ()
    model: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A drawn value, before the exchanges that it turned into."""

    tag: Tag
    value: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ScenarioEnd:
    """The line after a scenario's last exchange: a :class:`~conformance.results.ScenarioResult`."""

    summary: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Footer:
    """The last line: when the run ended, whether it came to its end, what went wrong, and what it cost."""

    finished_at: str
    complete: bool
    supported: bool = True
    errors: tuple[str, ...] = ()
    budget: Mapping[str, Any] = field(default_factory=dict)


Record = Header | Case | Exchange | ScenarioEnd | Footer


class Writer:
    """Appends records to a file; each is handed to the system before the next is made.

    So a run that is killed has recorded what it created, and the next one can delete it.

    Raises:
        OutputError: the file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[str] = path.open(
                "w",
                encoding="utf-8",
                errors="backslashreplace",  # makes a JSON escape of a lone surrogate
                newline="\n",
                buffering=1,
            )
        except OSError as error:
            raise self._unwritable(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self._file.close()
        except OSError as error:
            raise self._unwritable(error) from error

    def write(self, record: Record) -> None:
        """Append one record."""
        try:
            line = json.dumps(to_json(record), separators=(",", ":"), ensure_ascii=False)
            self._file.write(f"{line}\n")
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> OutputError:
        return OutputError(
            f"{self.path} cannot be written: {error.strerror or error}.",
            hint="Choose another folder with --out.",
        )


def to_json(record: Record) -> dict[str, Any]:
    """The JSON object of one line."""
    match record:
        case Exchange():
            return {"kind": "exchange", **record.to_json()}
        case Case(tag=tag, value=value):
            document = {"kind": "case", "scenario": tag.scenario, "case": tag.case, "phase": tag.phase}
            if tag.requirement:
                document["requirement"] = tag.requirement
            return {**document, "value": value}
        case Header():
            document = {
                "kind": "header",
                "format": FORMAT,
                "target": dict(record.target),
                "suite": dict(record.suite),
                "started_at": record.started_at,
                "drift": list(record.drift),
            }
            return document | ({"model": dict(record.model)} if record.model else {})
        case ScenarioEnd(summary=summary):
            return {"kind": "scenario", **summary}
        case Footer():
            document = {
                "kind": "footer",
                "finished_at": record.finished_at,
                "complete": record.complete,
                "supported": record.supported,
                "errors": list(record.errors),
            }
            return document | ({"budget": dict(record.budget)} if record.budget else {})


def from_json(document: Mapping[str, Any]) -> Record:
    """Read one line's object.

    Raises:
        KeyError, TypeError, ValueError: it is not a record of this format.
    """
    kind = document["kind"]
    match kind:
        case "exchange":
            return Exchange.from_json(document)
        case "case":
            return Case(tag=Tag.from_json(document), value=document["value"])
        case "scenario":
            return ScenarioEnd(summary={key: value for key, value in document.items() if key != "kind"})
        case "header":
            check_version(document["format"], FORMAT)
            if document["format"] != FORMAT:
                raise ValueError(f"format {document['format']!r}")
            return Header(
                target=dict(document["target"]),
                suite=dict(document["suite"]),
                started_at=str(document["started_at"]),
                drift=tuple(str(sentence) for sentence in document["drift"]),
                model=dict(document.get("model", {})),
            )
        case "footer":
            return Footer(
                finished_at=str(document["finished_at"]),
                complete=document["complete"] is True,
                supported=document["supported"] is True,
                errors=tuple(str(error) for error in document["errors"]),
                budget=dict(document.get("budget", {})),
            )
    raise ValueError(f"kind {kind!r}")


def read(paths: Iterable[Path]) -> Iterator[Record]:
    """The records of a recording that stands in one file, or in the part files of a run that was killed.

    A damaged last line is what a killed writer leaves: reading stops there, without a footer. Of several
    files, one may hold not even a whole header.

    Raises:
        RecordingError: a file cannot be read, or is not a recording of this format.
    """
    files = list(paths)
    for path in files:
        try:
            with _opened(path) as lines:
                yield from _records(path, lines, alone=len(files) == 1)
        except (OSError, EOFError, zlib.error) as error:
            why = getattr(error, "strerror", None) or error
            raise RecordingError(f"{path} cannot be read: {why}.", hint=_HINT) from error


def _opened(path: Path) -> IO[bytes]:
    """The bytes of a file; of one whose name ends with ``.gz``, those that it was made from."""
    return cast("IO[bytes]", gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def _records(path: Path, lines: Iterable[bytes], *, alone: bool) -> Iterator[Record]:
    number = 0
    for number, line in enumerate(lines, start=1):
        try:
            record = from_json(json.loads(line.decode("utf-8")))
        except RecordingError as error:
            raise RecordingError(f"{path}: {error.message}", hint=error.hint) from error
        except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
            if not line.endswith(b"\n") and (number > 1 or not alone):
                return
            raise RecordingError(
                f"{path}, line {number} is not a record of {FORMAT}: {_reason(error)}.", hint=_HINT
            ) from error
        if number == 1 and not isinstance(record, Header):
            raise RecordingError(f"{path} does not begin with a header.", hint=_HINT)
        yield record
    if alone and not number:
        raise RecordingError(f"{path} is empty.", hint=_HINT)


def _reason(error: Exception) -> str:
    """Why a line is no record, in a few words; what it says itself may be as long as it likes."""
    return f"no {error}"[:200] if isinstance(error, KeyError) else str(error)[:200]


def parts(path: Path) -> list[Path]:
    """The files that make up the recording at a path: the file, or what a run left in its folder.

    Raises:
        RecordingError: there is none.
    """
    if path.is_file():
        return [path]
    for whole in (path / "recording.jsonl", path / "recording.jsonl.gz"):
        if whole.is_file():
            return [whole]
    found = sorted((path / "parts").glob("*.jsonl"))
    if not found:
        raise RecordingError(
            f"There is no recording at {path}.", hint="Give a recording.jsonl or a run's folder."
        )
    return found


def merge(sources: Iterable[Path], into: Path, footer: Footer, header: Header | None = None) -> None:
    """Join part files, each with its own header, into one recording that ends with the footer.

    Args:
        sources: the part files.
        into: the recording to write.
        footer: its last line.
        header: its first line, if more is known by now than the first part's says.

    Raises:
        OutputError: the file cannot be written.
    """
    with Writer(into) as writer:
        begun = False
        for record in read(sources):
            if isinstance(record, Header) and begun:
                continue
            writer.write(header if header and not begun else record)
            begun = True
        writer.write(footer)
