"""An emulator under conditions: what happens to a request before the service sees it, and a clock to move.

The clock has a path of its own, which is no AWS API. ``GET /_emulator/clock`` answers ``{"now": 1.5e9}``, and
``POST /_emulator/clock`` with ``{"advance": 3600}`` lets an hour pass, also while the network is gone.
"""

from __future__ import annotations

import json
import random
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

from conformance.emulator.conditions import Conditions
from conformance.emulator.errors import Refusal
from conformance.emulator.records import Clock, MovableClock
from conformance.emulator.routing import PREFIX
from conformance.emulator.writing import Writer

Response = tuple[int, Iterable[tuple[str, str]], bytes]
"""Status, headers and body of an answer."""

CLOCK_PATH = "/_emulator/clock"

_BURST = 10.0  # seconds' worth of requests that may come at once
_READS = 4.0  # times as many as changes
_READING = re.compile(r"Describe|List")
_LONG_LIVED = "AKIA"
_KEY = re.compile(r"Credential=([^/,\s]+)/")
_OUTAGE_SECONDS = 60.0
_EXPIRED = "The security token included in the request is expired"


class Bucket:
    """Tokens, one for each request; a request that finds none is refused.

    The ECS API throttles by this algorithm (developer guide, Request throttling for the Amazon ECS API).

    Args:
        rate: tokens that are added in a second; 0 for a bucket that never gets empty.
        size: how many there are at most, and at first.
    """

    def __init__(self, rate: float, size: float) -> None:
        self._rate = rate
        self._size = max(1.0, size)
        self._tokens = self._size
        self._filled = time.monotonic()
        self._lock = Lock()

    def take(self) -> bool:
        """Take a token; whether there was one."""
        with self._lock:
            now = time.monotonic()
            self._tokens = min(self._size, self._tokens + self._rate * (now - self._filled))
            self._filled = now
            if not self._rate:
                return True
            taken = self._tokens >= 1.0
            self._tokens -= taken
            return taken


class Simulation:
    """An application under conditions.

    Args:
        application: what answers a request that reaches the service.
        conditions: the circumstances.
        rate: changes that are taken in a second; 0 for any number.
        clock: the service's; one that can be moved.
        settle: called before each request, for what happens by itself as time goes by.
    """

    def __init__(
        self,
        application: Callable[[dict[str, Any]], Response],
        *,
        conditions: Conditions,
        rate: float,
        clock: Clock,
        settle: Callable[[], None],
    ) -> None:
        self._application = application
        self._conditions = conditions
        assert isinstance(clock, MovableClock)  # that of all emulators under conditions
        self._clock = clock
        self._settle = settle
        self._changes = Bucket(rate, rate * _BURST)
        self._reads = Bucket(rate * _READS, rate * _READS * _BURST)
        self._lock = Lock()
        self._received = 0
        self._chance = random.Random(0)  # noqa: S311  not for cryptography
        self._outage_began: float | None = None
        self._uses: Counter[tuple[str, str]] = Counter()

    def __call__(self, environ: dict[str, Any]) -> Response:
        """The answer to a request.

        Raises:
            ConnectionResetError: the network is gone; there is no answer.
        """
        if environ.get("PATH_INFO") == CLOCK_PATH:
            return self._control(environ)
        if self._is_gone():
            raise ConnectionResetError
        self._settle()
        target = environ.get("HTTP_X_AMZ_TARGET", "")
        if self._has_expired(environ):
            return _expired(target)
        if target.startswith(PREFIX) and (self._is_unlucky() or not self._bucket(target).take()):
            return _refused(Refusal("ThrottlingException", "Rate exceeded"))
        return self._application(environ)

    def _bucket(self, target: str) -> Bucket:
        reads = _READING.match(target.removeprefix(PREFIX))
        return self._reads if reads else self._changes

    def _is_unlucky(self) -> bool:
        """Whether a request is among those turned away at random; the same ones in every emulator."""
        share = self._conditions.throttle_share or 0.0
        with self._lock:
            return bool(share) and self._chance.random() < share

    def _is_gone(self) -> bool:
        """Whether the network is gone; this counts a request."""
        after = self._conditions.outage_after
        if after is None:
            return False
        seconds = self._conditions.outage_seconds
        with self._lock:
            self._received += 1
            if self._received <= after:
                return False
            self._outage_began = self._outage_began or time.monotonic()
            lasts = _OUTAGE_SECONDS if seconds is None else seconds
            return time.monotonic() - self._outage_began < lasts

    def _has_expired(self, environ: dict[str, Any]) -> bool:
        """Whether a request's credentials have been used too often; this counts a use.

        Long-lived keys, which begin with AKIA and have no session token, do not expire.
        """
        last = self._conditions.credentials_last
        key = _KEY.search(environ.get("HTTP_AUTHORIZATION", ""))
        if last is None or key is None:
            return False
        session = key[1], environ.get("HTTP_X_AMZ_SECURITY_TOKEN", "")
        if key[1].startswith(_LONG_LIVED) and not session[1]:
            return False
        with self._lock:
            self._uses[session] += 1
            return self._uses[session] > last

    def _control(self, environ: dict[str, Any]) -> Response:
        """Show the clock, and move it if asked to."""
        if environ["REQUEST_METHOD"] == "POST":
            try:
                seconds = float(json.loads(environ["wsgi.input"].read())["advance"])
            except (ValueError, KeyError, TypeError):
                return _json(400, {"error": 'Send {"advance": SECONDS}.'})
            if not 0 <= seconds < float("inf"):
                return _json(400, {"error": "The clock goes forward only."})
            self._clock.advance(seconds)
            self._settle()
        return _json(200, {"now": self._clock()})


def _json(status: int, document: dict[str, Any]) -> Response:
    return status, [("Content-Type", "application/json")], json.dumps(document).encode()


def _refused(refusal: Refusal) -> Response:
    """A refusal of a JSON service."""
    reply = Writer().error("", refusal)
    return reply.status, reply.headers.items(), reply.body


def _expired(target: str) -> Response:
    """The refusal of expired credentials: in JSON, or in XML with the code and status of query services."""
    if target:
        return _refused(Refusal("ExpiredTokenException", _EXPIRED))
    error = f"<Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>{_EXPIRED}</Message></Error>"
    body = f"<ErrorResponse>{error}<RequestId>expired</RequestId></ErrorResponse>"
    return 403, [("Content-Type", "text/xml")], body.encode()
