"""Posts of Bluesky's public search and of Discourse's. Sources: docs.bsky.app (app.bsky.feed.searchPosts), docs.discourse.org (search)."""

import re
from collections.abc import Mapping
from typing import Any

from samspil.channels.listening.posts import Post, ident, mapping, moment, needed, rows
from samspil.channels.listening.settings import line, text
from samspil.kit import Handle, NotUnderstood

_DID = re.compile(r"did:[a-z]+:[A-Za-z0-9._:%-]{1,500}")
_URI = re.compile(r"at://(did:[a-z]+:[A-Za-z0-9._:%-]{1,500})/([A-Za-z0-9.-]{1,300})/([A-Za-z0-9._:~-]{1,512})")
LOGGED_IN = "!no-unauthenticated"
"""The label by which people say that only who is signed in shall see them."""


def bluesky(row: Mapping[str, Any]) -> Post:
    """A post. The person is known by the DID, whose handle may change. Raises NotUnderstood."""
    who, record = mapping(row.get("author")), mapping(row.get("record"))
    uri, did = _URI.fullmatch(text(row.get("uri"), 2000)), text(who.get("did"), 600)
    if not uri or not _DID.fullmatch(did) or uri[1] != did:
        raise NotUnderstood("The post does not say whose it is")
    name = line(who.get("handle"), 253).lower()
    labels = {text(label.get("val"), 100) for label in (*rows(who.get("labels")), *rows(row.get("labels")))}
    reply = mapping(record.get("reply"))
    # The root is left out: whoever writes a reply can name any two posts, and two of ours would become one conversation by it.
    parent = text(mapping(reply.get("parent")).get("uri"), 2000)
    langs = record.get("langs")
    return Post(
        id=uri[0],
        author=Handle(network="bluesky", address=did, display=line(who.get("displayName"), 200), name=f"@{name}" if name else ""),
        at=needed(moment(row.get("indexedAt")) or moment(record.get("createdAt"))),
        said="\n\n".join(part for part in (text(record.get("text")).strip(), *_pictures(mapping(row.get("embed")))) if part),
        url=f"https://bsky.app/profile/{did}/post/{uri[3]}",
        references=[parent] if _URI.fullmatch(parent) else [],
        language=text(langs[0], 35) if isinstance(langs, list) and langs else "",
        tags=frozenset(),
        about=f"{text(who.get('description'), 10_000)} {text(who.get('displayName'), 500)}",
        private="the author wants to be seen by who is signed in alone" if LOGGED_IN in labels else _held(labels),
    )


def _held(labels: set[str]) -> str:
    return "the network holds it back" if {"!hide", "!takedown", "spam"} & labels else ""


def _pictures(embed: Mapping[str, Any]) -> list[str]:
    return [
        f"[image: {alt}]" if (alt := text(row.get("alt"), 5000).strip()) else "[image]" for row in rows(embed.get("images"), 20)
    ]


def discourse(row: Mapping[str, Any], host: str, server: str) -> Post:
    """A post of a search; what it says is the piece that the search shows. Names are valid in their forum. Raises NotUnderstood."""
    topic = mapping(row.get("topic"))
    name = line(row.get("username"), 200)
    if not re.fullmatch(r"[^\s/@?#]{1,200}", name):
        raise NotUnderstood("The post does not say whose it is")
    number, thread = ident(row.get("post_number"), "post"), ident(row.get("topic_id"), "topic")
    return Post(
        id=f"{host}/{ident(row.get('id'), 'post')}",
        author=Handle(
            network="discourse", scope=host[:200], address=name.lower(), display=line(row.get("name"), 200), name=f"@{name}"
        ),
        at=needed(moment(row.get("created_at"))),
        subject=line(topic.get("title")),
        said=text(row.get("blurb")).strip(),
        url=f"{server}/t/{thread}/{number}",
    )
