"""Mentions, our own posts and direct messages, fetched within the budget and without a gap.

A walk goes from the newest backward to where the last one began, page by page. The cursor keeps where it stands, so that a walk that is
broken off, by a fault or by the budget, goes on there and nothing is left out or paid for twice.
"""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from samspil.channels.x_com.meter import Meter, budget, price, seconds_of_month, spent_words
from samspil.channels.x_com.settings import AFTER_REFUSED, Refused, ask, own_id
from samspil.kit import Account, Batch, Envelope, TryLater
from samspil.kit.pause import rest

PAUSE = 90.0
"""Seconds between two looks: ten questions for direct messages in a quarter of an hour, of the fifteen that X allows."""
PAGE, FIRST_PAGE, SMALLEST, MESSAGES = 100, 20, 5, 10
"""Posts of a page, at the very first look, and at least; and messages of a page: these are paid for anew every day, so few are asked for."""
BEGINNING = "1"
"""Where the next walk ends when nothing was there at the first look."""
FIELDS = {
    "post.fields": "attachments,conversation_id,created_at,entities,id,lang,note_post,text",
    "expansions": "author_id,attachments.media_keys,referenced_posts,edit_history_post_ids",
    "user.fields": "id,name,username",
    "media.fields": "alt_text,media_key,type,url,variants",
}
MESSAGE_FIELDS = {
    "dm_event.fields": "attachments,created_at,dm_conversation_id,event_type,id,text",
    "event_types": "MessageCreate",
    "expansions": "sender_id,attachments.media_keys,participant_ids",
    "user.fields": "id,name,username",
    "media.fields": "alt_text,media_key,type,url,variants",
}


def pull(account: Account, cursor: Any, pause: float = PAUSE) -> Iterator[Batch]:
    """Batches for ever. ``cursor`` holds where each walk stands and the meter. Raises TryLater (also where the budget is spent)."""
    kept: dict[str, Any] = dict(cursor) if isinstance(cursor, dict) else {}
    # A token of a page does not last, so a walk through messages begins anew: what was read today is not paid for again.
    kept["messages"] = {"since": _walk(kept.get("messages"))["since"]}
    own = own_id(account)
    if not own:
        raise TryLater("The access token is none: copy it whole from X's developer portal.", after=AFTER_REFUSED)
    while True:
        yield from _posts(account, kept, "own", f"/2/users/{own}/tweets")
        yield from _posts(account, kept, "mentions", f"/2/users/{own}/mentions")
        if account.config.get("direct_messages", True):
            yield from _messages(account, kept)
        for _ in rest(pause):
            yield Batch(envelopes=(), cursor=dict(kept))


def within(account: Account, kept: dict[str, Any]) -> Meter:
    """The meter, where the budget is not spent. Raises TryLater until the next month."""
    at = datetime.now(UTC)
    meter, limit = Meter.of(kept.get("meter"), at), budget(account)
    if meter.mills >= limit:
        raise TryLater(spent_words(meter, limit, at), after=seconds_of_month(at))
    return meter


def _posts(account: Account, kept: dict[str, Any], name: str, path: str) -> Iterator[Batch]:
    """A walk back to where the last began: ``since`` and ``until`` bound it, ``newest`` is where the next one ends."""
    while True:
        meter = within(account, kept)
        walk = _walk(kept.get(name))
        query = {**FIELDS, "max_results": str(_size(meter, budget(account), PAGE if walk["since"] else FIRST_PAGE))}
        query |= {key: walk[word] for key, word in (("since_id", "since"), ("until_id", "until")) if walk[word]}
        said = _asked(account, path, query)
        rows = [row for row in _rows(said.get("data")) if _number(row.get("id"))]
        others = _rows(_part(said, "includes").get("posts"))
        at = datetime.now(UTC)
        meter.read("own_post_read" if name == "own" else "post_read", {str(r["id"]) for r in rows}, at)
        meter.read("post_read", {str(r.get("id")) for r in others}, at)
        _people(meter, said, at)
        if name == "own" and walk["since"]:
            _written(meter, rows, at)
        more = bool(rows) and bool(walk["since"]) and "next_token" in _part(said, "meta")
        numbers = sorted((int(row["id"]) for row in rows), reverse=True)
        newest = walk["newest"] or (str(numbers[0]) if numbers else walk["since"] or BEGINNING)
        kept[name] = (
            {"since": walk["since"], "until": str(numbers[-1]), "newest": newest}
            if more
            else {"since": newest, "until": "", "newest": ""}
        )
        kept["meter"] = meter.to_json()
        if rows:
            yield Batch(envelopes=[_envelope("post", row, said, walk["since"]) for row in reversed(rows)], cursor=dict(kept))
        if not more:
            return


