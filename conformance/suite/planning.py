"""What a run in a real account would send, make and cost, told before anything is sent."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

from conformance import model
from conformance.exceptions import ConfigurationError
from conformance.reporting.wording import plural
from conformance.requirements import REQUIREMENTS
from conformance.suite.live import NAME
from conformance.suite.rehearsal import Forecast, place_of, stage
from conformance.suite.selection import Selection, select
from conformance.suite.settings import RunSettings
from conformance.suite.sources import EVERY
from conformance.wire import Endpoint

TAG = "express-conformance-run"
_DEPLOYMENT_MINUTES = 6.0
_DELETION_MINUTES = 1.0
_REMOVAL_MINUTES = 10.0
_UPDATES = ("accepted", "refused")
_NO_ROOM = "the budget has no room for it beside what judges more"
_NO_CASE = "no case about one service at a time judges it"
_WIDTH = 12  # of the column with the numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """A kind of resource that will exist in the account for a while.

    Attributes:
        kind: what it is.
        number: how many, in words where that is Express's affair.
        name: how its name begins, or what is in it.
        tags: of those that the run creates.
        by: who creates it.
    """

    kind: str
    number: str
    name: str
    tags: dict[str, str]
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The plan of a run.

    Attributes:
        selection: what is to be sent, for the run itself.
        target, region, endpoint, accounts: where; the endpoint is empty where it is AWS's own.
        run: the run's id.
        scenarios: by id, the number of cases.
        creates, describes, other: how many requests.
        updates: how many, by what is expected to become of them.
        minutes: expected.
        dollars: expected.
        assumptions: what both are based on.
        resources: what will exist.
        budget: the ceilings.
        judged: the ids that the run is expected to judge.
        not_judged: the others, each with the reason.
    """

    selection: Selection
    target: str
    region: str
    endpoint: str
    accounts: tuple[str, ...]
    run: str
    scenarios: dict[str, int]
    creates: int
    updates: dict[str, int]
    describes: int
    other: dict[str, int]
    minutes: float
    dollars: float
    assumptions: tuple[str, ...]
    resources: tuple[Resource, ...]
    budget: dict[str, Any]
    judged: tuple[str, ...]
    not_judged: dict[str, str]

    def to_json(self) -> dict[str, Any]:
        """The plan as JSON, without the cases themselves."""
        plain = {name: value for name, value in asdict(replace(self)).items() if name != "selection"}
        share = len(self.judged) / max(1, len(self.judged) + len(self.not_judged))
        return {"format": "express-conformance/plan@1", **plain, "share_judged": round(share, 3)}


def plan(settings: RunSettings, endpoint: Endpoint | None = None) -> Plan:
    """Work out the plan of a run; nothing is sent to its target.

    Args:
        settings: of the run.
        endpoint: the target's, if it has been reached; else the first allowed account is taken.

    Raises:
        ConfigurationError: the run is not about a real account.
        TargetError: the emulator for the rehearsal did not start.
    """
    if not settings.is_live:
        raise ConfigurationError(
            "There is a plan for runs in a real account only.",
            hint="Give --target aws, or a name of such one.",
        )
    endpoint = endpoint or _presumed(settings)
    place = place_of(settings, endpoint, settings.redactor(endpoint))
    with stage(place) as emulator:
        selection = select(emulator)
        forecast = emulator.forecast(selection.script)
    return _plan(settings, endpoint, selection, forecast)


def _presumed(settings: RunSettings) -> Endpoint:
    """The endpoint as far as the configuration says; who has the credentials is not asked."""
    target = settings.resolved.settings
    second = target.restricted_profile or target.restricted_access_key
    return Endpoint(
        url=target.endpoint_url,
        region=getattr(settings.resolved, "region", target.region),
        account=next(iter(target.accounts), ""),
        restricted_access_key=second,
    )


def _plan(settings: RunSettings, endpoint: Endpoint, selection: Selection, forecast: Forecast) -> Plan:
    requests = forecast.requests
    known = {*_UPDATES, model.CREATE, model.DESCRIBE}
    other = {name or "without an operation": n for name, n in sorted(requests.items()) if name not in known}
    budget = selection.place.budget
    sent, waits = sum(requests.values()), forecast.spent["settled_waits"]
    minutes = sent / budget.requests_per_second / 60 + waits * _DEPLOYMENT_MINUTES
    minutes += _DELETION_MINUTES + _REMOVAL_MINUTES
    judged = forecast.judged
    wanted = settings.chosen or list(REQUIREMENTS)
    return Plan(
        selection=selection,
        target=settings.resolved.settings.name,
        region=endpoint.region,
        endpoint=settings.resolved.settings.endpoint_url,
        accounts=settings.resolved.settings.accounts,
        run=settings.run,
        scenarios=forecast.cases,
        creates=0 if settings.resolved.settings.service_arn else requests[model.CREATE],
        updates={name: requests[name] for name in _UPDATES},
        describes=requests[model.DESCRIBE],
        other=other,
        minutes=round(minutes, 1),
        dollars=round(minutes / 60 * budget.dollars_per_hour, 2),
        assumptions=tuple(_assumptions(selection, waits, settings.resolved.settings.service_arn)),
        resources=tuple(_resources(settings, forecast)),
        budget=asdict(budget),
        judged=tuple(id for id in wanted if id in judged),
        not_judged={id: _reason(id, selection) for id in wanted if id not in judged},
    )


