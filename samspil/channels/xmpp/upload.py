"""Files of ours, put up at our server for whoever has the address. Source: XEP-0363."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit
from xml.etree import ElementTree as ET

from samspil.channels.xmpp import disco
from samspil.channels.xmpp.connection import Connection
from samspil.kit import File, TryLater, Unreachable
from samspil.kit.web import Web

LARGEST = 25_000_000
"""Bytes of one file; most servers take fewer, and say so."""
SECONDS, SECONDS_ASKED = 120.0, 15.0
UPLOAD = "{urn:xmpp:http:upload:0}"
MOST = 20
"""Parts of the server that are asked."""
ALLOWED = frozenset({"authorization", "cookie", "expires"})
"""The only headers that a server may ask us to send (XEP-0363, section 5)."""


def put_up(link: Connection, file: File) -> str:
    """The address under which the file can be had. What no message names is thrown away by the server. Raises TryLater, Unreachable."""
    if file.size > LARGEST:
        raise Unreachable(f"{file.name} is too large: {LARGEST // 1_000_000} MB are carried at most.")
    put, get, headers = link.run(_slot(link, file))
    for url in (put, get):
        # Only a server inside, without encryption, may have such addresses too.
        if urlsplit(url).scheme != "https" and not (link.settings.plain and urlsplit(url).scheme == "http"):
            raise Unreachable("The server gave the file an address that is not safe.")
    with file.open() as stream:
        content = stream.read()
    answer = Web(base="", patience=SECONDS).call(
        "PUT", put, content=content, headers={"content-type": file.content_type, **headers}
    )
    if not answer.ok:
        raise Unreachable(f"The server did not take {file.name} ({answer.words}).")
    return get


async def _slot(link: Connection, file: File) -> tuple[str, str, Mapping[str, str]]:
    """Where to put the file, where it will be, and what to say when putting it."""
    from slixmpp.exceptions import IqError, IqTimeout

    try:
        service = await _service(link)
        asked = link.client.make_iq_get(ito=service)
        about = {"filename": file.name, "size": str(file.size), "content-type": file.content_type}
        asked.xml.append(ET.Element(f"{UPLOAD}request", about))
        found = (await asked.send(timeout=SECONDS_ASKED)).xml
    except IqTimeout as error:
        raise TryLater("The server did not say where the file can be put") from error
    except IqError as error:
        words = error.text or error.condition
        if error.condition == "resource-constraint":
            raise TryLater(f"The server takes no more files just now: {words}", after=600) from error
        raise Unreachable(f"The server does not take {file.name}: {words}") from error
    put, get = found.find(f"{UPLOAD}slot/{UPLOAD}put"), found.find(f"{UPLOAD}slot/{UPLOAD}get")
    if put is None or get is None:
        raise TryLater("The server gave the file no place")
    headers = {
        str(h.get("name")): "".join(h.itertext()).replace("\r", "").replace("\n", "")
        for h in put.findall(f"{UPLOAD}header")
        if str(h.get("name")).lower() in ALLOWED
    }
    return str(put.get("url") or ""), str(get.get("url") or ""), headers


async def _service(link: Connection) -> str:
    """The part of our server that takes files. Raises Unreachable where none does."""
    listed = await _ask(link, link.settings.domain, disco.ITEMS)
    places = [link.settings.domain, *(str(item.get("jid")) for item in listed.iter(f"{{{disco.ITEMS}}}item") if item.get("jid"))]
    for place in places[:MOST]:
        if UPLOAD[1:-1] in disco.features(await _ask(link, place, disco.INFO)):
            return place
    raise Unreachable("The account's server takes no files: send the text alone, or a link.")


async def _ask(link: Connection, place: str, what: str) -> Any:
    """What a part of the server says of itself; nothing where it says no."""
    from slixmpp.exceptions import IqError

    try:
        return await disco.ask(link, place, what)
    except IqError:
        return ET.Element("none")
