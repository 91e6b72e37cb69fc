"""Update does the right thing, and whole kinds of members of its answer are not as modelled."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from conformance import model
from conformance.emulator.answers import Answers
from conformance.emulator.mutants.editing import edited
from conformance.emulator.mutants.mutant import Mutant, Proceed, mutant, named
from conformance.emulator.records import Service

_TARGET = "service.targetConfiguration"
_CONTAINER = f"{_TARGET}.primaryContainer"
_UNREACHED = "service.status.statusReason"
_EXTRA = "accountId"

Spoil = Callable[[model.Member, Any], Any]


@cache
def _members() -> dict[str, model.Member]:
    return {member.path: member for member in model.operation().output}


def _spoilt(value: Any, path: str, paths: frozenset[str], spoil: Spoil) -> Any:
    """The value with all that is at one of the paths put through the fault, from the outside in."""
    if path in paths:
        value = spoil(_members()[path], value)
    if isinstance(value, dict):
        prefix = f"{path}." if path else ""
        return {name: _spoilt(inner, f"{prefix}{name}", paths, spoil) for name, inner in value.items()}
    if isinstance(value, list):
        return [_spoilt(inner, f"{path}[]", paths, spoil) for inner in value]
    return value


def _mutants(family: str, effect: str, groups: dict[str, tuple[str, ...]], spoil: Spoil) -> list[Mutant]:
    """One mutant for each group of members that can be wrong at the same time without hiding each other."""

    def one(group: str, paths: tuple[str, ...]) -> Mutant:
        def fault(proceed: Proceed, _: Answers, service: Service) -> Any:
            return _spoilt(proceed(service), "", frozenset(paths), spoil)

        sentence = f"Update answers {group.replace('-', ' ')} {effect}."
        name = f"{group}-{effect.replace(' ', '-')}"
        breaks = [f"{family}/{path}" for path in paths if path != _UNREACHED]
        return mutant(Answers, "updated", *breaks)(named(name, sentence, fault))

    return [one(group, paths) for group, paths in groups.items()]


def _of_kind(*kinds: str) -> tuple[str, ...]:
    return tuple(path for path, member in _members().items() if member.kind in kinds)


def _groups() -> dict[str, tuple[str, ...]]:
    outer = (_TARGET, _CONTAINER, "service")
    inner = tuple(path for path in _of_kind("structure") if path not in outer)
    return {
        "all-scalars": _of_kind("string", "integer", "timestamp"),
        "all-lists": _of_kind("list"),
        "all-inner-structures": inner,
        "container": (_CONTAINER,),
        "target-configuration": (_TARGET,),
        "service": ("service",),
    }


def _wrong_type(member: model.Member, value: Any) -> Any:
    """The value in a JSON type that it must not have."""
    if member.kind in {"structure", "list"}:
        return {"value": value} if member.kind == "list" else [value]
    return len(value) if isinstance(value, str) else str(value)


WRONG_TYPES = _mutants("response-type", "of another type", _groups(), _wrong_type)
NULLS = _mutants("response-null", "null", _groups(), lambda _member, _value: None)

_ENUMS = tuple(path for path, member in _members().items() if member.enum)
OTHER_VALUES = _mutants(
    "response-enum", "with unlisted values", {"all-enumerations": _ENUMS}, lambda _, value: value.title()
)
MILLISECONDS = _mutants(
    "response-seconds",
    "in milliseconds",
    {"all-timestamps": _of_kind("timestamp")},
    lambda _, value: round(value * 1000),
)


def _with_extra(_: model.Member, value: Any) -> Any:
    return {**value, _EXTRA: "123456789012"}


MORE_MEMBERS = _mutants(
    "response-unknown", "with a member more", {"all-structures": _of_kind("structure")}, _with_extra
)


@mutant(Answers, "updated", "response-unknown/answer")
def answer_has_another_member(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update answers a member beside `service`."""
    return {**proceed(service), "ResponseMetadata": {}}


@mutant(Answers, "updated", f"response-type/{_UNREACHED}")
def reason_is_a_number(proceed: Proceed, _: Answers, service: Service) -> Any:
    """Update gives a number as the reason of the status."""
    return edited(proceed(service), _UNREACHED, 0)


@mutant(
    Answers,
    "updated",
    *(f"response-required/{path}" for path, member in _members().items() if member.required),
)
def required_members_are_left_out(proceed: Proceed, _: Answers, service: Service) -> Any:
    """In Update's answer, structures lack the members that the model requires of them."""
    structures = frozenset(_of_kind("structure"))

    def stripped(member: model.Member, value: Any) -> Any:
        prefix = f"{member.path}."
        return {name: inner for name, inner in value.items() if not _members()[f"{prefix}{name}"].required}

    return _spoilt(proceed(service), "", structures, stripped)
