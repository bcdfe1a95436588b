"""What a call of X's webhook means: the Account Activity API, whose objects are those of X's older API. Pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from samspil.channels.x_com import media
from samspil.channels.x_com.reading import ID, handle, ident, rows, text_of, when
from samspil.kit import Delete, Event, Follow, Handle, Message, NotUnderstood, Reaction, Receipt

_SILENT = frozenset({
    "direct_message_indicate_typing_events", "block_events", "unblock_events", "mute_events", "unmute_events", "user_event",
    "tweet_edit_events",
})  # fmt: skip


def events(said: Mapping[str, Any], own: str, server: str) -> Sequence[Event]:
    """Every event of one call, in order. Raises NotUnderstood."""
    if own and str(said.get("for_user_id")) != own:
        raise NotUnderstood("the call is about another user")
    found: list[Event] = []
    known = False
    for name, value in said.items():
        known = known or name in _SILENT or name in _MEANINGS
        if name in _MEANINGS:
            found += [
                _with_files(event, row, server) for row in rows(value) if (event := _MEANINGS[name](row, said, own)) is not None
            ]
    if not known:
        raise NotUnderstood(f"a call about {', '.join(sorted(map(str, said)))[:200]}")
    return found


def _with_files(event: Event, row: Mapping[str, Any], server: str) -> Event:
    """A post with its pictures and films."""
    found = media.of_call(row, server) if isinstance(event, Message) and event.public else []
    if not found or not isinstance(event, Message):
        return event
    return replace(event, text=media.words(event.text, found), attachments=tuple(m.attachment for m in found if m.url))


def _post(row: Mapping[str, Any], _said: Mapping[str, Any], own: str) -> Event | None:
    number, author = ident(row.get("id_str"), "the post"), _who(row.get("user"))
    at = when(row.get("timestamp_ms") or row.get("created_at"))
    shared = row.get("retweeted_status")
    if isinstance(shared, dict) and author.address == own:
        return None
    if isinstance(shared, dict):
        return Reaction(external_id=number, target=ident(shared.get("id_str"), "the post"), author=author, at=at, emoji="🔁")
    longer = row.get("extended_tweet")
    words = (longer.get("full_text") if isinstance(longer, dict) else None) or row.get("full_text") or row.get("text")
    answered, whom = (
        _ident_or_nothing(row.get("in_reply_to_status_id_str")),
        _ident_or_nothing(row.get("in_reply_to_user_id_str")),
    )
    if author.address == own and whom in ("", own):
        return None
    return Message(
        external_id=number,
        author=author,
        at=at,
        text=text_of(words).strip(),
        references=[answered] if answered else [],
        to=[handle(whom, {"username": row.get("in_reply_to_screen_name")})] if author.address == own else [],
        public=True,
        outgoing=author.address == own,
        language=text_of(row.get("lang"), 10) if row.get("lang") != "und" else "",
    )


def _delete(row: Mapping[str, Any], _said: Mapping[str, Any], _own: str) -> Event:
    status = row.get("status")
    about = status if isinstance(status, dict) else {}
    number, who = ident(about.get("id"), "the deleted post"), ident(about.get("user_id"), "its author")
    return Delete(external_id=f"deleted:{number}", target=number, author=handle(who, {}), at=when(row.get("timestamp_ms")))


def _like(row: Mapping[str, Any], _said: Mapping[str, Any], own: str) -> Event | None:
    status, author = row.get("favorited_status"), _who(row.get("user"))
    target = ident(status.get("id_str") if isinstance(status, dict) else None, "the liked post")
    if author.address == own:
        return None
    at = when(row.get("timestamp_ms") or row.get("created_at"))
    return Reaction(external_id=f"like:{target}:{author.address}", target=target, author=author, at=at, emoji="❤️")


def _follow(row: Mapping[str, Any], _said: Mapping[str, Any], own: str) -> Event | None:
    author, at = _who(row.get("source")), when(row.get("created_timestamp"))
    if author.address == own:
        return None
    removed = row.get("type") == "unfollow"
    stamp = int(at.timestamp())
    return Follow(external_id=f"follow:{author.address}:{stamp}", author=author, at=at, removed=removed)


def _direct(row: Mapping[str, Any], said: Mapping[str, Any], own: str) -> Event | None:
    if row.get("type") != "message_create":
        raise NotUnderstood(f"a direct message of the kind {str(row.get('type'))[:60]!r}")
    inner = row.get("message_create")
    about = inner if isinstance(inner, dict) else {}
    target, data = about.get("target"), about.get("message_data")
    sender = ident(about.get("sender_id"), "the sender")
    receiver = ident(target.get("recipient_id") if isinstance(target, dict) else None, "the receiver")
    conversation = _conversation(sender, receiver)
    return Message(
        external_id=f"dm:{conversation}:{ident(row.get('id'), 'the message')}",
        author=handle(sender, _known(said, sender)),
        at=when(row.get("created_timestamp")),
        text=text_of(data.get("text") if isinstance(data, dict) else None).strip(),
        thread=f"dm:{conversation}",
        to=[handle(receiver, _known(said, receiver))] if sender == own else [],
        outgoing=sender == own,
    )


def _read(row: Mapping[str, Any], said: Mapping[str, Any], own: str) -> Event | None:
    target = row.get("target")
    reader = ident(row.get("sender_id"), "the reader")
    other = ident(target.get("recipient_id") if isinstance(target, dict) else None, "the other")
    last, at = ident(row.get("last_read_event_id"), "what was read"), when(row.get("created_timestamp"))
    if reader == own:
        return None
    return Receipt(
        external_id=f"read:{reader}:{last}",
        target=f"dm:{_conversation(reader, other)}:{last}",
        author=handle(reader, _known(said, reader)),
        at=at,
    )


def _conversation(one: str, other: str) -> str:
    """X's id of what two people write to each other."""
    return "-".join(sorted((one, other), key=int))


def _who(value: Any) -> Handle:
    about = value if isinstance(value, dict) else {}
    return handle(ident(about.get("id_str") or about.get("id"), "the user"), about)


def _known(said: Mapping[str, Any], number: str) -> Mapping[str, Any]:
    users = said.get("users")
    found = users.get(number) if isinstance(users, dict) else None
    return found if isinstance(found, dict) else {}


def _ident_or_nothing(value: Any) -> str:
    return value if isinstance(value, str) and ID.fullmatch(value) else ""


_MEANINGS: Mapping[str, Callable[[Mapping[str, Any], Mapping[str, Any], str], Event | None]] = {
    "tweet_create_events": _post,
    "tweet_delete_events": _delete,
    "favorite_events": _like,
    "follow_events": _follow,
    "unfollow_events": _follow,
    "direct_message_events": _direct,
    "direct_message_mark_read_events": _read,
}
