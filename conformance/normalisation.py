"""What two targets must answer differently, replaced by placeholders, so that the rest can be compared.

An answer becomes a flat mapping from paths to values. Account, Region, partition, cluster and run are those
of the side, and get one placeholder each. Of ids that a target makes up nothing is left but when they were
first seen in the test case, so that a new revision is still told from an old one; of times nothing but
whether they grew. What the documents give no order has none here either. Pure: nothing is sent, and no
answer, however hostile, makes it raise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.exchange import Exchange, parsed
from conformance.observation import accepted, newest_configuration, service_of

Leaves = dict[str, Any]
"""Values by dotted path; what holds nothing, and null, is a value, too."""

ACCEPTED = "accepted"
MOST_LEAVES = 2_000
"""Of one answer; the rest of a larger document is not compared."""

# A name of the run; ECS puts four more digits behind it where it names something after a service.
_NAME = re.compile(r"([Xx]c-)([0-9a-f]{8})((?:-[a-z0-9]+)*?)(-\d+)?(-[0-9a-f]{4})?(?![\w-])")
_ARN = re.compile(r"arn:([\w-]+):([\w-]*):([\w-]*):(\d*):(.*)", re.DOTALL)
_MADE_UP = re.compile(r"(sg|subnet|vpc|eni)-[0-9a-f]{8,17}")
_BY_LABEL = {"environment": "name", "secrets": "name", "tags": "key", "ingressPaths": "accessType"}
_SETS = {"subnets", "securityGroups"}
_WORDS = {"message", "Message", "errorMessage"}
_OF_ARNS = {"service-revision": "revision", "service-deployment": "deployment"}
_OLDER = "older"
_LONGEST_LABEL = 60  # characters of an element's name in a path


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An exchange's answer in the form in which two can be compared.

    Attributes:
        outcome: ``accepted``, the error's class, or what else came in its place.
        status: the HTTP status.
        leaves: the values of the body, and of those headers that say something.
    """

    outcome: str
    status: int
    leaves: Leaves


