"""A run that is as large as a run can get: everything fails, in many words, with large answers."""

from __future__ import annotations

import json
from dataclasses import replace

import sample_results as sample

from conformance.requirements import REQUIREMENTS
from conformance.results import Counts
from conformance.verdict import Evidence, Verdict

EXCHANGES = 300_000
BEHAVIOURS = 1_000
_UNPRINTABLE = "\x1b\u202e\x00<&\u200b"


def results(*, words=3_000, body=150_000, name="enormous"):
    """The run.

    Args:
        words: characters of each observation, note and behaviour; they are of the kind that grows when shown.
        body: characters of each request and answer.
        name: of the target.
    """
    text = _UNPRINTABLE * (words // len(_UNPRINTABLE))
    answer = json.dumps({"service": {"x": "<" * (body // 2), "list": list(range(body // 12))}})
    exchanges = [
        sample.exchange(answer, role=role, answer=answer, status=200)
        for role in ("twin", "before", "earlier", "judged", "after")
    ]
    # One of each for all requirements: what is large here is what is shown, not what is in memory.
    behaviours = {f"{number} {text}": number for number in range(BEHAVIOURS)}
    whole = sample.only(Verdict.PASS)
    return replace(
        whole,
        target=replace(whole.target, name=name),
        counts=Counts(exchanges=EXCHANGES, updates_accepted=EXCHANGES // 2, updates_rejected=EXCHANGES // 4),
        errors=(text,) * 500,
        drift=(text,) * 500,
        requirements=tuple(_result(entry, text, behaviours, exchanges) for entry in REQUIREMENTS.values()),
    )


def _result(entry, text, behaviours, exchanges):
    example = sample.counterexample(
        *exchanges,
        expected=text,
        observed=text,
        case={"drawn": text},
        reproduce={"curl": text, "replay": "r"},
    )
    verdict = Verdict.FAIL if entry.evidence.may_fail else Verdict.DIVERGES
    return sample.requirement(
        entry.id,
        Verdict.INFORMATIONAL if entry.evidence is Evidence.OPEN else verdict,
        entry.evidence,
        title=entry.sentence,
        violated=40,
        note=text,
        behaviours=behaviours,
        counterexample=example,
    )
