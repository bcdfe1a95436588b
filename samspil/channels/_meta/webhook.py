"""Meta's webhooks: the handshake, the signature, and a body cut into one envelope for each thing that happened. Pure.

Source: https://developers.facebook.com/docs/graph-api/webhooks/getting-started
"""

import hmac
import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from samspil.kit import Account, Envelope, Forged, Heard, NotUnderstood, Request

HEADER = "x-hub-signature-256"
LISTS = ("messaging", "standby", "changes")
"""Where in an entry things stand. An entry may have several of them, and each may have many."""
LONGEST_ID = 150


def hear(request: Request, account: Account, inner: Sequence[str] = ()) -> Heard:
    """One call of Meta's: the handshake by GET, or a signed POST. Raises Forged.

    ``inner`` names the lists within a change's value that are taken apart too. What is signed and has no form we know is kept whole.
    """
    if request.method == "GET":
        return handshake(request, str(account.config.get("verify_token") or ""))
    check(request, str(account.config.get("app_secret") or ""))
    return Heard(envelopes=envelopes(request.body, inner))


def handshake(request: Request, token: str) -> Heard:
    """Meta asks whether the address is ours, and is answered with its own challenge. Raises Forged for another token than ours."""
    asked = request.query
    given = asked.get("hub.verify_token", "").encode("utf-8", "replace")
    if asked.get("hub.mode") != "subscribe" or not token or not hmac.compare_digest(given, token.encode()):
        raise Forged("the verify token is not ours")
    return Heard(body=asked.get("hub.challenge", "")[:200].encode("utf-8", "replace"), content_type="text/plain; charset=utf-8")


def check(request: Request, secret: str) -> None:
    """HMAC-SHA256 over the body as it came, byte for byte: JSON that is written anew is not what was signed. Raises Forged."""
    given = request.headers.get(HEADER, "")
    if not secret or not given:
        raise Forged("there is no signature")
    if not hmac.compare_digest(given.encode("utf-8", "replace"), signed(request.body, secret).encode()):
        raise Forged("the signature is not Meta's")


def signed(body: bytes, secret: str) -> str:
    """The header's value for a body."""
    return f"sha256={hmac.new(secret.encode(), body, sha256).hexdigest()}"


def envelopes(body: bytes, inner: Sequence[str] = ()) -> Sequence[Envelope]:
    """One envelope for each thing in the body, in its own frame of object and entry; the whole where it has no form we know.

    Meta repeats what was not answered, and not always in the same bundles: so each has its own id, which does not depend on its neighbours.
    """
    whole = Envelope(external_id=digest(body), payload=body)
    try:
        said = parsed(body)
        cut = list(_pieces(said, inner))
    except NotUnderstood:
        return [whole]
    found: dict[str, Envelope] = {}
    for name, piece in cut:
        payload = json.dumps(piece, separators=(",", ":")).encode()
        ident = name or digest(_timeless(piece))
        found.setdefault(ident, Envelope(external_id=ident, payload=payload))
    return list(found.values()) or [whole]


def parsed(body: bytes) -> dict[str, Any]:
    """The body as an object with a list of entries. Raises NotUnderstood."""
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("not JSON") from error
    if not isinstance(said, dict) or not isinstance(said.get("entry"), list):
        raise NotUnderstood("no webhook of Meta's: it has no entries")
    return said


def digest(body: bytes) -> str:
    """An id made of the content."""
    return f"sha256:{sha256(body).hexdigest()}"


def _pieces(said: Mapping[str, Any], inner: Sequence[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for entry in said["entry"]:
        frame = {k: v for k, v in entry.items() if k not in LISTS} if isinstance(entry, dict) else None
        if frame is None:
            yield "", {"object": said.get("object"), "entry": [entry]}
            continue
        found = False
        for name in LISTS:
            things = entry.get(name)
            for thing in things if isinstance(things, list) else []:
                found = True
                for ident, part in _parts(thing, inner):
                    yield ident, {"object": said.get("object"), "entry": [{**frame, name: [part]}]}
        if not found:
            yield "", {"object": said.get("object"), "entry": [entry]}


def _parts(thing: Any, inner: Sequence[str]) -> Iterator[tuple[str, Any]]:
    """A change with several things in its value, as one change for each; anything else as it is."""
    value = thing.get("value") if isinstance(thing, dict) else None
    lists = [n for n in inner if isinstance(value, dict) and isinstance(value.get(n), list) and value[n]]
    if not isinstance(value, dict) or not lists:
        yield (_mid(thing), thing)
        return
    rest = {k: v for k, v in value.items() if k not in lists}
    for name in lists:
        for one in value[name]:
            yield _name(name, one), {**thing, "value": {**rest, name: [one]}}


def _name(where: str, one: Any) -> str:
    """The id of a message or of a state of one; "" where it has none that is fit."""
    ident = one.get("id") if isinstance(one, dict) else None
    if not _fit(ident):
        return ""
    if where != "statuses":
        return str(ident)
    state = one.get("status")
    return f"{ident}:{state}" if _fit(state) else ""


def _mid(thing: Any) -> str:
    """The mid of a new message, which is what Meta itself says to tell twins by; "" for whatever else happens to one."""
    message = thing.get("message") if isinstance(thing, dict) else None
    mid = message.get("mid") if isinstance(message, dict) else None
    return str(mid) if isinstance(message, dict) and _fit(mid) and message.get("is_deleted") is not True else ""


def _fit(ident: object) -> bool:
    return isinstance(ident, str) and ident.isascii() and ident.isprintable() and 0 < len(ident) <= LONGEST_ID


def _timeless(piece: Mapping[str, Any]) -> bytes:
    """The piece without the time at which its bundle was sent, which is another at each try.

    An edit keeps it: who changes their words back makes the same thing a second time, and an edit that is told twice does no harm.
    """
    entry = piece["entry"][0]
    for change in entry["changes"] if isinstance(entry, dict) and isinstance(entry.get("changes"), list) else []:
        value = change.get("value") if isinstance(change, dict) else None
        if isinstance(value, dict) and value.get("verb") in ("edit", "edited"):
            return json.dumps(piece, sort_keys=True, separators=(",", ":")).encode()
    plain = {k: v for k, v in entry.items() if k != "time"} if isinstance(entry, dict) else entry
    return json.dumps({**piece, "entry": [plain]}, sort_keys=True, separators=(",", ":")).encode()
