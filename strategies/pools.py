"""The values that exist at a target: what a request may name so that a real account accepts it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuePools:
    """What the strategies may choose from at one target.

    An emulator accepts any well-formed value, a real account only what it holds. An empty pool means "any
    value of the domain"; the account, Region and partition then go into the ARNs that are made up.

    Attributes:
        account: the twelve digits of the account.
        region: the Region's code.
        partition: ``aws``, ``aws-cn``, ``aws-us-gov``...
        roles: ARNs of roles that tasks may assume.
        images: image references.
        subnets: subnet ids, best in two or more Availability Zones.
        security_groups: ids of security groups in the VPC of the subnets.
        log_groups: names of log groups.
        secrets: what a secret's ``valueFrom`` may hold.
        repository_credentials: ARNs of secrets with a registry's credentials.
    """

    account: str = "123456789012"
    region: str = "us-east-1"
    partition: str = "aws"
    roles: tuple[str, ...] = ()
    images: tuple[str, ...] = ()
    subnets: tuple[str, ...] = ()
    security_groups: tuple[str, ...] = ()
    log_groups: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    repository_credentials: tuple[str, ...] = ()

    @classmethod
    def from_mapping(cls, mapping: Mapping[str, Any]) -> ValuePools:
        """Read pools as a configuration file has them: strings, and lists of strings.

        Raises:
            ValueError: a key is unknown or a value is of another type; the message says which and what is
                expected instead.
        """
        names = [field.name for field in fields(cls)]
        if unknown := [key for key in mapping if key not in names]:
            raise ValueError(f"Unknown value pools: {unknown}. The pools are: {', '.join(names)}.")
        return cls(**{name: _checked(name, value) for name, value in mapping.items()})

    def texts(self) -> Iterator[str]:
        """Every text in the pools, in an order that is always the same."""
        for field in fields(self):
            held = getattr(self, field.name)
            yield from [held] if isinstance(held, str) else held

    def mapped(self, change: Callable[[str], str]) -> ValuePools:
        """The pools with every text changed in this way."""
        held: dict[str, Any] = {field.name: getattr(self, field.name) for field in fields(self)}
        for name, value in held.items():
            held[name] = change(value) if isinstance(value, str) else tuple(map(change, value))
        return ValuePools(**held)


def _checked(name: str, value: Any) -> Any:
    """One pool as a dataclass field holds it, so that pools stay hashable."""
    if isinstance(getattr(ANYWHERE, name), str):
        if isinstance(value, str) and value:
            return value
        raise ValueError(f"The pool {name!r} must be a non-empty string, not {value!r}.")
    if isinstance(value, (list, tuple)) and all(isinstance(item, str) and item for item in value):
        return tuple(value)
    raise ValueError(f"The pool {name!r} must be a list of non-empty strings, not {value!r}.")


ANYWHERE = ValuePools()
"""The pools of a target that accepts any well-formed value."""
