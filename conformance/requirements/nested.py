"""What no document says of updates inside of structures: how to clear a member, and what another list does.

All of it is described in words, and never counts against the target. What becomes of the members that a
structure leaves out is in :mod:`conformance.requirements.preservation`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance import model
from conformance.comparison import altered, elements, value_at
from conformance.observation import Observation, accepted, error_code, refuses_caller
from conformance.requirement import Concern, Finding, Requirement, family
from conformance.requirements.citations import page, protocol_test, service_model
from conformance.validity import validity
from conformance.verdict import Evidence, behaves

_WAYS = {
    "list": ("empty-list", "an empty list"),
    "structure": ("empty-object", "an empty object"),
    "string": ("empty-string", "an empty string"),
}
_NULL = ("null", "null")
_WORDS = dict([*_WAYS.values(), _NULL])
_GROUPS = "networkConfiguration.securityGroups"
# What AWS's own pages name as defaults; they contradict each other, so a member may have several.
_DEFAULTS: dict[str, tuple[Any, ...]] = {
    "cpu": ("256", "1024"),
    "memory": ("512", "2048"),
    "cpuArchitecture": ("X86_64",),
    "healthCheckPath": ("/ping", "/"),
    "primaryContainer.containerPort": (80,),
    "primaryContainer.awsLogsConfiguration.logStreamPrefix": ("ecs",),
    "scalingTarget.minTaskCount": (1,),
    "scalingTarget.maxTaskCount": (1, 20),
    "scalingTarget.autoScalingMetric": ("AVERAGE_CPU",),
    "scalingTarget.autoScalingTargetValue": (60,),
}


def _clearings() -> Iterator[Requirement]:
    """One for each optional member and each way; null at the top is the protocol's own subject.

    An enumeration has no empty value: what is none of its values is to be refused, by another requirement.
    """
    for member in model.operation().input:
        if "[]" in member.path or member.required:
            continue
        if member.kind in _WAYS and not member.enum:
            yield _clearing(member, *_WAYS[member.kind])
        if member.parent:
            yield _clearing(member, *_NULL)


def _clearing(member: model.Member, way: str, words: str) -> Requirement:
    null = protocol_test("null.smithy, AwsJson11ServersDontDeserializeNullStructureValues")
    return Requirement(
        id=f"clear/{member.path}-{way}",
        sentence=f"What an update does that carries {words} for {member.path}.",
        evidence=Evidence.OPEN,
        citations=(service_model(member.path), *((null,) if way == _NULL[0] else ())),
    )


@family(_clearings(), concern=Concern.CHANGE)
def ways_to_clear(observation: Observation) -> Iterator[Finding]:
    """How a member is taken away again is not documented; by the protocol, null is the same as nothing.

    A refusal is told only after an accepted twin that differs in this member alone, so that it is the reason.
    """
    tried = list(_tried(observation.exchange.request.members))
    if len(tried) != 1:
        return
    path, way = tried[0]
    words = f"{_WORDS[way]} for {path}"
    if observation.accepted:
        effect = _effect(path, observation)
        if effect:
            yield f"clear/{path}-{way}", behaves(f"{words} is accepted and {effect}")
    elif observation.response and not refuses_caller(observation.exchange) and _is_reason(path, observation):
        status = observation.response.status
        reason = error_code(observation.exchange) or f"status {status}"
        refused = f"refused with {reason}" if observation.rejected else f"answered with status {status}"
        yield f"clear/{path}-{way}", behaves(f"{words} is {refused}")


_CLEARINGS = {entry.id for entry in ways_to_clear.requirements}


def _tried(members: Mapping[str, Any], parent: str = "") -> Iterator[tuple[str, str]]:
    """The members that a request tries to clear, each with the way."""
    for name, value in members.items():
        path = f"{parent}.{name}" if parent else name
        way = _way(value)
        if way and f"clear/{path}-{way}" in _CLEARINGS:
            yield path, way
        elif isinstance(value, dict):
            yield from _tried(value, path)


def _way(value: Any) -> str:
    if value is None:
        return _NULL[0]
    kinds = (("list", list), ("structure", dict), ("string", str))
    return next((_WAYS[kind][0] for kind, form in kinds if isinstance(value, form) and not value), "")


def _is_reason(path: str, observation: Observation) -> bool:
    """Whether the same request but for this member was accepted."""
    twin = observation.twin
    if twin is None or not accepted(twin):
        return False
    return _without(observation.exchange.request.members, path) == _without(twin.request.members, path)


def _without(members: Mapping[str, Any], path: str) -> dict[str, Any]:
    """The members without the one at a path."""
    name, _, rest = path.partition(".")
    kept = {other: value for other, value in members.items() if other != name}
    inner = members.get(name)
    return {**kept, name: _without(inner, rest)} if rest and isinstance(inner, dict) else kept


def _effect(path: str, observation: Observation) -> str:
    """What became of a member, in words; empty where that is not known."""
    groups = observation.service.groups if observation.service else frozenset()
    entry = _entry(observation)
    before = _asked(path, value_at(observation.config_before, path), groups)
    if not entry or before is None:
        return ""
    after = _asked(path, value_at(entry, path), groups)
    if not altered(path, before, after, groups):
        return "leaves it as it was"
    if after is None:
        return "clears it"
    if _is_default(path, after):
        return "resets it to a documented default"
    parts = _altered_parts(path, before, after, groups)
    return f"changes its {', '.join(parts)}" if parts else "sets it to another value"


def _altered_parts(path: str, before: Any, after: Any, groups: frozenset[str]) -> list[str]:
    """The members of a structure that changed, if there are others; none otherwise."""
    if not isinstance(before, dict) or not isinstance(after, dict):
        return []
    parts = [name for name in before if altered(f"{path}.{name}", before[name], after.get(name), groups)]
    return parts if len(parts) < len(before) else []


def _entry(observation: Observation) -> Mapping[str, Any]:
    """The configuration that Describe shows of the revision that the update made; empty if it does not."""
    entry, target = observation.config_after, observation.target
    return entry if entry.get("serviceRevisionArn") == target.get("serviceRevisionArn") else {}


def _asked(path: str, value: Any, groups: frozenset[str]) -> Any:
    """The value, of security groups only those that were asked for: the service may add one of its own."""
    if path != _GROUPS or not isinstance(value, list):
        return value
    return [group for group in value if isinstance(group, str) and group in groups] or None


def _is_default(path: str, value: Any) -> bool:
    """Whether a page calls the value the default; of a structure, all the values of which pages speak."""
    if not isinstance(value, dict):
        return value in _DEFAULTS.get(path, ())
    known = {name: part for name, part in value.items() if f"{path}.{name}" in _DEFAULTS}
    return bool(known) and all(_is_default(f"{path}.{name}", part) for name, part in known.items())


_LISTS = {
    member.path: f"{member.path}[].name" in {each.path for each in model.operation().input}
    for member in model.operation().input
    if member.kind == "list" and "[]" not in member.path
}
_ORDERED = {"primaryContainer.command"}


@family(
    (
        Requirement(
            id=f"merge/{path}",
            sentence=f"Whether a {path} that is supplied replaces the list before, or is merged into it.",
            evidence=Evidence.OPEN,
            citations=(service_model(path), page(f"Request Parameters, {path.partition('.')[0]}")),
        )
        for path in _LISTS
    ),
    concern=Concern.CHANGE,
)
def supplied_lists(observation: Observation) -> Iterator[Finding]:
    """No document says it; scripts that use the service reckon with lists that are replaced as a whole.

    Says nothing where replacing and merging come to the same: where the list before holds nothing else.
    """
    if not observation.accepted or not observation.config_before or validity(observation).defects:
        return
    if observation.service is None or observation.service.customer is not False:
        return
    entry = _entry(observation)
    for path, named in _LISTS.items():
        lists = [value_at(each, path) for each in (observation.config_before, observation.request, entry)]
        if all(isinstance(each, list) for each in lists):
            before, supplied, after = (_plain(path, each, lists[1], observation) for each in lists)
            words = _relation(path, before, supplied, after, named=named)
            if words:
                yield f"merge/{path}", behaves(f"a {path} that is supplied {words}")


def _plain(path: str, values: list[Any], supplied: list[Any], observation: Observation) -> list[Any]:
    """The elements that somebody asked for, before or now."""
    if path != _GROUPS:
        return values
    groups = observation.service.groups if observation.service else frozenset()
    return [group for group in values if group in supplied or (isinstance(group, str) and group in groups)]


def _relation(path: str, before: list[Any], supplied: list[Any], after: list[Any], *, named: bool) -> str:
    """How the list after follows from the list before and the supplied one; empty if that says nothing."""
    names = {_name(each) for each in supplied}
    others = [each for each in before if _name(each) not in names]
    possible: list[tuple[str, list[Any]]] = [("replaces the whole list", supplied)]
    if named and len(others) < len(before):
        possible.append(("is merged into it by name", [*supplied, *others]))
    possible.append(("is added to it", [*before, *supplied]))
    possible.append(("leaves the list as it was", before))
    ordered = path in _ORDERED
    if before in ([], supplied) if ordered else not others:
        return ""
    compared = list if ordered else elements
    found = (words for words, value in possible if compared(after) == compared(value))
    return next(found, "leads to another list")


def _name(element: Any) -> str:
    """What tells an element from others: its name, or for a text the element itself."""
    return repr(element.get("name") if isinstance(element, dict) else element)
