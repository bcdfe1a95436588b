"""Channels that are servers of a network themselves: pages for others, and deliveries that are verified before they are answered.

A channel may ask other servers on the way, so it works in threads: a few for those who read, more for those who hand in, so that
neither keeps the other waiting; what waits too long, or behind too many, is asked to come again.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID

from samspil import kit
from samspil.intake import queries
from samspil.kit.channel import SECONDS_TO_HOST
from samspil.project.live.accounts import Accounts, Post
from samspil.project.live.arrivals import Arrivals, Busy
from samspil.project.live.database import Database, guarded
from samspil.project.live.http import Call, Refused
from samspil.project.live.webhooks import refuse_forged, request
from samspil.project.settings import Settings
from samspil.reply.queries import file_of

log = logging.getLogger(__name__)

READERS, TAKERS = 4, 24
"""Threads."""
MOST_WAITING = 200
LARGEST = 2_000_000
"""Bytes of a delivery."""


class Hosting:
    """``/in/ACCOUNT/...`` and ``/.well-known/...`` of channels that host."""

    def __init__(self, database: Database, arrivals: Arrivals, accounts: Accounts, ours: Settings) -> None:
        self._database, self._arrivals, self._accounts, self._ours = database, arrivals, accounts, ours
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="pages")
        self._takers = ThreadPoolExecutor(TAKERS, thread_name_prefix="inbox")
        self._waiting = {self._readers: 0, self._takers: 0}

    async def call(self, call: Call, posts: Sequence[tuple[Post, kit.Hosts]]) -> None:
        """Give the answer of the first of these accounts that has one. Raises Refused."""
        asked = request(call, await call.body(LARGEST), self._ours)
        for post, channel in posts:
            threads = self._readers if call.method in {"GET", "HEAD"} else self._takers
            try:
                heard = await self._run(threads, guarded, partial(channel.host, asked, post.view, _Ours(post.id)))
                if heard is not None:
                    await self._answer(call, post, heard, threads)
                    return
            except kit.Forged as error:
                await refuse_forged(call, post, self._database, error, status=401)
                return
            except kit.NotUnderstood as error:
                raise Refused(400, str(error)[:200]) from error
            except kit.TryLater as error:
                log.info("hosting: %s: later: %s", post.channel.name, error)
                raise Refused(503, "later", {"retry-after": str(int(error.after or 30))}) from error
        raise Refused(404, "no_such_page")

    async def well_known(self, call: Call) -> None:
        """``/.well-known/...``: the accounts whose public name was asked for, in turn. Raises Refused."""
        name = call.headers.get("host", "").lower().removesuffix(":443")
        await self.call(call, await self._accounts.hosting(name))

    async def _answer(self, call: Call, post: Post, heard: kit.Heard, threads: ThreadPoolExecutor) -> None:
        if heard.envelopes:
            try:
                await self._arrivals.keep([(post.id, envelope) for envelope in heard.envelopes])
            except Busy:
                raise Refused(503, "not_kept", {"retry-after": "2"}) from None
        if heard.then is not None:
            await self._run(threads, heard.then)
        headers = {"content-type": heard.content_type, "cache-control": "no-store", **heard.headers}
        await call.answer(heard.status, b"" if call.method == "HEAD" else heard.body, headers)

    async def _run(self, threads: ThreadPoolExecutor, work: Callable[..., Any], *args: Any) -> Any:
        if self._waiting[threads] >= MOST_WAITING:
            raise Refused(503, "busy", {"retry-after": "5"})
        self._waiting[threads] += 1
        work_ = asyncio.get_running_loop().run_in_executor(threads, work, *args)
        # Counted until the thread is free, not until we have lost patience: what hangs must not make room for more.
        work_.add_done_callback(lambda _: self._left(threads))
        try:
            return await asyncio.wait_for(asyncio.shield(work_), SECONDS_TO_HOST)
        except TimeoutError:
            raise Refused(503, "later", {"retry-after": "30"}) from None

    def _left(self, threads: ThreadPoolExecutor) -> None:
        self._waiting[threads] -= 1

    def close(self) -> None:
        """Let the threads end."""
        self._readers.shutdown(wait=False, cancel_futures=True)
        self._takers.shutdown(wait=False, cancel_futures=True)


class _Ours:
    """What the core has of one account, asked from the channel's thread."""

    def __init__(self, account: UUID) -> None:
        self._account = account

    def sent(self, external_id: str) -> Mapping[str, Any] | None:
        return guarded(lambda: queries.kept_with(account=self._account, external_id=external_id))

    def public(self, before: str, most: int) -> Sequence[Mapping[str, Any]]:
        return guarded(lambda: queries.kept_with_public(account=self._account, before=before, most=most))

    def public_count(self) -> int:
        return guarded(lambda: queries.kept_with_public_count(account=self._account))

    def file(self, reply: str, number: int) -> kit.File | None:
        return guarded(lambda: file_of(account=self._account, reply=reply, number=number))

    def followers_count(self) -> int:
        return guarded(lambda: queries.followers_count(account=self._account))
