"""What a private message of Messenger or Instagram means: both come in the same form. Pure.

Source: https://developers.facebook.com/documentation/business-messaging/messenger-platform/webhooks/webhook-events
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from samspil.channels._meta.files import attachments
from samspil.channels._meta.parts import contents
from samspil.channels._meta.read import fail, time, word
from samspil.channels._meta.webhook import digest
from samspil.kit import Delete, DeliveryReport, Edit, Event, Handle, Message, Reaction, Receipt
from samspil.kit.reading import part

CONTROL = ("pass_thread_control", "take_thread_control", "request_thread_control", "app_roles")
"""Words between several programs on one page, of which nobody needs to hear."""
NAMED = {
    "like": "\N{THUMBS UP SIGN}",
    "dislike": "\N{THUMBS DOWN SIGN}",
    "love": "\N{HEAVY BLACK HEART}\ufe0f",
    "care": "\N{HUGGING FACE}",
    "smile": "\N{SMILING FACE WITH OPEN MOUTH}",
    "haha": "\N{FACE WITH TEARS OF JOY}",
    "wow": "\N{FACE WITH OPEN MOUTH}",
    "sad": "\N{CRYING FACE}",
    "sorry": "\N{CRYING FACE}",
    "angry": "\N{ANGRY FACE}",
    "anger": "\N{ANGRY FACE}",
}
"""Reactions that come as a name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Whose messages they are: ``own`` is the id of our page or account, in whose scope people have theirs; ``app`` our app's id."""

    network: str
    title: str
    own: str
    app: str

    def handle(self, ident: object, *, display: object = "", called: object = "") -> Handle:
        """Somebody by their id towards our page. Raises NotUnderstood without one."""
        address, name = word(ident, 200), word(called, 64).lstrip("@")
        if not address:
            fail("nobody is named")
        return Handle(
            network=self.network, scope=self.own, address=address, display=word(display, 100), name=f"@{name}" if name else ""
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Talk:
    """Who speaks with whom, and when: ``them`` is the person, whoever of the two speaks."""

    place: Place
    author: Handle
    them: Handle
    outgoing: bool
    at: datetime


def meaning(one: Mapping[str, Any], place: Place, *, standby: bool = False, sample: bool = False) -> Sequence[Event]:
    """The events of one thing in ``messaging``. Raises NotUnderstood. ``sample``: Meta's test button, which names nobody's account."""
    talk = _talk(one, place, sample=sample)
    if part(one, "message"):
        found = _message(part(one, "message"), talk)
        note = "another program answers them just now"
        return [replace(e, notes=[*e.notes, note]) if standby and isinstance(e, Message) else e for e in found]
    for name, reader in _READERS.items():
        if part(one, name):
            return [] if talk.outgoing else reader(part(one, name), talk)  # of our own doing nobody needs to hear
    if any(name in one for name in CONTROL):
        return []
    what = ", ".join(sorted(str(k)[:40] for k in one if k not in {"sender", "recipient", "timestamp"}))
    return fail(f"{place.title} tells of {what[:100] or 'nothing'}, which is no message")


def _talk(one: Mapping[str, Any], place: Place, *, sample: bool) -> _Talk:
    sender, receiver = word(part(one, "sender").get("id"), 200), word(part(one, "recipient").get("id"), 200)
    outgoing = sender == place.own or part(one, "message").get("is_echo") is True
    if not sample and place.own not in {sender, receiver}:
        fail(f"this is for another account than this one ({receiver or 'none'})")
    them = place.handle(receiver if outgoing else sender)
    return _Talk(
        place=place,
        author=place.handle(place.own) if outgoing else them,
        them=them,
        outgoing=outgoing,
        at=time(one.get("timestamp")),
    )


def _message(said: Mapping[str, Any], talk: _Talk) -> Sequence[Event]:
    mid = word(said.get("mid"), 400) or fail("a message without an id")
    if said.get("is_deleted") is True:
        return [] if talk.outgoing else [Delete(external_id=f"{mid}:deleted", target=mid, author=talk.author, at=talk.at)]
    if talk.outgoing and talk.place.app and word(said.get("app_id"), 40) == talk.place.app:
        # What we sent ourselves. It carries our reply's id, which settles a reply whose answer was lost.
        reply = word(said.get("metadata"), 100)
        return [DeliveryReport(external_id=f"{mid}:echo", target=reply, state="accepted", at=talk.at)] if reply else []
    text, notes, extra = contents(said)
    answered = part(said, "reply_to")
    target = word(answered.get("mid"), 400)
    return [
        Message(
            external_id=mid,
            author=talk.author,
            at=talk.at,
            text=text or fail("a message with nothing in it"),
            to=[talk.them] if talk.outgoing else [],
            outgoing=talk.outgoing,
            references=[target] if target else [],
            notes=notes,
            attachments=attachments([(m["kind"], m["url"]) for m in extra.get("media", ())]),
            extra=extra,
        )
    ]


def _postback(said: Mapping[str, Any], talk: _Talk) -> Sequence[Event]:
    """Somebody pressed a button, which says something in their name."""
    ident = word(said.get("mid"), 400) or _made(said, talk)
    title, payload = word(said.get("title")), word(said.get("payload"), 1000)
    extra: dict[str, Any] = {"payload": payload} if payload else {}
    notes = ["they pressed a button"]
    came = part(said, "referral")
    if came:
        extra["referral"] = _referral(came)
        notes.append(f"they came by {_source(came)}")
    text = title or payload or fail("a button without words")
    return [Message(external_id=ident, author=talk.author, at=talk.at, text=text, notes=notes, extra=extra)]


def _came(said: Mapping[str, Any], talk: _Talk) -> Sequence[Event]:
    """Somebody came back by a link or an ad; they have written nothing, and it is a note in their story."""
    text = f"[came by {_source(said)}]"
    extra = {"referral": _referral(said)}
    return [Message(external_id=_made(said, talk), author=talk.author, at=talk.at, text=text, automatic="notice", extra=extra)]


def _referral(said: Mapping[str, Any]) -> Mapping[str, str]:
    return {n: word(said.get(n), 500) for n in ("ref", "source", "type", "ad_id", "referer_uri") if said.get(n)}


def _source(said: Mapping[str, Any]) -> str:
    ref = word(said.get("ref"), 100)
    return (word(said.get("source"), 60).lower() or "a link") + (f" ({ref})" if ref else "")


def _reaction(said: Mapping[str, Any], talk: _Talk) -> Sequence[Event]:
    target = word(said.get("mid"), 400) or fail("a reaction to nothing")
    removed = word(said.get("action"), 20) == "unreact"
    sign = word(said.get("emoji"), 20) or NAMED.get(word(said.get("reaction"), 20).lower(), "")
    if not sign and not removed:
        sign = "\N{WHITE MEDIUM STAR}"
    return [Reaction(external_id=_made(said, talk), target=target, author=talk.author, at=talk.at, emoji=sign, removed=removed)]


def _read(said: Mapping[str, Any], talk: _Talk) -> Sequence[Event]:
    """Instagram names the message that was seen; Messenger a moment up to which everything was."""
    mid = word(said.get("mid"), 400)
    at = talk.at if mid else time(said.get("watermark"))
    return [Receipt(external_id=_made(said, talk), target=mid, author=talk.author, at=at)]


def _delivery(said: Mapping[str, Any], talk: _Talk) -> Sequence[Event]:
    mids = said.get("mids")
    names = [word(mid, 400) for mid in mids[:500]] if isinstance(mids, list) else []
    return [DeliveryReport(external_id=f"{mid}:delivered", target=mid, state="delivered", at=talk.at) for mid in names if mid]


def _edit(said: Mapping[str, Any], talk: _Talk) -> Sequence[Event]:
    target = word(said.get("mid"), 400) or fail("nothing was changed")
    text, _, _ = contents(said)
    ident = f"{target}:edit:{word(said.get('num_edit'), 12) or int(talk.at.timestamp())}"
    return [Edit(external_id=ident, target=target, author=talk.author, at=talk.at, text=text)]


def _made(said: Mapping[str, Any], talk: _Talk) -> str:
    """An id for what has none of its own."""
    return digest(
        f"{talk.them.address} {talk.at.isoformat()} {sorted((str(k), str(v)[:500]) for k, v in said.items())}".encode(
            "utf-8", "replace"
        )
    )


_READERS = {
    "postback": _postback,
    "referral": _came,
    "reaction": _reaction,
    "read": _read,
    "delivery": _delivery,
    "message_edit": _edit,
}
