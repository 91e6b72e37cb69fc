"""No history of a target that takes one request after the other is held against it, whatever else it does.

The target is simulated: each request takes effect at one moment between its start and its end. Beyond that it
makes every choice that the documents leave to it.
"""

from __future__ import annotations

import json

from hypothesis import event, given, settings
from hypothesis import strategies as st
from races import PATH, Race
from streams import CONFIG

VALUES = {
    PATH: ["/a", "/b", "/c", "/d"],
    "memory": ["512", "1024", "2048"],
    "taskRoleArn": [f"{CONFIG['taskRoleArn']}-{letter}" for letter in "abcd"],
    "scalingTarget": [{"maxTaskCount": number} for number in (4, 5, 6)],
    "networkConfiguration": [{"securityGroups": [f"sg-{letter}"]} for letter in "abc"],
}
MEMBERS = st.lists(st.sampled_from(sorted(VALUES)), min_size=1, max_size=3, unique=True).flatmap(
    lambda names: st.fixed_dictionaries({name: st.sampled_from(VALUES[name]) for name in names})
)
# What becomes of an update: as the client sees it, and whether it takes effect.
FATES = st.sampled_from(
    [("sets", True)] * 4
    + [("fails", False), ("faults", True), ("faults", False), ("hangs", True), ("hangs", False)]
)


@st.composite
def requests(draw):
    """One client's requests: what, when from, when it takes effect, and until when."""
    made, now = [], draw(st.integers(0, 10))
    for _ in range(draw(st.integers(1, 3))):
        start = now + draw(st.integers(0, 6))
        moment = start + draw(st.integers(0, 12))
        end = moment + draw(st.integers(0, 6))
        members = draw(st.none() | MEMBERS)
        fate, effective = draw(FATES) if members else ("sees", False)
        if fate in {"faults", "hangs"}:
            moment += draw(st.sampled_from([0, 20, 100]))  # perhaps long after the client gave up
        made.append((members, fate, effective, start, moment, end))
        now = end + 1
    return made


CLIENTS = st.lists(requests(), min_size=1, max_size=4)


class Server:
    """States one after the other, and how they are shown."""

    def __init__(self, draw):
        self.draw = draw
        self.revisions = [{**CONFIG}]
        self.times = [-1]

    def update(self, members, moment):
        """A new revision of everything before and these members."""
        before = self.revisions[-1]
        merged = {
            name: {**before[name], **value} if isinstance(value, dict) else value
            for name, value in members.items()
        }
        number = len(self.revisions) + 1
        # Whole seconds; and the time may be that of the request's beginning, so it need not grow.
        created = 2000 + self.draw(st.integers(0, 2))
        revision = {**before, **merged, "serviceRevisionArn": f"revision/{number}", "createdAt": created}
        self.revisions.append(revision)
        self.times.append(moment)

    def at(self, moment):
        """The revision that was the latest at a moment."""
        return max(number for number, time in enumerate(self.times) if time <= moment)

    def shown(self, moment):
        """What a Describe of that moment shows: the latest revision, and some that are on their way out."""
        latest = self.at(moment)
        others = self.draw(st.sets(st.sampled_from(range(latest + 1)), max_size=2)) - {latest}
        numbers = self.draw(st.permutations([latest, *others]))
        return [self.form(self.revisions[number]) for number in numbers]

    def form(self, revision):
        """A revision as it may look: with a managed group, variables in another order, an empty command."""
        network, container = revision["networkConfiguration"], revision["primaryContainer"]
        if self.draw(st.booleans()):
            network = {**network, "securityGroups": [*network["securityGroups"], "sg-managed"]}
        if self.draw(st.booleans()):
            container = {**container, "command": [], "environment": container["environment"][::-1]}
        return {**revision, "networkConfiguration": network, "primaryContainer": container}


def told(draw, clients):
    """The stream of what these clients saw of a server that is as it should be."""
    server, race = Server(draw), Race()
    steps = sorted(
        (step[4], client, number)
        for client, steps in enumerate(clients)
        for number, step in enumerate(steps)
        if step[2]
    )
    made = {}
    for moment, client, number in steps:
        server.update(clients[client][number][0], moment)
        made[client, number] = len(server.revisions) - 1
    last = max(step[5] for client in clients for step in client)
    for client, steps in enumerate(clients):
        for number, (members, fate, _, start, moment, end) in enumerate(steps):
            times = (start, end)
            if fate == "sees":
                race.sees(client, times, *server.shown(moment))
            elif fate == "sets":
                # Some look once more before they answer, and show what was latest then.
                again = draw(st.booleans())
                answer = server.revisions[server.at(end) if again else made[client, number]]
                race.sets(client, times, members, server.form(answer))
            elif fate == "hangs":
                race.hangs(client, times, members)
            else:
                race.fails(client, times, members, 500 if fate == "faults" else 400)
    return race.after(*server.shown(last + 1))


@settings(max_examples=150)
@given(CLIENTS, st.data())
def test_a_target_as_it_should_be_is_never_accused(clients, data):
    """Whatever overlaps, is refused, never answered, or shown in whatever form: nothing is against it."""
    race = told(data.draw, clients)
    event(f"judged: {len(race.verdicts())}")
    assert race.wrong() == set(), json.dumps([each.to_json() for each in race.exchanges], indent=1)
