"""Notifications and direct messages, from where we were, so that none is left out."""

import json
import re
import time
from collections.abc import Iterator, Mapping
from typing import Any

from samspil.channels.bluesky import gone, pictures
from samspil.channels.bluesky.listen import Listener
from samspil.channels.bluesky.session import REFUSALS, Net, Refused
from samspil.channels.bluesky.values import obj, once, rows
from samspil.kit import Account, Batch, Envelope, TryLater

PAUSE = 20.0
"""Seconds between two looks: 30 requests in five minutes, of the 3000 that a server allows."""
PAGE = 100
FIRST_PAGES = 4
MOST_PAGES = 200
REMEMBERED = 2000
AFTER_REFUSED = 600.0
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


def pull(account: Account, cursor: Any) -> Iterator[Batch]:
    """What came, for ever, the oldest first. Raises TryLater.

    ``cursor``: "notes", the time of the last notification; "chat", the place in the direct messages' log; "posts", what we look at again.
    """
    net = Net(account)
    did = net.did
    place = dict(obj(cursor))
    known: dict[str, None] = {}
    listener = Listener(net) if net.settings.direct else None
    watch = gone.Watch(net)
    while True:
        yield from _notes(net, place, known, did)
        if listener:
            envelopes, place["chat"] = listener.after(str(place.get("chat") or ""))
            if envelopes:
                yield Batch(envelopes=envelopes, cursor=dict(place))
        if missing := watch.look(place):
            yield Batch(envelopes=missing, cursor=dict(place))
        time.sleep(PAUSE)
        yield Batch(envelopes=(), cursor=dict(place))  # lets the runner see that it shall stop


def _notes(net: Net, place: dict[str, Any], known: dict[str, None], did: str) -> Iterator[Batch]:
    """New notifications in pieces, the oldest first: if we stop between two, the next look begins where we were."""
    since = str(place.get("notes") or "")
    found = _fresh(net, since, known)
    for start in range(0, len(found), PAGE):
        piece = found[start : start + PAGE]
        for row in piece:
            known[_ident(row)] = None
        while len(known) > REMEMBERED:
            del known[next(iter(known))]
        place["notes"] = max(str(place.get("notes") or ""), *(row["indexedAt"] for row in piece))
        gone.remember(place, piece)
        pictures.load(net, [row for row in piece if row["indexedAt"] >= since])  # what is older was had before we stopped
        yield Batch(envelopes=[_envelope(row, did) for row in piece], cursor=dict(place))


# The list is the newest first, and its cursor leads to what is older. A notification that comes late, between two that we have, is on
# the first page still: what is left out is what we have had, not what is older than the last.
def _fresh(net: Net, since: str, known: Mapping[str, None]) -> list[dict[str, Any]]:
    """Notifications that we have not had, the oldest first."""
    found: dict[str, dict[str, Any]] = {}
    cursor = ""
    for _ in range(MOST_PAGES if since else FIRST_PAGES):
        answer = _page(net, cursor)
        page = [row for row in rows(answer.get("notifications")) if _is_note(row)]
        found |= {_ident(row): row for row in page if _ident(row) not in known}
        before, cursor = cursor, str(answer.get("cursor") or "")
        if not page or cursor in {"", before} or (since and min(row["indexedAt"] for row in page) < since):
            break
    return sorted(found.values(), key=lambda row: str(row["indexedAt"]))


def _page(net: Net, cursor: str) -> dict[str, Any]:
    try:
        return net.ask("app.bsky.notification.listNotifications", limit=PAGE, cursor=cursor)
    except Refused as error:
        after = AFTER_REFUSED if error.status in REFUSALS else None
        raise TryLater(f"The server gave no notifications ({error})", after=after) from error


def _is_note(row: Mapping[str, Any]) -> bool:
    at = row.get("indexedAt")
    return isinstance(row.get("uri"), str) and isinstance(at, str) and bool(_TIME.fullmatch(at))


def _ident(row: Mapping[str, Any]) -> str:
    """The record's address: somebody who answers and names us has written once, and two notifications say so."""
    return once(str(row["uri"]))


def _envelope(row: Mapping[str, Any], did: str) -> Envelope:
    return Envelope(external_id=_ident(row), payload=json.dumps(row, ensure_ascii=True).encode(), headers={"did": did})
