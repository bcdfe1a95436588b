"""Signed-in calls of an account's server. One session serves all calls of a process: signing in is limited to 300 times a day."""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from samspil.channels.bluesky.dpop import forget_nonces
from samspil.channels.bluesky.grant import signed_of
from samspil.channels.bluesky.settings import Settings, did_of, settings_of
from samspil.kit import Account, ChannelError, NotUnderstood, SignInAgain, TryLater
from samspil.kit.web import Answer, Web

AFTER_REFUSED = 600.0
"""Seconds in which a password that was refused is not tried again."""
OWN_MACHINES = ".host.bsky.network"
"""bsky.social signs accounts in and keeps them on machines of these names; direct messages are to be had there alone."""
CHAT_SERVICE = {"atproto-proxy": "did:web:api.bsky.chat#bsky_chat"}
LONGEST = 4 * 1024 * 1024
REFUSALS = (400, 401, 403)
OLD, ODD = "ExpiredToken", "InvalidToken"


class Refused(ChannelError):
    """The server said no: ``code`` is the protocol's name of the reason, ``status`` HTTP's."""

    def __init__(self, code: str, words: str, status: int) -> None:
        super().__init__(words)
        self.code, self.status = code, status


@dataclass(slots=True)
class _Session:
    lock: Lock = field(default_factory=Lock)
    access: str = ""
    refresh: str = ""
    base: str = ""
    did: str = ""
    handle: str = ""
    refused: float = 0.0
    why: str = ""


_sessions: dict[tuple[str, ...], _Session] = {}
_guard = Lock()


def forget_sessions() -> None:
    """Begin anew, as a process that has just started; for tests."""
    with _guard:
        _sessions.clear()
    forget_nonces()


class Net:
    """One account's way to its server: by the sign-in at the network where there is one (OAuth), else by the app password."""

    def __init__(self, account: Account) -> None:
        self.settings = settings_of(account)
        if not self.settings.host:
            raise TryLater("The server's address is none. Write it as https://pds.example.", after=AFTER_REFUSED)
        self._signed = signed_of(account)
        self._session = _session_of(account.id, self.settings)

    @property
    def did(self) -> str:
        """The account's own DID; signs in where that has not happened yet. Raises TryLater."""
        if self._signed is not None:
            return self._signed.grant.did
        self._access()
        return self._session.did

    @property
    def handle(self) -> str:
        """The account's own handle as the server said it last; "" before the first call."""
        return self._session.handle if self._signed is None else self._signed.grant.handle

    @property
    def by_oauth(self) -> bool:
        """Whether the account is signed in at the network, without an app password."""
        return self._signed is not None

    def call(
        self, method: str, name: str, *, headers: Mapping[str, str] | None = None, chat: bool = False, **given: Any
    ) -> Answer:
        """Call one method of the protocol, once more with a new token where the old one has expired. Raises TryLater, Uncertain."""
        if self._signed is not None:
            more = {**(CHAT_SERVICE if chat else {}), **(headers or {})}
            return self._signed.call(method, f"/xrpc/{name}", headers=more, **given)
        token = self._access()
        answer = self._call(token, method, name, headers, chat=chat, given=given)
        # A password without the right to direct messages is told with "InvalidToken" too: no reason for a new session each time.
        if answer.status in REFUSALS and code_of(answer) in ({OLD} if chat else {OLD, ODD}):
            answer = self._call(self._access(worn=token), method, name, headers, chat=chat, given=given)
        return answer

    def ask(self, name: str, *, chat: bool = False, **query: Any) -> dict[str, Any]:
        """The answer to a question, as an object. Raises TryLater, Refused."""
        asked = {key: value for key, value in query.items() if value not in (None, "")}
        return object_of(self.call("GET", name, query=asked, chat=chat))

    def _call(
        self, token: str, method: str, name: str, more: Mapping[str, str] | None, *, chat: bool, given: Mapping[str, Any]
    ) -> Answer:
        headers = {"authorization": f"Bearer {token}", **(CHAT_SERVICE if chat else {}), **(more or {})}
        web = Web(base=self._session.base or self.settings.server, headers=headers, largest=LONGEST)
        return web.call(method, f"/xrpc/{name}", **given)

    def _access(self, worn: str = "") -> str:
        """A token that is not ``worn``: the one at hand, a renewed one, or that of a new session."""
        session = self._session
        with session.lock:
            if session.access and session.access != worn:
                return session.access
            if not (session.refresh and self._renew(session)):
                self._sign_in(session)
            return session.access

    def _renew(self, session: _Session) -> bool:
        web = Web(base=session.base or self.settings.server, headers={"authorization": f"Bearer {session.refresh}"})
        answer = web.call("POST", "/xrpc/com.atproto.server.refreshSession", repeatable=True)
        if not answer.ok:
            session.refresh = ""
            return False
        _keep(session, _read(answer), self.settings)
        return True

    def _sign_in(self, session: _Session) -> None:
        left = session.refused - time.monotonic()
        if left > 0:
            raise SignInAgain(session.why, after=left)
        settings = self.settings
        if not (settings.identifier and settings.password):
            words = (
                "Nobody has signed in. Sign in at Bluesky from this account's page, or write its name and an app password there."
            )
            raise SignInAgain(words, after=AFTER_REFUSED)
        answer = Web(base=settings.server).call(
            "POST",
            "/xrpc/com.atproto.server.createSession",
            json={"identifier": settings.identifier, "password": settings.password},
            repeatable=True,
        )
        if not answer.ok:
            session.access, session.why = "", _why(answer, settings)
            session.refused = time.monotonic() + AFTER_REFUSED
            raise SignInAgain(session.why, after=AFTER_REFUSED)
        _keep(session, _read(answer), settings)


