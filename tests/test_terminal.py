"""What a person reads in the terminal."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
import sample_results as sample
from rich.console import Console

from conformance.reporting.catalogue import explain, requirement_table
from conformance.reporting.progress import Progress
from conformance.reporting.reproduce import with_reproductions
from conformance.reporting.terminal import summary
from conformance.requirement import Citation, Requirement
from conformance.verdict import Evidence, Verdict

OUT = Path("reports") / "ministack"
ANSI = re.compile(r"\x1b\[[0-9;]*m")


def text_of(results, **options):
    """The summary of results as they would be shown."""
    return summary(with_reproductions(results, saved_as=str(OUT)), out_dir=OUT, **options)


class TestSummary:
    """The end of a run."""

    def test_a_failure_is_told_whole(self):
        """A failing requirement shows its sentence, both sides, the request and a command to replay."""
        text = text_of(sample.results())
        for line in (
            "✗ preservation/scaling-metric",
            "  The sentence of preservation/scaling-metric.",
            "  expected  the scaling metric stays AVERAGE_CPU, because the request does not name it",
            "  observed  the scaling metric is absent from the next answer",
            "  request   UpdateExpressGatewayService {",
            "  answer    200 {",
            "  replay    express-conformance replay reports/ministack preservation/scaling-metric\n",
        ):
            assert line in text

    def test_verdicts_are_counted(self):
        """Every verdict that occurs has its number, the others have no line."""
        text = text_of(sample.only(Verdict.PASS, Verdict.PASS, Verdict.NOT_EXERCISED))
        assert re.search(r"✓ +2  pass", text)
        assert re.search(r"○ +1  not-exercised", text)
        assert "diverges" not in text

    def test_ending(self):
        """The last lines say where the files are and what the exit code means."""
        assert text_of(sample.results()).splitlines()[-3:] == [
            "Report: reports/ministack/report.html",
            "Files:  reports/ministack",
            "Exit code 1: at least one requirement fails that is not a known deviation.",
        ]

    def test_strict_known(self):
        """Exit code 1 without a failure is explained by the fixed known deviation."""
        fixed = sample.results(requirements=(sample.requirement("a/b", Verdict.PASS, known="old"),))
        text = text_of(fixed, exit_code=1)
        assert "Known deviations that are fixed\n  a/b: old" in text
        assert "Exit code 1: a known deviation is fixed and --strict-known was given." in text

    def test_many_failures_are_not_a_flood(self):
        """Ten failures are told, the others are counted."""
        text = text_of(sample.only(*[Verdict.FAIL] * 12))
        assert text.count("\n✗ topic/") == 10
        assert "and 2 more in the report" in text

    def test_errors_and_the_rest(self):
        """Errors, divergences and flaky requirements are one line each under their headings."""
        text = text_of(sample.results(errors=("The target was slow.",)))
        assert "Errors of the run, no verdicts on the target\n  The target was slow." in text
        assert "Diverges\n  response/range: the scaling metric is absent" in text
        assert "Flaky\n  response/order: " in text

    def test_plain_text_is_plain(self):
        """Without colour there is no escape sequence, whatever the target sent."""
        text = text_of(sample.results())
        assert all(line.isprintable() for line in text.split("\n"))
        assert "⟨U+001B⟩[31mred" in text

    def test_colour_changes_no_word(self):
        """With colour the text is the same but for its own colours."""
        colored = text_of(sample.results(), color=True)
        assert ANSI.search(colored)
        plain = [line.rstrip() for line in ANSI.sub("", colored).splitlines()]
        assert plain == text_of(sample.results()).splitlines()

    def test_commands_stay_on_one_line(self):
        """A command that is longer than the terminal is wide is not wrapped, so that it can be pasted."""
        listed = (
            sample.requirement("a/" + "b" * 120, Verdict.FAIL, counterexample=sample.preservation_example()),
        )
        text = text_of(sample.results(requirements=listed), width=60)
        assert f"  replay    express-conformance replay reports/ministack a/{'b' * 120}\n" in text

    def test_markup_of_rich_is_text(self):
        """Square brackets in an answer are shown, not obeyed."""
        example = sample.counterexample(sample.exchange("{}"), observed="[red]x[/red] [/] :smile:")
        listed = (sample.requirement("a/b", Verdict.FAIL, counterexample=example),)
        assert "observed  [red]x[/red] [/] :smile:" in text_of(sample.results(requirements=listed))

    def test_a_failure_of_the_transport(self):
        """Where no answer came, the summary says which failure took its place."""
        example = sample.counterexample(sample.exchange("{}", status=0, answer="no answer in 5 s"))
        listed = (sample.requirement("a/b", Verdict.FAIL, counterexample=example),)
        assert "answer    none: timeout, no answer in 5 s" in text_of(sample.results(requirements=listed))


def catalogue():
    """Two requirements in the wrong order."""
    citation = Citation(document="API page", section="Errors", url="https://example.org/" + "x" * 100)
    return [
        Requirement(id="b/longer-id", sentence="It\n holds.", evidence=Evidence.OPEN, citations=()),
        Requirement(id="a/id", sentence="It fails.", evidence=Evidence.DOCUMENTED, citations=(citation,)),
    ]


class TestCatalogue:
    """The texts of ``list`` and ``explain``."""

    def test_table(self):
        """There is one line for each requirement, sorted by id, and the columns align."""
        assert requirement_table(catalogue()) == (
            "a/id         documented  It fails.\nb/longer-id  open        It holds.\n"
        )

    def test_empty_table(self):
        """No requirements, no lines."""
        assert requirement_table([]) == ""

    def test_explain(self):
        """An explanation has all that is given, nothing that is not, and addresses stay in one piece."""
        text = explain(catalogue()[1], oracle="Compares\n    names.", scenarios=["s/one", "s/two"])
        assert text.startswith("a/id\n\nIt fails.\n\nEvidence      documented: ")
        assert "a violation fails" in text
        assert "https://example.org/" + "x" * 100 in text
        assert "Oracle        Compares names.\n" in text
        assert "Scenarios     s/one, s/two\n" in text
        assert "Mutants" not in text

    def test_open_question_fails_nobody(self):
        """An open question's explanation does not threaten a failure."""
        assert "a violation fails" not in explain(catalogue()[0])


