"""What a notification, a line of the direct messages' log, or a post that is gone means: pure, and without trust in any field."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from samspil.channels.bluesky import direct, pictures
from samspil.channels.bluesky.settings import NETWORK, POST, uri_parts
from samspil.channels.bluesky.values import handle_of, is_own, language_of, obj, payload_of, rows, text, time_of
from samspil.channels.bluesky.words import media, named, said
from samspil.kit import Account, Delete, Envelope, Event, Follow, Handle, Message, NotUnderstood, Reaction

WRITTEN = frozenset({"reply", "mention", "quote", "subscribed-post"})
SIGNS = {"like": "❤️", "repost": "🔁", "like-via-repost": "❤️", "repost-via-repost": "🔁"}
SILENT = frozenset({"starterpack-joined", "verified", "unverified", "contact-match"})


def understand(envelope: Envelope, account: Account) -> Sequence[Event]:
    """The event of one envelope; none for a kind that asks nothing of us, or for what we did ourselves. Raises NotUnderstood."""
    payload = payload_of(envelope.payload)
    own = frozenset({*account.own, text(envelope.headers.get("did"), 300)} - {""})
    if "log" in payload:
        return direct.meaning(payload, own)
    if "gone" in payload:
        return [_gone(payload)]
    return _notification(payload, own)


def _notification(note: Mapping[str, Any], own: frozenset[str]) -> Sequence[Event]:
    reason = text(note.get("reason"), 60)
    if reason in SILENT:
        return []
    author, at = handle_of(note.get("author")), time_of(note.get("indexedAt"))
    if at is None:
        raise NotUnderstood("The notification has no time")
    did, collection, key = uri_parts(note.get("uri"))
    if not did or did != author.address:
        raise NotUnderstood("The notification has no address of a record of its author's")
    uri = f"at://{did}/{collection}/{key}"
    if reason in WRITTEN:
        return [_message(note, author, at, uri, own)]
    if is_own(author, own):
        return []
    if reason in SIGNS:
        return [_reaction(note, author, at, uri, SIGNS[reason])]
    if reason == "follow":
        return [Follow(external_id=uri, author=author, at=at)]
    raise NotUnderstood(f"A notification of the kind {reason!r} is not known")


def _message(note: Mapping[str, Any], author: Handle, at: datetime, uri: str, own: frozenset[str]) -> Message:
    record = obj(note.get("record"))
    if uri_parts(uri)[1] != POST or not record:
        raise NotUnderstood("The notification has no post")
    marked = _labels(note, record)
    return Message(
        external_id=uri,
        author=author,
        at=at,
        text=said(record, author.address),
        references=_answered(record),
        to=[handle for handle in named(record) if handle.address != author.address],
        public=True,
        outgoing=is_own(author, own),
        attachments=pictures.attachments(note, record),
        automatic="bot" if _is_bot(obj(note.get("author"))) else "",
        language=language_of(record),
        notes=[f"labelled {', '.join(marked)}"] if marked else [],
        extra=_more(note, record, author, marked),
    )


def _answered(record: Mapping[str, Any]) -> list[str]:
    """The first post of the thread and the one answered, the nearest last."""
    reply = obj(record.get("reply"))
    found: list[str] = []
    for name in ("root", "parent"):
        did, collection, key = uri_parts(obj(reply.get(name)).get("uri"))
        uri = f"at://{did}/{collection}/{key}"
        if did and uri not in found:
            found.append(uri)
    return found


def _labels(note: Mapping[str, Any], record: Mapping[str, Any]) -> list[str]:
    """What the writer, or a service that marks posts, says that a post holds."""
    found = [*rows(note.get("labels")), *rows(obj(record.get("labels")).get("values"))]
    words = [text(row.get("val"), 128).strip() for row in found if row.get("neg") is not True]
    return list(dict.fromkeys(word for word in words if word and not word.startswith("!")))


def _is_bot(person: Mapping[str, Any]) -> bool:
    return any(row.get("val") == "bot" and row.get("src") == person.get("did") for row in rows(person.get("labels")))


def _more(note: Mapping[str, Any], record: Mapping[str, Any], author: Handle, marked: list[str]) -> dict[str, Any]:
    found = {
        "reason": text(note.get("reason"), 60),
        "cid": text(note.get("cid"), 200),
        "media": media(record, author.address),
        "labels": marked,
    }
    return {key: value for key, value in found.items() if value}


def _reaction(note: Mapping[str, Any], author: Handle, at: datetime, uri: str, sign: str) -> Reaction:
    target = obj(obj(note.get("record")).get("subject")).get("uri") or note.get("reasonSubject")
    if not uri_parts(target)[0]:
        raise NotUnderstood("The reaction is to nothing")
    return Reaction(external_id=uri, target=str(target), author=author, at=at, emoji=sign)


def _gone(payload: Mapping[str, Any]) -> Delete:
    did, collection, key = uri_parts(payload.get("gone"))
    at = time_of(payload.get("at"))
    if not did or at is None:
        raise NotUnderstood("It is not said which post is gone, and since when")
    uri = f"at://{did}/{collection}/{key}"
    return Delete(external_id=f"gone:{uri}", target=uri, author=Handle(network=NETWORK, address=did), at=at)
