"""Answers on the form of answers: names and ARNs, timestamps, what is absent, order, errors; and tags."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from conformance import model
from conformance.comparison import value_at
from conformance.exchange import Exchange
from conformance.observation import accepted, as_object, configurations, newest_configuration, service_of
from conformance.questions.material import Material, after, judged
from conformance.questions.question import Found, Question
from conformance.questions.reading import in_words, outcome, plain
from conformance.signing import RESTRICTED

_ARN = "serviceArn"
_GROUPS = "networkConfiguration.securityGroups"
_OPERATIONS = (model.CREATE, model.OPERATION, model.DESCRIBE, model.DELETE)
_SHORT = {operation: operation.removesuffix("ExpressGatewayService") for operation in _OPERATIONS}
_TIMES = re.compile(rb'"(createdAt|updatedAt)"\s*:\s*("[^"]*"|-?[0-9][0-9.eE+-]*|[a-z]+)')
_ERROR = 400  # HTTP
_MOST = 12  # exchanges that an answer refers to, and forms that it tells
_CONTAINER = ("command", "environment", "secrets", "repositoryCredentials")
_MAYBE = ("tags", "currentDeployment", "status.statusReason")
_OF_CONFIGURATION = (*(f"primaryContainer.{name}" for name in _CONTAINER), "taskRoleArn", "cpuArchitecture")
Forms = Iterator[tuple[str, str]]


def counted(
    forms: Callable[[Exchange], Forms], *, name: str = "forms", apart: str = ""
) -> Callable[[Question, Material], Found | None]:
    """An answer that is a count of forms, by what has the form.

    Args:
        forms: from an answer to pairs of what has a form, and the form.
        name: of the member of the observation.
        apart: a form of no interest: the sentence lists, by form, what has another one at least once.
    """

    def read(_question: Question, material: Material) -> Found | None:
        table: dict[str, Counter[str]] = {}
        shown: dict[tuple[str, str], Exchange] = {}
        for exchange in material.exchanges:
            for what, form in forms(exchange):
                table.setdefault(what, Counter())[form] += 1
                shown.setdefault((what, form), exchange)
        if not table:
            return None
        told = _in_lists(table, apart) if apart else _in_numbers(table)
        observation = {name: {what: dict(found) for what, found in table.items()}}
        interesting = [each for (_, form), each in shown.items() if form != apart]
        return Found(observation, f"{told}.", interesting[:_MOST])

    return read


def _in_numbers(table: Mapping[str, Counter[str]]) -> str:
    return "; ".join(f"{what}: {_by_number(found)}" for what, found in sorted(table.items()))


def _in_lists(table: Mapping[str, Counter[str]], apart: str) -> str:
    """By form, what has it; what has that one always, or now and then, is told apart."""
    by_form: dict[str, list[str]] = {}
    for what, found in sorted(table.items()):
        for form in sorted(set(found) - {apart}):
            by_form.setdefault(f"{form}{' at times' * (len(found) > 1)}", []).append(what)
    told = "; ".join(f"{form}: {', '.join(listed)}" for form, listed in sorted(by_form.items()))
    return told or f"all that may be absent is {apart}"


def _by_number(found: Counter[str]) -> str:
    told = [f"{form} ({times})" for form, times in found.most_common(_MOST)]
    return ", ".join(told) + (", …" if len(found) > _MOST else "")


def _services(exchange: Exchange) -> Iterator[tuple[str, dict[str, Any]]]:
    """The service of an accepted answer, with the short name of the operation."""
    service = service_of(exchange)
    if service and exchange.request.operation in _SHORT and not exchange.request.caller:
        yield _SHORT[exchange.request.operation], service


def cluster(exchange: Exchange) -> Forms:
    """Whether answers show the cluster as a name or as an ARN."""
    for operation, service in _services(exchange):
        value = service.get("cluster")
        form = "absent" if value is None else "no text"
        if isinstance(value, str):
            form = "an ARN" if value.startswith("arn:") else "a name"
        yield f"{operation}", form


def times(exchange: Exchange) -> Forms:
    """How timestamps are written, on the wire."""
    if not accepted(exchange) or exchange.response is None:
        return
    for name, value in _TIMES.findall(exchange.response.body):
        yield name.decode(), _number_form(value.decode("ascii", "replace"))


def _number_form(text: str) -> str:
    if text.startswith('"'):
        return "a string"
    if "e" in text.lower():
        return "a number with an exponent" if text[:1].isdigit() else text[:10]
    whole, point, fraction = text.partition(".")
    if not whole.lstrip("-").isdigit():
        return text[:10]
    digits = f"{len(fraction)} digit{'s' * (len(fraction) != 1)} after the point"
    return f"a number with {digits}" if point else "a whole number"


def absent(exchange: Exchange) -> Forms:
    """How what is not set is written."""
    for operation, service in _services(exchange):
        for path in _MAYBE:
            yield f"{path} in {operation}", _form(service, path)
        entries = configurations(service)
        entries = [as_object(service["targetConfiguration"])] if "targetConfiguration" in service else entries
        for entry in entries:
            for path in _OF_CONFIGURATION:
                yield f"{path} in {operation}", _form(entry, path)


def _form(holder: Mapping[str, Any], path: str) -> str:
    *way, last = path.split(".")
    for name in way:
        holder = as_object(holder.get(name))
    if last not in holder:
        return "absent"
    value = holder[last]
    if value is None:
        return "null"
    return {"[]": "an empty list", "{}": "an empty object", "''": "an empty string"}.get(
        repr(value), "a value"
    )


def errors(exchange: Exchange) -> Forms:
    """How errors are written."""
    response = exchange.response
    if response is None or response.status < _ERROR or not exchange.request.operation:
        return
    document = as_object(response.json)
    yield "__type", _type_form(document.get("__type"))
    yield "message", next((f"as {name}" for name in ("message", "Message") if name in document), "absent")
    yield "content type", plain((response.header("content-type") or "none")[:60])
    yield "x-amzn-errortype", "absent" if response.header("x-amzn-errortype") is None else "present"
    others = sorted(set(document) - {"__type", "message", "Message"})
    yield "other members", plain(", ".join(others)[:60]) or "none"


def _type_form(value: Any) -> str:
    if not isinstance(value, str):
        return "absent" if value is None else "no text"
    return "with a namespace" if "#" in value else "with a link" if ":" in value else "the name alone"


def ingress(exchange: Exchange) -> Forms:
    """Where ingress paths are shown, and with what access."""
    for operation, service in _services(exchange):
        if operation == "Delete":
            continue
        entries = configurations(service)
        entries = [as_object(service["targetConfiguration"])] if "targetConfiguration" in service else entries
        for entry in entries or [{}]:
            paths = entry.get("ingressPaths")
            listed = paths if isinstance(paths, list) else []
            for path in listed or [None]:
                access = as_object(path).get("accessType")
                yield operation, f"accessType {plain(str(access))[:30]}" if listed else "absent"


def tags_on_create(exchange: Exchange) -> Forms:
    """Whether Create's answer shows the tags that it was given."""
    if exchange.request.operation == model.CREATE and accepted(exchange):
        given = "with tags" if exchange.request.members.get("tags") else "without tags"
        yield f"Create {given}", _form(service_of(exchange), "tags")


