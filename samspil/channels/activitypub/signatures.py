"""HTTP signatures as the fediverse writes them: draft-cavage-12 (header Signature) and RFC 9421 (Signature-Input). Pure."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.hashes import SHA256

from samspil.kit import Forged, Request

OLDEST = timedelta(hours=12)
NEWEST = timedelta(hours=1)
"""How far the sender's clock may be from ours: behind (a queue that waited) and ahead."""
_DRAFT_PART = re.compile(r'\s*([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([0-9]+))\s*(?:,|$)')
_MEMBER = re.compile(r"\s*([a-z*][a-z0-9_.*-]*)=", re.ASCII)
_COMPONENT = re.compile(r'"([a-z0-9@_-]+)"((?:;[a-z*][a-z0-9_.*-]*(?:=(?:"[^"\\]*"|[^;\s"]+))?)*)')
_PARAMETER = re.compile(r';\s*([a-z*][a-z0-9_.*-]*)=("(?:[^"\\]|\\["\\])*"|[^;,\s"]+)')
_LONGEST = 16_000
_MOST = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What one signature says of itself, before it is checked: the bytes that were signed, by which key, how and when."""

    key_id: str
    algorithm: str
    signature: bytes
    base: bytes
    covers: frozenset[str]
    created: datetime | None
    expires: datetime | None
    rfc: bool


def signed(request: Request) -> Signed:
    """The request's signature. Raises Forged where it has none, or one that is not well formed."""
    if "signature-input" in request.headers:
        return _rfc(request)
    if "signature" in request.headers:
        return _draft(request)
    raise Forged("It has no signature")


def check_shape(found: Signed, request: Request, at: datetime) -> None:
    """That the signature covers what it must, is of now, and that the digest is the body's. Raises Forged."""
    body = request.method.upper() not in {"GET", "HEAD"}
    if found.rfc:
        place = "@target-uri" in found.covers or (
            {"@authority", "host"} & found.covers and {"@path", "@request-target"} & found.covers
        )
        if "@method" not in found.covers or not place or (body and "content-digest" not in found.covers):
            raise Forged("The signature does not cover the method, the address and the body")
    else:
        if not {"(request-target)", "host"} <= found.covers or (body and "digest" not in found.covers):
            raise Forged("The signature does not cover the request's address, host and digest")
        if not {"date", "(created)"} & found.covers:
            raise Forged("The signature covers no time")
    times = [found.created] if found.created else []
    if "date" in found.covers:
        times.append(_date(request.headers.get("date", "")))
    if not times or any(not at - OLDEST <= moment <= at + NEWEST for moment in times):
        raise Forged("The signature is not of the last twelve hours")
    if found.expires is not None and found.expires < at:
        raise Forged("The signature has expired")
    if body:
        _check_digest(request, "content-digest" if found.rfc else "digest")


def _draft(request: Request) -> Signed:
    parts: dict[str, str] = {}
    place, header = 0, request.headers["signature"][:_LONGEST].strip()
    while place < len(header):
        match = _DRAFT_PART.match(header, place)
        if match is None or len(parts) > _MOST:
            raise Forged("The signature's header is not well formed")
        parts[match[1]] = match[2] if match[2] is not None else match[3]
        place = match.end()
    names = parts.get("headers", "(created)" if "created" in parts else "date").lower().split()
    if not parts.get("keyId") or not parts.get("signature") or len(set(names)) != len(names):
        raise Forged("The signature names no key")
    url = urlsplit(request.url)
    target = f"{url.path or '/'}{'?' + url.query if url.query else ''}"
    made_of = {
        "(request-target)": f"{request.method.lower()} {target}",
        "(created)": parts.get("created", ""),
        "(expires)": parts.get("expires", ""),
    }
    lines = [f"{name}: {made_of[name] if name in made_of else _header(request, name)}" for name in names]
    return Signed(
        key_id=parts["keyId"],
        algorithm=parts.get("algorithm", "").lower(),
        signature=_decoded(parts["signature"]),
        base="\n".join(lines).encode("latin-1", "replace"),
        covers=frozenset(names),
        created=_moment(parts.get("created")) if "(created)" in names else None,
        expires=_moment(parts.get("expires")) if "(expires)" in names else None,
        rfc=False,
    )


def _rfc(request: Request) -> Signed:
    inputs = _members(request.headers["signature-input"][:_LONGEST])
    given = _members(request.headers.get("signature", "")[:_LONGEST])
    for label, said in inputs.items():
        sign = given.get(label, "")
        if not (sign.startswith(":") and sign.endswith(":") and said.startswith("(") and ")" in said):
            continue
        inner, _, after = said[1:].partition(")")
        parameters = {name: value.strip('"') for name, value in _PARAMETER.findall(after)}
        if not parameters.get("keyid"):
            continue
        lines, covers = _covered(request, inner)
        lines.append(f'"@signature-params": {said}')
        return Signed(
            key_id=parameters["keyid"],
            algorithm=parameters.get("alg", "").lower(),
            signature=_decoded(sign.strip(":")),
            base="\n".join(lines).encode("latin-1", "replace"),
            covers=frozenset(covers),
            created=_moment(parameters.get("created")),
            expires=_moment(parameters.get("expires")),
            rfc=True,
        )
    raise Forged("The signature's header is not well formed")


