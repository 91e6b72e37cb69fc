"""Whether the target has the operation at all."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance import model
from conformance.observation import Observation, error_code
from conformance.requirement import requirement
from conformance.requirements.citations import common_errors, page
from conformance.verdict import OK, Evidence, Grade, violated

SUPPORTED = "operation/supported"
_UNKNOWN = re.compile("(UnknownOperation|InvalidAction|NotImplemented)(Exception|Error)?")


def is_unknown_operation(code: str) -> bool:
    """Whether an error class says that there is no such operation."""
    return bool(_UNKNOWN.fullmatch(code))


@requirement(
    SUPPORTED,
    "The target has the operation.",
    evidence=Evidence.DOCUMENTED,
    citations=(page("UpdateExpressGatewayService"), common_errors()),
)
def the_operation_exists(observation: Observation) -> Iterator[Grade]:
    """A target without it is recognised before the run; here an answer in mid-run would speak."""
    code = error_code(observation.exchange)
    if observation.response is not None:
        expected = f"an answer to {model.OPERATION}"
        yield violated(expected, code) if is_unknown_operation(code) else OK
