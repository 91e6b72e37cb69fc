"""From a recording to the answers: the same ones whether the run is just over, or long ago."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from fnmatch import fnmatchcase
from typing import Any

from conformance import model
from conformance.evidence import Answer, Reference
from conformance.exchange import Exchange
from conformance.observation import accepted
from conformance.questions import QUESTIONS
from conformance.questions.material import Material
from conformance.questions.question import Found, Question
from conformance.questions.reading import plain
from conformance.requirements import REQUIREMENTS
from conformance.verdict import Evidence

_LONGEST = 2000  # characters of a sentence
_MOST = 24  # exchanges that an answer refers to


def answers(
    material: Material, *, recording: str, sha256: str, chosen: Collection[str] | None = None
) -> list[Answer]:
    """The answers that a recording holds, and for all other questions why it holds none.

    Args:
        material: the recording's.
        recording: its file's name.
        sha256: of the file.
        chosen: the ids of the questions that are of interest; None for all.
    """
    where = _where(material, recording, sha256)
    wanted = [each for id, each in QUESTIONS.items() if chosen is None or id in chosen]
    return [_answer(each, material, where) for each in wanted]


def _where(material: Material, recording: str, sha256: str) -> dict[str, str]:
    header = material.header
    target: Mapping[str, Any] = header.target if header else {}
    return {
        "target": str(target.get("name", "")),
        "region": str(target.get("region", "")),
        "observed_at": header.started_at if header else "",
        "recording": recording,
        "sha256": sha256,
    }


def _answer(question: Question, material: Material, where: Mapping[str, str]) -> Answer:
    found = question.read(question, material) if material.supported else None
    asked: dict[str, Any] = {
        "id": question.id,
        "theme": question.theme,
        "asks": question.asks,
        "informs": informed(question),
        **where,
    }
    if found is None:
        return Answer(**asked, reason=_reason(question, material))
    return Answer(
        **asked,
        answered=True,
        observation=_plain(found.observation),
        sentence=plain(found.sentence)[:_LONGEST],
        exchanges=tuple(_references(found)),
        reason=found.lacking[:_LONGEST],
    )


def _plain(value: Any) -> Any:
    """A JSON value with texts, names included, as every file can hold them."""
    if isinstance(value, Mapping):
        return {plain(str(name)): _plain(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return plain(value) if isinstance(value, str) else value


def _references(found: Found) -> Iterator[Reference]:
    told: dict[Reference, None] = {}
    for exchange in found.exchanges:
        told[Reference(scenario=exchange.tag.scenario, id=exchange.id)] = None
    yield from list(told)[:_MOST]


def informed(question: Question) -> tuple[str, ...]:
    """The ids of the requirements that depend on a question's answer."""
    return tuple(id for id in REQUIREMENTS if any(fnmatchcase(id, each) for each in question.informs))


def open_ones(chosen: Iterable[str]) -> tuple[str, ...]:
    """The ids of the open requirements that have to be exercised for these questions."""
    wanted = {id for each in chosen for id in informed(QUESTIONS[each])}
    return tuple(id for id in REQUIREMENTS if id in wanted and REQUIREMENTS[id].evidence is Evidence.OPEN)


def _reason(question: Question, material: Material) -> str:
    """Why there is no answer."""
    return next(_reasons(question, material))


def _reasons(question: Question, material: Material) -> Iterator[str]:
    """What stands against an answer, the first reason first."""
    spent, ceilings = material.budget, material.budget.get("budget") or {}
    if not material.supported:
        yield "The target does not have the operation."
    if question.by_hand:
        yield question.by_hand
    if question.tries and question.id not in material.asked:
        yield "It was not among what was asked for, or the run ended before."
    if ceilings and spent["minutes"] >= ceilings["minutes"]:
        yield f"The {ceilings['minutes']:g} minutes of the budget were over."
    if ceilings and question.spends == "creates":
        yield (
            "It takes a service beside the run's own, and the budget has no room for one: give it more "
            f"services_alive than {ceilings['services_alive']}, and creates to match."
        )
    if question.spends == "updates" and not _compared(material):
        yield "The target did not take the valid update that everything else differs from."
    if ceilings and question.spends:
        yield f"Of the {ceilings['accepted_updates']} accepted updates of the budget none was left for it."
    yield "Nothing in the recording tells."


def _compared(material: Material) -> bool:
    """Whether the valid update of the questions was accepted, if any was sent."""
    updates: list[Exchange] = [
        each
        for tries in material.tries.values()
        for exchanges in tries.values()
        for each in exchanges
        if each.request.operation == model.OPERATION and each.twin is None
    ]
    return not updates or any(map(accepted, updates))
