"""One call in, one reply out: the parts of the emulator put together, one of them perhaps a mutant's."""

from __future__ import annotations

import sys
import traceback
from dataclasses import dataclass, fields, replace
from typing import Any, Self

from conformance.emulator.answers import Answers
from conformance.emulator.backend import Backend
from conformance.emulator.configuration import Merger
from conformance.emulator.errors import Refusal, server_error
from conformance.emulator.gate import Gate
from conformance.emulator.reading import Reader
from conformance.emulator.records import Neighbours, Place, Timing, steady_clock
from conformance.emulator.routing import Router
from conformance.emulator.validation import Rules
from conformance.emulator.writing import Reply, Writer


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """The classes that an emulator is made of."""

    router: type[Router] = Router
    gate: type[Gate] = Gate
    reader: type[Reader] = Reader
    rules: type[Rules] = Rules
    merger: type[Merger] = Merger
    backend: type[Backend] = Backend
    answers: type[Answers] = Answers
    writer: type[Writer] = Writer

    def with_part(self, part: type[Any]) -> Self:
        """These parts, with a subclass of one of them in its place, or of several.

        Raises:
            TypeError: the class is no subclass of any part.
        """
        places = {each.name: part for each in fields(self) if issubclass(part, getattr(self, each.name))}
        if not places:
            raise TypeError(f"{part.__name__} is not a part of the emulator")
        return replace(self, **places)


class Front:
    """Answers calls of the four operations, at whatever place.

    Args:
        parts: what it is made of; the reference's own by default.
        timing: how long things take.
        region: the Region whose endpoint this is; empty for one that serves any.
    """

    def __init__(self, parts: Parts | None = None, *, timing: Timing | None = None, region: str = "") -> None:
        self.parts = parts or Parts()
        self.timing = timing or Timing(clock=steady_clock())
        self.router = self.parts.router()
        self.gate = self.parts.gate(region)
        self.reader = self.parts.reader()
        self.writer = self.parts.writer()

    def backend(self, place: Place, neighbours: Neighbours) -> Backend:
        """A backend without services for a place."""
        return self.parts.backend(
            place=place,
            neighbours=neighbours,
            rules=self.parts.rules(place),
            merger=self.parts.merger(),
            answers=self.parts.answers(place, self.timing),
            timing=self.timing,
        )

    def reply(
        self, backend: Backend, operation: str, body: bytes, *, content_type: str = "", agent: str = ""
    ) -> Reply:
        """The reply to one request; whatever happens, there is one."""
        try:
            self.reader.content_type(content_type)
            self.reader.agent(agent)
            request = self.reader.request(operation, body)
            return self.writer.success(operation, backend.perform(operation, request))
        except Refusal as refusal:
            return self.writer.error(operation, refusal)
        except Exception:  # noqa: BLE001 - a mistake of ours must be an answer too, as it is at AWS
            traceback.print_exc(file=sys.stderr)
            return self.writer.error(operation, server_error())

    def refuse(self, operation: str, refusal: Refusal) -> Reply:
        """The reply to a request that was refused before it could be read."""
        return self.writer.error(operation, refusal)
