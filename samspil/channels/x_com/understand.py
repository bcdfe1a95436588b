"""What a post, a direct message, or a call of X's webhook means: pure, and without trust in any field."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from samspil.channels.x_com import activity, media
from samspil.channels.x_com.media import Medium
from samspil.channels.x_com.reading import ID, MANY, handle, ident, rows, text_of, when
from samspil.channels.x_com.settings import own_id, server_of
from samspil.kit import Account, Edit, Envelope, Event, Handle, Message, NotUnderstood, Reaction, reading

LARGEST = 4 * 1024 * 1024
CONVERSATION = re.compile(r"[A-Za-z0-9-]{1,80}", re.ASCII)


def understand(envelope: Envelope, account: Account) -> Sequence[Event]:
    """Every event of one envelope. Raises NotUnderstood."""
    said = _read(envelope.payload)
    own, server = own_id(account), server_of(account)
    if isinstance(said.get("post"), dict):
        return _post(said["post"], said, own, server, seen=envelope.headers.get("seen") == "yes")
    if isinstance(said.get("message"), dict):
        return _direct(said["message"], said, own, server)
    if "for_user_id" in said:
        return activity.events(said, own, server)
    raise NotUnderstood("neither a post nor a message of X")


def media_in(envelope: Envelope, server: str) -> Sequence[Medium]:
    """The pictures and films of all that the envelope holds. Raises NotUnderstood."""
    said = _read(envelope.payload)
    fetched = [said[kind] for kind in ("post", "message") if isinstance(said.get(kind), dict)]
    called = rows(said.get("tweet_create_events"))
    return [m for one in fetched for m in media.of_post(one, said, server)] + [
        m for one in called for m in media.of_call(one, server)
    ]


def _read(payload: bytes) -> Mapping[str, Any]:
    return reading.body(payload, what="it", largest=LARGEST)


def _post(post: Mapping[str, Any], said: Mapping[str, Any], own: str, server: str, *, seen: bool) -> Sequence[Event]:
    number, who = ident(post.get("id"), "the post"), ident(post.get("author_id"), "the author")
    author, at = handle(who, _user(said, who)), when(post.get("created_at"))
    referred = {str(r.get("type")): str(r.get("id")) for r in rows(post.get("referenced_posts") or post.get("referenced_tweets"))}
    shared = referred.get("retweeted", "")
    if ID.fullmatch(shared):
        return [] if who == own else [Reaction(external_id=number, target=shared, author=author, at=at, emoji="🔁")]
    answered = referred.get("replied_to", "")
    to = _answered(post, said, own) if who == own else []
    if who == own and not to:
        return []  # what we post to everybody is no message to anybody
    first = _first(post, number)
    note = post.get("note_post") or post.get("note_tweet")
    words = text_of(note.get("text") if isinstance(note, dict) else None) or text_of(post.get("text"))
    found = media.of_post(post, said, server)
    conversation = post.get("conversation_id")
    message = Message(
        external_id=first,
        author=author,
        at=at,
        text=media.words(words, found),
        attachments=tuple(m.attachment for m in found if m.url),
        references=[answered] if ID.fullmatch(answered) else [],
        thread=conversation if isinstance(conversation, str) and ID.fullmatch(conversation) else "",
        to=to,
        public=True,
        outgoing=who == own,
        language=text_of(post.get("lang"), 10) if post.get("lang") not in {"und", "qme", "zxx"} else "",
        extra={"quoted": referred["quoted"]} if ID.fullmatch(referred.get("quoted", "")) else {},
    )
    if first == number or not seen:
        return [message]
    return [Edit(external_id=number, target=first, author=author, at=at, text=message.text)]


def _answered(post: Mapping[str, Any], said: Mapping[str, Any], own: str) -> list[Handle]:
    """Whom a post of ours answers; nobody where it is none, or where we answer ourselves."""
    number = post.get("in_reply_to_user_id")
    entities = post.get("entities")
    mentioned = rows(entities.get("mentions")) if isinstance(entities, dict) else []
    if number is None and (post.get("referenced_posts") or post.get("referenced_tweets")) and mentioned:
        number = mentioned[0].get("id")
    if not isinstance(number, str) or not ID.fullmatch(number) or number == own:
        return []
    about = _user(said, number) or next((m for m in mentioned if m.get("id") == number), {})
    return [handle(number, about)]


def _first(post: Mapping[str, Any], number: str) -> str:
    """The id under which the post was first written: an edit gets a new one, and the whole history comes along."""
    history = post.get("edit_history_post_ids") or post.get("edit_history_tweet_ids")
    known = [h for h in history[:MANY] if isinstance(h, str) and ID.fullmatch(h)] if isinstance(history, list) else []
    return min([*known, number], key=int)


def _direct(event: Mapping[str, Any], said: Mapping[str, Any], own: str, server: str) -> Sequence[Event]:
    number, who = ident(event.get("id"), "the message"), ident(event.get("sender_id"), "the sender")
    kind = event.get("event_type", "MessageCreate")
    if kind in ("ParticipantsJoin", "ParticipantsLeave"):
        return []
    conversation = event.get("dm_conversation_id")
    if kind != "MessageCreate" or not isinstance(conversation, str) or not CONVERSATION.fullmatch(conversation):
        raise NotUnderstood(f"a message of the kind {str(kind)[:60]!r}, or without a conversation")
    found = media.of_post(event, said, server)
    others = [p for p in conversation.split("-") if ID.fullmatch(p) and p != who] if "-" in conversation else []
    if who == own and not others:
        return []  # what we write to a group is for nobody alone
    return [
        Message(
            external_id=f"dm:{conversation}:{number}",
            author=handle(who, _user(said, who)),
            at=when(event.get("created_at")),
            text=media.words(text_of(event.get("text")), found),
            attachments=tuple(m.attachment for m in found if m.url),
            thread=f"dm:{conversation}",
            to=[handle(other, _user(said, other)) for other in others] if who == own else [],
            outgoing=who == own,
        )
    ]


def _user(said: Mapping[str, Any], number: str) -> Mapping[str, Any]:
    return next((row for row in rows(said.get("users")) if row.get("id") == number), {})
