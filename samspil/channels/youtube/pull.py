"""Comments and answers below our videos, fetched as often as the day's quota allows.

YouTube lists threads by when they began, and an old thread with a new answer does not come up again. So each look takes the newest page, and
every tenth look all pages that are watched. What is known stands in the cursor: the id of a comment, and when it was last changed.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from samspil.channels.youtube.quota import READING, Meter, a_day, seconds_of_day, units
from samspil.channels.youtube.settings import Google, Refused, own_channel
from samspil.kit import Account, Batch, Envelope, TryLater
from samspil.kit.oauth import AFTER_REFUSED
from samspil.kit.pause import rest

PAGE, WATCHED, DEEP = 100, 5, 10
"""Threads of a page, pages that are watched for new answers, and of how many looks one takes them all."""
KNOWN = 5000
"""Comments that are remembered; the envelope's id keeps an older one from being taken twice."""
MORE, MOST = 20, 50
"""Pages of answers of one thread, and of threads at one look."""
Known = dict[str, str]


def pull(account: Account, cursor: Any, pause: float | None = None) -> Iterator[Batch]:
    """Batches for ever. ``cursor`` holds what is known and the meter. Raises TryLater (also where the day's quota is used up)."""
    kept = cursor if isinstance(cursor, dict) else {}
    if not own_channel(account):
        raise TryLater("The channel's id is none: UC and 22 characters.", after=AFTER_REFUSED)
    google, look = Google(account), _Look(account, kept)
    while True:
        yield from look.take(google)
        at = datetime.now(UTC)
        for _ in rest(look.meter.pause(a_day(account, at), look.cost, at) if pause is None else pause):
            yield Batch(envelopes=(), cursor=look.cursor())


