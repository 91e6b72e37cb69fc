"""One run as a pytest session: connect, run the scenarios, join what they recorded, write the reports.

The same hooks serve one process and pytest-xdist. Every scenario records into a part file of its own, and
its tally travels on the test report; the controller joins both. What a killed run leaves are part files.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest

from conformance import deviations, evidence
from conformance.exceptions import ConformanceError, OutputError
from conformance.exchange import Exchange
from conformance.history import History
from conformance.judge import Judge, rejudge
from conformance.recording import Footer, Header, Writer, from_json, merge, read, to_json
from conformance.redaction import Redactor
from conformance.reporting import github, kept_runs
from conformance.reporting import history as past
from conformance.reporting.progress import Progress
from conformance.reporting.reproduce import with_reproductions
from conformance.reporting.wording import plural
from conformance.results import Results, ScenarioResult
from conformance.scenarios import Scenario
from conformance.suite.given import Held, begun, check_workers, held, leave
from conformance.suite.heading import header_of, now, with_server
from conformance.suite.leftovers import delete_leftovers
from conformance.suite.live import check_confirmed
from conformance.suite.probe import supports_operation
from conformance.suite.runner import ScenarioRunner, failing_lines, parts_folder
from conformance.suite.selection import Selection, script_for
from conformance.suite.settings import RunSettings
from conformance.suite.sources import EVERY
from conformance.survey import Outcome
from conformance.tally import Tally
from conformance.verdicts import results
from conformance.wire import Endpoint, Wire

_OUTCOME = pytest.StashKey[dict[str, Any]]()
SESSION = "express-conformance-session"
_WORKER_KEY = "express_conformance"


class WorkerSession:
    """What every process does: make one item for each scenario, run it, put its outcome on the report."""

    def __init__(self, settings: RunSettings) -> None:
        self.settings = settings
        self.runner: ScenarioRunner | None = None

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make one item for each scenario that this run is about."""
        if "scenario" in metafunc.fixturenames and metafunc.module.__name__.endswith(
            "suite.test_conformance"
        ):
            scenarios = self.runner.scenarios if self.runner else self.settings.scenarios
            metafunc.parametrize("scenario", scenarios, ids=[scenario.id for scenario in scenarios])

    @pytest.fixture
    def run_scenario(self, request: pytest.FixtureRequest) -> Callable[[Scenario], Outcome]:
        """Runs a scenario and notes its outcome on the item."""
        runner = self.runner
        assert runner is not None, "the session connects before its items run"

        def noting(scenario: Scenario) -> Outcome:
            outcome = runner(scenario)
            request.node.stash[_OUTCOME] = {
                "summary": asdict(outcome.summary),
                "tally": outcome.tally.to_json(),
                "fatal": outcome.fatal,
                "cut_short": outcome.cut_short,
            }
            return outcome

        return noting

    @pytest.fixture
    def failing(self) -> Callable[[Outcome], list[str]]:
        """Lists what fails in an outcome, known deviations apart."""
        kind = self.settings.resolved.kind
        return lambda outcome: failing_lines(outcome, self.settings.deviations, kind)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, Any, Any]:
        """Let the outcome travel on the report, as JSON."""
        report = yield
        if report.when == "call" and _OUTCOME in item.stash:
            report.conformance = item.stash[_OUTCOME]
        return report


class DistributedWorker(WorkerSession):
    """A worker process of pytest-xdist: the controller has connected already."""

    def __init__(self, config: pytest.Config) -> None:
        given = getattr(config, "workerinput")[_WORKER_KEY]  # noqa: B009  xdist puts it there
        super().__init__(RunSettings.from_json(given["settings"]))
        header = from_json(given["header"])
        assert isinstance(header, Header)
        endpoint = Endpoint(**given["endpoint"])
        redactor = self.settings.redactor(endpoint)
        wire, surroundings = (
            self.settings.wire(endpoint, redactor),
            self.settings.surroundings(endpoint, redactor),
        )
        self.runner = ScenarioRunner(self.settings, wire, surroundings, header, Progress())


