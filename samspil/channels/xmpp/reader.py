"""Reading one stanza between two people: pure, and without trust in any of it but what our own server says."""

import re
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from samspil.channels.xmpp import stanza as words
from samspil.channels.xmpp.address import bare
from samspil.channels.xmpp.files import attachments, told
from samspil.channels.xmpp.settings import settings_of
from samspil.channels.xmpp.stanza import CLIENT
from samspil.kit import (
    Account,
    Delete,
    DeliveryReport,
    Edit,
    Envelope,
    Event,
    Follow,
    Handle,
    Message,
    NotUnderstood,
    Reaction,
    Receipt,
    reading,
)

NETWORK = "xmpp"
LARGEST = 2 * 1024 * 1024
LONGEST = 1_000_000
MANY = 50
FINAL = frozenset({"item-not-found", "gone", "jid-malformed"})
"""Conditions of an error that say that there is nobody at the address."""
_CANNOT_READ = {
    "da": "[Krypteret med {way}. Samspil kan ikke læse det: bed om at få det skrevet uden.]",
    "en": "[Encrypted with {way}. Samspil cannot read it: ask for it to be written without.]",
}


def clean(value: Any, longest: int = LONGEST) -> str:
    """A text of the stanza without control characters; "" for anything else."""
    return reading.text(value, longest)


