"""The settings of an account, the way to LinkedIn's servers, and LinkedIn's refusals in a colleague's words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from samspil.channels.linkedin.version import version
from samspil.kit import Account, Field, TryLater
from samspil.kit.oauth import EARLY, AccessToken
from samspil.kit.web import Answer, Web, pause_of

NETWORK = "linkedin"
HOME, TOKENS = "https://api.linkedin.com", "https://www.linkedin.com"
PATIENCE = 3600.0
UNAUTHORIZED, TOO_MANY, OLD, FAULTS = 401, 429, 426, 500
COMMENT = re.compile(r"urn:li:comment:\((urn:li:[A-Za-z]{1,30}:[A-Za-z0-9_-]{1,40}),(\d{1,25})\)", re.ASCII)
POST = re.compile(r"urn:li:(?:share|ugcPost|activity):\d{1,25}", re.ASCII)

FIELDS: Sequence[Field] = (
    Field(
        name="organization",
        label={"da": "Sidens nummer", "en": "Number of the page"},
        help={
            "da": "Tallet i adressen linkedin.com/company/TAL/admin.",
            "en": "The digits in linkedin.com/company/DIGITS/admin.",
        },
    ),
    Field(name="client_id", label={"da": "Klientens id", "en": "Client id"}),
    Field(name="client_secret", label={"da": "Klientens hemmelighed", "en": "Client secret"}, kind="secret"),
    Field(
        name="refresh_token",
        label={"da": "Fornyelsestoken", "en": "Refresh token"},
        kind="secret",
        help={"da": "Holder et år; så laver du et nyt.", "en": "It lasts a year; then you make a new one."},
    ),
    Field(
        name="posts",
        label={"da": "Opslag, der holdes øje med", "en": "Posts that are watched"},
        kind="number",
        required=False,
        default=10,
        help={
            "da": "De nyeste. Hvert koster LinkedIn et opkald hvert tiende minut.",
            "en": "The newest. Each costs a call every ten minutes.",
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
    """LinkedIn said no, in its own words; ``status`` is HTTP's."""

    def __init__(self, status: int, words: str) -> None:
        super().__init__(words)
        self.status = status


def own_urn(account: Account) -> str:
    """Our page as LinkedIn names it; "" when its number is none."""
    said = str(account.config.get("organization") or "").strip().removeprefix("urn:li:organization:")
    return f"urn:li:organization:{said}" if said.isascii() and said.isdigit() and len(said) <= 20 else ""  # noqa: PLR2004


def path_of(urn: str) -> str:
    """The comments of a post or of a comment."""
    return f"socialActions/{quote(urn, safe='')}/comments"


def server_of(account: Account) -> str:
    """LinkedIn's server, or the one that stands in its place."""
    return str(account.config.get("server") or HOME).rstrip("/")


@dataclass(slots=True)
class LinkedIn:
    """Calls in the name of one account. The access token is fetched with the refresh token, and anew before it ends."""

    account: Account
    token: AccessToken = field(init=False)

    def __post_init__(self) -> None:
        self.token = AccessToken(self.account, TOKENS, "/oauth/v2/accessToken", _refused)

    def ask(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        json: Any = None,
        partial: bool = False,
        repeatable: bool | None = None,
    ) -> Mapping[str, Any]:
        """One call; the id of what was made comes along as ``made``. ``partial``: a POST changes what is there.

        Raises Refused, TryLater, Uncertain (not of a call that is ``repeatable``).
        """
        headers = {
            "authorization": self.token.bearer,
            "linkedin-version": version().value,
            "x-restli-protocol-version": "2.0.0",
            **({"x-restli-method": "PARTIAL_UPDATE"} if partial else {}),
        }
        answer = Web(base=server_of(self.account)).call(
            method, f"/rest/{path}", query=query, json=json, headers=headers, repeatable=repeatable, every=True
        )
        if answer.ok:
            return {**answer.said, "made": answer.headers.get("x-restli-id", "")}
        return self._refused(answer, written=method == "POST")

    def _refused(self, answer: Answer, *, written: bool) -> Mapping[str, Any]:
        words = f"{str(answer.said.get('message') or 'an answer without words')[:300]} ({answer.status})"
        if answer.status == UNAUTHORIZED:
            self.token.forget()
            raise TryLater("LinkedIn does not accept the access token.", after=EARLY)
        if answer.status == TOO_MANY:
            raise TryLater(f"LinkedIn asks for patience: {words}", after=pause_of(answer.headers) or PATIENCE)
        if answer.status == OLD:
            raise TryLater(
                f"LinkedIn does not answer version {version().value} any more: Samspil must be brought up to date.",
                after=PATIENCE,
            )
        if answer.status >= FAULTS and not written:
            raise TryLater(f"LinkedIn: {words}")
        raise Refused(answer.status, words)


def _refused(word: str) -> str:
    if word in {"invalid_grant", "invalid_request"}:
        return "LinkedIn does not take the refresh token: it is withdrawn, or a year old. Make a new one."
    return f"LinkedIn gave no access token ({word})."
