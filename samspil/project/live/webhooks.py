"""Webhooks and the visitors' messages: checked by the channel, on disk, and only then answered."""

import asyncio
import logging
import time
from dataclasses import dataclass

from samspil import kit
from samspil.base.counters import count
from samspil.base.errors import NotFound
from samspil.project.live.accounts import Accounts, Post
from samspil.project.live.arrivals import Arrivals, Busy
from samspil.project.live.database import Database
from samspil.project.live.history import is_too_old
from samspil.project.live.http import BODY_LIMIT, Call, Refused
from samspil.project.live.limits import Buckets
from samspil.project.settings import Settings
from samspil.reply.actions import sent_again

log = logging.getLogger(__name__)

LARGE = 100_000
"""Bytes of a body beyond which it is checked in a thread, so that others do not wait."""


WIDGET_LIMIT = 12_000_000
"""Bytes of what a visitor sends: a file of 8 MB, as base64, and what stands beside it."""

DIGITS = 12


class Guard:
    """Limits of rate for those who write to us directly. Networks that speak for many are not limited."""

    def __init__(self, *, trust_proxy: bool) -> None:
        self._addresses = Buckets(rate=5, burst=60)
        self._senders = Buckets(rate=1, burst=20)
        self._bytes = Buckets(rate=100_000, burst=5 * WIDGET_LIMIT)
        self._trust_proxy = trust_proxy

    def address(self, call: Call) -> None:
        """Raises Refused (429). Behind a proxy that we do not trust everybody has one address: then none is counted."""
        if self._is_known(call):
            _wait(self._addresses.take(call.client, time.monotonic()))

    def weight(self, call: Call) -> int:
        """The bytes that a visitor's request may have; who does not say how many may send few.

        One address sends five files of the largest kind at once, and 100 kB a second after. Raises Refused (429).
        """
        length = call.headers.get("content-length", "")
        size = min(int(length), WIDGET_LIMIT) if length.isdecimal() and len(length) <= DIGITS else 0
        if size > LARGE and self._is_known(call):
            _wait(self._bytes.take(call.client, time.monotonic(), size))
        return WIDGET_LIMIT if size > LARGE else LARGE

    def _is_known(self, call: Call) -> bool:
        return self._trust_proxy or call.client not in ("127.0.0.1", "::1", "")

    def sender(self, who: str) -> None:
        """Raises Refused (429)."""
        if who:
            _wait(self._senders.take(who, time.monotonic()))


def _wait(seconds: float) -> None:
    if seconds:
        raise Refused(429, "too_many", {"retry-after": str(int(seconds) + 1)})


def request(call: Call, body: bytes, ours: Settings) -> kit.Request:
    """The request as a channel sees it, with the address by which the world reaches us."""
    base = ours.live_url.rstrip("/") if ours.live_url else f"{call.scheme}://{call.headers.get('host', '')}"
    url = f"{base}{call.path}{'?' if call.raw_query else ''}{call.raw_query}"
    return kit.Request(method=call.method, url=url, headers=call.headers, body=body, query=call.query)


def welcome(call: Call, post: Post) -> None:
    """Let pages of the account's own origins read the answer. Raises Refused (403) for others."""
    origin = call.headers.get("origin", "")
    if not isinstance(post.channel, kit.Widget) or not origin:
        return
    if not post.channel.welcomes(origin, post.view):
        raise Refused(403, "foreign_page")
    call.cors = {"access-control-allow-origin": origin, "vary": "origin"}


@dataclass(frozen=True, slots=True)
class Webhooks:
    """``/in/ACCOUNT`` and what is below it."""

    database: Database
    arrivals: Arrivals
    guard: Guard
    ours: Settings

    async def call(self, call: Call, post: Post) -> None:
        """``POST``, ``PUT`` or ``GET``: keep what it brings, then give the channel's answer. Raises Refused."""
        welcome(call, post)
        channel = post.channel
        if not isinstance(channel, kit.Hears):
            raise Refused(404, "no_webhook")
        is_widget = isinstance(channel, kit.Widget)
        if is_widget:
            self.guard.address(call)
        asked = request(call, await call.body(self.guard.weight(call) if is_widget else BODY_LIMIT), self.ours)
        try:
            if len(asked.body) > LARGE:
                heard = await asyncio.to_thread(channel.hear, asked, post.view)
            else:
                heard = channel.hear(asked, post.view)
        except kit.Forged as error:
            await refuse_forged(call, post, self.database, error)
            return
        except kit.NotUnderstood as error:
            raise Refused(400, str(error)[:200]) from error
        self.guard.sender(heard.sender)
        if heard.unless is not None and await self.database.ask(is_too_old, heard.unless):
            raise Refused(409, "too_late")
        if heard.envelopes:
            try:
                await self.arrivals.keep([(post.id, envelope) for envelope in heard.envelopes])
            except Busy:
                raise Refused(503, "not_kept", {"retry-after": "2"}) from None
        await _then(heard)
        body = heard.body if heard.replay is None else await self._replayed(post, heard.replay)
        await call.answer(heard.status, body, {"content-type": heard.content_type, "cache-control": "no-store"})

    async def _replayed(self, post: Post, asked: kit.Replay) -> bytes:
        """What the account has sent, in the channel's words. Raises Refused (400) for a place that there is not."""
        if not isinstance(post.channel, kit.Replays):
            raise Refused(404, "no_replay")
        try:
            messages, following = await self.database.ask(
                lambda: sent_again(account=post.id, since=asked.since, after=asked.after, limit=asked.limit)
            )
        except NotFound as error:
            raise Refused(400, str(error)) from None
        return post.channel.replayed(messages, following, post.view)


async def _then(heard: kit.Heard) -> None:
    """What is to be done once the envelopes are on disk. Raises Refused where it is asked to be sent again."""
    if heard.then is None:
        return
    try:
        await asyncio.to_thread(heard.then)
    except kit.TryLater:
        raise Refused(503, "later", {"retry-after": "2"}) from None


async def refuse_forged(call: Call, post: Post, database: Database, error: kit.Forged, status: int = 403) -> None:
    """403 or 401, counted by channel; the words say what was wrong, never what would be right."""
    log.info("forged on %s: %s", post.channel.name, error)
    try:
        await database.ask(count, f"forged.{post.channel.name}")
    finally:
        await call.json(status, {"error": "forged"})


async def preflight(call: Call, accounts: Accounts, account: str) -> None:
    """``OPTIONS``: which pages may call."""
    post, _ = await accounts.widget(account)
    welcome(call, post)
    allowed = {
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "authorization, content-type",
        "access-control-max-age": "7200",
    }
    await call.answer(204, b"", allowed if call.cors else {})
