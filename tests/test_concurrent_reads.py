"""What Describe may show while others update, on histories made by hand: in order, and never half of it."""

from __future__ import annotations

import pytest
from races import OLD, PATH, ROLE_NOW, Race, shown
from streams import CONFIG

A, B = {PATH: "/a"}, {PATH: "/b"}
ROLE = {"taskRoleArn": ROLE_NOW}
BOTH = {**A, **ROLE}


# -- one order for all -----------------------------------------------------------------------------------


def test_the_later_write_wins():
    """An update that began after another one was answered is the last of the two."""
    race = Race()
    race.sets(1, (0, 5), A)
    race.sets(2, (6, 9), B)
    assert race.after(shown(2, **A)).wrong() == {"linearizable"}


READS = {
    "the old value while the update is under way": ([(1, 3, OLD), (20, 21, "/a")], set()),
    "the new value while the update is under way": ([(1, 3, "/a"), (4, 5, "/a")], set()),
    "the old value after the answer": ([(13, 14, OLD)], {"linearizable"}),
    "the new value and then the old one": ([(1, 3, "/a"), (4, 5, OLD)], {"linearizable"}),
    "the new value and the old one at the same time": ([(1, 5, "/a"), (4, 6, OLD)], set()),
    "an answer in the microsecond of a start": ([(12, 13, OLD)], set()),
}


@pytest.mark.parametrize("what", READS)
def test_reads_while_an_update_is_under_way(what):
    """A Describe may show the old value until the answer, and the new one from the start, but not go back."""
    reads, expected = READS[what]
    race = Race()
    race.sets(1, (0, 12), A)
    for start, end, value in reads:
        race.sees(2, (start, end), CONFIG if value == OLD else shown(2, **A))
    assert race.after(shown(2, **A)).wrong() == expected


def test_a_story_leaves_out_what_proves_nothing():
    """Of many reads, only those are told of that cannot be explained together."""
    race = Race()
    race.sets(1, (0, 30), A)
    for start in range(1, 20, 4):
        race.sees(2, (start, start + 2), CONFIG)
    race.sees(2, (21, 22), shown(2, **A))
    race.sees(2, (23, 24), CONFIG)
    race.after(shown(2, **A))
    assert race.story("linearizable") == (
        f"client 1 set {PATH} to '/a' from 0 to 30 ms, accepted; client 2 saw {PATH} '/a' from 21 to 22 ms; "
        f"client 2 saw {PATH} '{OLD}' from 23 to 24 ms; "
        f"then Describe shows {PATH} '/a' (before: {PATH} '{OLD}')"
    )


def test_an_update_without_an_answer_may_come_at_any_time():
    """It may take effect after everything else, or between two reads."""
    race = Race()
    race.hangs(1, (0, 12), B)
    race.sets(2, (13, 15), A)
    race.sees(3, (16, 17), shown(2, **A))
    race.sees(3, (18, 19), shown(3, **B))
    assert race.after(shown(3, **B)).wrong() == set()
    race.sees(3, (20, 21), shown(2, **A))
    race.exchanges[-1], race.exchanges[-2] = race.exchanges[-2], race.exchanges[-1]
    assert race.wrong() == {"linearizable"}


def test_a_read_of_several_revisions_may_mean_either():
    """While a deployment is in flight, a Describe shows the old and the new value, and means one of them."""
    race = Race()
    race.sets(1, (0, 12), A)
    race.sees(2, (13, 14), CONFIG, shown(2, **A))
    race.sees(2, (15, 16), shown(2, **A), CONFIG)
    assert race.after(shown(2, **A)).wrong() == set()


# -- half a revision -------------------------------------------------------------------------------------


def torn(*configurations, after=None):
    """Two clients that each set two members, and a Describe that shows this meanwhile."""
    race = Race()
    race.sets(1, (0, 12), {**A, "taskRoleArn": f"{ROLE_NOW}-a"})
    race.sets(2, (1, 15), {**B, "taskRoleArn": f"{ROLE_NOW}-b"})
    race.sees(3, (2, 9), *configurations)
    return race.after(after or shown(3, **B, taskRoleArn=f"{ROLE_NOW}-b"))


