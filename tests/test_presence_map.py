"""The presence map: the picture shows what became of each subset, and says the same in words."""

from __future__ import annotations

import itertools
import re

import pytest
import sample_results as sample
from sample_presence import MEMBERS, at, every

from conformance import model
from conformance.presence import Fate, Presence, bits
from conformance.reporting import html, presence
from conformance.reporting.presence_words import CELL, LOOKS
from conformance.verdict import Verdict


def picture(found):
    """The section over these subsets."""
    return presence.of(sample.results(presence=found))


def shown(found):
    """By subset, the fate that the map shows: read from its bars and cells, as a person would."""
    drawn = picture(found).map
    names = dict([*drawn.rows, *drawn.columns])
    beside = {x: names[letter] for letter, x, y in drawn.letters if y < drawn.top and x < drawn.left - CELL}
    above = {
        y - CELL // 2: names[letter] for letter, x, y in drawn.letters if names[letter] not in beside.values()
    }
    carried = {}
    for x, y, wide, high in _rectangles(drawn.bars):
        horizontal = wide > high or x >= drawn.left
        name = _nearest(above, y) if horizontal else _nearest(beside, x)
        start, end = (x, x + wide) if horizontal else (y, y + high)
        for place in range(start, end, CELL):
            carried.setdefault((horizontal, place), []).append(name)
    fates = {}
    for fate, path in drawn.cells:
        for left, top, wide, _high in _rectangles(path):
            for x in range(left, left + wide, CELL):
                names_here = carried.get((True, x), []) + carried.get((False, top), [])
                subset = at(*names_here, members=found.members)
                assert subset not in fates
                fates[subset] = fate
    return fates


def _rectangles(path):
    """x, y, width and height of each rectangle of a path."""
    for x, y, wide, high in re.findall(r"M(\d+) (\d+)h(\d+)v(\d+)h-\d+z", path):
        yield int(x), int(y), int(wide), int(high)


def _nearest(letters, place):
    return letters[min(letters, key=lambda other: abs(other - place))]