class _Look:
    """What is known from one look to the next."""

    def __init__(self, account: Account, kept: Mapping[str, Any]) -> None:
        self.account = account
        self.meter = Meter.of(kept.get("meter"), datetime.now(UTC))
        known = kept.get("known")
        pairs = [p for p in known if isinstance(p, list) and len(p) == 2] if isinstance(known, list) else []  # noqa: PLR2004 - pairs
        self.known: Known = {str(ident): str(changed) for ident, changed in pairs}
        self.first = not kept.get("looks")
        self.looks = kept["looks"] if isinstance(kept.get("looks"), int) else 0
        self.cost = 1

    def cursor(self) -> dict[str, Any]:
        """All of it as plain values; a list, because a database does not keep the order of an object."""
        return {
            "known": [list(pair) for pair in list(self.known.items())[-KNOWN:]],
            "looks": self.looks,
            "meter": self.meter.to_json(),
        }

    def take(self, google: Google) -> Iterator[Batch]:
        """One look: a page, or as many as are new or watched. The oldest page comes first: broken off, the next look finds the rest new."""
        before = self.meter.used
        for threads in reversed(list(self._pages(google))):
            envelopes = [one for row in reversed(threads) for one in self._thread(google, row)]
            if envelopes:
                yield Batch(envelopes=envelopes, cursor=self.cursor())
        self.first, self.looks = False, self.looks + 1
        self.cost = max(self.meter.used - before, 1)

    def _pages(self, google: Google) -> Iterator[list[dict[str, Any]]]:
        deep, token = self.looks % DEEP == 0, ""
        for number in range(MOST):
            said = self._threads(google, token)
            threads = [row for row in _rows(said.get("items")) if isinstance(row.get("id"), str)]
            yield threads
            new = bool(threads) and threads[-1]["id"] not in self.known
            token = str(said.get("nextPageToken") or "")
            if not token or self.first or not (new or (deep and number + 1 < WATCHED)):
                return

    def _threads(self, google: Google, token: str) -> Mapping[str, Any]:
        query = {
            "part": "snippet,replies",
            "allThreadsRelatedToChannelId": own_channel(self.account),
            "order": "time",
            "textFormat": "plainText",
            "maxResults": str(PAGE),
        }
        return self._ask(google, "commentThreads", {**query, **({"pageToken": token} if token else {})})

    def _thread(self, google: Google, row: Mapping[str, Any]) -> list[Envelope]:
        """What is new in a thread: the comment that began it, and answers."""
        snippet = _part(row, "snippet")
        top = _part(snippet, "topLevelComment")
        replies = _rows(_part(row, "replies").get("comments"))
        total = snippet.get("totalReplyCount")
        counted = sum(ident.startswith(f"{row['id']}.") for ident in self.known)
        if isinstance(total, int) and total > len(replies) and total > counted:
            replies = self._replies(google, row["id"])
        whole = not isinstance(total, int) or total <= len(replies)
        alone = whole and len({_author(c) for c in (top, *replies)} - {own_channel(self.account)}) == 1
        found = []
        for comment in [top, *sorted(replies, key=_published)]:
            ident, changed = comment.get("id"), _part(comment, "snippet").get("updatedAt")
            if not isinstance(ident, str) or not isinstance(changed, str) or self.known.get(ident) == changed:
                continue
            found.append(_envelope(comment, row, seen=ident in self.known, alone=alone))
            self._count(comment, seen=ident in self.known)
            self.known.pop(ident, None)
            self.known[ident] = changed
        return found

    def _replies(self, google: Google, thread: str) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        query = {"part": "snippet", "parentId": thread, "textFormat": "plainText", "maxResults": str(PAGE)}
        for _ in range(MORE):
            said = self._ask(google, "comments", query)
            found += _rows(said.get("items"))
            if not isinstance(said.get("nextPageToken"), str):
                break
            query["pageToken"] = said["nextPageToken"]
        return found

    def _ask(self, google: Google, path: str, query: Mapping[str, str]) -> Mapping[str, Any]:
        at = datetime.now(UTC)
        self.meter.turn(at)
        limit = a_day(self.account, at)
        if self.meter.used + units("list", at.date()) > limit * READING:
            words = f"{self.meter.used} of the day's {limit} units at YouTube are used; the rest is kept for answers."
            raise TryLater(words, after=seconds_of_day(at))
        self.meter.add("list", 1, at)
        try:
            return google.ask("GET", path, query)
        except Refused as error:
            raise TryLater(f"YouTube gives no comments: {error}", after=AFTER_REFUSED) from error

    def _count(self, comment: Mapping[str, Any], *, seen: bool) -> None:
        """What we wrote or changed cost units too, and is seen here; what was written in YouTube itself is counted all the same."""
        if _author(comment) == own_channel(self.account) and not self.first:
            self.meter.add("update" if seen else "insert", 1, datetime.now(UTC))


def _envelope(comment: Mapping[str, Any], row: Mapping[str, Any], *, seen: bool, alone: bool) -> Envelope:
    """A comment with its thread. ``alone``: whoever began the thread is the only one in it besides us, so that our answer is for them."""
    snippet = _part(row, "snippet")
    began = _part(_part(snippet, "topLevelComment"), "snippet")
    payload = {
        "comment": comment,
        "thread": row.get("id"),
        "video": snippet.get("videoId"),
        "began": {name: began.get(name) for name in ("authorChannelId", "authorDisplayName")} if alone else {},
    }
    return Envelope(
        external_id=f"{comment['id']}@{_part(comment, 'snippet').get('updatedAt')}"[:200],
        payload=json.dumps(payload, ensure_ascii=True, separators=(",", ":")).encode(),
        headers={"content-type": "application/json", **({"seen": "yes"} if seen else {})},
    )


def _author(comment: Mapping[str, Any]) -> str:
    return str(_part(_part(comment, "snippet"), "authorChannelId").get("value"))


def _published(comment: Mapping[str, Any]) -> str:
    return str(_part(comment, "snippet").get("publishedAt") or "")


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _rows(found: Any) -> list[dict[str, Any]]:
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
