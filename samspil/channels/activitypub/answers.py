"""What the server itself answers with: an activity of ours, signed and handed to one inbox."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from samspil.channels.activitypub import signatures
from samspil.channels.activitypub.actors import Actor
from samspil.channels.activitypub.settings import Settings
from samspil.channels.activitypub.values import ident
from samspil.kit import TryLater
from samspil.kit.web import Answer, NotAllowed, Strangers, post

GTS = "https://gotosocial.org/ns#"
CONTEXT: list[Any] = [
    "https://www.w3.org/ns/activitystreams",
    "https://w3id.org/security/v1",
    {
        "gts": GTS,
        "interactionPolicy": {"@id": "gts:interactionPolicy", "@type": "@id"},
        "canQuote": {"@id": "gts:canQuote", "@type": "@id"},
        "automaticApproval": {"@id": "gts:automaticApproval", "@type": "@id"},
    },
]
SENT_AS = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"'
SECONDS = 10.0
UNSIGNED = 401
"""Answered by a server that wants the other kind of signature."""


def accept(activity: Mapping[str, Any], actor: Actor, settings: Settings) -> None:
    """Say yes to a follow. Raises TryLater: the follow is then sent to us again."""
    digest = hashlib.sha256(f"{ident(activity)}\0{actor.id}".encode()).hexdigest()[:32]
    said = {
        "@context": CONTEXT[0],
        "id": f"{settings.root}/accepts/{digest}",
        "type": "Accept",
        "actor": settings.actor,
        "to": [actor.id],
        "object": {"id": ident(activity), "type": "Follow", "actor": actor.id, "object": settings.actor},
    }
    tell(said, actor, settings)


def tell(said: Mapping[str, Any], actor: Actor, settings: Settings) -> None:
    """Hand an answer to whoever asked. Raises TryLater: then it is asked again."""
    try:
        answer = deliver(json.dumps(said).encode(), actor.inbox, settings)
    except NotAllowed as error:
        raise TryLater(str(error)) from error
    if not answer.ok:
        raise TryLater(f"The answer was not taken: {answer.words}")


def deliver(body: bytes, inbox: str, settings: Settings, strangers: Strangers | None = None) -> Answer:
    """Hand a signed activity to an inbox; a server that refuses the signature gets the newer kind. Raises TryLater, NotAllowed."""
    if not settings.keys:
        raise TryLater("The account has no key yet: save its settings once.")
    answer = Answer(status=UNSIGNED, headers={})
    for rfc in (False, True):
        headers = {"content-type": SENT_AS, **signed(body, inbox, settings, rfc=rfc)}
        if strangers is not None:
            answer = strangers.post(inbox, content=body, headers=headers)
        else:
            answer = post(inbox, content=body, headers=headers, seconds=SECONDS, inside=settings.inside)
        if answer.status != UNSIGNED:
            break
    return answer


def signed(body: bytes, inbox: str, settings: Settings, *, rfc: bool = False) -> dict[str, str]:
    """The headers of a POST with our signature."""
    key = settings.keys[0]
    return signatures.sign("POST", inbox, key=key.private, key_id=settings.key_id(key), body=body, rfc=rfc)
