"""What nobody but the target's owner is to see, kept out of everything that a run writes.

The wire redacts: an exchange holds placeholders from the moment it is made, so no recording, report or oracle
sees anything else, and a value has the same placeholder wherever it occurs. On the way to the target they are
turned back. What is read of a service that the run did not create is the user's; what the suite made up
itself is shown. Account ids of AWS's documentation, which emulators use, are nobody's, and stay.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Iterable, Iterator
from threading import Lock

from conformance.exchange import REDACTED, Headers, Response

CALLER = "(caller)"
ACCESS_KEY = "(access key)"

EXAMPLE_ACCOUNTS = frozenset(
    {
        "000000000000",
        "111111111111",
        "111122223333",
        "123456789012",
        "444455556666",
        "555555555555",
        "999999999999",
    }
)
"""Account ids that stand in AWS's documentation, or that emulators answer with."""

# Accounts are numbered, so that two runs tell of them alike: first the target's own, then those configured.
# Their digits are such as neither an account nor anything that the suite makes up has.
HOME = "000011110001"
_NUMBERED = "00001111{:04}"
_FIRST_CONFIGURED = 2
_PLACEHOLDER = re.compile(r"0000\d{8}")
_SECRET_HEADERS = {"authorization", "x-amz-security-token", "cookie", "set-cookie"}
_ACCOUNT = re.compile(r"arn:aws[\w-]*:([\w-]*):[\w-]*:(\d{12}):|(?<!\d)(\d{12})\.dkr\.ecr\.")
# Refusals say who called: a user's name, or that of a role's session, which often is a person's address.
_CALLER = re.compile(r"(:assumed-role/[\w+=,.@-]+/|:federated-user/|:iam::\d{12}:user/)[\w+=,.@/-]+")
_ACCESS_KEY = re.compile(r"(?<![A-Z0-9])(?:AKIA|ASIA)[A-Z0-9]{16}(?![A-Z0-9])")
# An entry of an environment, or a tag, as JSON has it.
_VALUE = re.compile(r'("value"\s*:\s*")((?:[^"\\]|\\.)*)(?=")')
_MADE = re.compile("|".join([*map(re.escape, (CALLER, ACCESS_KEY, REDACTED)), "redacted-[0-9a-f]{12}"]))
_SHORTEST = 8  # characters of a value that is looked for everywhere; a shorter one is a common word
_MOST = 500  # values that are remembered, lest a target makes the suite look for ever more of them
_SHORTEST_SECRET = 8  # characters of a secret; shorter ones are words that emulators take for keys