def code_of(answer: Answer) -> str:
    """The protocol's name of the reason for a refusal; "" where there is none."""
    try:
        found = answer.json()
    except NotUnderstood:
        return ""
    return str(found.get("error") or "")[:100] if isinstance(found, dict) else ""


def object_of(answer: Answer) -> dict[str, Any]:
    """The object in an answer. Raises Refused where the server said no, TryLater where it said nothing that makes sense."""
    if not answer.ok:
        raise Refused(code_of(answer), words_of(answer), answer.status)
    try:
        found = answer.json()
    except NotUnderstood as error:
        raise TryLater("The server's answer is not JSON.") from error
    if not isinstance(found, dict):
        raise TryLater("The server's answer is no JSON object.")
    return found


def words_of(answer: Answer) -> str:
    """The server's own words about a refusal, for a colleague to read."""
    try:
        found = answer.json()
        said = found.get("message") or found.get("error") if isinstance(found, dict) else ""
    except NotUnderstood:
        said = ""
    return f"{answer.status}: {str(said)[:300]}" if said else answer.words


def _session_of(ident: str, settings: Settings) -> _Session:
    # The password is part of the key, as a digest: a new one is a new session, and is tried at once.
    secret = hashlib.sha256(settings.password.encode("utf-8", "replace")).hexdigest()
    with _guard:
        return _sessions.setdefault((ident, settings.server, settings.identifier, secret), _Session())


def _read(answer: Answer) -> dict[str, Any]:
    try:
        found = answer.json()
    except NotUnderstood:
        found = None
    named = found if isinstance(found, dict) else {}
    if not (did_of(named.get("did")) and all(isinstance(named.get(key), str) for key in ("accessJwt", "refreshJwt"))):
        raise TryLater("This is no server of the AT Protocol, or its address is wrong.", after=AFTER_REFUSED)
    if named.get("active") is False:
        raise TryLater(f"The account is {str(named.get('status') or 'not active')[:40]}.", after=AFTER_REFUSED)
    return named


def _keep(session: _Session, found: Mapping[str, Any], settings: Settings) -> None:
    session.access, session.refresh = str(found["accessJwt"]), str(found["refreshJwt"])
    session.did, session.handle = did_of(found["did"]), str(found.get("handle") or "")[:253]
    session.base = _machine(found.get("didDoc")) or session.base or settings.server


def _machine(document: object) -> str:
    """Bluesky's own machine that holds the account. Any other address in the document is not followed: our token would go there."""
    services = document.get("service") if isinstance(document, dict) else None
    for row in services if isinstance(services, list) else []:
        address = row.get("serviceEndpoint") if isinstance(row, dict) else None
        try:
            parts = urlsplit(address) if isinstance(address, str) else None
        except ValueError:
            continue
        if parts and parts.scheme == "https" and parts.netloc.endswith(OWN_MACHINES) and "@" not in parts.netloc:
            return f"https://{parts.netloc}"
    return ""


def _why(answer: Answer, settings: Settings) -> str:
    code = code_of(answer)
    if code == "AuthFactorTokenRequired":
        return "The server asks for a code from a mail: that is the account's own password. Make an app password instead."
    if code == "AccountTakedown":
        return "The account has been taken down by the network."
    if answer.status in REFUSALS:
        return f"{settings.host} refused the name or the app password ({words_of(answer)}). Make a new app password."
    return f"{settings.host} did not let us sign in ({words_of(answer)}). Look whether the address is right."
