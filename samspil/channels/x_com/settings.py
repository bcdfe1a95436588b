"""The settings of an account, the way to X's servers, and X's refusals in a colleague's words."""

import re
import secrets
import time
from collections.abc import Mapping, Sequence
from typing import Any

from samspil.channels.x_com.oauth import Keys, header
from samspil.kit import Account, Field, NotUnderstood, SignInAgain, TryLater
from samspil.kit.web import Answer, Web

HOME = "https://api.x.com"
NETWORK = "x"
AFTER_REFUSED = 600.0
LONGEST_PAUSE = 15 * 60.0
TOO_MANY, FAULTS, UNAUTHORIZED, NO_CREDITS, FORBIDDEN, MISSING = 429, 500, 401, 402, 403, 404
_USER = re.compile(r"(\d{1,19})-[A-Za-z0-9]{5,}", re.ASCII)
_KEYS = ("consumer_key", "consumer_secret", "access_token", "access_token_secret")

FIELDS: Sequence[Field] = (
    Field(name="consumer_key", label={"da": "API-nøgle", "en": "API key"}, kind="secret"),
    Field(name="consumer_secret", label={"da": "Hemmelighed til API-nøglen", "en": "API key secret"}, kind="secret"),
    Field(
        name="access_token",
        label={"da": "Adgangstoken", "en": "Access token"},
        kind="secret",
        help={"da": "Tal, bindestreg og bogstaver.", "en": "Digits, a hyphen and letters."},
    ),
    Field(name="access_token_secret", label={"da": "Hemmelighed til adgangstoken", "en": "Access token secret"}, kind="secret"),
    Field(
        name="budget",
        label={"da": "Budget for en måned i US-dollar", "en": "Budget of a month in US dollars"},
        kind="number",
        default=0,
        help={
            "da": "X tager penge for hvert opkald. Når budgettet er brugt, venter kanalen til næste måned. 0 slår den fra.",
            "en": "X takes money for every call. When the budget is spent, the channel waits for the next month. 0 turns it off.",
        },
    ),
    Field(
        name="direct_messages",
        label={"da": "Hent direkte beskeder", "en": "Fetch direct messages"},
        kind="switch",
        required=False,
        default=True,
    ),
    Field(name="server", label={"da": "Server", "en": "Server"}, kind="url", required=False, default=HOME),
)


class Refused(Exception):
    """X said no, in its own words; ``status`` is HTTP's and ``code`` X's own, 0 without one."""

    def __init__(self, status: int, words: str, code: int = 0) -> None:
        super().__init__(words)
        self.status = status
        self.code = code


def keys_of(account: Account) -> Keys:
    """The four keys, without blanks around them."""
    consumer, consumer_secret, token, token_secret = (str(account.config.get(name) or "").strip() for name in _KEYS)
    return Keys(consumer=consumer, consumer_secret=consumer_secret, token=token, token_secret=token_secret)


def server_of(account: Account) -> str:
    """X's server, or the one that stands in its place."""
    return str(account.config.get("server") or HOME).rstrip("/")


def own_id(account: Account) -> str:
    """Our own user's number, which is the first part of the access token; "" when the token is none."""
    found = _USER.fullmatch(keys_of(account).token)
    return found[1] if found else ""


def ask(
    account: Account,
    method: str,
    path: str,
    *,
    query: Mapping[str, str] | None = None,
    json: Any = None,
    repeatable: bool | None = None,
) -> Mapping[str, Any]:
    """One call in our user's name; the object that X answers with.

    Raises Refused, TryLater (no connection, patience asked for, a fault of theirs, keys not accepted, no credits), Uncertain.
    """
    url, asked = f"{server_of(account)}{path}", dict(query or {})
    # The clock and chance stand here alone: both make a request valid once, and X refuses it when it is sent again.
    signed = header(method, url, asked, keys_of(account), nonce=secrets.token_hex(16), at=int(time.time()))
    answer = Web().call(method, url, query=asked, json=json, headers={"authorization": signed}, repeatable=repeatable, every=True)
    return _object(answer, written=method == "POST")


def _object(answer: Answer, *, written: bool) -> Mapping[str, Any]:
    if answer.status == TOO_MANY:
        raise TryLater(f"X asks for patience: {_words(answer)}", after=_until_reset(answer.headers))
    if answer.status == UNAUTHORIZED:
        raise SignInAgain(
            "X does not accept the keys (401). Make new ones, and look whether the clock is right.", after=AFTER_REFUSED
        )
    if answer.status == NO_CREDITS:
        raise TryLater("The credits at X are used up (402). Buy more in X's developer console.", after=AFTER_REFUSED)
    if answer.status >= FAULTS and not written:
        raise TryLater(f"X: {_words(answer)}")
    if not answer.ok:
        raise Refused(answer.status, _words(answer), _code(answer))
    found = _json(answer)
    return found if isinstance(found, dict) else {}


def _json(answer: Answer) -> Any:
    try:
        return answer.json()
    except NotUnderstood:
        return None


def _words(answer: Answer) -> str:
    found = _json(answer)
    said = found if isinstance(found, dict) else {}
    errors = said.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    for words in (said.get("detail"), first.get("message"), first.get("detail"), said.get("message"), said.get("title")):
        if isinstance(words, str) and words:
            return f"{words[:300]} ({answer.status})"
    return f"an answer without words ({answer.status})"


def _code(answer: Answer) -> int:
    found = _json(answer)
    errors = found.get("errors") if isinstance(found, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else None
    code = first.get("code") if isinstance(first, dict) else None
    return code if isinstance(code, int) else 0


def _until_reset(headers: Mapping[str, str]) -> float:
    """Seconds until X's window begins anew; a whole window where it does not say, which happens."""
    text = headers.get("x-rate-limit-reset", "").strip()
    if not (text.isascii() and text.isdigit()):
        return LONGEST_PAUSE
    return min(max(float(text[:12]) - time.time(), 1.0), 24 * 3600.0)
