"""Reviews, fetched by when they were last changed; once a day all of them, so that a deleted one is noticed.

What is known stands in the cursor: a review's id and when it was last changed, and our answer to it.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from samspil.channels.google_reviews.replies import reply_id
from samspil.channels.google_reviews.settings import REVIEW, Google, Refused, place_of
from samspil.kit import Account, Batch, Envelope, TryLater
from samspil.kit.oauth import AFTER_REFUSED
from samspil.kit.pause import rest

PAUSE = 300.0
PAGE, MOST, KNOWN = 50, 200, 10_000
"""Reviews of a page, pages of a walk, and reviews that are remembered."""
MISSING = 404


def pull(account: Account, cursor: Any, pause: float = PAUSE) -> Iterator[Batch]:
    """Batches for ever. Raises TryLater."""
    if not place_of(account):
        raise TryLater("The place is none: accounts/DIGITS/locations/DIGITS.", after=AFTER_REFUSED)
    google, look = Google(account), _Look(place_of(account), cursor if isinstance(cursor, dict) else {})
    while True:
        yield from look.take(google, datetime.now(UTC))
        for _ in rest(pause):
            yield Batch(envelopes=(), cursor=look.cursor())


class _Look:
    """What is known from one look to the next."""

    def __init__(self, place: str, kept: Mapping[str, Any]) -> None:
        self.place = place
        rows = kept.get("known")
        known = [r for r in rows if isinstance(r, list) and len(r) == 3] if isinstance(rows, list) else []  # noqa: PLR2004
        self.known = {str(ident): (str(changed), str(reply)) for ident, changed, reply in known}
        self.swept = str(kept.get("swept") or "")

    def cursor(self) -> dict[str, Any]:
        """All of it as plain values; a list, because a database does not keep the order of an object."""
        rows = [[ident, *stamps] for ident, stamps in list(self.known.items())[-KNOWN:]]
        return {"known": rows, "swept": self.swept}

    def take(self, google: Google, at: datetime) -> Iterator[Batch]:
        """One look. The oldest page comes first: broken off, the next look finds the rest new."""
        today = at.date().isoformat()
        first, sweep = not self.swept, self.swept != today
        pages = list(self._pages(google, sweep=sweep))
        for number, rows in reversed(list(enumerate(pages))):
            found = [e for row in reversed(rows) for e in self._review(row)]
            if found and not (
                first and number
            ):  # at the first look only the newest page is brought, the rest is known from now on
                yield Batch(envelopes=found, cursor=self.cursor())
        if sweep:
            listed = {str(row["reviewId"]) for rows in pages for row in rows}
            gone = [] if first or len(pages) == MOST else self._gone(google, listed, at)
            self.swept = today
            if gone:
                yield Batch(envelopes=gone, cursor=self.cursor())

    def _pages(self, google: Google, *, sweep: bool) -> Iterator[list[dict[str, Any]]]:
        query = {"pageSize": str(PAGE), "orderBy": "updateTime desc"}
        for _ in range(MOST):
            try:
                said = google.ask("GET", f"{self.place}/reviews", query)
            except Refused as error:
                raise TryLater(f"Google gives no reviews: {error}", after=AFTER_REFUSED) from error
            rows = [row for row in _rows(said.get("reviews")) if _ident(row)]
            yield rows
            token = said.get("nextPageToken")
            new = bool(rows) and self.known.get(_ident(rows[-1]), ("",))[0] != str(rows[-1].get("updateTime"))
            if not isinstance(token, str) or not token or not (new or sweep):
                return
            query["pageToken"] = token

    def _review(self, row: dict[str, Any]) -> list[Envelope]:
        """What is new: the review, our answer to it from elsewhere, or that Google does not publish our answer."""
        ident, changed = _ident(row), str(row.get("updateTime"))
        before = self.known.get(ident)
        reply = row.get("reviewReply")
        answer, state = "", ""
        if isinstance(reply, dict):
            answer, state = reply_id(ident, reply.get("comment")), str(reply.get("reviewReplyState") or reply.get("state") or "")
        stamp = f"{answer}|{'REJECTED' if state == 'REJECTED' else ''}" if answer else ""
        found = []
        if before is None or before[0] != changed:
            found.append(_envelope(f"review:{ident}@{changed}", {"review": row}, seen=before is not None))
        if answer and (before is None or before[1].partition("|")[0] != answer):
            found.append(_envelope(answer, {"answer": row}))
        if state == "REJECTED" and (before is None or before[1] != stamp):
            found.append(_envelope(f"rejected:{answer}", {"rejected": row}))
        self.known.pop(ident, None)
        self.known[ident] = (changed, stamp)
        return found

    def _gone(self, google: Google, listed: set[str], at: datetime) -> list[Envelope]:
        """Those that are not listed any more, each asked for by itself: one that changed while we walked is not gone."""
        found = []
        for ident in [one for one in self.known if one not in listed]:
            try:
                google.ask("GET", f"{self.place}/reviews/{ident}")
            except Refused as error:
                if error.status != MISSING:
                    continue
                changed, _ = self.known.pop(ident)
                found.append(_envelope(f"deleted:{ident}@{changed}", {"deleted": {"reviewId": ident}, "at": at.isoformat()}))
        return found


def _envelope(ident: str, payload: Mapping[str, Any], *, seen: bool = False) -> Envelope:
    return Envelope(
        external_id=ident[:200],
        payload=json.dumps(payload, ensure_ascii=True, separators=(",", ":")).encode(),
        headers={"content-type": "application/json", **({"seen": "yes"} if seen else {})},
    )


def _ident(row: Mapping[str, Any]) -> str:
    found = row.get("reviewId")
    return found if isinstance(found, str) and REVIEW.fullmatch(found) else ""


def _rows(found: Any) -> list[dict[str, Any]]:
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []
