"""What comes in on a connection, until it is taken. Filled by the loop's thread, emptied by the runner's."""

import queue
import secrets
import threading
import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any
from xml.etree import ElementTree as ET

from samspil.channels.xmpp import stanza as words
from samspil.channels.xmpp.arrived import Arrived, Page
from samspil.channels.xmpp.connection import Connection
from samspil.channels.xmpp.rooms import Rooms
from samspil.channels.xmpp.settings import Settings
from samspil.kit import TryLater

PAGE = 50
FULL = 200
"""Stanzas that wait before the connection is read no further; half of it, and it is read again."""
NO_ARCHIVE = frozenset({"feature-not-implemented", "service-unavailable"})
CLOSED = frozenset({"forbidden", "not-allowed", "not-authorized"})
"""A room that shows its archive to others alone; what is said while we are in comes all the same."""
OVERFULL = 20_000
"""Stanzas that come while the archive is read, at most. More, and we begin anew: the archive has them."""


class Inbox:
    """Holds at most what FULL says, but for the time in which the archive is read."""

    def __init__(self, settings: Settings) -> None:
        self.own = settings.address
        self.rooms = Rooms(settings)
        self._waiting: queue.SimpleQueue[Arrived] = queue.SimpleQueue()
        self._pages: dict[str, tuple[str, list[Arrived]]] = {}
        self._live = threading.Event()
        self._paused = False
        self._unsaved = 0
        self._asked = False
        self._send_ack: Any = None

    def prepare(self, link: Connection) -> None:
        """Hear of every message and every request to be a contact; in the loop's thread, before the first stanza."""
        from slixmpp.xmlstream.handler import Callback
        from slixmpp.xmlstream.matcher import MatchXPath

        heard = Callback("samspil", MatchXPath(f"{words.CLIENT}message"), lambda stanza: self._hear(stanza.xml, link))
        link.client.register_handler(heard)
        for name in ("presence_subscribe", "presence_unsubscribe"):
            link.client.add_event_handler(name, lambda stanza: self._follow(stanza.xml, link))
        management = link.client.plugin["xep_0198"]
        self._send_ack, management.send_ack = management.send_ack, self._ack
        self.rooms.prepare(link)

    def live(self) -> None:
        """The archive is read: from now on the connection is read no faster than we keep up."""
        self._live.set()

    async def hold(self, link: Connection) -> None:
        """An archive is read: its answer must come through, whatever waits."""
        self._live.clear()
        self._go_on(link)

    def take(self, seconds: float, lost: threading.Event) -> list[Arrived]:
        """What has come, at most PAGE; [] when nothing comes in ``seconds``, or the connection is lost and nothing is left."""
        end = time.monotonic() + seconds
        found: list[Arrived] = []
        while not found and time.monotonic() < end:
            try:
                found.append(self._waiting.get(timeout=min(0.5, seconds)))
            except queue.Empty:
                if lost.is_set():
                    break
        while found and len(found) < PAGE and not self._waiting.empty():
            found.append(self._waiting.get())
        return found

    def acknowledge(self, link: Connection) -> None:
        """What was taken is on disk. In the loop's thread."""
        self._unsaved = self._waiting.qsize()
        if self._asked and not self._unsaved:
            self._asked = False
            self._send_ack()
        if self._unsaved < FULL // 2:
            self._go_on(link)

    def _go_on(self, link: Connection) -> None:
        if self._paused and link.client.transport:
            self._paused = False
            link.client.transport.resume_reading()

    def _ack(self) -> None:
        # The server forgets what is acknowledged. It counts, and cannot be told of single stanzas: so not before all are on disk.
        if self._unsaved:
            self._asked = True
        else:
            self._send_ack()

    def _hear(self, xml: Any, link: Connection) -> None:
        result = xml.find(words.RESULT)
        if result is not None:
            whose, page = self._pages.get(result.get("queryid") or "", ("", []))
            if (xml.get("from") or self.own) == whose:
                arrived = self._arrived(xml) if whose == self.own else self.rooms.heard(xml)
                if arrived is not None:
                    page.append(arrived)
            return
        of_room = xml.get("type") == "groupchat" and self.rooms.speaks(xml)
        # What a room itself says, such as its subject, is nobody's message.
        arrived = self.rooms.heard(xml) if of_room else self._arrived(xml)
        if arrived is not None and (arrived.matters or arrived.archived):
            self._keep(arrived, link)

    def _follow(self, xml: Any, link: Connection) -> None:
        whose = str(xml.get("from") or "").partition("/")[0]
        key = f"{xml.get('type')}:{sha256(f'{whose} {datetime.now(UTC).date()}'.encode()).hexdigest()}"
        self._keep(Arrived(key=key, payload=ET.tostring(xml)), link)

    def _keep(self, arrived: Arrived, link: Connection) -> None:
        self._waiting.put(arrived)
        self._unsaved += 1
        size = self._waiting.qsize()
        if self._live.is_set() and size >= FULL and not self._paused and link.client.transport:
            self._paused = True
            link.client.transport.pause_reading()
        elif size > OVERFULL:
            link.end("More messages came at once than are held; they are fetched again")
            link.client.abort()

    def _arrived(self, xml: Any) -> Arrived:
        message = words.inner(xml)
        sender, ident = message.get("from") or "", message.get("id") or ""
        ours = sender.partition("/")[0] == self.own or not sender
        asked = message.find(f"{{{words.RECEIPTS}}}request") is not None and message.get("type") not in {"error", "groupchat"}
        return Arrived(
            key=words.delivery_id(xml, self.own) or f"alone:{secrets.token_hex(16)}",
            payload=ET.tostring(xml),
            archived=words.archive_id(xml, self.own),
            matters=words.matters(message) and not (ours and sender.partition("/")[2].startswith(words.OURS)),
            kind=message.get("type") or "normal",
            receipt=(sender, ident) if asked and ident and not ours else None,
        )

    async def page(self, link: Connection, *, after: str, start: str, room: str = "") -> Page:
        """One page of our archive, or a room's, after a message or since a time; none where there is no archive. Raises TryLater."""
        from slixmpp.exceptions import IqError, IqTimeout

        query = secrets.token_hex(8)
        self._pages[query] = (room or self.own, [])
        asked = link.client.make_iq_set(ito=room or None)
        asked.xml.append(_question(query, after, start))
        try:
            answer = await asked.send(timeout=20)
        except IqError as error:
            if (
                error.condition in NO_ARCHIVE
                or (room and error.condition in CLOSED)
                or (after and error.condition == "item-not-found")
            ):
                return Page(unknown=error.condition == "item-not-found")
            # Going on would move the cursor past what was not read.
            raise TryLater(f"The server does not give what it kept: {error.condition}") from error
        except IqTimeout as error:
            raise TryLater("The server does not answer when asked for what it kept") from error
        finally:
            _, found = self._pages.pop(query)
        fin = answer.xml.find(f"{{{words.ARCHIVE}}}fin")
        last = fin.find(".//{http://jabber.org/protocol/rsm}last") if fin is not None else None
        return Page(
            found=found,
            last=str(last.text or "") if last is not None else "",
            complete=fin is None or fin.get("complete") in {"true", "1"},
        )


def _question(query: str, after: str, start: str) -> Any:
    asked = ET.Element(f"{{{words.ARCHIVE}}}query", {"queryid": query})
    if start and not after:
        form = ET.SubElement(asked, "{jabber:x:data}x", {"type": "submit"})
        for name, value in (("FORM_TYPE", words.ARCHIVE), ("start", start)):
            field = ET.SubElement(form, "{jabber:x:data}field", {"var": name})
            ET.SubElement(field, "{jabber:x:data}value").text = value
    pages = ET.SubElement(asked, "{http://jabber.org/protocol/rsm}set")
    ET.SubElement(pages, "{http://jabber.org/protocol/rsm}max").text = str(PAGE)
    if after:
        ET.SubElement(pages, "{http://jabber.org/protocol/rsm}after").text = after
    return asked
