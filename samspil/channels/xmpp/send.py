"""One answer, on a short connection of its own: the runner's belongs to another process."""

import asyncio
import re
import secrets
from typing import Any
from xml.etree import ElementTree as ET

from samspil.channels.xmpp import stanza as words
from samspil.channels.xmpp.address import bare
from samspil.channels.xmpp.connection import Connection, signed_in
from samspil.channels.xmpp.reader import FINAL
from samspil.channels.xmpp.said import Saying, for_room, room_of
from samspil.channels.xmpp.settings import Settings, settings_of
from samspil.channels.xmpp.upload import put_up
from samspil.kit import Account, NotUnderstood, Outbound, Sent, TryLater, Uncertain, Unreachable

LARGEST = 200_000
"""Bytes of a text; servers take stanzas of 256 KiB or less."""
ELSEWHERE = 2.0
"""Seconds that a refusal of another server is waited for; our own refuses before it answers the next question."""
RECENT = 50
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_PASSING = frozenset({"remote-server-timeout", "resource-constraint", "internal-server-error"})
_MEANING = {
    "item-not-found": "There is nobody at this address",
    "gone": "The address is no longer in use",
    "jid-malformed": "This is no XMPP address",
    "service-unavailable": "The receiver's server did not take the message: nobody is there, or it takes none from strangers",
    "remote-server-not-found": "The receiver's server is not found",
    "not-acceptable": "The receiver does not take the message",
    "policy-violation": "The receiver's server refuses the message by its rules",
    "forbidden": "The receiver does not take messages from us",
}


def send(outbound: Outbound, account: Account) -> Sent:
    """Hand it to our server, and wait shortly for a refusal. Raises TryLater, Unreachable, Uncertain (never repeated blindly)."""
    settings = settings_of(account)
    room, answered = room_of(outbound.in_reply_to, settings) if outbound.public and not outbound.private else ("", "")
    if outbound.public and not outbound.private and not room:
        raise Unreachable("The group chat is not in the settings any more.")
    if not room and outbound.to.scope:
        raise Unreachable("This person is known in a group chat alone, where a message of theirs can be answered.")
    if room:
        return _say(outbound, settings, room, answered)
    to = receiver_of(outbound.to.address)
    text = plain(outbound.text)
    with signed_in(settings, f"{words.OURS}{secrets.token_hex(4)}") as link:
        try:
            messages = _messages(link, outbound, to, text)
            refused = None
            for message in messages:
                refused = refused or link.run(hand_over(link, message, to))
        except TryLater as error:
            lost: TryLater = error
        else:
            return result(refused, outbound.id)
    return _look(outbound, account, to, lost)


def _say(outbound: Outbound, settings: Settings, room: str, answered: str) -> Sent:
    """Answer in the room, to the person by name. Raises TryLater, Unreachable, Uncertain."""
    nick = nick_of(outbound.to.display)
    text = plain(outbound.text)
    if text.strip() and nick:
        text = f"{nick}: {text}"
    saying = Saying(settings, room)
    with signed_in(settings, f"{words.OURS}{secrets.token_hex(4)}", saying.prepare) as link:
        saying.enter(link)
        messages = [for_room(message, room, (nick, answered)) for message in _messages(link, outbound, room, text)]
        try:
            told = saying.say(link, messages)
        except TryLater as error:
            raise Uncertain(f"Whether the room has the answer is not known: {error}") from error
    if isinstance(told, tuple):
        return result(told, outbound.id)
    return Sent(external_id=f"{room}/{told}", public=True)


def plain(text: str) -> str:
    """The text without what XML cannot carry. Raises Unreachable for one that is longer than servers take."""
    text = CONTROL.sub("", text)
    if len(text.encode()) > LARGEST:
        raise Unreachable(f"The answer is longer than the {LARGEST} bytes that servers take.")
    return text


def nick_of(display: str) -> str:
    """The name by which somebody is spoken to in a room."""
    return " ".join(CONTROL.sub("", display).split())


def receiver_of(address: str) -> str:
    """The address in its one form. Raises Unreachable."""
    try:
        return bare(address)
    except NotUnderstood as error:
        raise Unreachable(str(error), permanent=True) from error


def result(refused: tuple[str, str] | None, ident: str) -> Sent:
    """What a refusal means, or that there was none. Raises TryLater, Unreachable."""
    if refused is None:
        return Sent(external_id=ident)
    condition, said = refused
    detail = f"{_MEANING.get(condition, 'The message was refused')} ({': '.join(part for part in (condition, said) if part)})"
    if condition in _PASSING:
        raise TryLater(detail, after=300)
    raise Unreachable(detail, permanent=condition in FINAL)


