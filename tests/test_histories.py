"""How a concurrent history is linked with what was before and after it, and what is known after it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from races import PATH, Race, shown
from streams import ARN, CONFIG, OTHER

from conformance.requirement import Concern


def test_a_history_is_linked_with_what_was_before_and_after():
    """It is in the order of time, whatever the order of the records, and has the Describes around it."""
    race = Race()
    second = race.sets(1, (5, 12), {PATH: "/a"})
    third = race.sees(1, (13, 14), CONFIG)
    first = race.sets(2, (1, 15), {PATH: "/b"})
    race.after(shown(3))
    (found,) = race.observations(Concern.HISTORY)
    assert found.history == (first, second, third)
    assert (found.before, found.after) == (race.exchanges[1], race.exchanges[-1])
    assert found.exchange is second, "the last of the updates"
    roles = [role for role, _ in found.links]
    assert roles == ["before", "concurrent", "judged", "concurrent", "after"]


def test_the_answers_of_a_history_are_judged():
    """Each update's answer is judged for its form, if no Delete makes it a matter of time whether it is."""
    race = Race()
    race.sets(1, (0, 12), {PATH: "/a"})
    race.fails(2, (1, 15), {PATH: "/b"})
    assert len(race.after(shown(2)).observations(Concern.ANSWER)) == 2
    race.deletes(3, (2, 4))
    race.exchanges.insert(-1, race.exchanges.pop())
    assert race.observations(Concern.ANSWER) == []


def test_each_service_has_its_own_history():
    """Requests of one burst for two services are two histories."""
    race = Race()
    race.describe(arn=OTHER)
    race.sets(1, (0, 12), {PATH: "/a"})
    race._by(2, (1, 15), race.update({PATH: "/b"}, shown(2), arn=OTHER))
    race.after(shown(2))
    race.describe(arn=OTHER)
    found = race.observations(Concern.HISTORY)
    assert [[each.client for each in one.history] for one in found] == [[1], [2]]


def test_a_burst_right_after_another_one_has_no_before():
    """What a burst made of the service nobody knows until it is described."""
    race = Race()
    race.sets(1, (0, 12), {PATH: "/a"})
    race.exchanges[-1] = replace(race.exchanges[-1], group=7)
    race.sets(2, (1, 15), {PATH: "/b"})
    race.after(shown(3))
    (found,) = race.observations(Concern.HISTORY)
    assert found.before is None
    assert len(found.history) == 1


@pytest.mark.parametrize(
    "other",
    [
        {"operation": "CreateExpressGatewayService"},
        {"operation": "UpdateService"},
        {"caller": "restricted"},
        {"body": b'{"serviceArn": "%s", "cpu": "1", "cpu": "2"}' % ARN.encode()},
        {"path": "/other"},
    ],
    ids=lambda other: next(iter(other.values())),
)
def test_a_history_of_anything_else_is_not_judged(other):
    """With requests of other kinds in it nobody knows what a history should lead to."""
    race = Race()
    race.sets(1, (0, 12), {PATH: "/a"})
    odd = race.sets(2, (1, 15), {PATH: "/b"})
    race.exchanges[-1] = replace(odd, request=replace(odd.request, **other))
    race.after(shown(3))
    assert race.observations(Concern.HISTORY) == []
    assert race.observations(Concern.READ) == []


def test_what_follows_a_history_begins_anew():
    """Who won a race is a matter of time, so nothing is judged by what it left until that is described."""
    race = Race()
    race.sets(1, (0, 12), {PATH: "/a"})
    race.sets(2, (1, 15), {PATH: "/b"})
    race.after(shown(2), shown(3))
    race.update({"memory": "1024"}, shown(4))
    race.describe(shown(4))
    race.update({"memory": "512"}, shown(5))
    first, second = race.observations(Concern.ANSWER)[-2:]
    assert first.before is None
    assert first.config_before == {}
    assert second.config_before == shown(4)
    assert race.observations(Concern.TRAIL) == []


def test_of_several_revisions_after_a_race_none_is_the_latest():
    """Nobody knows which of them is; one of them alone is known to be."""
    race = Race()
    race.sets(1, (0, 12), {PATH: "/a"})
    race.after(shown(2), shown(1))
    race.describe(shown(2), shown(1))
    race.update({"memory": "1024"}, shown(4))
    assert race.answer().config_before == {}


def test_a_service_deleted_in_a_race_is_known_to_be():
    """An update after it meets a deleted service; the Describe that ends the history is judged with it."""
    race = Race()
    race.deletes(1, (0, 5))
    race.fails(2, (1, 15), {PATH: "/b"}, 400, "ServiceNotActiveException")
    race.after(shown(1), status="DRAINING")
    assert len(race.observations(Concern.LIFE)) == 1, "the Create"
    race.refuse({PATH: "/b"}, "ServiceNotActiveException")
    assert race.answer().service.deleted


def test_updates_in_a_race_are_not_counted():
    """How many were accepted is a matter of time, and the numbers of a run are not."""
    race = Race()
    race.sets(1, (0, 12), {PATH: "/a"})
    race.fails(2, (1, 15), {PATH: "/b"})
    tally = race.after(shown(2)).judged().tally
    assert (tally.accepted, tally.rejected, tally.exchanges) == (0, 0, 5)
