"""Who may update a service: signatures, and what a policy denies.

That AWS refuses a wrong signature is documented for all of its services; an emulator may leave checks out.
So nothing is judged at a target that checks no signatures: that is one finding. Where some checks are made
and others are not, the target diverges. The error classes of a refused signature are not documented for ECS.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from conformance import model
from conformance.exchange import Exchange
from conformance.observation import (
    Observation,
    accepted,
    configurations,
    error_code,
    refuses_credentials,
    service_of,
    throttled,
)
from conformance.requirement import Citation, Concern, Finding, Requirement, family, requirement
from conformance.requirements.atomic import unchanged
from conformance.requirements.citations import common_errors, page, protocol
from conformance.requirements.timestamps import seconds
from conformance.signing import (
    BAD_SIGNATURE,
    EXPIRED_DATE,
    RESTRICTED,
    UNKNOWN_KEY,
    UNSIGNED,
    WRONG_REGION,
    WRONG_SERVICE,
    WRONG_WAYS,
)
from conformance.verdict import OK, Evidence, Grade, behaves, tolerated, violated

_DENIED = "AccessDeniedException"
_OTHER_STATUSES = {401, 403}
# What errors about access are called beside those about credentials.
_ACCESS = re.compile("(AccessDenied|NotAuthorized|OptInRequired|Unauthorized(Access|Operation)?)(Exception)?")


def _iam(section: str, name: str) -> Citation:
    """A page of the guide on how AWS knows and admits callers."""
    return Citation(
        document="AWS Identity and Access Management User Guide",
        section=section,
        url=f"https://docs.aws.amazon.com/IAM/latest/UserGuide/{name}.html",
    )


_SIGNATURES = _iam("AWS Signature Version 4 for API requests", "reference_sigv")
_ELEMENTS = _iam("Elements of an AWS API request signature", "reference_sigv-signing-elements")
_TROUBLE = _iam("Troubleshoot Signature Version 4 signing", "reference_sigv-troubleshooting")
_POLICIES = _iam("Policy evaluation logic", "reference_policies_evaluation-logic")
_NEEDS_CHECKS = "The target was not seen to check signatures."
_NEEDS_SECOND = (
    "It takes a second caller, who may describe Express services and not update them: give "
    "--restricted-profile, or restricted_profile in express-conformance.toml."
)
# A target that checks signatures at all cannot leave out the first; the others are checks of their own.
_WORDS = {
    UNSIGNED: ("that is not signed", Evidence.DOCUMENTED, _TROUBLE),
    BAD_SIGNATURE: ("with a signature that another secret key made", Evidence.INFERRED, _SIGNATURES),
    UNKNOWN_KEY: ("that is signed with an access key which nobody has", Evidence.INFERRED, _TROUBLE),
    EXPIRED_DATE: ("that was signed an hour ago", Evidence.INFERRED, _SIGNATURES),
    WRONG_REGION: ("that is signed for another Region", Evidence.INFERRED, _ELEMENTS),
    WRONG_SERVICE: ("that is signed for another service", Evidence.INFERRED, _ELEMENTS),
}


def _caller(observation: Observation) -> str:
    """Who sent the request, where its answer says something of that; empty otherwise.

    The same bytes were accepted from the run's own caller, so a refusal has no other reason.
    """
    exchange, twin = observation.exchange, observation.twin
    if observation.response is None or twin is None or not accepted(twin) or throttled(exchange):
        return ""
    return exchange.request.caller if twin.request.body == exchange.request.body else ""


def _refused(exchange: Exchange) -> bool:
    """Whether an exchange was answered with status 4xx."""
    return exchange.response is not None and 400 <= exchange.response.status < 500  # noqa: PLR2004  HTTP


def _checks_signatures(observation: Observation) -> bool:
    """Whether another request of the test case was refused because it was not signed, or wrongly."""
    mine = observation.exchange.request.caller
    return any(
        _keeps_out(each)
        for each in observation.others
        if each.request.caller in {UNSIGNED, BAD_SIGNATURE} - {mine}
    )


def _keeps_out(exchange: Exchange) -> bool:
    """Whether a refusal is about the caller: an emulator may need the header to find the service."""
    if not _refused(exchange) or throttled(exchange) or exchange.response is None:
        return False
    named = refuses_credentials(exchange) or _ACCESS.fullmatch(error_code(exchange))
    return bool(named) or exchange.response.status in _OTHER_STATUSES


def _answer(exchange: Exchange) -> str:
    status = exchange.response.status if exchange.response else 0
    return f"status {status}, {error_code(exchange) or 'no error class'}"


@requirement(
    "auth/signatures",
    "Whether the target checks signatures.",
    evidence=Evidence.OPEN,
    citations=(_SIGNATURES,),
    concern=Concern.CALLER,
)
def signatures(observation: Observation) -> Iterator[Grade]:
    """AWS does; an emulator may let in whoever comes."""
    wrong = next((e for e in reversed(observation.others) if e.request.caller == BAD_SIGNATURE), None)
    if _caller(observation) != UNSIGNED or wrong is None or wrong.response is None or throttled(wrong):
        return
    match observation.accepted, accepted(wrong):
        case True, True:
            yield behaves("an unsigned update is accepted: signatures are not checked")
        case False, False:
            yield behaves("an unsigned update is refused, and one with a wrong signature is, too")
        case True, False:
            yield behaves("an unsigned update is accepted, one with a wrong signature is refused")
        case _:
            yield behaves("an unsigned update is refused, one with a wrong signature is accepted")


@family(
    (
        Requirement(
            id=f"auth/{way}-rejected",
            sentence=f"An update {words} is rejected.",
            evidence=evidence,
            citations=(citation, common_errors()),
            needs=_NEEDS_CHECKS,
        )
        for way, (words, evidence, citation) in _WORDS.items()
    ),
    concern=Concern.CALLER,
)
def wrong_signatures_are_rejected(observation: Observation) -> Iterator[Finding]:
    """Any status 4xx with any error class will do.

    Judged where the target was seen to check signatures: in the same test case it refused another request
    that was not signed, or signed with another secret key.
    """
    way, exchange = _caller(observation), observation.exchange
    if way not in _WORDS or not _checks_signatures(observation):
        return
    if not _refused(exchange):
        grade = violated(f"status 4xx, because of an update {_WORDS[way][0]}", _answer(exchange))
    elif not error_code(exchange):
        grade = tolerated("an error class", _answer(exchange))
    else:
        grade = OK
    yield f"auth/{way}-rejected", grade


@requirement(
    "auth/refused-caller-changes-nothing",
    "An update that is refused for its signature changes nothing of the service.",
    evidence=Evidence.DOCUMENTED,
    citations=(_SIGNATURES,),
    concern=Concern.CALLER_CHANGE,
    needs=_NEEDS_CHECKS,
)
def refused_callers_change_nothing(observation: Observation) -> Iterator[Grade]:
    """The whole Describe is compared, but for what a service does by itself."""
    if _caller(observation) in WRONG_WAYS:
        yield from _unchanged(observation)


@requirement(
    "auth/refused-answer-shows-nothing",
    "The answer to a caller who is refused shows nothing of the service.",
    evidence=Evidence.PROTOCOL,
    citations=(protocol("Operation error serialization"), page("Errors: each has a message")),
    concern=Concern.CALLER,
    needs=_NEEDS_CHECKS,
)
def refused_callers_learn_nothing(observation: Observation) -> Iterator[Grade]:
    """Messages are not read: they may quote the request."""
    response = observation.response
    if response is None or not _caller(observation) or not _refused(observation.exchange):
        return
    shown = response.json.get("service") if isinstance(response.json, dict) else None
    yield violated("an error without `service`", f"an error with the service {shown!r}") if shown else OK


def _denied(
    name: str, sentence: str, evidence: Evidence, *citations: Citation, open_at: Iterable[str] = ()
) -> Requirement:
    return Requirement(
        id=f"auth/denied-{name}",
        sentence=sentence,
        evidence=evidence,
        citations=citations,
        open_at=frozenset(open_at),
        needs=_NEEDS_SECOND,
    )


@family(
    (
        _denied(
            "rejected",
            "An update by a caller whom no policy allows it is rejected.",
            Evidence.DOCUMENTED,
            page(f"Errors, {_DENIED}"),
            _POLICIES,
            open_at=("aws",),
        ),
        _denied(
            "class",
            f"An update by a caller whom no policy allows it is answered with {_DENIED}.",
            Evidence.DOCUMENTED,
            page(f"Errors, {_DENIED}"),
        ),
        _denied(
            "status",
            f"{_DENIED} comes with HTTP status 400 where no policy allows the update.",
            Evidence.DOCUMENTED,
            page(f"Errors, {_DENIED}: HTTP Status Code"),
            _TROUBLE,
        ),
    ),
    concern=Concern.CALLER,
)
def denied_updates_are_refused(observation: Observation) -> Iterator[Finding]:
    """Who is restricted the run was told; at AWS itself, an update that is allowed shows a wrong set-up.

    The API page gives ClientException as another answer to a missing permission, and the IAM User Guide
    gives other statuses for all services, so these are tolerated.
    """
    exchange = observation.exchange
    if _caller(observation) != RESTRICTED or _is_unknown(observation):
        return
    if not _refused(exchange):
        if not observation.accepted or _checks_signatures(observation):
            yield "auth/denied-rejected", violated("status 4xx, for want of permission", _answer(exchange))
        return
    yield "auth/denied-rejected", OK
    yield "auth/denied-class", _class(exchange)
    if error_code(exchange) == _DENIED:
        yield "auth/denied-status", _status(exchange)


def _is_unknown(observation: Observation) -> bool:
    """Whether the restricted caller may have no valid credentials: then the refusal is about these."""
    described = any(
        each.request.caller == RESTRICTED and each.request.operation == model.DESCRIBE and accepted(each)
        for each in observation.others
    )
    return refuses_credentials(observation.exchange) and not described


def _class(exchange: Exchange) -> Grade:
    code = error_code(exchange)
    if code == _DENIED:
        return OK
    known = _ACCESS.fullmatch(code) or code == "ClientException" or refuses_credentials(exchange)
    return tolerated(_DENIED, code) if known else violated(_DENIED, code or "no error class")


def _status(exchange: Exchange) -> Grade:
    status = exchange.response.status if exchange.response else 0
    if status in {400, *_OTHER_STATUSES}:
        return OK if status == 400 else tolerated("status 400", f"status {status}")  # noqa: PLR2004  HTTP
    return violated("status 400", f"status {status}")


@family(
    (
        _denied(
            "changes-nothing",
            "An update that is refused for want of permission changes nothing of the service.",
            Evidence.DOCUMENTED,
            _POLICIES,
        ),
    ),
    concern=Concern.CALLER_CHANGE,
)
def denied_updates_change_nothing(observation: Observation) -> Iterator[Finding]:
    """The whole Describe is compared, but for what a service does by itself."""
    if _caller(observation) == RESTRICTED:
        yield from (("auth/denied-changes-nothing", grade) for grade in _unchanged(observation))


def _unchanged(observation: Observation) -> Iterator[Grade]:
    """Whether both Describes show the same service.

    Judged where the first shows the revision of the last update, and the second that or a newer one: reads
    may be stale, and a deployment may be rolled back.
    """
    before, after, facts = service_of(observation.before), service_of(observation.after), observation.service
    if not _refused(observation.exchange) or facts is None:
        return
    was, now = _revisions(before), _revisions(after)
    newer = any(arn not in was and time >= max(was.values(), default=0) for arn, time in now.items())
    if facts.latest in was and (facts.latest in now or newer):
        yield unchanged(before, after, facts)


def _revisions(service: Mapping[str, Any]) -> dict[str, float]:
    """The active revisions, with when they were created."""
    entries = ((entry.get("serviceRevisionArn"), entry.get("createdAt")) for entry in configurations(service))
    return {arn: seconds(created) or 0 for arn, created in entries if isinstance(arn, str)}
