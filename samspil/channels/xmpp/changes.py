"""What is done to a message afterwards. Sources: XEP-0308 (correction), XEP-0424 (retraction), XEP-0444 (reactions), XEP-0333 (read)."""

import secrets
from xml.etree import ElementTree as ET

from samspil.channels.xmpp import stanza as words
from samspil.channels.xmpp.connection import signed_in
from samspil.channels.xmpp.send import CONTROL, LARGEST, hand_over, receiver_of, result
from samspil.channels.xmpp.settings import settings_of
from samspil.kit import Account, Change, Sent, Unreachable

HINTS = "{urn:xmpp:hints}store"
TAKEN_BACK = {"da": "Beskeden er trukket tilbage.", "en": "The message has been taken back."}
"""For programs that know nothing of it."""


def carry_out(change: Change, account: Account) -> Sent:
    """Hand one change to our server; programs take the same one twice as one. Raises TryLater, Unreachable."""
    to = receiver_of(change.to.address)
    # Of theirs we know "author/id", of ours the id alone.
    target = change.target if change.own else change.target.partition("/")[2]
    if not target or target.startswith("~"):
        raise Unreachable("The message came without an id, and nothing can be said of it.")
    message = message_of(change, to, target, account.language)
    with signed_in(settings_of(account), f"{words.OURS}{secrets.token_hex(4)}") as link:
        result(link.run(hand_over(link, message, to)), change.id)
    return Sent(external_id=change.id)


def message_of(change: Change, to: str, target: str, language: str) -> ET.Element:
    """The message that tells of the change. Raises Unreachable for what is too long."""
    message = ET.Element(f"{words.CLIENT}message", {"to": to, "type": "chat", "id": change.id})
    if change.kind == "edit":
        text = CONTROL.sub("", change.text)
        if len(text.encode()) > LARGEST:
            raise Unreachable(f"The answer is longer than the {LARGEST} bytes that servers take.")
        ET.SubElement(message, f"{words.CLIENT}body").text = text
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
