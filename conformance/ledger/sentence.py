"""A sentence of AWS's documents, and how the catalogue deals with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from conformance.exceptions import ConfigurationError
from conformance.requirement import Citation
from conformance.requirements import REQUIREMENTS, selected


@dataclass(frozen=True, slots=True, kw_only=True)
class Sentence:
    """One normative sentence: carried by requirements, or excused; never both and never neither.

    Attributes:
        id: ``document/place/name``; unique and stable.
        source: where it stands.
        text: what it says, in our words.
        carried_by: the requirements that judge it, as patterns: an id, a topic, or a shell pattern.
        excuse: why no requirement can carry it.
    """

    id: str
    source: Citation
    text: str
    carried_by: tuple[str, ...] = ()
    excuse: str = ""

    def __post_init__(self) -> None:
        if bool(self.carried_by) == bool(self.excuse):
            raise ValueError(f"{self.id} must be either carried or excused.")

    @property
    def on_page(self) -> bool:
        """Whether it is a sentence of the API page; otherwise it stands in the service model only."""
        return self.id.startswith("page/")

    @property
    def heading(self) -> str:
        """The heading that it stands under: the first part of the source's section."""
        return self.source.section.partition(",")[0]

    def carriers(self) -> Mapping[str, tuple[str, ...]]:
        """The ids of the requirements that each pattern names.

        Nothing where an older service model does not have what the pattern is about.
        """
        return {pattern: named(pattern) for pattern in self.carried_by}

    def requirements(self) -> list[str]:
        """The ids of all requirements that carry it, each once."""
        return sorted({id for ids in self.carriers().values() for id in ids})

    def to_json(self) -> dict[str, Any]:
        """The sentence as a JSON object; each pattern with the ids that it names."""
        return {
            "id": self.id,
            "source": self.source.to_json(),
            "text": self.text,
            "carried_by": {pattern: list(ids) for pattern, ids in self.carriers().items()},
            "excuse": self.excuse,
        }


# A sentence as the tables of this package write it: its name, our words, and the patterns of the requirements
# that carry it, or else the excuse.
Written = tuple[str, str, tuple[str, ...] | str]


def stated(place: str, source: Citation, *written: Written) -> Iterator[Sentence]:
    """The sentences of one place, whose ids begin with it."""
    for name, text, by in written:
        id = f"{place}/{name}"
        if isinstance(by, str):
            yield Sentence(id=id, source=source, text=text, excuse=by)
        else:
            yield Sentence(id=id, source=source, text=text, carried_by=by)


def carried(id: str, source: Citation, text: str, *patterns: str) -> Sentence:
    """A sentence that requirements carry."""
    return Sentence(id=id, source=source, text=text, carried_by=patterns)


@cache
def named(pattern: str) -> tuple[str, ...]:
    """The ids of the requirements that a pattern names; none where it names nothing."""
    if pattern in REQUIREMENTS:
        return (pattern,)
    try:
        return tuple(selected([pattern]))
    except ConfigurationError:
        return ()
