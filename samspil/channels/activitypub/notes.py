"""Notes of ours: from a colleague's plain text to the object that is delivered, and later shown under its id."""

import html
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from samspil.channels.activitypub.actors import Actor
from samspil.channels.activitypub.answers import CONTEXT
from samspil.channels.activitypub.quotes import policy
from samspil.channels.activitypub.settings import Settings
from samspil.channels.activitypub.values import EVERYBODY
from samspil.kit import Outbound

PUBLIC = EVERYBODY
_LINK = re.compile(r"https?://[^\s<>\"]+[^\s<>\".,;:!?)\]]")


def visibility_of(outbound: Outbound, settings: Settings) -> str:
    """That of the message answered, or the account's own where that is less public; "direct" where the answer is for one alone."""
    ranks = ("public", "unlisted", "direct")
    answered = "unlisted" if outbound.public and not outbound.private else "direct"
    return max(answered, settings.visibility or "public", key=ranks.index)


def note_of(
    outbound: Outbound,
    receiver: Actor,
    settings: Settings,
    language: str,
    at: datetime,
    attached: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """The note. Its id follows from the reply's id, so that receivers know it again however often it comes."""
    ident = settings.note(outbound.id)
    to, cc = [receiver.id], [PUBLIC] if visibility_of(outbound, settings) != "direct" else []
    content = markup(outbound.text, receiver)
    note = {
        "id": ident,
        "type": "Note",
        "attributedTo": settings.actor,
        "url": ident,
        "content": content,
        "contentMap": {language: content},
        "published": written_at(outbound.id, at).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "to": to,
        "cc": cc,
        "tag": [{"type": "Mention", "href": receiver.id, "name": f"@{receiver.name}"}],
    }
    note["interactionPolicy"] = policy(public=bool(cc), settings=settings)
    if attached:
        note["attachment"] = list(attached)
    return note | ({"inReplyTo": outbound.in_reply_to} if outbound.in_reply_to.startswith(("https://", "http://")) else {})


def create_of(note: Mapping[str, Any]) -> dict[str, Any]:
    """The activity that tells of a note."""
    return {
        "@context": CONTEXT,
        "id": f"{note['id']}/create",
        "type": "Create",
        "actor": note["attributedTo"],
        "published": note["published"],
        "to": note["to"],
        "cc": note["cc"],
        "object": dict(note),
    }


def written_at(ident: str, otherwise: datetime) -> datetime:
    """When a reply was written, by its id (UUID of version 7): the same at every try."""
    try:
        found = UUID(ident)
    except ValueError:
        return otherwise
    return datetime.fromtimestamp((found.int >> 80) / 1000, UTC) if found.version == 7 else otherwise  # noqa: PLR2004


def markup(text: str, receiver: Actor) -> str:
    """Paragraphs and links of a plain text, with the receiver's name before it where it is not in it."""
    user = receiver.name.partition("@")[0]
    name = f'<span class="h-card"><a href="{html.escape(receiver.id)}" class="u-url mention">@<span>{html.escape(user)}</span></a></span>'
    full = re.compile(rf"(?<![\w@])@{re.escape(receiver.name)}(?![\w.@-]*\w)", re.IGNORECASE)
    paragraphs = [part.strip("\n") for part in re.split(r"\n\s*\n", text.strip()) if part.strip()] or [""]
    there = bool(full.search(text))
    made = []
    for number, part in enumerate(paragraphs):
        words = "<br>".join(_linked(line) for line in part.split("\n"))
        words = full.sub(lambda _: name, words)
        made.append(f"<p>{name} {words}</p>" if not there and not number else f"<p>{words}</p>")
    return "".join(made)


def _linked(line: str) -> str:
    made, place = [], 0
    for found in _LINK.finditer(line):
        url = html.escape(found[0])
        made += [html.escape(line[place : found.start()], quote=False), f'<a href="{url}" rel="nofollow noopener">{url}</a>']
        place = found.end()
    return "".join([*made, html.escape(line[place:], quote=False)])
