"""What a notification means: pure, and without trust in any field."""

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from samspil.channels.mastodon.files import files_of
from samspil.channels.mastodon.settings import GONE, NETWORK, external_id, settings_of
from samspil.kit import Account, Delete, Edit, Envelope, Event, Follow, Handle, Message, NotUnderstood, Reaction, reading
from samspil.kit.html import text_of_post

LARGEST = 4 * 1024 * 1024
LONGEST = 1_000_000
MANY = 100
_ACCT = re.compile(r"[^\s@/]{1,200}(@[^\s@/]{1,253})?")
_ID = re.compile(r"[A-Za-z0-9._-]{1,200}")
_SILENT = frozenset({"poll", "follow_request", "admin.sign_up", "admin.report", "severed_relationships", "moderation_warning"})
_SIGNS = {"favourite": "⭐", "reblog": "🔁"}


def understand(envelope: Envelope, account: Account) -> Sequence[Event]:
    """The event of one notification; none for a kind that asks nothing of us. Raises NotUnderstood."""
    seen = _Reader(_read(envelope.payload), envelope.headers.get("domain", ""), account)
    kind = text(seen.note.get("type"))
    if kind in _SILENT:
        return []
    known: Mapping[str, Callable[[], Event]] = {
        "mention": seen.message,
        "status": seen.message,
        "update": seen.edit,
        GONE: seen.gone,
        "follow": lambda: Follow(external_id=seen.id, author=seen.author, at=seen.at),
        **{name: partial(seen.reaction, sign) for name, sign in _SIGNS.items()},
    }
    if kind in known:
        return [known[kind]()]
    if kind == "pleroma:emoji_reaction" and text(seen.note.get("emoji")):
        return [seen.reaction(text(seen.note["emoji"])[:64])]
    raise NotUnderstood(f"A notification of the kind {kind[:60]!r} is not known")


def text(value: Any, longest: int = LONGEST) -> str:
    """A string of the payload without control characters; "" for anything else."""
    return reading.text(value, longest)


def _read(payload: bytes) -> Mapping[str, Any]:
    return reading.body(payload, what="The notification", largest=LARGEST)


def _ident(value: Any, what: str) -> str:
    found = str(value) if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 10**30 else text(value)
    if not _ID.fullmatch(found):
        raise NotUnderstood(f"The {what} has no id")
    return found


def _time(value: Any) -> datetime | None:
    try:
        at = datetime.fromisoformat(text(value, 64))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _rows(value: Any) -> list[dict[str, Any]]:
    return [row for row in value[:MANY] if isinstance(row, dict)] if isinstance(value, list) else []


class _Reader:
    """One notification, read field by field."""

    def __init__(self, note: Mapping[str, Any], domain: str, account: Account) -> None:
        self.note = note
        self.host = settings_of(account).host
        self.domain = text(domain, 253).lower() or self.host
        self.own = {name.lower().lstrip("@") for name in account.own}
        self.id = f"{self.host}/{text(note.get('type'), 60)}:{_ident(note.get('id'), 'notification')}"
        self.author = self.handle(note.get("account"))
        at = _time(note.get("created_at"))
        if at is None:
            raise NotUnderstood("The notification has no time")
        self.at = at

    # user@domain is the one name that every server gives and that an ActivityPub server of ours can look up (WebFinger). The uri
    # would be the better id, but many servers leave it out, and url is a web page's address that may change.
    def handle(self, value: Any) -> Handle:
        person = value if isinstance(value, dict) else {}
        acct = text(person.get("acct"), 500).strip().lstrip("@")
        if not _ACCT.fullmatch(acct):
            raise NotUnderstood("The account has no name")
        whole = acct if "@" in acct else f"{acct}@{self.domain}"
        return Handle(
            network=NETWORK,
            address=whole.lower(),
            display=" ".join(text(person.get("display_name"), 500).split())[:200],
            name=f"@{whole}",
        )

    def status(self) -> tuple[dict[str, Any], str]:
        status = self.note.get("status")
        if not isinstance(status, dict):
            raise NotUnderstood("The notification has no status")
        return status, external_id(self.host, _ident(status.get("id"), "status"))

    def message(self) -> Message:
        status, ident = self.status()
        author = self.handle(status.get("account") or self.note.get("account"))
        reply = status.get("in_reply_to_id")
        references = [external_id(self.host, _ident(reply, "message answered"))] if reply not in (None, "") else []
        return Message(
            external_id=ident,
            author=author,
            at=_time(status.get("created_at")) or self.at,
            text=words(status),
            html=text(status.get("content")),
            references=references,
            to=self.others(status, author),
            public=text(status.get("visibility")) in {"public", "unlisted"},
            outgoing=author.address in self.own,
            automatic="bot" if self.is_bot(status) else "",
            language=text(status.get("language"), 35),
            attachments=tuple(made for made, _ in files_of(status)),
            extra=self.more(status),
        )

    def is_bot(self, status: Mapping[str, Any]) -> bool:
        person = status.get("account")
        return isinstance(person, dict) and person.get("bot") is True

    def others(self, status: Mapping[str, Any], author: Handle) -> list[Handle]:
        found = []
        for row in _rows(status.get("mentions")):
            try:
                handle = self.handle(row)
            except NotUnderstood:
                continue  # one odd mention is no reason to lose the message
            if handle.address != author.address:
                found.append(handle)
        return found

    def more(self, status: Mapping[str, Any]) -> dict[str, Any]:
        media = [
            {key: text(row.get(key), 2000) for key in ("type", "url", "description") if text(row.get(key), 2000)}
            for row in _rows(status.get("media_attachments"))
        ]
        found = {"visibility": text(status.get("visibility"), 20), "uri": text(status.get("uri"), 2000), "media": media}
        return {key: value for key, value in found.items() if value}

    def edit(self) -> Edit:
        status, ident = self.status()
        return Edit(
            external_id=self.id,
            target=ident,
            author=self.handle(status.get("account") or self.note.get("account")),
            at=_time(status.get("edited_at")) or self.at,
            text=words(status),
            html=text(status.get("content")),
        )

    def gone(self) -> Delete:
        return Delete(external_id=self.id, target=self.status()[1], author=self.author, at=self.at)

    def reaction(self, sign: str) -> Reaction:
        return Reaction(external_id=self.id, target=self.status()[1], author=self.author, at=self.at, emoji=sign)


def words(status: Mapping[str, Any]) -> str:
    """All that a status says: the content warning, the text, the poll's options, and what the files show."""
    parts = [
        text(status.get("spoiler_text")).strip(),
        reading.CONTROLS.sub("", text_of_post(text(status.get("content")))).strip(),
    ]
    poll = status.get("poll")
    if isinstance(poll, dict):
        parts.append("\n".join(f"- {text(row.get('title'), 500)}" for row in _rows(poll.get("options"))))
    for row in _rows(status.get("media_attachments")):
        kind, alt = text(row.get("type"), 40) or "file", text(row.get("description"), 5000).strip()
        parts.append(f"[{kind}: {alt}]" if alt else f"[{kind}]")
    return "\n\n".join(part for part in parts if part)
