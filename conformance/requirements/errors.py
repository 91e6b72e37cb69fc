"""Error answers: classes, statuses, messages, and the envelope around every answer."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from conformance import model
from conformance.observation import Observation, error_code, throttled
from conformance.requirement import Finding, Requirement, family, requirement
from conformance.requirements.citations import common_errors, page, protocol, protocol_test
from conformance.validity import validity
from conformance.verdict import OK, Evidence, Grade, tolerated, violated

# The errors common to all AWS operations, as the API references list them, and the two that the protocol's
# own machinery answers with. Services spell some of them with and without the suffix.
_COMMON = re.compile(
    "(AccessDenied|ExpiredToken|IncompleteSignature|InternalFailure|InternalServerError|InvalidAction"
    "|InvalidClientTokenId|InvalidSignature|MalformedHttpRequest|MissingAuthenticationToken|NotAuthorized"
    "|OptInRequired|RequestAborted|RequestEntityTooLarge|RequestExpired|RequestTimeout|Serialization"
    "|ServiceUnavailable|SignatureDoesNotMatch|Throttling|UnknownOperation|UnrecognizedClient|Validation)"
    "(Exception|Error)?"
)
_SHAPE_NAME = re.compile(r"([\w.]+#)?[A-Za-z]\w*(:https?://\S*)?")
_UNREACHED = {
    "ServerException": "Only a fault of the target's own brings it about.",
    "UnsupportedFeatureException": "Only a Region without the feature answers with it.",
}


def _requirements() -> Iterable[Requirement]:
    for error in model.operation().errors:
        citation = page(f"Errors, {error.name}")
        unreached = _UNREACHED.get(error.name, "")
        yield Requirement(
            id=f"error/{error.name}-status",
            sentence=f"{error.name} comes with HTTP status {error.status}.",
            evidence=Evidence.DOCUMENTED,
            citations=(citation,),
            unreached=unreached,
        )
        yield Requirement(
            id=f"error/{error.name}-message",
            sentence=f"{error.name} carries a message that says what caused it.",
            evidence=Evidence.DOCUMENTED,
            citations=(citation,),
            unreached=unreached,
        )


@family(_requirements())
def declared_errors_have_their_form(observation: Observation) -> Iterator[Finding]:
    """The texts of messages are never judged; botocore also takes a capital ``Message``."""
    code = error_code(observation.exchange)
    error = next((error for error in model.operation().errors if error.name == code), None)
    if error is None or observation.response is None:
        return
    status = observation.response.status
    fits = status == error.status
    yield f"error/{code}-status", OK if fits else violated(f"status {error.status}", f"status {status}")
    yield f"error/{code}-message", _message(observation)


def _message(observation: Observation) -> Grade:
    document = observation.response.json if observation.response else None
    if isinstance(document, dict):
        if isinstance(document.get("message"), str) and document["message"].strip():
            return OK
        if isinstance(document.get("Message"), str):
            return tolerated("a text in `message`", "a text in `Message`")
    return violated("a text in `message`", "none")


def _failed(observation: Observation) -> bool:
    """Whether this is an error answer of the service; one for the caller's rate may be a proxy's."""
    response = observation.response
    return response is not None and response.status >= 400 and not throttled(observation.exchange)  # noqa: PLR2004  HTTP


@requirement(
    "envelope/success-status",
    "An accepted update is answered with HTTP status 200.",
    evidence=Evidence.DOCUMENTED,
    citations=(page("Response Elements"),),
)
def success_has_status_200(observation: Observation) -> Iterator[Grade]:
    """Judges every answer that is no error."""
    if observation.response is not None and observation.response.status < 400:  # noqa: PLR2004  HTTP
        status = observation.response.status
        yield OK if status == 200 else violated("status 200", f"status {status}")  # noqa: PLR2004  HTTP


@requirement(
    "envelope/success-body",
    "An accepted update is answered with a JSON object that holds `service`.",
    evidence=Evidence.DOCUMENTED,
    citations=(page("Response Syntax"),),
)
def success_has_a_service(observation: Observation) -> Iterator[Grade]:
    """Judges the outermost object only; the members within have requirements of their own."""
    if observation.accepted and observation.response is not None:
        document = observation.response.json
        if isinstance(document, dict) and isinstance(document.get("service"), dict):
            yield OK
        else:
            yield violated("a JSON object with the member `service`", _excerpt(observation.response.body))


@requirement(
    "envelope/content-type",
    "Every answer has the content type of the protocol.",
    evidence=Evidence.PROTOCOL,
    citations=(protocol("Content-Type"), protocol_test("errors.smithy, AwsJson11InvalidGreetingError")),
)
def answers_have_the_content_type(observation: Observation) -> Iterator[Grade]:
    """Parameters such as a charset are allowed. Answers about the caller's rate may come from a proxy."""
    if observation.response is not None and not throttled(observation.exchange):
        found = observation.response.header("content-type") or "none"
        fits = found.partition(";")[0].strip().lower() == model.content_type()
        yield OK if fits else violated(model.content_type(), found)