class TestPicture:
    """The map, the matrix and their words."""

    @pytest.mark.parametrize("number", [1, 2, 5, 10, 11])
    def test_every_subset_has_its_place(self, number):
        """Each subset is one cell, the bars say which, and its fate is the subset's; also with eleven."""
        members = tuple("abcdefghijk")[:number]
        found = every(members, refused=lambda s: s % 7 == 3, lost=lambda s: 1 & ~s if s % 5 == 0 else 0)
        del found.accepted[0], found.sent[0]
        found.described.clear()
        assert shown(found) == {subset: found.fate(subset) for subset in range(2**number)}

    def test_neighbours_differ_in_one_member(self):
        """Two cells side by side, or one above the other, are two subsets that differ in one member."""
        order = presence._gray(5)
        assert sorted(order) == list(range(32))
        assert {(one ^ other).bit_count() for one, other in itertools.pairwise(order)} == {1}

    def test_fates_differ_by_shape(self):
        """No two fates have one shape, so colour is never the only difference; each has words of its own."""
        assert set(LOOKS) == set(Fate)
        assert len({(look.solid, look.edge, look.cut) for look in LOOKS.values()}) == len(Fate)
        assert len({look.words for look in LOOKS.values()}) == len(Fate)

    def test_few_bytes(self):
        """A map of 1,024 subsets that alternate as badly as can be is below 30 kB; a plain one below 2 kB."""
        members = tuple("abcdefghij")
        worst = picture(every(members, refused=lambda s: s.bit_count() % 2)).map.cells
        assert sum(len(path) for _, path in worst) < 30_000
        assert sum(len(path) for _, path in picture(every(members)).map.cells) < 2_000

    def test_summary(self):
        """The sentence says how many were sent, and what became of these; what was not sent is no success."""
        found = every(excluded=lambda s: s & 3 == 3)
        assert picture(found).summary == (
            "64 of 64 subsets of the 6 optional members were sent: 48 accepted, all preserved; 16 refused, as"
            " documented."
        )
        few = Presence(MEMBERS, sent={0: 3, 5: 1}, accepted={5: 1})
        assert picture(few).summary == (
            "2 of 64 subsets of the 6 optional members were sent: 1 accepted, not described afterwards;"
            " 1 sent, and nothing follows from the answer."
        )
        assert {mark.sign for _, marks in picture(few).matrix for mark in marks} == {"○"}
        assert picture(few).remarks == ["Too few of the subsets were sent to compare any two members."]
        assert (Fate.UNSENT, 62) in [(fate, number) for fate, _, number in picture(few).legend]

    @pytest.mark.parametrize(
        ("faults", "sentence"),
        [
            pytest.param(
                {"refused": lambda s: s & 3 == 3},
                "16 subsets were refused, though valid: all those with a and b.",
                id="with both",
            ),
            pytest.param(
                {"refused": lambda s: s & 3 == 1},
                "16 subsets were refused, though valid: all those with a and without b.",
                id="with one only",
            ),
            pytest.param(
                {"refused": lambda s: s in {7, 15}},
                "2 subsets were refused, though valid: all those with a, b and c and without e and f.",
                id="rare",
            ),
            pytest.param(
                {"lost": lambda s: 1 & ~s},
                "a is lost by 32 of the 32 judged subsets that leave it out.",
                id="lost",
            ),
            pytest.param(
                {"lost": lambda s: 1 & ~s if s & 6 == 2 else 0},
                "a is lost by 8 of the 32 judged subsets that leave it out: all those with b and without c.",
                id="lost by others",
            ),
            pytest.param(
                {"undone": lambda s: 1 & s if s in {1, 3, 63} else 0},
                "a is not done by 3 of the 32 judged subsets that carry it; the smallest carries a.",
                id="nothing in common",
            ),
            pytest.param(
                {"lost": lambda s: 1 if s in {2, 6, 62} else 0},
                "a is lost by 3 of the 32 judged subsets that leave it out: 3 of the 16 with b; the smallest"
                " carries b.",
                id="not all of them",
            ),
            pytest.param(
                {"faulted": lambda s: s == 63},
                "1 subset was answered with a fault (5xx), though valid",
                id="fault",
            ),
        ],
    )
    def test_deviations_in_words(self, faults, sentence):
        """What deviates is told with what its subsets have in common, and whether that says all."""
        told_here = picture(every(**faults)).deviations
        assert len(told_here) == 1
        assert told_here[0].startswith(sentence)

    def test_interactions_in_words(self):
        """A pair that interacts is told, and marked in the matrix in the row of the second one."""
        found = picture(every(lost=lambda s: 2 if s & 3 == 1 else 0))
        assert found.remarks == ["a and b: an update with a and without b loses b (16 of 16 comparisons)."]
        assert [[mark.sign for mark in marks] for _, marks in found.matrix[:2]] == [["✗"], ["·", "·"]]
        assert [mark.words for mark in found.meanings] == ["interact", "do not interact"]

    def test_exclusions_in_words(self):
        """What the documents exclude is no interaction; that it is accepted is told."""
        members = ("cpu", "memory", "taskDefinitionArn")
        kept = picture(every(members, excluded=lambda s: s > 4))
        broken = picture(every(members, breached=lambda s: s > 4))
        assert [mark.sign for mark in kept.matrix[1][1]] == ["∅", "∅"]
        assert [mark.sign for mark in broken.matrix[1][1]] == ["!", "!"]
        assert broken.remarks[0] == (
            "cpu and taskDefinitionArn: 2 subsets with both accepted, though the documents exclude it."
        )

    def test_very_many_pairs_are_cut(self):
        """A target that spoils everything has twelve pairs told, and the number of the others."""
        members = tuple("abcdefghij")
        told_here = picture(every(members, undone=lambda s: s & (s << 1 | s << 2) & 1023)).remarks
        assert len(told_here) == 13
        assert re.fullmatch(r"And \d+ more pairs\.", told_here[-1])


class TestPage:
    """The section in the report."""

    def test_the_section(self):
        """The report has the picture with its words, and no style that its policy would refuse."""
        report = html.render(sample.results(presence=every(refused=lambda s: s & 3 == 3)))
        section = report[report.index('aria-labelledby="presence"') :]
        section = section[: section.index("</section>")]
        assert section.count("64 of 64 subsets of the 6 optional members were sent") == 2
        assert '<desc id="presence-words">' in section
        assert "<strong>16</strong> refused, though valid" in section
        assert "style=" not in section

    def test_names_are_inert(self):
        """The names come from a file: markup in them is shown as text."""
        members = ("cpu", sample.MARKUP)
        report = html.render(sample.only(Verdict.PASS, presence=every(members)))
        assert sample.MARKUP not in report
        assert "&lt;script&gt;alert" in report

    @pytest.mark.parametrize("members", [(), tuple("abcdefghijklm")])
    def test_no_section(self, members):
        """A run that did not count its subsets has no map, nor has one with more than a map can show."""
        report = html.render(sample.results(presence=Presence(members)))
        assert 'aria-labelledby="presence"' not in report

    def test_it_follows_the_model(self):
        """The members are those of the installed service model, each with its own bit."""
        assert tuple(bits()) == model.operation().optional
        assert sum(bits().values()) == 2 ** len(bits()) - 1
