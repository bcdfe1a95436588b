"""What an envelope means: a public post that names us, as an offer, or its edit."""

import json
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from samspil.channels.listening import fediverse, others
from samspil.channels.listening.posts import Post, why_left
from samspil.channels.listening.settings import settings_of, text
from samspil.kit import Account, Edit, Envelope, Event, Message, NotUnderstood
from samspil.kit.reading import host_of

LARGEST = 2 * 1024 * 1024
OFFER = "offer"
KINDS = ("mastodon", "bluesky", "lemmy", "discourse")


def understand(envelope: Envelope, account: Account) -> Sequence[Event]:
    """The offer of a post; none where its author is to be left alone. Raises NotUnderstood."""
    post = post_of(read(envelope.payload), envelope.headers)
    if why_left(post, settings_of(account)):
        return []  # the settings may have changed since it was fetched
    at = min(post.at, envelope.received_at) if envelope.received_at else post.at
    if envelope.headers.get("changed"):
        when = post.edited or at
        return [
            Edit(
                external_id=envelope.external_id, target=post.id, author=post.author, at=when, text=_text(post), html=_html(post)
            )
        ]
    return [
        Message(
            external_id=post.id,
            author=post.author,
            at=at,
            subject=post.subject,
            text=_text(post),
            html=_html(post),
            references=post.references,
            automatic=OFFER,
            public=True,
            language=post.language,
            extra={key: value for key, value in {"url": post.url, **post.extra}.items() if value},
        )
    ]


def read(payload: bytes) -> Mapping[str, Any]:
    """A post's JSON object. Raises NotUnderstood."""
    if len(payload) > LARGEST:
        raise NotUnderstood(f"The post has {len(payload)} bytes, and {LARGEST} are read at most")
    try:
        found = json.loads(payload)
    except (ValueError, RecursionError) as error:
        raise NotUnderstood("The post is not JSON") from error
    if not isinstance(found, dict):
        raise NotUnderstood("The post is no JSON object")
    return found


def post_of(row: Mapping[str, Any], told: Mapping[str, str]) -> Post:
    """A post of the network that ``told`` names. Raises NotUnderstood."""
    kind, server = told.get("kind", ""), told.get("server", "")
    host = host_of(server)
    if kind not in KINDS or not host:
        raise NotUnderstood(f"Posts of {kind[:40]!r} are not known")
    if kind == "mastodon":
        return fediverse.status(row, host, text(told.get("domain"), 253).lower() or host)
    if kind == "bluesky":
        return others.bluesky(row)
    return fediverse.lemmy(row, host) if kind == "lemmy" else others.discourse(row, host, server)


def _text(post: Post) -> str:
    return "\n\n".join(part for part in (post.said, post.url) if part)


def _html(post: Post) -> str:
    return post.html and post.url and f'{post.html}<p><a href="{escape(post.url)}">{escape(post.url)}</a></p>'
