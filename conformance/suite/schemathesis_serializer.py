"""Teaches schemathesis the content type of AWS JSON: loaded into its process, never into ours.

Without it, schemathesis can neither write such a body nor read one.
"""

from __future__ import annotations

import importlib
import json
from typing import Any

from conformance import model

# Found by name, because the suite has to be whole without it.
_schemathesis: Any = importlib.import_module("schemathesis")


def written(_context: Any, value: Any) -> bytes:
    """The body for a value; bytes, which only negative cases have, are sent as they are."""
    return value if isinstance(value, bytes) else json.dumps(value, default=str).encode()


def parsed(_context: Any, response: Any) -> Any:
    """The value of an answer's body."""
    return json.loads(response.content)


_schemathesis.serializer(model.content_type())(written)
_schemathesis.deserializer(model.content_type())(parsed)