class RunSession(WorkerSession):
    """The one process of a run, or the controller of several.

    Attributes:
        results: what the run came to, once the session is over.
        error: what stopped it, if something of ours did.
        history: the kept runs of the target up to this one, if runs are kept.
        selection: what a live run is to send, if somebody chose that already.
    """

    def __init__(self, settings: RunSettings, progress: Progress | None = None) -> None:
        super().__init__(settings)
        self.results: Results | None = None
        self.error: ConformanceError | None = None
        self.history: History | None = None
        self.selection: Selection | None = None
        self._progress = progress or Progress()
        self._shown = progress is not None
        self._stack = ExitStack()
        self._endpoint: Endpoint | None = None
        self._redactor = Redactor()
        self._wire: Wire | None = None
        self._own: Held | None = None
        self._header: Header | None = None
        self._supported = True
        self._begun = False
        self._interrupted = False
        self._tally = Tally()
        self._summaries: dict[str, ScenarioResult] = {}
        self._errors: list[str] = []
        self._staying: list[str] = []
        self._fatal = False
        self._cut_short = False

    @property
    def staying(self) -> list[str]:
        """What of a live run stays, or may, and what to do about it."""
        return list(map(self._redactor.text, self._staying))

    # -- before the items --------------------------------------------------------------------------------

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Reach the target and ask whether it has the operation."""
        try:
            check_workers(session.config.getoption("numprocesses", None) or 0, self.settings)
            self._begin()
        except ConformanceError as error:
            self._give_up(error)
            if session.config.pluginmanager.hasplugin("terminalreporter"):
                pytest.exit(github.inert_log(str(error)), returncode=error.exit_code)
            raise session.Failed(str(error)) from error

    def _give_up(self, error: ConformanceError) -> None:
        self.error = error
        self._errors.append(str(error))
        self._fatal = True
        if self._begun:
            self._finish()
        self._disconnect()

    def _disconnect(self) -> None:
        """Let go of the target; that it had died meanwhile is told, unless something else is already."""
        try:
            self._stack.close()
        except ConformanceError as error:
            self.error = self.error or error

    def pytest_report_header(self) -> list[str]:
        """What is judged, and how to repeat it."""
        settings = self.settings
        what = f"target {settings.resolved.settings.name}, effort {settings.effort}, seed {settings.seed}"
        warnings = [f"warning: {warning}" for warning in settings.known_deviations.warnings]
        return [f"express-conformance: {what}, reports in {settings.folder}", *warnings]

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """The verdicts, where pytest itself is the face."""
        if self.results is not None:
            counted = [f"{number} {name}" for name, number in self.results.summary.items() if number]
            terminalreporter.write_sep("=", "conformance")
            code = self.settings.exit_code(self.results)
            terminalreporter.write_line(f"{', '.join(counted)}; exit code {code}")
            terminalreporter.write_line(f"report: {self.settings.folder / 'report.html'}")
            for line in github.tell(self.results, self.settings.folder, history=self.history):
                terminalreporter.write_line(line)
        if self.history is not None:
            warnings = [f"warning: {warning}" for warning in self.history.warnings]
            for line in [*past.in_short(self.history), *warnings]:
                terminalreporter.write_line(line)

    def _begin(self) -> None:
        _prepare(self.settings.folder)
        kept_runs.prepare(self.settings.history)
        self._endpoint = self._stack.enter_context(self.settings.resolved.connect())
        check_confirmed(self.settings)
        self._redactor = redactor = self.settings.redactor(self._endpoint)
        self._wire = wire = self.settings.wire(self._endpoint, redactor)
        self._stack.callback(wire.close)
        delete_leftovers(parts_folder(self.settings), wire)
        shutil.rmtree(parts_folder(self.settings), ignore_errors=True)
        self._header = header = header_of(self.settings, self._endpoint, redactor)
        judge = Judge(self.settings.chosen)
        with Writer(parts_folder(self.settings) / "00-probe.jsonl") as writer:
            writer.write(self._header)
            self._begun = True

            def sink(exchange: Exchange) -> None:
                writer.write(exchange)
                judge.feed(exchange)
                self._header = with_server(self._header or header, exchange)

            self._supported = supports_operation(wire, sink)
        self._tally.merge(judge.tally)
        surroundings = self.settings.surroundings(self._endpoint, redactor)
        script = None
        if self.settings.is_live:
            script = script_for(self.settings, self._endpoint, redactor, self.selection)
        settings, parts = self.settings, parts_folder(self.settings)
        self._own = held(settings, wire, surroundings, parts, self._header, redactor)
        surroundings = begun(self._own, surroundings)
        self.runner = ScenarioRunner(settings, wire, surroundings, self._header, self._progress, script)
        if self._shown:
            self._progress.start(len(self.runner.scenarios), settings.resolved.settings.name)

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Run nothing against a target without the operation: that is one finding, not hundreds."""
        if not self._supported:
            items.clear()

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        """Tell a worker of pytest-xdist where the target is."""
        assert self._endpoint is not None
        assert self._header is not None
        node.workerinput[_WORKER_KEY] = {
            "settings": self.settings.to_json(),
            "header": to_json(self._header),
            "endpoint": self._endpoint.to_json(),
        }

    # -- after each item ---------------------------------------------------------------------------------

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Take the outcome of a scenario from its report."""
        carried = getattr(report, "conformance", None)
        if carried is not None:
            summary = ScenarioResult(**carried["summary"])
            self._summaries[summary.id] = summary
            tally = Tally.from_json(carried["tally"])
            self._tally.merge(tally)
            self._progress.scenario_finished(
                summary.id, exchanges=summary.exchanges, violations=_violations(tally)
            )
            self._fatal |= carried["fatal"]
            self._cut_short |= carried["cut_short"]
        elif report.failed:
            last = str(report.longrepr).strip().splitlines()[-1:]
            self._errors.append(f"{report.nodeid}: a fault of the suite: {''.join(last)}")
            self._fatal = True

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self) -> None:
        """Go on only while the target answers."""
        if self._fatal:
            raise pytest.Session.Interrupted("the target is gone")

    def pytest_keyboard_interrupt(self) -> None:
        """Remember that a person stopped the run."""
        if not self._fatal:
            self._interrupted = True
            self._errors.append("The run was interrupted.")

    # -- after the items ---------------------------------------------------------------------------------

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Join the parts, write the reports, and say how it went."""
        if self.error is None and self._begun:
            try:
                self._finish()
            except ConformanceError as error:
                self.error = error
            finally:
                self._disconnect()
        if self.results is not None:
            session.exitstatus = self.settings.exit_code(self.results)
        elif self.error is not None:
            session.exitstatus = self.error.exit_code

    def _finish(self) -> None:
        self._progress.stop()
        folder, parts, complete = self.settings.folder, parts_folder(self.settings), self._complete()
        complete &= self._left_clean()
        if self._interrupted and self._wire is not None:
            delete_leftovers(parts, self._wire)
        errors = tuple(map(self._redactor.text, self._told()))
        footer = Footer(
            finished_at=now(),
            complete=complete,
            supported=self._supported,
            errors=errors,
            budget=self._spent(),
        )
        merge(sorted(parts.glob("*.jsonl")), folder / "recording.jsonl", footer, self._header)
        shutil.rmtree(parts, ignore_errors=True)
        found = self._judged(footer) if complete else self._rejudged(folder / "recording.jsonl")
        found = evidence.applied(found, self.settings.observed)
        reaching = self.settings.reaching(self._redactor)
        self.results = with_reproductions(found, saved_as=str(folder), options=reaching)
        self.history = kept_runs.write(self.results, folder, self.settings.history)
        if self.settings.write_known:
            deviations.add(self.results, Path(self.settings.write_known))

    def _left_clean(self) -> bool:
        """Take down what a live run has made, or give back what it was given; whether all is as it was."""
        if self._own is None or self._endpoint is None:
            return True
        whole = not (self._fatal or self._interrupted)
        problems, remarks = leave(self._own, self._endpoint, self.settings, last=whole)
        self._tally.merge(self._own.tally)
        self._staying += [*problems, *remarks]
        return not problems

    def _spent(self) -> dict[str, Any]:
        """What the run has cost, if it had a budget."""
        return self._wire.meter.spent() if self._wire and self._wire.meter else {}

    def _told(self) -> Iterator[str]:
        """The errors of the run, why it ended first; what went wrong with several scenarios is said once."""
        ended = self._fatal or self._interrupted
        yield from [*self._errors, *([] if ended else self._staying)]
        alike: dict[str, list[str]] = {}
        for summary in self._summaries.values():
            if summary.error:
                alike.setdefault(summary.error, []).append(summary.id)
        for error, (first, *others) in alike.items():
            beside = f" and {plural(len(others), 'other scenario')}" if others else ""
            yield f"{first}{beside}: {error}"
        yield from self._staying if ended else ()

    def _complete(self) -> bool:
        """Whether the run came to its end, and got beyond setting up in at least one scenario."""
        if self._fatal or self._interrupted or self._cut_short:
            return False
        return not self._supported or any(summary.cases for summary in self._summaries.values())

    def _judged(self, footer: Footer) -> Results:
        assert self._header is not None
        return results(
            self._tally,
            header=self._header,
            footer=footer,
            scenarios=[self._summaries[id] for id in EVERY if id in self._summaries],
            only=self.settings.chosen,
            known=self.settings.deviations,
        )

    def _rejudged(self, recording: Path) -> Results:
        """An incomplete run is judged from its recording: what an unfinished scenario sent is there only."""
        return rejudge(read([recording]), only=self.settings.chosen, known=self.settings.deviations)


def _prepare(folder: Path) -> None:
    """Be sure that the output folder can be written before anything is sent.

    Raises:
        OutputError: it cannot.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        trial = folder / ".writable"
        trial.touch()
        trial.unlink()
    except OSError as error:
        raise OutputError(
            f"The output folder {folder} cannot be written: {error.strerror or error}.",
            hint="Choose another one with --out.",
        ) from error


def _violations(tally: Tally) -> int:
    return sum(1 for count in tally.counts.values() if count.violated)
