"""``express-conformance.toml``: named targets, with the values that exist there."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import fields, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from conformance import model
from conformance.budget import Budget
from conformance.exceptions import ConfigurationError
from conformance.targets import Settings, Target, parse
from conformance.wire import Limits
from strategies.pools import ValuePools

FILE = "express-conformance.toml"
_MOST = 2**31  # seconds, or bytes; neither infinity nor NaN is below
_TEXTS = {
    "version",
    "region",
    "profile",
    "access_key",
    "secret_key",
    "restricted_profile",
    "restricted_access_key",
    "restricted_secret_key",
    "endpoint_url",
    "cluster",
    "infrastructure_role",
    "service_arn",
    "known",
}
_LISTS = {"accounts", "regions"}
_TABLES = {"values", "regional_values", "limits", "budget"}
_KEYS = _TEXTS | _LISTS | _TABLES | {"target", "start_seconds", "settle_seconds"}
_AWS = "aws"


def load(path: Path) -> dict[str, Mapping[str, Any]]:
    """The named targets of a configuration file; none if there is no file.

    Raises:
        ConfigurationError: the file cannot be read, or says something that means nothing.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return {}
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path} cannot be read: {error}.") from error
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigurationError(f"{path} is not valid TOML: {error}.") from error
    _only(document, {"targets"}, str(path))
    targets = document.get("targets", {})
    if not isinstance(targets, dict) or not all(isinstance(entry, dict) for entry in targets.values()):
        raise ConfigurationError(f"{path}: `targets` must hold tables, such as [targets.mine].")
    for name, entry in targets.items():
        _only(entry, _KEYS, f"{path}, targets.{name}")
    return targets


def target(text: str, overrides: Mapping[str, str | bool], named: Mapping[str, Mapping[str, Any]]) -> Target:
    """The target that a text means, with what the configuration file and the command line say of it.

    Args:
        text: `kind:address`, a URL, or the name of a target of the configuration file.
        overrides: settings that the command line gives; an empty text is none.
        named: the targets of the configuration file.

    Raises:
        ConfigurationError: there is no such target, or its entry is not usable.
    """
    settings, address = Settings(name=text), text
    if text in named:
        settings, address = _settings(text, named[text]), str(named[text].get("target", "url:"))
    given: dict[str, Any] = {name: value for name, value in overrides.items() if value}
    settings = replace(settings, **given)
    address, region = _placed(address, settings.region, chosen=bool(overrides.get("region")))
    pools = _pools(f"targets.{text}", named.get(text, {}), region)
    return parse(address, replace(settings, region=region, pools=pools), named)


def _placed(address: str, region: str, *, chosen: bool) -> tuple[str, str]:
    """The address and the Region it means; an account's Region can be chosen, or be in the address."""
    kind, _, there = address.partition(":")
    if kind != _AWS:
        return address, region
    return (f"{_AWS}:{region}", region) if chosen or not there else (address, there)


def _pools(where: str, entry: Mapping[str, Any], region: str) -> ValuePools:
    """What exists at the target: in any Region, and in the one that it is about."""
    regional = _table(f"{where}.regional_values", entry.get("regional_values", {}))
    tables = [(f"{where}.values", entry.get("values", {}))]
    tables += [(f"{where}.regional_values.{name}", values) for name, values in regional.items()]
    for name, values in tables:
        try:
            ValuePools.from_mapping(_table(name, values))
        except ValueError as error:
            raise ConfigurationError(f"{name}: {error}") from error
    place = {"region": region, "partition": model.partition(region)}
    return ValuePools.from_mapping({**place, **entry.get("values", {}), **regional.get(region, {})})


def _settings(name: str, entry: Mapping[str, Any]) -> Settings:
    where = f"targets.{name}"
    for key in _TEXTS | {"target"}:
        if key in entry and not isinstance(entry[key], str):
            raise ConfigurationError(f"{where}.{key} must be a text, not {entry[key]!r}.")
    texts = {key: entry[key] for key in _TEXTS if key in entry}
    names = ("start_seconds", "settle_seconds")
    seconds: dict[str, Any] = {key: _seconds(f"{where}.{key}", entry[key]) for key in names if key in entry}
    limits = _limits(where, entry.get("limits", {}))
    lists: dict[str, Any] = {key: _texts(f"{where}.{key}", entry[key]) for key in _LISTS if key in entry}
    budget = Budget.from_mapping(_table(f"{where}.budget", entry["budget"])) if "budget" in entry else None
    return Settings(name=name, limits=limits, budget=budget, **texts, **lists, **seconds)


def _texts(where: str, value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ConfigurationError(f'{where} must be a list of texts, such as ["..."], not {value!r}.')
    return tuple(value)


def _table(where: str, value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise ConfigurationError(f"{where} must be a table.")
    return value


def _limits(where: str, entry: Any) -> Limits:
    _only(_table(f"{where}.limits", entry), {field.name for field in fields(Limits)}, f"{where}.limits")
    values: dict[str, Any] = {name: _seconds(f"{where}.limits", value) for name, value in entry.items()}
    return replace(Limits(), **values)


def _seconds(where: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _MOST:
        raise ConfigurationError(f"{where}: {value!r} is not a positive number.")
    return value


def _only(entry: Mapping[str, Any], allowed: set[str], where: str) -> None:
    for key in entry:
        if key not in allowed:
            close = get_close_matches(key, allowed, n=1)
            hint = f"Did you mean {close[0]}?" if close else f"Known are: {', '.join(sorted(allowed))}."
            raise ConfigurationError(f"{where}: {key!r} is not known.", hint=hint)
