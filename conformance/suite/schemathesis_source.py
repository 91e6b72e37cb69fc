"""schemathesis as a source of traffic: it makes requests in a process of its own, and the suite judges them.

It is given the operation as an OpenAPI document, with the ARN of a service that exists, and the address of a
relay. What comes is sent to the service there is just then, which is described before and after it; so a tool
that knows nothing of state makes observations like those of any scenario.
"""

from __future__ import annotations

import base64
import importlib.metadata
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from conformance import model, openapi
from conformance.exceptions import ConfigurationError, SetupError
from conformance.exchange import Exchange, Request, Response
from conformance.observation import accepted
from conformance.scenarios.bench import Bench
from conformance.scenarios.scenario import Effort, Run, Scenario, Value
from conformance.suite.tool import Budget, Tool, let_send
from strategies.pools import ValuePools
from strategies.reductions import reductions

NAME = "schemathesis"
_SERVICE = "$serviceArn"  # in a case, the service there is
_OLDEST = 4
_SEEDS = 2**32
_WELL = frozenset({0, 1})  # 1: its own checks found something, but the suite judges for itself
_REFUSED = Response(status=400, body=b"not sent: it names another operation\n")

BUDGETS: Mapping[Effort, Budget] = {
    "smoke": Budget(examples=50, cases=700, seconds=60),
    "standard": Budget(examples=400, cases=2000, seconds=240),
    "exhaustive": Budget(examples=5000, cases=20_000, seconds=1800),
}


def check_installed() -> None:
    """Be sure that schemathesis can be run.

    Raises:
        ConfigurationError: it is not installed, or too old.
    """
    found = version()
    if int(found.partition(".")[0] or 0) < _OLDEST:
        raise ConfigurationError(
            f"schemathesis {found} is too old." if found else "schemathesis is not installed.",
            hint="Install it: pip install 'ecs-express-conformance[schemathesis]'",
        )


def version() -> str:
    """The version of the installed schemathesis; empty if there is none."""
    try:
        return importlib.metadata.version(NAME)
    except importlib.metadata.PackageNotFoundError:
        return ""


# -- one request -----------------------------------------------------------------------------------------


def _steps(bench: Bench, value: Value) -> Exchange:
    """One request just as the tool made it, between two Describes of the service."""
    arn = bench.service()
    bench.look(arn)
    request = _request(value, arn)
    exchange = bench.send_raw(request)
    bench.describe(arn)
    if accepted(exchange) and request.members.get("taskDefinitionArn") is not None:
        # How a service leaves a customer's task definition is not documented.
        bench.renew()
    return exchange


def _value(request: Request, arn: str) -> Value:
    """A request as a case, which can be sent again for another service."""
    body = request.body.replace(arn.encode(), _SERVICE.encode())
    try:
        written: Any = body.decode()
    except UnicodeDecodeError:
        written = {"base64": base64.b64encode(body).decode("ascii")}
    headers = [list(header) for header in request.headers]
    return {"method": request.method, "path": request.path, "headers": headers, "body": written}


def _request(value: Value, arn: str) -> Request:
    written = value["body"]
    body = written.encode() if isinstance(written, str) else base64.b64decode(written["base64"])
    headers = tuple((name, text) for name, text in value["headers"])
    target = next((text for name, text in headers if name.lower() == openapi.TARGET.lower()), "")
    return Request(
        operation=target.rpartition(".")[2],
        method=value["method"],
        path=value["path"],
        headers=headers,
        body=body.replace(_SERVICE.encode(), arn.encode()),
    )


def _smaller(_pools: ValuePools, seen: Value | None) -> st.SearchStrategy[Value]:
    """What is left of a request when parts of its body are taken away; the rest of it stays as it is."""
    seen = seen or {}
    try:
        document = json.loads(seen["body"])
    except (KeyError, TypeError, ValueError):
        return st.just(seen)
    smaller = reductions(document, keeping=["serviceArn"])
    return smaller.map(lambda body: {**seen, "body": json.dumps(body)})


# -- the tool --------------------------------------------------------------------------------------------


def drive(bench: Bench, effort: Effort, seed: int, run: Run, *, budget: Budget | None = None) -> None:
    """Let schemathesis send until it is done or has spent its budget.

    Args:
        bench: where the service is that its document names.
        effort: chooses the budget.
        seed: of what it draws.
        run: runs a case, and gives the exchange.
        budget: another one than that of the effort.

    Raises:
        ToolError: it failed, or hangs.
    """
    arn = bench.service()
    budget = budget or BUDGETS[effort]
    with tempfile.TemporaryDirectory(prefix=f"{NAME}-") as folder:
        path = Path(folder) / "openapi.json"
        path.write_text(json.dumps(_document(bench, arn)), encoding="utf-8")
        tool = Tool(
            name=NAME,
            command=partial(_command, path, seed % _SEEDS, budget.examples),
            folder=path.parent,
            environment={"SCHEMATHESIS_HOOKS": "conformance.suite.schemathesis_serializer"},
            well=_WELL,
        )
        let_send(tool, budget, partial(_answer, arn, run))


def _answer(arn: str, run: Run, request: Request) -> Response | None:
    """The target's answer; a request for another operation, which nobody meant to send, stays here."""
    if request.operation != model.OPERATION and request.operation in model.service_model().operation_names:
        return _REFUSED
    exchange = run(_value(request, arn))
    return exchange.response if isinstance(exchange, Exchange) else None


def _document(bench: Bench, arn: str) -> dict[str, Any]:
    try:
        task_definition = bench.task_definition()
    except SetupError:
        task_definition = ""
    return openapi.document(
        service_arn=arn, task_definition_arn=task_definition, pools=bench.pools, with_target=False
    )


def _command(document: Path, seed: int, examples: int, url: str) -> Sequence[str]:
    options = {
        "--url": url,
        "--header": f"{openapi.TARGET}: {model.target_header(model.OPERATION)}",
        "--phases": "coverage,fuzzing",
        "--mode": "all",
        "--checks": "not_a_server_error",
        "--seed": str(seed),
        "--max-examples": str(examples),
        "--generation-database": "none",
        "--suppress-health-check": "all",
        "--request-timeout": "120",
        "--workers": "1",
    }
    words = [word for option in options.items() for word in option]
    flags = ["--continue-on-failure", "--no-shrink", "--no-color"]
    return [sys.executable, "-m", "schemathesis.cli", "run", str(document), *words, *flags]


SCHEMATHESIS = Scenario(
    id=NAME,
    title=f"Requests that {NAME} {version()}".rstrip() + " makes of the OpenAPI document.",
    strategy=_smaller,
    steps=_steps,
    source=drive,
    cases={effort: budget.cases for effort, budget in BUDGETS.items()},
    exercises=(),
    order=99,
)
"""Its requests have no valid twin: a refusal is judged where an oracle needs none."""
