"""Updates of several clients at the same time: what was accepted is not lost, what was refused does nothing.

No document speaks of requests at the same time. That each of them takes effect as a whole, at some moment
between its start and its end, is what clients of a web service rely on, and what the charter comes to when
there is more than one client; so all this is inferred, and a difference can at most diverge. Of the real
service not even that much is known: public reports differ on whether it takes an update while another one is
being deployed. There it is open.

A target may refuse any update that meets another one, with any status 4xx. It may show several revisions
while a deployment is in flight, in any order and with equal times: then each of them may be the latest, and
a target is accused only if none of them explains its answers.
"""

from __future__ import annotations

from collections.abc import Iterator

from conformance.comparison import value_at
from conformance.exchange import Exchange
from conformance.observation import Observation, as_object, error_code, service_of
from conformance.requirement import Citation, Concern, requirement
from conformance.requirements.citations import CHARTER, page, service_model
from conformance.requirements.histories import (
    Configuration,
    Fate,
    History,
    Update,
    end_of,
    history_of,
    race_of,
    shows,
)
from conformance.requirements.telling import brief, told, told_with_status
from conformance.verdict import OK, Evidence, Grade, behaves, violated

OPEN_AT = ("aws",)
LINEARIZABILITY = Citation(
    document="Herlihy and Wing, Linearizability: a correctness condition for concurrent objects",
    section="ACM TOPLAS 12(3), 1990, section 2",
    url="https://doi.org/10.1145/78969.78972",
)
_RACE = 2  # clients, at least
_LONGEST_CLASS = 100
_DURING_A_DEPLOYMENT = page("Description: a rolling deployment replaces the tasks")
_INACTIVE = page("Errors, ServiceNotActiveException")
_FOR_GOOD = service_model("DeleteExpressGatewayService: the service drains, and there is no way back")


@requirement(
    "concurrency/disjoint-members",
    "Of updates of different members at the same time, none that is accepted is lost.",
    evidence=Evidence.INFERRED,
    citations=(CHARTER, LINEARIZABILITY),
    concern=Concern.HISTORY,
    open_at=OPEN_AT,
)
def disjoint_updates_survive(observation: Observation) -> Iterator[Grade]:
    """Judges the members that one update alone asked for, when all is answered.

    The charter says that an update preserves what it leaves out, and not what it does to another one that is
    under way; so this is inferred. One configuration must show all such members; refused updates are not
    missed.
    """
    history = race_of(observation)
    if history is None or history.is_stale:
        return
    alone = {name: each for name in history.members if (each := _only_setter(history, name)) is not None}
    if len({each.exchange.client for each in alone.values()}) < _RACE:
        return
    lost = min(
        ([n for n, each in alone.items() if not shows(entry, n, each.members[n])] for entry in history.after),
        key=len,
    )
    yield _lost(history, lost[0], alone) if lost else OK


def _only_setter(history: History, name: str) -> Update | None:
    """The accepted update that alone asked for a member; None if there is none, or others asked for it."""
    asked = [each for each in history.updates if name in each.members]
    return asked[0] if len(asked) == 1 and asked[0].set(name) else None


def _lost(history: History, name: str, alone: dict[str, Update]) -> Grade:
    """A member that was lost, beside one that another client set; if possible one that was not lost."""
    others = [n for n, each in alone.items() if each.exchange.client != alone[name].exchange.client]
    stayed = [n for n in others if any(shows(e, n, alone[n].members[n]) for e in history.after)]
    names = [name, (stayed or others)[0]]
    wanted = " and ".join(f"{each} {brief(alone[each].members[each])}" for each in names)
    exchanges = [alone[each].exchange for each in names]
    return violated(f"Describe shows both {wanted}", told(history, names, exchanges, about=[name]))


@requirement(
    "concurrency/same-member",
    "After updates of one member at the same time, it has the value of an accepted one, or else its old one.",
    evidence=Evidence.INFERRED,
    citations=(page("Request Parameters"), LINEARIZABILITY),
    concern=Concern.HISTORY,
    open_at=OPEN_AT,
)
def one_of_the_writes_wins(observation: Observation) -> Iterator[Grade]:
    """Which of them wins is judged with the times of all requests, by another requirement.

    An update without an answer may have won, and of a value that a refused one asked for another requirement
    tells.
    """
    history = race_of(observation)
    if history is None or history.is_stale:
        return
    contested = [name for name in history.members if _is_contested(history, name)]
    wrong = [name for name in contested if not any(_explained(history, name, e) for e in history.after)]
    if wrong:
        yield _neither(history, wrong[0])
    elif contested:
        yield OK


def _is_contested(history: History, name: str) -> bool:
    return len({each.exchange.client for each in history.updates if each.may_set(name)}) > 1


