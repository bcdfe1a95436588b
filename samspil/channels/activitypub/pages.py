"""The pages that others read: who we are, where, with which key, and what we wrote."""

import html
import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from samspil.channels.activitypub.actors import Actors
from samspil.channels.activitypub.answers import CONTEXT
from samspil.channels.activitypub.inbox import reader_of
from samspil.channels.activitypub.keys import multibase
from samspil.channels.activitypub.notes import PUBLIC, create_of
from samspil.channels.activitypub.settings import Settings, valid_keys
from samspil.channels.activitypub.values import idents
from samspil.kit import Forged, Heard, Ours, Request

ACTIVITY = "application/activity+json; charset=utf-8"
PAGE = 20
MULTIKEY = "https://w3id.org/security/multikey/v1"
VERSION = "2.1"


def page(request: Request, settings: Settings, ours: Ours, actors: Actors) -> Heard | None:
    """The page at the request's address; None where there is none. Raises Forged where a signature is asked for."""
    path = urlsplit(request.url).path
    if "/.well-known/" in path:
        return _well_known(path.rpartition("/.well-known/")[2], request, settings)
    names = path.partition(f"/in/{settings.account}")[2].strip("/").split("/")
    if names[0] == "notes" and len(names) in {2, 3} and names[2:] in ([], ["create"]):
        return _note(settings.note(names[1]), request, settings, ours, actors)
    open_to_all = {"actor": lambda: _actor(request, settings), "nodeinfo/2.1": lambda: _nodeinfo(ours)}
    signed = {
        "followers": lambda: _count(settings.followers, ours.followers_count()),
        "following": lambda: _count(f"{settings.root}/following", 0),
        "outbox": lambda: _outbox(request, settings, ours),
    }
    place = "/".join(names)
    if place in open_to_all:
        return open_to_all[place]()
    if place in signed:
        _refuse_unsigned(request, settings, actors)
        return _json(signed[place]())
    return None


def _actor(request: Request, settings: Settings) -> Heard:
    if _wants_html(request) and settings.texts["website"]:
        return Heard(status=302, body=b"", headers={"location": settings.texts["website"], "vary": "Accept"})
    return _json(actor_of(settings), keep=300)


def actor_of(settings: Settings) -> dict[str, Any]:
    """Our actor's document. The key that signs stands where everybody looks; older ones, until their day, as Multikey beside it."""
    keys = valid_keys(settings)
    found: dict[str, Any] = {
        "@context": [*CONTEXT, MULTIKEY, {"manuallyApprovesFollowers": "as:manuallyApprovesFollowers"}],
        "id": settings.actor,
        "type": "Organization",
        "preferredUsername": settings.username,
        "name": settings.texts["display_name"] or settings.username,
        "summary": html.escape(settings.texts["summary"], quote=False).replace("\n", "<br>"),
        "inbox": f"{settings.root}/inbox",
        "outbox": f"{settings.root}/outbox",
        "followers": settings.followers,
        "following": f"{settings.root}/following",
        "endpoints": {"sharedInbox": f"{settings.root}/shared"},
        "url": settings.texts["website"] or settings.actor,
        "manuallyApprovesFollowers": False,
        "discoverable": True,
    }
    if keys:
        found["publicKey"] = {"id": settings.key_id(keys[0]), "owner": settings.actor, "publicKeyPem": keys[0].pem}
    if keys[1:]:
        found["assertionMethod"] = [
            {
                "id": settings.key_id(key),
                "type": "Multikey",
                "controller": settings.actor,
                "publicKeyMultibase": multibase(key.private.public_key()),
            }
            for key in keys[1:]
        ]
    if settings.texts["icon"]:
        found["icon"] = {"type": "Image", "url": settings.texts["icon"]}
    return found


def _well_known(name: str, request: Request, settings: Settings) -> Heard | None:
    if name == "nodeinfo":
        schema = f"http://nodeinfo.diaspora.software/ns/schema/{VERSION}"
        return _json({"links": [{"rel": schema, "href": f"{settings.root}/nodeinfo/{VERSION}"}]}, "application/json")
    if name != "webfinger":
        return None
    asked = request.query.get("resource", "").strip()
    if (
        asked not in {settings.actor, settings.texts["website"]}
        and asked.lower().removeprefix("acct:").lstrip("@") != settings.acct
    ):
        return None
    links = [{"rel": "self", "type": "application/activity+json", "href": settings.actor}]
    if settings.texts["website"]:
        links.append({"rel": "http://webfinger.net/rel/profile-page", "type": "text/html", "href": settings.texts["website"]})
    found = {"subject": f"acct:{settings.username}@{settings.host}", "aliases": [settings.actor], "links": links}
    return _json(found, "application/jrd+json", headers={"access-control-allow-origin": "*"})


