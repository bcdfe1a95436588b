"""Calls of Meta's Graph API, with its errors in the contract's words.

No call has an idempotency key: a POST whose answer was lost is Uncertain. Meta tells in headers how much of an allowance is used; at
90 % we stop by ourselves, until it says that there is room again.
Sources: https://developers.facebook.com/docs/graph-api/guides/error-handling, https://developers.facebook.com/docs/graph-api/overview/rate-limiting
"""

import json as json_text
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from samspil.channels._meta.settings import HOME, VERSION, said
from samspil.kit import Account, NotUnderstood, SignInAgain, TryLater, Uncertain, Unreachable
from samspil.kit.web import Answer, Web, pause_of

FULL = 90
"""Per cent of an allowance at which we stop."""
REST = 300.0
"""Seconds of rest where Meta does not say for how long; its allowances are counted over an hour."""
REAUTHORISE = frozenset({102, 190, 463, 467})
RATE = frozenset({4, 17, 32, 613, *range(80000, 80010), 80014})
PASSING = frozenset({1, 2})
PERMISSION = frozenset({3, 10, *range(200, 300)})
AFTER_REFUSED = 900.0
TOO_MANY, FAULTS, GATEWAY = 429, 500, frozenset({502, 504})
_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}", re.ASCII)
_resting: dict[str, float] = {}
"""Until when (monotonic) an account rests, by a digest of its token: what this process has read in headers, and no more than a courtesy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meaning:
    """What a code means to a colleague. ``after`` is set where the same call may be made again later (seconds; 0 leaves it to the outbox)."""

    words: str
    permanent: bool = False
    after: float | None = None


@dataclass(slots=True, kw_only=True)
class Graph:
    """One account's way to Meta. ``meanings`` are the network's own codes, by "code/subcode" or code."""

    account: Account
    home: str = HOME
    meanings: Mapping[int | tuple[int, int], Meaning] = field(default_factory=dict)

    def call(
        self,
        method: str,
        path: str,
        *,
        json: Any = None,
        query: Mapping[str, Any] | None = None,
        form: Mapping[str, Any] | None = None,
        files: Any = None,
        repeatable: bool | None = None,
        token: str | None = None,
    ) -> Mapping[str, Any]:
        """The answer's object. Raises TryLater, Unreachable, Uncertain, and NotUnderstood for an answer to a question that is no object."""
        rest = _resting.get(self._key, 0.0) - time.monotonic()
        if rest > 0:
            raise TryLater("Meta's allowance is nearly used up: it goes on when there is room again", after=rest)
        twice = method == "GET" if repeatable is None else repeatable
        bearer = said(self.account, "access_token") if token is None else token
        version = said(self.account, "version")
        base = f"{said(self.account, 'server') or self.home}/{version if _VERSION.fullmatch(version) else VERSION}"
        answer = Web(base=base, headers={"authorization": f"Bearer {bearer}"}).call(
            method, path, json=json, query=query, form=form, files=files, repeatable=twice, every=True
        )
        wait = self._note(answer)
        return self._object(answer, wait, twice=twice)

    @property
    def _key(self) -> str:
        return sha256(f"{said(self.account, 'server')} {said(self.account, 'access_token')}".encode()).hexdigest()

    def _note(self, answer: Answer) -> float | None:
        """Remember to rest where an allowance is nearly used up; the seconds, None when there is room."""
        used, wait = usage(answer.headers)
        if used < FULL:
            return None
        _resting[self._key] = time.monotonic() + wait
        return wait

    def _object(self, answer: Answer, wait: float | None, *, twice: bool) -> Mapping[str, Any]:
        try:
            found = answer.json()
        except NotUnderstood:
            found = None
        error = found.get("error") if isinstance(found, dict) else None
        if isinstance(error, dict):
            self._refuse(answer, error, wait)
        if answer.status == TOO_MANY:
            raise TryLater("Meta asks for patience", after=wait or pause_of(answer.headers) or REST)
        if answer.status in GATEWAY and not twice:
            raise Uncertain(f"Meta's front door gave up waiting ({answer.status}): it may have been sent")
        if answer.status >= FAULTS:
            raise TryLater(f"Meta: {answer.status}", after=pause_of(answer.headers))
        if not answer.ok:
            raise Unreachable(f"Meta refused ({answer.status}) and did not say why")
        if not isinstance(found, dict):
            if twice:
                raise NotUnderstood("Meta's answer is no object")
            raise Uncertain("Meta's answer did not say which message it made")
        return found

    def _refuse(self, answer: Answer, error: Mapping[str, Any], wait: float | None) -> None:
        code, subcode = _number(error.get("code")), _number(error.get("error_subcode"))
        more = error.get("error_data")
        details = more.get("details") if isinstance(more, dict) else None
        plain = details or error.get("error_user_msg") or error.get("message") or answer.status
        words = _hidden(self.account, " ".join(str(plain).split())[:300])
        known = self.meanings.get((code, subcode)) or self.meanings.get(code)
        if known:
            if known.after is not None:
                raise TryLater(f"{known.words} ({code})", after=wait or known.after or None)
            raise Unreachable(f"{known.words} ({code})", permanent=known.permanent)
        if code in REAUTHORISE:
            raise SignInAgain(
                f"Meta does not accept the access token any more ({code}): make a new one, and give it in the settings of the channel",
                after=AFTER_REFUSED,
            )
        if code in RATE or answer.status == TOO_MANY:
            pause = wait or pause_of(answer.headers) or REST
            _resting[self._key] = time.monotonic() + pause
            raise TryLater(f"Meta asks for patience: {words} ({code})", after=pause)
        if code in PASSING or error.get("is_transient") is True or answer.status >= FAULTS:
            raise TryLater(f"Meta: {words} ({code})", after=pause_of(answer.headers))
        if code in PERMISSION:
            raise Unreachable(f"The app has no permission for this at Meta ({code}): {words}")
        raise Unreachable(f"Meta: {words} ({code}{f'/{subcode}' if subcode else ''})")


def usage(headers: Mapping[str, str]) -> tuple[int, float]:
    """Per cent of the fullest allowance that is used, and seconds until there is room (https://developers.facebook.com/docs/graph-api/overview/rate-limiting)."""
    used, minutes = 0, 0.0
    for one in _allowances(headers):
        used = max([used, *(_number(one.get(n)) for n in ("call_count", "total_cputime", "total_time"))])
        minutes = max(minutes, float(min(_number(one.get("estimated_time_to_regain_access")), 24 * 60)))
    return used, minutes * 60 or REST


def _allowances(headers: Mapping[str, str]) -> Iterator[Mapping[str, Any]]:
    for name in ("x-app-usage", "x-page-usage", "x-business-use-case-usage"):
        try:
            found = json_text.loads(headers.get(name) or "{}")
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict):
            yield found
            # By business: {"1234": [{"type": "pages", "call_count": 28, ...}]}
            for several in found.values():
                yield from (one for one in several if isinstance(one, dict)) if isinstance(several, list) else ()


def _number(value: object) -> int:
    if isinstance(value, str) and value.isascii() and value.isdigit():
        value = int(value[:9])
    return int(value) if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1e12 else 0  # noqa: PLR2004


def _hidden(account: Account, words: str) -> str:
    for name in ("access_token", "app_secret"):
        secret = said(account, name)
        words = words.replace(secret, "…") if secret else words
    return words


def start_anew() -> None:
    """Forget who rests; for tests."""
    _resting.clear()
