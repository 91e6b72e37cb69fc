"""What became of each member of a service in one update: as it was asked for, or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from conformance.comparison import same, unchanged
from conformance.reporting.flattening import SERVICE, Flat

ABSENT = object()
"""In the place of a value where a member is absent, which is not the same as null."""

# What each revision has of its own; a managed task definition is made anew, too.
_OF_THE_REVISION = frozenset({"serviceRevisionArn", "createdAt", "taskDefinitionArn"})
_OF_THE_SERVICE = frozenset({f"{SERVICE}.updatedAt", f"{SERVICE}.currentDeployment"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Fate:
    """What became of a member.

    Attributes:
        sign: one character that stands for the words.
        odd: whether the request did not ask for it.
        anew: whether it is new with every revision anyway.
        unseen: whether only an answer is known that need not show it, and does not.
    """

    sign: str
    words: str
    odd: bool = False
    anew: bool = False
    unseen: bool = False


_KEPT = Fate(sign="=", words="as before")
_ANEW = Fate(sign="·", words="new with each revision", anew=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """What is known of a service around one request; None where it cannot be read.

    Attributes:
        accepted: whether the request was.
        same_service: whether the request names the service that is described.
        about: the member that the requirement is about; empty if it is about none.
    """

    accepted: bool
    same_service: bool
    request: Flat
    before: Flat | None
    answer: Flat | None
    after: Flat | None
    about: str = ""

    @property
    def end(self) -> Flat | None:
        """What it is in the end: as Describe shows it, or else as the answer does."""
        return self.answer if self.after is None else self.after

    def fate(self, path: str) -> Fate:
        """What became of one member."""
        asked = at(self.request, path)
        if path.startswith(f"{SERVICE}."):
            return self._of_the_service(path)
        if not self.same_service or not self.accepted or asked is ABSENT or asked is None:
            return self._untouched(path)
        return self._asked_for(path, asked)

    def weight(self, path: str) -> tuple[bool, bool]:
        """The order of rows: what the requirement is about first, what belongs to a revision last."""
        return not self.concerns(path), path in _OF_THE_REVISION or path.startswith(f"{SERVICE}.")

    def concerns(self, path: str) -> bool:
        """Whether the requirement is about this member, or one that it is part of."""
        return bool(self.about) and (
            path == self.about or path.startswith((f"{self.about}.", f"{self.about}["))
        )

    def _asked_for(self, path: str, asked: Any) -> Fate:
        after = at(self.end, path)
        kept = self.before is not None and _same(path, at(self.before, path), after)
        if asked in ({}, []):
            return Fate(sign="·", words="empty in the request")
        if after is ABSENT and self.after is None:
            return Fate(sign="?", words="not in the answer", odd=self.concerns(path))
        if after is ABSENT:
            return Fate(sign="✗", words="not shown", odd=True)
        if not _same(path, asked, after):
            return Fate(sign="✗", words="not set: as before" if kept else "set, but not as asked", odd=True)
        if self.after is not None and self.accepted and self._answer_differs(path, asked):
            return Fate(sign="✗", words="set as asked, but not shown so in the answer", odd=True)
        return (
            Fate(sign="=", words="as asked, and as before") if kept else Fate(sign="✓", words="set as asked")
        )

    def _answer_differs(self, path: str, asked: Any) -> bool:
        shown = at(self.answer, path)
        return shown is not ABSENT and not _same(path, asked, shown)

    def _untouched(self, path: str) -> Fate:
        """Of a member that the request does not name, or had no right to change."""
        before, after = at(self.before, path), at(self.end, path)
        if self.before is None:
            return Fate(sign="=", words="as shown")
        if unchanged(path, _plain(before), _plain(after)):
            return self._remaining(path, after) or self._contradicted(path, before)
        if self.after is None and _plain(after) is None and not self._list_is_shown(path):
            odd = self.concerns(path)
            return Fate(sign="?", words="no value in the answer", odd=odd, unseen=not odd)
        if path in _OF_THE_REVISION and self.accepted and self.same_service and after is not ABSENT:
            return Fate(sign="≠", words="changed", odd=True) if self.concerns(path) else _ANEW
        if self.accepted and self.same_service and (replaced := self._replaced(path, after)):
            return replaced
        change = "lost" if after is ABSENT else "new" if before is ABSENT else "changed"
        sign = {"lost": "-", "new": "+", "changed": "≠"}[change]
        return Fate(sign=sign, words=f"{change}, {self._why_not()}", odd=True)

    def _contradicted(self, path: str, before: Any) -> Fate:
        """As before, unless the answer shows something else than Describe."""
        shown = at(self.answer, path)
        unsaid = shown is ABSENT or (shown is None and not self.concerns(path))
        if self.after is None or unsaid or unchanged(path, _plain(before), shown):
            return _KEPT
        if path in _OF_THE_REVISION and not self.concerns(path):
            return _ANEW
        return Fate(sign="≠", words="as before, but not in the answer", odd=True)

    def _remaining(self, path: str, after: Any) -> Fate | None:
        """Of an element that is not in the request's list: whether lists are merged is open."""
        if not self.accepted or not self.same_service or after is ABSENT:
            return None
        if path.partition("[")[0] not in self._supplied_lists():
            return None
        return Fate(sign="+", words="still there from the list before", odd=self.concerns(path))

    def _replaced(self, path: str, after: Any) -> Fate | None:
        """Of an element of a list that the request supplies: whether it was to stay is open."""
        if path.partition("[")[0] not in self._supplied_lists():
            return None
        if after is ABSENT:
            return Fate(sign="-", words="gone with the list before", odd=self.concerns(path))
        return Fate(sign="≠", words="another element than before", odd=self.concerns(path))

    def _list_is_shown(self, path: str) -> bool:
        """Whether the list that an element was in is shown, so that the element would be, too."""
        stem, bracket, _ = path.partition("[")
        shown = self.end or {}
        return bool(bracket) and (
            shown.get(stem) == [] or any(other.startswith(f"{stem}[") for other in shown)
        )

    def _supplied_lists(self) -> set[str]:
        inside = {path.partition("[")[0] for path in self.request if "[" in path}
        return inside | {path for path, value in self.request.items() if value == []}

    def _of_the_service(self, path: str) -> Fate:
        """Only what two Describes show can be compared: the answer may have another form."""
        before, after = at(self.before, path), at(self.after, path)
        if ABSENT in (before, after) or before == after:
            return _KEPT
        if path in _OF_THE_SERVICE and self.accepted and self.same_service:
            return _ANEW
        return Fate(sign="≠", words=f"changed, {self._why_not()}", odd=True)

    def _why_not(self) -> str:
        if not self.same_service:
            return "though the request names another service"
        return "though not asked for" if self.accepted else "though the update was refused"


def at(flat: Flat | None, path: str) -> Any:
    """The value at a path, or :data:`ABSENT`."""
    return ABSENT if flat is None else flat.get(path, ABSENT)


def _plain(value: Any) -> Any:
    return None if value is ABSENT else value


def _same(path: str, wanted: Any, found: Any) -> bool:
    return same(path, _plain(wanted), _plain(found))
