"""The way to the homeserver: signing in, and its refusals in words that a colleague understands."""

import hashlib
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from threading import Lock
from typing import Any
from urllib.parse import quote

from samspil.channels.matrix.settings import Settings, settings_of
from samspil.kit import Account, ChannelError, NotUnderstood, SignInAgain, TryLater, Uncertain
from samspil.kit.web import LONGEST_PAUSE, SERVER_FAULTS, TOO_MANY, Answer, Web, pause_of

API = "/_matrix/client/v3"
AFTER_REFUSED = 600.0
UNAUTHORIZED = 401
LARGEST = 64 * 1024 * 1024
"""Bytes of an answer: a first look at many rooms is large."""


class Refused(ChannelError):
    """The homeserver said no; ``code`` is the network's word ("M_FORBIDDEN"), ``status`` that of HTTP."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(f"{code or status}: {words}" if words else code or str(status))
        self.status, self.code = status, code


@dataclass(slots=True)
class _Known:
    tokens: dict[str, str]
    lock: Lock


# A password makes a token once in each process: a homeserver allows few sign-ins an hour, and each new one of the same device ends the last.
_known = _Known(tokens={}, lock=Lock())


class Server:
    """One account at its homeserver. ``device`` names the use ("in", "out"), so that one does not sign the other out."""

    def __init__(self, account: Account, device: str) -> None:
        self.settings: Settings = settings_of(account)
        if not self.settings.server or not self.settings.user:
            raise TryLater(
                "The homeserver's address or the account's name is not set, or has the wrong form.", after=AFTER_REFUSED
            )
        # The transaction ids of what we send count for one device: it is the same for every process that sends.
        self._device = f"SAMSPIL_{hashlib.sha256(account.id.encode()).hexdigest()[:12]}_{device.upper()}"
        self._keeps = account.keeps

    @property
    def device(self) -> str:
        """The name of the device that a password signs in: another one when the keys of the one before were lost."""
        kept = self._keeps.read(self._device) if self._keeps else {}
        return f"{self._device}_{kept[self._device][0].decode()}" if kept else self._device

    def be_another_device(self) -> None:
        """Sign the device out, and in as another. Only where a password is known. Raises TryLater."""
        if self._keeps is None:
            return
        with suppress(Refused):
            self.call("POST", path("logout"), json={}, repeatable=True)
        version = {name: found[1] for name, found in self._keeps.read(self._device).items()}
        self._keeps.write({self._device: (secrets.token_hex(4).encode(), version.get(self._device, 0))})
        self.forget()

    def call(self, method: str, path: str, **given: Any) -> Mapping[str, Any]:
        """The answer's object. Raises Refused, TryLater, Uncertain. Signs in anew once where a password is known."""
        for last in (bool(self.settings.token), True):
            try:
                return result(self.raw(method, path, **given))
            except Refused as refused:
                if refused.status != UNAUTHORIZED:
                    raise
                if last:
                    words = "The homeserver does not accept the access token or the password: give new ones."
                    raise SignInAgain(words, after=AFTER_REFUSED) from refused
            self.forget()
        raise AssertionError  # the last time ends above

    def raw(self, method: str, path: str, *, largest: int = LARGEST, **given: Any) -> Answer:
        """The answer as it came, with the account's token. Raises TryLater, Uncertain."""
        web = Web(base=self.settings.server, headers={"authorization": f"Bearer {self.token()}"}, largest=largest)
        if self.settings.hs_token:  # the token is the application service's, and it speaks for the account
            given["query"] = {**(given.get("query") or {}), "user_id": self.settings.user}
        return web.call(method, path, every=True, **given)

    def be_known(self) -> None:
        """Let an application service's account be made where there is none yet. Raises Refused, TryLater."""
        if not self.settings.hs_token:
            return
        web = Web(base=self.settings.server, headers={"authorization": f"Bearer {self.token()}"})
        name = self.settings.user[1:].partition(":")[0]
        asked = {"type": "m.login.application_service", "username": name, "inhibit_login": True}
        try:
            result(web.call("POST", f"{API}/register", json=asked, repeatable=True, every=True))
        except Refused as refused:
            if refused.code != "M_USER_IN_USE":
                raise

    def token(self) -> str:
        """The access token: the account's own, or one that the password makes. Raises TryLater."""
        settings = self.settings
        if settings.token or not settings.password:
            return settings.token
        key = hashlib.sha256(repr((settings.server, settings.user, settings.password, self.device)).encode()).hexdigest()
        with _known.lock:
            if key not in _known.tokens:
                _known.tokens[key] = self._sign_in()
            return _known.tokens[key]

    def forget(self) -> None:
        """The tokens made by password are made anew when they are next needed."""
        with _known.lock:
            _known.tokens.clear()

    def _sign_in(self) -> str:
        asked = {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": self.settings.user},
            "password": self.settings.password,
            "device_id": self.device,
            "initial_device_display_name": "Samspil",
        }
        web = Web(base=self.settings.server)
        try:
            # Signing in twice makes the same device twice: no harm.
            found = result(web.call("POST", f"{API}/login", json=asked, repeatable=True, every=True))
        except Uncertain as error:
            raise TryLater(str(error)) from error
        except Refused as error:
            raise SignInAgain(f"The homeserver did not let the account sign in ({error}).", after=AFTER_REFUSED) from error
        token = found.get("access_token")
        if not isinstance(token, str) or not token:
            raise TryLater("The homeserver gave no access token.", after=AFTER_REFUSED)
        return token


def path(*parts: str) -> str:
    """A path of the client-server API; ids come from strangers, and stand in it as one step each."""
    return "/".join([API, *(quote(part, safe="") for part in parts)])


def result(answer: Answer) -> Mapping[str, Any]:
    """The object of an answer. Raises Refused, and TryLater where the server asks for patience or is broken."""
    try:
        found = answer.json()
    except NotUnderstood:
        found = None
    said = found if isinstance(found, dict) else {}
    if answer.ok:
        if not isinstance(found, dict):
            raise TryLater("The homeserver's answer is no JSON object.")
        return found
    code, words = str(said.get("errcode") or "")[:60], str(said.get("error") or answer.words)[:300]
    if answer.status == TOO_MANY or code == "M_LIMIT_EXCEEDED":
        raise TryLater(f"The homeserver asks for patience: {words}", after=_pause(answer, said))
    if answer.status >= SERVER_FAULTS:
        raise TryLater(f"The homeserver has trouble ({answer.status} {code}): {words}")
    raise Refused(answer.status, code, words)


def _pause(answer: Answer, said: Mapping[str, Any]) -> float | None:
    after = pause_of(answer.headers)
    asked = said.get("retry_after_ms")
    if after is None and isinstance(asked, int | float) and not isinstance(asked, bool):
        after = min(max(asked / 1000, 0.0), LONGEST_PAUSE)
    return after
