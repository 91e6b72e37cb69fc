"""Wrong values for ``serviceArn``: edits of an ARN that the target returned.

Emulators write ARNs in their own ways, so none is built here. Each edit changes one part and keeps the
others, and it copes with any text.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument


class _Missing(Enum):
    """The type of :data:`MISSING`: an enumeration, so that type checkers know its one value."""

    MISSING = "missing"


MISSING: Final = _Missing.MISSING
"""Says that the request has no ``serviceArn`` at all; null is a JSON value and not the same."""

_PARTITION, _REGION, _ACCOUNT = 1, 3, 4
_ARN_PARTS = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """One way in which an identity can be wrong.

    Attributes:
        kind: its name.
        sentence: what is wrong, for a person.
        tokens: JSON values that vary the edit, the plainest first.
        edit: from an ARN and a token to the wrong identity.
    """

    kind: str
    sentence: str
    tokens: tuple[Any, ...]
    edit: Callable[[str, Any], Any] = field(repr=False)


def _part(index: int) -> Callable[[str, Any], str]:
    """An edit of one of the six parts of an ARN."""

    def edit(arn: str, token: Any) -> str:
        parts = arn.split(":", _ARN_PARTS - 1)
        if len(parts) < _ARN_PARTS:
            return f"{token}:{arn}"
        parts[index] = token if parts[index] != token else f"{token}"[::-1]
        return ":".join(parts)

    return edit


def _unknown_name(arn: str, token: Any) -> str:
    cut = max(arn.rfind("/"), arn.rfind(":")) + 1
    return arn[:cut] + (token if arn[cut:] != token else f"{token}-2")


def _unknown_cluster(arn: str, token: Any) -> str:
    """The cluster is the last segment but one, or is put there: old ARNs of services have none."""
    head, slash, name = arn.rpartition("/")
    if not slash:
        return f"{token}/{arn}"
    before, separator, cluster = head.rpartition("/")
    if not separator:
        return f"{head}/{token}/{name}"
    return f"{before}/{token if cluster != token else token + '-2'}/{name}"


def _resource_type(arn: str, token: Any) -> str:
    parts = arn.split(":", _ARN_PARTS - 1)
    kind, slash, rest = parts[-1].partition("/")
    if not slash:
        return f"{token}/{arn}"
    parts[-1] = f"{token if kind != token else token + '-2'}/{rest}"
    return ":".join(parts)


def _short_name(arn: str, _token: Any) -> str:
    """The name alone; of a text that is but a name, a part of it."""
    name = arn[max(arn.rfind("/"), arn.rfind(":")) + 1 :]
    return name if name != arn else f"{name}/{name}"


def _token(_arn: str, token: Any) -> Any:
    return copy.deepcopy(token)


_ALL = (
    Identity(
        kind="unknown-name",
        sentence="The service name is one that the cluster does not have.",
        tokens=("no-such-service", "x" * 255, "No_Such_Service-9"),
        edit=_unknown_name,
    ),
    Identity(
        kind="unknown-cluster",
        sentence="The cluster is one that the account does not have.",
        tokens=("no-such-cluster", "c" * 255),
        edit=_unknown_cluster,
    ),
    Identity(
        kind="foreign-account",
        sentence="The account is another one.",
        tokens=("999999999990", "100000000001"),
        edit=_part(_ACCOUNT),
    ),
    Identity(
        kind="foreign-region",
        sentence="The Region is another one than the request is sent to.",
        tokens=("ap-southeast-2", "eu-west-1", "no-such-region-1"),
        edit=_part(_REGION),
    ),
    Identity(
        kind="foreign-partition",
        sentence="The partition is another one.",
        tokens=("aws-cn", "aws-us-gov"),
        edit=_part(_PARTITION),
    ),
    Identity(
        kind="other-resource-type",
        sentence="The ARN names another kind of resource.",
        tokens=("cluster", "task-definition", "service-revision", "task"),
        edit=_resource_type,
    ),
    Identity(
        kind="garbage",
        sentence="The text is no ARN and no name.",
        tokens=("!", "arn:", ":::::", "arn:aws:ecs:", " ", "\u00e9 \u20ac", "a" * 4096),
        edit=_token,
    ),
    Identity(kind="empty", sentence="The text is empty.", tokens=("",), edit=_token),
    Identity(
        kind="short-name",
        sentence="A name stands where the operation documents an ARN.",
        tokens=("",),
        edit=_short_name,
    ),
    Identity(
        kind="missing",
        sentence="The required member is absent.",
        tokens=("",),
        edit=lambda _arn, _token: MISSING,
    ),
    Identity(
        kind="null",
        sentence="The required member is null, which means absent.",
        tokens=("",),
        edit=lambda _arn, _token: None,
    ),
    Identity(
        kind="wrong-type",
        sentence="The value is of another JSON type than a string.",
        tokens=(0, 1, True, False, 1.5, [], {}, ["arn"], {"arn": "arn"}),
        edit=_token,
    ),
)

IDENTITIES: Mapping[str, Identity] = {identity.kind: identity for identity in _ALL}
"""The identities by kind, in the order in which they are reported."""


def identities(kind: str | None = None) -> st.SearchStrategy[dict[str, Any]]:
    """Recipes for a wrong identity, as ``{"kind": ..., "token": ...}``; :func:`apply` follows them.

    The domain is all kinds of :data:`IDENTITIES`, or the given one, each with all its tokens. Shrinks to the
    first kind and its plainest token.

    Raises:
        InvalidArgument: there is no such kind.
    """
    if kind is not None and kind not in IDENTITIES:
        raise InvalidArgument(f"{kind!r} is not a kind of identity; those are: {', '.join(IDENTITIES)}.")
    chosen = [IDENTITIES[kind]] if kind is not None else list(_ALL)
    recipes = [{"kind": one.kind, "token": token} for one in chosen for token in one.tokens]
    return st.sampled_from(recipes).map(copy.deepcopy)


def apply(identity: Mapping[str, Any], arn: str) -> Any:
    """The wrong identity that a recipe makes of an ARN: a JSON value different from it, or :data:`MISSING`.

    Raises:
        InvalidArgument: the recipe's kind is unknown.
    """
    kind = identity.get("kind")
    if kind not in IDENTITIES:
        raise InvalidArgument(f"{kind!r} is not a kind of identity; those are: {', '.join(IDENTITIES)}.")
    wrong = IDENTITIES[str(kind)].edit(arn, identity["token"])
    return f"{wrong}!" if wrong == arn else wrong