class Broken(io.StringIO):
    """A terminal that has gone away."""

    def write(self, _text):
        """Fail as a closed terminal does."""
        raise OSError(5, "Input/output error")


class TestProgress:
    """The live progress."""

    def run(self, stream, *, terminal):
        """One scenario from start to stop; what was shown."""
        progress = Progress(console=Console(file=stream, force_terminal=terminal, width=160))
        progress.start(2, "ministack [red]")
        progress.scenario_started("updates/presence")
        progress.tick("updates/presence", 40, 1)
        progress.tick("updates/presence", 80, 2)
        progress.scenario_finished("updates/presence", exchanges=90, violations=3)
        shown = progress._state()
        progress.stop()
        return shown

    def test_quiet_without_a_terminal(self):
        """Where there is no terminal, not one character is written."""
        stream = io.StringIO()
        self.run(stream, terminal=False)
        assert stream.getvalue() == ""

    def test_shown_on_a_terminal(self):
        """A terminal shows the target, scenarios done, exchanges per second, violations and the time left."""
        stream = io.StringIO()
        state = self.run(stream, terminal=True)
        assert "ministack [red]" in stream.getvalue()
        assert "1/2" in stream.getvalue()
        assert re.fullmatch(r"[\d,]+ exchanges/s · 3 violations · about \d+ ms left", state)

    def test_never_raises(self):
        """A terminal that fails ends the progress, not the run."""
        self.run(Broken(), terminal=True)

    @pytest.mark.parametrize("call", ["stop", "tick", "scenario_started", "scenario_finished"])
    def test_any_order(self, call):
        """Methods may come before the start or after the end."""
        arguments = {"stop": (), "tick": ("a", 1, 0)}.get(call, ("a",))
        progress = Progress()
        getattr(progress, call)(*arguments)
        progress.stop()
        getattr(progress, call)(*arguments)
        assert not progress._broken
