"""What others hand in: verified before it is answered, and nothing is stored of what is not theirs to say."""

import hashlib
import json
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from samspil.channels.activitypub import quotes, signatures
from samspil.channels.activitypub.actors import Actor, Actors, Gone, addressed, others
from samspil.channels.activitypub.answers import accept
from samspil.channels.activitypub.keys import is_signed
from samspil.channels.activitypub.settings import Settings, host_of
from samspil.channels.activitypub.values import QUOTES, ident, kind, listed, read, rows
from samspil.kit import Envelope, Forged, Heard, NotUnderstood, Request, TryLater

log = logging.getLogger(__name__)

TAKEN = 202
LARGEST_OBJECT = 256 * 1024
_ABOUT_A_MESSAGE = frozenset({"Create", "Update"})


def hear(
    request: Request,
    settings: Settings,
    actors: Actors,
    *,
    personal: bool,
    at: datetime | None = None,
    quoted: Callable[[Mapping[str, Any], Actor], None] | None = None,
) -> Heard:
    """One activity. ``personal``: it came to our own inbox, not to the one for all. ``quoted`` answers who wants to quote a note of ours.

    Raises Forged, TryLater, NotUnderstood.
    """
    found = signatures.signed(request)
    _is_for_us(request, settings)
    signatures.check_shape(found, request, at or datetime.now(UTC))
    activity = read(request.body)
    who = ident(activity.get("actor"))
    if not who or not kind(activity):
        raise NotUnderstood("It is no activity of anybody")
    if host_of(found.key_id) != host_of(who):
        raise Forged("The key is another server's than the actor")
    try:
        actor = verified(found, who, settings, actors)
    except Gone:
        if kind(activity) == "Delete":  # a server that tells everybody of an account which is no more; we never knew it
            return Heard(status=TAKEN)
        raise
    _is_theirs(activity, actor)
    if settings.is_blocked(actor.acct, actor.id):
        log.info("activitypub: blocked: %s", host_of(actor.id))
        return Heard(status=TAKEN)
    if kind(activity) == "Update" and ident(activity.get("object")) == actor.id:
        actors.actor(actor.id, settings, fresh=True)
        return Heard(status=TAKEN)
    if kind(activity) == quotes.REQUEST and quoted is not None:
        quotes.check_request(activity, actor)
        return Heard(status=TAKEN, then=partial(quoted, activity, actor))
    if not personal and not _concerns(activity, settings):
        return Heard(status=TAKEN)
    envelope = _envelope(request.body, activity, actor, settings, actors)
    is_follow = kind(activity) == "Follow" and ident(activity.get("object")) == settings.actor
    return Heard(envelopes=[envelope], status=TAKEN, then=partial(accept, activity, actor, settings) if is_follow else None)


def verified(found: signatures.Signed, who: str, settings: Settings, actors: Actors) -> Actor:
    """The actor ``who``, whose key made the signature. The document is asked for once more where it does not fit: keys are changed.

    Raises Forged, TryLater, Gone.
    """
    for fresh in (False, True):
        actor = actors.actor(who, settings, fresh=fresh)
        key = actor.keys.get(found.key_id)
        if actor.id == who and key is not None and is_signed(key, found.algorithm, found.signature, found.base):
            return actor
    raise Forged(f"The signature is not {who[:200]}'s")


def _is_for_us(request: Request, settings: Settings) -> None:
    """That the signed host is ours: what was signed for another server is not handed on to us."""
    if request.headers.get("host", "").lower().removesuffix(":443") != settings.host:
        raise Forged("It is meant for another server")


def _is_theirs(activity: Mapping[str, Any], actor: Actor) -> None:
    """That the activity, and what it creates, changes or deletes, is the actor's own. Raises Forged."""
    mine = host_of(actor.id)
    if ident(activity) and host_of(ident(activity)) != mine:
        raise Forged("The activity's id is another server's")
    if kind(activity) not in {"Create", "Update", "Delete", "Undo"}:
        return
    for thing in listed(activity.get("object")):
        if ident(thing) and host_of(ident(thing)) != mine:
            raise Forged("What it is about is another server's")
        if isinstance(thing, Mapping):
            owners = {one for row in [*listed(thing.get("attributedTo")), *listed(thing.get("actor"))] if (one := ident(row))}
            if owners and actor.id not in owners:
                raise Forged("What it is about is somebody else's")


def _concerns(activity: Mapping[str, Any], settings: Settings) -> bool:
    """Whether something that came to the inbox for all is meant for us."""
    inner = activity.get("object")
    things = [activity, *rows(inner)]
    if settings.actor in addressed(*things) or any(settings.root in ident(one) for thing in things for one in _about(thing)):
        return True
    return any(href == settings.actor or name == settings.acct for thing in things for name, href in others(thing.get("tag")))


def _about(thing: Mapping[str, Any]) -> list[Any]:
    names = ("object", "inReplyTo", "target", *QUOTES)
    return [one for name in names for one in listed(thing.get(name))]


def _envelope(body: bytes, activity: Mapping[str, Any], actor: Actor, settings: Settings, actors: Actors) -> Envelope:
    """The activity as it came. Who did it stands in the headers, and the object where the activity only names it."""
    headers = {
        "actor": actor.id,
        "acct": actor.acct,
        "name": f"@{actor.name}",
        "display": actor.display,
        "inbox": actor.inbox,
        "shared": actor.shared,
        "kind": actor.kind,
    }
    thing = activity.get("object")
    if kind(activity) in _ABOUT_A_MESSAGE and isinstance(thing, str) and host_of(thing) == host_of(actor.id):
        try:
            fetched = json.dumps(actors.document(thing, settings))
        except (Forged, TryLater) as error:
            raise TryLater(f"What it is about could not be fetched: {error}", after=60) from error
        if len(fetched) <= LARGEST_OBJECT:
            headers["object"] = fetched
    name = ident(activity)
    external = name if name and len(name) <= 200 else f"sha256:{hashlib.sha256(name.encode() or body).hexdigest()}"  # noqa: PLR2004 - the core's
    return Envelope(external_id=external, payload=body, headers=headers)


def reader_of(request: Request, settings: Settings, actors: Actors, at: datetime | None = None) -> Actor:
    """Who signed a GET. Raises Forged, TryLater."""
    found = signatures.signed(request)
    _is_for_us(request, settings)
    signatures.check_shape(found, request, at or datetime.now(UTC))
    owner = actors.owner(found.key_id, settings)
    return verified(found, owner.id, settings, actors)
