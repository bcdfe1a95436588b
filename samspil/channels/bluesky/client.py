"""Who we are to an authorisation server: a program that it can look up at a public address, or one on a colleague's own machine.

Where the installation has a public https address we sign what we ask for with a key of our own (a confidential client): such a sign-in
lasts, while that of a program without a key ends after two weeks.
"""

import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from samspil.channels.bluesky import dpop
from samspil.kit import Account, Heard, Keeps, NotSignedIn, Request, TryLater

NAME = "oauth.client"
PAGE = "client.json"
SCOPE = "atproto transition:generic transition:chat.bsky"
LOOPBACK = "http://localhost"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
LASTS = 60
"""Seconds that a proof of who we are is good for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """``key`` is our private key, as PEM; "" for a program on a colleague's own machine."""

    ident: str
    key: str = ""

    def proves(self, issuer: str) -> dict[str, str]:
        """The fields of a form that say and prove who we are (RFC 7523)."""
        said = {"client_id": self.ident}
        if not self.key:
            return said
        now = int(time.time())
        claims = {"iss": self.ident, "sub": self.ident, "aud": issuer, "jti": secrets.token_urlsafe(16)}
        claims_in_time = {**claims, "iat": now, "exp": now + LASTS}
        token = dpop.signed({"typ": "JWT", "kid": dpop.public_jwk(self.key)["kid"]}, claims_in_time, self.key)
        return {**said, "client_assertion_type": ASSERTION, "client_assertion": token}


def client_for(account: Account, keeps: Keeps, back: str) -> Client:
    """Who we are where browsers come back to ``back``; the key is made at the first call. Raises NotSignedIn, TryLater."""
    parts = urlsplit(back)
    if parts.scheme == "http" and parts.hostname in {"127.0.0.1", "::1"}:
        # The port is left out of the comparison by the server, and kept in what it sends back.
        return Client(ident=f"{LOOPBACK}?{urlencode({'redirect_uri': back, 'scope': SCOPE})}")
    if parts.scheme == "http" and parts.hostname == "localhost":
        there = back.replace("//localhost", "//127.0.0.1", 1)
        words = f"Bluesky sends nobody back to localhost. Open this page at {urlsplit(there).netloc} and sign in from there."
        raise NotSignedIn(words, why="address")
    if parts.scheme != "https" or not parts.hostname or "." not in parts.hostname or parts.port not in {None, 443}:
        words = "To sign in at Bluesky, Samspil needs a public https address (SAMSPIL_PUBLIC_URL). An app password works without."
        raise NotSignedIn(words, why="address")
    ident = f"https://{parts.netloc}/in/{account.id}/{PAGE}"
    for _ in range(3):
        known, version = _read(keeps)
        if known.get("key") and known.get("back") == back:
            return Client(ident=ident, key=known["key"])
        made = {"key": known.get("key") or dpop.new_key(), "back": back}
        if keeps.write({NAME: (json.dumps(made).encode(), version)}):
            return Client(ident=ident, key=made["key"])
    raise TryLater("Somebody else is signing in just now.")


def client_of(keeps: Keeps, ident: str) -> Client:
    """The client that signed in under this id."""
    return Client(ident=ident, key="" if ident.startswith(LOOPBACK) else _read(keeps)[0].get("key", ""))


def page(request: Request, account: Account) -> Heard | None:
    """The document at the client's id, for authorisation servers; None where there is no such page, or nobody has begun to sign in."""
    parts = urlsplit(request.url)
    if parts.path != f"/in/{account.id}/{PAGE}" or request.method not in {"GET", "HEAD"} or account.keeps is None:
        return None
    known, _ = _read(account.keeps)
    if not (known.get("key") and known.get("back")):
        return None
    back = urlsplit(known["back"])
    ident = f"https://{back.netloc}/in/{account.id}/{PAGE}"
    found = {
        "client_id": ident,
        "client_name": "Samspil",
        "client_uri": f"https://{back.netloc}/",
        "application_type": "web",
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "redirect_uris": [known["back"]],
        "scope": SCOPE,
        "dpop_bound_access_tokens": True,
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "ES256",
        "jwks": {"keys": [{**dpop.public_jwk(known["key"]), "use": "sig", "alg": "ES256"}]},
    }
    return Heard(body=json.dumps(found).encode(), headers={"cache-control": "max-age=60"})


def _read(keeps: Keeps) -> tuple[Mapping[str, str], int]:
    value, version = keeps.read(NAME).get(NAME, (b"", 0))
    try:
        found = json.loads(value) if value else {}
    except ValueError:
        found = {}
    return (found if isinstance(found, dict) else {}), version
