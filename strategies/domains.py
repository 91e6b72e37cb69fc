"""Sets of JSON values, each coded in a fixed number of bytes.

An update has dozens of parts. Drawn one by one, their choices dominate the cost of a test case, and each
part is shrunk by several passes of its own. So an update is *one* choice: a block of bytes of fixed width,
cut into slices at fixed places, each slice decoded by its part's :class:`Domain`.

Zero bytes stand for a domain's simplest value. Hypothesis shrinks a block byte by byte towards zero, and
since no slice moves when another one changes, every part shrinks by itself, to a local minimum, in about as
many calls as the block has bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any, Generic, TypeVar

from hypothesis import strategies as st
from hypothesis.errors import InvalidArgument

T = TypeVar("T")
R = TypeVar("R")

_BYTE = 256


@dataclass(frozen=True, slots=True)
class Domain(Generic[T]):
    """A set of values and their code.

    Attributes:
        width: how many bytes code one value.
        decode: from so many bytes to a value; total, and made anew on each call, so that nobody shares a
            list or a dict with another test case.
    """

    width: int
    decode: Callable[[bytes], T]

    def strategy(self) -> st.SearchStrategy[T]:
        """The domain as one choice of Hypothesis."""
        return st.binary(min_size=self.width, max_size=self.width).map(self.decode)

    def map(self, function: Callable[[T], R]) -> Domain[R]:
        """The domain of what a function makes of the values."""
        decode = self.decode
        return Domain(self.width, lambda code: function(decode(code)))


def choices(values: Sequence[T]) -> Domain[T]:
    """One of some immutable values; the first is the simplest."""
    count = len(values)
    if not count:
        raise InvalidArgument("There is nothing to choose from.")
    if count <= _BYTE:
        return Domain(1, lambda code: values[code[0] % count])
    return numbers(minimum=0, maximum=count - 1).map(values.__getitem__)


def numbers(*, minimum: int, maximum: int) -> Domain[int]:
    """The integers from minimum to maximum; the minimum is the simplest."""
    if minimum > maximum:
        raise InvalidArgument(f"minimum {minimum} is above maximum {maximum}.")
    span = maximum - minimum + 1
    width = max(1, ((span - 1).bit_length() + 7) // 8)
    return Domain(width, lambda code: minimum + int.from_bytes(code, "big") % span)


def texts(alphabet: str, *, width: int = 2) -> Domain[str]:
    """Short non-empty texts over an alphabet, numbered from the shortest; the simplest is its first letter.

    A number takes fewer bytes than the characters would, and each byte costs a call in shrinking. Two bytes
    reach texts of four of the characters ``a`` to ``z``; longer ones belong into :func:`choices`.
    """
    letters = len(alphabet)

    def decode(code: bytes) -> str:
        number, text = int.from_bytes(code, "big") + 1, ""
        while number:
            number, digit = divmod(number - 1, letters)
            text = alphabet[digit] + text
        return text

    return Domain(width, decode)


def lists(element: Domain[T], *, min_size: int, max_size: int) -> Domain[list[T]]:
    """Lists of a domain's values; the simplest is the shortest, of the simplest elements."""
    sizes = numbers(minimum=min_size, maximum=max_size)
    head, width, decode_one = sizes.width, element.width, element.decode

    def decode(code: bytes) -> list[T]:
        end = head + width * sizes.decode(code[:head])
        return [decode_one(code[start : start + width]) for start in range(head, end, width)]

    return Domain(head + width * max_size, decode)


def selections(values: Sequence[T], *, min_size: int, max_size: int) -> Domain[list[T]]:
    """Lists of different values out of some; the simplest are the first ones in their order.

    The limits give way to what there is: out of one value, a list of one.
    """
    top = min(max_size, len(values))
    if not top:
        raise InvalidArgument("There is nothing to select from.")
    sizes = numbers(minimum=min(min_size, top), maximum=top)

    def decode(code: bytes) -> list[T]:
        left = list(values)
        picks = code[sizes.width : sizes.width + sizes.decode(code[: sizes.width])]
        return [left.pop(pick % len(left)) for pick in picks]

    return Domain(sizes.width + top, decode)


def alternatives(usual: Domain[T], other: Domain[T]) -> Domain[T]:
    """Values of one domain or, half of the time, of the other; the simplest are the usual ones."""

    def decode(code: bytes) -> T:
        if code[0] % 2:
            return other.decode(code[1 + usual.width :])
        return usual.decode(code[1 : 1 + usual.width])

    return Domain(1 + usual.width + other.width, decode)


def builds(function: Callable[..., R], *parts: Domain[Any]) -> Domain[R]:
    """What a function makes of one value of each part."""
    ends = list(accumulate(part.width for part in parts))
    slices = [(part.decode, end - part.width, end) for part, end in zip(parts, ends, strict=True)]

    def decode(code: bytes) -> R:
        return function(*(decode_one(code[start:end]) for decode_one, start, end in slices))

    return Domain(ends[-1] if ends else 0, decode)


def records(
    required: Mapping[str, Domain[Any]], optional: Mapping[str, Domain[Any]] | None = None
) -> Domain[dict[str, Any]]:
    """Dicts with all required and any of the optional members; the simplest has no optional one."""
    slots: list[tuple[str, int, int, Callable[[bytes], Any], bool]] = []
    start = 0
    for is_optional, members in ((False, required), (True, optional or {})):
        for name, domain in members.items():
            head = start + is_optional
            slots.append((name, head, head + domain.width, domain.decode, is_optional))
            start = head + domain.width

    def decode(code: bytes) -> dict[str, Any]:
        # The byte before an optional member says whether it is there.
        return {
            name: decode_one(code[head:end])
            for name, head, end, decode_one, is_optional in slots
            if not is_optional or code[head - 1] % 2
        }

    return Domain(start, decode)


def nonempty_records(members: Mapping[str, Domain[Any]]) -> Domain[dict[str, Any]]:
    """Dicts with any of the members but at least one; the simplest has the first one alone."""

    def build(name: str, every: dict[str, Any], some: dict[str, Any]) -> dict[str, Any]:
        return some or {name: every[name]}

    return builds(build, choices(tuple(members)), records(members), records({}, members))
