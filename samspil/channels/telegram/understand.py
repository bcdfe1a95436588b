"""What an update of Telegram's Bot API means (https://core.telegram.org/bots/api#update). Pure.

A message's external id is "chat:message": Telegram numbers messages within a chat. A private chat has its person's own id.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

from samspil.kit import Attachment, Edit, Envelope, Event, Follow, Handle, Message, NotUnderstood, Reaction

NETWORK = "telegram"
NEW = ("message", "channel_post", "business_message")
CHANGED = ("edited_message", "edited_channel_post", "edited_business_message")
ASKED = (*NEW, *CHANGED, "message_reaction", "callback_query", "my_chat_member")
"""The kinds of update that are asked for."""
FILES = ("photo", "document", "voice", "video", "audio", "animation", "video_note", "sticker")
NAMES = {
    "photo": ("photo.jpg", "image/jpeg"),
    "voice": ("voice.ogg", "audio/ogg"),
    "video": ("video.mp4", "video/mp4"),
    "audio": ("audio.mp3", "audio/mpeg"),
    "animation": ("animation.mp4", "video/mp4"),
    "video_note": ("video.mp4", "video/mp4"),
    "sticker": ("sticker.webp", "image/webp"),
}
OTHER_SIGN = "\N{WHITE MEDIUM STAR}"
"""For a reaction that is a picture of somebody's own, or paid for."""
LONGEST = 10_000


def update_of(envelope: Envelope) -> dict[str, Any]:
    """The update that the envelope holds. Raises NotUnderstood."""
    try:
        kept = json.loads(envelope.payload)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("not JSON") from error
    update = kept.get("update") if isinstance(kept, dict) else None
    if not isinstance(update, dict):
        raise NotUnderstood("no update of Telegram's")
    return update


def meaning(envelope: Envelope, own: int) -> Sequence[Event]:
    """Every event of one update. Raises NotUnderstood."""
    update = update_of(envelope)
    for kind in NEW:
        if kind in update:
            return [_message(_part(update, kind), own, _loaded(envelope))]
    for kind in CHANGED:
        if kind in update:
            return [_edit(_part(update, kind), own)]
    if "message_reaction" in update:
        return _reactions(_part(update, "message_reaction"), envelope)
    if "callback_query" in update:
        return [_pressed(_part(update, "callback_query"), envelope)]
    if "my_chat_member" in update:
        return [_member(_part(update, "my_chat_member"), envelope)]
    raise NotUnderstood("Telegram sent " + (", ".join(sorted(str(k) for k in update if k != "update_id"))[:100] or "nothing"))


