"""One answer, as a note delivered to its author's inbox, never more public than what it answers."""

import json
from datetime import UTC, datetime

from samspil.channels.activitypub.actors import Actor, Actors, Gone
from samspil.channels.activitypub.answers import UNSIGNED, deliver
from samspil.channels.activitypub.files import LARGEST, shown
from samspil.channels.activitypub.notes import create_of, note_of, visibility_of
from samspil.channels.activitypub.settings import Settings, settings_of
from samspil.kit import Account, Forged, Outbound, Sent, TryLater, Unreachable
from samspil.kit.web import Answer, NotAllowed, pause_of

LENGTH = 5000
"""Characters of one answer: Mastodon cuts nothing that comes from others, but nobody reads more there."""
TOO_MANY, SERVER_FAULTS, FORBIDDEN, MISSING, GONE = 429, 500, 403, 404, 410


def send(outbound: Outbound, account: Account, actors: Actors) -> Sent:
    """Deliver one answer. Raises TryLater, Unreachable. The id is the same at every try, and receivers know it again."""
    settings = settings_of(account)
    if len(outbound.text) > LENGTH:
        raise Unreachable(f"The answer has {len(outbound.text)} characters, and this channel carries {LENGTH}.")
    if any(file.size > LARGEST for file in outbound.files):
        raise Unreachable(f"One of the files is larger than {LARGEST // 1_000_000} MB.")
    receiver = receiver_of(outbound.to.address, settings, actors)
    attached = shown(outbound.files, outbound.id, settings, account.key)
    note = note_of(outbound, receiver, settings, account.language, datetime.now(UTC), attached)
    public = visibility_of(outbound, settings) != "direct"
    body = json.dumps(create_of(note), ensure_ascii=False).encode()
    answer = hand_over(body, receiver, settings, public=public)
    return Sent(external_id=note["id"], detail=str(answer.status), public=public, kept={"note": note})


def receiver_of(address: str, settings: Settings, actors: Actors) -> Actor:
    """Whom a name of the fediverse names, asked of their server. Raises TryLater, Unreachable."""
    try:
        return actors.find(address.lstrip("@"), settings)
    except Gone as error:
        raise Unreachable(f"The account is not there any more ({error})", permanent=True) from error
    except Forged as error:
        raise Unreachable(f"The receiver's server does not say who that is ({error})") from error


def hand_over(body: bytes, receiver: Actor, settings: Settings, *, public: bool) -> Answer:
    """Deliver an activity to one actor, by their server's shared inbox where it is public. Raises TryLater, Unreachable."""
    try:
        answer = deliver(body, (receiver.shared if public else "") or receiver.inbox, settings)
    except NotAllowed as error:
        raise Unreachable(str(error)) from error
    if answer.ok:
        return answer
    if answer.status == TOO_MANY or answer.status >= SERVER_FAULTS:
        raise TryLater(f"The receiver's server asks for patience ({answer.words})", after=pause_of(answer.headers))
    meaning = {
        UNSIGNED: "The receiver's server does not believe our signature",
        FORBIDDEN: "The receiver, or their server, takes nothing from us",
        MISSING: "The receiver's inbox is not there any more",
        GONE: "The account is not there any more",
    }.get(answer.status, "The receiver's server refused")
    raise Unreachable(f"{meaning} ({answer.words})", permanent=answer.status in {MISSING, GONE})
