"""Which numbers, sizes and enumeration values an update takes."""

from __future__ import annotations

from conformance.questions.question import Question, Recipe
from conformance.questions.reading import tabled
from conformance.questions.trying import changed, values

_SCALING = "scalingTarget"
_MINIMUM, _MAXIMUM = f"{_SCALING}.minTaskCount", f"{_SCALING}.maxTaskCount"
_METRIC, _TARGET = f"{_SCALING}.autoScalingMetric", f"{_SCALING}.autoScalingTargetValue"
_PORT = "primaryContainer.containerPort"
_REQUESTS = "REQUEST_COUNT_PER_TARGET"


def _targets() -> dict[str, Recipe]:
    """Target values with the metric that they are for; those of both ends are in the question on ends."""
    tried = {"AVERAGE_CPU": (0, 101), "AVERAGE_MEMORY": (0, 101), _REQUESTS: (0, 65537)}
    return {
        f"{value} of {metric}": changed({_METRIC: metric, _TARGET: value})
        for metric, numbers in tried.items()
        for value in numbers
    }


def _sizes() -> dict[str, Recipe]:
    """CPU and memory together."""
    pairs = (("256", "8192"), ("512", "512"), ("100", "512"), ("256", "abc"), ("abc", "512"), ("1", "2"))
    written = ((" 256", "512"), ("0256", "512"), ("256.0", "512"))
    odd = {f"{cpu!r} with {memory!r}": changed({"cpu": cpu, "memory": memory}) for cpu, memory in pairs}
    odd |= {f"{cpu!r} with {memory!r}": changed({"cpu": cpu, "memory": memory}) for cpu, memory in written}
    units = {"'1 vCPU' with '2 GB'": changed({"cpu": "1 vCPU", "memory": "2 GB"}, dear=True)}
    # The service has 2048 with 5120, which 512 does not go with, nor 256 with its memory.
    return {
        **odd,
        "cpu '512' alone, beside memory '5120'": {"do": "extend", "members": {"cpu": "512"}},
        "memory '512' alone, beside cpu '2048'": {"do": "extend", "members": {"memory": "512"}},
        **units,
    }


QUESTIONS = (
    Question(
        id="enumeration-values",
        theme="enumerations",
        asks="How is a value refused that an enumeration does not have, and is letter case of importance?",
        informs=("reject-*/scalingTarget*", "reject-enum/cpuArchitecture", "error/*"),
        read=tabled(),
        tries={
            "metric NO_SUCH_METRIC": changed({_METRIC: "NO_SUCH_METRIC"}),
            "metric average_cpu": changed({_METRIC: "average_cpu"}),
            "metric AVERAGE_CPU with a space": changed({_METRIC: "AVERAGE_CPU "}),
            "architecture NO_SUCH": changed({"cpuArchitecture": "NO_SUCH"}),
            "architecture arm64": changed({"cpuArchitecture": "arm64"}),
            "include NO_SUCH of Describe": {"do": "describe", "members": {"include": ["NO_SUCH"]}},
            "include tags of Describe": {"do": "describe", "members": {"include": ["tags"]}},
        },
    ),
    Question(
        id="container-ports",
        theme="numbers",
        asks="Which container ports does an update refuse?",
        informs=("reject-*/primaryContainer*",),
        read=tabled(_PORT),
        tries=values(_PORT, 0, -1, 65536, 2**31 - 1),
        spends="updates",
    ),
    Question(
        id="task-counts",
        theme="numbers",
        asks="Which task counts does an update refuse?",
        informs=("reject-*/scalingTarget*",),
        read=tabled(_SCALING),
        tries={
            "min -1": changed({_MINIMUM: -1}),
            "max -1": changed({_MAXIMUM: -1}),
            "min 0, max 0": changed({_MINIMUM: 0, _MAXIMUM: 0}, dear=True),
            "min 8, max 7": changed({_MINIMUM: 8, _MAXIMUM: 7}),
        },
        spends="updates",
    ),
    Question(
        id="scaling-target-values",
        theme="numbers",
        asks="Which target values does an update refuse, for each metric?",
        informs=("reject-*/scalingTarget*",),
        read=tabled(_TARGET),
        tries=_targets(),
        spends="updates",
    ),
    Question(
        id="numbers-at-the-ends",
        theme="numbers",
        asks="Does an update take all the numbers at the ends of their presumed ranges together?",
        informs=("reject-*/primaryContainer*", "reject-*/scalingTarget*"),
        read=tabled(),
        tries={
            "port 65535, target 100 % of CPU": changed(
                {_PORT: 65535, _METRIC: "AVERAGE_CPU", _TARGET: 100}, dear=True
            ),
            "port 1, min 0, target 1 % of memory": changed(
                {_PORT: 1, _MINIMUM: 0, _METRIC: "AVERAGE_MEMORY", _TARGET: 1}, dear=True
            ),
            "target 65536 requests": changed({_METRIC: _REQUESTS, _TARGET: 65536}, dear=True),
        },
        spends="updates",
    ),
    Question(
        id="sizes",
        theme="sizes",
        asks="How are CPU and memory taken that no Fargate size has, that do not go together, or that are "
        "written in another way?",
        informs=("reject-*/cpu*", "reject-*/memory*", "clear/cpu-*", "clear/memory-*"),
        read=tabled("cpu"),
        tries=_sizes(),
        spends="updates",
    ),
)
