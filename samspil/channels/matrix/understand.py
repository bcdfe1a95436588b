"""What an event of a room means: pure, and without trust in any field. Source: spec.matrix.org, client-server API.

An envelope holds ``{"event": ..., "room": {"id", "direct", "name", "names", "others"}, "answers_us", "redacted", "file", "late",
"open"}``: the event as it came, or in the clear where it was encrypted and there was a key, and what pull() knew beside it.
``late``: it was kept before without its key. ``open``: it was not encrypted in a room that is. An application service's events
come without what pull() knew. A receipt stands in ``receipt``.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from samspil.channels.matrix import words
from samspil.channels.matrix.colleague import as_colleague
from samspil.channels.matrix.settings import MARK, NETWORK, Settings, event_id, external_id, room_id, settings_of, user_id
from samspil.channels.matrix.words import line, text
from samspil.kit import (
    Account,
    Attachment,
    Delete,
    Edit,
    Envelope,
    Event,
    Handle,
    Message,
    NotUnderstood,
    Reaction,
    Receipt,
    reading,
)
from samspil.kit.reading import part

LARGEST = 64 * 1024 * 1024
"""Bytes of an envelope, files included."""
AHEAD = timedelta(minutes=5)
"""How far a sender's clock may be before ours; later is taken for the time at which it came."""
MANY = 50
PART = "file"
"""An event has one file at most."""
MESSAGES = ("m.room.message", "m.sticker", "m.room.encrypted", "m.call.invite", "m.poll.start", "org.matrix.msc3381.poll.start")
_OPEN = "written in the open, in a room that is encrypted: the servers on the way could read it, and could have written it"
# Calls being set up, keys being compared: programs talking to each other.
_SILENT = ("m.call.", "m.key.", "org.matrix.call.", "io.element.", "im.vector.")


def understand(envelope: Envelope, account: Account) -> Sequence[Event]:
    """The event of one envelope; none for what asks nothing of us. Raises NotUnderstood."""
    kept = read(envelope.payload)
    if settings_of(account).colleagues:
        return _of_colleagues(kept, envelope, account)
    if "receipt" in kept:
        return [_Reader(kept, envelope, account).receipt()]
    event = part(kept, "event")
    kind = text(event.get("type"), 200)
    if isinstance(event.get("state_key"), str) or (kind.startswith(_SILENT) and kind not in MESSAGES):
        return []
    seen = _Reader(kept, envelope, account)
    if seen.echo:
        return []
    if kind in MESSAGES:
        found = seen.message_or_edit(kind)
        return seen.read_at_last(found) if kept.get("late") is True else found
    return _done_to(kind, seen)


def _done_to(kind: str, seen: "_Reader") -> Sequence[Event]:
    if kind == "m.reaction":
        return seen.reaction()
    if kind == "m.room.redaction":
        return seen.redaction()
    raise NotUnderstood(f"An event of the kind {line(kind, 60)!r} is not known")


def _of_colleagues(kept: Mapping[str, Any], envelope: Envelope, account: Account) -> Sequence[Event]:
    """The same for an account that is for colleagues. What cannot be read is no answer; once its key is there it comes again."""
    event = part(kept, "event")
    kind = text(event.get("type"), 200)
    if "receipt" in kept or isinstance(event.get("state_key"), str) or (kind.startswith(_SILENT) and kind not in MESSAGES):
        return []
    seen = _Reader(kept, envelope, account)
    # Only what is known to be a talk of two: who else reads along, and who is answered, is not known elsewhere.
    if seen.ours or seen.place.get("direct") is not True:
        return []
    if kind in MESSAGES and kind != "m.room.message":
        _fail("A colleague's message that has no words, or that cannot be read here")
    found = seen.message_or_edit(kind) if kind in MESSAGES else _done_to(kind, seen)
    return as_colleague(found, unsure="not encrypted" if seen.is_open else "")


def read(payload: bytes) -> Mapping[str, Any]:
    """The envelope's object. Raises NotUnderstood."""
    return reading.body(payload, what="The event", largest=LARGEST)


def wanted(content: Mapping[str, Any], kind: str, settings: Settings, *, direct: object, answers_us: object) -> bool:
    """Whether a message is meant for us: all in a talk of two; in a group what names or answers us, or all by the settings."""
    if direct is not False or settings.groups == "all" or answers_us is True:
        return True
    newest = part(content, "m.new_content")
    return kind != "m.room.encrypted" and (words.mentions(content, settings.own) or words.mentions(newest, settings.own))


