"""Strategies for JSON values, for tests that feed garbage."""

from __future__ import annotations

from hypothesis import strategies as st

# Texts with lone surrogates, numbers beyond every type, and values that look like what oracles read.
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from(
        [10**400, -(10**400), 1e999, -1e999, 1e-320, "\ud800", "", "²", "9" * 5000, "arn:aws:ecs"]
    ),
    st.floats(allow_nan=False),
    st.text(max_size=5),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


def paths(document, path=()):
    """The paths of all values within a JSON document, as tuples of keys and indexes."""
    yield path
    if isinstance(document, dict):
        parts = document.items()
    else:
        parts = enumerate(document) if isinstance(document, list) else ()
    for key, value in parts:
        yield from paths(value, (*path, key))


def replaced(document, path, value):
    """The document with another value at a path."""
    if not path:
        return value
    key, *rest = path
    copy = document.copy()
    copy[key] = replaced(document[key], rest, value) if rest else value
    return copy