WHOLE = [CONFIG, shown(2, **A, taskRoleArn=f"{ROLE_NOW}-a"), shown(3, **B, taskRoleArn=f"{ROLE_NOW}-b")]


@pytest.mark.parametrize("configurations", [[WHOLE[0]], [WHOLE[1]], [WHOLE[2]], WHOLE[:2], WHOLE[::-1]])
def test_whole_revisions(configurations):
    """A Describe may show any of the revisions, and several of them."""
    race = torn(*configurations)
    assert race.wrong() == set()
    assert race.verdicts()["torn-read"] == "ok"


@pytest.mark.parametrize(
    "members",
    [
        {**A, "taskRoleArn": f"{ROLE_NOW}-b"},
        {**A, "taskRoleArn": CONFIG["taskRoleArn"]},
        {PATH: OLD, "taskRoleArn": f"{ROLE_NOW}-b"},
    ],
)
def test_a_mixture_of_two_revisions(members):
    """Members of two updates, or of one and of before, were never there together."""
    race = torn(shown(2, **members))
    assert race.wrong() >= {"torn-read"}
    assert "client 3 saw" in race.story("torn-read")


def test_a_revision_that_changes_while_it_is_looked_at():
    """Two views of one revision that differ: one of them is none."""
    half = shown(3, **{PATH: OLD}, taskRoleArn=CONFIG["taskRoleArn"])
    race = torn(half)
    assert race.wrong() == {"torn-read"}
    assert race.story("torn-read").startswith("to client 3, from 2 to 9 ms, it shows")


def test_what_is_filled_in_later_is_not_torn():
    """A managed group, an order of variables or a default may come while one looks."""
    network = {"subnets": ["subnet-8", "subnet-9"], "securityGroups": ["sg-9"]}
    race = Race()
    race.sets(1, (0, 12), {"networkConfiguration": network})
    race.sees(2, (1, 3), shown(2, networkConfiguration=network))
    race.after(shown(2, networkConfiguration={**network, "securityGroups": ["sg-9", "sg-managed"]}))
    assert race.wrong() == set()


def test_disjoint_updates_may_be_seen_one_by_one():
    """Each order of two updates may be seen, with one of them missing."""
    for members in ({}, A, ROLE, BOTH):
        race = Race()
        race.sets(1, (0, 12), A)
        race.sets(2, (1, 15), ROLE)
        race.sees(3, (2, 9), shown(3 if members == BOTH else 2, **members))
        race.after(shown(3, **BOTH))
        assert "torn-read" not in race.wrong() or members == {}


@pytest.mark.parametrize("status", [400, 500])
def test_an_update_that_was_not_accepted_may_be_seen_in_part(status):
    """A server that failed in the middle may have left anything; and what is refused is told elsewhere."""
    race = Race()
    race.fails(1, (0, 12), BOTH, status)
    race.sets(2, (0, 12), {"memory": "1024"}, {**CONFIG, "memory": "1024"})
    race.sees(2, (1, 3), {**CONFIG, **A})
    race.after({**CONFIG, **A, "memory": "1024"})
    assert race.wrong() == ({"refused-changes-nothing"} if status == 400 else set())


def test_a_revision_of_long_ago_is_not_torn():
    """A Describe that shows a revision that no update of the history made may lag far behind."""
    assert torn(shown(99, **A, taskRoleArn="arn:aws:iam::123456789012:role/long-ago")).wrong() == {
        "linearizable"
    }


def test_a_target_without_revisions():
    """Where all updates answer one revision, its views differ by right, but mixtures are told."""
    race = Race()
    race.sets(1, (0, 12), A, {**CONFIG, **A})
    race.sees(2, (1, 3), CONFIG)
    assert race.after({**CONFIG, **A}).wrong() == set()
    race = Race()
    race.sets(1, (0, 12), BOTH, {**CONFIG, **BOTH})
    race.sees(2, (1, 3), {**CONFIG, **A})
    assert race.after({**CONFIG, **BOTH}).wrong() == {"torn-read"}
