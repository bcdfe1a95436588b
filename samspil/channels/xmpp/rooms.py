"""Group chats (XEP-0045): being in them, who is there, and what of it is for us. All of it is touched in the loop's thread alone.

A room says who somebody is where it may: by the address (rooms that are not anonymous), else by an id of its own (XEP-0421). A message in the
room's archive says the id alone that can be believed, for people may write any address into theirs.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree as ET

from samspil.channels.xmpp import disco
from samspil.channels.xmpp import stanza as words
from samspil.channels.xmpp.address import bare
from samspil.channels.xmpp.arrived import Arrived
from samspil.channels.xmpp.connection import Connection
from samspil.channels.xmpp.settings import Settings
from samspil.kit import NotUnderstood, reading

ROOM, NICK, PERSON, OCCUPANT, STANZA, TARGET = "room", "nick", "person", "occupant", "stanza", "target"
"""Headers of the envelope: what was known of the message when it came."""
SECONDS = 15.0
LOOK_AGAIN = 300.0
"""Seconds after which a room is asked whether we are still in it, or tried again (XEP-0410)."""
REMEMBERED = 5000
"""Messages and people of a room that are remembered at most."""
STILL_IN = frozenset({"service-unavailable", "feature-not-implemented"})
_SELF, _RENAMED = "110", "303"
_MEANING = {
    "item-not-found": "There is no such room",
    "registration-required": "The room is for its members alone",
    "not-authorized": "The room asks for a password, which is not spoken",
    "forbidden": "The room has shut us out",
    "conflict": "Somebody else has our name in the room",
    "remote-server-not-found": "The room's server is not found",
    "service-unavailable": "The room takes nobody in just now",
}


class NotIn(Exception):
    """The room does not let us in; the condition, and words for people."""

    def __init__(self, condition: str) -> None:
        super().__init__(f"{_MEANING.get(condition, 'The room does not let us in')} ({condition})")
        self.condition = condition


@dataclass(slots=True)
class Room:
    """One room. ``nick`` is our name there, "" while we are not in; ``own_id`` what the room calls us, where it has ``ids`` (XEP-0421)."""

    address: str
    nick: str = ""
    own_id: str = ""
    why: str = ""
    ids: bool = False
    archive: bool = False
    looked: float | None = None
    persons: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By nickname: address and id, "" where the room does not tell."""
    addresses: "OrderedDict[str, str]" = field(default_factory=OrderedDict)
    """By the room's id, also of who has left."""
    known: "OrderedDict[str, None]" = field(default_factory=OrderedDict)
    """Messages that were taken in, and ours: what is done to others is not for us."""
    ours: "OrderedDict[str, None]" = field(default_factory=OrderedDict)
    written: "OrderedDict[tuple[str, str], str]" = field(default_factory=OrderedDict)
    """By author and the author's own id of a message: the room's."""
    entering: "asyncio.Future[None] | None" = None

    async def enter(self, link: Connection, *, since: str = "") -> None:
        """Go in, where the room exists; it is never made. ``since`` asks for what was said after a time. Raises NotIn."""
        features = await features_of(link, self.address)
        self.ids, self.archive = words.OCCUPANTS in features, words.ARCHIVE in features
        self.entering = asyncio.get_running_loop().create_future()
        self.persons.clear()
        presence = ET.Element(f"{words.CLIENT}presence", {"to": f"{self.address}/{link.settings.nick}"})
        old = {"since": since} if since and not self.archive else {"maxstanzas": "0"}
        ET.SubElement(ET.SubElement(presence, words.MUC), words.MUC.replace("}x", "}history"), old)
        link.client.Presence(xml=presence).send()
        try:
            await asyncio.wait_for(self.entering, SECONDS)
        except TimeoutError:
            raise NotIn("remote-server-timeout") from None
        finally:
            self.entering = None

    async def still_in(self, link: Connection) -> bool:
        """Whether the room knows us still: a room's server may have begun anew, and says nothing of it."""
        from slixmpp.exceptions import IqError, IqTimeout

        ping = link.client.make_iq_get(ito=f"{self.address}/{self.nick}")
        ping.xml.append(ET.Element("{urn:xmpp:ping}ping"))
        try:
            await ping.send(timeout=SECONDS)
        except IqError as error:
            return str(error.condition) in STILL_IN
        except IqTimeout:
            return False
        return True

    def presence(self, xml: Any) -> None:
        """Somebody comes, goes, is renamed; or it is about us."""
        nick, kind = str(xml.get("from") or "").partition("/")[2], xml.get("type")
        # The room writes its own behind whatever somebody sent along.
        about = next(reversed(xml.findall(words.ROOM)), None)
        codes = {e.get("code") for e in about} if about is not None else set()
        if kind == "error":
            self._settle(NotIn(words.refusal_of(xml)[0]))
        elif kind == "unavailable":
            self.persons.pop(nick, None)
            if _SELF in codes and _RENAMED not in codes:
                self.nick, self.why = "", "We were put out of the room, or it was closed"
        elif kind is None:
            item = about.find(words.ROOM.replace("}x", "}item")) if about is not None else None
            person = (_address(item.get("jid")) if item is not None else "", self.id_of(xml))
            if len(self.persons) < REMEMBERED:
                self.persons[nick] = person
            if person[1]:
                _remember(self.addresses, person[1], person[0])
            if _SELF in codes:
                self.nick, self.own_id, self.why = nick, person[1], ""
                self._settle(None)

    def _settle(self, error: NotIn | None) -> None:
        if self.entering is None or self.entering.done():
            return
        if error is None:
            self.entering.set_result(None)
        else:
            self.entering.set_exception(error)

    def id_of(self, xml: Any) -> str:
        """The room's id of who speaks; a room that gives none lets anybody write one, and that is not read."""
        found = xml.find(f"{{{words.OCCUPANTS}}}occupant-id") if self.ids else None
        return reading.text(found.get("id"), 200).strip() if found is not None else ""

    def heard(self, xml: Any, settings: Settings) -> Arrived | None:
        """A message of the room, live or from its archive; None for what is none. ``matters``: it is for us."""
        kept = words.kept_by(xml, self.address)
        message = xml if kept is None else kept
        address, _, nick = str(message.get("from") or "").partition("/")
        if address != self.address or not nick or message.get("type") != "groupchat":
            return None
        ident, stanza = self.id_of(message), words.id_in_room(xml, self.address)
        person = self._person(nick, ident, live=kept is None)
        author, own = ident or person or nick, str(message.get("id") or "")
        told = {ROOM: address, NICK: nick, PERSON: person, OCCUPANT: ident, STANZA: stanza}
        if ident == self.own_id if ident else nick == self.nick:
            _remember(self.known, stanza, None)
            _remember(self.ours, stanza, None)
            matters = False
        else:
            target = self.written.get((author, words.id_of(message, words.REPLACE)), "")
            told[TARGET] = target
            matters = bool(target) or self._done_to_known(message) or self._said_to_us(message, settings)
            if matters and not target and stanza:
                _remember(self.known, stanza, None)
                _remember(self.written, (author, own), stanza)
        return Arrived(
            key=words.delivery_id_in_room(xml, self.address),
            payload=ET.tostring(xml),
            archived=stanza,
            matters=matters,
            kind="groupchat",
            room=address,
            headers={name: value for name, value in told.items() if value},
        )

    def _person(self, nick: str, ident: str, *, live: bool) -> str:
        if ident:
            return self.addresses.get(ident, "")
        return self.persons.get(nick, ("", ""))[0] if live and not self.ids else ""

    def _done_to_known(self, message: Any) -> bool:
        targets = (words.id_of(message, name) for name in (words.RETRACT, words.FASTEN, f"{words.REACTIONS}reactions"))
        return any(target in self.known for target in targets if target)

    def _said_to_us(self, message: Any, settings: Settings) -> bool:
        if not words.says(message) or words.id_of(message, words.REPLACE) or words.is_act(message):
            return False
        if settings.all_in_rooms:
            return True
        names = [name.casefold() for name in {self.nick, settings.nick} if name]
        ours = {f"xmpp:{settings.address}".casefold(), *(f"xmpp:{self.address}/{name}".casefold() for name in names)}
        reply = message.find(words.REPLY)
        answers = reply is not None and (reply.get("id") in self.ours or reply.get("to") == f"{self.address}/{self.nick}")
        bodies = (str(e.text or "") for e in message.findall(f"{words.CLIENT}body"))
        pointed = (str(e.get("uri") or "").casefold() for e in message.findall(words.REFERENCE) if e.get("type") == "mention")
        return answers or any(uri in ours for uri in pointed) or any(reading.names(names, body) for body in bodies)


