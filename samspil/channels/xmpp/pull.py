"""Receiving: first what our server kept while we were away, page by page, then what comes.

A server that keeps an archive (XEP-0313) is asked for what came after the last message that is on disk. One without keeps messages until they
are acknowledged (XEP-0198), and they are acknowledged when they are on disk. Either way nothing is lost, and what comes twice is known by its id.
"""

import contextlib
import secrets
from collections.abc import Iterator, Mapping, Sequence
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from typing import Any
from xml.etree import ElementTree as ET

from samspil.channels.xmpp import stanza as words
from samspil.channels.xmpp.arrived import Arrived, Page
from samspil.channels.xmpp.connection import PATIENCE, Connection, signed_in
from samspil.channels.xmpp.inbox import Inbox
from samspil.channels.xmpp.settings import settings_of
from samspil.kit import Account, Batch, Envelope, TryLater

WAIT = 20.0
"""Seconds after which an empty batch lets the runner see that it shall stop."""
FIRST = timedelta(days=7)
"""How far the first look into the archive goes back."""
MARGIN = timedelta(days=1)


def pull(account: Account, cursor: Any, wait: float = WAIT) -> Iterator[Batch]:
    """Batches for ever, from ``cursor``. Raises TryLater.

    That is {"after": the archive's id of the last message, "at": when that was, "rooms": {address: the same for the room}}.
    """
    settings = settings_of(account)
    inbox = Inbox(settings)
    # A resource of its own for each connection: one that the server believes alive still must not be in the way.
    with signed_in(settings, f"{words.OURS}inbox-{secrets.token_hex(4)}", inbox.prepare) as link:
        link.run(_enter(link))
        place = _place(cursor)
        for page in _archive(link, inbox, place):
            yield _batch(page.found, place)
            link.run(_confirm(link, inbox, page.found))
        inbox.live()
        while True:
            yield from _rooms(link, inbox, place)
            found = inbox.take(wait, link.lost)
            if not found and link.lost.is_set():
                raise TryLater(link.why)
            yield _batch(found, place)
            if found and not link.lost.is_set():
                link.run(_confirm(link, inbox, found))


def _rooms(link: Connection, inbox: Inbox, place: dict[str, Any]) -> Iterator[Batch]:
    """Go into the rooms where we are not, and fetch what was said there meanwhile. Of a room that is new to us, what is said from now on."""
    for room in () if link.lost.is_set() else inbox.rooms.due():
        spot = place["rooms"].get(room.address)
        since = _since(spot["at"], FIRST) if spot else ""
        link.run(inbox.hold(link))
        if link.run(inbox.rooms.look_after(room, link, since=since), 3 * PATIENCE):
            if spot is None:
                place["rooms"][room.address] = {"after": "", "at": datetime.now(UTC).isoformat()}
                yield _batch((), place)
            elif room.archive:
                for page in _archive(link, inbox, spot, room.address):
                    yield _batch(page.found, place)
        inbox.live()


def _place(cursor: Any) -> dict[str, Any]:
    values = cursor if isinstance(cursor, dict) else {}
    rooms = values.get("rooms")
    return {**_spot(values), "rooms": {str(k): _spot(v) for k, v in rooms.items()} if isinstance(rooms, dict) else {}}


def _spot(value: Any) -> dict[str, str]:
    return {name: str(value.get(name) or "") if isinstance(value, dict) else "" for name in ("after", "at")}


def _batch(found: Sequence[Arrived], place: dict[str, Any]) -> Batch:
    """The envelopes, and ``place`` moved on behind them."""
    for arrived in found:
        spot = place["rooms"].setdefault(arrived.room, _spot(None)) if arrived.room else place
        if arrived.archived or arrived.room:
            spot["after"], spot["at"] = arrived.archived or spot["after"], datetime.now(UTC).isoformat()
    envelopes = [Envelope(external_id=a.key, payload=a.payload, headers=a.headers) for a in found if a.matters]
    return Batch(envelopes=envelopes, cursor=deepcopy(place))


async def _enter(link: Connection) -> None:
    """Ask for what our other programs write and read (XEP-0280), and be there: only then the server brings what it kept."""
    from slixmpp.exceptions import XMPPError

    carbons = link.client.make_iq_set()
    carbons.xml.append(ET.Element(f"{words.CARBON}enable"))
    with contextlib.suppress(XMPPError):  # a server without carbons: what other programs write is in the archive, or not seen
        await carbons.send(timeout=10)
    link.client.send_presence()


def _archive(link: Connection, inbox: Inbox, place: Mapping[str, str], room: str = "") -> Iterator[Page]:
    """Pages of our archive or a room's, the oldest first. None where there is no archive."""
    after, start = place["after"], ""
    if not after:
        start = _since(place["at"], FIRST)
    while True:
        page = link.run(inbox.page(link, after=after, start=start, room=room))
        if page.unknown and not start:
            after, start = "", _since(place["at"], FIRST)  # the archive has dropped the message that we had last
            continue
        if page.found:
            yield page
        if page.complete or not page.last or page.last == after:
            return
        after = page.last


def _since(at: str, before: timedelta) -> str:
    try:
        moment = datetime.fromisoformat(at) - MARGIN
    except ValueError:
        moment = datetime.now(UTC) - before
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


async def _confirm(link: Connection, inbox: Inbox, found: Sequence[Arrived]) -> None:
    """Tell people that their messages are here (XEP-0184), and the server that they are on disk."""
    for arrived in found:
        if arrived.receipt:
            to, ident = arrived.receipt
            message = link.client.make_message(mto=to, mtype=arrived.kind)
            message["id"] = f"got-{secrets.token_hex(8)}"
            ET.SubElement(message.xml, f"{{{words.RECEIPTS}}}received", {"id": ident})
            message.send()
    inbox.acknowledge(link)
