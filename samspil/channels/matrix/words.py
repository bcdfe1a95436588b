"""What is said in the content of an event: plain words from whatever a stranger's program wrote."""

import re
from collections.abc import Mapping
from typing import Any

from samspil.kit import reading
from samspil.kit.reading import part

LONGEST = 100_000
"""Characters: a whole event has at most 65536 bytes on the network."""
HTML = "org.matrix.custom.html"
FILES = {"m.image": "image", "m.file": "file", "m.audio": "audio", "m.video": "video"}
_FALLBACK = re.compile(r"> (?:\* )?<@[^\n>]{1,255}>[^\n]*\n(?:>[^\n]*\n)*\n?")
_QUOTE, _QUOTE_END = "<mx-reply>", "</mx-reply>"
ENCRYPTED = {
    "da": "Beskeden er krypteret fra ende til anden og kan ikke læses her. Bed afsenderen om at skrive i en samtale uden kryptering.",
    "en": "The message is encrypted from end to end and cannot be read here. Ask its sender to write in a room without encryption.",
}
NO_KEY = {
    "da": "Beskeden er krypteret fra ende til anden, og vi har ikke nøglen til den. Bed afsenderen om at skrive den igen.",
    "en": "The message is encrypted from end to end, and we do not have its key. Ask its sender to write it again.",
}
CALL = {"da": "[Opkald: det kan ikke besvares her]", "en": "[Call: it cannot be answered here]"}


def text(value: object, longest: int = LONGEST) -> str:
    """A string of the payload without control characters; "" for anything else."""
    return reading.text(value, longest)


def line(value: object, longest: int = 200) -> str:
    """The same on one line, without marks that turn or hide what stands there."""
    kept = "".join(c for c in " ".join(text(value, longest * 4).split()) if c.isprintable() or c == "\u200d")
    return kept.strip()[:longest]


def said(content: Mapping[str, Any], *, answers: bool) -> tuple[str, str]:
    """The words of a message, new and whole: without, and with, the quotation that clients put before an answer."""
    kind, body = text(content.get("msgtype"), 60), text(content.get("body"))
    if kind in FILES:
        return (words := file_words(content)), words
    new = _FALLBACK.sub("", body, count=1) if answers and body.startswith("> ") else body
    if kind == "m.emote":
        return f"* {new}", f"* {body}"
    if kind == "m.location":
        where = line(content.get("geo_uri"))
        return (words := f"{body}\n[{where}]".strip() if where else body), words
    return new, body


def file_words(content: Mapping[str, Any]) -> str:
    """The text beside a file; "" when the body is only the file's name."""
    body, name = text(content.get("body")), text(content.get("filename"), 400)
    return body if name and body != name else ""


def file_name(content: Mapping[str, Any]) -> str:
    """What the file is called."""
    name = line(content.get("filename")) or line(content.get("body"))
    return name.replace("/", "_").replace("\\", "_") or FILES.get(text(content.get("msgtype"), 60), "file")


def markup(content: Mapping[str, Any]) -> str:
    """The sender's markup without the quotation, unsafe until sanitised; "" when there is none."""
    found = text(content.get("formatted_body")) if content.get("format") == HTML else ""
    if len(found) >= LONGEST:
        return ""
    # Found by hand: a pattern would look for the end from each beginning anew, and a stranger may write many beginnings.
    end = found.find(_QUOTE_END) if found.lstrip().startswith(_QUOTE) else -1
    return found[end + len(_QUOTE_END) :] if end >= 0 else found


def poll(content: Mapping[str, Any]) -> str:
    """A poll's question and its answers, each on a line."""
    for name in ("m.poll", "org.matrix.msc3381.poll.start"):
        found = part(content, name)
        if found:
            answers = found.get("answers")
            rows = (
                [f"- {_extensible(row)}" for row in answers[:50] if isinstance(row, Mapping)] if isinstance(answers, list) else []
            )
            return "\n".join([_extensible(part(found, "question")), *rows]).strip()
    return ""


def _extensible(value: Mapping[str, Any]) -> str:
    for name in ("m.text", "org.matrix.msc1767.text", "body"):
        found = value.get(name)
        if isinstance(found, list):
            found = next((row.get("body") for row in found if isinstance(row, Mapping)), "")
        if isinstance(found, str):
            return line(found, 1000)
    return ""


def mentions(content: Mapping[str, Any], own: frozenset[str]) -> bool:
    """Whether it names one of us: as the specification has it, or as older clients do, by our id in the words or a link to it."""
    listed = part(content, "m.mentions").get("user_ids")
    if isinstance(listed, list) and any(isinstance(one, str) and one.lower() in own for one in listed[:200]):
        return True
    whole = f"{text(content.get('body'))}\n{text(content.get('formatted_body'))}".lower().replace("%40", "@").replace("%3a", ":")
    return any(re.search(rf"(?<![\w.]){re.escape(name)}(?![\w-]|\.\w)", whole) for name in own)
