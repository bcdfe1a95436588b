"""Twilio's signature of a webhook (https://www.twilio.com/docs/usage/security#validating-requests). Pure."""

import hmac
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha1, sha256
from urllib.parse import parse_qs, urlsplit, urlunsplit

from samspil.kit import Forged, Request

HEADER = "x-twilio-signature"
_PORTS = {"https": 443, "http": 80}


def check(request: Request, form: Mapping[str, Sequence[str]], token: str) -> None:
    """HMAC-SHA1 over the public address and the sorted fields, or over the address with the body's SHA-256 in it. Raises Forged."""
    given = request.headers.get(HEADER, "")
    if not token or not given:
        raise Forged("there is no signature")
    hashed = parse_qs(urlsplit(request.url).query).get("bodySHA256", [""])[0]
    if hashed:
        if not hmac.compare_digest(hashed.lower().encode(), sha256(request.body).hexdigest().encode()):
            raise Forged("the body is not the one that was signed")
        fields = ""
    else:
        fields = "".join(name + value for name in sorted(form) for value in sorted(set(form[name])))
    expected = [signed(url + fields, token).encode() for url in _addresses(request.url)]
    if not any(hmac.compare_digest(given.encode("utf-8", "replace"), one) for one in expected):
        raise Forged("the signature is not Twilio's")


def signed(text: str, token: str) -> str:
    """The signature of a text."""
    return b64encode(hmac.new(token.encode(), text.encode("utf-8", "surrogatepass"), sha1).digest()).decode()


def _addresses(url: str) -> Iterator[str]:
    """The address as it is, and with or without the port that its scheme stands for: programs between us and Twilio differ in that."""
    yield url
    parts = urlsplit(url)
    port = _PORTS.get(parts.scheme)
    host = parts.hostname or ""
    if port and parts.port == port:
        yield urlunsplit(parts._replace(netloc=host))
    elif port and parts.port is None:
        yield urlunsplit(parts._replace(netloc=f"{host}:{port}"))
