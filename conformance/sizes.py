"""The sizes of a task: the pairs of cpu and memory that Fargate offers."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# CPU units to the MiB of memory that Fargate offers with them (Amazon ECS developer guide, "Troubleshoot
# Amazon ECS task definition invalid CPU or memory errors").
FARGATE = {
    256: {512, 1024, 2048},
    512: set(range(1024, 4097, 1024)),
    1024: set(range(2048, 8193, 1024)),
    2048: set(range(4096, 16385, 1024)),
    4096: set(range(8192, 30721, 1024)),
    8192: set(range(16384, 61441, 4096)),
    16384: set(range(32768, 122881, 8192)),
}
MEMORIES = set().union(*FARGATE.values())
DIGITS = re.compile(r"0|[1-9][0-9]{0,8}")


def offered(configuration: Mapping[str, Any]) -> bool | None:
    """Whether Fargate offers the pair of cpu and memory of a configuration; None if it is not known."""
    pair = [configuration.get(name) for name in ("cpu", "memory")]
    if not all(isinstance(text, str) and DIGITS.fullmatch(text) for text in pair):
        return None
    cpu, memory = (int(str(text)) for text in pair)
    return memory in FARGATE.get(cpu, set())
