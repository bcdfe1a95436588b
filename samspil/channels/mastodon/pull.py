"""Notifications, fetched page by page from where we were, so that none is left out; the server's stream says when to look."""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from samspil.channels.mastodon.send import instances
from samspil.channels.mastodon.settings import GONE, Settings, settings_of
from samspil.channels.mastodon.stream import Stream, address_of
from samspil.kit import Account, Batch, Envelope, NotUnderstood, SignInAgain, TryLater
from samspil.kit.reading import part
from samspil.kit.web import Answer, Web

PAUSE = 20.0
"""Seconds between two looks: 15 requests in five minutes, of the 300 that a server allows."""
CALM = 120.0
"""Seconds between two looks while the stream is there and tells nothing."""
LEAST = 2.0
"""Seconds between two looks, however much the stream tells."""
TOLD = 200
"""The latest statuses that were told of: only of these is it said when they are taken back."""
PAGE = 40
FIRST_PAGES = 10
AFTER_REFUSED = 600.0
UNAUTHORIZED = (401, 403)
WRITTEN = ("mention", "status")


def pull(account: Account, cursor: Any) -> Iterator[Batch]:
    """Notifications for ever, the oldest first. Raises TryLater.

    ``cursor``: ``{"last": id of the last one, "told": [[status, account], ...]}``, or that id alone.
    """
    settings = settings_of(account)
    if not settings.host:
        raise TryLater("The server's address is not set.", after=AFTER_REFUSED)
    about = instance_of(settings.web())
    looks = _Looks(settings.web(), domain_of(about, settings), cursor)
    with Stream(settings, stream_of(about, settings)) as stream:
        while True:
            while rows := looks.next():
                yield Batch(envelopes=[looks.envelope(row) for row in rows], cursor=looks.cursor)
            looked, woken = time.monotonic(), False
            while not woken and time.monotonic() - looked < (CALM if stream.live else PAUSE):
                woken = stream.wait(PAUSE)
                # Also with nothing in it, for the runner sees then that it shall stop.
                yield Batch(envelopes=looks.taken_back(stream.gone()), cursor=looks.cursor)
            time.sleep(max(LEAST - (time.monotonic() - looked), 0))


def instance_of(web: Web) -> Mapping[str, Any]:
    """What the server says of itself, its domain among it; empty where it does not. Raises TryLater."""
    return next((about for about in instances(web) if about.get("domain") or about.get("uri")), {})


def domain_of(about: Mapping[str, Any], settings: Settings) -> str:
    """The domain in our server's user names, which may differ from the server's own address."""
    for value in (about.get("domain"), about.get("uri")):
        if isinstance(value, str) and value:
            return value.rpartition("://")[2].strip("/").lower()
    return settings.host


def stream_of(about: Mapping[str, Any], settings: Settings) -> str:
    """The address of the server's stream."""
    urls = part(part(about, "configuration"), "urls") or part(about, "urls")
    return address_of(settings, urls.get("streaming") or urls.get("streaming_api"))


class _Looks:
    """Where we are in an account's notifications."""

    def __init__(self, web: Web, domain: str, cursor: Any) -> None:
        known = cursor if isinstance(cursor, dict) else {"last": cursor}
        told = known.get("told")
        self._web, self._domain = web, domain
        self._last = str(known.get("last") or "")
        self._told = {str(row[0]): str(row[1]) for row in told if isinstance(row, list) and len(row) > 1} if told else {}

    @property
    def cursor(self) -> Any:
        if not self._last:
            return None
        return {"last": self._last, "told": [[status, acct] for status, acct in self._told.items()]}

    def next(self) -> list[dict[str, Any]]:
        """The next page; empty where there is nothing new. Raises TryLater."""
        rows = _after(self._web, self._last) if self._last else _first(self._web)
        for row in rows:
            self._last = str(row["id"])
            status, acct = part(row, "status").get("id"), part(part(row, "status"), "account").get("acct")
            if row.get("type") in WRITTEN and isinstance(status, str | int) and isinstance(acct, str):
                self._told.pop(str(status), None)
                self._told[str(status)] = acct
        self._told = dict(list(self._told.items())[-TOLD:])
        return rows

    def envelope(self, row: Mapping[str, Any]) -> Envelope:
        """One notification, to be kept."""
        return Envelope(
            external_id=f"{row.get('type')}:{row['id']}"[:400],
            payload=json.dumps(row, ensure_ascii=True).encode(),
            headers={"domain": self._domain},
        )

    def taken_back(self, statuses: Sequence[str]) -> list[Envelope]:
        """Those of the statuses that we were told of; what others write to others is not kept, neither when it goes."""
        at = datetime.now(UTC).isoformat(timespec="seconds")
        rows = [
            {"type": GONE, "id": one, "created_at": at, "status": {"id": one}, "account": {"acct": self._told.pop(one)}}
            for one in statuses
            if one in self._told
        ]
        return [self.envelope(row) for row in rows]


def _after(web: Web, last: str) -> list[dict[str, Any]]:
    """The page right after ``last``. min_id walks upward, so however much came meanwhile nothing is skipped (since_id would skip)."""
    rows = _rows(web.call("GET", "/api/v1/notifications", query={"min_id": last, "limit": PAGE}))
    # A server that does not know min_id begins with the newest: what we have already is cut off.
    for place, row in enumerate(rows):
        if str(row["id"]) == last:
            return rows[place + 1 :]
    return rows


def _first(web: Web) -> list[dict[str, Any]]:
    """What is there before the first look: the latest pages, walked backward."""
    found: list[dict[str, Any]] = []
    query: dict[str, Any] = {"limit": PAGE}
    for _ in range(FIRST_PAGES):
        page = _rows(web.call("GET", "/api/v1/notifications", query=query))
        known = {str(row["id"]) for row in found}
        page = [row for row in page if str(row["id"]) not in known]
        if not page:
            break
        found = page + found
        query = {"limit": PAGE, "max_id": str(page[0]["id"])}
    return found


def _rows(answer: Answer) -> list[dict[str, Any]]:
    """The notifications of an answer, the oldest first."""
    if answer.status in UNAUTHORIZED:
        raise SignInAgain(f"The server refused the access token ({answer.status}). Make a new one.", after=AFTER_REFUSED)
    if not answer.ok:
        raise TryLater(f"The server gave no notifications: {answer.words}")
    try:
        found = answer.json()
    except NotUnderstood as error:
        raise TryLater(str(error)) from error
    if not isinstance(found, list):
        raise TryLater("The server's notifications are no list.")
    return [row for row in reversed(found) if isinstance(row, dict) and isinstance(row.get("id"), str | int)]
