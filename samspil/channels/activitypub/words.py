"""All that an object says, as plain text: the warning before it, its name, the text, the choices of a poll, what the files show."""

import html
from collections.abc import Mapping
from typing import Any

from samspil.channels.activitypub.values import kinds, line, listed, rows, text
from samspil.kit.html import text_of_post

POLL = ("oneOf", "anyOf")
LONGEST_ALT = 5000


def words(thing: Mapping[str, Any]) -> str:
    """The text of a note, article, page, question or file."""
    parts = []
    if set(kinds(thing)) - {"Note", "ChatMessage"} and (name := line(thing.get("name"), 500)):
        parts.append(name)
    if summary := _plain(content(thing, "summary")):
        parts.append(summary)
    parts.append(_plain(content(thing, "content")) or (line(thing.get("name"), 500) if not parts else ""))
    parts += [
        "\n".join(f"- {line(row.get('name'), 500)}" for row in rows(thing.get(place)) if line(row.get("name"), 500))
        for place in POLL
    ]
    parts += [_file(row) for row in rows(thing.get("attachment"))]
    if set(kinds(thing)) & {"Image", "Video", "Audio", "Document"}:
        parts.append(f"[{kind_of(thing)}]")
    return "\n\n".join(part for part in parts if part)


def content(thing: Mapping[str, Any], place: str) -> str:
    """The markup of a field: it stands in the field itself, or in its map of languages. A ``mediaType`` of plain text is escaped."""
    found = text(thing.get(place)) or next((text(one) for one in listed(thing.get(place)) if text(one)), "")
    languages = thing.get(f"{place}Map")
    if not found and isinstance(languages, dict):
        found = next((text(one) for one in list(languages.values())[:50] if text(one)), "")
    if place == "content" and text(thing.get("mediaType"), 100).split(";")[0] in {"text/plain", "text/markdown"}:
        return html.escape(found).replace("\n", "<br>")
    return found


def markup(thing: Mapping[str, Any]) -> str:
    """The sender's markup, unsafe until it is sanitised."""
    return content(thing, "content")


def _file(row: Mapping[str, Any]) -> str:
    kind, alt = kind_of(row), text(row.get("name"), LONGEST_ALT).strip() or text(row.get("summary"), LONGEST_ALT).strip()
    return f"[{kind}: {alt}]" if alt else f"[{kind}]"


def kind_of(row: Mapping[str, Any]) -> str:
    """image, video, audio, or file, by the media type or the object's."""
    media = text(row.get("mediaType"), 100).partition("/")[0].lower()
    if not media:
        media = next((text(one.get("mediaType"), 100).partition("/")[0].lower() for one in rows(row.get("url"))), "")
    if media in {"image", "video", "audio"}:
        return media
    named = [kind.lower() for kind in kinds(row)]
    return next((kind for kind in named if kind in {"image", "video", "audio", "link"}), "file")


def _plain(html: str) -> str:
    return text(text_of_post(html)).strip()
