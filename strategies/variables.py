"""Environment variables and secrets of a container."""

from __future__ import annotations

import string

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

from strategies.arns import secret_reference_domain
from strategies.domains import Domain, alternatives, builds, choices, lists, selections, texts
from strategies.pools import ANYWHERE, ValuePools

# No name starts with the prefix of the secrets below: a container may not have a variable and a secret of one
# name (Amazon ECS API reference, Secret), also when the two arrive in different updates.
_NAMES = ("A", "PORT", "LOG_LEVEL", "lower_case", "Mixed_Case", "_LEADING", "Z9", "B2", "N" * 128)
_SECRET_PREFIX = "SECRET_"  # noqa: S105 - the prefix of names
_SECRET_NAMES = tuple(_SECRET_PREFIX + name for name in ("A", "DB_PASSWORD", "api_key", "Z9", "K" * 64))

# Values are any text (API reference, KeyValuePair), so beyond ASCII too. No blanks at the edges and no
# control characters: whether a service strips them is not documented.
_CHARACTERS = string.ascii_letters + string.digits + "-_.:/=+@%$#é€漢😀"
_VALUES = (
    "x",
    "true",
    "0",
    "production",
    "https://example.com/a?b=c&d=%20",
    "two words",
    '{"json": [1]}',
    "é€漢😀",
)
_LONG_VALUE = "v" * 1024


def environments(*, min_size: int = 1, max_size: int = 4) -> st.SearchStrategy[list[dict[str, str]]]:
    """Lists of environment variables with different names.

    The domain: names of letters, digits and underscores that do not start with a digit; values of printable
    text, not empty and not blank at the edges. Names that no shell accepts, and empty values, are left out,
    because what a service makes of them is not documented. Shrinks to the fewest variables, ``A`` = ``x``.

    Raises:
        InvalidArgument: the sizes are impossible.
    """
    return environment_domain(*_sizes(min_size, max_size, len(_NAMES))).strategy()


def secrets(
    *, pools: ValuePools = ANYWHERE, min_size: int = 1, max_size: int = 3
) -> st.SearchStrategy[list[dict[str, str]]]:
    """Lists of secrets with different names.

    The domain: names that no variable of :func:`environments` has, and values of
    :func:`strategies.arns.secret_references`. Shrinks to the fewest secrets.

    Raises:
        InvalidArgument: the sizes are impossible.
    """
    return secret_domain(pools, *_sizes(min_size, max_size, len(_SECRET_NAMES))).strategy()


def environment_domain(min_size: int = 1, max_size: int = 4) -> Domain[list[dict[str, str]]]:
    """The domain of :func:`environments`."""
    values = alternatives(choices((*_VALUES, _LONG_VALUE)), texts(_CHARACTERS, width=3))
    return _named(_NAMES, values, "value", min_size, max_size)


def secret_domain(pools: ValuePools, min_size: int = 1, max_size: int = 3) -> Domain[list[dict[str, str]]]:
    """The domain of :func:`secrets`."""
    return _named(_SECRET_NAMES, secret_reference_domain(pools), "valueFrom", min_size, max_size)


def _named(
    names: tuple[str, ...], values: Domain[str], key: str, min_size: int, max_size: int
) -> Domain[list[dict[str, str]]]:
    """Lists of names, all different, each with a value."""

    def pair(chosen: list[str], drawn: list[str]) -> list[dict[str, str]]:
        return [{"name": name, key: value} for name, value in zip(chosen, drawn, strict=False)]

    return builds(
        pair,
        selections(names, min_size=min_size, max_size=max_size),
        lists(values, min_size=max_size, max_size=max_size),
    )


def _sizes(min_size: int, max_size: int, names: int) -> tuple[int, int]:
    if not 0 <= min_size <= max_size <= names or not max_size:
        raise InvalidArgument(f"Lists of {min_size} to {max_size}: not in order, or not in 1..{names}.")
    return min_size, max_size
