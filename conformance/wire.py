"""The wire client: signs with botocore, sends with urllib3, and keeps exactly what was said.

It validates nothing, retries nothing (those who use it may, see :data:`BACKOFF`) and follows no redirect. A
target can be hostile: every answer has a deadline, however slowly it drips, and a body is kept up to a limit.
Whatever goes wrong on the way becomes the exchange's :class:`~conformance.exchange.Failure`.
"""

from __future__ import annotations

import http.client
import io
import json
import re
import socket
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    LocationParseError,
    NewConnectionError,
    ProtocolError,
    ReadTimeoutError,
    SSLError,
)

from conformance import __version__, model
from conformance.budget import Meter, is_free
from conformance.credentials import Given, Keys, Renewed
from conformance.exceptions import TargetError
from conformance.exchange import Exchange, Failure, Request, Response, Tag
from conformance.redaction import Redactor
from conformance.signing import Signer

_CHUNK = 1 << 16
_SIGNATURE = re.compile("Signature=([0-9a-f]{64})")
# Seconds to wait before a request that was turned away for the rate of requests is sent again, each time.
BACKOFF = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6)
_FINAL = 200  # HTTP: a lower status announces another one


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one exchange may cost.

    Attributes:
        connect_timeout: seconds to open a connection, and seconds to send the request.
        read_timeout: seconds from then on for the whole answer.
        max_body_bytes: bytes kept of an answer's body; a longer one is a failure.
    """

    connect_timeout: float = 5.0
    read_timeout: float = 30.0
    max_body_bytes: int = 4 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """A live address with region and credentials.

    Attributes:
        url: scheme, host and port, perhaps a path.
        region: the region that requests are signed for.
        access_key, secret_key, token: credentials; emulators take any.
        source: where new credentials come from when those expire; None if from nowhere.
        account: the account that they belong to, if somebody has asked.
        restricted_access_key, restricted_secret_key, restricted_token: those of a second caller, who may
            describe services and not update them; empty if there is none.
    """

    url: str
    region: str = "us-east-1"
    access_key: str = "testing"
    secret_key: str = field(default="testing", repr=False)
    token: str | None = field(default=None, repr=False)
    source: Renewed | None = field(default=None, repr=False, compare=False)
    account: str = ""
    restricted_access_key: str = ""
    restricted_secret_key: str = field(default="", repr=False)
    restricted_token: str | None = field(default=None, repr=False)

    @property
    def secrets(self) -> list[str]:
        """The secret keys and session tokens."""
        held = (self.secret_key, self.token, self.restricted_secret_key, self.restricted_token)
        return [*(secret for secret in held if secret), *(self.source.secrets if self.source else ())]

    def to_json(self) -> dict[str, Any]:
        """The endpoint for another process, which has the credentials of this moment."""
        return asdict(replace(self, source=None))


def awsjson(operation: str, body: Mapping[str, Any] | bytes) -> Request:
    """The awsJson request for an operation; bytes are sent as they are."""
    payload = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode("utf-8")
    return Request(
        operation=operation,
        headers=(
            ("Content-Type", model.content_type()),
            ("X-Amz-Target", model.target_header(operation)),
        ),
        body=payload,
    )


class _Timed(io.RawIOBase):
    """A socket's bytes until a deadline; a socket's own time-out begins anew with every byte."""

    def __init__(self, connection: socket.socket, seconds: float) -> None:
        self._deadline = time.monotonic() + seconds
        self._socket = connection
        # Keeps the socket open until the answer is read, also if the connection is closed before.
        self._stream = connection.makefile("rb", buffering=0)

    def readable(self) -> bool:
        """It is all there is to do with it."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read what there is, or wait for it until the deadline."""
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)
        return self._stream.readinto(buffer)

    def close(self) -> None:
        """Let go of the socket."""
        self._stream.close()
        super().close()


