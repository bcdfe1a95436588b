"""What an activity means: pure, and without trust in any field. Who did it was found out when it was verified."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from samspil.channels.activitypub.actors import addressed, others
from samspil.channels.activitypub.files import files_of
from samspil.channels.activitypub.settings import NETWORK, Settings, host_of, settings_of
from samspil.channels.activitypub.values import PUBLIC, QUOTES, address, ident, kind, kinds, line, listed, read, rows, text, time
from samspil.channels.activitypub.words import markup, words
from samspil.kit import Account, Delete, Edit, Envelope, Event, Follow, Handle, Message, NotUnderstood, Reaction

NOTES = frozenset({"Note", "Article", "Page", "Question"})
MEDIA = frozenset({"Image", "Video", "Audio", "Document", "Event", "ChatMessage"})
LIKE, SHARE = "⭐", "🔁"
"""The signs that the Mastodon channel uses."""


def understand(envelope: Envelope, account: Account) -> Sequence[Event]:
    """The events of one activity. Raises NotUnderstood."""
    return _Reader(envelope, account).events()


class _Reader:
    """One activity, read field by field."""

    def __init__(self, envelope: Envelope, account: Account) -> None:
        self.activity = read(envelope.payload)
        self.settings: Settings = settings_of(account)
        self.id = text(envelope.external_id, 1000)
        acct = text(envelope.headers.get("acct"), 500)
        if not acct.startswith(("https://", "http://")) and (acct.count("@") != 1 or not all(acct.split("@"))):
            raise NotUnderstood("Nobody signed it")
        self.actor = text(envelope.headers.get("actor"), 2000)
        self.headers = envelope.headers
        self.author = Handle(
            network=NETWORK,
            address=acct,
            display=line(envelope.headers.get("display")),
            name=text(envelope.headers.get("name"), 500) or f"@{acct}",
        )
        # A time that the sender forgot is that at which the envelope was made, where anybody said so.
        said = time(self.activity.get("published")) or time(self.activity.get("updated"))
        self.at = said or envelope.received_at or _epoch(envelope)
        inner = self.activity.get("object")
        self.object: Mapping[str, Any] = next(iter(rows(inner)), {})
        if not self.object and envelope.headers.get("object"):
            self.object = read(envelope.headers["object"].encode("utf-8", "replace"))
        self.target = ident(self.object) or ident(inner)

    def events(self) -> Sequence[Event]:
        known: Mapping[str, Callable[[], Sequence[Event]]] = {
            "Create": self.create,
            "Update": self.update,
            "Delete": self.delete,
            "Follow": self.follow,
            "Undo": self.undo,
            "Like": lambda: [self.reaction(self.activity)],
            "Dislike": lambda: [self.reaction(self.activity)],
            "EmojiReact": lambda: [self.reaction(self.activity)],
            "Announce": lambda: [self.reaction(self.activity)] if self.is_ours(self.target) else [],
            "Block": lambda: [self.followed(removed=True)],
        }
        name = kind(self.activity)
        if name in known:
            return known[name]()
        told = {
            "Flag": f"{self.author.name} reports something of ours to us: read it, and answer the server's people",
            "Move": f"{self.author.name} moves to {ident(self.activity.get('target'))[:300] or 'another account'}",
            "Accept": f"{self.author.name} accepts something that we did not ask for",
            "Reject": f"{self.author.name} refuses something that we did not ask for",
            "Add": f"{self.author.name} puts something into a collection",
            "Remove": f"{self.author.name} takes something out of a collection",
        }
        raise NotUnderstood(told.get(name) or f"An activity of the kind {name[:60]!r} is not known")

    def is_ours(self, url: str) -> bool:
        return url.startswith(f"{self.settings.root}/")

    def theirs(self) -> str:
        """The id of the message that it is about. Raises NotUnderstood where it is not the actor's own."""
        if not self.target:
            raise NotUnderstood("What it is about has no id")
        owners = {one for row in listed(self.object.get("attributedTo")) if (one := ident(row))}
        if host_of(self.target) != host_of(self.actor) or (owners and self.actor not in owners):
            raise NotUnderstood("What it is about is somebody else's")
        return self.target

    def create(self) -> Sequence[Event]:
        target, what = self.theirs(), set(kinds(self.object))
        if not what & (NOTES | MEDIA):
            raise NotUnderstood(f"Something of the kind {kind(self.object)[:60]!r} is not known")
        if (
            text(self.object.get("name"))
            and not text(self.object.get("content"))
            and what == {"Note"}
            and self.object.get("inReplyTo")
        ):
            raise NotUnderstood(f"A vote in a poll: {line(self.object.get('name'))}")
        reply = [one for row in listed(self.object.get("inReplyTo")) if (one := ident(row))]
        return [
            Message(
                external_id=target,
                author=self.author,
                at=time(self.object.get("published")) or self.at,
                text=words(self.object),
                html=markup(self.object),
                subject=line(self.object.get("name")) if what & {"Article", "Page", "Event"} else "",
                references=[*(one for one in [self.quoted()] if self.is_ours(one)), *reply[:1]],
                to=[Handle(network=NETWORK, address=name, name=f"@{name}") for name in self.named()],
                public=self.visibility() in {"public", "unlisted"},
                automatic="bot" if text(self.headers.get("kind")) in {"Service", "Application"} else "",
                language=self.language(),
                attachments=tuple(made for made, _ in files_of(self.object)),
                extra=self.more(),
            )
        ]

    def named(self) -> list[str]:
        own = {self.settings.acct, self.author.address}
        return list(dict.fromkeys(name for name, _ in others(self.object.get("tag")) if name not in own))

    def visibility(self) -> str:
        """public, unlisted, followers or direct. An empty ``to`` says nothing: then it is for those who are named."""
        to = {one for thing in (self.activity, self.object) for row in listed(thing.get("to")) if (one := ident(row))}
        everybody = set(addressed(self.activity, self.object))
        if to & PUBLIC:
            return "public"
        if everybody & PUBLIC:
            return "unlisted"
        return "followers" if any(one.endswith("/followers") for one in everybody) else "direct"

    def quoted(self) -> str:
        """The post that it quotes, by FEP-044f or as servers named it before; "" for none."""
        return next((one for name in QUOTES if (one := ident(self.object.get(name)) or text(self.object.get(name), 2000))), "")

    def language(self) -> str:
        found = self.object.get("contentMap")
        languages = list(found) if isinstance(found, dict) else []
        return text(languages[0], 35) if len(languages) == 1 else ""

    def more(self) -> dict[str, Any]:
        media = [
            {"type": text(row.get("mediaType"), 100), "url": address(row), "description": text(row.get("name"), 2000)}
            for row in rows(self.object.get("attachment"))
            if address(row)
        ]
        found = {
            "visibility": self.visibility(),
            "actor": self.actor,
            "url": address(self.object),
            "media": media,
            "quote": self.quoted(),
            "thread": ident(self.object.get("context")) or text(self.object.get("conversation"), 500),
            "sensitive": self.object.get("sensitive") is True,
        }
        return {key: value for key, value in found.items() if value}

    def update(self) -> Sequence[Event]:
        target = self.theirs()
        if target == self.actor:
            return []
        if not set(kinds(self.object)) & (NOTES | MEDIA):
            raise NotUnderstood(f"Something of the kind {kind(self.object)[:60]!r} is not known")
        at = time(self.object.get("updated")) or self.at
        html = markup(self.object)
        return [Edit(external_id=self.id, target=target, author=self.author, at=at, text=words(self.object), html=html)]

    def delete(self) -> Sequence[Event]:
        if self.target == self.actor:
            return [self.followed(removed=True)]
        return [Delete(external_id=self.id, target=self.theirs(), author=self.author, at=self.at)]

    def follow(self) -> Sequence[Event]:
        if self.target != self.settings.actor:
            raise NotUnderstood("It follows somebody else than us")
        return [self.followed(removed=False)]

    def followed(self, *, removed: bool) -> Follow:
        extra = {} if removed else {name: text(self.headers.get(name), 2000) for name in ("actor", "inbox", "shared")}
        return Follow(external_id=self.id, author=self.author, at=self.at, removed=removed, extra=extra)

    def reaction(self, activity: Mapping[str, Any], *, removed: bool = False) -> Reaction:
        target = ident(activity.get("object"))
        if not self.is_ours(target):
            raise NotUnderstood("It reacts to something that is not ours")
        signs = {"Announce": SHARE, "Dislike": "👎"}
        said = line(activity.get("content"), 64) or line(activity.get("_misskey_reaction"), 64)
        sign = signs.get(kind(activity)) or said or LIKE
        return Reaction(external_id=self.id, target=target, author=self.author, at=self.at, emoji=sign, removed=removed)

    def undo(self) -> Sequence[Event]:
        what, who = kind(self.object), ident(self.object.get("actor"))
        if who and who != self.actor:
            raise NotUnderstood("It takes back what somebody else did")
        if what == "Follow" and ident(self.object.get("object")) == self.settings.actor:
            return [self.followed(removed=True)]
        if what in {"Like", "Dislike", "EmojiReact"} or (what == "Announce" and self.is_ours(ident(self.object.get("object")))):
            return [self.reaction(self.object, removed=True)]
        if what in {"Announce", "Block"}:
            return []
        raise NotUnderstood(f"It takes back {what[:60] or 'something that it does not repeat'}")


def _epoch(envelope: Envelope) -> datetime:
    at = time(envelope.headers.get("at"))
    return at or datetime(1970, 1, 1, tzinfo=UTC)
