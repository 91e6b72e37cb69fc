"""Credentials that are renewed while a run goes on, where whoever gave them can give new ones.

Those of a profile with a role, of single sign-on, of a process or of a web identity expire after an hour or
so; botocore fetches new ones in time. Keys that somebody typed in cannot be renewed, and need not be.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any, NamedTuple, Protocol

# To ask for new keys takes a program or a request; where that fails it is not done for each request. botocore
# begins to insist ten minutes before the old ones expire: this leaves some for a network to come back.
_RETRY_SECONDS = 20.0
_GRACE_SECONDS = 120.0


class Keys(NamedTuple):
    """What one request is signed with."""

    access_key: str
    secret_key: str
    token: str | None = None

    @property
    def secrets(self) -> list[str]:
        """Those of them that nobody is to see."""
        return [secret for secret in (self.secret_key, self.token) if secret]


class Source(Protocol):
    """Where keys come from: credentials of botocore."""

    def get_frozen_credentials(self) -> Any:
        """The keys of this moment, all of one piece."""
        ...


class Given:
    """Keys that stay what they are."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys

    def get_frozen_credentials(self) -> Keys:
        """The keys."""
        return self._keys


class Renewed:
    """The keys of this moment, for several threads; the last ones stay where there are no new ones.

    It stands in the place of botocore's credentials, in a boto3 client too.

    Args:
        source: of the keys.
        clock: in seconds.

    Attributes:
        problem: why there have been no new keys for a while, in one line; empty as long as all is well. The
            last ones are good for some minutes then: time enough to clean up.
    """

    method = "express-conformance"
    account_id = None

    def __init__(self, source: Source, *, clock: Callable[[], float] = time.monotonic) -> None:
        self.problem = ""
        self._source = source
        self._clock = clock
        self._check: Callable[[Keys], str] = lambda _keys: ""
        self._failing: float | None = None
        self._tried = clock()
        self._lock = Lock()
        self._last = _keys(source)
        self._ever = dict.fromkeys(self._last.secrets)

    def check_with(self, check: Callable[[Keys], str]) -> None:
        """Take no new keys of which this says what speaks against them."""
        self._check = check

    def get_frozen_credentials(self) -> Keys:
        """The keys to sign the next request with."""
        with self._lock:
            now = self._clock()
            if self._failing is None or now - self._tried >= _RETRY_SECONDS:
                self._tried = now
                self._renew(now)
            return self._last

    def _renew(self, now: float) -> None:
        problem = self._renewed()
        if not problem:
            self.problem, self._failing = "", None
            return
        self._failing = now if self._failing is None else self._failing
        if now - self._failing >= _GRACE_SECONDS:
            self.problem = problem

    def _renewed(self) -> str:
        """Take new keys; what stands against that, in one line."""
        try:
            new = _keys(self._source)
            problem = self._check(new) if new != self._last else ""
        except Exception as error:  # noqa: BLE001  botocore, and programs that it calls, raise anything
            return " ".join(str(error).split())[:200].rstrip(".") or type(error).__name__
        if not problem:
            self._last = new
            self._ever.update(dict.fromkeys(new.secrets))
        return problem

    @property
    def secrets(self) -> Iterable[str]:
        """All secrets that requests were signed with until now."""
        with self._lock:
            return list(self._ever)

    @property
    def access_key(self) -> str:
        """That of the next request."""
        return self.get_frozen_credentials().access_key

    @property
    def secret_key(self) -> str:
        """That of the next request."""
        return self.get_frozen_credentials().secret_key

    @property
    def token(self) -> str | None:
        """That of the next request."""
        return self.get_frozen_credentials().token

    def get_deferred_property(self, name: str) -> Any:
        """As botocore's credentials have it."""
        return lambda: getattr(self, name, None)


def _keys(source: Source) -> Keys:
    frozen = source.get_frozen_credentials()
    return Keys(frozen.access_key, frozen.secret_key, frozen.token)
