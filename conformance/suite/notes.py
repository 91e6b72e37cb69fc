"""What a run has noted about its services before it deletes them: a file that outlives the process.

ListServices does not list a service that is DRAINING (API reference, DeleteService), ECS does not tell of one
that is INACTIVE what it made for it, and whether the Resource Groups Tagging API knows either is not
documented. So ``leftovers.json`` is written beside the recording before Delete is sent; it is gone when all
is.

The account's id is not in it: it may be published with the reports. A salted, slow digest tells whether an
account is the one.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from conformance.suite import run_names
from conformance.suite.managed import KINDS, Managed
from conformance.wire import Endpoint

NAME = "leftovers.json"
FORMAT = "express-conformance/leftovers@1"
_ACCOUNT = "(account)"
_COST = {"n": 2**14, "r": 8, "p": 1}
_Entry = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """A service that a run was about to delete.

    Attributes:
        service: its ARN.
        run: the id of the run.
        noted_at: when, in epoch seconds.
        resources: what ECS said that it manages for it.
    """

    service: str
    run: str
    noted_at: float
    resources: tuple[Managed, ...]


class Notes:
    """The notes in some folders, as far as they are about one account and Region.

    Args:
        folders: output folders of runs; what is added goes to the first. Without any, nothing outlives this.
        endpoint: of the account and Region.

    Attributes:
        problems: a sentence for each file that could not be read or written.
    """

    def __init__(self, folders: Sequence[Path], endpoint: Endpoint) -> None:
        self.problems: list[str] = []
        self._endpoint = endpoint
        self._files = {folder / NAME: self._read(folder / NAME) for folder in folders}
        self._added: list[Noted] = []

    @property
    def services(self) -> list[Noted]:
        """What is noted."""
        kept = (self._noted(entry) for entries in self._files.values() for entry in entries)
        return [*(each for each in kept if each), *self._added]

    @property
    def arns(self) -> set[str]:
        """The ARNs of all resources that are noted."""
        return {each.arn for noted in self.services for each in noted.resources}

    def add(self, noted: Noted) -> None:
        """Note a service; what was noted of it before stays noted."""
        first = next(iter(self._files), None)
        if first is None:
            self._added.append(noted)
            return
        self._files[first].append(self._entry(noted))
        self._write(first)

    def forget(self, services: Iterable[str]) -> None:
        """Drop what is noted of services, for nothing of it is left."""
        gone = set(services)
        self._added = [each for each in self._added if each.service not in gone]
        for path, entries in self._files.items():
            kept = [each for each in entries if not ((own := self._noted(each)) and own.service in gone)]
            if len(kept) < len(entries):
                self._files[path] = kept
                self._write(path)

    def _read(self, path: Path) -> list[_Entry]:
        try:
            document = json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            self.problems.append(f"What is noted in {path} cannot be read: {error}.")
            return []
        entries = document.get("services") if isinstance(document, dict) else None
        if not isinstance(entries, list) or document.get("format") != FORMAT:
            self.problems.append(f"{path} has no notes that this version can read.")
            return []
        return [each for each in entries if isinstance(each, dict)]

    def _write(self, path: Path) -> None:
        """Replace a file as a whole, or remove it when nothing is left to say."""
        new = path.with_name(f"{path.name}.new")
        document = {"format": FORMAT, "services": self._files[path]}
        try:
            if document["services"]:
                path.parent.mkdir(parents=True, exist_ok=True)
                new.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")
                new.replace(path)
            else:
                path.unlink(missing_ok=True)
        except OSError as error:
            self.problems.append(f"The notes {path} cannot be written: {error}.")

    def _entry(self, noted: Noted) -> _Entry:
        account = self._endpoint.account
        return {
            "endpoint": self._endpoint.url,
            "region": self._endpoint.region,
            "account": _digest(account, secrets.token_hex(8)) if account else "",
            "service": self._without_account(noted.service),
            "run": noted.run,
            "noted_at": noted.noted_at,
            "resources": [
                {"kind": each.kind, "arn": self._without_account(each.arn)} for each in noted.resources
            ],
        }

    def _noted(self, entry: _Entry) -> Noted | None:
        """What an entry says; nothing if it is about another place, or is none of ours."""
        place = (entry.get("endpoint"), entry.get("region"))
        if place != (self._endpoint.url, self._endpoint.region) or not self._is_account(entry.get("account")):
            return None
        try:
            service, run, moment = str(entry["service"]), str(entry["run"]), float(entry["noted_at"])
            resources = [(str(each["kind"]), str(each["arn"])) for each in entry["resources"]]
        except (KeyError, TypeError, ValueError):
            return None
        # Whoever has written the file: only what a run can have created is looked for, and deleted.
        if not run_names.is_run(run) or run_names.of_service(service.rpartition("/")[2]) != run:
            return None
        arn = self._with_account(service)
        managed = tuple(
            Managed(kind=kind, arn=self._with_account(each), service=arn, run=run, noted_at=moment)
            for kind, each in resources
            if kind in KINDS
        )
        return Noted(service=arn, run=run, noted_at=moment, resources=managed)

    def _is_account(self, digest: object) -> bool:
        if not digest or not self._endpoint.account:
            return not digest and not self._endpoint.account
        salt = str(digest).partition("$")[0]
        return _digest(self._endpoint.account, salt) == digest

    def _without_account(self, arn: str) -> str:
        account = self._endpoint.account
        return arn.replace(f":{account}:", f":{_ACCOUNT}:") if account else arn

    def _with_account(self, arn: str) -> str:
        return arn.replace(f":{_ACCOUNT}:", f":{self._endpoint.account}:")


@lru_cache(maxsize=256)
def _digest(account: str, salt: str) -> str:
    """Slow on purpose: there are no more than 10**12 accounts."""
    return f"{salt}${hashlib.scrypt(account.encode(), salt=salt.encode(), **_COST).hex()}"