def tags_described(question: Question, material: Material) -> Found | None:
    """How tags are shown, by what Describe is asked to include."""
    rows, shown = {}, []
    for label, exchanges in material.tries.get(question.id, {}).items():
        exchange = judged(exchanges, compared=False)
        if exchange is not None and label in question.tries:
            row = outcome(exchange)
            rows[label] = row | ({"tags": _form(service_of(exchange), "tags")} if row["accepted"] else {})
            shown.append(exchange)
    if not rows:
        return None
    told = "; ".join(
        f"{label}: {row['tags'] if row['accepted'] else 'refused with ' + row['error']}"
        for label, row in rows.items()
    )
    return Found({"describes": rows}, f"With include {told}.", shown)


def names_in_order(path: str) -> Callable[[Question, Material], Found | None]:
    """In which order the names of a list are shown."""

    def read(question: Question, material: Material) -> Found | None:
        rows, shown, told = {}, [], []
        for label, exchanges in material.tries.get(question.id, {}).items():
            exchange = judged(exchanges, compared=True)
            if exchange is None or not accepted(exchange):
                continue
            described = after(exchange, exchanges)
            target = as_object(service_of(exchange).get("targetConfiguration"))
            named = target.get("serviceRevisionArn")
            revision = named if isinstance(named, str) else ""
            row = {
                "sent": _names(value_at(exchange.request.members, path)),
                "answer": _names(value_at(target, path)),
                "describe": _names(value_at(newest_configuration(service_of(described), revision), path)),
            }
            rows[label] = row
            told += [f"{place} {_order(row[place], row['sent'])}" for place in ("answer", "describe")]
            shown += [exchange, *([described] if described else [])]
        if not rows:
            return None
        return Found({"names": rows}, f"{'; '.join(dict.fromkeys(told)).capitalize()}.", shown)

    return read


