"""The settings of an account, the way to Google's servers, and Google's refusals in a colleague's words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from samspil.kit import Account, Field, TryLater
from samspil.kit.oauth import EARLY, AccessToken
from samspil.kit.web import Web, pause_of

NETWORK = "google"
HOME, TOKENS = "https://mybusiness.googleapis.com", "https://oauth2.googleapis.com"
UNAUTHORIZED, TOO_MANY, FAULTS = 401, 429, 500
PLACE = re.compile(r"accounts/\d{1,30}/locations/\d{1,30}", re.ASCII)
REVIEW = re.compile(r"[A-Za-z0-9_=-]{1,150}", re.ASCII)

FIELDS: Sequence[Field] = (
    Field(
        name="place",
        label={"da": "Stedets navn i Googles API", "en": "Name of the place in Google's API"},
        help={"da": "accounts/TAL/locations/TAL", "en": "accounts/DIGITS/locations/DIGITS"},
    ),
    Field(name="client_id", label={"da": "Klientens id", "en": "Client id"}),
    Field(name="client_secret", label={"da": "Klientens hemmelighed", "en": "Client secret"}, kind="secret"),
    Field(name="refresh_token", label={"da": "Fornyelsestoken", "en": "Refresh token"}, kind="secret"),
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
    """Google said no, in its own words; ``status`` is HTTP's."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def place_of(account: Account) -> str:
    """The name of our place; "" when it is none."""
    said = str(account.config.get("place") or "").strip().strip("/")
    return said if PLACE.fullmatch(said) else ""


def server_of(account: Account) -> str:
    """Google's server, or the one that stands in its place."""
    return str(account.config.get("server") or HOME).rstrip("/")


@dataclass(slots=True)
class Google:
    """Calls in the name of one account. The access token is fetched with the refresh token, and anew before it ends."""

    account: Account
    token: AccessToken = field(init=False)

    def __post_init__(self) -> None:
        self.token = AccessToken(self.account, TOKENS, "/token", _refused)

    def ask(self, method: str, path: str, query: Mapping[str, str] | None = None, *, json: Any = None) -> Mapping[str, Any]:
        """One call; a PUT may be made twice, it puts the same in the same place. Raises Refused, TryLater."""
        headers = {"authorization": self.token.bearer}
        answer = Web(base=server_of(self.account)).call(
            method, f"/v4/{path}", query=query, json=json, headers=headers, every=True
        )
        if answer.ok:
            return answer.said
        error = answer.said.get("error")
        about = error if isinstance(error, dict) else {}
        words = f"{str(about.get('message') or 'an answer without words')[:300]} ({answer.status})"
        if answer.status == UNAUTHORIZED:
            self.token.forget()
            raise TryLater("Google does not accept the access token.", after=EARLY)
        if answer.status == TOO_MANY:
            raise TryLater(f"Google asks for patience: {words}", after=pause_of(answer.headers) or EARLY)
        if answer.status >= FAULTS:
            raise TryLater(f"Google: {words}")
        raise Refused(answer.status, words)


def _refused(word: str) -> str:
    return {
        "invalid_grant": "Google has withdrawn the refresh token. Make a new one, as the guide says.",
        "invalid_client": "Google does not know the client id or its secret.",
    }.get(word, f"Google gave no access token ({word}).")
