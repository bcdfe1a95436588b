"""Feeds, fetched one by one when each is due. A broken one waits by itself and stops no other."""

import random
import time
from collections.abc import Iterator, Mapping
from typing import Any

from samspil.channels.feeds import timing, websub
from samspil.channels.feeds.document import Document
from samspil.channels.feeds.items import Item, Items, envelope_of, items_of
from samspil.channels.feeds.settings import Settings, line, settings_of, short
from samspil.kit import Account, Batch, ChannelError, Envelope, NotUnderstood, TryLater
from samspil.kit.web import Answer, NotAllowed, fetch

LOOK = 20.0
"""Seconds between two looks whether a feed is due."""
RECENT = 3 * timing.DAY
"""How far back the first visit of a feed reaches: what is older is history, and not an offer."""
REMEMBERED = 50
"""Entries of a feed whose words are remembered at least, the newest; else twice as many as it shows. The cursor is written at every look."""
KINDS = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/xml;q=0.9, application/json;q=0.8, */*;q=0.5"
)
NOT_CHANGED, GONE = 304, 410
_REFUSED = {401: "it asks for a sign-in", 403: "it refuses us", 404: "it is not there"}

State = dict[str, Any]


def pull(account: Account, cursor: Any) -> Iterator[Batch]:
    """What is new, for ever. ``cursor`` is what is known of each feed by its address. Raises TryLater with the feeds that are in trouble."""
    settings = settings_of(account)
    if not settings.feeds:
        raise TryLater("No feed is named.", after=timing.HOUR)
    known = cursor if isinstance(cursor, dict) else {}
    states: dict[str, State] = {feed: dict(known[feed]) if isinstance(known.get(feed), dict) else {} for feed in settings.feeds}
    while True:
        for feed, state in states.items():
            if due(state, time.time()):
                envelopes = visit(feed, state, settings, account)
                yield Batch(envelopes=envelopes, cursor=states)
        if trouble := _troubles(states):
            # Shown at the account until it is over; the runner comes back with the cursor when the next feed is due.
            raise TryLater(trouble, after=pause(states, time.time()))
        time.sleep(LOOK)
        yield Batch(envelopes=(), cursor=states)


def due(state: Mapping[str, Any], now: float) -> bool:
    """Whether a feed is to be asked."""
    at = state.get("next")
    return not state.get("gone") and (not isinstance(at, int | float) or at <= now)


def pause(states: Mapping[str, State], now: float) -> float:
    """Seconds until the next feed is due, at least a look's and at most five minutes."""
    times = [state["next"] - now for state in states.values() if not state.get("gone") and "next" in state]
    return min(max(min(times, default=300.0), LOOK), 300.0)


def _troubles(states: Mapping[str, State]) -> str:
    return " ".join(f"{feed}: {state['trouble']}." for feed, state in states.items() if state.get("trouble"))[:2000]


def visit(feed: str, state: State, settings: Settings, account: Account) -> list[Envelope]:
    """Fetch one feed and note in ``state`` what it said. Raises nothing of the network's."""
    now = time.time()
    asked = {"accept": KINDS}
    for name, header in (("etag", "if-none-match"), ("modified", "if-modified-since")):
        if state.get(name):
            asked[header] = state[name]
    try:
        answer = fetch(feed, headers=asked, seconds=60)
        if answer.status == GONE:
            return _gone(feed, state)
        if answer.status == NOT_CHANGED:
            _well(state, now, answer, Document(**_wishes(state)))
            _tell_hub(feed, state, settings, account, now)
            return []
        found = _read(answer, feed)
    except (TryLater, NotAllowed, NotUnderstood) as error:
        _failed(state, now, error)
        return []
    envelopes = news(found, state, settings, now)
    _remember(state, answer, found.document)
    _well(state, now, answer, found.document)
    _tell_hub(feed, state, settings, account, now)
    return envelopes


def _read(answer: Answer, feed: str) -> Items:
    if not answer.ok:
        raise NotUnderstood(_REFUSED.get(answer.status, f"it answered {answer.status}"))
    return items_of(answer.body, answer.headers.get("content-type", ""), feed, answer.url)


def news(found: Items, state: State, settings: Settings, now: float) -> list[Envelope]:
    """The entries that are new or changed since the last visit; ``state`` then knows them."""
    before = state.get("seen")
    first = not isinstance(before, dict)
    seen: dict[str, str] = {} if first else dict(before)  # type: ignore[arg-type]
    envelopes: list[Envelope] = []
    for item in reversed(found.items):  # the oldest first, as most feeds have it
        digest, earlier = item.entry.digest[:16], seen.pop(item.key, None)
        seen[item.key] = digest
        if earlier == digest or not item.wanted(settings):
            continue
        if earlier is not None:
            # Of an entry that did not name our words before, the message was never kept: the key keeps it once.
            envelopes += [envelope_of(item), envelope_of(item, changed=True)]
        elif not first or _recent(item, now):
            envelopes += websub.pushed(item) if state.get("subscribed") else [envelope_of(item)]
    state["seen"] = dict(list(seen.items())[-max(REMEMBERED, 2 * len(found.items)) :])
    return envelopes


def _recent(item: Item, now: float) -> bool:
    at = item.entry.published or item.entry.updated
    return at is not None and at.timestamp() > now - RECENT


def _gone(feed: str, state: State) -> list[Envelope]:
    state.update(gone=True, trouble="it is gone for good (410) and is not asked any more; take it out of the settings")
    words = f"The feed {feed} is gone for good (410). It is not asked any more: take it out of the settings."
    return [Envelope(external_id=f"gone:{short(feed)}", payload=b"", headers={"feed": feed, "trouble": words})]


def _failed(state: State, now: float, error: ChannelError) -> None:
    failures = int(state.get("failures") or 0) + 1
    asked = error.after if isinstance(error, TryLater) else None
    at = timing.after_trouble(now, failures, asked, random.random())  # noqa: S311 - spreads visits, keeps no secret
    state.update(failures=failures, trouble=line(str(error), 300), next=at)


def _remember(state: State, answer: Answer, document: Document) -> None:
    state["etag"] = line(answer.headers.get("etag"), 500)
    state["modified"] = line(answer.headers.get("last-modified"), 100)
    state["minutes"], state["hours"], state["days"] = document.minutes, sorted(document.hours), sorted(document.days)
    links = httplinks(answer.headers.get("link", ""))
    state["hub"] = (document.hub or links.get("hub", ""))[:2000]
    state["topic"] = (document.topic or links.get("self", ""))[:2000]


def httplinks(header: str) -> dict[str, str]:
    """Relations of a Link header, the first of each."""
    found: dict[str, str] = {}
    for part in header[:4000].split(","):
        address, _, rest = part.strip().partition(">")
        for rel in rest.partition("rel=")[2].partition(";")[0].strip('" ').split():
            found.setdefault(rel.lower(), address.lstrip("<").strip())
    return found


def _wishes(state: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "minutes": float(state.get("minutes") or 0),
        "hours": frozenset(state.get("hours") or ()),
        "days": frozenset(state.get("days") or ()),
    }


def _well(state: State, now: float, answer: Answer, document: Document) -> None:
    state.pop("trouble", None)
    state["failures"] = 0
    state["next"] = timing.after(now, timing.wish(document, answer.headers), document, random.random())  # noqa: S311 - as above


def _tell_hub(feed: str, state: State, settings: Settings, account: Account, now: float) -> None:
    """Subscribe, or renew, where the feed names a hub and hubs can reach us. A hub in trouble is no trouble of the feed's."""
    hub, topic = state.get("hub"), state.get("topic") or feed
    if not hub or not settings.callback or now - float(state.get("asked_hub") or 0) < websub.RENEW:
        return
    state["asked_hub"] = now
    try:
        answer = websub.subscribe(account, feed, topic, hub)
        state["subscribed"] = answer.ok
        state["hub_said"] = "" if answer.ok else line(answer.words, 200)
    except ChannelError as error:
        state["subscribed"] = False
        state["hub_said"] = line(str(error), 200)
