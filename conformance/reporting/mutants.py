"""The mutation report: a line in the terminal for each mutant, ``mutants.json``, and an HTML page."""

from __future__ import annotations

import json
from pathlib import Path

from conformance.mutation import Fate, MutationResults, Trial
from conformance.reporting import html, write_text
from conformance.reporting.inert import one_line
from conformance.reporting.wording import plural

SIGNS = {
    Fate.KILLED: "✓",
    Fate.EQUIVALENT: "=",
    Fate.KILLED_BY_ANOTHER: "~",
    Fate.SURVIVED: "✗",
    Fate.ERROR: "!",
}
# Which verdict's colour a fate has on the page.
TONES = {
    Fate.KILLED: "pass",
    Fate.EQUIVALENT: "not-exercised",
    Fate.KILLED_BY_ANOTHER: "diverges",
    Fate.SURVIVED: "fail",
    Fate.ERROR: "unsupported",
}
_AT_MOST = 20


def line(trial: Trial) -> str:
    """One mutant in one line: its fate, the first requirement that killed it, and what that took."""
    start = f"{SIGNS[trial.fate]} {trial.fate.value:<9} {trial.mutant}"
    return one_line(f"{start}: {_how(trial)}", 240)


def _how(trial: Trial) -> str:
    if trial.fate in {Fate.EQUIVALENT, Fate.ERROR, Fate.SURVIVED}:
        return trial.note or "no requirement was violated"
    killers = trial.killers or trial.others
    more = f" and {len(killers) - 1} more" if len(killers) > 1 else ""
    size = "" if trial.members is None else f", a case of {plural(trial.members, 'member')}"
    return f"{killers[0]}{more}, {plural(trial.exchanges, 'exchange')}, {trial.seconds:.1f} s{size}"


def summary(results: MutationResults, folder: Path) -> str:
    """The end of a mutation run; its last line is the score."""
    lines = [""]
    lines += _listed("Requirements that kill nothing, checks that cannot fail", results.idle)
    lines += _listed("Requirements that the reference emulator itself violates", sorted(results.false_kills))
    lines += [f"Report: {folder / 'mutants.html'}", f"Files:  {folder}", "", score(results)]
    return "\n".join(lines)


def _listed(title: str, ids: list[str]) -> list[str]:
    if not ids:
        return []
    more = [f"  and {len(ids) - _AT_MOST} more"] if len(ids) > _AT_MOST else []
    return [f"{title}:", *(f"  {id}" for id in ids[:_AT_MOST]), *more, ""]


def score(results: MutationResults) -> str:
    """The score in one line."""
    killed, counted = results.count(Fate.KILLED), results.counted
    return f"Mutation score: {results.score:.1f} %, {killed} of {counted} mutants killed."


def write(results: MutationResults, folder: Path) -> None:
    """Write ``mutants.json`` and ``mutants.html``.

    Raises:
        OutputError: the folder cannot be made or written.
    """
    document = json.dumps(results.to_json(), indent=1, ensure_ascii=False)
    write_text(folder / "mutants.json", f"{document}\n")
    write_text(folder / "mutants.html", render(results))


def render(results: MutationResults) -> str:
    """The page: score, every mutant with what killed it, and the kill matrix."""
    order = {fate: place for place, fate in enumerate(Fate)}
    trials = sorted(results.trials, key=lambda trial: (order[trial.fate], trial.mutant))
    return html.fill(
        "mutants.html.j2",
        results=results,
        score=score(results),
        trials=trials,
        fates=[(fate, number) for fate in Fate if (number := results.count(fate))],
        signs=SIGNS,
        tones=TONES,
        how=_how,
        tone="fail" if results.exit_code else "pass",
    )
