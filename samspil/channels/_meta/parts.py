"""The content of a private message as plain text: its words, and its attachments by name. Pure.

Files lie at Meta's addresses for a while, and are fetched afterwards.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from samspil.channels._meta.read import parts, text, word
from samspil.kit.reading import part

SHOWN = {
    "image": "picture",
    "video": "video",
    "audio": "voice message",
    "file": "file",
    "animated_image": "picture",
    "ig_reel": "a reel",
    "reel": "a reel",
    "ig_post": "a post",
    "post": "a post",
    "ig_story": "a story",
    "share": "something shared",
    "story_mention": "they mention you in their story",
    "appointment_booking": "an appointment",
    "template": "a card",
}
LASTING = frozenset({"template", "fallback", "location"})
"""What is no file."""


def contents(said: Mapping[str, Any]) -> tuple[str, Sequence[str], Mapping[str, Any]]:
    """Text, notes and extra of a message; the text is "" where there is nothing in it."""
    notes: list[str] = []
    extra: dict[str, Any] = {}
    lines, media = [text(said.get("text"))], []
    for one in parts(said, "attachments")[:50]:
        kind, about = word(one.get("type"), 40), part(one, "payload")
        lines.append(_shown(kind, one, about))
        url = word(about.get("url"), 2000)
        if url and kind not in LASTING:
            media.append({"kind": kind, "url": url})
    if media:
        extra["media"] = media
    story = part(part(said, "reply_to"), "story")
    if story:
        notes.append("they answer your story")
        extra["story"] = {n: word(story.get(n), 2000) for n in ("id", "url") if story.get(n)}
    choice = word(part(said, "quick_reply").get("payload"), 1000)
    if choice:
        extra["payload"] = choice
    _referral(part(said, "referral"), notes, extra)
    if said.get("is_unsupported") is True:
        lines.append("[a message that Meta does not pass on]")
    return "\n".join(filter(None, lines)), notes, extra


def _referral(came: Mapping[str, Any], notes: list[str], extra: dict[str, Any]) -> None:
    if not came:
        return
    product = word(part(came, "product").get("id"), 100)
    extra["referral"] = {n: word(came.get(n), 500) for n in ("ref", "source", "type", "ad_id") if came.get(n)} | (
        {"product": product} if product else {}
    )
    notes.append(f"they came by {word(came.get('source'), 60).lower() or 'a link'}")


def _shown(kind: str, one: Mapping[str, Any], about: Mapping[str, Any]) -> str:
    title = word(one.get("title") or about.get("title"))
    if kind == "location":
        place = part(about, "coordinates")
        where = [n for n in (place.get("lat"), place.get("long")) if isinstance(n, (int, float)) and not isinstance(n, bool)]
        return f"[{', '.join(str(n) for n in where) or 'a place'}]" + (f" {title}" if title else "")
    if kind == "fallback":
        url = word(about.get("url") or one.get("url") or one.get("URL"), 500)
        return " ".join(filter(None, [title, url]))
    if kind == "image" and about.get("sticker_id"):
        return "[sticker]"
    return f"[{title or SHOWN.get(kind, kind or 'something')}]"