class _Reader:
    """One event, read field by field."""

    def __init__(self, kept: Mapping[str, Any], envelope: Envelope, account: Account) -> None:
        self.kept, self.envelope, self.account = kept, envelope, account
        self.settings = settings_of(account)
        self.event, self.content = part(kept, "event"), part(part(kept, "event"), "content")
        self.place = part(kept, "room")
        self.room = room_id(self.place.get("id")) or _fail("The event is in no room")
        # In a group what we wrote is answered to nobody in particular; what is not known to be a group counts as a talk of two.
        self.direct = self.place.get("direct") is not False
        self.answers_us = kept.get("answers_us") is True
        self.echo = text(self.event.get("sender"), 255).lower() in self.settings.own and isinstance(self.content.get(MARK), str)

    @property
    def id(self) -> str:
        return self.message_id(self.event.get("event_id"), "event")

    @property
    def author(self) -> Handle:
        return self.handle(self.event.get("sender"))

    @property
    def at(self) -> datetime:
        return self.time(self.event.get("origin_server_ts"))

    @property
    def ours(self) -> bool:
        return self.author.address.lower() in self.settings.own

    def message_id(self, value: object, what: str) -> str:
        return external_id(self.room, event_id(value) or _fail(f"The {what} has no id"))

    def handle(self, value: object) -> Handle:
        address = user_id(value) or _fail("The event has no sender")
        shown = line(part(self.place, "names").get(address))
        return Handle(network=NETWORK, address=address, display=shown)

    def time(self, value: object) -> datetime:
        if not isinstance(value, int) or isinstance(value, bool):
            _fail("The event has no time")
        try:
            at = datetime.fromtimestamp(value / 1000, UTC)
        except (OverflowError, OSError, ValueError):
            _fail("The event has no time that a calendar knows")
        came = self.envelope.received_at
        return came if came is not None and at > came + AHEAD else at

    def message_or_edit(self, kind: str) -> Sequence[Event]:
        relation = part(self.content, "m.relates_to")
        if not self.content:
            return []  # taken back before it came here: its deletion comes by itself
        if text(self.content.get("msgtype"), 60).startswith("m.key."):
            return []
        if relation.get("rel_type") == "m.replace" and kind == "m.room.message":
            if self.is_open:
                _fail(
                    "A change of a message came in the open, in a room that is encrypted: a server on the way could have made it"
                )
            newest = part(self.content, "m.new_content")
            return [self.edit(relation, newest)] if self.is_wanted(kind) and not self.ours else []
        if relation.get("rel_type") == "m.replace" and kind == "m.room.encrypted":
            _fail("A change of a message is encrypted from end to end, and cannot be read here")
        if not self.is_wanted(kind):
            if kind == "m.room.encrypted":
                _fail("A message in a group is encrypted from end to end: whether it is for you cannot be read here")
            return []
        if self.ours and not (self.direct and self.others):
            return []  # written by one of ours with another program, to nobody in particular
        return [self.message(kind, relation)]

    def read_at_last(self, found: Sequence[Event]) -> Sequence[Event]:
        """What came before its key: where it was shown as what cannot be read, its words take that one's place."""
        if not wanted({}, "m.room.encrypted", self.settings, direct=self.direct, answers_us=False):
            return found
        return [
            Edit(
                external_id=f"{one.external_id}:key",
                target=one.external_id,
                author=one.author,
                at=one.at,
                text=told,
                html=one.html,
            )
            if isinstance(one, Message) and (told := one.text or "\n".join(f"[{file.name}]" for file in one.attachments))
            else one
            for one in found
            if not (isinstance(one, Message) and one.outgoing)
        ]

    @property
    def is_open(self) -> bool:
        """Whether it was not encrypted in a room that is."""
        return self.kept.get("open") is True

    def is_wanted(self, kind: str) -> bool:
        return wanted(self.content, kind, self.settings, direct=self.direct, answers_us=self.answers_us)

    @property
    def others(self) -> list[Handle]:
        """Who else is in a talk of two."""
        listed = self.place.get("others")
        found = [one for one in (listed[:MANY] if isinstance(listed, list) else []) if user_id(one)]
        return [self.handle(one) for one in found if one.lower() not in self.settings.own]

    def message(self, kind: str, relation: Mapping[str, Any]) -> Message:
        new, whole = self.words(kind, answers="m.in_reply_to" in relation)
        attachments, notes, seen = self.files(kind)
        told = "\n\n".join(part for part in (new.strip(), seen) if part)
        if not told and not attachments:
            _fail(f"A message of the kind {line(self.content.get('msgtype'), 60)!r} without words")
        name, references = line(self.place.get("name")), self.references(relation)
        return Message(
            external_id=self.id,
            author=self.author,
            at=self.at,
            text=told,
            html=words.markup(self.content) if not attachments else "",
            full_text=whole if whole != new else "",
            references=references,
            thread=self.thread(references),
            to=self.others if self.ours else [],
            attachments=attachments,
            automatic="bot" if self.content.get("msgtype") == "m.notice" and not self.ours else "",
            public=not self.direct,
            outgoing=self.ours,
            notes=[*notes, _OPEN] if self.is_open and not self.ours else notes,
            extra={"room": self.room, **({"group": name} if name and not self.direct else {})},
        )

    def thread(self, references: Sequence[str]) -> str:
        """A talk of two is one; in a group, what one person begins to say to us. An answer there goes with what it answers, alone."""
        if self.direct:
            return self.room
        return "" if references else f"{self.room}/{self.author.address}"

    def words(self, kind: str, *, answers: bool) -> tuple[str, str]:
        if kind == "m.room.encrypted":
            known = words.ENCRYPTED if self.settings.hs_token else words.NO_KEY
            return (told := known[self.language]), told
        if kind == "m.call.invite":
            return (told := words.CALL[self.language]), told
        if kind == "m.sticker":
            return (told := f"[{line(self.content.get('body')) or 'sticker'}]"), told
        if kind != "m.room.message":
            return (told := words.poll(self.content)), told
        return words.said(self.content, answers=answers)

    @property
    def language(self) -> str:
        return "en" if self.account.language == "en" else "da"

    def files(self, kind: str) -> tuple[list[Attachment], list[str], str]:
        """The file that came along; or what to say of one whose bytes did not."""
        if kind != "m.room.message" or self.content.get("msgtype") not in words.FILES:
            return [], [], ""
        name = words.file_name(self.content)
        loaded = part(self.kept, "file").get("size")
        if isinstance(loaded, int) and not isinstance(loaded, bool) and loaded >= 0:
            content_type = line(part(self.content, "info").get("mimetype"), 100) or "application/octet-stream"
            return [Attachment(part=PART, name=name, content_type=content_type, size=loaded)], [], ""
        why = (
            "it is encrypted"
            if part(self.content, "file")
            else "it is too large, it was gone, or the homeserver brought the event"
        )
        return [], [f"{name} was not fetched: {why}"], f"[{name}]"

    def references(self, relation: Mapping[str, Any]) -> list[str]:
        found = [relation.get("event_id")] if relation.get("rel_type") == "m.thread" else []
        found.append(part(relation, "m.in_reply_to").get("event_id"))
        known = [external_id(self.room, one) for one in map(event_id, found) if one]
        return list(dict.fromkeys(known))

    def edit(self, relation: Mapping[str, Any], newest: Mapping[str, Any]) -> Edit:
        target = self.message_id(relation.get("event_id"), "message changed")
        new, _ = words.said(newest, answers=False)
        told = new.strip() or _fail("A change that says nothing")
        return Edit(external_id=self.id, target=target, author=self.author, at=self.at, text=told, html=words.markup(newest))

    def reaction(self) -> Sequence[Event]:
        relation = part(self.content, "m.relates_to")
        if not self.content or self.ours:
            return []
        target = self.message_id(relation.get("event_id"), "message reacted to")
        sign = line(relation.get("key"), 64) or _fail("A reaction without a sign")
        return [Reaction(external_id=self.id, target=target, author=self.author, at=self.at, emoji=sign)]

    def redaction(self) -> Sequence[Event]:
        # Rooms of version 11 and later have it within, older ones beside.
        target = self.message_id(self.event.get("redacts") or self.content.get("redacts"), "message taken back")
        was = part(self.kept, "redacted")
        if self.ours:
            return []
        if was:
            sign = line(was.get("key"), 64) or _fail("A reaction without a sign")
            reacted = self.message_id(was.get("event_id"), "message reacted to")
            return [Reaction(external_id=self.id, target=reacted, author=self.author, at=self.at, emoji=sign, removed=True)]
        return [Delete(external_id=self.id, target=target, author=self.author, at=self.at)]

    def receipt(self) -> Receipt:
        said = part(self.kept, "receipt")
        return Receipt(
            external_id=self.envelope.external_id,
            target=self.message_id(said.get("event_id"), "message read"),
            author=self.handle(said.get("user_id")),
            at=self.time(said.get("ts")),
        )


def _fail(sentence: str) -> NoReturn:
    raise NotUnderstood(sentence)
