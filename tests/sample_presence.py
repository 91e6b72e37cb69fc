"""What became of the presence subsets at targets that were made up."""

from __future__ import annotations

from conformance.presence import Presence

MEMBERS = tuple("abcdef")


def at(*names, members=MEMBERS):
    """The subset of these members."""
    return sum(1 << members.index(name) for name in names)


def every(members=MEMBERS, **faults):
    """A run that sent all subsets, accepted them, and kept what they left out, but for these faults.

    Args:
        members: the optional members.
        faults: ``refused``, ``faulted``, ``breached`` or ``excluded``: whether a subset is; ``lost`` or
            ``undone``: the bits of a subset.
    """
    found, all_bits = Presence(members), (1 << len(members)) - 1
    for subset in range(found.possible):
        found.count("sent", subset)
        turned = [
            name for name in ("refused", "faulted", "breached", "excluded") if faults.get(name, _no)(subset)
        ]
        if turned:
            found.count(turned[0], subset)
            continue
        found.count("accepted", subset)
        found.count("described", subset)
        lost, undone = faults.get("lost", _no)(subset), faults.get("undone", _no)(subset)
        for which, marks in (("lost", lost), ("undone", undone), ("kept", all_bits & ~subset & ~lost)):
            if marks:
                found.mark(which, subset, marks)
    return found


def _no(_subset):
    return 0
