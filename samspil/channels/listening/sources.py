"""Where is listened, and how each server is asked. Every request is one that the network documents for who has no account."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from samspil.channels.listening.posts import mapping, rows
from samspil.channels.listening.settings import Settings
from samspil.kit import NotUnderstood
from samspil.kit.web import Answer

PAGE = 40
EVERY = {"mastodon": 300.0, "lemmy": 600.0, "discourse": 900.0, "bluesky": 1800.0}
"""Seconds between two visits: timelines are made to be read again, searches cost their servers more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One question to one server. ``pages``: older posts can be asked for by ``max_id``."""

    kind: str
    server: str
    path: str
    pages: bool = False

    @property
    def url(self) -> str:
        return f"{self.server}{self.path}"

    @property
    def every(self) -> float:
        return EVERY[self.kind]

    def before(self, ident: str) -> str:
        """The address of what is older than a post."""
        return f"{self.url}{'&' if '?' in self.path else '?'}{urlencode({'max_id': ident})}"


def sources_of(settings: Settings) -> Sequence[Source]:
    """All questions."""
    return [*_mastodon(settings), *_bluesky(settings), *_lemmy(settings), *_discourse(settings)]


def _mastodon(settings: Settings) -> list[Source]:
    found = []
    for server in settings.mastodon:
        if settings.tags:
            first, *more = settings.tags
            asked = urlencode([("limit", PAGE), *(("any[]", tag) for tag in more)])
            found.append(Source(kind="mastodon", server=server, path=f"/api/v1/timelines/tag/{quote(first)}?{asked}", pages=True))
        if settings.search:
            for word in settings.words:
                asked = urlencode({"q": word, "type": "statuses", "limit": PAGE})
                found.append(Source(kind="mastodon", server=server, path=f"/api/v2/search?{asked}"))
    return found


def _bluesky(settings: Settings) -> list[Source]:
    if not settings.bluesky:
        return []
    asked = [urlencode({"q": f'"{word}"' if " " in word else word, "sort": "latest", "limit": 50}) for word in settings.words]
    return [Source(kind="bluesky", server=settings.bluesky, path=f"/xrpc/app.bsky.feed.searchPosts?{query}") for query in asked]


def _lemmy(settings: Settings) -> list[Source]:
    return [
        Source(
            kind="lemmy",
            server=server,
            path="/api/v3/search?" + urlencode({"q": word, "type_": "All", "listing_type": "All", "sort": "New", "limit": PAGE}),
        )
        for server in settings.lemmy
        for word in settings.words
    ]


def _discourse(settings: Settings) -> list[Source]:
    return [
        Source(kind="discourse", server=server, path="/search.json?" + urlencode({"q": f"{word} order:latest"}))
        for server in settings.discourse
        for word in settings.words
    ]


def posts_in(source: Source, answer: Answer) -> list[Mapping[str, Any]]:
    """The posts of an answer, the newest first as they came. Raises NotUnderstood where it has another form."""
    found = answer.json()
    if source.kind == "mastodon" and source.pages:
        if not isinstance(found, list):
            raise NotUnderstood("The timeline is no list")
        return list(rows(found))
    if not isinstance(found, dict):
        raise NotUnderstood("The answer is no JSON object")
    if source.kind == "mastodon":
        return list(rows(found.get("statuses")))
    if source.kind == "bluesky":
        return list(rows(found.get("posts")))
    if source.kind == "lemmy":
        return [*rows(found.get("comments")), *rows(found.get("posts"))]
    topics = {topic.get("id"): topic for topic in rows(found.get("topics")) if isinstance(topic.get("id"), int)}
    return [{**row, "topic": mapping(_topic(topics, row))} for row in rows(found.get("posts"))]


def _topic(topics: Mapping[Any, Mapping[str, Any]], row: Mapping[str, Any]) -> Mapping[str, Any]:
    ident = row.get("topic_id")
    topic = topics.get(ident, {}) if isinstance(ident, int) else {}
    return {"title": topic.get("title")}
