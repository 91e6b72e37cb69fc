"""What finds faults: schemathesis alone, a plain example-based test, and this suite, on the same emulators.

``python tests/effectiveness.py`` judges every mutant of the reference emulator by each of them and prints a
Markdown table; ``--sample N`` takes N of them, spread evenly, ``--write README.md`` puts the table into a
file. One mutant costs schemathesis some ten seconds of a processor, so all of them take about half an hour
on two cores.

The comparison favours the suite in one way, and the table says so: the mutants were written along with its
requirements. It shows which kinds of faults the others can see, not how much better the suite is elsewhere.

What each is given:

* schemathesis 4: the OpenAPI document that ``express-conformance openapi`` writes, about a service that
  exists; our hooks, which write the content type, sign the requests, and drop generated cases of which AWS's
  documents do not say for certain whether they are valid; all of its checks but ``unsupported_method``,
  since no AWS service promises status 405; its examples, coverage and fuzzing phases with its own number of
  examples, and one seed (a stateful phase needs links to other operations). A mutant is detected if it
  reports any failure or error that it does not report of the reference emulator. It reports one of that:
  it demands status 401 or 403 for a missing signature, and AWS JSON has 400.
* The plain test: boto3, one update that is accepted and whose answer is compared with what was asked for,
  and one update of a service that does not exist. A mutant is detected if the test fails.
* This suite: ``express-conformance mutants --effort smoke``. A mutant is detected if any requirement is
  violated.

Mutants that only answer an open question otherwise than the reference emulator are left out: the documents
allow that, so nobody should call it a fault.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from conformance import openapi
from conformance.emulator.mutants import MUTANTS, Mutant
from conformance.emulator.process import Guarded, guarded
from conformance.mutation import Fate
from conformance.requirements import REQUIREMENTS
from conformance.suite import schemathesis_source
from conformance.suite.mutation import Plan, judge_mutants
from conformance.verdict import Evidence
from strategies.baselines import baseline

REGION = "us-east-1"
SECONDS = 600  # for one run of schemathesis; machines are busy
START_SECONDS = 180
BEGIN, END = "<!-- measured: effectiveness -->\n", "<!-- /measured -->"
AREAS = {
    "Shape of the answer": ("response-", "boto3"),
    "Envelope and errors": ("envelope", "error", "operation"),
    "Protocol": ("protocol",),
    "What is asked for is done": ("accept", "reflect", "show"),
    "What is left out stays": ("preserve", "keep", "merge", "clear"),
    "Invalid requests are refused": ("reject", "exclusion", "task-definition"),
    "Refused updates change nothing": ("atomic",),
    "Identity and revisions": ("identity", "revision"),
    "Relations between updates": ("relation", "semantics"),
    "Callers": ("auth",),
    "Life of a service": ("life-cycle",),
    "Concurrent clients": ("concurrency",),
}


@dataclass(kw_only=True)
class Trial:
    """What each found of one mutant; None where it could not be asked.

    Attributes:
        said: what schemathesis and the plain test reported, for a reader.
        seconds: how long each took.
    """

    mutant: str
    area: str
    schemathesis: bool | None = None
    plain: bool | None = None
    suite: bool | None = None
    said: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def area_of(mutant: Mutant) -> str:
    """The row of the table that a mutant is counted in: that of the first requirement it breaks."""
    topic = mutant.breaks[0].partition("/")[0]
    found = [area for area, topics in AREAS.items() if topic.startswith(topics)]
    return found[0] if found else topic


def chosen(sample: int, names: Iterable[str]) -> list[Mutant]:
    """The mutants to judge: the named ones, or so many that stand for all of each area; 0 for all."""
    wrong = [mutant for mutant in MUTANTS.values() if not mutant.equivalent and _is_wrong(mutant)]
    if wanted := set(names):
        return [mutant for mutant in wrong if mutant.name in wanted]
    ordered = sorted(wrong, key=lambda mutant: (area_of(mutant), mutant.name))
    number = min(sample or len(ordered), len(ordered))
    return [ordered[place * len(ordered) // number] for place in range(number)]


def _is_wrong(mutant: Mutant) -> bool:
    return any(REQUIREMENTS[id].evidence is not Evidence.OPEN for id in mutant.breaks)


# -- the plain test --------------------------------------------------------------------------------------


def client_of(emulator: Guarded) -> Any:
    """A boto3 client as anybody would make it."""
    return boto3.client(
        "ecs",
        endpoint_url=emulator.endpoint,
        region_name=REGION,
        aws_access_key_id=emulator.main.access_key,
        aws_secret_access_key=emulator.main.secret_key,
        config=Config(retries={"max_attempts": 0}),
    )


def created(client: Any, name: str) -> str:
    """The ARN of a new service with known values."""
    with suppress(ClientError):
        client.create_cluster(clusterName="default")
    role = "arn:aws:iam::123456789012:role/ecsInfrastructureRole"
    made = client.create_express_gateway_service(serviceName=name, infrastructureRoleArn=role, **baseline())
    return str(made["service"]["serviceArn"])


def plain_test(client: Any, arn: str) -> None:
    """One update that is accepted, and one of a service that does not exist."""
    answer = client.update_express_gateway_service(
        serviceArn=arn,
        cpu="1024",
        memory="4096",
        healthCheckPath="/health",
        primaryContainer={"image": "nginx:1.27", "containerPort": 8080},
        scalingTarget={"minTaskCount": 1, "maxTaskCount": 4},
    )
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 200
    service = answer["service"]
    assert service["serviceArn"] == arn
    assert service["status"]["statusCode"] == "ACTIVE"
    configuration = service["targetConfiguration"]
    assert configuration["cpu"] == "1024"
    assert configuration["memory"] == "4096"
    assert configuration["healthCheckPath"] == "/health"
    assert configuration["primaryContainer"]["image"] == "nginx:1.27"
    assert configuration["primaryContainer"]["containerPort"] == 8080
    assert configuration["scalingTarget"]["minTaskCount"] == 1
    assert configuration["scalingTarget"]["maxTaskCount"] == 4
    with suppress(client.exceptions.ServiceNotFoundException):
        client.update_express_gateway_service(serviceArn=f"{arn}-none", cpu="1024")
        raise AssertionError("an unknown service was updated")


def failure_of_plain_test(emulator: Guarded) -> str:
    """What the plain test reports; empty if it passes."""
    client = client_of(emulator)
    try:
        plain_test(client, created(client, "plain"))
    except Exception as error:  # noqa: BLE001  whatever it is, the test fails
        return f"{type(error).__name__}: {error}"[:200] or "failed"
    return ""


# -- schemathesis alone ----------------------------------------------------------------------------------


def findings_of_schemathesis(emulator: Guarded, *, first: bool = False) -> list[str]:
    """What schemathesis reports: the kinds of failures, and of errors; if asked to, the first one only.

    Raises:
        TimeoutExpired: it takes too long.
    """
    try:
        arn = created(client_of(emulator), "api")
    except Exception as error:  # noqa: BLE001  nobody would get further
        return [f"no service could be created: {error}"[:200]]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "openapi.json"
        path.write_text(json.dumps(openapi.document(service_arn=arn)), encoding="utf-8")
        words = ["--url", emulator.endpoint, "--seed", "1", "--generation-database", "none"]
        words += ["--exclude-checks", "unsupported_method", "--phases", "examples,coverage,fuzzing"]
        words += ["--no-color", "--report-json-path", "report.json"]
        words += ["--max-failures", "1"] if first else ["--continue-on-failure"]
        environment = {
            **os.environ,
            "SCHEMATHESIS_HOOKS": "conformance.suite.schemathesis_hooks",
            "AWS_ACCESS_KEY_ID": emulator.main.access_key,
            "AWS_SECRET_ACCESS_KEY": emulator.main.secret_key,
            "AWS_REGION": REGION,
            "AWS_DEFAULT_REGION": REGION,
        }
        done = subprocess.run(
            [sys.executable, "-m", "schemathesis.cli", "run", str(path), *words],
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        report = Path(folder) / "report.json"
        if not report.exists():
            return [f"no report, exit code {done.returncode}: {done.stdout[-300:]}"]
        document = json.loads(report.read_text(encoding="utf-8"))
    failures = [entry["title"] for entry in document["failures"]]
    return failures + [entry["title"] for entry in document["errors"]]


# -- all three -------------------------------------------------------------------------------------------


def tried(reference: frozenset[str], mutant: Mutant) -> Trial:
    """One mutant, by schemathesis and by the plain test, on one emulator."""
    trial = Trial(mutant=mutant.name, area=area_of(mutant))
    with guarded(REGION, mutant=mutant.name, start_seconds=START_SECONDS) as emulator:
        failure, trial.seconds["plain"] = timed(partial(failure_of_plain_test, emulator))
        trial.plain, trial.said["plain"] = bool(failure), failure
        try:
            # Where the reference emulator has no failure, one is enough.
            call = partial(findings_of_schemathesis, emulator, first=not reference)
            found, trial.seconds["schemathesis"] = timed(call)
        except subprocess.TimeoutExpired:
            trial.said["schemathesis"] = "it took too long"
            return trial
    trial.schemathesis = not reference.issuperset(found)
    trial.said["schemathesis"] = ", ".join(found)
    return trial


def timed(call: Callable[[], Any]) -> tuple[Any, float]:
    """What a call returns, and how long it took."""
    started = time.perf_counter()
    value = call()
    return value, round(time.perf_counter() - started, 2)


def trials(mutants: list[Mutant], workers: int) -> list[Trial]:
    """All mutants, judged by all three."""
    with guarded(REGION, start_seconds=START_SECONDS) as emulator:
        told("reference emulator, plain test: " + (failure_of_plain_test(emulator) or "passes"))
        reference = frozenset(findings_of_schemathesis(emulator))
    told("reference emulator, schemathesis: " + (", ".join(sorted(reference)) or "no failures"))
    found: dict[str, Trial] = {}
    with ThreadPoolExecutor(workers) as pool:
        for trial in pool.map(partial(tried, reference), mutants):
            found[trial.mutant] = trial
            told(f"{trial.mutant}: schemathesis {trial.schemathesis}, plain test {trial.plain}")
    plan = Plan(effort="smoke", seed=1, workers=workers, names=tuple(found))
    for judged in judge_mutants(plan, lambda each: told(f"{each.mutant}: suite {each.fate.value}")).trials:
        trial = found[judged.mutant]
        trial.suite = None if judged.fate is Fate.ERROR else judged.fate is not Fate.SURVIVED
        trial.seconds["suite"] = judged.seconds
    return list(found.values())


def told(line: str) -> None:
    """Show how far it is."""
    sys.stderr.write(f"{line}\n")


def table(found: list[Trial], command: str) -> str:
    """The Markdown table, with the command that makes it and what a reader has to know."""
    columns = ("schemathesis", "plain", "suite")
    lines = [
        "| Faults in | Mutants | schemathesis alone | Example-based test | This suite, smoke |",
        "|---|--:|--:|--:|--:|",
    ]
    for area, group in [*_by_area(found), ("**All**", found)]:
        counts = [sum(getattr(trial, column) is True for trial in group) for column in columns]
        lines.append(f"| {area} | {len(group)} | {' | '.join(map(str, counts))} |")
    shares = [100 * sum(getattr(t, column) is True for t in found) / len(found) for column in columns]
    lines.append(f"| Share | | {' | '.join(f'{share:.0f} %' for share in shares)} |")
    seconds = [median(t.seconds[column] for t in found if column in t.seconds) for column in columns]
    lines.append(f"| Median time for one | | {' | '.join(f'{each:.1f} s' for each in seconds)} |")
    unknown = sum(getattr(trial, column) is None for trial in found for column in columns)
    return "\n".join([*_notes(command, unknown), "", *lines, ""])


def _notes(command: str, unknown: int) -> Iterator[str]:
    yield f"Made by `{command}`, with schemathesis {schemathesis_source.version()}."
    yield "The mutants were written along with this suite's requirements,"
    yield "so its own column says little; the others show which faults can be seen without them."
    if unknown:
        yield f"{unknown} trials could not be brought to an end, and count as not detected."


def _by_area(found: list[Trial]) -> Iterator[tuple[str, list[Trial]]]:
    areas = [*AREAS, *sorted({trial.area for trial in found} - AREAS.keys())]
    for area in areas:
        if group := [trial for trial in found if trial.area == area]:
            yield area, group


def written(path: Path, text: str) -> None:
    """Put the table between the markers of a file."""
    document = path.read_text(encoding="utf-8")
    before, _, rest = document.partition(BEGIN)
    _, marker, after = rest.partition(END)
    if not marker:
        raise SystemExit(f"{path} has not the lines {BEGIN.strip()} and {END}.")
    path.write_text(f"{before}{BEGIN}{text}{END}{after}", encoding="utf-8")


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("mutants", nargs="*", help="judge these only")
    parser.add_argument("--sample", type=int, default=0, metavar="N", help="N mutants, spread evenly")
    parser.add_argument("-n", "--workers", type=int, default=os.cpu_count() or 1, help="mutants at a time")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all that was found, too")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the table between its markers")
    options = parser.parse_args()
    schemathesis_source.check_installed()
    found = trials(chosen(options.sample, options.mutants), options.workers)
    words = [*(["--sample", str(options.sample)] if options.sample else []), *options.mutants]
    text = table(found, " ".join(["python tests/effectiveness.py", *words]))
    sys.stdout.write(text)
    if options.json:
        options.json.write_text(json.dumps([asdict(trial) for trial in found], indent=1), encoding="utf-8")
    if options.write:
        written(options.write, text)


if __name__ == "__main__":
    main()
