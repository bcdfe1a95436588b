"""Notifications, fetched page by page from where we were, so that none is left out."""

import json
import time
from collections.abc import Iterator
from typing import Any

from samspil.channels.mastodon.settings import Settings, settings_of
from samspil.kit import Account, Batch, Envelope, NotUnderstood, SignInAgain, TryLater
from samspil.kit.web import Answer, Web

PAUSE = 20.0
"""Seconds between two looks: 15 requests in five minutes, of the 300 that a server allows."""
PAGE = 40
FIRST_PAGES = 10
AFTER_REFUSED = 600.0
UNAUTHORIZED = (401, 403)


def pull(account: Account, cursor: Any) -> Iterator[Batch]:
    """Notifications for ever, the oldest first. ``cursor`` is the id of the last one. Raises TryLater."""
    settings = settings_of(account)
    if not settings.host:
        raise TryLater("The server's address is not set.", after=AFTER_REFUSED)
    web = settings.web()
    domain = domain_of(web, settings)
    last = str(cursor) if cursor else ""
    while True:
        rows = _after(web, last) if last else _first(web)
        if rows:
            last = str(rows[-1]["id"])
            yield Batch(envelopes=[_envelope(row, domain) for row in rows], cursor=last)
        else:
            time.sleep(PAUSE)
            yield Batch(envelopes=(), cursor=last or None)  # lets the runner see that it shall stop


def domain_of(web: Web, settings: Settings) -> str:
    """The domain in our server's user names, which may differ from the server's own address."""
    for path, name in (("/api/v2/instance", "domain"), ("/api/v1/instance", "uri")):
        answer = web.call("GET", path)
        try:
            found = answer.json() if answer.ok else None
        except NotUnderstood:
            continue
        value = found.get(name) if isinstance(found, dict) else None
        if isinstance(value, str) and value:
            return value.rpartition("://")[2].strip("/").lower()
    return settings.host


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


def _envelope(row: dict[str, Any], domain: str) -> Envelope:
    return Envelope(
        external_id=f"{row.get('type')}:{row['id']}"[:400],
        payload=json.dumps(row, ensure_ascii=True).encode(),
        headers={"domain": domain},
    )