def _size(meter: Meter, limit: int, largest: int) -> int:
    """The posts of a page that what is left of the budget pays for with their authors; X gives no fewer than five."""
    today = datetime.now(UTC).date()
    return min(max((limit - meter.mills) // (price("post_read", today) + price("user_read", today)), SMALLEST), largest)


def _messages(account: Account, kept: dict[str, Any]) -> Iterator[Batch]:
    """Direct messages back to the last one known; X has no question for those after it, and pages are walked by their token."""
    while True:
        meter = within(account, kept)
        walk = _walk(kept.get("messages"))
        query = {**MESSAGE_FIELDS, "max_results": str(MESSAGES)}
        if walk["until"]:
            query["pagination_token"] = walk["until"]
        said = _asked(account, "/2/dm_events", query)
        every = [row for row in _rows(said.get("data")) if _number(row.get("id"))]
        at = datetime.now(UTC)
        meter.read("message_read", {str(r["id"]) for r in every}, at)
        _people(meter, said, at)
        since = int(walk["since"] or 0)
        rows = [row for row in every if int(row["id"]) > since]
        meter.add("write", bool(since) * sum(row.get("sender_id") == own_id(account) for row in rows), at)
        token = _part(said, "meta").get("next_token")
        more = bool(since) and bool(rows) and len(rows) == len(every) and isinstance(token, str) and bool(token)
        numbers = sorted((int(row["id"]) for row in rows), reverse=True)
        newest = walk["newest"] or (str(numbers[0]) if numbers else walk["since"] or BEGINNING)
        kept["messages"] = (
            {"since": walk["since"], "until": str(token), "newest": newest}
            if more
            else {"since": newest, "until": "", "newest": ""}
        )
        kept["meter"] = meter.to_json()
        if rows:
            yield Batch(envelopes=[_envelope("message", row, said) for row in reversed(rows)], cursor=dict(kept))
        if not more:
            return


def _asked(account: Account, path: str, query: Mapping[str, str]) -> Mapping[str, Any]:
    try:
        return ask(account, "GET", path, query=query)
    except Refused as error:
        raise TryLater(f"X gives nothing of {path.rpartition('/')[2]}: {error}", after=AFTER_REFUSED) from error


def _people(meter: Meter, said: Mapping[str, Any], at: datetime) -> None:
    includes = _part(said, "includes")
    meter.read("user_read", {str(row.get("id")) for row in _rows(includes.get("users"))}, at)
    meter.read("media_read", {str(row.get("media_key")) for row in _rows(includes.get("media"))}, at)


def _written(meter: Meter, rows: list[dict[str, Any]], at: datetime) -> None:
    """What we posted cost something too. Posts from X's own app cost nothing and are counted all the same: nothing tells them apart."""
    for row in rows:
        urls = _part(row, "entities").get("urls")
        meter.add("write_with_link" if isinstance(urls, list) and urls else "write", 1, at)


def _envelope(kind: str, row: Mapping[str, Any], said: Mapping[str, Any], since: str = "") -> Envelope:
    """One post or message with what belongs to it, as X gave it. ``seen`` says that an edited post was fetched before, as it was."""
    includes = _part(said, "includes")
    wanted = {str(row.get("author_id")), str(row.get("sender_id"))}
    keys = _part(row, "attachments").get("media_keys")
    media = [m for m in _rows(includes.get("media")) if isinstance(keys, list) and m.get("media_key") in keys]
    payload = {
        kind: row,
        "users": [u for u in _rows(includes.get("users")) if str(u.get("id")) in wanted],
        "media": media,
    }
    return Envelope(
        external_id=f"{kind}:{row['id']}"[:200],
        payload=json.dumps(payload, ensure_ascii=True, separators=(",", ":")).encode(),
        headers={"content-type": "application/json", **({"seen": "yes"} if _seen(row, since) else {})},
    )


def _seen(row: Mapping[str, Any], since: str) -> bool:
    history = row.get("edit_history_post_ids")
    first = min((int(one) for one in history if _number(one)), default=0) if isinstance(history, list) else 0
    return bool(since) and 0 < first <= int(since)


def _walk(kept: Any) -> dict[str, str]:
    said = kept if isinstance(kept, dict) else {}
    return {name: str(said.get(name) or "") for name in ("since", "until", "newest")}


def _part(said: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _rows(found: Any) -> list[dict[str, Any]]:
    return [row for row in found if isinstance(row, dict)] if isinstance(found, list) else []


def _number(value: Any) -> bool:
    return isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 20  # noqa: PLR2004 - of 64 bits