@dataclass(slots=True)
class Names:
    """What one side calls what both have; it learns from the exchanges that it is shown, in their order.

    Attributes:
        own: by value of this side, what the other one has in its place; see :func:`counterparts`.
    """

    own: Mapping[str, str] = field(default_factory=dict)
    _home: tuple[str, str, str, str] | None = None
    _runs: set[str] = field(default_factory=set)
    _requested: set[str] = field(default_factory=set)
    _seen: dict[tuple[str, str], int] = field(default_factory=dict)
    _times: dict[str, float] = field(default_factory=dict)
    _position: int = 0
    _patterns: list[tuple[re.Pattern[str], str]] = field(default_factory=list)

    def meet(self, exchange: Exchange) -> None:
        """Learn what a request asked for, and where the side's services are."""
        body = exchange.request.body.decode("latin-1")
        self._runs.update(found[1] for found in _NAME.findall(body))
        self._requested.update(_texts(exchange.request.json))
        arn = service_of(exchange).get("serviceArn")
        found = _ARN.fullmatch(arn) if isinstance(arn, str) and self._home is None else None
        if found and found[4] and found[5].count("/") >= 1:
            parts = found[5].split("/")
            self._home = (found[1], found[3], found[4], parts[1] if len(parts) > 2 else "default")  # noqa: PLR2004
            self._patterns = list(_placeholders(*self._home))

    @property
    def place(self) -> list[list[str]]:
        """Partition, Region and account of the side as they stand in values; empty lists if nobody knows."""
        if self._home is None:
            return [[], [], []]
        partition, region, account, _ = self._home
        return [[f"arn:{partition}:"], [region] if region else [], [account]]

    def begin(self) -> None:
        """A test case begins: what was seen before it does not count."""
        self._seen.clear()
        self._times.clear()
        self._position = 0

    def key(self, exchange: Exchange) -> tuple[str, ...]:
        """What tells requests apart: the same on both sides for the same step of a case."""
        request = exchange.request
        text = _NAME.sub(r"\1(run)\3", self._placed(request.body.decode("latin-1")))
        path = _NAME.sub(r"\1(run)\3", self._placed(request.path))
        return (request.operation, request.method, path, request.caller, self._runless(text))

    def answer(self, exchange: Exchange) -> Answer:
        """The answer in the form in which it can be compared; a step of the case."""
        self._position += 1
        response = exchange.response
        if response is None:
            kind = exchange.failure.kind if exchange.failure else "none"
            return Answer(outcome=f"no answer: {kind}", status=0, leaves={})
        taken = accepted(exchange)
        error = response.error_code[:200] or f"status {response.status}"
        leaves: Leaves = {}
        for path, value in self._leaves(exchange, taken=taken):
            if len(leaves) >= MOST_LEAVES:
                break
            leaves[path] = value
        return Answer(outcome=ACCEPTED if taken else error, status=response.status, leaves=leaves)

    # -- the body ----------------------------------------------------------------------------------------

    def _leaves(self, exchange: Exchange, *, taken: bool) -> Iterator[tuple[str, Any]]:
        response = exchange.response
        assert response is not None
        yield "(content type)", (response.header("content-type") or "").partition(";")[0].strip().lower()
        yield "(request id)", "present" if response.header("x-amzn-requestid") else "absent"
        document = parsed(response.body)
        if document is None:
            yield "(body)", "no JSON" if response.body.strip() not in {b"", b"null"} else "empty"
        elif not taken and isinstance(document, dict):
            yield from self._of_error(document)
        else:
            yield from self._of(_in_order(document), "")

    def _of_error(self, document: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
        """The members of an error but its type; of its words only that there are some."""
        for name, value in document.items():
            if name in _WORDS and isinstance(value, str):
                yield name, "(words)"
            elif name != "__type":
                yield from self._of(value, str(name))

    def _of(self, value: Any, path: str) -> Iterator[tuple[str, Any]]:
        name = path.rpartition(".")[2]
        if isinstance(value, dict) and value:
            for member, part in value.items():
                yield from self._of(part, f"{path}.{member}" if path else str(member))
        elif isinstance(value, list) and value:
            yield from self._of_list(value, path, name)
        elif name.endswith("At") and isinstance(value, int | float) and not isinstance(value, bool):
            yield path, "(time)"
            yield f"{path}(order)", self._ordered(path, value)
        elif name == "endpoint" and "ingressPaths" in path and isinstance(value, str) and value:
            yield path, "(endpoint)"
        else:
            yield path, self._text(value) if isinstance(value, str) else value

    def _of_list(self, values: list[Any], path: str, name: str) -> Iterator[tuple[str, Any]]:
        if name in _SETS and all(isinstance(each, str) for each in values):
            managed = [each for each in values if self.is_made_up(each)]
            yield path, sorted(self._text(each) for each in values if each not in managed)
            if managed:
                yield f"{path}(managed)", len(managed)
        elif all(isinstance(each, dict) for each in values):
            for label, part in _labelled(values, _BY_LABEL.get(name, "")):
                yield from self._of(part, f"{path}[{label}]")
        else:
            yield path, [self._text(each) if isinstance(each, str) else each for each in values]

    def is_made_up(self, text: str) -> bool:
        """Whether it is an id that nobody has asked for, such as that of a managed security group."""
        return text not in self._requested and bool(_MADE_UP.fullmatch(text))

    def _ordered(self, path: str, value: float) -> str:
        """How a time is to the one before at its place; entries of a list have one place."""
        place = re.sub(r"\[[^]]*\]|targetConfiguration|activeConfigurations", "", path)
        before, self._times[place] = self._times.get(place), value
        if before is None:
            return "first"
        return "as before" if value == before else "later" if value > before else "earlier"

    # -- texts -------------------------------------------------------------------------------------------

    def _text(self, text: str) -> str:
        """A text of an answer without what is the side's own."""
        arn = _ARN.fullmatch(text)
        resource = arn[5].partition("/")[0] if arn else ""
        if resource in _OF_ARNS:
            return f"({_OF_ARNS[resource]} {self._first_seen(resource, text)})"
        if resource == "task-definition" and text not in self._requested:
            return f"(task definition {self._first_seen(resource, text)})"
        return self._runless(_NAME.sub(self._numbered, self._placed(text)))

    def _first_seen(self, what: str, id: str) -> str:
        return f"first seen in answer {self._seen.setdefault((what, id), self._position)}"

    def _numbered(self, found: re.Match[str]) -> str:
        """A name of the run; the services of a case are numbered anew, as each is first seen."""
        if not found[4]:
            return f"{found[1]}(run){found[3]}"
        names = [id for what, id in self._seen if what == "service"]
        name = f"{found[2]}{found[3]}{found[4]}"
        if name not in names:
            self._seen["service", name] = self._position
            names.append(name)
        suffix = "-(digits)" if found[5] else ""
        return f"{found[1]}(run){found[3]}-({names.index(name) + 1}){suffix}"

    def _placed(self, text: str) -> str:
        for value, other in self.own.items():
            text = text.replace(value, other)
        for pattern, placeholder in self._patterns:
            text = pattern.sub(placeholder, text)
        return text

    def _runless(self, text: str) -> str:
        for run in self._runs:
            if run in text:
                text = text.replace(run, "(run)")
        return text


def _placeholders(
    partition: str, region: str, account: str, cluster: str
) -> Iterator[tuple[re.Pattern[str], str]]:
    yield re.compile(rf"(?<!\d){re.escape(account)}(?!\d)"), "(account)"
    if region:
        yield re.compile(rf"(?<![\w-]){re.escape(region)}(?![\w-])"), "(Region)"
    yield re.compile(rf"arn:{re.escape(partition)}:"), "arn:(partition):"
    resources = r"(:cluster/|:service/|:service-revision/|:service-deployment/)"
    yield re.compile(rf"{resources}{re.escape(cluster)}(?=/|\"|$)"), r"\1(cluster)"


def _in_order(document: Any) -> Any:
    """The document with the newest configuration told from the older ones, whose order is not documented."""
    service = document.get("service") if isinstance(document, dict) else None
    if not isinstance(service, dict):
        return document
    entries = service.get("activeConfigurations")
    if not isinstance(entries, list) or len(entries) <= 1:
        return document
    newest = newest_configuration(service)
    if not newest:
        return document
    others = [entry for entry in entries if entry is not newest]
    split = {**service, "activeConfigurations": [newest], f"activeConfigurations.({_OLDER})": others}
    return {**document, "service": split}


def _labelled(elements: list[dict[str, Any]], by: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Elements with their labels: by what they are told apart, or else their places."""
    counted: dict[str, int] = {}
    for place, element in enumerate(elements):
        name = element.get(by) if by else None
        label = name[:_LONGEST_LABEL] if isinstance(name, str) and name else str(place)
        counted[label] = counted.get(label, 0) + 1
        yield (label if counted[label] == 1 else f"{label}#{counted[label]}"), element


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from _texts(part)


def translated(value: Any, pairs: Mapping[str, str]) -> Any:
    """A JSON value with what one side has replaced by what the other one has in its place.

    Args:
        value: such as a test case that was drawn for the one side.
        pairs: of :func:`counterparts`.
    """
    if not pairs:
        return value
    if isinstance(value, str):
        pattern = "|".join(map(re.escape, sorted(pairs, key=len, reverse=True)))
        return re.sub(pattern, lambda found: pairs[found[0]], value)
    if isinstance(value, dict):
        return {name: translated(part, pairs) for name, part in value.items()}
    if isinstance(value, list):
        return [translated(part, pairs) for part in value]
    return value


def counterparts(one: Iterable[Iterable[str]], other: Iterable[Iterable[str]]) -> dict[str, str]:
    """By value of one side, what the other one has in its place; nothing for what both have.

    Args:
        one: the lists of values that exist at one side.
        other: the same lists of the other side; where it has fewer values, they serve again.
    """
    pairs: dict[str, str] = {}
    for values, others in zip(map(list, one), map(list, other), strict=True):
        for place, value in enumerate(values if others else []):
            if value != others[place % len(others)]:
                pairs[value] = others[place % len(others)]
    return pairs


def shown(value: Any) -> str:
    """A value of a leaf as JSON."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True)
