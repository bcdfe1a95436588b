"""The live process's addresses.

``GET /events`` colleagues' stream · ``/in/ACCOUNT/...`` webhooks and visitors' messages · ``/widget/ACCOUNT/...`` visitors ·
``/in/ACCOUNT/files/...`` files of ours · ``/in/ACCOUNT/...`` and ``/.well-known/...`` channels that are a server of their network ·
``GET /widget/chat.js`` the script · ``GET /healthz``
"""

import asyncio
import logging
import signal
import threading
from contextlib import suppress
from types import FrameType

from samspil import kit
from samspil.project.live import desk, files, hosting, script, visitors, webhooks
from samspil.project.live.accounts import Accounts, Post
from samspil.project.live.arrivals import Arrivals
from samspil.project.live.database import Database
from samspil.project.live.http import Call, Receive, Refused, Scope, Send
from samspil.project.live.hub import Hub
from samspil.project.live.reader import Reader
from samspil.project.settings import Settings, settings

log = logging.getLogger(__name__)

START = 5.0
"""Seconds that a stream waits for the reader's start."""


class Live:
    """The application. Without a lifespan: the reader starts with the first request, :meth:`close` ends everything for tests."""

    def __init__(self, ours: Settings | None = None) -> None:
        self.ours = ours or settings()
        self.hub = Hub()
        self.database = Database()
        self.accounts = Accounts(self.database)
        self.arrivals = Arrivals()
        guard = webhooks.Guard(trust_proxy=self.ours.trust_proxy)
        self.webhooks = webhooks.Webhooks(self.database, self.arrivals, guard, self.ours)
        self.visitors = visitors.Visitors(self.hub, self.database, self.accounts, guard, self.ours)
        self.hosting = hosting.Hosting(self.database, self.arrivals, self.accounts, self.ours)
        self.reader = Reader(self.hub, rung=self._rung)
        self._running: asyncio.Task[None] | None = None
        self._script: script.Script | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        if self._running is None or self._running.done():
            self._running = asyncio.ensure_future(self.reader.run())
            self._end_on_signal()
        call = Call(scope, receive, send)
        try:
            await self._route(call)
        except Refused as refused:
            await call.json(refused.status, {"error": refused.code}, refused.headers)
        except asyncio.CancelledError:
            raise
        except Exception:
            log.exception("live: %s %s", call.method, call.path)
            if not call.begun:
                await call.json(500, {"error": "failed"})

    async def _route(self, call: Call) -> None:
        match call.path.split("/")[1:]:
            case ["healthz"]:
                up = self.reader.listening
                await call.json(200 if up else 503, {"listening": up, "streams": len(self.hub.desks)})
            case ["events"] if call.method == "GET":
                await self._started()
                await desk.events(call, self.hub, self.database, self.ours)
            case ["widget", "chat.js"] if call.method in ("GET", "HEAD"):
                if self._script is None or self.ours.debug:
                    self._script = script.Script.read()
                await script.serve(call, self._script)
            case ["widget" | "in", account, *_] if call.method == "OPTIONS":
                await webhooks.preflight(call, self.accounts, account)
            case ["widget", account, what]:
                await self._started()
                await self.visitors.call(call, account, what)
            case ["in", account, *_] if call.method in ("GET", "HEAD", "POST", "PUT"):
                await self._inward(call, await self.accounts.get(account))
            case [".well-known", *_] if call.method in ("GET", "HEAD"):
                await self.hosting.well_known(call)
            case _:
                raise Refused(404, "no_such_address")

    async def _inward(self, call: Call, post: Post) -> None:
        """What stands after the account is the channel's to read: some networks call paths of their own below the address they were given."""
        if isinstance(post.channel, kit.Hosts):
            await self.hosting.call(call, [(post, post.channel)])
        elif (
            call.method in ("GET", "HEAD") and (names := call.path.split("/")[3:])[:1] == ["files"] and len(names) == files.PARTS
        ):
            await files.serve(call, post, self.database, *names[1:])
        elif call.method == "HEAD":
            raise Refused(404, "no_such_address")
        else:
            await self.webhooks.call(call, post)

    async def _started(self) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self.reader.begun.wait(), START)
            return
        raise Refused(503, "no_database", {"retry-after": "2"})

    def _end_on_signal(self) -> None:
        """End the streams when the server is told to stop: it waits for them, and they never end by themselves."""
        if threading.current_thread() is not threading.main_thread():
            return
        loop = asyncio.get_running_loop()
        before = signal.getsignal(signal.SIGTERM)
        if not callable(before):
            return

        def stop(number: int, frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self.end_streams)
            before(number, frame)

        signal.signal(signal.SIGTERM, stop)

    def end_streams(self) -> None:
        """Let every stream end; browsers connect again by themselves."""
        for stream in [*self.hub.desks, *self.hub.all_visitors()]:
            stream.close()

    def _rung(self, topic: str) -> None:
        if topic == "accounts":
            self.accounts.forget()

    async def close(self) -> None:
        """End the streams, the reader and the threads."""
        self.end_streams()
        if self._running:
            self._running.cancel()
            with suppress(asyncio.CancelledError):
                await self._running
        self.hosting.close()
        await asyncio.to_thread(self.arrivals.close)
        await asyncio.to_thread(self.database.close)