def _assumptions(selection: Selection, waits: int, given: str) -> Iterator[str]:
    budget = selection.place.budget
    if given:
        yield f"No service is created. One update of the budget is kept to give {given} back what it has now."
    yield (
        f"The target takes and refuses what the reference emulator takes and refuses; where it takes more, "
        f"less is sent, for at most {budget.accepted_updates} updates are accepted."
    )
    yield f"Requests are sent at {budget.requests_per_second:g} a second."
    yield (
        f"A deployment takes about {_DEPLOYMENT_MINUTES:g} minutes; {plural(waits, 'deployment')} of at most "
        f"{budget.settled_waits} {'is' if waits == 1 else 'are'} waited for. The next update does not wait."
    )
    yield (
        f"A deleted service is gone in about {_DELETION_MINUTES:g} minute, and what ECS made for it in about "
        f"{_REMOVAL_MINUTES:g} more, which the run waits for. In the end the account is asked for what the "
        "run has left, with List and Describe calls that are not counted here."
    )
    yield (
        f"A service costs {budget.dollars_per_hour:.2f} dollars an hour while it exists: its tasks on "
        "Fargate, and a load balancer. Logs and traffic are left out."
    )


def _resources(settings: RunSettings, forecast: Forecast) -> Iterator[Resource]:
    """What the run creates itself, and then what Express is documented to create for a service."""
    target = settings.resolved.settings
    cluster, tags = target.cluster.rpartition("/")[2] or "default", {TAG: settings.run}
    service = target.service_arn.rpartition("/")[2] or f"Xc-{settings.run}-{NAME}-"
    creates = str(forecast.requests[model.CREATE])
    if not target.service_arn:
        yield Resource(kind="Express service", number=creates, name=service, tags=tags, by="run")
    if registered := forecast.requests[model.REGISTER_TASK_DEFINITION]:
        name = f"Xc-{settings.run}-"
        yield Resource(kind="task definition", number=str(registered), name=name, tags={}, by="run")
    yield from (
        Resource(kind=kind, number=number, name=name, tags={}, by="Express")
        for kind, number, name in (
            ("task definition revision", "one for each accepted update", f"{cluster}-{service}"),
            ("Fargate task", "as many as the scaling target says", service),
            # Observed: the names of these do not say for which service they are.
            ("Application Load Balancer with a listener", "one, or a shared one", "ecs-express-gateway-alb-"),
            ("listener rule", "one", "ecs-express-gateway-alb-"),
            ("target group", "two", "ecs-gateway-tg-"),
            ("security group of the load balancer", "one, or a shared one", "ecs-express-gateway-alb-sg-"),
            ("security group", "one", f"{cluster}-{service}"),
            ("certificate", "one", f"{service[:2].lower()}-"),
            ("log group", "one, if the update names none", f"/aws/ecs/{cluster}/{service}"),
            ("scalable target and scaling policy", "one", f"service/{cluster}/{service}"),
            (
                "metric alarm",
                "as scaling and deployments need, these with names of ECS's own",
                f"TargetTracking-service/{cluster}/{service}",
            ),
        )
    )


def _reason(id: str, selection: Selection) -> str:
    """Why a requirement will hardly be judged."""
    entry = REQUIREMENTS[id]
    if id in selection.possible:
        return _NO_ROOM
    return entry.unreached or entry.needs or _NO_CASE


def told(plan: Plan) -> str:
    """The plan for a person, in lines of text."""
    where = f"{plan.target} in {plan.region}" + (f", at {plan.endpoint}" if plan.endpoint else "")
    ceilings = ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in plan.budget.items())
    number, every = len(plan.judged), len(plan.judged) + len(plan.not_judged)
    lines = [
        f"Plan of run {plan.run}: {where}",
        f"Accounts allowed: {', '.join(plan.accounts) or 'none'}",
        "",
        *_requests(plan),
        "",
        f"Expected: about {plan.minutes:g} min and {plan.dollars:.2f} dollars. Assumed:",
        *(f"  - {assumption}" for assumption in plan.assumptions),
        "",
        f"Ceilings: {ceilings}",
        "",
        "These will exist, and are deleted in the end:",
        *(f"  - {_resource(each)}" for each in plan.resources),
        "",
        f"It would judge {number} of {every} requirements ({number / max(1, every):.0%}). Not judged:",
        *_missing(plan.not_judged),
    ]
    return "\n".join(lines)


def _requests(plan: Plan) -> Iterator[str]:
    """What would be sent."""
    others = ", ".join(f"{times} {name}" for name, times in plan.other.items())
    yield "It would send"
    yield _row(plan.creates, "to create a service")
    yield _row(plan.updates["accepted"], "updates that are to be accepted")
    yield _row(plan.updates["refused"], "updates that are to be refused")
    yield _row(plan.describes, "Describes")
    yield _row(sum(plan.other.values()), f"others: {others}")
    yield "in these cases"
    yield from (_row(cases, f"of {id}: {EVERY[id].title}") for id, cases in plan.scenarios.items())


def _row(number: int, words: str) -> str:
    return f"{number:>{_WIDTH}}  {words}"


def _resource(each: Resource) -> str:
    tags = ", ".join(f"{name}={value}" for name, value in each.tags.items())
    tagged = f", tagged {tags}" if tags else ""
    return (
        f"{each.kind} ({each.number}), by {'the run' if each.by == 'run' else each.by}: {each.name}…{tagged}"
    )


def _missing(not_judged: dict[str, str]) -> Iterator[str]:
    """What is not judged, reason by reason."""
    for reason in dict.fromkeys(not_judged.values()):
        ids = [id for id, why in not_judged.items() if why == reason]
        yield f"  - {len(ids)}: {reason[0].lower()}{reason[1:].rstrip('.')}:"
        yield textwrap.fill(
            ", ".join(ids),
            100,
            initial_indent="    ",
            subsequent_indent="    ",
            break_on_hyphens=False,
            break_long_words=False,
        )