def _covered(request: Request, inner: str) -> tuple[list[str], list[str]]:
    """The lines of the signature base, and the names in it. Components with parameters are not known."""
    lines: list[str] = []
    covers: list[str] = []
    rest = inner.strip()
    while rest:
        match = _COMPONENT.match(rest)
        if match is None or match[2] or match[1] in covers or len(covers) > _MOST:
            raise Forged("The signature covers something that is not known")
        covers.append(match[1])
        lines.append(f'"{match[1]}": {_component(request, match[1])}')
        rest = rest[match.end() :].lstrip(" ")
    return lines, covers


def _component(request: Request, name: str) -> str:
    if not name.startswith("@"):
        return _header(request, name)
    url = urlsplit(request.url)
    query = f"?{url.query}" if url.query else ""
    authority = request.headers.get("host", url.netloc).lower()
    authority = authority.removesuffix(":443") if url.scheme == "https" else authority.removesuffix(":80")
    known = {
        "@method": request.method.upper(),
        "@target-uri": request.url,
        "@authority": authority,
        "@scheme": url.scheme,
        "@request-target": f"{url.path or '/'}{query}",
        "@path": url.path or "/",
        "@query": query or "?",
    }
    if name not in known:
        raise Forged(f"The signature covers {name[:40]}, which is not known")
    return known[name]


def _members(text: str) -> dict[str, str]:
    """The members of a dictionary of structured fields, each with its value as it stands."""
    found: dict[str, str] = {}
    start = quoted = depth = 0
    pieces = []
    for place, sign in enumerate(text):
        if sign == '"' and (place == 0 or text[place - 1] != "\\"):
            quoted = not quoted
        elif not quoted and sign in "()":
            depth += 1 if sign == "(" else -1
        elif not quoted and not depth and sign == ",":
            pieces.append(text[start:place])
            start = place + 1
    for piece in [*pieces, text[start:]][:_MOST]:
        if match := _MEMBER.match(piece):
            found[match[1]] = piece[match.end() :].strip()
    return found


def _header(request: Request, name: str) -> str:
    if name not in request.headers:
        raise Forged(f"The signature covers the header {name[:40]}, which is not there")
    return request.headers[name].strip()


def _check_digest(request: Request, header: str) -> None:
    said = request.headers.get(header, "")
    right = {"sha-256": hashlib.sha256(request.body).digest(), "sha-512": hashlib.sha512(request.body).digest()}
    checked = False
    for part in said[:2000].split(","):
        name, _, value = part.strip().partition("=")
        wanted = right.get(name.strip().lower())
        if wanted is None:
            continue
        if not hmac.compare_digest(_decoded(value.strip().strip(":")), wanted):
            raise Forged("The digest is not that of the body")
        checked = True
    if not checked:
        raise Forged("The body has no digest that is known")


def _decoded(value: str) -> bytes:
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Forged("It is not base64") from error


def _moment(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        return datetime.fromtimestamp(int(value), UTC)
    except (ValueError, OverflowError, OSError) as error:
        raise Forged("The signature's time is none") from error


def _date(value: str) -> datetime:
    try:
        at = parsedate_to_datetime(value[:100])
    except (ValueError, TypeError, OverflowError) as error:
        raise Forged("The Date is none") from error
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def sign(
    method: str,
    url: str,
    *,
    key: RSAPrivateKey,
    key_id: str,
    body: bytes | None = None,
    at: datetime | None = None,
    rfc: bool = False,
) -> dict[str, str]:
    """The headers that sign a request: host, date, signature, and the digest where there is a body."""
    moment = at or datetime.now(UTC)
    parts = urlsplit(url)
    headers = {"host": parts.netloc, "date": format_datetime(moment.astimezone(UTC), usegmt=True)}
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode() if body is not None else ""
    if rfc:
        names = ["@method", "@target-uri"] + (["content-digest"] if digest else [])
        if digest:
            headers["content-digest"] = f"sha-256=:{digest}:"
        parameters = f'({" ".join(_quoted(names))});created={int(moment.timestamp())};keyid="{key_id}";alg="rsa-v1_5-sha256"'
        values: Mapping[str, str] = {"@method": method.upper(), "@target-uri": url, **headers}
        lines = [f'"{name}": {values[name]}' for name in names] + [f'"@signature-params": {parameters}']
        return headers | {"signature-input": f"sig1={parameters}", "signature": f"sig1=:{_signature(key, lines)}:"}
    if digest:
        headers["digest"] = f"SHA-256={digest}"
    target = f"{method.lower()} {parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    lines = [f"(request-target): {target}", *(f"{name}: {value}" for name, value in headers.items())]
    covers = " ".join(["(request-target)", *headers])
    signature = _signature(key, lines)
    return headers | {"signature": f'keyId="{key_id}",algorithm="rsa-sha256",headers="{covers}",signature="{signature}"'}


def _quoted(names: Sequence[str]) -> list[str]:
    return [f'"{name}"' for name in names]


def _signature(key: RSAPrivateKey, lines: Sequence[str]) -> str:
    return base64.b64encode(key.sign("\n".join(lines).encode(), PKCS1v15(), SHA256())).decode()
