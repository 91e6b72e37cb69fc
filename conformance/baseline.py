"""Baselines: a service model's fingerprint in a file, with the requirements that were made with that model.

The package has one of the model that it was written with.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, Self

from conformance import model
from conformance.exceptions import RecordingError
from conformance.fingerprint import Fingerprint, installed
from conformance.recording import Header, parts, read
from conformance.requirements import REQUIREMENTS
from conformance.results import Results
from conformance.schemas import check_version

FORMAT = "express-conformance/model@1"
_HINT = "Give a recording, a run's folder, or what `express-conformance drift --write` wrote."


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """A service model to compare the installed one with.

    Attributes:
        botocore: the version of botocore that it is from.
        model: its fingerprint.
        requirements: the ids that were made with it; None where nobody kept them.
    """

    botocore: str
    model: Fingerprint
    requirements: tuple[str, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """The baseline as a JSON object."""
        return {
            "format": FORMAT,
            "botocore": self.botocore,
            "model": self.model.to_json(),
            "requirements": list(self.requirements or ()),
        }

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """Read what :meth:`to_json` made.

        Raises:
            RecordingError: it is no baseline, or of another version.
        """
        check_version(document.get("format"), FORMAT)
        ids, version = document.get("requirements"), document.get("botocore")
        if document.get("format") != FORMAT or not isinstance(ids, list) or not isinstance(version, str):
            raise RecordingError("This is no baseline.", hint=_HINT)
        return cls(
            botocore=version,
            model=Fingerprint.from_json(document.get("model", {})),
            requirements=tuple(map(str, ids)),
        )


def of_installed() -> Baseline:
    """The installed botocore's model, with the requirements of this suite.

    Raises:
        ModelError: there is none.
    """
    return Baseline(
        botocore=model.botocore_version(), model=installed(), requirements=tuple(sorted(REQUIREMENTS))
    )


def packaged() -> Baseline:
    """The model that this version of the suite was written with."""
    text = files("conformance").joinpath("model_baseline.json").read_text(encoding="utf-8")
    return Baseline.from_json(json.loads(text))


def baseline_of(path: Path) -> Baseline:
    """The model that a recording, a run's folder or a baseline file has.

    Raises:
        RecordingError: it cannot be read, or does not hold a model.
    """
    try:
        document = json.loads(path.read_bytes()) if path.is_file() else None
    except (OSError, ValueError, RecursionError):
        document = None  # a recording is JSON Lines
    if not isinstance(document, dict) or document.get("kind") == "header":
        return _of_recording(path)
    try:
        return Baseline.from_json(document)
    except RecordingError as error:
        raise RecordingError(f"{path}: {error.message}", hint=error.hint) from error


def _of_recording(path: Path) -> Baseline:
    header = next(record for record in read(parts(path)[:1]))
    assert isinstance(header, Header), "the reader refuses a recording that begins otherwise"
    version = str(header.suite.get("botocore", ""))
    if not header.model:
        raise RecordingError(
            f"{path} does not hold the service model that it was made with; it was botocore {version}'s.",
            hint=f"Install botocore=={version}, write its model with `drift --write FILE`, and give that file"
            " to `drift` with the newer one.",
        )
    found = Fingerprint.from_json(header.model)
    return Baseline(botocore=version, model=found, requirements=_judged_beside(path, header))


def _judged_beside(path: Path, header: Header) -> tuple[str, ...] | None:
    """The requirements of the results beside a recording, if they were made with its model."""
    folder = path if path.is_dir() else path.parent
    try:
        results = Results.read(folder)
    except RecordingError:
        return None
    same = results.started_at == header.started_at and results.target.supported and not results.model_drift
    return tuple(result.id for result in results.requirements) if same else None
