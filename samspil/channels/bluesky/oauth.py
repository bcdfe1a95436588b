"""Signing in at the account's own server, in the colleague's browser: PAR, PKCE and DPoP. Source: atproto.com/specs/oauth."""

import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import asdict
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from urllib.parse import urlencode

from samspil.channels.bluesky import client as client_page
from samspil.channels.bluesky import dpop, grant, places
from samspil.channels.bluesky.client import SCOPE, Client, client_for, client_of
from samspil.channels.bluesky.grant import Grant, ask
from samspil.channels.bluesky.settings import Settings, did_of, settings_of
from samspil.channels.bluesky.values import line
from samspil.kit import Account, Keeps, NotSignedIn, TryLater
from samspil.kit.channel import SECONDS_TO_SIGN_IN

NAME = "oauth.pending"


def sign_in(account: Account, *, back: str, state: str) -> str:
    """The address to send the browser to. What is needed when it comes back is kept. Raises NotSignedIn, TryLater."""
    settings, keeps = settings_of(account), _drawer(account)
    client = client_for(account, keeps, back)
    there = places.find(settings)
    begun = _begun(account, settings, there, client)
    verifier = secrets.token_urlsafe(48)
    asked = {
        "response_type": "code",
        "redirect_uri": back,
        "scope": SCOPE,
        "state": state,
        "login_hint": settings.identifier,
        "code_challenge_method": "S256",
        "code_challenge": urlsafe_b64encode(sha256(verifier.encode()).digest()).rstrip(b"=").decode(),
    }
    answer = ask(client, begun, there.push, asked, places.inside(settings))
    request = answer.said.get("request_uri")
    if not answer.ok or not isinstance(request, str):
        raise NotSignedIn(_words(answer.said) or answer.words, why="refused")
    kept = {"state": state, "verifier": verifier, "back": back, "at": time.time(), "grant": asdict(begun)}
    version = keeps.read(NAME).get(NAME, (b"", 0))[1]
    if not keeps.write({NAME: (json.dumps(kept).encode(), version)}):
        raise TryLater("Somebody else is signing in just now.")
    mark = "&" if "?" in there.authorize else "?"
    return f"{there.authorize}{mark}{urlencode({'client_id': client.ident, 'request_uri': request})}"


def signed_in(account: Account, query: Mapping[str, str]) -> None:
    """Change the code that came back for tokens, and keep them. Raises NotSignedIn, TryLater."""
    settings, keeps = settings_of(account), _drawer(account)
    pending = _pending(keeps, query.get("state", ""))
    begun = Grant(**pending["grant"])
    if query.get("iss") != begun.issuer:
        raise NotSignedIn(f"{line(query.get('iss'), 200) or 'Nobody'} answered, and {begun.issuer} was asked.", why="elsewhere")
    if query.get("error"):
        why = "denied" if query["error"] == "access_denied" else "refused"
        raise NotSignedIn(_words(query), why=why)  # type: ignore[arg-type]
    if begun.identifier != settings.identifier:
        raise NotSignedIn("The account's name was changed meanwhile.", why="old")
    own, client = places.inside(settings), client_of(keeps, begun.client_id)
    form = {
        "grant_type": "authorization_code",
        "code": query.get("code", ""),
        "redirect_uri": pending["back"],
        "code_verifier": pending["verifier"],
    }
    answer = ask(client, begun, begun.token_place, form, own)
    if not answer.ok:
        raise NotSignedIn(_words(answer.said) or f"{begun.issuer} gave no tokens ({answer.status})", why="refused")
    # That this server may speak for this DID was found out before: the DID's document named the PDS, and the PDS this server.
    who = did_of(answer.said.get("sub"))
    if who != begun.did:
        _give_back(client, begun, answer.said, own)
        raise NotSignedIn(f"{who or 'Nobody'} signed in, and {begun.did} was asked for.", why="other")
    if "atproto" not in str(answer.said.get("scope")).split():
        _give_back(client, begun, answer.said, own)
        raise NotSignedIn("The server gave no right to use the account.", why="refused")
    _keep(keeps, grant.taken(answer, begun))


def sign_out(account: Account) -> None:
    """Revoke what the account has, and forget it. Raises TryLater."""
    try:
        found, version = grant.read(account.keeps)
    except ValueError:
        return
    if account.keeps is None or found is None:
        return
    if found.refresh and found.revoke_place:
        _revoke(client_of(account.keeps, found.client_id), found, found.refresh, places.inside(settings_of(account)))
    account.keeps.write({grant.NAME: (None, version)})


def _begun(account: Account, settings: Settings, there: places.Place, client: Client) -> Grant:
    method = "private_key_jwt" if client.key else "none"
    if method not in there.methods:
        raise NotSignedIn(f"{there.issuer} does not take programs of our kind ({method}).", why="refused")
    return Grant(
        did=there.did,
        handle=there.handle,
        pds=there.pds,
        issuer=there.issuer,
        token_place=there.token,
        revoke_place=there.revoke,
        client_id=client.ident,
        key=dpop.new_key(),
        identifier=settings.identifier,
        beside=grant.digest(account, settings),
        access="",
        refresh="",
        until=0.0,
    )


def _pending(keeps: Keeps, state: str) -> dict[str, Any]:
    """The sign-in that was begun with this state. It is taken away, so that no answer counts twice. Raises NotSignedIn."""
    value, version = keeps.read(NAME).get(NAME, (b"", 0))
    found = json.loads(value) if value else {}
    if not (state and compare_digest(str(found.get("state", "")).encode(), state.encode("utf-8", "replace"))):
        raise NotSignedIn("No sign-in was begun that this belongs to.", why="old")
    if not keeps.write({NAME: (None, version)}) or not 0 <= time.time() - found["at"] <= SECONDS_TO_SIGN_IN:
        raise NotSignedIn("The sign-in was begun too long ago, or was ended already.", why="old")
    return dict(found)


def _keep(keeps: Keeps, new: Grant) -> None:
    """In place of whatever is there: a sign-in by a person is newer than any renewal."""
    for _ in range(10):
        if grant.write(keeps, new, grant.read(keeps)[1]):
            return
    raise TryLater("What the sign-in brought could not be kept. Sign in again.")


def _give_back(client: Client, begun: Grant, said: Mapping[str, Any], own: tuple[str, ...]) -> None:
    token = said.get("refresh_token")
    if isinstance(token, str) and begun.revoke_place:
        try:
            _revoke(client, begun, token, own)
        except TryLater:
            return  # it ends by itself


def _revoke(client: Client, found: Grant, token: str, own: tuple[str, ...]) -> None:
    answer = ask(client, found, found.revoke_place, {"token": token, "token_type_hint": "refresh_token"}, own)
    if not answer.ok:
        raise TryLater(f"{found.issuer} did not take the sign-out ({answer.status}).")


def _drawer(account: Account) -> Keeps:
    if account.keeps is None:
        raise TryLater("There is no place to keep a sign-in.")
    try:
        account.keeps.read(NAME, grant.NAME, client_page.NAME)
    except ValueError as error:  # it could not be written over either
        raise NotSignedIn(grant.UNREADABLE, why="refused") from error
    return account.keeps


def _words(said: Mapping[str, Any]) -> str:
    return line(said.get("error_description") or said.get("error"), 300)
