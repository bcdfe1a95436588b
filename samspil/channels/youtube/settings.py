"""The settings of an account, the way to Google's servers, and YouTube's refusals in a colleague's words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from samspil.channels.youtube.quota import seconds_of_day
from samspil.kit import Account, Field, TryLater
from samspil.kit.oauth import EARLY, AccessToken
from samspil.kit.web import Answer, Web

NETWORK = "youtube"
HOME, TOKENS = "https://www.googleapis.com", "https://oauth2.googleapis.com"
UNAUTHORIZED, TOO_MANY, FAULTS = 401, 429, 500
CHANNEL = re.compile(r"UC[A-Za-z0-9_-]{22}", re.ASCII)
_USED_UP = ("quotaExceeded", "dailyLimitExceeded")
_PATIENCE = ("rateLimitExceeded", "userRateLimitExceeded", "processingFailure")

FIELDS: Sequence[Field] = (
    Field(
        name="channel",
        label={"da": "Kanalens id", "en": "Id of the channel"},
        help={
            "da": "UC og 22 tegn; i YouTube under Indstillinger, Avancerede indstillinger.",
            "en": "UC and 22 characters; in YouTube under Settings, Advanced settings.",
        },
    ),
    Field(name="client_id", label={"da": "Klientens id", "en": "Client id"}),
    Field(name="client_secret", label={"da": "Klientens hemmelighed", "en": "Client secret"}, kind="secret"),
    Field(name="refresh_token", label={"da": "Fornyelsestoken", "en": "Refresh token"}, kind="secret"),
    Field(
        name="quota",
        label={"da": "Enheder om dagen", "en": "Units a day"},
        kind="number",
        required=False,
        help={
            "da": "Kun hvis Google har givet jer flere end alle andre.",
            "en": "Only if Google has given you more than everybody else.",
        },
    ),
    Field(name="server", label={"da": "Server", "en": "Server"}, kind="url", required=False, default=HOME),
    Field(
        name="token_server",
        label={"da": "Server for tokens", "en": "Server of tokens"},
        kind="url",
        required=False,
        default=TOKENS,
    ),
)


class Refused(Exception):
    """YouTube said no, in its own words; ``reason`` is its word for programs, ``status`` HTTP's."""

    def __init__(self, status: int, reason: str, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.reason = reason


def own_channel(account: Account) -> str:
    """Our own channel's id; "" when it is none."""
    said = str(account.config.get("channel") or "").strip()
    return said if CHANNEL.fullmatch(said) else ""


@dataclass(slots=True)
class Google:
    """Calls in the name of one account. The access token is fetched with the refresh token, and anew before it ends."""

    account: Account
    token: AccessToken = field(init=False)

    def __post_init__(self) -> None:
        self.token = AccessToken(self.account, TOKENS, "/token", _refused)

    def ask(self, method: str, path: str, query: Mapping[str, str], *, json: Any = None) -> Mapping[str, Any]:
        """One call. Raises Refused, TryLater (also where the day's quota is used up), Uncertain."""
        base = str(self.account.config.get("server") or HOME)
        answer = Web(base=base).call(
            method,
            f"/youtube/v3/{path}",
            query=query,
            json=json,
            headers={"authorization": self.token.bearer},
            every=True,
        )
        if answer.status == UNAUTHORIZED:
            self.token.forget()
            raise TryLater("YouTube does not accept the access token.", after=EARLY)
        return _object(answer, written=method == "POST")


def _object(answer: Answer, *, written: bool) -> Mapping[str, Any]:
    found = answer.said
    if answer.ok:
        return found
    error = found.get("error")
    about = error if isinstance(error, dict) else {}
    errors = about.get("errors")
    first = errors[0] if isinstance(errors, list) and errors and isinstance(errors[0], dict) else {}
    reason, words = str(first.get("reason") or "")[:60], str(about.get("message") or "an answer without words")[:300]
    if reason in _USED_UP:
        raise TryLater("The day's quota at YouTube is used up; it begins anew at midnight in California.", after=_rest())
    if answer.status == TOO_MANY or reason in _PATIENCE:
        raise TryLater(f"YouTube asks for patience: {words}", after=EARLY)
    if answer.status >= FAULTS and not written:
        raise TryLater(f"YouTube: {words} ({answer.status})")
    raise Refused(answer.status, reason, f"{words} ({reason or answer.status})")


def _rest() -> float:
    return seconds_of_day(datetime.now(UTC))


def _refused(word: str) -> str:
    return {
        "invalid_grant": "Google has withdrawn the refresh token. Make a new one, as the guide says.",
        "invalid_client": "Google does not know the client id or its secret.",
    }.get(word, f"Google gave no access token ({word}).")
