"""What a server, a part of it, or a room says of itself. Source: XEP-0030."""

from typing import Any
from xml.etree import ElementTree as ET

from samspil.channels.xmpp.connection import Connection

INFO, ITEMS = "http://jabber.org/protocol/disco#info", "http://jabber.org/protocol/disco#items"
SECONDS = 15.0


async def ask(link: Connection, whom: str, what: str = INFO, *, seconds: float = SECONDS) -> Any:
    """The whole answer. Raises slixmpp's IqError, IqTimeout."""
    asked = link.client.make_iq_get(ito=whom)
    asked.xml.append(ET.Element(f"{{{what}}}query"))
    return (await asked.send(timeout=seconds)).xml


def features(answer: Any) -> set[str]:
    """What it can do, by names."""
    return {str(e.get("var")) for e in answer.iter(f"{{{INFO}}}feature")}