def _address(value: object) -> str:
    try:
        return bare(reading.text(value, 3100))
    except NotUnderstood:
        return ""


def _remember(where: "OrderedDict[Any, Any]", key: Any, value: Any) -> None:
    if key:
        where[key] = value
        where.move_to_end(key)
    while len(where) > REMEMBERED:
        where.popitem(last=False)


async def features_of(link: Connection, whom: str) -> set[str]:
    """What a room says it is. Raises NotIn."""
    from slixmpp.exceptions import IqError, IqTimeout

    try:
        return disco.features(await disco.ask(link, whom))
    except IqError as error:
        raise NotIn(str(error.condition)) from error
    except IqTimeout:
        raise NotIn("remote-server-timeout") from None


class Rooms:
    """Those that the settings name."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.by_address = {address: Room(address) for address in settings.rooms}

    def prepare(self, link: Connection) -> None:
        """Hear who is there; in the loop's thread, before the first stanza."""
        from slixmpp.xmlstream.handler import Callback
        from slixmpp.xmlstream.matcher import MatchXPath

        if self.by_address:
            link.client.register_handler(
                Callback("rooms", MatchXPath(f"{words.CLIENT}presence"), lambda stanza: self.presence(stanza.xml))
            )

    def speaks(self, xml: Any) -> Room | None:
        """The room from which the stanza comes, None where it is none of ours."""
        return self.by_address.get(str(xml.get("from") or "").partition("/")[0])

    def presence(self, xml: Any) -> None:
        """One presence, of a room or not."""
        room = self.speaks(xml)
        if room is not None:
            room.presence(xml)

    def heard(self, xml: Any) -> Arrived | None:
        """A message of one of the rooms, live or from its archive; None for all others."""
        room = self.speaks(xml)
        return None if room is None else room.heard(xml, self.settings)

    def due(self) -> Iterable[Room]:
        """Those to look after: we are not in, or have not asked for a while."""
        at = time.monotonic()
        return [room for room in self.by_address.values() if room.looked is None or at - room.looked >= LOOK_AGAIN]

    async def look_after(self, room: Room, link: Connection, *, since: str = "") -> bool:
        """Whether we have just come in: what was said meanwhile is then to be asked for."""
        room.looked = time.monotonic()
        if room.nick and await room.still_in(link):
            return False
        room.nick = ""
        try:
            await room.enter(link, since=since)
        except NotIn as error:
            room.why = str(error)
            return False
        return True
