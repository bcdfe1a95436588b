"""Signing of requests in a user's name: OAuth 1.0a with HMAC-SHA1 (RFC 5849). Pure."""

import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from hashlib import sha1
from urllib.parse import parse_qsl, quote, urlsplit

_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Keys:
    """The four keys from the developer portal."""

    consumer: str
    consumer_secret: str
    token: str
    token_secret: str


def header(method: str, url: str, query: Mapping[str, str], keys: Keys, *, nonce: str, at: int, realm: str = "") -> str:
    """The Authorization header of one request whose body is not a form. ``at`` is in seconds since 1970."""
    ours = {
        "oauth_consumer_key": keys.consumer,
        "oauth_token": keys.token,
        "oauth_signature_method": "HMAC-SHA1",
        "oauth_timestamp": str(at),
        "oauth_nonce": nonce,
        "oauth_version": "1.0",
    }
    ours["oauth_signature"] = signature(base_string(method, url, [*query.items(), *ours.items()]), keys)
    parts = [f'realm="{realm}"'] if realm else []
    return "OAuth " + ", ".join(parts + [f'{name}="{escaped(value)}"' for name, value in sorted(ours.items())])


def base_string(method: str, url: str, parameters: Iterable[tuple[str, str]]) -> str:
    """The text that is signed (RFC 5849, 3.4.1): the method, the address without its query, and all parameters in order."""
    parts = urlsplit(url)
    scheme, host = parts.scheme.lower(), (parts.hostname or "").lower()
    port = f":{parts.port}" if parts.port and parts.port != _PORTS.get(scheme) else ""
    every = [*parameters, *parse_qsl(parts.query, keep_blank_values=True)]
    pairs = sorted((escaped(name), escaped(value)) for name, value in every)
    text = "&".join(f"{name}={value}" for name, value in pairs)
    return "&".join(escaped(part) for part in (method.upper(), f"{scheme}://{host}{port}{parts.path or '/'}", text))


def signature(base: str, keys: Keys) -> str:
    """HMAC-SHA1 of the text under both secrets (RFC 5849, 3.4.2), in base64."""
    key = f"{escaped(keys.consumer_secret)}&{escaped(keys.token_secret)}"
    return b64encode(hmac.new(key.encode(), base.encode(), sha1).digest()).decode()


def escaped(text: str) -> str:
    """Percent-encoded as RFC 5849, 3.6 asks: everything but letters, digits, and -._~."""
    return quote(text.encode("utf-8", "replace"), safe="-._~")
