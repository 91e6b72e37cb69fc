"""Several clients that send to one target at the same moment, each in a thread of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

from conformance.exchange import Exchange, Tag
from conformance.wire import Wire, awsjson

Call = tuple[str, Mapping[str, Any]]
"""An operation and the members of its request."""


def sent_together(wire: Wire, clients: Sequence[Sequence[Call]], *, tag: Tag, first: int) -> list[Exchange]:
    """The exchanges of all clients, by client and then in the order in which that client sent them.

    All clients begin together; each of them waits for an answer before it sends its next call, and is done
    when one does not come.

    Args:
        wire: to the target.
        clients: the calls of each client; clients are counted from 1.
        tag: the exchanges'.
        first: the id of the first call; the others follow in the order of the result.
    """
    threads, number = [], first
    start = Barrier(len(clients))
    for client, calls in enumerate(clients, start=1):
        threads.append(_Client(wire, calls, tag, start, client=client, first=number))
        number += len(calls)
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    faults = [thread.fault for thread in threads if thread.fault is not None]
    if faults:
        raise faults[0]
    return [exchange for thread in threads for exchange in thread.exchanges]


class _Client(Thread):
    """One client. It is a daemon: whoever stops the run need not wait until a target answers."""

    def __init__(
        self, wire: Wire, calls: Sequence[Call], tag: Tag, start: Barrier, *, client: int, first: int
    ) -> None:
        super().__init__(name=f"client {client}", daemon=True)
        self.exchanges: list[Exchange] = []
        self.fault: BaseException | None = None
        self._wire = wire
        self._requests = [awsjson(operation, body) for operation, body in calls]
        self._tag = tag
        self._barrier = start
        self._client = client
        self._first = first

    def run(self) -> None:
        """Wait for the others, and send."""
        self._barrier.wait()
        try:
            for number, request in enumerate(self._requests, start=self._first):
                exchange = self._wire.send(request, id=number, tag=self._tag)
                self.exchanges.append(replace(exchange, client=self._client))
                if exchange.response is None:
                    return
        except BaseException as error:  # noqa: BLE001  raised again where somebody hears it
            self.fault = error