def _names(value: Any) -> list[str]:
    listed = value if isinstance(value, list) else []
    return [plain(str(as_object(each).get("name")))[:60] for each in listed]


def _order(found: list[str], sent: list[str]) -> str:
    orders = (
        ("as sent", sent),
        ("by code point", sorted(sent)),
        ("by letters of either case", sorted(sent, key=str.casefold)),
        ("backwards", sent[::-1]),
    )
    return next((words for words, order in orders if found == order), "in another order, or with others")


def managed_group(_question: Question, material: Material) -> Found | None:
    """Whether answers show a security group that nobody asked for, and at which place."""
    asked: dict[str, list[Any]] = {}
    table: dict[str, Counter[str]] = {}
    shown: dict[tuple[str, str], Exchange] = {}
    for exchange in material.exchanges:
        for operation, service in _services(exchange):
            arn = str(service.get(_ARN))
            wanted = value_at(exchange.request.members, _GROUPS)
            if operation in {"Create", "Update"} and isinstance(wanted, list):
                asked[arn] = wanted
            entry = as_object(service.get("targetConfiguration")) or newest_configuration(service)
            groups = value_at(entry, _GROUPS)
            if arn in asked and isinstance(groups, list) and operation != "Delete":
                place = _managed_place(groups, asked[arn])
                table.setdefault(operation, Counter())[place] += 1
                shown.setdefault((operation, place), exchange)
    if not table:
        return None
    observation = {"groups": {operation: dict(found) for operation, found in table.items()}}
    return Found(observation, f"{_in_numbers(table)}.", list(shown.values()))


def _managed_place(groups: list[Any], asked: list[Any]) -> str:
    others = [place for place, group in enumerate(groups) if group not in asked]
    if not others:
        return "only what was asked for"
    if others == [0]:
        return "another one first"
    return "another one last" if others == [len(groups) - 1] else "others elsewhere"


def switched_back(question: Question, material: Material) -> Found | None:
    """What becomes of the way to a customer's task definition, and of the way back."""
    updates = [
        each
        for exchanges in material.tries.get(question.id, {}).values()
        for each in exchanges
        if each.request.operation == model.OPERATION
    ]
    there = next((e for e in updates if set(e.request.members) == {_ARN, "taskDefinitionArn"}), None)
    if there is None:
        return None
    rows = {"there": outcome(there)}
    back = next((e for e in updates[updates.index(there) + 1 :] if e.twin is not None), None)
    if back is not None:
        rows["back"] = outcome(back)
    return Found({"values": rows}, in_words(rows), [each for each in (there, back) if each])


def restricted(_question: Question, material: Material) -> Found | None:
    """How an update by a caller without permissions is answered."""
    found = [
        each
        for each in material.exchanges
        if each.request.caller == RESTRICTED and each.request.operation == model.OPERATION
    ]
    if not found:
        return None
    rows = {f"update {n}": outcome(each) for n, each in enumerate(found[:_MOST], start=1)}
    return Found({"values": rows}, in_words(rows), found[:_MOST])
