"""Posts that were taken back: the network tells nobody, so the latest that were written to us are looked at again now and then."""

import json
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from samspil.channels.bluesky.session import Net, Refused
from samspil.channels.bluesky.settings import uri_parts
from samspil.channels.bluesky.values import once, rows
from samspil.kit import Envelope, TryLater

WATCHED = 100
"""How many posts are looked at again."""
AT_ONCE = 25
EVERY = 600.0
WRITTEN = ("reply", "mention", "quote")
NOT_THERE = ("RecordNotFound", "Could not locate record")
"""How a server says so by a name, and how the network's own view of all posts does in words."""


def remember(place: dict[str, Any], notes: Sequence[Mapping[str, Any]]) -> None:
    """Take the posts among the notifications into ``place["posts"]``, the newest last."""
    kept = place.get("posts")
    uris = [uri for uri in kept if isinstance(uri, str)] if isinstance(kept, list) else []
    new = [str(row["uri"]) for row in notes if row.get("reason") in WRITTEN and uri_parts(row.get("uri"))[0]]
    place["posts"] = list(dict.fromkeys([*uris, *new]))[-WATCHED:]


class Watch:
    """The looking of one account."""

    def __init__(self, net: Net) -> None:
        self._net = net
        self._next = time.monotonic() + EVERY

    def look(self, place: dict[str, Any]) -> Sequence[Envelope]:
        """An envelope for each post that is gone, when it is time; they are left out of ``place`` then. Raises TryLater."""
        if time.monotonic() < self._next:
            return ()
        self._next = time.monotonic() + EVERY
        kept = place.get("posts")
        uris = [uri for uri in kept if isinstance(uri, str)] if isinstance(kept, list) else []
        missing: list[str] = []
        for start in range(0, len(uris), AT_ONCE):
            missing += self._missing(uris[start : start + AT_ONCE])
        place["posts"] = [uri for uri in uris if uri not in missing]
        return [_envelope(uri, self._net.did) for uri in missing]

    def _missing(self, uris: Sequence[str]) -> list[str]:
        try:
            answer = self._net.ask("app.bsky.feed.getPosts", uris=list(uris))
        except Refused:
            return []
        if not isinstance(answer.get("posts"), list):
            return []
        there = {row.get("uri") for row in rows(answer.get("posts"))}
        return [uri for uri in uris if uri not in there and self._is_deleted(uri)]

    def _is_deleted(self, uri: str) -> bool:
        """Whether it was deleted: a post is not shown either where its writer blocks us or has closed the account for a while."""
        did, collection, key = uri_parts(uri)
        try:
            self._net.ask("com.atproto.repo.getRecord", repo=did, collection=collection, rkey=key)
        except Refused as error:
            return any(words in f"{error.code} {error}" for words in NOT_THERE)
        except TryLater:
            return False
        return False


def _envelope(uri: str, did: str) -> Envelope:
    at = datetime.now(UTC).isoformat(timespec="seconds")
    return Envelope(external_id=once(f"gone:{uri}"), payload=json.dumps({"gone": uri, "at": at}).encode(), headers={"did": did})