class Redactor:
    """Puts placeholders in the place of what is confidential, and back again for the target alone.

    Args:
        credentials: secret keys and session tokens: they are removed wherever they occur.
        home: the account that the target is in, if that is known beforehand.
        accounts: account ids that are configured, in an order that is the same in every run.
        values: whether environment and tag values that answers show first are somebody's.
        key: of the placeholders that have no number; processes of one run share it.
    """

    def __init__(
        self,
        *,
        credentials: Iterable[str] = (),
        home: str = "",
        accounts: Iterable[str] = (),
        values: bool = False,
        key: str = "",
    ) -> None:
        self._credentials = [secret for secret in credentials if len(secret) >= _SHORTEST_SECRET]
        self._values = values
        self._key = (key or secrets.token_hex(16)).encode()
        self._placeholders: dict[str, str] = {}
        self._originals: dict[str, str] = {}
        self._everywhere: re.Pattern[str] | None = None
        self._made_up: set[str] = set()
        self._nobodys = set(EXAMPLE_ACCOUNTS)
        self._lock = Lock()
        self._meet(home, HOME)
        for number, account in enumerate(dict.fromkeys(accounts), start=_FIRST_CONFIGURED):
            self._meet(account, _NUMBERED.format(number))

    def conceal(self, secrets: Iterable[str]) -> None:
        """Remove these wherever they occur, too: credentials may be renewed in mid-run."""
        new = [each for each in secrets if len(each) >= _SHORTEST_SECRET and each not in self._credentials]
        if new:
            with self._lock:
                self._credentials = [*self._credentials, *new]

    # -- to what is kept ---------------------------------------------------------------------------------

    def text(self, text: str) -> str:
        """The text with placeholders; accounts that its ARNs name are learned."""
        if "arn:" in text or ".dkr.ecr." in text:
            self._learn(text)
            text = _CALLER.sub(rf"\1{CALLER}", text)
        for secret in self._credentials:
            text = text.replace(secret, REDACTED)
        if "AKIA" in text or "ASIA" in text:
            text = _ACCESS_KEY.sub(ACCESS_KEY, text)
        return self._everywhere.sub(self._placed, text) if self._everywhere else text

    def _learn(self, text: str) -> None:
        """Meet the accounts of a text: first those of ECS itself, of which the first is the target's own."""
        for service, account, registry in sorted(_ACCOUNT.findall(text), key=lambda found: found[0] != "ecs"):
            self._meet(account or registry, HOME if service == "ecs" else "")

    def sent(self, body: bytes) -> bytes:
        """The body of a request as it is kept; values in it that no answer has shown are the suite's own."""
        text = body.decode("latin-1")
        if self._values:
            text = _VALUE.sub(self._own, text)
        return self.text(text).encode("latin-1")

    def received(self, response: Response, *, quotable: Iterable[str] = ()) -> Response:
        """The response as it is kept.

        Args:
            response: as it came.
            quotable: secrets of its request alone, such as the signature, which some targets quote.
        """
        text = response.body.decode("latin-1")
        if self._values:
            text = _VALUE.sub(self._shown, text)
        headers, text = self.headers(response.headers), self.text(text)
        for secret in quotable:
            headers = tuple((name, value.replace(secret, REDACTED)) for name, value in headers)
            text = text.replace(secret, REDACTED)
        return Response(status=response.status, headers=headers, body=text.encode("latin-1"))

    def headers(self, headers: Iterable[tuple[str, str]]) -> Headers:
        """The headers with nothing in those that carry credentials, and placeholders in the others."""
        return tuple(
            (name, REDACTED if name.lower() in _SECRET_HEADERS else self.text(value))
            for name, value in headers
        )

    def _placed(self, found: re.Match[str]) -> str:
        return self._placeholders[found[0]]

    def _own(self, found: re.Match[str]) -> str:
        """A value of a request: the suite's own, or a placeholder for somebody's that is given back."""
        value = _unescaped(found[2])
        if known := self._placeholders.get(value):
            return found[1] + known
        self._made_up.add(value)
        return found[0]

    def _shown(self, found: re.Match[str]) -> str:
        """A value of an answer: what the suite sent, or a placeholder."""
        value = _unescaped(found[2])
        if not value or value in self._made_up or found[2] in self._originals:
            return found[0]
        placeholder = self._placeholders.get(value) or f"redacted-{self._digest(value)[:12]}"
        self._enter(value, placeholder)
        return found[1] + placeholder

    # -- to the target -----------------------------------------------------------------------------------

    def revealed(self, body: bytes) -> bytes:
        """The body of a request as it has to be sent. Other accounts in it are such as the suite made up."""
        originals = self._originals
        found = _any_of(originals)
        text = body.decode("latin-1")
        if len(self._nobodys) < _MOST:
            self._nobodys.update(accounts_in([text]))
        return found.sub(lambda each: originals[each[0]], text).encode("latin-1") if found else body

    def unknown_in(self, text: str) -> int:
        """How many placeholders stand in a text that nothing can be put in the place of."""
        found = _MADE.findall(text)
        return sum(each not in self._originals for each in found)

    # -- what is known -----------------------------------------------------------------------------------

    def _meet(self, account: str, placeholder: str) -> None:
        """An account that has no placeholder yet gets this one, if it is free."""
        known = account in self._placeholders or account in self._nobodys
        if not account or known or _PLACEHOLDER.fullmatch(account):
            return
        free = placeholder and placeholder not in self._originals
        self._enter(account, placeholder if free else f"0000{int(self._digest(account), 16) % 10**8:08}")

    def _enter(self, original: str, placeholder: str) -> None:
        """Remember a pair. In a body the original stands as JSON writes it, in one of two ways."""
        literal = json.dumps(original)[1:-1]
        written = json.dumps(original, ensure_ascii=False)[1:-1]
        raw = written.encode("utf-8", "surrogatepass").decode("latin-1")
        with self._lock:
            if original in self._placeholders or len(self._originals) >= _MOST:
                return
            forms = dict.fromkeys((original, literal, raw), placeholder)
            # Other threads read these without waiting, so they are never changed, but replaced.
            self._originals = {**self._originals, placeholder: literal}
            self._placeholders = {**self._placeholders, **forms}
            self._everywhere = _any_of(self._placeholders)

    def _digest(self, value: str) -> str:
        return hmac.new(self._key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def accounts_in(texts: Iterable[str]) -> Iterator[str]:
    """The account ids that ARNs and addresses of registries name, in their order."""
    for text in texts:
        for _, account, registry in _ACCOUNT.findall(text):
            yield account or registry


def _any_of(values: Iterable[str]) -> re.Pattern[str] | None:
    """The pattern of all values that are long enough, the longest first; None if there is none."""
    long = sorted((value for value in values if len(value) >= _SHORTEST), key=len, reverse=True)
    return re.compile("|".join(map(_bounded, long))) if long else None


def _bounded(value: str) -> str:
    """The pattern of a value; an account id is none in the middle of a longer number."""
    return rf"(?<!\d){value}(?!\d)" if value.isdecimal() else re.escape(value)


def _unescaped(literal: str) -> str:
    """The value of a JSON string's literal, whose bytes were read as Latin-1; itself, if it is none."""
    try:
        return str(json.loads(f'"{literal.encode("latin-1").decode("utf-8")}"', strict=False))
    except ValueError:
        return literal