def _explained(history: History, name: str, entry: Configuration) -> bool:
    """Whether an update explains a member's value; or if none certainly took effect, what was before."""
    if any(name in each.members and shows(entry, name, each.members[name]) for each in history.updates):
        return True
    return not any(each.set(name) for each in history.updates) and history.was(name, entry)


def _neither(history: History, name: str) -> Grade:
    asked = [each for each in history.updates if each.may_set(name)]
    values = [brief(each.members[name]) for each in asked] or ["what it was before"]
    expected = f"{name} is {' or '.join(values)}"
    return violated(expected, told(history, [name], [each.exchange for each in asked]))


@requirement(
    "concurrency/refused-changes-nothing",
    "An update that is refused while others are under way leaves no trace.",
    evidence=Evidence.INFERRED,
    citations=(page("Errors"), LINEARIZABILITY),
    concern=Concern.HISTORY,
    open_at=OPEN_AT,
)
def refused_updates_leave_no_trace(observation: Observation) -> Iterator[Grade]:
    """Judges values that a refused update alone asked for, in every Describe of the history and after it.

    An update may be refused for whatever reason, and a member is judged only if it was shown before.
    """
    history = race_of(observation)
    if history is None:
        return
    refused = [each for each in history.updates if each.fate is Fate.REFUSED]
    traces = [trace for each in refused if (trace := _trace(history, each)) is not None]
    if traces:
        yield traces[0]
    elif refused:
        yield OK


def _trace(history: History, update: Update) -> Grade | None:
    """A place where a value shows that nobody but a refused update asked for."""
    places = [(each.exchange, each.entries) for each in history.reads]
    for name in history.members:
        if name not in update.members or any(value_at(each, name) is None for each in history.before):
            continue
        for exchange, entries in (*places, (None, history.after)):
            if any(_is_its(history, update, name, entry) for entry in entries):
                exchanges = [update.exchange, *([exchange] if exchange else [])]
                expected = f"{name} is never {brief(update.members[name])}, which was refused"
                return violated(expected, told(history, [name], exchanges))
    return None


def _is_its(history: History, update: Update, name: str, entry: Configuration) -> bool:
    if value_at(entry, name) is None or not shows(entry, name, update.members[name]):
        return False
    others = [each for each in history.updates if each.may_set(name)]
    return not history.was(name, entry) and not any(shows(entry, name, e.members[name]) for e in others)


@requirement(
    "concurrency/update-against-delete",
    "No update that meets a Delete brings the service back, and none is accepted after the Delete was.",
    evidence=Evidence.INFERRED,
    citations=(_FOR_GOOD, _INACTIVE),
    concern=Concern.HISTORY,
    open_at=OPEN_AT,
)
def updates_do_not_undo_a_delete(observation: Observation) -> Iterator[Grade]:
    """Both may be accepted while they overlap. An update comes after a Delete if it began after its answer.

    The documents say that a Delete cannot be reversed; they do not say how soon it is seen.
    """
    history = history_of(observation)
    deletes = [each for each in history.deletes if Fate.of(each) is Fate.ACCEPTED]
    before, after = _status(observation.before), _status(observation.after)
    if not deletes or not history.updates or before != "ACTIVE" or not after:
        return
    first = min(deletes, key=end_of)
    late = [e for e in history.updates if e.fate is Fate.ACCEPTED and e.exchange.started > end_of(first)]
    met = late or [each for each in history.updates if each.fate is Fate.ACCEPTED] or history.updates
    story = told_with_status(history, [first, *(each.exchange for each in met)], after)
    if after == "ACTIVE":
        yield violated("the service is not ACTIVE any more", story)
    elif late:
        yield violated("an update that began after the Delete was answered is refused", story)
    else:
        yield OK


def _status(exchange: Exchange | None) -> str:
    status = as_object(service_of(exchange).get("status")).get("statusCode")
    return status if isinstance(status, str) else ""


@requirement(
    "concurrency/answers",
    "How valid updates of one service at the same time are answered.",
    evidence=Evidence.OPEN,
    citations=(page("Errors"), _DURING_A_DEPLOYMENT),
    concern=Concern.HISTORY,
)
def answers_to_concurrent_updates(observation: Observation) -> Iterator[Grade]:
    """Public reports differ on whether an update is taken while another one is being deployed."""
    history = race_of(observation)
    valid = [each for each in history.updates if each.valid] if history else []
    if len({each.exchange.client for each in valid}) < _RACE:
        return
    others = sorted({_answer(each.exchange) for each in valid if each.fate is not Fate.ACCEPTED})
    if not others:
        yield behaves("valid updates at the same time are all accepted")
    else:
        taken = "some" if any(each.fate is Fate.ACCEPTED for each in valid) else "none"
        yield behaves(f"of valid updates at the same time, {taken} are accepted; others: {', '.join(others)}")


def _answer(exchange: Exchange) -> str:
    if exchange.response is None:
        return "no answer"
    return error_code(exchange)[:_LONGEST_CLASS] or f"status {exchange.response.status}"
