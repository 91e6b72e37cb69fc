"""Bodies of exchanges by the paths of their members, whatever form they have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.exchange import parsed
from conformance.observation import newest_configuration
from conformance.reporting.bodies import raw

Flat = dict[str, Any]
"""Values by dotted path, in the order of the document; what holds nothing is a value, too."""

SERVICE = "service"
_LONGEST_NAME = 60  # characters of an element's name in a path
_MOST = 2_000  # members; the rest of a larger document is not looked at
_SUCCESS = range(200, 300)


def readable(message: Any) -> Any:
    """The JSON value of a request's or response's body; None where there is none that can be read."""
    if not isinstance(message, Mapping):
        return None
    try:
        return parsed(raw(message["body"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def settled(exchange: Mapping[str, Any]) -> bool:
    """Whether the target took the request: whether it was answered with a status of success."""
    response = exchange.get("response")
    return isinstance(response, Mapping) and response.get("status") in _SUCCESS


def configuration_in(exchange: Mapping[str, Any]) -> dict[str, Any] | None:
    """The configuration in an answer: that of an update, which may be empty, or the newest of a Describe.

    What Describe shows of the service beside its configurations is under the name ``service``. None where
    the answer is none of these, or where several configurations may be the newest.
    """
    document = readable(exchange.get("response")) if settled(exchange) else None
    service = document.get("service") if isinstance(document, dict) else None
    if not isinstance(service, dict):
        return None
    if isinstance(target := service.get("targetConfiguration"), dict):
        return target
    if "activeConfigurations" not in service:
        return {}
    newest = newest_configuration(service)
    rest = {name: value for name, value in service.items() if name != "activeConfigurations"}
    return {**newest, SERVICE: rest} if newest else None


def flattened(document: Mapping[str, Any]) -> Flat:
    """The leaves of a document, each with its path.

    Elements of a list of structures are told apart by their ``name``, or else by their place. A list of
    plain values is one leaf.
    """
    flat: Flat = {}
    for path, value in _leaves(document, ""):
        if len(flat) >= _MOST:
            break
        if path:
            flat[path] = value
    return flat


def _leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict) and value:
        for name, part in value.items():
            yield from _leaves(part, f"{path}.{name}" if path else str(name))
    elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        for label, part in zip(_labels(value), value, strict=True):
            yield from _leaves(_nameless(part, label), f"{path}[{label}]")
    else:
        yield path, value


def _labels(elements: list[dict[str, Any]]) -> list[str]:
    """Of each element its name, the second of one name as ``name#2``; without a name, its place."""
    labels: list[str] = []
    seen: Counter[str] = Counter()
    for place, element in enumerate(elements):
        name = element.get("name")
        label = name[:_LONGEST_NAME] if isinstance(name, str) and name else str(place)
        seen[label] += 1
        labels.append(label if seen[label] == 1 else f"{label}#{seen[label]}")
    return labels


def _nameless(element: dict[str, Any], label: str) -> Any:
    """The element without the name that stands in its path already, unless it is nothing but that."""
    rest = {name: value for name, value in element.items() if name != "name"}
    name = element.get("name")
    told = isinstance(name, str) and name != "" and label.startswith(name)
    return rest if rest and told else element