def _nodeinfo(ours: Ours) -> Heard:
    found = {
        "version": VERSION,
        "software": {"name": "samspil", "version": "1.0.0"},
        "protocols": ["activitypub"],
        "services": {"inbound": [], "outbound": []},
        "openRegistrations": False,
        "usage": {"users": {"total": 1}, "localPosts": ours.public_count()},
        "metadata": {},
    }
    return _json(found, f'application/json; profile="http://nodeinfo.diaspora.software/ns/schema/{VERSION}#"')


def _count(ident: str, number: int) -> dict[str, Any]:
    return {"@context": CONTEXT[0], "id": ident, "type": "OrderedCollection", "totalItems": number}


def _outbox(request: Request, settings: Settings, ours: Ours) -> dict[str, Any]:
    ident = f"{settings.root}/outbox"
    if request.query.get("page") != "true":
        return _count(ident, ours.public_count()) | {"first": f"{ident}?page=true"}
    before = request.query.get("before", "")
    after = settings.note(before) if before else ""
    notes = [kept["note"] for kept in ours.public(after, PAGE) if isinstance(kept.get("note"), dict)]
    items = [{name: value for name, value in create_of(note).items() if name != "@context"} for note in notes]
    own = f"{ident}?page=true" + (f"&before={before}" if before else "")
    found = {"@context": CONTEXT, "id": own, "type": "OrderedCollectionPage", "partOf": ident, "orderedItems": items}
    if len(notes) == PAGE:
        found["next"] = f"{ident}?page=true&before={notes[-1]['id'].rpartition('/')[2]}"
    return found


def _note(ident: str, request: Request, settings: Settings, ours: Ours, actors: Actors) -> Heard | None:
    kept = ours.sent(ident)
    note = kept.get("note") if kept else None
    if not isinstance(note, dict):
        return None
    is_public = PUBLIC in idents(note.get("to"), note.get("cc"))
    if not (is_public or _is_for(note, request, settings, actors)):
        return None
    if note.get("type") == "Tombstone":
        gone = {name: value for name, value in note.items() if name not in {"to", "cc"}}
        return replace(_json({"@context": CONTEXT[0], **gone}), status=410)
    shown = create_of(note) if urlsplit(request.url).path.endswith("/create") else {"@context": CONTEXT, **note}
    if not is_public:
        return _json(shown)
    if _wants_html(request) and not settings.require_signature:
        return Heard(
            content_type="text/html; charset=utf-8", body=_web_page(note, settings), headers={"vary": "Accept", **_PLAIN}
        )
    _refuse_unsigned(request, settings, actors)
    return _json(shown, keep=60)


def _is_for(note: Mapping[str, Any], request: Request, settings: Settings, actors: Actors) -> bool:
    """Whether who asks is one of those to whom it was written; to others it is not even there."""
    try:
        return reader_of(request, settings, actors).id in idents(note.get("to"), note.get("cc"))
    except Forged:
        return False


_PLAIN = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'"}


def _web_page(note: Mapping[str, Any], settings: Settings) -> bytes:
    """For somebody who follows the link in a browser. The content is our own markup, in which every word was escaped."""
    name = html.escape(settings.texts["display_name"] or settings.username)
    who = f"{name} (@{html.escape(settings.username)}@{html.escape(settings.host)})"
    return (
        f'<!doctype html><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{name}</title>'
        f"<style>body{{font:1.1rem/1.5 system-ui;max-width:40rem;margin:3rem auto;padding:0 1rem}}</style>"
        f"<h1>{who}</h1>{note['content']}<p><time>{html.escape(str(note['published']))}</time></p>"
    ).encode()


def _refuse_unsigned(request: Request, settings: Settings, actors: Actors) -> None:
    """Where the account wants it, a reader without a signature of their own is refused. Raises Forged, TryLater."""
    if settings.require_signature:
        reader = reader_of(request, settings, actors)
        if settings.is_blocked(reader.acct, reader.id):
            raise Forged("It is blocked")


def _wants_html(request: Request) -> bool:
    accept = request.headers.get("accept", "")
    return "text/html" in accept and "json" not in accept


def _json(value: Any, content_type: str = ACTIVITY, *, keep: int = 0, headers: Mapping[str, str] | None = None) -> Heard:
    more = {"vary": "Accept, Signature", **({"cache-control": f"max-age={keep}"} if keep else {}), **(headers or {})}
    return Heard(content_type=content_type, body=json.dumps(value, ensure_ascii=False).encode(), headers=more)
