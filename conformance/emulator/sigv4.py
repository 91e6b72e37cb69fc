"""The signature that a request should have: AWS Signature Version 4, written from the IAM User Guide.

botocore signs the suite's requests, so another implementation checks them; it is also several times quicker
than botocore, and every request pays for it.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from functools import lru_cache
from urllib.parse import quote

_ALGORITHM = "AWS4-HMAC-SHA256"
_LAST = "aws4_request"


def signature(
    secret_key: str,
    *,
    region: str,
    service: str,
    method: str,
    path: str,
    headers: Mapping[str, str],
    signed_headers: Sequence[str],
    body: bytes,
) -> str:
    """The signature in hexadecimal digits.

    Args:
        secret_key: of who signs.
        region: of the credential scope.
        service: of the credential scope.
        method: the HTTP method.
        path: the path as it is sent, with the query if there is one.
        headers: at least those that are signed; found by their names in lower case.
        signed_headers: the names of those, in lower case, in their order.
        body: the exact bytes.

    Raises:
        KeyError: a signed header, or x-amz-date, is missing.
    """
    date = headers["x-amz-date"]
    scope = f"{date[:8]}/{region}/{service}/{_LAST}"
    lines = [f"{name}:{' '.join(headers[name].split())}" for name in signed_headers]
    plain, _, query = path.partition("?")
    pairs = sorted(pair.partition("=")[::2] for pair in query.split("&")) if query else []
    canonical = [
        method,
        quote(plain, safe="/~"),
        "&".join(f"{name}={value}" for name, value in pairs),
        *lines,
        "",
        ";".join(signed_headers),
        hashlib.sha256(body).hexdigest(),
    ]
    hashed = hashlib.sha256("\n".join(canonical).encode()).hexdigest()
    text = f"{_ALGORITHM}\n{date}\n{scope}\n{hashed}"
    key = _signing_key(secret_key, date[:8], region, service)
    return hmac.digest(key, text.encode(), "sha256").hex()


@lru_cache(maxsize=64)
def _signing_key(secret_key: str, *scope: str) -> bytes:
    key = f"AWS4{secret_key}".encode()
    for part in (*scope, _LAST):
        key = hmac.digest(key, part.encode(), "sha256")
    return key
