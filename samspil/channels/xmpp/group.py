"""Reading one stanza of a group chat (XEP-0045). Who wrote it was found out when it came, from what the room itself says; here all is pure."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from samspil.channels.xmpp import stanza as words
from samspil.channels.xmpp.reader import NETWORK, Reader, clean
from samspil.channels.xmpp.rooms import NICK, OCCUPANT, PERSON, ROOM, STANZA, TARGET
from samspil.channels.xmpp.settings import settings_of
from samspil.kit import Account, Envelope, Event, Handle, Message, NotUnderstood


class GroupReader(Reader):
    """Ids are the room's own, and count within it: ``room/id``."""

    def __init__(self, outer: Any, envelope: Envelope, account: Account) -> None:
        settings, told = settings_of(account), envelope.headers
        self.own, self.rooms, self.language = settings.address, settings.rooms, account.language
        self.outer, self.key, self.received, self.told = outer, envelope.external_id, envelope.received_at, told
        self.sender, self.resource, self.outgoing = told[ROOM], told.get(NICK, ""), False
        kept = words.kept_by(outer, self.sender)
        self.message = outer if kept is None else kept
        if self.message.get("from") != f"{self.sender}/{self.resource}" or self.message.get("type") != "groupchat":
            raise NotUnderstood("It is not from the group chat by which it came")
        self.ident = told.get(STANZA, "")
        self.at = self.said_by({self.sender}, next(outer.iter(words.FORWARDED), None) if kept is not None else None)

    @property
    def author(self) -> Handle:
        """The person, where the room tells who it is; else somebody who is known in this room alone."""
        shown = " ".join(clean(self.resource, 500).split())[:200]
        if person := self.told.get(PERSON):
            return Handle(network=NETWORK, address=person, display=shown)
        occupant = self.told.get(OCCUPANT)
        address = f"id:{occupant}" if occupant else f"nick:{self.resource}"
        return Handle(network=NETWORK, scope=self.sender, address=address[:400], display=shown, name=shown)

    def name(self, ident: str) -> str:
        return f"{self.sender}/{ident}"

    def replaced(self, ident: str) -> str:  # noqa: ARG002 - it is the author's own, and the room's was found when it came
        return self.told.get(TARGET, "")

    def reacted(self, ident: str) -> str:
        return self.name(ident)

    def events(self) -> Sequence[Event]:
        if (acts := self.acts()) is not None:
            return acts
        said = self.said("groupchat")
        return [] if said is None else [said]

    def said(self, kind: str) -> Message | None:
        """Everybody in the room reads it. What one person begins to say to us is a thread; an answer goes with what it answers."""
        said = super().said(kind)
        if said is None:
            return None
        thread = "" if said.references else f"{self.sender}/{said.author.address}"
        notes = list(said.notes)
        if said.author.scope and not self.told.get(OCCUPANT):
            notes.append("a nickname alone, which anybody may take: it proves nothing")
        return replace(said, public=True, thread=thread, notes=notes, subject="", extra={**said.extra, "room": self.sender})

    def answered(self) -> str:
        reply = self.message.find(words.REPLY)
        ident = clean(reply.get("id"), 500) if reply is not None else ""
        return self.name(ident) if ident else ""
