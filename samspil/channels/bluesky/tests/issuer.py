"""An authorisation server, a PDS and a directory that are played: strict with proofs, nonces, codes and refresh tokens as the real ones are."""

import hashlib
import json
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from threading import Lock
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePublicNumbers
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from samspil.channels.bluesky import client
from samspil.channels.bluesky.tests.played import DID
from samspil.kit import Account, Request
from samspil.kit.web import Answer, Web

PDS, ISSUER = "https://pds.example", "https://issuer.example"
BACK = "https://samspil.example/settings/channels/1/signed-in/"
HANDLE = "butik.example.com"


def plain(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def opened(token: str, jwk: dict[str, str] | None = None) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims of a JWS, which must be signed by the key in its header, or by ``jwk``. Raises InvalidSignature."""
    head, body, signature = (urlsafe_b64decode(part + "=" * (-len(part) % 4)) for part in token.split("."))
    header = json.loads(head)
    assert header["alg"] == "ES256"
    key = jwk or header["jwk"]
    x, y = (int.from_bytes(urlsafe_b64decode(key[name] + "=")) for name in ("x", "y"))
    assert len(signature) == 64
    r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
    public = EllipticCurvePublicNumbers(x, y, SECP256R1()).public_key()
    public.verify(encode_dss_signature(r, s), token.rpartition(".")[0].encode(), ECDSA(SHA256()))
    return header, json.loads(body)


class Issuer:
    """``asked`` are the calls as (method, URL, form); ``refresh`` is the one refresh token that can be spent."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.asked: list[tuple[str, str, dict[str, Any]]] = []
        self.nonces = {PDS: "p0", ISSUER: "i0"}
        self.proofs: set[str] = set()
        self.pushed: dict[str, Any] = {}
        self.sub, self.scope = DID, client.SCOPE
        self.number, self.access, self.refresh, self.bound = 0, "", "", ""
        self.lasts, self.slow = 3600, 0.0
        self.revoked: list[str] = []
        self.other: dict[str, tuple[int, Any]] = {}
        self.about = {
            "issuer": ISSUER,
            "authorization_endpoint": f"{ISSUER}/authorize",
            "pushed_authorization_request_endpoint": f"{ISSUER}/par",
            "token_endpoint": f"{ISSUER}/token",
            "revocation_endpoint": f"{ISSUER}/revoke",
            "scopes_supported": ["atproto", "transition:generic"],
            "dpop_signing_alg_values_supported": ["ES256"],
            "code_challenge_methods_supported": ["S256"],
            "client_id_metadata_document_supported": True,
            "token_endpoint_auth_methods_supported": ["none", "private_key_jwt"],
        }
        self.document: dict[str, Any] = {
            "id": DID,
            "alsoKnownAs": [f"at://{HANDLE}"],
            "service": [{"id": "#atproto_pds", "type": "AtprotoPersonalDataServer", "serviceEndpoint": PDS}],
        }
        self._lock = Lock()

    def call(self, web: Web, method: str, path: str, **given: Any) -> Answer:
        url = path if "://" in path else web.base + path
        assert web.inside is not None, f"{url} was named by others"
        with self._lock:
            self.asked.append((method, url, given.get("form") or {}))
        if self.slow and url.endswith("/token"):
            time.sleep(self.slow)
        with self._lock:
            status, body, headers = self._answer(method, url, given)
        return Answer(status=status, headers=headers, body=json.dumps(body).encode(), url=url)

    def times(self, place: str) -> int:
        return sum(url == f"{ISSUER}/{place}" for _, url, _ in self.asked)

    def _answer(self, method: str, url: str, given: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        open_to_all = {
            "https://bsky.social/xrpc/com.atproto.identity.resolveHandle": {"did": DID},
            f"https://plc.directory/{DID}": self.document,
            f"{PDS}/.well-known/oauth-protected-resource": {"resource": PDS, "authorization_servers": [ISSUER]},
            f"{ISSUER}/.well-known/oauth-authorization-server": self.about,
        }
        if url in self.other:
            return *self.other[url], {}
        if url in open_to_all:
            assert method == "GET"
            return 200, open_to_all[url], {}
        return self._proven(method, url, given)

    def _proven(self, method: str, url: str, given: dict[str, Any]) -> tuple[int, Any, dict[str, str]]:
        origin = f"https://{urlsplit(url).hostname}"
        header, claims = opened(given["headers"]["dpop"])
        assert header["typ"] == "dpop+jwt"
        assert "d" not in header["jwk"]
        assert (claims["htm"], claims["htu"]) == (method, url.partition("?")[0])
        assert abs(claims["iat"] - time.time()) < 5
        assert claims["jti"] not in self.proofs
        self.proofs.add(claims["jti"])
        if origin == ISSUER:
            self._known(given["form"])
        fresh = {"dpop-nonce": self.nonces[origin]}
        if claims.get("nonce") != self.nonces[origin]:
            return (401 if origin == PDS else 400), {"error": "use_dpop_nonce"}, fresh
        if origin == PDS:
            return *self._resource(given["headers"], claims, header["jwk"]), fresh
        return *self._signing(url.rpartition("/")[2], given["form"], header["jwk"]), fresh

    def _resource(self, headers: dict[str, str], claims: dict[str, Any], jwk: dict[str, str]) -> tuple[int, Any]:
        token = headers["authorization"].removeprefix("DPoP ")
        assert claims["ath"] == plain(hashlib.sha256(token.encode()).digest())
        if token != self.access or jwk["x"] != self.bound:
            return 401, {"error": "invalid_token", "message": "exp claim timestamp check failed"}
        return 200, {"did": DID, "handle": HANDLE}

    def _signing(self, place: str, form: dict[str, str], jwk: dict[str, str]) -> tuple[int, Any]:
        if place == "par":
            self.pushed = dict(form)
            return 201, {"request_uri": "urn:ietf:params:oauth:request_uri:req-1", "expires_in": 300}
        if place == "revoke":
            self.revoked.append(form["token"])
            self.access = self.refresh = ""
            return 200, {}
        return self._code(form, jwk) if form["grant_type"] == "authorization_code" else self._renew(form, jwk)

    def _known(self, form: dict[str, str]) -> None:
        """Look the client up as a server does, and check that it is the one who asks."""
        ident = form["client_id"]
        if ident.startswith("http://localhost?"):
            assert "client_assertion" not in form
            return
        found = client.page(Request(method="GET", url=ident, headers={}, body=b""), self.account)
        assert found is not None
        about = json.loads(found.body)
        [key] = about["jwks"]["keys"]
        assert "d" not in key
        header, claims = opened(form["client_assertion"], key)
        assert header["kid"] == key["kid"]
        assert (claims["iss"], claims["sub"], claims["aud"]) == (ident, ident, ISSUER)
        assert claims["jti"] not in self.proofs
        self.proofs.add(claims["jti"])

    def _code(self, form: dict[str, str], jwk: dict[str, str]) -> tuple[int, Any]:
        pushed, challenge = self.pushed, plain(hashlib.sha256(form["code_verifier"].encode()).digest())
        if form["code"] != "code-1" or pushed.pop("used", False):
            return 400, {"error": "invalid_grant", "error_description": "Invalid code"}
        assert (challenge, form["redirect_uri"]) == (pushed["code_challenge"], pushed["redirect_uri"])
        self.bound = jwk["x"]
        return 200, self._tokens()

    def _renew(self, form: dict[str, str], jwk: dict[str, str]) -> tuple[int, Any]:
        if not self.refresh or form["refresh_token"] != self.refresh or jwk["x"] != self.bound:
            self.access = self.refresh = ""  # one that was spent is taken for stolen, and everything ends
            return 400, {"error": "invalid_grant", "error_description": "Refresh token replayed"}
        return 200, self._tokens()

    def _tokens(self) -> dict[str, Any]:
        self.number += 1
        self.access, self.refresh = f"a{self.number}", f"r{self.number}"
        more = {"token_type": "DPoP", "expires_in": self.lasts, "sub": self.sub, "scope": self.scope}
        return {"access_token": self.access, "refresh_token": self.refresh, **more}


def state_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))