@requirement(
    "envelope/request-id",
    "Every answer carries a request id in the header x-amzn-RequestId.",
    evidence=Evidence.PROTOCOL,
    citations=(protocol_test("kitchen-sink.smithy, parses_the_request_id_from_the_response"),),
)
def answers_have_a_request_id(observation: Observation) -> Iterator[Grade]:
    """Some AWS services name the header x-amz-request-id; that is tolerated."""
    if observation.response is None or throttled(observation.exchange):
        return
    if observation.response.header("x-amzn-requestid"):
        yield OK
    elif observation.response.header("x-amz-request-id"):
        yield tolerated("the header x-amzn-RequestId", "the header x-amz-request-id")
    else:
        yield violated("the header x-amzn-RequestId", "no such header")


@requirement(
    "envelope/error-status",
    "An error is never answered with a status of success.",
    evidence=Evidence.PROTOCOL,
    citations=(protocol("Operation error serialization"), page("Errors")),
)
def errors_have_an_error_status(observation: Observation) -> Iterator[Grade]:
    """An answer is an error if its body has `__type`."""
    response = observation.response
    if response is None or not isinstance(response.json, dict):
        return
    if "__type" in response.json:
        success = response.status < 400  # noqa: PLR2004  HTTP
        yield violated("status 4xx or 5xx", f"status {response.status}") if success else OK


@requirement(
    "envelope/error-type",
    "An error names its shape in `__type`.",
    evidence=Evidence.PROTOCOL,
    citations=(protocol("Operation error serialization: __type"),),
)
def errors_name_their_shape(observation: Observation) -> Iterator[Grade]:
    """A namespace before ``#`` is tolerated (version 1.1 writes the name only), a header in its place too."""
    if not _failed(observation) or observation.response is None:
        return
    document = observation.response.json
    raw = document.get("__type") if isinstance(document, dict) else None
    if isinstance(raw, str) and _SHAPE_NAME.fullmatch(raw):
        bare = raw.replace("_", "").isalnum()
        yield OK if bare else tolerated("a bare shape name in `__type`", raw)
    elif raw is None and error_code(observation.exchange):
        yield tolerated("a shape name in `__type`", "only a header names it")
    else:
        yield violated("a shape name in `__type`", _excerpt(observation.response.body))


@requirement(
    "envelope/error-message",
    "An error carries a message.",
    evidence=Evidence.DOCUMENTED,
    citations=(page("Errors: each has a message"),),
)
def errors_carry_a_message(observation: Observation) -> Iterator[Grade]:
    """Judged for the declared errors; the protocol's own errors may spell it otherwise."""
    if error_code(observation.exchange) in model.operation().error_names:
        yield _message(observation)


@requirement(
    "envelope/error-class",
    "Every error is one that the operation declares, or one that all AWS operations share.",
    evidence=Evidence.DOCUMENTED,
    citations=(page("Errors"), common_errors()),
)
def error_classes_are_declared(observation: Observation) -> Iterator[Grade]:
    """The list of common errors differs between AWS documents; their union is accepted."""
    code = error_code(observation.exchange)
    if _failed(observation) and code:
        known = code in model.operation().error_names or _COMMON.fullmatch(code)
        yield OK if known else violated("a declared or a common error", code)


@requirement(
    "envelope/no-server-fault",
    "A valid update is not answered with a server's fault.",
    evidence=Evidence.DOCUMENTED,
    citations=(page("Response Elements"),),
    about_faults=True,
)
def valid_updates_are_no_faults(observation: Observation) -> Iterator[Grade]:
    """Any service may fail once: a fault that does not come back in each of several replays is flaky."""
    if observation.response is None or throttled(observation.exchange) or not validity(observation).valid:
        return
    status = observation.response.status
    yield violated("no status 5xx", f"status {status}") if status >= 500 else OK  # noqa: PLR2004  HTTP


def _excerpt(body: bytes) -> str:
    text = body[:120].decode("utf-8", "replace")
    return f"{text!r}" if text else "an empty body"
