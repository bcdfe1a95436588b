"""What is done to a message afterwards. Sources: XEP-0308 (correction), XEP-0424 (retraction), XEP-0444 (reactions), XEP-0333 (read)."""

import secrets
from dataclasses import replace
from xml.etree import ElementTree as ET

from samspil.channels.xmpp import stanza as words
from samspil.channels.xmpp.connection import signed_in
from samspil.channels.xmpp.said import Saying, for_room, room_of
from samspil.channels.xmpp.send import hand_over, nick_of, plain, receiver_of, result
from samspil.channels.xmpp.settings import Settings, settings_of
from samspil.kit import Account, Change, Sent, Unreachable

HINTS = "{urn:xmpp:hints}store"
TAKEN_BACK = {"da": "Beskeden er trukket tilbage.", "en": "The message has been taken back."}
"""For programs that know nothing of it."""


def carry_out(change: Change, account: Account) -> Sent:
    """Hand one change to our server; programs take the same one twice as one. Raises TryLater, Unreachable."""
    settings = settings_of(account)
    if change.public:
        return _in_room(change, settings, account.language)
    to = receiver_of(change.to.address)
    # Of theirs we know "author/id", of ours the id alone.
    target = change.target if change.own else change.target.partition("/")[2]
    if not target or target.startswith("~"):
        raise Unreachable("The message came without an id, and nothing can be said of it.")
    message = message_of(change, to, target, account.language)
    with signed_in(settings, f"{words.OURS}{secrets.token_hex(4)}") as link:
        result(link.run(hand_over(link, message, to)), change.id)
    return Sent(external_id=change.id)


def _in_room(change: Change, settings: Settings, language: str) -> Sent:
    """The same where all in a room see it. Raises TryLater, Unreachable."""
    room, target = room_of(change.target, settings)
    if not target or target.startswith("~"):
        raise Unreachable("The group chat is not in the settings any more, or gave the message no id.")
    if change.kind == "read":
        raise Unreachable("Nobody in a group chat is told what we have read.")
    if change.kind == "edit":
        # A correction names the message by the id that we gave it ourselves, everything else by the room's.
        if change.sent is None:
            raise Unreachable("Another program of ours wrote it, and only that one can change it.")
        target, nick = change.sent.id, nick_of(change.to.display)
        change = replace(change, text=f"{nick}: {change.text}" if nick else change.text)
    message = for_room(message_of(change, room, target, language), room)
    saying = Saying(settings, room)
    with signed_in(settings, f"{words.OURS}{secrets.token_hex(4)}", saying.prepare) as link:
        saying.enter(link)
        told = saying.say(link, [message])
    if isinstance(told, tuple):
        return result(told, change.id)
    return Sent(external_id=f"{room}/{told}", public=True)


def message_of(change: Change, to: str, target: str, language: str) -> ET.Element:
    """The message that tells of the change. Raises Unreachable for what is too long."""
    message = ET.Element(f"{words.CLIENT}message", {"to": to, "type": "chat", "id": change.id})
    if change.kind == "edit":
        ET.SubElement(message, f"{words.CLIENT}body").text = plain(change.text)
        ET.SubElement(message, words.REPLACE, {"id": target})
    elif change.kind == "delete":
        ET.SubElement(message, words.RETRACT, {"id": target})
        ET.SubElement(message, f"{words.FALLBACK}fallback", {"for": words.RETRACT[1:].partition("}")[0]})
        ET.SubElement(message, f"{words.CLIENT}body").text = TAKEN_BACK["en" if language == "en" else "da"]
    elif change.kind == "read":
        ET.SubElement(message, f"{words.MARKERS}displayed", {"id": target})
    else:
        # All that stand are told each time: what is not told is taken back.
        given = ET.SubElement(message, f"{words.REACTIONS}reactions", {"id": target})
        for sign in change.signs:
            ET.SubElement(given, f"{words.REACTIONS}reaction").text = sign
    ET.SubElement(message, words.ORIGIN, {"id": change.id})
    ET.SubElement(message, HINTS)
    return message
