"""Concurrent histories made by hand: what several clients might have seen."""

from __future__ import annotations

from dataclasses import replace

from streams import CONFIG, Stream

from conformance import model

OLD = CONFIG["healthCheckPath"]
PATH = "healthCheckPath"
ROLE_NOW = f"{CONFIG['taskRoleArn']}-now"


def shown(number=2, **members):
    """A configuration of the revision of that number, with these members changed."""
    return {**CONFIG, "serviceRevisionArn": f"revision/{number}", "createdAt": 1000.5 + number, **members}


class Race(Stream):
    """A stream with one history, from the first thing that a client does to ``after``."""

    def __init__(self, *before, members=None, **options):
        super().__init__(**options)
        self.create(members=members)
        self.describe(*before)
        self.made = 1

    def _by(self, client, times, exchange):
        start, end = times
        self.exchanges[-1] = replace(
            exchange, group=1, client=client, started=1000 + start / 1000, elapsed=(end - start) / 1000
        )
        return self.exchanges[-1]

    def sets(self, client, times, members, target=None):
        """An accepted update from one millisecond to another one; it makes the next revision."""
        self.made += 1
        target = shown(self.made, **members) if target is None else target
        return self._by(client, times, self.update(members, target))

    def fails(self, client, times, members, status=400, code="ClientException"):
        """An update that is answered with an error."""
        return self._by(client, times, self.refuse(members, code, status))

    def hangs(self, client, times, members):
        """An update without an answer."""
        body = {"serviceArn": self.exchanges[1].request.members["serviceArn"], **members}
        return self._by(client, times, self.send(model.OPERATION, body, failure="timeout"))

    def sees(self, client, times, *configurations):
        """A Describe that shows these configurations."""
        return self._by(client, times, self.describe(*configurations))

    def deletes(self, client, times, *, accepted=True):
        """A Delete."""
        arn = self.exchanges[1].request.members["serviceArn"]
        refusal = {"__type": "ServiceNotActiveException", "message": "no"}
        exchange = self.delete() if accepted else self.send(model.DELETE, {"serviceArn": arn}, refusal, 400)
        return self._by(client, times, exchange)

    def after(self, *configurations, status="ACTIVE", **members):
        """The Describe after it."""
        self.describe(*configurations, status={"statusCode": status}, **members)
        return self

    def verdicts(self):
        """What the requirements on concurrency say, by the name after the slash."""
        topic = "concurrency/"
        return {id.removeprefix(topic): said for id, said in self.outcomes().items() if id.startswith(topic)}

    def wrong(self):
        """The names of those that are violated."""
        return {name for name, said in self.verdicts().items() if said == "violated"}

    def story(self, name):
        """What was observed against a requirement."""
        return self.tally()[f"concurrency/{name}"].example["observed"]
