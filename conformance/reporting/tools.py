"""What other tools added to a run: which requirements nobody but them exercised, or violated."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.reporting.wording import plural
from conformance.results import RequirementResult, Results


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """One tool's share of a run.

    Attributes:
        name: the tool.
        cases: how many requests it made.
        judged: how many requirements its traffic concerned.
        exercised: those that no other traffic concerned.
        violated: those that no other traffic violated.
    """

    name: str
    cases: int
    judged: int
    exercised: list[RequirementResult]
    violated: list[RequirementResult]

    @property
    def sentence(self) -> str:
        """What it came to."""
        return (
            f"{self.name} made {plural(self.cases, 'test case')} about {plural(self.judged, 'requirement')}; "
            f"it alone exercised {len(self.exercised):,} and alone violated {len(self.violated):,} of them."
        )

    @property
    def lists(self) -> list[tuple[str, list[RequirementResult]]]:
        """The requirements that are its own, each list with its title; none that is empty."""
        found = [
            (f"Violated by {self.name} alone", self.violated),
            (f"Exercised by {self.name} alone", self.exercised),
        ]
        return [(title, results) for title, results in found if results]


def shares(results: Results) -> list[Share]:
    """The shares of the tools of a run, in their order."""
    return [
        Share(
            name=scenario.tool,
            cases=scenario.cases,
            judged=sum(scenario.id in result.exercised_by for result in results.requirements),
            exercised=[r for r in results.requirements if r.exercised_by == (scenario.id,)],
            violated=[r for r in results.requirements if r.violated_by == (scenario.id,)],
        )
        for scenario in results.scenarios
        if scenario.tool
    ]
