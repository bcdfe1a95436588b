"""What the script in a web page asks for: a session, the visitor's own messages, their stream."""

import asyncio
import time
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from samspil import kit
from samspil.base import bell
from samspil.base.live import TOPIC
from samspil.project.live import files
from samspil.project.live.accounts import Accounts, Post
from samspil.project.live.database import Database
from samspil.project.live.history import History, Key, conversation, history, our_file, who_answers
from samspil.project.live.http import Call, Refused, event
from samspil.project.live.hub import Hub, Visitor
from samspil.project.live.limits import Buckets
from samspil.project.live.webhooks import Guard, refuse_forged, request, welcome
from samspil.project.settings import Settings

PING = 20.0
ANSWERS_KEPT = 60.0
SESSION_LIMIT = 20_000


class Visitors:
    """The endpoints under ``/widget/ACCOUNT/``."""

    def __init__(self, hub: Hub, database: Database, accounts: Accounts, guard: Guard, ours: Settings) -> None:
        self._hub, self._database, self._accounts, self._guard, self._ours = hub, database, accounts, guard, ours
        self._answers: dict[UUID, tuple[float, dict[str, Any]]] = {}
        self._typing = Buckets(rate=0.5, burst=4)

    async def call(self, call: Call, account: str, what: str) -> None:
        """Answer one request. Raises Refused."""
        post, widget = await self._accounts.widget(account)
        welcome(call, post)
        ways = {
            ("POST", "session"): self._session,
            ("GET", "history"): self._history,
            ("GET", "events"): self._events,
            ("POST", "typing"): self._type,
            ("GET", "file"): self._file,
        }
        way = ways.get((call.method, what))
        if way is None:
            raise Refused(404, "no_such_address")
        self._guard.address(call)
        try:
            await way(call, post, widget)
        except kit.Forged as error:
            await refuse_forged(call, post, self._database, error)
        except kit.NotUnderstood as error:
            raise Refused(400, str(error)[:200]) from error

    async def _session(self, call: Call, post: Post, widget: kit.Widget) -> None:
        made = widget.session(request(call, await call.body(SESSION_LIMIT), self._ours), post.view)
        until, who = self._answers.get(post.id, (0.0, {}))
        if until < time.monotonic():
            who = await self._database.ask(who_answers, post.id)
            self._answers[post.id] = (time.monotonic() + ANSWERS_KEPT, who)
        await call.json(200, {"token": made.token, **made.appearance, **who})

    async def _history(self, call: Call, post: Post, widget: kit.Widget) -> None:
        found = await self._database.ask(history, _key(call, post, widget), before=_before(call.query.get("before", "")))
        await call.json(200, {"messages": found.messages, "read": found.read, "more": found.more})

    async def _file(self, call: Call, post: Post, widget: kit.Widget) -> None:
        """A file of ours, for whom it was sent: never shown by a browser as what it says it is, only kept."""
        key, number = _key(call, post, widget), files.number_of(call.query.get("n", ""))
        sent = call.query.get("of", "")[:100]
        _, content = await self._database.ask(lambda: files.read(our_file(key, sent, number)))
        headers = {
            "content-type": "application/octet-stream",
            "content-disposition": "attachment",
            "cache-control": "private, no-store",
            **files.APART,
        }
        await call.answer(200, content, headers)

    async def _type(self, call: Call, post: Post, widget: kit.Widget) -> None:
        key = _key(call, post, widget)
        await call.body(SESSION_LIMIT)
        if not self._typing.take("\x1f".join(key), time.monotonic()):
            where = await self._database.ask(conversation, key)
            if where:
                bell.ring(TOPIC, {"signal": "typing", "conversation": str(where), "visitor": True})
        await call.answer(204)

    async def _events(self, call: Call, post: Post, widget: kit.Widget) -> None:
        visitor = self._hub.open_visitor(_key(call, post, widget))
        watch = asyncio.ensure_future(call.watch())
        watch.add_done_callback(lambda _: visitor.close())
        try:
            await call.stream()
            await self._serve(call, visitor)
        finally:
            watch.cancel()
            self._hub.close(visitor)
            await call.end()

    async def _serve(self, call: Call, visitor: Visitor) -> None:
        told = Told()
        while not visitor.closed:
            news = ""
            if visitor.stale:
                visitor.stale = False
                found = await self._database.ask(history, visitor.key)
                visitor.handle = found.handle or visitor.handle
                visitor.conversations = set(found.conversations)
                news = told.news(found)
            passing = b"" if news else await visitor.take(within=PING)
            if visitor.closed and not passing:
                return
            if news or passing or not visitor.stale:
                await call.write(news.encode() or passing or b": \n\n")


class Told:
    """What one stream has been sent, so that it is sent what is new and nothing twice."""

    def __init__(self) -> None:
        self._states: dict[str, tuple[Any, ...]] = {}
        self._read: str | None = None
        self._begun = False

    def news(self, found: History) -> str:
        """The events that bring the page up to date; empty when it is. The first are always given, so that it knows it is."""
        fresh = [m for m in found.messages if self._states.get(m["id"]) != _version(m)]
        if self._begun and not fresh and found.read == self._read:
            return ""
        said = {"messages": fresh, "read": found.read, **({} if self._begun else {"more": found.more})}
        self._states.update((m["id"], _version(m)) for m in fresh)
        self._read, self._begun = found.read, True
        return event("messages", said)


def _version(message: Mapping[str, Any]) -> tuple[Any, ...]:
    """What of a message can become another."""
    signs = tuple((s["sign"], s["mine"]) for s in message.get("signs", ()))
    return message.get("state", ""), message["text"], message.get("deleted", False), signs


def _key(call: Call, post: Post, widget: kit.Widget) -> Key:
    """The visitor's handle, by the token in the Authorization header: in an address it would stand in every log."""
    scheme, _, token = call.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        raise Refused(401, "no_token")
    handle = widget.visitor(token.strip(), post.view)
    return handle.network, handle.scope, handle.address


def _before(text: str) -> tuple[datetime, UUID] | None:
    if not text:
        return None
    at, _, ident = text.partition("_")
    try:
        when, last = datetime.fromisoformat(at), UUID(ident)
    except ValueError:
        raise Refused(400, "before") from None
    if when.tzinfo is None:
        raise Refused(400, "before")
    return when, last