class _Answer(http.client.HTTPResponse):
    """An answer that has to be there in time as a whole, in the time that its socket had for one read."""

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self.fp.close()
        self.fp = io.BufferedReader(_Timed(sock, sock.gettimeout() or 0))

    def _read_status(self) -> tuple[str, int, str]:
        # The standard library skips 100 only; any other interim answer would pass for the answer, and the
        # answer for that of the next request.
        version, status, reason = super()._read_status()  # type: ignore[misc]
        return version, status if status >= _FINAL else http.client.CONTINUE, reason


class _Connection(HTTPConnection):
    response_class = _Answer


class _SecureConnection(HTTPSConnection):
    response_class = _Answer


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _SecureConnection


class Wire:
    """Sends requests to one endpoint over connections that are kept alive. Safe to share between threads.

    Args:
        endpoint: where to, and signed by whom.
        limits: what one exchange may cost.
        redactor: what is to be kept of an exchange; by default, what is confidential of the endpoint itself.
        meter: what the run may cost; by default, whatever it likes.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        limits: Limits | None = None,
        redactor: Redactor | None = None,
        meter: Meter | None = None,
    ) -> None:
        self.endpoint = endpoint
        self.meter = meter
        self._redactor = redactor or Redactor(credentials=endpoint.secrets)
        self._limits = limits or Limits()
        self._url = endpoint.url.rstrip("/")
        # The machine's clock can be set in mid-run; what starts after another's end must be seen to.
        self._epoch = time.time() - time.perf_counter()
        self._signer = _signer(endpoint)
        self._pool = urllib3.PoolManager(
            maxsize=16,
            timeout=urllib3.Timeout(connect=self._limits.connect_timeout, read=self._limits.read_timeout),
        )
        self._pool.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    @property
    def callers(self) -> tuple[str, ...]:
        """The values of :attr:`Request.caller` that this endpoint has credentials for."""
        return self._signer.callers

    def close(self) -> None:
        """Close all connections."""
        self._pool.clear()

    def send(
        self,
        request: Request,
        *,
        id: int = 0,
        tag: Tag | None = None,
        twin: int | None = None,
        signed: bool = False,
    ) -> Exchange:
        """Sign and send one request, and return the exchange whatever came of it.

        Args:
            request: what to send; its ``caller``, one of :attr:`callers`, says who signs it, and how.
            id: the exchange's.
            tag: the exchange's.
            twin: the exchange's.
            signed: whether another client has signed it: then its headers are sent as they are.

        Raises:
            BudgetError: a ceiling of the run's budget stands against it; nothing was sent.
            TargetError: the credentials are about to expire, and there are no new ones; nothing was sent,
                but what cleans up may still be.
        """
        self._check_credentials(request.operation)
        if self.meter is not None:
            refusable = twin is not None or bool(request.caller)
            name = str(request.members.get("serviceName")) if request.operation == model.CREATE else ""
            self.meter.admit(request.operation, refusable=refusable, name=name)
        exchange = self._sent(request, id=id, tag=tag or Tag(), twin=twin, signed=signed)
        if self.meter is not None:
            self.meter.settle(exchange)
        return exchange

    def _check_credentials(self, operation: str) -> None:
        source, meter = self.endpoint.source, self.meter
        if source is not None and source.problem and not (is_free(operation) or (meter and meter.gives_back)):
            raise TargetError(
                f"The credentials are about to expire and cannot be renewed: {source.problem}.",
                hint="Sign in again, for instance with `aws sso login`.",
            )

    def _sent(self, request: Request, *, id: int, tag: Tag, twin: int | None, signed: bool) -> Exchange:
        url = self._url + request.path
        body = self._redactor.revealed(request.body)
        as_it_is = signed and body == request.body
        headers = dict(request.headers) if as_it_is else self._signed(request, url, body)
        clock = time.perf_counter()
        answer = self._exchange(request.method, url, headers, body)
        elapsed = time.perf_counter() - clock
        self._redactor.conceal(self.endpoint.secrets if self.endpoint.source else ())
        kept = self._redactor.sent(body)
        if isinstance(answer, Response):
            quotable = _SIGNATURE.findall(headers.get("Authorization", ""))
            answer = self._redactor.received(answer, quotable=quotable)
        return Exchange(
            id=id,
            request=Request(
                operation=request.operation,
                method=request.method,
                path=request.path,
                headers=self._redactor.headers(headers.items()),
                body=kept,
                caller=request.caller,
            ),
            response=answer if isinstance(answer, Response) else None,
            failure=answer if isinstance(answer, Failure) else None,
            started=round(self._epoch + clock, 6),
            elapsed=round(elapsed, 6),
            tag=tag,
            twin=twin,
        )

    def _signed(self, request: Request, url: str, body: bytes) -> dict[str, str]:
        unsigned = {"User-Agent": f"ecs-express-conformance/{__version__}", "Accept-Encoding": "identity"}
        unsigned.update((n, v) for n, v in request.headers if n.lower() != "content-length")
        return self._signer.signed(request.caller, request.method, url, unsigned, body)

    def _exchange(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Response | Failure:
        try:
            return self._receive(method, url, headers, body)
        except (ConnectTimeoutError, NewConnectionError) as error:
            return Failure(kind="connect", message=_reason(error))
        except (ReadTimeoutError, TimeoutError):
            return Failure(kind="timeout", message=f"no answer within {self._limits.read_timeout:g} s")
        except SSLError as error:
            return Failure(kind="tls", message=_reason(error))
        except (ProtocolError, OSError) as error:
            return Failure(kind="protocol" if _is_no_http(error) else "reset", message=_reason(error))
        except (HTTPError, LocationParseError, ValueError) as error:
            return Failure(kind="protocol", message=_reason(error))

    def _receive(self, method: str, url: str, headers: Mapping[str, str], body: bytes) -> Response | Failure:
        raw = self._pool.request(
            method,
            url,
            body=body,
            headers=headers,
            preload_content=False,
            decode_content=False,
            redirect=False,
            retries=False,
        )
        received = bytearray()
        try:
            while chunk := raw.read1(_CHUNK):
                received += chunk
                if len(received) > self._limits.max_body_bytes:
                    raw.close()
                    return Failure(
                        kind="too-large", message=f"a body of over {self._limits.max_body_bytes} bytes"
                    )
        finally:
            raw.release_conn()
        return Response(status=raw.status, headers=tuple(raw.headers.items()), body=bytes(received))


def _signer(endpoint: Endpoint) -> Signer:
    own = endpoint.source or Given(Keys(endpoint.access_key, endpoint.secret_key, endpoint.token))
    second = None
    if endpoint.restricted_access_key:
        secret, token = endpoint.restricted_secret_key, endpoint.restricted_token
        second = Given(Keys(endpoint.restricted_access_key, secret, token))
    return Signer(own, endpoint.region, restricted=second)


def _innermost(error: BaseException) -> BaseException:
    """The first cause; urllib3 wraps errors several times, in three ways."""
    while True:
        wrapped = (error.__cause__, getattr(error, "reason", None), *error.args[1:])
        cause = next((inner for inner in wrapped if isinstance(inner, BaseException)), None)
        if cause is None:
            return error
        error = cause


def _is_no_http(error: BaseException) -> bool:
    """Whether bytes came that are not HTTP; an answer that breaks off is another matter."""
    cause = _innermost(error)
    broken_off = isinstance(cause, http.client.IncompleteRead | http.client.RemoteDisconnected)
    return isinstance(cause, http.client.HTTPException) and not broken_off


def _reason(error: BaseException) -> str:
    """The first cause in one line."""
    cause = _innermost(error)
    return (" ".join(str(cause).split()) or type(cause).__name__)[:300]
