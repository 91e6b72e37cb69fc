"""Asks a service's own endpoint again and again, beside all that a scenario sends to the API."""

from __future__ import annotations

import socket
import time
from dataclasses import replace
from threading import Event, Thread
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

from conformance.exchange import Exchange, Failure, Response
from conformance.ingress import Address, may_reach, probe
from conformance.wire import Endpoint, Limits, Wire

LIMITS = Limits(connect_timeout=5.0, read_timeout=10.0, max_body_bytes=1 << 20)
_FAULT = 500
_KEPT_BODY = 512  # bytes of an error's body; what a service says otherwise is nobody's business here
_KEPT_HEADERS = {"content-type", "date", "server"}
_PORTS = {"http": 80, "https": 443}


class Prober:
    """One request after the other, in a thread of its own, while its context lasts.

    Every probe has a connection of its own, so that one which was open before proves nothing.

    Args:
        where: what to ask.
        seconds: from the start of one probe to that of the next, if the answer comes in that time.

    Attributes:
        exchanges: the probes so far, in their order.
    """

    def __init__(self, where: Address, seconds: float) -> None:
        self.exchanges: list[Exchange] = []
        self._where = where
        self._seconds = seconds
        self._request = probe(where)
        self._over = Event()
        self._thread = Thread(target=self._ask_on, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join(LIMITS.connect_timeout + LIMITS.read_timeout + 1)

    def steady(self, number: int) -> bool:
        """Whether each of the last so many probes was answered, and not with a server's fault."""
        last = self.exchanges[-number:]
        return len(last) == number and all(e.response and e.response.status < _FAULT for e in last)

    def _ask_on(self) -> None:
        due = time.monotonic()
        while not self._over.is_set():
            self.exchanges.append(self._asked())
            due = max(due + self._seconds, time.monotonic())
            self._over.wait(due - time.monotonic())

    def _asked(self) -> Exchange:
        """One probe and what came of it; the name is resolved anew, and only checked addresses are asked."""
        started, clock = time.time(), time.perf_counter()
        found = self._resolved()
        if isinstance(found, Failure):
            exchange = Exchange(id=0, request=self._request, failure=found)
        else:
            exchange = self._first_connected(found)
        elapsed = round(time.perf_counter() - clock, 6)
        return replace(_reduced(exchange), started=round(started, 6), elapsed=elapsed)

    def _resolved(self) -> list[str] | Failure:
        """The addresses behind the name, or why nothing is sent to them."""
        url = urlsplit(self._where.url)
        name, port = url.hostname or "", url.port or _PORTS[url.scheme]
        try:
            entries = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            return Failure(kind="resolve", message=f"{name}: {error}"[:300])
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in entries))
        barred = [each for each in addresses if not may_reach(each, local=self._where.local)]
        if barred:
            return Failure(kind="address", message=f"{name} leads to {barred[0]}, where nothing is sent")
        return addresses

    def _first_connected(self, addresses: list[str]) -> Exchange:
        """The exchange with the first of these addresses that takes a connection; else that with the last."""
        for number, each in enumerate(addresses, 1):
            wire = _NamedWire(self._where, each)
            try:
                exchange = wire.send(self._request, signed=True)
            finally:
                wire.close()
            if number == len(addresses) or exchange.failure is None or exchange.failure.kind != "connect":
                break
        return exchange


class _NamedWire(Wire):
    """A wire to one address of a name; TLS asks for the certificate of the name."""

    def __init__(self, where: Address, address: str) -> None:
        url = urlsplit(where.url)
        host = f"[{address}]" if ":" in address else address
        port = f":{url.port}" if url.port else ""
        super().__init__(Endpoint(url=f"{url.scheme}://{host}{port}"), LIMITS)
        if url.scheme == "https":
            self._pool.connection_pool_kw.update(server_hostname=url.hostname, assert_hostname=url.hostname)


def _reduced(exchange: Exchange) -> Exchange:
    """The exchange without what the users of the service would not like to see in a recording."""
    response = exchange.response
    if response is None:
        return exchange
    headers = tuple(header for header in response.headers if header[0].lower() in _KEPT_HEADERS)
    body = response.body[:_KEPT_BODY] if response.status >= _FAULT else b""
    return replace(exchange, response=Response(status=response.status, headers=headers, body=body))