def _look(outbound: Outbound, account: Account, to: str, lost: TryLater) -> Sent:
    """The connection broke: our server's archive tells whether the message was taken. Raises Uncertain where it does not."""
    try:
        with signed_in(settings_of(account), f"{words.OURS}{secrets.token_hex(4)}") as link:
            there = link.run(_archived(link, to, outbound.id))
    except TryLater as error:
        raise Uncertain(f"The connection broke while the answer was sent: {lost}") from error
    if there is None:
        raise Uncertain(f"The connection broke while the answer was sent, and the server keeps no archive: {lost}")
    if there:
        return Sent(external_id=outbound.id, detail="found in the server's archive")
    raise TryLater(str(lost))


def _messages(link: Connection, outbound: Outbound, to: str, text: str) -> list[ET.Element]:
    """The files, each in a message of its own as programs expect it, and then the words; the last one bears the reply's id."""
    urls = [(put_up(link, file), file) for file in outbound.files]
    made = [message_of(outbound, link.settings.address, to, text)] if text.strip() or not urls else []
    for number, (url, file) in reversed(list(enumerate(urls))):
        shown = message_of(outbound, link.settings.address, to, url, ident=f"{outbound.id}.{number}" if made else outbound.id)
        told = ET.SubElement(shown, f"{words.OOB}x")
        ET.SubElement(told, f"{words.OOB}url").text = url
        if file.alt:
            ET.SubElement(told, f"{words.OOB}desc").text = CONTROL.sub("", file.alt)
        made.insert(0, shown)
    return made


def message_of(outbound: Outbound, own: str, to: str, text: str, *, ident: str = "") -> ET.Element:
    """The message as it goes out: its id is the reply's where no other is given, and it asks to be told when it arrives and is read."""
    ident = ident or outbound.id
    message = ET.Element(f"{words.CLIENT}message", {"to": to, "type": "chat", "id": ident})
    ET.SubElement(message, f"{words.CLIENT}body").text = text
    ET.SubElement(message, words.ORIGIN, {"id": ident})
    ET.SubElement(message, f"{{{words.RECEIPTS}}}request")
    ET.SubElement(message, f"{words.MARKERS}markable")
    if outbound.in_reply_to:
        author, slash, ident = outbound.in_reply_to.partition("/")
        answered = {"to": author, "id": ident} if slash and "@" in author else {"to": own, "id": outbound.in_reply_to}
        ET.SubElement(message, words.REPLY, answered)
    return message


async def hand_over(link: Connection, message: ET.Element, to: str) -> tuple[str, str] | None:
    """The error's condition and words, None where none came. Our server answers in order: with the ping, it has the message."""
    from slixmpp.exceptions import IqError, IqTimeout

    refused: asyncio.Future[tuple[str, str]] = asyncio.get_running_loop().create_future()

    def hear(stanza: Any) -> None:
        if stanza["id"] == message.get("id") and not refused.done():
            refused.set_result((stanza["error"]["condition"], CONTROL.sub("", stanza["error"]["text"] or "")[:300]))

    link.client.add_event_handler("message_error", hear)
    link.client.Message(xml=message).send()
    ping = link.client.make_iq_get(ito=link.settings.domain)
    ping.xml.append(ET.Element("{urn:xmpp:ping}ping"))
    try:
        await ping.send(timeout=15)
    except IqError:
        pass  # a server that knows no ping has answered all the same
    except IqTimeout as error:
        raise TryLater("The server did not say whether it took the message") from error
    await asyncio.wait([refused], timeout=ELSEWHERE if to.rpartition("@")[2] != link.settings.domain else 0.05)
    return refused.result() if refused.done() else None


async def _archived(link: Connection, to: str, ident: str) -> bool | None:
    """Whether our server's archive has the message among the last ones; None where it keeps none."""
    from slixmpp.exceptions import IqError, IqTimeout
    from slixmpp.xmlstream.handler import Callback
    from slixmpp.xmlstream.matcher import MatchXPath

    seen: set[str] = set()
    matcher = MatchXPath(f"{words.CLIENT}message/{words.RESULT}")
    link.client.register_handler(Callback("kept", matcher, lambda s: seen.add(words.inner(s.xml).get("id") or "")))
    asked = link.client.make_iq_set()
    query = ET.SubElement(asked.xml, f"{{{words.ARCHIVE}}}query", {"queryid": "look"})
    form = ET.SubElement(query, "{jabber:x:data}x", {"type": "submit"})
    for name, value in (("FORM_TYPE", words.ARCHIVE), ("with", to)):
        field = ET.SubElement(form, "{jabber:x:data}field", {"var": name})
        ET.SubElement(field, "{jabber:x:data}value").text = value
    pages = ET.SubElement(query, "{http://jabber.org/protocol/rsm}set")
    ET.SubElement(pages, "{http://jabber.org/protocol/rsm}max").text = str(RECENT)
    ET.SubElement(pages, "{http://jabber.org/protocol/rsm}before")
    try:
        await asked.send(timeout=15)
    except (IqError, IqTimeout):
        return None
    return ident in seen
