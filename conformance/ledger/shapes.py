"""The sentences that follow from the shapes: each member's type, presence and values, each error's form.

They are made from the installed service model, so a newer one brings its own. What the API page shows too
is a sentence of the page; the rest stands in the model only.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from conformance.ledger.sentence import Sentence, carried, named
from conformance.model import (
    PAGE_ERRORS,
    PAGE_REQUEST_PATHS,
    PAGE_RESPONSE_PATHS,
    DeclaredError,
    Member,
    Operation,
)
from conformance.requirement import Citation
from conformance.requirements.citations import page, service_model

_TYPES = {"structure": "an object", "integer": "an integer"}
# What is wrong with a serviceArn has requirements of its own, beside those of other wrong identities.
_TYPE_OF = {"serviceArn": "reject/wrong-type-arn"}
_ABSENCE_OF = {"serviceArn": "reject/missing-arn"}


def request_syntax(operation: Operation) -> Iterator[Sentence]:
    """The members within the request's structures: the page shows the type of each."""
    for member in _in_order(operation.input):
        if member.parent:
            document, source = _place(member, PAGE_REQUEST_PATHS, "Request Syntax")
            id = f"{document}/request/{member.path}"
            text = f"In a request, {member.path} is {_type(member)}."
            shown = () if "[]" in member.path else (f"reflect/{member.path}",)
            yield carried(id, source, text, f"reject-type/{member.path}", *shown)


def parameter(member: Member) -> Iterator[Sentence]:
    """A top-level member of the request: its type, and whether it is required."""
    name = member.path
    document, source = _place(member, PAGE_REQUEST_PATHS, f"Request Parameters, {name}")
    wrong_type = _TYPE_OF.get(name, f"reject-type/{name}")
    yield carried(f"{document}/{name}/type", source, f"{name} is {_type(member)}.", wrong_type)
    if member.required:
        absence = _ABSENCE_OF.get(name, f"reject-missing/{name}")
        yield carried(f"{document}/{name}/required", source, f"{name} is required.", absence)
    else:
        patterns = ("accept/every-valid-update", f"accept/{name}", f"preserve/{name}")
        yield carried(f"{document}/{name}/optional", source, f"{name} may be left out.", *patterns)


def request_traits(operation: Operation) -> Iterator[Sentence]:
    """What only the model says of the request's members: the values of an enum, presence in a structure."""
    for member in _in_order(operation.input):
        path, source = member.path, service_model(member.path)
        if member.enum:
            text = f"In a request, {path} is one of {', '.join(member.enum)}."
            yield carried(f"model/request/{path}/values", source, text, f"reject-enum/{path}")
        if member.parent and member.required:
            text = f"A request with {member.parent} has its {member.name}."
            yield carried(f"model/request/{path}/required", source, text, f"reject-missing/{path}")
        elif member.parent and member.name != "[]":
            text = f"A request with {member.parent} may leave out its {member.name}."
            accepted = "every-valid-update" if "[]" in path else path
            yield carried(f"model/request/{path}/optional", source, text, f"accept/{accepted}")


def response_syntax(operation: Operation) -> Iterator[Sentence]:
    """Every member of the answer: the page shows its type."""
    for member in _in_order(operation.output):
        document, source = _place(member, PAGE_RESPONSE_PATHS, "Response Syntax")
        id = f"{document}/response/{member.path}"
        text = f"In the answer, {member.path} is {_type(member)}."
        inner = (f"response-unknown/{member.path}",) if member.kind == "structure" else ()
        yield carried(id, source, text, f"response-type/{member.path}", *inner)


def response_traits(operation: Operation) -> Iterator[Sentence]:
    """What only the model says of the answer's members: enum values, required members, the unit of times."""
    for member in _in_order(operation.output):
        path, source = member.path, service_model(member.path)
        if member.enum:
            text = f"In the answer, {path} is one of {', '.join(member.enum)}."
            yield carried(f"model/response/{path}/values", source, text, f"response-enum/{path}")
        if member.required:
            text = f"An answer with {member.parent} has its {member.name}."
            yield carried(f"model/response/{path}/required", source, text, f"response-required/{path}")
        if member.kind == "timestamp":
            text = f"In the answer, {path} is a Unix timestamp."
            yield carried(f"model/response/{path}/unix-time", source, text, f"response-seconds/{path}")


FAMILIES = (request_syntax, request_traits, response_syntax, response_traits)


def error_form(error: DeclaredError) -> Iterator[Sentence]:
    """A declared error: its message and its status."""
    on_page = error.name in PAGE_ERRORS
    document = "page" if on_page else "model"
    source = page(f"Errors, {error.name}") if on_page else service_model(error.name)
    for part, text in (
        ("message", f"{error.name} has a message that describes the cause."),
        ("status", f"{error.name} has HTTP status {error.status}."),
    ):
        yield carried(f"{document}/{error.name}/{part}", source, text, f"error/{error.name}-{part}")


def entries(operation: Operation) -> Iterator[Sentence]:
    """Every sentence that follows from an operation's shapes."""
    for member in operation.input:
        if not member.parent:
            yield from parameter(member)
    for made in FAMILIES:
        yield from made(operation)
    for error in operation.errors:
        yield from error_form(error)


def uncovered(operation: Operation) -> list[str]:
    """What the catalogue has no requirement for: members and errors of the operation, one line each."""
    return [
        f"{entry.id}: no requirement is called {pattern}"
        for entry in entries(operation)
        for pattern in entry.carried_by
        if not named(pattern)
    ]


def _in_order(members: Iterable[Member]) -> list[Member]:
    """As the page has them: by name on each level, the members of a structure after the structure."""
    return sorted(members, key=lambda member: member.path.split("."))


def _place(member: Member, shown: frozenset[str], section: str) -> tuple[str, Citation]:
    """The document that a member stands in, as an id begins with it and as it is cited."""
    return ("page", page(section)) if member.path in shown else ("model", service_model(member.path))


def _type(member: Member) -> str:
    return _TYPES.get(member.kind, f"a {member.kind}")
