"""What is left of a JSON document when parts of it are taken away: for shrinking what another tool made."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from hypothesis import strategies as st

# Most parts stay: what violates may need several of them. The simplest draw, 0, takes a part away.
_KEPT = st.integers(0, 4).map(bool)


def reductions(document: Any, *, keeping: Collection[str] = ()) -> st.SearchStrategy[Any]:
    """Documents made of parts of a JSON document.

    The domain: any member of any object and any element of any array may be missing; what is there is as it
    was, and in its order. Shrinks to the document without any part but those that are kept.

    Args:
        document: the JSON value.
        keeping: names of members of the outermost object that are never taken away.
    """
    if isinstance(document, dict):
        return _objects(document, frozenset(keeping))
    if isinstance(document, list):
        return _arrays(document)
    return st.just(document)


@st.composite
def _objects(draw: st.DrawFn, document: dict[str, Any], keeping: frozenset[str]) -> dict[str, Any]:
    kept = [name for name in document if name in keeping or draw(_KEPT)]
    return {name: draw(reductions(document[name])) for name in kept}


@st.composite
def _arrays(draw: st.DrawFn, document: list[Any]) -> list[Any]:
    kept = [element for element in document if draw(_KEPT)]
    return [draw(reductions(element)) for element in kept]
