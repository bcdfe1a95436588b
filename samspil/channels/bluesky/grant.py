"""What a sign-in by OAuth left with us: tokens and their key, in the account's drawer, renewed by one process for all.

A refresh token can be spent once. Who wants to spend it first writes so in the drawer, in place of what was read: of two processes one
is overtaken, and waits for what the other brings.
"""

import hashlib
import hmac
import json
import time
from dataclasses import asdict, dataclass, replace
from typing import Any

from samspil.channels.bluesky import dpop
from samspil.channels.bluesky.client import Client, client_of
from samspil.channels.bluesky.places import inside
from samspil.channels.bluesky.settings import Settings, did_of, settings_of
from samspil.kit import Account, Keeps, SignInAgain, TryLater
from samspil.kit.web import Answer, NotAllowed, Web

NAME = "oauth.grant"
EARLY = 60.0
"""Seconds before its end at which an access token counts as ended."""
CLAIM = 90.0
"""Seconds after which a renewal that was begun is believed to have died: longer than its calls can take."""
PATIENCE = 20.0
LOOK = 0.1
"""Seconds for which another process's renewal is waited for, and between two looks at it."""
AFTER_REFUSED = 600.0
LARGEST = 100_000
LONGEST_TOKEN = 20_000
GONE = "invalid_grant"
UNREADABLE = "What was kept of the sign-in cannot be read with this installation's secret key. Disconnect the account, and connect it again."
AGAIN = "Sign in to Bluesky again from this account's page."


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """Who is signed in, where, and with what.

    ``until`` (seconds since 1970) is when ``access`` ends. ``claimed`` is when a process began to renew, 0.0 when none is at it.
    ``refused`` is why a person must sign in again; "" while all is well. ``identifier`` and ``beside`` are the account's name and the
    digest of its app password at the time of the sign-in: where either is another now, the settings are newer than the sign-in.
    """

    did: str
    handle: str
    pds: str
    issuer: str
    token_place: str
    revoke_place: str
    client_id: str
    key: str
    identifier: str
    beside: str
    access: str
    refresh: str
    until: float
    claimed: float = 0.0
    refused: str = ""


def digest(account: Account, settings: Settings) -> str:
    """What tells one app password of the account from another, and nothing else of it; "" for none."""
    password = settings.password.encode("utf-8", "replace")
    return hmac.new(account.key, b"beside" + password, hashlib.sha256).hexdigest() if password else ""


def applies(grant: Grant, account: Account, settings: Settings) -> bool:
    """Whether the sign-in is how the account is used: no app password is there, or none that came after it, and the name is the same."""
    return grant.identifier == settings.identifier and (not settings.password or grant.beside == digest(account, settings))


def read(keeps: Keeps | None) -> tuple[Grant | None, int]:
    """What is kept, and its version; (None, version) for nothing that can be used. Raises ValueError for what cannot be opened."""
    value, version = (keeps.read(NAME) if keeps else {}).get(NAME, (b"", 0))
    try:
        return (Grant(**json.loads(value)) if value else None), version
    except (ValueError, TypeError):  # another version of this program wrote it
        return None, version


def write(keeps: Keeps, grant: Grant, before: int) -> bool:
    """Keep it in place of the version that was read; False where somebody was quicker."""
    return keeps.write({NAME: (json.dumps(asdict(grant)).encode(), before)})


def taken(found: Answer, grant: Grant) -> Grant:
    """The grant with the tokens that the server gave. Raises TryLater for an answer that gives none, or those of somebody else."""
    said = found.said
    access, refresh, lasts = said.get("access_token"), said.get("refresh_token"), said.get("expires_in")
    good = all(isinstance(one, str) and 0 < len(one) <= LONGEST_TOKEN for one in (access, refresh))
    if not good or str(said.get("token_type")).lower() != "dpop" or did_of(said.get("sub")) != grant.did:
        raise TryLater("The server that signs in gave no tokens for this account.", after=AFTER_REFUSED)
    seconds = lasts if isinstance(lasts, int) and lasts > 0 else 300
    until = time.time() + seconds
    return replace(grant, access=str(access), refresh=str(refresh), until=until, claimed=0.0, refused="")


