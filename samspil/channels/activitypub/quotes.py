"""Who may quote notes of ours: asked for, answered, and the permission shown. Source: codeberg.org/fediverse/fep, 044f."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from samspil.channels.activitypub.actors import Actor
from samspil.channels.activitypub.answers import CONTEXT, GTS, tell
from samspil.channels.activitypub.settings import Settings, host_of
from samspil.channels.activitypub.values import EVERYBODY, PUBLIC, ident, idents
from samspil.kit import Forged, Heard, Ours

REQUEST, PARTS = "QuoteRequest", 3
"""PARTS: of the path of a permission: note, quote, mark."""
LONGEST = 1000
TERMS = {
    "gts": GTS,
    "QuoteRequest": "https://w3id.org/fep/044f#QuoteRequest",
    "QuoteAuthorization": "https://w3id.org/fep/044f#QuoteAuthorization",
    "interactingObject": {"@id": "gts:interactingObject", "@type": "@id"},
    "interactionTarget": {"@id": "gts:interactionTarget", "@type": "@id"},
}


def check_request(activity: Mapping[str, Any], actor: Actor) -> None:
    """That whoever asks may: it is their own post that quotes. Raises Forged."""
    quote = ident(activity.get("instrument"))
    if not quote or len(quote) > LONGEST or host_of(quote) != host_of(actor.id):
        raise Forged("What quotes is not theirs")


def answer(activity: Mapping[str, Any], actor: Actor, settings: Settings, ours: Ours, key: bytes) -> None:
    """Say yes, with the address of a permission, or no. Raises TryLater: it is then asked again."""
    target, quote = ident(activity.get("object")), ident(activity.get("instrument"))
    name = target.removeprefix(settings.note(""))
    good = target == settings.note(name) and settings.quotes and _is_public(ours, target)
    digest = hashlib.sha256(f"{ident(activity)}\0{actor.id}\0{good}".encode()).hexdigest()[:32]
    asked = {"id": ident(activity), "type": REQUEST, "actor": actor.id, "object": target, "instrument": quote}
    said = {
        "@context": [CONTEXT[0], TERMS],
        "id": f"{settings.root}/accepts/{digest}",
        "type": "Accept" if good else "Reject",
        "actor": settings.actor,
        "to": [actor.id],
        "object": asked,
    }
    tell(said | ({"result": stamp(name, quote, settings, key)} if good else {}), actor, settings)


def stamp(name: str, quote: str, settings: Settings, key: bytes) -> str:
    """The address of the permission: it says by itself what quotes what, and that we said so."""
    packed = base64.urlsafe_b64encode(quote.encode()).decode().rstrip("=")
    return f"{settings.root}/quotes/{name}/{packed}/{_mark(name, quote, key)}"


def page(names: Sequence[str], settings: Settings, ours: Ours, key: bytes) -> Heard | None:
    """The permission at ``quotes/NOTE/QUOTE/MARK``; it ends with the note, and with the account's leave."""
    name, packed, mark = names
    try:
        quote = base64.b64decode(packed + "=" * (-len(packed) % 4), altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError):
        return None
    good = hmac.compare_digest(mark.encode("utf-8", "replace"), _mark(name, quote, key).encode())
    if not (good and settings.quotes and _is_public(ours, settings.note(name))):
        return None
    found = {
        "@context": [CONTEXT[0], TERMS],
        "id": stamp(name, quote, settings, key),
        "type": "QuoteAuthorization",
        "attributedTo": settings.actor,
        "interactingObject": quote,
        "interactionTarget": settings.note(name),
    }
    return Heard(content_type="application/activity+json; charset=utf-8", body=json.dumps(found).encode())


def policy(*, public: bool, settings: Settings) -> dict[str, Any]:
    """What stands in a note: who may quote it; whoever may read it may answer."""
    quoting = [EVERYBODY] if public and settings.quotes else [settings.actor]
    return {"canQuote": {"automaticApproval": quoting}}


def _is_public(ours: Ours, target: str) -> bool:
    note = (ours.sent(target) or {}).get("note")
    return isinstance(note, dict) and note.get("type") == "Note" and bool(PUBLIC & idents(note.get("to"), note.get("cc")))


def _mark(name: str, quote: str, key: bytes) -> str:
    return hmac.new(key, f"quote {name} {quote}".encode(), hashlib.sha256).hexdigest()[:32]
