"""Trying the feeds for real."""

from collections.abc import Sequence

from samspil.channels.feeds.items import items_of
from samspil.channels.feeds.settings import settings_of
from samspil.kit import Account, ChannelError, Check
from samspil.kit.web import fetch

FEW = 20
_LOOK = "Open the address in a browser: it must show a feed (RSS, Atom or JSON Feed), not a page."


def check(account: Account) -> Sequence[Check]:
    """Fetch the first twenty feeds and say what they hold. Raises nothing."""
    settings = settings_of(account)
    if not settings.feeds:
        return [Check(name="Feeds", ok=False, detail="none is named", remedy="Write the address of at least one feed.")]
    lines = [_one(feed) for feed in settings.feeds[:FEW]]
    if len(settings.feeds) > FEW:
        lines.append(Check(name="More feeds", ok=True, detail=f"{len(settings.feeds) - FEW} were not tried"))
    hubs = "hubs may write to us" if settings.callback else "feeds are fetched; hubs have no address to write to"
    return [*lines, Check(name="Hubs", ok=True, detail=hubs)]


def _one(feed: str) -> Check:
    try:
        answer = fetch(feed)
        if not answer.ok:
            remedy = "Take it out: it is gone for good." if answer.status == 410 else _LOOK  # noqa: PLR2004 - HTTP's word for gone
            return Check(name=feed[:200], ok=False, detail=f"it answered {answer.status}", remedy=remedy)
        found = items_of(answer.body, answer.headers.get("content-type", ""), feed, answer.url)
    except ChannelError as error:
        return Check(name=feed[:200], ok=False, detail=str(error)[:300], remedy=_LOOK)
    hub = ", with a hub" if found.document.hub else ""
    return Check(name=feed[:200], ok=True, detail=f"{found.document.title[:100] or 'no title'}: {len(found.items)} entries{hub}")