def read(payload: bytes) -> Any:
    """The stanza as XML. Raises NotUnderstood."""
    if len(payload) > LARGEST:
        raise NotUnderstood(f"The stanza has {len(payload)} bytes, and {LARGEST} are read at most")
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True)
    try:
        root = etree.fromstring(payload, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise NotUnderstood("The stanza is not XML") from error
    if root is None or root.getroottree().docinfo.internalDTD is not None:
        raise NotUnderstood("The stanza is no stanza of XMPP")
    return root


def time_of(value: Any) -> datetime | None:
    """A time as stanzas write it; None for what is none."""
    try:
        at = datetime.fromisoformat(clean(value, 64))
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


class Reader:
    """One stanza, read part by part. ``message`` is the one within a carbon or an answer of the archive."""

    def __init__(self, outer: Any, envelope: Envelope, account: Account) -> None:
        settings = settings_of(account)
        self.own, self.rooms = settings.address, settings.rooms
        self.language = account.language
        self.outer = outer
        self.message = words.inner(outer)
        self.key = envelope.external_id
        self.received = envelope.received_at
        wrapped = self.message is not outer
        # Only our own server may speak for others; a carbon of anybody else is a forgery, and an old one (CVE-2017-5589).
        if wrapped and outer.get("from") and clean(outer.get("from")).lower() not in {self.own, self.own.partition("@")[2]}:
            raise NotUnderstood("Somebody who is not our server says what others wrote")
        sender = clean(self.message.get("from"), 3100) or self.own
        self.sender, self.resource = bare(sender), sender.partition("/")[2]
        self.outgoing = self.sender == self.own
        self.ident = clean(self.message.get("id") or self._id_of(words.ORIGIN), 500)
        self.at = self._when()

    def _id_of(self, name: str) -> str:
        found = self.message.find(name)
        return clean(found.get("id"), 500) if found is not None else ""

    def _when(self) -> datetime:
        """When it was written: as our server says, not as the sender says."""
        forwarded = next(self.outer.iter(words.FORWARDED), None)
        return self.said_by({self.own, self.own.partition("@")[2]}, forwarded)

    def said_by(self, trusted: Collection[str], forwarded: Any) -> datetime:
        """The time that stands around the message, or that one of these has written into it."""
        delay = forwarded.find(words.DELAY) if forwarded is not None else None
        found = [delay] if delay is not None else []
        found += [d for d in self.message.findall(words.DELAY) if d.get("from") in trusted]
        at = next((at for d in found if (at := time_of(d.get("stamp")))), None) or self.received
        if at is None:
            raise NotUnderstood("Nobody says when the message came")
        return at

    @property
    def author(self) -> Handle:
        nick = self.message.find(words.NICK)
        shown = " ".join(clean(nick.text, 500).split())[:200] if nick is not None and not self.outgoing else ""
        return Handle(network=NETWORK, address=self.sender, display=shown)

    def name(self, ident: str) -> str:
        """The id of a message of the author's. The ids of people's messages count within their author, ours are ours."""
        return ident if self.outgoing else f"{self.sender}/{ident}"

    def replaced(self, ident: str) -> str:
        """The id of the message that is corrected, by the id that its author knows it by."""
        return ident

    def reacted(self, ident: str) -> str:
        """The id of a message that has been given a sign."""
        return ident

    @property
    def external(self) -> str:
        return self.name(self.ident or f"~{self.key}")

    def presence(self) -> Sequence[Event]:
        kind = self.message.get("type")
        if kind not in {"subscribe", "unsubscribe"} or self.outgoing:
            return []
        return [Follow(external_id=f"{self.key}", author=self.author, at=self.at, removed=kind == "unsubscribe")]

    def events(self) -> Sequence[Event]:
        message, kind = self.message, self.message.get("type") or "normal"
        if self.outgoing and self.resource.startswith(words.OURS):
            return []
        if kind == "error":
            return [self.failure()]
        if (
            kind == "groupchat"
            or self.sender in self.rooms
            or any(message.find(e) is not None for e in (words.ROOM, words.INVITATION))
        ):
            raise NotUnderstood(
                "It comes from a group chat that the settings do not name"
                if kind == "groupchat"
                else "It is about a group chat, or said to us alone in one"
            )
        if kind not in {"chat", "normal", "headline"}:
            raise NotUnderstood(f"A message of the kind {clean(kind, 60)!r} is not known")
        if (acts := self.acts()) is not None:
            return acts
        reports = [] if self.outgoing else self.reports()
        said = self.said(kind)
        return [*reports, said] if said is not None else reports

    def failure(self) -> Event:
        error = self.message.find(f"{CLIENT}error")
        condition = text = ""
        for part in error if error is not None else ():
            name = etree.QName(part).localname
            condition, text = (condition, clean(part.text, 500)) if name == "text" else (condition or name, text)
        return DeliveryReport(
            external_id=f"error:{self.key}",
            target=self.ident,
            state="failed",
            at=self.at,
            detail=": ".join(word for word in (condition, text) if word) or "refused",
            address=self.sender,
            permanent=condition in FINAL,
        )

    def acts(self) -> list[Event] | None:
        """What is about another message: a change, a withdrawal, reactions. None for what is not."""
        replaced = self._id_of(words.REPLACE)
        if replaced and self.body():
            return [
                Edit(
                    external_id=self.external,
                    target=self.name(self.replaced(replaced)),
                    author=self.author,
                    at=self.at,
                    text=self.text()[0],
                )
            ]
        fastened = self.message.find(words.FASTEN)
        old = self._id_of(words.FASTEN) if fastened is not None and fastened.find(words.RETRACT_0) is not None else ""
        if gone := self._id_of(words.RETRACT) or old:
            return [Delete(external_id=self.external, target=self.name(gone), author=self.author, at=self.at)]
        reacted = self.message.find(f"{words.REACTIONS}reactions")
        return None if reacted is None else self.reactions(reacted)

    def reactions(self, reacted: Any) -> list[Event]:
        """One for each sign. People react to what we wrote, and our ids bear no name; an empty set takes all back."""
        rows = reacted.findall(f"{words.REACTIONS}reaction")[:MANY]
        signs = list(dict.fromkeys(sign for row in rows if (sign := clean(row.text, 64).strip())))
        return [
            Reaction(
                external_id=f"{self.external}/{number}",
                target=self.reacted(clean(reacted.get("id"), 500)),
                author=self.author,
                at=self.at,
                emoji=sign,
                removed=not sign,
            )
            for number, sign in enumerate([] if self.outgoing else signs or [""])
        ]

    def reports(self) -> list[Event]:
        got = (self._id_of(name) for name in (f"{{{words.RECEIPTS}}}received", f"{words.MARKERS}received"))
        read = (self._id_of(name) for name in (f"{words.MARKERS}displayed", f"{words.MARKERS}acknowledged"))
        return [
            *(DeliveryReport(external_id=f"got:{self.key}", target=t, state="delivered", at=self.at) for t in got if t),
            *(Receipt(external_id=f"read:{self.key}", target=t, author=self.author, at=self.at) for t in read if t),
        ]

    def said(self, kind: str) -> Message | None:
        text, full = self.text()
        way = next((way for name, way in words.ENCRYPTED.items() if self.message.find(name) is not None), "")
        files = self.files()
        if way:
            text = full = (_CANNOT_READ.get(self.language) or _CANNOT_READ["en"]).format(way=way)
        text = "\n\n".join([part for part in [text, *(f["url"] for f in files if f["url"] not in text)] if part])
        subject = self.message.find(f"{CLIENT}subject")
        title = " ".join(clean(subject.text, 2000).split())[:1000] if subject is not None else ""
        if not (text or title):
            return None
        answered = self.answered()
        return Message(
            external_id=self.external,
            author=self.author,
            at=self.at,
            text=text,
            full_text=full if full != text and not files else "",
            subject=title,
            references=[answered] if answered else [],
            to=[Handle(network=NETWORK, address=bare(clean(self.message.get("to"), 3100)))] if self.outgoing else [],
            outgoing=self.outgoing,
            automatic="bulk" if kind == "headline" or "@" not in self.sender else "",
            notes=[f"encrypted with {way}, which is not read yet"] if way else [],
            attachments=attachments(files),
            extra={"media": files} if files else {},
        )

    def answered(self) -> str:
        reply = self.message.find(words.REPLY)
        if reply is None or not reply.get("id"):
            return ""
        ident = clean(reply.get("id"), 500)
        try:
            to = bare(clean(reply.get("to"), 3100))
        except NotUnderstood:
            return ident
        return ident if to == self.own else f"{to}/{ident}"

    def files(self) -> list[dict[str, str]]:
        return told(self.message)

    def body(self) -> str:
        """The body in the account's language where there are several."""
        found = [e for e in self.message.findall(f"{CLIENT}body") if e.text]
        lang = "{http://www.w3.org/XML/1998/namespace}lang"
        found.sort(key=lambda e: (not str(e.get(lang) or "").startswith(self.language), e.get(lang) is not None))
        return clean(found[0].text) if found else ""

    def text(self) -> tuple[str, str]:
        """What is new, and everything: without the quotation that stands there for programs which do not know replies."""
        whole = self.body()
        new = whole
        for part in self.message.findall(f"{words.FALLBACK}fallback"):
            place = part.find(f"{words.FALLBACK}body")
            if part.get("for") != words.REPLY[1:].partition("}")[0] or place is None:
                continue
            start, end = (clean(place.get(n), 9) for n in ("start", "end"))
            if re.fullmatch(r"[0-9]{1,7}", start) and re.fullmatch(r"[0-9]{1,7}", end):
                new = whole[: int(start)] + whole[int(end) :]
                break
        return new.strip() or whole, whole
