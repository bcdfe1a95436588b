"""An access token made new with a refresh token (OAuth 2.0, RFC 6749, section 6), for networks where both are pasted into the settings.

The account's ``client_id``, ``client_secret`` and ``refresh_token`` are given to its ``token_server``.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from samspil.kit.account import Account
from samspil.kit.errors import SignInAgain
from samspil.kit.web import Web

EARLY = 60.0
"""Seconds before its end at which a token counts as ended."""
AFTER_REFUSED = 600.0


@dataclass(slots=True)
class AccessToken:
    """The access token of one account. ``home`` is the server that gives it where the account names none, ``path`` its place there.

    ``refused`` makes a colleague's words of the server's one word (``invalid_grant``, or the status).
    """

    account: Account
    home: str
    path: str
    refused: Callable[[str], str]
    _token: str = ""
    _until: float = 0.0

    @property
    def bearer(self) -> str:
        """The header's value; the token is made new where it has ended. Raises SignInAgain, TryLater."""
        if time.monotonic() > self._until:
            self._renew()
        return f"Bearer {self._token}"

    def forget(self) -> None:
        """Make it new at the next call: the network has not accepted it."""
        self._until = 0.0

    def _renew(self) -> None:
        config = self.account.config
        form = {name: str(config.get(name) or "").strip() for name in ("client_id", "client_secret", "refresh_token")}
        web = Web(base=str(config.get("token_server") or self.home))
        answer = web.call("POST", self.path, form={**form, "grant_type": "refresh_token"}, repeatable=True)
        token, lasts = answer.said.get("access_token"), answer.said.get("expires_in")
        if not answer.ok or not isinstance(token, str):
            raise SignInAgain(self.refused(str(answer.said.get("error") or answer.status)[:60]), after=AFTER_REFUSED)
        self._token = token
        self._until = time.monotonic() + max((lasts if isinstance(lasts, int) else 0) - EARLY, 1.0)
