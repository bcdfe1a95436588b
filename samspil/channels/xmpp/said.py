"""What we say in a group chat: we go in by the same name, say it, and wait until the room has said it to all. Sources: XEP-0045, XEP-0461."""

import asyncio
from collections.abc import Sequence
from typing import Any
from xml.etree import ElementTree as ET

from samspil.channels.xmpp import stanza as words
from samspil.channels.xmpp.connection import Connection
from samspil.channels.xmpp.rooms import NotIn, Rooms
from samspil.channels.xmpp.settings import Settings
from samspil.kit import TryLater, Unreachable

PASSING = frozenset({"remote-server-timeout", "resource-constraint", "internal-server-error", "service-unavailable"})
SECONDS = 15.0


def room_of(external_id: str, settings: Settings) -> tuple[str, str]:
    """The room in which a message stands, and its id there; "" for one that stands in none that the settings name."""
    room, slash, ident = external_id.partition("/")
    return (room, ident) if slash and room in settings.rooms else ("", "")


def for_room(message: ET.Element, room: str, to: tuple[str, str] | None = None) -> ET.Element:
    """The same message as all in the room get it. ``to``: nickname of whom it answers, and the id of what."""
    message.set("to", room)
    message.set("type", "groupchat")
    # Nobody in a room is asked to tell us that they have it.
    for name in (f"{{{words.RECEIPTS}}}request", f"{words.MARKERS}markable", words.REPLY):
        for found in message.findall(name):
            message.remove(found)
    if to is not None and all(to):
        nick, ident = to
        ET.SubElement(message, words.REPLY, {"to": f"{room}/{nick}", "id": ident})
    return message


class Saying:
    """In a room for as long as it takes to say something."""

    def __init__(self, settings: Settings, room: str) -> None:
        self.address = room
        self.rooms = Rooms(settings)
        self.room = self.rooms.by_address[room]
        self._waited: dict[str, asyncio.Future[str | tuple[str, str]]] = {}

    def prepare(self, link: Connection) -> None:
        """Hear the room; in the loop's thread, before the first stanza."""
        from slixmpp.xmlstream.handler import Callback
        from slixmpp.xmlstream.matcher import MatchXPath

        self.rooms.prepare(link)
        heard = Callback("said", MatchXPath(f"{words.CLIENT}message"), lambda stanza: self._hear(stanza.xml))
        link.client.register_handler(heard)

    def enter(self, link: Connection) -> None:
        """Go in. Raises TryLater, Unreachable: nothing has been said."""
        try:
            link.run(self.room.enter(link))
        except NotIn as error:
            if error.condition in PASSING:
                raise TryLater(str(error), after=300) from error
            raise Unreachable(str(error)) from error

    def say(self, link: Connection, messages: Sequence[ET.Element]) -> str | tuple[str, str]:
        """The last one's id in the room, or the condition and words of a refusal. Raises TryLater where the room says nothing."""
        told: str | tuple[str, str] = ""
        for message in messages:
            told = link.run(self._say(link, message))
            if isinstance(told, tuple):
                break
        return told

    async def _say(self, link: Connection, message: ET.Element) -> str | tuple[str, str]:
        ident = message.get("id") or ""
        self._waited[ident] = asyncio.get_running_loop().create_future()
        link.client.Message(xml=message).send()
        try:
            return await asyncio.wait_for(self._waited[ident], SECONDS)
        except TimeoutError as error:
            raise TryLater("The room did not say whether it took the message") from error
        finally:
            del self._waited[ident]

    def _hear(self, xml: Any) -> None:
        address, _, nick = str(xml.get("from") or "").partition("/")
        waited = self._waited.get(xml.get("id") or "")
        if address != self.address or waited is None or waited.done():
            return
        if xml.get("type") == "error":
            waited.set_result(words.refusal_of(xml))
        elif xml.get("type") == "groupchat" and nick == self.room.nick:
            waited.set_result(words.id_in_room(xml, self.address) or str(xml.get("id")))