def file_of(message: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """The kind and the description of the file in a message: of a photo the largest size."""
    for kind in FILES:
        found = message.get(kind)
        if kind == "photo" and isinstance(found, list):
            sizes = [p for p in found if isinstance(p, dict) and isinstance(p.get("file_id"), str)]
            found = max(sizes, key=lambda p: _whole(p.get("width")), default=None)
        if isinstance(found, dict) and isinstance(found.get("file_id"), str):
            return kind, found
    return None


def message_in(update: Mapping[str, Any]) -> Mapping[str, Any]:
    """The new message of an update, {} when it holds none."""
    return next((update[kind] for kind in NEW if isinstance(update.get(kind), dict)), {})


def _message(said: Mapping[str, Any], own: int, loaded: Mapping[str, int]) -> Message:
    chat, author = _chat(said), _author(said)
    text, found = _text(said), file_of(said)
    attachments: list[Attachment] = []
    notes: list[str] = []
    if found:
        kind, about = found
        name, content_type = NAMES.get(kind, ("file", "application/octet-stream"))
        name = _clean(about.get("file_name"), 200) or name
        if about["file_id"] in loaded:
            content_type = _clean(about.get("mime_type"), 100) or content_type
            attachments = [Attachment(part=about["file_id"], name=name, content_type=content_type, size=loaded[about["file_id"]])]
        else:
            notes = [f"{name} was not fetched: it is too large, or it was gone"]
            text = text if kind == "sticker" and text else f"{text}\n[{name}]".strip()
    if not text and not attachments:
        raise NotUnderstood("a note of Telegram's, and no message")
    answered = said.get("reply_to_message")
    references = [_ident(answered)] if isinstance(answered, dict) and _ident(answered) else []
    topic = _whole(said.get("message_thread_id"))
    sender = said.get("from")
    sender = sender if isinstance(sender, dict) else {}
    return Message(
        external_id=_ident(said) or _fail("a message without a number"),
        author=author,
        at=_time(said.get("date")),
        text=text,
        references=references,
        thread=f"{chat['id']}:{topic}" if topic else "",
        attachments=attachments,
        automatic="bot" if sender.get("is_bot") is True and "sender_chat" not in said else "",
        public=chat.get("type") != "private",
        outgoing=bool(own) and sender.get("id") == own,
        language=_clean(sender.get("language_code"), 2).lower(),
        notes=notes,
        extra={"chat": str(chat["id"]), **({"group": _clean(chat.get("title"), 200)} if chat.get("title") else {})},
    )


def _edit(said: Mapping[str, Any], _own: int) -> Edit:
    ident, at = _ident(said) or _fail("an edit without a number"), _time(said.get("edit_date") or said.get("date"))
    return Edit(external_id=f"{ident}:edit:{int(at.timestamp())}", target=ident, author=_author(said), at=at, text=_text(said))


def _reactions(said: Mapping[str, Any], envelope: Envelope) -> Sequence[Event]:
    target, at = _ident(said), _time(said.get("date"))
    who = said.get("user") if isinstance(said.get("user"), dict) else said.get("actor_chat")
    if not target or not isinstance(who, dict):
        raise NotUnderstood("a reaction of nobody, or to nothing")
    author = _handle(who)
    before, after = _signs(said.get("old_reaction")), _signs(said.get("new_reaction"))
    changes = [(sign, True) for sign in before if sign not in after] + [(sign, False) for sign in after if sign not in before]
    return [
        Reaction(external_id=f"{envelope.external_id}:{n}", target=target, author=author, at=at, emoji=sign, removed=removed)
        for n, (sign, removed) in enumerate(changes)
    ]


def _pressed(said: Mapping[str, Any], envelope: Envelope) -> Reaction:
    """A button of ours below a message (https://core.telegram.org/bots/api#callbackquery): its sign is given to that message.

    Telegram does not say when it was pressed, so it is when it came.
    """
    about, who, sign = said.get("message"), said.get("from"), _clean(said.get("data"), 20)
    target = _ident(about) if isinstance(about, dict) else ""
    if not target or not isinstance(who, dict) or not sign or envelope.received_at is None:
        raise NotUnderstood("a button of nobody, or of no message")
    return Reaction(external_id=envelope.external_id, target=target, author=_handle(who), at=envelope.received_at, emoji=sign)


def _member(said: Mapping[str, Any], envelope: Envelope) -> Follow:
    now = said.get("new_chat_member")
    status = now.get("status") if isinstance(now, dict) else None
    if _chat(said).get("type") != "private" or status not in {"member", "kicked"}:
        raise NotUnderstood("the bot came into a group, or left it")
    return Follow(external_id=envelope.external_id, author=_author(said), at=_time(said.get("date")), removed=status == "kicked")


def _part(update: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    found = update[kind]
    return found if isinstance(found, dict) else _fail(f"{kind} is no object")


def _chat(said: Mapping[str, Any]) -> Mapping[str, Any]:
    chat = said.get("chat")
    return chat if isinstance(chat, dict) and _whole(chat.get("id")) else _fail("a message in no chat")


def _author(said: Mapping[str, Any]) -> Handle:
    # sender_chat: a channel, or an administrator who speaks for the group; "from" is then a stand-in of Telegram's own.
    for name in ("sender_chat", "from", "chat"):
        who = said.get(name)
        if isinstance(who, dict) and _whole(who.get("id")):
            return _handle(who)
    return _fail("nobody's message")


def _handle(who: Mapping[str, Any]) -> Handle:
    if not _whole(who.get("id")):
        _fail("somebody without a number")
    shown = " ".join(filter(None, (_clean(who.get("first_name"), 100), _clean(who.get("last_name"), 100))))
    called = _clean(who.get("username"), 64)
    return Handle(
        network=NETWORK,
        address=str(who["id"]),
        display=shown or _clean(who.get("title"), 200),
        name=f"@{called}" if called else "",
    )


def _ident(said: Mapping[str, Any]) -> str:
    chat, number = said.get("chat"), _whole(said.get("message_id"))
    return f"{chat['id']}:{number}" if isinstance(chat, dict) and _whole(chat.get("id")) and number else ""


def _text(said: Mapping[str, Any]) -> str:
    text = _clean(said.get("text") or said.get("caption"), LONGEST, lines=True)
    more = []
    if isinstance(place := said.get("location"), dict):
        more.append(f"[{place.get('latitude')}, {place.get('longitude')}]")
    if isinstance(card := said.get("contact"), dict):
        names = " ".join(filter(None, (_clean(card.get("first_name"), 100), _clean(card.get("last_name"), 100))))
        more.append(f"[{names} {_clean(card.get('phone_number'), 40)}]")
    if isinstance(poll := said.get("poll"), dict):
        options = poll.get("options")
        rows = [f"- {_clean(o.get('text'), 200)}" for o in options if isinstance(o, dict)] if isinstance(options, list) else []
        more.append("\n".join([_clean(poll.get("question"), 400), *rows]))
    if isinstance(sticker := said.get("sticker"), dict) and not text:
        more.append(_clean(sticker.get("emoji"), 20))
    return "\n".join(filter(None, [text, *more]))


def _signs(value: object) -> list[str]:
    found: list[str] = []
    for one in value if isinstance(value, list) else []:
        if isinstance(one, dict):
            sign = _clean(one.get("emoji"), 20) if one.get("type") == "emoji" else OTHER_SIGN
            if sign and sign not in found:
                found.append(sign)
    return found


def _loaded(envelope: Envelope) -> Mapping[str, int]:
    files = json.loads(envelope.payload).get("files")
    found = files if isinstance(files, dict) else {}
    return {
        ident: about["size"] for ident, about in found.items() if isinstance(about, dict) and isinstance(about.get("size"), int)
    }


def _time(value: object) -> datetime:
    try:
        return datetime.fromtimestamp(_whole(value) or _fail("nobody knows when"), UTC)
    except (OverflowError, OSError, ValueError):
        return _fail("nobody knows when")


def _whole(value: object) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 1 << 63 else 0


def _clean(value: object, limit: int, *, lines: bool = False) -> str:
    if not isinstance(value, str):
        return ""
    kept = "".join(c for c in value if c.isprintable() or (lines and c in "\n\t") or c == "\u200d")
    return kept.strip()[:limit]


def _fail(words: str) -> NoReturn:
    raise NotUnderstood(words)
