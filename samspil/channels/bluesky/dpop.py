"""Calls that prove the key their token belongs to (DPoP, RFC 9449), and the signatures for it (JWS with ES256, RFC 7515 and 7518)."""

import hashlib
import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Mapping
from functools import lru_cache
from threading import Lock
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, SECP256R1, EllipticCurvePrivateKey, generate_private_key
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from samspil.kit.web import Answer, Web

SIZE = 32
"""Bytes of a coordinate, and of each half of a signature."""
MOST_NONCES = 1000
WANTS_NONCE = "use_dpop_nonce"
REFUSALS = (400, 401)
_PORTS = {"http": 80, "https": 443}
# By origin. Each process has its own: one that is missing or old costs one call more.
_nonces: dict[str, str] = {}
_guard = Lock()


def new_key() -> str:
    """A new private key on P-256, as PEM (PKCS #8)."""
    made = generate_private_key(SECP256R1())
    return made.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def public_jwk(pem: str) -> dict[str, str]:
    """The public half of a key, as a JWK (RFC 7517) with its thumbprint (RFC 7638) as ``kid``. Raises ValueError."""
    numbers = _key(pem).public_key().public_numbers()
    found = {"crv": "P-256", "kty": "EC", "x": _plain(numbers.x.to_bytes(SIZE)), "y": _plain(numbers.y.to_bytes(SIZE))}
    canonical = json.dumps(found, separators=(",", ":"), sort_keys=True).encode()
    return {**found, "kid": _plain(hashlib.sha256(canonical).digest())}


def signed(header: Mapping[str, Any], claims: Mapping[str, Any], pem: str) -> str:
    """A JWS in three parts. Raises ValueError for what is no key."""
    head = ".".join(
        _plain(json.dumps(part, separators=(",", ":")).encode()) for part in ({"alg": "ES256", **header}, dict(claims))
    )
    r, s = decode_dss_signature(_key(pem).sign(head.encode(), ECDSA(SHA256())))
    return f"{head}.{_plain(r.to_bytes(SIZE) + s.to_bytes(SIZE))}"


def place(url: str) -> str:
    """An address as a proof names it: without query and fragment, scheme and host in lower case, without the scheme's own port."""
    parts = urlsplit(url)
    name = (parts.hostname or "").lower()
    shown = f"[{name}]" if ":" in name else name
    port = f":{parts.port}" if parts.port and parts.port != _PORTS.get(parts.scheme) else ""
    return f"{parts.scheme}://{shown}{port}{parts.path or '/'}"


def proof(pem: str, method: str, url: str, *, nonce: str = "", token: str = "") -> str:
    """The proof for one request; no two are alike."""
    claims: dict[str, Any] = {
        "jti": secrets.token_urlsafe(16),
        "htm": method,
        "htu": place(url),
        "iat": int(time.time()),
    }
    if nonce:
        claims["nonce"] = nonce
    if token:
        claims["ath"] = _plain(hashlib.sha256(token.encode()).digest())
    public = {name: value for name, value in public_jwk(pem).items() if name != "kid"}
    return signed({"typ": "dpop+jwt", "jwk": public}, claims, pem)


def call(
    web: Web,
    pem: str,
    method: str,
    path: str,
    *,
    token: str = "",
    headers: Mapping[str, str] | None = None,
    form: Callable[[], Mapping[str, str]] | None = None,
    **given: Any,
) -> Answer:
    """One call of ``web`` with a proof, and with ``token`` where there is one; once more where the server wants a newer nonce.

    ``form`` is asked for the form of each of the two: what proves who we are is good once as well. Raises as :meth:`Web.call`. A server
    that wants a nonce has done nothing yet, so every call may be repeated for it.
    """
    url = path if "://" in path else web.base.rstrip("/") + "/" + path.lstrip("/")
    origin = place(url).removesuffix(urlsplit(url).path or "/")
    more = {**({"authorization": f"DPoP {token}"} if token else {}), **(headers or {})}

    def one(nonce: str) -> Answer:
        proven = {**more, "dpop": proof(pem, method, url, nonce=nonce, token=token)}
        return web.call(method, url, headers=proven, form=form() if form else None, **given)

    used = _nonces.get(origin, "")
    answer = one(used)
    fresh = _remembered(origin, answer)
    if fresh and fresh != used and _wants_nonce(answer):
        answer = one(fresh)
        _remembered(origin, answer)
    return answer


def forget_nonces() -> None:
    """Begin anew, as a process that has just started; for tests."""
    with _guard:
        _nonces.clear()


def _remembered(origin: str, answer: Answer) -> str:
    nonce = answer.headers.get("dpop-nonce", "")[:500]
    if nonce:
        with _guard:
            if len(_nonces) >= MOST_NONCES:
                _nonces.clear()
            _nonces[origin] = nonce
    return nonce


def _wants_nonce(answer: Answer) -> bool:
    told = answer.said.get("error") == WANTS_NONCE or WANTS_NONCE in answer.headers.get("www-authenticate", "")
    return answer.status in REFUSALS and told


@lru_cache(maxsize=64)
def _key(pem: str) -> EllipticCurvePrivateKey:
    found = load_pem_private_key(pem.encode(), None)
    if not (isinstance(found, EllipticCurvePrivateKey) and isinstance(found.curve, SECP256R1)):
        raise ValueError("this is no key on P-256")  # noqa: TRY004 - it was given as text
    return found


def _plain(raw: bytes) -> str:
    return urlsafe_b64encode(raw).rstrip(b"=").decode()