def ask(client: Client, grant: Grant, place: str, form: dict[str, str], own: tuple[str, ...]) -> Answer:
    """One call of the authorisation server in our client's name. Raises TryLater: then it may or may not have arrived."""
    web = Web(inside=own, largest=LARGEST, patience=15.0)
    try:
        return dpop.call(web, grant.key, "POST", place, form=lambda: {**form, **client.proves(grant.issuer)}, repeatable=True)
    except NotAllowed as error:
        raise TryLater(str(error), after=AFTER_REFUSED) from error


class Signed:
    """The signed-in calls of one account, by one grant for all processes."""

    def __init__(self, account: Account, keeps: Keeps, grant: Grant) -> None:
        self._account, self._keeps, self.grant = account, keeps, grant
        self._own = inside(settings_of(account))

    def call(self, method: str, path: str, **given: Any) -> Answer:
        """Call the account's server, once more with a new token where the old one is not taken. Raises TryLater, Uncertain."""
        if self.grant.refused or self.grant.until - EARLY < time.time():
            self.grant = self.fresh()
        answer = self._call(method, path, given)
        if answer.status == 401 and _is_worn(answer):  # noqa: PLR2004
            self.grant = self.fresh(worn=self.grant.access)
            answer = self._call(method, path, given)
        return answer

    def fresh(self, worn: str = "") -> Grant:
        """The grant with a token that is good and not ``worn``: the one kept, or a new one. Raises SignInAgain, TryLater."""
        end = time.monotonic() + PATIENCE
        while True:
            grant, version = read(self._keeps)
            if grant is None or not applies(grant, self._account, settings_of(self._account)):
                raise SignInAgain(AGAIN, after=AFTER_REFUSED)
            if grant.refused:
                raise SignInAgain(grant.refused, after=AFTER_REFUSED)
            if grant.access != worn and grant.until - EARLY > time.time():
                return grant
            if time.time() - grant.claimed > CLAIM:
                mine = replace(grant, claimed=time.time())
                if write(self._keeps, mine, version):
                    return self._renewed(mine, version + 1)
                continue
            if time.monotonic() > end:
                raise TryLater("Another process is renewing the sign-in.", after=5.0)
            time.sleep(LOOK)

    def _renewed(self, grant: Grant, version: int) -> Grant:
        client = client_of(self._keeps, grant.client_id)
        form = {"grant_type": "refresh_token", "refresh_token": grant.refresh}
        try:
            answer = ask(client, grant, grant.token_place, form, self._own)
            if not answer.ok:
                self._refused(grant, version, answer)
            new = taken(answer, grant)
        except SignInAgain:
            raise
        except TryLater:
            write(self._keeps, replace(grant, claimed=0.0), version)
            raise
        # Overtaken here: a colleague has signed in anew meanwhile, and what they brought is better.
        return new if write(self._keeps, new, version) else self.fresh()

    def _refused(self, grant: Grant, version: int, answer: Answer) -> None:
        code = str(answer.said.get("error") or answer.status)[:60]
        if code != GONE:
            raise TryLater(f"The server that signs in renewed nothing ({code}).", after=60.0)
        words = f"Bluesky accepts the sign-in no more. {AGAIN}"
        write(self._keeps, replace(grant, access="", refresh="", claimed=0.0, refused=words), version)
        raise SignInAgain(words, after=AFTER_REFUSED)

    def _call(self, method: str, path: str, given: dict[str, Any]) -> Answer:
        grant = self.grant
        web = Web(base=grant.pds, inside=self._own, largest=4 * 1024 * 1024)
        try:
            return dpop.call(web, grant.key, method, path, token=grant.access, **given)
        except NotAllowed as error:
            raise TryLater(str(error), after=AFTER_REFUSED) from error


def signed_of(account: Account) -> Signed | None:
    """The account's calls by OAuth; None where it is used with its app password, or nobody has signed in. Raises SignInAgain."""
    settings = settings_of(account)
    try:
        grant, _ = read(account.keeps)
    except ValueError as error:
        if settings.password:
            return None
        raise SignInAgain(UNREADABLE, after=AFTER_REFUSED) from error
    if account.keeps is None or grant is None or not applies(grant, account, settings):
        return None
    return Signed(account, account.keeps, grant)


def _is_worn(answer: Answer) -> bool:
    """Whether the token itself is not taken; a right that it lacks is told with other words."""
    told = answer.headers.get("www-authenticate", "")
    return 'error="invalid_token"' in told or answer.said.get("error") in {"invalid_token", "ExpiredToken"}
